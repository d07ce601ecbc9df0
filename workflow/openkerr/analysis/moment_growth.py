"""Growth of the moments of a small deviation from population dynamics: rates, and what they owe to the clones' number.

L(q) = lim ln <|delta|**q>/t.  D of the out-of-time-order correlator is |delta|**2/2 to leading order, so that <D> grows
at L(2), the annealed rate, and exp<ln D> at 2 L'(0), the typical one; by Jensen's inequality L(2) >= 2 L'(0).  A
population of n clones gives a rate that is too low, and rises with n: where rare states matter, slower than any power
that a fit over a few n could tell.  So the rate of the largest population stands as it is, beside its change from the
next smaller one and an extrapolation in 1/n, which is withheld where the rates of several n do not follow it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd
import xarray as xr
from scipy.stats import chi2

from openkerr.numerics.stats import batch_mean, jackknife

WITHHELD = 0.1
"""Probability of a larger chi-square below which rates of several sizes do not follow 1/n."""


class Rate(NamedTuple):
    """A growth rate and its standard error."""

    value: float
    stderr: float


def slope(curves: np.ndarray, times: np.ndarray, first: float, last: float) -> Rate:
    """Mean growth of independent curves (n, n_times) between two times, both rounded to samples."""
    begin, end = (int(np.abs(times - time).argmin()) for time in (first, last))
    rates = (curves[:, end] - curves[:, begin]) / (times[end] - times[begin])
    return Rate(*(float(each) for each in batch_mean(rates, np.ones(len(rates)))))


def pooled_slope(logs: np.ndarray, times: np.ndarray, first: float, last: float) -> Rate:
    """Growth of the mean of exp(logs) over populations, logs (n, n_times), between two times."""
    begin, end = (int(np.abs(times - time).argmin()) for time in (first, last))
    ends = logs[:, [begin, end]]
    # Means of exponentials of curves that are shifted by what all have in common.
    shift = ends.max(axis=0)

    def rate(means: np.ndarray) -> np.ndarray:
        return (np.log(means[:, 1] / means[:, 0]) + shift[1] - shift[0]) / (times[end] - times[begin])

    value, error = jackknife(rate, np.exp(ends - shift), np.ones(len(logs)))
    return Rate(float(value), float(error))


def extrapolate(clones: Sequence[int], rates: Sequence[Rate]) -> tuple[Rate, float]:
    """Rate of infinitely many clones by a straight line in 1/n, and chi-square per degree of freedom.

    Returns
    -------
    Rate, float
        NaN with fewer than three sizes; the rate is NaN where a worse chi-square had a probability below `WITHHELD`.
    """
    if len(rates) < 3:
        return Rate(np.nan, np.nan), np.nan
    values, errors = np.array(rates).T
    design = np.stack([np.ones(len(values)), 1.0 / np.asarray(clones, dtype=float)], axis=1) / errors[:, None]
    covariance = np.linalg.inv(design.T @ design)
    found = covariance @ design.T @ (values / errors)
    square, freedom = float(np.sum((design @ found - values / errors) ** 2)), len(values) - 2
    if chi2.sf(square, freedom) < WITHHELD:
        return Rate(np.nan, np.nan), square / freedom
    return Rate(float(found[0]), float(np.sqrt(covariance[0, 0]))), square / freedom


def held_time(data: xr.Dataset, moment: float, least: float) -> float:
    """Time until which all plain samples together hold a moment: their effective number is at least ``least``."""
    plain = data.sel(plain_moment=moment)
    logs, effective = plain["plain_log_moment"].values, plain["plain_effective"].values
    means = np.exp(logs - logs.max(axis=0))
    # Sum of squared weights from the effective number of each population, (sum of weights)**2 over it.
    number = means.sum(axis=0) ** 2 / np.sum(means**2 / effective, axis=0)
    held = number >= least
    times = data["time"].values
    return float(times[-1] if held.all() else times[max(int(held.argmin()) - 1, 0)])


def join_moment_jobs(parts: Iterable[xr.Dataset]) -> list[list[xr.Dataset]]:
    """Jobs joined along their populations: a list a chain, in it a data set a number of clones, ascending."""
    jobs: dict[tuple[int, float], dict[int, list[xr.Dataset]]] = {}
    for part in parts:
        sizes = jobs.setdefault((int(part["length"]), float(part["drive_amplitude"])), {})
        sizes.setdefault(int(part["n_clones"]), []).append(part)
    return [
        [
            xr.concat(
                sorted(sizes[n_clones], key=lambda part: int(part["population"][0])), "population", data_vars="minimal"
            )
            for n_clones in sorted(sizes)
        ]
        for sizes in jobs.values()
    ]


def clone_rates(data: xr.Dataset) -> pd.DataFrame:
    """Rows of chain_moment_clones of one chain and number of clones.

    Parameters
    ----------
    data : Dataset
        ``log_moment``, ``effective_share``, ``ancestors`` (moment, population, time); scalars ``length``,
        ``drive_amplitude``, ``n_clones``, ``relaxation_time``, ``early_time``.
    """
    times, first, last = data["time"].values, float(data["relaxation_time"]), float(data["time"][-1])
    rows = []
    for moment in data["moment"].values:
        one = data.sel(moment=moment)
        rate = slope(one["log_moment"].values, times, first, last)
        change = _change(one["log_moment"].values, times, first, last)
        early = pooled_slope(one["log_moment"].values, times, 0.0, float(data["early_time"]))
        ancestors = np.median(one["ancestors"].values, axis=0)
        single = np.flatnonzero(ancestors < 1.5)
        rows.append(
            {
                **_chain(data),
                "moment": float(moment),
                "n_clones": int(data["n_clones"]),
                **_pair("growth_rate", rate),
                **_pair("time_change", change),
                **_pair("early_rate", early),
                "effective_share": float(one["effective_share"].values[:, times > first].min()),
                "coalescence_time": float(times[single[0]]) if len(single) else np.nan,
                "n_populations": data.sizes["population"],
                "relaxation_time": first,
                "final_time": last,
            }
        )
    return pd.DataFrame(rows)


def moment_rates(parts: Sequence[xr.Dataset], *, least_effective: float, lyapunov: pd.DataFrame) -> pd.DataFrame:
    """Rows of chain_moment_growth of one chain, a row a moment.

    Parameters
    ----------
    parts : sequence of Dataset
        As in `clone_rates`, of one chain and several numbers of clones, ascending, with ``mean_log`` (population, time)
        and ``plain_log_moment``, ``plain_effective`` (plain_moment, population, time).
    least_effective : float
        Effective number of samples with which a plain sample holds a moment.
    lyapunov : DataFrame
        Table chain_lyapunov.
    """
    tables = [clone_rates(part).set_index("moment") for part in parts]
    largest, n_clones = parts[-1], [int(part["n_clones"]) for part in parts]
    times, first, last = largest["time"].values, float(largest["relaxation_time"]), float(largest["time"][-1])
    exponent = slope(largest["mean_log"].values, times, first, last)
    same = lyapunov[
        (lyapunov["length"] == int(largest["length"]))
        & np.isclose(lyapunov["drive_amplitude"], float(largest["drive_amplitude"]))
        & (lyapunov["method"] == "twa")
    ]
    columns = ["lyapunov_max", "lyapunov_max_stderr", "lyapunov_max_systematic"]
    known = same[columns].to_numpy(dtype=float)[0] if len(same) else np.full(3, np.nan)
    rows = []
    for moment in largest["moment"].values:
        rates = [Rate(*table.loc[moment, ["growth_rate", "growth_rate_stderr"]]) for table in tables]
        early = [Rate(*table.loc[moment, ["early_rate", "early_rate_stderr"]]) for table in tables]
        limit, square = extrapolate(n_clones, rates)
        typical = Rate(moment * exponent.value, moment * exponent.stderr)
        until = held_time(largest, moment, least_effective)
        held = until >= 2 * (times[1] - times[0])
        plain = largest["plain_log_moment"].sel(plain_moment=moment).values
        cloned = largest["log_moment"].sel(moment=moment).values
        rows.append(
            {
                **_chain(largest),
                "moment": float(moment),
                **_pair("growth_rate", rates[-1]),
                **_pair("clones_change", _difference(rates[-1], rates[-2]) if len(rates) > 1 else Rate(np.nan, np.nan)),
                **_pair("time_change", Rate(*tables[-1].loc[moment, ["time_change", "time_change_stderr"]])),
                **_pair("extrapolated_rate", limit),
                "extrapolation_chi2": square,
                **_pair("typical_rate", typical),
                **_pair("excess", _difference(rates[-1], typical)),
                **_pair("lyapunov_rate", Rate(*(moment * known[:2]))),
                "lyapunov_rate_systematic": moment * known[2],
                **_pair("early_rate", early[-1]),
                "early_change": early[-1].value - early[-2].value if len(early) > 1 else np.nan,
                "early_time": float(largest["early_time"]),
                "held_until": until,
                **_pair("held_rate", pooled_slope(plain, times, 0.0, until) if held else Rate(np.nan, np.nan)),
                **_pair("held_cloned_rate", pooled_slope(cloned, times, 0.0, until) if held else Rate(np.nan, np.nan)),
                "n_clones": n_clones[-1],
                "n_populations": largest.sizes["population"],
                "final_time": last,
            }
        )
    return pd.DataFrame(rows)


def moment_curves(parts: Iterable[xr.Dataset]) -> xr.Dataset:
    """Growth of ln <|delta|**q> in time as a grid (run, time), a run a chain, number of clones and moment.

    Parameters
    ----------
    parts : iterable of Dataset
        As in `moment_rates`; those of one chain have the same times.
    """
    runs, n_times = [], 0
    for data in parts:
        for moment in data["moment"].values:
            one = data.sel(moment=moment)
            plain = data.sel(plain_moment=moment)
            n_times = max(n_times, data.sizes["time"])
            runs.append(
                {
                    **_chain(data),
                    "moment": float(moment),
                    "n_clones": int(data["n_clones"]),
                    "time": data["time"].values,
                    "log_moment": one["log_moment"].values.mean(axis=0),
                    "log_moment_stderr": one["log_moment"].values.std(axis=0, ddof=1) / one.sizes["population"] ** 0.5,
                    "plain_log_moment": plain["plain_log_moment"].values.mean(axis=0),
                    "typical": moment * data["mean_log"].values.mean(axis=0),
                }
            )
    units = {"length": "sites", "drive_amplitude": "gamma", "time": "1/gamma"}
    curves = ("time", "log_moment", "log_moment_stderr", "plain_log_moment", "typical")
    found: dict[str, tuple[object, np.ndarray, dict[str, str]]] = {}
    for name in runs[0]:
        if name in curves:
            values = np.full((len(runs), n_times), np.nan)
            for row, run in zip(values, runs, strict=True):
                row[: len(run[name])] = run[name]
            found[name] = (("run", "sample"), values, {"units": units.get(name, "1")})
        else:
            found[name] = ("run", np.array([run[name] for run in runs]), {"units": units.get(name, "1")})
    return xr.Dataset(found)


def _change(curves: np.ndarray, times: np.ndarray, first: float, last: float) -> Rate:
    """Change of the mean growth from the first to the second half of a time; paired by population."""
    begin, middle, end = (int(np.abs(times - time).argmin()) for time in (first, 0.5 * (first + last), last))
    early = (curves[:, middle] - curves[:, begin]) / (times[middle] - times[begin])
    late = (curves[:, end] - curves[:, middle]) / (times[end] - times[middle])
    return Rate(*(float(each) for each in batch_mean(late - early, np.ones(len(curves)))))


def _chain(data: xr.Dataset) -> Mapping[str, float]:
    return {"length": int(data["length"]), "drive_amplitude": float(data["drive_amplitude"])}


def _difference(a: Rate, b: Rate) -> Rate:
    return Rate(a.value - b.value, float(np.hypot(a.stderr, b.stderr)))


def _pair(name: str, rate: Rate) -> Mapping[str, float]:
    return {name: rate.value, f"{name}_stderr": rate.stderr}
