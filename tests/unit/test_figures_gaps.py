"""Figures of the gaps: what they show from synthetic tables, and their captions."""

import docutils.core
import jinja2
import numpy as np
import pytest
from systems.gap_tables import ALEPHS, WINDOW, cases_frame, gaps_frame, grid, lines_frame

from openkerr.analysis.gap_fits import gap_fit_table
from openkerr.figures import (
    torus_3b,
    torus_dual,
    torus_gap_windows,
    torus_robustness,
    torus_spectrogram,
    torus_universality,
)
from openkerr.figures.style import NothingToDraw, journal_style
from openkerr.run.config import load_config
from openkerr.runtime.provenance import ROOT

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def tables():
    gaps = gaps_frame()
    return gaps, gap_fit_table(gaps), cases_frame()


DRAWN = {
    "torus_3b": lambda gaps, fits, cases: torus_3b.draw(gaps, fits, cases, lines_frame(), WINDOW),
    "torus_spectrogram": lambda gaps, _, cases: torus_spectrogram.draw(grid(), gaps, cases),
    "torus_gap_windows": lambda _, fits, __: torus_gap_windows.draw(fits, WINDOW),
    "torus_loss": lambda gaps, fits, cases: torus_robustness.draw(gaps, fits, cases, "loss"),
    "torus_thermal": lambda gaps, fits, cases: torus_robustness.draw(gaps, fits, cases, "thermal"),
    "torus_universality": lambda _, fits, cases: torus_universality.draw(fits, cases),
    "torus_dual": lambda gaps, _, cases: torus_dual.draw(gaps, cases),
}


@pytest.mark.parametrize("name", DRAWN)
def test_no_text_leaves_the_page(tables, name):
    figure = DRAWN[name](*tables)
    with journal_style():
        figure.draw_without_rendering()
        page = figure.bbox
        boxes = [text.get_window_extent() for text in [*figure.texts, *figure.legends]]
        boxes += [axes.get_tightbbox() for axes in figure.axes]
        for box in boxes:
            assert page.x0 <= box.x0 and box.x1 <= page.x1 and page.y0 <= box.y0 and box.y1 <= page.y1


@pytest.mark.parametrize("name", DRAWN)
def test_tables_without_a_row_make_a_figure_or_a_sentence(tables, name):
    gaps, fits, cases = tables
    if name in ("torus_3b", "torus_dual", "torus_gap_windows"):
        with pytest.raises(NothingToDraw):
            DRAWN[name](gaps.iloc[:0], fits.iloc[:0], cases)
        return
    figure = DRAWN[name](gaps.iloc[:0], fits.iloc[:0], cases)
    with journal_style():
        figure.draw_without_rendering()
    assert any(axes.get_xlabel() for axes in figure.axes)


def data_of(axes) -> np.ndarray:
    """Heights of all points that the axes show."""
    return np.concatenate([np.asarray(line.get_ydata(), dtype=float) for line in axes.lines])


def test_gaps_and_their_product_with_aleph_come_from_the_table(tables):
    gaps, *_ = tables
    laws, products, shifts, ratios = DRAWN["torus_3b"](*tables).axes
    default = gaps[(gaps["case"] == "default") & (gaps["estimator"] == "correlation")]
    shown = default[(default["sector"] == 1) & (default["m"] == 0)]
    assert set(shown["gap"]) <= set(data_of(laws))
    for value in default["gap"] * default["aleph"]:
        assert np.isclose(data_of(products), value).any()
    assert np.isclose(data_of(products), 1.6).any(), "the prediction of the linear-noise theory"
    assert np.isclose(data_of(shifts), 12.0).sum() >= len(ALEPHS)
    prefactor, exponent, _ = torus_3b.PUBLISHED[0]
    inside = shown[shown["aleph"].between(*WINDOW)]
    for value in 100 * (inside["gap"] / (prefactor * inside["aleph"] ** -exponent) - 1):
        assert np.isclose(data_of(ratios), value).any()
    assert torus_3b.told(1.0501, 0.0031) == "1.050(3)" and torus_3b.told(1.054, 0.01) == "1.054(10)"


def test_both_scalings_agree_in_units_of_rates(tables):
    loss, pump, ratios = DRAWN["torus_dual"](*tables).axes
    np.testing.assert_allclose(data_of(ratios)[: len(ALEPHS)], 0.0, atol=1e-9)
    for axes in (loss, pump):
        here, there = (np.asarray(axes.containers[index][0].get_ydata(), dtype=float) for index in (0, 1))
        assert np.allclose(here, there)
        # Of 1.6 decades in aleph the gap in units of the loss spans 0.05 times as much, in units of the pump 1.05.
        share = np.ptp(np.log(here)) / np.log(ALEPHS[-1] / ALEPHS[0])
        assert share == pytest.approx(0.05 if axes is loss else 1.05)


def test_exponents_stand_at_their_parameters(tables):
    axes = DRAWN["torus_loss"](*tables).axes[1]
    places = np.concatenate([np.asarray(line.get_xdata(), dtype=float) for line in axes.lines])
    assert {0.01, 0.1} <= set(places)
    assert np.isclose(data_of(axes), 1.05).any()
    labels = [label.get_text() for label in DRAWN["torus_universality"](*tables).axes[0].get_yticklabels()]
    assert labels == ["the model", r"$\omega = 2$", "$U = (0.2, 0)$"]


def test_a_map_of_windows_has_a_frame_at_the_published_one(tables):
    axes = DRAWN["torus_gap_windows"](*tables).axes[0]
    assert len(axes.patches) == 1 and len(axes.images) == 1
    assert np.nanmax(np.abs(axes.images[0].get_array() - 1.05)) < 1e-6


@pytest.mark.parametrize("name", DRAWN)
def test_captions_state_parameters_and_statistics(name):
    torus = load_config(ROOT.parent / "config/paper.yaml").torus
    gaps = torus.gaps.model_dump(mode="json")
    gaps["variants"] = [case["name"] for case in gaps["variants"]]
    source = (ROOT / "report" / f"{name}.rst").read_text(encoding="utf-8")
    environment = jinja2.Environment(trim_blocks=True, lstrip_blocks=True, undefined=jinja2.StrictUndefined)
    params = {"model": torus.model.model_dump(mode="json"), "gaps": gaps}
    text = environment.from_string(source).render(snakemake={"params": params})
    for fact in ("J = 0.4", "trajectories", "standard error", "independent groups"):
        assert fact in text
    docutils.core.publish_parts(text, writer="html", settings_overrides={"halt_level": 2})
