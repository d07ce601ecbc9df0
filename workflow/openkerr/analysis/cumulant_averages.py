"""Averages of second-order cumulants over time, and their deviations from truncated Wigner."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
import pandas as pd
import xarray as xr

from openkerr.numerics.stats import batch_mean, jackknife


def cumulants_table(parts: Iterable[xr.Dataset], outcomes: Sequence[str]) -> pd.DataFrame:
    """Averages of all runs, one row a length, drive and site.

    The window of a run is one path, cut into equal blocks: errors are those of their mean, and a mean over a path that
    moves on slower than a block lasts has a larger one.

    Parameters
    ----------
    parts : iterable of Dataset
        Block means ``photon_number``, ``number_fluctuation`` and ``pair_correlation`` (length, drive_amplitude, place,
        block), ``outcome``, ``uncertainty`` and ``time_reached`` (length, drive_amplitude).
    outcomes : sequence of str
        Names of the numbers in ``outcome``.
    """
    rows = []
    for data in parts:
        for length in data["length"].to_numpy():
            for drive in data["drive_amplitude"].to_numpy():
                point = data.sel(length=length, drive_amplitude=drive)
                shared = {
                    "geometry": str(point["geometry"].item()),
                    "method": "cumulants",
                    "length": int(length),
                    "drive_amplitude": float(drive),
                    "outcome": outcomes[int(point["outcome"])],
                    "burn_in": float(point["burn_in"]),
                    "window": float(point["window"]),
                    "time_reached": float(point["time_reached"]),
                    "uncertainty": float(point["uncertainty"]),
                }
                sites = point["site"].to_numpy()
                # The shortest chain has its first site in the middle too.
                for place in np.unique(sites, return_index=True)[1]:
                    rows.append(shared | {"site": int(sites[place])} | _averages(point.isel(place=place)))
    return pd.DataFrame(rows).sort_values(["length", "drive_amplitude", "site"], ignore_index=True)


DIAGRAM_COLUMNS = (
    "regime",
    "photon_number",
    "photon_number_stderr",
    "number_fluctuation",
    "number_fluctuation_stderr",
    "stationarity",
)
"""Columns of table chain_phase_diagram, besides its key, that deviations are told from."""


def deviations_table(cumulants: pd.DataFrame, phase_diagram: pd.DataFrame) -> pd.DataFrame:
    """Cumulants beside truncated Wigner at the last site of the chains and drives that both have.

    Parameters
    ----------
    cumulants : DataFrame
        Table chain_cumulants.
    phase_diagram : DataFrame
        Table chain_phase_diagram; of its columns the key and `DIAGRAM_COLUMNS` count.
    """
    ours = cumulants[(cumulants["site"] == cumulants["length"]) & cumulants["photon_number"].notna()]
    sampled = (phase_diagram["method"] == "twa") & (phase_diagram["geometry"] == "boundary")
    theirs = phase_diagram[sampled & (phase_diagram["site"] == phase_diagram["length"])]
    key = ["length", "drive_amplitude"]
    names = [f"{name}{end}" for name in ("photon_number", "number_fluctuation") for end in ("", "_stderr")]
    both = ours[[*key, "burn_in", "window", *names, "total_fluctuation", "total_fluctuation_stderr"]].merge(
        theirs[[*key, "regime", *names, "stationarity"]].rename(
            columns={name: _sampled(name) for name in (*names, "stationarity")}
        ),
        on=key,
    )
    for name, column, shift in (
        ("photon_number", "photon_number_deviation", 1.0),
        ("number_fluctuation", "number_fluctuation_ratio", 0.0),
        ("total_fluctuation", "total_fluctuation_ratio", 0.0),
    ):
        base = "photon_number" if name == "photon_number" else "number_fluctuation"
        value, error = both[name], both[f"{name}_stderr"]
        reference, noise = both[f"{base}_twa"], both[f"{base}_twa_stderr"]
        # A ratio to what is not told from zero is none.
        ratio = (value / reference).where(reference.abs() > 5 * noise)
        both[column] = ratio - shift
        both[f"{column}_stderr"] = np.hypot(error, ratio * noise) / reference.abs()
        both[f"{column}_stderr"] = both[f"{column}_stderr"].where(ratio.notna())
    both["number_fluctuation_deviation"] = both["number_fluctuation"] - both["number_fluctuation_twa"]
    both["number_fluctuation_deviation_stderr"] = np.hypot(
        both["number_fluctuation_stderr"], both["number_fluctuation_twa_stderr"]
    )
    return both.sort_values(key, ignore_index=True)


def _sampled(name: str) -> str:
    return f"{name.removesuffix('_stderr')}_twa{'_stderr' * name.endswith('_stderr')}"


def _averages(point: xr.Dataset) -> dict[str, float]:
    blocks = np.stack(
        [point[name].to_numpy() for name in ("photon_number", "number_fluctuation", "pair_correlation")], axis=1
    )
    functions = {
        "photon_number": lambda m: m[..., 0],
        "number_fluctuation": lambda m: m[..., 1],
        "g2": lambda m: 1 + m[..., 1] / m[..., 0] ** 2,
        "mandel_q": lambda m: m[..., 1] / m[..., 0],
        "total_fluctuation": lambda m: m[..., 2] - m[..., 0] ** 2,
    }
    found: dict[str, float] = {}
    weights = np.ones(len(blocks))
    dark = not blocks[:, 0].mean() > 0
    for name, function in functions.items():
        if not np.isfinite(blocks).all() or (dark and name in ("g2", "mandel_q")):
            found |= {name: np.nan, f"{name}_stderr": np.nan}
        else:
            value, error = jackknife(function, blocks, weights)
            found |= {name: float(value), f"{name}_stderr": float(error)}
    half = len(blocks) // 2
    number, error = batch_mean(blocks[:, 0], weights)
    difference = blocks[half:, 0].mean() - blocks[:half, 0].mean()
    # A mean over half the blocks has twice the variance, a difference of two four times.
    found["stationarity"] = float(difference / (2 * error)) if error > 1e-9 * abs(number) else 0.0
    if not np.isfinite(blocks).all():
        found["stationarity"] = np.nan
    return found
