"""Out-of-time-order correlators from replicas: light cones, growth rates, saturation.

D_l is 1 - <cos> of the phase difference between a trajectory and its replica, whose phase was turned by an angle
epsilon at one site and which sees the same noise.  The growth of <D> is the annealed one, that of <ln D> the typical
one.  Where it is largest in the chain, <ln D> grows at twice the largest Lyapunov exponent, after the front and before
saturation; both are read there, so that the arrival of the front at a site is not taken for growth.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from openkerr.numerics.stats import batch_mean, jackknife

LEAST_POINTS = 4
"""Samples that a fit needs."""

EDGE = 3
"""Sites next to the source that do not count for the front's velocity."""

NOTHING = (np.nan, np.nan)


class Replicas(NamedTuple):
    """D and ln D of one angle and source: (n_batches, n_lags, n_sites), times (n_lags,), weights (n_batches,)."""

    times: np.ndarray
    divergence: np.ndarray
    log_divergence: np.ndarray
    weights: np.ndarray


class FitRule(NamedTuple):
    """Window of a fit: share of the rise where it starts, e-folds of <D> below saturation where it ends, least rise."""

    start: float
    margin: float
    least: float


class Growth(NamedTuple):
    """Growth rates with standard errors, and the rise of <ln D> over the window of the typical ones."""

    annealed: tuple[float, float]
    typical: tuple[float, float]
    early: tuple[float, float]
    late: tuple[float, float]
    efolds: float


def kept_samples(n_samples: int, n_dense: int) -> np.ndarray:
    """Numbers of samples that are kept: the first ones all, of the later ones about as many again, evenly."""
    if n_samples <= 2 * n_dense:
        return np.arange(n_samples)
    later = np.linspace(n_dense, n_samples - 1, n_dense)
    return np.concatenate([np.arange(n_dense), np.unique(np.round(later).astype(int))])


def fit_end(level: np.ndarray, saturated: float, rule: FitRule) -> int | None:
    """Sample at which ln <D> comes near its saturation after its least value; None where it does not."""
    # What precedes the least value is the turn itself, which spreads and decays.
    first_low = int(level.argmin())
    above = np.nonzero(level[first_low:] > saturated - rule.margin)[0]
    return first_low + int(above[0]) if len(above) else None


def fit_window(level: np.ndarray, end: int, rule: FitRule) -> slice | None:
    """Samples of the last part of a logarithm's rise from its least value to a sample.

    Parameters
    ----------
    level : (n_lags,)
        Logarithm of D.
    end : int
        Sample before which the rise ends.
    rule : FitRule

    Returns
    -------
    slice or None
        None where the rise is less than the rule asks for, or holds too few samples.
    """
    if end < LEAST_POINTS:
        return None
    first_low = int(level[:end].argmin())
    bottom, top = level[first_low], level[end - 1]
    if top - bottom < rule.least:
        return None
    low = bottom + rule.start * (top - bottom)
    begin = first_low + int(np.nonzero(level[first_low:end] <= low)[0][-1])
    return slice(begin, end) if end - begin >= LEAST_POINTS else None


def growth_rates(data: Replicas, saturation_time: float, rule: FitRule) -> Growth:
    """Annealed and typical growth rates of D, in units of the inverse time; NaN where D does not grow.

    Both fits end where <D>, which the trajectories that grew fastest rule, comes near saturation: later these leave
    the growth, and <ln D> bends.  Errors come from the batches; windows and sites are those of the whole ensemble.
    """
    times = data.times
    typical = early = late = annealed = NOTHING
    efolds = np.nan
    mean, _ = batch_mean(data.divergence, data.weights)
    annealed_level, annealed_place = _largest(np.log(np.maximum(mean, 1e-300)))
    level, place = _largest(batch_mean(data.log_divergence, data.weights)[0])
    saturated = annealed_level[times > times[-1] - saturation_time].mean()
    end = fit_end(annealed_level, saturated, rule)
    if end is None:
        return Growth(annealed, typical, early, late, efolds)
    along = np.arange(len(times))
    window = fit_window(level, end, rule)
    if window is not None:
        curves = data.log_divergence[:, along, place]
        middle = (window.start + window.stop) // 2
        halves = (slice(window.start, middle), slice(middle, window.stop))
        typical, early, late = (
            _pair(batch_mean(_slopes(times, curves, each), data.weights)) for each in (window, *halves)
        )
        efolds = float(level[window.stop - 1] - level[window.start])
    window = fit_window(annealed_level, end, rule)
    if window is not None:
        annealed = _pair(
            jackknife(
                lambda curves: _slopes(times, np.log(np.maximum(curves, 1e-300)), window),
                data.divergence[:, along, annealed_place],
                data.weights,
            )
        )
    return Growth(annealed, typical, early, late, efolds)


