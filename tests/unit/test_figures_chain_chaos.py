"""Figures of chaos in the chain: what they show, drawn from made-up tables and grids."""

import numpy as np
import pandas as pd
import pytest
from systems.chain_chaos_tables import LENGTH, grid, growth, lyapunov, moments, rates, spreading

from openkerr.figures import chain_8, chain_butterfly, chain_lyapunov, chain_moments


def test_chain_8_draws_the_chaotic_drive_and_the_wave():
    figure = chain_8.draw(grid(np.arange(1, LENGTH + 1), (1e-2,)), growth(), rates())
    chaos, wave, curves, slow, saturation, speed, _bar = figure.axes
    assert [axes.get_title("right") for axes in (chaos, curves)] == [r"$F = 8\gamma$, $L = 12$"] * 2
    assert [axes.get_title("right") for axes in (wave, slow)] == [r"$F = 10.5\gamma$, $L = 12$"] * 2
    assert any("4.00" in text.get_text() and "v_B = 3.00" in text.get_text() for text in chaos.texts)
    # Where nothing grows there is a light cone, and no butterfly velocity.
    assert not any("v_B" in text.get_text() for text in wave.texts)
    assert any("v_c" in text.get_text() for text in wave.texts)
    # The front is a straight line of the velocity in the table.
    x, y = next(line for line in chaos.lines if line.get_linestyle() == "--").get_data()
    np.testing.assert_allclose(np.diff(y) / np.diff(x), 4.0)
    labels = [text.get_text() for text in curves.get_legend().get_texts()]
    assert labels == [r"$\epsilon = 10^{-4}$", r"$\epsilon = 10^{-2}$", r"$e^{2\lambda_1\tau}$"]
    # What still drifts is open, and is no entry of the legend.
    faces = {line.get_markerfacecolor() for line in saturation.lines if line.get_marker() in ("o", "s", "^")}
    assert "white" in faces and len(saturation.get_legend().get_texts()) == 4
    assert speed.get_yscale() == "log"
    entries = [text.get_text() for text in speed.get_legend().get_texts()]
    assert entries == [r"$2\lambda_1$", "typical growth of $D$", "annealed, $L(2)$"]


def test_chain_8_draws_the_chain_of_most_drives_and_the_mean_where_it_is_held():
    table = rates()
    table.loc[table["drive_amplitude"] == 8.0, ["growth_rate_mean", "growth_rate_mean_stderr"]] = [1.3, 0.1]
    longer = table.query("drive_amplitude == 8").assign(length=40)
    figure = chain_8.draw(grid(np.arange(1, LENGTH + 1), (1e-2,)), growth(), pd.concat([table, longer]))
    assert figure.axes[0].get_title("right") == r"$F = 8\gamma$, $L = 12$"
    labels = [text.get_text() for text in figure.axes[5].get_legend().get_texts()]
    assert labels[2] == r"$\langle D\rangle$ while the sample holds it"


def test_chain_butterfly_draws_the_longest_chain_and_all_velocities():
    exponents, fronts, butterfly = spreading()
    rays, levels, velocities = chain_butterfly.draw(exponents, fronts, butterfly).axes
    assert rays.get_title("right") == levels.get_title("right") == r"$F = 8\gamma$, $L = 40$"
    names = [text.get_text() for text in rays.get_legend().get_texts()]
    assert names == [r"$1$ $\rightarrow$", r"$10$ $\rightarrow$", r"$\leftarrow$ $30$", r"$\leftarrow$ $40$"]
    # Chains without growth have none.
    assert [text.get_text() for text in velocities.get_legend().get_texts()] == ["$4.5$, $12$", "$8$, $40$"]
    lines = [line for line in levels.lines if line.get_markerfacecolor() == "white"]
    assert len(lines) == 4


def test_chain_butterfly_draws_chains_without_growth():
    exponents, fronts, butterfly = spreading()
    none = butterfly.assign(butterfly_velocity=np.nan, systematic=np.nan)
    assert chain_butterfly.draw(exponents, fronts, none).axes[2].get_legend() is None


def test_chain_moments_draws_the_largest_moment_and_all_drives():
    curves, clones, table = moments()
    time, number = chain_moments.draw(curves, clones, table).axes
    assert [text.get_text() for text in time.get_legend().get_texts()] == ["64 clones", "256 clones", "1024 clones"]
    solid = [line for line in time.lines if line.get_linestyle() == "-"]
    np.testing.assert_allclose(solid[0].get_ydata()[-1], 2.0 * 1.2 * 30.0 - 2.0 * 30.0)
    assert [text.get_text() for text in number.get_legend().get_texts()] == ["$1$", "$8$", "$10.5$"]
    assert number.get_xscale() == "log"


@pytest.mark.parametrize("value", [1e-10, np.float32(1e-4), np.float32(1e-2), 1e-12])
def test_powers_of_ten_are_written_as_such(value):
    assert chain_8._power(float(value)) == f"10^{{{round(np.log10(value))}}}"


def test_chain_8_draws_a_single_drive():
    one = rates().query("drive_amplitude == 8")
    figure = chain_8.draw(grid(np.arange(1, LENGTH + 1), (1e-2,)), growth(), one)
    for drawn, empty in ((0, 1), (2, 3)):
        assert figure.axes[drawn].get_title("right") and not figure.axes[empty].has_data()
        assert "no other drive was run" in [text.get_text() for text in figure.axes[empty].texts]


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
