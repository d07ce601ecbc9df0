"""Figures of the classical attractors: what stands in the tables is what is drawn."""

import docutils.core
import jinja2
import numpy as np
import pandas as pd
import pytest
import xarray as xr
from matplotlib.collections import PathCollection
from systems.attractor_tables import (
    CYCLE,
    HOMOCLINIC,
    RATE,
    TORUS,
    attractors,
    bifurcations,
    branches,
    diffusion,
    grids,
    lines,
)

from openkerr.analysis.phase_diffusion import lines_of_torus, slowest_lines
from openkerr.figures import torus_1, torus_diffusion, torus_lyapunov, torus_ratio
from openkerr.figures.style import journal_style
from openkerr.runtime.provenance import ROOT


def overlapping_panels(figure) -> list[tuple[int, int]]:
    """Pairs of axes whose frames with ticks and labels meet."""
    with journal_style():
        figure.canvas.draw()
        boxes = [axes.get_tightbbox(for_layout_only=True) for axes in figure.axes]
    return [(i, j) for i in range(len(boxes)) for j in range(i) if boxes[i].shrunk(0.98, 0.98).overlaps(boxes[j])]


def texts(axes) -> list[str]:
    return [text.get_text() for text in axes.texts if text.get_text()]


def test_regions_and_bifurcations_come_from_the_attractors_alone():
    assert torus_1.regions(branches()) == {"limit cycle": (0.6, 1.0), "limit torus": (0.9, 1.4)}
    assert torus_1.bifurcation_groups(bifurcations(), 0.8, 1.1) == [
        (0.9, "fold"),
        (HOMOCLINIC, "homoclinic"),
        (1.0, "fold"),
    ]
    # Nearer than a line is wide: one mark with both names; the crossing of branches at 0.7 is none.
    assert torus_1.bifurcation_groups(bifurcations(), 0.0, 2.0) == [(0.9, "fold, homoclinic"), (1.0, "fold")]


def test_strongest_peaks():
    power = np.array([-9.0, -3.0, -9.0, -5.0, -1.0, -5.0, -5.0, -2.0])
    assert torus_1.strongest_peaks(np.arange(8.0), power, 5) == [(4.0, -1.0), (1.0, -3.0)]


def test_torus_1_keeps_the_peaks_and_names_the_lines():
    spectrum_map, portraits, spectra = grids()
    figure = torus_1.draw(branches(), bifurcations(), lines(), spectrum_map, portraits, spectra)
    heat = next(axes for axes in figure.axes if axes.get_xlabel() and axes.get_ylabel() == r"$\nu/\eta$")
    (points,) = (artist for artist in heat.collections if isinstance(artist, PathCollection))
    assert points.get_clim() == (-100.0, 0.0)
    shown = np.column_stack([points.get_offsets(), points.get_array()])
    for omega, peaks in ((0.6, [(0.5, -3.0)]), (1.4, [(0.5, -3.0), (2.5, -20.0)])):
        np.testing.assert_allclose(shown[shown[:, 0] == omega][:, 1:], peaks, atol=1e-9)
    assert {"fold, homoclinic", "fold", "(c, d)", "(e, f)"} <= set(texts(heat))
    names = [set(texts(axes)) for axes in figure.axes if axes.get_ylabel() in ("$S_1$ (dB)", "$S_2$ (dB)")][1:]
    cycle = [{"(1, 0)"}, {"(2, 0)"}]
    torus = [{f"({k}, {m})" for m in (1, 2, 3)} for k in (1, 2)]
    for shown, wanted in zip(names, cycle + torus, strict=True):
        assert {text for text in shown if len(text) > 3} == wanted
    assert overlapping_panels(figure) == []


def test_torus_1_refuses_more_portraits():
    spectrum_map, portraits, spectra = grids()
    three = xr.concat([portraits, portraits.isel(omega=[0]).assign_coords(omega=[1.2])], "omega")
    with pytest.raises(ValueError, match="one or two omegas"):
        torus_1.draw(branches(), bifurcations(), lines(), spectrum_map, three, spectra)


