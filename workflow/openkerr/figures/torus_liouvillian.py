"""Low-lying spectrum of the Liouvillian by charge sector, at several aleph."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.transforms import Transform

from openkerr.figures.style import COLORS, DOUBLE_COLUMN, aleph_label, journal_style, label_panel, new_figure

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["SECTOR_STYLES", "draw", "shown_alephs"]

PAPER = "torus"
TITLE = "Torus: low-lying spectrum of the Liouvillian"
INPUTS = ("torus_liouvillian", "torus_lines")
SETTINGS = {"model": "torus.model", "liouvillian": "torus.liouvillian"}
DRAWN = {"omega": "model.omega.0"}

SECTOR_STYLES = {
    0: (COLORS["black"], "o"),
    1: (COLORS["blue"], "s"),
    2: (COLORS["red"], "^"),
    3: (COLORS["green"], "D"),
}
_OTHER = (COLORS["purple"], "v")


def draw(spectrum: pd.DataFrame, lines: pd.DataFrame, omega: float) -> Figure:
    """Return the figure: one panel an aleph, eigenvalues of charge k filled and of charge -k hollow.

    Takes the tables torus_liouvillian and torus_lines; lines of the classical torus at ``omega`` stand as ticks
    on the upper edge.
    """
    alephs = shown_alephs(spectrum)
    classical = lines[np.isclose(lines["omega"], omega)]
    sectors = sorted(spectrum["sector"].unique())
    with journal_style():
        figure = new_figure(DOUBLE_COLUMN, 2.9)
        width = 0.92 / len(alephs)
        lowest = -1.05 * float(-spectrum.loc[spectrum["aleph"] == alephs[-1], "eigenvalue_real"].min())
        lowest = min(lowest, -1.5)
        for panel, aleph in enumerate(alephs):
            axes = figure.add_axes((0.07 + panel * width, 0.15, width - 0.012, 0.68))
            shown = spectrum[spectrum["aleph"] == aleph]
            for sector in sectors:
                color, marker = SECTOR_STYLES.get(sector, _OTHER)
                part = shown[shown["sector"] == sector]
                style: dict[str, Any] = {"linestyle": "none", "marker": marker, "markersize": 3.6, "color": color}
                axes.plot(-part["eigenvalue_imag"], part["eigenvalue_real"], **style)
                if sector:
                    hollow: dict[str, Any] = {"markerfacecolor": "white", "markeredgewidth": 0.7, "zorder": 1.5}
                    axes.plot(part["eigenvalue_imag"], part["eigenvalue_real"], **style | hollow)
                for frequency in classical.loc[
                    (classical["sector"] == sector) & (classical["m"].abs() <= 2), "frequency"
                ]:
                    axes.plot([frequency] * 2, [0.955, 1.0], color=color, linewidth=0.9, transform=_mixed(axes))
            axes.axhline(0, color="0.6", linewidth=0.4, zorder=0)
            axes.set(xlim=(-3.3, 3.3), ylim=(lowest, 0.12), xlabel=r"$\nu=-\mathrm{Im}\,\lambda/\eta$")
            axes.set_title(aleph_label(aleph), pad=3)
            if panel:
                axes.tick_params(labelleft=False)
            else:
                axes.set_ylabel(r"$\mathrm{Re}\,\lambda/\eta$", labelpad=1)
            label_panel(axes, panel)
        handles = [
            Line2D([], [], linestyle="none", marker=marker, color=color, markersize=4, label=f"$k={sector}$")
            for sector in sectors
            for color, marker in [SECTOR_STYLES.get(sector, _OTHER)]
        ]
        handles.append(Line2D([], [], linestyle="none", marker="s", color="0.3", markerfacecolor="white", label="$-k$"))
        handles.append(Line2D([], [], linestyle="none", marker="|", color="0.3", label="classical, $|m|\\leq 2$"))
        figure.legend(handles=handles, ncols=len(handles), loc="upper center", columnspacing=1.2, handletextpad=0.3)
    return figure


def shown_alephs(spectrum: pd.DataFrame, count: int = 4) -> list[float]:
    """Return up to ``count`` alephs that all sectors have, in about equal ratios."""
    common = set.intersection(*(set(part["aleph"]) for _, part in spectrum.groupby("sector")))
    values = np.array(sorted(common))
    if len(values) <= count:
        return values.tolist()
    wanted = np.geomspace(max(values[0], 1.0), values[-1], count)
    return sorted({float(values[np.abs(np.log(values / each)).argmin()]) for each in wanted})


def _mixed(axes: Axes) -> Transform:
    from matplotlib.transforms import blended_transform_factory

    return blended_transform_factory(axes.transData, axes.transAxes)
