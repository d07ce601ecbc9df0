"""What the figures of the chain's phase diagram share: maps over drive and length, boundaries, cuts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import Colormap, Normalize
from matplotlib.lines import Line2D
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
    "mark_unsettled",
    "name_regimes",
    "states",
]

MOVING = 3.0
"""A difference between the halves of a window beyond this many standard errors marks a state that still moves."""

VISIBLE = 0.01
"""A correlator below this is zero to the eye; that it still falls means nothing."""

_HATCHED = 4.0
"""The same of the largest difference of six in maps, which chance alone brings about in one of 2600."""


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


def mark_unsettled(axes: Axes, rows: pd.DataFrame, mesh: QuadMesh, column: str) -> None:
    """Hatch the states of the last site that move at any of the sites of ``rows``; mixtures the other way as well.

    The hatches are black or white, whichever is seen on the colour that ``column`` has in ``mesh``.
    """
    moves = (rows["stationarity"].abs() > _HATCHED) | (
        (rows["otoc_stationarity"].abs() > _HATCHED) & (rows["otoc_saturation"] > VISIBLE)
    )
    any_site = moves.groupby([rows["length"], rows["drive_amplitude"]]).any()
    for line, drives, (low, high) in _cells(rows[rows["site"] == rows["length"]]):
        shades = mesh.to_rgba(line[column].to_numpy(dtype=float))[:, :3]
        inks = np.where(shades @ (0.2126, 0.7152, 0.0722) > 0.4, "black", "white")
        states_of_line = zip(line["length"], line["drive_amplitude"], strict=True)
        moving = np.array([any_site[state] for state in states_of_line])
        for hatch, chosen in ((r"\\\\\\", moving), ("//////", (line["regime"] == "mixed").to_numpy())):
            for index in np.flatnonzero(chosen):
                corner, width = (drives[index], low), drives[index + 1] - drives[index]
                cell = Rectangle(
                    corner, width, high - low, fill=False, hatch=hatch, linewidth=0.0, edgecolor=inks[index], zorder=3
                )
                cell.set_hatch_linewidth(0.5)
                axes.add_patch(cell)


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
    """Write I, II, III where a regime has the most room to the states of others and to the lines of the panel."""
    # Places as shares of the panel, which is about as high as wide.
    lengths, drives = rows["length"].to_numpy(dtype=float), rows["drive_amplitude"].to_numpy(dtype=float)
    low, high = edges(np.unique(lengths))[[0, -1]]
    right = edges(np.unique(drives))[-1]
    places = np.column_stack([drives / right, (lengths - low) / (high - low)])
    drawn = [_along(line, right, low, high) for line in axes.get_lines() if line.get_transform() == axes.transData]
    for name in ("I", "II", "III"):
        there = (rows["regime"] == name).to_numpy()
        if there.sum() < 3:
            continue
        own = places[there]
        room = np.minimum(own, 1.0 - own).min(axis=1)
        for others in (places[~there], *drawn):
            if len(others):
                room = np.minimum(room, np.hypot(*(own[:, None] - others).transpose(2, 0, 1)).min(axis=1))
        best = int(room.argmax())
        color = colors if isinstance(colors, str) else colors[name]
        axes.annotate(
            name, (drives[there][best], lengths[there][best]), ha="center", va="center", color=color,
            fontsize=11 if room[best] > 0.06 else 8.5, zorder=5,
        )  # fmt: skip


def _along(line: Line2D, right: float, low: float, high: float) -> np.ndarray:
    """Return places along a line of the panel, as shares of it."""
    x, y = (np.asarray(each, dtype=float) for each in line.get_data())
    if len(x) < 2:
        return np.empty((0, 2))
    fine = np.linspace(0, len(x) - 1, 20 * len(x))
    corner = np.arange(len(x))
    return np.column_stack([np.interp(fine, corner, x) / right, (np.interp(fine, corner, y) - low) / (high - low)])


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
