"""Made-up correlators and Lyapunov exponents of the chain, for tests of their figures."""

import numpy as np
import pandas as pd
import xarray as xr

from openkerr.studies.chain_chaos.tables import (
    CHAIN_BUTTERFLY_VELOCITY,
    CHAIN_LYAPUNOV,
    CHAIN_MOMENT_CLONES,
    CHAIN_MOMENT_GROWTH,
    CHAIN_OTOC_FRONTS,
    CHAIN_OTOC_RATES,
    CHAIN_VELOCITY_EXPONENTS,
)
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
                    "growth_rate_annealed": 0.15 * drive,
                    "growth_rate_annealed_stderr": 0.02 * drive,
                    "growth_rate_mean": np.nan,
                    "growth_rate_mean_stderr": np.nan,
                    "growth_rate_typical_stderr": 0.005 * drive,
                    "growth_rate_typical_systematic": 0.005 * drive,
                    "lyapunov_rate": 0.05 * drive,
                    "lyapunov_rate_systematic": 0.01,
                }
                row |= {
                    "light_cone_velocity": 4.0,
                    "butterfly_velocity": 3.0 if drive == 8.0 else np.nan,
                    "butterfly_velocity_systematic": 0.1 if drive == 8.0 else np.nan,
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
                        "lyapunov_max_stderr": 0.006, "lyapunov_max_systematic": 0.008, "aligned": 1,
                        "sum": -2.0 if whole else None, "sum_stderr": 0.0 if whole else None,
                        "sum_systematic": 0.0 if whole else None,
                        "kaplan_yorke": (1.5 if drive == 8.0 else 0.5) * length if whole else None,
                        "kaplan_yorke_stderr": 0.06 if whole else None,
                        "kaplan_yorke_systematic": 0.08 if whole else None,
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


def spreading() -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Exponents 1 - (v/v_B)² of two chains with growth and one without, fronts that agree far away, velocities."""
    exponents, fronts, butterflies = [], [], []
    for length, drive in ((12, 4.5), (12, 10.5), (40, 8.0)):
        for source in (1, length // 4, 3 * length // 4, length):
            for side, reach in (("right", length - source), ("left", source - 1)):
                if reach == 0:
                    continue
                place = source / length
                zero = 4.0 + 0.1 * drive - (0.6 * place if side == "right" else 0.2)
                run = {"length": length, "drive_amplitude": drive, "source": source, "angle": 1e-4, "side": side}
                for v in np.arange(2.0, 8.1, 0.5):
                    exponent = 1.0 - (v / zero) ** 2
                    exponents.append(
                        {**run, "velocity": v, "exponent": exponent, "exponent_stderr": 0.01,
                         "exponent_systematic": 0.05, "efolds": 20 * exponent}
                    )  # fmt: skip
                for power in (-4, -2, 0, 2, 4):
                    fronts.append(
                        {**run, "level": 10.0**power, "velocity": zero + 0.1 * (power + 4), "velocity_stderr": 0.02,
                         "velocity_far": zero + 0.02 * (power + 4), "velocity_far_stderr": 0.03, "deviation": 0.1,
                         "n_sites": reach}
                    )  # fmt: skip
                known = (zero, 0.01, 0.15, 0.15, 0.08) if drive != 10.5 else (np.nan,) * 5
                names = ("butterfly_velocity", "butterfly_velocity_stderr", "systematic", "window_systematic",
                         "level_systematic")  # fmt: skip
                butterflies.append({**run, **dict(zip(names, known, strict=True)), "n_sites": reach})
    schemas = (CHAIN_VELOCITY_EXPONENTS, CHAIN_OTOC_FRONTS, CHAIN_BUTTERFLY_VELOCITY)
    frames = (exponents, fronts, butterflies)
    return tuple(validate_table(schema, pd.DataFrame(rows)) for schema, rows in zip(schemas, frames, strict=True))


def moments() -> tuple[xr.Dataset, pd.DataFrame, pd.DataFrame]:
    """Growth of two moments in three chains by three numbers of clones, and the curves behind it."""
    clones, growth, curves = [], [], []
    time = np.linspace(0.0, 30.0, 61)
    for drive, typical in ((1.0, 0.02), (8.0, 1.0), (10.5, 0.04)):
        for moment in (1.0, 2.0):
            chain = {"length": LENGTH, "drive_amplitude": drive, "moment": moment}
            for number, n_clones in enumerate((64, 256, 1024)):
                rate = typical * moment * (1 + 0.1 * moment + 0.04 * number * (drive == 8.0))
                clones.append(
                    {**chain, "n_clones": n_clones, "growth_rate": rate, "growth_rate_stderr": 0.02 * rate,
                     "time_change": 0.0, "time_change_stderr": 0.02 * rate, "early_rate": rate,
                     "early_rate_stderr": 0.05 * rate, "effective_share": 0.2, "coalescence_time": 20.0,
                     "n_populations": 16, "relaxation_time": 10.0, "final_time": 30.0}
                )  # fmt: skip
                held = np.minimum(rate * time, rate * 5.0 + 1.02 * typical * moment * (time - 5.0))
                curves.append((drive, moment, n_clones, rate * time, 0.01 * time, held))
            row = dict.fromkeys((column.name for column in CHAIN_MOMENT_GROWTH.columns), 0.1)
            growth.append(
                row | chain | {"growth_rate": rate, "typical_rate": typical * moment, "early_time": 8.0,
                               "held_until": 5.0, "n_clones": 1024, "n_populations": 16, "final_time": 30.0}
            )  # fmt: skip
    drives, powers, numbers, log_moment, error, plain = (np.array(each) for each in zip(*curves, strict=True))
    data = xr.Dataset(
        {
            "length": ("run", np.full(len(drives), LENGTH)), "drive_amplitude": ("run", drives),
            "moment": ("run", powers), "n_clones": ("run", numbers),
            "time": (("run", "sample"), np.tile(time, (len(drives), 1))),
            "log_moment": (("run", "sample"), log_moment), "log_moment_stderr": (("run", "sample"), error),
            "plain_log_moment": (("run", "sample"), plain),
        }
    )  # fmt: skip
    tables = (
        validate_table(schema, pd.DataFrame(rows))
        for schema, rows in ((CHAIN_MOMENT_CLONES, clones), (CHAIN_MOMENT_GROWTH, growth))
    )
    return data, *tables
