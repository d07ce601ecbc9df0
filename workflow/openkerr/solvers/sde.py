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
from dataclasses import dataclass
from types import ModuleType

import numpy as np

from openkerr.models.base import Method, Model
from openkerr.numerics import rng
from openkerr.runtime.checkpoint import Checkpoint
from openkerr.solvers import ensemble_kernel
from openkerr.solvers.ensemble import Correlations, Ensemble, Histogram, Reduction
from openkerr.solvers.reductions import PRODUCTS, moment_names
from openkerr.solvers.steppers import PRECISIONS, load_stepper, noise_channels
from openkerr.solvers.time_grid import TimeGrid

SEGMENT_SECONDS = 1.0
"""Time after which a batch returns from compiled code, to be interrupted, reported on or kept."""


class DivergenceError(RuntimeError):
    """A trajectory left the range of floating-point numbers.

    Parameters
    ----------
    what : str
        What did.
    time, time_step : float
        Time before which it did, and the step of the integrator.
    negative : str, optional
        Where the noise is of negative strength, and so becomes NaN at any step: `Model.negative_diffusion`.
    """

    def __init__(self, what: str, time: float, time_step: float, negative: str | None = None):
        reason = negative or (
            f"time_step = {time_step:g} is too long, or the motion itself runs away, or meets a negative diffusion; of "
            "these, half the step mends only the first"
        )
        super().__init__(f"{what} became infinite before time {time:g}: {reason}")


