"""Limit cycle and limit torus side by side: basins, weights under noise, and rates of switching."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import NullFormatter

from openkerr.figures.style import COLORS, DOUBLE_COLUMN, journal_style, label_panel, new_figure, ordered_colors

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["coexistence", "draw"]

PAPER = "torus"
TITLE = "Torus: switching between limit cycle and limit torus"
INPUTS = ("torus_basins", "torus_weights", "torus_switching", "torus_switching_laws", "torus_bifurcations")
SETTINGS = {"model": "torus.model", "settings": "torus.switching"}

_MOST_CURVES = 7
_MARKERS = "osD^v<>ph*X"
_DIRECTIONS = {"cycle_to_torus": "cycle → torus", "torus_to_cycle": "torus → cycle"}


def draw(
    basins: pd.DataFrame,
    weights: pd.DataFrame,
    switching: pd.DataFrame,
    laws: pd.DataFrame,
    bifurcations: pd.DataFrame,
) -> Figure:
    """Return the figure.

    Takes the tables torus_basins, torus_weights, torus_switching, torus_switching_laws and torus_bifurcations.
    """
    window = coexistence(bifurcations)
    with journal_style():
        figure = new_figure(DOUBLE_COLUMN, 5.4)
        grid = figure.add_gridspec(2, 3, left=0.075, right=0.985, bottom=0.08, top=0.835, wspace=0.36, hspace=0.42)
        panels = [figure.add_subplot(grid[k // 3, k % 3]) for k in range(6)]
        _draw_basins(panels[0], basins)
        _draw_weights(panels[1], weights)
        omegas = sorted(switching["omega"].unique())
        colors = ordered_colors(len(omegas))
        styles = {omega: (colors[k], _MARKERS[k % len(_MARKERS)]) for k, omega in enumerate(omegas)}
        for axes, (direction, title) in zip(panels[2:4], _DIRECTIONS.items(), strict=True):
            _draw_rates(axes, switching, laws, direction, styles)
            axes.text(0.03, 0.04, title, transform=axes.transAxes)
        panels[2].legend(
            handles=[
                Line2D([], [], color=color, marker=marker, linewidth=0.8, label=f"{omega:g}")
                for omega, (color, marker) in styles.items()
            ],
            title=r"$\omega/\eta$ in (c), (d)", title_fontsize=7.0, fontsize=6.5, ncols=4, loc="lower center",
            bbox_to_anchor=(0.45, 1.0), handletextpad=0.3, labelspacing=0.15, borderaxespad=0.1, handlelength=1.3,
            columnspacing=0.7,
        )  # fmt: skip
        _draw_coefficients(panels[4], laws)
        _draw_quality(panels[5], laws)
        for axes in (panels[0], panels[1], panels[4]):
            for edge in window:
                axes.axvline(edge, color=COLORS["purple"], linewidth=0.9, linestyle=":", zorder=1)
            axes.set_xlabel(r"$\omega/\eta$")
        limits = basins["omega"].min(), basins["omega"].max()
        panels[0].set_xlim(limits)
        panels[1].set_xlim(limits)
        for index, axes in enumerate(panels):
            label_panel(axes, index, x=-0.2, y=1.02)
    return figure


def coexistence(bifurcations: pd.DataFrame) -> list[float]:
    """Return the folds in which the limit torus begins and the limit cycle ends, as far as they are in the table."""
    folds = bifurcations[bifurcations["bifurcation"] == "fold"]
    return sorted(
        float(folds[folds["object"] == kind]["omega"].max())
        for kind in ("relative_equilibrium", "relative_periodic_orbit")
        if (folds["object"] == kind).any()
    )


def _draw_basins(axes: Axes, basins: pd.DataFrame) -> None:
    for attractor, color, marker, title in (
        ("limit_torus", COLORS["red"], "s", "torus"),
        ("limit_cycle", COLORS["blue"], "o", "cycle"),
        ("other", "0.5", "x", "other"),
    ):
        rows = basins[basins["attractor"] == attractor].sort_values("omega")
        if attractor == "other" and not rows["share"].any():
            continue
        axes.errorbar(
            rows["omega"], rows["share"], yerr=rows["share_stderr"], color=color, marker=marker, markersize=2.6,
            linewidth=0.7, elinewidth=0.6, capsize=0, label=title,
        )  # fmt: skip
    axes.set(ylabel="share of random starts, no noise", ylim=(-0.04, 1.04))
    axes.legend(
        fontsize=7.0, loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=3, borderaxespad=0.1, handlelength=1.4,
        columnspacing=0.8,
    )  # fmt: skip


def _draw_weights(axes: Axes, weights: pd.DataFrame) -> None:
    alephs = sorted(weights["aleph"].unique())
    if len(alephs) > _MOST_CURVES:
        alephs = [alephs[k] for k in np.unique(np.linspace(0, len(alephs) - 1, 5).round().astype(int))]
    for aleph, color, marker in zip(alephs, ordered_colors(len(alephs)), _MARKERS, strict=False):
        for start, filled in (("cycle", True), ("torus", False)):
            rows = weights[(weights["aleph"] == aleph) & (weights["start"] == start)].sort_values("omega")
            axes.errorbar(
                rows["omega"], rows["torus_weight"], yerr=rows["torus_weight_stderr"], color=color, marker=marker,
                markersize=3.2, markerfacecolor=color if filled else "white", markeredgewidth=0.6, linewidth=0.7,
                linestyle="-" if filled else "--", elinewidth=0.6, capsize=0,
                label=f"{aleph:g}" if filled else None,
            )  # fmt: skip
    axes.set(ylabel="share on the torus", ylim=(-0.04, 1.04))
    handles, _ = axes.get_legend_handles_labels()
    starts = [
        Line2D([], [], color="0.3", marker="o", markersize=3.2, linewidth=0.7, label="from the cycle"),
        Line2D([], [], color="0.3", marker="o", markersize=3.2, linewidth=0.7, linestyle="--", markerfacecolor="white",
               label="from the torus"),
    ]  # fmt: skip
    axes.legend(
        handles=[*handles, *starts], title=r"$\aleph$; start of the runs", title_fontsize=7.0, fontsize=6.5,
        ncols=3, loc="lower center", bbox_to_anchor=(0.56, 1.0), handletextpad=0.3, labelspacing=0.15,
        borderaxespad=0.1, handlelength=1.3, columnspacing=0.7,
    )  # fmt: skip


def _draw_rates(axes: Axes, switching: pd.DataFrame, laws: pd.DataFrame, direction: str, styles: dict) -> None:
    limits = switching[(switching["n_events"] == 0) & (switching["direction"] == direction)].dropna(subset="rate_limit")
    for omega, (color, marker) in styles.items():
        rows = switching[
            (switching["omega"] == omega) & (switching["direction"] == direction) & (switching["resolved"] == 1)
        ]
        axes.errorbar(
            rows["aleph"], rows["rate"], yerr=rows["rate_stderr"], color=color, marker=marker, linestyle="none",
            elinewidth=0.6, capsize=0,
        )  # fmt: skip
        unseen = limits[limits["omega"] == omega]
        axes.errorbar(
            unseen["aleph"], unseen["rate_limit"], yerr=0.35 * unseen["rate_limit"], uplims=True, color=color,
            marker="_", markersize=4.0, linestyle="none", elinewidth=0.6, capsize=1.6,
        )  # fmt: skip
        fit = laws[(laws["omega"] == omega) & (laws["direction"] == direction) & (laws["law"] == "exponential")]
        if len(fit) and len(rows):
            aleph = np.linspace(rows["aleph"].min(), rows["aleph"].max(), 20)
            line = fit["log_prefactor"].iloc[0] - fit["coefficient"].iloc[0] * aleph
            axes.plot(aleph, np.exp(line), color=color, linewidth=0.8)
    axes.set(xlabel=r"$\aleph$", ylabel=r"rate$/\eta$", yscale="log", xlim=(0, None))
    shown = switching[(switching["resolved"] == 1) & (switching["direction"] == direction)]["rate"]
    shown = np.r_[shown, limits["rate_limit"]]
    # Whole decades, whose labels need little room.
    low, high = (shown.min(), shown.max()) if len(shown) else (1e-4, 1e-2)
    axes.set_ylim(10.0 ** np.floor(np.log10(0.5 * low)), 2 * high)
    axes.yaxis.set_minor_formatter(NullFormatter())


def _draw_coefficients(axes: Axes, laws: pd.DataFrame) -> None:
    for (direction, title), color, marker in zip(
        _DIRECTIONS.items(), (COLORS["blue"], COLORS["red"]), ("o", "s"), strict=True
    ):
        rows = laws[(laws["direction"] == direction) & (laws["law"] == "exponential")].sort_values("omega")
        axes.errorbar(
            rows["omega"], 1e4 * rows["coefficient"], yerr=1e4 * rows["coefficient_stderr"], color=color, marker=marker,
            linewidth=0.8, elinewidth=0.7, label=title,
        )  # fmt: skip
    axes.set(ylabel=r"$10^4\,c$ of rate $\propto\exp(-c\aleph)$")
    axes.set_ylim(bottom=0)
    axes.legend(fontsize=7.0, loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=2, borderaxespad=0.1,
                handlelength=1.2, columnspacing=0.8, handletextpad=0.3)  # fmt: skip


def _draw_quality(axes: Axes, laws: pd.DataFrame) -> None:
    quality = laws.assign(reduced=laws["chi_squared"] / (laws["n_alephs"] - 2).clip(lower=1))
    pairs = quality.pivot(index=["omega", "direction"], columns="law", values="reduced").reset_index()
    for (direction, title), color, marker in zip(
        _DIRECTIONS.items(), (COLORS["blue"], COLORS["red"]), ("o", "s"), strict=True
    ):
        rows = pairs[pairs["direction"] == direction]
        if len(rows):
            axes.plot(rows["exponential"], rows["power"], linestyle="none", marker=marker, color=color, label=title)
    ends = np.array([1e-2, 1e3])
    if len(pairs):
        values = pairs[["exponential", "power"]].to_numpy()
        ends = np.array([max(values.min(), 1e-3) / 2, values.max() * 2])
    axes.plot(ends, ends, color="0.5", linewidth=0.7, linestyle="--")
    axes.set(
        xlabel=r"$\chi^2$/d.o.f. of $\exp(-c\aleph)$", ylabel=r"$\chi^2$/d.o.f. of $\aleph^{-a}$",
        xscale="log", yscale="log",
    )  # fmt: skip
    axes.text(0.04, 0.66, "exponential\nfits better", transform=axes.transAxes, va="top", fontsize=7.0)
