"""Scaling of the period-averaged circular variance in time and aleph (arXiv:2507.03764, Sec. III B).

At fixed aleph R = 1 - exp(-delta_t t) with delta_t = c1 aleph^d1, at fixed time R = 1 - exp(-delta_aleph/aleph) with
delta_aleph = c2 t^d2.  With t' = (aleph_j/aleph_0)^d1 t and 1/aleph' = (t_i/t_0)^d2/aleph (Eq. 14) each family is one
curve, 1 - exp(-c1 aleph_0^d1 t') and 1 - exp(-c2 t_0^d2/aleph').  These are one where 1/aleph' = k1 t'^k2 with

    k1 = c1 aleph_0^d1 / (c2 t_0^d2),    k2 = 1.

Eq. 16 has k1 = (c1/c2)^(d2/d1 - 1) t_0^d2/aleph_0^d1 and k2 = -d2/d1, which does not make them one.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from openkerr.numerics.stats import batch_mean, jackknife

QUANTITIES = (
    *("d1", "d2", "c1", "c2", "alpha", "beta", "k1", "k2", "collapse_rms", "collapse_rms_printed"),
    *("stretch_time", "stretch_aleph"),
)
"""collapse: rms distance of both families from their curve with the derived k1, k2, and with those of Eq. 16. stretch:
exponent s of R = 1 - exp(-(delta x)^s), mean over the curves of a family; one for the exponentials that are fitted."""


RELAXED = 0.9
"""Circular variance from which on a curve counts as relaxed."""


class Window(NamedTuple):
    """Curves and points of one fit: indices into the alephs and times of the table."""

    name: str
    alephs: np.ndarray
    times: np.ndarray
    curve_alephs: np.ndarray
    curve_times: np.ndarray


def windows(
    variance: np.ndarray,
    alephs: np.ndarray,
    times: np.ndarray,
    aleph_windows: Sequence[Sequence[float]],
    time_windows: Sequence[Sequence[float]],
    n_curves: int,
) -> Iterator[Window]:
    """Every range of aleph with every range of time, with all curves in it and with ``n_curves`` at equal ratios.

    A curve that stays above `RELAXED` throughout the window has no rate and is left out; a window with fewer than three
    curves of either family is none.

    Parameters
    ----------
    variance : array (n_alephs, n_times)
        Period-averaged circular variance, which tells what has relaxed.
    """
    for low, high in aleph_windows:
        for first, last in time_windows:
            inside = np.flatnonzero((alephs >= low) & (alephs <= high))
            during = np.flatnonzero((times >= first) & (times <= last))
            if inside.size < 3 or during.size < 3:
                continue
            open_ = variance[np.ix_(inside, during)] < RELAXED
            curves = inside[open_.any(axis=1)], during[open_.any(axis=0)]
            if min(curve.size for curve in curves) < 3:
                continue
            name = f"aleph_{low:g}_{high:g}_time_{first:g}_{last:g}"
            yield Window(f"{name}_all", inside, during, *curves)
            some = [_spread(values, chosen, n_curves) for values, chosen in zip((alephs, times), curves, strict=True)]
            if any(few.size < curve.size for few, curve in zip(some, curves, strict=True)):
                yield Window(f"{name}_{n_curves}", inside, during, *some)


def _spread(values: np.ndarray, chosen: np.ndarray, count: int) -> np.ndarray:
    """Of the chosen indices those nearest to ``count`` values at equal ratios."""
    wanted = np.geomspace(values[chosen[0]], values[chosen[-1]], count)
    nearest = np.abs(np.log(values[chosen][:, None] / wanted)).argmin(axis=0)
    return chosen[np.unique(nearest)]


def relaxation_rates(x: np.ndarray, values: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """delta of the least-squares fit of 1 - exp(-delta x).

    Parameters
    ----------
    x, weights : array (n,)
        x > 0; weights of the squares.
    values : array (..., n)

    Returns
    -------
    array (...)
        In 1/x.
    """
    inside = np.clip(values, 1e-9, 1 - 1e-9)
    guess = -np.log1p(-inside) / x
    # Points in the middle of the relaxation tell the rate best.
    share = inside * (1 - inside)
    logarithm = (share * np.log(guess)).sum(axis=-1) / share.sum(axis=-1)
    for _ in range(60):
        exponent = np.exp(logarithm)[..., None] * x
        residual = values - 1.0 + np.exp(-exponent)
        slope = -exponent * np.exp(-exponent)
        step = (weights * residual * slope).sum(axis=-1) / (weights * slope**2).sum(axis=-1)
        logarithm = logarithm - np.clip(step, -1.0, 1.0)
    return np.exp(logarithm)


def _power_law(x: np.ndarray, rates: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Factor and exponent of rates (..., n) against x (n,), by least squares of logarithms."""
    u = np.log(x)
    mean = np.log(rates).mean(axis=-1)
    exponent = (np.log(rates) * (u - u.mean())).sum(axis=-1) / ((u - u.mean()) ** 2).sum()
    return np.exp(mean - exponent * u.mean()), exponent


