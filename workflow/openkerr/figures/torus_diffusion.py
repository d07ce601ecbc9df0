"""Phase diffusion of limit cycle and limit torus over omega, its divergence at the folds, and the gaps of all lines."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from openkerr.figures.style import COLORS, DOUBLE_COLUMN, NothingToDraw, journal_style, label_panel, new_figure
from openkerr.figures.torus_1 import bifurcation_groups

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["draw", "fold_distance", "local_slopes", "resolved", "slowest_runs"]

PAPER = "torus"
TITLE = "Torus: phase diffusion and gaps of all lines over omega"
INPUTS = ("torus_diffusion", "torus_line_gaps", "torus_slowest_lines", "torus_bifurcations")
SETTINGS = {"model": "torus.model", "attractors": "torus.attractors"}

_SECTORS = {0: COLORS["black"], 1: COLORS["blue"], 2: COLORS["red"], 3: COLORS["green"]}
_LARGEST = 3e4
"""Largest diffusion that the panels over omega show; the panel of the divergence shows the rest."""

_NEAR = 0.01
"""Distance from the fold, in eta, up to which its divergence is looked at."""

_PARTS = (
    ("d_phi_phi", 1, COLORS["red"], "solid", r"$D_{\varphi\varphi}$"),
    ("d_phi_psi", -1, COLORS["orange"], "dashed", r"$-D_{\varphi\psi}$"),
    ("d_psi_psi", 1, COLORS["blue"], "solid", r"$D_{\psi\psi}$"),
)


def draw(
    diffusion: pd.DataFrame, line_gaps: pd.DataFrame, slowest_lines: pd.DataFrame, bifurcations: pd.DataFrame
) -> Figure:
    """Return the figure: diffusion over omega, its divergence at the folds, gaps of the lines.

    Takes the tables torus_diffusion, torus_line_gaps, torus_slowest_lines and torus_bifurcations. Values that the
    numerical resolution leaves uncertain by more than a tenth are left out. Raises NothingToDraw without a limit torus.
    """
    linear = diffusion[diffusion["method"] == "linear_noise"].sort_values("omega")
    torus = linear[linear["attractor"] == "limit_torus"]
    cycle = linear[linear["attractor"] == "limit_cycle"]
    if torus.empty:
        raise NothingToDraw("no limit torus among the attractors: no diffusion of two phases")
    with journal_style():
        figure = new_figure(DOUBLE_COLUMN, 2.9)
        axes = [figure.add_axes((left, 0.15, 0.245, 0.66)) for left in (0.065, 0.395, 0.735)]
        _draw_diffusion(axes[0], cycle, torus, bifurcations)
        _draw_divergence(axes[1], cycle, torus, bifurcations)
        _draw_gaps(axes[2], resolved(line_gaps), resolved(slowest_lines))
        for index, panel in enumerate(axes):
            label_panel(panel, index, x=-0.2)
    return figure


def resolved(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the lines whose gap is certain to a tenth."""
    gap = frame["linear_gap_times_aleph"]
    return frame[(gap > 0) & (frame["linear_gap_times_aleph_stderr"] <= 0.1 * gap)]


def fold_distance(attractor: pd.DataFrame, bifurcations: pd.DataFrame, kind: str) -> tuple[float, np.ndarray] | None:
    """Return the fold at which a branch of attractors ends and the distances of its points, or None without a fold."""
    folds = bifurcations[(bifurcations["bifurcation"] == "fold") & (bifurcations["object"] == kind)]
    if folds.empty or attractor.empty:
        return None
    ends = attractor["omega"].iloc[[0, -1]].to_numpy()
    fold = min(folds["omega"], key=lambda value: np.abs(ends - value).min())
    return float(fold), np.abs(attractor["omega"].to_numpy() - fold)


