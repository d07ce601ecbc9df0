"""Tables and grids of the chain's OTOC from the raw data of its cases."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
import xarray as xr

from openkerr.analysis.otoc import (
    FitRule,
    Replicas,
    front,
    growth_rates,
    independent_divergence,
    saturation,
)
from openkerr.numerics.stats import batch_mean

_CHAIN = ("length", "drive_amplitude")


def _replicas(data: xr.Dataset, angle: int, source: int) -> Replicas:
    chosen = data.isel(angle=angle, source=source)
    return Replicas(
        data["lag_time"].values,
        chosen["divergence"].values.astype(float),
        chosen["log_divergence"].values.astype(float),
        data["n_trajectories"].values.astype(float),
    )


def otoc_rates(
    data: xr.Dataset,
    *,
    rule: FitRule,
    front_levels: Sequence[float],
    lyapunov: pd.DataFrame,
) -> pd.DataFrame:
    """Rows of chain_otoc_rates of one case: every source and angle.

    Parameters
    ----------
    data : Dataset
        ``divergence``, ``log_divergence`` (batch, angle, lag_time, source, site), ``phase_real``, ``phase_imag``
        (batch, site), ``n_trajectories`` (batch); scalar coordinates ``length`` and ``drive_amplitude`` of the chain,
        and ``saturation_time``, the last part of the run, over which D is averaged.
    rule, front_levels
        Window of the fits of growth; three levels of the front, as shares of D at the source after the turn.
    lyapunov : DataFrame
        Table chain_lyapunov.
    """
    length, drive_amplitude, saturation_time = (data[name].item() for name in (*_CHAIN, "saturation_time"))
    weights = data["n_trajectories"].values.astype(float)
    phases = data["phase_real"].values + 1j * data["phase_imag"].values
    independent, independent_error = independent_divergence(phases[:, -1], weights)
    same = lyapunov[
        (lyapunov["length"] == length)
        & np.isclose(lyapunov["drive_amplitude"], drive_amplitude)
        & (lyapunov["method"] == "twa")
    ]
    exponent = same[["lyapunov_max", "lyapunov_max_stderr"]].to_numpy()[0] if len(same) else (np.nan, np.nan)
    rows = []
    for k, angle in enumerate(data["angle"].values):
        for j, source in enumerate(data["source"].values):
            replicas = _replicas(data, k, j)
            growth = growth_rates(replicas, saturation_time, rule)
            turned = np.log(1.0 - np.cos(angle)) if angle > 1e-4 else 2.0 * np.log(angle) - np.log(2.0)
            fronts = [front(replicas, int(source), turned + np.log(level)) for level in front_levels]
            velocities = np.array([each.velocity[0] for each in fronts])
            last = saturation(replicas, length, saturation_time)
            at_source = saturation(replicas, int(source), saturation_time)
            rows.append(
                {
                    "length": length,
                    "drive_amplitude": drive_amplitude,
                    "source": int(source),
                    "angle": float(angle),
                    **_pair("growth_rate_annealed", growth.annealed),
                    **_pair("growth_rate_typical", growth.typical),
                    **_pair("growth_rate_early", growth.early),
                    **_pair("growth_rate_late", growth.late),
                    "growth_efolds": growth.efolds,
                    **_pair("lyapunov_rate", exponent),
                    **_pair("butterfly_velocity", fronts[1].velocity),
                    "butterfly_velocity_systematic": 0.5 * float(np.ptp(velocities)),
                    "front_start": fronts[1].start,
                    "front_deviation": fronts[1].deviation,
                    **_pair("saturation", last),
                    "saturation_drift": last[2],
                    **_pair("saturation_independent", (independent, independent_error)),
                    **_pair("saturation_source", at_source),
                    "final_time": float(replicas.times[-1]),
                    "n_trajectories": int(weights.sum()),
                }
            )
    return pd.DataFrame(rows)


def _pair(name: str, value: Sequence[float | np.ndarray]) -> Mapping[str, float]:
    return {name: float(value[0]), f"{name}_stderr": float(value[1])}


def light_cones(data: xr.Dataset, angle: float) -> xr.Dataset:
    """D and ln D of every site, with standard errors, of all sources at one angle: dimensions (run, site, lag)."""
    chosen = data.sel(angle=angle, method="nearest")
    return _curves(chosen.transpose("source", "batch", "site", "lag_time"), angle)


def growth_curves(data: xr.Dataset) -> xr.Dataset:
    """The same at the turned sites alone, of all sources and angles: dimensions (run, place, lag)."""
    chosen = data.sel(site=data["source"].values)
    parts = [
        _curves(chosen.isel(angle=k).transpose("source", "batch", "site", "lag_time"), float(angle))
        for k, angle in enumerate(data["angle"].values)
    ]
    found = xr.concat(parts, "run").rename(site="place")
    sites = xr.DataArray(np.tile(data["source"].values, (found.sizes["run"], 1)), dims=("run", "place"))
    return found.drop_vars("place").assign(site=sites.assign_attrs(units="1"))


def _curves(chosen: xr.Dataset, angle: float) -> xr.Dataset:
    """Means over batches (run, site, lag), a run a source; ``chosen``: (source, batch, site, lag_time)."""
    weights, n_runs = chosen["n_trajectories"].values.astype(float), chosen.sizes["source"]
    found = {}
    for name, raw in (("otoc", "divergence"), ("log_otoc", "log_divergence")):
        pairs = [batch_mean(values.astype(float), weights) for values in chosen[raw].values]
        found[name] = (("run", "site", "lag"), np.stack([pair[0] for pair in pairs]), {"units": "1"})
        found[f"{name}_stderr"] = (("run", "site", "lag"), np.stack([pair[1] for pair in pairs]), {"units": "1"})
    # Squares of small angles are below what single precision holds; logarithms are not.
    for name in ("otoc", "otoc_stderr"):
        found[name] = (found[name][0], np.where(found[name][1] < 1e-37, 0.0, found[name][1]), found[name][2])
    times = np.tile(chosen["lag_time"].values, (n_runs, 1))
    return xr.Dataset(
        found
        | {
            "time": (("run", "lag"), times, {"units": "1/gamma"}),
            "length": ("run", np.full(n_runs, chosen["length"].item()), {"units": "sites"}),
            "drive_amplitude": ("run", np.full(n_runs, chosen["drive_amplitude"].item()), {"units": "gamma"}),
            "angle": ("run", np.full(n_runs, angle), {"units": "rad"}),
            "source": ("run", chosen["source"].values, {"units": "1"}),
        },
        {"site": chosen["site"].values},
    )


def join_runs(parts: Sequence[xr.Dataset]) -> xr.Dataset:
    """Runs of chains of several lengths and times in one grid, what a run lacks filled with NaN."""
    numbers = [part.assign_coords(run=np.arange(part.sizes["run"])) for part in parts]
    n_lags = max(part.sizes["lag"] for part in parts)
    padded = [part.pad(lag=(0, n_lags - part.sizes["lag"]), constant_values=np.nan) for part in numbers]
    return xr.concat(padded, "run", join="outer").drop_vars("run")