def scaling_quantities(variance: np.ndarray, alephs: np.ndarray, times: np.ndarray, window: Window) -> np.ndarray:
    """The numbers of `QUANTITIES` in one window.

    Parameters
    ----------
    variance : array (..., n_alephs, n_times)
        Period-averaged circular variance; alephs (n_alephs,), times (n_times,) in 1/eta.

    Returns
    -------
    array (..., n_quantities)
    """
    t, inverse = times[window.times], 1.0 / alephs[window.alephs]
    # The sum over times stands for an integral over time; alephs are few and count alike.
    spans = np.gradient(t)
    in_time = variance[..., window.curve_alephs[:, None], window.times]
    in_aleph = np.moveaxis(variance, -1, -2)[..., window.curve_times[:, None], window.alephs]
    aleph_j, t_i = alephs[window.curve_alephs], times[window.curve_times]
    c1, d1 = _power_law(aleph_j, relaxation_rates(t, in_time, spans))
    c2, d2 = _power_law(t_i, relaxation_rates(inverse, in_aleph, np.ones_like(inverse)))
    aleph_0, t_0 = reference(aleph_j), reference(t_i)
    k1 = c1 * aleph_0**d1 / (c2 * t_0**d2)
    printed = (c1 / c2) ** (d2 / d1 - 1) * t_0**d2 / aleph_0**d1, -d2 / d1

    def distance(k1: np.ndarray, k2: np.ndarray) -> np.ndarray:
        scaled_time = ((aleph_j / aleph_0) ** d1[..., None])[..., None] * t
        scaled_aleph = ((t_i / t_0) ** d2[..., None])[..., None] * inverse
        rate = (c2 * t_0**d2)[..., None, None]
        in_place = k1[..., None, None] * scaled_time ** k2[..., None, None]
        first = in_time - 1 + np.exp(-rate * in_place)
        second = in_aleph - 1 + np.exp(-rate * scaled_aleph)
        return np.sqrt(0.5 * ((first**2).mean(axis=(-1, -2)) + (second**2).mean(axis=(-1, -2))))

    numbers = [d1, d2, c1, c2, (c1 / c2) ** (1 / d2), d1 / d2, k1, np.ones_like(k1)]
    stretches = _stretch(t, in_time), _stretch(inverse, in_aleph)
    return np.stack([*numbers, distance(k1, np.ones_like(k1)), distance(*printed), *stretches], axis=-1)


