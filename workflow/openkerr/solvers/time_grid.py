"""Times at which a simulation steps and is observed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np


@dataclass(frozen=True)
class TimeGrid:
    """Times of an ensemble: samples every ``steps_per_sample`` steps of ``time_step``, the start included.

    Times are products of a whole number and the step, never sums.
    """

    time_step: float
    steps_per_sample: int
    n_samples: int

    @classmethod
    def from_times(cls, time_step: float, sampling_interval: float, final_time: float) -> TimeGrid:
        """Grid from 0 to ``final_time``.

        Raises
        ------
        ValueError
            If the interval is no whole multiple of the step, or the final time none of the interval.
        """
        return cls(
            time_step,
            whole_ratio(sampling_interval, time_step, "sampling_interval", "time_step"),
            whole_ratio(final_time, sampling_interval, "final_time", "sampling_interval") + 1,
        )

    @property
    def n_steps(self) -> int:
        """Number of steps from the first to the last sample."""
        return (self.n_samples - 1) * self.steps_per_sample

    @property
    def times(self) -> np.ndarray:
        """Sampled times, shape (n_samples,)."""
        return np.arange(self.n_samples) * self.steps_per_sample * self.time_step


def window_bins(grid: TimeGrid, burn_in: float, n_windows: int = 8) -> np.ndarray:
    """Bins of a steady-state average: the samples after ``burn_in``, in consecutive windows of about one length.

    Returns
    -------
    int array (n_samples,)
        -1 up to the time ``burn_in``, then 0 .. n_windows - 1 (fewer windows where there are fewer samples).

    Raises
    ------
    ValueError
        If no sample is later than ``burn_in``.
    """
    first = round(burn_in / (grid.steps_per_sample * grid.time_step)) + 1
    n_kept = grid.n_samples - first
    if n_kept < 1:
        raise ValueError(f"burn_in is {burn_in:g}: allowed is less than the final time {grid.times[-1]:g}")
    bins = np.full(grid.n_samples, -1)
    bins[first:] = np.arange(n_kept) * min(n_windows, n_kept) // n_kept
    return bins


def whole_ratio(numerator: float, denominator: float, upper: str, lower: str) -> int:
    """Whole number ``numerator / denominator``, at least 1.

    Raises
    ------
    ValueError
        If the ratio is not a positive whole number to 1e-9; the message names both quantities.
    """
    ratio = numerator / denominator if denominator > 0 else -1.0
    if not ratio >= 0.5 or abs(ratio - round(ratio)) > 1e-9 * ratio:
        raise ValueError(f"{upper} is {numerator:g}: allowed is a positive whole multiple of {lower} = {denominator:g}")
    return round(ratio)


GOLDEN_RATIO = 0.5 * (1 + 5**0.5)
"""Multiples of it, modulo one, are spread evenly however many there are."""


class CorrelationTimes(NamedTuple):
    """Samples of a run with two-time correlations: references t0, number of lags, number of samples."""

    references: tuple[int, ...]
    n_lags: int
    n_samples: int


def correlation_times(
    interval: float, burn_in: float, n_references: int, reference_time: float, lag_time: float
) -> CorrelationTimes:
    """Samples that references spread over a time after the burn-in, and their lags, come to.

    One reference stands in each of ``n_references`` equal parts of the time, at places within the parts that follow
    the golden ratio: at equal distances all could meet one phase of the motion, in which lines may cancel.

    Parameters
    ----------
    interval : float
        Time between samples; all times are in one unit, and rounded to whole samples.
    n_references : int
        Number of references; those that fall on one sample count once.
    """
    shares = [(index + index * GOLDEN_RATIO % 1.0) / n_references for index in range(n_references)]
    references = sorted({round((burn_in + share * reference_time) / interval) for share in shares})
    n_lags = max(round(lag_time / interval), 1) + 1
    return CorrelationTimes(tuple(references), n_lags, references[-1] + n_lags)
