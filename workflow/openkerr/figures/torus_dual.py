"""The two scalings to the classical limit: what closes in which units."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from openkerr.figures.style import COLORS, DOUBLE_COLUMN, NothingToDraw, journal_style, label_panel, new_figure
from openkerr.figures.torus_3b import LINES, joint_error, line_label, of_line, plain_log

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["draw"]

PAPER = "torus"
TITLE = "Torus: the two scalings"
INPUTS = ("torus_gaps", "torus_gap_cases")
SETTINGS = {"model": "torus.model", "gaps": "torus.gaps"}

_STYLES = {"default": ("o", "none"), "dual": ("D", "full")}
_NAMES = {"default": "Eq. 4", "dual": "Eq. 26"}


def draw(gaps: pd.DataFrame, cases: pd.DataFrame) -> Figure:
    """Return the figure: gaps of two lines in both scalings, in units of the two-photon loss rate and of the pump rate.

    Takes the tables torus_gaps and torus_gap_cases. Raises NothingToDraw where there are no lines.
    """
    if gaps.empty:
        raise NothingToDraw("no limit torus in either scaling: there are no lines")
    pump = float(cases.loc[cases["case"] == "default", "pump_rate_1"].iloc[0])
    with journal_style():
        figure = new_figure(DOUBLE_COLUMN, 3.3)
        grid = figure.add_gridspec(
            2, 2, left=0.085, right=0.985, bottom=0.14, top=0.86, wspace=0.25, hspace=0.08, height_ratios=[2.2, 1]
        )
        axes = [figure.add_subplot(grid[0, 0]), figure.add_subplot(grid[:, 1])]
        ratios = figure.add_subplot(grid[1, 0], sharex=axes[0])
        for each in axes:
            each.set(xscale="log", yscale="log")
        for line, color in zip(LINES, ("blue", "red"), strict=True):
            for case, (marker, fill) in _STYLES.items():
                rows = of_line(gaps, line, case, "correlation")
                # The pump rate grows with aleph in the dual scaling; the unit eta is the same rate at aleph = 1.
                loss = 1.0 / rows["aleph"] if case == "default" else 1.0
                rate = pump if case == "default" else pump * rows["aleph"]
                style: dict[str, Any] = {"marker": marker, "fillstyle": fill, "color": COLORS[color], "linewidth": 0.7}
                label = f"{_NAMES[case]}, {line_label(line)}"
                axes[0].errorbar(
                    rows["aleph"], rows["gap"] / loss, joint_error(rows, "gap") / loss, label=label, **style
                )
                axes[1].errorbar(rows["aleph"], rows["gap"] / rate, joint_error(rows, "gap") / rate, **style)
            one, other = (of_line(gaps, line, case, "correlation") for case in _STYLES)
            _draw_ratio(ratios, one, other, COLORS[color])
        ratios.axhline(0.0, color="0.6", linewidth=0.6, zorder=0)
        ratios.set(xlabel=r"$\aleph$", ylabel=r"ratio $-$ 1 (%)")
        axes[1].set_xlabel(r"$\aleph$")
        axes[0].tick_params(labelbottom=False)
        axes[0].set_ylabel(r"$\Lambda$ / two-photon loss rate")
        axes[1].set_ylabel(r"$\Lambda$ / pump rate")
        for index, each in enumerate(axes):
            label_panel(each, index)
        plain_log(axes[0].yaxis)
        figure.legend(loc="upper center", ncols=4)
    return figure


def _draw_ratio(axes: Axes, one: pd.DataFrame, other: pd.DataFrame, color: str) -> None:
    """Draw gap times aleph of the dual scaling over that of the other, less one, where both are known."""
    both = one.merge(other, on="aleph", suffixes=("", "_dual"))
    if both.empty:
        return
    ratio = both["gap_dual"] / (both["gap"] * both["aleph"])
    relative = [joint_error(part, "gap") / part["gap"] for part in (one, other)]
    known = ((one, relative[0]), (other, relative[1]))
    errors = [part.set_axis(rows["aleph"]).reindex(both["aleph"]) for rows, part in known]
    axes.errorbar(
        both["aleph"], 100 * (ratio - 1), 100 * ratio.to_numpy() * np.hypot(*(part.to_numpy() for part in errors)),
        color=color, marker="D", linestyle="none", elinewidth=0.7,
    )  # fmt: skip
