"""Planted faults: what the checks of figures have to find, and what they let pass."""

import geometry
import matplotlib
import numpy as np
import pytest
from geometry import CHECKS, look
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure
from systems.sound_figure import sound

from openkerr.figures.style import COLORS

pytestmark = pytest.mark.slow


def faults(figure: Figure) -> dict[str, list[str]]:
    """The checks that find something, with what they find."""
    seen = look(figure)
    found = {name: check(seen) for name, check in CHECKS.items()}
    return {name: lines for name, lines in found.items() if lines}


def test_a_sound_figure_passes():
    assert faults(sound()) == {}


def test_texts_that_overlap():
    figure = sound()
    figure.axes[0].text(0.52, 0.55, "another", ha="center", va="bottom")
    (line,) = faults(figure)["texts apart"]
    assert "'level'" in line and "'another'" in line


def test_labels_of_ticks_that_are_not_drawn_meet_nothing():
    figure = sound()
    figure.axes[0].set_xticks([0, 0.001, 0.5], ["0", "hidden", "half"])
    assert "texts apart" in faults(figure)
    figure.axes[0].set_xlim(0.01, 1)
    assert faults(figure) == {}


def test_lines_of_text_may_be_as_near_as_their_ink():
    figure = sound()
    for step, apart in ((10.0, True), (5.0, False)):
        for each in figure.texts:
            each.remove()
        for place in range(2):
            figure.text(0.5, (5 + place * step) / 216, "around", fontsize=8)
        assert ("texts apart" not in faults(figure)) is apart


def test_a_legend_over_data():
    figure = sound(legend="center left")
    lines = faults(figure)["data clear"]
    assert all(line.startswith("the legend covers") and line.endswith("of panel (a)") for line in lines)
    assert any("of the points" in line for line in lines) and any("of the lines" in line for line in lines)


def test_a_text_over_data_even_of_two_vertices():
    figure = sound()
    figure.axes[0].plot([0, 1], [3.5, 3.5])
    figure.axes[0].text(0.5, 3.5, "a long remark on the line", ha="center", va="center")
    (line,) = faults(figure)["data clear"]
    assert line.startswith("'a long remark on the line'")


def test_the_ground_of_a_text_covers_as_its_letters_do():
    figure = sound()
    note = figure.axes[0].text(0.5, 3.2, "note", ha="center", va="center", bbox={"facecolor": "white", "pad": 1.0})
    assert faults(figure) == {}
    note.set_bbox({"facecolor": "white", "edgecolor": "none", "pad": 40.0})
    assert "data clear" in faults(figure)


def test_a_text_outside_the_page():
    figure = sound()
    figure.axes[1].set_title("a title that is far too long for its panel and for the page as well", loc="left")
    assert any(line.endswith("leaves the page") for line in faults(figure)["texts inside"])


def test_a_note_outside_its_panel_and_a_letter_that_may_be():
    figure = sound()
    figure.axes[0].annotate("note", (0.5, 1.0), xytext=(0, 4), xycoords="axes fraction", textcoords="offset points")
    (line,) = faults(figure)["texts inside"]
    assert line.startswith("'note'") and line.endswith("leaves panel (a)")


def test_a_label_of_5_points():
    figure = sound()
    figure.axes[0].set_xlabel("$x$", fontsize=5)
    ((line,),) = faults(figure).values()
    assert line.startswith("'$x$'") and line.endswith("is set in 5.0 pt")


def test_a_figure_that_is_set_smaller_than_it_was_drawn():
    assert "texts legible" not in faults(sound(width=7.0))
    lines = faults(sound(width=14.0))["texts legible"]
    assert any("is set in 4.0 pt" in line for line in lines)


@pytest.mark.parametrize("color", [*COLORS.values(), "white", "0.35", "#99C7E0", matplotlib.colormaps["viridis"](0.3)])
def test_colours_of_palette_tints_and_maps_pass(color):
    figure = sound()
    figure.axes[0].plot([0, 1], [3.8, 3.8], color=color)
    assert faults(figure) == {}


@pytest.mark.parametrize(
    ("plant", "found"),
    [
        (lambda axes: axes.plot([0, 1], [3.8, 3.8], color="#123456"), "#123456 of a Line2D"),
        (lambda axes: axes.plot([0.5], [3.8], "o", color="0", markerfacecolor="lime"), "#00ff00 of a Line2D"),
        (lambda axes: axes.axvspan(0.1, 0.2, color="tab:pink", alpha=0.2), "#e377c2 of a Rectangle"),
        (lambda axes: axes.scatter([0.5], [3.8], color="darkred"), "#8b0000 of a PathCollection"),
        (lambda axes: axes.vlines([0.5], 3.7, 3.8, color="darkred"), "#8b0000 of a LineCollection"),
        (lambda axes: axes.imshow(np.eye(2), cmap="jet", extent=(0, 1, 3.7, 3.8), aspect="auto"), "the colour map jet"),
    ],
)
def test_a_colour_off_the_palette(plant, found):
    figure = sound()
    plant(figure.axes[0])
    figure.axes[0].set(xlim=(-0.05, 1.05), ylim=(0, 4))
    assert found in faults(figure)["colours of the house"]


def test_a_map_of_tints_is_of_the_palette():
    figure = sound()
    tints = LinearSegmentedColormap.from_list("tints", ["white", COLORS["green"]])
    figure.axes[1].pcolormesh(np.eye(3), cmap=tints)
    assert faults(figure) == {}


def test_nothing_of_the_style_is_left_behind():
    before = dict(matplotlib.rcParams)
    geometry.look(sound())
    assert dict(matplotlib.rcParams) == before
