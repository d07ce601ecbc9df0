"""Weight of the wave in the steady state of two states, and the drive at which both rates are equal."""

from __future__ import annotations

import numpy as np
import pandas as pd

from openkerr.numerics.stats import line_zero


def weight_table(rates: pd.DataFrame) -> pd.DataFrame:
    """Weight of the wave in the steady state of two states, from both rates, by the method that knows each best.

    Where one direction has no event its limit bounds the ratio.

    Parameters
    ----------
    rates : pandas.DataFrame
        Table ``chain_rates``.

    Returns
    -------
    pandas.DataFrame
        Table ``chain_wave_weight``.
    """
    chosen = (
        rates["order_parameter"].isin(["last", "chain"]) & (rates["noise"] == "quantum") & (rates["start"] != "rest")
    )
    rows = []
    for (length, drive), group in rates[chosen].groupby(["length", "drive_amplitude"]):
        found = {direction: _best(rows_) for direction, rows_ in group.groupby("direction")}
        if len(found) < 2:
            continue
        arrival, escape = found["arrival"], found["escape"]
        measured = [not np.isnan(each["rate"]) for each in (arrival, escape)]
        silent = [each["n_events"] == 0 and not np.isnan(each["rate_limit"]) for each in (arrival, escape)]
        if all(measured):
            bound, ratio = "measured", arrival["rate"] / escape["rate"]
            stderr = np.hypot(*(each["rate_stderr"] / each["rate"] for each in (arrival, escape)))
        elif measured[0] and silent[1]:
            bound, ratio, stderr = "at_least", arrival["rate"] / escape["rate_limit"], np.nan
        elif measured[1] and silent[0]:
            bound, ratio, stderr = "at_most", arrival["rate_limit"] / escape["rate"], np.nan
        else:
            continue
        weight = ratio / (1 + ratio)
        rows.append(
            {
                "length": length,
                "drive_amplitude": drive,
                "bound": bound,
                "log_ratio": np.log(ratio),
                "log_ratio_stderr": stderr,
                "wave_weight": weight,
                "wave_weight_stderr": weight * (1 - weight) * stderr,
            }
        )
    return pd.DataFrame(rows, columns=WEIGHT_COLUMNS)


WEIGHT_COLUMNS = [
    "length", "drive_amplitude", "bound", "log_ratio", "log_ratio_stderr", "wave_weight", "wave_weight_stderr",
]  # fmt: skip


def _best(rows: pd.DataFrame) -> pd.Series:
    """Of several rates of one direction the one that is known best; without any the lowest limit."""
    if rows["rate"].notna().any():
        return rows.loc[(rows["rate_stderr"] / rows["rate"]).idxmin()]
    limits = rows["rate_limit"].fillna(np.inf)
    return rows.loc[limits.idxmin()]


def equal_rate_table(weights: pd.DataFrame) -> pd.DataFrame:
    """Drive at which both rates are equal, at every length, between the two drives nearest to it.

    The logarithm of the ratio is taken for linear between the drives; no error holds what it is besides.
    """
    rows = []
    measured = weights[weights["bound"] == "measured"]
    for length, group in measured.groupby("length"):
        group = group.sort_values("drive_amplitude")
        drives, logs, errors = (group[name].to_numpy() for name in ("drive_amplitude", "log_ratio", "log_ratio_stderr"))
        crossings = np.flatnonzero((logs[:-1] < 0) & (logs[1:] >= 0))
        if crossings.size:
            k = crossings[0]
            drive, stderr = line_zero(drives[k : k + 2], logs[k : k + 2], errors[k : k + 2])
            rows.append({"length": length, "drive_amplitude": drive, "drive_amplitude_stderr": stderr})
    return pd.DataFrame(rows, columns=["length", "drive_amplitude", "drive_amplitude_stderr"])
