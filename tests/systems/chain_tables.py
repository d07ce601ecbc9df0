"""Tables of a made-up phase diagram of the chain, for tests of its figures."""

import numpy as np
import pandas as pd


def phase_diagram() -> pd.DataFrame:
    """Three lengths with a leap at F = 9, a uniform chain of ten sites, and rows that no figure shows."""
    frames = []
    for geometry, length in (("boundary", 6), ("boundary", 10), ("boundary", 20), ("uniform", 10)):
        drive = np.arange(1.0, 13.0)
        wave, chaotic = drive >= 9, (drive >= 4) & (drive < 9) & (geometry == "boundary")
        number = np.where(wave, 50.0, 0.05 * drive**2.5)
        fluctuation = np.where(wave, -15.0, np.where(chaotic, 40.0, 0.0))
        regime = np.where(wave, "III", np.where(chaotic, "II", "I")).astype(object)
        regime[8] = "mixed"
        for site in (1, length // 2, length):
            errors = {"photon_number_stderr": 0.01, "number_fluctuation_stderr": 0.5, "otoc_saturation_stderr": 0.02}
            frame = {
                "geometry": geometry,
                "method": "twa",
                "length": length,
                "drive_amplitude": drive,
                "site": site,
                "photon_number": number,
                "number_fluctuation": fluctuation,
                "otoc_saturation": np.where(chaotic, 0.7 if site == 1 else 0.97, 1e-6),
                "regime": regime if geometry == "boundary" else None,
                "stationarity": np.where(drive == 9, -4.5, 1.0),
                "otoc_stationarity": np.where(drive == 4, 4.5, 0.0),
            }
            frames.append(pd.DataFrame(frame | errors))
    table = pd.concat(frames, ignore_index=True)
    others = table[(table["length"] == 10) & (table["geometry"] == "boundary")]
    return pd.concat([table, others.assign(method="gpe", photon_number=1e6)], ignore_index=True)


def boundaries() -> pd.DataFrame:
    """Boundaries of that diagram, one of them without burn-in."""
    rows = [
        ("boundary", length, name, burn_in, window, drive)
        for length in (6, 10, 20)
        for name, burn_in, window, drive in (
            ("one_two", 40.0, 40.0, 3.5),
            ("two_three", 40.0, 40.0, 8.5),
            ("two_three", 0.0, 20.0, 9.5),
        )
    ]
    columns = ["geometry", "length", "boundary", "burn_in", "window", "drive_amplitude"]
    return pd.DataFrame(rows, columns=columns).assign(drive_amplitude_stderr=0.1, width=0.8)
