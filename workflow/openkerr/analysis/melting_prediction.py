"""What linear noise predicts for the circular variance of a melting limit torus, and for its scaling exponents.

On the torus exp(i theta) of a mode is a sum of lines, and each line decays by the variance of its phase:

    <exp(i theta)>(t) = sum_m w_m exp(-i [nu_m t + (delta_nu_m t + phase_m)/aleph] - (gap_m t + variance_m)/aleph)
    R = 1 - |<exp(i theta)>|

where phase_m and variance_m are what the way from the coherent start to the torus leaves.  Exponents are right to first
order in 1/aleph; the transient itself is left out.  The mean of R over one period of the modulation, during which the
exponents hardly change, depends on them alone: without the start, on t/aleph.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy.optimize import minimize_scalar

__all__ = [
    "RelaxationScaling",
    "circular_variance",
    "predicted_circular_variance",
    "predicted_scaling",
    "relaxation_rate",
    "scaling",
]

N_POINTS = 40
"""Points of a fitted curve, at equal ratios."""


@dataclass(frozen=True)
class RelaxationScaling:
    """Power laws delta_t = c1 aleph**d1 and delta_aleph = c2 t**d2 of fitted relaxation rates, t = alpha aleph**beta.

    ``rates_in_time`` (n_fixed_alephs,) are those of 1 - exp(-delta t) at fixed aleph, ``rates_in_aleph``
    (n_fixed_times,) those of 1 - exp(-delta/aleph) at fixed time.  d1 has its own sign, and so has beta = d1/d2.
    """

    rates_in_time: np.ndarray
    rates_in_aleph: np.ndarray
    c1: float
    d1: float
    c2: float
    d2: float

    @property
    def alpha(self) -> float:
        """(c1/c2)**(1/d2), arXiv:2507.03764, Eq. 15."""
        return (self.c1 / self.c2) ** (1.0 / self.d2)

    @property
    def beta(self) -> float:
        """d1/d2, Eq. 15."""
        return self.d1 / self.d2


def circular_variance(lines: pd.DataFrame, time: ArrayLike, aleph: ArrayLike) -> np.ndarray:
    """R at given times after the transient (arXiv:2507.03764, Eq. 12), without a free parameter.

    Parameters
    ----------
    lines : pandas.DataFrame
        Rows of table ``torus_angle_weights`` of one mode at one omega.
    time, aleph : float or arrays
        Broadcast against each other; time since the coherent start, in 1/eta.

    Returns
    -------
    array
        Of the shape of time and aleph.
    """
    time, aleph = (np.asarray(x, dtype=float)[..., None] for x in (time, aleph))
    shift = lines["frequency_shift_times_aleph"].to_numpy() * time + lines["start_phase_times_aleph"].to_numpy()
    phase = lines["frequency"].to_numpy() * time + shift / aleph
    return 1.0 - np.abs((_weights(lines) * np.exp(-1j * phase - _decay(lines, time, aleph, True))).sum(axis=-1))


def predicted_circular_variance(
    lines: pd.DataFrame, time: ArrayLike, aleph: ArrayLike = 1.0, *, start: bool = True, n_phases: int = 128
) -> np.ndarray:
    """Mean of R over one period of the modulation (arXiv:2507.03764, Eq. 13 with 1/T), without a free parameter.

    Parameters
    ----------
    lines : pandas.DataFrame
        Rows of table ``torus_angle_weights`` of one mode at one omega.
    time, aleph : float or arrays
        Broadcast against each other; without the start, R depends on their ratio alone.
    start : bool
        Whether the variance counts that the coherent start leaves; else all phases agree at the time 0.
    n_phases : int
        Points of the period.

    Returns
    -------
    array
        Of the shape of time and aleph.
    """
    time, aleph = (np.asarray(x, dtype=float)[..., None] for x in (time, aleph))
    turns = np.exp(-2j * np.pi * np.outer(lines["m"], np.arange(n_phases)) / n_phases)
    return 1.0 - np.abs((_weights(lines) * np.exp(-_decay(lines, time, aleph, start))) @ turns).mean(axis=-1)


def _weights(lines: pd.DataFrame) -> np.ndarray:
    return lines["weight_real"].to_numpy() + 1j * lines["weight_imag"].to_numpy()


def _decay(lines: pd.DataFrame, time: np.ndarray, aleph: np.ndarray, start: bool) -> np.ndarray:
    variance = lines["start_variance_times_aleph"].to_numpy() if start else 0.0
    return (lines["linear_gap_times_aleph"].to_numpy() * time + variance) / aleph


def relaxation_rate(x: np.ndarray, values: np.ndarray) -> float:
    """delta of the least-squares fit of 1 - exp(-delta x) to values, all of one weight.

    Parameters
    ----------
    x, values : (n,)
        x > 0.

    Raises
    ------
    ValueError
        If there are fewer than two points, or the values do not grow with x from zero.
    """
    x, values = np.asarray(x, dtype=float), np.asarray(values, dtype=float)
    if x.size < 2 or not (x > 0).all():
        raise ValueError("a relaxation rate needs at least two points at x > 0")
    inside = (values > 0) & (values < 1)
    if not inside.any():
        raise ValueError("no value lies between 0 and 1: there is no relaxation to fit")
    # The rate of each point alone brackets that of the fit.
    rates = np.log(-np.log1p(-values[inside]) / x[inside])

    def misfit(logarithm: float) -> float:
        return np.sum((values + np.expm1(-np.exp(logarithm) * x)) ** 2)

    bounds = rates.min() - 0.1, rates.max() + 0.1
    return float(np.exp(minimize_scalar(misfit, bounds=bounds, method="bounded", options={"xatol": 1e-10}).x))


def scaling(
    mean_variance: Callable[[np.ndarray, np.ndarray], np.ndarray],
    fixed_alephs: Sequence[float],
    times: ArrayLike,
    fixed_times: Sequence[float],
    alephs: ArrayLike,
) -> RelaxationScaling:
    """Exponents of the period-averaged circular variance as arXiv:2507.03764, Sec. III B, fits them.

    Parameters
    ----------
    mean_variance : callable
        Takes (time, aleph), arrays of one shape, to the mean of R over a period there.
    fixed_alephs, times : sequences of float
        At each of these alephs delta_t is fitted over all these times.
    fixed_times, alephs : sequences of float
        At each of these times delta_aleph is fitted over all these alephs.

    Raises
    ------
    ValueError
        If there are fewer than two fixed alephs or times.
    """
    if len(fixed_alephs) < 2 or len(fixed_times) < 2:
        raise ValueError("a power law needs at least two alephs and two times")
    times, alephs = np.asarray(times, dtype=float), np.asarray(alephs, dtype=float)
    in_time = [relaxation_rate(times, mean_variance(times, np.full(times.size, aleph))) for aleph in fixed_alephs]
    in_aleph = [relaxation_rate(1 / alephs, mean_variance(np.full(alephs.size, time), alephs)) for time in fixed_times]
    d1, log_c1 = np.polyfit(np.log(fixed_alephs), np.log(in_time), 1)
    d2, log_c2 = np.polyfit(np.log(fixed_times), np.log(in_aleph), 1)
    return RelaxationScaling(
        np.array(in_time), np.array(in_aleph), float(np.exp(log_c1)), float(d1), float(np.exp(log_c2)), float(d2)
    )


def predicted_scaling(
    lines: pd.DataFrame, aleph_window: Sequence[float], time_windows: Sequence[Sequence[float]], n_curves: int
) -> pd.DataFrame:
    """Exponents of both cavities that the fits of the paper have in windows of time, by linear noise.

    Parameters
    ----------
    lines : pandas.DataFrame
        Rows of table ``torus_angle_weights`` of one torus.
    aleph_window, time_windows
        (least, greatest) aleph; (first, last) time of each window, in 1/eta.
    n_curves : int
        Curves of each family, at equal ratios.

    Returns
    -------
    pandas.DataFrame
        Columns mode, aleph_min, aleph_max, time_min, time_max, quantity and value of table ``torus_variant_scaling``.
    """
    rows = []
    least, greatest = aleph_window
    alephs, some_alephs = (np.geomspace(least, greatest, count) for count in (N_POINTS, n_curves))
    for mode, of_mode in lines.groupby("mode"):
        for first, last in time_windows:
            times, some_times = (np.geomspace(first, last, count) for count in (N_POINTS, n_curves))

            def mean_variance(time: np.ndarray, aleph: np.ndarray, of_mode: pd.DataFrame = of_mode) -> np.ndarray:
                return predicted_circular_variance(of_mode, time, aleph)

            found = scaling(mean_variance, some_alephs.tolist(), times, some_times.tolist(), alephs)
            window = {"aleph_min": alephs[0], "aleph_max": alephs[-1], "time_min": first, "time_max": last}
            numbers = {"d1": found.d1, "d2": found.d2, "beta": found.beta}
            rows += [{"mode": mode, **window, "quantity": name, "value": value} for name, value in numbers.items()]
    return pd.DataFrame(rows)
