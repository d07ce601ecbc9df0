"""How a small rotation spreads: fronts at levels, the velocity-dependent Lyapunov exponent, the butterfly velocity.

<ln D> is followed apart to the right (away from the first site) and to the left of the rotated site.

Front of a level R : the first time at which <ln D> exceeds ln R above D at the source after the rotation; a straight
    line through arrival against distance gives a velocity.  Levels far below the rotation move at the edge of the
    linear light cone, which is there where nothing grows; those above follow the growth.
Velocity-dependent exponent : lambda(v) = lim <ln D(v t, t)>/(2 t), the rate of distance seen along a ray (Deissler,
    Phys. Lett. A 100, 451 (1984); Khemani, Huse, Nahum, Phys. Rev. B 98, 144304 (2018)); the slope of <ln D> along the
    ray, which leaves out what the rotation itself does first.
Butterfly velocity : the v at which lambda(v) = 0, if there is growth inside.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from openkerr.analysis.otoc import LEAST_POINTS, NOTHING, FitRule, Replicas
from openkerr.numerics.stats import batch_mean, jackknife

EDGE = 3
"""Sites next to the source that do not count."""

FLOOR = -60.0
"""ln D below which double precision holds no three digits of a phase difference."""

SIDES = {"right": 1, "left": -1}

RESOLVED = 4.0
"""Standard errors by which arrivals must become later with the distance: else the level has no front."""

LEAST_RAY = 12
"""Sites that a ray needs."""


def arrival_times(times: np.ndarray, log_divergence: np.ndarray, level: float) -> np.ndarray:
    """First times at which <ln D> exceeds a level, between samples by a straight line.

    Parameters
    ----------
    times : (n_lags,)
    log_divergence : (n, n_lags, n_sites)
    level : float

    Returns
    -------
    (n, n_sites)
        NaN where it never does; the first sample's time where it does so from the start.
    """
    above = log_divergence > level
    index = above.argmax(axis=1)
    before = np.maximum(index - 1, 0)
    rows, sites = np.indices(index.shape)
    low, high = log_divergence[rows, before, sites], log_divergence[rows, index, sites]
    with np.errstate(invalid="ignore", divide="ignore"):
        share = np.where(index > 0, (level - low) / (high - low), 0.0)
    found = times[before] + share * (times[index] - times[before])
    return np.where(above.any(axis=1), found, np.nan)


class Front(NamedTuple):
    """Velocity of a front with error, time of its straight line at the source, rms deviation of arrivals from it.

    far : velocity with error over the farther half of the sites that it reaches
    reached : number of these sites
    """

    velocity: tuple[float, float]
    start: float
    deviation: float
    far: tuple[float, float]
    reached: int


def front(data: Replicas, source: int, level: float, sides: Sequence[str] = ("left", "right")) -> Front:
    """Velocity at which a level of <ln D> moves away from the source, a site counted from 1.

    Arrival times at sites more than `EDGE` away are fitted by a straight line in the distance; the last site on either
    side, which reflects, is left out.  NaN where fewer than `LEAST_POINTS` sites are reached, and where arrivals do not
    become later with the distance: against a current what grows elsewhere comes first to sites far away.
    """
    n_sites = data.log_divergence.shape[2]
    sites = np.arange(1, n_sites + 1)
    distance = np.abs(sites - source).astype(float)
    wanted = [SIDES[side] for side in sides]
    inner = (distance > EDGE) & (sites > 1) & (sites < n_sites) & np.isin(np.sign(sites - source), wanted)
    mean, _ = batch_mean(data.log_divergence, data.weights)
    arrivals = arrival_times(data.times, mean[None], level)[0]
    inner &= np.isfinite(arrivals)
    reached = int(inner.sum())
    if reached < LEAST_POINTS:
        return Front(NOTHING, np.nan, np.nan, NOTHING, reached)
    velocity = _front_velocity(data, inner, distance, level)
    far = inner & (distance > np.median(distance[inner]))
    outer = _front_velocity(data, far, distance, level) if far.sum() >= LEAST_POINTS else NOTHING
    if np.isnan(velocity[0]):
        outer = NOTHING
    d = distance[inner] - distance[inner].mean()
    slope = arrivals[inner] @ d / (d @ d)
    rest = arrivals[inner] - arrivals[inner].mean() - slope * d
    start = arrivals[inner].mean() - slope * distance[inner].mean()
    return Front(velocity, float(start), float(np.sqrt(np.mean(rest**2))), outer, reached)


def _front_velocity(data: Replicas, chosen: np.ndarray, distance: np.ndarray, level: float) -> tuple[float, float]:
    """Inverse slope of arrival against distance at some sites, with its error; NaN where the slope is not positive."""
    d = distance[chosen] - distance[chosen].mean()

    def slope(means: np.ndarray) -> np.ndarray:
        return arrival_times(data.times, means[:, :, chosen], level) @ d / (d @ d)

    value, error = jackknife(slope, data.log_divergence, data.weights)
    if not value > RESOLVED * error:
        return NOTHING
    value, error = jackknife(lambda means: 1.0 / slope(means), data.log_divergence, data.weights)
    return float(value), float(error)


class Rays(NamedTuple):
    """Velocity-dependent exponent along rays, and where it is zero.

    velocities : (n,)
    exponents, stderr, systematic : (n,), NaN where a ray holds too little; systematic: half the change from the first
        to the second half of a ray
    rise : (n,) change of <ln D> over the fitted part of a ray
    butterfly : the zero with its standard error; NaN without growth inside
    butterfly_systematic : half the difference between the zeros of the two halves
    """

    velocities: np.ndarray
    exponents: np.ndarray
    stderr: np.ndarray
    systematic: np.ndarray
    rise: np.ndarray
    butterfly: tuple[float, float]
    butterfly_systematic: float


def rays(data: Replicas, source: int, side: str, velocities: Sequence[float], saturated: float, rule: FitRule) -> Rays:
    """Growth of <ln D> along rays that leave the source, a site counted from 1, to one side.

    A ray begins at a third of the distance to which it can be followed: to the last site but one, or to where <D> comes
    within ``rule.margin`` e-folds of saturation or <ln D> falls below `FLOOR`.

    Parameters
    ----------
    velocities : sequence of float
        In sites per unit of time, increasing.
    saturated : float
        ln of saturated D.
    rule : FitRule
        Margin, and the least growth along some ray with which there is a butterfly velocity.
    """
    n_sites, mean = data.log_divergence.shape[2], batch_mean(data.log_divergence, data.weights)[0]
    annealed = np.log(np.maximum(batch_mean(data.divergence, data.weights)[0], 1e-300))
    # The last site reflects.
    reach = n_sites - 1 - source if side == "right" else source - 2
    distance = np.arange(EDGE + 1, reach + 1)
    sites = source - 1 + SIDES[side] * distance
    measures: list[Callable[[np.ndarray], np.ndarray] | None] = []
    lengths = np.zeros(len(velocities), dtype=int)
    for index, velocity in enumerate(velocities):
        points = _points(data.times, distance / velocity, sites)
        level, high = points(mean[None])[0], points(annealed[None])[0]
        good = (level > FLOOR) & (high < saturated - rule.margin)
        n_good = len(good) if good.all() else int(good.argmin())
        begin, lengths[index] = n_good // 3, n_good
        if n_good - begin < LEAST_RAY:
            measures.append(None)
            continue
        measures.append(_ray_slopes(points, distance / velocity, slice(begin, n_good)))
    found = np.full((4, len(velocities)), np.nan)
    for index, measure in enumerate(measures):
        if measure is not None:
            (value, early, late, rise), (error, *_) = batch_mean(measure(data.log_divergence), data.weights)
            found[:, index] = value, error, 0.5 * abs(late - early), rise
    exponents, stderr, systematic, rise = found
    butterfly, spread = NOTHING, np.nan
    grown = np.isfinite(rise) & (rise >= rule.least) & (exponents > 3.0 * stderr)
    if grown.any():
        speeds = np.asarray(velocities, dtype=float)

        # A ray that ends early sees other sites than its neighbour: the zero must not be that of the change.
        long = lengths >= 0.5 * lengths.max()

        def zeros(means: np.ndarray) -> np.ndarray:
            nothing = np.full((len(means), 3), np.nan)
            each = np.stack([
                measure(means)[:, :3] if measure is not None and whole else nothing
                for measure, whole in zip(measures, long, strict=True)
            ])  # fmt: skip
            return np.stack([_last_zero(speeds, each[:, :, part].T) for part in range(3)], axis=1)

        (value, early, late), (error, *_) = jackknife(zeros, data.log_divergence, data.weights)
        butterfly, spread = (float(value), float(error)), 0.5 * abs(float(late - early))
    return Rays(np.asarray(velocities, dtype=float), exponents, stderr, systematic, rise, butterfly, spread)


def _points(times: np.ndarray, ages: np.ndarray, sites: np.ndarray) -> Callable[[np.ndarray], np.ndarray]:
    """Values of curves (n, n_lags, n_sites) at the points of a ray that the run holds, (n, n_points)."""
    inside = ages <= times[-1]
    ages, sites = ages[inside], sites[inside]
    before = np.clip(np.searchsorted(times, ages, side="right") - 1, 0, len(times) - 2)
    share = (ages - times[before]) / (times[before + 1] - times[before])
    return lambda curves: (1.0 - share) * curves[:, before, sites] + share * curves[:, before + 1, sites]


def _ray_slopes(
    points: Callable[[np.ndarray], np.ndarray], ages: np.ndarray, window: slice
) -> Callable[[np.ndarray], np.ndarray]:
    """Half slopes in a window and its halves, and the rise over it, of curves (n, n_lags, n_sites): (n, 4)."""
    middle = (window.start + window.stop) // 2
    parts = (window, slice(window.start, middle), slice(middle, window.stop))

    def measure(curves: np.ndarray) -> np.ndarray:
        values, columns = points(curves), []
        for part in parts:
            t = ages[part] - ages[part].mean()
            columns.append(0.5 * (values[:, part] @ t) / (t @ t))
        rise = 2.0 * columns[0] * (ages[window.stop - 1] - ages[window.start])
        return np.stack([*columns, rise], axis=1)

    return measure


def _last_zero(velocities: np.ndarray, exponents: np.ndarray) -> np.ndarray:
    """Velocities (n,) at which rows of exponents (n, n_velocities) pass zero for the last time; NaN without."""
    found = np.full(len(exponents), np.nan)
    for row, values in enumerate(exponents):
        falls = np.flatnonzero((values[:-1] > 0.0) & (values[1:] <= 0.0))
        if len(falls):
            k = falls[-1]
            found[row] = velocities[k] + (velocities[k + 1] - velocities[k]) * values[k] / (values[k] - values[k + 1])
    return found
