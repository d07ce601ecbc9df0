"""Frequency and decay rate of one line of a signal that is a sum of decaying exponentials, sum_j c_j exp(lambda_j t).

Two ways.  `log_decay` turns the signal to the line's frequency, suppresses all other lines by a filter that vanishes at
the multiples of their spacing, and fits straight lines to the logarithm of the modulus and to the phase.
`pencil_poles` is the rotational-invariance method (ESPRIT) on the signal's Hankel matrix; it needs no frequency and no
separation of the lines, but their number.  A finite filter leaves every exponential an exponential: neither way is
biased by filtering.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from scipy.linalg import eigh
from scipy.signal import fftconvolve


@dataclass(frozen=True)
class DecayWindow:
    """Samples first .. last (both used) of a filtered signal in which a decay is fitted."""

    first: int
    last: int


def spline_filter(period: float, interval: float, order: int) -> np.ndarray:
    """Weights of a smooth average over ``order`` periods: a B-spline, with zeros at the multiples of 1/period.

    Parameters
    ----------
    period, interval : float
        Period of the modulation and time between samples, in one unit.
    order : int
        Multiplicity of the zeros.

    Returns
    -------
    (n,) array
        Symmetric weights of sum one.
    """
    fine = 32
    box = np.ones(max(round(fine * period / interval), 1))
    shape = box
    for _ in range(order - 1):
        shape = np.convolve(shape, box)
    # Samples of the spline at whole intervals about its centre.
    half = (len(shape) - 1) // 2
    reach = half // fine
    weights = shape[half - reach * fine : half + reach * fine + 1 : fine]
    return weights / weights.sum()


def demodulate(signal: np.ndarray, interval: float, frequency: float, weights: np.ndarray) -> np.ndarray:
    """Filtered signal in the frame of a line: sum_k w_k s(t + k interval) exp(i frequency (t + k interval)).

    Parameters
    ----------
    signal : (..., n_samples) complex
    interval, frequency : float
        Time between samples; frequency nu of the line, s ~ exp(-i nu t).
    weights : (n_weights,)
        Filter, see `spline_filter`.

    Returns
    -------
    (..., n_samples - n_weights + 1) complex
        Entry j uses samples from j on.

    Raises
    ------
    ValueError
        If the signal is shorter than the filter.
    """
    n_samples = signal.shape[-1]
    if n_samples < len(weights):
        raise ValueError(f"the signal has {n_samples} samples: the filter needs {len(weights)}")
    turned = signal * np.exp(1j * frequency * interval * np.arange(n_samples))
    shape = (1,) * (signal.ndim - 1) + (-1,)
    return fftconvolve(turned, weights[::-1].reshape(shape), mode="valid", axes=-1)


def decay_window(
    filtered: np.ndarray, interval: float, fit_range: tuple[float, float], shortest: float, least: float = 0.05
) -> DecayWindow | None:
    """Samples in which gap times time lies within ``fit_range``, from the signal itself, or ``None``.

    Parameters
    ----------
    filtered : (n_samples,) complex
        Filtered signal of the whole ensemble.
    interval : float
        Time between samples.
    fit_range : (float, float)
        Limits of gap times time, counted from the first sample.
    shortest : float
        Least length of the window in time; below it there is none.
    least : float
        Gap times time that the window has to reach where the signal ends before ``fit_range`` does.
    """
    size = np.abs(filtered)
    below = np.flatnonzero(size < size[0] * math.exp(-fit_range[1]))
    window = DecayWindow(0, int(below[0]) if below.size else len(size) - 1)
    for _ in range(8):
        if (window.last - window.first) * interval < shortest:
            return None
        gap = log_decay(filtered[None], interval, window)[0, 0]
        if not gap > 0:
            return None
        ends = [round(limit / (gap * interval)) for limit in fit_range]
        last = min(ends[1], len(size) - 1)
        # A signal that is too short for the range starts as much earlier as it ends.
        new = DecayWindow(min(ends[0], round(last * fit_range[0] / fit_range[1])), last)
        if new == window:
            break
        window = new
    held = window.last * interval * gap >= least and (window.last - window.first) * interval >= shortest
    return window if held else None


def log_decay(filtered: np.ndarray, interval: float, window: DecayWindow) -> np.ndarray:
    """Decay rate and shift of the frequency by straight lines through ln|s| and the phase.

    Parameters
    ----------
    filtered : (n_replicas, n_samples) complex
        Demodulated signal, see `demodulate`.
    interval : float
        Time between samples.
    window : DecayWindow
        Samples of the fit; each counts by the square of the signal there, as the noise is about constant.

    Returns
    -------
    (n_replicas, 2)
        Gap, and frequency minus the one to which the signal was turned; nu of exp(-i nu t).
    """
    part = filtered[:, window.first : window.last + 1]
    times = np.arange(part.shape[1]) * interval
    weights = np.abs(part).mean(axis=0) ** 2
    weights /= weights.sum()
    centred = times - weights @ times
    slopes = weights * centred / (weights @ centred**2)
    phase = np.unwrap(np.angle(part), axis=1)
    return np.stack([-np.log(np.abs(part)) @ slopes, -phase @ slopes], axis=1)


def pencil_poles(signal: np.ndarray, interval: float, n_poles: int) -> np.ndarray:
    """Exponents lambda_j of a sum of exponentials, by rotational invariance of the signal's Hankel matrix.

    R. Roy and T. Kailath, IEEE Trans. Acoust. Speech Signal Process. 37, 984 (1989).

    Parameters
    ----------
    signal : (n_samples,) complex
    interval : float
        Time between samples.
    n_poles : int
        Number of exponentials, less than a third of the samples.

    Returns
    -------
    (n_poles,) complex
        Imaginary parts within pi/interval.

    Raises
    ------
    ValueError
        If there are too few samples.
    """
    if len(signal) < 3 * n_poles:
        raise ValueError(f"{len(signal)} samples hold at most {len(signal) // 3} exponentials, not {n_poles}")
    matrix = sliding_window_view(signal, len(signal) // 2 + 1).T
    # Singular vectors of the largest values alone.  The square loses those below 1e-8 of the first: noise is larger.
    size = len(matrix)
    basis = eigh(matrix @ matrix.conj().T, subset_by_index=[size - n_poles, size - 1])[1]
    poles = np.linalg.eigvals(np.linalg.lstsq(basis[:-1], basis[1:], rcond=None)[0])
    return np.log(poles.astype(complex)) / interval


def count_exponentials(signal: np.ndarray, noise: np.ndarray, most: int) -> int:
    """Number of exponentials that stand out of the noise, at least one.

    Parameters
    ----------
    signal, noise : (n_samples,) complex
        Signal, and a sample of its noise alone, such as half the difference of two halves of an ensemble.
    most : int
        Largest number that is returned.
    """
    values, floor = (
        np.linalg.svd(sliding_window_view(series, len(series) // 2 + 1), compute_uv=False) for series in (signal, noise)
    )
    return int(np.clip((values > 2 * floor[0]).sum(), 1, min(most, len(signal) // 3)))


def nearest_pole(signal: np.ndarray, interval: float, frequency: float, n_poles: int) -> np.ndarray:
    """Decay rate and frequency of the pole that stands closest to a line, (2,); see `pencil_poles`."""
    poles = pencil_poles(signal, interval, n_poles)
    shift = np.angle(np.exp(-1j * (poles.imag + frequency) * interval)) / interval
    # A pole of noise may be close in frequency, but then it decays fast.
    best = np.argmin(np.hypot(shift, np.abs(poles.real)))
    return np.array([-poles.real[best], frequency + shift[best]])
