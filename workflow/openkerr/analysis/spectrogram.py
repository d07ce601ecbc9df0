"""Time-resolved spectrum of a two-time correlation: Eq. 10 of arXiv:2507.03764."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import xarray as xr

N_TIMES = 60
WINDOW_SHARE = 8
"""The window covers this part of the range of lags, or more where lines would not be told apart."""

MIN_WINDOW = 40.0

FREQUENCIES = (-2.8, 1.4, 0.005)


def spectrogram(
    correlation: np.ndarray, interval: float, times: np.ndarray, width: float, frequencies: np.ndarray
) -> np.ndarray:
    """Modulus of S(t, Omega) = 2 int dtau w(t - tau) conj(C(tau)) exp(i Omega tau), w a Hann window of unit area.

    Parameters
    ----------
    correlation : (n_lags,) complex
        C(tau) = <a(t0)* a(t0 + tau)>, whose conjugate is the correlator of the paper; its lines stand at Omega = -nu.
    interval : float
        Time between lags.
    times : (n_times,)
        Centres of the window.
    width : float
        Length of the window; parts of it outside the lags do not count.
    frequencies : (n_frequencies,)

    Returns
    -------
    (n_times, n_frequencies)
        A line c exp(-(i nu + gap) tau) reaches 2 |c| exp(-gap t), up to sinh(gap width/2)-like factors of the window.
    """
    lags = np.arange(len(correlation)) * interval
    result = np.empty((len(times), len(frequencies)))
    for row, time in enumerate(times):
        inside = np.abs(lags - time) < width / 2
        weights = np.cos(np.pi * (lags[inside] - time) / width) ** 2
        values = weights / weights.sum() * correlation[inside].conj()
        result[row] = 2 * np.abs(np.exp(1j * np.outer(frequencies, lags[inside])) @ values)
    return result


def spectrogram_grid(correlations: Sequence[np.ndarray], alephs: Sequence[float], interval: float) -> xr.Dataset:
    """Spectrograms at several alephs.

    Parameters
    ----------
    correlations : sequence of (n_lags,) complex
        Of mode 1, averaged over the ensemble.
    alephs : sequence of float
    interval : float
        Time between lags, in 1/eta.

    Returns
    -------
    xarray.Dataset
        ``magnitude`` (aleph, step, frequency), ``time`` (aleph, step) and ``window`` (aleph).
    """
    first, last, spacing = FREQUENCIES
    frequencies = np.round(np.arange(round((last - first) / spacing) + 1) * spacing + first, 12)
    magnitudes, times, widths = [], [], []
    for correlation in correlations:
        range_of_lags = (len(correlation) - 1) * interval
        width = min(max(range_of_lags / WINDOW_SHARE, MIN_WINDOW), range_of_lags / 2)
        centres = np.linspace(width / 2, range_of_lags - width / 2, N_TIMES)
        magnitudes.append(spectrogram(correlation, interval, centres, width, frequencies))
        times.append(centres)
        widths.append(width)
    return xr.Dataset(
        {
            "magnitude": (("aleph", "step", "frequency"), np.stack(magnitudes), {"units": "1"}),
            "time": (("aleph", "step"), np.stack(times), {"units": "1/eta"}),
            "window": (("aleph",), np.array(widths), {"units": "1/eta"}),
        },
        coords={
            "aleph": ("aleph", np.array(alephs, dtype=float), {"units": "1"}),
            "frequency": ("frequency", frequencies, {"units": "eta"}),
        },
    )
