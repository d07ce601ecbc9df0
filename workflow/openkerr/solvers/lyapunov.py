"""Lyapunov spectra of any model, with or without noise, and their errors.

Tangent vectors follow the exact tangent map of the discrete step (`openkerr.solvers.lyapunov_kernel`) and are made
orthonormal at regular intervals; the exponents are the mean growth rates of the diagonal of R (Benettin, Galgani,
Giorgilli, Strelcyn, Meccanica 15, 9 (1980)).  A noisy trajectory is the same path as in
`openkerr.solvers.sde.simulate_ensemble`, and its tangent vectors feel the same noise.  Exponents of a system whose
noise depends on its state belong to the noise as the model's kick writes it: another form of the same law (two
independent noises for one, say) is another random flow, with other exponents.

What the step adds is measured beside the run (`LyapunovTimes.n_step_intervals`): from the state and the vectors at the
end of the alignment the same path is followed with two half steps for every drift, under the same kicks.  As both start
from one point they differ by the step alone, not by another sample of the motion, until chaos has driven them apart.

The derivative of the drift is the model's own kernel ``tangent`` where it has one, else its ``jacobian``, else a
directional difference of its ``drift``.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from types import ModuleType

import numpy as np
from numpy.typing import ArrayLike

from openkerr.models.base import Method, Model
from openkerr.numerics import rng
from openkerr.numerics.compilation import bind, load_kernel
from openkerr.numerics.stats import MIN_BATCHES
from openkerr.solvers import (
    lyapunov_kernel,
    step_noise_kernel,
    tangent_difference_kernel,
    tangent_jacobian_kernel,
)
from openkerr.solvers.lyapunov_estimates import LyapunovSpectrum, LyapunovTimes, bump, kaplan_yorke_dimension
from openkerr.solvers.ode import parts_to_states, states_to_parts
from openkerr.solvers.sde import SEGMENT_SECONDS, DivergenceError

__all__ = ["LyapunovSpectrum", "LyapunovTimes", "kaplan_yorke_dimension", "lyapunov_spectrum"]

CHUNK = 16
"""Tangent vectors that advance together, where the model has its own kernel ``tangent``."""

NOISE_NUMBERS = 2**18
"""About how many complex normals are drawn at once: 4 MB."""

SMALLEST_REMAINDER = 1e-8
"""Share of a vector's length that must survive orthogonalisation: the rest is what rounding may spoil."""


