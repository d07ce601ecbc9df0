"""Relative equilibria and relative periodic orbits of a field equation with a U(1) symmetry, by Newton's method.

With weights w_k of the symmetry alpha_k -> exp(-i w_k phi) alpha_k, a limit cycle that moves along the symmetry alone
is a relative equilibrium, and a limit torus of which one angle is the symmetry's a relative periodic orbit:

    alpha_k(t) = a_k exp(-i w_k nu t)               unknown: a, nu
    alpha_k(T) = exp(-i w_k Theta) alpha_k(0)       unknown: alpha(0), T, Theta;  nu_psi = 2 pi/T, nu_phi = Theta/T

nu_phi is defined modulo nu_psi: it stays on the branch of the guess.  A mode of weight k has lines at
k nu_phi + m nu_psi, alpha ~ exp(-i nu t).  The directions that symmetry and time make neutral are divided out exactly:
eigenvalues and multipliers are those of the rest.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike
from scipy.linalg import block_diag
from scipy.optimize import minimize_scalar

from openkerr.models.base import Method, Model
from openkerr.solvers.continuation import newton
from openkerr.solvers.symmetric_flow import ConvergenceError, SymmetricFlow, to_complex, to_real

TOLERANCE = 1e-12
"""Relative tolerance of integrations, and the finest one, which checks a result."""
FINEST_TOLERANCE = 3e-14


NODES_OF_DISTANCE = 64
"""Points on each segment of an orbit from which the nearest one to another orbit is refined."""


@dataclass(frozen=True)
class RelativeEquilibrium:
    """alpha_k(t) = state_k exp(-i w_k nu t).

    Attributes
    ----------
    state : (n_modes,) complex
    nu, nu_error : float
        Frequency; the error is the last Newton step plus rounding.
    growth : (2 n_modes - 1,) complex
        Eigenvalues of the flow in the co-rotating frame without the zero of the symmetry, largest real part first
        (all 2 n_modes of them at the origin, which the symmetry leaves in place).
    defect : float
        Length of the image of the symmetry's direction, which is zero exactly.
    unknowns : (2 n_modes + 1,)
        State and frequency.
    """

    model: Model
    method: Method
    state: np.ndarray
    nu: float
    nu_error: float
    growth: np.ndarray
    defect: float
    unknowns: np.ndarray = field(repr=False)

    @property
    def n_unstable(self) -> int:
        """Number of directions that grow."""
        return int((self.growth.real > 0).sum())

    @property
    def at_origin(self) -> bool:
        """Whether no field is left: no cycle, but the fixed point that the symmetry leaves in place."""
        return not self.state.any()

    def system(self, flow: SymmetricFlow, reference: np.ndarray) -> EquilibriumSystem:
        """The equations that this object solves, for the flow of another model."""
        return EquilibriumSystem(flow, reference)

    def distance(self, other: RelativeEquilibrium) -> float:
        """Distance of another one, in the field's norm, up to the symmetry."""
        return SymmetricFlow(self.model, self.method).align(self.state, other.state)[1]

    def refined(self) -> None:
        """An equilibrium has no mesh."""

    def polished(self) -> RelativeEquilibrium:
        """The same solution: there is nothing to integrate."""
        return self


