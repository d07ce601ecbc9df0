"""The comparison with kept pictures: what it has to find, and what it lets pass."""

from dataclasses import replace

import numpy as np
import pytest
from geometry import look
from kept_pictures import difference, write_picture
from systems.sound_figure import sound

pytestmark = pytest.mark.slow


@pytest.fixture
def kept(tmp_path):
    """The picture of the sound figure."""
    path = tmp_path / "kept.png"
    write_picture(look(sound()), path)
    return path


def drawn_again(figure, kept):
    folder = kept.parent / "again"
    folder.mkdir()
    return difference(look(figure), kept, folder)


def test_the_same_figure_is_as_its_picture(kept):
    assert drawn_again(sound(), kept) is None


def test_a_moved_legend_is_not_as_its_picture(kept):
    figure = sound()
    legend = figure.axes[0].get_legend()
    legend.set_bbox_to_anchor((0, 8 / 216, 1, 1), transform=figure.axes[0].transAxes)
    assert "RMS" in drawn_again(figure, kept)
    assert (kept.parent / "again/kept-failed-diff.png").exists()


def test_noise_of_edges_is_as_the_picture(kept):
    seen = look(sound())
    rng = np.random.default_rng(0)
    pixels = seen.pixels.astype(int)
    inked = (pixels[..., :3] < 255).any(axis=-1)
    pixels[inked] += rng.integers(-8, 9, size=pixels[inked].shape)
    noisy = replace(seen, pixels=pixels.clip(0, 255).astype(np.uint8))
    (kept.parent / "again").mkdir()
    assert difference(noisy, kept, kept.parent / "again") is None