def test_torus_lyapunov_shows_sweeps_errors_and_counts():
    table = attractors()
    assert torus_lyapunov.shared_range(table) == (0.9, 1.0)
    shown = torus_lyapunov.map_rows(table)
    assert sorted(shown["omega"].unique()) == [0.7, 0.9, 1.1] and len(shown) == 6
    counts = torus_lyapunov.class_counts(table)
    assert counts["limit_cycle"] == (2, 9) and counts["chaos"] == (0, 1) and counts["fixed_point"] == (0, 0)
    figure = torus_lyapunov.draw(table, bifurcations(), 1.0, 0.4)
    labels = [text.get_text() for legend in figure.legends for text in legend.get_texts()]
    assert "chaos: 0 / 1" in labels and "hollow, undecided: 1 / 1" in labels
    whole, zoom, plane = figure.axes
    assert len(whole.containers) == 8, "four exponents of two sweeps, with error bars"
    segments = whole.containers[3].lines[2][0].get_segments()
    assert np.ptp(segments[0][:, 1]) == pytest.approx(2 * 0.008)
    assert zoom.get_xlim()[0] < 0.9 < 1.0 < zoom.get_xlim()[1] and zoom.get_xlim()[0] > whole.get_xlim()[0]
    assert any("8\\times10^{-3}" in text for text in texts(whole))
    hollow = [line for line in plane.lines if line.get_markerfacecolor() == "white" and len(line.get_xdata())]
    assert [(line.get_xdata().tolist(), line.get_ydata().tolist()) for line in hollow] == [([1.1], [0.2])]
    assert overlapping_panels(figure) == []


def test_torus_lyapunov_without_hysteresis_or_without_a_sweep():
    table = attractors()
    same = table[table["sweep"] != "down"]
    same = pd.concat([same, same[same["sweep"] == "up"].assign(sweep="down")])
    assert torus_lyapunov.shared_range(same) is None
    assert len(torus_lyapunov.draw(same, bifurcations(), 1.0, 0.4).axes) == 3
    with pytest.raises(ValueError, match="sweeps up and down"):
        torus_lyapunov.draw(table[table["sweep"] != "up"], bifurcations(), 1.0, 0.4)


def test_torus_ratio_draws_the_attractors_branches_and_the_divergence():
    table = branches()
    assert set(torus_ratio.attractor_branches(table)["branch"]) == {0, 1}
    assert torus_ratio.strongest_order(lines()) == 2 and torus_ratio.strongest_order(lines()[:0]) == 1
    x, period = torus_ratio.divergence(table[table["branch"] == 1], HOMOCLINIC)
    assert len(x) == 12, "only orbits beyond the last stable one"
    np.testing.assert_allclose(np.diff(period) / np.diff(x), 1 / RATE, rtol=1e-6)
    figure = torus_ratio.draw(table, bifurcations(), lines(), diffusion())
    is_open = [line for line in figure.axes[0].lines if line.get_markerfacecolor() == "white" and len(line.get_xdata())]
    assert len(is_open) == 3, "unstable cycle, and both frequencies of the unstable torus"
    low, high = figure.axes[1].get_ylim()
    assert low < 0.1 / 1.4 and 0.1 / 0.4 < high < 0.1 / (2 * np.pi / 40)
    slopes = [np.diff(line.get_ydata())[0] / np.diff(line.get_xdata())[0] for line in figure.axes[2].lines[1:]]
    np.testing.assert_allclose(slopes, 1 / RATE)
    assert overlapping_panels(figure) == []


def test_torus_ratio_without_a_homoclinic_point_or_torus():
    table, found = branches(), bifurcations()
    figure = torus_ratio.draw(table, found[found["bifurcation"] != "homoclinic"], lines(), diffusion())
    assert "no homoclinic point found" in texts(figure.axes[2])
    with pytest.raises(ValueError, match="no branch of limit tori"):
        torus_ratio.draw(table[table["object"] == CYCLE], found, lines(), diffusion())


