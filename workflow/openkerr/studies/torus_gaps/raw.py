"""Ensembles that keep means and two-time correlations of products of the fields, summed over groups of batches."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import xarray as xr

from openkerr.models.base import Model
from openkerr.solvers.sde import Correlations, Reduction, simulate_ensemble
from openkerr.solvers.time_grid import CorrelationTimes, TimeGrid


def simulate_groups(
    model: Model,
    grid: TimeGrid,
    times: CorrelationTimes,
    signals: Mapping[str, Sequence],
    *,
    trajectories: range,
    group_size: int,
    **numerics: Any,
) -> xr.Dataset:
    """Means of signals and of signal(t0)* signal(t0 + lag) over groups of consecutive trajectories.

    Parameters
    ----------
    model : Model
    grid : TimeGrid
        With as many samples as ``times``.
    times : CorrelationTimes
        References t0 and number of lags, in samples.
    signals : mapping of str to (n_modes, 2) int
        Powers (p, q) of alpha*^p alpha^q of every mode, by the signal's name.
    trajectories : range
        Global numbers, the first one a multiple of ``group_size``.
    group_size : int
        A whole multiple of ``batch_size``: groups begin at multiples of it, however the ensemble is cut into jobs.
    numerics
        Further arguments of `openkerr.solvers.sde.simulate_ensemble`.

    Returns
    -------
    xarray.Dataset
        ``correlation_re``, ``correlation_im`` (group, lag, signal), ``mean_re``, ``mean_im`` (group, sample, signal),
        ``n_valid`` (group); times in units of the model as ``lag`` and ``sample``.  Groups are named by their first
        trajectory.

    Raises
    ------
    ValueError
        If the first trajectory is no multiple of the group size, or what `simulate_ensemble` refuses.
    """
    if trajectories.start % group_size:
        raise ValueError(f"trajectories start at {trajectories.start}: allowed is a multiple of {group_size}")
    reduction = Reduction(
        bin_of_sample=np.full(grid.n_samples, -1),
        correlations=Correlations(np.array(list(signals.values())), times.references, times.n_lags),
    )
    groups, firsts, counts = [], [], []
    for first in range(trajectories.start, trajectories.stop, group_size):
        members = range(first, min(first + group_size, trajectories.stop))
        ensemble = simulate_ensemble(model, grid, trajectories=members, reduction=reduction, **numerics)
        share = (ensemble.weights / ensemble.weights.sum())[:, None, None]
        groups.append([(share * values).sum(axis=0) for values in (ensemble.correlations, ensemble.signals)])
        firsts.append(first)
        counts.append(len(members))
    data = xr.Dataset(coords={"group": ("group", firsts, {"long_name": "first trajectory of the group"})})
    lengths = {"lag": times.n_lags, "sample": grid.n_samples}
    for name, axis, index in (("correlation", "lag", 0), ("mean", "sample", 1)):
        values = np.stack([group[index] for group in groups])
        for part, numbers in (("re", values.real), ("im", values.imag)):
            data[f"{name}_{part}"] = (("group", axis, "signal"), numbers, {"units": "1"})
        data = data.assign_coords({axis: (axis, grid.times[: lengths[axis]])})
    data["n_valid"] = ("group", counts, {"units": "1"})
    return data.assign_coords(signal=("signal", list(signals)))


def append_points(parts: Sequence[xr.Dataset], alephs: Sequence[float], unit: str) -> xr.Dataset:
    """Data sets of several alephs one after another along lag and sample, which say where each belongs.

    The means are kept in single precision, whose rounding is far below the sampling error.

    Returns
    -------
    xarray.Dataset
        With coordinates ``lag_aleph`` (lag) and ``sample_aleph`` (sample) besides the times.
    """
    named = []
    for part, aleph in zip(parts, alephs, strict=True):
        labels = {
            f"{axis}_aleph": (axis, np.full(part.sizes[axis], aleph), {"units": "1"}) for axis in ("lag", "sample")
        }
        named.append(part.assign_coords(labels))
    fields = {"lag": ["correlation_re", "correlation_im"], "sample": ["mean_re", "mean_im"]}
    joined = [xr.concat([part[names] for part in named], axis) for axis, names in fields.items()]
    result = xr.merge([*joined, parts[0]["n_valid"]])
    for name in ("correlation_re", "correlation_im", "mean_re", "mean_im", "n_valid"):
        single = result[name].astype(np.float32 if name != "n_valid" else np.int64)
        result[name] = single.assign_attrs(units="1")
    for axis in fields:
        result[axis].attrs["units"] = unit
    return result
