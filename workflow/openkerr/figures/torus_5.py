"""Torus figure 5: period-averaged circular variance against time and aleph, its collapse, and what the windows do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import LogLocator, NullFormatter

from openkerr.figures.style import (
    COLORS,
    DOUBLE_COLUMN,
    NothingToDraw,
    journal_style,
    label_panel,
    new_figure,
    ordered_colors,
)

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

_MAPS = (
    ("d1", "$d_1$", 0.5),
    ("d2", "$d_2$", 0.5),
    ("beta", r"$\beta = d_1/d_2$", 1.5),
    ("alpha", r"$\log_{10}\alpha$", 4.0),
)
"""Quantities of the maps, their names, and how far from the published value the colours reach."""
_AGREE = 2.0
"""Joint standard errors within which a value counts as the published one."""
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
        figure = new_figure(DOUBLE_COLUMN, 7.6)
        upper = figure.add_gridspec(1, 3, left=0.075, right=0.985, bottom=0.725, top=0.935, wspace=0.36)
        panels = [figure.add_subplot(upper[0, k]) for k in range(3)]
        _draw_times(panels[0], rows, alephs, window)
        _draw_alephs(panels[1], rows, times, window)
        _draw_collapse(panels[2], rows, alephs, times, window)
        lower = figure.add_gridspec(
            2, 4, left=0.115, right=0.985, bottom=0.065, top=0.57, wspace=0.1, hspace=0.6, height_ratios=[1.15, 1]
        )
        maps = [figure.add_subplot(lower[0, k]) for k in range(4)]
        _draw_maps(maps, scaling)
        contours = figure.add_subplot(lower[1, :2])
        _draw_contours(contours, rows, scaling, window)
        for index, axes in enumerate((*panels, *maps, contours)):
            label_panel(axes, index, x=-0.2 if index < 3 else -0.06, y=1.12 if axes in maps else 1.02)
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


def _points(axes: Axes, x: pd.Series, part: pd.DataFrame, color: Any, marker: str, label: str | None = None) -> None:
    axes.errorbar(
        x, part["circular_variance_mean"], yerr=part["circular_variance_mean_stderr"], color=color, linestyle="none",
        marker=marker, markersize=2.4, elinewidth=0.6, capsize=0, label=label, zorder=3,
    )  # fmt: skip


def _draw_times(axes: Axes, rows: pd.DataFrame, alephs: np.ndarray, window: dict) -> None:
    for aleph, color, marker in zip(alephs, ordered_colors(len(alephs)), _MARKERS, strict=False):
        part = rows[(rows["aleph"] == aleph) & rows["time"].between(window["time_min"], window["time_max"])]
        _points(axes, part["time"], part, color, marker, f"{aleph:g}")
        rate = window["c1"] * aleph ** window["d1"]
        axes.plot(part["time"], -np.expm1(-rate * part["time"]), color=color, linewidth=0.8)
        if "circular_variance_predicted" in part:
            axes.plot(part["time"], part["circular_variance_predicted"], color=color, linewidth=1.0, linestyle=":")
    axes.set(xlabel=r"$\eta t$", ylabel=r"$\bar R$", xscale="log", ylim=(-0.03, 1.06))
    _small_legend(axes, r"$\aleph_j$")


def _draw_alephs(axes: Axes, rows: pd.DataFrame, times: np.ndarray, window: dict) -> None:
    for time, color, marker in zip(times, ordered_colors(len(times)), _MARKERS, strict=False):
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
    inset = axes.inset_axes((0.13, 0.5, 0.36, 0.36))
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
    inset.set_title("Eq. 16", fontsize=7.0, pad=2)
    inset.tick_params(labelsize=6.0, pad=1.5)
    inset.set_ylabel(r"$\bar R$", fontsize=7.0, labelpad=0)
    inset.set_yticks([0, 1])
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


def _draw_maps(panels: list[Axes], scaling: pd.DataFrame) -> None:
    """Draw the exponents of all windows with few curves as cells, over the published values."""
    fits = scaling[(scaling["case"] == "default") & ~scaling["window"].str.startswith("variance_")]
    few = fits[~fits["window"].str.endswith("_all")]
    fits = (few if len(few) else fits).round({"time_min": 0, "time_max": 0})
    alephs = _ranges(fits, "aleph")
    times = _ranges(fits, "time")
    for number, (axes, (name, label, reach)) in enumerate(zip(panels, _MAPS, strict=True)):
        rows = fits[fits["quantity"] == name].drop_duplicates(["aleph_min", "aleph_max", "time_min", "time_max"])
        values, agreeing = np.full((len(alephs), len(times)), np.nan), []
        for row in rows.itertuples():
            place = alephs.index((row.aleph_min, row.aleph_max)), times.index((row.time_min, row.time_max))
            value, published, error = row.value, PUBLISHED[name], row.stderr
            if name == "alpha":
                value, published, error = np.log10([value, published, 1 + error / value])
            values[place] = value - published
            if abs(value - published) <= _AGREE * error:
                agreeing.append(place)
        image = axes.imshow(values, origin="lower", cmap="RdBu_r", vmin=-reach, vmax=reach, aspect="auto")
        axes.set_facecolor("0.75")  # windows without a fit
        dots = np.array(agreeing).reshape(-1, 2)
        axes.plot(dots[:, 1], dots[:, 0], linestyle="none", marker="o", markersize=1.8, color="black")
        axes.set_xticks(range(len(times)), [_range_label(*each) for each in times], rotation=90, fontsize=6.5)
        axes.set_yticks(range(len(alephs)), [_range_label(*each) for each in alephs], fontsize=6.5)
        axes.tick_params(length=0, labelleft=number == 0)
        axes.set_xlabel(r"times $\eta t$", labelpad=1)
        shown = np.log10(PUBLISHED[name]) if name == "alpha" else PUBLISHED[name]
        axes.set_title(f"{label} less {shown:.4g}".replace("-", "\N{MINUS SIGN}"), fontsize=8.0, pad=17)
        bar = axes.figure.colorbar(image, cax=axes.inset_axes((0.12, 1.025, 0.8, 0.045)), orientation="horizontal")
        bar.ax.xaxis.set_ticks_position("top")
        bar.ax.tick_params(labelsize=6.5, pad=1)
        bar.set_ticks([-reach, 0, reach])
    panels[0].set_ylabel(r"range of $\aleph$", labelpad=1)


def _ranges(fits: pd.DataFrame, name: str) -> list[tuple[float, float]]:
    """Return the ranges of the windows in one of their variables, by their beginning."""
    pairs = fits[[f"{name}_min", f"{name}_max"]].drop_duplicates()
    return sorted((float(low), float(high)) for low, high in pairs.to_numpy())


def _range_label(low: float, high: float) -> str:
    return f"{low:g}\N{EN DASH}{high:g}"


def _draw_contours(axes: Axes, rows: pd.DataFrame, scaling: pd.DataFrame, window: dict) -> None:
    lines = scaling[(scaling["case"] == "default") & scaling["window"].str.startswith("variance_")]
    groups = list(lines.groupby("window"))
    colors = ordered_colors(len(groups))
    for number, (name, part) in enumerate(groups):
        level = float(name.split("_")[1])
        value = part.set_index("quantity")
        aleph = np.geomspace(part["aleph_min"].iloc[0], part["aleph_max"].iloc[0], 20)
        factor, exponent = value.loc["contour_factor", "value"], value.loc["contour_exponent", "value"]
        color, marker = colors[number], _MARKERS[number]
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
    axes.legend(fontsize=8.0, loc="center left", bbox_to_anchor=(1.05, 0.5))


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
