"""Growth of the moments of a small deviation of the chain: in time, and by the number of clones."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, LogLocator, NullLocator

from openkerr.figures.style import (
    DOUBLE_COLUMN,
    NothingToDraw,
    journal_style,
    label_panel,
    new_figure,
    ordered_colors,
    ordered_looks,
)

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

__all__ = ["draw"]

PAPER = "chain"
TITLE = "Growth of the moments of a small deviation by population dynamics"
INPUTS = ("chain_moment_curves", "chain_moment_clones", "chain_moment_growth")
SETTINGS = {"model": "chain.model", "moments": "chain.moments"}

_MOMENT_STYLES = {1: ("o", "-"), 2: ("^", (0, (4, 1.5)))}


def draw(curves: xr.Dataset, clones: pd.DataFrame, growth: pd.DataFrame) -> Figure:
    """Return the figure: ln <|delta|**2> in time at the drive nearest to 8, and rates of all drives by clones.

    Takes the grid chain_moment_curves and the tables chain_moment_clones and chain_moment_growth.
    """
    if growth.empty or clones.empty:
        raise NothingToDraw("no population of clones was followed: the tables of moments have no rows")
    length = int(growth["length"].max())
    clones, growth = (table[table["length"] == length] for table in (clones, growth))
    drive = float(min(growth["drive_amplitude"].unique(), key=lambda each: abs(each - 8.0)))
    moment = float(growth["moment"].max())
    with journal_style():
        figure = new_figure(DOUBLE_COLUMN, 2.9)
        grid = figure.subplots(
            1, 2, gridspec_kw={"left": 0.08, "right": 0.985, "bottom": 0.16, "top": 0.9, "wspace": 0.24}
        )
        wanted = (curves["length"] == length) & (np.abs(curves["drive_amplitude"] - drive) < 1e-9)
        wanted &= np.abs(curves["moment"] - moment) < 1e-9
        row = growth[(growth["drive_amplitude"] == drive) & (growth["moment"] == moment)].iloc[0]
        _draw_curves(grid[0], curves.isel(run=np.flatnonzero(wanted.values)), row)
        grid[0].set_title(rf"$F = {drive:g}\gamma$, $L = {length}$", loc="right", pad=4)
        _draw_clones(grid[1], clones, growth)
        grid[1].set_title(rf"$L = {length}$", loc="right", pad=4)
        for index, axes in enumerate(grid):
            label_panel(axes, index)
    return figure


def _draw_curves(axes: Axes, runs: xr.Dataset, row: pd.Series) -> None:
    """Draw growth in time less that of the typical trajectory: by clones of several numbers, and of plain samples."""
    runs = runs.isel(run=np.argsort(runs["n_clones"].values))
    rate = float(row["typical_rate"])
    colors = ordered_colors(runs.sizes["run"])
    for k, color in enumerate(colors):
        run = runs.isel(run=k)
        kept = np.isfinite(run["time"].values)
        time = run["time"].values[kept]
        n_clones = int(run["n_clones"])
        value, error = (run[name].values[kept] for name in ("log_moment", "log_moment_stderr"))
        value = value - rate * time
        axes.fill_between(time, value - error, value + error, color=color, alpha=0.25, linewidth=0)
        axes.plot(time, value, color=color, label=f"{n_clones} clones")
        plain = run["plain_log_moment"].values[kept] - rate * time
        axes.plot(time, plain, color=color, linestyle=(0, (2, 1.2)), linewidth=0.9)
    axes.axvline(float(row["held_until"]), 0.0, 0.6, color="0.35", linewidth=0.7, linestyle=(0, (5, 3)))
    if not np.isfinite(runs["time"].values).any():
        axes.text(0.5, 0.5, "no curve", transform=axes.transAxes, ha="center", va="center")
        return
    axes.set_xlim(0, float(np.nanmax(runs["time"].values)))
    axes.set_ylim(bottom=0.0)
    axes.set_xlabel(r"$\gamma t$")
    power = f"{row['moment']:g}"
    axes.set_ylabel(rf"$\ln\langle|\delta|^{{{power}}}\rangle - {power}\lambda_1 t$")
    axes.legend(loc="upper left", fontsize=7)


def _draw_clones(axes: Axes, clones: pd.DataFrame, growth: pd.DataFrame) -> None:
    """Draw rates per power over the exponent of the plain sample against the number of clones."""
    drives = sorted(growth["drive_amplitude"].unique())
    moments = [moment for moment in sorted(growth["moment"].unique()) if moment in _MOMENT_STYLES]
    for drive, look in ordered_looks(drives).items():
        for moment in moments:
            mark, line = _MOMENT_STYLES[int(moment)]
            rows = clones[(clones["drive_amplitude"] == drive) & (clones["moment"] == moment)].sort_values("n_clones")
            typical = growth.loc[
                (growth["drive_amplitude"] == drive) & (growth["moment"] == moment), "typical_rate"
            ].iloc[0]
            axes.errorbar(
                rows["n_clones"], rows["growth_rate"] / typical, rows["growth_rate_stderr"] / abs(typical),
                color=look["color"], marker=mark, linestyle=line, linewidth=0.7,
                label=rf"${drive:g}$" if moment == moments[0] else None,
            )  # fmt: skip
    axes.axhline(1.0, color="0.35", linewidth=0.7, linestyle=(0, (5, 3)))
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.yaxis.set_major_locator(LogLocator(subs=(1.0, 1.2, 1.5, 2.0, 3.0, 5.0)))
    axes.yaxis.set_major_formatter("{x:g}")
    axes.yaxis.set_minor_locator(NullLocator())
    least, most = clones["n_clones"].min(), clones["n_clones"].max()
    axes.set_xlim(0.7 * least, 2.6 * most)
    axes.xaxis.set_major_locator(FixedLocator(sorted(clones["n_clones"].unique())))
    axes.xaxis.set_major_formatter("{x:g}")
    axes.xaxis.set_minor_locator(NullLocator())
    axes.set_xlabel("clones")
    axes.set_ylabel(r"$L(q)\,/\,q\lambda_1$")
    axes.legend(loc="center right", fontsize=7, title=r"$F/\gamma$", title_fontsize=7, handlelength=1.2)
