"""Estimates from the growth rates of tangent vectors: exponents with errors, Kaplan-Yorke dimension."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from openkerr.numerics.stats import MIN_BATCHES, batch_mean, jackknife
from openkerr.solvers.time_grid import whole_ratio


@dataclass(frozen=True)
class LyapunovTimes:
    """Times of a run: a burn-in of the state alone, an alignment of the vectors, then blocks that count.

    ``n_blocks`` is 16 times a power of two, so that blocks can be joined in pairs down to 16.
    """

    time_step: float
    steps_per_interval: int
    n_burn_in_steps: int
    n_alignment_intervals: int
    intervals_per_block: int
    n_blocks: int

    @classmethod
    def from_times(
        cls,
        time_step: float,
        interval: float,
        averaging_time: float,
        burn_in: float = 0.0,
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
        burn_in, alignment : float
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
            whole_ratio(burn_in, time_step, "burn_in", "time_step") if burn_in else 0,
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


def _join_pairs(blocks: np.ndarray) -> np.ndarray:
    return 0.5 * (blocks[:, 0::2] + blocks[:, 1::2])


def _stderr(blocks: np.ndarray) -> np.ndarray:
    return blocks.std(axis=1, ddof=1) / np.sqrt(blocks.shape[1])
