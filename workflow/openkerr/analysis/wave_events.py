"""Passages between chaos and the wave in space and time, and what a temperature of the baths changes.

The agitation of a site is the relative variance of its intensity over a short time, Var |alpha|² / <|alpha|²>²: about
one in chaos with many photons, some 0.01 in the wave.  A front is where it passes a level: for an arrival the last time
above it, for an escape, which is the same with time reversed, the last time below.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import xarray as xr

from openkerr.analysis.metastability import Point
from openkerr.analysis.passage_rates import rate_rows
from openkerr.analysis.photon_statistics import photon_statistics
from openkerr.analysis.survival import share_stderr
from openkerr.numerics.stats import jackknife

LEAST_SITES = 0.5
"""Share of the sites at which a front must be seen to be timed."""

RESOLVED = 2.0
"""Standard errors by which a delay must differ from zero for a velocity to be told."""


def agitation(abs2: np.ndarray, n: int) -> np.ndarray:
    """Relative variance over n samples of intensities (..., n_samples, n_sites): (..., n_samples - n + 1, n_sites)."""
    boxes = np.lib.stride_tricks.sliding_window_view(abs2.astype(float), n, axis=-2)
    mean = boxes.mean(axis=-1)
    return np.asarray(boxes.var(axis=-1) / mean**2)


def front_times(agitated: np.ndarray, times: np.ndarray, level: float, direction: str) -> np.ndarray:
    """Times at which a front passes the sites, (n_events, n_sites); NaN where a site does not pass the level.

    Parameters
    ----------
    agitated : (n_events, n_times, n_sites)
        NaN where there is no event.
    times : (n_times,)
        Middles of the boxes.
    level : float
    direction : {"arrival", "escape"}
    """
    before = agitated > level if direction == "arrival" else agitated < level
    last = before.shape[1] - 1 - before[:, ::-1].argmax(axis=1)
    seen = before.any(axis=1) & (last < before.shape[1] - 1)
    return np.where(seen, times[last], np.nan)


def front_rows(data: xr.Dataset, levels: Sequence[float], agitation_time: float) -> list[dict[str, Any]]:
    """Rows of table ``chain_wave_fronts`` of one chain at one temperature, one a level; none with one event."""
    names, direction, times = _names(data), _direction(data), _fronts(data, levels, agitation_time)
    site = data["site"].to_numpy().astype(float)
    rows = []
    for level, found in zip(levels, times, strict=True):
        kept = found[np.isfinite(found).mean(axis=1) >= LEAST_SITES]
        if len(kept) < 2:
            continue
        delays = np.array([_slope(site, each) for each in kept])
        delay, error = delays.mean(), delays.std(ddof=1) / np.sqrt(len(delays))
        moves = abs(delay) > RESOLVED * error
        driven = float((delays > 0).mean())
        rows.append(
            names
            | {
                "direction": direction,
                "level": level,
                "n_events": len(kept),
                "delay_per_site": delay,
                "delay_per_site_stderr": error,
                "velocity": 1 / delay if moves else np.nan,
                "velocity_stderr": error / delay**2 if moves else np.nan,
                "driven_first": driven,
                "driven_first_stderr": share_stderr(driven, len(kept)),
            }
        )
    return rows


def delay_profiles(data: xr.Dataset, levels: Sequence[float], agitation_time: float) -> xr.Dataset:
    """Mean delay of every site against the mean of all sites, and its standard error over the events, by level."""
    found = _fronts(data, levels, agitation_time)
    delays = found - np.nanmean(np.where(np.isfinite(found), found, np.nan), axis=2, keepdims=True)
    n = np.isfinite(delays).sum(axis=1)
    mean = np.where(n > 1, np.nansum(delays, axis=1) / np.maximum(n, 1), np.nan)
    spread = np.sqrt(np.nansum((delays - mean[:, None]) ** 2, axis=1) / np.maximum(n - 1, 1) / np.maximum(n, 1))
    dims = ("level", "site")
    return xr.Dataset(
        {
            "delay": (dims, mean, {"units": "1/gamma"}),
            "delay_stderr": (dims, np.where(n > 1, spread, np.nan), {"units": "1/gamma"}),
        },
        coords={"level": np.array(levels), "site": data["site"].to_numpy()},
    )


def event_picture(data: xr.Dataset, levels: Sequence[float], agitation_time: float) -> xr.Dataset:
    """The first event that is kept, over its lag and site, with the delays of all: see `delay_profiles`.

    ``photon_number`` is relative to the wave's, ``phase`` in rad; NaN where no passage was followed.
    """
    wave = data["wave_photon_number"].to_numpy()
    dims = ("lag", "site")
    picture = {
        "photon_number": (dims, (data["abs2"].to_numpy()[0] - 0.5) / wave, {"units": "1"}),
        "phase": (dims, data["phase"].to_numpy()[0], {"units": "rad"}),
        "passage_time": ((), float(data["passage_time"][0]), {"units": "1/gamma"}),
    }
    names = {name: ((), value) for name, value in _names(data).items()} | {"direction": ((), _direction(data))}
    lags = ("lag", data["lag"].to_numpy(), {"units": "1/gamma"})
    return delay_profiles(data, levels, agitation_time).assign(picture).assign_coords(names | {"lag": lags})


def thermal_row(data: xr.Dataset, rules: dict[str, Any], relaxation_per_site: float) -> dict[str, Any]:
    """One row of table ``chain_thermal_baths``: one chain, start and temperature."""
    weights, values = data["n_valid"].to_numpy(), data["late"].to_numpy()

    def statistics(mean: np.ndarray) -> np.ndarray:
        number = photon_statistics(mean[..., 0], mean[..., 1])
        circular = 1 - np.hypot(mean[..., 2], mean[..., 3])
        return np.stack([number[..., 0], number[..., 2], circular], axis=-1)

    value, error = jackknife(statistics, values, weights)
    wave, variance = (float(data[name][-1]) for name in ("wave_photon_number", "wave_phase_variance"))
    row = _names(data) | {"start": str(data["start"].item()), "direction": _direction(data)}
    for index, name in enumerate(("photon_number", "g2", "circular_variance")):
        row |= {name: value[index], f"{name}_stderr": error[index]}
    known = np.isfinite(wave)
    row |= {"wave_photon_number": wave, "wave_circular_variance": -np.expm1(-0.5 * variance)}
    rates: dict[str, Any] = {"rate": np.nan, "rate_stderr": np.nan, "rate_limit": np.nan, "n_events": 0}
    if known:
        point = Point(
            length=row["length"], drive_amplitude=row["drive_amplitude"], start=row["start"], noise="quantum",
            sites=("last",), numbers=data["photon_number"].to_numpy()[None], wave=np.array([wave]),
            ends=data["end"].to_numpy(),
        )  # fmt: skip
        (found,) = rate_rows(point, rules, relaxation_per_site)
        rates = {name: found[name] for name in rates}
    return row | rates | {"final_time": float(data["end"][-1]), "n_trajectories": data.sizes["trajectory"]}


def temperatures(data: xr.Dataset) -> list[xr.Dataset]:
    """The chains of a raw file, one a temperature; none where the wave to start from is missing."""
    return [data.isel(thermal_occupation=index) for index in range(data.sizes["thermal_occupation"])]


def _names(data: xr.Dataset) -> dict[str, Any]:
    return {
        "length": int(data["length"]),
        "drive_amplitude": float(data["drive_amplitude"]),
        "thermal_occupation": float(data["thermal_occupation"]),
    }


def _direction(data: xr.Dataset) -> str:
    return "escape" if data["start"].item() == "rnw" else "arrival"


def _fronts(data: xr.Dataset, levels: Sequence[float], agitation_time: float) -> np.ndarray:
    """Front times of all levels, (n_levels, n_events, n_sites)."""
    lags = data["lag"].to_numpy()
    n = round(agitation_time / (lags[1] - lags[0]))
    agitated = agitation(data["abs2"].to_numpy(), n)
    times = np.lib.stride_tricks.sliding_window_view(lags, n).mean(axis=-1)
    return np.stack([front_times(agitated, times, level, _direction(data)) for level in levels])


def _slope(site: np.ndarray, times: np.ndarray) -> float:
    known = np.isfinite(times)
    return float(np.polyfit(site[known], times[known], 1)[0])
