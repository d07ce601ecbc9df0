"""Lyapunov spectra of any model, with or without noise, and their errors.

Tangent vectors follow the exact tangent map of the discrete step (`openkerr.solvers.lyapunov_kernel`) and are made
orthonormal at regular intervals; the exponents are the mean growth rates of the diagonal of R (Benettin, Galgani,
Giorgilli, Strelcyn, Meccanica 15, 9 (1980)).  A noisy trajectory is the same path as in
`openkerr.solvers.sde.simulate_ensemble`, and its tangent vectors feel the same noise.  Exponents of a system whose
noise depends on its state belong to the noise as the model's kick writes it: another form of the same law (two
independent noises for one, say) is another random flow, with other exponents.

The derivative of the drift is the model's own kernel ``tangent`` where it has one, else its ``jacobian``, else a
directional difference of its ``drift``.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from importlib import import_module
from types import ModuleType

import numpy as np

from openkerr import rng
from openkerr.compilation import load_kernel
from openkerr.models.base import Method, Model
from openkerr.solvers import (
    lyapunov_kernel,
    step_noise_kernel,
    tangent_difference_kernel,
    tangent_jacobian_kernel,
)
from openkerr.solvers.ode import parts_to_states, state_parts, states_to_parts
from openkerr.solvers.sde import SEGMENT_SECONDS, DivergenceError
from openkerr.solvers.time_grid import whole_ratio
from openkerr.stats import MIN_BATCHES, batch_mean, jackknife

CHUNK = 16
"""Tangent vectors that advance together, where the model has its own kernel ``tangent``."""

NOISE_NUMBERS = 2**18
"""About how many complex normals are drawn at once: 4 MB."""

SMALLEST_REMAINDER = 1e-8
"""Share of a vector's length that must survive orthogonalisation: the rest is what rounding may spoil."""


