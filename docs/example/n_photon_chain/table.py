"""Tables from the raw data."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
import xarray as xr

from openkerr.tables.columns import Column, TableSchema, estimate

_POINT = (
    Column("order", "integer", "1", "Photons n that the drive makes at a time.", minimum=1),
    Column("length", "integer", "1", "Number of sites.", minimum=2),
    Column("drive_amplitude", "number", "gamma", "Drive amplitude G.", minimum=0.0),
)
_SITE = Column("site", "integer", "1", "Site, from 1 at the drive.", minimum=1)
_ESTIMATES = (
    *estimate("photon_number", "1", "Photon number; of mean fields |alpha|²."),
    *estimate("number_fluctuation", "1", "<n²> - <n>² - <n>; of mean fields the variance of |alpha|²."),
    *estimate("g2", "1", "Second-order coherence <a†² a²>/<n>²."),
    *estimate("field_real", "1", "Real part of <a> over the root of <|alpha|²>; zero by the symmetry for n > 1."),
    *estimate("field_imag", "1", "Imaginary part of the same."),
    *estimate(
        "phase_order",
        "1",
        "|<alpha^n>| over what it cannot exceed: 0 where the phase is free, 1 where it has n values.",
    ),
)

SITES = TableSchema(
    "sites",
    "Chains driven by n photons: photon statistics and order of the phases by site.",
    (*_POINT, Column("method", "text", "", "Method.", allowed=("twa", "gpe")), _SITE, *_ESTIMATES),
    key=("order", "length", "drive_amplitude", "method", "site"),
)
CHAINS = TableSchema(
    "chains",
    "Chains driven by n photons: largest Lyapunov exponent, and what truncated Wigner leaves out.",
    (
        *_POINT,
        *estimate("lyapunov_1", "gamma", "Largest exponent along truncated-Wigner trajectories."),
        Column("lyapunov_1_systematic", "number", "gamma", "What the step may add to it.", minimum=0.0),
        Column(
            "dropped_share", "number", "1",
            "Third derivatives at the first site over (noise (n + 1)) there: small where truncated Wigner holds.",
            minimum=0.0,
        ),
    ),
    key=("order", "length", "drive_amplitude"),
)  # fmt: skip
DIMER = TableSchema(
    "dimer",
    "Two sites driven by n photons, exact beside truncated Wigner.",
    (*_POINT, Column("method", "text", "", "Method.", allowed=("exact", "twa")), _SITE, *_ESTIMATES),
    key=("order", "length", "drive_amplitude", "method", "site"),
)
TABLES = (SITES, CHAINS, DIMER)


def tabulate(raw: Sequence[xr.Dataset]) -> dict[str, pd.DataFrame]:
    """Return the frame of each table by its name."""
    rows: dict[str, list[dict]] = {"sites": [], "chains": [], "dimer": []}
    for data in raw:
        dimer = str(data["kind"].item()) == "dimer"
        point = {
            "order": int(data["order"]), "length": data.sizes["site"], "drive_amplitude": float(data["drive_amplitude"])
        }  # fmt: skip
        for method in ("exact", "twa") if dimer else ("twa", "gpe"):
            for site in data["site"].values:
                at = data.sel(site=site)
                numbers = {column.name: float(at[f"{method}_{column.name}"]) for column in _ESTIMATES}
                rows["dimer" if dimer else "sites"].append({**point, "method": method, "site": int(site), **numbers})
        if not dimer:
            first = data.isel(site=0)
            share = first["dropped_rate"] / (first["noise_rate"] * (first["twa_photon_number"] + 1.0))
            exponent = {
                name: float(data[name]) for name in ("lyapunov_1", "lyapunov_1_stderr", "lyapunov_1_systematic")
            }
            rows["chains"].append({**point, **exponent, "dropped_share": float(share)})
    return {
        schema.name: pd.DataFrame(rows[schema.name], columns=schema.column_names).sort_values(list(schema.key))
        for schema in TABLES
    }
