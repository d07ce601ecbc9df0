"""What thermometers of one site make of chains whose temperature and chemical potential are known."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd

from openkerr.analysis.labels import MODELS
from openkerr.analysis.local_equilibrium import hopping_thermometer
from openkerr.analysis.local_states import fit_states, fock_cells
from openkerr.analysis.photon_statistics import photon_statistics
from openkerr.analysis.thermometry import fit_divergence, inverse_temperature
from openkerr.numerics.stats import MIN_BATCHES, batch_mean, jackknife, pseudo_values


def bias_table(
    samples: Iterable[np.ndarray],
    temperature: float,
    chemical_potential: float,
    *,
    kerr: float,
    hopping: float,
    extent: float,
    n_cells: int,
) -> pd.DataFrame:
    """Fits of the middle half of chains in equilibrium, one row a thermometer; columns of ``chain_thermometer_bias``.

    Parameters
    ----------
    samples : iterable of (length, n_chains) complex
        See `openkerr.solvers.thermal_field.thermal_fields`; chains are the independent batches.
    temperature, chemical_potential : float
        What the samples were drawn with, in units of gamma like ``kerr`` and ``hopping``.
    extent, n_cells : float, int
        Half side of the square of the cells, and cells along a side.

    Raises
    ------
    ValueError
        With fewer than `MIN_BATCHES` chains.
    """
    cells = fock_cells(extent, n_cells, int(1.5 * extent**2) + 40)
    half, width = n_cells // 2, 2.0 * extent / n_cells
    class_of = np.full((half, half), len(cells.multiplicity))
    i, j = np.triu_indices(half)
    class_of[i, j] = class_of[j, i] = np.arange(len(i))
    counts: np.ndarray | int = 0
    sums: np.ndarray | float = 0.0
    n_samples = 0
    for field in samples:
        length, n_chains = field.shape
        if n_chains < MIN_BATCHES:
            raise ValueError(f"{n_chains} chains: a standard error needs at least {MIN_BATCHES}")
        middle = slice(length // 4, length - length // 4)
        own, around = field[middle], (np.roll(field, 1, axis=0) + np.roll(field, -1, axis=0))[middle]
        u, near = np.abs(own) ** 2, np.real(own.conj() * around)
        sums = sums + np.stack([u, u**2, near, u * near, np.abs(around) ** 2], axis=-1).mean(axis=0)
        x, y = (np.minimum(np.abs(part) / width, half).astype(int) for part in (own.real, own.imag))
        inside = (x < half) & (y < half)
        index = np.where(inside, class_of[np.minimum(x, half - 1), np.minimum(y, half - 1)], len(cells.multiplicity))
        size = len(cells.multiplicity) + 1
        found = np.bincount((index + size * np.arange(n_chains)).ravel(), minlength=size * n_chains)
        counts = counts + found.reshape(n_chains, size)
        n_samples += own.shape[0]
    moments, weights = np.asarray(sums) / n_samples * own.shape[0], np.ones(n_chains)
    shares = (np.asarray(counts) / n_samples)[:, None, :]
    number = float(moments[:, 0].mean()) - 0.5
    rows = []
    start = np.array([[np.log(number / (1.0 + number)), 0.0]])
    for model in MODELS:
        fit = fit_states(model, shares, weights, cells, start, "maximum_likelihood")
        if model == "gibbs":
            start = np.maximum(fit.parameters, [-np.inf, 1e-6])
        moved = fit.parameters + fit.influence
        divergence, divergence_error = fit_divergence(fit, shares, weights)
        both = np.stack([inverse_temperature(model, kerr, moved), moved[..., 0]], axis=-1)[:, 0]
        value = np.array([inverse_temperature(model, kerr, fit.parameters)[0], fit.parameters[0, 0]])
        row = _row(model, value, both, weights)
        rows.append(row | {"divergence": divergence[0], "divergence_stderr": divergence_error[0]})

    def with_hopping(mean: np.ndarray) -> np.ndarray:
        names = ("abs2", "abs4", "near", "dense", "square")
        return hopping_thermometer({name: mean[..., k] for k, name in enumerate(names)}, kerr, hopping)

    value, _ = jackknife(with_hopping, moments, weights)
    rows.append(_row("hopping", value, pseudo_values(with_hopping, moments, weights), weights))
    statistics, errors = jackknife(lambda mean: photon_statistics(mean[..., 0], mean[..., 1]), moments, weights)
    return pd.DataFrame(rows).assign(
        length=length,
        temperature=temperature,
        chemical_potential=chemical_potential,
        photon_number=statistics[0],
        photon_number_stderr=errors[0],
        g2=statistics[2],
        g2_stderr=errors[2],
        n_chains=n_chains,
    )


def _row(model: str, value: np.ndarray, moved: np.ndarray, weights: np.ndarray) -> dict:
    """Temperature, mu and mu/T from 1/T and mu/T, with errors from what batches make of them, (n_batches, 2)."""
    inverse, ratio = value
    error = batch_mean(moved, weights)[1]
    slope = (moved[:, 1] - ratio - (ratio / inverse) * (moved[:, 0] - inverse)) / inverse
    return {
        "model": model,
        "fitted_temperature": 1.0 / inverse,
        "fitted_temperature_stderr": error[0] / inverse**2,
        "fitted_chemical_potential": ratio / inverse,
        "fitted_chemical_potential_stderr": batch_mean(slope, weights)[1],
        "fitted_mu_over_t": ratio,
        "fitted_mu_over_t_stderr": error[1],
    }
