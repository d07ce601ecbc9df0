"""Chain figure 1: schematic of the driven chain with its losses, and of the field of a site in its three regimes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Circle, FancyArrowPatch, Polygon

from openkerr.figures.style import COLORS, DOUBLE_COLUMN, journal_style, new_figure

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["draw"]

PAPER = "chain"
TITLE = "Chain figure 1: schematic"
INPUTS = ("chain_parameters",)

_HEIGHT = 3.5
_CHAIN = 7.35
_SITES = (3.1, 5.7, 8.3, 12.4, 15.0, 17.6)
_LABELS = ("1", "2", "3", "L-2", "L-1", "L")


def draw(parameters: pd.DataFrame) -> Figure:
    """Return the figure from the table chain_parameters: the chain above, the regimes of its field below."""
    values = parameters.set_index("parameter")["value"]
    with journal_style():
        figure = new_figure(DOUBLE_COLUMN, _HEIGHT)
        axes = figure.add_axes((0, 0, 1, 1))
        axes.set(xlim=(0, 20), ylim=(0, 20 * _HEIGHT / DOUBLE_COLUMN), aspect="equal")
        axes.set_axis_off()
        _draw_chain(axes, values)
        _draw_regimes(axes)
    return figure


def _draw_chain(axes: Axes, values: pd.Series) -> None:
    """Draw the resonators, the hopping between them, the drive and the losses."""
    for x, label in zip(_SITES, _LABELS, strict=True):
        _draw_resonator(axes, x, COLORS["red"] if label in ("1", "L") else COLORS["blue"])
        axes.text(x, _CHAIN - 1.18, f"${label}$", ha="center", va="center")
    axes.text(0.5 * (_SITES[2] + _SITES[3]), _CHAIN, r"$\cdots$", ha="center", va="center", fontsize=14)
    for left, right in ((0, 1), (1, 2), (3, 4), (4, 5)):
        begin, end = _SITES[left] + 0.62, _SITES[right] - 0.62
        for sign in (-1, 1):
            _arrow(axes, (begin, _CHAIN + 0.72), (end, _CHAIN + 0.72), bend=-0.3, reverse=sign < 0)
    middle = 0.5 * (_SITES[0] + _SITES[1])
    axes.text(middle, _CHAIN + 1.3, rf"$J = {values['hopping']:g}\,\gamma$", ha="center", va="bottom")
    axes.text(
        0.5 * (_SITES[2] + _SITES[3]), _CHAIN + 1.3,
        rf"$\Delta = {values['detuning']:g}\,\gamma, \quad U = {values['kerr']:g}\,\gamma$", ha="center", va="bottom",
    )  # fmt: skip
    _wave(axes, (0.35, _CHAIN), (_SITES[0] - 1.05, _CHAIN), "black")
    axes.text(0.9, _CHAIN + 0.35, "drive $F$", ha="center", va="bottom")
    for x in (_SITES[0], _SITES[-1]):
        _arrow(axes, (x - 0.25, _CHAIN - 1.5), (x - 0.25, _CHAIN - 2.35), color="0.4")
        axes.text(x + 0.05, _CHAIN - 1.95, r"loss $\gamma$", ha="left", va="center", color="0.3")
    if values["intrinsic_loss_rate"] > 0:
        axes.text(
            0.5 * (_SITES[2] + _SITES[3]), _CHAIN - 1.95,
            rf"loss $\kappa = {values['intrinsic_loss_rate']:g}\,\gamma$ everywhere", ha="center", va="center",
            color="0.3",
        )  # fmt: skip


def _draw_resonator(axes: Axes, x: float, color: str) -> None:
    """Draw two mirrors with a standing wave between them."""
    for side in (-1, 1):
        bow = np.linspace(-1, 1, 30)
        edge = x + side * 0.68
        inner = np.column_stack([edge + side * 0.12 * (1 - bow**2), _CHAIN + 0.62 * bow])
        outer = np.column_stack([np.full(2, edge + side * 0.22), [_CHAIN + 0.62, _CHAIN - 0.62]])
        axes.add_patch(Polygon(np.vstack([inner, outer]), closed=True, facecolor="0.55", linewidth=0))
    z = np.linspace(-0.72, 0.72, 160)
    wave = 0.33 * np.cos(1.5 * np.pi * z / 0.72)
    axes.fill_between(x + z, _CHAIN - np.abs(wave), _CHAIN + np.abs(wave), color=color, alpha=0.18, linewidth=0)
    for sign in (-1, 1):
        axes.plot(x + z, _CHAIN + sign * wave, color=color, linewidth=0.8)


def _draw_regimes(axes: Axes) -> None:
    """Draw the field of a site in its plane for three ranges of the drive, along an arrow of the drive."""
    axes.add_patch(
        FancyArrowPatch(
            (1.3, 0.42), (19.2, 0.42), arrowstyle="-|>", mutation_scale=11, linewidth=1.1, color="black", shrinkA=0,
            shrinkB=0,
        )
    )  # fmt: skip
    axes.text(19.3, 0.75, "$F$", ha="center", va="bottom")
    rng = np.random.default_rng(1)
    y, texts = 2.45, (
        ("I  quasi-linear", "coherent, Poissonian"),
        ("II  chaotic", "no phase, super-Poissonian"),
        ("III  resonant nonlinear wave", "phase spreads, number does not"),
    )  # fmt: skip
    for index, (x, (name, note)) in enumerate(zip((3.6, 9.8, 16.0), texts, strict=True)):
        axes.text(x, 4.38, name, ha="center", va="bottom")
        axes.text(x, 0.62, note, ha="center", va="bottom", fontsize=8, color="0.3")
        reach = 1.25
        for begin, end in (((x - reach, y), (x + reach, y)), ((x, y - reach), (x, y + reach))):
            axes.add_patch(
                FancyArrowPatch(
                    begin, end, arrowstyle="-|>", mutation_scale=5, linewidth=0.5, color="0.6", shrinkA=0, shrinkB=0
                )
            )
        if index == 0:
            for size, alpha in ((0.34, 0.25), (0.2, 0.6)):
                axes.add_patch(Circle((x + 0.42, y + 0.3), size, facecolor=COLORS["blue"], alpha=alpha, linewidth=0))
        elif index == 1:
            # The ring of the bulk, as chain figure 3 finds it; the last sites have a bell.
            radius = 0.8 + 0.14 * rng.standard_normal(420)
            angle = rng.uniform(0, 2 * np.pi, radius.size)
            axes.plot(
                x + radius * np.cos(angle), y + radius * np.sin(angle), ".", color=COLORS["purple"], markersize=1.4
            )
        else:
            axes.add_patch(
                Circle((x, y), 0.95, facecolor="none", edgecolor="0.6", linewidth=0.6, linestyle=(0, (3, 2)))
            )
            for width, span, alpha in ((7, 0.75, 0.25), (4, 0.45, 0.6)):
                angle = np.deg2rad(50) + np.linspace(-span, span, 60)
                axes.plot(
                    x + 0.95 * np.cos(angle), y + 0.95 * np.sin(angle), color=COLORS["red"], linewidth=width,
                    alpha=alpha, solid_capstyle="round",
                )  # fmt: skip
    axes.text(3.6 + 1.32, y - 0.08, r"$\mathrm{Re}\,\alpha$", ha="left", va="top", fontsize=7.5, color="0.4")
    axes.text(3.6 + 0.1, y + 1.3, r"$\mathrm{Im}\,\alpha$", ha="left", va="center", fontsize=7.5, color="0.4")


def _arrow(
    axes: Axes, begin: tuple[float, float], end: tuple[float, float], *, bend: float = 0.0, reverse: bool = False,
    color: str = "black",
) -> None:  # fmt: skip
    """Draw a bent arrow; a reverse one runs back along the same bow."""
    if reverse:
        begin, end, bend = end, begin, -bend
    axes.add_patch(
        FancyArrowPatch(
            begin, end, connectionstyle=f"arc3,rad={bend}", arrowstyle="-|>", mutation_scale=8, linewidth=0.9,
            color=color, shrinkA=0, shrinkB=0,
        )
    )  # fmt: skip


def _wave(axes: Axes, begin: tuple[float, float], end: tuple[float, float], color: str) -> None:
    """Draw light that comes in."""
    (x0, y), (x1, _) = begin, end
    stop = x1 - 0.35
    x = np.linspace(x0, stop, 120)
    axes.plot(x, y + 0.13 * np.sin(2 * np.pi * 3 * (x - x0) / (stop - x0)), color=color, linewidth=0.9)
    axes.add_patch(
        FancyArrowPatch(
            (stop, y), (x1, y), arrowstyle="-|>", mutation_scale=8, linewidth=0.9, color=color, shrinkA=0, shrinkB=0
        )
    )
