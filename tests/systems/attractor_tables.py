"""Made-up tables and grids of the torus' classical attractors, for tests of their figures."""

import numpy as np
import pandas as pd
import xarray as xr

CYCLE, TORUS = "relative_equilibrium", "relative_periodic_orbit"
HOMOCLINIC = 0.902
RATE = 0.25


def branches() -> pd.DataFrame:
    """A cycle that ends in a fold at 1.0, a torus that ends in one at 0.9 and then diverges, an unstable cycle."""
    growth = np.exp(-RATE * np.linspace(20, 40, 12))
    parts = [
        (CYCLE, 0, [0.6, 0.8, 1.0, 0.9, 0.7], [0, 0, 0, 1, 1], None),
        (TORUS, 1, [1.4, 1.2, 1.0, 0.9], [0, 0, 0, 0], [1.4, 1.2, 0.8, 0.4]),
        (TORUS, 1, HOMOCLINIC - growth, [1] * 12, 2 * np.pi / np.linspace(20, 40, 12)),
        (CYCLE, 2, [0.6, 1.4], [2, 2], None),
    ]
    frames = [
        pd.DataFrame({"omega": omega, "object": kind, "branch": number, "n_unstable": unstable, "nu_psi": psi})
        for kind, number, omega, unstable, psi in parts
    ]
    table = pd.concat([frame.astype({"nu_psi": float}) for frame in frames], ignore_index=True)
    return table.assign(tunneling=0.4, nu_phi=0.1, point=table.groupby("branch").cumcount())


def bifurcations() -> pd.DataFrame:
    rows = [
        (1.0, CYCLE, 0, "fold", np.nan),
        (0.9, TORUS, 1, "fold", np.nan),
        (HOMOCLINIC, TORUS, 1, "homoclinic", RATE),
        (0.7, CYCLE, 2, "branch_point", np.nan),
    ]
    table = pd.DataFrame(rows, columns=["omega", "object", "branch", "bifurcation", "rate"])
    return table.assign(saddle_rate=table["rate"], tunneling=0.4)


def lines() -> pd.DataFrame:
    rows = [(1.0, k, m, 0.1 * k + 0.8 * m, 0.5 / (1 + abs(m - 2))) for k in (0, 1, 2, 3) for m in range(-3, 4)]
    return pd.DataFrame(rows, columns=["omega", "sector", "m", "frequency", "amplitude"])


def grids() -> tuple[xr.Dataset, xr.Dataset, xr.Dataset]:
    frequency = np.linspace(-6, 6, 2401)
    omega = np.linspace(0.6, 1.4, 9)
    power = np.full((9, 2401), -300.0)
    power[:, 1300] = -3.0  # nu = 0.5
    power[5:, 1700] = -20.0  # nu = 2.5
    spectrum_map = xr.Dataset(
        {"power_db": (("omega", "frequency"), power)}, coords={"omega": omega, "frequency": frequency}
    )
    time = np.arange(0.0, 200.0, 0.2)
    torus = 1 + np.array([0.0, 0.3])[:, None, None] * np.exp(-0.8j * time)
    field = 0.7 * np.exp(-0.5j * time) * torus * np.ones((2, 2, 1))
    coords = {"omega": [0.8, 1.0], "mode": [1, 2], "time": time}
    dims = ("omega", "mode", "time")
    portraits = xr.Dataset({"field_re": (dims, field.real), "field_im": (dims, field.imag)}, coords=coords)
    peaks = [[[0.5], [1.0]], [[0.9, 1.7, 2.5], [1.0, 1.8, 2.6]]]
    power_of = [
        [10 * np.log10(sum(0.3 / (1 + ((frequency - peak) / 1e-4) ** 2) for peak in mode)) for mode in omega]
        for omega in peaks
    ]
    spectra = xr.Dataset(
        {"power_db": (("omega", "mode", "frequency"), power_of)},
        coords={"omega": [0.8, 1.0], "mode": [1, 2], "frequency": frequency},
    )
    return spectrum_map, portraits, spectra


def attractors() -> pd.DataFrame:
    """Sweeps that differ at 0.9 and 1.0; a map of three omegas and two couplings with one undecided point."""
    rows = []
    for sweep, first_torus in (("up", 1.1), ("down", 0.9)):
        for omega in (0.7, 0.8, 0.9, 1.0, 1.1, 1.2):
            rows.append((omega, 0.4, sweep, 0, "limit_torus" if omega >= first_torus else "limit_cycle", 1))
    for omega in (0.7, 0.9, 1.1):
        for coupling in (0.2, 0.4):
            rows.append((omega, coupling, "fixed", 0, "limit_torus" if omega > 0.8 else "limit_cycle", 1))
    rows += [(0.8, 0.4, "fixed", 0, "limit_cycle", 1), (0.9, 0.4, "fixed", 1, "chaos", 1)]
    table = pd.DataFrame(rows, columns=["omega", "tunneling", "sweep", "start", "attractor", "decided"])
    table.loc[(table["sweep"] == "fixed") & (table["omega"] == 1.1) & (table["tunneling"] == 0.2), "decided"] = 0
    for index, exponent in enumerate((0.0, -0.15, -0.25, -1.0), start=1):
        second = (index == 2) & (table["attractor"] == "limit_torus")
        table[f"lyapunov_{index}"] = np.where(second, 0.0, exponent)
        table[f"lyapunov_{index}_stderr"] = 0.0012 * index
        table[f"lyapunov_{index}_systematic"] = 0.0016 * index
    return table


def diffusion() -> pd.DataFrame:
    """A cycle up to its fold at 1.0 and a torus down to its own at 0.9, with D = 1/distance; the last is uncertain."""
    rows = [(0.6, "limit_cycle", 0.4, 0.0), (0.9, "limit_cycle", 0.1, 0.0), (0.999, "limit_cycle", 1e-3, 0.0)]
    rows += [(0.9 + d, "limit_torus", d, 0.5 / d if d < 1e-6 else 0.0) for d in (1e-7, 1e-4, 1e-2, 0.1, 0.3, 0.5)]
    table = pd.DataFrame(rows, columns=["omega", "attractor", "distance", "error"])
    torus = table["attractor"] == "limit_torus"
    for name, factor in (("d_phi_phi", 1.0), ("d_phi_psi", -1.2), ("d_psi_psi", 2.0)):
        table[name] = np.where(torus | (name == "d_phi_phi"), factor / table["distance"], np.nan)
        table[f"{name}_stderr"] = table["error"]
    return table.assign(method="linear_noise", nu_phi=0.1, nu_psi=0.8, shift_phi=1.0, shift_psi=-2.0)
