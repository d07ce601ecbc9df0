"""Gap times aleph of every line from the deep quantum to the classical limit: exact, truncated Wigner, linear noise."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from openkerr.figures.style import COLORS, DOUBLE_COLUMN, journal_style, label_panel, new_figure

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["ORDER_STYLES", "draw"]

PAPER = "torus"
TITLE = "Torus: gaps from the deep quantum to the classical limit"
INPUTS = ("torus_crossover", "torus_lines")
SETTINGS = {"model": "torus.model", "liouvillian": "torus.liouvillian"}
DRAWN = {"omega": "model.omega.0"}

SHOWN_ERROR, SURE_ERROR = 0.1, 0.03
"""Relative errors of gaps with a larger error of their own are left out of the last row, or drawn faint."""

ORDER_STYLES = {
    -2: (COLORS["purple"], "v"),
    -1: (COLORS["orange"], "^"),
    0: (COLORS["black"], "o"),
    1: (COLORS["blue"], "s"),
    2: (COLORS["red"], "D"),
    3: (COLORS["green"], "<"),
}


def draw(crossover: pd.DataFrame, lines: pd.DataFrame, omega: float) -> Figure:
    """Return the figure: one panel a sector, one colour an order m; below, what truncated Wigner errs by.

    Takes the tables torus_crossover (exact dots joined, truncated Wigner hollow marks, with standard and systematic
    errors) and torus_lines (dashes: the linear-noise limit at ``omega``, drawn over the upper half of the axis).
    """
    exact, sampled = (crossover[crossover["method"] == method] for method in ("liouvillian", "twa"))
    limits = lines[np.isclose(lines["omega"], omega)].dropna(subset=["linear_gap_times_aleph"])
    sectors = sorted(exact["sector"].unique())[:4]
    low, high = float(crossover["aleph"].min()), float(crossover["aleph"].max())
    values = crossover["gap_times_aleph"]
    floor, top = 0.7 * values.min(), 1.4 * max(values.max(), limits["linear_gap_times_aleph"].max(), 0.0)
    with journal_style():
        sampled_sectors = sorted(_known(sampled)["sector"].unique())
        rows = -(-len(sectors) // 2) + bool(sampled_sectors)
        height = 0.9 + 2.2 * rows
        figure = new_figure(DOUBLE_COLUMN, height)
        grid = figure.add_gridspec(
            rows, 2, left=0.085, right=0.985, bottom=0.5 / height, top=1 - 0.5 / height, hspace=0.22, wspace=0.15
        )
        drawn = set()
        for panel, sector in enumerate(sectors):
            axes = figure.add_subplot(grid[panel // 2, panel % 2])
            for m, (color, marker) in ORDER_STYLES.items():
                part = _select(exact, sector, m)
                if len(part):
                    drawn.add(m)
                    axes.plot(part["aleph"], part["gap_times_aleph"], color=color, marker=".", linewidth=0.8)
                part = _select(sampled, sector, m)
                if len(part):
                    drawn.add(m)
                    axes.errorbar(
                        part["aleph"],
                        part["gap_times_aleph"],
                        np.hypot(part["gap_stderr"], part["gap_systematic"].fillna(0.0)) * part["aleph"],
                        color=color, marker=marker, linestyle="none", markerfacecolor="white", elinewidth=0.8,
                    )  # fmt: skip
                part = _select(limits, sector, m)
                if len(part):
                    drawn.add(m)
                    value = float(part["linear_gap_times_aleph"].iloc[0])
                    if value > 0:
                        axes.plot([np.sqrt(low * high), 1.6 * high], [value] * 2, color=color, dashes=(4, 2), zorder=0)
            axes.set(xscale="log", yscale="log", xlim=(low / 1.4, 1.6 * high), ylim=(floor, top))
            axes.text(0.97, 0.05, f"$k={sector}$", transform=axes.transAxes, ha="right", va="bottom")
            if panel % 2 == 0:
                axes.set_ylabel(r"$\aleph\,\Lambda_{k,m}/\eta$")
            if panel < len(sectors) - 2:
                axes.tick_params(labelbottom=False)
            label_panel(axes, panel)
        if sampled_sectors:
            lower = grid[-1, :].subgridspec(1, len(sampled_sectors), wspace=0.06)
            first: Axes | None = None
            for number, sector in enumerate(sampled_sectors):
                axes = figure.add_subplot(lower[0, number], sharey=first)
                first = first or axes
                _draw_errors(axes, sampled, sector)
                axes.tick_params(labelleft=number == 0)
                axes.set_ylabel(r"$\Lambda$(TWA)/$\Lambda$(exact) $-$ 1 (%)" if number == 0 else "")
                label_panel(axes, len(sectors) + number)
        _legend(figure, sorted(drawn))
    return figure


def _known(sampled: pd.DataFrame) -> pd.DataFrame:
    """Return the sampled gaps beside exact ones with errors that are shown; of a line's estimators the surest."""
    known = sampled[sampled["gap_error_stderr"] < SHOWN_ERROR].sort_values("gap_error_stderr")
    return known.drop_duplicates(["aleph", "sector", "m"])


