"""Stationary states of a field equation: Newton's method, linear stability, branches, and Gaussian fluctuations.

At rest f(x) = 0, with x = (Re alpha_1 .. Re alpha_n, Im alpha_1 .. Im alpha_n), f the drift and A = Df.  The state is
stable where all eigenvalues of A have negative real parts.  Small fluctuations in the noise of the truncated Wigner
approximation, <dx dx^T> = Q dt, are then Gaussian, with a covariance that obeys the Lyapunov equation

    A C + C A^T + Q = 0,

and the mean field moves by m, of the same order as C, because the drift is curved and because the drift f + f_1 of the
truncated Wigner approximation is not that of the Gross-Pitaevskii equation:

    A m + D²f : C/2 + f_1 = 0.

In a time t after a start with the covariance C_0,  C(t) = C + exp(A t) (C_0 - C) exp(A^T t).
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.linalg import expm, solve_continuous_lyapunov

from openkerr.models.base import Method, Model
from openkerr.solvers.continuation import Branch, newton, trace_branch
from openkerr.solvers.families import vary
from openkerr.solvers.linear_noise import NoiseExpansion
from openkerr.solvers.symmetric_flow import Flow, to_complex, to_real


@dataclass(frozen=True)
class StationaryState:
    """A field at rest.

    Attributes
    ----------
    field : (n_modes,) complex
    residual : float
        Norm of the velocity that is left.
    eigenvalues : (2 n_modes,) complex
        Of the Jacobian, largest real part first.
    unknowns : (2 n_modes,)
        The field's real parts, then its imaginary parts.
    """

    model: Model
    method: Method
    field: np.ndarray
    residual: float
    eigenvalues: np.ndarray = dataclasses.field(repr=False)
    unknowns: np.ndarray = dataclasses.field(repr=False)

    flow = Flow

    @property
    def growth(self) -> np.ndarray:
        """Complex growth rates of all directions: the eigenvalues."""
        return self.eigenvalues

    @property
    def growth_rate(self) -> float:
        """Largest growth rate of a small deviation: negative where the state is stable."""
        return float(self.eigenvalues[0].real)

    @property
    def n_unstable(self) -> int:
        """Number of directions that grow."""
        return int((self.eigenvalues.real > 0).sum())

    @cached_property
    def jacobian(self) -> np.ndarray:
        """Derivative of the velocity, shape (2 n_modes, 2 n_modes)."""
        return Flow(self.model, self.method).jacobian(self.unknowns)

    def system(self, flow: Flow, reference: np.ndarray) -> StationarySystem:
        """The equations that this object solves, for the flow of another model."""
        return StationarySystem(flow, reference)

    def distance(self, other: StationaryState) -> float:
        """Distance of another state, in the field's norm."""
        return float(np.linalg.norm(self.unknowns - other.unknowns))

    def refined(self) -> None:
        """A stationary state has no mesh."""

    def polished(self) -> StationaryState:
        """The same state: there is nothing to integrate."""
        return self


class StationarySystem:
    """Equations of a stationary state in the unknowns x: no velocity."""

    def __init__(self, flow: Flow, reference: np.ndarray):
        self.flow, self.metric = flow, np.ones(reference.size)

    def __call__(self, unknowns: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Residual, its derivative, and its derivative with respect to the continued parameter."""
        return self.flow.drift(unknowns), self.flow.jacobian(unknowns).copy(), self.flow.slope(unknowns)

    def result(self, unknowns: np.ndarray, _step: np.ndarray) -> StationaryState:
        """The object that a solution describes."""
        eigenvalues = np.linalg.eigvals(self.flow.jacobian(unknowns))
        return StationaryState(
            model=self.flow.model,
            method=self.flow.method,
            field=to_complex(unknowns),
            residual=float(np.linalg.norm(self.flow.drift(unknowns))),
            eigenvalues=eigenvalues[np.lexsort((eigenvalues.imag, -eigenvalues.real))].astype(complex),
            unknowns=unknowns,
        )


def stationary_state(
    model: Model, guess: np.ndarray, method: Method = "gpe", *, max_iterations: int = 40
) -> StationaryState:
    """The state at rest that Newton's method finds from a guess, (n_modes,) complex.

    Raises
    ------
    ConvergenceError
        If it finds none.
    """
    x = to_real(guess)
    system = StationarySystem(Flow(model, method), x)
    unknowns, step, _ = newton(system, x, tolerance=1e-9, max_iterations=max_iterations)
    return system.result(unknowns, step)


def follow_branch(
    start: StationaryState,
    parameter: str,
    limits: tuple[float, float],
    *,
    sense: float = -1.0,
    max_step: float = 2.0,
    max_points: int = 400,
    max_folds: float = np.inf,
) -> Branch:
    """Follow a stationary state in one parameter of its model, round so many folds, until it leaves ``limits``.

    ``sense`` is the sign of the parameter's first change; ``max_step`` bounds the distance of two points, in the
    field's norm.  The states at given values of the parameter are ``branch.at(value)``, those at folds and Hopf
    bifurcations ``branch.bifurcations``.

    Raises
    ------
    ConvergenceError
        If the start does not solve its equations.
    """
    value = getattr(start.model, parameter)
    return trace_branch(
        vary(start.model, parameter),
        start,
        value,
        limits=limits,
        sense=sense,
        step=0.05 * max_step,
        max_step=max_step,
        max_points=max_points,
        max_folds=max_folds,
    )


def linear_covariance(state: StationaryState) -> np.ndarray:
    """Covariance of (Re alpha, Im alpha) in the Wigner function, to first order in the noise: (2 n_modes, 2 n_modes).

    Raises
    ------
    ValueError
        If the state is unstable: its fluctuations grow.
    """
    if state.growth_rate >= 0:
        raise ValueError(f"the largest growth rate is {state.growth_rate:.3g}: allowed is a stable state")
    diffusion = _expansion(state)[2]
    covariance = solve_continuous_lyapunov(state.jacobian, -diffusion)
    return 0.5 * (covariance + covariance.T)


def covariance_after(state: StationaryState, time: float, start: np.ndarray, final: np.ndarray) -> np.ndarray:
    """Covariance at a time after it was ``start``, where the stationary one is ``final``."""
    turn = expm(state.jacobian * time)
    return final + turn @ (start - final) @ turn.T


def mean_shift(state: StationaryState, covariance: np.ndarray) -> np.ndarray:
    """Shift of the mean field by fluctuations, of the same order as their covariance: (n_modes,) complex."""
    matrix, curvature, _, force = _expansion(state)
    return to_complex(np.linalg.solve(matrix, -force - 0.5 * np.tensordot(curvature, covariance, 2)))


def _expansion(state: StationaryState) -> tuple[np.ndarray, ...]:
    """Jacobian, second derivatives, diffusion, and drift due to noise."""
    size = float(np.linalg.norm(state.unknowns)) or 1.0
    return NoiseExpansion(state.model, state.method, size).at(state.unknowns)
