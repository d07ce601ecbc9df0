"""Steady states of two sites: exact beside truncated Wigner."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
import xarray as xr

from openkerr.analysis.photon_statistics import photon_estimates
from openkerr.numerics.stats import remainder

_POINT = ["drive_amplitude", "kerr"]
_QUANTITIES = ("photon_number", "number_fluctuation")


def space_table(exact: Sequence[xr.Dataset]) -> pd.DataFrame:
    """All spaces of the exact steady states; columns of table ``chain_dimer_spaces``."""
    frames = []
    for data in exact:
        frame = data.reset_coords("kerr").to_dataframe().reset_index().rename(columns={"mode": "site"})
        frames.append(frame.dropna(subset="n_states"))
    frame = pd.concat(frames, ignore_index=True)
    frame["outcome"] = frame.pop("limited").map({0: "converged", 1: "limited"})
    return frame.astype({"n_states": int, "n_products": int, "space": int}).sort_values([*_POINT, "space", "site"])


def dimer_table(spaces: pd.DataFrame, sampled: Sequence[xr.Dataset]) -> pd.DataFrame:
    """Exact and sampled steady states; columns of table ``chain_dimer``.

    Parameters
    ----------
    spaces : pandas.DataFrame
        Of `space_table`.
    sampled : sequence of xarray.Dataset
        Partial sums of one U each over ``drive_amplitude``, ``initial_state``, ``batch``, ``bin``, ``mode``, with
        scalar coordinates ``kerr``, ``burn_in`` and ``averaging_time``.
    """
    rows = []
    for (drive, kerr, site), group in spaces.groupby([*_POINT, "site"]):
        last = group.iloc[-1]
        row = {"drive_amplitude": drive, "kerr": kerr, "method": "exact", "site": site, "outcome": last["outcome"]}
        for name in _QUANTITIES:
            row |= {name: last[name], f"{name}_stderr": _space_error(group, name)}
        # A steady state that is unique has no start.
        rows += [{**row, "initial_state": start} for start in ("vacuum", "coherent")]
    for data in sampled:
        for drive in data["drive_amplitude"].values:
            for start in data["initial_state"].values:
                part = data.sel(drive_amplitude=drive, initial_state=start)
                moments = part["moments"].sel(moment=["abs2", "abs4"]).transpose("mode", "batch", "bin", "moment")
                for site, windows in zip(part["mode"].values, moments.values, strict=True):
                    found = photon_estimates(windows, part["samples"].values, part["n_valid"].values)
                    rows.append(
                        {
                            "drive_amplitude": drive,
                            "kerr": data["kerr"].item(),
                            "initial_state": start,
                            "method": "twa",
                            "site": site,
                            **{key: found[key] for name in _QUANTITIES for key in (name, f"{name}_stderr")},
                            "n_trajectories": int(part["n_valid"].sum()),
                            "burn_in": data["burn_in"].item(),
                            "window": data["averaging_time"].item(),
                            "stationarity": found["stationarity"],
                        }
                    )
    return pd.DataFrame(rows).sort_values([*_POINT, "initial_state", "method", "site"], ignore_index=True)


def _space_error(spaces: pd.DataFrame, name: str) -> float:
    """Error of a quantity by the states that the last of some spaces leaves out: what changes that go on would add."""
    changes = np.abs(np.diff(spaces[name]))
    if not len(changes) or changes[-1] == 0:
        return 0.0
    edges = np.maximum(spaces["edge_population"].to_numpy(), np.finfo(float).tiny)
    before = np.maximum(changes[-2:-1], np.finfo(float).tiny)
    ratios = [edges[-1] / edges[-2], *(changes[-1:] / before if len(changes) > 1 else [])]
    return float(changes[-1] * remainder(*ratios))


def error_table(states: pd.DataFrame) -> pd.DataFrame:
    """Truncated Wigner against exact; columns of table ``chain_dimer_errors``.

    Parameters
    ----------
    states : pandas.DataFrame
        Of `dimer_table`.
    """
    key = [*_POINT, "initial_state", "site"]
    both = states[states["method"] == "twa"].merge(states[states["method"] == "exact"], on=key, suffixes=("", "_exact"))
    found = both[key].copy()
    number, fluctuation = (both[f"{name}_exact"] for name in _QUANTITIES)
    number_error, fluctuation_error = (
        np.hypot(both[f"{name}_stderr"], both[f"{name}_stderr_exact"]) for name in _QUANTITIES
    )
    found["number_error"] = both["photon_number"] / number - 1
    found["number_error_stderr"] = number_error / number
    ratio = both["number_fluctuation"] / fluctuation
    found["fluctuation_ratio"] = ratio
    found["fluctuation_ratio_stderr"] = (
        np.hypot(both["number_fluctuation_stderr"], ratio * both["number_fluctuation_stderr_exact"]) / fluctuation.abs()
    )
    found["fluctuation_difference"] = both["number_fluctuation"] - fluctuation
    found["fluctuation_difference_stderr"] = fluctuation_error
    found["fluctuation_error"] = found["fluctuation_difference"] / number
    found["fluctuation_error_stderr"] = fluctuation_error / number
    return found


def scaling_table(exact: Sequence[xr.Dataset], sampled: Sequence[xr.Dataset]) -> pd.DataFrame:
    """Truncated Wigner against exact at fixed F sqrt(U); columns of table ``chain_dimer_scaling``.

    Parameters
    ----------
    exact, sampled : sequence of xarray.Dataset
        As for `space_table` and `dimer_table`; empty: an empty table.
    """
    key = ["kerr", "drive_amplitude", "site"]
    numbers = [f"{name}{tail}" for name in _QUANTITIES for tail in ("", "_stderr")]
    errors = ["number_error", "fluctuation_ratio", "fluctuation_difference", "fluctuation_error"]
    columns = ["scaled_drive", *key, *numbers, *(f"{name}{tail}" for name in errors for tail in ("", "_stderr"))]
    if not exact:
        return pd.DataFrame(columns=[*columns, "outcome"])
    states = dimer_table(space_table(exact), sampled)
    states = states[states["initial_state"] == "vacuum"]
    own = states.loc[states["method"] == "exact", [*key, *numbers, "outcome"]]
    found = own.merge(error_table(states).drop(columns="initial_state"), on=key)
    # F sqrt(U) as it was asked for.
    found["scaled_drive"] = (found["drive_amplitude"] * np.sqrt(found["kerr"])).round(12)
    return found[[*columns, "outcome"]].sort_values(["scaled_drive", *key], ignore_index=True)
