"""Lines of sampled quasi-periodic fields: spectra of high dynamic range, frequencies to many digits, labels (k, m).

A line is A exp(-i nu t).  On the axis Omega of a spectrum as printed in arXiv:2507.03764, Eq. 10, it stands at
Omega = -nu.  On a torus with frequencies nu_phi and nu_psi an observable that carries exp(-i k phi) has lines at
k nu_phi + m nu_psi.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from scipy.signal import find_peaks
from scipy.signal.windows import kaiser

KAISER_BETA = 38.0
"""Shape of the Kaiser window: side lobes at -305 dB, main lobe 12 bins to either side."""


@dataclass(frozen=True)
class Lines:
    """Lines of one series, strongest first.

    Attributes
    ----------
    frequency, frequency_error : (n_lines,)
        nu of exp(-i nu t); the error is the largest difference from the two halves of the series.
    amplitude : (n_lines,) complex
        At the first sample.
    """

    frequency: np.ndarray
    frequency_error: np.ndarray
    amplitude: np.ndarray


def power_spectrum(
    series: np.ndarray, sampling_interval: float, *, beta: float = KAISER_BETA, zero_padding: int = 1
) -> tuple[np.ndarray, np.ndarray]:
    """Power in dB against Omega: a line of amplitude A reads 20 log10 |A| at Omega = -nu.

    Off the grid of frequencies it reads less, by 0.27 dB at most (beta = 38), by 0.02 dB with fourfold zero padding.

    Parameters
    ----------
    series : (n_samples,) complex
    sampling_interval : float
        Frequencies beyond pi / sampling_interval are folded.
    beta : float
        Shape of the Kaiser window: larger is wider, with lower side lobes.
    zero_padding : int
        Points of the axis a sample.

    Returns
    -------
    omega, power_db : (n_samples * zero_padding,)
        Ascending Omega, in radians a unit of time.
    """
    window = kaiser(len(series), beta, sym=False)
    n_points = len(series) * zero_padding
    amplitude = np.fft.fftshift(np.fft.fft(window * series, n_points)) / window.sum()
    omega = 2 * np.pi * np.fft.fftshift(np.fft.fftfreq(n_points, sampling_interval))
    with np.errstate(divide="ignore"):
        return omega, 20 * np.log10(np.abs(amplitude))


def refine_line(
    series: np.ndarray, sampling_interval: float, frequency: float, *, beta: float = KAISER_BETA
) -> tuple[float, complex]:
    """Frequency at which the windowed transform near a guess is largest, by Newton's method, and its amplitude.

    Exact but for rounding where other lines are outside the main lobe of the window.

    Returns
    -------
    frequency, amplitude : float, complex
        The amplitude at the first sample.

    Raises
    ------
    ValueError
        If the maximum is farther than four bins from the guess.
    """
    return _refine(*_windowed(series, sampling_interval, beta), frequency)


def _windowed(series: np.ndarray, sampling_interval: float, beta: float) -> tuple[np.ndarray, np.ndarray]:
    """Times from the window's centre, where it is even, and the series times the window of unit sum."""
    window = kaiser(len(series), beta, sym=False)
    return (np.arange(len(series)) - len(series) / 2) * sampling_interval, window / window.sum() * series


def _refine(times: np.ndarray, weighted: np.ndarray, frequency: float) -> tuple[float, complex]:
    bin_width = 2 * np.pi / (-2 * times[0])
    nu, last = frequency, np.inf
    while True:
        turned = weighted * np.exp(1j * nu * times)
        total = turned.sum()
        # Logarithmic derivatives: the first vanishes for a lone line.
        late = turned * times
        first, second = 1j * late.sum() / total, -(late @ times) / total
        curvature = (second - first**2).real
        if not curvature < 0 or abs(nu - frequency) > 4 * bin_width:
            raise ValueError(f"there is no line near frequency {frequency:g}")
        step = -first.real / curvature
        # Quadratic convergence ends in rounding, which no longer shrinks.
        if not abs(step) < 0.5 * last:
            return float(nu), complex(total * np.exp(-1j * nu * times[0]))
        nu, last = nu + step, abs(step)


