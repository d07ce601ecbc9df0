"""Paths of least action as tables, and sampled rates of switching against their exponents.

For weak noise a rate is a prefactor times exp(-c aleph), c the least action of a path to the saddle.  How the prefactor
hangs on aleph follows from the dimension of the attractor alone, once the symmetry is divided out: the density on a
point is aleph^(n/2) high, on a loop aleph^((n-1)/2), and the flux across the saddle takes aleph^(-n/2) off it.  So the
power p of rate ~ aleph^-p exp(-c aleph) tends to 0 for a path that leaves a limit cycle, and to 1/2 for one that leaves
a limit torus.  A rate over a range of aleph about A falls like exp(-(c + p/A) aleph): the exponent of a fit without a
power is too large by p/A.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from openkerr.analysis.switching import weighted_line

if TYPE_CHECKING:
    from openkerr.solvers.minimum_action import ActionPath

FEWEST = 3
"""Resolved rates from which two parameters are fitted."""


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


def action_rates(actions: pd.DataFrame, switching: pd.DataFrame) -> pd.DataFrame:
    """Sampled rates against the exponents of paths; columns of table ``torus_action_rates``.

    Every omega and direction with an action and at least three resolved rates.  Errors of the fits are widened where
    they do not hold; those of the power hold the error of the action.

    Parameters
    ----------
    actions, switching : pandas.DataFrame
        Tables ``torus_actions`` and ``torus_switching``.
    """
    rows = []
    resolved = switching[switching["resolved"] == 1]
    for known in actions.itertuples():
        rates = resolved[(resolved["omega"] == known.omega) & (resolved["direction"] == known.direction)]
        if len(rates) < FEWEST:
            continue
        aleph, logs = rates["aleph"].to_numpy(), np.log(rates["rate"].to_numpy())
        errors = (rates["rate_stderr"] / rates["rate"]).to_numpy()
        plain = weighted_line(aleph, logs, errors)
        x = np.log(aleph) - np.log(aleph).mean()
        fit, moved = (
            weighted_line(x, logs + (known.action + shift) * aleph, errors) for shift in (0.0, known.action_error)
        )
        rows.append(
            {
                "omega": known.omega,
                "direction": known.direction,
                "action": known.action,
                "action_error": known.action_error,
                "n_alephs": len(rates),
                "fitted": -plain[0],
                "fitted_stderr": plain[1],
                "fitted_chi_squared": plain[4],
                "power": -fit[0],
                "power_stderr": np.hypot(fit[1], moved[0] - fit[0]),
                "log_prefactor": fit[2],
                "log_prefactor_stderr": np.hypot(fit[3], moved[2] - fit[2]),
                "chi_squared": fit[4],
            }
        )
    return pd.DataFrame(rows, columns=RATE_COLUMNS)


RATE_COLUMNS: Sequence[str] = (
    *("omega", "direction", "action", "action_error", "n_alephs", "fitted", "fitted_stderr", "fitted_chi_squared"),
    *("power", "power_stderr", "log_prefactor", "log_prefactor_stderr", "chi_squared"),
)
