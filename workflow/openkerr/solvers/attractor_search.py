"""Search for attractors and for relative equilibria of a model with a U(1) symmetry, from states of the field."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike
from scipy.optimize import minimize_scalar

from openkerr.models.base import Method, Model
from openkerr.solvers.relative_orbits import (
    RelativeEquilibrium,
    RelativePeriodicOrbit,
    solve_relative_equilibrium,
    solve_relative_periodic_orbit,
)
from openkerr.solvers.symmetric_flow import ConvergenceError, SymmetricFlow, to_complex, to_real

COARSE_TOLERANCE = 1e-9
"""Relative tolerance of the integrations that only lead to a guess; their sampling interval."""
SAMPLING = 0.02


def find_attractor(
    model: Model,
    start: ArrayLike,
    *,
    method: Method = "gpe",
    burn_in: float = 300.0,
    window: float = 100.0,
    attempts: int = 4,
) -> RelativeEquilibrium | RelativePeriodicOrbit:
    """The stable relative equilibrium or periodic orbit to which the field goes from ``start``.

    The field is integrated for ``burn_in``; then Newton's method is tried from where it is, first for an equilibrium,
    then for an orbit from the closest return within ``window``.  What is found counts if it is stable and stands no
    farther from the field than a hundredth of it; otherwise the field is integrated on.  The branch of nu_phi is the
    one of smallest modulus.

    Raises
    ------
    ConvergenceError
        If nothing counts after ``attempts`` tries, as on a chaotic attractor or one of more than two frequencies.
    """
    flow, x = SymmetricFlow(model, method), to_real(start)
    whole_turn = 2 * np.pi / math.gcd(*flow.symmetry)
    for _ in range(attempts):
        x = flow.trajectory(x, np.array([burn_in]), COARSE_TOLERANCE)[0]
        for search in (_equilibrium_at, _orbit_at):
            try:
                found, distance = search(flow, x, window)
            except ConvergenceError:
                continue
            if found.n_unstable or distance > 1e-2 * np.linalg.norm(x):
                continue
            if isinstance(found, RelativePeriodicOrbit):
                turns = np.round(found.angle / whole_turn)
                if turns:
                    return solve_relative_periodic_orbit(
                        model, found.nodes, found.period, found.angle - turns * whole_turn, method=method
                    )
            return found
    raise ConvergenceError(f"no attractor of {type(model).__name__} was found in a time of {attempts * burn_in:g}")


def attractor_radii(found: RelativeEquilibrium | RelativePeriodicOrbit, n_samples: int = 2048) -> np.ndarray:
    """Least and greatest modulus of every mode along an attractor: the ring that a torus fills; (n_modes, 2)."""
    if isinstance(found, RelativeEquilibrium):
        return np.stack([np.abs(found.state)] * 2, axis=1)
    n_samples += -n_samples % len(found.nodes)
    modulus = np.abs(found.sample(n_samples))
    return np.stack([modulus.min(axis=1), modulus.max(axis=1)], axis=1)


def find_relative_equilibria(
    model: Model, n_starts: int, *, seed: int = 0, size: float = 1.0, method: Method = "gpe"
) -> list[RelativeEquilibrium]:
    """Relative equilibria, stable or not, that Newton's method meets from random states of a given size.

    Returns
    -------
    list of RelativeEquilibrium
        Different up to the symmetry, the most stable first; the origin is among them where it was met.
    """
    rng, flow = np.random.default_rng(seed), SymmetricFlow(model, method)
    found: list[RelativeEquilibrium] = []
    for _ in range(n_starts):
        guess = size * (rng.normal(size=(2, model.n_modes)) * [[1.0], [1.0j]]).sum(axis=0)
        try:
            new = solve_relative_equilibrium(model, guess, method=method)
        except ConvergenceError:
            continue
        if all(_align(flow, new.state, old.state)[1] > 1e-6 for old in found):
            found.append(new)
    return sorted(found, key=lambda one: (one.n_unstable, one.nu))


def _equilibrium_at(flow: SymmetricFlow, x: np.ndarray, _window: float) -> tuple[RelativeEquilibrium, float]:
    """Equilibrium near a state, and its distance from it."""
    found = solve_relative_equilibrium(flow.model, to_complex(x), method=flow.method)
    return found, _align(flow, to_complex(x), found.state)[1]


def _orbit_at(flow: SymmetricFlow, x: np.ndarray, window: float) -> tuple[RelativePeriodicOrbit, float]:
    """Orbit near the first close return to a section through the middle of the most modulated density; its distance."""
    times = np.linspace(0.0, window, 1 + round(window / SAMPLING))
    states = to_complex(flow.trajectory(x, times, COARSE_TOLERANCE))
    density = np.abs(states) ** 2
    density = density[:, np.ptp(density, axis=0).argmax()]
    above = density >= density.mean()
    crossings = np.flatnonzero(~above[:-1] & above[1:])
    if crossings.size < 2:
        raise ConvergenceError(f"no modulation is seen in a time of {window:g}")
    first = states[crossings[0]]
    returns = [_align(flow, first, states[index]) for index in crossings[1:]]
    distances = np.array([distance for _, distance in returns])
    close = distances <= max(2 * distances.min(), 1e-2 * np.linalg.norm(first))
    best = close.argmax()
    period, angle = times[crossings[best + 1]] - times[crossings[0]], returns[best][0]
    found = _primitive(flow, solve_relative_periodic_orbit(flow.model, first, period, angle, method=flow.method))
    return found, _align(flow, first, found.nodes[0])[1]


def _primitive(flow: SymmetricFlow, orbit: RelativePeriodicOrbit) -> RelativePeriodicOrbit:
    """The orbit once round, where a close return after several rounds has been taken for its period."""
    for rounds in (2, 3):
        state = flow.trajectory(to_real(orbit.nodes[0]), np.array([orbit.period / rounds]), COARSE_TOLERANCE)[0]
        angle, distance = _align(flow, orbit.nodes[0], to_complex(state))
        if distance < 1e-5 * np.linalg.norm(orbit.nodes[0]):
            once = solve_relative_periodic_orbit(
                flow.model, orbit.nodes[0], orbit.period / rounds, angle, method=flow.method
            )
            return _primitive(flow, once)
    return orbit


def _align(flow: SymmetricFlow, here: np.ndarray, there: np.ndarray) -> tuple[float, float]:
    """Angle that turns ``there`` closest to ``here``, alpha -> exp(i w angle) alpha, and the distance that is left."""
    half_turn = np.pi / math.gcd(*flow.symmetry)

    def distance(angle: float | np.ndarray) -> np.ndarray:
        return np.linalg.norm(np.exp(1j * np.multiply.outer(angle, flow.weights)) * there - here, axis=-1)

    grid = np.linspace(-half_turn, half_turn, 257)
    guess, spacing = grid[distance(grid).argmin()], grid[1] - grid[0]
    bounds = guess - spacing, guess + spacing
    best = minimize_scalar(distance, bounds=bounds, method="bounded", options={"xatol": 1e-10}).x
    return float(best), float(distance(best))
