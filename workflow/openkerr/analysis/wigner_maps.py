"""Wigner functions of the two cavities from histograms, and their weight in the area of the classical torus."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
import xarray as xr

MARGINS = (0.0, 3.0)
"""Widenings of the area, in standard deviations of a quadrature of the vacuum, 1/(2 sqrt(aleph))."""


def count_inside(fields: np.ndarray, radii: np.ndarray, aleph: float) -> np.ndarray:
    """Number of trajectories in the rings least <= |alpha| <= greatest, widened by `MARGINS`.

    Parameters
    ----------
    fields : complex array (n_samples, n_modes, n_trajectories)
    radii : array (n_modes, 2)
        Least and greatest modulus of each field on the classical torus, which fills the ring between them.

    Returns
    -------
    int array (n_samples, n_modes, n_margins)
    """
    modulus = np.abs(fields)
    counts = []
    for margin in MARGINS:
        width = 0.5 * margin / np.sqrt(aleph)
        inside = (modulus >= radii[:, :1] - width) & (modulus <= radii[:, 1:] + width)
        counts.append(inside.sum(axis=2))
    return np.stack(counts, axis=-1)


def join_jobs(parts: Sequence[xr.Dataset]) -> xr.Dataset:
    """Jobs of all ensembles in one data set: counts added where trajectories were cut, alephs in a row."""
    of_aleph: dict[float, list[xr.Dataset]] = {}
    for part in parts:
        for aleph in part["aleph"].values:
            of_aleph.setdefault(float(aleph), []).append(part.sel(aleph=[aleph]))
    return xr.concat([sum(jobs[1:], jobs[0]) for _, jobs in sorted(of_aleph.items())], "aleph", data_vars="all")


def wigner_density(data: xr.Dataset) -> xr.DataArray:
    """Wigner function of each cavity over its rescaled field, normalised to one over d(Re) d(Im)."""
    width = float(data["re"][1] - data["re"][0])
    density = data["counts"] / (data["n_trajectories"] * width**2)
    return density.assign_attrs(units="1", long_name="Wigner function over the rescaled field")


def weight_table(data: xr.Dataset) -> pd.DataFrame:
    """Share of the Wigner function in the area of the classical torus; columns of table ``torus_wigner_weight``.

    The standard error is that of a share of independent trajectories.
    """
    frame = data["inside"].rename("weight").to_dataframe().reset_index()
    counts = data["n_weighted"].to_series()
    frame["n_trajectories"] = frame["aleph"].map(counts)
    frame["weight"] = frame["weight"] / frame["n_trajectories"]
    frame["weight_stderr"] = np.sqrt(frame["weight"] * (1 - frame["weight"]) / frame["n_trajectories"])
    return frame[["aleph", "mode", "sample_time", "margin", "weight", "weight_stderr", "n_trajectories"]].rename(
        columns={"sample_time": "time"}
    )
