"""How a rotation of a phase spreads: velocity-dependent exponent, fronts at levels, butterfly velocities."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from openkerr.figures.style import (
    COLORS,
    DOUBLE_COLUMN,
    NothingToDraw,
    journal_style,
    label_panel,
    new_figure,
    ordered_looks,
)

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["draw"]

PAPER = "chain"
TITLE = "Spreading of a rotation of a phase: velocity-dependent exponent and butterfly velocities"
INPUTS = ("chain_velocity_exponents", "chain_otoc_fronts", "chain_butterfly_velocity")
SETTINGS = {"model": "chain.model", "otoc": "chain.otoc"}

_SIDES = {"right": ("blue", ">"), "left": ("red", "<")}
_STYLES = ("-", (0, (4, 1.5)), (0, (1.5, 1.2)), (0, (5, 1.2, 1.2, 1.2)))
_MARKS = ("o", "s", "^", "D", "v", "P")


_RESOLVED = 0.5
"""Relative error of a butterfly velocity above which it is drawn faint: it may be any."""


def draw(exponents: pd.DataFrame, fronts: pd.DataFrame, butterfly: pd.DataFrame) -> Figure:
    """Return the figure: exponents and levels of the longest chain near F = 8, butterfly velocities of all chains.

    Takes the tables chain_velocity_exponents, chain_otoc_fronts and chain_butterfly_velocity.
    """
    length, drive = _chosen(exponents)
    with journal_style():
        figure = new_figure(DOUBLE_COLUMN, 2.9)
        grid = figure.subplots(
            1, 3, gridspec_kw={"left": 0.075, "right": 0.99, "bottom": 0.16, "top": 0.9, "wspace": 0.3}
        )
        _draw_exponents(grid[0], _case(exponents, length, drive))
        _draw_levels(grid[1], _case(fronts, length, drive))
        _draw_velocities(grid[2], butterfly)
        for axes in grid[:2]:
            axes.set_title(rf"$F = {drive:g}\gamma$, $L = {length}$", loc="right", pad=4)
        for index, axes in enumerate(grid):
            label_panel(axes, index)
    return figure


def _chosen(table: pd.DataFrame) -> tuple[int, float]:
    """The longest chain, and its drive nearest to 8."""
    if table.empty:
        raise NothingToDraw("no front was followed: the table chain_velocity_exponents has no rows")
    length = int(table["length"].max())
    drives = table.loc[table["length"] == length, "drive_amplitude"].unique()
    return length, float(min(drives, key=lambda drive: abs(drive - 8.0)))


def _case(table: pd.DataFrame, length: int, drive: float) -> pd.DataFrame:
    """Rows of one chain at its greatest angle, where there is the most room below the rotation."""
    rows = table[(table["length"] == length) & (table["drive_amplitude"] == drive)]
    return rows[rows["angle"] == rows["angle"].max()]


def _sources(rows: pd.DataFrame) -> list[tuple[int, str]]:
    """Source and side of the curves: one that starts a quarter of the chain from either end, and the ends."""
    if rows.empty:
        return []
    runs = rows[["source", "side"]].drop_duplicates()
    counts = {(int(run.source), str(run.side)): None for run in runs.itertuples()}
    length = int(rows["length"].iloc[0])
    wanted = [(1, "right"), (length // 4, "right"), (3 * length // 4, "left"), (length, "left")]
    found = [run for run in wanted if run in counts]
    return found or list(counts)[:4]


def _draw_exponents(axes: Axes, rows: pd.DataFrame) -> None:
    """Draw the exponent along rays against their velocity, with its larger error as a bar."""
    for number, (source, side) in enumerate(_sources(rows)):
        one = rows[(rows["source"] == source) & (rows["side"] == side)].sort_values("velocity")
        error = np.hypot(one["exponent_stderr"], one["exponent_systematic"])
        color, _ = _SIDES[side]
        axes.errorbar(
            one["velocity"], one["exponent"], error, color=COLORS[color], linestyle=_STYLES[number % len(_STYLES)],
            linewidth=0.9, elinewidth=0.5, label=_name(source, side),
        )  # fmt: skip
    axes.axhline(0.0, color="0.5", linewidth=0.6)
    axes.set_xlabel(r"$v$ (sites $\gamma$)")
    axes.set_ylabel(r"$\lambda(v)$ $(\gamma)$")
    axes.legend(loc="lower left", fontsize=7, title="source, side", title_fontsize=7)


def _draw_levels(axes: Axes, rows: pd.DataFrame) -> None:
    """Draw the velocity of the front far from the source against its level; open: over all sites."""
    drawn = [np.nan]
    for number, (source, side) in enumerate(_sources(rows)):
        one = rows[(rows["source"] == source) & (rows["side"] == side)].sort_values("level")
        color, _ = _SIDES[side]
        drawn += [*one["velocity_far"], *one["velocity"]]
        for column, face in (("velocity_far", COLORS[color]), ("velocity", "white")):
            axes.errorbar(
                one["level"], one[column], one[f"{column}_stderr"], color=COLORS[color],
                linestyle=_STYLES[number % len(_STYLES)], marker=_MARKS[number % len(_MARKS)], markerfacecolor=face,
                linewidth=0.7, label=_name(source, side) if face != "white" else None,
            )  # fmt: skip
    axes.set_xscale("log")
    axes.set_xlabel(r"level of $e^{\langle\ln D\rangle}$ / rotation")
    axes.set_ylabel(r"velocity of the front (sites $\gamma$)")
    if np.isfinite(drawn).any():
        axes.set_ylim(top=np.nanmax(drawn) + 0.35 * np.ptp([value for value in drawn if np.isfinite(value)]) + 0.1)
    if rows.empty:
        axes.text(0.5, 0.5, "no front", transform=axes.transAxes, ha="center", va="center")
        return
    axes.legend(loc="upper left", fontsize=7, ncols=2, columnspacing=0.9, handlelength=1.4)


def _draw_velocities(axes: Axes, table: pd.DataFrame) -> None:
    """Draw butterfly velocities against the place of the source, with all errors."""
    table = table[table["butterfly_velocity"].notna()]
    chains = table[["length", "drive_amplitude"]].drop_duplicates().sort_values(["length", "drive_amplitude"])
    drives = sorted(table["drive_amplitude"].unique())
    looks = ordered_looks(drives)
    lengths = sorted(table["length"].unique())
    for chain in chains.itertuples():
        rows = table[(table["length"] == chain.length) & (table["drive_amplitude"] == chain.drive_amplitude)]
        rows = rows[rows["angle"] == rows["angle"].max()]
        shift = 0.012 * (lengths.index(chain.length) - 0.5 * (len(lengths) - 1))
        for side, (_, mark) in _SIDES.items():
            part = rows[rows["side"] == side]
            error = np.hypot(part["butterfly_velocity_stderr"], part["systematic"])
            color = looks[chain.drive_amplitude]["color"]
            resolved = (error < _RESOLVED * part["butterfly_velocity"]).to_numpy()
            for chosen, alpha in ((resolved, 1.0), (~resolved, 0.3)):
                if not chosen.any():
                    continue
                axes.errorbar(
                    (part["source"] / chain.length + shift)[chosen], part["butterfly_velocity"][chosen], error[chosen],
                    fmt=mark, color=color, alpha=alpha, markersize=2.4 + 0.9 * lengths.index(chain.length),
                    markerfacecolor="white" if side == "left" else color,
                    label=rf"${chain.drive_amplitude:g}$, ${chain.length}$" if side == "right" and alpha == 1 else None,
                )  # fmt: skip
    axes.set_xlim(-0.08, 1.08)
    if len(table):
        low, high = table["butterfly_velocity"].min(), table["butterfly_velocity"].max()
        axes.set_ylim(low - 0.45, high + 0.55 + 0.12 * len(chains))
        axes.legend(loc="upper center", fontsize=7, ncols=2, title=r"$F/\gamma$, $L$", title_fontsize=7)
    axes.set_xlabel("place of the source, $j/L$")
    axes.set_ylabel(r"$v_B$ (sites $\gamma$)")


def _name(source: int, side: str) -> str:
    return rf"${source}$ $\rightarrow$" if side == "right" else rf"$\leftarrow$ ${source}$"
