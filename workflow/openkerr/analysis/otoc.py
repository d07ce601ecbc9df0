"""Out-of-time-order correlators from replicas: growth rates, saturation.

D_l is 1 - <cos> of the phase difference between a trajectory and its replica, whose phase was rotated by an angle
epsilon at one site and which sees the same noise.  Where it is largest in the chain, <ln D> grows at twice the largest
Lyapunov exponent, the typical rate, after the front and before saturation; growth is read there, so that the arrival
of the front at a site is not taken for it.  <D> grows faster, and is soon ruled by trajectories that no sample holds: a
rate is fitted only as long as the effective number of samples, (<D>/stderr)**2, is large.  The annealed rate beyond
that is one of population dynamics (`openkerr.analysis.moment_growth`).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from openkerr.numerics.stats import batch_mean, jackknife

LEAST_POINTS = 4
"""Samples that a fit needs."""

NOTHING = (np.nan, np.nan)


class Replicas(NamedTuple):
    """D and ln D of one angle and source: (n_batches, n_lags, n_sites), times (n_lags,), weights (n_batches,)."""

    times: np.ndarray
    divergence: np.ndarray
    log_divergence: np.ndarray
    weights: np.ndarray


class FitRule(NamedTuple):
    """Window of a fit.

    start : share of the rise where it starts
    margin : e-folds of <D> below saturation where it ends
    least : least rise in e-folds
    effective : least effective number of samples with which a sample holds <D>
    """

    start: float
    margin: float
    least: float
    effective: float


class Growth(NamedTuple):
    """Growth rates with standard errors.

    mean : that of <D> where the sample holds it
    sampled_early, sampled_late : those of <D> of this sample, held or not, in the halves of its whole rise
    typical, early, late : those of <ln D> in the whole window and in its halves
    efolds : rise of <ln D> over the window
    held_until : time until which the sample holds <D>
    """

    mean: tuple[float, float]
    sampled_early: tuple[float, float]
    sampled_late: tuple[float, float]
    typical: tuple[float, float]
    early: tuple[float, float]
    late: tuple[float, float]
    efolds: float
    held_until: float


def kept_samples(n_samples: int, n_dense: int) -> np.ndarray:
    """Numbers of samples that are kept: the first ones all, of the later ones about as many again, evenly."""
    if n_samples <= 2 * n_dense:
        return np.arange(n_samples)
    later = np.linspace(n_dense, n_samples - 1, n_dense)
    return np.concatenate([np.arange(n_dense), np.unique(np.round(later).astype(int))])


def fit_end(level: np.ndarray, saturated: float, rule: FitRule) -> int | None:
    """Sample at which ln <D> comes near its saturation after its least value; None where it does not."""
    # What precedes the least value is the rotation itself, which spreads and decays.
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


def held_samples(values: np.ndarray, weights: np.ndarray, least: float) -> int:
    """Samples from the first one on at which batches hold a mean: it has ``least`` effective samples or more.

    Parameters
    ----------
    values : (n_batches, n_lags)
        Batch means of a positive quantity.
    weights : (n_batches,)
    least : float

    Returns
    -------
    int
        0 if not even the first one.
    """
    mean, error = batch_mean(values, weights)
    held = mean**2 >= least * error**2
    return len(held) if held.all() else int(held.argmin())


def growth_rates(data: Replicas, saturation_time: float, rule: FitRule) -> Growth:
    """Growth rates of <D> and of <ln D>, in units of the inverse time; NaN where D does not grow, or is not held.

    Both fits end where <D>, which the trajectories that grew fastest rule, comes near saturation: later these leave
    the growth, and <ln D> bends.  That of <D> ends, if it is sooner, where the sample ceases to hold it.  Errors come
    from the batches; windows and sites are those of the whole ensemble.
    """
    times = data.times
    typical = early = late = mean_rate = sampled_early = sampled_late = NOTHING
    efolds = np.nan
    mean, _ = batch_mean(data.divergence, data.weights)
    mean_level, mean_place = _largest(np.log(np.maximum(mean, 1e-300)))
    level, place = _largest(batch_mean(data.log_divergence, data.weights)[0])
    along = np.arange(len(times))
    means = data.divergence[:, along, mean_place]
    n_held = held_samples(means, data.weights, rule.effective)
    held_until = float(times[n_held - 1]) if n_held else 0.0
    end = fit_end(mean_level, mean_level[times > times[-1] - saturation_time].mean(), rule)
    if end is None:
        return Growth(mean_rate, sampled_early, sampled_late, typical, early, late, efolds, held_until)
    window = fit_window(level, end, rule)
    if window is not None:
        curves = data.log_divergence[:, along, place]
        halves = _halves(window)
        typical, early, late = (
            _pair(batch_mean(_slopes(times, curves, each), data.weights)) for each in (window, *halves)
        )
        efolds = float(level[window.stop - 1] - level[window.start])

    def rate_of_mean(window: slice) -> tuple[float, float]:
        def slopes(curves: np.ndarray) -> np.ndarray:
            return _slopes(times, np.log(np.maximum(curves, 1e-300)), window)

        return _pair(jackknife(slopes, means, data.weights))

    window = fit_window(mean_level, min(end, n_held), rule)
    if window is not None:
        mean_rate = rate_of_mean(window)
    window = fit_window(mean_level, end, rule._replace(start=0.0))
    if window is not None:
        sampled_early, sampled_late = map(rate_of_mean, _halves(window))
    return Growth(mean_rate, sampled_early, sampled_late, typical, early, late, efolds, held_until)


def early_fall(data: Replicas, site: int, saturation_time: float, margin: float) -> tuple[float, float]:
    """Greatest fall of ln <D> at a site before it comes near saturation, from a maximum to a later minimum.

    Parameters
    ----------
    site : int
        Site, from 1, other than that of the rotation, whose spreading is a fall of its own.
    margin : float
        E-folds below saturation up to which the rise is followed.

    Returns
    -------
    value, stderr : float
        In e-folds, 0 for a monotonic rise; NaN where D does not come near saturation.
    """
    values = data.divergence[:, :, site - 1]
    level = np.log(np.maximum(batch_mean(values, data.weights)[0], 1e-300))
    near = np.flatnonzero(level > level[data.times > data.times[-1] - saturation_time].mean() - margin)
    if not len(near) or not near[0]:
        return NOTHING
    rise = level[: near[0] + 1]
    fall = np.maximum.accumulate(rise) - rise
    low = int(fall.argmax())
    high = int(rise[: low + 1].argmax())
    if high == low:
        return 0.0, 0.0
    ends = np.stack([values[:, high], values[:, low]], axis=1)
    return _pair(jackknife(lambda mean: np.log(mean[:, 0] / mean[:, 1]), ends, data.weights))


def _halves(window: slice) -> tuple[slice, slice]:
    middle = (window.start + window.stop) // 2
    return slice(window.start, middle), slice(middle, window.stop)


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
