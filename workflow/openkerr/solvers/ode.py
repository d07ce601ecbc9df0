"""Deterministic runs of any model: many initial conditions side by side, sampled in time.

The step is the Runge-Kutta step of all solvers (`openkerr.solvers.runge_kutta_kernel`), times are products of a whole
number and the step.  Initial conditions are lanes of blocks that are always computed whole, so a run does not depend
on which others stand beside it, nor on the number of threads.

A model whose state is real says so by an attribute ``parts`` = 1 (default 2, real and imaginary parts): its kernels
then read arrays of shape (1, n_modes, n_lanes), and its states are float instead of complex.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from types import ModuleType

import numpy as np
from numpy.typing import ArrayLike

from openkerr.models.base import Method, Model
from openkerr.numerics.compilation import bind, load_kernel
from openkerr.solvers import ode_kernel, runge_kutta_kernel
from openkerr.solvers.sde import SEGMENT_SECONDS, DivergenceError
from openkerr.solvers.time_grid import TimeGrid

TEMPLATES = (runge_kutta_kernel, ode_kernel)

SEGMENT_NUMBERS = 2**18
"""Most numbers that a block holds back before they are written to the series: 2 MB."""


@dataclass(frozen=True)
class Trajectories:
    """Sampled runs.

    Attributes
    ----------
    times : (n_samples,)
        Sampled times, in the model's unit of time.
    states : (n_runs, n_kept, n_samples)
        Fields of the kept modes; complex128, or float64 of a real system.
    final : (n_runs, n_modes)
        Fields of all modes at the end of the time grid.
    error : (n_runs, n_samples) or None
        Estimated largest error of a kept field (modulus) due to the step.
    """

    times: np.ndarray
    states: np.ndarray = field(repr=False)
    final: np.ndarray = field(repr=False)
    error: np.ndarray | None = field(default=None, repr=False)


def states_to_parts(model: Model, states: ArrayLike) -> np.ndarray:
    """Real arrays that the kernels read.

    Parameters
    ----------
    states : array (n_runs, n_modes) or (n_modes,)
        Fields; complex, or real for a real system.

    Returns
    -------
    float64 array (n_runs, parts, n_modes)

    Raises
    ------
    ValueError
        If the shape does not fit the model, a field is not finite, or a complex field is given to a real system.
    """
    states = np.atleast_2d(np.asarray(states))
    if states.ndim != 2 or states.shape[1] != model.n_modes or len(states) == 0:
        raise ValueError(f"start has shape {states.shape}: allowed is (runs, modes) with {model.n_modes} modes")
    if not np.isfinite(states).all():
        raise ValueError("start has a field that is infinite or NaN: allowed are finite numbers")
    if model.parts == 1:
        if np.iscomplexobj(states):
            raise ValueError(f"start is complex: {type(model).__name__} has a real state")
        return states[:, None, :].astype(np.float64)
    return np.stack([states.real, states.imag], axis=1).astype(np.float64)


def parts_to_states(parts: np.ndarray, axis: int) -> np.ndarray:
    """Inverse of `states_to_parts`: the axis of parts is removed."""
    halves = np.moveaxis(parts, axis, 0)
    return halves[0].copy() if len(halves) == 1 else halves[0] + 1j * halves[1]


def integrate(
    model: Model,
    grid: TimeGrid,
    *,
    start: ArrayLike,
    method: Method = "gpe",
    keep_from: float = 0.0,
    modes: Sequence[int] | None = None,
    estimate_error: bool = False,
    block_size: int = 16,
    n_threads: int = 1,
    progress: Callable[[int], None] | None = None,
) -> Trajectories:
    """Integrate a model's field equation without noise from many initial conditions.

    Parameters
    ----------
    model : Model
        Any model with the kernel ``drift``.
    grid : TimeGrid
        Step and sampled times, in the model's unit of time.
    start : array (n_runs, n_modes) or (n_modes,)
        Fields at time 0, in the model's units.
    method : {"gpe", "twa"}
        Which field equation the drift is taken from.
    keep_from : float
        Samples before this time are not kept.
    modes : sequence of int, optional
        Modes that are kept, counted from 0; default: all.  An empty one keeps the final states alone.
    estimate_error : bool
        Also run at half the step and fill ``error`` with 16/15 of the difference, the error of a fourth-order step
        where the difference is small.
    block_size : int
        Lanes of a block.
    n_threads : int
        Threads that share the blocks; the result does not depend on it.
    progress : callable, optional
        Called with the number of steps (times runs) just done.

    Returns
    -------
    Trajectories

    Raises
    ------
    ValueError
        If the start does not fit the model, or a mode or time is out of range.
    DivergenceError
        If a field becomes infinite or NaN.
    """
    lanes = states_to_parts(model, start)
    kept = np.arange(model.n_modes) if modes is None else np.asarray(modes, dtype=np.int64).reshape(-1)
    if kept.size and not (0 <= kept.min() and kept.max() < model.n_modes):
        raise ValueError(f"modes are {kept.tolist()}: allowed are numbers from 0 to {model.n_modes - 1}")
    if block_size < 1:
        raise ValueError(f"block_size is {block_size}: allowed is at least 1")
    first = int(np.searchsorted(grid.times, keep_from - 1e-9 * grid.time_step))
    if first >= grid.n_samples:
        raise ValueError(f"keep_from is {keep_from:g}: allowed is up to the final time {grid.times[-1]:g}")
    kernels = load_kernel(TEMPLATES, bind(model.kernel_module(), ("drift",)))
    n_runs, parts = lanes.shape[:2]
    states = np.empty((n_runs, kept.size, grid.n_samples - first), dtype=np.complex128 if parts == 2 else np.float64)
    final = np.empty((n_runs, model.n_modes), dtype=states.dtype)

    def run(begin: int) -> None:
        rows = slice(begin, min(begin + block_size, n_runs))
        _run_block(
            kernels, model, grid, lanes[rows], method, first, kept, block_size, progress, states[rows], final[rows]
        )

    blocks = range(0, n_runs, block_size)
    if n_threads == 1:
        for begin in blocks:
            run(begin)
    else:
        with ThreadPoolExecutor(n_threads) as pool:
            list(pool.map(run, blocks))
    result = Trajectories(times=grid.times[first:], states=states, final=final)
    if estimate_error:
        finer = TimeGrid(0.5 * grid.time_step, 2 * grid.steps_per_sample, grid.n_samples)
        half = integrate(
            model,
            finer,
            start=start,
            method=method,
            keep_from=keep_from,
            modes=modes,
            block_size=block_size,
            n_threads=n_threads,
            progress=progress,
        )
        difference = np.subtract(half.states, states, out=half.states)
        result = replace(result, error=16.0 / 15.0 * np.abs(difference).max(axis=1, initial=0.0))
    return result


def _run_block(
    kernels: ModuleType,
    model: Model,
    grid: TimeGrid,
    lanes: np.ndarray,
    method: Method,
    first: int,
    kept: np.ndarray,
    block_size: int,
    progress: Callable[[int], None] | None,
    states: np.ndarray,
    final: np.ndarray,
) -> None:
    """Fill ``states`` and ``final`` of the runs of one block."""
    n_runs, parts = lanes.shape[:2]
    # Lanes beyond the runs repeat the last one: a block is always computed whole.
    z = np.ascontiguousarray(lanes[np.minimum(np.arange(block_size), n_runs - 1)].transpose(1, 2, 0))
    if first == 0:
        states[:, :, 0] = parts_to_states(lanes[:, :, kept], axis=1)
    most = max(1, SEGMENT_NUMBERS // max(parts * kept.size * block_size, 1))
    buffer = np.empty((most, parts, kept.size, block_size))
    nothing = kept[:0]
    parameters = model.kernel_parameters(method)
    segment, done = 1, 1
    while done < grid.n_samples:
        keep = done >= first
        n = min(segment, (grid.n_samples if keep else first) - done)
        began = time.perf_counter()
        kernels.run_samples(z, parameters, grid.time_step, grid.steps_per_sample, n, kept if keep else nothing, buffer)
        elapsed = time.perf_counter() - began
        if not np.isfinite(z).all():
            reached = (done + n - 1) * grid.steps_per_sample * grid.time_step
            raise DivergenceError(f"a field of {type(model).__name__}", reached, grid.time_step)
        if keep:
            fields = parts_to_states(buffer[:n, :, :, :n_runs], axis=1)
            states[:, :, done - first : done - first + n] = fields.transpose(2, 1, 0)
        if progress is not None:
            progress(n * grid.steps_per_sample * n_runs)
        done += n
        segment = min(most, max(1, int(n * min(16.0, SEGMENT_SECONDS / max(elapsed, 1e-6)))))
    final[:] = parts_to_states(z[:, :, :n_runs], axis=0).T
