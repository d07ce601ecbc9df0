"""Standard errors from batches of independent trajectories."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

MIN_BATCHES = 16
"""Fewest batches whose scatter is taken for a standard error."""

GREATEST_RATIO = 0.9
"""Ratio of the terms of a series that is summed, at most: nine times its last term is the greatest remainder."""

RESAMPLES = 1000
"""Resamplings of the bootstrap: its percentiles are known to about 4 % of their distance."""


def batch_mean(values: np.ndarray, weights: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean of batch means and its standard error.

    Parameters
    ----------
    values : array (n_batches, ...)
        Means of independent batches.
    weights : array (n_batches,)
        Trajectories of each batch.

    Returns
    -------
    mean, stderr : arrays (...)
        In the units of ``values``.

    Raises
    ------
    ValueError
        With fewer than `MIN_BATCHES` batches.
    """
    values, weights = _checked(values, weights)
    share = (weights / weights.sum()).reshape(-1, *[1] * (values.ndim - 1))
    mean = np.sum(share * values, axis=0)
    # Unbiased for batches of unequal size: the variance of a batch mean is inversely proportional to its weight.
    n_batches = len(values)
    variance = np.sum(share * (values - mean) ** 2, axis=0) / (n_batches - 1)
    return mean, np.sqrt(variance)


def jackknife(
    function: Callable[[np.ndarray], np.ndarray], values: np.ndarray, weights: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Bias-corrected value of a smooth function of the ensemble mean, and its standard error.

    The delete-one-batch jackknife for batches of unequal size (Busing, Meijer, van der Leeden, Stat. Comput. 9, 3
    (1999)).

    Parameters
    ----------
    function : callable
        Maps a mean of shape (...) to an array; vectorised over one leading axis.
    values : array (n_batches, ...)
        Means of independent batches.
    weights : array (n_batches,)
        Trajectories of each batch.

    Returns
    -------
    value, stderr : arrays
        Shaped like ``function`` of one mean.

    Raises
    ------
    ValueError
        With fewer than `MIN_BATCHES` batches.
    """
    pseudo = pseudo_values(function, values, weights)
    weights = np.asarray(weights, dtype=float)
    share = (weights / weights.sum()).reshape(-1, *[1] * (pseudo.ndim - 1))
    value = np.sum(share * pseudo, axis=0)
    variance = np.mean((pseudo - value) ** 2 / (1.0 / share - 1.0), axis=0)
    return value, np.sqrt(variance)


def bootstrap(function: Callable[[np.ndarray], np.ndarray], values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Value of any function of the mean of batches, kinks and jumps allowed, and its error by the bootstrap.

    The error is the distance from the value to the farther end of the central 68.27 % of `RESAMPLES` resamplings,
    whose spread is scaled by sqrt(n/(n - 1)); neither end leaves the range of the function.

    Parameters
    ----------
    function : callable
        Maps a mean of shape (...) to a number; vectorised over one leading axis.
    values : array (n_batches, ...)
        Means of independent batches of equal size.

    Returns
    -------
    value, stderr : arrays ()
        NaN where the function of the mean is; an error also where any resampling lacks a value.

    Raises
    ------
    ValueError
        With fewer than `MIN_BATCHES` batches.
    """
    values, _ = _checked(values, np.ones(len(values)))
    n, mean = len(values), values.mean(axis=0)
    # A fixed stream: an estimate is a function of its data.
    counts = np.random.default_rng(0).multinomial(n, np.full(n, 1 / n), size=RESAMPLES)
    spread = np.sqrt(n / (n - 1)) * np.tensordot(counts / n, values - mean, axes=1)
    value, resampled = np.asarray(function(mean[None]))[0], np.asarray(function(mean + spread))
    low, high = np.quantile(resampled, [0.158655, 0.841345], axis=0)
    return value, np.maximum(value - low, high - value)


def pseudo_values(function: Callable[[np.ndarray], np.ndarray], values: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Jackknife pseudo-values of a smooth function of the ensemble mean, one a batch.

    They stand for batch means: their weighted mean is the bias-corrected value, and they may be the batches of a
    further estimate.  Parameters and errors as in `jackknife`.

    Returns
    -------
    array (n_batches, ...)
    """
    values, weights = _checked(values, weights)
    total = weights.sum()
    column = weights.reshape(-1, *[1] * (values.ndim - 1))
    mean = np.sum(column * values, axis=0) / total
    without = (total * mean - column * values) / (total - column)
    full = np.asarray(function(mean[None]))[0]
    partial = np.asarray(function(without))
    share = (weights / total).reshape(-1, *[1] * (partial.ndim - 1))
    return full / share - (1.0 / share - 1.0) * partial


def _checked(values: np.ndarray, weights: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    values, weights = np.asarray(values, dtype=float), np.asarray(weights, dtype=float)
    if len(values) < MIN_BATCHES:
        raise ValueError(f"{len(values)} batches: a standard error needs at least {MIN_BATCHES}")
    if weights.shape != values.shape[:1]:
        raise ValueError(f"weights have shape {weights.shape}: allowed is {values.shape[:1]}")
    return values, weights


def line_zero(x: np.ndarray, y: np.ndarray, errors: np.ndarray) -> tuple[float, float]:
    """Zero of the line through two points, and its error from theirs."""
    slope = (y[1] - y[0]) / (x[1] - x[0])
    place = x[0] - y[0] / slope
    share = (place - x[0]) / (x[1] - x[0])
    return float(place), float(np.hypot((1 - share) * errors[0], share * errors[1]) / abs(slope))


def remainder(*ratios: float) -> float:
    """Sum of a geometric series beyond its last term, in units of that, one at least.

    The series falls by the greatest of some ratios, `GREATEST_RATIO` at most: of terms of the size of rounding no ratio
    tells anything.
    """
    ratio = min(max(ratios), GREATEST_RATIO)
    return max(1.0, ratio / (1.0 - ratio))
