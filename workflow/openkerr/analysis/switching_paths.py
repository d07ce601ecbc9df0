"""Paths of least action as tables."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from openkerr.solvers.minimum_action import ActionPath


def action_table(paths: Mapping[float, Mapping[str, ActionPath]]) -> pd.DataFrame:
    """Actions of paths by frequency and direction; columns of table ``torus_actions``."""
    rows = [
        {
            "omega": omega,
            "direction": direction,
            "action": path.action,
            "action_error": path.action_error,
            "length": float(np.linalg.norm(np.diff(path.fields, axis=0), axis=1).sum()),
        }
        for omega, by_direction in paths.items()
        for direction, path in by_direction.items()
    ]
    return pd.DataFrame(rows, columns=["omega", "direction", "action", "action_error", "length"])


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
