"""Circular variance of the phases of an ensemble, and its mean over one period (arXiv:2507.03764, Eqs. 12, 13)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
import xarray as xr
from scipy.interpolate import CubicSpline

from openkerr.analysis.melting_prediction import predicted_circular_variance
from openkerr.numerics.stats import batch_mean, pseudo_values


def table_times(first: float, final: float, n_times: int, interval: float, period: float) -> np.ndarray:
    """Times at equal ratios, rounded to whole intervals, at which a whole period about the time is within the run.

    Raises
    ------
    ValueError
        If fewer than two such times are left.
    """
    low, high = max(first, period / 2), final - period / 2
    if not low < high:
        raise ValueError(f"no time from {first:g} to {final:g} has a period of {period:g} about it")
    steps = np.unique(np.round(np.geomspace(low, high, n_times) / interval).astype(int))
    times = interval * steps
    times = times[(times >= period / 2) & (times <= high + 1e-9)]
    if times.size < 2:
        raise ValueError(f"no two times from {first:g} to {final:g} have a period of {period:g} about them")
    return times


def circular_variance_samples(
    parts: Sequence[xr.Dataset], times: np.ndarray, period: float
) -> tuple[np.ndarray, np.ndarray]:
    """Pseudo-values of the circular variance and of its period mean.

    Parameters
    ----------
    parts : sequence of xarray.Dataset
        Jobs of one ensemble as `openkerr.solvers.ensemble_data.phases_dataset` labels them; any order.
    times : array (n_times,)
        Sampled times, in 1/eta.
    period : float
        Period of the modulation, in 1/eta; zero: there is none, and the mean is the value itself.

    Returns
    -------
    samples : array (n_batches, n_times, n_modes, 2)
        R = 1 - abs(<exp(i theta)>) and (1/T) int R over a period T about each time: jackknife pseudo-values, so that
        what |<.>| gains from a finite number of trajectories is taken off.
    weights : array (n_batches,)
        Trajectories of each batch.
    """
    parts = sorted(parts, key=lambda part: int(part["batch"][0]))
    weights = np.concatenate([part["n_valid"].values for part in parts])
    values = np.concatenate([np.stack([part["phase_re"], part["phase_im"]], axis=-1) for part in parts])
    sampled = parts[0]["time"].values
    index = np.searchsorted(sampled, times - 1e-9 * max(period, 1.0))

    def variances(means: np.ndarray) -> np.ndarray:
        variance = 1.0 - np.hypot(means[..., 0], means[..., 1])
        at_times = variance[:, index]
        if period == 0:
            return np.stack([at_times, at_times], axis=-1)
        integral = CubicSpline(sampled, variance, axis=1).antiderivative()
        mean = (integral(times + period / 2) - integral(times - period / 2)) / period
        return np.stack([at_times, mean], axis=-1)

    return pseudo_values(variances, values, weights), weights


def circular_variance_table(
    samples: np.ndarray,
    weights: np.ndarray,
    times: np.ndarray,
    aleph: float,
    angle_weights: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Rows of table ``torus_circular_variance`` of one ensemble.

    Parameters
    ----------
    samples, weights : arrays
        Result of `circular_variance_samples`.
    times : array (n_times,)
        In 1/eta.
    angle_weights : pandas.DataFrame, optional
        Rows of table ``torus_angle_weights`` at the frequency of the ensemble: they predict the period mean.
    """
    value, stderr = batch_mean(samples, weights)
    return pd.concat(
        [
            pd.DataFrame(
                {
                    "aleph": aleph,
                    "mode": mode + 1,
                    "time": times,
                    "circular_variance": value[:, mode, 0],
                    "circular_variance_stderr": stderr[:, mode, 0],
                    "circular_variance_mean": value[:, mode, 1],
                    "circular_variance_mean_stderr": stderr[:, mode, 1],
                    "circular_variance_predicted": _predicted(angle_weights, mode + 1, times, aleph),
                    "n_trajectories": int(weights.sum()),
                }
            )
            for mode in range(samples.shape[2])
        ],
        ignore_index=True,
    )


def _predicted(angle_weights: pd.DataFrame | None, mode: int, times: np.ndarray, aleph: float) -> np.ndarray:
    """Period mean of R in linear noise; NaN without weights of the mode."""
    lines = angle_weights[angle_weights["mode"] == mode] if angle_weights is not None else ()
    if not len(lines):
        return np.full(times.size, np.nan)
    return predicted_circular_variance(lines, times, aleph)
