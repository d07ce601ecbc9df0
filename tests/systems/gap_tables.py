"""Made-up gaps of the torus' lines, for tests of their figures."""

import numpy as np
import pandas as pd
import xarray as xr

from openkerr.analysis.spectrogram import spectrogram_grid

WINDOW = (5e3, 4e4)
ALEPHS = (1e3, 5e3, 1e4, 4e4)
GAPS = {(1, 0): 27.0, (1, 1): 19.0, (2, 1): 1.6, (3, 2): 14.0}
CASES = {
    "default": ("default", {}),
    "dual": ("dual", {}),
    "loss_1em2": ("loss", {"loss_rate_1": 0.01, "loss_rate_2": 0.01}),
    "loss_1em1": ("loss", {"loss_rate_1": 0.1, "loss_rate_2": 0.1}),
    "thermal_1": ("thermal", {"loss_rate_1": 0.01, "thermal_occupation_1": 1.0}),
    "thermal_10": ("thermal", {"loss_rate_1": 0.01, "thermal_occupation_1": 10.0}),
    "omega_2": ("universality", {"omega_1": 2.0, "omega_2": 2.0}),
    "kerr_unequal": ("universality", {"kerr_1": 0.2, "kerr_2": 0.0}),
}
PAIRS = {"omega": 1.0, "kerr": 0.1, "pump_rate": 1.0, "two_photon_loss_rate": 1.0, "loss_rate": 0.0}


def cases_frame() -> pd.DataFrame:
    base = {f"{name}_{mode}": value for name, value in PAIRS.items() for mode in (1, 2)}
    base |= {"thermal_occupation_1": 0.0, "thermal_occupation_2": 0.0, "tunneling": 0.4}
    base |= {"nu_phi": 0.0356, "nu_psi": 0.8257, "floquet_rate": 0.3}
    base |= {"d_phi_phi": 53.7, "d_phi_psi": -97.6, "d_psi_psi": 179.3}
    return pd.DataFrame([{"case": case, "family": family, **base, **own} for case, (family, own) in CASES.items()])


def gaps_frame() -> pd.DataFrame:
    rows = []
    for place, (case, (family, _)) in enumerate(CASES.items()):
        # Cases of other parameters have other gaps, and the same exponents.
        factor = 1.0 if family in ("default", "dual") else 1.0 + 0.1 * place
        for aleph in ALEPHS:
            for (sector, m), product in GAPS.items():
                faster = aleph if case == "dual" else 1.0
                gap = factor * product * aleph**-1.05 * 1.6 * faster
                frequency = faster * (sector * 0.0356 + m * 0.8257) + 12.0 / aleph * faster
                for estimator in ("correlation", "pencil", "mean"):
                    errors = (0.3 / aleph, 0.1 / aleph, gap, 0.02 * gap, 0.01 * gap)
                    rows.append((case, aleph, sector, m, frequency, *errors, estimator))
    names = ("case", "aleph", "sector", "m", "frequency", "frequency_stderr", "frequency_systematic")
    return pd.DataFrame(rows, columns=[*names, "gap", "gap_stderr", "gap_systematic", "estimator"])


def lines_frame() -> pd.DataFrame:
    rows = [(1.0, sector, m, 12.0, product) for (sector, m), product in GAPS.items()]
    names = ("omega", "sector", "m", "frequency_shift_times_aleph", "linear_gap_times_aleph")
    return pd.DataFrame(rows, columns=names)


def grid() -> xr.Dataset:
    lags = 0.5 * np.arange(200)
    lines = ((0.3, 0.8613, (1, 1)), (0.05, 0.0356, (1, 0)))
    signals = [
        sum(size * np.exp(-(1j * nu + GAPS[line] * 1.6 * aleph**-1.05) * lags) for size, nu, line in lines)
        for aleph in ALEPHS[:3]
    ]
    return spectrogram_grid(signals, ALEPHS[:3], 0.5)
