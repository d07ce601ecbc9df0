"""Chain figure 11: the saturated correlator at the first, middle and last site."""

from __future__ import annotations

from typing import TYPE_CHECKING

from matplotlib.colors import Normalize
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from openkerr.figures.chain_2 import draw_correlator
from openkerr.figures.chain_maps import cut_length, draw_boundaries, draw_map, mark_unsettled, states
from openkerr.figures.style import COLORS, DOUBLE_COLUMN, journal_style, label_panel, new_figure

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["draw"]

PAPER = "chain"
TITLE = "Chain figure 11: chaos along the chain"
INPUTS = ("chain_phase_diagram", "chain_boundaries")
SETTINGS = {
    "model": "chain.model",
    "scans": "chain.steady_states",
    "saturation": "chain.saturation",
    "regimes": "chain.regimes",
}

_SITES = (("1", "red", "s"), ("L/2", "green", "^"), ("L", "blue", "o"))


def draw(phase_diagram: pd.DataFrame, boundaries: pd.DataFrame, length: int | None = None) -> Figure:
    """Return the figure: maps of D_1l for l = 1, L/2, L over F and L, and cuts at one length and the longest.

    Takes the tables chain_phase_diagram and chain_boundaries. Hatched: states that still move, mixtures both ways.
    Open symbols: D still grows. Raises ValueError if there is no row of that length.
    """
    length = length or cut_length(phase_diagram)
    rows = states(phase_diagram, "boundary")
    states(rows, "boundary", length)
    with journal_style():
        figure = new_figure(DOUBLE_COLUMN, 4.4)
        upper = figure.subplots(
            1, 3, sharey=True,
            gridspec_kw={"left": 0.07, "right": 0.9, "bottom": 0.6, "top": 0.93, "wspace": 0.12},
        )  # fmt: skip
        for axes, (name, _, _) in zip(upper, _SITES, strict=True):
            mesh = draw_map(axes, _site(rows, name), "otoc_saturation", Normalize(0.0, 1.0), "magma")
            mark_unsettled(axes, rows, mesh, "otoc_saturation")
            draw_boundaries(axes, boundaries, color=COLORS["sky"])
            axes.set_title(rf"$D_{{1,{name}}}(\infty)$", loc="right", pad=4)
        upper[0].set_ylabel("length $L$")
        bar = figure.colorbar(mesh, cax=figure.add_axes((0.915, 0.6, 0.015, 0.33)))
        bar.ax.tick_params(labelsize=7)
        lower = figure.subplots(
            1, 2, sharey=True,
            gridspec_kw={"left": 0.07, "right": 0.985, "bottom": 0.1, "top": 0.46, "wspace": 0.06},
        )  # fmt: skip
        style = {
            "color": [COLORS[color] for _, color, _ in _SITES],
            "marker": [marker for _, _, marker in _SITES],
            "label": [f"site ${name}$" for name, _, _ in _SITES],
        }
        for axes, size in zip(lower, (length, rows["length"].max()), strict=True):
            cut = rows[rows["length"] == size]
            draw_correlator(axes, [_site(cut, name) for name, _, _ in _SITES], **style)
            axes.set_xlabel(r"$F/\gamma$")
            axes.set_title(f"$L = {size}$", loc="right", pad=4)
            axes.set_xlim(0.0, rows["drive_amplitude"].max() * 1.02)
            axes.xaxis.set_major_locator(MaxNLocator(7, integer=True))
        lower[0].set_ylabel(r"$D_{1,l}(\infty)$")
        lower[0].legend(loc="upper left", bbox_to_anchor=(0.0, 0.93))
        for index, axes in enumerate([*upper, *lower]):
            label_panel(axes, index)
    return figure


def _site(rows: pd.DataFrame, name: str) -> pd.DataFrame:
    site = {"1": 1, "L/2": rows["length"] // 2, "L": rows["length"]}[name]
    return rows[rows["site"] == site]
