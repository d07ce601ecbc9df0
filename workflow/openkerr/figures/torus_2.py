"""Torus figure 2: melting of the limit torus in the photon numbers of both cavities."""

from __future__ import annotations

from typing import TYPE_CHECKING

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.gridspec import SubplotSpec
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import MaxNLocator

from openkerr.figures.style import COLORS, DOUBLE_COLUMN, aleph_label, journal_style, label_panel, new_figure

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["draw"]

PAPER = "torus"
TITLE = "Torus figure 2: melting of the limit torus"
INPUTS = ("torus_populations", "torus_trajectories")
SETTINGS = {"model": "torus.model", "initial_amplitude": "torus.initial_amplitude", "cases": "torus.populations"}

_MAX_CASES = 6
_DASHES = ((3.0, 1.5), (1.2, 1.2))
_WIDE = 3  # up to so many columns there is room for longer windows and more ticks


def draw(populations: pd.DataFrame, trajectories: pd.DataFrame) -> Figure:
    """Return the figure: a row a cavity, a column a value of aleph, largest first.

    Takes the tables torus_populations and torus_trajectories. Each panel shows the whole run above, where the
    oscillation of the mean closes like a funnel, and below it the first and the last stretch on one time
    scale, where single oscillations are seen; a run no longer than both stretches is one panel. Raises ValueError for
    no case or more than six.
    """
    alephs = sorted(populations["aleph"].unique(), reverse=True)
    if not 1 <= len(alephs) <= _MAX_CASES:
        raise ValueError(f"the figure shows 1 to {_MAX_CASES} values of aleph, the table has {len(alephs)}")
    modes = sorted(int(mode) for mode in populations["mode"].unique())
    with journal_style():
        figure = new_figure(DOUBLE_COLUMN, 0.6 + 2.6 * len(modes))
        height = figure.get_figheight()
        outer = figure.add_gridspec(
            len(modes),
            len(alephs),
            left=0.075,
            right=0.975,
            bottom=0.42 / height,
            top=1 - 0.52 / height,
            wspace=0.13 if len(alephs) <= _WIDE else 0.22,
            hspace=0.2,
        )
        for row, mode in enumerate(modes):
            of_mode = populations[populations["mode"] == mode]
            low, high = of_mode["n_over_aleph_min"].min(), of_mode["n_over_aleph_max"].max()
            margin = 0.05 * (high - low)
            for column, aleph in enumerate(alephs):
                mean = of_mode[of_mode["aleph"] == aleph].sort_values("time")
                selected = (trajectories["aleph"] == aleph) & (trajectories["mode"] == mode)
                panel = _draw_panel(figure, outer[row, column], mean, trajectories[selected], len(alephs))
                for axes in panel:
                    axes.set_ylim(low - margin, high + margin)
                    axes.yaxis.set_major_locator(MaxNLocator(5, steps=[1, 2, 5, 10]))
                    axes.tick_params(labelleft=column == 0 and axes in panel[:2])
                label_panel(panel[0], row * len(alephs) + column)
                if row == 0:
                    panel[0].set_title(aleph_label(aleph), pad=5)
                if row == len(modes) - 1:
                    box = outer[row, column].get_position(figure)
                    figure.text((box.x0 + box.x1) / 2, 0.1 / height, r"$\eta t$", ha="center", va="bottom")
                if column == 0:
                    box = outer[row, column].get_position(figure)
                    figure.text(
                        0.016,
                        (box.y0 + box.y1) / 2,
                        rf"$n_{mode}/\aleph$",
                        ha="left",
                        va="center",
                        rotation=90,
                    )
        figure.legend(
            handles=_legend_handles(),
            loc="upper center",
            ncols=3,
            bbox_to_anchor=(0.53, 1.0),
            borderaxespad=0.2,
        )
    return figure


def _draw_panel(
    figure: Figure, cell: SubplotSpec, mean: pd.DataFrame, paths: pd.DataFrame, n_columns: int
) -> list[Axes]:
    """Draw one case of one cavity; return the axes of the whole run and, of a long one, of its two ends."""
    begin, end = float(mean["time"].min()), float(mean["time"].max())
    stretch = 40.0 if n_columns <= _WIDE else 20.0
    if end - begin <= 2 * stretch:
        axes = figure.add_subplot(cell)
        _draw_ensemble(axes, mean, band=True)
        _draw_paths(axes, paths)
        axes.set_xlim(begin, end)
        axes.xaxis.set_major_locator(MaxNLocator(4 if n_columns <= _WIDE else 2, steps=[1, 2, 5, 10]))
        return [axes]
    inner = cell.subgridspec(2, 2, hspace=0.28, wspace=0.06)
    whole = figure.add_subplot(inner[0, :])
    early = figure.add_subplot(inner[1, 0])
    late = figure.add_subplot(inner[1, 1])
    windows = ((begin, begin + stretch, COLORS["blue"]), (end - stretch, end, COLORS["green"]))

    _draw_ensemble(whole, mean, band=False)
    whole.set_xlim(begin, end)
    whole.xaxis.set_major_locator(MaxNLocator(4 if n_columns <= _WIDE else 2, steps=[1, 2, 5, 10]))
    for axes, (first, last, color) in zip((early, late), windows, strict=True):
        # A little beyond the window, so that a line is not cut short at the edge.
        part = mean[mean["time"].between(first - 1, last + 1)]
        _draw_ensemble(axes, part, band=True)
        _draw_paths(axes, paths[paths["time"].between(first - 1, last + 1)])
        axes.set_xlim(first, last)
        edge, middle = (first if axes is early else last), (first + last) / 2
        axes.set_xticks([edge, middle] if n_columns <= _WIDE else [edge])
        axes.xaxis.set_major_formatter("{x:g}")
        axes.spines["top"].set(color=color, linewidth=2.0)
        whole.plot(
            [first, last], [1, 1], transform=whole.get_xaxis_transform(), color=color, linewidth=3.0,
            solid_capstyle="butt", clip_on=False, zorder=5,
        )  # fmt: skip
    return [whole, early, late]


def _draw_ensemble(axes: Axes, mean: pd.DataFrame, *, band: bool) -> None:
    """Draw envelope and mean, with the band of one standard error where single oscillations are seen."""
    time, value, error = (mean[name].to_numpy() for name in ("time", "n_over_aleph", "n_over_aleph_stderr"))
    axes.fill_between(
        time, mean["n_over_aleph_min"], mean["n_over_aleph_max"], color=COLORS["grey"], linewidth=0, zorder=1
    )
    if band:
        axes.fill_between(time, value - error, value + error, color=COLORS["red"], alpha=0.45, linewidth=0, zorder=3)
    axes.plot(time, value, color=COLORS["red"], linewidth=1.1 if band else 0.6, zorder=4)


def _draw_paths(axes: Axes, paths: pd.DataFrame) -> None:
    """Draw the first few single trajectories, dashed, each with its own dashes."""
    numbers = sorted(paths["trajectory"].unique())
    for number, dashes in zip(numbers, _DASHES, strict=False):
        path = paths[paths["trajectory"] == number].sort_values("time")
        axes.plot(path["time"], path["n_over_aleph"], color="0.15", linewidth=0.6, dashes=dashes, zorder=2)


def _legend_handles() -> list[Line2D | Patch]:
    return [
        Line2D([], [], color=COLORS["red"], label="mean ± standard error"),
        Line2D([], [], color="0.15", linewidth=0.6, dashes=_DASHES[0], label="single trajectories"),
        Patch(facecolor=COLORS["grey"], label="range of all trajectories"),
    ]
