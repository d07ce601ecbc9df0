"""Gap times aleph of every line from the deep quantum to the classical limit: exact, truncated Wigner, linear noise."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from openkerr.figures.style import COLORS, DOUBLE_COLUMN, journal_style, label_panel, new_figure

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["ORDER_STYLES", "draw", "line_gaps"]

ORDER_STYLES = {
    -2: (COLORS["purple"], "v"),
    -1: (COLORS["orange"], "^"),
    0: (COLORS["black"], "o"),
    1: (COLORS["blue"], "s"),
    2: (COLORS["red"], "D"),
    3: (COLORS["green"], "P"),
}


def draw(spectrum: pd.DataFrame, gaps: pd.DataFrame, lines: pd.DataFrame, omega: float) -> Figure:
    """Return the figure: one panel a sector, one colour an order m.

    Takes the tables torus_liouvillian (filled, joined), torus_gaps (hollow, case default, with standard errors) and
    torus_lines (dashes: the linear-noise limit at ``omega``, drawn over the upper half of the axis).
    """
    exact = line_gaps(spectrum)
    sampled = gaps[gaps["case"] == "default"]
    limits = lines[np.isclose(lines["omega"], omega)].dropna(subset=["linear_gap_times_aleph"])
    sectors = sorted(exact["sector"].unique())[:4]
    low = float(exact["aleph"].min())
    high = float(max(exact["aleph"].max(), sampled["aleph"].max() if len(sampled) else 0.0))
    values = np.concatenate([part["gap"] * part["aleph"] for part in (exact, sampled)])
    floor, top = 0.7 * values[values > 0].min(), 1.4 * max(values.max(), limits["linear_gap_times_aleph"].max(), 0.0)
    with journal_style():
        rows = -(-len(sectors) // 2)
        figure = new_figure(DOUBLE_COLUMN, 0.9 + 2.2 * rows)
        drawn = set()
        for panel, sector in enumerate(sectors):
            height = 0.80 / rows
            left, bottom = 0.085 + 0.48 * (panel % 2), 0.10 + (rows - 1 - panel // 2) * (height + 0.035)
            axes = figure.add_axes((left, bottom, 0.42, height - 0.035))
            for m, (color, marker) in ORDER_STYLES.items():
                part = _select(exact, sector, m)
                if len(part):
                    drawn.add(m)
                    axes.plot(part["aleph"], part["gap"] * part["aleph"], color=color, marker=marker, linewidth=0.8)
                part = _select(sampled, sector, m)
                if len(part):
                    drawn.add(m)
                    axes.errorbar(
                        part["aleph"],
                        part["gap"] * part["aleph"],
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
            if panel // 2 == rows - 1:
                axes.set_xlabel(r"$\aleph$")
            else:
                axes.tick_params(labelbottom=False)
            label_panel(axes, panel)
        _legend(figure, sorted(drawn))
    return figure


def line_gaps(spectrum: pd.DataFrame) -> pd.DataFrame:
    """Return the slowest mode of each line (k, m) at each aleph, as gap and frequency.

    Order 0 of charge 0 is the steady state and left out.  Of a pair of charge 0 the member with m > 0 stands for both.
    """
    found = spectrum.dropna(subset=["m"])
    found = found[(found["sector"] > 0) | (found["m"] > 0)]
    slowest = found.sort_values("eigenvalue_real", ascending=False).drop_duplicates(["aleph", "sector", "m"])
    slowest = slowest.assign(gap=-slowest["eigenvalue_real"], frequency=-slowest["eigenvalue_imag"])
    return slowest.sort_values(["sector", "m", "aleph"], ignore_index=True)


def _select(frame: pd.DataFrame, sector: int, m: int) -> pd.DataFrame:
    part = frame[(frame["sector"] == sector) & (frame["m"] == m)]
    return part.sort_values("aleph") if "aleph" in part else part


def _legend(figure: Figure, orders: list[int]) -> None:
    handles = [
        Line2D([], [], color=color, marker=marker, linewidth=0.8, label=f"$m={m}$")
        for m in orders
        for color, marker in [ORDER_STYLES[m]]
    ]
    handles += [
        Line2D([], [], color="0.3", marker="o", linewidth=0.8, label="exact"),
        Line2D([], [], color="0.3", marker="o", markerfacecolor="white", linestyle="none", label="truncated Wigner"),
        Line2D([], [], color="0.3", dashes=(4, 2), label="linear noise"),
    ]
    figure.legend(handles=handles, ncols=len(handles), loc="upper center", columnspacing=1.1, handletextpad=0.4)
