"""Steady-state photon statistics from Wigner moments, with errors from independent batches."""

from __future__ import annotations

import numpy as np

from openkerr.numerics.stats import batch_mean, jackknife


def photon_statistics(abs2: np.ndarray, abs4: np.ndarray) -> np.ndarray:
    """Photon number, number fluctuation, g2 and Mandel parameter from <|alpha|²> and <|alpha|⁴>.

    Weyl symbols (arXiv:2409.12225, Eq. 5): n = |alpha|² - 1/2 and a†²a² = |alpha|⁴ - 2 |alpha|² + 1/2, hence
    delta n = <n²> - <n>² - <n> = <|alpha|⁴> - <|alpha|²>² - <|alpha|²> + 1/4.

    Parameters
    ----------
    abs2, abs4 : arrays of one shape
        Means over the Wigner function of fields that are not rescaled.

    Returns
    -------
    array (..., 4)
        n, delta n, g2 = <a†²a²>/n², Q = delta n / n.
    """
    number = abs2 - 0.5
    fluctuation = abs4 - abs2**2 - abs2 + 0.25
    with np.errstate(divide="ignore", invalid="ignore"):
        coherence = (abs4 - 2.0 * abs2 + 0.5) / number**2
        mandel = fluctuation / number
    return np.stack([number, fluctuation, coherence, mandel], axis=-1)


def stationarity(windows: np.ndarray, samples: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Difference between the second and the first half of a run, in standard errors.

    Parameters
    ----------
    windows : array (n_batches, n_windows)
        Means of consecutive windows; the middle one of an odd number is left out.
    samples : array (n_windows,)
        Samples of each window.
    weights : array (n_batches,)
        Trajectories of each batch.
    """
    half = windows.shape[1] // 2
    late = np.average(windows[:, -half:], axis=1, weights=samples[-half:])
    early = np.average(windows[:, :half], axis=1, weights=samples[:half])
    change, error = batch_mean(late - early, weights)
    return change / error


def photon_estimates(windows: np.ndarray, samples: np.ndarray, weights: np.ndarray) -> dict[str, float]:
    """Photon statistics of one site in a steady state, with errors.

    Parameters
    ----------
    windows : array (n_batches, n_windows, 2)
        <|alpha|²> and <|alpha|⁴> of consecutive windows.
    samples, weights : arrays (n_windows,), (n_batches,)
        Samples of each window, trajectories of each batch.

    Returns
    -------
    dict
        ``photon_number``, ``number_fluctuation``, ``g2``, ``mandel_q``, each with ``_stderr``, and ``stationarity``.
    """
    values, errors = jackknife(
        lambda mean: photon_statistics(mean[..., 0], mean[..., 1]),
        np.average(windows, axis=1, weights=samples),
        weights,
    )
    found = {"stationarity": float(stationarity(windows[..., 0], samples, weights))}
    names = ("photon_number", "number_fluctuation", "g2", "mandel_q")
    for name, value, error in zip(names, values, errors, strict=True):
        found |= {name: float(value), f"{name}_stderr": float(error)}
    return found
