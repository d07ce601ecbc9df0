"""Made-up steady states of two sites, for tests of their figure."""

import numpy as np
import pandas as pd

from openkerr.analysis.chain_dimer import error_table
from openkerr.studies.chain_dimer.tables import CHAIN_DIMER, CHAIN_DIMER_ERRORS, CHAIN_DIMER_SCALING
from openkerr.tables.files import validate_table

DRIVES = np.arange(0.5, 7.0, 1.0)


def tables():
    rows = []
    for kerr in (0.05, 0.1):
        for drive in DRIVES:
            for site in (1, 2):
                number = drive**2 / (1 + kerr * drive**2) * (0.5 + 0.5 * site)
                fluctuation = kerr * number * (drive - 1.0)
                for start in ("vacuum", "coherent"):
                    point = {"drive_amplitude": drive, "kerr": kerr, "initial_state": start, "site": site}
                    shift = 0.02 if start == "coherent" else 0.03
                    for method, off in (("exact", 0.0), ("twa", shift)):
                        rows.append(
                            {
                                **point,
                                "method": method,
                                "photon_number": number * (1 + off / drive),
                                "photon_number_stderr": 0.02 * off * number,
                                "number_fluctuation": fluctuation + off,
                                "number_fluctuation_stderr": 0.3 * off,
                                "n_trajectories": 64 if off else np.nan,
                                "burn_in": 5.0 if off else np.nan,
                                "window": 20.0 if off else np.nan,
                                "stationarity": 0.5 if off else np.nan,
                                "outcome": None if off else "converged",
                            }
                        )
    states = validate_table(CHAIN_DIMER, pd.DataFrame(rows))
    return states, validate_table(CHAIN_DIMER_ERRORS, error_table(states))


def scaling():
    """Errors of n that go as U², of Q as U; those of the weakest U are not seen."""
    rows = []
    for scaled in (0.3, 1.4):
        for kerr in (0.03, 0.1, 0.3, 1.0):
            for site in (1, 2):
                number = scaled**2 / kerr * (0.5 + 0.5 * site)
                rows.append(
                    {
                        "scaled_drive": scaled,
                        "kerr": kerr,
                        "drive_amplitude": scaled / np.sqrt(kerr),
                        "site": site,
                        "photon_number": number,
                        "photon_number_stderr": 1e-4 * number,
                        "number_fluctuation": 0.3 * number,
                        "number_fluctuation_stderr": 1e-3 * number,
                        "number_error": 0.1 * scaled * site * kerr**2,
                        "number_error_stderr": 2e-4,
                        "fluctuation_ratio": 1.0 + kerr,
                        "fluctuation_ratio_stderr": 0.01,
                        "fluctuation_difference": 0.3 * kerr * number,
                        "fluctuation_difference_stderr": 0.003 * number,
                        "fluctuation_error": 0.3 * kerr * site / scaled,
                        "fluctuation_error_stderr": 0.003,
                        "outcome": "converged",
                    }
                )
    return validate_table(CHAIN_DIMER_SCALING, pd.DataFrame(rows))
