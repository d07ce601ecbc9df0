"""Faults of a drawn figure that a reader would see, told from where its texts, points and lines come to stand.

`look` draws a figure once at its final size; every check of `CHECKS` takes what it returns and gives a line a fault.
All lengths are points of the page, 1/72 inch.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, cached_property
from unittest.mock import patch

import matplotlib
import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg, RendererAgg
from matplotlib.cbook import is_math_text
from matplotlib.collections import Collection, LineCollection, PathCollection
from matplotlib.colors import Colormap, to_hex, to_rgba_array
from matplotlib.figure import Figure
from matplotlib.image import AxesImage
from matplotlib.legend import Legend
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.text import Text
from matplotlib.transforms import Bbox

from openkerr.figures.style import COLOR_MAPS, COLORS, CYCLIC_MAPS, DIVERGING_MAPS, DOUBLE_COLUMN, journal_style

DPI = 200
"""Resolution at which figures are drawn: that of the files."""

TOUCH = 2 * 72.0 / DPI
"""Texts that share less than this are apart: the box of each is rounded up to a whole pixel."""

LEAST_SIZE = 6.0
"""Smallest font; indices and exponents of a formula are smaller than its font and are not looked at."""

COVERED = 0.03
"""Largest share of a panel's points, or of the length of its lines, that one legend or text may cover."""

NEAR = 3.0 / 255
"""Largest distance, in each of red, green and blue, of a colour from one that is registered."""

_MAPS = (*COLOR_MAPS, *DIVERGING_MAPS, *CYCLIC_MAPS)
# A line to a point far away, as on a logarithmic axis, is not followed without end.
_MOST_PLACES = 5000
_LETTER = re.compile(r"\([a-z]\)")


@dataclass(frozen=True)
class Words:
    """A text that was drawn, with the box that its layout takes."""

    artist: Text
    box: Bbox
    renderer: RendererAgg

    @cached_property
    def ink(self) -> Bbox:
        """The box without the room that a line keeps for letters taller or deeper than it has."""
        text, (left, low, right, high) = self.artist.get_text(), self.box.extents
        if "\n" in text or self.artist.get_rotation() not in (0.0, 90.0):
            return self.box
        font = self.artist.get_fontproperties()
        _, height, depth = self.renderer.get_text_width_height_descent(text, font, is_math_text(text))
        _, line_height, line_depth = self.renderer.get_text_width_height_descent("lp", font, False)
        below = max(line_depth - depth, 0.0) * 72.0 / DPI
        above = max(line_height - line_depth - (height - depth), 0.0) * 72.0 / DPI
        if self.artist.get_rotation() == 90.0:
            return Bbox.from_extents(left + above, low, right - below, high)
        return Bbox.from_extents(left, low + below, right, high - above)


@dataclass(frozen=True)
class Look:
    """A drawn figure: its pixels, its page, its texts, and its legends, whose texts are among these too."""

    figure: Figure
    pixels: np.ndarray
    page: Bbox
    texts: list[Words]
    legends: list[tuple[Legend, Bbox]]

    def panels(self) -> list[Axes]:
        """Return all axes, insets too."""
        return [axes for axes in self.figure.findobj(Axes) if axes.get_visible()]


def look(figure: Figure) -> Look:
    """Draw a figure and return what stands where."""
    figure.set_dpi(DPI)
    canvas = FigureCanvasAgg(figure)
    drawn: list[Text] = []
    draw = Text.draw

    def record(text: Text, renderer: RendererAgg, *rest, **named) -> None:
        if text.get_visible() and text.get_text().strip():
            drawn.append(text)
        draw(text, renderer, *rest, **named)

    # Whether a label of a tick is drawn is known to its axis alone.
    with journal_style(), patch.object(Text, "draw", record):
        canvas.draw()
        # An annotation counts its arrow, which is no text.
        texts = [Words(text, _points(figure, Text.get_window_extent(text)), canvas.renderer) for text in drawn]
        legends = [(legend, _legend_box(figure, legend)) for legend in figure.findobj(Legend) if legend.get_visible()]
    return Look(figure, np.asarray(canvas.buffer_rgba()), _points(figure, figure.bbox), texts, legends)


def _points(figure: Figure, box: Bbox) -> Bbox:
    return Bbox(np.asarray(box.get_points()) * 72.0 / figure.dpi)


def _legend_box(figure: Figure, legend: Legend) -> Bbox:
    """Box of a legend; of one without a frame, of what stands in it."""
    box = _points(figure, legend.get_window_extent())
    return box if legend.get_frame_on() else box.padded(-legend.borderpad * legend.prop.get_size_in_points())


