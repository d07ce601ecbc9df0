"""The one style of all figures, and figure files that carry their own origin."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, TypeVar

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.rcsetup import cycler

from openkerr.runtime.io import atomic_output
from openkerr.runtime.provenance import canonical_json, file_sha256

__all__ = [
    "COLORS",
    "COLOR_MAPS",
    "CYCLIC_MAPS",
    "DIVERGING_MAPS",
    "DOUBLE_COLUMN",
    "MARKERS",
    "SINGLE_COLUMN",
    "NothingToDraw",
    "aleph_label",
    "blank_figure",
    "journal_style",
    "label_panel",
    "new_figure",
    "ordered_colors",
    "ordered_looks",
    "read_figure_metadata",
    "save_figure",
    "spread",
]

SINGLE_COLUMN = 3.4  # inches
DOUBLE_COLUMN = 7.0  # inches

# Okabe and Ito's palette: told apart with every common form of colour blindness.
COLORS = {
    "black": "#000000",
    "orange": "#E69F00",
    "sky": "#56B4E9",
    "green": "#009E73",
    "yellow": "#F0E442",
    "blue": "#0072B2",
    "red": "#D55E00",
    "purple": "#CC79A7",
    "grey": "#C8C8C8",
}

# Equal steps of a value are equal steps to the eye, and lightness alone tells the order.
COLOR_MAPS = ("viridis", "magma", "cividis")

# For quantities with a sign: white at their middle, both sides equally dark, told apart by the colour-blind too.
DIVERGING_MAPS = ("RdBu_r",)

# For angles: both ends are one colour, so that a turn has no edge.
CYCLIC_MAPS = ("twilight",)

# Beside ordered colours, in print and to the colour-blind.
MARKERS = ("o", "s", "^", "D", "v", "p", "<", ">", "h", "*")

_SETTINGS: dict[Any, Any] = {
    "font.family": "STIXGeneral",
    "mathtext.fontset": "stix",
    "font.size": 9.0,
    "axes.labelsize": 9.0,
    "axes.titlesize": 9.0,
    "legend.fontsize": 8.0,
    "xtick.labelsize": 8.0,
    "ytick.labelsize": 8.0,
    "axes.linewidth": 0.6,
    "axes.unicode_minus": True,
    "axes.prop_cycle": cycler(
        color=[COLORS[name] for name in ("blue", "red", "green", "orange", "purple", "sky", "black")]
    ),
    "lines.linewidth": 1.0,
    "lines.markersize": 3.2,
    "errorbar.capsize": 1.6,
    "patch.linewidth": 0.5,
    "legend.frameon": False,
    "legend.handlelength": 1.8,
    "xtick.direction": "in",
    "ytick.direction": "in",
    "xtick.top": True,
    "ytick.right": True,
    "xtick.major.width": 0.6,
    "ytick.major.width": 0.6,
    "xtick.minor.width": 0.4,
    "ytick.minor.width": 0.4,
    "xtick.major.size": 3.0,
    "ytick.major.size": 3.0,
    "xtick.minor.size": 1.6,
    "ytick.minor.size": 1.6,
    "path.simplify": True,
    "pdf.fonttype": 42,
    "svg.hashsalt": "openkerr",
    "savefig.bbox": "standard",
    "figure.dpi": 100.0,
}

_Value = TypeVar("_Value", int, float)

_MARK = "openkerr"
_SUFFIXES = (".pdf", ".png")


@contextmanager
def journal_style() -> Iterator[None]:
    """Hold Matplotlib to the house style, whatever the user's own settings are, inside the block."""
    with matplotlib.rc_context():
        matplotlib.rcdefaults()
        matplotlib.rcParams.update(_SETTINGS)
        yield


def new_figure(width: float, height: float) -> Figure:
    """Return an empty figure, width and height in inches; to be called inside `journal_style()`."""
    return Figure(figsize=(width, height))


class NothingToDraw(ValueError):
    """The tables of a figure hold nothing of what it shows: in one line, what is not there."""


def blank_figure(text: str) -> Figure:
    """Return a figure that only says why nothing is drawn."""
    with journal_style():
        figure = new_figure(DOUBLE_COLUMN, 1.0)
        figure.text(0.5, 0.5, text, ha="center", va="center", wrap=True)
    return figure


def label_panel(axes: Axes, index: int, x: float = 0.0, y: float = 1.0) -> None:
    """Write (a), (b), … for index 0, 1, … above the point (x, y) of the axes (in axes units)."""
    letter = chr(ord("a") + index)
    axes.annotate(
        f"({letter})",
        (x, y),
        xycoords="axes fraction",
        xytext=(0, 3),
        textcoords="offset points",
        ha="left",
        va="bottom",
    )


def ordered_colors(count: int) -> list[tuple[float, float, float, float]]:
    """Return colours for so many values of one parameter in their order, from dark to light."""
    return [tuple(color) for color in matplotlib.colormaps["viridis"](np.linspace(0.0, 0.88, count))]


def ordered_looks(values: Iterable[_Value]) -> dict[_Value, dict[str, Any]]:
    """Return colour and marker of every value of one parameter, by its rank, as keywords of a line."""
    ranked = sorted(set(values))
    colors = ordered_colors(len(ranked))
    return {
        value: {"color": color, "marker": MARKERS[rank % len(MARKERS)]}
        for rank, (value, color) in enumerate(zip(ranked, colors, strict=True))
    }


