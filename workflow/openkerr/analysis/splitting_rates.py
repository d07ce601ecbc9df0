"""Rates of rare passages by forward flux sampling, beside those of direct sampling."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
import xarray as xr


def splitting_rows(found: Sequence[xr.Dataset], direct: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Tables of rates by forward flux sampling.

    Parameters
    ----------
    found : sequence of xarray.Dataset
        As `openkerr.studies.chain_metastability.splitting.splitting_dataset` has them.
    direct : pandas.DataFrame
        Rates by direct sampling, table ``chain_rates``.

    Returns
    -------
    splitting : pandas.DataFrame
        Table ``chain_splitting``.
    rates : pandas.DataFrame
        Rows of ``chain_rates``: of several numbers of trials the greatest.
    """
    sampled = direct[(direct["order_parameter"] == "last") & (direct["noise"] == "quantum")]
    rows = []
    for data in found:
        rate, n = data["rate"].to_numpy(), data.sizes["population"]
        mean, stderr = rate.mean(), rate.std(ddof=1) / np.sqrt(n)
        time = float(data["simulated_time"].sum())
        names = {
            "length": int(data["length"]),
            "drive_amplitude": float(data["drive_amplitude"]),
            "direction": str(data["direction"].item()),
            "order_parameter": str(data["sites"].item()),
            "n_trials": int(data["n_trials"]),
        }
        same = sampled[
            (sampled["length"] == names["length"])
            & (sampled["drive_amplitude"] == names["drive_amplitude"])
            & (sampled["direction"] == names["direction"])
            & (sampled["start"] != "rest")
        ]
        other = same.iloc[0] if len(same) and same["rate"].notna().iloc[0] else None
        # Direct sampling has the relative variance 1/(rate time).
        needed = mean / stderr**2 if stderr > 0 else np.nan
        rows.append(
            names
            | {
                "rate": mean,
                "rate_stderr": stderr,
                "direct_rate": np.nan if other is None else other["rate"],
                "direct_rate_stderr": np.nan if other is None else other["rate_stderr"],
                "flux": float(data["flux"].mean()),
                "n_interfaces": data.sizes["interface"],
                "least_probability": float(data["probability"].mean("population").min()),
                "n_reached": int(data["n_reached"][:, -1].sum()),
                "n_populations": n,
                "simulated_time": time,
                "direct_time": needed,
                "gain": needed / time,
            }
        )
    table = pd.DataFrame(rows, columns=SPLITTING_COLUMNS)
    best = table.sort_values("n_trials").groupby(SPLITTING_COLUMNS[:4], as_index=False).last()
    start = np.where(best["direction"] == "escape", "rnw", "vacuum")
    rates = best[[*SPLITTING_COLUMNS[:4], "rate", "rate_stderr"]].assign(
        noise="quantum", start=start, method="splitting", rate_limit=np.nan, n_events=best["n_reached"],
        observed_time=best["simulated_time"], relaxation_time=0.0, p_value=np.nan, too_fast=0,
    )  # fmt: skip
    # Without a trial at the last interface there is no estimate.
    rates.loc[rates["n_events"] == 0, ["rate", "rate_stderr"]] = np.nan
    return table, rates


SPLITTING_COLUMNS = [
    "length", "drive_amplitude", "direction", "order_parameter", "n_trials", "rate", "rate_stderr", "direct_rate",
    "direct_rate_stderr", "flux", "n_interfaces", "least_probability", "n_reached", "n_populations", "simulated_time",
    "direct_time", "gain",
]  # fmt: skip