def _pair(estimate: tuple[np.ndarray, np.ndarray]) -> tuple[float, float]:
    value, stderr = estimate
    return float(value), float(stderr)


def _largest(level: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Largest value over sites (n_lags,) of an array (n_lags, n_sites), and its place."""
    return level.max(axis=1), level.argmax(axis=1)


def _slopes(times: np.ndarray, curves: np.ndarray, window: slice) -> np.ndarray:
    """Least-squares slopes of curves (n, n_lags) in a window; NaN with fewer than two samples."""
    t = times[window] - times[window].mean()
    if len(t) < 2:
        return np.full(len(curves), np.nan)
    return curves[:, window] @ t / (t @ t)


def arrival_times(times: np.ndarray, log_divergence: np.ndarray, level: float) -> np.ndarray:
    """First times at which <ln D> exceeds a level, between samples by a straight line.

    Parameters
    ----------
    times : (n_lags,)
    log_divergence : (n, n_lags, n_sites)
    level : float

    Returns
    -------
    (n, n_sites)
        NaN where it never does; the first sample's time where it does so from the start.
    """
    above = log_divergence > level
    index = above.argmax(axis=1)
    before = np.maximum(index - 1, 0)
    rows, sites = np.indices(index.shape)
    low, high = log_divergence[rows, before, sites], log_divergence[rows, index, sites]
    with np.errstate(invalid="ignore", divide="ignore"):
        share = np.where(index > 0, (level - low) / (high - low), 0.0)
    found = times[before] + share * (times[index] - times[before])
    return np.where(above.any(axis=1), found, np.nan)


class Front(NamedTuple):
    """Velocity of the front with error, time of its straight line at the source, rms deviation of arrivals from it."""

    velocity: tuple[float, float]
    start: float
    deviation: float


def front(data: Replicas, source: int, level: float) -> Front:
    """Velocity at which a level of <ln D> moves away from the source, a site counted from 1.

    Arrival times at sites more than `EDGE` away are fitted by a straight line in the distance; the last site on either
    side, which reflects, is left out.  NaN where fewer than `LEAST_POINTS` sites are reached.
    """
    n_sites = data.log_divergence.shape[2]
    sites = np.arange(1, n_sites + 1)
    distance = np.abs(sites - source).astype(float)
    inner = (distance > EDGE) & (sites > 1) & (sites < n_sites)
    mean, _ = batch_mean(data.log_divergence, data.weights)
    arrivals = arrival_times(data.times, mean[None], level)[0]
    inner &= np.isfinite(arrivals)
    if inner.sum() < LEAST_POINTS:
        return Front(NOTHING, np.nan, np.nan)
    d = distance[inner] - distance[inner].mean()

    def velocity(means: np.ndarray) -> np.ndarray:
        found = arrival_times(data.times, means[:, :, inner], level)
        return (d @ d) / (found @ d)

    value = jackknife(velocity, data.log_divergence, data.weights)
    slope = arrivals[inner] @ d / (d @ d)
    rest = arrivals[inner] - arrivals[inner].mean() - slope * d
    start = arrivals[inner].mean() - slope * distance[inner].mean()
    return Front((float(value[0]), float(value[1])), float(start), float(np.sqrt(np.mean(rest**2))))


def saturation(data: Replicas, site: int, saturation_time: float) -> tuple[float, float, float]:
    """D at a site (from 1) over the last part of the run, its standard error, and its drift.

    The drift is the change from the equal part before, in standard errors of the change; NaN without any error.
    """
    age = data.times[-1] - data.times
    last, before = age < saturation_time, (age >= saturation_time) & (age < 2 * saturation_time)
    now = data.divergence[:, last, site - 1].mean(axis=1)
    value, error = batch_mean(now, data.weights)
    change, change_error = batch_mean(now - data.divergence[:, before, site - 1].mean(axis=1), data.weights)
    return float(value), float(error), float(change / change_error) if change_error > 0 else np.nan


def independent_divergence(phases: np.ndarray, weights: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """D of two independent trajectories, 1 - |<exp(i theta)>|**2, from batch means of exp(i theta) (n_batches, ...)."""
    parts = np.stack([phases.real, phases.imag], axis=1)
    return jackknife(lambda mean: 1.0 - mean[:, 0] ** 2 - mean[:, 1] ** 2, parts, weights)