def texts_that_meet(seen: Look) -> list[str]:
    """Return pairs of texts that overlap."""
    corners = np.array([words.box.extents for words in seen.texts]).reshape(-1, 4)
    low, high = corners[:, :2], corners[:, 2:]
    meet = np.triu((np.minimum(high[:, None], high) - np.maximum(low[:, None], low) > TOUCH).all(axis=2), k=1)
    pairs = [(seen.texts[first], seen.texts[second]) for first, second in np.argwhere(meet)]
    return [f"{_name(one)} meets {_name(other)}" for one, other in pairs if _overlap(one.ink, other.ink)]


def covered_data(seen: Look) -> list[str]:
    """Return legends and texts that cover more than the share `COVERED` of the points or of the lines of a panel.

    Data are what a panel shows in its own coordinates: markers, one point each, and lines, one point each length of
    one point, with error bars. Areas, images and lines that run across the panel as guides are none.
    """
    in_legends = {id(text) for legend, _ in seen.legends for text in legend.findobj(Text)}
    boxes = [("the legend", box) for _, box in seen.legends]
    boxes += [(_name(words), _ground(words)) for words in seen.texts if id(words.artist) not in in_legends]
    faults = []
    for panel in seen.panels():
        for kind, places in zip(("points", "lines"), _data(panel), strict=True):
            for name, box in boxes:
                share = _inside(box, places).mean() if len(places) else 0.0
                if share > COVERED:
                    faults.append(f"{name} covers {share:.1%} of the {kind} of {_panel_name(panel)}")
    return faults


def texts_outside(seen: Look) -> list[str]:
    """Return texts that leave the page, and annotations other than letters of panels that leave their panel."""
    faults = [f"{_name(words)} leaves the page" for words in seen.texts if not _holds(seen.page, words)]
    boxes = {id(words.artist): words for words in seen.texts}
    for panel in seen.panels():
        frame = _points(seen.figure, panel.bbox).padded(TOUCH)
        own = [boxes[id(text)] for text in panel.texts if id(text) in boxes]
        for words in own:
            if not _LETTER.fullmatch(words.artist.get_text()) and not _holds(frame, words):
                faults.append(f"{_name(words)} leaves {_panel_name(panel)}")
    return faults


def small_texts(seen: Look) -> list[str]:
    """Return texts below `LEAST_SIZE` once the figure is set no wider than two columns."""
    scale = min(1.0, DOUBLE_COLUMN / seen.figure.get_figwidth())
    sizes = [(words, scale * words.artist.get_fontsize()) for words in seen.texts]
    return [f"{_name(words)} is set in {size:.1f} pt" for words, size in sizes if size < LEAST_SIZE - 1e-6]


def foreign_colors(seen: Look) -> list[str]:
    """Return colours of lines, patches and collections, and maps of colour, that are not registered.

    Of the palette are its colours and those mixed with white, as transparency mixes them on paper: all greys are mixed
    from black. A map is registered by its name, or holds such colours alone.
    """
    faults = set()
    for artist in seen.figure.findobj(_has_colors):
        if not artist.get_visible():
            continue
        if getattr(artist, "get_array", lambda: None)() is not None:
            faults |= set() if _is_house_map(artist.get_cmap()) else {f"the colour map {artist.get_cmap().name}"}
        else:
            foreign = {to_hex(color) for color in _colors(artist) if not _is_registered(*color)}
            faults |= {f"{color} of a {type(artist).__name__}" for color in foreign}
    return sorted(faults)


CHECKS: dict[str, Callable[[Look], list[str]]] = {
    "texts apart": texts_that_meet,
    "data clear": covered_data,
    "texts inside": texts_outside,
    "texts legible": small_texts,
    "colours of the house": foreign_colors,
}


def _name(words: Words) -> str:
    middle = (words.box.p0 + words.box.p1) / 2
    return f"{words.artist.get_text()!r} at ({middle[0]:.0f}, {middle[1]:.0f})"


def _panel_name(panel: Axes) -> str:
    """Name of a panel by its letter, or else by its labels."""
    letters = [text.get_text() for text in panel.texts if _LETTER.fullmatch(text.get_text())]
    return f"panel {letters[0]}" if letters else f"the panel of {panel.get_ylabel()!r} over {panel.get_xlabel()!r}"


def _overlap(one: Bbox, other: Bbox) -> bool:
    return bool(np.all(np.minimum(one.max, other.max) - np.maximum(one.min, other.min) > TOUCH))


def _holds(frame: Bbox, words: Words) -> bool:
    """Whether a text stands in a frame: its box, or else its ink."""
    return _contains(frame, words.box) or _contains(frame, words.ink)


