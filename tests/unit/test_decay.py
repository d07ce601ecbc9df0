"""Decay rates and frequencies of lines in signals that are known sums of exponentials."""

import numpy as np
import pytest

from openkerr.analysis.decay import (
    count_exponentials,
    decay_window,
    demodulate,
    log_decay,
    nearest_pole,
    pencil_poles,
    spline_filter,
)
from openkerr.analysis.gap_fits import FIT_COLUMNS, fit_power_law, gap_fit_table
from openkerr.analysis.gaps import GroupedSignal, Line, gaps_table, join_groups, torus_lines
from openkerr.analysis.spectrogram import spectrogram, spectrogram_grid

pytestmark = pytest.mark.slow

INTERVAL, SPACING = 0.5, 0.8
PERIOD = 2 * np.pi / SPACING


def exponentials(n_samples, *terms):
    """Sum of amplitude exp(-(i nu + gap) t) over (amplitude, nu, gap)."""
    times = INTERVAL * np.arange(n_samples)
    return sum(amplitude * np.exp(-(1j * nu + gap) * times) for amplitude, nu, gap in terms)


@pytest.mark.parametrize("order", [2, 3])
def test_the_filter_passes_the_line_and_has_zeros_at_the_others(order):
    weights = spline_filter(PERIOD, INTERVAL, order)
    assert weights.sum() == pytest.approx(1)
    assert np.allclose(weights, weights[::-1])
    times = INTERVAL * np.arange(len(weights))
    for m in (1, 2, 3):
        # A period is no whole number of samples: what is left falls with the order.
        assert abs(weights @ np.exp(1j * m * SPACING * times)) < 0.5 * 0.1**order * m
        # Close to a zero the response grows with the distance to the power of the order.
        near = abs(weights @ np.exp(1j * (m + 0.1) * SPACING * times))
        assert near == pytest.approx(abs(np.sinc(m + 0.1)) ** order, rel=0.2, abs=1e-3)


def test_a_weak_line_beside_a_strong_one():
    signal = exponentials(800, (0.05, 0.3, 0.012), (1.0, 0.3 + SPACING, 0.02), (0.4, 0.3 - SPACING, 0.008))
    filtered = demodulate(signal, INTERVAL, 0.29, spline_filter(PERIOD, INTERVAL, 3))
    window = decay_window(filtered, INTERVAL, (0.1, 0.9), shortest=PERIOD)
    assert window.first * INTERVAL * 0.012 == pytest.approx(0.1, abs=0.01)
    assert window.last * INTERVAL * 0.012 == pytest.approx(0.9, abs=0.01)
    gap, shift = log_decay(filtered[None], INTERVAL, window)[0]
    assert gap == pytest.approx(0.012, rel=2e-3)
    assert shift == pytest.approx(0.01, abs=2e-5)


def test_signals_without_a_decay_have_no_window():
    grows = exponentials(400, (1.0, 0.0, -0.01))
    flat = exponentials(400, (1.0, 0.0, 1e-5))
    fast = exponentials(400, (1.0, 0.0, 2.0))
    for signal in (grows, flat, fast):
        assert decay_window(signal, INTERVAL, (0.1, 0.9), shortest=PERIOD) is None
    with pytest.raises(ValueError, match="the filter needs"):
        demodulate(flat[:10], INTERVAL, 0.0, spline_filter(PERIOD, INTERVAL, 3))


def test_the_pencil_is_exact_where_lines_overlap():
    terms = ((0.5, 0.86, 0.4), (0.3, 0.04, 0.3), (0.1, -0.79, 0.5))
    signal = exponentials(40, *terms)
    poles = np.sort_complex(pencil_poles(signal, INTERVAL, 3))
    assert poles == pytest.approx(np.sort_complex([-gap - 1j * nu for _, nu, gap in terms]), abs=1e-9)
    assert nearest_pole(signal, INTERVAL, 0.1, 3) == pytest.approx([0.3, 0.04], abs=1e-9)
    assert count_exponentials(signal, 1e-6 * signal[::-1], 9) == 3
    assert count_exponentials(signal, 10 * signal, 9) == 1
    # Never more than the samples can hold.
    assert count_exponentials(signal[:7], 1e-9 * signal[:7], 9) == 2
    with pytest.raises(ValueError, match="8 samples hold at most 2 exponentials, not 3"):
        pencil_poles(signal[:8], INTERVAL, 3)


