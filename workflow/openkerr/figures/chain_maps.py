"""What the figures of the chain's phase diagram share: maps over drive and length, boundaries, cuts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import Colormap, Normalize
from matplotlib.patches import Rectangle
from matplotlib.ticker import MaxNLocator

from openkerr.figures.style import COLORS, NothingToDraw

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.collections import QuadMesh

__all__ = [
    "MOVING",
    "VISIBLE",
    "cut_length",
    "draw_boundaries",
    "draw_map",
    "draw_points",
    "mark_mixtures",
    "name_regimes",
    "states",
]

MOVING = 3.0
"""A difference between the halves of a window beyond this many standard errors marks a state that still moves."""

VISIBLE = 0.01
"""A correlator below this is zero to the eye; that it still falls means nothing."""


def states(phase_diagram: pd.DataFrame, geometry: str, length: int | None = None) -> pd.DataFrame:
    """Return the truncated-Wigner rows of a geometry, of one length if given, in the order of length and drive.

    Raises NothingToDraw if there is none.
    """
    wanted = (phase_diagram["geometry"] == geometry) & (phase_diagram["method"] == "twa")
    if length is not None:
        wanted &= phase_diagram["length"] == length
    rows = phase_diagram[wanted].sort_values(["length", "drive_amplitude"])
    if rows.empty:
        text = "" if length is None else f" of {length}"
        raise NothingToDraw(f"the table has no truncated-Wigner rows for a {geometry}-driven chain{text}")
    return rows


def cut_length(phase_diagram: pd.DataFrame) -> int:
    """Return the length at which figures cut through the map: ten sites, as published, or the one nearest to that."""
    lengths = sorted(states(phase_diagram, "boundary")["length"].unique())
    return int(min(lengths, key=lambda length: abs(length - 10)))


def edges(values: np.ndarray) -> np.ndarray:
    """Return the edges of cells about sorted values: halfway between neighbours, as far out at the ends."""
    if len(values) == 1:
        return values[0] + np.array([-0.5, 0.5])
    middle = (values[1:] + values[:-1]) / 2
    return np.concatenate([[2 * values[0] - middle[0]], middle, [2 * values[-1] - middle[-1]]])


def _cells(rows: pd.DataFrame) -> list[tuple[pd.DataFrame, np.ndarray, np.ndarray]]:
    """Return each length's rows with the edges of its drives and its own two edges."""
    lengths = np.sort(rows["length"].unique()).astype(float)
    sides = edges(lengths)
    found = []
    for index, length in enumerate(lengths):
        line = rows[rows["length"] == length].sort_values("drive_amplitude")
        found.append((line, edges(line["drive_amplitude"].to_numpy()), sides[index : index + 2]))
    return found


def draw_map(axes: Axes, rows: pd.DataFrame, column: str, norm: Normalize, colors: str | Colormap) -> QuadMesh:
    """Draw a column over drive and length, one row a state; grey where it is empty. Returns what a colour bar needs."""
    axes.set_facecolor(COLORS["grey"])
    for line, drives, sides in _cells(rows):
        mesh = axes.pcolormesh(
            drives, sides, line[column].to_numpy()[None], norm=norm, cmap=colors, rasterized=True, linewidth=0
        )
    axes.set_xlabel(r"$F/\gamma$")
    axes.set_xlim(0.0, edges(np.sort(rows["drive_amplitude"].unique()))[-1])
    axes.xaxis.set_major_locator(MaxNLocator(6, integer=True))
    axes.yaxis.set_major_locator(MaxNLocator(6, integer=True))
    return mesh


def mark_mixtures(axes: Axes, rows: pd.DataFrame) -> None:
    """Hatch the states that are mixtures."""
    for line, drives, (low, high) in _cells(rows):
        for index in np.flatnonzero(line["regime"] == "mixed"):
            corner, width = (drives[index], low), drives[index + 1] - drives[index]
            axes.add_patch(
                Rectangle(
                    corner, width, high - low, fill=False, hatch="//////", linewidth=0.0, edgecolor="white", zorder=3
                )
            )


def draw_boundaries(axes: Axes, boundaries: pd.DataFrame, *, early: bool = False, color: str = "black") -> None:
    """Draw the boundaries of the regimes with bars of one standard error, dashed I/II and full II/III.

    With `early` also II/III as the first part of the runs, which starts without burn-in, has it: dotted.
    """
    rows = boundaries[boundaries["geometry"] == "boundary"]
    for name, line in (("one_two", "--"), ("two_three", "-")):
        chosen = rows[rows["boundary"] == name].sort_values("window").groupby("length").last()
        axes.errorbar(
            chosen["drive_amplitude"], chosen.index, xerr=chosen["drive_amplitude_stderr"], color=color,
            linestyle=line, linewidth=1.0, elinewidth=0.5, capsize=0, zorder=4,
        )  # fmt: skip
    first = rows[(rows["boundary"] == "two_three") & (rows["burn_in"] == 0)].sort_values(["window", "length"])
    if early and not first.empty:
        first = first.groupby("length").first()
        axes.plot(first["drive_amplitude"], first.index, color=color, linestyle=":", linewidth=1.0, zorder=4)


def name_regimes(axes: Axes, rows: pd.DataFrame, colors: dict[str, str] | str = "black") -> None:
    """Write I, II, III among the states that have this regime."""
    for name in ("I", "II", "III"):
        there = rows[rows["regime"] == name]
        if len(there) < 3:
            continue
        length = np.sort(there["length"])[3 * len(there) // 4]
        drive = there.loc[there["length"] == length, "drive_amplitude"].median()
        color = colors if isinstance(colors, str) else colors[name]
        axes.annotate(name, (drive, length), ha="center", va="center", color=color, fontsize=11, zorder=5)


def draw_points(
    axes: Axes,
    cut: pd.DataFrame,
    name: str,
    *,
    color: str = COLORS["blue"],
    marker: str = "o",
    markersize: float = 2.8,
    moving: str = "stationarity",
    label: str | None = None,
) -> None:
    """Draw estimates against the drive with bars of one standard error; open symbols where they still move."""
    rows = cut[cut[name].notna()]
    drive, value = rows["drive_amplitude"].to_numpy(), rows[name].to_numpy()
    error = rows[f"{name}_stderr"].fillna(0.0).to_numpy()
    axes.plot(drive, value, color=color, linewidth=0.5, alpha=0.6, zorder=2)
    open_ones = (rows[moving].abs() > MOVING).to_numpy(dtype=bool)
    for chosen, face, text in ((~open_ones, color, label), (open_ones, "white", None)):
        if chosen.any() or text is not None:
            axes.errorbar(
                drive[chosen], value[chosen], error[chosen], fmt=marker, color=color, markerfacecolor=face,
                markersize=markersize, capsize=markersize / 2, elinewidth=0.7, markeredgewidth=0.7, zorder=3,
                label=text,
            )  # fmt: skip
