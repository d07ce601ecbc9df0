"""Every figure from its fixed table: as its kept picture, and without faults that a reader would see."""

from functools import cache

import geometry
import matplotlib
import numpy as np
import pytest
from kept_pictures import KEPT, difference
from PIL import Image
from systems.figure_tables import TABLES, draw

from openkerr.figures.register import FIGURES
from openkerr.figures.style import COLOR_MAPS, CYCLIC_MAPS, DIVERGING_MAPS

pytestmark = pytest.mark.slow

FAULTS: dict[tuple[str, str], str] = {}
"""What is known to be wrong, with the reason; a figure that was mended has to be taken off."""


@cache
def seen(name):
    """A figure, drawn once for all its tests."""
    return geometry.look(draw(name))


def param(name, check):
    reason = FAULTS.get((name, check))
    marks = [pytest.mark.xfail(strict=True, raises=AssertionError, reason=reason)] if reason else []
    return pytest.param(name, check, marks=marks, id=f"{name}-{check.replace(' ', '_')}")


def test_every_figure_has_a_fixed_table():
    assert set(TABLES) == set(FIGURES), "add it to tests/systems/figure_tables.py"


def test_every_known_fault_is_one_of_a_figure_and_a_check():
    assert set(FAULTS) <= {(name, check) for name in FIGURES for check in geometry.CHECKS}


def test_kept_pictures_are_small_and_those_of_figures():
    assert {path.stem for path in KEPT.iterdir()} == set(FIGURES), "make pictures"
    for path in KEPT.iterdir():
        assert path.stat().st_size < 60_000
        with Image.open(path) as image:
            assert image.width <= 7 * 60


@pytest.mark.parametrize("name", FIGURES)
def test_a_figure_is_as_its_kept_picture(name, tmp_path):
    assert difference(seen(name), KEPT / f"{name}.png", tmp_path) is None


@pytest.mark.parametrize(("name", "check"), [param(name, check) for name in FIGURES for check in geometry.CHECKS])
def test_a_figure_has_no_fault_to_the_eye(name, check):
    faults = geometry.CHECKS[check](seen(name))
    assert not faults, "\n".join(faults)


def lightness(name):
    """CIE lightness of sRGB along a map."""
    table = matplotlib.colormaps[name](np.linspace(0, 1, 256))[:, :3]
    linear = np.where(table <= 0.04045, table / 12.92, ((table + 0.055) / 1.055) ** 2.4)
    luminance = linear @ [0.2126, 0.7152, 0.0722]
    return np.where(luminance > (6 / 29) ** 3, 116 * np.cbrt(luminance) - 16, luminance * (29 / 3) ** 3)


@pytest.mark.parametrize("name", COLOR_MAPS)
def test_lightness_of_the_registered_maps_grows_evenly(name):
    values = lightness(name)
    assert (np.diff(values) > -0.1).all()
    assert np.abs(values - np.linspace(values[0], values[-1], 256)).max() < 6


@pytest.mark.parametrize("name", DIVERGING_MAPS)
def test_both_sides_of_a_diverging_map_are_equally_dark(name):
    values = lightness(name)
    assert values[127:129].min() > 95
    assert (np.diff(values[:128]) > -0.1).all()
    assert np.abs(values - values[::-1]).max() < 10


@pytest.mark.parametrize("name", CYCLIC_MAPS)
def test_a_turn_of_a_cyclic_map_has_no_edge(name):
    table = matplotlib.colormaps[name](np.linspace(0, 1, 256))[:, :3]
    steps = np.abs(np.diff(table, axis=0)).max(axis=1)
    assert np.abs(table[0] - table[-1]).max() <= steps.max()
    # Half a turn away the lightness is the farthest, so that opposite phases are told apart without colours.
    values = lightness(name)
    assert values.argmin() in range(126, 130)
    assert values[0] - values.min() > 60
