"""Temperatures, chemical potentials and entropies of the sites of a chain, with errors from batches."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import xarray as xr
from scipy.special import erf

from openkerr.analysis.chain_distributions import momentum_grid
from openkerr.analysis.chain_profiles import ChainEnsemble
from openkerr.analysis.labels import ESTIMATORS, MODELS
from openkerr.analysis.local_states import FockCells, LocalFit, fit_states, fock_cells, fold_cells
from openkerr.numerics.stats import batch_mean, jackknife

DESCRIBED = 2.0 * 0.03**2
"""Divergence in nats below which a fit describes a site: no event is then missed by more than 3 % (Pinsker)."""

RESOLVED = 3.0
"""Standard errors by which an inverse temperature must differ from zero for a temperature to be told."""

EDGE = 1e-3
"""Population of the part that rises with the photon number, above which a fit with T < 0 hangs on where it ends."""


@dataclass(frozen=True)
class SiteFits:
    """An ensemble, its counts as shares of classes of cells, and all fits."""

    ensemble: ChainEnsemble
    cells: FockCells
    counts: np.ndarray
    shares: np.ndarray
    fits: dict[tuple[str, str], LocalFit]


def site_fits(ensemble: ChainEnsemble, estimators: tuple[str, ...] = ESTIMATORS) -> SiteFits:
    """Fit all models by some estimators to all sites of a chain.

    Populations reach half as far again as |alpha|² of the square's edge, so that none of a state inside is lost; a
    Gibbs state with T < 0 has no norm without such an end.
    """
    counts = ensemble.data["counts"].values
    extent = ensemble["extent"]
    cells = fock_cells(extent, counts.shape[-1], int(1.5 * extent**2) + 40)
    totals = ensemble.weights * ensemble.data["samples"].values.sum()
    shares = fold_cells(counts) / totals[:, None, None]
    shares = np.concatenate([shares, 1.0 - shares.sum(axis=-1, keepdims=True)], axis=-1)
    number = np.maximum(np.average(ensemble.moment("abs2"), axis=0, weights=ensemble.weights) - 0.5, 1e-3)
    thermal = np.stack([np.log(number / (1.0 + number)), np.zeros_like(number)], axis=1)
    fits = {}
    for estimator in estimators:
        gibbs = fit_states("gibbs", shares, ensemble.weights, cells, thermal, estimator)
        fits["gibbs", estimator] = gibbs
        linear, rate = gibbs.parameters[:, 0], np.maximum(gibbs.parameters[:, 1], 1e-5)
        starts = {"two_photon": 0.5 * rate * (1.0 + np.exp(linear)), "scully_lamb": rate}
        for model, start in starts.items():
            both = np.stack([linear, start], axis=1)
            fits[model, estimator] = fit_states(model, shares, ensemble.weights, cells, both, estimator)
    return SiteFits(ensemble, cells, counts, shares, fits)


# ---------------------------------------------------------------------------------------------- fits


def inverse_temperature(model: str, kerr: float, parameters: np.ndarray) -> np.ndarray:
    """Inverse temperature of the decay of a model's distribution, parameters (..., 2).

    Gibbs: exactly; two-photon: T = U (gain + loss)/(4 eta); Scully-Lamb: T = U/(2 s), loss one.
    """
    linear, rate = parameters[..., 0], parameters[..., 1]
    scale = 2.0 * rate / kerr
    return 2.0 * scale / (1.0 + np.exp(linear)) if model == "two_photon" else scale


def thermometry_table(fitted: SiteFits) -> pd.DataFrame:
    """All thermometers of all sites; columns of table ``chain_thermometry``."""
    ensemble = fitted.ensemble
    labels = {name: ensemble.labels[name] for name in ("length", "drive_amplitude")}
    site, kerr = np.arange(1, ensemble["length"] + 1), ensemble["kerr"]
    square = _squared_norms(fitted.counts, ensemble)
    frames = []
    for estimator in ESTIMATORS:
        for model in MODELS:
            fit = fitted.fits[model, estimator]
            frame = pd.DataFrame({**labels, "site": site, "model": model, "estimator": estimator})
            moved = fit.parameters + fit.influence
            inverse = inverse_temperature(model, kerr, fit.parameters)
            moved_inverse = inverse_temperature(model, kerr, moved)
            inverse_error = batch_mean(moved_inverse, ensemble.weights)[1]
            for index, name in enumerate(("mu_over_t", "nonlinear_rate")):
                frame[name] = fit.parameters[:, index]
                frame[f"{name}_stderr"] = batch_mean(moved[..., index], ensemble.weights)[1]
            frame["inverse_temperature"], frame["inverse_temperature_stderr"] = inverse, inverse_error
            with np.errstate(divide="ignore", invalid="ignore"):
                known = np.abs(inverse) > RESOLVED * inverse_error
                temperature = np.where(known, 1.0 / inverse, np.nan)
                frame["temperature"], frame["temperature_stderr"] = temperature, inverse_error * temperature**2
                potential = fit.parameters[:, 0] * temperature
                pull = (fit.influence[..., 0] - potential * (moved_inverse - inverse)) * temperature
                frame["chemical_potential"] = potential
                frame["chemical_potential_stderr"] = batch_mean(pull, ensemble.weights)[1]
                frame["correlation"] = _correlation(fit.influence, ensemble.weights)
            frame["residual"], frame["residual_stderr"] = _residual(fit, fitted, square)
            frame["divergence"], frame["divergence_stderr"] = fit_divergence(fit, fitted.shares, ensemble.weights)
            described = frame["divergence"] - RESOLVED * frame["divergence_stderr"] < DESCRIBED
            state = np.where(described, "described", "not_described").astype(object)
            state[fit.at_bound] = "at_bound"
            state[fit.edge > EDGE] = "at_edge"
            state[~fit.converged] = "not_converged"
            frames.append(frame.assign(state=state))
    frames.append(_equipartition(ensemble, labels, site))
    found = pd.concat(frames, ignore_index=True)
    return found.assign(n_trajectories=ensemble.weights.sum(), window=ensemble["averaging_time"])


def _correlation(influence: np.ndarray, weights: np.ndarray) -> np.ndarray:
    share = (weights / weights.sum())[:, None, None]
    centred = influence - np.sum(share * influence, axis=0)
    first, second = centred[..., 0], centred[..., 1]
    share = share[..., 0]
    product = np.sum(share * first * second, axis=0)
    return product / np.sqrt(np.sum(share * first**2, axis=0) * np.sum(share * second**2, axis=0))


def _squared_norms(counts: np.ndarray, ensemble: ChainEnsemble) -> np.ndarray:
    """Sum over cells of the squared share, of the mean and of the means without one batch, (1 + n_batches, n_sites)."""
    weights = ensemble.weights.astype(float)
    samples = ensemble.data["samples"].values.sum()
    total = counts.sum(axis=0, dtype=float)
    found = [np.sum((total / (weights.sum() * samples)) ** 2, axis=(1, 2))]
    for batch, weight in zip(counts, weights, strict=True):
        found.append(np.sum(((total - batch) / ((weights.sum() - weight) * samples)) ** 2, axis=(1, 2)))
    return np.array(found)


def _without(values: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """The mean of batches, and the means without one of them, (1 + n_batches, ...)."""
    column = weights.reshape(-1, *[1] * (values.ndim - 1)).astype(float)
    total = np.sum(column * values, axis=0)
    return np.concatenate([(total / column.sum())[None], (total - column * values) / (column.sum() - column)])


def _jackknifed(values: np.ndarray, weights: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Bias-corrected value and error from a function of the mean and of the means without one batch."""
    share = (weights / weights.sum())[:, None]
    pseudo = values[:1] / share - (1.0 / share - 1.0) * values[1:]
    value = np.sum(share * pseudo, axis=0)
    return value, np.sqrt(np.mean((pseudo - value) ** 2 / (1.0 / share - 1.0), axis=0))


