"""Spectrogram of the two-time correlation of mode 1 (Eq. 10) at several alephs, and the decay of its ridges."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LogNorm
from matplotlib.figure import Figure

from openkerr.figures.style import COLORS, DOUBLE_COLUMN, aleph_label, journal_style, label_panel, new_figure
from openkerr.figures.torus_3b import LINES, line_label, of_line

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

__all__ = ["draw"]

PAPER = "torus"
TITLE = "Torus: spectrogram of the two-time correlation"
INPUTS = ("torus_spectrogram", "torus_gaps", "torus_gap_cases")
SETTINGS = {"model": "torus.model", "gaps": "torus.gaps"}

_ORDERS = range(-1, 3)
_DECADES = 3
_SEEN = 5.0
"""A ridge is named where it stands above the darkest colour by this factor."""


def draw(grid: xr.Dataset, gaps: pd.DataFrame, cases: pd.DataFrame) -> Figure:
    """Return the figure: a column a value of aleph; above |S_1(t, Omega)|, below its ridges at the published lines.

    Takes the grid torus_spectrogram and the tables torus_gaps and torus_gap_cases.
    """
    count = grid.sizes["aleph"]
    case = cases[cases["case"] == "default"].iloc[0]
    with journal_style():
        figure = new_figure(DOUBLE_COLUMN, 4.2)
        axes = figure.subplots(2, count, sharex="col", squeeze=False, gridspec_kw={"height_ratios": [1.5, 1]})
        figure.subplots_adjust(left=0.085, right=0.895, bottom=0.10, top=0.93, wspace=0.16, hspace=0.12)
        top = float(grid["magnitude"].max())
        for column, aleph in enumerate(grid["aleph"].values):
            part = grid.isel(aleph=column)
            image = axes[0, column].pcolormesh(
                part["time"], part["frequency"], part["magnitude"].values.T, cmap="cividis", shading="nearest",
                norm=LogNorm(top * 10.0**-_DECADES, top), rasterized=True,
            )  # fmt: skip
            axes[0, column].set_title(aleph_label(aleph), pad=4)
            end = float(part["time"][-1])
            for m in _ORDERS:
                frequency = -(case["nu_phi"] + m * case["nu_psi"])
                at = int(np.abs(part["frequency"].values - frequency).argmin())
                seen = part["time"].values[part["magnitude"].values[:, at] > _SEEN * top * 10.0**-_DECADES]
                if not len(seen):
                    continue
                # Beside the end of a ridge that fades before the others do.
                late = seen[-1] > 0.7 * end
                axes[0, column].annotate(
                    line_label((1, m)), (end if late else seen[-1], frequency), xytext=(-3 if late else 5, 2),
                    textcoords="offset points", ha="right" if late else "left", va="bottom" if late else "center",
                    color="white", fontsize=7.0,
                )  # fmt: skip
            for line, color in zip(LINES, ("blue", "red"), strict=True):
                _draw_ridge(axes[1, column], part, line, case, of_line(gaps, line), float(aleph), COLORS[color])
            axes[1, column].set_yscale("log")
            axes[1, column].set_ylim(top * 4e-3, 2 * top)
            axes[1, column].set_xlabel(r"$\eta t$")
            for row in range(2):
                axes[row, column].tick_params(labelleft=column == 0)
                label_panel(
                    axes[row, column], row * count + column, x=0.0 if row == 0 else 0.90, y=1.0 if row == 0 else 0.84
                )
        axes[0, 0].set_ylabel(r"$\Omega/\eta$")
        axes[1, 0].set_ylabel(r"$|S_1(t, \Omega)|$")
        axes[1, 0].legend(loc="lower left", handlelength=1.4)
        bar = figure.add_axes((0.91, axes[0, 0].get_position().y0, 0.014, axes[0, 0].get_position().height))
        figure.colorbar(image, cax=bar, label=r"$|S_1(t, \Omega)|$")
    return figure


def _draw_ridge(
    axes: Axes,
    part: xr.Dataset,
    line: tuple[int, int],
    case: pd.Series,
    gaps: pd.DataFrame,
    aleph: float,
    color: str,
) -> None:
    """Draw the largest modulus near a line against time, and the decay at the gap of the table through its middle."""
    frequency = -(line[0] * case["nu_phi"] + line[1] * case["nu_psi"])
    found = gaps[gaps["aleph"] == aleph]
    if len(found):
        found = found.loc[found["estimator"].map(["correlation", "pencil", "mean"].index).idxmin()]
        frequency = -found["frequency"]
    at = int(np.abs(part["frequency"].values - frequency).argmin())
    ridge, time = part["magnitude"].values[:, at], part["time"].values
    axes.plot(
        time, ridge, linestyle="none", marker=".", markersize=3, color=color, label=f"$(k, m) =$ {line_label(line)}"
    )
    if len(found):
        early = len(time) // 8
        axes.plot(time, ridge[early] * np.exp(-found["gap"] * (time - time[early])), color=color, linewidth=0.7)
