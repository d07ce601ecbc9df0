"""Tables and grids of the chain's OTOC from the raw data of its cases."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import pandas as pd
import xarray as xr

from openkerr.analysis.otoc import FitRule, Replicas, early_fall, growth_rates, independent_divergence, saturation
from openkerr.analysis.otoc_fronts import SIDES, front, rays
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
    light_cone_levels: Sequence[float],
    lyapunov: pd.DataFrame,
    moments: pd.DataFrame,
    butterfly: pd.DataFrame,
) -> pd.DataFrame:
    """Rows of chain_otoc_rates of one case: every source and angle.

    Parameters
    ----------
    data : Dataset
        ``divergence``, ``log_divergence`` (batch, angle, lag_time, source, site), ``phase_real``, ``phase_imag``
        (batch, site), ``n_trajectories`` (batch); scalar coordinates ``length`` and ``drive_amplitude`` of the chain,
        and ``saturation_time``, the last part of the run, over which D is averaged.
    rule, light_cone_levels
        Window of the fits of growth; three levels of the front, as shares of D at the source after the rotation.
    lyapunov, moments, butterfly : DataFrame
        Tables chain_lyapunov, chain_moment_growth, and chain_butterfly_velocity of this case.
    """
    length, drive_amplitude, saturation_time = (data[name].item() for name in (*_CHAIN, "saturation_time"))
    weights = data["n_trajectories"].values.astype(float)
    phases = data["phase_real"].values + 1j * data["phase_imag"].values
    independent, independent_error = independent_divergence(phases[:, -1], weights)
    exponent = _known(
        lyapunov[lyapunov["method"] == "twa"],
        length,
        drive_amplitude,
        ("lyapunov_max", "lyapunov_max_stderr", "lyapunov_max_systematic"),
    )
    annealed = _known(
        moments[np.isclose(moments["moment"], 2.0)], length, drive_amplitude, ("growth_rate", "growth_rate_stderr")
    )
    rows = []
    for angle, source, replicas in _runs(data):
        growth = growth_rates(replicas, saturation_time, rule)
        edges = [front(replicas, source, _rotated(angle) + np.log(level)) for level in light_cone_levels]
        last = saturation(replicas, length, saturation_time)
        at_source = saturation(replicas, source, saturation_time)
        farther = "right" if 2 * source <= length else "left"
        far_end = length if farther == "right" else 1
        zero = butterfly[
            np.isclose(butterfly["angle"], angle) & (butterfly["source"] == source) & (butterfly["side"] == farther)
        ]
        velocity = zero[["butterfly_velocity", "butterfly_velocity_stderr", "systematic"]].to_numpy(dtype=float)[0]
        rows.append(
            {
                "length": length,
                "drive_amplitude": drive_amplitude,
                "source": source,
                "angle": angle,
                **_pair("growth_rate_annealed", annealed),
                **_pair("growth_rate_mean", growth.mean),
                "mean_held_until": growth.held_until,
                **_pair("sampled_rate_early", growth.sampled_early),
                **_pair("sampled_rate_late", growth.sampled_late),
                **_pair("early_fall", early_fall(replicas, far_end, saturation_time, rule.margin)),
                **_pair("growth_rate_typical", growth.typical),
                "growth_rate_typical_systematic": 0.5 * abs(growth.late[0] - growth.early[0]),
                **_pair("growth_rate_early", growth.early),
                **_pair("growth_rate_late", growth.late),
                "growth_efolds": growth.efolds,
                **_pair("lyapunov_rate", exponent[:2]),
                "lyapunov_rate_systematic": exponent[2],
                **_pair("butterfly_velocity", velocity[:2]),
                "butterfly_velocity_systematic": float(velocity[2]),
                **_pair("light_cone_velocity", edges[1].velocity),
                "light_cone_velocity_systematic": 0.5 * float(np.ptp([edge.velocity[0] for edge in edges])),
                "front_start": edges[1].start,
                "front_deviation": edges[1].deviation,
                **_pair("saturation", last),
                "saturation_drift": last[2],
                **_pair("saturation_independent", (independent, independent_error)),
                **_pair("saturation_source", at_source),
                "final_time": float(replicas.times[-1]),
                "n_trajectories": int(weights.sum()),
            }
        )
    return pd.DataFrame(rows)


def spreading(
    data: xr.Dataset,
    *,
    rule: FitRule,
    front_levels: Sequence[float],
    ray_velocities: Sequence[float],
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Rows of chain_otoc_fronts, chain_velocity_exponents and chain_butterfly_velocity of one case.

    Parameters
    ----------
    data, rule
        As in `otoc_rates`.
    front_levels
        Levels of D whose fronts are followed, as shares of D at the source after the rotation.
    ray_velocities
        Velocities of the rays along which D is followed.
    """
    length, drive_amplitude, saturation_time = (data[name].item() for name in (*_CHAIN, "saturation_time"))
    fronts: list[dict[str, object]] = []
    exponents: list[dict[str, object]] = []
    butterflies: list[dict[str, object]] = []
    for angle, source, replicas in _runs(data):
        mean, _ = batch_mean(replicas.divergence, replicas.weights)
        saturated = float(np.log(mean.max(axis=1)[replicas.times > replicas.times[-1] - saturation_time].mean()))
        for side in SIDES:
            n_sites = length - source if side == "right" else source - 1
            if n_sites == 0:
                continue
            run = {
                "length": length, "drive_amplitude": drive_amplitude, "source": source, "angle": angle, "side": side,
            }  # fmt: skip
            far = []
            for level in front_levels:
                # Where D saturates, a level is reached late or not at all.
                below = _rotated(angle) + np.log(level) < saturated - rule.margin
                found = front(replicas, source, _rotated(angle) + np.log(level) if below else np.inf, (side,))
                far.append(found.far[0])
                fronts.append(
                    {
                        **run,
                        "level": level,
                        **_pair("velocity", found.velocity),
                        **_pair("velocity_far", found.far),
                        "deviation": found.deviation,
                        "n_sites": found.reached,
                    }
                )
            along = rays(replicas, source, side, ray_velocities, saturated, rule)
            exponents += [
                {
                    **run,
                    "velocity": float(velocity),
                    **_pair("exponent", (along.exponents[k], along.stderr[k])),
                    "exponent_systematic": float(along.systematic[k]),
                    "efolds": float(along.rise[k]),
                }
                for k, velocity in enumerate(along.velocities)
            ]
            grows = np.isfinite(along.butterfly[0])
            fronts_of = np.array(far)[np.isfinite(far)]
            levels = 0.5 * float(np.ptp(fronts_of)) if grows and len(fronts_of) > 1 else np.nan
            butterflies.append(
                {
                    **run,
                    **_pair("butterfly_velocity", along.butterfly),
                    "systematic": float(np.fmax(along.butterfly_systematic, levels)) if grows else np.nan,
                    "window_systematic": along.butterfly_systematic,
                    "level_systematic": levels,
                    "n_sites": n_sites,
                }
            )
    return pd.DataFrame(fronts), pd.DataFrame(exponents), pd.DataFrame(butterflies)


