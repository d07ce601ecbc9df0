"""Sampled rates of switching against the exponents of paths of least action.

For weak noise a rate is a prefactor times exp(-c aleph), c the least action of a path to the saddle.  How the prefactor
hangs on aleph follows from the dimension of the attractor alone, once the symmetry is divided out: the density on a
point is aleph^(n/2) high, on a loop aleph^((n-1)/2), and the flux across the saddle takes aleph^(-n/2) off it.  So the
power p of rate ~ aleph^-p exp(-c aleph) tends to 0 for a path that leaves a limit cycle, and to 1/2 for one that leaves
a limit torus.  With p at its limit ln(rate aleph^p exp(c aleph)) goes like ln(prefactor) + b/aleph.  A rate over a
range of aleph about A falls like exp(-(c + p/A) aleph): the exponent of a fit without a power is too large by p/A.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from openkerr.analysis.switching import weighted_line

FEWEST = 3
"""Resolved rates from which two parameters are fitted."""
POWERS = {"cycle_to_torus": 0.0, "torus_to_cycle": 0.5}
"""Limits of the power."""


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
        limit, shifted = (
            weighted_line(
                1 / aleph, logs + POWERS[known.direction] * np.log(aleph) + (known.action + shift) * aleph, errors
            )
            for shift in (0.0, known.action_error)
        )
        log_limit_stderr = np.hypot(limit[3], shifted[2] - limit[2])
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
                "log_limit": limit[2],
                "log_limit_stderr": log_limit_stderr,
                "limit_chi_squared": limit[4],
                "log_ratio": limit[2] - np.log(known.prefactor),
                "log_ratio_stderr": np.hypot(log_limit_stderr, known.prefactor_error / known.prefactor),
            }
        )
    return pd.DataFrame(rows, columns=RATE_COLUMNS)


RATE_COLUMNS = [
    *("omega", "direction", "action", "action_error", "n_alephs", "fitted", "fitted_stderr", "fitted_chi_squared"),
    *("power", "power_stderr", "log_prefactor", "log_prefactor_stderr", "chi_squared"),
    *("log_limit", "log_limit_stderr", "limit_chi_squared", "log_ratio", "log_ratio_stderr"),
]
