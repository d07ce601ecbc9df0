"""Torus figure 4: Wigner functions of both cavities while the limit torus melts, and their weight in its area."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap, to_rgba
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Annulus, Patch

from openkerr.figures.style import (
    COLORS,
    DOUBLE_COLUMN,
    aleph_label,
    journal_style,
    label_panel,
    new_figure,
    ordered_colors,
)

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

__all__ = ["draw"]

PAPER = "torus"
TITLE = "Torus figure 4: Wigner functions"
INPUTS = ("torus_wigner", "torus_wigner_weight")
SETTINGS = {"model": "torus.model", "initial_amplitude": "torus.initial_amplitude", "settings": "torus.wigner"}

_MODES = {1: COLORS["red"], 2: COLORS["blue"]}
_MAX_COLUMNS = 7
_TRANSIENT = 10.0
"""Time before which the fields are still on their way to the torus."""


def draw(maps: xr.Dataset, weight: pd.DataFrame) -> Figure:
    """Return the figure: a row a value of aleph and cavity, a column a time; below, weights against time.

    Takes the grid torus_wigner and the table torus_wigner_weight. Each panel has its own scale of colour, from none to
    its maximum. Of more than seven times the first and the last and others between them are shown.
    """
    alephs = sorted(maps["aleph"].values, reverse=True)
    times = maps["time"].values
    if len(times) > _MAX_COLUMNS:
        times = times[np.unique(np.round(np.linspace(0, len(times) - 1, _MAX_COLUMNS)).astype(int))]
    n_rows, n_columns = 2 * len(alephs), len(times)
    left, right, top, foot = 0.62, 0.08, 0.5, 1.95
    side = (DOUBLE_COLUMN - left - right) / n_columns
    with journal_style():
        height = top + n_rows * side + foot
        figure = new_figure(DOUBLE_COLUMN, height)
        for row in range(n_rows):
            aleph, mode = alephs[row // 2], 1 + row % 2
            for column, time in enumerate(times):
                box = (left + column * side, foot + (n_rows - 1 - row) * side, 0.96 * side, 0.96 * side)
                axes = figure.add_axes(
                    (box[0] / DOUBLE_COLUMN, box[1] / height, box[2] / DOUBLE_COLUMN, box[3] / height)
                )
                _draw_map(axes, maps.sel(aleph=aleph, mode=mode, time=time), mode)
                axes.tick_params(labelleft=column == 0, labelbottom=row == n_rows - 1)
                if row == 0:
                    axes.set_title(rf"$\eta t = {time:g}$", pad=4)
                if column == 0:
                    axes.set_ylabel(rf"Im $\alpha_{mode}$", labelpad=0)
                    if mode == 1:
                        middle = (foot + (n_rows - 1 - row) * side) / height
                        figure.text(0.012, middle, aleph_label(aleph), rotation=90, ha="left", va="center")
                if row == n_rows - 1:
                    axes.set_xlabel(r"Re $\alpha$", labelpad=1)
                if column == 0 and row == 0:
                    label_panel(axes, 0, x=-0.6 / (0.96 * side), y=1.02)
        for index, mode in enumerate(_MODES):
            axes = figure.add_axes((0.088 + 0.48 * index, 0.42 / height, 0.415, 1.0 / height))
            _draw_weight(axes, weight[weight["mode"] == mode], alephs)
            axes.set(xlabel=r"$\eta t$", ylabel="weight in the area" if index == 0 else "")
            axes.set_title(f"mode {mode}", pad=3)
            label_panel(axes, 1 + index, x=-0.12 if index == 0 else -0.05)
        figure.legend(
            handles=_handles(alephs), loc="upper center", ncols=3, bbox_to_anchor=(0.5, 1.0), borderaxespad=0.1
        )
    return figure


def _draw_map(axes: Axes, cell: xr.Dataset, mode: int) -> None:
    color = _MODES[mode]
    inner, outer = (float(cell["torus_radius"].sel(edge=edge)) for edge in ("inner", "outer"))
    if outer > inner:
        axes.add_patch(Annulus((0, 0), outer, outer - inner, facecolor=color, alpha=0.14, linewidth=0, zorder=1))
    density = cell["wigner"].transpose("im", "re").values
    edges = _edges(cell["re"].values)
    axes.imshow(
        np.sqrt(density / max(density.max(), 1e-300)),
        extent=(edges[0], edges[-1], edges[0], edges[-1]),
        origin="lower",
        interpolation="nearest",
        cmap=LinearSegmentedColormap.from_list("strength", [to_rgba(color, 0.0), to_rgba(color, 1.0)]),
        vmin=0,
        vmax=1,
        zorder=2,
    )
    # A ring, so that a cloud about the classical field is seen within.
    for edge, width in (("white", 2.2), ("black", 0.9)):
        axes.plot(
            cell["gpe_re"], cell["gpe_im"], marker="o", markersize=7, markerfacecolor="none", markeredgecolor=edge,
            markeredgewidth=width, zorder=3,
        )  # fmt: skip
    axes.set(xlim=(edges[0], edges[-1]), ylim=(edges[0], edges[-1]), xticks=[-1, 0, 1], yticks=[-1, 0, 1])


def _edges(middles: np.ndarray) -> np.ndarray:
    half = (middles[1] - middles[0]) / 2
    return np.append(middles - half, middles[-1] + half)


def _draw_weight(axes: Axes, rows: pd.DataFrame, alephs: list[float]) -> None:
    for aleph, color in zip(alephs, ordered_colors(len(alephs)), strict=True):
        for margin, part in rows[rows["aleph"] == aleph].groupby("margin"):
            part = part.sort_values("time")
            part = part[part["time"] >= _TRANSIENT]
            axes.plot(part["time"], part["weight"], color=color, linestyle="-" if margin == 0 else "--", linewidth=0.9)
            low, high = part["weight"] - part["weight_stderr"], part["weight"] + part["weight_stderr"]
            axes.fill_between(part["time"], low, high, color=color, alpha=0.3, linewidth=0)
    axes.set_xscale("log")
    shown = rows[rows["time"] >= _TRANSIENT]["weight"]
    axes.set_ylim(min(0.65, 0.95 * shown.min()) if len(shown) else 0.0, 1.02)


def _handles(alephs: list[float]) -> list:
    handles = [
        Patch(facecolor=to_rgba(COLORS["red"], 0.2), label="area of the torus"),
        Line2D([], [], linestyle="none", marker="o", markersize=6, markerfacecolor="none", color="black",
               label="classical field"),
        *(
            Line2D([], [], color=color, label=f"weight, {aleph_label(aleph)}")
            for aleph, color in zip(alephs, ordered_colors(len(alephs)), strict=True)
        ),
        Line2D([], [], color="0.4", linestyle="--", label=r"widened by $3/(2\sqrt{\aleph})$"),
    ]  # fmt: skip
    return handles
