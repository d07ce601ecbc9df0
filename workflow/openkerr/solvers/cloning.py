"""Growth of the moments of a small deviation by population dynamics (cloning), for any model and stepper.

A deviation delta of a noisy trajectory grows by another factor each time; its moments

    L(q) = lim ln <|delta|**q> / t

are convex in q, with L(0) = 0 and L'(0) the largest Lyapunov exponent, and are ruled by ever rarer trajectories: a
plain sample of n of them holds <|delta|**q> only while its logarithm varies by less than about ln n.  Here a population
of n clones follows the weighted law instead (Giardina, Kurchan, Peliti, Phys. Rev. Lett. 96, 120603 (2006); Tailleur,
Kurchan, Nat. Phys. 3, 203 (2007)): clone i carries the weight |delta_i|**q; where weights have become uneven, clones
of little weight are replaced by copies of heavy ones, which go on under other noise.  The product of the mean weights
estimates <|delta|**q> without bias for any n; its logarithm, and so L(q), is too low, by a term of order 1/n once n is
large enough.

A clone is a pair of trajectories under the same noise, which are brought back to a small distance after each interval:
the deviation is linear to the distance over the size of the fields, 1e-8, and rounding is of about the same order.
|delta| is the Euclidean norm of the state as it is kept between steps (`openkerr.solvers.stepper_kernel`); another norm
changes no rate.  Noise is a function of seed, number of the clone's place and step, resampling one of seed, number of
the population and step.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from types import ModuleType

import numpy as np

from openkerr.models.base import Method, Model
from openkerr.numerics import rng
from openkerr.numerics.compilation import bind, load_kernel
from openkerr.runtime.checkpoint import Checkpoint
from openkerr.solvers import cloning_kernel, step_noise_kernel
from openkerr.solvers.sde import DivergenceError
from openkerr.solvers.steppers import load_stepper, noise_channels
from openkerr.solvers.time_grid import TimeGrid

BLOCK = 64
"""Largest number of clones that are lanes of one block."""

DISTANCE = 1e-8
"""Distance of a pair in units of the norm of the fields."""

MOST_GROWTH = 12.0
"""Logarithm of a pair's growth within one interval beyond which it is no longer small."""


@dataclass(frozen=True)
class Clones:
    """Moments of the deviations of some populations.

    Attributes
    ----------
    times : (n_samples,)
        Time since the weighting began, in the model's unit.
    populations : (n_populations,) int
        Their numbers.
    log_moment : (n_populations, n_samples)
        ln of the estimate of <|delta|**q>, zero at the first time.
    mean_log : (n_populations, n_samples)
        <ln|delta|> of the clones of a population that is not weighted (q = 0); NaN of others.
    effective_share : (n_populations, n_samples)
        Effective number of clones, (sum of weights)**2 / sum of squared weights, per clone, before a resampling.
    ancestors : (n_populations, n_samples) int
        Clones of the first time that have descendants left.
    plain_log_moments : (n_populations, n_plain, n_samples)
        ln <|delta|**q> of the sample of a population that is not weighted, for each of ``plain_moments``.
    plain_effective : (n_populations, n_plain, n_samples)
        Effective number of its clones.
    """

    times: np.ndarray
    populations: np.ndarray
    log_moment: np.ndarray
    mean_log: np.ndarray
    effective_share: np.ndarray
    ancestors: np.ndarray
    plain_log_moments: np.ndarray
    plain_effective: np.ndarray


