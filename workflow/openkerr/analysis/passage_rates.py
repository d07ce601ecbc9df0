"""Rates of passages to the wave and away from it, by direct sampling: values, thresholds, and against the length."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from scipy.stats import chi2

from openkerr.analysis.metastability import Point
from openkerr.analysis.survival import passage_rate

FAST = 1.0
"""Largest rate times the time of relaxation at which states are told apart."""
LEAST_P = 0.01
"""Least probability of passages as unevenly spread, under a constant hazard, with which it is believed."""


def rate_rows(point: Point, rules: Mapping[str, Any], relaxation_per_site: float) -> list[dict[str, Any]]:
    """Rows of table ``chain_rates`` of one point, one an order parameter."""
    # Before the first running mean nothing can be seen to pass.
    first = point.ends[rules["running_windows"] - 1]
    relaxation = max(relaxation_per_site * point.length, float(first))
    rows = []
    for index, site in enumerate(point.sites):
        found = passage_rate(point.passages(index, rules).after(relaxation))
        fast = found.rate * relaxation > FAST or not found.observed_time > 0
        quoted = found.n_events > 0 and not fast and found.p_value >= LEAST_P
        rows.append(
            {
                "length": point.length,
                "drive_amplitude": point.drive_amplitude,
                "noise": point.noise,
                "start": point.start,
                "direction": point.direction,
                "method": "direct",
                "order_parameter": site,
                "rate": found.rate if quoted else np.nan,
                "rate_stderr": found.stderr if quoted else np.nan,
                "rate_limit": np.nan if fast else found.limit,
                "n_events": found.n_events,
                "observed_time": found.observed_time,
                "relaxation_time": relaxation,
                "p_value": found.p_value,
                "too_fast": int(fast),
            }
        )
    return rows


def threshold_rows(
    point: Point, variants: Sequence[Mapping[str, Any]], relaxation_per_site: float
) -> list[dict[str, Any]]:
    """Rows of table ``chain_rate_thresholds``: rates of the last site, and after twice the relaxation."""
    rows = []
    least = float(point.ends[max(rules["running_windows"] for rules in variants) - 1])
    for rules in variants:
        for factor in (1.0, 2.0):
            per_site = factor * max(relaxation_per_site, least / point.length)
            row = next(row for row in rate_rows(point, rules, per_site) if row["order_parameter"] == "last")
            kept = {key: row[key] for key in ("length", "drive_amplitude", "noise", "start", "direction")}
            found = {key: row[key] for key in ("rate", "rate_stderr", "n_events", "relaxation_time")}
            rows.append({**kept, **rules, **found})
    return rows


def scaling_table(rates: pd.DataFrame) -> pd.DataFrame:
    """Rates against the length: ln rate = intercept - length/length_scale, weighted least squares, with chi squared.

    Rates of the last site with noise, directly sampled, at every drive and direction with at least three lengths.
    """
    rows = []
    chosen = rates[
        (rates["order_parameter"] == "last") & (rates["noise"] == "quantum") & (rates["start"] != "rest")
        & (rates["method"] == "direct") & rates["rate"].notna() & (rates["n_events"] >= 10)
    ]  # fmt: skip
    for (drive, direction), group in chosen.groupby(["drive_amplitude", "direction"]):
        if len(group) < 3:
            continue
        length, logs = group["length"].to_numpy(dtype=float), np.log(group["rate"].to_numpy())
        errors = (group["rate_stderr"] / group["rate"]).to_numpy()
        fit, covariance = np.polyfit(length, logs, 1, w=1 / errors, cov="unscaled")
        chi = float((((logs - np.polyval(fit, length)) / errors) ** 2).sum())
        rows.append(
            {
                "drive_amplitude": drive,
                "direction": direction,
                "slope": fit[0],
                "slope_stderr": np.sqrt(covariance[0, 0]),
                "intercept": fit[1],
                "intercept_stderr": np.sqrt(covariance[1, 1]),
                "chi_squared": chi,
                "degrees_of_freedom": len(group) - 2,
                "p_value": chi2.sf(chi, len(group) - 2),
                "length_min": int(length.min()),
                "length_max": int(length.max()),
            }
        )
    return pd.DataFrame(rows, columns=SCALING_COLUMNS)


SCALING_COLUMNS = [
    "drive_amplitude", "direction", "slope", "slope_stderr", "intercept", "intercept_stderr", "chi_squared",
    "degrees_of_freedom", "p_value", "length_min", "length_max",
]  # fmt: skip
