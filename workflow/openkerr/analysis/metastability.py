"""Passages between two states told apart by one number, the wave and what is not the wave: onset, rates, weights.

The number is the photon number of a site over that of the wave, x, in running means of a trajectory.  From another
state a trajectory arrives when x first comes within a band about one; from the wave it escapes when x first falls below
a share that lies under the band, so that noise at one edge makes no passages.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr
from scipy.stats import chi2

from openkerr.analysis.survival import (
    Passages,
    first_passages,
    median_passage,
    passage_rate,
    running_mean,
    survival,
)
from openkerr.numerics.stats import bootstrap

FAST = 1.0
"""Largest rate times the time of relaxation at which states are told apart."""
LEAST_P = 0.01
"""Least probability of passages as unevenly spread, under a constant hazard, with which it is believed."""
CURVE_TIMES = 250
"""Most times of a curve."""
_UNITS = {"length": "sites", "drive_amplitude": "gamma"}
LEVELS = np.linspace(0.0, 1.5, 61)
"""Edges of the histograms, in units of the wave's photon number."""


@dataclass(frozen=True)
class Point:
    """Trajectories of one chain from one start.

    Attributes
    ----------
    length, drive_amplitude, start, noise
        What names them; noise is ``quantum`` or ``none``.
    numbers : (n_sites, n_trajectories, n_windows)
        Photon numbers in consecutive windows, of the sites named in ``sites``.
    wave : (n_sites,)
        Those of the wave.
    ends : (n_windows,)
        Ends of the windows.
    """

    length: int
    drive_amplitude: float
    start: str
    noise: str
    sites: tuple[str, ...]
    numbers: np.ndarray
    wave: np.ndarray
    ends: np.ndarray

    def relative(self, site: int, windows: int) -> tuple[np.ndarray, np.ndarray]:
        """Running means over the wave's photon number, (n_trajectories, n_times), and the ends of their windows."""
        return running_mean(self.numbers[site], windows) / self.wave[site], self.ends[windows - 1 :]

    def passages(self, site: int, rules: Mapping[str, Any]) -> Passages:
        """First arrivals at the wave, or first escapes of those that start on it."""
        x, ends = self.relative(site, rules["running_windows"])
        there = x < rules["left_share"] if self.start == "rnw" else np.abs(x - 1) < rules["wave_band"]
        return first_passages(there, ends)

    @property
    def direction(self) -> str:
        """Of the passages."""
        return "escape" if self.start == "rnw" else "arrival"

    @property
    def names(self) -> dict[str, Any]:
        """What names the point in tables."""
        return {
            "length": self.length,
            "drive_amplitude": self.drive_amplitude,
            "noise": self.noise,
            "start": self.start,
        }


def points_of(data: xr.Dataset) -> Iterable[Point]:
    """Points of a data set of `openkerr.studies.chain_metastability.raw.passages_dataset` over length and drive.

    Chains without the wave, whose photon number is NaN, have none.
    """
    for length in data["length"].to_numpy():
        for drive in data["drive_amplitude"].to_numpy():
            one = data.sel(length=length, drive_amplitude=drive)
            if one["wave_photon_number"].isnull().any():
                continue
            yield Point(
                length=int(length),
                drive_amplitude=float(drive),
                start=str(data["start"].item()),
                noise="quantum" if data["bath_noise"].item() else "none",
                sites=tuple(str(each) for each in data["site"].to_numpy()),
                numbers=one["photon_number"].to_numpy(),
                wave=one["wave_photon_number"].to_numpy(),
                ends=data["end"].to_numpy(),
            )


