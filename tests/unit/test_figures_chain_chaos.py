"""Figures of chaos in the chain: what they show, drawn from made-up tables and grids."""

import numpy as np
import pytest
from systems.chain_chaos_tables import LENGTH, grid, growth, lyapunov, rates

from openkerr.figures import chain_8, chain_lyapunov


def test_chain_8_draws_the_chaotic_drive_and_the_wave():
    figure = chain_8.draw(grid(np.arange(1, LENGTH + 1), (1e-2,)), growth(), rates())
    chaos, wave, curves, slow, saturation, speed, _bar = figure.axes
    assert [axes.get_title("right") for axes in (chaos, curves)] == [r"$F = 8\gamma$, $L = 12$"] * 2
    assert [axes.get_title("right") for axes in (wave, slow)] == [r"$F = 10.5\gamma$, $L = 12$"] * 2
    assert any("4.00" in text.get_text() for text in chaos.texts)
    # The front is a straight line of the velocity in the table.
    x, y = next(line for line in chaos.lines if line.get_linestyle() == "--").get_data()
    np.testing.assert_allclose(np.diff(y) / np.diff(x), 4.0)
    labels = [text.get_text() for text in curves.get_legend().get_texts()]
    assert labels == [r"$\epsilon = 10^{-4}$", r"$\epsilon = 10^{-2}$"]
    # What still drifts is open, and is no entry of the legend.
    faces = {line.get_markerfacecolor() for line in saturation.lines if line.get_marker() in ("o", "s", "^")}
    assert "white" in faces and len(saturation.get_legend().get_texts()) == 4
    assert speed.get_yscale() == "log"


@pytest.mark.parametrize("value", [1e-10, np.float32(1e-4), np.float32(1e-2), 1e-12])
def test_powers_of_ten_are_written_as_such(value):
    assert chain_8._power(float(value)) == f"10^{{{round(np.log10(value))}}}"


def test_chain_8_draws_a_single_drive():
    one = rates().query("drive_amplitude == 8")
    figure = chain_8.draw(grid(np.arange(1, LENGTH + 1), (1e-2,)), growth(), one)
    assert figure.axes[0].get_title("right") == figure.axes[1].get_title("right")


def test_chain_lyapunov_draws_whole_spectra_and_all_largest_exponents():
    table, spectra = lyapunov()
    spectrum, largest, plane, dimension, _bar = chain_lyapunov.draw(table, spectra, rates()).axes
    assert spectrum.get_title("right") == "$L = 6$"
    assert all(len(line.get_xdata()) == 12 for line in spectrum.lines[:-1]) and len(spectrum.lines) == 2 * 3 + 1
    assert len(largest.get_legend().get_texts()) == 3 + 1
    assert [text.get_text() for text in plane.get_yticklabels()] == ["4", "6"]
    assert len(dimension.get_legend().get_texts()) == 2
    shares = np.concatenate([line.get_ydata() for line in dimension.lines if line.get_marker() == "o"]).astype(float)
    np.testing.assert_allclose(np.unique(shares), [0.25, 0.75])
