"""Most probable paths of switching by weak noise, and the exponent of its rate: the geometric minimum action method.

A field with drift f and diffusion matrix eps A leaves the basin of an attractor at a rate that goes like exp(-c/eps),
eps -> 0 (M. I. Freidlin and A. D. Wentzell, Random Perturbations of Dynamical Systems).  c is the least action of a
path from the attractor to the saddle on the edge of its basin,

    c = min int (|x'| |f| - <x', f>) ds,      <v, w> = v . A^(-1)(x) w,

which hangs on the curve alone and not on how fast it is passed, so that a path of infinite time becomes one of finite
length (M. Heymann and E. Vanden-Eijnden, Commun. Pure Appl. Math. 61, 1052 (2008)).  Along the flow it costs nothing.

Where the model has a U(1) symmetry a path turns along it for nothing: x' and f are taken without their parts along the
symmetry's direction u, <v, w> -> <v, w> - <v, u><u, w>/<u, u>.  Cycles that move along the symmetry alone are points
then, and limit tori are loops.

A path is a chain of points, its integrand taken at the middle of each link (second order in the links' length).
Newton's method moves the points across the path, with the banded second derivative; in between they are spread at equal
distances.  A path from a loop winds around it, in the limit for ever: each winding shrinks what is left of the action
by the square of the loop's multiplier.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike
from scipy.interpolate import CubicSpline
from scipy.linalg import LinAlgError, solveh_banded

from openkerr.models.base import Method, Model
from openkerr.numerics.compilation import bind, load_kernel
from openkerr.solvers import path_kernel, phase_moments_kernel
from openkerr.solvers.symmetric_flow import ConvergenceError, SymmetricFlow, to_complex, to_real

KICK = 1e-4
"""Length of the kicks that give the diffusion matrix, relative to the state."""
DIFFERENCE = 1e-5
"""Step of the differences that give first derivatives, relative to the state; ten times it gives the second ones."""
COARSEST = 4
"""A path is found with this fraction of its points, then with twice as many until it has all."""
NEAREST = 1e-3
"""Distance from a state at rest, relative to the largest one, down to which points of a path become denser."""
MAX_SWEEPS = 80
"""Sweeps, each of some Newton steps and a new spacing, within which a path has to be found."""
NEWTON_STEPS = 3
TOLERANCE = 1e-6
COARSE_TOLERANCE = 0.03
"""Change of the action by a sweep, relative to it, below which a path is found; on few points the second over the
square of their number, well below what the links leave.
"""
LARGEST_DAMPING = 1e6


@dataclass(frozen=True)
class ActionPath:
    """A path of least action.

    Attributes
    ----------
    action, action_error : float
        Exponent c of a rate that goes like exp(-c), in the noise of the model, extrapolated from half as many points
        and all of them.  The error is what that adds and, where the path leaves a loop, the action of its first
        winding: one more would save less.
    fields : (n_points, n_modes) complex
        From the attractor to the saddle, turned along the symmetry so that neighbours are closest.
    link_actions : (n_points - 1,)
        Action of each link; not extrapolated.
    """

    action: float
    action_error: float
    fields: np.ndarray = field(repr=False)
    link_actions: np.ndarray = field(repr=False)


def path_action(model: Model, fields: ArrayLike, *, method: Method = "gpe") -> float:
    """Action of a path in the noise of the model, whatever time it takes.

    Parameters
    ----------
    model : Model
        Any model with kernels ``drift`` and ``kick`` whose noise reaches every direction of the field.
    fields : (n_points, n_modes) complex
        Points in the order of the path, close enough to be joined by straight links.
    method : {"gpe", "twa"}
        Which field equation the drift is taken from.

    Raises
    ------
    ValueError
        If the noise does not reach every direction.
    """
    points = to_real(fields)
    geometry = _Geometry(model, method, float(np.abs(points).max()), (False, False))
    return geometry.action(geometry.aligned(points))


def least_action_path(
    model: Model,
    start: ArrayLike,
    saddle: ArrayLike,
    *,
    method: Method = "gpe",
    n_points: int = 200,
    windings: int = 3,
    n_phases: int = 4,
) -> ActionPath:
    """Path of least action from an attractor to a saddle, in the noise of the model.

    A model whose noise is 1/aleph has, at aleph = 1, the coefficient of aleph in the exponent.

    Parameters
    ----------
    model : Model
        Any model with kernels ``drift`` and ``kick`` whose noise reaches every direction of the field.
    start : (n_modes,) or (n_samples, n_modes) complex
        The attractor: a state at rest, up to the symmetry, or one lap of a loop in the order of time, at least 16
        samples without the repeated end, in a frame in which it closes up to the symmetry.
    saddle : (n_modes,) complex
        State at rest, up to the symmetry, on the edge of the basin.
    method : {"gpe", "twa"}
        Which field equation the drift is taken from.
    n_points : int
        Points of the path, in every winding where it leaves a loop; a multiple of 4, at least 32.
    windings : int
        Windings around a loop, at least 2; without effect for a state.
    n_phases : int
        Points of a loop from which first guesses leave it; the least action of all paths found counts.

    Raises
    ------
    ValueError
        If the noise does not reach every direction, or the numbers are not those allowed.
    ConvergenceError
        If no path is found.
    """
    states = np.atleast_2d(np.asarray(start, dtype=complex))
    end, lap, is_loop = to_real(np.asarray(saddle, dtype=complex)), to_real(states), len(states) > 1
    if n_points < 32 or n_points % COARSEST:
        raise ValueError(f"n_points is {n_points}: allowed is a multiple of {COARSEST}, at least 32")
    if is_loop and len(states) < 16:
        raise ValueError(f"start has {len(states)} samples: allowed is 1, or at least 16 of one lap of a loop")
    if is_loop and windings < 2:
        raise ValueError(f"windings is {windings}: allowed is at least 2")
    if n_phases < 1:
        raise ValueError(f"n_phases is {n_phases}: allowed is at least 1")
    geometry = _Geometry(model, method, float(np.abs(states).max()), (not is_loop, True))
    coarse = n_points // COARSEST
    if not is_loop:
        return _refined(geometry, _relaxed(geometry, geometry.straight(lap[0], end, coarse)), n_points, 0.0)
    found, reasons = {}, []
    for departure in (number * len(lap) // n_phases for number in range(n_phases)):
        try:
            path = _relaxed(geometry, geometry.unwound(lap, departure, end, windings, coarse))
        except ConvergenceError as reason:
            reasons.append(reason)
        else:
            found[geometry.action(path)] = path
    lap_length = _arc(geometry.aligned(np.concatenate([lap, lap[:1]])))[-1]
    for action in sorted(found):
        try:
            return _refined(geometry, found[action], n_points * windings, lap_length)
        except ConvergenceError as reason:
            reasons.append(reason)
    raise reasons[-1]


class _Geometry:
    """Action of chains of points (M, N), N = 2 n_modes, in one model."""

    def __init__(self, model: Model, method: Method, size: float, at_rest: tuple[bool, bool]):
        self.n_noises, self.at_rest, self._flow = model.n_noises, at_rest, None
        if model.symmetry is not None:
            self._flow = SymmetricFlow(model, method)
        names = ("drift", "kick", "jacobian")
        self._kernels = load_kernel((phase_moments_kernel, path_kernel), bind(model.kernel_module(), names))
        self._parameters = model.kernel_parameters(method), model.kernel_parameters("twa")
        self._difference, self._kick = DIFFERENCE * size, 1.0
        typical = np.full((1, 2 * model.n_modes), size / np.sqrt(2 * model.n_modes))
        diffusion = self._local(typical)[1][0]
        if np.linalg.matrix_rank(diffusion, hermitian=True) < len(diffusion):
            raise ValueError(f"the noise of {type(model).__name__} does not reach every direction of the field")
        self._kick = (KICK * size) ** 2 / np.trace(diffusion)

    def _local(self, x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Velocities (M, N) and diffusion matrices (M, N, N)."""
        x = np.ascontiguousarray(x)
        result = np.empty(x.shape), np.empty((*x.shape, x.shape[1]))
        self._kernels.local_flows(x, *self._parameters, self.n_noises, self._kick, *result)
        return result

    def _links(self, middle: np.ndarray, change: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Actions (M,) of links with these middles, and their derivatives with respect to the changes (M, N)."""
        velocity, diffusion = self._local(middle)
        metric = np.linalg.inv(diffusion)
        if self._flow is not None:
            along = middle @ self._flow.generator.T
            lowered = np.einsum("mij,mj->mi", metric, along)
            metric -= lowered[:, :, None] * (lowered / np.einsum("mi,mi->m", along, lowered)[:, None])[:, None, :]
        forward, flow = (np.einsum("mij,mj->mi", metric, vector) for vector in (change, velocity))
        length, speed = (
            np.sqrt(np.maximum(np.einsum("mi,mi->m", vector, lowered), 0.0))
            for vector, lowered in ((change, forward), (velocity, flow))
        )
        slope = (speed / np.maximum(length, np.finfo(float).tiny))[:, None] * forward - flow
        return length * speed - np.einsum("mi,mi->m", change, flow), slope

    def link_actions(self, points: np.ndarray) -> np.ndarray:
        """Actions of the links between neighbours, (M - 1,)."""
        return self._links(0.5 * (points[1:] + points[:-1]), np.diff(points, axis=0))[0]

    def action(self, points: np.ndarray) -> float:
        """Action of the whole chain."""
        return float(self.link_actions(points).sum())

    def gradient(self, points: np.ndarray) -> np.ndarray:
        """Derivative of the action with respect to all points, (M, N)."""
        middle, change = 0.5 * (points[1:] + points[:-1]), np.diff(points, axis=0)
        count, size = middle.shape
        moved = [middle + sign * self._difference * axis for axis in np.eye(size) for sign in (1, -1)]
        values = self._links(np.concatenate(moved), np.tile(change, (2 * size, 1)))[0].reshape(size, 2, count)
        by_middle = (values[:, 0] - values[:, 1]).T / (2 * self._difference)
        by_change = self._links(middle, change)[1]
        result = np.zeros_like(points)
        result[1:] += 0.5 * by_middle + by_change
        result[:-1] += 0.5 * by_middle - by_change
        return result

    def across(self, points: np.ndarray) -> np.ndarray:
        """Orthonormal directions across chain and symmetry at the inner points, (M - 2, N, n_directions)."""
        fixed = [0.5 * (points[2:] - points[:-2])]
        if self._flow is not None:
            fixed.append(points[1:-1] @ self._flow.generator.T)
        basis = np.linalg.qr(np.stack(fixed, axis=2), mode="complete")[0]
        return basis[:, :, len(fixed) :]

    def curvature(self, points: np.ndarray, across: np.ndarray) -> np.ndarray:
        """Second derivative in the directions across, lower bands (2 n_directions, (M - 2) n_directions).

        A point is coupled to its neighbours alone: every third point is moved at once.
        """
        count, _, n_across = across.shape
        bands, step = np.zeros((2 * n_across, count * n_across)), 10.0 * self._difference
        for colour in range(3):
            chosen = np.arange(colour, count, 3)
            for direction in range(n_across):
                shift = np.zeros_like(points)
                shift[1 + chosen] = step * across[chosen, :, direction]
                change = (self.gradient(points + shift) - self.gradient(points - shift))[1:-1] / (2 * step)
                answer = np.einsum("mij,mi->mj", across, change)
                for neighbour in (0, 1):
                    rows = chosen[chosen + neighbour < count]
                    for other in range(n_across):
                        below = neighbour * n_across + other - direction
                        if below >= 0:
                            bands[below, rows * n_across + direction] = answer[rows + neighbour, other]
        return bands

    def aligned(self, points: np.ndarray) -> np.ndarray:
        """The same chain, each point turned along the symmetry to be closest to the one before."""
        if self._flow is None:
            return points
        fields, angle = to_complex(points), 0.0
        for index in range(1, len(fields)):
            angle = _turn(self._flow, fields[index - 1], fields[index], angle)
            fields[index] *= np.exp(1j * self._flow.weights * angle)
        return to_real(fields)

    def straight(self, start: np.ndarray, end: np.ndarray, n_points: int) -> np.ndarray:
        """Straight chain between two states."""
        if self._flow is not None:
            end = self._flow.rotation(self._flow.align(to_complex(start), to_complex(end))[0]) @ end
        return start + np.linspace(0.0, 1.0, n_points)[:, None] * (end - start)

    def unwound(self, lap: np.ndarray, departure: int, end: np.ndarray, windings: int, n_points: int) -> np.ndarray:
        """Chain that winds around a loop and leaves it straight for the end from one of its samples."""
        order = np.arange(departure - windings * len(lap), departure + 1) % len(lap)
        winding = self.aligned(lap[order])
        leaving = self.straight(winding[-1], end, max(len(lap) // 4, 8))
        return _spread(np.concatenate([winding, leaving[1:]]), n_points * windings, self.at_rest)


def _turn(flow: SymmetricFlow, here: np.ndarray, there: np.ndarray, guess: float) -> float:
    """Angle near a guess that turns ``there`` closest to ``here``."""
    weights, angle = flow.weights, guess
    for _ in range(20):
        overlap = np.exp(1j * weights * angle) * there * here.conj()
        curvature = (weights**2 * overlap.real).sum()
        if curvature <= 0:
            break
        step = -(weights * overlap.imag).sum() / curvature
        angle += step
        if abs(step) < 1e-12:
            return angle
    return flow.align(here, there)[0]


def _arc(points: np.ndarray) -> np.ndarray:
    """Length of the chain up to each point."""
    return np.append(0.0, np.cumsum(np.linalg.norm(np.diff(points, axis=0), axis=1)))


def _spread(points: np.ndarray, n_points: int, at_rest: tuple[bool, bool]) -> np.ndarray:
    """The same curve with so many points, equally dense over its length and the logarithms of distances from rest.

    The path may turn sharply where it comes to rest, and winds for ever where the rates there are complex.
    """
    arc = _arc(points)
    nearest = NEAREST * np.linalg.norm(points, axis=1).max()
    # Parts of equal weight: the length, and the logarithms that count.
    weight = arc / arc[-1]
    scale = np.log1p(arc[-1] / nearest)
    if at_rest[0]:
        weight = weight + np.log1p(arc / nearest) / scale
    if at_rest[1]:
        weight = weight + 1.0 - np.log1p((arc[-1] - arc) / nearest) / scale
    return CubicSpline(arc, points)(np.interp(np.linspace(0.0, weight[-1], n_points), weight, arc))


def _relaxed(geometry: _Geometry, points: np.ndarray) -> np.ndarray:
    """Chain of least action between the same ends."""
    damping, sweep_action = 1e-3, np.inf
    tolerance = max(TOLERANCE, COARSE_TOLERANCE / len(points) ** 2)
    for _ in range(MAX_SWEEPS):
        points = geometry.aligned(_spread(points, len(points), geometry.at_rest))
        action = geometry.action(points)
        if abs(sweep_action - action) <= tolerance * action:
            return points
        sweep_action = action
        for _ in range(NEWTON_STEPS):
            points, action, damping = _newton_step(geometry, points, action, damping)
            if damping > LARGEST_DAMPING:
                break
    raise ConvergenceError(f"no path of least action after {MAX_SWEEPS} sweeps: its action still moves at {action:g}")


def _newton_step(
    geometry: _Geometry, points: np.ndarray, action: float, damping: float
) -> tuple[np.ndarray, float, float]:
    """Chain, action and damping after a step that lowers the action, damped where the second derivative asks for it."""
    across = geometry.across(points)
    if not across.shape[2]:
        return points, action, damping
    slope = np.einsum("mij,mi->mj", across, geometry.gradient(points)[1:-1])
    bands = geometry.curvature(points, across)
    size = np.abs(bands[0]).mean()
    while damping <= LARGEST_DAMPING:
        damped = bands.copy()
        damped[0] += damping * size
        try:
            step = solveh_banded(damped, -slope.ravel(), lower=True).reshape(slope.shape)
        except LinAlgError:
            damping *= 10
            continue
        trial = points.copy()
        trial[1:-1] += np.einsum("mij,mj->mi", across, step)
        trial_action = geometry.action(trial)
        if trial_action <= action:
            return trial, trial_action, max(0.2 * damping, 1e-12)
        damping *= 10
    return points, action, damping


def _refined(geometry: _Geometry, points: np.ndarray, n_points: int, lap_length: float) -> ActionPath:
    """The path on all its points; a loop that it leaves has a length."""
    actions = [geometry.action(points)]
    while len(points) < n_points:
        points = _relaxed(geometry, _spread(points, 2 * len(points), geometry.at_rest))
        actions.append(geometry.action(points))
    links = geometry.link_actions(points)
    # The links' middles leave an error of second order in their length.
    rest = (actions[-2] - actions[-1]) / 3
    first_lap = float(links[_arc(points)[1:] <= lap_length].sum())
    return ActionPath(float(links.sum()) - rest, abs(rest) + first_lap, to_complex(points), links)