def test_torus_diffusion_shows_divergence_and_the_slowest_lines():
    table = diffusion()
    gaps, slow = lines_of_torus(table, 3), slowest_lines(table)
    assert set(torus_diffusion.resolved(gaps)["omega"].round(9)) == {0.9001, 0.91, 1.0, 1.2, 1.4}
    assert not (torus_diffusion.resolved(gaps)["linear_gap_times_aleph"] == 0).any()
    torus = table[table["attractor"] == "limit_torus"]
    fold, distance = torus_diffusion.fold_distance(torus, bifurcations(), TORUS)
    assert fold == 0.9
    np.testing.assert_allclose(distance, torus["distance"], rtol=1e-6)
    runs = torus_diffusion.slowest_runs(torus_diffusion.resolved(slow))
    assert [(k, m, len(rows)) for k, m, rows in runs] == [(1, 1, 5)]
    figure = torus_diffusion.draw(table, gaps, slow, bifurcations())
    left, middle, right = figure.axes
    assert len(left.lines) == 4 + 2, "cycle, three components of the torus, two folds"
    drawn = {line.get_label(): line for line in middle.lines}
    dots = next(line for label, line in drawn.items() if label.endswith("torus"))
    np.testing.assert_allclose(dots.get_ydata(), 2.0 / dots.get_xdata())
    assert len(dots.get_xdata()) == 5, "what is not resolved is left out"
    assert texts(right) == ["(1, 1)", "(c)"]
    assert overlapping_panels(figure) == []


def test_torus_diffusion_without_a_fold_or_torus():
    table = diffusion()
    gaps, slow, none = lines_of_torus(table, 3), slowest_lines(table), bifurcations()[:0]
    assert "no fold found" in texts(torus_diffusion.draw(table, gaps, slow, none).axes[1])
    with pytest.raises(ValueError, match="no limit torus among the attractors"):
        torus_diffusion.draw(table[table["attractor"] == "limit_cycle"], gaps, slow, none)


PARAMS = {
    "model": {
        "omega": [1.0, 1.0],
        "kerr": [0.1, 0.2],
        "tunneling": 0.4,
        "pump_rate": [1.0, 1.0],
        "two_photon_loss_rate": [1.0, 1.0],
        "loss_rate": [0.0, 0.0],
    },
    "attractors": {
        "omega": {"first": 0.6, "last": 1.4, "step": 0.025},
        "omega_fine": {"first": 0.9, "last": 1.0, "step": 0.005},
        "n_starts": 3,
        "time_step": 0.05,
        "burn_in": 500.0,
        "averaging_time": 1600.0,
        "spectrum_time": 2000.0,
        "map_omega": {"first": 0.4, "last": 1.6, "step": 0.1},
        "map_tunneling": {"first": 0.1, "last": 0.8, "step": 0.15},
        "map_averaging_time": 640.0,
        "portraits": [0.8, 1.0],
        "portrait_time": 10000.0,
        "max_line_order": 3,
    },
}


@pytest.mark.parametrize(
    ("name", "facts"),
    [
        ("torus_1", ["step 0.025", "0.005 between 0.9 and 1.0", "ηt = 2000", "ω = 0.8, 1.0", "ηt = 10000", "Ω = −ν"]),
        ("torus_lyapunov", ["ηt = 1600", "ηt = 640", "0.15 in J", "standard error", "3 random starts", "coexist"]),
        ("torus_ratio", ["0.6 to 1.4", "homoclinic", "defined up to multiples"]),
        ("torus_diffusion", ["0.6 to 1.4", "m from −3 to 3", "Nothing here is sampled", "ℵ → ∞"]),
    ],
)
def test_captions_state_parameters(name, facts):
    source = (ROOT / "report" / f"{name}.rst").read_text(encoding="utf-8")
    environment = jinja2.Environment(trim_blocks=True, lstrip_blocks=True, undefined=jinja2.StrictUndefined)
    text = environment.from_string(source).render(snakemake={"params": PARAMS})
    flat = " ".join(text.split())
    for fact in [*facts, "U = 0.1, 0.2; J = 0.4"]:
        assert fact in flat
    docutils.core.publish_parts(text, writer="html", settings_overrides={"halt_level": 2})
