"""Lyapunov exponents of the two cavities over omega, and their attractors over omega and the coupling."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.typing import LineStyleType

from openkerr.figures.style import COLORS, DOUBLE_COLUMN, journal_style, label_panel, new_figure
from openkerr.figures.torus_1 import bifurcation_groups

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["class_counts", "draw", "map_rows", "shared_range"]

PAPER = "torus"
TITLE = "Torus: Lyapunov exponents over omega, attractors over omega and J"
INPUTS = ("torus_attractors", "torus_bifurcations")
SETTINGS = {"model": "torus.model", "attractors": "torus.attractors"}
DRAWN = {"omega": "model.omega.0", "tunneling": "model.tunneling"}

_EXPONENTS = 4
_EXPONENT_COLORS = (COLORS["black"], COLORS["blue"], COLORS["red"], COLORS["green"])
# Colour and marker both tell the class.
_CLASSES = {
    "fixed_point": ("fixed point", COLORS["black"], "^"),
    "limit_cycle": ("limit cycle", COLORS["blue"], "o"),
    "limit_torus": ("limit torus", COLORS["red"], "s"),
    "chaos": ("chaos", COLORS["green"], "X"),
}
_SWEEPS: dict[str, tuple[str, LineStyleType, float]] = {
    "up": (">", "-", 0.0),
    "down": ("<", "--", 1.0),
}  # marker, line, hollow


def draw(attractors: pd.DataFrame, bifurcations: pd.DataFrame, omega: float, tunneling: float) -> Figure:
    """Return the figure: exponents of both sweeps over omega, the range where they differ, map of the attractors.

    Takes the tables torus_attractors and torus_bifurcations, and the point of the model, which the map marks. Raises
    ValueError where a sweep is missing.
    """
    sweeps = {name: attractors[attractors["sweep"] == name].sort_values("omega") for name in _SWEEPS}
    if any(sweep.empty for sweep in sweeps.values()):
        raise ValueError("the figure needs the sweeps up and down of table torus_attractors")
    with journal_style():
        figure = new_figure(DOUBLE_COLUMN, 5.2)
        whole = figure.add_axes((0.085, 0.575, 0.545, 0.34))
        zoom = figure.add_axes((0.705, 0.575, 0.28, 0.34))
        plane = figure.add_axes((0.085, 0.085, 0.545, 0.375))
        swept = sweeps["up"]["omega"]
        shared = shared_range(attractors)
        limits = [(float(swept.min()), float(swept.max()))]
        middle, half = (sum(shared) / 2, shared[1] - shared[0]) if shared else (float(swept.median()), 0.05)
        limits.append((middle - max(half, 0.01), middle + max(half, 0.01)))
        for index, (axes, (low, high)) in enumerate(zip((whole, zoom), limits, strict=True)):
            _shade(axes, sweeps)
            _draw_exponents(axes, sweeps, dense=index == 0)
            axes.set(xlim=(low, high), ylim=_value_limits(sweeps), xlabel=r"$\omega/\eta$")
            _mark_bifurcations(axes, bifurcations, low, high)
            label_panel(axes, index, x=-0.11 if index == 0 else -0.15, y=1.0)
        whole.set_ylabel(r"Lyapunov exponent $\lambda_i/\eta$")
        worst = max(float(_error(sweep, i).max()) for sweep in sweeps.values() for i in range(1, 5))
        figure.legend(
            handles=_exponent_handles(),
            loc="upper left",
            bbox_to_anchor=(0.065, 0.995),
            ncols=6,
            columnspacing=1.1,
            borderaxespad=0.2,
        )
        whole.text(0.015, 0.03, f"errors ≤ {_power(worst)}", transform=whole.transAxes, fontsize=7.0, va="bottom")
        _draw_plane(plane, attractors)
        folds = bifurcations[bifurcations["bifurcation"] == "fold"]
        plane.plot(
            folds["omega"], folds["tunneling"], linestyle="none", marker="|", markersize=15, markeredgewidth=1.6,
            color=COLORS["purple"], zorder=4,
        )  # fmt: skip
        plane.plot(
            omega, tunneling, marker="*", markersize=11, color=COLORS["yellow"], markeredgecolor="black",
            markeredgewidth=0.7, linestyle="none", zorder=5,
        )  # fmt: skip
        label_panel(plane, 2, x=-0.11)
        figure.legend(
            handles=_class_handles(attractors),
            title="class: points shown / all runs of the table",
            title_fontsize=8.0,
            alignment="left",
            loc="upper left",
            bbox_to_anchor=(0.645, 0.475),
        )
    return figure


def shared_range(attractors: pd.DataFrame) -> tuple[float, float] | None:
    """Return the least and the greatest omega at which sweeps up and down end on different classes, if any do."""
    up, down = (attractors[attractors["sweep"] == name].set_index("omega")["attractor"] for name in ("up", "down"))
    common = up.index.intersection(down.index)
    differs = common[(up[common] != down[common]).to_numpy()]
    return (float(differs.min()), float(differs.max())) if len(differs) else None


def map_rows(attractors: pd.DataFrame) -> pd.DataFrame:
    """Return the coherent starts at those omegas that were run at every coupling: the points of a regular map."""
    rows = attractors[(attractors["sweep"] == "fixed") & (attractors["start"] == 0)]
    couplings = rows.groupby("omega")["tunneling"].nunique()
    return rows[rows["omega"].isin(couplings.index[couplings == couplings.max()])]


def class_counts(attractors: pd.DataFrame) -> dict[str, tuple[int, int]]:
    """Return, for each class, the number of points of the map and of all rows of the table."""
    shown = map_rows(attractors)["attractor"].value_counts()
    every = attractors["attractor"].value_counts()
    return {name: (int(shown.get(name, 0)), int(every.get(name, 0))) for name in _CLASSES}


def _power(value: float) -> str:
    """Return a positive number to one digit, rounded up, as math text."""
    if value <= 0:
        return "0"
    exponent = int(np.floor(np.log10(value)))
    digit = int(np.ceil(round(value / 10.0**exponent, 9)))
    return rf"${digit}\times10^{{{exponent}}}\,\eta$"


def _value_limits(sweeps: dict[str, pd.DataFrame]) -> tuple[float, float]:
    columns = [f"lyapunov_{index}" for index in range(1, _EXPONENTS + 1)]
    low = min(float(sweep[columns].min().min()) for sweep in sweeps.values())
    high = max(float(sweep[columns].max().max()) for sweep in sweeps.values())
    return low - 0.12 * (high - low), high + 0.1 * (high - low)


def _shade(axes: Axes, sweeps: dict[str, pd.DataFrame]) -> None:
    """Shade in grey where both sweeps find a torus, hatch where they find different classes."""
    up, down = (sweeps[name].set_index("omega")["attractor"] for name in ("up", "down"))
    omega = up.index.intersection(down.index).to_numpy()
    if len(omega) < 2:
        return
    middle = (omega[1:] + omega[:-1]) / 2
    cells = zip(np.append(omega[0], middle), np.append(middle, omega[-1]), up[omega], down[omega], strict=True)
    # Cells of one kind that touch are joined, so that the hatches do not break.
    joined: list[list] = []
    for begin, end, first, second in cells:
        kind = "both" if first != second else first
        if joined and joined[-1][2] == kind:
            joined[-1][1] = end
        else:
            joined.append([begin, end, kind])
    for begin, end, kind in joined:
        if kind == "both":
            axes.axvspan(begin, end, facecolor="white", hatch="//////", edgecolor="0.8", linewidth=0, zorder=0)
        elif kind == "limit_torus":
            axes.axvspan(begin, end, facecolor="0.9", linewidth=0, zorder=0)


def _draw_exponents(axes: Axes, sweeps: dict[str, pd.DataFrame], *, dense: bool) -> None:
    for name, (marker, line, hollow) in _SWEEPS.items():
        sweep = sweeps[name]
        for index in range(_EXPONENTS):
            color = _EXPONENT_COLORS[index]
            axes.errorbar(
                sweep["omega"],
                sweep[f"lyapunov_{index + 1}"],
                yerr=_error(sweep, index + 1),
                color=color,
                linestyle=line,
                linewidth=0.6,
                marker=marker,
                markersize=2.4 if dense else 3.6,
                markerfacecolor="white" if hollow else color,
                markeredgewidth=0.5,
                zorder=3 + hollow,
            )


def _error(sweep: pd.DataFrame, index: int) -> pd.Series:
    """Return the error of an exponent, with that of the step."""
    return np.hypot(sweep[f"lyapunov_{index}_stderr"], sweep[f"lyapunov_{index}_systematic"])


def _mark_bifurcations(axes: Axes, bifurcations: pd.DataFrame, low: float, high: float) -> None:
    groups = bifurcation_groups(bifurcations, low, high)
    for number, (value, names) in enumerate(groups):
        axes.axvline(value, color=COLORS["purple"], linewidth=1.0, zorder=2)
        left = len(groups) > 1 and number < len(groups) / 2
        axes.annotate(
            names.replace(", ", ",\n"),
            (value, 0.42),
            xycoords=("data", "axes fraction"),
            xytext=(-3 if left else 3, 0),
            textcoords="offset points",
            rotation=90,
            multialignment="center",
            ha="right" if left else "left",
            va="center",
            fontsize=7.0,
        )


def _draw_plane(axes: Axes, attractors: pd.DataFrame) -> None:
    rows = map_rows(attractors)
    # Marks of a fine map stand apart as those of a coarse one do.
    size = min(6.5, 80.0 / max(rows["omega"].nunique(), 1.4 * rows["tunneling"].nunique()))
    for name, (_, color, marker) in _CLASSES.items():
        for decided in (1, 0):
            part = rows[(rows["attractor"] == name) & (rows["decided"] == decided)]
            axes.plot(
                part["omega"],
                part["tunneling"],
                linestyle="none",
                marker=marker,
                markersize=size,
                color=color,
                markerfacecolor=color if decided else "white",
                markeredgewidth=min(1.0, size / 5),
            )
    axes.margins(0.05, 0.09)
    axes.set(xlabel=r"$\omega/\eta$", ylabel=r"$J/\eta$")


def _exponent_handles() -> list[Line2D]:
    handles = [
        Line2D([], [], color=color, label=rf"$\lambda_{index}$")
        for index, color in enumerate(_EXPONENT_COLORS, start=1)
    ]
    for name, (marker, line, hollow) in _SWEEPS.items():
        handles.append(
            Line2D(
                [],
                [],
                color="0.3",
                linestyle=line,
                linewidth=0.6,
                marker=marker,
                markerfacecolor="white" if hollow else "0.3",
                label=f"sweep {name}",
            )
        )
    return handles


def _class_handles(attractors: pd.DataFrame) -> list[Line2D]:
    counts = class_counts(attractors)
    handles = [
        Line2D([], [], linestyle="none", marker=marker, markersize=6, color=color,
               label=f"{title}: {counts[name][0]} / {counts[name][1]}")
        for name, (title, color, marker) in _CLASSES.items()
    ]  # fmt: skip
    undecided = (
        int((map_rows(attractors)["decided"] == 0).sum()),
        int((attractors["decided"] == 0).sum()),
    )
    handles.append(
        Line2D(
            [],
            [],
            linestyle="none",
            marker="D",
            markersize=5,
            color="0.3",
            markerfacecolor="white",
            label=f"hollow, undecided: {undecided[0]} / {undecided[1]}",
        )
    )
    handles.append(
        Line2D([], [], linestyle="none", marker="*", markersize=9, color=COLORS["yellow"], markeredgecolor="black",
               markeredgewidth=0.7, label="the model of all other figures")
    )  # fmt: skip
    handles.append(
        Line2D([], [], linestyle="none", marker="|", markersize=10, markeredgewidth=1.6, color=COLORS["purple"],
               label="folds of cycle and torus there")
    )  # fmt: skip
    return handles