def _draw_errors(axes: Axes, sampled: pd.DataFrame, sector: int) -> None:
    """Draw what the gaps of one sector by truncated Wigner differ from the exact ones by."""
    best = _known(sampled)
    lines = list(best[best["sector"] == sector].groupby("m"))
    for number, (m, part) in enumerate(lines):
        color, marker = ORDER_STYLES.get(m, ("0.5", "o"))
        # Points of several lines at one aleph stand side by side.
        place = part["aleph"] * 1.04 ** (number - (len(lines) - 1) / 2)
        sure = part["gap_error_stderr"] < SURE_ERROR
        for chosen, faint in ((sure, 1.0), (~sure, 0.35)):
            axes.errorbar(
                place[chosen], 100 * part["gap_error"][chosen], 100 * part["gap_error_stderr"][chosen], color=color,
                marker=marker, linestyle="none", elinewidth=0.8, markerfacecolor="white", alpha=faint,
            )  # fmt: skip
    axes.axhline(0.0, color="0.35", linewidth=0.6, zorder=0)
    axes.set(xlabel=r"$\aleph$", xscale="log")
    axes.xaxis.set_major_formatter("{x:g}")
    axes.xaxis.set_minor_formatter("")
    axes.text(0.97, 0.95, f"$k={sector}$", transform=axes.transAxes, ha="right", va="top")
    if not any((part["gap_error_stderr"] < SURE_ERROR).any() for _, part in lines):
        axes.text(
            0.97, 0.84, f"not known to {SURE_ERROR:.0%} in this run", transform=axes.transAxes, ha="right", va="top",
            fontsize=7.0,
        )  # fmt: skip


def _select(frame: pd.DataFrame, sector: int, m: int) -> pd.DataFrame:
    part = frame[(frame["sector"] == sector) & (frame["m"] == m)]
    return part.sort_values("aleph") if "aleph" in part else part


def _legend(figure: Figure, orders: list[int]) -> None:
    handles = [
        Line2D([], [], color=color, marker=marker, markerfacecolor="white", linewidth=0.8, label=f"$m={m}$")
        for m in orders
        for color, marker in [ORDER_STYLES[m]]
    ]
    handles += [
        Line2D([], [], color="0.3", marker=".", linewidth=0.8, label="exact"),
        Line2D([], [], color="0.3", marker="o", markerfacecolor="white", linestyle="none", label="truncated Wigner"),
        Line2D([], [], color="0.3", dashes=(4, 2), label="linear noise"),
    ]
    figure.legend(handles=handles, ncols=len(handles), loc="upper center", columnspacing=1.1, handletextpad=0.4)
