"""Distributions and auto-correlations of the sites of a chain, with errors from batches.

Data sets of several chains are rows of panels: a panel is a site of a case, with the coordinates length,
drive_amplitude, loss, method and site.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import xarray as xr
from numpy.typing import DTypeLike

from openkerr.analysis.chain_profiles import ChainEnsemble
from openkerr.numerics.stats import batch_mean, jackknife

_LABELS: dict[str, tuple[DTypeLike, str]] = {
    "length": (np.int64, "sites"),
    "drive_amplitude": (np.float64, "gamma"),
    "loss": (np.float64, "gamma"),
    "method": ("<U3", "none"),
    "site": (np.int64, "sites"),
}


def join_panels(parts: Sequence[xr.Dataset]) -> xr.Dataset:
    """Panels of several ensembles under each other; units are kept."""
    joined = xr.concat(parts, "panel", data_vars="all", coords="minimal")
    for name in joined.variables:
        joined[name].attrs.update(parts[0][name].attrs)
    return joined


def _panels(ensemble: ChainEnsemble, sites: Sequence[int]) -> dict:
    """Coordinates of the panels of some sites of one case."""
    values = {name: [value] * len(sites) for name, value in ensemble.labels.items()} | {"site": list(sites)}
    return {name: ("panel", np.array(values[name], kind), {"units": unit}) for name, (kind, unit) in _LABELS.items()}


def _middles(n_cells: int) -> np.ndarray:
    """Middles of the cells along a side, in units of the extent."""
    return (2 * np.arange(n_cells) + 1 - n_cells) / n_cells


def wigner_grid(ensemble: ChainEnsemble) -> xr.Dataset:
    """Wigner functions of the chosen sites.

    Returns
    -------
    xarray.Dataset
        ``density`` (panel, re, im), normalised to one over d(Re) d(Im) of the whole plane; ``extent`` (panel), the
        unit of the coordinates ``re`` and ``im``; ``outside`` (panel), the share of samples beyond the square.
    """
    sites = ensemble.data["mode"].values[ensemble.data["wigner"].values].tolist()
    extent = ensemble["extent"]
    counts = ensemble.data["counts"].sel(mode=sites).sum("batch").values.astype(float)
    total = float(ensemble.weights.sum() * ensemble.data["samples"].values.sum())
    middles = _middles(counts.shape[-1])
    width = extent * (middles[1] - middles[0])
    return xr.Dataset(
        {
            "density": (("panel", "re", "im"), counts / (total * width**2), {"units": "1"}),
            "extent": (("panel",), np.full(len(sites), extent), {"units": "1"}),
            "outside": (("panel",), 1.0 - counts.sum(axis=(1, 2)) / total, {"units": "1"}),
        },
        coords={"re": ("re", middles), "im": ("im", middles), **_panels(ensemble, sites)},
    )


def momentum_grid(ensemble: ChainEnsemble) -> xr.Dataset:
    """Distribution of the momentum p = sqrt(2) Im alpha of every site.

    Returns
    -------
    xarray.Dataset
        ``density`` and ``density_stderr`` (panel, momentum), normalised to one over dp; ``extent`` (panel), the
        unit of the coordinate ``momentum``.
    """
    extent = np.sqrt(2.0) * ensemble["extent"]
    counts = ensemble.data["counts"].sum("re").values
    samples = ensemble.weights * ensemble.data["samples"].values.sum()
    middles = _middles(counts.shape[-1])
    width = extent * (middles[1] - middles[0])
    density, error = batch_mean(counts / (samples[:, None, None] * width), ensemble.weights)
    sites = range(1, len(density) + 1)
    return xr.Dataset(
        {
            "density": (("panel", "momentum"), density, {"units": "1"}),
            "density_stderr": (("panel", "momentum"), error, {"units": "1"}),
            "extent": (("panel",), np.full(len(density), extent), {"units": "1"}),
        },
        coords={"momentum": ("momentum", middles), **_panels(ensemble, sites)},
    )


def autocorrelation_grid(ensemble: ChainEnsemble, lags: np.ndarray) -> xr.Dataset:
    """Normalised auto-correlation <alpha*(t) alpha(t + lag)>/<|alpha|²> of the chosen sites.

    Parameters
    ----------
    lags : array (n_lags,)
        Lags in 1/gamma, which the ensemble has where it has correlations.

    Returns
    -------
    xarray.Dataset
        ``re``, ``im`` (panel, lag) and ``re_stderr``, ``im_stderr``.
    """
    data = ensemble.data
    sites: Sequence[int] = []
    value = error = np.zeros((0, len(lags), 2))
    if "correlation_re" in data:
        sites = data["signal"].values.tolist()
        parts = np.stack([data["correlation_re"].values, data["correlation_im"].values], axis=-1)
        value, error = jackknife(lambda mean: mean / mean[..., :1, :, :1], parts, ensemble.weights)
        value, error = value.transpose(1, 0, 2), error.transpose(1, 0, 2)
    fields = {"re": value[..., 0], "im": value[..., 1], "re_stderr": error[..., 0], "im_stderr": error[..., 1]}
    return xr.Dataset(
        {name: (("panel", "lag"), values, {"units": "1"}) for name, values in fields.items()},
        coords={"lag": ("lag", lags, {"units": "1/gamma"}), **_panels(ensemble, sites)},
    )


def ring_contrast(ensemble: ChainEnsemble, half_width: float = 0.5) -> tuple[np.ndarray, np.ndarray]:
    """Logarithm of the angle-averaged Wigner function at |alpha|² = <|alpha|²> over that in the middle, every site.

    It is -1 for a Gaussian about the middle, and positive for a ring.  The ring is as wide as twice ``half_width``, the
    middle a disc of the radius twice that; empty where they would meet.

    Returns
    -------
    value, stderr : arrays (length,)
    """
    counts = ensemble.data["counts"].values
    middles = ensemble["extent"] * _middles(counts.shape[-1])
    modulus = np.hypot(middles[:, None], middles)
    radii = np.sqrt(np.average(ensemble.moment("abs2"), axis=0, weights=ensemble.weights))
    middle = modulus < 2.0 * half_width
    densities = np.zeros((*counts.shape[:2], 2))
    for site, radius in enumerate(radii):
        ring = np.abs(modulus - radius) < half_width
        densities[:, site, 0] = counts[:, site, middle].sum(axis=1) / max(middle.sum(), 1)
        densities[:, site, 1] = counts[:, site, ring].sum(axis=1) / max(ring.sum(), 1)
    densities /= ensemble.weights[:, None, None]
    with np.errstate(divide="ignore", invalid="ignore"):
        value, error = jackknife(lambda mean: np.log(mean[..., 1] / mean[..., 0]), densities, ensemble.weights)
    known = (radii > 3.0 * half_width) & np.isfinite(value) & np.isfinite(error)
    return np.where(known, value, np.nan), np.where(known, error, np.nan)
