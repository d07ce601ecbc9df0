"""Estimates from the growth rates of tangent vectors: exponents with errors, Kaplan-Yorke dimension."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np
from scipy.special import stdtrit

from openkerr.numerics.stats import MIN_BATCHES, batch_mean, bootstrap
from openkerr.solvers.time_grid import whole_ratio

MISALIGNED = 0.0027
"""Probability with which vectors that have aligned are said not to have: three standard errors, for a whole run."""


@dataclass(frozen=True)
class LyapunovTimes:
    """Times of a run: a burn-in of the state alone, an alignment of the vectors, then blocks that count.

    ``n_blocks`` is 16 times a power of two, so that blocks can be joined in pairs down to 16.  In the first
    ``n_step_intervals`` of their intervals half the step is run beside.
    """

    time_step: float
    steps_per_interval: int
    n_burn_in_steps: int
    n_alignment_intervals: int
    intervals_per_block: int
    n_blocks: int
    n_step_intervals: int = 0

    @classmethod
    def from_times(
        cls,
        time_step: float,
        interval: float,
        averaging_time: float,
        burn_in: float = 0.0,
        alignment: float | None = None,
        n_blocks: int = 64,
        step_time: float = 0.0,
    ) -> LyapunovTimes:
        """Times in the model's unit.

        Parameters
        ----------
        time_step, interval : float
            Step, and time between orthonormalisations; the spread of the exponents times the interval should stay
            below about 10.
        averaging_time : float
            Time that the exponents are averaged over, a whole multiple of ``n_blocks`` intervals.
        burn_in, alignment : float
            Times that are discarded, before and after the vectors are started; the default alignment is a tenth of
            the averaging time, rounded up to whole intervals.
        n_blocks : int
            Blocks of the averaging time: 16, 32, 64, ...
        step_time : float
            Time in which half the step is run beside, rounded up to whole pairs of intervals; at most the averaging
            time.

        Raises
        ------
        ValueError
            If a time is no whole multiple of what it is made of, the number of blocks is not allowed, or
            ``step_time`` is not within the averaging time.
        """
        doublings = n_blocks // MIN_BATCHES
        if n_blocks != MIN_BATCHES * doublings or doublings < 1 or doublings & (doublings - 1):
            raise ValueError(f"n_blocks is {n_blocks}: allowed is {MIN_BATCHES} times a power of two")
        per_block = whole_ratio(averaging_time, n_blocks * interval, "averaging_time", f"interval times {n_blocks}")
        if not 0 <= step_time <= averaging_time:
            raise ValueError(f"step_time is {step_time:g}: allowed is 0 to averaging_time = {averaging_time:g}")
        if alignment is None:
            n_alignment = -(-n_blocks * per_block // 10)
        else:
            n_alignment = whole_ratio(alignment, interval, "alignment", "interval") if alignment else 0
        return cls(
            time_step,
            whole_ratio(interval, time_step, "interval", "time_step"),
            whole_ratio(burn_in, time_step, "burn_in", "time_step") if burn_in else 0,
            n_alignment,
            per_block,
            n_blocks,
            2 * math.ceil(step_time / (2 * interval) - 1e-9),
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
    step : (n_trajectories, n_step_intervals, n_exponents)
        What the time step adds to the growth rate in each interval after the alignment: the difference from half the
        step, extrapolated to none.  It holds the drift alone; kicks are the same in both.
    """

    times: LyapunovTimes
    trajectories: np.ndarray
    blocks: np.ndarray = field(repr=False)
    smooth_blocks: np.ndarray = field(repr=False)
    final: np.ndarray = field(repr=False)
    n_dimensions: int
    step: np.ndarray = field(repr=False)

    @property
    def smooth(self) -> np.ndarray:
        """Whether the smooth weighting is the one to use, bool (n_trajectories, n_exponents).

        Both weightings estimate the same mean.  In regular motion the smooth one converges faster than any power of
        the time (Das, Saiki, Sander, Yorke, Nonlinearity 30, 4111 (2017)); in chaos it wastes half of the time.  It
        is used where it at least halves the error, which fluctuations of the error alone do not, or where both errors
        are rounding.
        """
        flat, smooth = _stderr(self._long_blocks()), _stderr(self.smooth_blocks)
        return smooth <= np.maximum(0.5 * flat, self._rounding())

    @property
    def exponents(self) -> np.ndarray:
        """Exponents of every trajectory, shape (n_trajectories, n_exponents)."""
        return self._best_blocks().mean(axis=1)

    @property
    def stderr(self) -> np.ndarray:
        """Standard errors from the scatter of 16 blocks and their correlation, shape (n_trajectories, n_exponents).

        With tau the integrated autocorrelation time of the blocks in blocks, (1 + r)/(1 - r) from the correlation r of
        neighbours corrected for its bias in short series (Marriott and Pope, Biometrika 41, 390 (1954)) and at least
        1, there are 16/tau independent ones; the error is that of their mean, times the 68.27 % point of Student's
        distribution, which few blocks need.  Memory that is longer than about half of the run cannot be seen.
        """
        return _correlated_stderr(self._best_blocks())

    @property
    def drift(self) -> np.ndarray:
        """Growth rate in the first quarter less that in the rest, shape (n_trajectories, n_exponents)."""
        blocks = self._long_blocks()
        return blocks[:, : MIN_BATCHES // 4].mean(axis=1) - blocks[:, MIN_BATCHES // 4 :].mean(axis=1)

    @property
    def aligned(self) -> np.ndarray:
        """Whether the vectors of each trajectory had aligned before they counted, bool (n_trajectories,).

        Vectors that have not, grow at rates that drift.  The drift from the first quarter of 16 blocks to the rest is
        compared with its standard error, from the rest, by Student's distribution, the exponents of a run together
        (Bonferroni).  A drift that is much slower than the run is not seen.
        """
        late = self._long_blocks()[:, MIN_BATCHES // 4 :]
        # The mean of the rest is known to s/sqrt(12), the difference of a quarter and the rest to twice as much.
        error, n_exponents = 2 * _correlated_stderr(late), late.shape[2]
        allowed = -stdtrit(late.shape[1] - 2, MISALIGNED / 2 / n_exponents)
        return np.all(np.abs(self.drift) <= allowed * error + self._rounding(), axis=1)

    @property
    def systematic(self) -> np.ndarray:
        """Systematic error of each exponent, shape (n_trajectories, n_exponents): `step_error` and misalignment.

        Where the vectors had not aligned it holds what the first quarter has moved the mean by.
        """
        return np.hypot(self.step_error, np.where(self.aligned[:, None], 0.0, self.drift / 4))

    @property
    def step_error(self) -> np.ndarray:
        """What the time step may have added to each exponent, shape (n_trajectories, n_exponents); NaN unmeasured.

        Root of the squares of the difference, its average weighted by a bump, and of its change to the average over
        the second half, which holds what is left of the path's own transient to the orbit of the other step.  In
        regular motion it is the step's; in chaos the two paths part and it is a bound that their scatter sets.
        """
        n = self.step.shape[1]
        if n == 0:
            return np.full(self.exponents.shape, np.nan)
        whole = np.einsum("tik,i->tk", self.step, bump(n))
        late = np.einsum("tik,i->tk", self.step[:, n // 2 :], bump(n - n // 2))
        return np.hypot(whole, whole - late)

    def pooled_step(self) -> tuple[np.ndarray, np.ndarray]:
        """What the time step adds to the mean over trajectories of one state, and its error: arrays (n_exponents,).

        The error is the scatter of the trajectories.  Of the first half and the whole of the time the one with less of
        it counts: where chaos drives the paths apart the first, while they are still close.

        Raises
        ------
        ValueError
            With fewer than 16 trajectories, or where the step was not measured.
        """
        n = self.step.shape[1]
        if n == 0:
            raise ValueError("the step was not measured: step_time is 0")
        weights = np.ones(len(self.step))
        values, errors = zip(*(batch_mean(self.step[:, :m].mean(axis=1), weights) for m in (n // 2, n)), strict=True)
        best = np.argmin(errors, axis=0)[None]
        return tuple(np.take_along_axis(np.array(each), best, axis=0)[0] for each in (values, errors))

    def pooled_drift(self) -> tuple[np.ndarray, bool]:
        """Drift of the mean over trajectories of one state, array (n_exponents,), and whether they had aligned.

        As `drift` and `aligned`, with the error from 16 or more trajectories.
        """
        value, error = batch_mean(self.drift, np.ones(len(self.drift)))
        allowed = -stdtrit(len(self.drift) - 1, MISALIGNED / 2 / len(value))
        return value, bool(np.all(np.abs(value) <= allowed * error + self._rounding().max()))

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
        With 16 blocks there is nothing to compare, and all pass.
        """
        errors = self.stderr_by_doubling()
        allowed = 1.0 + 3.0 * np.sqrt(0.5 / (MIN_BATCHES - 1) - 0.5 / (self.times.n_blocks - 1))
        return np.all(self.smooth | (errors[-1] <= allowed * errors[0] + self._rounding()), axis=1)

    def pooled(self) -> tuple[np.ndarray, np.ndarray]:
        """Mean over trajectories of one and the same attractor, and its standard error: arrays (n_exponents,).

        The error is that of independent trajectories where there are 16 or more, else it follows from the blocks.
        """
        values = self.exponents
        if len(values) >= MIN_BATCHES:
            return batch_mean(values, np.ones(len(values)))
        return values.mean(axis=0), np.sqrt(np.sum(self.stderr**2, axis=0)) / len(values)

    def kaplan_yorke(self, zero_tolerance: np.ndarray | float = 0.0) -> tuple[np.ndarray, np.ndarray]:
        """Kaplan-Yorke dimension of every trajectory, and its standard error by the bootstrap: (n_trajectories,).

        The dimension has kinks and jumps where a sum of exponents goes through zero.  It is that of the mean exponents,
        never outside 0 to the dimension of the state, and the error the farther end of the central 68.27 % of
        resampled blocks: of order one where the data leave a whole dimension open.  Blocks scatter as `stderr` has it.

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
        blocks, mean_blocks = self._best_blocks(), self.exponents[:, None]
        plain = _stderr(blocks)
        wider = np.divide(self.stderr, plain, out=np.ones_like(plain), where=plain > 0)[:, None]
        blocks = mean_blocks + wider * (blocks - mean_blocks)
        for rows, mean, limit in zip(blocks, self.exponents, tolerance, strict=True):
            rows = np.where(np.abs(mean) <= limit, 0.0, rows)
            results.append(bootstrap(lambda x: kaplan_yorke_dimension(x, self.n_dimensions), rows))
        values, errors = zip(*results, strict=True)
        return np.array(values), np.array(errors)

    def _long_blocks(self) -> np.ndarray:
        blocks = self.blocks
        while blocks.shape[1] > MIN_BATCHES:
            blocks = _join_pairs(blocks)
        return blocks

    def _best_blocks(self) -> np.ndarray:
        return np.where(self.smooth[:, None, :], self.smooth_blocks, self._long_blocks())

    def _rounding(self) -> np.ndarray:
        return 1e-12 * np.abs(self.blocks).max(axis=(1, 2))[:, None]


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


def bump(n: int) -> np.ndarray:
    """Weights exp(-1/(t (1 - t))) at the middles of n intervals of [0, 1], of sum 1."""
    t = (np.arange(n) + 0.5) / n
    weights = np.exp(4.0 - 1.0 / (t * (1.0 - t)))
    return weights / weights.sum()


def _join_pairs(blocks: np.ndarray) -> np.ndarray:
    return 0.5 * (blocks[:, 0::2] + blocks[:, 1::2])


def _stderr(blocks: np.ndarray) -> np.ndarray:
    return blocks.std(axis=1, ddof=1) / np.sqrt(blocks.shape[1])


def _correlated_stderr(blocks: np.ndarray) -> np.ndarray:
    """Standard error of the mean of correlated blocks (n_trajectories, n_blocks, n_exponents)."""
    n = blocks.shape[1]
    deviations = blocks - blocks.mean(axis=1, keepdims=True)
    squares = np.sum(deviations**2, axis=1)
    products = np.sum(deviations[:, 1:] * deviations[:, :-1], axis=1)
    r = np.divide(products, squares, out=np.zeros_like(squares), where=squares > 0)
    # To first order in 1/n a correlation r is found as r - (1 + 4 r)/n; beyond 0.9 there is one block or less.
    r = np.clip((n * r + 1) / (n - 4), 0.0, 0.9)
    tau = (1 + r) / (1 - r)
    independent = np.maximum(n / tau, 2.0)
    # Deviations from the mean of the run itself lack the variance of that mean.
    variance = squares / n / (1 - 1 / independent)
    return stdtrit(independent - 1, 0.5 + 0.5 * 0.6826894921) * np.sqrt(variance / independent)