def spread(places: Sequence[float], gap: float) -> np.ndarray:
    """Return places moved as little as need be, in the sense of least squares, to stand at least `gap` apart.

    Their order is kept; equal places keep the order in which they are given.
    """
    values = np.asarray(places, dtype=float)
    order = np.argsort(values, kind="stable")
    # Without the gaps between them the places may not descend: neighbours that do are drawn together to their mean.
    groups: list[tuple[float, int]] = []
    for value in values[order] - gap * np.arange(len(values)):
        groups.append((float(value), 1))
        while len(groups) > 1 and groups[-2][0] > groups[-1][0]:
            (last, many), (before, others) = groups.pop(), groups.pop()
            groups.append(((last * many + before * others) / (many + others), many + others))
    moved = np.empty(len(values))
    moved[order] = np.repeat([mean for mean, _ in groups], [size for _, size in groups]) + gap * np.arange(len(values))
    return moved


def aleph_label(aleph: float) -> str:
    """Return 'aleph = value' as math text, digits in groups of three."""
    number = f"{aleph:,.0f}".replace(",", r"\,") if float(aleph).is_integer() else f"{aleph:g}"
    return rf"$\aleph = {number}$"


def save_figure(
    figure: Figure,
    paths: Sequence[str | os.PathLike[str]],
    *,
    figure_id: str,
    config_digest: str,
    fingerprint: str,
    inputs: Mapping[str, str],
    run: Mapping[str, Any],
    dpi: float = 200.0,
) -> Path:
    """Write a figure to PDF and PNG files of one name, and a JSON of that name beside them; return its path.

    `inputs` is path → SHA-256 of the tables and grids that it is drawn from. Each picture carries figure id, config
    digest, fingerprint and those SHA-256 by name in its own metadata, and nothing that differs between reruns: equal
    data give equal bytes. The run facts (time, revision) and the SHA-256 of the pictures stand in the JSON. All files
    are atomic; a picture of the other format that stood there is removed. Raises ValueError for another suffix, for
    paths of different names, or for two inputs of one name.
    """
    targets = [Path(path) for path in paths]
    if not targets or len({path.with_suffix("") for path in targets}) != 1:
        raise ValueError("the files of one figure need one folder and one name, and there must be at least one")
    # By name, without folders: drawn again from a copy of the tables, a figure has the same bytes.
    checksums = {Path(path).stem: sha256 for path, sha256 in inputs.items()}
    if len(checksums) != len(inputs):
        raise ValueError("two inputs of a figure have the same name")
    origin = {
        "figure": figure_id,
        "config_digest": config_digest,
        "fingerprint": fingerprint,
        "tables": checksums,
    }
    canonical_json({**origin, "run": run})  # refuses what JSON cannot hold before anything is written
    sidecar = targets[0].with_suffix(".json")
    pictures: dict[str, str] = {}
    with ExitStack() as stack:
        beside = stack.enter_context(atomic_output(sidecar))
        for target in targets:
            temporary = stack.enter_context(atomic_output(target))
            with journal_style():
                figure.savefig(temporary, dpi=dpi, metadata=_metadata(target.suffix, figure_id, origin))
            pictures[target.name] = file_sha256(temporary)
        facts = json.loads(canonical_json({**origin, "files": pictures, "run": run}))
        beside.write_text(json.dumps(facts, indent=2, sort_keys=True) + "\n", encoding="utf-8", newline="\n")
    # A picture of a format that is no longer asked for would be one of another run.
    for suffix in _SUFFIXES:
        if sidecar.with_suffix(suffix) not in targets:
            sidecar.with_suffix(suffix).unlink(missing_ok=True)
    return sidecar


def _metadata(suffix: str, figure_id: str, origin: Mapping[str, Any]) -> dict[str, str | None]:
    text = canonical_json(origin)
    if suffix == ".pdf":
        return {
            "Title": figure_id,
            "Creator": _MARK,
            "Keywords": f"{_MARK} {text}",
            "CreationDate": None,
            "ModDate": None,
        }
    if suffix == ".png":
        return {"Title": figure_id, _MARK: text}
    raise ValueError(f"figures are written as .pdf or .png, not {suffix or 'without suffix'}")


def read_figure_metadata(path: str | os.PathLike[str]) -> dict[str, Any]:
    """Return what a PDF or PNG file of `save_figure` carries: figure, config_digest, fingerprint, tables.

    Raises KeyError for a picture without such metadata, ValueError for another kind of file.
    """
    path = Path(path)
    if path.suffix == ".png":
        from PIL import Image

        with Image.open(path) as image:
            text = image.info.get(_MARK)
    elif path.suffix == ".pdf":
        # The information dictionary of a PDF is not compressed: one literal string with \ escapes.
        found = re.search(rb"/Keywords \(%b ((?:[^\\()]|\\.)*)\)" % _MARK.encode(), path.read_bytes(), re.DOTALL)
        text = re.sub(rb"\\(.)", rb"\1", found.group(1), flags=re.DOTALL).decode("ascii") if found else None
    else:
        raise ValueError(f"{path.name} is neither PDF nor PNG")
    if text is None:
        raise KeyError(f"{path.name} carries no origin")
    return json.loads(text)
