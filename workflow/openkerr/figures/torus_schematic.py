"""Schematic of the torus paper: two Kerr cavities, their processes, and the rescaling from quantum to classical."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Circle, FancyArrowPatch, Polygon

from openkerr.figures.style import COLORS, DOUBLE_COLUMN, aleph_label, journal_style, new_figure

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["draw"]

PAPER = "torus"
TITLE = "Torus: schematic of the cavities and of the rescaling"
INPUTS = ("torus_parameters",)

_HEIGHT = 3.6
_MODE_COLORS = (COLORS["red"], COLORS["blue"])
_CAVITY_HEIGHT = 8.05


def draw(parameters: pd.DataFrame) -> Figure:
    """Return the figure from the table torus_parameters: cavities above, the rescaling with its numbers below."""
    with journal_style():
        figure = new_figure(DOUBLE_COLUMN, _HEIGHT)
        axes = figure.add_axes((0, 0, 1, 1))
        axes.set(xlim=(0, 20), ylim=(0, 20 * _HEIGHT / DOUBLE_COLUMN), aspect="equal")
        axes.set_axis_off()
        first = parameters[parameters["aleph"] == parameters["aleph"].min()]
        rescaled = first.set_index(["parameter", "mode"])["rescaled"]
        for mode, center in ((1, 5.6), (2, 14.4)):
            _draw_cavity(axes, mode, center, rescaled)
        _draw_exchange(axes, rescaled)
        _draw_rescaling(axes, parameters)
    return figure


def _draw_cavity(axes: Axes, mode: int, x: float, rescaled: pd.Series) -> None:
    """Draw two mirrors with the standing wave between them, the pump, the loss and the Kerr levels."""
    color, y = _MODE_COLORS[mode - 1], _CAVITY_HEIGHT
    for side in (-1, 1):
        edge = x + side * 1.75
        bow = np.linspace(-1, 1, 40)
        inner = np.column_stack([edge + side * 0.28 * (1 - bow**2), y + 1.25 * bow])
        outer = np.column_stack([np.full(2, edge + side * 0.5), [y + 1.25, y - 1.25]])
        axes.add_patch(Polygon(np.vstack([inner, outer]), closed=True, facecolor="#8A8F98", linewidth=0))
    z = np.linspace(-1.85, 1.85, 300)
    envelope = 0.62 * np.cos(2.5 * np.pi * z / 1.85 / 1.0) * np.sqrt(1 + 0.35 * (z / 1.85) ** 2)
    axes.fill_between(x + z, y - np.abs(envelope), y + np.abs(envelope), color=color, alpha=0.18, linewidth=0)
    for sign in (-1, 1):
        axes.plot(x + z, y + sign * envelope, color=color, linewidth=0.9)
    omega, kerr = rescaled["omega", mode], rescaled["kerr", mode]
    axes.text(x, y + 0.82, rf"$\omega_{mode} = {omega:g}$,  $\tilde U_{mode} = {kerr:g}$", ha="center", va="bottom")

    outside = -1 if mode == 1 else 1
    gain, loss = rescaled["pump_rate", mode], rescaled["two_photon_loss_rate", mode]
    begin, end = x + outside * 4.1, x + outside * 2.4
    _wave(axes, (begin, y + 0.62), (end, y + 0.62), "black")
    axes.text((begin + end) / 2, y + 0.95, rf"pump  $\gamma_{mode} = {gain:g}$", ha="center", va="bottom")
    for shift in (-0.45, -0.8):
        _wave(axes, (end, y + shift), (begin, y + shift), "0.45")
    axes.text((begin + end) / 2, y - 1.15, rf"pairs  $\tilde\eta_{mode} = {loss:g}$", ha="center", va="top")


def _draw_exchange(axes: Axes, rescaled: pd.Series) -> None:
    """Draw two photons of cavity 1 for one of cavity 2."""
    y = _CAVITY_HEIGHT
    for bend, begin, end in ((-0.28, (8.25, y + 0.3), (11.75, y + 0.3)), (-0.28, (11.75, y - 0.3), (8.25, y - 0.3))):
        axes.add_patch(
            FancyArrowPatch(
                begin, end, connectionstyle=f"arc3,rad={bend}", arrowstyle="-|>", mutation_scale=10, linewidth=1.1,
                color="black", shrinkA=0, shrinkB=0,
            )
        )  # fmt: skip
    for x, color in ((9.05, _MODE_COLORS[0]), (9.45, _MODE_COLORS[0]), (10.95, _MODE_COLORS[1])):
        axes.add_patch(Circle((x, y), 0.15, facecolor=color, linewidth=0))
    axes.text(10.2, y, r"$\rightleftharpoons$", ha="center", va="center", fontsize=13)
    axes.text(10, y + 1.05, rf"$\tilde J = {rescaled['tunneling', 0]:g}$", ha="center", va="bottom")
    axes.text(10, y - 1.0, r"$a_2^\dagger a_1^2 + \mathrm{h.c.}$", ha="center", va="top")


def _draw_rescaling(axes: Axes, parameters: pd.DataFrame) -> None:
    """Draw the arrow of aleph with a picture of the noise and the numbers at some of its values."""
    alephs = sorted(parameters["aleph"].unique())
    chosen = [alephs[index] for index in sorted({0, len(alephs) // 2, len(alephs) - 1})]
    axes.add_patch(
        FancyArrowPatch(
            (2.9, 4.75), (18.9, 4.75), arrowstyle="-|>", mutation_scale=12, linewidth=1.2, color="black", shrinkA=0,
            shrinkB=0,
        )
    )  # fmt: skip
    axes.text(2.9, 4.95, "quantum", ha="left", va="bottom", style="italic")
    axes.text(18.8, 4.95, "classical", ha="right", va="bottom", style="italic")
    axes.text(
        10.9, 4.98, r"$a = \sqrt{\aleph}\,\tilde\alpha, \quad U = \tilde U/\aleph, \quad J = \tilde J/\sqrt{\aleph},"
        r" \quad \eta = \tilde\eta/\aleph$", ha="center", va="bottom",
    )  # fmt: skip
    names = (r"$U$", r"$J$", r"$\eta$")
    rows = (1.75, 1.15, 0.55)
    for name, row in zip(names, rows, strict=True):
        axes.text(2.2, row, name, ha="center", va="center")
    axes.text(2.2, 3.3, "noise", ha="center", va="center")
    for place, aleph in zip(np.linspace(5.3, 16.5, len(chosen)) if len(chosen) > 1 else [10.9], chosen, strict=True):
        here = parameters[parameters["aleph"] == aleph].set_index(["parameter", "mode"])["value"]
        _icon(axes, place - 0.9, 3.3, aleph)
        axes.text(place + 0.6, 3.3, aleph_label(aleph), ha="left", va="center")
        for row, name in zip(rows, ("kerr", "tunneling", "two_photon_loss_rate"), strict=True):
            values = here[name].to_numpy()
            told = [_power(value) for value in (values[:1] if (values == values[0]).all() else values)]
            axes.text(place, row, ", ".join(told), ha="center", va="center")


def _icon(axes: Axes, x: float, y: float, aleph: float) -> None:
    """Draw an orbit of the field and, to scale with it, the width of a coherent state's Wigner function."""
    radius = 0.55
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


def _wave(axes: Axes, begin: tuple[float, float], end: tuple[float, float], color: str) -> None:
    """Draw one photon that flies from one point to another."""
    (x0, y), (x1, _) = begin, end
    stop = x1 - 0.35 * np.sign(x1 - x0)
    x = np.linspace(x0, stop, 120)
    axes.plot(x, y + 0.11 * np.sin(2 * np.pi * 4 * (x - x0) / (stop - x0)), color=color, linewidth=0.9)
    axes.add_patch(
        FancyArrowPatch(
            (stop, y), (x1, y), arrowstyle="-|>", mutation_scale=8, linewidth=0.9, color=color, shrinkA=0, shrinkB=0
        )
    )