def _stretch(x: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Slope of ln(-ln(1 - R)) against ln x, points weighted as equal errors of R ask for, mean over curves (..., n)."""
    rest = 1 - np.clip(values, 1e-9, 1 - 1e-9)
    exponent = -np.log(rest)
    weights = (rest * exponent) ** 2
    weights = weights / weights.sum(axis=-1, keepdims=True)
    u, y = np.log(x), np.log(exponent)
    u = u - (weights * u).sum(axis=-1, keepdims=True)
    return ((weights * u * y).sum(axis=-1) / (weights * u**2).sum(axis=-1)).mean(axis=-1)


def reference(values: np.ndarray) -> float:
    """The value to which a family is rescaled, aleph_0 or t_0: its middle curve."""
    return float(values[len(values) // 2])


def scaling_table(
    samples: np.ndarray, weights: np.ndarray, alephs: np.ndarray, times: np.ndarray, chosen: Sequence[Window], case: str
) -> pd.DataFrame:
    """Rows of table ``torus_scaling`` of one case.

    Parameters
    ----------
    samples : array (n_batches, n_alephs, n_times)
        Pseudo-values of the period-averaged circular variance, batches of independent trajectories.
    weights : array (n_batches,)
        Trajectories of each batch, the same for every aleph.

    The standard error is the larger of two: that of the trajectories (jackknife over batches), and that of the curves'
    scatter about the power laws (jackknife over curves).
    """
    mean = batch_mean(samples, weights)[0]
    frames = []
    for window in chosen:
        value = scaling_quantities(mean, alephs, times, window)
        _, statistics = jackknife(
            partial(scaling_quantities, alephs=alephs, times=times, window=window), samples, weights
        )
        scatter = np.sqrt(_scatter(mean, alephs, times, window))
        frames.append(
            pd.DataFrame(
                {
                    "case": case,
                    "window": window.name,
                    "quantity": QUANTITIES,
                    "value": value,
                    "stderr": np.fmax(statistics, scatter),
                    "stderr_statistics": statistics,
                    "aleph_min": alephs[window.alephs[0]],
                    "aleph_max": alephs[window.alephs[-1]],
                    "n_alephs": window.curve_alephs.size,
                    "time_min": times[window.times[0]],
                    "time_max": times[window.times[-1]],
                    "n_times": window.curve_times.size,
                    "aleph_reference": reference(alephs[window.curve_alephs]),
                    "time_reference": reference(times[window.curve_times]),
                }
            )
        )
    return pd.concat(frames, ignore_index=True)


def _scatter(variance: np.ndarray, alephs: np.ndarray, times: np.ndarray, window: Window) -> np.ndarray:
    """Variance of the quantities by leaving out one curve of either family at a time."""
    total = np.zeros(len(QUANTITIES))
    for field in ("curve_alephs", "curve_times"):
        curves = getattr(window, field)
        without: list[dict[str, Any]] = [{field: np.delete(curves, k)} for k in range(curves.size)]
        values = np.array([scaling_quantities(variance, alephs, times, window._replace(**each)) for each in without])
        total += (curves.size - 1) * ((values - values.mean(axis=0)) ** 2).mean(axis=0)
    # The references move with the curves, and with them k1; that is a choice, not an error.
    total[QUANTITIES.index("k1")] = 0.0
    return total


def contour_table(
    samples: np.ndarray, weights: np.ndarray, alephs: np.ndarray, times: np.ndarray, levels: Sequence[float], case: str
) -> pd.DataFrame:
    """Lines of constant period-averaged circular variance, t = factor aleph^exponent, as rows of ``torus_scaling``.

    Of every level those alephs count at which the mean variance crosses it within the times; with fewer than three of
    them the level is left out.
    """
    mean = batch_mean(samples, weights)[0]
    frames = []
    for level in levels:
        crossed = (mean[:, 0] < level) & (mean[:, -1] > level)
        if crossed.sum() < 3:
            continue
        inside = np.flatnonzero(crossed)

        def exponents(variance: np.ndarray, inside: np.ndarray = inside, level: float = level) -> np.ndarray:
            crossing = np.array([[_crossing(row, times, level) for row in one[inside]] for one in variance])
            return np.stack(_power_law(alephs[inside], crossing), axis=-1)

        value, (_, statistics) = exponents(mean[None])[0], jackknife(exponents, samples, weights)
        crossings = np.array([_crossing(mean[k], times, level) for k in inside])
        left = np.array([_power_law(np.delete(alephs[inside], k), np.delete(crossings, k)) for k in range(inside.size)])
        scatter = np.sqrt((inside.size - 1) * left.var(axis=0))
        frames.append(
            pd.DataFrame(
                {
                    "case": case,
                    "window": f"variance_{level:g}",
                    "quantity": ["contour_factor", "contour_exponent"],
                    "value": value,
                    "stderr": np.fmax(statistics, scatter),
                    "stderr_statistics": statistics,
                    "aleph_min": alephs[inside[0]],
                    "aleph_max": alephs[inside[-1]],
                    "n_alephs": inside.size,
                    "time_min": crossings.min(),
                    "time_max": crossings.max(),
                    "n_times": inside.size,
                    "aleph_reference": reference(alephs[inside]),
                    "time_reference": reference(crossings),
                }
            )
        )
    return pd.concat(frames, ignore_index=True) if frames else pd.DataFrame()


def _crossing(values: np.ndarray, times: np.ndarray, level: float) -> float:
    """First time at which values cross a level from below, between samples by a straight line in log time."""
    k = int(np.argmax(values > level))
    part = (level - values[k - 1]) / (values[k] - values[k - 1]) if k else 0.0
    logs = np.log(times)
    return float(np.exp(logs[max(k - 1, 0)] + part * (logs[k] - logs[max(k - 1, 0)])))
