"""Power laws gap = b aleph^(-a) of the lines' gaps, window by window."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

MIN_POINTS = 3
MIN_SPAN = 2.5
"""Least ratio of the ends of a window in aleph."""

_KEY = ("case", "sector", "m", "estimator")


def fit_power_law(
    alephs: np.ndarray, gaps: np.ndarray, errors: np.ndarray, weighting: str, joint_errors: np.ndarray | None = None
) -> dict[str, float]:
    """Straight line through (ln aleph, ln gap).

    Where the law does not fit, a curvature that no error of a point knows of moves the exponent with the window: the
    errors of exponent and prefactor are then larger by the square root of ``chi2_per_dof``, the scale factor of
    R. L. Workman et al. (Particle Data Group), Prog. Theor. Exp. Phys. 2022, 083C01, section 5.2.2.

    Parameters
    ----------
    alephs, gaps, errors : (n,) arrays
        With standard errors of the gaps; n at least 3.
    weighting : {"errors", "equal"}
        Whether points count by their errors, or all alike; the errors of the result come from the points' errors in
        the first case and from their scatter about the line in the second.
    joint_errors : (n,) array, optional
        Errors of the gaps that hold what is systematic too, in which residuals are judged; default: ``errors``.

    Returns
    -------
    dict
        exponent a, prefactor b, their standard errors, chi2_per_dof.

    Raises
    ------
    ValueError
        If the weighting is unknown.
    """
    if weighting not in ("errors", "equal"):
        raise ValueError(f"weighting is {weighting!r}: allowed is errors or equal")
    relative = errors / gaps
    weights = 1 / relative**2 if weighting == "errors" else np.ones_like(gaps)
    x = np.log(alephs)
    design = np.stack([-x, np.ones_like(x)], axis=1)
    covariance = np.linalg.inv(design.T @ (weights[:, None] * design))
    slope, offset = covariance @ design.T @ (weights * np.log(gaps))
    residual = np.log(gaps) - design @ [slope, offset]
    freedom = len(x) - 2
    chi2 = float(np.sum((residual * gaps / (errors if joint_errors is None else joint_errors)) ** 2) / freedom)
    covariance = covariance * (residual @ residual / freedom if weighting == "equal" else max(chi2, 1.0))
    return {
        "exponent": float(slope),
        "exponent_stderr": float(np.sqrt(covariance[0, 0])),
        "prefactor": float(np.exp(offset)),
        "prefactor_stderr": float(np.exp(offset) * np.sqrt(covariance[1, 1])),
        "chi2_per_dof": chi2,
    }


def _windows(alephs: np.ndarray) -> Iterator[slice]:
    """Runs of neighbouring points that are long and wide enough."""
    for first in range(len(alephs)):
        for last in range(first + MIN_POINTS - 1, len(alephs)):
            if alephs[last] >= MIN_SPAN * alephs[first]:
                yield slice(first, last + 1)


def gap_fit_table(gaps: pd.DataFrame) -> pd.DataFrame:
    """Power laws of every line, by case and estimator, in all windows of at least three neighbouring alephs.

    Parameters
    ----------
    gaps : pandas.DataFrame
        Table ``torus_gaps``.

    Returns
    -------
    pandas.DataFrame
        Columns of table ``torus_gap_fit``; the systematic error of an exponent is that of the gaps carried through the
        fit as if it were independent from point to point.
    """
    rows = []
    for key, group in gaps.groupby(list(_KEY), sort=True):
        group = group.sort_values("aleph")
        alephs, values, errors, systematic = (
            group[name].to_numpy() for name in ("aleph", "gap", "gap_stderr", "gap_systematic")
        )
        joint = np.hypot(errors, systematic)
        for part in _windows(alephs):
            for weighting in ("errors", "equal"):
                found = fit_power_law(alephs[part], values[part], errors[part], weighting, joint[part])
                shifted = [
                    fit_power_law(
                        alephs[part],
                        np.where(np.arange(len(alephs[part])) == index, values[part] + systematic[part], values[part]),
                        errors[part],
                        weighting,
                    )["exponent"]
                    for index in range(len(alephs[part]))
                ]
                rows.append(
                    dict(zip(_KEY, key, strict=True))
                    | {"weighting": weighting, "aleph_min": alephs[part][0], "aleph_max": alephs[part][-1]}
                    | {"n_points": len(alephs[part]), **found}
                    | {"exponent_systematic": float(np.linalg.norm(np.array(shifted) - found["exponent"]))}
                )
    return pd.DataFrame(rows, columns=FIT_COLUMNS)


FIT_COLUMNS = (
    *_KEY,
    *("weighting", "exponent", "exponent_stderr", "prefactor", "prefactor_stderr"),
    *("aleph_min", "aleph_max", "n_points", "chi2_per_dof", "exponent_systematic"),
)
