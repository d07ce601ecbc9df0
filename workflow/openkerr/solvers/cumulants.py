"""Second-order cumulants of any model: its means and covariances in time, and at rest.

The equations are those of `openkerr.algebra.gaussian`.  They are deterministic: a run ends at rest, in a periodic or
chaotic motion, or nowhere.  What it averages to is told only of runs that stay among the moments that a quantum state
can have, that is with a covariance matrix that obeys the uncertainty relation, and so with no negative photon number.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Literal, get_args

import numpy as np
from numpy.typing import ArrayLike

from openkerr.algebra.gaussian import GaussianEquations, average
from openkerr.algebra.polynomials import JumpOperator, Polynomial
from openkerr.algebra.wigner import weyl_symbol
from openkerr.models.base import Model
from openkerr.solvers import gaussian_kernel
from openkerr.solvers.time_grid import TimeGrid

Outcome = Literal["stationary", "moving", "unphysical", "diverged"]
OUTCOMES: tuple[Outcome, ...] = get_args(Outcome)

UNCERTAINTY_TOLERANCE = 1e-3
"""How far below zero an eigenvalue of V + i Omega/4 may be by errors of the step, over 1 + the largest variance."""

REST_TOLERANCE = 1e-8
"""A state is at rest where no moment changes by more than this, relative to 1 + the largest one, in a unit of time."""


LARGEST = 1e75
"""Moments beyond this have diverged: their fourth power would overflow."""


@dataclass(frozen=True)
class GaussianState:
    """Means and covariances of the modes.

    Attributes
    ----------
    mean : complex array (n_modes,)
        <a_k>.
    covariance : float array (2 n_modes, 2 n_modes)
        In symmetric order, of (Re a_1 .. Re a_n, Im a_1 .. Im a_n); a quarter of the unit matrix in a coherent state.
    """

    mean: np.ndarray
    covariance: np.ndarray = field(repr=False)

    @classmethod
    def coherent(cls, alpha: ArrayLike) -> GaussianState:
        """Product of coherent states with amplitudes ``alpha`` (n_modes,)."""
        mean = np.atleast_1d(np.asarray(alpha, dtype=complex))
        return cls(mean, 0.25 * np.eye(2 * mean.size))

    @property
    def photon_number(self) -> np.ndarray:
        """<a_k† a_k>, (n_modes,)."""
        n, variance = self.mean.size, np.diag(self.covariance)
        return np.abs(self.mean) ** 2 + variance[:n] + variance[n:] - 0.5

    @property
    def pair_amplitude(self) -> np.ndarray:
        """<a_k a_k>, (n_modes,) complex."""
        n, v = self.mean.size, self.covariance
        anomalous = np.diag(v)[:n] - np.diag(v)[n:] + 2j * np.diag(v[:n, n:])
        return self.mean**2 + anomalous

    @property
    def number_fluctuation(self) -> np.ndarray:
        """<n_k²> - <n_k>² - <n_k> = |<aa>|² + <a†a>² - 2 |<a>|⁴ (arXiv:2409.12225, Eq. 37), (n_modes,)."""
        return np.abs(self.pair_amplitude) ** 2 + self.photon_number**2 - 2 * np.abs(self.mean) ** 4

    @property
    def uncertainty(self) -> float:
        """Smallest eigenvalue of V + i Omega/4: negative where no quantum state has this covariance, or NaN."""
        if not np.isfinite(self.covariance).all():
            return float("nan")
        n = self.mean.size
        omega = np.zeros((2 * n, 2 * n))
        omega[:n, n:], omega[n:, :n] = np.eye(n), -np.eye(n)
        return float(np.linalg.eigvalsh(self.covariance + 0.25j * omega)[0])

    @property
    def is_physical(self) -> bool:
        """Whether a quantum state has these moments, up to `UNCERTAINTY_TOLERANCE`."""
        scale = 1.0 + np.abs(np.diag(self.covariance)).max()
        return bool(self.uncertainty >= -UNCERTAINTY_TOLERANCE * scale)

    def expectation(self, operator: Polynomial) -> complex:
        """Expectation of an operator in this state, cumulants above the second order being zero."""
        n, v, total = self.mean.size, self.covariance, 0j
        for product, value in average(weyl_symbol(operator)).items():
            for f in product:
                if f.kind == "mean":
                    found = self.mean[f.j]
                else:
                    sign = -1.0 if f.kind == "anomalous" else 1.0
                    found = v[f.j, f.k] + sign * v[n + f.j, n + f.k] + 1j * (v[f.j, n + f.k] - sign * v[n + f.j, f.k])
                value *= np.conj(found) if f.conjugate else found
            total += value
        return complex(total)


@dataclass(frozen=True)
class CumulantRun:
    """A run, sampled in time.

    Attributes
    ----------
    times : (n_samples,)
        Sampled times up to the end of the run, in the model's unit of time; less than asked for if it came to rest or
        was stopped.
    mean, pair_amplitude : complex (n_samples, n_kept)
        <a> and <aa> of the kept modes.
    photon_number : float (n_samples, n_kept)
        <a†a> of the kept modes.
    number_fluctuation : float (n_samples, n_kept)
        Eq. 37 at each time.
    outcome : str
        ``stationary``: it came to rest, and is so for all later times.  ``moving``: it still moves at the end.
        ``unphysical``: it left the moments of quantum states, and was stopped.  ``diverged``: it left the range of
        numbers.
    final : GaussianState
        Last state.
    uncertainty : float
        Least `GaussianState.uncertainty` of the states that were checked.
    """

    times: np.ndarray
    mean: np.ndarray = field(repr=False)
    pair_amplitude: np.ndarray = field(repr=False)
    photon_number: np.ndarray = field(repr=False)
    number_fluctuation: np.ndarray = field(repr=False)
    outcome: Outcome
    final: GaussianState = field(repr=False)
    uncertainty: float


def cumulant_equations(model: Model) -> GaussianEquations:
    """Equations of a model, derived once."""
    return _equations(model.hamiltonian(), model.jump_operators(), model.n_modes)


def derivative(equations: GaussianEquations, state: GaussianState) -> GaussianState:
    """Rates of change of means and covariances."""
    x, v = _parts(equations, state)
    dx, dv = np.empty_like(x), np.empty_like(v)
    gaussian_kernel.derivative(x, v, dx, dv, *_tables(equations))
    return _state(dx, dv)


def evolve(
    model: Model,
    grid: TimeGrid,
    *,
    start: GaussianState | None = None,
    modes: Sequence[int] | None = None,
    check_interval: int = 20,
    progress: Callable[[int], None] | None = None,
) -> CumulantRun:
    """Integrate the second-order cumulants of a model by the classical Runge-Kutta method.

    Parameters
    ----------
    model : Model
        Any model; its operators are used, not its kernels.
    grid : TimeGrid
        Step and sampled times, in the model's unit of time.
    start : GaussianState, optional
        State at time 0; default: the vacuum.
    modes : sequence of int, optional
        Modes that are kept, counted from 0; default: all.
    check_interval : int
        Samples from one check of rest and uncertainty relation to the next; the last state is always checked.
    progress : callable, optional
        Is called with the number of steps done.

    Raises
    ------
    ValueError
        If the start does not fit the model.
    """
    equations = cumulant_equations(model)
    start = GaussianState.coherent(np.zeros(model.n_modes)) if start is None else start
    x, v = _parts(equations, start)
    tables = _tables(equations)
    kept = np.arange(model.n_modes) if modes is None else np.array(modes, dtype=int)
    rows, least = [], start.uncertainty
    outcome: Outcome | None = None
    dx, dv = np.empty_like(x), np.empty_like(v)
    for sample in range(grid.n_samples):
        if sample:
            gaussian_kernel.advance(x, v, grid.time_step, grid.steps_per_sample, *tables)
            if progress is not None:
                progress(grid.steps_per_sample)
        if not (np.abs(x).max() < LARGEST and np.abs(v).max() < LARGEST):
            outcome = "diverged"
            break
        state = _state(x, v)
        rows.append((state.mean[kept], state.pair_amplitude[kept], state.photon_number[kept]))
        if sample % check_interval == 0 or sample == grid.n_samples - 1:
            least = min(least, state.uncertainty)
            gaussian_kernel.derivative(x, v, dx, dv, *tables)
            if not state.is_physical:
                outcome = "unphysical"
            elif (
                max(np.abs(dx).max() / (1 + np.abs(x).max()), np.abs(dv).max() / (1 + np.abs(v).max())) < REST_TOLERANCE
            ):
                outcome = "stationary"
        if outcome is not None:
            break
    mean, pair, number = (np.array(part) for part in zip(*rows, strict=True))
    fluctuation = np.abs(pair) ** 2 + number**2 - 2 * np.abs(mean) ** 4
    return CumulantRun(
        grid.times[: len(rows)], mean, pair, number, fluctuation, outcome or "moving", _state(x.copy(), v.copy()), least
    )


def steady_state(
    model: Model,
    *,
    start: GaussianState | None = None,
    time_step: float,
    final_time: float,
) -> GaussianState:
    """State at rest to which second-order cumulants evolve.

    Where there are several it depends on the start.

    Parameters
    ----------
    model, start
        As of `evolve`.
    time_step, final_time : float
        Step, and the time after which the search ends, in the model's unit of time.

    Raises
    ------
    CumulantError
        If the run does not come to rest: it oscillates or is chaotic (average it), it needs longer, it leaves the
        moments of quantum states or it diverges (a smaller step may help).
    """
    sampling = max(round(1.0 / time_step), 1)
    grid = TimeGrid(time_step, sampling, max(round(final_time / (sampling * time_step)), 1) + 1)
    run = evolve(model, grid, start=start, modes=[], check_interval=10)
    if run.outcome != "stationary":
        raise CumulantError(
            f"second-order cumulants of {type(model).__name__} do not come to rest: {run.outcome} at time "
            f"{run.times[-1]:g}, least uncertainty {run.uncertainty:.2g}"
        )
    return run.final


class CumulantError(RuntimeError):
    """Cumulants that come to no rest, or to none that a quantum state has."""


@lru_cache(maxsize=32)
def _equations(hamiltonian: Polynomial, jump_operators: tuple[JumpOperator, ...], n_modes: int) -> GaussianEquations:
    return GaussianEquations(hamiltonian, jump_operators, n_modes)


def _tables(equations: GaussianEquations) -> tuple[np.ndarray, ...]:
    e = equations
    return (e.pairs, e.factors, e.coefficients, e.sums, e.values, e.weights, e.rows, e.columns, e.noise)


def _parts(equations: GaussianEquations, state: GaussianState) -> tuple[np.ndarray, np.ndarray]:
    n = equations.n_modes
    if state.mean.shape != (n,) or state.covariance.shape != (2 * n, 2 * n):
        raise ValueError(f"state has {state.mean.size} modes: allowed are the {n} of the model")
    v = np.array(state.covariance, dtype=float)
    return np.concatenate([state.mean.real, state.mean.imag]), v


def _state(x: np.ndarray, v: np.ndarray) -> GaussianState:
    n = x.size // 2
    return GaussianState(x[:n] + 1j * x[n:], v)
