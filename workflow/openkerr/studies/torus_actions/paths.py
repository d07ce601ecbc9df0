"""Saddle, attractors and paths of least action at one frequency, and their tables."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress

import numpy as np
import pandas as pd

from openkerr.models.kerr_dimer import KerrDimer
from openkerr.solvers.attractor_search import attractors_beside, find_relative_equilibria
from openkerr.solvers.minimum_action import ActionPath, least_action_path
from openkerr.solvers.relative_orbits import RelativeEquilibrium, RelativePeriodicOrbit
from openkerr.solvers.switching_prefactor import switching_prefactor
from openkerr.solvers.symmetric_flow import ConvergenceError

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


def action_table(paths: Mapping[float, Mapping[str, ActionPath]], models: Mapping[float, KerrDimer]) -> pd.DataFrame:
    """Actions by frequency and direction, and prefactors from the cycle; columns of table ``torus_actions``."""
    rows = [
        {
            "omega": omega,
            "direction": direction,
            "action": path.action,
            "action_error": path.action_error,
            **_prefactor(models[omega], direction, path),
            "length": float(np.linalg.norm(np.diff(path.fields, axis=0), axis=1).sum()),
        }
        for omega, by_direction in paths.items()
        for direction, path in by_direction.items()
    ]
    return pd.DataFrame(rows, columns=ACTION_COLUMNS)


ACTION_COLUMNS = ["omega", "direction", "action", "action_error", "prefactor", "prefactor_error", "length"]


def _prefactor(model: KerrDimer, direction: str, path: ActionPath) -> dict[str, float]:
    """Prefactor of a path and its error; not a number for a path from the torus, or where it does not converge."""
    found = dict.fromkeys(("prefactor", "prefactor_error"), np.nan)
    if direction == "cycle_to_torus":
        with suppress(ConvergenceError):
            known = switching_prefactor(model, path.fields)
            found = {"prefactor": known.value, "prefactor_error": known.error}
    return found


def path_table(paths: Mapping[float, Mapping[str, ActionPath]], laps: Mapping[float, np.ndarray]) -> pd.DataFrame:
    """Points of paths and of the torus; columns of table ``torus_action_paths``.

    Parameters
    ----------
    paths : mapping of omega to mapping of direction to ActionPath
    laps : mapping of omega to (n_samples, 2) complex
        Fields over one period of the torus; of no sample where there are no paths.
    """
    rows = [pd.DataFrame(columns=PATH_COLUMNS)]
    for omega, by_direction in paths.items():
        for direction, path in by_direction.items():
            rows.append(_points(omega, direction, path.fields, np.append(0.0, np.cumsum(path.link_actions))))
        if len(laps[omega]):
            rows.append(_points(omega, "torus", laps[omega], np.zeros(len(laps[omega]))))
    return pd.concat(rows if len(rows) == 1 else rows[1:], ignore_index=True)


PATH_COLUMNS = ["omega", "path", "point", "n1_over_aleph", "n2_over_aleph", "relative_phase", "action"]


def _points(omega: float, path: str, fields: np.ndarray, actions: np.ndarray) -> pd.DataFrame:
    populations = np.abs(fields) ** 2
    phase = np.unwrap(np.angle(fields[:, 0] ** 2 * fields[:, 1].conj()))
    numbers = np.arange(len(fields))
    columns = (omega, path, numbers, populations[:, 0], populations[:, 1], phase, np.maximum(actions, 0.0))
    return pd.DataFrame(dict(zip(PATH_COLUMNS, columns, strict=True)))
