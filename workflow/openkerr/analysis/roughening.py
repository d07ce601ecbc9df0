"""Roughening of a wave's phase in time: how far the phase of a site walks, and by which power of the time.

The structure function G(t) = <[theta(t0 + t) - theta(t0)]²> grows as t^(2 beta) until it saturates at twice the
variance of the phase.  Growth exponents beta are 1/4 for a linear interface with noise everywhere (Edwards and
Wilkinson), 1/3 in the class of Kardar, Parisi and Zhang (Phys. Rev. Lett. 56, 889 (1986)), and 1/2 where the phase
diffuses freely.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
import xarray as xr

from openkerr.numerics.stats import batch_mean, jackknife

__all__ = ["exponent_table", "lag_samples", "linear_structure", "phase_structure", "structure_table"]


def lag_samples(longest: int, n_lags: int = 30) -> np.ndarray:
    """Lags in samples, from 1 to the longest, that grow as a power."""
    return np.unique(np.round(np.geomspace(1, longest, n_lags)).astype(int))


def phase_structure(fields: np.ndarray, lags: np.ndarray) -> np.ndarray:
    """Mean squares of phase differences in time of single trajectories.

    Parameters
    ----------
    fields : (n_samples, n_sites, n_trajectories) complex
        Fields sampled so often that a phase turns by less than pi in between.
    lags : (n_lags,) int
        In samples.

    Returns
    -------
    array (n_trajectories, n_lags, n_sites)
        Averages over all starts.
    """
    phases = np.unwrap(np.angle(fields), axis=0)
    found = [np.mean((phases[lag:] - phases[:-lag]) ** 2, axis=0) for lag in lags]
    return np.stack(found, axis=1).transpose(2, 1, 0)


def linear_structure(
    field: np.ndarray, jacobian: np.ndarray, covariance: np.ndarray, sites: Sequence[int], times: np.ndarray
) -> np.ndarray:
    """The same to first order in the noise, around a state at rest: 2 [Var(theta) - <theta(t) theta(0)>].

    Parameters
    ----------
    field, jacobian, covariance
        As in `openkerr.analysis.wave_currents.linear_fluctuations`.
    sites : sequence of int
        From 1.
    times : (n_times,)

    Returns
    -------
    array (n_times, n_sites)
    """
    size = field.size
    rates, vectors = np.linalg.eig(jacobian)
    inverse = np.linalg.solve(vectors, covariance.astype(complex))
    decay = np.exp(np.multiply.outer(times, rates))
    columns = []
    for site in sites:
        # d theta = Im(d alpha / alpha) of (Re, Im).
        direction = np.zeros(2 * size)
        direction[[site - 1, size + site - 1]] = np.array([-field[site - 1].imag, field[site - 1].real])
        direction /= np.abs(field[site - 1]) ** 2
        left, right = direction @ vectors, inverse @ direction
        columns.append(2.0 * (direction @ covariance @ direction - (decay @ (left * right)).real))
    return np.stack(columns, axis=1)


def _labels(data: xr.Dataset) -> dict:
    return {name: data[name].item() for name in ("length", "drive_amplitude")}


def structure_table(data: xr.Dataset, linear: np.ndarray) -> pd.DataFrame:
    """Structure functions of all sites; columns of table ``chain_roughening``.

    Parameters
    ----------
    data : xarray.Dataset
        ``structure`` (trajectory, lag, site).
    linear : (n_lags, n_sites)
        Those of linear theory at the same lags.
    """
    values = data["structure"].values
    mean, error = batch_mean(values, np.ones(len(values)))
    frames = []
    for index, site in enumerate(data["site"].values):
        for method, structure, spread in (
            ("twa", mean[:, index], error[:, index]),
            ("linear", linear[:, index], np.zeros(len(linear))),
        ):
            frames.append(
                pd.DataFrame(
                    {
                        **_labels(data),
                        "method": method,
                        "site": site,
                        "time": data["lag"].values,
                        "phase_structure": structure,
                        "phase_structure_stderr": spread,
                    }
                )
            )
    return pd.concat(frames, ignore_index=True)


def exponent_table(data: xr.Dataset, linear: np.ndarray, windows: Sequence[tuple[float, float]]) -> pd.DataFrame:
    """Growth exponents beta by windows of time; columns of table ``chain_roughening_exponents``.

    Parameters
    ----------
    windows : sequence of (float, float)
        First and last time of the fits of ln G against ln t, lags weighted equally.
    """
    values, times = data["structure"].values, data["lag"].values
    rows = []
    for first, last in windows:
        inside = (times >= first * (1 - 1e-9)) & (times <= last * (1 + 1e-9))
        if inside.sum() < 2:
            continue
        x = np.log(times[inside])
        x = x - x.mean()

        def exponent(structure: np.ndarray, x: np.ndarray = x) -> np.ndarray:
            return 0.5 * np.einsum("...ts,t->...s", np.log(structure), x) / (x @ x)

        sampled = jackknife(exponent, values[:, inside], np.ones(len(values)))
        exact = exponent(linear[inside])
        for index, site in enumerate(data["site"].values):
            label = {**_labels(data), "site": site, "time_min": first, "time_max": last}
            rows.append(label | {"method": "twa", "exponent": sampled[0][index], "exponent_stderr": sampled[1][index]})
            rows.append(label | {"method": "linear", "exponent": exact[index], "exponent_stderr": 0.0})
    return pd.DataFrame(rows)