@dataclass(frozen=True)
class RelativePeriodicOrbit:
    """alpha_k(t + period) = exp(-i w_k angle) alpha_k(t).

    Attributes
    ----------
    nodes : (n_segments, n_modes) complex
        States at equal distances in time over one period, from the time 0.
    nu_phi, nu_psi, nu_phi_error, nu_psi_error : float
        Frequencies of symmetry and modulation; the errors are the last Newton step's plus rounding.
    multipliers : (2 n_modes - 2,) complex
        Floquet multipliers in the co-rotating frame without the two that are one, largest modulus first.
    defect : float
        Largest relative change of the two neutral directions over one period, which is zero exactly.
    monodromy : (2 n_modes, 2 n_modes)
        Derivative of the return map at the first node, in the co-rotating frame.
    unknowns : (2 n_modes n_segments + 2,)
        States at the nodes, period, angle.
    """

    model: Model
    method: Method
    nodes: np.ndarray
    period: float
    angle: float
    nu_phi: float
    nu_psi: float
    nu_phi_error: float
    nu_psi_error: float
    multipliers: np.ndarray
    defect: float
    monodromy: np.ndarray = field(repr=False)
    unknowns: np.ndarray = field(repr=False)

    @property
    def growth(self) -> np.ndarray:
        """Floquet exponents of the multipliers; a negative multiplier has the imaginary part pi/period."""
        with np.errstate(divide="ignore"):
            return np.log(self.multipliers.astype(complex)) / self.period

    @property
    def n_unstable(self) -> int:
        """Number of directions that grow from period to period."""
        return int((np.abs(self.multipliers) > 1).sum())

    def system(self, flow: SymmetricFlow, reference: np.ndarray) -> OrbitSystem:
        """The equations that this object solves, for the flow of another model."""
        return OrbitSystem(flow, reference)

    def polished(self) -> RelativePeriodicOrbit:
        """The same orbit after a Newton step with the finest integration, whose length estimates its errors."""
        system = OrbitSystem(SymmetricFlow(self.model, self.method), self.unknowns, FINEST_TOLERANCE)
        unknowns, step, _ = newton(system, self.unknowns, tolerance=1e-9)
        return system.result(unknowns, step)

    def distance(self, other: RelativePeriodicOrbit) -> float:
        """Distance of this one's first node from another orbit, in the field's norm, up to symmetry and time."""
        flow = SymmetricFlow(other.model, other.method)
        count = NODES_OF_DISTANCE * len(other.nodes)
        fields, times = other.sample(count).T, np.arange(count) * (other.period / count)
        nearest = min(range(count), key=lambda index: flow.align(self.nodes[0], fields[index])[1])

        def apart(time: float) -> float:
            # From the sample before the nearest one on, where the flow goes forwards.
            x = to_real(fields[nearest - 1])
            if time > 0:
                x = flow.trajectory(x, np.array([time]), TOLERANCE)[0]
            return flow.align(self.nodes[0], to_complex(x))[1]

        bounds, options = (0.0, 2 * times[1]), {"xatol": 1e-9 * other.period}
        return float(minimize_scalar(apart, bounds=bounds, method="bounded", options=options).fun)

    def refined(self) -> np.ndarray | None:
        """Unknowns on twice as many segments where these are too long, else ``None``."""
        if self.period / len(self.nodes) <= MAX_SEGMENT:
            return None
        flow, half = SymmetricFlow(self.model, self.method), self.period / (2 * len(self.nodes))
        nodes = [(x, flow.propagate(x, half, TOLERANCE)[0]) for x in to_real(self.nodes)]
        return np.concatenate([np.ravel(nodes), self.unknowns[-2:]])

    def sample(self, n_samples: int) -> np.ndarray:
        """Fields at equal distances over one period, in the frame that co-rotates at nu_phi: (n_modes, n_samples)."""
        if n_samples % len(self.nodes):
            raise ValueError(f"n_samples is {n_samples}: allowed is a multiple of the {len(self.nodes)} segments")
        flow, times = SymmetricFlow(self.model, self.method), np.arange(n_samples) * (self.period / n_samples)
        part = n_samples // len(self.nodes)
        states = [flow.trajectory(x, times[: part + 1], FINEST_TOLERANCE)[:part] for x in to_real(self.nodes)]
        return to_complex(np.concatenate(states)).T * np.exp(1j * np.outer(flow.weights, self.nu_phi * times))

    def modulation(self, n_samples: int = 128) -> float:
        """Root mean square of what moves in the co-rotating frame, over a period and summed over modes."""
        fields = self.sample(math.ceil(n_samples / len(self.nodes)) * len(self.nodes))
        return float(np.sqrt((np.abs(fields - fields.mean(axis=1, keepdims=True)) ** 2).mean(axis=1).sum()))

    def lines(
        self, observable: Callable[[np.ndarray], np.ndarray], charge: int, max_order: int, n_samples: int = 512
    ) -> tuple[np.ndarray, np.ndarray]:
        """Lines of an observable: sum_m amplitude_m exp(-i (charge nu_phi + m nu_psi) t).

        Parameters
        ----------
        observable : callable
            Takes fields (n_modes, n_samples) to values (n_samples,) that turn with ``exp(-i charge phi)``.
        charge, max_order : int
            Lines m = -max_order .. max_order are returned.

        Returns
        -------
        frequencies, amplitudes : (2 max_order + 1,) float, complex
        """
        n_samples = math.ceil(n_samples / len(self.nodes)) * len(self.nodes)
        if max_order >= n_samples // 2:
            raise ValueError(f"max_order is {max_order}: allowed is less than half of n_samples = {n_samples}")
        orders = np.arange(-max_order, max_order + 1)
        amplitudes = np.fft.ifft(observable(self.sample(n_samples)))[orders]
        return charge * self.nu_phi + orders * self.nu_psi, amplitudes