@dataclass(frozen=True)
class LyapunovTimes:
    """Times of a run: a transient of the state alone, an alignment of the vectors, then blocks that count.

    ``n_blocks`` is 16 times a power of two, so that blocks can be joined in pairs down to 16.
    """

    time_step: float
    steps_per_interval: int
    n_transient_steps: int
    n_alignment_intervals: int
    intervals_per_block: int
    n_blocks: int

    @classmethod
    def from_times(
        cls,
        time_step: float,
        interval: float,
        averaging_time: float,
        transient: float = 0.0,
        alignment: float | None = None,
        n_blocks: int = 64,
    ) -> LyapunovTimes:
        """Times in the model's unit.

        Parameters
        ----------
        time_step, interval : float
            Step, and time between orthonormalisations; the spread of the exponents times the interval should stay
            below about 10.
        averaging_time : float
            Time that the exponents are averaged over, a whole multiple of ``n_blocks`` intervals.
        transient, alignment : float
            Times that are discarded, before and after the vectors are started; the default alignment is a tenth of
            the averaging time, rounded up to whole intervals.
        n_blocks : int
            Blocks of the averaging time: 16, 32, 64, ...

        Raises
        ------
        ValueError
            If a time is no whole multiple of what it is made of, or the number of blocks is not allowed.
        """
        doublings = n_blocks // MIN_BATCHES
        if n_blocks != MIN_BATCHES * doublings or doublings < 1 or doublings & (doublings - 1):
            raise ValueError(f"n_blocks is {n_blocks}: allowed is {MIN_BATCHES} times a power of two")
        per_block = whole_ratio(averaging_time, n_blocks * interval, "averaging_time", f"interval times {n_blocks}")
        if alignment is None:
            n_alignment = -(-n_blocks * per_block // 10)
        else:
            n_alignment = whole_ratio(alignment, interval, "alignment", "interval") if alignment else 0
        return cls(
            time_step,
            whole_ratio(interval, time_step, "interval", "time_step"),
            whole_ratio(transient, time_step, "transient", "time_step") if transient else 0,
            n_alignment,
            per_block,
            n_blocks,
        )

    @property
    def averaging_time(self) -> float:
        """Time that the exponents are averaged over."""
        return self.n_blocks * self.intervals_per_block * self.steps_per_interval * self.time_step


@dataclass(frozen=True)
class LyapunovSpectrum:
    """Exponents of some trajectories, block by block, in the model's unit of rates.

    Vectors keep the order of the orthonormalisation: exponents descend up to errors.

    Attributes
    ----------
    times : LyapunovTimes
    trajectories : (n_trajectories,) int
        Global numbers (of the noise), or 0, 1, ... of runs without noise.
    blocks : (n_trajectories, n_blocks, n_exponents)
        Mean growth rate of each vector in each block.
    smooth_blocks : (n_trajectories, 16, n_exponents)
        The same in 16 blocks, weighted by a bump that vanishes with all derivatives at the ends of a block.
    final : (n_trajectories, n_modes)
        Fields at the end.
    n_dimensions : int
        Real dimension of the state.
    """

    times: LyapunovTimes
    trajectories: np.ndarray
    blocks: np.ndarray = field(repr=False)
    smooth_blocks: np.ndarray = field(repr=False)
    final: np.ndarray = field(repr=False)
    n_dimensions: int

    @property
    def smooth(self) -> np.ndarray:
        """Whether the smooth weighting is the one to use, bool (n_trajectories,).

        Both weightings estimate the same mean.  In regular motion the smooth one converges faster than any power of
        the time (Das, Saiki, Sander, Yorke, Nonlinearity 30, 4111 (2017)); in chaos it wastes half of the time.  It
        is used where it at least halves the root mean square error, which fluctuations of the error alone do not.
        """
        flat, smooth = _stderr(self._long_blocks()), _stderr(self.smooth_blocks)
        return np.sum(smooth**2, axis=1) <= 0.25 * np.sum(flat**2, axis=1)

    @property
    def exponents(self) -> np.ndarray:
        """Exponents of every trajectory, shape (n_trajectories, n_exponents)."""
        return self._best_blocks().mean(axis=1)

    @property
    def stderr(self) -> np.ndarray:
        """Standard errors from the scatter of 16 blocks, shape (n_trajectories, n_exponents)."""
        return _stderr(self._best_blocks())

    def stderr_by_doubling(self) -> np.ndarray:
        """Standard errors from ever longer blocks, n_blocks of them first, 16 last: (n_levels, *exponents.shape)."""
        errors, blocks = [_stderr(self.blocks)], self.blocks
        while blocks.shape[1] > MIN_BATCHES:
            blocks = _join_pairs(blocks)
            errors.append(_stderr(blocks))
        return np.stack(errors)

    @property
    def blocks_are_long(self) -> np.ndarray:
        """Whether the error of no exponent still grows with the length of a block, bool (n_trajectories,).

        Errors from 16 and from n_blocks blocks are compared.  Of independent blocks their ratio scatters about 1 by
        sqrt(1/30 - 1/(2 n_blocks - 2)); a ratio within three of these passes.  With a correlation time much shorter
        than a block the squared error is (1 - tau/length) of the true one, so that with 64 blocks an error that
        passes is at most 8 % too small.  Where the smooth weighting is used, blocks are long by its very success.
        """
        errors = self.stderr_by_doubling()
        allowed = 1.0 + 3.0 * np.sqrt(0.5 / (MIN_BATCHES - 1) - 0.5 / (self.times.n_blocks - 1))
        rounding = 1e-12 * np.abs(self.blocks).max(axis=(1, 2))[:, None]
        return self.smooth | np.all(errors[-1] <= allowed * errors[0] + rounding, axis=1)

    def pooled(self) -> tuple[np.ndarray, np.ndarray]:
        """Mean over trajectories of one and the same attractor, and its standard error: arrays (n_exponents,).

        The error is that of independent trajectories where there are 16 or more, else it follows from the blocks.
        """
        values = self.exponents
        if len(values) >= MIN_BATCHES:
            return batch_mean(values, np.ones(len(values)))
        return values.mean(axis=0), np.sqrt(np.sum(self.stderr**2, axis=0)) / len(values)

    def kaplan_yorke(self, zero_tolerance: np.ndarray | float = 0.0) -> tuple[np.ndarray, np.ndarray]:
        """Kaplan-Yorke dimension of every trajectory, and its standard error by the jackknife: (n_trajectories,).

        Parameters
        ----------
        zero_tolerance : float or array broadcast to (n_trajectories, n_exponents)
            Exponents that are no larger count as zero.  The dimension of regular motion hangs on this: a leading
            exponent of -1e-9 and none at all differ by a whole dimension.

        Returns
        -------
        dimension, stderr
            NaN where too few exponents were computed to tell.
        """
        tolerance = np.broadcast_to(np.asarray(zero_tolerance, dtype=float), self.exponents.shape)
        results = []
        for rows, mean, limit in zip(self._best_blocks(), self.exponents, tolerance, strict=True):
            rows = np.where(np.abs(mean) <= limit, 0.0, rows)
            results.append(jackknife(lambda x: kaplan_yorke_dimension(x, self.n_dimensions), rows, np.ones(len(rows))))
        values, errors = zip(*results, strict=True)
        return np.array(values), np.array(errors)

    def _long_blocks(self) -> np.ndarray:
        blocks = self.blocks
        while blocks.shape[1] > MIN_BATCHES:
            blocks = _join_pairs(blocks)
        return blocks

    def _best_blocks(self) -> np.ndarray:
        return np.where(self.smooth[:, None, None], self.smooth_blocks, self._long_blocks())


def kaplan_yorke_dimension(exponents: np.ndarray, n_dimensions: int) -> np.ndarray:
    """Kaplan-Yorke dimension j + (l_1 + .. + l_j)/abs(l_{j+1}), j the last for which the sum is not negative.

    Parameters
    ----------
    exponents : array (..., n_exponents)
        In any order.
    n_dimensions : int
        Dimension of the state: the result where no sum is negative and all exponents are there.

    Returns
    -------
    array (...)
        NaN where no sum is negative but exponents are missing.
    """
    ordered = -np.sort(-np.asarray(exponents, dtype=float), axis=-1)
    n_exponents = ordered.shape[-1]
    sums = np.concatenate([np.zeros_like(ordered[..., :1]), np.cumsum(ordered, axis=-1)], axis=-1)
    count = np.minimum.accumulate(sums >= 0, axis=-1).sum(axis=-1) - 1
    last = np.take_along_axis(sums, count[..., None], axis=-1)[..., 0]
    following = np.take_along_axis(ordered, np.minimum(count, n_exponents - 1)[..., None], axis=-1)[..., 0]
    whole = float(n_dimensions) if n_exponents == n_dimensions else np.nan
    inside = count < n_exponents
    return np.where(inside, count + last / np.where(inside, np.abs(following), 1.0), whole)


def lyapunov_spectrum(
    model: Model,
    times: LyapunovTimes,
    *,
    start: Sequence,
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
    if noisy and state_parts(model) == 1 and sampled_start:
        raise ValueError("sampled_start needs complex fields: a real system has no vacuum")
    _, parts, n_modes = lanes.shape
    n_dimensions = parts * n_modes
    n_exponents = n_dimensions if n_exponents is None else n_exponents
    if not 1 <= n_exponents <= n_dimensions:
        raise ValueError(f"n_exponents is {n_exponents}: allowed is 1 to {n_dimensions}")
    n_steps = times.n_transient_steps + times.steps_per_interval * (
        times.n_alignment_intervals + times.n_blocks * times.intervals_per_block
    )
    if bath_noise and n_steps >= rng.MAX_STEPS:
        raise ValueError(f"the times have more than {rng.MAX_STEPS} steps, which the noise cannot number")
    vectors = _first_vectors(n_exponents, parts, n_modes, _chunk_width(model, n_exponents))
    kernels = _load(model.kernel_module(), noise=bath_noise)
    p = model.kernel_parameters(method)

    def run(row: int):
        stream = _Noise(seed, int(numbers[row]), model.n_noises) if noisy else None
        z = np.ascontiguousarray(lanes[row][:, :, None])
        if sampled_start:
            z += np.sqrt(model.vacuum_variance) * stream.start(n_modes)
        blocks = _run_trajectory(
            kernels, p, times, z, vectors.copy(), n_exponents, stream if bath_noise else None, progress
        )
        return *blocks, parts_to_states(z[:, :, 0], axis=0)

    if n_threads == 1:
        results = [run(row) for row in range(len(numbers))]
    else:
        with ThreadPoolExecutor(n_threads) as pool:
            results = list(pool.map(run, range(len(numbers))))
    blocks, smooth, final = map(np.stack, zip(*results, strict=True))
    return LyapunovSpectrum(times, numbers, blocks, smooth, final, n_dimensions)


def _join_pairs(blocks: np.ndarray) -> np.ndarray:
    return 0.5 * (blocks[:, 0::2] + blocks[:, 1::2])


def _stderr(blocks: np.ndarray) -> np.ndarray:
    return blocks.std(axis=1, ddof=1) / np.sqrt(blocks.shape[1])


def _load(model_module: str, noise: bool) -> ModuleType:
    """Kernels of a model, with the best derivative of its drift that it offers."""
    module = import_module(model_module)
    names, templates = ("drift", "kick") if noise else ("drift",), (lyapunov_kernel,)
    if hasattr(module, "tangent"):
        names = (*names, "tangent")
    elif hasattr(module, "jacobian"):
        names, templates = (*names, "jacobian"), (tangent_jacobian_kernel, *templates)
    else:
        templates = (tangent_difference_kernel, *templates)
    return load_kernel(templates, model_module, names)


class _Noise:
    """Normals of one trajectory, those of the ensemble solver."""

    def __init__(self, seed: int, trajectory: int, n_noises: int):
        # The generator takes the place of a model: the copy is renewed when the generator changes.
        self._fill = load_kernel((step_noise_kernel,), rng.__name__, ("fill_complex_normals",)).fill_steps
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
    if not hasattr(import_module(model.kernel_module()), "tangent"):
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


def _bump(n: int) -> np.ndarray:
    """Weights exp(-1/(t (1 - t))) at the middles of n intervals of [0, 1], of sum 1."""
    t = (np.arange(n) + 0.5) / n
    weights = np.exp(4.0 - 1.0 / (t * (1.0 - t)))
    return weights / weights.sum()


def _run_trajectory(kernels, p, times, z, vectors, n_exponents, stream, progress):
    """Growth rates in blocks (n_blocks, n_exponents) and smooth blocks (16, n_exponents); ``z`` is advanced in place."""
    h, n_steps, piece = times.time_step, 0, 1

    def advance(tangents: np.ndarray, growth: np.ndarray, steps: int) -> None:
        # Compiled code returns about once a SEGMENT_SECONDS, to be interrupted or reported on.
        nonlocal n_steps, piece
        done = 0
        while done < len(growth):
            most = piece if stream is None else min(piece, max(1, NOISE_NUMBERS // (steps * stream.n_noises + 1)))
            part = growth[done : done + most]
            began = time.perf_counter()
            noise = None if stream is None else stream.steps(n_steps, len(part) * steps)
            remainder = kernels.run_intervals(z, tangents, p, h, n_steps, steps, noise, part)
            elapsed = time.perf_counter() - began
            n_steps += len(part) * steps
            if not (np.isfinite(z).all() and np.isfinite(tangents).all() and np.isfinite(part).all()):
                raise DivergenceError(
                    f"a field or tangent vector became infinite before time {n_steps * h:g}: time_step = {h:g} or the "
                    "interval between orthonormalisations is too large"
                )
            if remainder < SMALLEST_REMAINDER:
                raise ValueError(
                    f"interval is {steps * h:g}: orthonormalisation leaves {remainder:.1g} of a vector, allowed is at "
                    f"least {SMALLEST_REMAINDER:g}; choose a shorter interval"
                )
            done += len(part)
            piece = max(1, int(len(part) * min(16.0, SEGMENT_SECONDS / max(elapsed, 1e-6))))
            if progress is not None:
                progress(len(part) * steps)

    advance(vectors[:0], np.empty((times.n_transient_steps, 0)), 1)
    piece = 1
    advance(vectors, np.empty((times.n_alignment_intervals, n_exponents)), times.steps_per_interval)
    growth = np.empty((times.n_blocks * times.intervals_per_block, n_exponents))
    advance(vectors, growth, times.steps_per_interval)
    growth /= times.steps_per_interval * h
    flat = growth.reshape(times.n_blocks, -1, n_exponents).mean(axis=1)
    long = growth.reshape(MIN_BATCHES, -1, n_exponents)
    return flat, np.einsum("bik,i->bk", long, _bump(long.shape[1]))
