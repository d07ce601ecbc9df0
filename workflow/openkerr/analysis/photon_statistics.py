"""Steady-state photon statistics from Wigner moments, with errors from independent batches."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
import pandas as pd
import xarray as xr

from openkerr.stats import batch_mean, jackknife


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


def phase_diagram_table(
    groups: Iterable[Sequence[xr.Dataset]], *, geometry: str, length: int, window: float
) -> pd.DataFrame:
    """Photon statistics of the last site of a chain against the drive.

    Parameters
    ----------
    groups : iterable of sequences of xarray.Dataset
        Jobs of one scan; each sequence holds the same drives for different trajectories.  Dimensions
        (drive_amplitude, batch, bin, mode, moment), bins being windows of the steady state.
    geometry, length, window
        What the scan is: ``boundary`` or ``uniform``, number of sites, averaging time in 1/gamma.

    Returns
    -------
    pandas.DataFrame
        Columns of table ``chain_phase_diagram``; those that these ensembles do not hold are empty.
    """
    rows = []
    for parts in groups:
        parts = sorted(parts, key=lambda part: int(part["batch"][0]))
        for drive in parts[0]["drive_amplitude"].values:
            last = [part.sel(drive_amplitude=drive).isel(mode=-1) for part in parts]
            weights = np.concatenate([part["n_valid"].values for part in last])
            windows = np.concatenate(
                [part["moments"].sel(moment=["abs2", "abs4"]).values for part in last]
            )  # (batch, window, moment)
            samples = last[0]["samples"].values
            values, errors = jackknife(
                lambda mean: photon_statistics(mean[..., 0], mean[..., 1]),
                np.average(windows, axis=1, weights=samples),
                weights,
            )
            row = {
                "geometry": geometry,
                "method": "twa",
                "length": length,
                "drive_amplitude": drive,
                "site": length,
                "n_trajectories": weights.sum(),
                "window": window,
                "stationarity": stationarity(windows[..., 0], samples, weights),
            }
            names = ("photon_number", "number_fluctuation", "g2", "mandel_q")
            for name, value, error in zip(names, values, errors, strict=True):
                row |= {name: value, f"{name}_stderr": error}
            rows.append(row)
    frame = pd.DataFrame(rows).sort_values("drive_amplitude", ignore_index=True)
    empty = ("otoc_saturation", "otoc_saturation_stderr", "rnw_fraction", "rnw_fraction_stderr")
    return frame.assign(**dict.fromkeys(empty, np.nan), regime=None)
