"""Made-up currents of chains of growing length, for tests of their figures."""

import numpy as np
import pandas as pd

from openkerr.analysis.chain_transport import scaling_table
from openkerr.studies.chain_transport.tables import CHAIN_TRANSPORT_SCALING

LENGTH, DRIVES = 40, [4.5, 8.0]
LENGTHS = (20, 30, 40, 60, 80)
POWERS = {4.5: (9.0, -1 / 3), 8.0: (30.0, -0.2), 10.5: (47.6, 0.0)}


def balance() -> pd.DataFrame:
    """Currents that are powers of the length; the wave's by linear theory too."""
    rows = []
    for drive, (prefactor, exponent) in POWERS.items():
        for length in LENGTHS:
            for method in ("twa", "linear") if drive == 10.5 else ("twa",):
                value = prefactor * length**exponent
                rows.append(
                    {
                        "length": length,
                        "drive_amplitude": drive,
                        "method": method,
                        "photon_current": value,
                        "excess_energy_current": 2.0 * value,
                        "photon_drop": 1.5 * value,
                    }
                )
    frame = pd.DataFrame(rows)
    for name in ("photon_current", "excess_energy_current", "photon_drop"):
        frame[f"{name}_stderr"] = np.where(frame["method"] == "twa", 0.004 * frame[name], 0.0)
    return frame


def tables() -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Tables chain_transport, chain_transport_balance and chain_transport_scaling."""
    site = np.arange(1, LENGTH)
    share = site / LENGTH
    frames = []
    for drive, sign in zip(DRIVES, (-1.0, 1.0), strict=True):
        told = (site % 4 == 2) & ((sign > 0) | (site > 20))
        beta = sign * 0.01 * (1 + share**3)
        flow = 12.0 if sign > 0 else 3.0
        mu = 2.0 - 4.0 * share if sign > 0 else 10.0 + 0.0 * share
        columns = {
            "photon_number": (50 - 30 * share, 0.1),
            "energy": (5.0 - 10 * share, 0.1),
            "g2": (1.7 - 0.4 * sign + 0.3 * share, 0.01),
            "photon_current": (np.full(LENGTH - 1, flow), 0.1),
            "energy_current": (np.full(LENGTH - 1, 8.0 - 2.5 * flow), 0.2),
            "excess_energy_current": (np.full(LENGTH - 1, 8.0), 0.2),
            "heat_current": (8.0 - mu * flow, 0.4),
            "entropy_current": ((8.0 - mu * flow) * beta, 0.01),
            "inverse_temperature": (beta, 2e-4),
            "mu_over_t": (mu * beta, 1e-3),
            "temperature": (1 / beta, 1.0),
            "chemical_potential": (mu, 0.05),
            "entropy": (4.0 - share, 0.01),
            "g2_equilibrium": (1.7 - 0.4 * sign + 0.3 * share + 0.01, 0.01),
        }
        frame = pd.DataFrame({"length": LENGTH, "drive_amplitude": drive, "method": "twa", "site": site})
        for name, (value, error) in columns.items():
            shown = told | np.isin(name, list(columns)[:6])
            frame[name], frame[f"{name}_stderr"] = np.where(shown, value, np.nan), np.where(shown, error, np.nan)
        frame.loc[LENGTH - 2, ["energy_current", "excess_energy_current"]] = np.nan
        frame.loc[LENGTH - 2, ["energy_current_stderr", "excess_energy_current_stderr"]] = np.nan
        frames.append(frame)
    ends = balance()
    return pd.concat(frames, ignore_index=True), ends, scaling_table(ends, CHAIN_TRANSPORT_SCALING.column_names)


def conductivity() -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Tables chain_green_kubo, chain_conductivity and chain_roughening."""
    times = np.geomspace(0.2, 60.0, 20)
    integrals, points = [], []
    for index, (drive, site) in enumerate([(4.5, 25), (8.0, 12), (8.0, 20), (8.0, 30)]):
        point = {"length": LENGTH, "drive_amplitude": drive, "site": site}
        size = 1000.0 * (1 + index)
        integrals.append(
            pd.DataFrame({**point, "time": times, "photon_photon": size * (1 - np.exp(-times / (2 + 3 * index)))})
        )
        row = dict(point)
        for name, measured, value in (("photon", "photon_current", 12.0), ("energy", "excess_energy_current", 8.0)):
            row[measured], row[f"{measured}_stderr"] = value, 0.1
            row[f"predicted_{name}_current"] = value * (0.9 + 0.07 * index)
            row[f"predicted_{name}_current_stderr"] = 0.08 * value
            row[f"predicted_{name}_current_systematic"] = 0.03 * value
        points.append(row)
    lags = np.geomspace(1.0, 200.0, 24)
    phases = []
    for site in (25, 50, 75):
        for method in ("twa", "linear"):
            value = 0.05 * site / 25 * 20 * (1 - np.exp(-lags / 20)) * (1.03 if method == "twa" else 1.0)
            phases.append(
                pd.DataFrame(
                    {
                        "length": 100,
                        "drive_amplitude": 10.5,
                        "method": method,
                        "site": site,
                        "time": lags,
                        "phase_structure": value,
                        "phase_structure_stderr": 0.03 * value if method == "twa" else 0.0,
                    }
                )
            )
    return pd.concat(integrals), pd.DataFrame(points), pd.concat(phases)
