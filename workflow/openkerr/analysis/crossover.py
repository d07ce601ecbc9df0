"""Lines of the limit torus from the deep quantum to the classical limit: exact, truncated Wigner, linear noise."""

from __future__ import annotations

import numpy as np
import pandas as pd

CASES = ("default", "quantum")
"""Cases of table ``torus_gaps`` that have the parameters of the exact spectrum."""

COLUMNS = (
    *("aleph", "sector", "m", "method", "estimator", "gap", "gap_stderr", "gap_systematic"),
    *("gap_times_aleph", "gap_times_aleph_stderr", "relative_to_limit", "relative_to_limit_stderr"),
    *("frequency_shift", "frequency_shift_stderr", "additive_shift", "gap_error", "gap_error_stderr", "slowest"),
)


def line_gaps(spectrum: pd.DataFrame) -> pd.DataFrame:
    """Slowest mode of each line (k, m) at each aleph, as gap and frequency.

    Parameters
    ----------
    spectrum : pandas.DataFrame
        Table ``torus_liouvillian``.  Order 0 of charge 0 is the steady state and left out.  Of a pair of charge 0 the
        member with m > 0 stands for both.

    Returns
    -------
    pandas.DataFrame
        Its rows with columns ``gap`` and ``frequency``, in units of eta.
    """
    found = spectrum.dropna(subset=["m"])
    found = found[(found["sector"] > 0) | (found["m"] > 0)]
    slowest = found.sort_values("eigenvalue_real", ascending=False).drop_duplicates(["aleph", "sector", "m"])
    slowest = slowest.assign(gap=-slowest["eigenvalue_real"], frequency=-slowest["eigenvalue_imag"])
    return slowest.sort_values(["sector", "m", "aleph"], ignore_index=True)


def crossover_table(spectrum: pd.DataFrame, gaps: pd.DataFrame, lines: pd.DataFrame, omega: float) -> pd.DataFrame:
    """Gaps and frequency shifts of all lines by all methods, against the classical limit and against the exact ones.

    Parameters
    ----------
    spectrum, gaps, lines : pandas.DataFrame
        Tables ``torus_liouvillian``, ``torus_gaps`` and ``torus_lines``.
    omega : float
        Frequency of cavity 1, at which the lines are taken.

    Returns
    -------
    pandas.DataFrame
        Columns of table ``torus_crossover``.  Errors of exact gaps are their basis errors and residuals, which are
        bounds rather than standard errors; those of sampled quantities made of gaps and frequencies hold the
        systematic errors of these.
    """
    exact = line_gaps(spectrum)
    error = np.hypot(exact["basis_error"], exact["residual"])
    exact = exact.assign(method="liouvillian", estimator="eigenvalue", gap_stderr=error, frequency_stderr=error)
    exact["gap_systematic"] = exact["frequency_systematic"] = 0.0
    exact["slowest"] = (exact["gap"] == exact["aleph"].map(_slowest_gaps(spectrum))).astype(float)
    # Without all sectors at an aleph the slowest mode of those that are there need not be the slowest of all.
    complete = spectrum.groupby("aleph")["sector"].nunique() == spectrum["sector"].nunique()
    exact.loc[~exact["aleph"].map(complete), "slowest"] = np.nan
    sampled = gaps[gaps["case"].isin(CASES)].assign(method="twa")
    common = ["aleph", "sector", "m", "method", "estimator", "gap", "gap_stderr", "gap_systematic"]
    common += ["frequency", "frequency_stderr", "frequency_systematic"]
    both = pd.concat([exact[[*common, "slowest"]], sampled[common]], ignore_index=True)
    limits = lines[np.isclose(lines["omega"], omega)].set_index(["sector", "m"])
    limits = limits.rename(columns={"frequency": "limit_frequency", "linear_gap_times_aleph": "limit"})
    both = both.join(limits[["limit_frequency", "limit"]], on=["sector", "m"])
    known = exact.set_index(["aleph", "sector", "m"])["gap"].rename("exact")
    both = both.join(known, on=["aleph", "sector", "m"])
    both["gap_times_aleph"] = both["gap"] * both["aleph"]
    both["gap_times_aleph_stderr"] = np.hypot(both["gap_stderr"], both["gap_systematic"]) * both["aleph"]
    both["relative_to_limit"] = both["gap_times_aleph"] / both["limit"] - 1.0
    both["relative_to_limit_stderr"] = both["gap_times_aleph_stderr"] / both["limit"]
    both["frequency_shift"] = both["frequency"] - both["limit_frequency"]
    both["frequency_shift_stderr"] = np.hypot(both["frequency_stderr"], both["frequency_systematic"])
    compared = both["exact"].where(both["method"] == "twa")
    both["gap_error"] = both["gap"] / compared - 1.0
    both["gap_error_stderr"] = np.hypot(both["gap_stderr"], both["gap_systematic"]) / compared
    both["additive_shift"] = _additive_shift(both)
    return both.sort_values(["sector", "m", "aleph", "method", "estimator"], ignore_index=True)[list(COLUMNS)]


def _slowest_gaps(spectrum: pd.DataFrame) -> pd.Series:
    """Smallest gap at every aleph, of all modes but the steady state, lines or not."""
    rest = spectrum[(spectrum["sector"] > 0) | (spectrum["index"] > 0)]
    return -rest.groupby("aleph")["eigenvalue_real"].max()


def _additive_shift(rows: pd.DataFrame) -> pd.Series:
    """Shift of (k, m) if shifts added up: k times that of (1, 0) plus m times that of (0, 1); exact rows."""
    exact = rows[rows["method"] == "liouvillian"]
    base = {}
    for name, (sector, m) in {"phi": (1, 0), "psi": (0, 1)}.items():
        line = exact[(exact["sector"] == sector) & (exact["m"] == m)]
        base[name] = rows["aleph"].map(line.set_index("aleph")["frequency_shift"]).astype(float)
    additive = rows["sector"] * base["phi"] + rows["m"] * base["psi"]
    trivial = ((rows["sector"] == 1) & (rows["m"] == 0)) | ((rows["sector"] == 0) & (rows["m"] == 1))
    return additive.where((rows["method"] == "liouvillian") & ~trivial)
