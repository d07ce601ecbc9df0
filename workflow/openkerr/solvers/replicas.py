"""Replicas of truncated-Wigner trajectories under the same noise: how a small rotation of one phase spreads.

The out-of-time-order correlator of arXiv:2409.12225, Eqs. 6 and 15, is D_jl(tau) = 1 - <cos(theta_l^a - theta_l^b)>,
where replica b is a with the phase of mode j rotated by a small angle at tau = 0, and both see the same noise from then
on.  The rotation is of the state as it is kept between steps (see `openkerr.solvers.stepper_kernel`).  Double
precision and Gaussian noise only: single paths are compared.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from openkerr.models.base import Method, Model
from openkerr.runtime.checkpoint import Checkpoint
from openkerr.solvers import replica_kernel
from openkerr.solvers.sde import DivergenceError
from openkerr.solvers.steppers import load_stepper, noise_channels
from openkerr.solvers.time_grid import TimeGrid

SAMPLES_PER_SEGMENT = 64
"""Samples after which a batch returns from compiled code, to be interrupted, reported on or kept."""


@dataclass(frozen=True)
class Replicas:
    """Divergence of replicas, a row a batch.

    Attributes
    ----------
    times : (n_lags,) float
        Time since the rotation, in the model's unit.
    first_trajectory, weights : (n_batches,) int
        Global number of each batch's first trajectory, and its trajectories that count.
    divergence, log_divergence : (n_batches, n_lags, n_sources, n_modes)
        Batch means of D = 1 - cos of the phase difference, and of ln D; their growth rates are the annealed and the
        typical one.
    """

    times: np.ndarray
    first_trajectory: np.ndarray
    weights: np.ndarray
    divergence: np.ndarray
    log_divergence: np.ndarray


def simulate_replicas(
    model: Model,
    grid: TimeGrid,
    *,
    start: Sequence[complex] | np.ndarray | None = None,
    states: np.ndarray | None = None,
    seed: int,
    trajectories: range,
    sources: Sequence[int],
    angle: float,
    split_sample: int,
    stepper: str = "runge_kutta",
    method: Method = "twa",
    bath_noise: bool = True,
    sampled_start: bool = True,
    batch_size: int = 128,
    checkpoint: Checkpoint | None = None,
    progress: Callable[[int], None] | None = None,
) -> Replicas:
    """Follow trajectories and, from a sample on, their replicas with one phase rotated.

    Parameters
    ----------
    model, grid, start, seed, trajectories, stepper, method, bath_noise, sampled_start, batch_size, checkpoint
        As in `openkerr.solvers.sde.simulate_ensemble`, whose trajectories these are, bit for bit.
    states : array (n_blocks, n_modes, n_lanes) of complex, instead of ``start``
        One start a trajectory, in the order of the blocks, as `Ensemble.states` has them for whole batches, of
        ``batch_size`` or any other.  They stand for complete states: the half step by
        which they are ahead, or the half kick that they lack, is forgotten within a few times the inverse loss.  Their
        noise has to be another than before: take another seed.
    sources : sequence of int
        Modes, from 0, each of which gets a replica.
    angle : float
        Rotation of the phase, in radians.
    split_sample : int
        Sample at which the replicas are made.
    progress : callable, optional
        Called with the number of trajectory-steps just done, replicas included.

    Raises
    ------
    ValueError
        If the system is real, a source is no mode, the sample lies outside the run, the trajectories do not start at a
        batch, or the starts do not fit model and trajectories.
    DivergenceError
        If a trajectory becomes infinite or NaN.
    """
    if model.parts == 1:
        raise ValueError("a replica has one phase turned: a real system has none")
    if not 0 <= split_sample < grid.n_samples:
        raise ValueError(f"split_sample is {split_sample}: allowed is 0 to {grid.n_samples - 1}")
    wrong = [source for source in sources if not 0 <= source < model.n_modes]
    if wrong or not len(sources):
        raise ValueError(f"sources are {list(sources)}: allowed are modes from 0 to {model.n_modes - 1}, at least one")
    if not isinstance(trajectories, range):
        raise ValueError(f"trajectories is {trajectories!r}: allowed is a range of their numbers, as range(256)")
    if trajectories.step != 1 or not len(trajectories) or trajectories.start % batch_size:
        raise ValueError(f"trajectories are {trajectories}: allowed is a range from a multiple of {batch_size}")
    starts = _starts(model, start, states, len(trajectories), batch_size)
    kernels = load_stepper(model, stepper, "double", "gaussian", (replica_kernel,), bath_noise)
    n_noises = noise_channels(model, stepper, bath_noise)
    parameters = model.kernel_parameters(method)
    first = np.arange(trajectories.start, trajectories.stop, batch_size)
    weights = np.minimum(batch_size, trajectories.stop - first)
    n_lags = grid.n_samples - split_sample
    parts = []
    for index, (number, n_valid) in enumerate(zip(first, weights, strict=True)):
        name = f"batch_{number}_{n_valid}"
        state = checkpoint.load(name) if checkpoint else None
        if state is None:
            z = np.zeros((1 + len(sources), 2, model.n_modes, batch_size))
            block = starts[index % len(starts)]
            z[0, 0], z[0, 1] = block.real, block.imag
            if sampled_start and states is None:
                kernels.add_vacuum(z[0], model.vacuum_variance, np.uint64(seed), number)
            sums = np.zeros((2, n_lags, len(sources), model.n_modes))
            state = {"z": z, "sums": sums, "done": np.array(0)}
        while state["done"] < grid.n_samples:
            done = int(state["done"])
            stop = min(done + SAMPLES_PER_SEGMENT, grid.n_samples)
            kernels.run_replicas(
                state["z"],
                parameters,
                grid.time_step,
                grid.steps_per_sample,
                done,
                stop,
                np.uint64(seed),
                number,
                n_valid,
                n_noises,
                bath_noise,
                split_sample,
                np.array(sources, dtype=np.int64),
                angle,
                state["sums"][0],
                state["sums"][1],
            )
            if not np.isfinite(state["z"]).all():
                reached = (stop - 1) * grid.steps_per_sample * grid.time_step
                negative = model.negative_diffusion() if bath_noise else None
                raise DivergenceError(f"a trajectory of {type(model).__name__}", reached, grid.time_step, negative)
            state["done"] = np.array(stop)
            if progress is not None:
                replicated = max(stop - max(done, split_sample + 1), 0)
                progress((stop - max(done, 1) + len(sources) * replicated) * grid.steps_per_sample * batch_size)
            if checkpoint:
                checkpoint.offer(name, state, finished=stop == grid.n_samples)
        parts.append(state["sums"] / n_valid)
    means = np.stack(parts)
    return Replicas(
        times=grid.times[split_sample:] - grid.times[split_sample],
        first_trajectory=first,
        weights=weights,
        divergence=means[:, 0],
        log_divergence=means[:, 1],
    )


def _starts(
    model: Model,
    start: Sequence[complex] | np.ndarray | None,
    states: np.ndarray | None,
    n_trajectories: int,
    batch_size: int,
) -> np.ndarray:
    """Starts of the batches, (n_batches or 1, n_modes, batch_size or 1)."""
    if start is not None and states is None:
        if len(start) != model.n_modes:
            raise ValueError(f"start has {len(start)} amplitudes: allowed is one a mode, {model.n_modes}")
        return np.asarray(start, dtype=complex)[None, :, None]
    if start is not None or states is None:
        raise ValueError("start and states are both given, or neither: allowed is one of them")
    n_blocks, n_modes, n_lanes = np.shape(states)
    if n_modes != model.n_modes or n_blocks * n_lanes < n_trajectories or n_trajectories % batch_size:
        raise ValueError(
            f"states have shape {np.shape(states)}: allowed is {model.n_modes} modes, and a state for each of "
            f"{n_trajectories} trajectories in whole batches of {batch_size}"
        )
    single = np.moveaxis(states, 1, 2).reshape(-1, n_modes)[:n_trajectories]
    return np.moveaxis(single.reshape(-1, batch_size, n_modes), 2, 1)