def simulate_clones(
    model: Model,
    grid: TimeGrid,
    *,
    states: np.ndarray,
    moment: float,
    n_clones: int,
    seed: int,
    populations: range,
    alignment_samples: int,
    plain_moments: Sequence[float] = (),
    least_share: float = 0.5,
    stepper: str = "runge_kutta",
    method: Method = "twa",
    bath_noise: bool = True,
    checkpoint: Checkpoint | None = None,
    progress: Callable[[int], None] | None = None,
) -> Clones:
    """Follow populations of deviations weighted by a power of their length.

    Parameters
    ----------
    model : Model
        Any model with the kernels of its stepper.
    grid : TimeGrid
        Step, interval between rescalings as the interval between samples, and number of these.
    states : complex array (n_populations, n_starts, n_modes)
        Fields at the start: clone i of a population starts at its state i modulo n_starts.
    moment : float
        Power q; 0 follows a plain sample, without weights.
    n_clones : int
        Clones of a population; a multiple of `BLOCK`, or fewer.
    seed : int
        Key of the noise; equal seeds and equal starts give the same trajectories until the first resampling, whatever
        the moment.
    populations : range
        Their numbers; the noise of population k is that of the trajectories k n_clones to (k + 1) n_clones.
    alignment_samples : int
        Sample at which the weighting, and the time, begins: before, deviations align.
    plain_moments : sequence of float
        Powers whose moments are taken from the plain sample (``moment = 0``) besides.
    least_share : float
        Clones are resampled where their effective number falls below this share of them; from 0 (never) to 1 (always).
    stepper, method, bath_noise
        As in `openkerr.solvers.sde.simulate_ensemble`.
    checkpoint : Checkpoint, optional
        Where finished populations are kept and found again; entered by the caller.
    progress : callable, optional
        Called with the number of clone-steps just done, once a population.

    Raises
    ------
    ValueError
        If sizes do not fit each other or the model, or a pair grows beyond what is linear within one interval.
    DivergenceError
        If a field becomes infinite or NaN.
    """
    _check(model, grid, states, n_clones, populations, alignment_samples, least_share)
    kernels = load_stepper(model, stepper, "double", "gaussian", (cloning_kernel,), bath_noise)
    n_noises = noise_channels(model, stepper, bath_noise)
    parts = []
    for index, number in enumerate(populations):
        name = f"population_{number}"
        state = checkpoint.load(name) if checkpoint else None
        if state is None:
            clones = _Pairs(
                model, grid, kernels, model.kernel_parameters(method), n_noises, bath_noise, number, n_clones, seed,
                states[index],
            )  # fmt: skip
            clones.align(alignment_samples)
            state = follow_clones(
                n_clones,
                grid.n_samples - alignment_samples,
                moment,
                advance=clones.advance,
                copy=clones.copy,
                uniform=clones.uniform,
                plain_moments=plain_moments,
                least_share=least_share,
            )
            if checkpoint:
                checkpoint.offer(name, state, finished=True)
        if progress is not None:
            progress(grid.n_steps * n_clones)
        parts.append(state)
    joined = {key: np.stack([part[key] for part in parts]) for key in parts[0]}
    times = grid.times[alignment_samples:] - grid.times[alignment_samples]
    return Clones(times=times, populations=np.array(populations), **joined)


def _check(
    model: Model,
    grid: TimeGrid,
    states: np.ndarray,
    n_clones: int,
    populations: range,
    alignment_samples: int,
    least_share: float,
) -> None:
    if model.parts == 1:
        raise ValueError(f"{type(model).__name__} has real modes: allowed are models of complex fields")
    if n_clones < 2 or n_clones % min(n_clones, BLOCK):
        raise ValueError(f"n_clones is {n_clones}: allowed is 2 to {BLOCK}, or a multiple of {BLOCK}")
    if np.ndim(states) != 3 or states.shape[0] != len(populations) or states.shape[2] != model.n_modes:
        raise ValueError(
            f"states have shape {np.shape(states)}: allowed is ({len(populations)}, n_starts, {model.n_modes})"
        )
    if not len(populations) or populations.step != 1 or populations.start < 0:
        raise ValueError(f"populations are {populations}: allowed is a range of step 1 of numbers from 0")
    if not 0 <= alignment_samples < grid.n_samples - 1:
        raise ValueError(f"alignment_samples is {alignment_samples}: allowed is 0 to {grid.n_samples - 2}")
    if not 0.0 <= least_share <= 1.0:
        raise ValueError(f"least_share is {least_share:g}: allowed is 0 to 1")
    if grid.n_steps >= rng.MAX_STEPS:
        raise ValueError(f"the time grid has more than {rng.MAX_STEPS} steps, which the noise cannot number")


