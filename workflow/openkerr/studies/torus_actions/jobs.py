"""Jobs of the paths of least action, which nothing is simulated for."""

from __future__ import annotations

from openkerr.studies.planning import RuleEstimate, table
from openkerr.studies.torus_actions.config import Actions

SECONDS_PER_FREQUENCY = 3.0
"""Search for the saddle and the attractors beside it."""

SECONDS_PER_POINT = 5e-3
"""A point of a path that is found, all sweeps together."""


def estimates(actions: Actions) -> list[RuleEstimate]:
    """Cost of every rule of the study."""
    # A guess from every phase on a quarter of the points, one with a winding less, and the whole path.
    laps = actions.windings * (0.25 * (actions.n_phases + 1) + 1.5)
    each = SECONDS_PER_FREQUENCY + SECONDS_PER_POINT * actions.n_points * (laps + 1.5)
    return [table("torus_actions", each * len(actions.omegas)), table("torus_action_rates")]
