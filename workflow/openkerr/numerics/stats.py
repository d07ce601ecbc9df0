"""Standard errors from batches of independent trajectories."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

MIN_BATCHES = 16
"""Fewest batches whose scatter is taken for a standard error."""


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
