"""Rates of rare passages from single trajectories: first passages, survival with censoring, limits.

A trajectory that has not passed when its run ends is censored: it counts with the time that it was watched.  From N
passages in the total time T that trajectories were watched and had not passed, the rate is N/T, with the relative error
N^(-1/2), if the hazard is constant: under it the total times on test at the passages, the time watched by all until
then, are spread evenly over T (Barlow, Campo, in Reliability and Fault Tree Analysis, SIAM 1975), which the test of
Kolmogorov and Smirnov looks at.  Survival functions are those of Kaplan and Meier.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.ndimage import uniform_filter1d
from scipy.stats import CensoredData, chi2, ecdf, kstest

CONFIDENCE = 0.95
"""Of upper limits of rates."""


@dataclass(frozen=True)
class Passages:
    """Times of first passages from one origin.

    ``times`` (n,) are those of passages where ``passed`` (n,), and of the ends of the runs elsewhere.
    """

    times: np.ndarray
    passed: np.ndarray

    def after(self, start: float) -> Passages:
        """Passages of those that have not passed at a time, counted from it."""
        watched = self.times > start
        return Passages(self.times[watched] - start, self.passed[watched])


@dataclass(frozen=True)
class Rate:
    """A rate from passages.

    ``limit`` is the rate at which so few events come with probability 1 - `CONFIDENCE`; ``p_value`` the probability of
    a spread of the total times on test as uneven as this one or more, under a constant hazard; NaN without events.
    """

    rate: float
    stderr: float
    limit: float
    n_events: int
    observed_time: float
    p_value: float


def running_mean(values: np.ndarray, n: int) -> np.ndarray:
    """Means of ``n`` consecutive values along the last axis, (..., n_values - n + 1).

    Raises
    ------
    ValueError
        If there are fewer values.
    """
    size = values.shape[-1]
    if not 1 <= n <= size:
        raise ValueError(f"n is {n}: allowed is 1 to the number of values, {size}")
    # The filter is centred: its first whole window ends at n - 1.
    return uniform_filter1d(values, n, axis=-1, mode="nearest", origin=0)[..., n // 2 : size - (n - 1) // 2]


def first_passages(there: np.ndarray, ends: np.ndarray) -> Passages:
    """First times at which trajectories are there.

    Parameters
    ----------
    there : bool array (n_trajectories, n_times)
    ends : array (n_times,)
        Times that the columns stand for; the last is the end of the runs.
    """
    passed = np.asarray(there.any(axis=1))
    return Passages(np.where(passed, ends[there.argmax(axis=1)], ends[-1]), passed)


def passage_rate(passages: Passages) -> Rate:
    """Rate of passages under a constant hazard, with the test of this hazard."""
    order = np.argsort(passages.times, kind="stable")
    times, passed = passages.times[order], passages.passed[order]
    total, n_events = float(times.sum()), int(passed.sum())
    if not total > 0:
        return Rate(np.nan, np.nan, np.nan, n_events, 0.0, np.nan)
    rate = n_events / total
    at_risk = np.arange(times.size, 0, -1)
    on_test = np.cumsum(at_risk * np.diff(times, prepend=0.0))
    p_value = kstest(on_test[passed] / total, "uniform").pvalue if n_events else np.nan
    stderr = rate / np.sqrt(n_events) if n_events else np.nan
    return Rate(rate, stderr, poisson_limit(n_events, total), n_events, total, float(p_value))


def poisson_limit(n_events: int, observed_time: float) -> float:
    """Rate at which so many events or fewer come with probability 1 - `CONFIDENCE`; 3.0/T without any."""
    return float(0.5 * chi2.ppf(CONFIDENCE, 2 * (n_events + 1)) / observed_time)


def survival(passages: Passages, times: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Kaplan and Meier's survival function at some times, and its standard error by Greenwood's formula.

    Returns
    -------
    value, stderr : arrays (n_times,)
        NaN beyond the last time that was watched.
    """
    data = CensoredData(uncensored=passages.times[passages.passed], right=passages.times[~passages.passed])
    found = ecdf(data).sf
    # Steps down at the quantiles, with the number at risk just before each.
    at_risk = np.array([(passages.times >= each).sum() for each in found.quantiles])
    events = np.array([(passages.passed & (passages.times == each)).sum() for each in found.quantiles])
    with np.errstate(divide="ignore", invalid="ignore"):
        sums = np.cumsum(np.where(events > 0, events / (at_risk * (at_risk - events)), 0.0))
    place = np.searchsorted(found.quantiles, times, side="right")
    value = np.concatenate([[1.0], found.probabilities])[place]
    greenwood = np.concatenate([[0.0], sums])[place]
    stderr = np.where(value > 0, value * np.sqrt(np.where(np.isfinite(greenwood), greenwood, 0.0)), 0.0)
    unknown = times > passages.times.max() * (1 + 1e-12)
    return np.where(unknown, np.nan, value), np.where(unknown, np.nan, stderr)


def median_passage(passages: Passages) -> tuple[float, float]:
    """Median time of passages that are censored at one time, and its standard error from the order statistics.

    Returns
    -------
    median, stderr : float
        NaN where not enough have passed: half of them, and one standard error of this number beyond.
    """
    times, n = np.sort(np.where(passages.passed, passages.times, np.inf)), len(passages.times)
    ranks = n / 2 + np.array([-0.5, 0.0, 0.5]) * np.sqrt(n)
    low, middle, high = times[np.clip(np.ceil(ranks).astype(int) - 1, 0, n - 1)]
    return (float(middle), float(0.5 * (high - low))) if np.isfinite(high) else (np.nan, np.nan)


def share_stderr(share: float, n: int) -> float:
    """Standard error of a share of n; of none or all that of half a trajectory more or less."""
    inner = np.clip(share, 0.5 / n, 1 - 0.5 / n)
    return float(np.sqrt(inner * (1 - inner) / n))
