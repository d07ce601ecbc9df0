"""Figures of the melting in phase space and of switching: what they show of their tables."""

import docutils.core
import jinja2
import numpy as np
import pytest
from systems.melting_tables import scaling_tables, switching_tables, wigner

from openkerr.figures import torus_4, torus_5, torus_switching
from openkerr.figures.style import journal_style
from openkerr.run.config import load_config
from openkerr.runtime.provenance import ROOT

CONFIG = load_config(ROOT.parent / "tests/config/tiny.yaml").torus


FIGURES = {
    "torus_4": lambda: torus_4.draw(*wigner()),
    "torus_5": lambda: torus_5.draw(*scaling_tables()),
    "torus_switching": lambda: torus_switching.draw(*switching_tables()),
}


def test_torus_4_has_a_panel_for_every_ensemble_mode_and_time():
    figure = torus_4.draw(*wigner())
    maps, weights = figure.axes[:12], figure.axes[12:]
    assert [axes.get_title() for axes in maps[:3]] == [rf"$\eta t = {t}$" for t in (0, 10, 20)]
    for axes in maps:
        assert len(axes.images) == 1 and len(axes.patches) == 1
        assert all(line.get_xydata().tolist() == [[0.5, -0.2]] for line in axes.lines)
    assert [ring.get_radii()[0] for ring in (maps[0].patches[0], maps[3].patches[0])] == pytest.approx([0.8, 0.7])
    for axes in weights:
        assert len(axes.lines) == 4
        assert all(line.get_xdata().min() >= 10 for line in axes.lines)


def test_torus_4_shows_at_most_seven_times():
    figure = torus_4.draw(*wigner(np.arange(0.0, 100.0, 5.0)))
    assert len(figure.axes) == 4 * 7 + 2


def test_torus_5_draws_the_first_window_and_all_fits():
    variance, scaling = scaling_tables()
    window = torus_5.drawn_window(scaling)
    assert window["name"].endswith("300_3") and window["d1"] == -1 and window["k2"] == 1
    figure = torus_5.draw(variance, scaling)
    families = [len(axes.containers) for axes in figure.axes[:3]]
    assert families == [3, 3, 6]
    # Where R is a function of t/aleph all points stand on the exponential.
    line = next(line for line in figure.axes[2].lines if len(line.get_xdata()) == 200)
    for container in figure.axes[2].containers:
        x, y = container.lines[0].get_xydata().T
        np.testing.assert_allclose(np.interp(x, *line.get_xydata().T), y, atol=1e-3)
    with pytest.raises(ValueError, match="no window in which its laws were fitted"):
        torus_5.draw(variance, scaling[scaling["case"] == "mode_2"])


def test_switching_shows_resolved_rates_alone_and_both_folds():
    tables = switching_tables()
    assert torus_switching.coexistence(tables[-1]) == [0.9262, 0.9686]
    figure = torus_switching.draw(*tables)
    for axes in figure.axes[2:4]:
        # Of the first frequency two rates and one limit, of the second two rates.
        assert [len(container.lines[0].get_xdata()) for container in axes.containers] == [2, 1, 2, 0]
        assert [container.lines[0].get_xdata().tolist() for container in axes.containers][1] == [1e4]
    assert len(figure.axes[5].lines[0].get_xdata()) == 2
    empty = tables[2].assign(resolved=0), tables[3][:0]
    torus_switching.draw(*tables[:2], *empty, tables[-1]).draw_without_rendering()


@pytest.mark.parametrize("name", FIGURES)
def test_no_text_leaves_the_page(name):
    figure = FIGURES[name]()
    with journal_style():
        figure.draw_without_rendering()
        page = figure.bbox
        boxes = [text.get_window_extent() for text in [*figure.texts, *figure.legends]]
        for box in [*boxes, *(axes.get_tightbbox() for axes in figure.axes)]:
            assert page.x0 <= box.x0 and box.x1 <= page.x1 and page.y0 <= box.y0 and box.y1 <= page.y1


@pytest.mark.parametrize(
    ("name", "settings", "facts"),
    [
        ("torus_4", CONFIG.wigner, ["64 trajectories", "side 0.125", "standard error", "3/(2√ℵ)"]),
        ("torus_5", CONFIG.circular_variance, ["64 trajectories", "standard error", "independent batches", "3 curves"]),
        ("torus_switching", CONFIG.switching, ["32 trajectories", "16 random starts", "standard error", "ηt = 200"]),
    ],
)
def test_captions_state_parameters_and_statistics(name, settings, facts):
    source = (ROOT / "report" / f"{name}.rst").read_text(encoding="utf-8")
    environment = jinja2.Environment(trim_blocks=True, lstrip_blocks=True, undefined=jinja2.StrictUndefined)
    params = {"model": CONFIG.model.model_dump(), "settings": settings.model_dump(), "initial_amplitude": 0.05}
    text = environment.from_string(source).render(snakemake={"params": params})
    for fact in facts:
        assert fact in " ".join(text.split()), fact
    docutils.core.publish_parts(text, writer="html", settings_overrides={"halt_level": 2})
