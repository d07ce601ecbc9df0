"""Diffusion of the phases of a limit cycle or a limit torus, and the frequency shifts of the same order, unsampled.

An asymptotic phase theta(x), x a state of the field, advances at a constant rate everywhere in the basin:
f(x) . grad(theta) = nu.  Let noise of strength eps add the diffusion eps Q dt to the field and eps f_1 to its drift f.
The slow eigenvalues of the backward Fokker-Planck equation follow by perturbation theory of first order in eps from its
exact eigenfunctions without noise, exp(-i theta) with theta = k phi + m psi (dual to them: exp(i theta) on the torus):

    lambda = -i (nu + eps delta_nu) - eps gap
    gap = <grad(theta) . Q grad(theta)>/2                     (quadratic in (k, m))
    delta_nu = <f_1 . grad(theta) + Q : Hess(theta)/2>        (linear in (k, m))

with averages over the torus; fluctuations of the amplitudes are contained in the Hessian.  On a relative periodic orbit
of period T the averages follow from a single integration over one period, turned back by the symmetry's angle: from
x(T), its derivatives P (monodromy) and X (second), and, from a start without fluctuations, the covariance C and the
mean m of the deviation to first order in eps,

    dC/dt = A C + C A^T + Q,     dm/dt = A m + D²f : C/2 + f_1,     A = Df

as  D_ab = z_a . C z_b/T  and  delta_nu_a = (z_a . m + H_a : C/2)/T.  The gradients z_a, left eigenvectors of P with
the eigenvalue one, are dual to the directions of the angles, and the Hessians H_a solve

    H - P^T H P = z . X,     H f = -A^T z,     H g = -(Dg)^T z        (g: derivative along phi)

where the last two, derivatives of f . z = nu and g . z = const, settle what the first leaves open.  In a relative
equilibrium, at rest in its frame, J^T z = 0 and J^T H + H J + z . D²f = 0.

Phase reduction to this order: K. Yoshimura and K. Arai, Phys. Rev. Lett. 101, 154101 (2008); D. S. Goldobin et al.,
Phys. Rev. Lett. 105, 154101 (2010).  Covariances of a cycle: A. Demir, A. Mehrotra, J. Roychowdhury, IEEE Trans.
Circuits Syst. I 47, 655 (2000).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import ArrayLike
from scipy.integrate import solve_ivp

from openkerr.models.base import Method, Model
from openkerr.numerics.compilation import bind, load_kernel
from openkerr.solvers import phase_moments_kernel
from openkerr.solvers.relative_orbits import RelativeEquilibrium, RelativePeriodicOrbit
from openkerr.solvers.symmetric_flow import ConvergenceError, SymmetricFlow, to_complex, to_real

TOLERANCE = 3e-13
"""Relative tolerance of the integration over one period; the coarser resolution has it times `COARSER`."""
COARSER = 100.0

DIFFERENCE = 0.02
"""Step of the differences that give second derivatives, relative to the state; the coarser one is twice as long."""

KICK = 1e-4
"""Length of the kicks that give the diffusion matrix, relative to the state."""


@dataclass(frozen=True)
class PhaseDiffusion:
    """Diffusion and frequency shifts of the phases of an attractor, in the noise of its model.

    A model whose noise is 1/aleph has them at its own aleph: times aleph they are those of the classical limit.

    Attributes
    ----------
    frequencies : (n_angles,)
        nu_phi, and nu_psi on a limit torus.
    diffusion, diffusion_error : (n_angles, n_angles)
        <d(angle_a) d(angle_b)>/dt; the error is the difference between two resolutions.
    shift, shift_error : (n_angles,)
        What noise adds to the frequencies; its terms are the drift of the noise and half the Hessian times Q.
    gradients : (n_angles, 2 n_modes)
        Gradients of the phases at the attractor's first state.
    hessians : (n_angles, 2 n_modes, 2 n_modes)
        Second derivatives there.
    defect : float
        Largest violation of the redundant equations of gradients and Hessians, relative to their sizes.
    """

    frequencies: np.ndarray
    diffusion: np.ndarray
    diffusion_error: np.ndarray
    shift: np.ndarray
    shift_error: np.ndarray
    gradients: np.ndarray = field(repr=False)
    hessians: np.ndarray = field(repr=False)
    defect: float

    def gap(self, charge: int, order: int = 0) -> float:
        """Decay rate of the line (charge, order): half the variance per time of charge phi + order psi."""
        vector = self._numbers(charge, order)
        return float(0.5 * vector @ self.diffusion @ vector)

    def frequency_shift(self, charge: int, order: int = 0) -> float:
        """What noise adds to the frequency of the line (charge, order)."""
        return float(self._numbers(charge, order) @ self.shift)

    def _numbers(self, charge: int, order: int) -> np.ndarray:
        if order and len(self.frequencies) < 2:
            raise ValueError(f"order is {order}: allowed is 0, a limit cycle has one angle")
        return np.array([charge, order], dtype=float)[: len(self.frequencies)]


class NoiseExpansion:
    """Derivatives of the drift and strength of the noise of one model, on vectors (2 n_modes,).

    Parameters
    ----------
    model : Model
        Any model with kernels ``drift``, ``kick`` and ``jacobian``.
    method : {"gpe", "twa"}
        Field equation around whose orbits is expanded; its difference from the truncated Wigner drift counts as noise.
    size : float
        Typical modulus of a state.
    coarseness : float
        Factor on the steps of differences.
    """

    def __init__(self, model: Model, method: Method, size: float, coarseness: float = 1.0):
        self.n_modes, self.n_noises = model.n_modes, model.n_noises
        names = ("drift", "kick", "jacobian")
        self._kernels = load_kernel((phase_moments_kernel,), bind(model.kernel_module(), names))
        self._parameters = model.kernel_parameters(method), model.kernel_parameters("twa")
        self._steps = [DIFFERENCE * size * coarseness, 1e-9]
        strength = np.trace(self.at(np.full(2 * self.n_modes, size / np.sqrt(2 * self.n_modes)))[2])
        if strength > 0:
            self._steps[1] = coarseness * (KICK * size) ** 2 / strength

    def at(self, x: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
        """Jacobian (N, N), second derivatives (N, N, N), diffusion (N, N), drift due to noise (N,); N = 2 n_modes."""
        size = x.size
        result = np.zeros((size, size)), np.empty((size,) * 3), np.empty((size, size)), np.empty(size)
        self._kernels.coefficients(x, *self._parameters, self.n_noises, *self._steps, *result)
        return result

    def propagate(
        self,
        segments: np.ndarray,
        time: float,
        tolerance: float,
        mean: np.ndarray | None = None,
        covariance: np.ndarray | None = None,
    ) -> tuple[np.ndarray, ...]:
        """End state, mean, tangent, covariance and second tangent after all segments, each of length ``time``.

        Each segment starts at a given state, so that a long orbit is not left.  Mean and covariance of the deviation
        start from zero or from what is given.

        Raises
        ------
        ConvergenceError
            If the integrator gives up.
        """
        size = 2 * self.n_modes
        parts = [
            np.zeros(size),
            np.zeros(size) if mean is None else mean,
            np.eye(size),
            np.zeros((size, size)) if covariance is None else covariance,
            np.zeros((size, size, size)),
        ]
        y = np.concatenate([part.ravel() for part in parts])

        def velocity(_: float, y: np.ndarray) -> np.ndarray:
            out = np.empty(y.size)
            self._kernels.moment_velocity(y, *self._parameters, self.n_noises, *self._steps, out)
            return out

        for x in segments:
            y[:size] = x
            run = solve_ivp(velocity, (0.0, time), y, method="DOP853", rtol=tolerance, atol=0.1 * tolerance)
            if not run.success or not np.isfinite(run.y[:, -1]).all():
                raise ConvergenceError(f"the integration of the moments over {time:g} failed")
            y = run.y[:, -1].copy()
        ends = np.cumsum([part.size for part in parts])[:-1]
        return tuple(piece.reshape(part.shape) for piece, part in zip(np.split(y, ends), parts, strict=True))


def phase_diffusion(attractor: RelativeEquilibrium | RelativePeriodicOrbit) -> PhaseDiffusion:
    """Phase diffusion and frequency shifts on a stable limit cycle or limit torus.

    The noise is that of the attractor's own model.  Errors are differences from a coarser resolution.

    Raises
    ------
    ValueError
        If the attractor is unstable, or an equilibrium at the origin, where there is no phase.
    ConvergenceError
        If an integration fails.
    """
    if attractor.n_unstable:
        raise ValueError(f"{attractor.n_unstable} directions grow: there are phases on an attractor only")
    fine, coarse = (_at(attractor, coarseness) for coarseness in (1.0, 2.0))
    return replace(
        fine,
        diffusion_error=np.abs(fine.diffusion - coarse.diffusion),
        shift_error=np.abs(fine.shift - coarse.shift),
    )


def phases_at(torus: RelativePeriodicOrbit, x: np.ndarray) -> PhaseDiffusion:
    """The same as `phase_diffusion` from another state of a stable torus, (2 n_modes,), without errors.

    Gradients and Hessians are those at ``x``.
    """
    return _on_orbit(replace(torus, nodes=to_complex(x)[None]), 1.0)


def _at(attractor: RelativeEquilibrium | RelativePeriodicOrbit, coarseness: float) -> PhaseDiffusion:
    if isinstance(attractor, RelativePeriodicOrbit):
        return _on_orbit(attractor, coarseness)
    return _at_equilibrium(attractor, coarseness)


def _at_equilibrium(attractor: RelativeEquilibrium, coarseness: float) -> PhaseDiffusion:
    flow, x, nu = SymmetricFlow(attractor.model, attractor.method), to_real(attractor.state), attractor.nu
    along = -flow.generator @ x
    if not along.any():
        raise ValueError("the symmetry leaves the equilibrium in place: it has no phase")
    expansion = NoiseExpansion(flow.model, flow.method, float(np.linalg.norm(x)), coarseness)
    matrix, curvature, diffusion, force = expansion.at(x)
    turning = matrix + nu * flow.generator
    z, first = _solve(np.vstack([turning.T, along]), np.append(np.zeros(x.size), 1.0))
    identity = np.eye(x.size)
    hessian, second = _solve(
        np.vstack([np.kron(turning.T, identity) + np.kron(identity, turning.T), np.kron(identity, along)]),
        np.concatenate([-np.tensordot(z, curvature, 1).ravel(), flow.generator.T @ z]),
    )
    hessian = _symmetric(hessian)
    shift = z @ force + 0.5 * np.sum(diffusion * hessian)
    return _result([nu], z @ diffusion @ z, [shift], [z], [hessian], max(first, second))


def _on_orbit(attractor: RelativePeriodicOrbit, coarseness: float) -> PhaseDiffusion:
    flow, nodes, period = SymmetricFlow(attractor.model, attractor.method), to_real(attractor.nodes), attractor.period
    size, x = nodes.shape[1], nodes[0]
    expansion = NoiseExpansion(flow.model, flow.method, float(np.linalg.norm(nodes, axis=1).max()), coarseness)
    tolerance = TOLERANCE * COARSER ** (coarseness - 1.0)
    turn = flow.rotation(attractor.angle)
    _, mean, tangent, covariance, second = expansion.propagate(nodes, period / len(nodes), tolerance)
    mean, tangent, covariance = turn @ mean, turn @ tangent, turn @ covariance @ turn.T
    second = np.tensordot(turn, second, 1)
    matrix, velocity = flow.jacobian(x).copy(), flow.drift(x)
    frequencies = [attractor.nu_phi, attractor.nu_psi]
    along = -flow.generator @ x
    angles = np.stack([along, (velocity - attractor.nu_phi * along) / attractor.nu_psi])
    identity = np.eye(size)
    gradients, hessians, shift, defects = [], [], [], []
    for number in range(2):
        z, defect = _solve(
            np.vstack([identity - tangent.T, angles]), np.concatenate([np.zeros(size), np.eye(2)[number]])
        )
        hessian, other = _solve(
            np.vstack(
                [np.eye(size**2) - np.kron(tangent.T, tangent.T), np.kron(identity, along), np.kron(identity, velocity)]
            ),
            np.concatenate([np.tensordot(z, second, 1).ravel(), flow.generator.T @ z, -matrix.T @ z]),
        )
        hessian = _symmetric(hessian)
        gradients.append(z)
        hessians.append(hessian)
        shift.append((z @ mean + 0.5 * np.sum(hessian * covariance)) / period)
        defects += [defect, other]
    diffusion = np.array(gradients) @ covariance @ np.array(gradients).T / period
    return _result(frequencies, diffusion, shift, gradients, hessians, max(defects))


def _result(
    frequencies: Sequence[float],
    diffusion: ArrayLike,
    shift: ArrayLike,
    gradients: Sequence[np.ndarray],
    hessians: Sequence[np.ndarray],
    defect: float,
) -> PhaseDiffusion:
    """The object, its errors not known yet."""
    diffusion, shift = _symmetric(np.asarray(diffusion)), np.array(shift)
    return PhaseDiffusion(
        frequencies=np.array(frequencies),
        diffusion=diffusion,
        diffusion_error=np.full_like(diffusion, np.nan),
        shift=shift,
        shift_error=np.full_like(shift, np.nan),
        gradients=np.array(gradients),
        hessians=np.array(hessians),
        defect=defect,
    )


def _solve(matrix: np.ndarray, right: np.ndarray) -> tuple[np.ndarray, float]:
    """Solution of consistent equations, more than unknowns, and their residual relative to the solution."""
    solution = np.linalg.lstsq(matrix, right)[0]
    return solution, float(np.linalg.norm(matrix @ solution - right) / np.linalg.norm(solution))


def _symmetric(values: np.ndarray) -> np.ndarray:
    square = values.reshape(2 * (round(values.size**0.5),))
    return 0.5 * (square + square.T)
