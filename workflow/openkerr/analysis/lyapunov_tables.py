"""Table and grid of the chain's Lyapunov exponents from the raw data of its scans."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd
import xarray as xr

_ESTIMATES = ("lyapunov_max", "sum", "kaplan_yorke")


def lyapunov_table(parts: Iterable[xr.Dataset]) -> pd.DataFrame:
    """Rows of chain_lyapunov.

    Parameters
    ----------
    parts : iterable of Dataset
        As `openkerr.solvers.lyapunov_data.pooled_dataset` makes them, with dimensions drive_amplitude and method, and
        the scalar coordinate length.
    """
    rows = [
        {
            "length": length,
            "drive_amplitude": drive,
            "method": method,
            **{
                name: float(one[name]) for each in _ESTIMATES for name in (each, f"{each}_stderr", f"{each}_systematic")
            },
            "n_positive": int(one["n_positive"]),
            "aligned": int(one["aligned"]),
            "n_exponents": one.sizes["index"],
            "n_trajectories": one.sizes["trajectory"],
            "averaging_time": float(one["averaging_time"]),
        }
        for length, drive, method, one in _runs(parts)
    ]
    return pd.DataFrame(rows).sort_values(["length", "drive_amplitude", "method"], ignore_index=True)


def lyapunov_spectra(parts: Iterable[xr.Dataset]) -> xr.Dataset:
    """Spectra as a grid (run, index), what shorter ones lack filled with NaN; a run a chain, drive and method."""
    runs = sorted(_runs(parts), key=lambda run: run[:3])
    n_exponents = max(one.sizes["index"] for *_, one in runs)
    found = {}
    for name in ("exponent", "exponent_stderr", "exponent_systematic"):
        values = np.full((len(runs), n_exponents), np.nan)
        for row, (*_, one) in zip(values, runs, strict=True):
            row[: one.sizes["index"]] = one[name].values
        found[name] = (("run", "index"), values, {"units": "gamma"})
    lengths, drives, methods, _ = zip(*runs, strict=True)
    return xr.Dataset(
        found
        | {
            "length": ("run", np.array(lengths), {"units": "sites"}),
            "drive_amplitude": ("run", np.array(drives), {"units": "gamma"}),
            "method": ("run", np.array(methods), {"units": "1"}),
        },
        {"index": np.arange(1, n_exponents + 1)},
    )


def _runs(parts: Iterable[xr.Dataset]) -> list[tuple[int, float, str, xr.Dataset]]:
    return [
        (data["length"].item(), float(drive), str(method), data.sel({"drive_amplitude": drive, "method": method}))
        for data in parts
        for drive in data["drive_amplitude"].values
        for method in data["method"].values
    ]