def descendants(weights: np.ndarray, uniform: float) -> np.ndarray:
    """Numbers of copies of clones by systematic resampling, of the sum of the clones' number.

    Parameters
    ----------
    weights : (n,)
        Not negative, of positive sum.
    uniform : float
        In [0, 1): one number for all, so that copies differ from their expectation by less than one.

    Returns
    -------
    int array (n,)
    """
    n = len(weights)
    edges = np.cumsum(weights)
    # The last edge is the sum itself: no copy is lost to rounding.
    passed = np.ceil(n * (edges / edges[-1]) - uniform).astype(np.int64)
    return np.diff(np.clip(passed, 0, n), prepend=0)


def replacements(copies: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Places whose clones are copied and places that take them, (n_moved,) each; clones that stay do not move."""
    return np.repeat(np.arange(len(copies)), np.maximum(copies - 1, 0)), np.flatnonzero(copies == 0)


def follow_clones(
    n_clones: int,
    n_samples: int,
    moment: float,
    *,
    advance: Callable[[int], np.ndarray],
    copy: Callable[[np.ndarray, np.ndarray], None],
    uniform: Callable[[int], float],
    plain_moments: Sequence[float] = (),
    least_share: float = 0.5,
) -> dict[str, np.ndarray]:
    """Weight and resample one population, whatever its clones are.

    Parameters
    ----------
    n_clones, n_samples : int
        Clones, and samples of their weights, the first one before anything has grown.
    moment : float
        Power q; 0 for a plain sample.
    advance : callable
        Takes the number of a sample, from 1, and returns logarithms of the growth since the one before, (n_clones,).
    copy : callable
        Takes places whose clones are copied and the places that take them, (n_moved,) each.
    uniform : callable
        Takes the number of a sample and returns a uniform random number for its resampling.
    plain_moments, least_share
        As in `simulate_clones`.

    Returns
    -------
    dict of arrays
        ``log_moment``, ``mean_log``, ``effective_share``, ``ancestors`` (n_samples,), ``plain_log_moments`` and
        ``plain_effective`` (n_plain, n_samples): see `Clones`.
    """
    n_plain = len(plain_moments) if moment == 0.0 else 0
    log_moment, mean_log = np.zeros(n_samples), np.full(n_samples, np.nan)
    effective_share, ancestors = np.ones(n_samples), np.full(n_samples, n_clones)
    plain_log, plain_effective = np.zeros((n_plain, n_samples)), np.full((n_plain, n_samples), float(n_clones))
    if moment == 0.0:
        mean_log[0] = 0.0
    lengths, weights, total, origin = np.zeros(n_clones), np.zeros(n_clones), 0.0, np.arange(n_clones)
    for sample in range(1, n_samples):
        growth = advance(sample)
        if moment == 0.0:
            lengths += growth
            mean_log[sample] = lengths.mean()
            for row, power in enumerate(plain_moments):
                plain_log[row, sample], plain_effective[row, sample] = _log_mean(power * lengths)
            continue
        weights += moment * growth
        mean, effective = _log_mean(weights)
        log_moment[sample], effective_share[sample] = total + mean, effective / n_clones
        if effective < least_share * n_clones:
            sources, targets = replacements(descendants(np.exp(weights - weights.max()), uniform(sample)))
            copy(sources, targets)
            origin[targets] = origin[sources]
            total += mean
            weights[:] = 0.0
        ancestors[sample] = len(np.unique(origin))
    return {
        "log_moment": log_moment,
        "mean_log": mean_log,
        "effective_share": effective_share,
        "ancestors": ancestors,
        "plain_log_moments": plain_log,
        "plain_effective": plain_effective,
    }


class _Pairs:
    """Clones of one population: pairs of trajectories of a model, in blocks."""

    def __init__(
        self,
        model: Model,
        grid: TimeGrid,
        kernels: ModuleType,
        parameters: np.ndarray,
        n_noises: int,
        noisy: bool,
        number: int,
        n_clones: int,
        seed: int,
        starts: np.ndarray,
    ):
        self.model, self.grid, self._kernels = model, grid, kernels
        self._parameters, self._n_noises, self._noisy = parameters, n_noises, noisy
        self._number, self._seed = number, np.uint64(seed)
        self._draw = load_kernel((step_noise_kernel,), bind(rng, ("fill_complex_normals",))).fill_steps
        # Samples that came before: steps are counted from the start of the run, for their noise.
        self._aligned = 0
        # Normals of another key than the trajectories'.
        self._key = np.uint64(rng.stream_seed(int(seed) >> 1, "resampling"))
        n_lanes = min(n_clones, BLOCK)
        self._first, self._growth = number * n_clones, np.empty((n_clones // n_lanes, n_lanes))
        fields = np.moveaxis(starts[np.arange(n_clones) % len(starts)].reshape(-1, n_lanes, model.n_modes), 1, 2)
        self._pairs = np.zeros((len(fields), 2, 2, model.n_modes, n_lanes))
        self._pairs[:, 0, 0], self._pairs[:, 0, 1] = fields.real, fields.imag
        self._distance = DISTANCE * float(np.sqrt(np.mean(np.sum(np.abs(starts) ** 2, axis=1))))
        kernels.part_pairs(self._pairs, self._distance, self._seed, self._first)

    def align(self, n_samples: int) -> None:
        """Advance by so many samples, and count from there."""
        for sample in range(1, n_samples + 1):
            self.advance(sample)
        self._aligned = n_samples

    def advance(self, sample: int) -> np.ndarray:
        """Logarithms of the growth from the sample before to this one, (n_clones,)."""
        steps, sample = self.grid.steps_per_sample, self._aligned + sample
        self._kernels.advance_pairs(
            self._pairs, self._parameters, self.grid.time_step, (sample - 1) * steps, steps, self._seed, self._first,
            self._n_noises, self._noisy, self._distance, self._growth,
        )  # fmt: skip
        if not np.isfinite(self._growth).all():
            what = f"a member of a pair of {type(self.model).__name__}, or the inverse of their distance,"
            negative = self.model.negative_diffusion() if self._noisy else None
            raise DivergenceError(what, self.grid.times[sample], self.grid.time_step, negative)
        if self._growth.max() > MOST_GROWTH:
            raise ValueError(
                f"the interval between samples is {steps * self.grid.time_step:g}: a deviation grew by "
                f"e**{self._growth.max():.1f} within it, allowed is e**{MOST_GROWTH:g}"
            )
        return self._growth.ravel().copy()

    def copy(self, sources: np.ndarray, targets: np.ndarray) -> None:
        """Copy pairs over others."""
        self._kernels.copy_pairs(self._pairs, sources, targets)

    def uniform(self, sample: int) -> float:
        """Uniform random number in (0, 1) of this population and sample."""
        normal = np.empty((1, 2, 1, 1))
        self._draw(normal, self._key, self._number, self._aligned + sample, rng.DYNAMICS)
        # |zeta|**2 of a unit complex normal is exponential.
        return float(np.exp(-np.sum(normal**2)))


def _log_mean(logs: np.ndarray) -> tuple[float, float]:
    """ln of the mean of exp(logs), and the effective number of its terms."""
    largest = logs.max()
    terms = np.exp(logs - largest)
    total = terms.sum()
    return float(largest + np.log(total / len(logs))), float(total**2 / np.sum(terms**2))
