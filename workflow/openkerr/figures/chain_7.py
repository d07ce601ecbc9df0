"""Chain figure 7: metastability of the resonant nonlinear wave."""

from __future__ import annotations

from collections.abc import Sequence
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
    import xarray as xr

__all__ = ["draw"]

PAPER = "chain"
TITLE = "Chain figure 7: metastability of the resonant nonlinear wave"
INPUTS = ("chain_metastability", "chain_passages")
SETTINGS = {"model": "chain.model", "metastability": "chain.metastability"}
DRAWN = {
    "drive_amplitude": "metastability.shown.drive_amplitude",
    "lengths": "metastability.shown.lengths",
}

_MOST = 7
"""Drives that are drawn at most."""


def draw(
    metastability: pd.DataFrame, passages: xr.Dataset, *, drive_amplitude: float, lengths: Sequence[int]
) -> Figure:
    """Return the figure: n_L(t), onset time against length, late histograms, runs with and without noise.

    Takes table chain_metastability and grid chain_passages.
    """
    if metastability.empty and not passages.sizes["point"]:
        raise NothingToDraw("no chain has the resonant nonlinear wave: there is no passage to it")
    with journal_style():
        figure = new_figure(DOUBLE_COLUMN, 4.9)
        grid = figure.subplots(
            2,
            2,
            gridspec_kw={"left": 0.08, "right": 0.985, "bottom": 0.09, "top": 0.95, "wspace": 0.22, "hspace": 0.36},
        )
        _draw_curves(grid[0, 0], passages, drive_amplitude, lengths)
        _draw_times(grid[0, 1], metastability)
        _draw_histograms(grid[1, 0], passages, drive_amplitude, lengths)
        _draw_contrast(grid[1, 1], metastability, drive_amplitude)
        for index, axes in enumerate(grid.flat):
            label_panel(axes, index)
    return figure


def _point(passages: xr.Dataset, drive: float, length: int, noise: str = "quantum") -> xr.Dataset | None:
    wanted = (passages["length"] == length) & (np.abs(passages["drive_amplitude"] - drive) < 1e-9)
    wanted &= (passages["noise"] == noise) & (passages["start"] == "vacuum")
    places = np.flatnonzero(wanted.to_numpy())
    return passages.isel(point=int(places[0])) if places.size else None


def _draw_curves(axes: Axes, passages: xr.Dataset, drive: float, lengths: Sequence[int]) -> None:
    """Draw the mean photon number of the last site against time, with (solid) and without noise (dashed)."""
    end = np.inf
    for length, look in ordered_looks(lengths).items():
        for noise, style in (("quantum", "-"), ("none", "--")):
            found = _point(passages, drive, length, noise)
            if found is None:
                continue
            share = found["photon_number"] / found["wave_photon_number"]
            label = f"$L = {length}$" if noise == "quantum" else None
            axes.plot(found["time"], share, color=look["color"], linestyle=style, label=label)
            end = min(end, float(np.nanmax(found["time"])))
    axes.axhline(1.0, color="0.6", linewidth=0.5, zorder=0)
    axes.set_xlim(0, end if np.isfinite(end) else 1.0)
    axes.set_ylim(0, 1.3)
    axes.set_xlabel(r"$\gamma t$")
    axes.set_ylabel(r"$\langle n_L \rangle / n_\mathrm{RNW}$")
    axes.set_title(rf"$F = {drive:g}\,\gamma$", loc="right", pad=4)
    axes.legend(loc="upper center", ncols=3, columnspacing=1.2)


def _draw_times(axes: Axes, table: pd.DataFrame) -> None:
    """Draw onset times against the length: of the mean (filled), and the median of single trajectories (open)."""
    rows = table[(table["start"] == "vacuum") & (table["noise"] == "quantum")]
    drives = [drive for drive, group in rows.groupby("drive_amplitude") if group["t_passage"].notna().any()]
    # Of many drives some from all over their range.
    places = np.unique(np.linspace(0, max(len(drives) - 1, 0), _MOST).round().astype(int))
    drives = [drives[place] for place in places] if drives else []
    for drive, look in ordered_looks(drives).items():
        own = rows[rows["drive_amplitude"] == drive].sort_values("length")
        for name, face in (("t_rnw", look["color"]), ("t_passage", "white")):
            known = own[own[name].notna()]
            axes.errorbar(
                known["length"], known[name], known[f"{name}_stderr"].fillna(0.0), markerfacecolor=face,
                linewidth=0.7, linestyle="-" if name == "t_rnw" else ":",
                label=rf"$F = {drive:g}\gamma$" if name == "t_rnw" else None, **look,
            )  # fmt: skip
    axes.set_yscale("log")
    axes.set_xlabel("length $L$")
    axes.set_ylabel(r"onset time $\gamma t_\mathrm{RNW}$")
    low, high = axes.get_ylim()
    axes.set_ylim(low, high * (high / low) ** 0.35)
    if drives:
        axes.legend(loc="upper center", ncols=3, columnspacing=1.2)


def _draw_histograms(axes: Axes, passages: xr.Dataset, drive: float, lengths: Sequence[int]) -> None:
    """Draw the share of trajectories against their mean photon number at the end of the run."""
    top = 0.0
    for length, look in ordered_looks(lengths).items():
        found = _point(passages, drive, length)
        if found is None:
            continue
        share = found["counts"] / found["counts"].sum()
        axes.stairs(
            share,
            _edges(found["level"].to_numpy()),
            color=look["color"],
            fill=True,
            alpha=0.35,
            label=f"$L = {length}$",
        )
        axes.stairs(share, _edges(found["level"].to_numpy()), color=look["color"], linewidth=0.8)
        top = max(top, float(share.max()))
    axes.set_xlim(0, 1.3)
    axes.set_ylim(0, 1.15 * top if top > 0 else 1.0)
    axes.set_xlabel(r"time-averaged $n_L / n_\mathrm{RNW}$")
    axes.set_ylabel("share of trajectories")
    axes.set_title(rf"$F = {drive:g}\,\gamma$", loc="right", pad=4)
    axes.legend(loc="upper left")


def _edges(middles: np.ndarray) -> np.ndarray:
    step = middles[1] - middles[0]
    return np.append(middles - 0.5 * step, middles[-1] + 0.5 * step)


def _draw_contrast(axes: Axes, table: pd.DataFrame, drive: float) -> None:
    """Draw the median time of arrival with and without noise, and from fields at rest."""
    kinds = (
        ("quantum", "vacuum", "blue", "o", "noise, sampled vacuum"),
        ("none", "vacuum", "orange", "s", "sampled vacuum alone"),
        ("quantum", "rest", "green", "^", "noise alone"),
    )
    for noise, start, color, marker, label in kinds:
        rows = table[(table["noise"] == noise) & (table["start"] == start) & (table["drive_amplitude"] == drive)]
        rows = rows[rows["t_passage"].notna()].sort_values("length")
        axes.errorbar(
            rows["length"], rows["t_passage"], rows["t_passage_stderr"], color=COLORS[color], marker=marker,
            linewidth=0.7, label=label,
        )  # fmt: skip
    axes.set_yscale("log")
    low, high = axes.get_ylim()
    axes.set_ylim(low, high * (high / low) ** 0.4)
    axes.set_xlabel("length $L$")
    axes.set_ylabel("median arrival $\\gamma t$")
    axes.set_title(rf"$F = {drive:g}\,\gamma$", loc="right", pad=4)
    axes.legend(loc="upper left")