def lyapunov_spectrum(
    model: Model,
    times: LyapunovTimes,
    *,
    start: ArrayLike,
    n_exponents: int | None = None,
    method: Method = "gpe",
    seed: int | None = None,
    trajectories: range | None = None,
    bath_noise: bool = False,
    sampled_start: bool = False,
    n_threads: int = 1,
    progress: Callable[[int], None] | None = None,
) -> LyapunovSpectrum:
    """Compute Lyapunov exponents along trajectories of a model.

    Parameters
    ----------
    model : Model
        Any model with the kernel ``drift``, for noise also ``kick``; ``tangent`` or ``jacobian`` make it faster.
    times : LyapunovTimes
        Step, discarded and averaged times.
    start : array (n_modes,) or (n_trajectories, n_modes)
        Fields at time 0, one for all trajectories or one each.
    n_exponents : int, optional
        How many leading exponents; default: the real dimension of the state.
    method : {"gpe", "twa"}
        Which field equation the drift is taken from.
    seed, trajectories : int, range, optional
        Key of the noise and global numbers of the trajectories, as in `openkerr.solvers.sde.simulate_ensemble`;
        needed with noise.
    bath_noise, sampled_start : bool
        Whether the baths kick, and whether the start is sampled from the vacuum's Wigner function.
    n_threads : int
        Threads that share the trajectories; the result does not depend on it.
    progress : callable, optional
        Called with the number of steps just done.

    Returns
    -------
    LyapunovSpectrum

    Raises
    ------
    ValueError
        If an argument does not fit the model, the noise is not named, or the orthonormalisation interval is so long
        that digits are lost.
    DivergenceError
        If a field becomes infinite or NaN.
    """
    lanes = states_to_parts(model, start)
    noisy = bath_noise or sampled_start
    if noisy and (seed is None or trajectories is None):
        raise ValueError("seed and trajectories must be given to a run with noise")
    numbers = np.arange(len(lanes)) if trajectories is None else np.array(trajectories, dtype=np.int64)
    if len(lanes) == 1:
        lanes = np.repeat(lanes, len(numbers), axis=0)
    if len(lanes) != len(numbers) or len(numbers) == 0 or numbers.min() < 0:
        raise ValueError(f"start has {len(lanes)} rows for the trajectories {trajectories}: allowed is one or one each")
    if noisy and model.parts == 1 and sampled_start:
        raise ValueError("sampled_start needs complex fields: a real system has no vacuum")
    _, parts, n_modes = lanes.shape
    n_dimensions = parts * n_modes
    n_exponents = n_dimensions if n_exponents is None else n_exponents
    if not 1 <= n_exponents <= n_dimensions:
        raise ValueError(f"n_exponents is {n_exponents}: allowed is 1 to {n_dimensions}")
    n_steps = times.n_burn_in_steps + times.steps_per_interval * (
        times.n_alignment_intervals + times.n_blocks * times.intervals_per_block
    )
    if bath_noise and n_steps >= rng.MAX_STEPS:
        raise ValueError(f"the times have more than {rng.MAX_STEPS} steps, which the noise cannot number")
    vectors = _first_vectors(n_exponents, parts, n_modes, _chunk_width(model, n_exponents))
    kernels = _load(model.kernel_module(), noise=bath_noise)
    p = model.kernel_parameters(method)

    def run(row: int) -> tuple[np.ndarray, ...]:
        stream = _Noise(seed, int(numbers[row]), model.n_noises) if noisy and seed is not None else None
        z = np.ascontiguousarray(lanes[row][:, :, None])
        if stream is not None and sampled_start:
            z += np.sqrt(model.vacuum_variance) * stream.start(n_modes)
        blocks = _run_trajectory(
            kernels,
            p,
            times,
            z,
            vectors.copy(),
            n_exponents,
            stream if bath_noise else None,
            model.negative_diffusion() if bath_noise else None,
            progress,
        )
        return *blocks, parts_to_states(z[:, :, 0], axis=0)

    if n_threads == 1:
        results = [run(row) for row in range(len(numbers))]
    else:
        with ThreadPoolExecutor(n_threads) as pool:
            results = list(pool.map(run, range(len(numbers))))
    blocks, smooth, step, final = map(np.stack, zip(*results, strict=True))
    return LyapunovSpectrum(times, numbers, blocks, smooth, final, n_dimensions, step)


def _load(module: ModuleType, noise: bool) -> ModuleType:
    """Kernels of a model, with the best derivative of its drift that it offers."""
    names: tuple[str, ...] = ("drift", "kick") if noise else ("drift",)
    templates: tuple[ModuleType, ...] = (lyapunov_kernel,)
    if hasattr(module, "tangent"):
        names = (*names, "tangent")
    elif hasattr(module, "jacobian"):
        names, templates = (*names, "jacobian"), (tangent_jacobian_kernel, *templates)
    else:
        templates = (tangent_difference_kernel, *templates)
    return load_kernel(templates, bind(module, names))


class _Noise:
    """Normals of one trajectory, those of the ensemble solver."""

    def __init__(self, seed: int, trajectory: int, n_noises: int):
        # The generator takes the place of a model: the copy is renewed when the generator changes.
        self._fill = load_kernel((step_noise_kernel,), bind(rng, ("fill_complex_normals",))).fill_steps
        self._key = np.uint64(seed), trajectory
        self.n_noises = n_noises

    def start(self, n_modes: int) -> np.ndarray:
        """Unit complex normals (2, n_modes, 1) that sample the start."""
        noise = np.empty((1, 2, n_modes, 1))
        self._fill(noise, *self._key, 0, rng.INITIAL_STATE)
        return noise[0]

    def steps(self, first_step: int, n_steps: int) -> np.ndarray:
        """Unit complex normals (n_steps, 2, n_noises, 1) of consecutive steps."""
        noise = np.empty((n_steps, 2, self.n_noises, 1))
        self._fill(noise, *self._key, first_step, rng.DYNAMICS)
        return noise


