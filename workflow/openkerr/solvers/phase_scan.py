"""Phase diffusion along the branches of a model's attractors, and where on a torus an ensemble begins to diffuse."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from openkerr.models.base import Model
from openkerr.solvers.attractor_search import find_attractor
from openkerr.solvers.continuation import Branch, trace_branch
from openkerr.solvers.families import vary
from openkerr.solvers.linear_noise import TOLERANCE, NoiseExpansion, PhaseDiffusion, phase_diffusion, phases_at
from openkerr.solvers.relative_orbits import (
    RelativeEquilibrium,
    RelativePeriodicOrbit,
    solve_relative_periodic_orbit,
)
from openkerr.solvers.symmetric_flow import SymmetricFlow, to_complex, to_real
from openkerr.solvers.transition import MAX_STEP

SETTLED = 30.0
"""Decay lengths of the slowest deviation after which a field counts as on the attractor: a deviation of exp(-30)."""


N_PHASES = 32
"""Points of a period over which spread and displacement of a start are averaged."""

SLOWEST = 1e-6
"""Rate, in units of the model, below which a deviation does not count as decaying: a branch is at its end there."""


@dataclass(frozen=True)
class PhasePoint:
    """An attractor at one value of the parameter with its phase diffusion; ``branch`` numbers the branches."""

    value: float
    branch: int
    attractor: RelativeEquilibrium | RelativePeriodicOrbit
    diffusion: PhaseDiffusion


@dataclass(frozen=True)
class TorusStart:
    """How an ensemble that starts in a coherent state comes to a limit torus.

    Attributes
    ----------
    orbit : RelativePeriodicOrbit
        The torus, with its first node where the classical field is after ``time``.
    time : float
    spread : (2, 2)
        Covariance of (phi, psi) less what diffuses from the time 0 on: <d(angle_a) d(angle_b)>(t) = spread + D t for
        late t, averaged over a period, in the noise of the orbit's model.
    displacement : (2,)
        Mean of (phi, psi) less those of the classical field and less the frequency shift times t, likewise.
    diffusion : PhaseDiffusion
    """

    orbit: RelativePeriodicOrbit
    time: float
    spread: np.ndarray
    displacement: np.ndarray
    diffusion: PhaseDiffusion

    def start_variance(self, charge: int, order: int) -> float:
        """Half the variance of charge phi + order psi that the start leaves."""
        vector = np.array([charge, order], dtype=float)
        return float(0.5 * vector @ self.spread @ vector)

    def start_phase(self, charge: int, order: int) -> float:
        """What the way to the torus adds to the mean of charge phi + order psi."""
        return float(np.array([charge, order], dtype=float) @ self.displacement)


def scan_phase_diffusion(
    model: Model, parameter: str, values: Sequence[float], start: Sequence[complex], max_period: float
) -> list[PhasePoint]:
    """Phase diffusion at given values of a parameter, and at the points of the branches between them.

    The attractors found at both ends of the values are followed towards the other end; the origin has no phases and is
    left out.

    Parameters
    ----------
    model : Model
        With a U(1) symmetry; its noise is that of the diffusion.
    parameter : str
        Parameter that is varied, see `openkerr.solvers.families.vary`.
    values : sequence of float
        At least two.
    start : (n_modes,) complex
        Field from which attractors are reached.
    max_period : float
        Period up to which an orbit is followed.

    Returns
    -------
    list of PhasePoint
        Attractors only, by branch and ascending value; not the fold itself at which a branch ends.

    Raises
    ------
    ConvergenceError
        If no attractor is found at one of the ends.
    """
    family, limits = vary(model, parameter), (min(values), max(values))
    branches: list[Branch] = []
    for value, sense in ((limits[0], 1.0), (limits[1], -1.0)):
        attractor = find_attractor(family(value), start)
        if getattr(attractor, "at_origin", False) or (branches and _is_on(branches[0], attractor, value)):
            continue
        options: dict[str, Any] = (
            {"max_period": max_period, "max_step": MAX_STEP} if hasattr(attractor, "period") else {}
        )
        branches.append(trace_branch(family, attractor, value, limits=limits, sense=sense, **options))
    points = []
    for number, branch in enumerate(branches):
        # A value outside the limits is where the branch was left.
        inside = [point for point in branch.points if limits[0] <= point.value <= limits[1]]
        found = {point.value: point.solution.polished() for point in inside if _decays(point.solution)}
        for value in values:
            found.update((value, one) for one in branch.at(value) if _decays(one))
        points += [PhasePoint(value, number, one, phase_diffusion(one)) for value, one in sorted(found.items())]
    return points


def coherent_start(torus: RelativePeriodicOrbit, start: Sequence[complex]) -> TorusStart:
    """Spread of the phases of an ensemble that comes to a stable torus from a coherent state, to first order in noise.

    Parameters
    ----------
    torus : RelativePeriodicOrbit
        Stable; the classical field must go to it from ``start``.
    start : (n_modes,) complex
        Amplitude of the coherent state.

    Raises
    ------
    ConvergenceError
        If the field goes elsewhere.
    """
    model, method = torus.model, torus.method
    time = SETTLED / float(-torus.growth.real.max())
    expansion = NoiseExpansion(model, method, float(np.linalg.norm(torus.nodes, axis=1).max()))
    # The vacuum's variance is shared by the two quadratures.
    covariance = 0.5 * model.vacuum_variance * np.eye(2 * model.n_modes)
    x, mean, _, covariance, _ = expansion.propagate(to_real(start)[None], time, TOLERANCE, None, covariance)
    # The orbit from there on, with as many nodes as before: a phase condition keeps it from moving along the torus.
    flow, n_nodes = SymmetricFlow(model, method), len(torus.nodes)
    nodes = flow.trajectory(x, np.arange(n_nodes + 1) * (torus.period / n_nodes), 1e-12)[:-1]
    orbit = solve_relative_periodic_orbit(model, to_complex(nodes), torus.period, torus.angle, method=method)
    diffusion = phase_diffusion(orbit)
    # Diffusion and shift are not uniform along the orbit: what they do within a period is averaged over it.
    interval, spreads, displacements = orbit.period / N_PHASES, [], []
    for number in range(N_PHASES):
        here, elapsed = phases_at(orbit, x), time + number * interval
        spreads.append(here.gradients @ covariance @ here.gradients.T - diffusion.diffusion * elapsed)
        moved = here.gradients @ mean + 0.5 * np.tensordot(here.hessians, covariance)
        displacements.append(moved - diffusion.shift * elapsed)
        x, mean, _, covariance, _ = expansion.propagate(x[None], interval, TOLERANCE, mean, covariance)
    return TorusStart(orbit, time, np.mean(spreads, axis=0), np.mean(displacements, axis=0), diffusion)


def _decays(attractor: RelativeEquilibrium | RelativePeriodicOrbit) -> bool:
    return attractor.growth.real.max() < -SLOWEST


def _is_on(branch: Branch, attractor: RelativeEquilibrium | RelativePeriodicOrbit, value: float) -> bool:
    """Whether an attractor is one that the branch has at this value, as far as its frequencies tell."""
    for other in branch.at(value):
        if type(other) is type(attractor):
            name = "nu_psi" if hasattr(other, "period") else "nu"
            if abs(getattr(other, name) - getattr(attractor, name)) < 1e-6:
                return True
    return False