def find_lines(
    series: np.ndarray,
    sampling_interval: float,
    *,
    range_db: float = 160.0,
    max_lines: int = 40,
    beta: float = KAISER_BETA,
) -> Lines:
    """The strongest lines of a series, with refined frequencies.

    Parameters
    ----------
    series : (n_samples,) complex
        At least 100 samples; lines closer than 25 bins (beta = 38) are not told apart.
    sampling_interval : float
    range_db : float
        Lines weaker than the strongest by more are left out.
    max_lines : int

    Raises
    ------
    ValueError
        If the series is too short.
    """
    if len(series) < 100:
        raise ValueError(f"the series has {len(series)} samples: allowed are at least 100")
    omega, power = power_spectrum(series, sampling_interval, beta=beta)
    lobe = int(np.ceil(np.hypot(1.0, beta / np.pi)))
    # The axis is a circle: what lies across its end is put before its beginning.
    wrapped = np.concatenate([power[-lobe:], power, power[:lobe]])
    peaks = find_peaks(wrapped, height=power.max() - range_db, distance=lobe)[0] - lobe
    peaks = np.unique(peaks[(peaks >= 0) & (peaks < power.size)])
    peaks = peaks[np.argsort(-power[peaks], kind="stable")][:max_lines]
    half = len(series) // 2
    whole, *halves = (_windowed(part, sampling_interval, beta) for part in (series, series[:half], series[half:]))
    found = []
    for guess in -omega[peaks]:
        try:
            nu, amplitude = _refine(*whole, guess)
            error = max(abs(_refine(*part, nu)[0] - nu) for part in halves)
        except ValueError:
            continue
        found.append((nu, error, amplitude))
    frequencies, errors, amplitudes = zip(*found, strict=True) if found else ((),) * 3
    return Lines(np.array(frequencies, dtype=float), np.array(errors, dtype=float), np.array(amplitudes, dtype=complex))


def label_lines(frequencies: np.ndarray, charge: int, nu_phi: float, nu_psi: float) -> tuple[np.ndarray, np.ndarray]:
    """Orders m of lines of a charge k, and the residuals nu - k nu_phi - m nu_psi.

    Returns
    -------
    orders, residuals : (n_lines,) int, float
    """
    orders = np.round((np.asarray(frequencies) - charge * nu_phi) / nu_psi).astype(int)
    return orders, frequencies - charge * nu_phi - orders * nu_psi


def base_frequencies(lines: Mapping[int, Lines], *, range_db: float = 80.0) -> tuple[float, float]:
    """nu_phi and nu_psi of a torus from the lines of observables of several charges.

    nu_psi is the lowest positive frequency of charge 0; nu_phi is the strongest line of charge 1 brought to the
    smallest modulus by whole nu_psi.  Both are then fitted to every labelled line, with the amplitudes as weights.

    Parameters
    ----------
    lines : mapping of charge to Lines
        Charges 0 and 1 at least.
    range_db : float
        Lines weaker than the strongest of their charge by more are left out.

    Raises
    ------
    ValueError
        If charge 0 has no line besides the constant.
    """
    kept = {charge: _strong(one, range_db) for charge, one in lines.items()}
    positive = kept[0].frequency[kept[0].frequency > 10 * kept[0].frequency_error + 1e-9]
    if positive.size == 0:
        raise ValueError("the observable of charge 0 is constant: there is no second frequency")
    nu_psi = positive.min()
    nu_phi = kept[1].frequency[0] - nu_psi * np.round(kept[1].frequency[0] / nu_psi)
    rows, values, weights = [], [], []
    for charge, one in kept.items():
        orders, _ = label_lines(one.frequency, charge, nu_phi, nu_psi)
        rows += [(charge, order) for order in orders]
        values += list(one.frequency)
        weights += list(np.abs(one.amplitude))
    scaled = np.array(weights)[:, None] * np.array(rows, dtype=float)
    nu_phi, nu_psi = np.linalg.lstsq(scaled, np.array(weights) * np.array(values))[0]
    return float(nu_phi), float(nu_psi)


def _strong(lines: Lines, range_db: float) -> Lines:
    keep = np.abs(lines.amplitude) >= np.abs(lines.amplitude).max() * 10 ** (-range_db / 20)
    return Lines(lines.frequency[keep], lines.frequency_error[keep], lines.amplitude[keep])
