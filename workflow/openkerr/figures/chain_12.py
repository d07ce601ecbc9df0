"""Chain figure 12: the uniformly driven chain beside the boundary-driven one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from openkerr.figures.chain_2 import draw_correlator, draw_number, draw_signed
from openkerr.figures.chain_maps import cut_length, states
from openkerr.figures.style import COLORS, DOUBLE_COLUMN, journal_style, label_panel, new_figure

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["draw"]

PAPER = "chain"
TITLE = "Chain figure 12: uniform against boundary drive"
INPUTS = ("chain_phase_diagram",)
SETTINGS = {
    "model": "chain.model",
    "scans": "chain.steady_states",
    "saturation": "chain.saturation",
    "regimes": "chain.regimes",
}

_GEOMETRIES = (("boundary", "blue", "o"), ("uniform", "red", "s"))


def draw(phase_diagram: pd.DataFrame, length: int | None = None) -> Figure:
    """Return the figure: photon number, its fluctuation and the saturated correlator of the last site of both chains.

    Takes the table chain_phase_diagram; the uniform chain is the one nearest in length. Raises ValueError if a
    geometry has no row.
    """
    length = length or cut_length(phase_diagram)
    uniform = states(phase_diagram, "uniform")
    size = min(uniform["length"].unique(), key=lambda each: abs(each - length))
    cuts = []
    for geometry, each in (("boundary", length), ("uniform", size)):
        cut = states(phase_diagram, geometry, each)
        cuts.append(cut[cut["site"] == each])
    names = [
        f"{geometry} drive, $L = {each}$" for (geometry, _, _), each in zip(_GEOMETRIES, (length, size), strict=True)
    ]
    style = {
        "color": [COLORS[color] for _, color, _ in _GEOMETRIES],
        "marker": [marker for _, _, marker in _GEOMETRIES],
        "label": names,
    }
    with journal_style():
        figure = new_figure(DOUBLE_COLUMN, 2.5)
        number, fluctuation, chaos = figure.subplots(
            1, 3, gridspec_kw={"left": 0.07, "right": 0.985, "bottom": 0.17, "top": 0.9, "wspace": 0.3}
        )
        draw_number(number, cuts, **style)
        draw_signed(fluctuation, cuts, "number_fluctuation", **style)
        draw_correlator(chaos, cuts, **style)
        number.set_ylabel("photon number $n_L$")
        fluctuation.set_ylabel(r"number fluctuation $\delta n_L$")
        chaos.set_ylabel(r"$D_{1,L}(\infty)$")
        number.legend(loc="lower right")
        for index, axes in enumerate((number, fluctuation, chaos)):
            label_panel(axes, index)
            axes.set_xlabel(r"$F/\gamma$")
            axes.set_xlim(0.0, max(cut["drive_amplitude"].max() for cut in cuts) * 1.02)
            axes.xaxis.set_major_locator(MaxNLocator(6, integer=True))
    return figure