def simulate_ensemble(
    model: Model,
    grid: TimeGrid,
    *,
    start: Sequence[complex] | np.ndarray,
    seed: int,
    trajectories: range,
    reduction: Reduction | None = None,
    method: Method = "twa",
    stepper: str = "runge_kutta",
    precision: str = "double",
    noise: str = "gaussian",
    bath_noise: bool = True,
    sampled_start: bool = True,
    batch_size: int = 128,
    n_threads: int = 1,
    checkpoint: Checkpoint | None = None,
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
        Key of the noise, see `openkerr.numerics.rng.stream_seed`.
    trajectories : range
        Global numbers, consecutive; the first one a multiple of ``batch_size``.
    reduction : Reduction, optional
        What is kept; default: moments to fourth order and extremes at every sample.
    method : {"twa", "gpe"}
        Which field equation the drift is taken from.
    stepper : str
        ``runge_kutta``, or a tuned step that the model offers (`Model.steppers`).
    precision : {"double", "single"}
        Arithmetic of the fields; sums are double in either.
    noise : {"gaussian", "discrete"}
        Law of the kicks' normals: discrete ones have the Gaussian's moments to fifth order only, which is enough for
        averages to second weak order and not for single paths.
    bath_noise, sampled_start : bool
        Whether the baths kick, and whether the start is sampled from the vacuum's Wigner function.  Both false with
        ``method="gpe"`` is the Gross-Pitaevskii equation.
    batch_size : int
        Lanes of a block.
    n_threads : int
        Threads that share the batches; the result does not depend on it.
    checkpoint : Checkpoint, optional
        Where unfinished batches are kept and found again; entered by the caller.
    progress : callable, optional
        Called with the number of trajectory-steps just done, those found in a checkpoint included.

    Returns
    -------
    Ensemble

    Raises
    ------
    ValueError
        If the trajectories are no range of step 1 from a multiple of the batch size, a size is out of range, the
        stepper, precision or noise is unknown, single paths are asked for with discrete noise, a real system is to
        start from the vacuum, or a model has no noise that bath_noise asks for.
    DivergenceError
        If a trajectory becomes infinite or NaN.
    """
    reduction = reduction or Reduction()
    n_noises = noise_channels(model, stepper, bath_noise)
    _check_ensemble(model, n_noises, grid, start, sampled_start, trajectories, reduction, batch_size)
    if noise == "discrete" and reduction.paths:
        raise ValueError("noise is 'discrete': allowed for averages only, single paths need 'gaussian'")
    kernels = load_stepper(model, stepper, precision, noise, (ensemble_kernel,), bath_noise)
    batches = range(trajectories.start, trajectories.stop, batch_size)
    run = _BatchRunner(
        kernels=kernels,
        model=model,
        grid=grid,
        start=np.asarray(start, dtype=complex),
        seed=seed,
        stop=trajectories.stop,
        reduction=reduction,
        precision=PRECISIONS[precision],
        parameters=model.kernel_parameters(method).astype(PRECISIONS[precision]),
        n_noises=n_noises,
        bath_noise=bath_noise,
        start_variance=model.vacuum_variance if sampled_start else 0.0,
        batch_size=batch_size,
        checkpoint=checkpoint,
        progress=progress,
    )
    if n_threads == 1:
        parts = [run(first) for first in batches]
    else:
        with ThreadPoolExecutor(n_threads) as pool:
            parts = list(pool.map(run, batches))
    return _join(grid, reduction, trajectories, batches, batch_size, parts)


def _check_ensemble(
    model: Model,
    n_noises: int,
    grid: TimeGrid,
    start: Sequence[complex] | np.ndarray,
    sampled_start: bool,
    trajectories: range,
    reduction: Reduction,
    batch_size: int,
) -> None:
    if not isinstance(trajectories, range):
        raise ValueError(f"trajectories is {trajectories!r}: allowed is a range of their numbers, as range(256)")
    if trajectories.step != 1 or len(trajectories) == 0 or trajectories.start % batch_size or batch_size < 1:
        raise ValueError(
            f"trajectories are {trajectories}: allowed is a non-empty range of step 1 that starts at a multiple of "
            f"batch_size = {batch_size}"
        )
    if trajectories.start < 0 or trajectories.stop > rng.MAX_TRAJECTORIES:
        raise ValueError(f"trajectories are {trajectories}: allowed are numbers from 0 to 2**63")
    if grid.n_steps >= rng.MAX_STEPS:
        raise ValueError(f"the time grid has more than {rng.MAX_STEPS} steps, which the noise cannot number")
    if len(start) != model.n_modes:
        raise ValueError(f"start has {len(start)} amplitudes: allowed is one a mode, {model.n_modes}")
    if model.parts == 1 and (sampled_start or np.any(np.imag(start))):
        raise ValueError("sampled_start and start ask for complex fields: a real system has a real start and no vacuum")
    if n_noises > rng.MAX_CHANNELS or model.n_modes > rng.MAX_CHANNELS:
        raise ValueError(f"the model has {n_noises} noise channels: allowed are {rng.MAX_CHANNELS}")
    wanted = reduction.correlations
    if wanted is not None:
        if np.shape(wanted.powers)[1:] != (model.n_modes, 2):
            raise ValueError(f"powers have shape {np.shape(wanted.powers)}: allowed is (n_signals, {model.n_modes}, 2)")
        last = max(wanted.reference_samples, default=0) + max(wanted.n_lags, 1)
        if min(wanted.reference_samples, default=0) < 0 or last > grid.n_samples:
            raise ValueError(
                f"reference_samples and n_lags = {wanted.n_lags} reach to sample {last - 1}: allowed is 0 to "
                f"{grid.n_samples - 1}"
            )
    named = [*np.ravel(reduction.pairs).tolist(), *reduction.trajectory_means]
    unknown = [mode for mode in named if not 0 <= mode < model.n_modes]
    if unknown:
        raise ValueError(f"pairs or trajectory_means name mode {unknown[0]}: allowed is 0 to {model.n_modes - 1}")
    outside = [number for number in reduction.paths if number < 0]
    if outside:
        raise ValueError(f"paths name trajectory {outside[0]}: allowed are numbers >= 0")


@dataclass(frozen=True)
class _BatchRunner:
    """Computes the state of one batch: called with the number of its first trajectory."""

    kernels: ModuleType
    model: Model
    grid: TimeGrid
    start: np.ndarray
    seed: int
    stop: int
    reduction: Reduction
    precision: type[np.floating]
    parameters: np.ndarray
    n_noises: int
    bath_noise: bool
    start_variance: float
    batch_size: int
    checkpoint: Checkpoint | None
    progress: Callable[[int], None] | None

    def __call__(self, first: int) -> dict[str, np.ndarray]:
        """State of a batch after its last sample: sums, extremes, paths, counts, samples ``done``."""
        name = f"batch_{first}_{self._n_valid(first)}"
        state = self.checkpoint.load(name) if self.checkpoint else None
        if state is None:
            state = self._fresh(first)
        self._report(0, int(state["done"]))
        segment = 2
        while state["done"] < self.grid.n_samples:
            done = int(state["done"])
            stop = min(done + segment, self.grid.n_samples)
            began = time.perf_counter()
            self._advance(state, first, done, stop)
            elapsed = time.perf_counter() - began
            segment = max(2, int((stop - done) * min(16.0, SEGMENT_SECONDS / max(elapsed, 1e-6))))
            state["done"] = np.array(stop)
            self._report(done, stop)
            if self.checkpoint:
                self.checkpoint.offer(name, state, finished=stop == self.grid.n_samples)
        dropped = {"references"} if self.reduction.final_states else {"references", "z"}
        return {key: value for key, value in state.items() if key not in dropped}

    def _n_valid(self, first: int) -> int:
        return min(self.batch_size, self.stop - first)

    def _lanes(self, first: int) -> np.ndarray:
        kept = range(first, first + self._n_valid(first))
        return np.array([number - first for number in _paths(self.reduction) if number in kept], dtype=np.int64)

    def _histogram(self) -> Histogram:
        return self.reduction.histogram or Histogram(1.0, 1, np.full(self.grid.n_samples, -1))

    def _fresh(self, first: int) -> dict[str, np.ndarray]:
        n_modes, n_samples = self.model.n_modes, self.grid.n_samples
        n_bins = int(_bins(self.reduction, n_samples).max(initial=-1)) + 1
        histogram = self._histogram()
        n_groups = int(np.max(histogram.group_of_sample, initial=-1)) + 1
        signals = self._correlations()
        n_signals = len(signals.powers)
        z = np.empty((2, n_modes, self.batch_size), self.precision)
        z[0], z[1] = self.start.real[:, None], self.start.imag[:, None]
        if self.start_variance > 0:
            self.kernels.add_vacuum(z, self.start_variance, np.uint64(self.seed), first)
        return {
            "z": z,
            "moments": np.zeros((n_bins, n_modes, len(moment_names(self.reduction.moment_order)))),
            "lowest": np.full((n_bins, n_modes), np.inf),
            "highest": np.full((n_bins, n_modes), -np.inf),
            "phases": np.zeros((n_bins if self.reduction.phases else 0, n_modes, 2)),
            "pairs": np.zeros((n_bins, len(self.reduction.pairs), len(PRODUCTS))),
            "lanes": np.zeros((n_bins, len(self.reduction.trajectory_means), self.batch_size)),
            "signals": np.zeros((n_samples if n_signals else 0, n_signals, 2)),
            "references": np.zeros((len(signals.reference_samples), 2, n_signals, self.batch_size), self.precision),
            "correlations": np.zeros((signals.n_lags, n_signals, 2)),
            "paths": np.zeros((n_samples, 2, n_modes, self._lanes(first).size)),
            "counts": np.zeros((n_groups, n_modes, histogram.n_cells, histogram.n_cells), dtype=np.int64),
            "done": np.array(0),
        }

    def _advance(self, state: dict[str, np.ndarray], first: int, done: int, stop: int) -> None:
        histogram, signals = self._histogram(), self._correlations()
        self.kernels.run_segment(
            state["z"],
            self.parameters,
            self.precision(self.grid.time_step),
            self.grid.steps_per_sample,
            done,
            stop,
            np.uint64(self.seed),
            first,
            self._n_valid(first),
            self.n_noises,
            self.bath_noise,
            _bins(self.reduction, self.grid.n_samples),
            state["moments"],
            state["lowest"],
            state["highest"],
            state["phases"],
            np.array(self.reduction.pairs, dtype=np.int64).reshape(-1, 2),
            state["pairs"],
            np.array(self.reduction.trajectory_means, dtype=np.int64),
            state["lanes"],
            self._lanes(first),
            state["paths"],
            np.ascontiguousarray(histogram.group_of_sample, dtype=np.int64),
            float(histogram.extent),
            state["counts"],
            np.ascontiguousarray(signals.powers, dtype=np.int64),
            state["signals"],
            state["references"],
            np.array(signals.reference_samples, dtype=np.int64),
            state["correlations"],
        )
        if not np.isfinite(state["z"]).all():
            time_reached = (stop - 1) * self.grid.steps_per_sample * self.grid.time_step
            what = f"a trajectory of {type(self.model).__name__}"
            negative = self.model.negative_diffusion() if self.bath_noise else None
            raise DivergenceError(what, time_reached, self.grid.time_step, negative)

    def _correlations(self) -> Correlations:
        return self.reduction.correlations or Correlations(np.zeros((0, self.model.n_modes, 2), dtype=np.int64))

    def _report(self, done: int, stop: int) -> None:
        if self.progress is not None and stop > done:
            self.progress((stop - max(done, 1)) * self.grid.steps_per_sample * self.batch_size)


def _paths(reduction: Reduction) -> list[int]:
    return sorted(set(reduction.paths))


def _bins(reduction: Reduction, n_samples: int) -> np.ndarray:
    if reduction.bin_of_sample is None:
        return np.arange(n_samples)
    bins = np.ascontiguousarray(reduction.bin_of_sample, dtype=np.int64)
    if bins.shape != (n_samples,):
        raise ValueError(f"bin_of_sample has shape {bins.shape}: allowed is ({n_samples},)")
    return bins


def _join(
    grid: TimeGrid,
    reduction: Reduction,
    trajectories: range,
    batches: range,
    batch_size: int,
    states: list[dict[str, np.ndarray]],
) -> Ensemble:
    bins = _bins(reduction, grid.n_samples)
    samples = np.bincount(bins[bins >= 0], minlength=states[0]["moments"].shape[0])
    first = np.array(batches, dtype=np.int64)
    weights = np.minimum(batch_size, trajectories.stop - first)
    divisor = weights[:, None, None, None] * np.maximum(samples, 1)[:, None, None]
    lanes = np.stack([state["lanes"] for state in states]) / np.maximum(samples, 1)[:, None, None]
    lanes[np.broadcast_to((np.arange(batch_size) >= weights[:, None])[:, None, None], lanes.shape)] = np.nan
    counts = [state["counts"] for state in states]
    by_batch = reduction.histogram is not None and reduction.histogram.by_batch

    def complex_means(key: str, divisor: np.ndarray) -> np.ndarray:
        parts = np.stack([state[key] for state in states])
        return (parts[..., 0] + 1j * parts[..., 1]) / np.asarray(divisor).reshape(-1, *(1,) * (parts.ndim - 2))

    n_references = len(reduction.correlations.reference_samples) if reduction.correlations else 0
    phases = complex_means("phases", weights)
    return Ensemble(
        grid=grid,
        moment_names=moment_names(reduction.moment_order),
        first_trajectory=first,
        weights=weights,
        moments=np.stack([state["moments"] for state in states]) / divisor,
        lowest=np.stack([state["lowest"] for state in states]),
        highest=np.stack([state["highest"] for state in states]),
        phases=phases / np.maximum(samples, 1)[: phases.shape[1], None],
        pair_modes=np.array(reduction.pairs, dtype=np.int64).reshape(-1, 2),
        pairs=np.stack([state["pairs"] for state in states]) / divisor,
        listed_modes=np.array(reduction.trajectory_means, dtype=np.int64),
        trajectory_means=lanes,
        signals=complex_means("signals", weights),
        correlations=complex_means("correlations", weights * max(n_references, 1)),
        samples_per_bin=samples,
        path_numbers=np.array([n for n in _paths(reduction) if n in trajectories], dtype=np.int64),
        paths=np.concatenate([state["paths"][:, 0] + 1j * state["paths"][:, 1] for state in states], axis=2),
        histograms=np.sum(counts, axis=0),
        batch_histograms=np.stack(counts) if by_batch else np.empty((0, *counts[0].shape), dtype=np.int64),
        states=np.stack([state["z"][0] + 1j * state["z"][1] for state in states]) if reduction.final_states else None,
    )