def onset_time(x: np.ndarray, ends: np.ndarray, band: float) -> tuple[float, float]:
    """Time from which the mean over trajectories stays within a band about one, and its error by the bootstrap.

    Parameters
    ----------
    x : (n_trajectories, n_times)
    ends : (n_times,)
    band : float

    Returns
    -------
    time, stderr : float
        NaN where the mean is not within the band at the end.
    """

    def last_outside(means: np.ndarray) -> np.ndarray:
        outside = np.abs(means - 1) >= band
        # One past the last time outside; the first time where there is none.
        after = means.shape[1] - outside[:, ::-1].argmax(axis=1)
        after = np.where(outside.any(axis=1), after, 0)
        return np.where(after < means.shape[1], ends[np.minimum(after, means.shape[1] - 1)], np.nan)

    value, stderr = bootstrap(last_outside, x)
    return float(value), float(stderr)


def metastability_row(point: Point, rules: Mapping[str, Any], band: float, late_time: float) -> dict[str, Any]:
    """One row of table ``chain_metastability``."""
    last = point.sites.index("last")
    x, ends = point.relative(last, rules["running_windows"])
    # Arrival, whatever the start: those that begin on the wave are there from the first time.
    arrivals = first_passages(np.abs(x - 1) < rules["wave_band"], ends)
    n = len(arrivals.times)
    reached = arrivals.passed.mean()
    inside = (np.abs(x[:, -1] - 1) < rules["wave_band"]).mean()
    windows = round(late_time / (point.ends[1] - point.ends[0]))
    late = point.numbers[last][:, -windows:].mean(axis=1)
    onset, onset_stderr = onset_time(x, ends, band)
    median, median_stderr = median_passage(arrivals)
    return {
        **point.names,
        "t_rnw": onset,
        "t_rnw_stderr": onset_stderr,
        "t_passage": median,
        "t_passage_stderr": median_stderr,
        "reached_fraction": reached,
        "reached_fraction_stderr": _share_stderr(reached, n),
        "wave_fraction": inside,
        "wave_fraction_stderr": _share_stderr(inside, n),
        "photon_number_last": late.mean(),
        "photon_number_last_stderr": late.std(ddof=1) / np.sqrt(n),
        "wave_photon_number": point.wave[last],
        "final_time": point.ends[-1],
        "n_trajectories": n,
    }


def _share_stderr(share: float, n: int) -> float:
    """Standard error of a share of n; of none or all that of half a trajectory more or less."""
    inner = np.clip(share, 0.5 / n, 1 - 0.5 / n)
    return float(np.sqrt(inner * (1 - inner) / n))


def rate_rows(point: Point, rules: Mapping[str, Any], relaxation_per_site: float) -> list[dict[str, Any]]:
    """Rows of table ``chain_rates`` of one point, one an order parameter."""
    # Before the first running mean nothing can be seen to pass.
    first = point.ends[rules["running_windows"] - 1]
    relaxation = max(relaxation_per_site * point.length, float(first))
    rows = []
    for index, site in enumerate(point.sites):
        found = passage_rate(point.passages(index, rules).after(relaxation))
        fast = found.rate * relaxation > FAST or not found.observed_time > 0
        quoted = found.n_events > 0 and not fast and found.p_value >= LEAST_P
        rows.append(
            {
                "length": point.length,
                "drive_amplitude": point.drive_amplitude,
                "noise": point.noise,
                "start": point.start,
                "direction": point.direction,
                "method": "direct",
                "order_parameter": site,
                "rate": found.rate if quoted else np.nan,
                "rate_stderr": found.stderr if quoted else np.nan,
                "rate_limit": np.nan if fast else found.limit,
                "n_events": found.n_events,
                "observed_time": found.observed_time,
                "relaxation_time": relaxation,
                "p_value": found.p_value,
                "too_fast": int(fast),
            }
        )
    return rows


