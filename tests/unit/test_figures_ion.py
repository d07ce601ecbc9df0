"""Figures of the trapped ion and of the schematic: drawn from their tables alone, with nothing outside the page."""

import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from systems import ion_tables
from systems.ion_tables import parameters

from openkerr.figures import torus_ion, torus_schematic


@pytest.fixture(scope="module")
def tables():
    return ion_tables.tables()


def texts_on_page(figure):
    """Texts of a drawn figure; fails for one that leaves the page."""
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    page = figure.bbox
    drawn = [*figure.texts]
    for axes in figure.axes:
        drawn += [*axes.texts, *([axes.xaxis.label, axes.yaxis.label, *axes.get_yticklabels()] if axes.axison else [])]
    # Labels of ticks beyond the limits are not drawn.
    drawn = [text for text in drawn if text.get_text() and "mathdefault" not in text.get_text()]
    for text in drawn:
        box = text.get_window_extent(canvas.get_renderer())
        assert page.x0 <= box.x0 and box.x1 <= page.x1 and page.y0 <= box.y0 and box.y1 <= page.y1, text.get_text()
    return [text.get_text() for text in drawn]


def test_the_region_ends_where_the_table_says(tables):
    _, region = tables
    reach = torus_ion.reach(region)
    assert reach[0.02] == 0 and reach[0.1] < reach[0.05] < 0.25**2 / (0.05**2 * 0.77)


def test_the_ratios_are_the_greater_of_both_modes_in_order(tables):
    ion, _ = tables
    rows = torus_ion.largest_ratios(ion)
    assert rows["value"].is_monotonic_decreasing and rows["name"].is_unique
    assert rows["value"].max() == ion.loc[ion["kind"] == "ratio", "value"].max()


def test_the_figure_of_the_ion_shows_every_curve_and_ratio(tables):
    figure = torus_ion.draw(*tables, {"pump_lamb_dicke": [0.07, 0.08], "pump_decay": [9.0, 9.0]})
    said = texts_on_page(figure)
    assert any("0.07 to 0.08" in text for text in said)
    for value in (0.02, 0.05, 0.1):
        assert any(f"= {value:g}" in text for text in said)
    assert len(figure.axes[1].get_yticks()) == len(torus_ion.largest_ratios(tables[0]))


def test_the_schematic_tells_the_numbers_of_the_table():
    said = texts_on_page(torus_schematic.draw(parameters()))
    for words in (r"U = \tilde U/\aleph", "0.4", "0.04", "10^{-5}", r"\aleph = 10\,000"):
        assert any(words in text for text in said), words
    unequal = texts_on_page(torus_schematic.draw(parameters(kerr=(0.1, 0.2))))
    assert any("0.001" in text and "0.002" in text for text in unequal)


def test_the_schematic_takes_one_value_of_aleph():
    table = parameters()
    assert texts_on_page(torus_schematic.draw(table[table["aleph"] == 100.0]))
