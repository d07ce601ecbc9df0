"""Figures of the chain's phase diagram: what they show, and what their captions state."""

import docutils.core
import jinja2
import numpy as np
import pytest
from systems.chain_tables import boundaries, phase_diagram

from openkerr.figures import chain_2, chain_11, chain_12
from openkerr.figures.chain_maps import edges
from openkerr.figures.style import COLORS, journal_style
from openkerr.runtime.provenance import ROOT

DRAW = {
    "chain_2": lambda: chain_2.draw(phase_diagram(), boundaries()),
    "chain_11": lambda: chain_11.draw(phase_diagram(), boundaries()),
    "chain_12": lambda: chain_12.draw(phase_diagram()),
}


def rows_of(length, geometry="boundary", site=None):
    table = phase_diagram()
    chosen = (table["geometry"] == geometry) & (table["method"] == "twa") & (table["length"] == length)
    return table[chosen & (table["site"] == (site or length))]


def shown(axes):
    """Points with bars, filled and open, as (drive, value)."""
    return [np.column_stack(container.lines[0].get_data()) for container in axes.containers]


def test_chain_2_cuts_show_the_last_site_of_the_wanted_chain_alone():
    figure, cut = chain_2.draw(phase_diagram(), boundaries()), rows_of(10)
    for axes, name, moving in zip(
        figure.axes[3:6],
        ["photon_number", "number_fluctuation", "otoc_saturation"],
        [9.0, 9.0, 4.0],
        strict=True,
    ):
        np.testing.assert_array_equal(axes.lines[0].get_xdata(), cut["drive_amplitude"])
        np.testing.assert_array_equal(axes.lines[0].get_ydata(), cut[name])
        steady, open_ones = axes.containers
        assert open_ones.lines[0].get_markerfacecolor() == "white"
        np.testing.assert_array_equal(open_ones.lines[0].get_xdata(), [moving])
        bars = np.array([segment[:, 1] for segment in steady.lines[2][0].get_segments()])
        errors = cut.loc[cut["drive_amplitude"] != moving, f"{name}_stderr"]
        np.testing.assert_allclose((bars[:, 1] - bars[:, 0]) / 2, errors, rtol=1e-9)
        low, high = axes.get_ylim()
        assert low < cut[name].min() and cut[name].max() < high
    with pytest.raises(ValueError, match="boundary-driven chain of 11"):
        chain_2.draw(phase_diagram(), boundaries(), length=11)


def test_chain_2_maps_show_every_length_and_mark_what_moves():
    figure = chain_2.draw(phase_diagram(), boundaries())
    for axes, name in zip(figure.axes[:3], ["photon_number", "number_fluctuation", "otoc_saturation"], strict=True):
        meshes = axes.collections[:3]
        for mesh, length in zip(meshes, (6, 10, 20), strict=True):
            np.testing.assert_allclose(mesh.get_array().ravel(), np.maximum(rows_of(length)[name], mesh.norm.vmin))
            corners = mesh.get_coordinates()
            np.testing.assert_allclose(corners[0, :, 0], np.arange(0.5, 13.0))
        sides = [tuple(mesh.get_coordinates()[:, 0, 1]) for mesh in meshes]
        assert sides == [(4.0, 8.0), (8.0, 15.0), (15.0, 25.0)]
        texts = {text.get_text() for text in axes.texts}
        assert {"I", "II", "III"} <= texts
    for axes in figure.axes[:3]:
        hatched = {
            hatch: [patch.get_x() for patch in axes.patches if patch.get_hatch() == hatch]
            for hatch in ("//////", r"\\\\\\")
        }
        assert hatched["//////"] == [8.5] * 3, "mixtures"
        assert hatched[r"\\\\\\"] == [3.5, 8.5] * 3, "what moves at any site, in n or in D"
    dotted = [line for line in figure.axes[0].lines if line.get_linestyle() == ":"]
    np.testing.assert_array_equal(dotted[0].get_xdata(), [9.5] * 3)
    np.testing.assert_array_equal(dotted[0].get_ydata(), [6, 10, 20])


def test_chain_2_shows_bounds_where_a_logarithm_has_no_place():
    table = phase_diagram()
    place = rows_of(10).index[0]
    table.loc[place, ["photon_number", "photon_number_stderr"]] = (-0.001, 0.004)
    axes = chain_2.draw(table, boundaries()).axes[3]
    arrow = next(line for line in axes.lines if line.get_marker() == r"$\downarrow$")
    np.testing.assert_allclose(arrow.get_xydata(), [[1.0, 0.008]])
    assert 0 < axes.get_ylim()[0] < 0.008
    assert 1.0 not in axes.lines[0].get_xdata()