def threshold_rows(
    point: Point, variants: Sequence[Mapping[str, Any]], relaxation_per_site: float
) -> list[dict[str, Any]]:
    """Rows of table ``chain_rate_thresholds``: rates of the last site, and after twice the relaxation."""
    rows = []
    least = float(point.ends[max(rules["running_windows"] for rules in variants) - 1])
    for rules in variants:
        for factor in (1.0, 2.0):
            per_site = factor * max(relaxation_per_site, least / point.length)
            row = next(row for row in rate_rows(point, rules, per_site) if row["order_parameter"] == "last")
            kept = {key: row[key] for key in ("length", "drive_amplitude", "noise", "start", "direction")}
            found = {key: row[key] for key in ("rate", "rate_stderr", "n_events", "relaxation_time")}
            rows.append({**kept, **rules, **found})
    return rows


def curve(point: Point, rules: Mapping[str, Any], late_time: float) -> xr.Dataset:
    """Mean photon number of the last site and share that has not arrived against time, and late histogram."""
    last = point.sites.index("last")
    n_windows = len(point.ends)
    step = -(-n_windows // CURVE_TIMES)
    kept = n_windows // step * step
    coarse = point.numbers[last][:, :kept].reshape(len(point.numbers[last]), -1, step).mean(axis=2)
    ends = point.ends[:kept].reshape(-1, step)[:, -1]
    middles = ends - 0.5 * step * (point.ends[1] - point.ends[0])
    share, share_stderr = survival(point.passages(last, rules), ends)
    windows = round(late_time / (point.ends[1] - point.ends[0]))
    late = point.numbers[last][:, -windows:].mean(axis=1) / point.wave[last]
    padded = np.full((4, CURVE_TIMES + 1), np.nan)
    rows = (coarse.mean(axis=0), coarse.std(axis=0, ddof=1) / np.sqrt(len(coarse)), share, share_stderr)
    padded[:, : len(ends)] = rows
    times = np.full(CURVE_TIMES + 1, np.nan)
    times[: len(ends)] = middles
    counts, _ = np.histogram(late, LEVELS)
    return xr.Dataset(
        {
            "time": ("step", times, {"units": "1/gamma"}),
            "photon_number": ("step", padded[0], {"units": "1"}),
            "photon_number_stderr": ("step", padded[1], {"units": "1"}),
            "survival": ("step", padded[2], {"units": "1"}),
            "survival_stderr": ("step", padded[3], {"units": "1"}),
            "counts": ("level", counts.astype(np.float32), {"units": "1"}),
            "wave_photon_number": ((), float(point.wave[last]), {"units": "1"}),
        },
        coords={"level": 0.5 * (LEVELS[1:] + LEVELS[:-1])}
        | {name: ((), value, {"units": _UNITS.get(name, "1")}) for name, value in point.names.items()},
    )


def no_curves() -> xr.Dataset:
    """What stands for `curve` where no chain has the wave: no point."""
    step, level = np.full((0, CURVE_TIMES + 1), np.nan), 0.5 * (LEVELS[1:] + LEVELS[:-1])
    names = ("time", "photon_number", "photon_number_stderr", "survival", "survival_stderr")
    data: dict[str, Any] = {
        name: (("point", "step"), step, {"units": "1/gamma" if name == "time" else "1"}) for name in names
    }
    data["counts"] = ("point", "level"), np.zeros((0, level.size), np.float32), {"units": "1"}
    data["wave_photon_number"] = ("point", np.zeros(0), {"units": "1"})
    scalars = {
        "length": np.zeros(0, int),
        "drive_amplitude": np.zeros(0),
        "start": np.zeros(0, str),
        "noise": np.zeros(0, str),
    }
    coordinates = {name: ("point", each, {"units": _UNITS.get(name, "1")}) for name, each in scalars.items()}
    return xr.Dataset(data, coords={"level": level} | coordinates)


def splitting_rows(found: Sequence[xr.Dataset], direct: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Tables of rates by forward flux sampling.

    Parameters
    ----------
    found : sequence of xarray.Dataset
        As `openkerr.studies.chain_metastability.splitting.splitting_dataset` has them.
    direct : pandas.DataFrame
        Rates by direct sampling, table ``chain_rates``.

    Returns
    -------
    splitting : pandas.DataFrame
        Table ``chain_splitting``.
    rates : pandas.DataFrame
        Rows of ``chain_rates``: of several numbers of trials the greatest.
    """
    sampled = direct[(direct["order_parameter"] == "last") & (direct["noise"] == "quantum")]
    rows = []
    for data in (each for each in found if each.sizes["population"]):
        rate, n = data["rate"].to_numpy(), data.sizes["population"]
        mean, stderr = rate.mean(), rate.std(ddof=1) / np.sqrt(n)
        time = float(data["simulated_time"].sum())
        names = {
            "length": int(data["length"]),
            "drive_amplitude": float(data["drive_amplitude"]),
            "direction": str(data["direction"].item()),
            "order_parameter": str(data["sites"].item()),
            "n_trials": int(data["n_trials"]),
        }
        same = sampled[
            (sampled["length"] == names["length"])
            & (sampled["drive_amplitude"] == names["drive_amplitude"])
            & (sampled["direction"] == names["direction"])
            & (sampled["start"] != "rest")
        ]
        other = same.iloc[0] if len(same) and same["rate"].notna().iloc[0] else None
        # Direct sampling has the relative variance 1/(rate time).
        needed = mean / stderr**2 if stderr > 0 else np.nan
        rows.append(
            names
            | {
                "rate": mean,
                "rate_stderr": stderr,
                "direct_rate": np.nan if other is None else other["rate"],
                "direct_rate_stderr": np.nan if other is None else other["rate_stderr"],
                "flux": float(data["flux"].mean()),
                "n_interfaces": data.sizes["interface"],
                "least_probability": float(data["probability"].mean("population").min()),
                "n_reached": int(data["n_reached"][:, -1].sum()),
                "n_populations": n,
                "simulated_time": time,
                "direct_time": needed,
                "gain": needed / time,
            }
        )
    table = pd.DataFrame(rows, columns=SPLITTING_COLUMNS)
    best = table.sort_values("n_trials").groupby(SPLITTING_COLUMNS[:4], as_index=False).last()
    start = np.where(best["direction"] == "escape", "rnw", "vacuum")
    rates = best[[*SPLITTING_COLUMNS[:4], "rate", "rate_stderr"]].assign(
        noise="quantum", start=start, method="splitting", rate_limit=np.nan, n_events=best["n_reached"],
        observed_time=best["simulated_time"], relaxation_time=0.0, p_value=np.nan, too_fast=0,
    )  # fmt: skip
    # Without a trial at the last interface there is no estimate.
    rates.loc[rates["n_events"] == 0, ["rate", "rate_stderr"]] = np.nan
    return table, rates


SPLITTING_COLUMNS = [
    "length", "drive_amplitude", "direction", "order_parameter", "n_trials", "rate", "rate_stderr", "direct_rate",
    "direct_rate_stderr", "flux", "n_interfaces", "least_probability", "n_reached", "n_populations", "simulated_time",
    "direct_time", "gain",
]  # fmt: skip


# ---------------------------------------------------------------------------------------------- from rates


def weight_table(rates: pd.DataFrame) -> pd.DataFrame:
    """Weight of the wave in the steady state of two states, from both rates, by the method that knows each best.

    Where one direction has no event its limit bounds the ratio.

    Parameters
    ----------
    rates : pandas.DataFrame
        Table ``chain_rates``.

    Returns
    -------
    pandas.DataFrame
        Table ``chain_wave_weight``.
    """
    chosen = (
        rates["order_parameter"].isin(["last", "chain"]) & (rates["noise"] == "quantum") & (rates["start"] != "rest")
    )
    rows = []
    for (length, drive), group in rates[chosen].groupby(["length", "drive_amplitude"]):
        found = {direction: _best(rows_) for direction, rows_ in group.groupby("direction")}
        if len(found) < 2:
            continue
        arrival, escape = found["arrival"], found["escape"]
        measured = [not np.isnan(each["rate"]) for each in (arrival, escape)]
        silent = [each["n_events"] == 0 and not np.isnan(each["rate_limit"]) for each in (arrival, escape)]
        if all(measured):
            bound, ratio = "measured", arrival["rate"] / escape["rate"]
            stderr = np.hypot(*(each["rate_stderr"] / each["rate"] for each in (arrival, escape)))
        elif measured[0] and silent[1]:
            bound, ratio, stderr = "at_least", arrival["rate"] / escape["rate_limit"], np.nan
        elif measured[1] and silent[0]:
            bound, ratio, stderr = "at_most", arrival["rate_limit"] / escape["rate"], np.nan
        else:
            continue
        weight = ratio / (1 + ratio)
        rows.append(
            {
                "length": length,
                "drive_amplitude": drive,
                "bound": bound,
                "log_ratio": np.log(ratio),
                "log_ratio_stderr": stderr,
                "wave_weight": weight,
                "wave_weight_stderr": weight * (1 - weight) * stderr,
            }
        )
    return pd.DataFrame(rows, columns=WEIGHT_COLUMNS)


WEIGHT_COLUMNS = [
    "length", "drive_amplitude", "bound", "log_ratio", "log_ratio_stderr", "wave_weight", "wave_weight_stderr",
]  # fmt: skip


def _best(rows: pd.DataFrame) -> pd.Series:
    """Of several rates of one direction the one that is known best; without any the lowest limit."""
    if rows["rate"].notna().any():
        return rows.loc[(rows["rate_stderr"] / rows["rate"]).idxmin()]
    limits = rows["rate_limit"].fillna(np.inf)
    return rows.loc[limits.idxmin()]


def equal_rate_table(weights: pd.DataFrame) -> pd.DataFrame:
    """Drive at which both rates are equal, at every length, between the two drives nearest to it.

    The logarithm of the ratio is taken for linear between the drives; no error holds what it is besides.
    """
    rows = []
    measured = weights[weights["bound"] == "measured"]
    for length, group in measured.groupby("length"):
        group = group.sort_values("drive_amplitude")
        drives, logs, errors = (group[name].to_numpy() for name in ("drive_amplitude", "log_ratio", "log_ratio_stderr"))
        crossings = np.flatnonzero((logs[:-1] < 0) & (logs[1:] >= 0))
        if crossings.size:
            k = crossings[0]
            drive, stderr = _crossing(drives[k : k + 2], logs[k : k + 2], errors[k : k + 2])
            rows.append({"length": length, "drive_amplitude": drive, "drive_amplitude_stderr": stderr})
    return pd.DataFrame(rows, columns=["length", "drive_amplitude", "drive_amplitude_stderr"])


def _crossing(x: np.ndarray, y: np.ndarray, errors: np.ndarray) -> tuple[float, float]:
    """Zero of the line through two points, and its error from theirs."""
    slope = (y[1] - y[0]) / (x[1] - x[0])
    place = x[0] - y[0] / slope
    share = (place - x[0]) / (x[1] - x[0])
    return float(place), float(np.hypot((1 - share) * errors[0], share * errors[1]) / abs(slope))


@dataclass(frozen=True)
class Arrivals:
    """First arrivals at the wave from the noisy vacuum, of one chain; ``final_time`` is that of its runs."""

    length: int
    drive_amplitude: float
    final_time: float
    passages: Passages


def arrivals_of(point: Point, rules: Mapping[str, Any]) -> list[Arrivals]:
    """Arrivals of a point by the last site; none of other starts or without noise."""
    if (point.start, point.noise) != ("vacuum", "quantum"):
        return []
    passages = point.passages(point.sites.index("last"), rules)
    return [Arrivals(point.length, point.drive_amplitude, float(point.ends[-1]), passages)]


def critical_lengths(arrivals: Sequence[Arrivals], times: Sequence[float]) -> pd.DataFrame:
    """Lengths at which half of the trajectories have arrived by a time: table ``chain_critical_length``.

    Between the two neighbouring lengths ln(-ln S), S the share that has not arrived, is taken for linear in the length:
    it is where the rate is exponential in it.  Where all or none have arrived S is half a trajectory from there.
    """
    rows = []
    for drive in sorted({each.drive_amplitude for each in arrivals}):
        of_drive = sorted((each for each in arrivals if each.drive_amplitude == drive), key=lambda each: each.length)
        for time in times:
            known = [_arrived(each, time) for each in of_drive if each.final_time >= time * (1 - 1e-9)]
            if not known:
                continue
            lengths, logs, errors = np.array(known).T
            row = {"drive_amplitude": drive, "time": time, "length": np.nan, "length_stderr": np.nan}
            crossings = np.flatnonzero((logs[:-1] >= 0) & (logs[1:] < 0))
            if crossings.size:
                k = crossings[-1]
                row["length"], row["length_stderr"] = _crossing(lengths[k : k + 2], logs[k : k + 2], errors[k : k + 2])
            rows.append(row | {"length_min": int(lengths.min()), "length_max": int(lengths.max())})
    columns = ["drive_amplitude", "time", "length", "length_stderr", "length_min", "length_max"]
    return pd.DataFrame(rows, columns=columns)


def _arrived(arrivals: Arrivals, time: float) -> tuple[float, float, float]:
    """Length, ln(-ln S) less its value at S = 1/2, and the standard error of this."""
    passages, n = arrivals.passages, len(arrivals.passages.times)
    left = 1 - (passages.passed & (passages.times <= time)).mean()
    clipped = np.clip(left, 0.5 / n, 1 - 0.5 / n)
    error = _share_stderr(left, n) / (clipped * -np.log(clipped))
    return arrivals.length, float(np.log(-np.log(clipped)) - np.log(np.log(2))), float(error)


def scaling_table(rates: pd.DataFrame) -> pd.DataFrame:
    """Rates against the length: ln rate = intercept - length/length_scale, weighted least squares, with chi squared.

    Rates of the last site with noise, directly sampled, at every drive and direction with at least three lengths.
    """
    rows = []
    chosen = rates[
        (rates["order_parameter"] == "last") & (rates["noise"] == "quantum") & (rates["start"] != "rest")
        & (rates["method"] == "direct") & rates["rate"].notna() & (rates["n_events"] >= 10)
    ]  # fmt: skip
    for (drive, direction), group in chosen.groupby(["drive_amplitude", "direction"]):
        if len(group) < 3:
            continue
        length, logs = group["length"].to_numpy(dtype=float), np.log(group["rate"].to_numpy())
        errors = (group["rate_stderr"] / group["rate"]).to_numpy()
        fit, covariance = np.polyfit(length, logs, 1, w=1 / errors, cov="unscaled")
        chi = float((((logs - np.polyval(fit, length)) / errors) ** 2).sum())
        rows.append(
            {
                "drive_amplitude": drive,
                "direction": direction,
                "slope": fit[0],
                "slope_stderr": np.sqrt(covariance[0, 0]),
                "intercept": fit[1],
                "intercept_stderr": np.sqrt(covariance[1, 1]),
                "chi_squared": chi,
                "degrees_of_freedom": len(group) - 2,
                "p_value": chi2.sf(chi, len(group) - 2),
                "length_min": int(length.min()),
                "length_max": int(length.max()),
            }
        )
    return pd.DataFrame(rows, columns=SCALING_COLUMNS)


SCALING_COLUMNS = [
    "drive_amplitude", "direction", "slope", "slope_stderr", "intercept", "intercept_stderr", "chi_squared",
    "degrees_of_freedom", "p_value", "length_min", "length_max",
]  # fmt: skip
