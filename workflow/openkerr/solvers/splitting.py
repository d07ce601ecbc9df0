"""Rates of rare passages by forward flux sampling, for any model and stepper.

A passage leads from a state A, where a coordinate q is below the first of some interfaces, to a state B beyond the last
one.  Its rate, the number of passages over the time in which A was visited later than B, is

    k = Phi P(2|1) P(3|2) ... P(n|n-1)

with the flux Phi of trajectories that come from A through the first interface, and the probabilities to reach an
interface from the one before rather than A (Allen, Warren, ten Wolde, Phys. Rev. Lett. 94, 018104 (2005); J. Chem.
Phys. 124, 024102 (2006)).  Each factor is sampled with a fixed number of trials from the states that the stage before
has left at its interface, so that rare passages are made of steps that are not rare.  The product is an unbiased
estimate for any number of trials and any coordinate; a poor coordinate costs variance.  Errors come from independent
populations.  Where interfaces are placed by a pilot population (`place_interfaces`) the others know nothing of it.

A trajectory is looked at once a sample.  The coordinate is a function of the fields, and with a memory its exponential
mean over the past, which is part of what a stored state keeps.  Stored states are observed ones, from which a trial
goes on as from any start (`openkerr.solvers.stepper_kernel`).  Noise is a function of seed, number of the trial and
step; which state a trial starts from, of seed, population and stage.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from types import ModuleType

import numpy as np

from openkerr.models.base import Method, Model
from openkerr.runtime.checkpoint import Checkpoint
from openkerr.solvers import splitting_kernel
from openkerr.solvers.sde import DivergenceError
from openkerr.solvers.steppers import PRECISIONS, load_stepper, noise_channels

MAX_STAGES = 1024
"""Stages of a population whose noise is kept apart."""

MAX_TRIALS = 2**24
"""Trials of a stage whose noise is kept apart."""

Coordinate = Callable[[np.ndarray], np.ndarray]
"""Takes fields (2, n_modes, n_trajectories), real and imaginary parts, and returns q, (n_trajectories,)."""


class StuckError(RuntimeError):
    """A trial neither reached the next interface nor returned in the time that it was given."""


@dataclass(frozen=True)
class ForwardFlux:
    """Passages of some populations.

    Attributes
    ----------
    interfaces : (n_interfaces,)
    populations : (n_populations,) int
    flux : (n_populations,)
        Phi, in the inverse unit of time of the model.
    probability : (n_populations, n_interfaces - 1)
        Shares of trials that reached the next interface; zero after a stage without any.
    rate : (n_populations,)
        Their products.
    n_reached : (n_populations, n_interfaces - 1) int
        Trials that reached the next interface.
    simulated_time : (n_populations,)
        Time of all trajectories, burn-in included; lanes that have ended while others of their block run count too.
    """

    interfaces: np.ndarray
    populations: np.ndarray
    flux: np.ndarray
    probability: np.ndarray
    rate: np.ndarray
    n_reached: np.ndarray
    simulated_time: np.ndarray


@dataclass(frozen=True)
class Trials:
    """Numerics of forward flux sampling.

    Attributes
    ----------
    time_step : float
        In the model's unit of time.
    steps_per_sample : int
    n_lanes, block : int
        Trajectories from which the flux is taken, a multiple of the trajectories of a block.
    burn_in_samples, flux_samples : int
        Samples of these before the flux is counted, and while it is.
    n_trials : int
        Trials of a stage, a multiple of ``block``.
    max_samples : int
        Samples after which a trial that has not ended is a fault.
    memory_samples : float
        Time of the coordinate's exponential mean, in samples; 0 takes it as it is.
    """

    time_step: float
    steps_per_sample: int
    n_lanes: int
    block: int
    burn_in_samples: int
    flux_samples: int
    n_trials: int
    max_samples: int = 100_000
    memory_samples: float = 0.0


def forward_flux(
    model: Model,
    trials: Trials,
    coordinate: Coordinate,
    interfaces: Sequence[float],
    *,
    starts: np.ndarray,
    seed: int,
    populations: range,
    stepper: str = "runge_kutta",
    precision: str = "double",
    method: Method = "twa",
    checkpoint: Checkpoint | None = None,
    progress: Callable[[int], None] | None = None,
) -> ForwardFlux:
    """Estimate the rate of passages from below the first interface to beyond the last one.

    Parameters
    ----------
    model : Model
        Any model with the kernels of its stepper.
    trials : Trials
    coordinate : callable
        See `Coordinate`.
    interfaces : sequence of float
        Two or more, strictly increasing.
    starts : complex array (n_starts, n_modes)
        Fields from which trajectories start, in turn, in A; they should forget them within the burn-in.
    seed : int
        Key of the noise, see `openkerr.numerics.rng.stream_seed`.
    populations : range
        Numbers of the populations, from 0.
    stepper, precision, method
        As in `openkerr.solvers.sde.simulate_ensemble`.
    checkpoint : Checkpoint, optional
        Where finished populations are kept and found again; entered by the caller.
    progress : callable, optional
        Called with 1 after each population.

    Raises
    ------
    ValueError
        If sizes or interfaces are out of range.
    StuckError
        If a trial does not end.
    DivergenceError
        If a field becomes infinite or NaN.
    """
    levels = _checked(model, trials, interfaces, starts, populations)
    parts = []
    for number in populations:
        name = f"population_{number}"
        state = checkpoint.load(name) if checkpoint else None
        if state is None:
            # Number 0 of the noise is the pilot's.
            sampler = _Sampler(model, trials, coordinate, starts, seed, number + 1, stepper, precision, method)
            state = _follow(sampler, levels)
            if checkpoint:
                checkpoint.offer(name, state, finished=True)
        if progress is not None:
            progress(1)
        parts.append(state)
    joined = {key: np.stack([part[key] for part in parts]) for key in parts[0]}
    rate = joined["flux"] * joined["probability"].prod(axis=1)
    return ForwardFlux(interfaces=levels, populations=np.array(populations), rate=rate, **joined)


def place_interfaces(
    model: Model,
    trials: Trials,
    coordinate: Coordinate,
    ends: tuple[float, float],
    *,
    starts: np.ndarray,
    seed: int,
    share: float = 0.3,
    stepper: str = "runge_kutta",
    precision: str = "double",
    method: Method = "twa",
) -> np.ndarray:
    """Place interfaces between two ends so that about a share of a pilot's trials reaches the next one from each.

    Each stage first runs its trials until they return to A or reach the last interface, and takes for the next
    interface the quantile of the greatest coordinates that they came to.

    Returns
    -------
    array (n_interfaces,)
        The ends included.

    Raises
    ------
    ValueError
        Also if no trial gets any further, or none crosses the first interface while the flux is counted.
    """
    if not 0 < share < 1:
        raise ValueError(f"share is {share:g}: allowed is above 0 and below 1")
    first, last = _checked(model, trials, ends, starts, range(1))
    sampler = _Sampler(model, trials, coordinate, starts, seed, 0, stepper, precision, method)
    _, stored = sampler.flux(first, last)
    levels = [first]
    while len(levels) < MAX_STAGES // 2:
        if not len(stored.coordinate):
            raise ValueError(f"no trajectory crosses {levels[-1]:g}: allowed are ends between which the pilot goes")
        reached = sampler.run(stored, first, last, 2 * len(levels)).greatest
        beyond = reached[reached > levels[-1]]
        if not beyond.size:
            raise ValueError(f"no trial gets beyond {levels[-1]:g}: allowed are more trials, or a larger share")
        # Where fewer than the share get any further, the least of those that do.
        level = max(float(np.quantile(reached, 1 - share)), float(beyond.min()))
        if level >= last:
            break
        stored = sampler.run(stored, first, level, 2 * len(levels) + 1).reached
        levels.append(level)
    return np.array([*levels, last])


def _checked(
    model: Model, trials: Trials, interfaces: Sequence[float], starts: np.ndarray, populations: range
) -> np.ndarray:
    levels = np.asarray(interfaces, dtype=float)
    if levels.ndim != 1 or len(levels) < 2 or not (np.diff(levels) > 0).all() or not np.isfinite(levels).all():
        raise ValueError(f"interfaces are {levels.tolist()}: allowed are two or more finite ones, strictly increasing")
    if len(levels) > MAX_STAGES // 2:
        raise ValueError(f"there are {len(levels)} interfaces: allowed are at most {MAX_STAGES // 2}")
    for name in ("n_lanes", "n_trials"):
        value = getattr(trials, name)
        if trials.block < 1 or value < 1 or value % trials.block or value > MAX_TRIALS:
            raise ValueError(f"{name} is {value}: allowed is a positive multiple of block = {trials.block}")
    for name in ("steps_per_sample", "flux_samples", "max_samples"):
        if getattr(trials, name) < 1:
            raise ValueError(f"{name} is {getattr(trials, name)}: allowed is at least 1")
    if trials.burn_in_samples < 0 or trials.memory_samples < 0 or not trials.time_step > 0:
        raise ValueError("burn_in_samples and memory_samples are at least 0, and time_step is above 0")
    if np.ndim(starts) != 2 or not len(starts) or np.shape(starts)[1] != model.n_modes:
        raise ValueError(f"starts have shape {np.shape(starts)}: allowed is (n_starts, {model.n_modes})")
    if not len(populations) or populations.step != 1 or populations.start < 0:
        raise ValueError(f"populations are {populations}: allowed is a range of step 1 of numbers from 0")
    return levels


def _follow(sampler: _Sampler, levels: np.ndarray) -> dict[str, np.ndarray]:
    """All stages of one population."""
    flux, stored = sampler.flux(levels[0], levels[-1])
    n_stages = len(levels) - 1
    probability, n_reached = np.zeros(n_stages), np.zeros(n_stages, dtype=np.int64)
    for stage in range(n_stages):
        if not len(stored.coordinate):
            break
        stored = sampler.run(stored, levels[0], levels[stage + 1], stage + 1).reached
        n_reached[stage] = len(stored.coordinate)
        probability[stage] = n_reached[stage] / sampler.trials.n_trials
    return {
        "flux": np.array(flux),
        "probability": probability,
        "n_reached": n_reached,
        "simulated_time": np.array(sampler.simulated_time),
    }


@dataclass(frozen=True)
class _Stored:
    """Observed states at an interface: fields (n, 2, n_modes), and the coordinate with its memory (n,)."""

    fields: np.ndarray
    coordinate: np.ndarray


@dataclass(frozen=True)
class _Ended:
    """Trials after a stage: states of those that reached its interface, and how far each came."""

    reached: _Stored
    greatest: np.ndarray


class _Sampler:
    """Trajectories of one population."""

    def __init__(
        self,
        model: Model,
        trials: Trials,
        coordinate: Coordinate,
        starts: np.ndarray,
        seed: int,
        number: int,
        stepper: str,
        precision: str,
        method: Method,
    ):
        self.trials, self.simulated_time = trials, 0.0
        self._model, self._coordinate, self._starts = model, coordinate, np.asarray(starts, dtype=complex)
        self._kernels: ModuleType = load_stepper(model, stepper, precision, "gaussian", (splitting_kernel,))
        self._real = PRECISIONS[precision]
        self._parameters = model.kernel_parameters(method).astype(self._real)
        self._n_noises = noise_channels(model, stepper, True)
        self._seed, self._number = np.uint64(seed), number
        memory = trials.memory_samples
        self._gain = 1.0 if memory == 0 else -np.expm1(-1.0 / memory)

    def flux(self, first: float, last: float) -> tuple[float, _Stored]:
        """Flux out of A through the first interface, and the states there."""
        trials = self.trials
        states, observed = self._blocks(trials.n_lanes)
        place = np.arange(trials.n_lanes) % len(self._starts)
        self._fill(states, self._starts[place].real, self._starts[place].imag)
        running = np.ones(len(states), dtype=bool)
        mean = self._coordinate(self._flat(states))
        inside, from_a = mean < first, np.ones(trials.n_lanes, dtype=bool)
        counted, fields, values = 0, [], []
        for sample in range(1, trials.burn_in_samples + trials.flux_samples + 1):
            mean = self._advance(states, running, observed, sample, 0, mean)
            # Beyond the last interface a trajectory belongs to B until it is back in A.
            from_a = np.where(mean >= last, False, np.where(mean < first, True, from_a))
            crossed = inside & (mean >= first)
            inside = mean < first
            if sample > trials.burn_in_samples:
                counted += int(from_a.sum())
                if crossed.any():
                    fields.append(np.moveaxis(self._flat(observed)[:, :, crossed], 2, 0))
                    values.append(mean[crossed])
        stored = _Stored(
            np.concatenate(fields) if fields else np.zeros((0, 2, self._model.n_modes)),
            np.concatenate(values) if values else np.zeros(0),
        )
        time = counted * trials.steps_per_sample * trials.time_step
        return (len(stored.coordinate) / time if time else 0.0), stored

    def run(self, stored: _Stored, first: float, target: float, stage: int) -> _Ended:
        """Trials from stored states, until each is back in A or has reached a target."""
        trials, n = self.trials, self.trials.n_trials
        generator = np.random.default_rng([int(self._seed), self._number, stage])
        place = generator.integers(len(stored.coordinate), size=n)
        states, observed = self._blocks(n)
        self._fill(states, stored.fields[place, 0], stored.fields[place, 1])
        observed[:] = states
        mean, greatest = stored.coordinate[place], stored.coordinate[place].copy()
        there = mean >= target
        ended, kept = there.copy(), _Stored(stored.fields[place].copy(), mean.copy())
        for sample in range(1, trials.max_samples + 1):
            if ended.all():
                return _Ended(_Stored(kept.fields[there], kept.coordinate[there]), greatest)
            running = np.asarray(~ended.reshape(len(states), trials.block).all(axis=1))
            mean = self._advance(states, running, observed, sample, stage, mean)
            greatest = np.where(ended, greatest, np.maximum(greatest, mean))
            arrived = ~ended & (mean >= target)
            if arrived.any():
                kept.fields[arrived] = np.moveaxis(self._flat(observed)[:, :, arrived], 2, 0)
                kept.coordinate[arrived] = mean[arrived]
            there |= arrived
            ended |= arrived | (mean < first)
        left = int((~ended).sum())
        raise StuckError(
            f"{left} of {n} trials neither reached {target:g} nor fell below {first:g} in {trials.max_samples} "
            "samples: max_samples or the interfaces must change"
        )

    def _advance(
        self, states: np.ndarray, running: np.ndarray, observed: np.ndarray, sample: int, stage: int, mean: np.ndarray
    ) -> np.ndarray:
        """Advance to a sample, and return the coordinate there; that of blocks that do not run stays."""
        trials = self.trials
        first = (self._number * MAX_STAGES + stage) * MAX_TRIALS
        self._kernels.advance_blocks(
            states, running, self._parameters, self._real(trials.time_step), (sample - 1) * trials.steps_per_sample,
            trials.steps_per_sample, self._seed, first, self._n_noises, True, observed,
        )  # fmt: skip
        self.simulated_time += running.sum() * trials.block * trials.steps_per_sample * trials.time_step
        now = self._coordinate(self._flat(observed))
        if not np.isfinite(now).all():
            what = f"a trajectory of {type(self._model).__name__}"
            reached = sample * trials.steps_per_sample * trials.time_step
            raise DivergenceError(what, reached, trials.time_step, self._model.negative_diffusion())
        return np.where(np.repeat(running, trials.block), mean + self._gain * (now - mean), mean)

    def _blocks(self, n: int) -> tuple[np.ndarray, np.ndarray]:
        """Zeroed states and observed states of so many trajectories."""
        shape = (n // self.trials.block, 2, self._model.n_modes, self.trials.block)
        return np.zeros(shape, self._real), np.zeros(shape, self._real)

    def _fill(self, states: np.ndarray, real: np.ndarray, imag: np.ndarray) -> None:
        """Put fields (n, n_modes) into blocks."""
        for part, values in enumerate((real, imag)):
            states[:, part] = values.reshape(len(states), self.trials.block, -1).transpose(0, 2, 1)

    def _flat(self, states: np.ndarray) -> np.ndarray:
        """Blocks as (2, n_modes, n_trajectories)."""
        return states.transpose(1, 2, 0, 3).reshape(2, self._model.n_modes, -1)


def splitting_rate(found: ForwardFlux) -> tuple[float, float]:
    """Mean of the populations' rates, and its standard error from their scatter.

    Raises
    ------
    ValueError
        With fewer than two populations.
    """
    n = len(found.rate)
    if n < 2:
        raise ValueError(f"there is {n} population: allowed are two or more")
    return float(found.rate.mean()), float(found.rate.std(ddof=1) / np.sqrt(n))
