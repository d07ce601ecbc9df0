"""The transition between limit cycle and limit torus: every branch that takes part, and where each begins and ends."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from openkerr.models.base import Model
from openkerr.solvers.attractor_search import find_attractor, find_relative_equilibria
from openkerr.solvers.continuation import Branch, homoclinic_limit, trace_branch
from openkerr.solvers.families import vary
from openkerr.solvers.relative_orbits import RelativeEquilibrium, RelativePeriodicOrbit

MAX_STEP = 0.2
"""Largest step along a branch of orbits."""


@dataclass(frozen=True)
class Homoclinic:
    """Parameter at which the period of a branch diverges as -log|value - limit| / rate.

    Theory has ``rate`` equal to the smallest modulus of the real parts of the saddle's rates, ``saddle_rate`` (NaN if
    there is no saddle at this value).
    """

    branch: int
    value: float
    rate: float
    saddle_rate: float


def follow_attractors(
    model: Model, parameter: str, limits: tuple[float, float], start: np.ndarray, max_period: float
) -> tuple[list[Branch], list[Homoclinic]]:
    """Branches of the attractors found at both limits of a parameter, and of the unstable equilibria at the upper one.

    Parameters
    ----------
    model : Model
        With a U(1) symmetry.
    parameter : str
        Parameter that is varied, see `openkerr.solvers.families.vary`.
    limits : (low, high)
        Where the branches are left.
    start : (n_modes,) complex
        Field from which attractors are reached.
    max_period : float
        Period, in the model's unit of time, up to which an orbit is followed towards a homoclinic one.

    Returns
    -------
    branches, homoclinics
        A branch that begins on a torus is followed both ways and is one branch for each.  The origin is no branch.
    """
    family = vary(model, parameter)
    branches, cut = [], []
    for value, sense in ((limits[0], 1.0), (limits[1], -1.0)):
        found = find_attractor(family(value), start)
        if isinstance(found, RelativePeriodicOrbit):
            branches.append(
                trace_branch(family, found, value, limits=limits, sense=sense, max_period=max_period, max_step=MAX_STEP)
            )
            if branches[-1].end == "period":
                cut.append(len(branches) - 1)
        elif value == limits[0] and not found.at_origin:
            branches.append(trace_branch(family, found, value, limits=limits, sense=sense))
    for one in find_relative_equilibria(family(limits[1]), 40):
        if np.abs(one.state).max() > 1e-6 and one.n_unstable:
            branches.append(trace_branch(family, one, limits[1], limits=limits, sense=-1.0))
    homoclinics = []
    for number in cut:
        value, rate = homoclinic_limit(branches[number].values, branches[number].collect("period"))
        homoclinics.append(Homoclinic(number, value, rate, _saddle_rate(branches, value)))
    return branches, homoclinics


def _saddle_rate(branches: Sequence[Branch], value: float) -> float:
    """Smallest modulus of the real parts of the rates of the first saddle at this value."""
    equilibria = (branch for branch in branches if isinstance(branch.points[0].solution, RelativeEquilibrium))
    saddles = (one for branch in equilibria for one in branch.at(value) if one.n_unstable == 1)
    return next((float(np.abs(one.growth.real).min()) for one in saddles), np.nan)
