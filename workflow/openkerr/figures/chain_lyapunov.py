"""Lyapunov spectra of the chain, the largest exponent and the Kaplan-Yorke dimension over length and drive."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from openkerr.figures.style import COLORS, DOUBLE_COLUMN, journal_style, label_panel, new_figure, ordered_looks

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

__all__ = ["draw"]

PAPER = "chain"
TITLE = "Lyapunov spectra and Kaplan-Yorke dimension of the chain"
INPUTS = ("chain_lyapunov", "chain_lyapunov_spectrum", "chain_otoc_rates")
SETTINGS = {"model": "chain.model", "lyapunov": "chain.lyapunov"}


def draw(table: pd.DataFrame, spectra: xr.Dataset, rates: pd.DataFrame) -> Figure:
    """Return the figure: spectra, largest exponent, dimension over (F, L), dimension against the drive.

    Takes the table chain_lyapunov, the grid chain_lyapunov_spectrum and the table chain_otoc_rates.
    """
    with journal_style():
        figure = new_figure(DOUBLE_COLUMN, 5.6)
        grid = figure.subplots(
            2,
            2,
            gridspec_kw={
                "left": 0.085, "right": 0.985, "bottom": 0.08, "top": 0.955, "wspace": 0.27, "hspace": 0.32,
            },
        )  # fmt: skip
        _draw_spectra(grid[0, 0], spectra)
        _draw_largest(grid[0, 1], table, rates)
        _draw_map(figure, grid[1, 0], table)
        _draw_dimension(grid[1, 1], table)
        for index, axes in enumerate(grid.flat):
            label_panel(axes, index)
    return figure


def _draw_spectra(axes: Axes, spectra: xr.Dataset) -> None:
    """Draw the whole spectra of the longest chain that has them, a colour a drive; dashed without noise."""
    whole = np.isfinite(spectra["exponent"].values).sum(axis=1) == 2 * spectra["length"].values
    if not whole.any():
        axes.set_axis_off()
        axes.text(0.5, 0.5, "no whole spectrum", transform=axes.transAxes, ha="center", va="center")
        return
    length = int(spectra["length"].values[whole].max())
    chosen = spectra.isel(run=np.nonzero(whole & (spectra["length"].values == length))[0])
    drives = np.unique(chosen["drive_amplitude"].values)
    shown = drives[np.unique(np.linspace(0, len(drives) - 1, min(4, len(drives))).round().astype(int))]
    for drive, look in ordered_looks(shown).items():
        for method, style in (("twa", "-"), ("gpe", (0, (2, 1.2)))):
            run = chosen.isel(
                run=np.nonzero((chosen["drive_amplitude"].values == drive) & (chosen["method"].values == method))[0]
            )
            if run.sizes["run"]:
                values = run["exponent"].values[0, : 2 * length]
                share = (np.arange(2 * length) + 0.5) / (2 * length)
                label = rf"$F = {drive:g}\gamma$" if method == "twa" else None
                axes.plot(share, values, color=look["color"], linestyle=style, linewidth=1.0, label=label)
    axes.axhline(0.0, color="0.35", linewidth=0.6)
    axes.set_xlim(0, 1)
    axes.set_xlabel("share of exponents $j / 2L$")
    axes.set_ylabel(r"exponent $\lambda_j / \gamma$")
    axes.set_title(f"$L = {length}$", loc="right", pad=4)
    axes.legend(loc="lower left", fontsize=7.5)


def _step(table: pd.DataFrame) -> float:
    """Return the largest step of the drive of the chain that has most drives: across a wider gap nothing is known."""
    drives = max((np.unique(rows["drive_amplitude"]) for _, rows in table.groupby("length")), key=len)
    return 1.001 * float(np.diff(drives).max(initial=0.0)) or 1.0


def _draw_line(
    axes: Axes, rows: pd.DataFrame, values: pd.Series, error: pd.Series, step: float, look: dict[str, Any], label: str
) -> None:
    """Draw a chain's values against the drive with noise (solid, filled) and without (dashed, open).

    Lines join drives no farther apart than ``step``.
    """
    for method, style, face in (("twa", "-", look["color"]), ("gpe", (0, (2, 1.2)), "white")):
        own = rows[rows["method"] == method].sort_values("drive_amplitude")
        drives, shown = own["drive_amplitude"].to_numpy(), values[own.index].to_numpy()
        gaps = np.flatnonzero(np.diff(drives) > step) + 1
        axes.plot(
            np.insert(drives, gaps, np.nan), np.insert(shown, gaps, np.nan), color=look["color"], linestyle=style,
            linewidth=0.7,
        )  # fmt: skip
        axes.errorbar(
            drives, shown, error[own.index], linestyle="none", markersize=2.8, markerfacecolor=face,
            markeredgewidth=0.7, elinewidth=0.6, label=label if method == "twa" else None, **look,
        )  # fmt: skip


def _draw_largest(axes: Axes, table: pd.DataFrame, rates: pd.DataFrame) -> None:
    """Draw the largest exponent against the drive, and half the typical growth rate of D."""
    looks = ordered_looks(table["length"])
    for length, look in looks.items():
        rows = table[table["length"] == length]
        _draw_line(axes, rows, rows["lyapunov_max"], _error(rows, "lyapunov_max"), _step(table), look, str(length))
    rates = rates[rates["length"].isin(looks)]
    rows = rates.sort_values("angle").drop_duplicates(["length", "drive_amplitude", "source"])
    error = np.hypot(rows["growth_rate_typical_stderr"], rows["growth_rate_typical_systematic"])
    axes.errorbar(
        rows["drive_amplitude"], 0.5 * rows["growth_rate_typical"], 0.5 * error, fmt="x",
        color=COLORS["red"], markersize=4.5, label="OTOC", zorder=5,
    )  # fmt: skip
    axes.axhline(0.0, color="0.35", linewidth=0.6)
    axes.set_yscale("symlog", linthresh=0.1, linscale=1.0)
    axes.set_xlabel(r"$F/\gamma$")
    axes.set_ylabel(r"largest exponent $\lambda_1 / \gamma$")
    low, high = axes.get_ylim()
    axes.set_ylim(low, high * 12)
    axes.legend(
        title="$L$", loc="upper center", fontsize=7, title_fontsize=7, ncols=5, columnspacing=0.9, handlelength=1.2
    )


def _error(rows: pd.DataFrame, name: str) -> pd.Series:
    """Return the error of an estimate, with that of the step."""
    return np.hypot(rows[f"{name}_stderr"], rows[f"{name}_systematic"])


def _draw_map(figure: Figure, axes: Axes, table: pd.DataFrame) -> None:
    """Draw the share of the Kaplan-Yorke dimension in 2 L over drive and length, with noise."""
    rows = table[(table["method"] == "twa") & (table["n_exponents"] == 2 * table["length"])]
    lengths = sorted(rows["length"].unique())
    step = _step(rows) if lengths else 1.0
    axes.set_facecolor(COLORS["grey"])
    norm = matplotlib.colors.Normalize(0, 1)
    colors = matplotlib.colormaps["cividis"]
    for row, length in enumerate(lengths):
        line = rows[rows["length"] == length].sort_values("drive_amplitude")
        drives = line["drive_amplitude"].to_numpy()
        # A cell reaches half the way to its neighbours, and never more than half a step: what was not run is grey.
        lower, upper = np.diff(drives, prepend=-np.inf), np.diff(drives, append=np.inf)
        left, right = (drives + sign * np.minimum(0.5 * gap, 0.5 * step) for sign, gap in ((-1, lower), (1, upper)))
        values = (line["kaplan_yorke"] / (2 * length)).to_numpy()
        for index, value in enumerate(values):
            axes.pcolormesh(
                [left[index], right[index]], [row - 0.5, row + 0.5], [[value]], cmap=colors, norm=norm, rasterized=True
            )
    axes.set_yticks(range(len(lengths)), [str(length) for length in lengths])
    axes.xaxis.set_major_locator(MaxNLocator(7, integer=True))
    axes.tick_params(axis="y", length=0)
    axes.set_xlabel(r"$F/\gamma$")
    axes.set_ylabel("length $L$")
    bar = figure.colorbar(matplotlib.cm.ScalarMappable(norm, colors), ax=axes, pad=0.02, aspect=18)
    bar.set_label("$D_{KY} / 2L$")


def _draw_dimension(axes: Axes, table: pd.DataFrame) -> None:
    """Draw the share of the Kaplan-Yorke dimension against the drive, with noise and without."""
    rows = table[table["n_exponents"] == 2 * table["length"]]
    # A length has the look of (b).
    looks = ordered_looks(table["length"])
    lengths = sorted(rows["length"].unique())
    for length in lengths:
        line = rows[rows["length"] == length]
        share, error = (each / (2 * length) for each in (line["kaplan_yorke"], _error(line, "kaplan_yorke")))
        _draw_line(axes, line, share, error, _step(rows), looks[length], str(length))
    axes.set_ylim(-0.04, 1.04)
    axes.set_xlabel(r"$F/\gamma$")
    axes.set_ylabel(r"$D_{KY} / 2L$")
    if not lengths:
        axes.text(0.5, 0.5, "no whole spectrum", transform=axes.transAxes, ha="center", va="center")
        return
    axes.legend(title="$L$", loc="lower center", fontsize=7, title_fontsize=7, ncols=2, columnspacing=0.9)
