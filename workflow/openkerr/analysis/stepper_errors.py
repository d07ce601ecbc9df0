"""Weak error of a step: difference of averages from those of a reference, with the noise taken out."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import xarray as xr

from openkerr.numerics.stats import MIN_BATCHES


def root_mean_square_bias(differences: np.ndarray) -> tuple[float, float]:
    """Root mean square over bins of the expectation of a difference, and a standard error.

    Parameters
    ----------
    differences : complex array (n_batches, n_bins)
        Differences of batch means, independent between batches.

    Returns
    -------
    (float, float)
        The mean square is the average of d_i* d_j over pairs of different batches, which noise does not raise; a
        negative one gives 0.  Its error is the delete-one jackknife's; near zero the root of that is given.

    Raises
    ------
    ValueError
        If there are fewer batches than an error needs.
    """
    n = len(differences)
    if n < MIN_BATCHES:
        raise ValueError(f"{n} batches: a standard error needs at least {MIN_BATCHES}")
    total = differences.sum(axis=0)
    own = np.abs(differences) ** 2
    square = float(np.mean(np.abs(total) ** 2 - own.sum(axis=0)) / (n * (n - 1)))
    without = np.abs(total - differences) ** 2 - (own.sum(axis=0) - own)
    left_out = without.mean(axis=1) / ((n - 1) * (n - 2))
    error = math.sqrt((n - 1) / n * float(np.sum((left_out - left_out.mean()) ** 2)))
    root = math.sqrt(max(square, 0.0))
    return root, min(error / (2 * root), math.sqrt(error)) if root > 0 else math.sqrt(error)


def stepper_error_rows(data: xr.Dataset, problem: str, case: str, quantity: str, tolerance: float) -> pd.DataFrame:
    """Rows of the table stepper_errors of one case.

    Parameters
    ----------
    data : xarray.Dataset
        Raw data of the case: ``moments`` (run, batch, bin, mode, moment), run 0 the reference.
    problem, case : str
        torus or chain, and the name of the case.
    quantity : str
        field or photon_number: the average that is compared.
    tolerance : float
        Error that the case asks for.

    Returns
    -------
    pandas.DataFrame
        The error is empty where a trajectory became infinite.
    """
    names = [str(name) for name in data["moment"].values]
    moments = data["moments"].transpose("run", "batch", "bin", "mode", "moment").values
    values = moments[..., names.index("abs2")]
    if quantity == "field":
        values = moments[..., names.index("re_a")] + 1j * moments[..., names.index("im_a")]
    n_trajectories = int(data["n_valid"].isel(run=0).sum())
    rows = []
    for run in range(1, len(values)):
        way = {name: str(data[name].values[run]) for name in ("stepper", "precision", "noise")}
        for mode in range(values.shape[3]):
            differences = values[run, :, :, mode] - values[0, :, :, mode]
            diverged = not np.isfinite(differences).all()
            error, stderr = (np.nan, np.nan) if diverged else root_mean_square_bias(differences)
            rows.append(
                {"problem": problem, "case": case}
                | way
                | {
                    "time_step": float(data["time_step"].values[run]),
                    "quantity": quantity,
                    "mode": mode + 1,
                    "error": error,
                    "error_stderr": stderr,
                    "tolerance": tolerance,
                    "n_trajectories": n_trajectories,
                }
            )
    return pd.DataFrame(rows)
