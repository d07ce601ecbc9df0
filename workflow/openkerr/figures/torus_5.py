"""Torus figure 5: period-averaged circular variance against time and aleph, its collapse, and what the windows do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import LogLocator, NullFormatter

from openkerr.figures.style import COLORS, DOUBLE_COLUMN, NothingToDraw, journal_style, label_panel, new_figure

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["PUBLISHED", "draw", "drawn_window"]

PAPER = "torus"
TITLE = "Torus figure 5: scaling of the circular variance"
INPUTS = ("torus_circular_variance", "torus_scaling")
SETTINGS = {
    "model": "torus.model",
    "initial_amplitude": "torus.initial_amplitude",
    "settings": "torus.circular_variance",
}

PUBLISHED = {"d1": -1.08, "d2": 0.90, "alpha": 1.04, "beta": -1.196}
"""Values of arXiv:2507.03764, Sec. III B, d1 with its sign."""

_SHADES = ("0.0", COLORS["blue"], COLORS["green"], COLORS["orange"], COLORS["red"], COLORS["purple"], COLORS["sky"])
_MARKERS = "osD^v<>ph*X"


def draw(variance: pd.DataFrame, scaling: pd.DataFrame) -> Figure:
    """Return the figure for mode 1; takes the tables torus_circular_variance and torus_scaling.

    Raises ValueError where the scaling has no window.
    """
    window = drawn_window(scaling)
    rows = variance[variance["mode"] == 1]
    alephs = _spread(rows["aleph"], window["aleph_min"], window["aleph_max"], window["n_alephs"])
    times = _spread(rows["time"], window["time_min"], window["time_max"], window["n_times"])
    with journal_style():
        figure = new_figure(DOUBLE_COLUMN, 5.3)
        grid = figure.add_gridspec(2, 3, left=0.075, right=0.985, bottom=0.085, top=0.905, wspace=0.36, hspace=0.47)
        panels = [figure.add_subplot(grid[k // 3, k % 3]) for k in range(6)]
        _draw_times(panels[0], rows, alephs, window)
        _draw_alephs(panels[1], rows, times, window)
        _draw_collapse(panels[2], rows, alephs, times, window)
        _draw_plane(panels[3], scaling, "d1", "d2")
        _draw_plane(panels[4], scaling, "beta", "alpha")
        _draw_contours(panels[5], rows, scaling, window)
        for index, axes in enumerate(panels):
            label_panel(axes, index, x=-0.2, y=1.02)
        panels[3].set(xlabel="$d_1$", ylabel="$d_2$")
        panels[4].set(xlabel=r"$\beta = d_1/d_2$", ylabel=r"$\alpha$", yscale="log")
    return figure


def drawn_window(scaling: pd.DataFrame) -> dict[str, Any]:
    """Return ranges, numbers of curves, references and quantities of the first window with few curves, or the first."""
    rows = scaling[(scaling["case"] == "default") & (scaling["quantity"] == "d1")]
    if rows.empty:
        raise NothingToDraw("the circular variance has no window in which its laws were fitted")
    few = rows[~rows["window"].str.endswith("_all")]
    name = (few if len(few) else rows)["window"].iloc[0]
    chosen = scaling[(scaling["case"] == "default") & (scaling["window"] == name)]
    keys = (
        "aleph_min",
        "aleph_max",
        "n_alephs",
        "time_min",
        "time_max",
        "n_times",
        "aleph_reference",
        "time_reference",
    )
    return {"name": name, **{key: chosen[key].iloc[0] for key in keys}} | dict(
        zip(chosen["quantity"], chosen["value"], strict=True)
    )


def _spread(values: pd.Series, low: float, high: float, count: int) -> np.ndarray:
    """Of the values in a range those nearest to so many at equal ratios."""
    inside = np.unique(values[(values >= low) & (values <= high)])
    wanted = np.geomspace(inside[0], inside[-1], int(count))
    return inside[np.unique(np.abs(np.log(inside[:, None] / wanted)).argmin(axis=0))]


def _points(axes: Axes, x: pd.Series, part: pd.DataFrame, color: str, marker: str, label: str | None = None) -> None:
    axes.errorbar(
        x, part["circular_variance_mean"], yerr=part["circular_variance_mean_stderr"], color=color, linestyle="none",
        marker=marker, markersize=2.4, elinewidth=0.6, capsize=0, label=label, zorder=3,
    )  # fmt: skip


def _draw_times(axes: Axes, rows: pd.DataFrame, alephs: np.ndarray, window: dict) -> None:
    for aleph, color, marker in zip(alephs, _SHADES, _MARKERS, strict=False):
        part = rows[(rows["aleph"] == aleph) & rows["time"].between(window["time_min"], window["time_max"])]
        _points(axes, part["time"], part, color, marker, f"{aleph:g}")
        rate = window["c1"] * aleph ** window["d1"]
        axes.plot(part["time"], -np.expm1(-rate * part["time"]), color=color, linewidth=0.8)
        if "circular_variance_predicted" in part:
            axes.plot(part["time"], part["circular_variance_predicted"], color=color, linewidth=1.0, linestyle=":")
    axes.set(xlabel=r"$\eta t$", ylabel=r"$\bar R$", xscale="log", ylim=(-0.03, 1.06))
    _small_legend(axes, r"$\aleph_j$")


def _draw_alephs(axes: Axes, rows: pd.DataFrame, times: np.ndarray, window: dict) -> None:
    for time, color, marker in zip(times, _SHADES, _MARKERS, strict=False):
        part = rows[(rows["time"] == time) & rows["aleph"].between(window["aleph_min"], window["aleph_max"])]
        part = part.sort_values("aleph")
        _points(axes, 1 / part["aleph"], part, color, marker, f"{time:.0f}")
        fine = np.geomspace(1 / part["aleph"].max(), 1 / part["aleph"].min(), 100)
        axes.plot(fine, -np.expm1(-window["c2"] * time ** window["d2"] * fine), color=color, linewidth=0.8)
    axes.set(xlabel=r"$1/\aleph$", ylabel=r"$\bar R$", xscale="log", ylim=(-0.03, 1.06))
    axes.xaxis.set_minor_formatter(NullFormatter())
    _small_legend(axes, r"$\eta t_i$")


def _small_legend(axes: Axes, title: str) -> None:
    axes.legend(
        title=title, title_fontsize=7.0, fontsize=6.5, loc="upper left", handletextpad=0.1, labelspacing=0.15,
        borderaxespad=0.2, handlelength=1.2,
    )  # fmt: skip


def _draw_collapse(axes: Axes, rows: pd.DataFrame, alephs: np.ndarray, times: np.ndarray, window: dict) -> None:
    d1, d2, c1, c2 = (window[key] for key in ("d1", "d2", "c1", "c2"))
    aleph_0, t_0 = window["aleph_reference"], window["time_reference"]
    printed = (c1 / c2) ** (d2 / d1 - 1) * t_0**d2 / aleph_0**d1, -d2 / d1
    reached = []
    inset = axes.inset_axes((0.06, 0.5, 0.4, 0.37))
    for aleph in alephs:
        part = rows[(rows["aleph"] == aleph) & rows["time"].between(window["time_min"], window["time_max"])]
        scaled = (aleph / aleph_0) ** d1 * part["time"]
        _points(inset, printed[0] * scaled ** printed[1], part, "0.6", ".")
        _points(axes, window["k1"] * scaled ** window["k2"], part, COLORS["red"], "o")
        reached += [window["k1"] * scaled.min(), window["k1"] * scaled.max()]
    for time in times:
        part = rows[(rows["time"] == time) & rows["aleph"].between(window["aleph_min"], window["aleph_max"])]
        for panel, marker in ((axes, "^"), (inset, ".")):
            _points(panel, (time / t_0) ** d2 / part["aleph"], part, COLORS["blue"], marker)
    fine = np.geomspace(min(reached), max(reached), 200)
    axes.plot(fine, -np.expm1(-c2 * t_0**d2 * fine), color="black", linewidth=0.8, zorder=4)
    axes.set(
        xlabel=r"$1/\aleph^\prime$  or  $k_1 t^{\prime\,k_2}$",
        ylabel=r"$\bar R$",
        xscale="log",
        ylim=(-0.03, 1.06),
    )
    inset.set_xscale("log")
    inset.set_title("Eq. 16", fontsize=6.5, pad=2)
    inset.tick_params(labelsize=5.5, labelleft=False, pad=1.5)
    inset.xaxis.set_minor_formatter(NullFormatter())
    inset.xaxis.set_major_locator(LogLocator(numticks=3))
    handles = [
        Line2D([], [], linestyle="none", marker="o", color=COLORS["red"], label="fixed $\\aleph_j$"),
        Line2D([], [], linestyle="none", marker="^", color=COLORS["blue"], label="fixed $t_i$"),
        Line2D([], [], linestyle="none", marker=".", color="0.6", label="fixed $\\aleph_j$, Eq. 16"),
        Line2D([], [], color="black", linewidth=0.8, label="exponential"),
    ]
    axes.legend(
        handles=handles, fontsize=6.5, loc="upper center", bbox_to_anchor=(0.5, 1.26), ncols=2, handletextpad=0.3,
        columnspacing=0.8, labelspacing=0.2, borderaxespad=0.0,
    )  # fmt: skip


def _draw_plane(axes: Axes, scaling: pd.DataFrame, horizontal: str, vertical: str) -> None:
    fits = scaling[~scaling["window"].str.startswith("variance_")]
    for case, filled in (("default", True), ("mode_2", False)):
        rows = fits[fits["case"] == case]
        pairs = {name: rows[rows["quantity"] == name].set_index("window") for name in (horizontal, vertical)}
        starts = sorted(pairs[horizontal]["time_min"].round(0).unique())
        for start, color, marker in zip(starts, _SHADES[1:], _MARKERS, strict=False):
            index = pairs[horizontal].index[pairs[horizontal]["time_min"].round(0) == start]
            x, y = pairs[horizontal].loc[index], pairs[vertical].loc[index]
            # On a logarithmic axis an error that reaches zero has no place: its bar is cut.
            down = np.minimum(y["stderr"], 0.9 * y["value"]) if vertical == "alpha" else y["stderr"]
            axes.errorbar(
                x["value"], y["value"], xerr=x["stderr"], yerr=[down, y["stderr"]], linestyle="none", color=color,
                marker=marker, markersize=2.8, markerfacecolor=color if filled else "white", markeredgewidth=0.6,
                elinewidth=0.35, capsize=0, zorder=3 if filled else 2,
                label=f"{start:.0f}" if filled else None,
            )  # fmt: skip
    axes.plot(PUBLISHED[horizontal], PUBLISHED[vertical], marker="*", markersize=9, color="black", zorder=5)
    note: dict[str, Any] = {"textcoords": "offset points", "fontsize": 7.0, "va": "center"}
    axes.annotate("published", (PUBLISHED[horizontal], PUBLISHED[vertical]), xytext=(-6, 4), ha="right", **note)
    if vertical == "d2":
        axes.plot(-1, 1, marker="P", markersize=6, color="black", markerfacecolor="white", zorder=5)
        axes.annotate(r"$R(t/\aleph)$", (-1, 1), xytext=(5, 1), ha="left", **note)
        axes.legend(
            title=r"window from $\eta t$", title_fontsize=7.0, fontsize=6.5, ncols=5, loc="upper center",
            bbox_to_anchor=(0.5, 1.22), handletextpad=0.1, columnspacing=0.6, borderaxespad=0.0,
        )  # fmt: skip


def _draw_contours(axes: Axes, rows: pd.DataFrame, scaling: pd.DataFrame, window: dict) -> None:
    lines = scaling[(scaling["case"] == "default") & scaling["window"].str.startswith("variance_")]
    for number, (name, part) in enumerate(lines.groupby("window")):
        level = float(name.split("_")[1])
        value = part.set_index("quantity")
        aleph = np.geomspace(part["aleph_min"].iloc[0], part["aleph_max"].iloc[0], 20)
        factor, exponent = value.loc["contour_factor", "value"], value.loc["contour_exponent", "value"]
        color, marker = _SHADES[1 + number], _MARKERS[number]
        error = value.loc["contour_exponent", "stderr"]
        label = rf"$\bar R = {level:g}$: $t\propto\aleph^{{{exponent:.2f}({round(100 * error)})}}$"
        axes.plot(aleph, factor * aleph**exponent, color=color, linewidth=0.8, label=label)
        crossed = _crossings(rows, level)
        axes.plot(crossed[:, 0], crossed[:, 1], linestyle="none", marker=marker, color=color)
    aleph = np.geomspace(rows["aleph"].min(), rows["aleph"].max(), 20)
    axes.plot(
        aleph, rows["time"].max() / 2 * (aleph / aleph[0]) ** window["beta"], color="black", linestyle="--",
        linewidth=0.8, label=r"slope of $t=\alpha\aleph^\beta$",
    )  # fmt: skip
    axes.set(xlabel=r"$\aleph$", ylabel=r"$\eta t$", xscale="log", yscale="log")
    axes.set_ylim(rows["time"].min() / 2, rows["time"].max() * 1.5)
    axes.legend(
        fontsize=6.5, loc="upper center", bbox_to_anchor=(0.5, 1.27), ncols=2, handletextpad=0.3, handlelength=1.2,
        columnspacing=0.6, labelspacing=0.2, borderaxespad=0.0,
    )  # fmt: skip


def _crossings(rows: pd.DataFrame, level: float) -> np.ndarray:
    """Aleph and time at which the mean variance crosses a level between the times of the table."""
    found = []
    for aleph, part in rows.groupby("aleph"):
        time, value = part.sort_values("time")[["time", "circular_variance_mean"]].to_numpy().T
        if value[0] < level < value[-1]:
            k = int(np.argmax(value > level))
            share = (level - value[k - 1]) / (value[k] - value[k - 1])
            found.append((aleph, float(time[k - 1] ** (1 - share) * time[k] ** share)))
    return np.array(found).reshape(-1, 2)