LINES = [Line(1, 0, 0.05), Line(1, 1, 0.05 + SPACING), Line(0, 1, SPACING)]
GAPS = {(1, 0): 0.006, (1, 1): 0.004, (0, 1): 0.015}


def noisy_signal(rng, n_groups=20, noise=0.02):
    """Groups whose means and correlations scatter about known exponentials."""
    n_samples = 900
    columns = {
        "a_1": ((0.2, 0.05, 0.006), (0.5, 0.05 + SPACING, 0.004)),
        "a_2": ((0.1, 0.1, 0.01),),
        "n_1": ((0.4, 0.0, 0.0), (0.2, SPACING, 0.015), (0.2, -SPACING, 0.015)),
        "a_1_a_2": ((0.1, 0.15, 0.01),),
    }
    clean = np.stack([exponentials(n_samples, *terms) for terms in columns.values()], axis=-1)

    def groups():
        shape = (n_groups, *clean.shape)
        return clean + noise * (rng.normal(size=shape) + 1j * rng.normal(size=shape))

    weights = np.full(n_groups, 64)
    weights[-1] = 40
    return GroupedSignal(groups(), groups(), weights, INTERVAL, list(columns))


def test_three_estimators_find_known_gaps_within_their_errors():
    table = gaps_table(noisy_signal(np.random.default_rng(1)), LINES, SPACING, 0.0, (0.1, 0.9))
    assert len(table) == 9
    for row in table.itertuples():
        expected = GAPS[row.sector, row.m]
        frequency = next(line.frequency for line in LINES if (line.sector, line.m) == (row.sector, row.m))
        # The bias of the filter: what other lines leave at its zeros.
        assert abs(row.gap - expected) < 4.5 * row.gap_stderr + 2e-3 * expected, row
        assert abs(row.frequency - frequency) < 4.5 * row.frequency_stderr + 2e-3 * expected, row
        assert 0 < row.gap_stderr < 0.1 * expected
        assert row.n_trajectories == 19 * 64 + 40


def test_errors_of_the_jackknife_are_calibrated():
    rng = np.random.default_rng(2)
    tables = [gaps_table(noisy_signal(rng), LINES[:1], SPACING, 0.0, (0.1, 0.9)) for _ in range(60)]
    for estimator in ("correlation", "mean", "pencil"):
        rows = [table[table["estimator"] == estimator].iloc[0] for table in tables]
        pulls = np.array([(row["gap"] - 0.006) / row["gap_stderr"] for row in rows])
        # The variance of 60 pulls of 20 groups: one, with an error of sqrt(2/60) and the wider tails of Student's t.
        assert abs(pulls.mean()) < 4.5 / np.sqrt(60) + 0.1
        assert 0.4 < pulls.var() < 2.0


def test_what_is_not_resolved_is_not_listed():
    signal = noisy_signal(np.random.default_rng(3), noise=3.0)
    assert gaps_table(signal, LINES, SPACING, 0.0, (0.1, 0.9)).empty
    empty = gaps_table(signal, [Line(3, 3, 2.3)], SPACING, 0.0, (0.1, 0.9))
    assert list(empty.columns)[:2] == ["sector", "m"]


def test_lines_of_all_sectors():
    lines = torus_lines(0.03, 0.8, 2)
    assert len(lines) == 2 + 3 * 5
    assert next(line.frequency for line in lines if (line.sector, line.m) == (2, -1)) == pytest.approx(2 * 0.03 - 0.8)