def local_slopes(distance: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Return slopes of ln(values) against ln(distance) over each decade from the nearest point on, up to `_NEAR`."""
    edges = 10.0 ** np.arange(np.log10(distance.min()), np.log10(_NEAR) + 1e-9)
    order = np.argsort(distance)
    at = np.interp(np.log(edges), np.log(distance[order]), np.log(values[order]))
    return np.diff(at) / np.diff(np.log(edges))


def slowest_runs(slowest_lines: pd.DataFrame) -> list[tuple[int, int, pd.DataFrame]]:
    """Return (k, m, rows) of the stretches of omega over which one line is the slowest of all."""
    chosen = slowest_lines[slowest_lines["slowest"] == 1].sort_values("omega")
    names = list(zip(chosen["sector"], chosen["m"], strict=True))
    starts = [0, *(i for i in range(1, len(names)) if names[i] != names[i - 1]), len(names)]
    return [
        (int(names[first][0]), int(names[first][1]), chosen.iloc[first:last])
        for first, last in pairwise(starts)
        if last > first
    ]


def _draw_diffusion(axes: Axes, cycle: pd.DataFrame, torus: pd.DataFrame, bifurcations: pd.DataFrame) -> None:
    axes.plot(cycle["omega"], cycle["d_phi_phi"], color=COLORS["black"], label=r"$D_{\varphi\varphi}$, cycle")
    for name, sign, color, style, label in _PARTS:
        axes.plot(torus["omega"], sign * torus[name], color=color, linestyle=style, label=f"{label}, torus")
    both = [frame["omega"] for frame in (cycle, torus) if len(frame)]
    axes.set(
        xlabel=r"$\omega/\eta$",
        ylabel=r"$D/\eta$",
        yscale="log",
        xlim=(min(values.min() for values in both), max(values.max() for values in both)),
        ylim=(0.5 * min(frame["d_phi_phi"].min() for frame in (cycle, torus) if len(frame)), _LARGEST),
    )
    for value, _ in bifurcation_groups(bifurcations, *axes.get_xlim()):
        axes.axvline(value, color=COLORS["purple"], linewidth=0.8, zorder=0)
    axes.legend(ncols=2, loc="lower center", bbox_to_anchor=(0.5, 1.0), borderaxespad=0.3, columnspacing=0.8)


def _draw_divergence(axes: Axes, cycle: pd.DataFrame, torus: pd.DataFrame, bifurcations: pd.DataFrame) -> None:
    drawn = False
    for frame, kind, name, color, marker, label in (
        (cycle, "relative_equilibrium", "d_phi_phi", COLORS["black"], "s", r"$D_{\varphi\varphi}$, cycle"),
        (torus, "relative_periodic_orbit", "d_psi_psi", COLORS["blue"], "o", r"$D_{\psi\psi}$, torus"),
    ):
        found = fold_distance(frame, bifurcations, kind)
        if found is None:
            continue
        distance, values = found[1], frame[name].to_numpy()
        certain = (distance > 0) & (frame[f"{name}_stderr"].to_numpy() <= 0.1 * values)
        distance, values = distance[certain], values[certain]
        if not len(distance):
            continue
        axes.plot(distance, values, color=color, marker=marker, markersize=2.4, linestyle="none", label=label)
        nearest = distance.argmin()
        if kind == "relative_equilibrium":
            reach = np.array([distance[nearest], 1e3 * distance[nearest]])
            axes.plot(reach, values[nearest] * distance[nearest] / reach, color=color, linewidth=0.8, zorder=0)
        else:
            slopes = local_slopes(distance, values)
            if len(slopes):
                steepest, flattest = (f"{abs(slope):.1f}" for slope in (slopes.min(), slopes.max()))
                axes.text(
                    0.97, 0.95, f"torus: local slopes\n\N{MINUS SIGN}{steepest} to \N{MINUS SIGN}{flattest}",
                    transform=axes.transAxes, ha="right", va="top", fontsize=7.0,
                )  # fmt: skip
            for row in bifurcations[bifurcations["bifurcation"] == "homoclinic"].itertuples():
                axes.axvline(abs(row.omega - found[0]), color=COLORS["green"], linewidth=0.9, dashes=(1, 1.2), zorder=0)
                axes.annotate(
                    "homoclinic point", (abs(row.omega - found[0]), 0.03), xycoords=("data", "axes fraction"),
                    xytext=(-2, 0), textcoords="offset points", rotation=90, ha="right", va="bottom", fontsize=7.0,
                )  # fmt: skip
        drawn = True
    if not drawn:
        axes.text(0.5, 0.5, "no fold found", transform=axes.transAxes, ha="center", va="center")
        axes.set_axis_off()
        return
    axes.set(xlabel=r"$|\omega-\omega_\mathrm{fold}|/\eta$", ylabel=r"$D/\eta$", xscale="log", yscale="log")
    handles, labels = axes.get_legend_handles_labels()
    handles.append(Line2D([], [], color="0.3", linewidth=0.8))
    axes.legend(
        handles, [*labels, "cycle: slope \N{MINUS SIGN}1"], ncols=2, loc="lower center", bbox_to_anchor=(0.5, 1.0),
        borderaxespad=0.3, columnspacing=0.8, handletextpad=0.4,
    )  # fmt: skip


def _draw_gaps(axes: Axes, line_gaps: pd.DataFrame, slowest_lines: pd.DataFrame) -> None:
    if line_gaps.empty or slowest_lines.empty:
        axes.text(
            0.5, 0.5, "no line whose gap\nis certain to a tenth", transform=axes.transAxes, ha="center", va="center"
        )
        axes.set(xlabel=r"$\omega/\eta$", xticks=[], yticks=[])
        return
    for (sector, _), line in line_gaps.sort_values("omega").groupby(["sector", "m"]):
        axes.plot(line["omega"], line["linear_gap_times_aleph"], color=_SECTORS[sector], linewidth=0.4, alpha=0.6)
    for sector, line in slowest_lines[slowest_lines["sector"].isin(_SECTORS)].groupby("sector"):
        one = line.sort_values("linear_gap_times_aleph").drop_duplicates("omega").sort_values("omega")
        axes.plot(one["omega"], one["linear_gap_times_aleph"], color=_SECTORS[sector], linewidth=1.4)
    for k, m, rows in slowest_runs(slowest_lines):
        axes.plot(
            rows["omega"], rows["linear_gap_times_aleph"],
            linestyle="none", marker="o", markersize=2.6, markerfacecolor="white", markeredgecolor="black",
            markeredgewidth=0.6, zorder=5,
        )  # fmt: skip
        if len(rows) >= 5:
            # To the left of a steep stretch, below a flat one.
            middle = rows.iloc[len(rows) // 2]
            steep = np.ptp(rows["omega"]) < 0.1 * np.ptp(line_gaps["omega"])
            axes.annotate(
                f"({k}, {m})".replace("-", "\N{MINUS SIGN}"), (middle["omega"], middle["linear_gap_times_aleph"]),
                xytext=(-4, 0) if steep else (0, -5), textcoords="offset points",
                ha="right" if steep else "center", va="center" if steep else "top", fontsize=8.0,
            )  # fmt: skip
    least = slowest_lines["linear_gap_times_aleph"].min()
    axes.set(
        xlabel=r"$\omega/\eta$",
        ylabel=r"$\aleph\,\Lambda_{k,m}/\eta$",
        yscale="log",
        xlim=(line_gaps["omega"].min() - 0.22 * np.ptp(line_gaps["omega"]), line_gaps["omega"].max()),
        ylim=(0.25 * least, _LARGEST),
    )
    handles = [Line2D([], [], color=color, linewidth=1.4, label=f"$k={k}$") for k, color in _SECTORS.items()]
    handles.append(
        Line2D([], [], linestyle="none", marker="o", markersize=2.6, markerfacecolor="white", markeredgecolor="black",
               markeredgewidth=0.6, label="slowest of all")
    )  # fmt: skip
    axes.legend(
        handles=handles, ncols=3, loc="lower center", bbox_to_anchor=(0.5, 1.0), borderaxespad=0.3,
        columnspacing=0.8, handlelength=1.2, handletextpad=0.4,
    )  # fmt: skip
