"""Gaps and frequencies of the lines of a limit torus, from means and two-time correlations of an ensemble.

The signal of a sector k is a sum of exponentials with the Liouvillian's eigenvalues of that sector, whatever the start
and the reference t0: <s(t)> after the burn-in, and C(tau) = <s(t0)* s(t0 + tau)> averaged over t0.  Three estimators:

    correlation  straight lines through ln|C| and its phase, turned to the line and filtered (`analysis.decay`)
    mean         the same of <s(t)>, counted from the first reference
    pencil       rotational invariance: all lines at once where they overlap (small aleph), of the filtered signal
                 where they stand apart
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import xarray as xr

from openkerr.analysis.decay import (
    count_exponentials,
    decay_window,
    demodulate,
    log_decay,
    nearest_pole,
    spline_filter,
)
from openkerr.numerics.stats import jackknife

SIGNALS = {1: "a_1", 2: "a_2", 0: "n_1", 3: "a_1_a_2"}
"""Signal in which the lines of a sector are sought."""

FILTER_ORDER = 3
SEPARATE_PERIODS = 8
"""Lines overlap, and the pencil takes them all, where signals are shorter than so many periods of the modulation."""

MAX_POLES = 9
PENCIL_SAMPLES = 120
PENCIL_REACH = 1.5
"""Gap times lag to which the pencil uses a line that stands apart."""

MAX_SHIFT = 0.25
"""Farthest that a frequency may stand from its line, in units of the spacing of lines."""

MAX_RELATIVE_ERROR = 0.25
"""Gaps with a larger relative standard error are not listed."""


@dataclass(frozen=True)
class GroupedSignal:
    """Means and correlations of one case at one aleph; rows are groups of trajectories.

    Attributes
    ----------
    correlation, mean : (n_groups, n_lags or n_samples, n_signals) complex
    weights : (n_groups,)
        Trajectories of each group.
    interval : float
        Time between samples.
    names : sequence of str
        Signals.
    """

    correlation: np.ndarray
    mean: np.ndarray
    weights: np.ndarray
    interval: float
    names: Sequence[str]


@dataclass(frozen=True)
class Line:
    """A line of the torus: charge, order of the modulation, and frequency nu of exp(-i nu t) in the classical limit.

    ``step`` is what the integrator's step adds to that frequency, see `openkerr.solvers.stepped_orbits`.
    """

    sector: int
    m: int
    frequency: float
    step: float = 0.0


def torus_lines(
    nu_phi: float, nu_psi: float, max_order: int, step_phi: float = 0.0, step_psi: float = 0.0
) -> list[Line]:
    """Lines k nu_phi + m nu_psi of sectors 0 to 3, and what the step adds; in sector 0 those with m > 0."""
    return [
        Line(sector, m, sector * nu_phi + m * nu_psi, sector * step_phi + m * step_psi)
        for sector in sorted(SIGNALS)
        for m in range(-max_order, max_order + 1)
        if sector > 0 or m > 0
    ]


def join_groups(parts: Sequence[xr.Dataset], aleph: float) -> GroupedSignal:
    """Groups of all jobs of one case at one aleph, in the order of trajectories; jobs without it are skipped."""
    found = []
    for part in parts:
        lags, samples = part["lag_aleph"].values == aleph, part["sample_aleph"].values == aleph
        if lags.any():
            found.append(part.isel(lag=lags, sample=samples))
    found.sort(key=lambda part: int(part["group"][0]))

    def joined(name: str) -> np.ndarray:
        return np.concatenate([part[f"{name}_re"].values + 1j * part[f"{name}_im"].values for part in found])

    times = found[0]["lag"].values
    return GroupedSignal(
        correlation=joined("correlation"),
        mean=joined("mean"),
        weights=np.concatenate([part["n_valid"].values for part in found]),
        interval=float(times[1] - times[0]),
        names=[str(name) for name in found[0]["signal"].values],
    )


def gaps_table(
    signal: GroupedSignal,
    lines: Sequence[Line],
    spacing: float,
    burn_in: float,
    fit_range: tuple[float, float],
) -> pd.DataFrame:
    """Gap and frequency of every line that an estimator resolves.

    Parameters
    ----------
    signal : GroupedSignal
    lines : sequence of Line
        In the units of ``signal``.
    spacing : float
        Distance nu_psi of neighbouring lines.
    burn_in : float
        Time from which the mean is used.
    fit_range : (float, float)
        Range of gap times time in which straight lines are fitted.

    Returns
    -------
    pandas.DataFrame
        Columns of table ``torus_gaps`` but case and aleph; what the step adds is taken off the frequencies.  Left out
        are gaps whose standard error exceeds `MAX_RELATIVE_ERROR`, whose systematic error exceeds twice that, and
        frequencies farther than a quarter of the spacing from the line.
    """
    first = round(burn_in / signal.interval)
    rows = []
    for line in lines:
        column = list(signal.names).index(SIGNALS[line.sector])
        correlation, mean = signal.correlation[:, :, column], signal.mean[:, first:, column]
        for estimator, found in (
            ("correlation", _straight_lines(correlation, signal, line, spacing, fit_range)),
            ("mean", _straight_lines(mean, signal, line, spacing, fit_range)),
            ("pencil", _pencil(correlation, signal, line, spacing)),
        ):
            if found is not None and _resolved(found, line, spacing):
                corrected = {"frequency": found["frequency"] - line.step, "frequency_step": line.step}
                rows.append(
                    {"sector": line.sector, "m": line.m, "estimator": estimator, **found, **corrected}
                    | {"n_trajectories": int(signal.weights.sum())}
                )
    return pd.DataFrame(rows, columns=ROW)


ROW = (
    *("sector", "m", "frequency", "frequency_stderr", "frequency_systematic", "frequency_step"),
    *("gap", "gap_stderr", "gap_systematic", "n_trajectories", "estimator", "range_low", "range_high"),
)


def _resolved(found: Mapping[str, float], line: Line, spacing: float) -> bool:
    return (
        found["gap"] > 0
        and found["gap_stderr"] <= MAX_RELATIVE_ERROR * found["gap"]
        and found["gap_systematic"] <= 2 * MAX_RELATIVE_ERROR * found["gap"]
        and abs(found["frequency"] - line.frequency) < MAX_SHIFT * spacing
    )


def _parts(values: np.ndarray) -> np.ndarray:
    return np.stack([values.real, values.imag], axis=-1)


def _joined(values: np.ndarray) -> np.ndarray:
    return values[..., 0] + 1j * values[..., 1]


def _average(values: np.ndarray, weights: np.ndarray) -> np.ndarray:
    return np.tensordot(weights / weights.sum(), values, axes=1)


def _row(
    value: np.ndarray, stderr: np.ndarray, offset: float, systematic: np.ndarray, limits: tuple[float, float]
) -> dict[str, float]:
    return {
        "gap": value[0],
        "gap_stderr": stderr[0],
        "gap_systematic": systematic[0],
        "frequency": value[1] + offset,
        "frequency_stderr": stderr[1],
        "frequency_systematic": systematic[1],
        "range_low": limits[0] * value[0],
        "range_high": limits[1] * value[0],
    }


def _other_ranges(fit_range: tuple[float, float]) -> Iterator[tuple[float, float]]:
    """Ranges about the one of the fit, for its systematic error."""
    low, high = fit_range
    yield from ((2.5 * low, high), (low, 0.6 * high), (low, 1.3 * high))


def _straight_lines(
    values: np.ndarray, signal: GroupedSignal, line: Line, spacing: float, fit_range: tuple[float, float]
) -> dict[str, float] | None:
    """Estimate by straight lines; systematic error: largest change with the range or a lower filter."""
    period, interval = 2 * np.pi / spacing, signal.interval
    wide, narrow = (spline_filter(period, interval, order) for order in (FILTER_ORDER, FILTER_ORDER - 1))
    if values.shape[1] < 2 * len(wide):
        return None
    filtered = demodulate(values, interval, line.frequency, wide)
    total = _average(filtered, signal.weights)
    window = decay_window(total, interval, fit_range, shortest=period)
    if window is None:
        return None
    value, stderr = jackknife(
        lambda parts: log_decay(_joined(parts), interval, window), _parts(filtered), signal.weights
    )
    other = demodulate(_average(values, signal.weights), interval, line.frequency, narrow)
    variants = [(total, limits) for limits in _other_ranges(fit_range)] + [(other, fit_range)]
    found = [log_decay(total[None], interval, window)[0]]
    for series, limits in variants:
        changed = decay_window(series, interval, limits, shortest=period)
        if changed is not None:
            found.append(log_decay(series[None], interval, changed)[0])
    systematic = np.abs(np.array(found) - found[0]).max(axis=0)
    return _row(value, stderr, line.frequency, systematic, (window.first * interval, window.last * interval))


def _pencil(values: np.ndarray, signal: GroupedSignal, line: Line, spacing: float) -> dict[str, float] | None:
    """Estimate by rotational invariance; systematic error: largest change with length and number of poles."""
    period = 2 * np.pi / spacing
    length = values.shape[1] // 2
    if length * signal.interval <= SEPARATE_PERIODS * period:
        return _pencil_of(values, signal, line, 0.0, length)
    weights = spline_filter(period, signal.interval, FILTER_ORDER)
    values = demodulate(values, signal.interval, line.frequency, weights)
    total = _average(values, signal.weights)
    # What turns fast is a stronger line that the filter lets through; coarser sampling would hide that it does.
    turn = np.angle(np.vdot(total[:-1], total[1:])) / signal.interval
    if abs(turn) > MAX_SHIFT * spacing:
        return None
    for _ in range(3):
        stride = max(length // PENCIL_SAMPLES, 1)
        gap = nearest_pole(total[:length:stride], signal.interval * stride, 0.0, 1)[0]
        reach = PENCIL_REACH / max(gap, 1e-300) / signal.interval
        length = int(np.clip(reach, period / signal.interval, values.shape[1]))
    return _pencil_of(values, signal, line, line.frequency, length)


def _pencil_of(values: np.ndarray, signal: GroupedSignal, line: Line, offset: float, length: int) -> dict[str, float]:
    """Estimate from so many samples of a signal turned by ``offset``; where that is zero, with many poles."""
    # A filtered signal is smooth: it loses nothing where it is sampled more coarsely.  The others keep their range.
    stride = max(length // PENCIL_SAMPLES if offset == 0.0 else math.ceil(length / PENCIL_SAMPLES), 1)
    interval = signal.interval * stride
    series = values[:, ::stride]
    count = min(max(length // stride, 12), series.shape[1])
    n_poles = 1
    if offset == 0.0:
        halves = [_average(series[start::2, :count], signal.weights[start::2]) for start in (0, 1)]
        n_poles = count_exponentials((halves[0] + halves[1]) / 2, (halves[0] - halves[1]) / 2, MAX_POLES)

    def estimate(parts: np.ndarray, n_samples: int, n_poles: int) -> np.ndarray:
        target = line.frequency - offset
        return np.array([nearest_pole(each[:n_samples], interval, target, n_poles) for each in _joined(parts)])

    parts = _parts(series)
    value, stderr = jackknife(lambda replicas: estimate(replicas, count, n_poles), parts, signal.weights)
    total = _average(parts, signal.weights)[None]
    others = [(round(0.7 * count), n_poles), (min(round(1.4 * count), series.shape[1]), n_poles)]
    if offset == 0.0:
        others += [(count, n_poles + 1), (count, max(n_poles - 1, 1))]
    main = estimate(total, count, n_poles)[0]
    changes = [np.abs(estimate(total, *other)[0] - main) for other in others if other[0] >= 3 * other[1]]
    systematic = np.max(changes, axis=0, initial=0.0) if changes else np.full(2, np.inf)
    return _row(value, stderr, offset, systematic, (0.0, count * interval))