def test_power_law_and_its_windows():
    import pandas as pd

    alephs = np.array([100.0, 200.0, 500.0, 1000.0, 2000.0])
    gaps = 40 * alephs**-1.05
    for weighting in ("errors", "equal"):
        found = fit_power_law(alephs, gaps, 0.01 * gaps, weighting)
        assert found["exponent"] == pytest.approx(1.05) and found["prefactor"] == pytest.approx(40)
    # The error of the slope through points of relative errors s is s / sqrt(sum (x - mean)²).
    spread = np.log(alephs) - np.log(alephs).mean()
    found = fit_power_law(alephs, gaps, 0.01 * gaps, "errors")
    assert found["exponent_stderr"] == pytest.approx(0.01 / np.sqrt(spread @ spread))
    with pytest.raises(ValueError, match="allowed is errors or equal"):
        fit_power_law(alephs, gaps, gaps, "none")
    frame = pd.DataFrame({"aleph": alephs, "gap": gaps, "gap_stderr": 0.01 * gaps, "gap_systematic": 0.005 * gaps})
    table = gap_fit_table(frame.assign(case="default", sector=1, m=0, estimator="pencil"))
    assert tuple(table.columns) == FIT_COLUMNS
    # Three windows of three points, two of four, one of five, each with both weights.
    assert len(table) == 12
    assert np.allclose(table["exponent"], 1.05)
    assert (table["exponent_systematic"] > 0).all()
    assert gap_fit_table(frame.assign(case="x", sector=1, m=0, estimator="pencil").iloc[:2]).empty


def test_ridges_of_the_spectrogram_stand_at_minus_nu_and_decay_at_the_gap():
    correlation = exponentials(2000, (0.3, 0.9, 0.003), (0.1, 0.05, 0.005))
    frequencies = np.linspace(-1.2, 0.5, 341)
    times = np.array([200.0, 400.0, 600.0])
    magnitude = spectrogram(correlation, INTERVAL, times, 100.0, frequencies)
    peak = frequencies[magnitude[0].argmax()]
    assert peak == pytest.approx(-0.9, abs=0.0051)
    ridge = magnitude[:, np.abs(frequencies + 0.9).argmin()]
    assert np.log(ridge[0] / ridge[2]) / 400.0 == pytest.approx(0.003, rel=2e-3)
    assert ridge[0] == pytest.approx(2 * 0.3 * np.exp(-0.6), rel=0.01)
    grid = spectrogram_grid([correlation, correlation[:1000]], [10.0, 5.0], INTERVAL)
    assert grid["magnitude"].dims == ("aleph", "step", "frequency")
    assert float(grid["time"].max()) < 1000.0


def test_groups_of_many_jobs_are_joined_in_order():
    import xarray as xr

    def part(first, aleph, value):
        labels = {"lag_aleph": ("lag", [aleph] * 3), "sample_aleph": ("sample", [aleph] * 4)}
        axes = {"lag": [0.0, 0.5, 1.0], "sample": [0.0, 0.5, 1.0, 1.5], "group": [first], "signal": ["a_1"]}
        return xr.Dataset(
            {
                "correlation_re": (("group", "lag", "signal"), np.full((1, 3, 1), value)),
                "correlation_im": (("group", "lag", "signal"), np.zeros((1, 3, 1))),
                "mean_re": (("group", "sample", "signal"), np.full((1, 4, 1), value)),
                "mean_im": (("group", "sample", "signal"), np.zeros((1, 4, 1))),
                "n_valid": ("group", [8]),
            },
            coords=axes | labels,
        )

    joined = join_groups([part(8, 5.0, 2.0), part(0, 5.0, 1.0), part(0, 7.0, 9.0)], 5.0)
    assert joined.correlation[:, 0, 0].tolist() == [1.0, 2.0]
    assert joined.interval == 0.5 and joined.mean.shape == (2, 4, 1)
