"""Truncated-Wigner ensembles of any model, reduced while they run.

Trajectories have global numbers.  A batch is a block of consecutive ones that starts at a multiple of ``batch_size``;
it is always computed whole, and trajectories that were not asked for are left out of its sums.  Noise is a function of
seed, trajectory, step and channel, and partial sums are kept per batch: the result is bit-identical for any number of
threads, any cut of the trajectories into jobs at multiples of the batch size, and an ensemble that is extended later.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import numpy as np

from openkerr import rng
from openkerr.compilation import load_kernel
from openkerr.models.base import Model
from openkerr.solvers import ensemble_kernel, runge_kutta_kernel
from openkerr.solvers.reductions import moment_names

TEMPLATES = (runge_kutta_kernel, ensemble_kernel)

SEGMENT_SECONDS = 1.0
"""Time after which a batch returns from compiled code, to be interrupted or reported on."""


class DivergenceError(RuntimeError):
    """A trajectory left the range of floating-point numbers."""


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
    def times(self) -> np.ndarray:
        """Sampled times, shape (n_samples,)."""
        return np.arange(self.n_samples) * self.steps_per_sample * self.time_step


@dataclass(frozen=True)
class Histogram:
    """Phase-space histograms: square cells over |Re alpha|, |Im alpha| < ``extent``, one set of counts a listed group.

    ``group_of_sample`` has shape (n_samples,): the number of the set that a sample adds to, or -1.
    """

    extent: float
    n_cells: int
    group_of_sample: np.ndarray


@dataclass(frozen=True)
class Reduction:
    """What an ensemble keeps.

    Parameters
    ----------
    bin_of_sample : int array (n_samples,), optional
        Bin of time to whose moments and extremes a sample adds, -1 for none; default: every sample its own bin.
    moment_order : int
        Highest order of the moments, 1 to 4.
    paths : sequence of int
        Global numbers of trajectories that are kept whole.
    histogram : Histogram, optional
        Phase-space histograms of every mode.
    """

    bin_of_sample: np.ndarray | None = None
    moment_order: int = 4
    paths: Sequence[int] = ()
    histogram: Histogram | None = None


@dataclass(frozen=True)
class Ensemble:
    """Partial sums of an ensemble, a row a batch.

    Attributes
    ----------
    first_trajectory : (n_batches,) int
        Global number of each batch's first trajectory.
    weights : (n_batches,) int
        Trajectories of each batch that count.
    moments : (n_batches, n_bins, n_modes, n_moments)
        Means over a batch's trajectories and the samples of a bin, in the order of `moment_names`.
    lowest, highest : (n_batches, n_bins, n_modes)
        Extremes of |alpha|**2.
    samples_per_bin : (n_bins,) int
        Number of samples that a bin averages.
    path_numbers, paths : (n_paths,), (n_samples, n_modes, n_paths) complex
        Trajectories kept whole.
    histograms : (n_groups, n_modes, n_cells, n_cells) int
        Counts summed over batches; real part first.
    states : (n_batches, n_modes, batch_size) complex
        State after the last step, before the half kick that completes it.
    """

    grid: TimeGrid
    moment_names: list[str]
    first_trajectory: np.ndarray
    weights: np.ndarray
    moments: np.ndarray
    lowest: np.ndarray
    highest: np.ndarray
    samples_per_bin: np.ndarray
    path_numbers: np.ndarray
    paths: np.ndarray
    histograms: np.ndarray
    states: np.ndarray = field(repr=False)


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


def simulate_ensemble(
    model: Model,
    grid: TimeGrid,
    *,
    start: Sequence[complex],
    seed: int,
    trajectories: range,
    reduction: Reduction | None = None,
    method: str = "twa",
    bath_noise: bool = True,
    sampled_start: bool = True,
    batch_size: int = 128,
    n_threads: int = 1,
    progress: Callable[[int], None] | None = None,
) -> Ensemble:
    """Integrate trajectories of a model's field equation from a coherent state and reduce them.

    Parameters
    ----------
    model : Model
        Any model with kernels ``drift`` and ``kick``.
    grid : TimeGrid
        Step and sampled times, in the model's unit of time.
    start : sequence of complex, length n_modes
        Amplitude of the coherent state, in the units of the fields.
    seed : int
        Key of the noise, see `openkerr.rng.stream_seed`.
    trajectories : range
        Global numbers, consecutive; the first one a multiple of ``batch_size``.
    reduction : Reduction, optional
        What is kept; default: moments to fourth order and extremes at every sample.
    method : {"twa", "gpe"}
        Which field equation the drift is taken from.
    bath_noise, sampled_start : bool
        Whether the baths kick, and whether the start is sampled from the vacuum's Wigner function.  Both false with
        ``method="gpe"`` is the Gross-Pitaevskii equation.
    batch_size : int
        Lanes of a block.
    n_threads : int
        Threads that share the batches; the result does not depend on it.
    progress : callable, optional
        Called with the number of steps (times trajectories) just done.

    Returns
    -------
    Ensemble

    Raises
    ------
    ValueError
        If the trajectories are no range of step 1 from a multiple of the batch size, or a size is out of range.
    DivergenceError
        If a trajectory becomes infinite or NaN.
    """
    reduction = reduction or Reduction()
    _check_ensemble(model, grid, start, trajectories, reduction, batch_size)
    kernels = load_kernel(TEMPLATES, model.kernel_module(), ("drift", "kick"))
    batches = range(trajectories.start, trajectories.stop, batch_size)

    def run(first: int):
        return _run_batch(
            kernels,
            model,
            grid,
            np.asarray(start, dtype=complex),
            seed,
            first,
            min(batch_size, trajectories.stop - first),
            reduction,
            method,
            bath_noise,
            sampled_start,
            batch_size,
            progress,
        )

    if n_threads == 1:
        parts = [run(first) for first in batches]
    else:
        with ThreadPoolExecutor(n_threads) as pool:
            parts = list(pool.map(run, batches))
    return _join(grid, reduction, trajectories, batches, batch_size, parts)


def _check_ensemble(model, grid, start, trajectories, reduction, batch_size) -> None:
    if trajectories.step != 1 or len(trajectories) == 0 or trajectories.start % batch_size or batch_size < 1:
        raise ValueError(
            f"trajectories are {trajectories}: allowed is a non-empty range of step 1 that starts at a multiple of "
            f"batch_size = {batch_size}"
        )
    if trajectories.start < 0 or trajectories.stop > rng.MAX_TRAJECTORIES:
        raise ValueError(f"trajectories are {trajectories}: allowed are numbers from 0 to 2**63")
    if (grid.n_samples - 1) * grid.steps_per_sample >= rng.MAX_STEPS:
        raise ValueError(f"the time grid has more than {rng.MAX_STEPS} steps, which the noise cannot number")
    if len(start) != model.n_modes:
        raise ValueError(f"start has {len(start)} amplitudes: allowed is one a mode, {model.n_modes}")
    if model.n_noises > rng.MAX_CHANNELS or model.n_modes > rng.MAX_CHANNELS:
        raise ValueError(f"the model has {model.n_noises} noise channels: allowed are {rng.MAX_CHANNELS}")
    outside = [number for number in reduction.paths if number < 0]
    if outside:
        raise ValueError(f"paths name trajectory {outside[0]}: allowed are numbers >= 0")


def _run_batch(
    kernels,
    model,
    grid,
    start,
    seed,
    first,
    n_valid,
    reduction,
    method,
    bath_noise,
    sampled_start,
    batch_size,
    progress,
):
    """Moments, extremes, paths, histograms and last state of one batch."""
    n_modes, n_samples = model.n_modes, grid.n_samples
    bins = _bins(reduction, n_samples)
    n_bins = int(bins.max(initial=-1)) + 1
    histogram = reduction.histogram or Histogram(1.0, 1, np.full(n_samples, -1))
    groups = np.ascontiguousarray(histogram.group_of_sample, dtype=np.int64)
    lanes = np.array([n - first for n in _paths(reduction) if first <= n < first + n_valid], dtype=np.int64)

    z = np.empty((2, n_modes, batch_size))
    z[0], z[1] = start.real[:, None], start.imag[:, None]
    if sampled_start:
        kernels.add_vacuum(z, model.vacuum_variance, np.uint64(seed), first)
    moments = np.zeros((n_bins, n_modes, len(moment_names(reduction.moment_order))))
    lowest = np.full((n_bins, n_modes), np.inf)
    highest = np.full((n_bins, n_modes), -np.inf)
    paths = np.empty((n_samples, 2, n_modes, lanes.size))
    counts = np.zeros((int(groups.max()) + 1, n_modes, histogram.n_cells, histogram.n_cells), dtype=np.int64)

    segment, done = 2, 0
    parameters = model.kernel_parameters(method)
    while done < n_samples:
        stop = min(done + segment, n_samples)
        began = time.perf_counter()
        kernels.run_segment(
            z,
            parameters,
            grid.time_step,
            grid.steps_per_sample,
            done,
            stop,
            np.uint64(seed),
            first,
            n_valid,
            model.n_noises if bath_noise else 0,
            bins,
            moments,
            lowest,
            highest,
            lanes,
            paths,
            groups,
            float(histogram.extent),
            counts,
        )
        elapsed = time.perf_counter() - began
        if not np.isfinite(z).all():
            raise DivergenceError(
                f"a trajectory of {type(model).__name__} became infinite before time "
                f"{(stop - 1) * grid.steps_per_sample * grid.time_step:g}: time_step = {grid.time_step:g} is too large"
            )
        if progress is not None:
            progress((stop - max(done, 1)) * grid.steps_per_sample * batch_size)
        segment = max(2, int((stop - done) * min(16.0, SEGMENT_SECONDS / max(elapsed, 1e-6))))
        done = stop
    samples = np.maximum(np.bincount(bins[bins >= 0], minlength=n_bins), 1)
    return (
        moments / (n_valid * samples[:, None, None]),
        lowest,
        highest,
        paths[:, 0] + 1j * paths[:, 1],
        counts,
        z[0] + 1j * z[1],
    )


def _paths(reduction: Reduction) -> list[int]:
    return sorted(set(reduction.paths))


def _bins(reduction: Reduction, n_samples: int) -> np.ndarray:
    if reduction.bin_of_sample is None:
        return np.arange(n_samples)
    bins = np.ascontiguousarray(reduction.bin_of_sample, dtype=np.int64)
    if bins.shape != (n_samples,):
        raise ValueError(f"bin_of_sample has shape {bins.shape}: allowed is ({n_samples},)")
    return bins


def _join(grid, reduction, trajectories, batches, batch_size, parts) -> Ensemble:
    moments, lowest, highest, paths, counts, states = zip(*parts, strict=True)
    bins = _bins(reduction, grid.n_samples)
    return Ensemble(
        grid=grid,
        moment_names=moment_names(reduction.moment_order),
        first_trajectory=np.array(batches, dtype=np.int64),
        weights=np.minimum(batch_size, trajectories.stop - np.array(batches, dtype=np.int64)),
        moments=np.stack(moments),
        lowest=np.stack(lowest),
        highest=np.stack(highest),
        samples_per_bin=np.bincount(bins[bins >= 0], minlength=moments[0].shape[0]),
        path_numbers=np.array(
            [n for n in _paths(reduction) if n in trajectories],
            dtype=np.int64,
        ),
        paths=np.concatenate(paths, axis=2),
        histograms=np.sum(counts, axis=0),
        states=np.stack(states),
    )
