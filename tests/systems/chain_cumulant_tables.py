"""Tables of second-order cumulants beside the made-up phase diagram of `chain_tables`, for tests of their figure."""

import numpy as np
import pandas as pd
from systems import chain_tables

from openkerr.analysis.cumulant_averages import deviations_table


def tables() -> tuple[pd.DataFrame, pd.DataFrame]:
    """Cumulants at three lengths, off those of truncated Wigner by a tenth to a half; one run has no average."""
    frames = []
    for length in (6, 10, 20):
        drive = np.arange(1.0, 13.0)
        wave, chaotic = drive >= 9.5, (drive >= 4) & (drive < 9.5)
        number = np.where(wave, 50.0, 0.05 * drive**2.5 * np.where(chaotic, 1.2, 0.98))
        fluctuation = np.where(wave, -12.0, np.where(chaotic, 55.0, 0.001))
        lost = (drive == 12) & (length == 20)
        frame = {
            "geometry": "boundary",
            "method": "cumulants",
            "length": length,
            "drive_amplitude": drive,
            "site": length,
            "outcome": np.where(lost, "unphysical", np.where(chaotic, "moving", "stationary")),
            "photon_number": np.where(lost, np.nan, number),
            "photon_number_stderr": np.where(chaotic, 0.2, 0.0),
            "number_fluctuation": np.where(lost, np.nan, fluctuation),
            "number_fluctuation_stderr": np.where(chaotic, 4.0, 0.0),
            "total_fluctuation": np.where(chaotic, 1.3, 1.0) * fluctuation,
            "total_fluctuation_stderr": np.where(chaotic, 5.0, 0.0),
            "burn_in": 100.0,
            "window": 80.0,
            "stationarity": np.where(drive == 9, 4.0, 0.0),
        }
        frames.append(pd.DataFrame(frame))
    cumulants = pd.concat(frames, ignore_index=True)
    return cumulants, deviations_table(cumulants, chain_tables.phase_diagram())
