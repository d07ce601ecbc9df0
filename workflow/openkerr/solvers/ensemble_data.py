"""Partial sums of an ensemble as a labelled data set, and back to arrays that analysis can join."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import xarray as xr

from openkerr.solvers.reductions import PRODUCTS
from openkerr.solvers.sde import Ensemble


def ensemble_dataset(ensemble: Ensemble, time_unit: str) -> xr.Dataset:
    """Label an ensemble's partial sums.

    Parameters
    ----------
    ensemble : Ensemble
        Result of `openkerr.solvers.sde.simulate_ensemble`, every sample its own bin or windows of samples.
    time_unit : str
        Unit of time of the model.

    Returns
    -------
    xarray.Dataset
        ``moments`` (batch, bin, mode, moment), ``abs2_min`` and ``abs2_max`` (batch, bin, mode), ``n_valid`` (batch),
        ``samples`` (bin).  Where the ensemble holds them: ``phase_re`` and ``phase_im`` (batch, bin, mode); ``pairs``
        (batch, bin, pair, product) with the modes of a pair as ``left`` and ``right`` (pair); ``trajectory_abs2``
        (batch, bin, listed, lane); ``counts`` (batch, mode, re, im), those of the only group of histograms by
        batch; ``correlation_re`` and ``correlation_im`` (batch, lag, signal); ``path_re`` and ``path_im`` (time,
        mode, path).  Modes are numbered from 1, batches named by their first trajectory.
    """
    n_modes = ensemble.moments.shape[2]
    data = xr.Dataset(
        {
            "moments": (("batch", "bin", "mode", "moment"), ensemble.moments, {"units": "1"}),
            "abs2_min": (("batch", "bin", "mode"), ensemble.lowest, {"units": "1"}),
            "abs2_max": (("batch", "bin", "mode"), ensemble.highest, {"units": "1"}),
            "n_valid": (("batch",), ensemble.weights, {"units": "1"}),
            "samples": (("bin",), ensemble.samples_per_bin, {"units": "1"}),
        },
        coords={
            "batch": ("batch", ensemble.first_trajectory, {"long_name": "first trajectory of the batch"}),
            "mode": ("mode", np.arange(1, n_modes + 1)),
            "moment": ("moment", ensemble.moment_names),
            "time": ("time", ensemble.grid.times, {"units": time_unit}),
        },
    )
    if ensemble.phases.size:
        data["phase_re"] = (("batch", "bin", "mode"), ensemble.phases.real, {"units": "1"})
        data["phase_im"] = (("batch", "bin", "mode"), ensemble.phases.imag, {"units": "1"})
    if ensemble.pairs.size:
        left, right = np.array(ensemble.pair_modes).T + 1
        data = data.assign_coords(left=("pair", left), right=("pair", right), product=("product", list(PRODUCTS)))
        data["pairs"] = (("batch", "bin", "pair", "product"), ensemble.pairs, {"units": "1"})
    if ensemble.trajectory_means.size:
        data = data.assign_coords(listed=("listed", np.array(ensemble.listed_modes) + 1))
        data["trajectory_abs2"] = (("batch", "bin", "listed", "lane"), ensemble.trajectory_means, {"units": "1"})
    if ensemble.batch_histograms.size:
        counts = ensemble.batch_histograms[:, 0].astype(np.int32)
        data["counts"] = (("batch", "mode", "re", "im"), counts, {"units": "1"})
    if ensemble.correlations.size:
        for part, values in (("re", ensemble.correlations.real), ("im", ensemble.correlations.imag)):
            data[f"correlation_{part}"] = (("batch", "lag", "signal"), values, {"units": "1"})
        data = data.assign_coords(lag=("lag", ensemble.grid.times[: data.sizes["lag"]], {"units": time_unit}))
    if ensemble.path_numbers.size:
        data = data.assign_coords(path=("path", ensemble.path_numbers))
        data["path_re"] = (("time", "mode", "path"), ensemble.paths.real, {"units": "1"})
        data["path_im"] = (("time", "mode", "path"), ensemble.paths.imag, {"units": "1"})
    return data


def mean_fields(ensemble: Ensemble) -> np.ndarray:
    """<alpha> of every mode over all trajectories and bins: (n_modes,) complex."""
    places = [ensemble.moment_names.index(name) for name in ("re_a", "im_a")]
    means = np.average(ensemble.moments, axis=1, weights=ensemble.samples_per_bin)
    return np.average(means, axis=0, weights=ensemble.weights)[:, places] @ [1.0, 1.0j]


def phases_dataset(ensemble: Ensemble, time_unit: str) -> xr.Dataset:
    """Label the means of exp(i theta) of an ensemble in which every sample is its own bin.

    Returns
    -------
    xarray.Dataset
        ``phase_re``, ``phase_im`` (batch, time, mode) and ``n_valid`` (batch).
    """
    return xr.Dataset(
        {
            "phase_re": (("batch", "time", "mode"), ensemble.phases.real, {"units": "1"}),
            "phase_im": (("batch", "time", "mode"), ensemble.phases.imag, {"units": "1"}),
            "n_valid": (("batch",), ensemble.weights, {"units": "1"}),
        },
        coords={
            "batch": ("batch", ensemble.first_trajectory, {"long_name": "first trajectory of the batch"}),
            "mode": ("mode", np.arange(1, ensemble.phases.shape[2] + 1)),
            "time": ("time", ensemble.grid.times, {"units": time_unit}),
        },
    )


def histograms_dataset(ensemble: Ensemble, extent: float, times: Sequence[float], time_unit: str) -> xr.Dataset:
    """Label the phase-space histograms of an ensemble, a group a time.

    Returns
    -------
    xarray.Dataset
        ``counts`` (time, mode, re, im), coordinates ``re`` and ``im`` the middles of the cells, and
        ``n_trajectories``.
    """
    n_cells = ensemble.histograms.shape[2]
    middles = extent * (2 * np.arange(n_cells) + 1 - n_cells) / n_cells
    return xr.Dataset(
        {
            "counts": (("time", "mode", "re", "im"), ensemble.histograms, {"units": "1"}),
            "n_trajectories": ((), int(ensemble.weights.sum()), {"units": "1"}),
        },
        coords={
            "time": ("time", np.asarray(times, dtype=float), {"units": time_unit}),
            "mode": ("mode", np.arange(1, ensemble.histograms.shape[1] + 1)),
            "re": ("re", middles, {"units": "1"}),
            "im": ("im", middles, {"units": "1"}),
        },
    )


def join_datasets(parts: Sequence[xr.Dataset], scanned: xr.Variable) -> xr.Dataset:
    """Join data sets of one layout along a scanned parameter, a one-dimensional variable; units are kept."""
    joined = xr.concat(parts, scanned, data_vars="all")
    for name, variable in parts[0].data_vars.items():
        joined[name].attrs.update(variable.attrs)
    return joined