def test_chain_2_draws_a_diagram_that_is_all_empty_but_the_number():
    table = phase_diagram()
    table[["otoc_saturation", "otoc_saturation_stderr", "stationarity"]] = np.nan
    table["regime"] = None
    figure = chain_2.draw(table, boundaries()[:0])
    figure.draw_without_rendering()
    assert shown(figure.axes[3]) and not shown(figure.axes[5])


def test_chain_11_shows_three_sites():
    figure = chain_11.draw(phase_diagram(), boundaries())
    for axes, length in zip(figure.axes[4:6], (10, 20), strict=True):
        for points, site, color in zip(
            [both for both in shown(axes) if len(both) > 1],
            (1, length // 2, length),
            ("red", "green", "blue"),
            strict=True,
        ):
            cut = rows_of(length, site=site)
            cut = cut[cut["drive_amplitude"] != 4]
            np.testing.assert_array_equal(points, cut[["drive_amplitude", "otoc_saturation"]])
            assert color in COLORS
        assert [text.get_text() for text in figure.axes[4].get_legend().get_texts()] == [
            "site $1$",
            "site $L/2$",
            "site $L$",
        ]
    middle = figure.axes[1].collections[1].get_array().ravel()
    np.testing.assert_allclose(middle, rows_of(10, site=5)["otoc_saturation"])


def test_chain_12_shows_both_geometries():
    figure = chain_12.draw(phase_diagram(), length=10)
    for axes, name in zip(figure.axes, ["photon_number", "number_fluctuation", "otoc_saturation"], strict=True):
        drawn = {line.get_color(): line for line in axes.lines if line.get_linewidth() == 0.5}
        for color, geometry in (("blue", "boundary"), ("red", "uniform")):
            np.testing.assert_array_equal(drawn[COLORS[color]].get_ydata(), rows_of(10, geometry)[name])
    assert chain_12.draw(phase_diagram(), length=20).axes[0].get_legend().get_texts()[1].get_text().endswith("$L = 10$")
    with pytest.raises(ValueError, match="uniform-driven chain"):
        chain_12.draw(phase_diagram().query("geometry == 'boundary'"))


def test_cells_end_halfway_between_neighbours():
    np.testing.assert_allclose(edges(np.array([1.0, 2.0, 4.0])), [0.5, 1.5, 3.0, 5.0])
    np.testing.assert_allclose(edges(np.array([3.0])), [2.5, 3.5])


@pytest.mark.parametrize("name", DRAW)
def test_no_text_leaves_the_page(name):
    figure = DRAW[name]()
    with journal_style():
        figure.draw_without_rendering()
        page = figure.bbox
        for axes in figure.axes:
            box = axes.get_tightbbox()
            assert page.x0 <= box.x0 and box.x1 <= page.x1 and page.y0 <= box.y0 and box.y1 <= page.y1


SCAN = {
    "geometry": "boundary",
    "lengths": [2, 10, 60],
    "drive_amplitudes": [0.25, 0.5, 12.0],
    "n_trajectories": 512,
    "burn_in": 500.0,
    "averaging_time": 250.0,
    "time_step": 0.02,
    "sampling_interval": 1.0,
}
PARAMS = {
    "model": {"detuning": 2.5, "hopping": 2.0, "kerr": 0.1, "loss_rate": 1.0, "intrinsic_loss_rate": 0.0},
    "scans": [SCAN | {"geometry": "uniform", "n_trajectories": 64}, SCAN],
    "saturation": {"angle": 0.1, "n_trajectories": 256, "growth_time": 600.0, "averaging_time": 200.0},
    "regimes": {"wave_band": 0.1, "mixed_shares": [0.1, 0.9], "chaotic_correlator": 0.1, "sigma": 2.0},
    "length": 10,
}
REPLICAS = "256 replicas"


@pytest.mark.parametrize(
    ("name", "facts"),
    [
        (
            "chain_2",
            ["L = 10", "512 trajectories", "3 drives", "3 lengths", "Δ = 2.5", "burn-in of\n500", "within 10 %"],
        ),
        ("chain_11", [REPLICAS, "run of 750/γ", "60 (e)", "after\n600/γ"]),
        ("chain_12", [REPLICAS, "64 trajectories", "rotated by 0.1"]),
    ],
)
def test_captions_state_parameters_and_statistics(name, facts):
    source = (ROOT / "report" / f"{name}.rst").read_text(encoding="utf-8")
    environment = jinja2.Environment(trim_blocks=True, lstrip_blocks=True, undefined=jinja2.StrictUndefined)
    text = environment.from_string(source).render(snakemake={"params": PARAMS})
    for fact in [*facts, "standard error", "independent batches"]:
        assert fact in text, fact
    docutils.core.publish_parts(text, writer="html", settings_overrides={"halt_level": 2})