def _chunk_width(model: Model, n_exponents: int) -> int:
    """Vectors a chunk; all in one where the derivative of the drift costs more than its application to some."""
    if not hasattr(model.kernel_module(), "tangent"):
        return n_exponents
    return -(-n_exponents // -(-n_exponents // CHUNK))


def _first_vectors(n_exponents: int, parts: int, n_modes: int, width: int) -> np.ndarray:
    """Orthonormal vectors in chunks; of random directions, as a coordinate axis may span an invariant subspace."""
    # Row by row, so that the leading vectors do not depend on how many there are.
    random = np.random.default_rng(0).normal(size=(n_exponents, parts * n_modes))
    columns = np.linalg.qr(random.T)[0]
    n_chunks = -(-n_exponents // width)
    vectors = np.zeros((n_chunks, parts, n_modes, width))
    for j in range(n_exponents):
        vectors[j // width, :, :, j % width] = columns[:, j].reshape(parts, n_modes)
    return vectors


def _run_trajectory(
    kernels: ModuleType,
    p: np.ndarray,
    times: LyapunovTimes,
    z: np.ndarray,
    vectors: np.ndarray,
    n_exponents: int,
    stream: _Noise | None,
    negative: str | None,
    progress: Callable[[int], None] | None,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Growth rates in blocks (n_blocks, n_exponents) and in 16 smooth ones, and what the step adds to them.

    The last is told interval by interval (n_step_intervals, n_exponents).  ``z`` is advanced in place.
    """
    h, n_steps = times.time_step, 0

    def advance(z: np.ndarray, tangents: np.ndarray, growth: np.ndarray, steps: int, substeps: int = 1) -> None:
        # Compiled code returns about once a SEGMENT_SECONDS, to be interrupted or reported on.
        nonlocal n_steps
        done, piece = 0, 1
        while done < len(growth):
            most = piece if stream is None else min(piece, max(1, NOISE_NUMBERS // (steps * stream.n_noises + 1)))
            part = growth[done : done + most]
            began = time.perf_counter()
            noise = None if stream is None else stream.steps(n_steps, len(part) * steps)
            remainder = kernels.run_intervals(z, tangents, p, h, n_steps, steps, noise, part, substeps)
            elapsed = time.perf_counter() - began
            n_steps += len(part) * steps
            if not (np.isfinite(z).all() and np.isfinite(tangents).all() and np.isfinite(part).all()):
                raise DivergenceError("a field or tangent vector", n_steps * h, h, negative)
            if remainder < SMALLEST_REMAINDER:
                raise ValueError(
                    f"interval is {steps * h:g}: orthonormalisation leaves {remainder:.1g} of a vector, allowed is at "
                    f"least {SMALLEST_REMAINDER:g}; choose a shorter interval"
                )
            done += len(part)
            piece = max(1, int(len(part) * min(16.0, SEGMENT_SECONDS / max(elapsed, 1e-6))))
            if progress is not None and substeps == 1:
                progress(len(part) * steps)

    advance(z, vectors[:0], np.empty((times.n_burn_in_steps, 0)), 1)
    advance(z, vectors, np.empty((times.n_alignment_intervals, n_exponents)), times.steps_per_interval)
    growth = np.empty((times.n_blocks * times.intervals_per_block, n_exponents))
    finer = np.empty((times.n_step_intervals, n_exponents))
    branched = n_steps
    advance(z.copy(), vectors.copy(), finer, times.steps_per_interval, substeps=2)
    n_steps = branched
    advance(z, vectors, growth, times.steps_per_interval)
    growth /= times.steps_per_interval * h
    finer /= times.steps_per_interval * h
    # Half the step has a sixteenth of the error of the fourth order.
    step = (growth[: times.n_step_intervals] - finer) * 16 / 15
    flat = growth.reshape(times.n_blocks, -1, n_exponents).mean(axis=1)
    long = growth.reshape(MIN_BATCHES, -1, n_exponents)
    return flat, np.einsum("bik,i->bk", long, bump(long.shape[1])), step