MAX_SEGMENT = 6.0
"""Longest segment of multiple shooting, in the model's unit of time."""


class EquilibriumSystem:
    """Equations of a relative equilibrium in the unknowns (state, nu): no velocity in the frame, fixed phase."""

    def __init__(self, flow: SymmetricFlow, reference: np.ndarray):
        self.flow, self.reference = flow, reference[:-1]
        self.metric = np.append(np.ones(reference.size - 1), 0.0)

    def __call__(self, unknowns: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Residual, its derivative, and its derivative with respect to the continued parameter."""
        flow, x, nu = self.flow, unknowns[:-1], unknowns[-1]
        phase = _unit(flow.generator @ self.reference)
        matrix = np.zeros((unknowns.size,) * 2)
        matrix[:-1, :-1] = flow.jacobian(x) + nu * flow.generator
        matrix[:-1, -1] = flow.generator @ x
        matrix[-1, :-1] = phase
        residual = np.append(flow.drift(x) + nu * flow.generator @ x, phase @ (x - self.reference))
        return residual, matrix, np.append(flow.slope(x), 0.0)

    def result(self, unknowns: np.ndarray, step: np.ndarray) -> RelativeEquilibrium:
        """The object that a solution describes; ``step`` is the last step of Newton's method."""
        flow, x, nu = self.flow, unknowns[:-1], unknowns[-1]
        neutral = flow.generator @ x
        rest = _complement(neutral[:, None])
        nu *= rest.shape[1] < x.size  # nothing turns at the origin
        matrix = flow.jacobian(x) + nu * flow.generator
        growth = np.linalg.eigvals(rest.T @ matrix @ rest)
        return RelativeEquilibrium(
            model=flow.model,
            method=flow.method,
            state=to_complex(x),
            nu=float(nu),
            nu_error=float(abs(step[-1]) + 1e-15 * (1 + abs(nu))),
            growth=growth[np.lexsort((growth.imag, -growth.real))],
            defect=float(np.linalg.norm(matrix @ neutral)),
            unknowns=unknowns,
        )


class OrbitSystem:
    """Equations of a relative periodic orbit in the unknowns (states at the nodes, T, Theta), by multiple shooting.

    Each segment ends where the next begins, the last one, turned back by Theta, where the first begins.  Two phase
    conditions, summed over the nodes, forbid shifts along the symmetry and along time.
    """

    def __init__(self, flow: SymmetricFlow, reference: np.ndarray, tolerance: float = TOLERANCE):
        self.flow, self.tolerance = flow, tolerance
        self.nodes, self.period = reference[:-2].reshape(-1, 2 * flow.n_modes), reference[-2]
        along = _unit((self.nodes @ flow.generator.T).ravel())
        # Motion in the frame: near a relative equilibrium the velocity itself is along the symmetry.
        motion = np.concatenate([flow.drift(x) for x in self.nodes])
        self.phases = np.stack([along, _unit(motion - (along @ motion) * along)])
        self.metric = np.append(np.full(self.nodes.size, 1 / len(self.nodes)), [reference[-2] ** -2, 0.0])

    def __call__(self, unknowns: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Residual, its derivative, and its derivative with respect to the continued parameter."""
        flow, (n_nodes, size) = self.flow, self.nodes.shape
        nodes, (period, angle) = unknowns[:-2].reshape(n_nodes, size), unknowns[-2:]
        if not 0 < period < 3 * self.period:
            raise ConvergenceError(f"the period went from {self.period:g} to {period:g}")
        segments = [flow.propagate(x, period / n_nodes, self.tolerance) for x in nodes]
        turns = [np.eye(size)] * (n_nodes - 1) + [flow.rotation(angle)]
        images = np.array([turn @ end for turn, (end, _, _) in zip(turns, segments, strict=True)])
        velocities = [turn @ flow.drift(end) for turn, (end, _, _) in zip(turns, segments, strict=True)]
        slopes = [turn @ slope for turn, (_, _, slope) in zip(turns, segments, strict=True)]
        self.tangents = [turn @ tangent for turn, (_, tangent, _) in zip(turns, segments, strict=True)]
        matrix = np.zeros((unknowns.size,) * 2)
        matrix[:-2, :-2] = block_diag(*self.tangents) - np.roll(np.eye(nodes.size), -size, axis=0)
        matrix[:-2, -2] = np.concatenate(velocities) / n_nodes
        matrix[-2 - size : -2, -1] = flow.generator @ images[-1]
        matrix[-2:, :-2] = self.phases
        residual = (images - np.roll(nodes, -1, axis=0)).ravel()
        shift = self.phases @ (nodes - self.nodes).ravel()
        return np.append(residual, shift), matrix, np.append(np.concatenate(slopes), [0.0, 0.0])

    def result(self, unknowns: np.ndarray, step: np.ndarray) -> RelativePeriodicOrbit:
        """The object that a solution describes; ``step`` is the step of Newton's method that led to it."""
        flow, (n_nodes, size) = self.flow, self.nodes.shape
        nodes, (period, angle) = unknowns[:-2].reshape(n_nodes, size), unknowns[-2:]
        monodromy = np.linalg.multi_dot([*self.tangents[::-1], np.eye(size)])
        neutral = np.stack([flow.generator @ nodes[0], flow.drift(nodes[0])], axis=1)
        rest = _complement(neutral)
        multipliers = np.linalg.eigvals(rest.T @ monodromy @ rest)
        defect = np.linalg.norm(monodromy @ neutral - neutral, axis=0) / np.linalg.norm(neutral, axis=0)
        turn_error = abs(step[-1]) + abs(angle / period * step[-2]) + 1e-15
        return RelativePeriodicOrbit(
            model=flow.model,
            method=flow.method,
            nodes=to_complex(nodes),
            period=float(period),
            angle=float(angle),
            nu_phi=float(angle / period),
            nu_psi=float(2 * np.pi / period),
            nu_phi_error=float(turn_error / period),
            nu_psi_error=float(2 * np.pi / period * (abs(step[-2]) / period + 1e-15)),
            multipliers=multipliers[np.lexsort((multipliers.imag, -np.abs(multipliers)))],
            defect=float(defect.max()),
            monodromy=monodromy,
            unknowns=unknowns,
        )


def solve_relative_equilibrium(
    model: Model, state: ArrayLike, nu: float | None = None, *, method: Method = "gpe"
) -> RelativeEquilibrium:
    """Relative equilibrium near a state; without ``nu``, the frequency that leaves the least velocity is tried.

    Raises
    ------
    ConvergenceError
        If Newton's method does not converge.
    """
    flow, x = SymmetricFlow(model, method), to_real(state)
    along = flow.generator @ x
    if nu is None:
        nu = -(along @ flow.drift(x)) / (along @ along) if along.any() else 0.0
    system = EquilibriumSystem(flow, np.append(x, nu))
    unknowns, step, _ = newton(system, np.append(x, nu), tolerance=1e-12)
    return system.result(unknowns, step)


def solve_relative_periodic_orbit(
    model: Model, states: ArrayLike, period: float, angle: float, *, method: Method = "gpe"
) -> RelativePeriodicOrbit:
    """Relative periodic orbit near a guess, refined and checked with the finest integration.

    Parameters
    ----------
    model : Model
    states : (n_modes,) or (n_segments, n_modes) complex
        States at equal distances in time over one period; one state makes it single shooting.
    period, angle : float
        Guesses; the angle decides the branch of nu_phi.

    Raises
    ------
    ConvergenceError
        If Newton's method does not converge, or converges to a relative equilibrium.
    """
    guess = np.concatenate([to_real(np.atleast_2d(states)).ravel(), [period, angle]])
    system = OrbitSystem(SymmetricFlow(model, method), guess)
    unknowns, step, _ = newton(system, guess)
    orbit = system.result(unknowns, step).polished()
    if orbit.modulation(16) < 1e-6 * np.abs(orbit.nodes).max():
        raise ConvergenceError("the orbit is not modulated: it is a relative equilibrium")
    return orbit


def hopf_orbit(equilibrium: RelativeEquilibrium, frequency: float) -> tuple[RelativePeriodicOrbit, np.ndarray]:
    """Orbit of no amplitude at a Hopf bifurcation with a critical frequency, and the direction in which it grows.

    Returns
    -------
    orbit : RelativePeriodicOrbit
        The equilibrium itself over one period; start of `continuation.trace_branch` with the direction.
    direction : (2 n_modes + 2,)
    """
    flow, x = SymmetricFlow(equilibrium.model, equilibrium.method), to_real(equilibrium.state)
    values, vectors = np.linalg.eig(flow.jacobian(x) + equilibrium.nu * flow.generator)
    mode, along = vectors[:, np.abs(values - 1j * frequency).argmin()], _unit(flow.generator @ x)
    # The direction is across the symmetry and, half a radian of the mode's phase being free, across the motion.
    mode = mode - (along @ mode) * along
    mode = _unit((mode * np.exp(-0.5j * np.angle(mode @ mode))).real)
    period = 2 * np.pi / frequency
    unknowns = np.concatenate([x, [period, equilibrium.nu * period]])
    system = OrbitSystem(flow, unknowns + np.append(mode, [0.0, 0.0]))
    system(unknowns)
    return system.result(unknowns, np.zeros(unknowns.size)), np.append(mode, [0.0, 0.0])


def square_root_law(values: Sequence[float], amplitudes: Sequence[float], degree: int = 2) -> tuple[float, float]:
    """Bifurcation value and slope of amplitude² = slope (value - bifurcation value) at a Hopf bifurcation.

    The value is fitted as a polynomial in amplitude², which it is as long as the branch is smooth.

    Parameters
    ----------
    values, amplitudes : sequences of length > degree
        Of the branch of orbits near the bifurcation.
    """
    squares = np.square(amplitudes)
    series = np.polynomial.Polynomial.fit(squares, values, degree).convert().coef
    return float(series[0]), float(1 / series[1])


def _unit(vector: np.ndarray) -> np.ndarray:
    length = np.linalg.norm(vector)
    return vector / length if length > 0 else vector


def _complement(columns: np.ndarray) -> np.ndarray:
    """Orthonormal basis of the directions orthogonal to some columns; columns of no length do not count."""
    columns = columns[:, np.linalg.norm(columns, axis=0) > 1e-12]
    return np.linalg.qr(columns, mode="complete")[0][:, columns.shape[1] :]
