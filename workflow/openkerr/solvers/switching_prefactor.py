"""Prefactors of rates of switching by weak noise, along paths of least action.

Let a field have drift f + eps g and diffusion matrix eps A (Ito), V the quasipotential of f and A.  Behind an attractor
the density is C exp(-V/eps).  On the path of least action, which obeys x' = f + A p with p = grad V, the second
derivatives Z of V and the factor C follow from

    dZ/dt = -(H_xx + M^T Z + Z M + Z A Z),      M_ij = d(f_i + A_ik p_k)/dx_j,     H = f.p + p.A p/2,
    d ln C/dt = -(div f + tr(A Z)/2 + p_i dA_ij/dx_j - g.p),

and the rate at which the saddle is crossed is, for an attractor that is a point and a saddle *,

    k = lambda/(2 pi) sqrt(det Z_0 / |det Z_*|) (C_*/C_0) exp(-c/eps),

lambda the growth rate of the saddle (F. Bouchet and J. Reygner, Ann. Henri Poincare 17, 3499 (2016), there for constant
A and without g).  Z_0 is the inverse of the solution X of J X + X J^T + A = 0, Z_* what the path brings to the saddle.
Where the model has a U(1) symmetry all points of an orbit count alike: determinants are those across the orbit, each
end is weighted by the orbit's length, and the frame turns so that the path does not move along it.

A path from a loop, whose windings determine C, has a prefactor too, times sqrt(eps); it is not computed here.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy.interpolate import CubicSpline
from scipy.linalg import solve_continuous_lyapunov

from openkerr.models.base import Method, Model
from openkerr.numerics.compilation import bind, load_kernel
from openkerr.solvers import path_kernel, phase_moments_kernel
from openkerr.solvers.symmetric_flow import ConvergenceError, SymmetricFlow, to_complex, to_real

__all__ = ["Prefactor", "switching_prefactor"]

KICK = 1e-4
"""Length of the kicks that give the diffusion matrix, relative to the state."""
DIFFERENCE = 1e-3
"""Step of the differences that give derivatives, relative to the state; errors are of the order of its square."""
SUBSTEPS = 6
"""Runge-Kutta steps between two points of a path."""
NEAR = 0.5
"""Distance from the saddle, relative to the largest on the path, within which the path itself tells a row of Z."""
WINDOW, FEWEST = (0.02, 0.1), 3
"""Such distances from which the flux is extrapolated to the saddle, and the least number of points there."""


class Prefactor(NamedTuple):
    """A rate ``value * exp(-action/eps)``; ``growth`` is the rate at which the saddle is left.

    ``error`` is twice the change of ``value`` when every second point of the path is left out, and what the
    extrapolation to the saddle adds.
    """

    value: float
    error: float
    growth: float


def switching_prefactor(model: Model, fields: ArrayLike, *, method: Method = "twa") -> Prefactor:
    """Prefactor of the rate at which a saddle is crossed along a path of least action, for eps = 1.

    A model whose noise is 1/aleph has eps = 1/aleph with respect to the same model at aleph = 1.

    Parameters
    ----------
    model : Model
        As `openkerr.solvers.minimum_action.least_action_path` takes it.
    fields : (n_points, n_modes) complex
        A path that it found, ``ActionPath.fields``: from a state at rest, up to the symmetry, to the saddle.
    method : {"gpe", "twa"}
        Whether the drift has the corrections of truncated Wigner, those of order eps: the path is that of the
        classical drift in either case.

    Returns
    -------
    Prefactor

    Raises
    ------
    ValueError
        If the path has fewer than 32 points.
    ConvergenceError
        If no rate grows at the saddle or more than one, or the second derivatives of the quasipotential diverge.
    """
    points = to_real(fields)
    if len(points) < 32:
        raise ValueError(f"fields has {len(points)} points: allowed is at least 32")
    local = _Local(model, method, float(np.abs(points).max()))
    whole, half = (_log_prefactor(local, _thinned(points, every)) for every in (1, 2))
    value = np.exp(whole.log_value)
    error = value * (2 * abs(np.expm1(half.log_value - whole.log_value)) + whole.extrapolated)
    return Prefactor(float(value), float(error), whole.growth)


class _Found(NamedTuple):
    log_value: float
    growth: float
    extrapolated: float


def _thinned(points: np.ndarray, every: int) -> np.ndarray:
    """Every so many points, from the saddle backwards, and the first one."""
    kept = points[::-1][::every][::-1]
    return kept if np.array_equal(kept[0], points[0]) else np.concatenate([points[:1], kept[1:]])


def _log_prefactor(local: _Local, points: np.ndarray) -> _Found:
    points = local.aligned(points)
    saddle = local.state(points[-1])
    growing = np.linalg.eigvals(saddle.across.T @ saddle.slope @ saddle.across).real
    if (growing > 0).sum() != 1:
        raise ConvergenceError(f"{(growing > 0).sum()} rates grow at the end of the path: at a saddle it is one")
    growth = float(growing.max())
    start = local.state(points[0])
    own = local.curvature(start)
    log_mass = np.log(start.orbit) - 0.5 * np.linalg.slogdet(own)[1]
    curvatures, log_c = _along(local, points, start.across @ own @ start.across.T)
    log_flux, scatter = _flux(local, points, curvatures, log_c, growth)
    return _Found(log_flux - log_mass, growth, scatter)


def _flux(
    local: _Local, points: np.ndarray, curvatures: list[np.ndarray], log_c: np.ndarray, growth: float
) -> tuple[float, float]:
    """ln of the flux across the saddle but for the exponent, and what its extrapolation to the saddle adds.

    Where the flow is linear C/sqrt(det Z) stays the same along the path, however slowly each of both settles: that may
    take for ever where two rates of the saddle nearly add up to zero.  Closest to the saddle the path is least known.
    """
    distances = np.linalg.norm(points - points[-1], axis=1)
    distances /= distances.max()
    window = np.flatnonzero((distances > WINDOW[0]) & (distances < WINDOW[1]))
    window = window[(window > len(points) // 2) & (window < len(curvatures))]
    if len(window) < FEWEST:
        raise ConvergenceError(f"{len(window)} points of the path are close to the saddle: needed are {FEWEST}")
    logs = []
    for k in window:
        along = local.along(points[k])
        across = _complement(along, points.shape[1])
        sign, log_det = np.linalg.slogdet(across.T @ curvatures[k] @ across)
        if sign > 0:
            raise ConvergenceError("the quasipotential has no saddle at the end of the path")
        orbit = np.log(np.linalg.norm(along)) if along.shape[1] else 0.0
        logs.append(log_c[k] + orbit - 0.5 * log_det)
    slope, log_flux = np.polyfit(distances[window], logs, 1)
    return float(np.log(growth / (2 * np.pi)) + log_flux), float(abs(slope) * distances[window].min())


class _State(NamedTuple):
    """A point at rest up to the symmetry: what it needs at an end of a path."""

    slope: np.ndarray
    diffusion: np.ndarray
    across: np.ndarray
    orbit: float


def _complement(directions: np.ndarray, size: int) -> np.ndarray:
    """Orthonormal directions across some others, (size, size - n_directions)."""
    kept = directions.shape[1]
    return np.linalg.qr(directions, mode="complete")[0][:, kept:] if kept else np.eye(size)


class _Local:
    """Drift, corrections and diffusion of a model at many points (M, N), N = 2 n_modes, and their derivatives."""

    def __init__(self, model: Model, method: Method, size: float):
        self.flow = None if model.symmetry is None else SymmetricFlow(model)
        names = ("drift", "kick", "jacobian")
        self._kernels = load_kernel((phase_moments_kernel, path_kernel), bind(model.kernel_module(), names))
        self._parameters, self._noise = model.kernel_parameters("gpe"), model.kernel_parameters("twa")
        self._corrected = model.kernel_parameters(method)
        self.n_noises, self.step, self._kick = model.n_noises, DIFFERENCE * size, 1.0
        typical = np.full((1, 2 * model.n_modes), size / np.sqrt(2 * model.n_modes))
        self._kick = (KICK * size) ** 2 / np.trace(self._flows(typical, self._parameters)[1][0])

    def _flows(self, x: np.ndarray, parameters: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        x = np.ascontiguousarray(x)
        result = np.empty(x.shape), np.empty((*x.shape, x.shape[1]))
        self._kernels.local_flows(x, parameters, self._noise, self.n_noises, self._kick, *result)
        return result

    def along(self, x: np.ndarray) -> np.ndarray:
        """Direction of the symmetry at a point, (N, 1); (N, 0) without one."""
        return np.empty((x.size, 0)) if self.flow is None else (self.flow.generator @ x)[:, None]

    def aligned(self, points: np.ndarray) -> np.ndarray:
        """The same chain, each point turned along the symmetry to be closest to the one before."""
        if self.flow is None:
            return points
        turned = [points[0]]
        for point in points[1:]:
            angle, _ = self.flow.align(to_complex(turned[-1]), to_complex(point))
            turned.append(self.flow.rotation(angle) @ point)
        return np.array(turned)

    def derivatives(self, x: np.ndarray) -> tuple[np.ndarray, ...]:
        """f, g, A, df_i/dx_j, dA_ij/dx_k, and second derivatives of f and A in the last two axes, at points (M, N)."""
        count, size = x.shape
        shifts = [np.zeros(size)]
        pairs = [(i, j) for i in range(size) for j in range(i)]
        for i in range(size):
            shifts += [sign * self.step * np.eye(size)[i] for sign in (1, -1)]
        for i, j in pairs:
            both = np.eye(size)[i] + np.eye(size)[j]
            shifts += [sign * self.step * both for sign in (1, -1)]
        moved = (x[None] + np.array(shifts)[:, None]).reshape(-1, size)
        velocity, diffusion = self._flows(moved, self._parameters)
        f = velocity.reshape(len(shifts), count, size)
        a = diffusion.reshape(len(shifts), count, size, size)
        g = self._flows(x, self._corrected)[0] - f[0]

        def split(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
            first = np.stack([(values[1 + 2 * i] - values[2 + 2 * i]) / (2 * self.step) for i in range(size)], axis=-1)
            second = np.zeros((*values.shape[1:], size, size))
            sums = [values[1 + 2 * i] + values[2 + 2 * i] - 2 * values[0] for i in range(size)]
            for i in range(size):
                second[..., i, i] = sums[i] / self.step**2
            for number, (i, j) in enumerate(pairs):
                place = 1 + 2 * size + 2 * number
                both = values[place] + values[place + 1] - 2 * values[0]
                second[..., i, j] = second[..., j, i] = (both - sums[i] - sums[j]) / (2 * self.step**2)
            return first, second

        slope, bend = split(f)
        change, curve = split(a)
        return f[0], g, a[0], slope, change, bend, curve

    def state(self, x: np.ndarray) -> _State:
        """A point at rest up to the symmetry, in the frame in which it rests."""
        f, _, diffusion, slope, *_ = (values[0] for values in self.derivatives(x[None]))
        along = self.along(x)
        orbit = 1.0
        if self.flow is not None:
            direction = along[:, 0]
            orbit = float(np.linalg.norm(direction))
            slope = slope - (direction @ f / orbit**2) * self.flow.generator
        return _State(slope, diffusion, _complement(along, x.size), orbit)

    def curvature(self, state: _State) -> np.ndarray:
        """Second derivatives of the quasipotential across the symmetry at a point at rest."""
        slope, diffusion = (state.across.T @ values @ state.across for values in (state.slope, state.diffusion))
        return np.linalg.inv(solve_continuous_lyapunov(slope, -diffusion))


def _along(local: _Local, points: np.ndarray, curvature: np.ndarray) -> tuple[list[np.ndarray], np.ndarray]:
    """Second derivatives of V, and ln C less that of the first point, along an aligned path to near the saddle.

    Up to the second point ln C changes as in exponential departure.
    """
    left = np.linalg.norm(points - points[-1], axis=1)
    # Closer to the saddle what is left of errors grows.
    first, last = 1, int(np.flatnonzero(left >= WINDOW[0] * left.max())[-1])
    arc = np.append(0.0, np.cumsum(np.linalg.norm(np.diff(points, axis=0), axis=1)))
    spline = CubicSpline(arc, points)
    stages = np.concatenate(
        [np.linspace(arc[k], arc[k + 1], 2 * SUBSTEPS, endpoint=False) for k in range(first, last)]
        + [arc[last : last + 1]]
    )
    tangent = spline(stages, 1)
    rate, source, slope, square, momentum, drain = _coefficients(local, spline(stages), tangent)
    near = left[first:last] < NEAR * left.max()
    held = _held(local, arc[: last + 1], spline, momentum[:: 2 * SUBSTEPS])
    z = curvature
    log = -drain(0, z) * rate[0] * arc[first]
    curvatures, logs = [z, z], [0.0, log]

    def change(stage: int, values: np.ndarray) -> np.ndarray:
        turned = slope[stage].T @ values
        return -rate[stage] * (source[stage] + turned + turned.T + values @ square[stage] @ values)

    for k in range(first, last):
        for substep in range(SUBSTEPS):
            here = 2 * ((k - first) * SUBSTEPS + substep)
            step = stages[here + 2] - stages[here]
            z, log = _runge_kutta(change, drain, rate, here, step, z, log)
            if near[k - first]:
                z = held(stages[here + 2], z)
        if not np.isfinite(z).all():
            raise ConvergenceError(
                f"the second derivatives of the quasipotential diverge at point {k} of {len(points)}"
            )
        curvatures.append(z)
        logs.append(log)
    return curvatures, np.array(logs)


def _runge_kutta(
    change: Callable[[int, np.ndarray], np.ndarray],
    drain: Callable[[int, np.ndarray], float],
    rate: np.ndarray,
    here: int,
    step: float,
    z: np.ndarray,
    log: float,
) -> tuple[np.ndarray, float]:
    """One step of fourth order over two stages."""
    with np.errstate(over="ignore", invalid="ignore"):
        k1 = change(here, z)
        z2 = z + 0.5 * step * k1
        k2 = change(here + 1, z2)
        z3 = z + 0.5 * step * k2
        k3 = change(here + 1, z3)
        z4 = z + step * k3
        k4 = change(here + 2, z4)
        drains = (
            rate[here] * drain(here, z)
            + 2 * rate[here + 1] * (drain(here + 1, z2) + drain(here + 1, z3))
            + rate[here + 2] * drain(here + 2, z4)
        )
        return z + step / 6 * (k1 + 2 * k2 + 2 * k3 + k4), log - step / 6 * drains


def _coefficients(
    local: _Local, x: np.ndarray, tangent: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, np.ndarray, Callable[[int, np.ndarray], float]]:
    """dt/ds, H_xx, M in the turning frame and A at stages of a path, and the function that gives -d ln C/dt."""
    f, g, a, slope, change, bend, curve = local.derivatives(x)
    metric = np.linalg.inv(a)
    if local.flow is not None:
        direction = x @ local.flow.generator.T
        lowered = np.einsum("mij,mj->mi", metric, direction)
        metric -= lowered[:, :, None] * (lowered / np.einsum("mi,mi->m", direction, lowered)[:, None])[:, None, :]
    length, speed = (np.sqrt(np.einsum("mi,mij,mj->m", v, metric, v)) for v in (tangent, f))
    velocity = (speed / length)[:, None] * tangent
    p = np.einsum("mij,mj->mi", metric, velocity - f)
    mixed = slope + np.einsum("mikj,mk->mij", change, p)
    if local.flow is not None:
        turning = f + np.einsum("mij,mj->mi", a, p) - velocity
        angular = np.einsum("mi,mi->m", direction, turning) / np.einsum("mi,mi->m", direction, direction)
        mixed = mixed - angular[:, None, None] * local.flow.generator
    source = np.einsum("mi,mijk->mjk", p, bend) + 0.5 * np.einsum("mi,mj,mijkl->mkl", p, p, curve)
    fixed = np.einsum("mii->m", slope) + np.einsum("mi,mijj->m", p, change) - np.einsum("mi,mi->m", g, p)

    def drain(stage: int, z: np.ndarray) -> float:
        return float(fixed[stage] + 0.5 * np.einsum("ij,ji->", a[stage], z))

    return length / speed, source, mixed, a, p, drain


def _held(
    local: _Local, arc: np.ndarray, spline: CubicSpline, momentum: np.ndarray
) -> Callable[[float, np.ndarray], np.ndarray]:
    """Function that gives Z the rows that the path itself tells: Z x' = p', and Z u = G p along the symmetry u = G x.

    Near the saddle a deviation in them grows: the path is unstable there.
    """
    # At rest there is no momentum.
    momenta = CubicSpline(arc, np.concatenate([np.zeros((1, momentum.shape[1])), momentum]))

    def hold(s: float, z: np.ndarray) -> np.ndarray:
        x, known, images = spline(s), [spline(s, 1)], [momenta(s, 1)]
        if local.flow is not None:
            known.append(local.flow.generator @ x)
            images.append(local.flow.generator @ momenta(s))
        basis, triangle = np.linalg.qr(np.column_stack(known))
        # Images of orthonormal directions.
        rows = np.linalg.solve(triangle.T, np.array(images)).T
        inner = basis.T @ rows
        across = np.eye(x.size) - basis @ basis.T
        mixed = across @ rows @ basis.T
        return across @ z @ across + mixed + mixed.T + 0.5 * basis @ (inner + inner.T) @ basis.T

    return hold
