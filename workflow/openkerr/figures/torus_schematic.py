"""Schematic of the torus paper: what the rescaling makes of noise and parameters from quantum to classical."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Circle, FancyArrowPatch

from openkerr.figures.style import COLORS, DOUBLE_COLUMN, aleph_label, journal_style, new_figure

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["draw"]

PAPER = "torus"
TITLE = "Torus: the rescaling from quantum to classical in numbers"
INPUTS = ("torus_parameters",)

_HEIGHT = 2.5
_PARAMETERS = (
    ("omega", r"frequency $\omega$"),
    ("pump_rate", r"pump $\gamma$"),
    ("kerr", r"Kerr nonlinearity $U = \tilde U/\aleph$"),
    ("tunneling", r"coupling $J = \tilde J/\sqrt{\aleph}$"),
    ("two_photon_loss_rate", r"loss of pairs $\eta = \tilde\eta/\aleph$"),
)
_FIRST_COLUMN, _LAST_COLUMN = 8.3, 18.0


def draw(parameters: pd.DataFrame) -> Figure:
    """Return the figure from the table torus_parameters: a column a value of aleph, its noise above its parameters."""
    alephs = sorted(parameters["aleph"].unique())
    chosen = [alephs[index] for index in sorted({0, len(alephs) // 2, len(alephs) - 1})]
    places = np.linspace(_FIRST_COLUMN, _LAST_COLUMN, len(chosen)) if len(chosen) > 1 else [_FIRST_COLUMN]
    with journal_style():
        figure = new_figure(DOUBLE_COLUMN, _HEIGHT)
        axes = figure.add_axes((0, 0, 1, 1))
        axes.set(xlim=(0, 20), ylim=(0, 20 * _HEIGHT / DOUBLE_COLUMN), aspect="equal")
        axes.set_axis_off()
        _draw_arrow(axes)
        rows = np.linspace(2.55, 0.4, len(_PARAMETERS))
        axes.text(0.5, 4.45, "noise, to scale with an orbit", ha="left", va="center")
        for (_, text), row in zip(_PARAMETERS, rows, strict=True):
            axes.text(0.5, row, text, ha="left", va="center")
        for place, aleph in zip(places, chosen, strict=True):
            here = parameters[parameters["aleph"] == aleph].set_index(["parameter", "mode"])["value"]
            axes.text(place, 5.75, aleph_label(aleph), ha="center", va="center")
            _draw_noise(axes, place, 4.45, aleph)
            for (name, _), row in zip(_PARAMETERS, rows, strict=True):
                values = here[name].to_numpy()
                told = [_power(value) for value in (values[:1] if (values == values[0]).all() else values)]
                axes.text(place, row, ", ".join(told), ha="center", va="center")
    return figure


def _draw_arrow(axes: Axes) -> None:
    y = 6.3
    axes.add_patch(
        FancyArrowPatch(
            (_FIRST_COLUMN - 1.4, y), (19.6, y), arrowstyle="-|>", mutation_scale=12, linewidth=1.2, color="black",
            shrinkA=0, shrinkB=0,
        )
    )  # fmt: skip
    axes.text(_FIRST_COLUMN - 1.4, y + 0.15, "quantum", ha="left", va="bottom", style="italic")
    axes.text(19.6, y + 0.15, "classical", ha="right", va="bottom", style="italic")
    middle = (_FIRST_COLUMN + _LAST_COLUMN) / 2
    axes.text(middle, y + 0.15, r"$a = \sqrt{\aleph}\,\tilde\alpha$", ha="center", va="bottom")


def _draw_noise(axes: Axes, x: float, y: float, aleph: float) -> None:
    """Draw an orbit of the field and, to scale with it, the width of a coherent state's Wigner function."""
    radius = 0.5
    spread = radius / np.sqrt(4 * aleph) / 0.6  # the orbit stands for |alpha| = 0.6
    axes.add_patch(Circle((x, y), radius, facecolor="none", edgecolor="0.6", linewidth=0.8, linestyle=(0, (3, 2))))
    angle = np.deg2rad(35)
    center = (x + radius * np.cos(angle), y + radius * np.sin(angle))
    for scale, alpha in ((2, 0.25), (1, 0.6)):
        size = max(scale * spread, 0.03 * scale)
        axes.add_patch(Circle(center, size, facecolor=COLORS["red"], alpha=alpha, linewidth=0))


def _power(value: float) -> str:
    if value == 0 or 1e-3 <= abs(value) < 1e3:
        return f"${value:.3g}$"
    exponent = int(np.floor(np.log10(abs(value))))
    mantissa = f"{value / 10.0**exponent:.3g}"
    return rf"${mantissa} \times 10^{{{exponent}}}$" if mantissa != "1" else rf"$10^{{{exponent}}}$"