def _runs(data: xr.Dataset) -> Iterator[tuple[float, int, Replicas]]:
    """Angle, source and replicas of every run."""
    for k, angle in enumerate(data["angle"].values):
        for j, source in enumerate(data["source"].values):
            yield float(angle), int(source), _replicas(data, k, j)


def _rotated(angle: float) -> float:
    """ln D at the source after a rotation."""
    return float(np.log(2.0) + 2.0 * np.log(np.sin(0.5 * angle)))


def _known(table: pd.DataFrame, length: int, drive_amplitude: float, columns: Sequence[str]) -> np.ndarray:
    """Columns of one chain in a table; NaN where it has none."""
    same = table[(table["length"] == length) & np.isclose(table["drive_amplitude"], drive_amplitude)]
    return same[list(columns)].to_numpy(dtype=float)[0] if len(same) else np.full(len(columns), np.nan)


def _pair(name: str, value: Sequence[float | np.ndarray] | np.ndarray) -> Mapping[str, float]:
    return {name: float(value[0]), f"{name}_stderr": float(value[1])}


def light_cones(data: xr.Dataset, angle: float) -> xr.Dataset:
    """D and ln D of every site, with standard errors, of all sources at one angle: dimensions (run, site, lag)."""
    chosen = data.sel(angle=angle, method="nearest")
    return _curves(chosen.transpose("source", "batch", "site", "lag_time"), angle)


def growth_curves(data: xr.Dataset) -> xr.Dataset:
    """The same at the rotated sites alone, of all sources and angles: dimensions (run, place, lag)."""
    chosen = data.sel(site=data["source"].values)
    parts = [
        _curves(chosen.isel(angle=k).transpose("source", "batch", "site", "lag_time"), float(angle))
        for k, angle in enumerate(data["angle"].values)
    ]
    found = xr.concat(parts, "run").rename(site="place")
    sites = xr.DataArray(np.tile(data["source"].values.astype(float), (found.sizes["run"], 1)), dims=("run", "place"))
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
    """Runs of chains of several lengths, times and numbers of sources in one grid, what a run lacks filled with NaN."""
    sizes = {name: max(part.sizes[name] for part in parts) for name in ("lag", "place") if name in parts[0].dims}
    padded = [
        part.assign_coords(run=np.arange(part.sizes["run"])).pad(
            {name: (0, size - part.sizes[name]) for name, size in sizes.items()}, constant_values=np.nan
        )
        for part in parts
    ]
    return xr.concat(padded, "run", join="outer").drop_vars("run")
