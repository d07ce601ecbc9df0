"""Made-up correlators and Lyapunov exponents of the chain, for tests of their figures."""

import numpy as np
import pandas as pd
import xarray as xr

from openkerr.studies.chain_chaos.tables import CHAIN_LYAPUNOV, CHAIN_OTOC_RATES
from openkerr.tables.files import validate_table

LENGTH, DRIVES, ANGLES = 12, (1.0, 8.0, 10.5), (1e-4, 1e-2)


def rates() -> pd.DataFrame:
    columns = [column.name for column in CHAIN_OTOC_RATES.columns]
    rows = []
    for drive in DRIVES:
        for source in (1, 6, 12):
            for angle in ANGLES:
                row = dict.fromkeys(columns, 0.1)
                row |= {"length": LENGTH, "drive_amplitude": drive, "source": source, "angle": angle}
                row |= {
                    "growth_rate_typical": 0.1 * drive,
                    "growth_rate_annealed": np.nan,
                    "lyapunov_rate": 0.05 * drive,
                }
                row |= {
                    "butterfly_velocity": 4.0,
                    "saturation": 0.9 if drive < 9 else 0.3,
                    "saturation_independent": 0.95,
                    "saturation_independent_stderr": 0.01,
                    "saturation_drift": 9.0 if drive == 1.0 else 0.5,
                }
                rows.append(row | {"final_time": 40.0, "n_trajectories": 64})
    return validate_table(CHAIN_OTOC_RATES, pd.DataFrame(rows))


def grid(places: np.ndarray, angles) -> xr.Dataset:
    runs = [(drive, source, angle) for drive in DRIVES for angle in angles for source in (1, 6, 12)]
    time = np.linspace(0, 40, 81)
    drive, source, angle = (np.array(each, dtype=float) for each in zip(*runs, strict=True))
    age = time - np.abs(places - source[:, None])[..., None] / 4
    log = np.minimum(2 * np.log(angle)[:, None, None] + 1.0 * age, 0.0)
    curves = {name: (("run", "site", "lag"), values.astype(np.float32)) for name, values in
              (("otoc", np.exp(log)), ("log_otoc", log))}  # fmt: skip
    return xr.Dataset(
        curves
        | {
            "time": (("run", "lag"), np.tile(time, (len(runs), 1))),
            "length": ("run", np.full(len(runs), LENGTH)),
            "drive_amplitude": ("run", drive),
            "angle": ("run", angle.astype(np.float32)),
            "source": ("run", source.astype(int)),
        },
        {"site": places},
    )


def growth() -> xr.Dataset:
    found = grid(np.array([1, 6, 12]), ANGLES).rename(site="place").drop_vars("place")
    sites = np.tile([1, 6, 12], (found.sizes["run"], 1))
    return found.assign(site=(("run", "place"), sites))


def lyapunov() -> tuple[pd.DataFrame, xr.Dataset]:
    rows, spectra = [], []
    for length, n_exponents in ((4, 8), (6, 12), (12, 1)):
        for drive in DRIVES:
            for method in ("gpe", "twa"):
                whole = n_exponents == 2 * length
                rows.append(
                    {
                        "length": length, "drive_amplitude": drive, "method": method,
                        "lyapunov_max": (0.5 if drive == 8.0 else -0.1) + 0.02 * length * (method == "twa"),
                        "lyapunov_max_stderr": 0.01,
                        "sum": -2.0 if whole else None, "sum_stderr": 0.0 if whole else None,
                        "kaplan_yorke": (1.5 if drive == 8.0 else 0.5) * length if whole else None,
                        "kaplan_yorke_stderr": 0.1 if whole else None,
                        "n_positive": 1, "n_exponents": n_exponents, "n_trajectories": 16, "averaging_time": 10.0,
                    }
                )  # fmt: skip
                spectra.append(
                    np.r_[
                        np.linspace(0.1 * drive**0.5, -0.7 if method == "twa" else -0.6, n_exponents),
                        np.full(12 - n_exponents, np.nan),
                    ]
                )
    table = validate_table(CHAIN_LYAPUNOV, pd.DataFrame(rows))
    data = xr.Dataset(
        {"exponent": (("run", "index"), np.array(spectra))}
        | {name: ("run", table[name].to_numpy()) for name in ("length", "drive_amplitude", "method")}
    )
    return table, data
