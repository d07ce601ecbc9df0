"""Exponents of switching between limit cycle and limit torus from paths of least action, and the sampled rates."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import NullFormatter

from openkerr.figures.style import COLORS, DOUBLE_COLUMN, NothingToDraw, journal_style, label_panel, new_figure
from openkerr.figures.torus_switching import coexistence

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["draw", "equal_action"]

PAPER = "torus"
TITLE = "Torus: switching by paths of least action"
INPUTS = (
    "torus_actions", "torus_action_paths", "torus_action_rates", "torus_switching", "torus_weights",
    "torus_bifurcations",
)  # fmt: skip
SETTINGS = {"model": "torus.model", "settings": "torus.switching_paths"}

_DIRECTIONS = {
    "cycle_to_torus": ("cycle → torus", COLORS["blue"], "o", "-"),
    "torus_to_cycle": ("torus → cycle", COLORS["red"], "s", "--"),
}
_SHADES = ("0.78", "0.55", "0.3", "0.0")


def draw(
    actions: pd.DataFrame,
    paths: pd.DataFrame,
    rates: pd.DataFrame,
    switching: pd.DataFrame,
    weights: pd.DataFrame,
    bifurcations: pd.DataFrame,
) -> Figure:
    """Return the figure.

    Takes the tables torus_actions, torus_action_paths, torus_action_rates, torus_switching, torus_weights and
    torus_bifurcations.

    Raises
    ------
    NothingToDraw
        If there is no path.
    """
    if not len(actions):
        raise NothingToDraw("at none of the frequencies does a saddle lie between a limit cycle and a limit torus")
    with journal_style():
        figure = new_figure(DOUBLE_COLUMN, 4.9)
        grid = figure.add_gridspec(2, 2, left=0.085, right=0.985, bottom=0.09, top=0.9, wspace=0.25, hspace=0.42)
        panels = [figure.add_subplot(grid[k // 2, k % 2]) for k in range(4)]
        _draw_exponents(panels[0], actions, rates)
        _draw_paths(panels[1], paths, actions)
        _draw_prefactors(panels[2], actions, switching)
        _draw_weights(panels[3], weights, actions)
        for axes in (panels[0], panels[3]):
            for edge in coexistence(bifurcations):
                axes.axvline(edge, color=COLORS["purple"], linewidth=0.9, linestyle=":", zorder=1)
            axes.set_xlabel(r"$\omega/\eta$")
        for index, axes in enumerate(panels):
            label_panel(axes, index, x=-0.13, y=1.02)
    return figure


def equal_action(actions: pd.DataFrame) -> float:
    """Frequency at which both directions have the same action, by interpolation; NaN where they do not cross."""
    pairs = actions.pivot(index="omega", columns="direction", values="action").dropna()
    if not set(_DIRECTIONS) <= set(pairs.columns):
        return np.nan
    excess = np.log(pairs["cycle_to_torus"] / pairs["torus_to_cycle"]).to_numpy()
    (crossing,) = np.nonzero(np.diff(np.sign(excess)))
    if not crossing.size:
        return np.nan
    ends = slice(crossing[0], crossing[0] + 2)
    order = np.argsort(excess[ends])
    return float(np.interp(0.0, excess[ends][order], pairs.index.to_numpy()[ends][order]))


def _legend(axes: Axes, **options: object) -> None:
    axes.legend(
        fontsize=7.0, loc="lower center", bbox_to_anchor=(0.5, 1.0), borderaxespad=0.1, handlelength=1.8,
        columnspacing=0.9, handletextpad=0.4, **options,
    )  # fmt: skip


def _draw_exponents(axes: Axes, actions: pd.DataFrame, rates: pd.DataFrame) -> None:
    for direction, (_, color, marker, line) in _DIRECTIONS.items():
        rows = actions[actions["direction"] == direction].sort_values("omega")
        axes.errorbar(
            rows["omega"], 1e4 * rows["action"], yerr=1e4 * rows["action_error"], color=color, linestyle=line,
            linewidth=1.0, elinewidth=0.7, marker=".", markersize=2.5,
        )  # fmt: skip
        fits = rates[rates["direction"] == direction]
        axes.errorbar(
            fits["omega"], 1e4 * fits["fitted"], yerr=1e4 * fits["fitted_stderr"], color=color, marker=marker,
            markerfacecolor="white", linestyle="none", elinewidth=0.7, markersize=3.8,
        )  # fmt: skip
    axes.set(ylabel=r"$10^4\,c$", ylim=(0, None))
    handles = [
        axes.plot([], [], color=color, linestyle=line, marker=marker, markerfacecolor="white", label=title)[0]
        for title, color, marker, line in _DIRECTIONS.values()
    ]
    _legend(axes, handles=handles, ncols=2)


def _draw_paths(axes: Axes, paths: pd.DataFrame, actions: pd.DataFrame) -> None:
    equal, omegas = equal_action(actions), np.sort(paths["omega"].unique())
    shown = omegas[np.abs(omegas - (equal if np.isfinite(equal) else omegas.mean())).argmin()]
    here = paths[paths["omega"] == shown]
    torus = here[here["path"] == "torus"]
    axes.plot(*_turns(torus), color="0.6", linewidth=2.2, zorder=1)
    for direction, (_, color, _, line) in _DIRECTIONS.items():
        phase, population = _turns(here[here["path"] == direction])
        axes.plot(phase, population, color=color, linestyle=line, linewidth=1.0)
        if direction == "cycle_to_torus":
            axes.plot(phase[0], population[0], marker="o", color=color, linestyle="none", markersize=4.5)
            axes.plot(phase[-1], population[-1], marker="X", color="black", linestyle="none", markersize=5.0, zorder=4)
    axes.set(xlabel=r"$(2\theta_1-\theta_2)/\pi$", ylabel=r"$n_1/\aleph$", xlim=(-1.0, 1.0))
    axes.set_xticks([-1.0, -0.5, 0.0, 0.5, 1.0])
    handles = [
        Line2D([], [], color="0.6", linewidth=2.2, label="torus"),
        Line2D([], [], color=COLORS["blue"], marker="o", linestyle="none", label="cycle"),
        Line2D([], [], color="black", marker="X", linestyle="none", label="saddle"),
    ]
    _legend(axes, handles=handles, ncols=3)
    axes.text(0.97, 0.96, rf"$\omega = {shown:g}\,\eta$", transform=axes.transAxes, ha="right", va="top")


def _turns(points: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """Phases in units of pi, between -1 and 1, and populations, with a gap where the phase passes pi."""
    phase = points["relative_phase"].to_numpy() / np.pi
    folded = (phase + 1.0) % 2.0 - 1.0
    cuts = np.flatnonzero(np.abs(np.diff(folded)) > 1.0) + 1
    return np.insert(folded, cuts, np.nan), np.insert(points["n1_over_aleph"].to_numpy(), cuts, np.nan)


def _draw_prefactors(axes: Axes, actions: pd.DataFrame, switching: pd.DataFrame) -> None:
    resolved = switching[switching["resolved"] == 1]
    shown = resolved.merge(actions, on=["omega", "direction"])
    for direction, (_, color, marker, _) in _DIRECTIONS.items():
        rows = shown[shown["direction"] == direction]
        for _, one in rows.groupby("omega"):
            one = one.sort_values("aleph")
            factor = np.exp(one["action"] * one["aleph"])
            axes.errorbar(
                one["aleph"], one["rate"] * factor, yerr=one["rate_stderr"] * factor, color=color, marker=marker,
                markersize=2.8, linewidth=0.6, elinewidth=0.6,
            )  # fmt: skip
    axes.set(xlabel=r"$\aleph$", ylabel=r"rate $\cdot\,e^{c\aleph}/\eta$", xscale="log", yscale="log")
    axes.yaxis.set_minor_formatter(NullFormatter())
    if len(shown):
        ends = np.array([shown["aleph"].min(), shown["aleph"].max()])
        lowest = (shown["rate"] * np.exp(shown["action"] * shown["aleph"])).min()
        axes.plot(ends, 0.5 * lowest * (ends / ends[1]) ** -0.5, color="0.4", linewidth=0.8, linestyle="-.")
        _legend(axes, handles=[Line2D([], [], color="0.4", linestyle="-.", label=r"$\aleph^{-1/2}$")])
        # Of the ordinate only whole decades have labels: one is in sight.
        low, high = axes.get_ylim()
        decade = float(10.0 ** np.round(np.log10(np.sqrt(low * high))))
        axes.set_ylim(float(min(low, 0.8 * decade)), float(max(high, 1.2 * decade)))
        ticks = sorted({ends[0], *[tick for tick in (1e4,) if 1.4 * ends[0] < tick < ends[1] / 1.4], ends[1]})
        axes.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
        axes.xaxis.set_minor_formatter(NullFormatter())
    else:
        axes.text(0.5, 0.5, "no resolved rate", transform=axes.transAxes, ha="center")


def _draw_weights(axes: Axes, weights: pd.DataFrame, actions: pd.DataFrame) -> None:
    alephs = np.sort(weights["aleph"].unique())
    chosen = alephs[np.unique(np.linspace(0, len(alephs) - 1, len(_SHADES)).round().astype(int))]
    for aleph, shade, marker in zip(chosen, _SHADES[-len(chosen) :], "osD^", strict=False):
        rows = weights[weights["aleph"] == aleph].sort_values("omega")
        for start, filled in (("cycle", True), ("torus", False)):
            part = rows[rows["start"] == start]
            axes.errorbar(
                part["omega"], part["torus_weight"], yerr=part["torus_weight_stderr"], color=shade, marker=marker,
                markersize=3.0, markerfacecolor=shade if filled else "white", linewidth=0.6, elinewidth=0.6,
                linestyle="-" if filled else ":",
            )  # fmt: skip
    handles = [
        Line2D([], [], color=shade, marker=marker, linewidth=0.6, markersize=3.0, label=f"{aleph:g}")
        for aleph, shade, marker in zip(chosen, _SHADES[-len(chosen) :], "osD^", strict=False)
    ]
    handles[0].set_label(rf"$\aleph =$ {chosen[0]:g}")
    equal = equal_action(actions)
    if np.isfinite(equal):
        edges = weights["omega"].min(), weights["omega"].max()
        axes.plot(
            [edges[0], equal, equal, edges[1]], [0, 0, 1, 1], color=COLORS["orange"], linewidth=1.4, zorder=1
        )  # fmt: skip
        handles.append(Line2D([], [], color=COLORS["orange"], linewidth=1.4, label=r"$\infty$"))
    axes.set(ylabel="share on the torus", ylim=(-0.04, 1.04))
    _legend(axes, handles=handles, ncols=5)
