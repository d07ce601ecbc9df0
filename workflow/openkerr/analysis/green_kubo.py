"""Conductivities of the bulk from equilibrium fluctuations of the currents, and the currents that they predict.

By Green and Kubo, photons and energy obey j = -L grad(lambda), with lambda = (mu/T, -1/T) and the Onsager matrix

    L_ab = int_0^inf C_ab(t) dt,     C_ab(t) = <J_a(t0 + t) J_b(t0)>/N,

J the currents summed over a closed ring of N sites in equilibrium.  Reversal of time turns both currents round, so that
C_ab = C_ba: sampled apart, they test the symmetry.  Densities have the gradient grad(rho) = C grad(lambda), C their
covariance a site, and diffuse with the matrix D = L C^-1.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from openkerr.analysis.chain_transport import ChainMeans, LocalEquilibrium
from openkerr.numerics.stats import batch_mean

__all__ = ["conductivity_row", "correlate", "integral_rows", "running_integrals"]

PARTS = ("photon_photon", "photon_energy", "energy_photon", "energy_energy")
"""Elements of the Onsager matrix, row by row."""


def correlate(currents: np.ndarray, n_lags: int) -> np.ndarray:
    """Correlations of series with each other, averaged over all their starts.

    Parameters
    ----------
    currents : (n_samples, 2, n_lanes)
        Series of two currents.
    n_lags : int
        Lags, in samples from 0.

    Returns
    -------
    array (n_lags, 2, 2)
        Means over lanes and starts of current_a(t0 + lag) current_b(t0).
    """
    n_samples = len(currents)
    size = 2 * n_samples  # padded with zeros: nothing is wrapped round
    transformed = np.fft.rfft(currents, size, axis=0)
    products = np.einsum("fal,fbl->fab", transformed, transformed.conj()) / currents.shape[2]
    return np.fft.irfft(products, size, axis=0)[:n_lags] / (n_samples - np.arange(n_lags))[:, None, None]


def running_integrals(correlations: np.ndarray, interval: float) -> np.ndarray:
    """Integrals from 0 to every lag by the trapezoidal rule, shape of ``correlations`` (..., n_lags, 2, 2)."""
    steps = 0.5 * interval * (correlations[..., 1:, :, :] + correlations[..., :-1, :, :])
    return np.concatenate([np.zeros_like(correlations[..., :1, :, :]), np.cumsum(steps, axis=-3)], axis=-3)


def _labels(data: xr.Dataset) -> dict[str, Any]:
    return {name: data[name].item() for name in ("length", "drive_amplitude", "site")}


def integral_rows(data: xr.Dataset, n_times: int = 40) -> pd.DataFrame:
    """Running integrals of one state at times that grow as a power; columns of table ``chain_green_kubo``."""
    interval = float(data["lag"][1])
    integrals = running_integrals(data["correlation"].values, interval)
    last = integrals.shape[1] - 1
    chosen = np.unique(np.round(np.geomspace(1, last, n_times)).astype(int))
    frame = pd.DataFrame({**_labels(data), "time": data["lag"].values[chosen]})
    for name, (a, b) in zip(PARTS, np.ndindex(2, 2), strict=True):
        frame[name], frame[f"{name}_stderr"] = batch_mean(integrals[:, chosen, a, b], data["n_valid"].values)
    return frame


def conductivity_row(data: xr.Dataset, chain: ChainMeans, local: LocalEquilibrium, half_width: int) -> dict[str, Any]:
    """Onsager matrix of one state, and the currents that it predicts; one row of table ``chain_conductivity``.

    Parameters
    ----------
    data : xarray.Dataset
        Correlations of the rings, see `openkerr.studies.chain_transport.closed.ring_dataset`.
    chain, local : ChainMeans, LocalEquilibrium
        The chain, and the equilibrium of its bond of which the rings are.
    half_width : int
        Bonds on either side over which densities are fitted with a line, for their gradients.
    """
    weights = data["n_valid"].values
    integrals = running_integrals(data["correlation"].values, float(data["lag"][1]))
    whole, half = integrals[:, -1], integrals[:, (integrals.shape[1] - 1) // 2]
    row: dict[str, Any] = _labels(data) | {
        "inverse_temperature": local.state.beta,
        "mu_over_t": local.state.nu,
        "photon_number": local.state.photon_number,
        "energy": local.state.energy,
    }
    for name, values in (("ring_photon_number", data["photon_number"]), ("ring_energy", data["energy"])):
        row[name], row[f"{name}_stderr"] = map(float, batch_mean(values.values, weights))
    for name, (a, b) in zip(PARTS, np.ndindex(2, 2), strict=True):
        row[name], row[f"{name}_stderr"] = map(float, batch_mean(whole[:, a, b], weights))
        row[f"{name}_systematic"] = abs(float(batch_mean(whole[:, a, b] - half[:, a, b], weights)[0]))
    row["asymmetry"], row["asymmetry_stderr"] = map(float, batch_mean(whole[:, 0, 1] - whole[:, 1, 0], weights))
    matrix, earlier = (0.5 * (each + each.transpose(0, 2, 1)) for each in (whole, half))
    slopes = local.slopes[:2]
    diffusion = np.linalg.eigvals(batch_mean(matrix, weights)[0] @ np.linalg.inv(slopes))
    row["slow_diffusivity"], row["fast_diffusivity"] = map(float, np.sort(diffusion.real))
    gradients = _gradients(chain, local, half_width)
    gradient = chain.estimate(gradients)[0]
    for index, name in enumerate(("mu_over_t_gradient", "minus_beta_gradient")):
        row[name], row[f"{name}_stderr"] = map(float, chain.estimate(gradients[:, index]))
    mean = batch_mean(matrix, weights)[0]
    measured = {"photon": chain.photon_currents(), "energy": chain.energy_currents(0.0)}
    near = slice(local.bond - 1 - half_width, local.bond + half_width)
    for index, (name, currents) in enumerate(measured.items()):
        # Errors of conductivities and of gradients are independent; those of one matrix or of one chain are not.
        sampled = float(batch_mean(-(matrix @ gradient)[:, index], weights)[1])
        driven = float(chain.estimate(-(gradients @ mean.T)[:, index])[1])
        row[f"predicted_{name}_current"] = float(-(mean @ gradient)[index])
        row[f"predicted_{name}_current_stderr"] = float(np.hypot(sampled, driven))
        change = -((mean - batch_mean(earlier, weights)[0]) @ gradient)[index]
        row[f"predicted_{name}_current_systematic"] = abs(float(change))
        column = "photon_current" if name == "photon" else "excess_energy_current"
        row[column], row[f"{column}_stderr"] = map(float, chain.estimate(currents[:, near].mean(axis=1)))
    return row


def _gradients(chain: ChainMeans, local: LocalEquilibrium, half_width: int) -> np.ndarray:
    """Gradients of (mu/T, -1/T) in the batches, (n_batches, 2), by lines through the densities around a bond."""
    near = np.arange(local.bond - 1 - half_width, local.bond + half_width)
    centred = near - near.mean()
    densities = chain.bond_densities()[:, near, :2]
    slopes = np.einsum("bsq,s->bq", densities, centred) / (centred @ centred)
    return np.linalg.solve(local.slopes[:2], slopes.T).T