def _residual(fit: LocalFit, fitted: SiteFits, square: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Relative L2 distance of W over the cells, (45) of arXiv:2409.12225, the noise of the counts taken off."""
    weights = fitted.ensemble.weights
    inside, expected = _without(fitted.shares[..., :-1], weights), fit.shares[:, :-1]
    mean = expected / fitted.cells.multiplicity
    distance = square - 2.0 * np.sum(inside * mean, axis=-1) + np.sum(expected * mean, axis=-1)
    value, error = _jackknifed(distance / square, weights)
    root = np.sqrt(np.maximum(value, 0.0))
    return root, np.where(value > error, error / np.maximum(2.0 * root, 1e-12), np.sqrt(error))


def fit_divergence(fit: LocalFit, shares: np.ndarray, weights: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Kullback-Leibler divergence of the counts from the fit, in nats, what mere noise would give taken off.

    Parameters
    ----------
    fit, shares, weights
        See `openkerr.analysis.local_states.fit_states`.

    Returns
    -------
    value, stderr : arrays (n_sites,)
    """
    found = np.maximum(_without(shares, weights), 0.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        terms = np.where(found > 0, found * (np.log(found) - np.log(fit.shares)), 0.0)
    return _jackknifed(terms.sum(axis=-1), weights)


def _equipartition(ensemble: ChainEnsemble, labels: dict, site: np.ndarray) -> pd.DataFrame:
    """T = Delta <p²> of p = sqrt(2) Im alpha, (40) of arXiv:2409.12225, and the distance of P(p) from its Gaussian."""
    square = ensemble.moment("abs2") - ensemble.moment("re_aa")
    variance, error = batch_mean(square, ensemble.weights)
    detuning = ensemble["detuning"]
    momenta = momentum_grid(ensemble)
    extent = float(momenta["extent"][0])
    edges = np.linspace(-extent, extent, momenta.sizes["momentum"] + 1)
    gaussian = 0.5 * np.diff(erf(edges / np.sqrt(2.0 * variance[:, None])), axis=1) / np.diff(edges)
    counts = ensemble.data["counts"].sum("re").values
    density = counts / (ensemble.weights * ensemble.data["samples"].values.sum())[:, None, None] / np.diff(edges)
    distance, distance_error = jackknife(
        lambda mean: np.sum((mean - gaussian) ** 2, axis=-1) / np.sum(mean**2, axis=-1), density, ensemble.weights
    )
    root = np.sqrt(np.maximum(distance, 0.0))
    return pd.DataFrame({**labels, "site": site, "model": "equipartition", "estimator": "moments"}).assign(
        temperature=detuning * variance,
        temperature_stderr=abs(detuning) * error,
        residual=root,
        residual_stderr=np.where(
            distance > distance_error, distance_error / np.maximum(2.0 * root, 1e-12), np.sqrt(distance_error)
        ),
        state="moments",
    )


# ---------------------------------------------------------------------------------------------- entropy


def entropy_table(ensemble: ChainEnsemble) -> pd.DataFrame:
    """Wigner entropy -integral W ln W of every site; columns of table ``chain_entropy``.

    From the counts of the cells; the bias of the counts' noise goes by the jackknife, that of the cells, which is of
    the second order in their width, by extrapolation from cells of twice the width.
    """
    counts = ensemble.data["counts"].values
    n_cells = counts.shape[-1]
    width = 2.0 * ensemble["extent"] / n_cells
    samples = ensemble.weights * ensemble.data["samples"].values.sum()
    shares = counts / samples[:, None, None, None]

    def entropy(mean: np.ndarray) -> np.ndarray:
        found = []
        for part in mean:
            halves = part.reshape(part.shape[0], n_cells // 2, 2, n_cells // 2, 2).sum(axis=(2, 4))
            both = [
                -np.sum(np.where(p > 0, p * np.log(np.maximum(p, 1e-300) / area), 0.0), axis=(1, 2))
                for p, area in ((part, width**2), (halves, 4.0 * width**2))
            ]
            found.append((4.0 * both[0] - both[1]) / 3.0)
        return np.array(found)

    value, error = jackknife(entropy, shares, ensemble.weights)
    abs2, abs2_error = batch_mean(ensemble.moment("abs2"), ensemble.weights)
    labels = {name: ensemble.labels[name] for name in ("length", "drive_amplitude")}
    return pd.DataFrame({**labels, "site": np.arange(1, len(value) + 1)}).assign(
        entropy=value,
        entropy_stderr=error,
        gaussian_entropy=1.0 + np.log(np.pi * abs2),
        gaussian_entropy_stderr=abs2_error / abs2,
    )


# ---------------------------------------------------------------------------------------------- profiles of W


def radial_grid(fitted: SiteFits) -> xr.Dataset:
    """Wigner functions averaged over angles, with what the fits by maximum likelihood and a Gaussian make of them.

    Returns
    -------
    xarray.Dataset
        ``density``, ``density_stderr``, and one variable a model and ``gaussian`` (panel, radius): W averaged over the
        cells whose middle stands in a ring as wide as a cell; ``extent`` (panel), the unit of ``radius``.
    """
    ensemble, cells = fitted.ensemble, fitted.cells
    extent, n_cells = ensemble["extent"], fitted.counts.shape[-1]
    width = 2.0 * extent / n_cells
    n_rings = n_cells // 2
    ring = np.floor(cells.radius / width).astype(int)
    inside = ring < n_rings
    sums = np.zeros((len(ring), n_rings))
    sums[np.flatnonzero(inside), ring[inside]] = 1.0
    area = cells.multiplicity @ sums * width**2
    middles = (cells.multiplicity * cells.radius) @ sums / (cells.multiplicity @ sums)
    density, error = batch_mean(fitted.shares[..., :-1] @ sums / area, ensemble.weights)
    data = {"density": density, "density_stderr": error}
    for model in MODELS:
        data[model] = fitted.fits[model, "maximum_likelihood"].shares[:, :-1] @ sums / area
    abs2 = np.average(ensemble.moment("abs2"), axis=0, weights=ensemble.weights)[:, None]
    # The Gaussian's mean over a cell is closely that at its middle: the cells are small against its width.
    at_cells = np.exp(-(cells.radius**2) / abs2) / (np.pi * abs2)
    data["gaussian"] = (at_cells * cells.multiplicity * width**2) @ sums / area
    length = ensemble["length"]
    return xr.Dataset(
        {
            **{name: (("panel", "radius"), values, {"units": "1"}) for name, values in data.items()},
            "extent": (("panel",), np.full(length, extent), {"units": "1"}),
        },
        coords={
            "radius": ("radius", middles / extent, {"units": "1"}),
            "length": ("panel", np.full(length, length), {"units": "sites"}),
            "drive_amplitude": ("panel", np.full(length, ensemble["drive_amplitude"]), {"units": "gamma"}),
            "site": ("panel", np.arange(1, length + 1), {"units": "sites"}),
        },
    )
