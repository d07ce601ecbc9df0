"""Regimes of the chain's steady states: the wave's share of trajectories, the classifier, and the boundaries."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import xarray as xr

from openkerr.analysis.chain_doubts import doubts
from openkerr.analysis.photon_statistics import photon_estimates
from openkerr.numerics.stats import batch_mean


@dataclass(frozen=True)
class RegimeRules:
    """Rules of the classifier: configuration block ``chain.regimes``."""

    wave_band: float
    mixed_shares: tuple[float, float]
    chaotic_correlator: float
    sigma: float


def wave_numbers(branch: pd.DataFrame, length: int, drives: Sequence[float]) -> np.ndarray:
    """Photon number of the resonant nonlinear wave at the last site: zero below its fold, NaN where it is not known.

    Parameters
    ----------
    branch : pandas.DataFrame
        Columns length, method, drive_amplitude, photon_number_last of table ``chain_rnw_branch``; rows of Newton's
        method count, and of several at one drive that of the greatest photon number: beyond its fold the branch goes
        on with smaller ones.
    length : int
        Number of sites.
    drives : sequence of float
        Drives, between whose neighbours on the branch is interpolated.

    Returns
    -------
    array (n_drives,)
    """
    rows = branch[(branch["method"] == "newton") & (branch["length"] == length)]
    upper = rows.groupby("drive_amplitude")["photon_number_last"].max().dropna()
    if upper.empty:
        return np.full(len(drives), np.nan)
    return np.interp(drives, upper.index, upper.to_numpy(), left=0.0, right=np.nan)


def wave_share(
    single: np.ndarray, samples: np.ndarray, weights: np.ndarray, wave: float, band: float
) -> tuple[float, float]:
    """Share of trajectories whose own mean photon number lies in the wave's band, and its standard error.

    Parameters
    ----------
    single : array (n_batches, n_windows, n_lanes)
        Means of |alpha|² of single trajectories in consecutive windows; NaN in lanes that do not count.
    samples, weights : arrays (n_windows,), (n_batches,)
        Samples of each window, trajectories of each batch.
    wave, band : float
        Photon number of the wave, zero if there is none, and the half-width of its band as a share of it.

    Returns
    -------
    share, stderr : float
        NaN if it is not known whether there is a wave.
    """
    if not wave > 0:
        return (0.0, 0.0) if wave == 0 else (np.nan, np.nan)
    numbers = np.average(single, axis=1, weights=samples) - 0.5
    inside = np.abs(numbers - wave) <= band * wave
    share, error = batch_mean(inside.sum(axis=1) / weights, weights)
    return float(share), float(error)


def regime(share: float, share_error: float, otoc: float, otoc_error: float, rules: RegimeRules) -> str | None:
    """Regime of a steady state, or None where it is open.

    III if the wave's share of the trajectories is above the upper limit, mixed if it lies between the limits; below the
    lower one II if the saturated correlator is above its limit, and I if below.  A number that lies within
    ``rules.sigma`` standard errors of its limit decides nothing.
    """

    def above(value: float, error: float, limit: float) -> bool | None:
        return value > limit if abs(value - limit) > rules.sigma * error else None

    if np.isnan(share):
        return None
    low, high = (above(share, share_error, limit) for limit in rules.mixed_shares)
    if high:
        return "III"
    if low:
        return None if high is None else "mixed"
    if low is None or np.isnan(otoc):
        return None
    chaotic = above(otoc, otoc_error, rules.chaotic_correlator)
    return None if chaotic is None else "II" if chaotic else "I"


def scan_tables(
    parts: Sequence[xr.Dataset],
    branch: pd.DataFrame,
    rules: RegimeRules,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Steady states of one length: rows of table ``chain_phase_diagram``, and shares of the wave after other burn-ins.

    Parameters
    ----------
    parts : sequence of xarray.Dataset
        Jobs of a scan; see `openkerr.studies.chain_map.raw`.  Scalar coordinates say what it is: ``geometry``,
        ``length``, ``burn_in`` and ``averaging_time``, in 1/gamma, and those of
        `openkerr.analysis.chain_doubts.doubts`.  Only the boundary-driven chain has the wave.
    branch : pandas.DataFrame
        Table ``chain_rnw_branch``.

    Returns
    -------
    diagram, relaxation : pandas.DataFrame
        The second one with columns geometry, length, drive_amplitude, burn_in, window, rnw_fraction and its error: from
        windows of half the averaging time, all through the run.
    """
    names = ("geometry", "length", "burn_in", "averaging_time")
    geometry, length, burn_in, window = (parts[0][name].item() for name in names)
    rows, relaxation = [], []
    for drive, jobs in states_by_drive(parts):
        weights = np.concatenate([part["n_valid"].values for part in jobs])
        moments = np.concatenate([part["moments"].values for part in jobs])
        single = np.concatenate([part["trajectory_means"].values for part in jobs])
        samples, begin, end = (jobs[0][name].values for name in ("samples", "begin", "end"))
        late = begin > burn_in * (1 - 1e-9) - 1e-9
        wave = wave_numbers(branch, length, [drive])[0] if geometry == "boundary" else np.nan
        share = share_error = np.nan
        if geometry == "boundary":
            share, share_error = wave_share(single[:, late], samples[late], weights, wave, rules.wave_band)
            step = max(int(late.sum()) // 4, 1)
            for first in range(0, len(samples) - 2 * step + 1, step):
                chosen = slice(first, first + 2 * step)
                found = wave_share(single[:, chosen], samples[chosen], weights, wave, rules.wave_band)
                relaxation.append((drive, begin[first], end[chosen][-1] - begin[first], *found))
        otoc = _saturation(jobs)
        sites = jobs[0]["site"].values
        last = otoc.get(int(sites[-1]), {})
        state = {
            "geometry": geometry,
            "method": "twa",
            "length": length,
            "drive_amplitude": drive,
            "n_trajectories": int(weights.sum()),
            "burn_in": burn_in,
            "window": window,
            "wave_photon_number": wave if wave > 0 else np.nan,
            "rnw_fraction": share,
            "rnw_fraction_stderr": share_error,
            "regime": None,
        }
        estimates = [photon_estimates(moments[:, late, place], samples[late], weights) for place in range(len(sites))]
        numbers, errors = (np.array([each[f"photon_number{tail}"] for each in estimates]) for tail in ("", "_stderr"))
        drift = np.array([each["stationarity"] for each in estimates])
        doubted = doubts(numbers, errors, parts[0], "twa", drift)
        # A regime is that of the whole chain, and of light at its end.
        if geometry == "boundary" and doubted[-1] in (None, "moving") and not {"step", "interaction"} & set(doubted):
            correlator, error = (last.get(f"otoc_saturation{tail}", np.nan) for tail in ("", "_stderr"))
            state["regime"] = regime(share, share_error, correlator, error, rules)
        for site, estimate, doubt in zip(sites, estimates, doubted, strict=True):
            if doubt == "photon number":
                estimate |= dict.fromkeys(("g2", "g2_stderr", "mandel_q", "mandel_q_stderr"), np.nan)
            rows.append(state | {"site": int(site), "doubt": doubt} | estimate | otoc.get(int(site), {}))
    empty = dict.fromkeys(("otoc_saturation", "otoc_saturation_stderr", "otoc_stationarity"), np.nan)
    columns = ["drive_amplitude", "burn_in", "window", "rnw_fraction", "rnw_fraction_stderr"]
    facts = {"geometry": geometry, "length": length}
    diagram = pd.DataFrame([empty | row for row in rows])
    return diagram, pd.DataFrame(relaxation, columns=columns).assign(**facts)


def states_by_drive(parts: Iterable[xr.Dataset]) -> Iterator[tuple[float, list[xr.Dataset]]]:
    """Each drive with its jobs, which hold different trajectories, in their order."""
    found: dict[float, list[xr.Dataset]] = {}
    for part in sorted(parts, key=lambda part: int(part["batch"][0])):
        for index, drive in enumerate(part["drive_amplitude"].values):
            found.setdefault(float(drive), []).append(part.isel(drive_amplitude=index))
    yield from sorted(found.items(), key=lambda item: item[0])


def _saturation(jobs: Sequence[xr.Dataset]) -> dict[int, dict[str, float]]:
    """Saturated correlator of first and each site, and the growth from the first to the second half in errors."""
    jobs = [part for part in jobs if "otoc" in part]
    if not jobs:
        return {}
    weights = np.concatenate([part["replica_n_valid"].values for part in jobs])
    halves = np.concatenate([part["otoc"].values for part in jobs])
    values, errors = batch_mean(halves.mean(axis=1), weights)
    growth, growth_errors = batch_mean(halves[:, 1] - halves[:, 0], weights)
    return {
        int(site): {
            "otoc_saturation": values[place],
            "otoc_saturation_stderr": errors[place],
            "otoc_stationarity": growth[place] / growth_errors[place] if growth_errors[place] > 0 else 0.0,
        }
        for place, site in enumerate(jobs[0]["site"].values)
    }


def crossing(drives: np.ndarray, values: np.ndarray, errors: np.ndarray, level: float) -> tuple[float, float]:
    """Drive at which a quantity first rises through a level, and its standard error; NaN if it does not.

    Linear between neighbours; the error joins those of the two values and that of a place unknown within the step,
    step/sqrt(12).
    """
    rises = np.flatnonzero((values[:-1] < level) & (values[1:] >= level))
    if not rises.size:
        return np.nan, np.nan
    left = rises[0]
    step, slope = np.diff(drives)[left], np.diff(values)[left]
    place = (level - values[left]) / slope
    shift = np.hypot((1 - place) * errors[left], place * errors[left + 1]) / slope
    return drives[left] + place * step, step * np.hypot(min(shift, 1.0), 12**-0.5)


def boundaries_table(diagram: pd.DataFrame, relaxation: pd.DataFrame, rules: RegimeRules) -> pd.DataFrame:
    """Boundaries of the regimes against length and burn-in; columns of table ``chain_boundaries``.

    one_two: the saturated correlator of first and last site rises through its limit, at drives below the wave's;
    two_three: the wave's share rises through one half; leap: middle of the step in which the photon number of the last
    site grows most; fluctuation_peak: drive of its greatest number fluctuation.  The width is the distance at which
    correlator or share pass the limits of a mixture, or the step of the scan.
    """
    rows = []
    last = diagram[diagram["site"] == diagram["length"]]
    for (geometry, length), scan in last.sort_values("drive_amplitude").groupby(["geometry", "length"]):
        drives = scan["drive_amplitude"].to_numpy()
        facts = {"geometry": geometry, "length": length}
        facts |= {"burn_in": scan["burn_in"].max(), "window": scan["window"].min()}
        if geometry == "boundary":
            share, error = scan["rnw_fraction"].to_numpy(), scan["rnw_fraction_stderr"].to_numpy()
            middle = _boundary(drives, share, error, 0.5, rules)
            rows.append(facts | {"boundary": "two_three"} | middle)
            below = ~(drives >= middle["drive_amplitude"]) & scan["otoc_saturation"].notna().to_numpy()
            otoc, error = (scan[f"otoc_saturation{tail}"].to_numpy()[below] for tail in ("", "_stderr"))
            found = _boundary(drives[below], otoc, error, rules.chaotic_correlator, rules)
            rows.append(facts | {"boundary": "one_two"} | found)
        if len(drives) > 1:
            steps = np.diff(drives)
            leap = int(np.argmax(np.diff(scan["photon_number"]) / steps))
            peak = int(np.argmax(scan["number_fluctuation"]))
            for name, place, step in (
                ("leap", drives[leap] + steps[leap] / 2, steps[leap]),
                ("fluctuation_peak", drives[peak], steps[max(peak - 1, 0) : peak + 1].max()),
            ):
                found = {"drive_amplitude": place, "drive_amplitude_stderr": step / 12**0.5, "width": step}
                rows.append(facts | {"boundary": name} | found)
    ordered = relaxation.sort_values("drive_amplitude")
    for (geometry, length, burn_in, window), scan in ordered.groupby(["geometry", "length", "burn_in", "window"]):
        names = ("drive_amplitude", "rnw_fraction", "rnw_fraction_stderr")
        drives, share, error = (scan[name].to_numpy() for name in names)
        facts = {"geometry": geometry, "length": length, "burn_in": burn_in, "window": window}
        rows.append(facts | {"boundary": "two_three"} | _boundary(drives, share, error, 0.5, rules))
    frame = pd.DataFrame(rows, columns=BOUNDARY_COLUMNS)
    return frame.dropna(subset="drive_amplitude").drop_duplicates(BOUNDARY_COLUMNS[:5]).reset_index(drop=True)


BOUNDARY_COLUMNS = [
    *("geometry", "length", "boundary", "burn_in", "window"),
    *("drive_amplitude", "drive_amplitude_stderr", "width"),
]


def _boundary(drives: np.ndarray, values: np.ndarray, errors: np.ndarray, level: float, rules: RegimeRules) -> dict:
    place, error = crossing(drives, values, errors, level)
    low, high = (crossing(drives, values, errors, limit)[0] for limit in rules.mixed_shares)
    return {"drive_amplitude": place, "drive_amplitude_stderr": error, "width": high - low}
