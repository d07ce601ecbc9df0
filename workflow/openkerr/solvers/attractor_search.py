"""Search for attractors and for relative equilibria of a model with a U(1) symmetry, from states of the field."""

from __future__ import annotations

import math
from itertools import combinations

import numpy as np
from numpy.typing import ArrayLike

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

RESTING = 1e-6
"""Modulation, relative to the quantity itself, below which it counts as constant: integrations leave 1e-9."""

ASIDE = 1e-3
"""Distance from a saddle, relative to its state, at which the search for the attractors beside it starts."""

ORIGIN = 0.1
"""Share of the linear decay that the rest of the velocity may make up where a field counts as lost to the origin."""


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
    one of smallest modulus.  Where the field decays to zero it is the origin, ``RelativeEquilibrium.at_origin``.

    Raises
    ------
    ConvergenceError
        If nothing counts after ``attempts`` tries, as on a chaotic attractor or one of more than two frequencies.
    """
    flow, x = SymmetricFlow(model, method), to_real(start)
    whole_turn = 2 * np.pi / math.gcd(*flow.symmetry)
    for _ in range(attempts):
        x = flow.trajectory(x, np.array([burn_in]), COARSE_TOLERANCE)[0]
        if _decays_to_origin(flow, x):
            return solve_relative_equilibrium(model, np.zeros(model.n_modes), method=method)
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
    raise ConvergenceError(
        f"no attractor of {type(model).__name__} was found in a time of {attempts * burn_in:g}, at whose end the "
        f"field has the norm {np.linalg.norm(x):.3g}"
    )


def torus_of(model: Model, start: ArrayLike, method: Method = "gpe") -> tuple[RelativePeriodicOrbit | None, str]:
    """The limit torus to which the field goes from ``start``, as `find_attractor`; or ``None``, and why there is none.

    Returns
    -------
    orbit, reason : RelativePeriodicOrbit or None, str
        The reason is empty where there is a torus.
    """
    try:
        found = find_attractor(model, start, method=method)
    except ConvergenceError as error:
        return None, str(error)
    if isinstance(found, RelativePeriodicOrbit):
        return found, ""
    return None, "the field decays to zero" if found.at_origin else "the attractor is a limit cycle"


def attractor_fields(found: RelativeEquilibrium | RelativePeriodicOrbit, n_samples: int = 512) -> np.ndarray:
    """Fields along an attractor in the co-rotating frame, at equal distances over one period: (n_modes, n_samples).

    The number of samples is the next one that the segments of the orbit divide; an equilibrium has one.
    """
    if isinstance(found, RelativeEquilibrium):
        return found.state[:, None]
    return found.sample(n_samples + -n_samples % len(found.nodes))


def attractors_beside(saddle: RelativeEquilibrium) -> tuple[RelativeEquilibrium | RelativePeriodicOrbit, ...]:
    """The attractors to which the field goes from either side of an equilibrium with one unstable direction.

    Returns
    -------
    tuple of length 2
        In no order; equal up to the symmetry where the saddle lies within one basin.

    Raises
    ------
    ValueError
        If there is not one unstable direction.
    ConvergenceError
        As `find_attractor`.
    """
    if saddle.n_unstable != 1:
        raise ValueError(f"{saddle.n_unstable} directions are unstable: allowed is 1")
    flow, x = SymmetricFlow(saddle.model, saddle.method), to_real(saddle.state)
    rates, vectors = np.linalg.eig(flow.jacobian(x) + saddle.nu * flow.generator)
    away = vectors[:, rates.real.argmax()].real
    away *= ASIDE * np.linalg.norm(x) / np.linalg.norm(away)
    first, second = (
        find_attractor(saddle.model, to_complex(x + sign * away), method=saddle.method) for sign in (1.0, -1.0)
    )
    return first, second


def attractor_radii(found: RelativeEquilibrium | RelativePeriodicOrbit, n_samples: int = 2048) -> np.ndarray:
    """Least and greatest modulus of every mode along an attractor: the ring that a torus fills; (n_modes, 2)."""
    modulus = np.abs(attractor_fields(found, n_samples))
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
        if all(flow.align(new.state, old.state)[1] > 1e-6 for old in found):
            found.append(new)
    return sorted(found, key=lambda one: (one.n_unstable, one.nu))


def _decays_to_origin(flow: SymmetricFlow, x: np.ndarray) -> bool:
    """Whether the origin attracts, and the field is so small that what is not linear in it cannot keep it."""
    matrix = flow.jacobian(np.zeros(x.size)).copy()
    # Of the symmetric part: no transient growth then.
    decay = -np.linalg.eigvalsh(0.5 * (matrix + matrix.T)).max()
    rest = np.linalg.norm(flow.drift(x) - matrix @ x)
    return decay > 0 and rest <= ORIGIN * decay * np.linalg.norm(x)


def _equilibrium_at(flow: SymmetricFlow, x: np.ndarray, _window: float) -> tuple[RelativeEquilibrium, float]:
    """Equilibrium near a state, and its distance from it."""
    found = solve_relative_equilibrium(flow.model, to_complex(x), method=flow.method)
    return found, flow.align(to_complex(x), found.state)[1]


def _orbit_at(flow: SymmetricFlow, x: np.ndarray, window: float) -> tuple[RelativePeriodicOrbit, float]:
    """Orbit near the first close return to a section through the middle of a modulated quantity, and its distance."""
    times = np.linspace(0.0, window, 1 + round(window / SAMPLING))
    states = to_complex(flow.trajectory(x, times, COARSE_TOLERANCE))
    quantity = _modulated(flow, states)
    above = quantity >= quantity.mean()
    crossings = np.flatnonzero(~above[:-1] & above[1:])
    if crossings.size < 2:
        raise ConvergenceError(f"no modulation is seen in a time of {window:g}")
    first = states[crossings[0]]
    returns = [flow.align(first, states[index]) for index in crossings[1:]]
    distances = np.array([distance for _, distance in returns])
    close = distances <= max(2 * distances.min(), 1e-2 * np.linalg.norm(first))
    best = close.argmax()
    period, angle = times[crossings[best + 1]] - times[crossings[0]], returns[best][0]
    found = solve_relative_periodic_orbit(flow.model, first, period, angle, method=flow.method)
    found = _primitive(flow, found, most=max(3, best + 1))
    return found, flow.align(first, found.nodes[0])[1]


def _modulated(flow: SymmetricFlow, states: np.ndarray) -> np.ndarray:
    """What a section is made of, (n_samples,): the most modulated density; where densities rest, a relative phase.

    alpha_k**w_l conj(alpha_l)**w_k does not turn with the symmetry.
    """
    density = np.abs(states) ** 2
    spread = np.ptp(density, axis=0)
    if spread.max() > RESTING * density.max():
        return density[:, spread.argmax()]
    weights = flow.symmetry
    for one, other in combinations(np.argsort(-density.mean(axis=0), kind="stable"), 2):
        common = math.gcd(weights[one], weights[other]) or 1
        phase = weights[other] * np.angle(states[:, one]) - weights[one] * np.angle(states[:, other])
        quantity = np.cos(phase / common)
        if density[0, [one, other]].all() and np.ptp(quantity) > RESTING:
            return quantity
    raise ConvergenceError("densities and relative phases are constant: no modulation is seen")


def _primitive(flow: SymmetricFlow, orbit: RelativePeriodicOrbit, most: int) -> RelativePeriodicOrbit:
    """The orbit once round, where a close return after several rounds, at most so many, was taken for its period."""
    for rounds in (one for one in range(2, most + 1) if all(one % other for other in range(2, one))):
        state = flow.trajectory(to_real(orbit.nodes[0]), np.array([orbit.period / rounds]), COARSE_TOLERANCE)[0]
        angle, distance = flow.align(orbit.nodes[0], to_complex(state))
        if distance < 1e-5 * np.linalg.norm(orbit.nodes[0]):
            once = solve_relative_periodic_orbit(
                flow.model, orbit.nodes[0], orbit.period / rounds, angle, method=flow.method
            )
            return _primitive(flow, once, most)
    return orbit