def _contains(frame: Bbox, box: Bbox) -> bool:
    return bool(np.all(frame.min <= box.min) and np.all(box.max <= frame.max))


def _inside(box: Bbox, places: np.ndarray) -> np.ndarray:
    return np.all((box.min < places) & (places < box.max), axis=1)


def _ground(words: Words) -> Bbox:
    """Box of a text with the patch that it stands on."""
    ground = words.artist.get_bbox_patch()
    return words.box if ground is None else _points(words.artist.get_figure(), ground.get_window_extent())


def _data(panel: Axes) -> tuple[np.ndarray, np.ndarray]:
    """Return places of all markers of a panel and places along all its lines."""
    markers, lines = [np.empty((0, 2))], [np.empty((0, 2))]
    for artist in panel.get_children():
        if not artist.get_visible():
            continue
        if isinstance(artist, Line2D) and artist.get_transform() == panel.transData:
            places = artist.get_transform().transform(artist.get_xydata())
            if _has_markers(artist):
                markers.append(places)
            if artist.get_linestyle() != "None":
                lines.append(_along(places))
        elif isinstance(artist, PathCollection) and artist.get_offset_transform() == panel.transData:
            markers.append(artist.get_offset_transform().transform(artist.get_offsets()))
        elif isinstance(artist, LineCollection) and artist.get_transform() == panel.transData:
            lines += [_along(artist.get_transform().transform(part)) for part in artist.get_segments()]
    frame = _points(panel.get_figure(), panel.bbox)
    shown = [np.concatenate(each) * 72.0 / DPI for each in (markers, lines)]
    return shown[0][_inside(frame, shown[0])], shown[1][_inside(frame, shown[1])]


def _along(places: np.ndarray) -> np.ndarray:
    """Return places along a line, one each length of a point of the page."""
    begin, end = places[:-1], places[1:]
    known = np.isfinite(begin).all(axis=1) & np.isfinite(end).all(axis=1)
    begin, end = begin[known], end[known]
    counts = np.minimum(np.hypot(*(end - begin).T) * 72.0 / DPI + 1.0, _MOST_PLACES).astype(int)
    share = (np.arange(counts.sum()) - np.repeat(counts.cumsum() - counts, counts)) / np.repeat(counts, counts)
    return np.repeat(begin, counts, axis=0) + share[:, None] * np.repeat(end - begin, counts, axis=0)


def _has_colors(artist: Artist) -> bool:
    return isinstance(artist, (Line2D, Patch, Collection, AxesImage))


def _colors(artist: Line2D | Patch | Collection) -> set[tuple[float, ...]]:
    """Colours that an artist is drawn in, those that leave no trace left out."""
    found = []
    if isinstance(artist, Line2D):
        found += [] if artist.get_linestyle() == "None" else [artist.get_color()]
        found += [artist.get_markeredgecolor(), artist.get_markerfacecolor()] if _has_markers(artist) else []
    elif isinstance(artist, Patch):
        found += [artist.get_facecolor()] if artist.get_fill() else []
        found += [artist.get_edgecolor()] if artist.get_linewidth() > 0 or artist.get_hatch() else []
    else:
        found += [artist.get_facecolor()]
        found += [artist.get_edgecolor()] if np.any(np.asarray(artist.get_linewidth()) > 0) else []
    return {tuple(color[:3]) for each in found for color in to_rgba_array(each) if color[3] > 0}


def _has_markers(line: Line2D) -> bool:
    return line.get_marker() not in ("None", "none", " ", "", None)


@cache
def _is_registered(*color: float) -> bool:
    near = (np.abs(_table(matplotlib.colormaps[name]) - color).max(axis=1) <= NEAR for name in _MAPS)
    return _is_of_palette(np.array(color)) or any(each.any() for each in near)


def _is_of_palette(color: np.ndarray) -> bool:
    """Whether a colour is one of the palette, or one of them mixed with white."""
    own = 1.0 - to_rgba_array(list(COLORS.values()))[:, :3]
    # The share of each that comes nearest, in the sense of least squares.
    shares = np.clip(own @ (1.0 - color) / (own**2).sum(axis=1), 0.0, 1.0)
    return bool((np.abs(shares[:, None] * own - (1.0 - color)).max(axis=1) <= NEAR).any())


def _is_house_map(colors: Colormap) -> bool:
    return colors.name.removesuffix("_r") in {name.removesuffix("_r") for name in _MAPS} or all(
        _is_of_palette(color) for color in _table(colors)
    )


def _table(colors: Colormap) -> np.ndarray:
    return colors(np.arange(colors.N))[:, :3]
