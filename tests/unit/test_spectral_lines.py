"""Spectra, frequencies and labels of synthetic series whose lines are known."""

import numpy as np
import pytest

from openkerr.analysis.spectral_lines import (
    Lines,
    base_frequencies,
    find_lines,
    label_lines,
    power_spectrum,
    refine_line,
)

STEP = 0.1
TIMES = np.arange(8192) * STEP
NU_PHI, NU_PSI = 0.0355778060, 0.8256556335
AMPLITUDES = {-2: 1e-3 * 1j, -1: -0.05, 0: 0.2, 1: 0.55 + 0.1j, 2: 0.1, 3: 1e-6}


def _quasi_periodic(charge):
    return sum(
        amplitude * np.exp(-1j * (charge * NU_PHI + order * NU_PSI) * TIMES) for order, amplitude in AMPLITUDES.items()
    )


def test_a_line_reads_its_amplitude_at_minus_its_frequency():
    on_grid = 2 * np.pi * 40 / (TIMES.size * STEP)
    omega, power = power_spectrum(0.03 * np.exp(-1j * on_grid * TIMES), STEP)
    assert power.max() == pytest.approx(20 * np.log10(0.03), abs=1e-9)
    assert omega[power.argmax()] == pytest.approx(-on_grid, abs=1e-12)
    assert (np.diff(omega) > 0).all()


@pytest.mark.parametrize(("padding", "loss"), [(1, 0.28), (4, 0.02)])
def test_between_two_points_of_the_axis_a_line_loses_as_little_as_stated(padding, loss):
    between = 2 * np.pi * 40.5 / (TIMES.size * STEP)
    _, power = power_spectrum(np.exp(-1j * (between + 1e-4) * TIMES), STEP, zero_padding=padding)
    assert -loss < power.max() <= 1e-9


def test_nothing_but_the_line_stands_above_its_rounding():
    omega, power = power_spectrum(np.exp(-0.7123j * TIMES), STEP)
    away = np.abs(omega + 0.7123) > 14 * 2 * np.pi / (TIMES.size * STEP)
    assert power[away].max() < -275


def test_frequencies_and_amplitudes_are_exact_over_120_db():
    lines = find_lines(_quasi_periodic(1), STEP)
    orders, residuals = label_lines(lines.frequency, 1, NU_PHI, NU_PSI)
    assert sorted(orders) == sorted(AMPLITUDES)
    strong = orders != 3
    assert np.abs(residuals[strong]).max() < 1e-13
    assert np.abs(residuals[~strong]).max() < 1e-10
    expected = np.array([AMPLITUDES[m] for m in orders])
    assert np.abs(lines.amplitude - expected).max() < 1e-12
    assert (np.diff(np.abs(lines.amplitude)) < 0).all()
    assert (np.abs(residuals) <= 3 * lines.frequency_error + 1e-14).all()


def test_lines_that_the_window_does_not_part_are_not_trusted():
    """The error sees what the series is too short to resolve."""
    close = np.exp(-0.5j * TIMES) + 0.3 * np.exp(-1j * (0.5 + 2 * np.pi * 6 / (TIMES.size * STEP)) * TIMES)
    lines = find_lines(close, STEP)
    assert abs(lines.frequency[0] - 0.5) > 1e-6
    assert lines.frequency_error[0] > 0.3 * abs(lines.frequency[0] - 0.5)


def test_the_error_sees_a_drifting_frequency():
    lines = find_lines(np.exp(-1j * (0.5 * TIMES + 1e-6 * TIMES**2)), STEP)
    drift = 1e-6 * TIMES[-1]  # the frequency runs from 0.5 to 0.5 + 2 drift
    assert lines.frequency[0] == pytest.approx(0.5 + drift, abs=1e-6)
    assert lines.frequency_error[0] == pytest.approx(0.5 * drift, rel=0.01)


def test_a_line_at_the_end_of_the_axis_is_found_once():
    nyquist = np.pi / STEP
    lines = find_lines(np.exp(-1j * (nyquist - 0.02) * TIMES) + 0.1 * np.exp(-1j * TIMES), STEP)
    assert lines.frequency.size == 2
    assert lines.frequency[0] == pytest.approx(nyquist - 0.02, abs=1e-12)


def test_base_frequencies_come_out_of_the_lines_alone():
    lines = {charge: find_lines(_quasi_periodic(charge), STEP) for charge in (1, 2)}
    lines[0] = find_lines(np.abs(_quasi_periodic(1)) ** 2, STEP)
    nu_phi, nu_psi = base_frequencies(lines)
    assert nu_phi == pytest.approx(NU_PHI, abs=1e-13)
    assert nu_psi == pytest.approx(NU_PSI, abs=1e-13)


def test_a_foreign_line_shows_in_the_residuals():
    lines = find_lines(_quasi_periodic(1) + 0.01 * np.exp(-2.2j * TIMES), STEP)
    _, residuals = label_lines(lines.frequency, 1, NU_PHI, NU_PSI)
    assert (np.abs(residuals) > 1e-3).sum() == 1


def test_what_cannot_be_answered_is_refused():
    with pytest.raises(ValueError, match="at least 100"):
        find_lines(np.ones(50), STEP)
    with pytest.raises(ValueError, match="no line near"):
        refine_line(np.exp(-0.7j * TIMES), STEP, 0.7 + 8 * 2 * np.pi / (TIMES.size * STEP))
    single = find_lines(np.exp(-0.7j * TIMES), STEP)
    with pytest.raises(ValueError, match="no second frequency"):
        base_frequencies({0: find_lines(np.ones(8192), STEP), 1: single})
    assert isinstance(single, Lines)
