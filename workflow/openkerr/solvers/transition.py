"""The transition between limit cycle and limit torus: every branch that takes part, and where each begins and ends."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from openkerr.models.base import Model
from openkerr.solvers.attractor_search import find_attractor, find_relative_equilibria
from openkerr.solvers.continuation import Branch, homoclinic_limit, trace_branch, vary
from openkerr.solvers.relative_orbits import RelativePeriodicOrbit

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
        Parameter that is varied, see `openkerr.solvers.continuation.vary`.
    limits : (low, high)
        Where the branches are left.
    start : (n_modes,) complex
        Field from which attractors are reached.
    max_period : float
        Period, in the model's unit of time, up to which an orbit is followed towards a homoclinic one.

    Returns
    -------
    branches, homoclinics
        A branch that begins on a torus is followed both ways and is one branch for each.
    """
    family = vary(model, parameter)
    branches = [trace_branch(family, find_attractor(family(limits[0]), start), limits[0], limits=limits)]
    homoclinics = []
    top = find_attractor(family(limits[1]), start)
    if isinstance(top, RelativePeriodicOrbit):
        branches.append(
            trace_branch(family, top, limits[1], limits=limits, sense=-1.0, max_period=max_period, max_step=MAX_STEP)
        )
        if branches[-1].end == "period":
            value, rate = homoclinic_limit(branches[-1].values, branches[-1].collect("period"))
            homoclinics.append(Homoclinic(1, value, rate, _saddle_rate(branches[0], value)))
    for one in find_relative_equilibria(family(limits[1]), 40):
        if np.abs(one.state).max() > 1e-6 and one.n_unstable:
            branches.append(trace_branch(family, one, limits[1], limits=limits, sense=-1.0))
    return branches, homoclinics


def _saddle_rate(branch: Branch, value: float) -> float:
    saddles = [one for one in branch.at(value) if one.n_unstable == 1]
    return float(np.abs(saddles[0].growth.real).min()) if saddles else np.nan
