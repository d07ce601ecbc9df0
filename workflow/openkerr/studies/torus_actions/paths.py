"""Saddle, attractors and paths of least action at one frequency."""

from __future__ import annotations

import numpy as np

from openkerr.models.kerr_dimer import KerrDimer
from openkerr.solvers.attractor_search import attractors_beside, find_relative_equilibria
from openkerr.solvers.minimum_action import ActionPath, least_action_path
from openkerr.solvers.relative_orbits import RelativeEquilibrium, RelativePeriodicOrbit

STARTS = 40
"""Random states from which relative equilibria are searched."""
SAMPLES = 96
"""Least number of points of one lap of the torus."""


def switching_paths(
    model: KerrDimer, n_points: int, windings: int, n_phases: int
) -> tuple[dict[str, ActionPath], np.ndarray]:
    """Paths of least action both ways, and one lap of the torus; none where no saddle lies between cycle and torus.

    Parameters
    ----------
    model : KerrDimer
        At aleph = 1: actions are the coefficients of aleph.
    n_points, windings, n_phases : int
        See `openkerr.solvers.minimum_action.least_action_path`.

    Returns
    -------
    paths, lap : dict of str to ActionPath, (n_samples + 1, 2) complex
        Closed up to the symmetry; of no point where there are no paths.
    """
    for saddle in find_relative_equilibria(model, STARTS):
        if saddle.at_origin or saddle.n_unstable != 1:
            continue
        beside = attractors_beside(saddle)
        cycles = [one for one in beside if isinstance(one, RelativeEquilibrium) and not one.at_origin]
        tori = [one for one in beside if isinstance(one, RelativePeriodicOrbit)]
        if not cycles or not tori:
            continue
        lap = tori[0].sample(-(-SAMPLES // len(tori[0].nodes)) * len(tori[0].nodes)).T
        starts = {"cycle_to_torus": cycles[0].state, "torus_to_cycle": lap}
        paths = {
            direction: least_action_path(
                model, start, saddle.state, n_points=n_points, windings=windings, n_phases=n_phases
            )
            for direction, start in starts.items()
        }
        return paths, np.concatenate([lap, lap[:1]])
    return {}, np.empty((0, model.n_modes), dtype=complex)
