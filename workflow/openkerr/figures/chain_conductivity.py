"""Chain figure conductivity: Green-Kubo integrals, currents that they predict, and roughening of the wave."""

from __future__ import annotations

from typing import TYPE_CHECKING

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from openkerr.figures.style import DOUBLE_COLUMN, journal_style, label_panel, new_figure, ordered_colors

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["draw"]

PAPER = "chain"
TITLE = "Chain figure conductivity: conductivities of the bulk, and roughening of the wave's phase"
INPUTS = ("chain_green_kubo", "chain_conductivity", "chain_roughening")
SETTINGS = {"model": "chain.model", "transport": "chain.transport"}

_MARKERS = "osD^v<>ph*"


def draw(integrals: pd.DataFrame, conductivity: pd.DataFrame, roughening: pd.DataFrame) -> Figure:
    """Return the figure: running integrals, predicted against measured currents, structure functions of the phase.

    Takes tables chain_green_kubo, chain_conductivity and chain_roughening.
    """
    points = conductivity.sort_values(["drive_amplitude", "length", "site"]).reset_index(drop=True)
    colors = [matplotlib.colormaps["viridis"](0.9 * index / max(len(points) - 1, 1)) for index in points.index]
    with journal_style():
        figure = new_figure(DOUBLE_COLUMN, 2.9)
        panels = figure.subplots(
            1, 3, gridspec_kw={"left": 0.075, "right": 0.99, "bottom": 0.15, "top": 0.7, "wspace": 0.34}
        )
        _draw_integrals(panels[0], integrals, points, colors)
        _draw_predictions(panels[1], points, colors)
        _draw_roughening(panels[2], roughening)
        handles, labels = panels[0].get_legend_handles_labels()
        if handles:
            figure.legend(
                handles, labels, loc="upper left", bbox_to_anchor=(0.06, 1.0), ncols=4, fontsize=7.5,
                columnspacing=1.2, handletextpad=0.4, labelspacing=0.25, title="$F/\\gamma$, $L$, site",
                title_fontsize=7.5,
            )  # fmt: skip
        for index, axes in enumerate(panels):
            label_panel(axes, index)
    return figure


def _draw_integrals(axes: Axes, integrals: pd.DataFrame, points: pd.DataFrame, colors: list) -> None:
    """Draw running integrals of the photon current: they level off where conduction is diffusive."""
    for index, point in points.iterrows():
        chosen = np.logical_and.reduce(
            [integrals[name] == point[name] for name in ("length", "drive_amplitude", "site")]
        )
        rows = integrals[chosen & (integrals["photon_photon"] > 0)].sort_values("time")
        axes.plot(
            rows["time"], rows["photon_photon"], color=colors[index], marker=_MARKERS[index % len(_MARKERS)],
            markersize=2.6, markevery=5, linewidth=0.8,
            label=f"{point['drive_amplitude']:g}, {point['length']:.0f}, {point['site']:.0f}",
        )  # fmt: skip
    axes.set(xscale="log", yscale="log", xlabel=r"time $t\,\gamma$", ylabel=r"$\int_0^t C_{nn}/\gamma$")


def _draw_predictions(axes: Axes, points: pd.DataFrame, colors: list) -> None:
    """Draw currents by gradients and the Onsager matrix over those measured: photons filled, energy open."""
    axes.axhline(1.0, color="0.6", linewidth=0.6, linestyle="--", zorder=0)
    names = (("photon", "photon_current", -0.12), ("energy", "excess_energy_current", 0.12))
    for index, point in points.iterrows():
        for name, measured, offset in names:
            error = np.hypot(
                point[f"predicted_{name}_current_stderr"], point[f"predicted_{name}_current_systematic"]
            )  # fmt: skip
            value = point[measured]
            axes.errorbar(
                index + 1 + offset, point[f"predicted_{name}_current"] / value,
                np.hypot(error, point[f"predicted_{name}_current"] * point[f"{measured}_stderr"] / value) / abs(value),
                color=colors[index], marker=_MARKERS[index % len(_MARKERS)], elinewidth=0.7,
                markerfacecolor=colors[index] if name == "photon" else "none",
            )  # fmt: skip
    axes.set_xticks(range(1, len(points) + 1))
    axes.minorticks_off()
    axes.set(
        xlabel="bond, in the order of the legend", ylabel="predicted / measured current", xlim=(0.4, len(points) + 0.6)
    )


def _draw_roughening(axes: Axes, roughening: pd.DataFrame) -> None:
    """Draw structure functions, linear theory as lines, with powers to compare."""
    sites = sorted(roughening["site"].unique())
    for site, color, marker in zip(sites, ordered_colors(len(sites)), _MARKERS, strict=False):
        rows = roughening[roughening["site"] == site].sort_values("time")
        sampled, linear = rows[rows["method"] == "twa"], rows[rows["method"] == "linear"]
        axes.errorbar(
            sampled["time"], sampled["phase_structure"], sampled["phase_structure_stderr"], linestyle="none",
            color=color, marker=marker, markersize=2.6, elinewidth=0.7, label=f"site {site}",
        )  # fmt: skip
        axes.plot(linear["time"], linear["phase_structure"], color=color, linewidth=0.8)
    axes.set(xscale="log", yscale="log", xlabel=r"time $t\,\gamma$")
    axes.set_ylabel(r"$\langle[\theta(t_0+t)-\theta(t_0)]^2\rangle$")
    if len(roughening):
        times = np.array([1.0, 12.0])
        for power, name in ((1.0, "$t$"), (2 / 3, "$t^{2/3}$")):
            line = 0.025 * times**power
            axes.plot(times, line, color="black", linewidth=0.7, linestyle=":")
            axes.annotate(
                name, (times[1], line[1]), xytext=(3, -2), textcoords="offset points", fontsize=7.5, va="center"
            )
        axes.set_title(
            rf"$L = {roughening['length'].iloc[0]}$, $F = {roughening['drive_amplitude'].iloc[0]:g}\,\gamma$",
            loc="right", pad=3,
        )  # fmt: skip
        axes.legend(loc="upper left", handletextpad=0.2, labelspacing=0.2, borderaxespad=0.2)
