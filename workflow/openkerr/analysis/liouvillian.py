"""Tables and grids of the exact solution: spectra by charge sector, steady states beside truncated Wigner."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
import xarray as xr

from openkerr.analysis.wigner_function import wigner_function
from openkerr.numerics.stats import jackknife

GRID_POINTS = 91
GRID_MODES = 3
GRID_EXTENT = 1.3
"""Wigner functions of eigenmatrices are drawn for |Re alpha|, |Im alpha| up to this, rescaled fields."""


def liouvillian_table(data: xr.Dataset) -> pd.DataFrame:
    """Slowest eigenvalues of one sector; columns of table ``torus_liouvillian``.

    Parameters
    ----------
    data : xarray.Dataset
        Over ``aleph`` and ``index``, of the sector of scalar coordinate ``charge``.
    """
    names = {"eigenvalue_re": "eigenvalue_real", "eigenvalue_im": "eigenvalue_imag"}
    kept = ["residual", "basis_error", "trace_leak", "method_difference", "m", "m_share"]
    sector, data = data["charge"].item(), data.drop_vars("charge")
    frame = data[[*names, *kept]].to_dataframe().reset_index().rename(columns=names)
    sizes = data[["basis_size", "core_size"]].to_dataframe().reset_index()
    frame = frame.merge(sizes, on="aleph")
    frame.loc[frame["m_share"].isna(), "m"] = np.nan
    return frame.assign(sector=sector, method="arnoldi")


def exact_steady_states(data: xr.Dataset) -> pd.DataFrame:
    """Photon numbers and g2 from the Liouvillian; columns of table ``torus_steady_state``."""
    aleph = data["aleph"].values
    number = data["photon_moments"].values[:, :, 0]
    pairs = data["photon_moments"].values[:, :, 1]
    return _steady_frame(aleph, "liouvillian", np.stack([number.T / aleph, (pairs / number**2).T]), np.zeros((2, 2, 1)))


def sampled_steady_states(data: xr.Dataset) -> pd.DataFrame:
    """Photon numbers and g2 from truncated-Wigner ensembles; columns of table ``torus_steady_state``.

    Parameters
    ----------
    data : xarray.Dataset
        Partial sums over ``aleph``, ``batch``, ``bin`` (windows of the average) and ``mode``.
    """
    frames = []
    for aleph in data["aleph"].values:
        part = data.sel(aleph=aleph)
        share = part["samples"] / part["samples"].sum()
        moments = (part["moments"].sel(moment=["abs2", "abs4"]) * share).sum("bin")

        def observables(means: np.ndarray, aleph: float = aleph) -> np.ndarray:
            square, fourth = aleph * means[..., 0], aleph**2 * means[..., 1]
            number = square - 0.5
            return np.stack([number / aleph, (fourth - 2 * square + 0.5) / number**2], axis=1)

        values = moments.transpose("batch", "mode", "moment").values
        found, errors = jackknife(observables, values, part["n_valid"].values)
        frames.append(_steady_frame(np.array([aleph]), "twa", found[:, :, None], errors[:, :, None]))
    return pd.concat(frames, ignore_index=True)


def _steady_frame(aleph: np.ndarray, method: str, values: np.ndarray, errors: np.ndarray) -> pd.DataFrame:
    """Rows from values and errors of shape (quantity, mode, aleph)."""
    frame = pd.DataFrame({"aleph": aleph, "method": method})
    for quantity, name in enumerate(("n{}_over_aleph", "g2_{}")):
        for mode in (0, 1):
            column = name.format(mode + 1)
            frame[column] = values[quantity, mode]
            frame[f"{column}_stderr"] = np.broadcast_to(errors[quantity, mode], aleph.shape)
    return frame


def eigenmatrix_grid(sectors: Sequence[xr.Dataset]) -> xr.Dataset:
    """Wigner functions of the slowest modes of every sector, of each cavity in the frame of the other's phase.

    Parameters
    ----------
    sectors : sequence of xarray.Dataset
        A sector each, as for `liouvillian_table`; what has operators is drawn.

    Returns
    -------
    xarray.Dataset
        ``wigner_re``, ``wigner_im`` (eigenmatrix, mode, im_alpha, re_alpha), each divided by its greatest modulus; of
        each eigenmatrix ``aleph``, ``sector``, ``index``, ``m``, ``eigenvalue_re`` and ``eigenvalue_im``; if there is
        one, the classical torus in the same frames, ``torus_re`` and ``torus_im`` (mode, point).
    """
    axis = np.linspace(-GRID_EXTENT, GRID_EXTENT, GRID_POINTS)
    maps, labels = [], []
    for data in sectors:
        for place, aleph in enumerate(data["aleph"].values):
            if f"operator_re_{place}" not in data:
                continue
            for index in data["index"].values[:GRID_MODES]:
                row = data.isel(aleph=place).sel(index=index)
                operators = (row[f"operator_re_{place}"] + 1j * row[f"operator_im_{place}"]).values
                functions = np.array([wigner_function(each, axis * np.sqrt(aleph)) for each in operators])
                maps.append(functions / np.abs(functions).max(axis=(1, 2), keepdims=True))
                labels.append((aleph, data["charge"].item(), index, *(float(row[name]) for name in _LABELS[3:])))
    values, units = np.array(maps), {"units": "1"}
    dims = ("eigenmatrix", "mode", "im_alpha", "re_alpha")
    grid = xr.Dataset(
        {"wigner_re": (dims, values.real, units), "wigner_im": (dims, values.imag, units)},
        coords={"mode": [1, 2], "im_alpha": ("im_alpha", axis, units), "re_alpha": ("re_alpha", axis, units)},
    )
    for column, name in enumerate(_LABELS):
        unit = "eta" if name.startswith("eigenvalue") else "1"
        grid[name] = (("eigenmatrix",), np.array([label[column] for label in labels], dtype=float), {"units": unit})
    first = sectors[0].drop_vars("charge")
    return grid.merge(first[[name for name in ("torus_re", "torus_im") if name in first]])


_LABELS = ("aleph", "sector", "index", "m", "eigenvalue_re", "eigenvalue_im")
