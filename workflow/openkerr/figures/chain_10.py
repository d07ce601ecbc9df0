"""Chain figure 10: photon number and fluctuation of the last site by second-order cumulants over drive and length."""

from __future__ import annotations

from typing import TYPE_CHECKING

from matplotlib.axes import Axes
from matplotlib.colors import LogNorm, SymLogNorm
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from openkerr.figures.chain_2 import draw_number, draw_signed, plain_number
from openkerr.figures.chain_maps import draw_boundaries, draw_map, draw_points
from openkerr.figures.style import COLORS, DOUBLE_COLUMN, NothingToDraw, journal_style, label_panel, new_figure

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["draw"]

PAPER = "chain"
TITLE = "Chain figure 10: photon statistics of the last site by second-order cumulants, beside truncated Wigner"
INPUTS = ("chain_cumulants", "chain_cumulants_deviations", "chain_boundaries")
SETTINGS = {"model": "chain.model", "cumulants": "chain.cumulants"}

RATIOS = (-1.5, 3.0)
"""Range of the ratios that are drawn; the caption says so."""


def draw(cumulants: pd.DataFrame, deviations: pd.DataFrame, boundaries: pd.DataFrame) -> Figure:
    """Return the figure: maps of n_L, its fluctuation and n_L over that of truncated Wigner, cuts at one length below.

    Cuts are at the length of the cumulants that is nearest to ten sites and sampled by truncated Wigner as well. Grey:
    no average, because the run left the moments of quantum states or diverged; no row of truncated Wigner in the third
    map. Raises NothingToDraw if both methods share no length.
    """
    last = cumulants[cumulants["site"] == cumulants["length"]]
    if deviations.empty:
        raise NothingToDraw("the tables have no length that both cumulants and truncated Wigner were computed for")
    if not (last["photon_number"] > 0).any():
        raise NothingToDraw("no run of cumulants has an average: all left the moments of quantum states, or diverged")
    length = int(min(deviations["length"].unique(), key=lambda length: abs(length - 10)))
    ours = last[(last["length"] == length)].sort_values("drive_amplitude")
    theirs = deviations[deviations["length"] == length].sort_values("drive_amplitude")
    theirs = theirs[["drive_amplitude", *(name for name in theirs if "_twa" in name)]].rename(
        columns=lambda name: name.replace("_twa", "")
    )
    cuts = [theirs, ours]
    looks = {"color": [COLORS["blue"], COLORS["red"]], "marker": ["o", "s"]}
    with journal_style():
        figure = new_figure(DOUBLE_COLUMN, 4.6)
        sides = {"left": 0.07, "wspace": 0.36}
        upper = figure.subplots(1, 3, sharey=True, gridspec_kw=sides | {"right": 0.935, "bottom": 0.585, "top": 0.93})
        lower = figure.subplots(1, 3, sharex=True, gridspec_kw=sides | {"right": 0.985, "bottom": 0.09, "top": 0.445})
        _draw_maps(figure, upper, last, deviations, boundaries)
        number, fluctuation, ratio = lower
        draw_number(number, cuts, **looks)
        draw_signed(fluctuation, cuts, "number_fluctuation", **looks)
        number.set_ylabel("photon number $n_L$")
        fluctuation.set_ylabel(r"number fluctuation $\delta n_L$")
        _draw_ratios(ratio, deviations[deviations["length"] == length])
        names = ("truncated Wigner", "cumulants")
        handles = [
            Line2D([], [], color=color, marker=marker, markersize=2.8, linewidth=0.5, label=name)
            for color, marker, name in zip(looks["color"], looks["marker"], names, strict=True)
        ]
        number.legend(handles=handles, loc="lower right", handlelength=1.2)
        for index, axes in enumerate([*upper, *lower]):
            label_panel(axes, index)
        for axes in lower:
            axes.set_xlabel(r"$F/\gamma$")
        number.set_title(f"$L = {length}$", loc="right", pad=4)
        number.set_xlim(0.0, last["drive_amplitude"].max() * 1.02)
        number.xaxis.set_major_locator(MaxNLocator(6, integer=True))
    return figure


def _draw_maps(
    figure: Figure, row: list[Axes], last: pd.DataFrame, deviations: pd.DataFrame, boundaries: pd.DataFrame
) -> None:
    positive = last.loc[last["photon_number"] > 0, "photon_number"]
    top = max(last["number_fluctuation"].abs().max(), 2.0)
    low = min(max(positive.min(), 0.1), 0.5 * positive.max())
    shown = last.assign(photon_number=last["photon_number"].clip(lower=low))
    ratios = last[["length", "drive_amplitude"]].merge(
        deviations.assign(ratio=deviations["photon_number_deviation"] + 1), how="left"
    )
    panels = (
        (shown, "photon_number", LogNorm(low, max(positive.max(), 1.0)), "viridis", "$n_L$"),
        (shown, "number_fluctuation", SymLogNorm(1.0, 0.7, -top, top), "RdBu_r", r"$\delta n_L$"),
        (ratios, "ratio", LogNorm(0.5, 2.0), "RdBu_r", "$n_L$ over truncated Wigner"),
    )
    for axes, (rows, name, norm, colors, text) in zip(row, panels, strict=True):
        mesh = draw_map(axes, rows, name, norm, colors)
        bar = figure.colorbar(
            mesh,
            cax=axes.inset_axes((1.03, 0.0, 0.05, 1.0)),
            extend={"photon_number": "min", "ratio": "both"}.get(name),
        )
        if name == "ratio":
            bar.set_ticks([0.5, 0.7, 1.0, 1.4, 2.0])
            bar.ax.yaxis.set_major_formatter(plain_number)
        axes.set_title(text, loc="right", pad=4)
        bar.ax.tick_params(labelsize=7)
        bar.ax.minorticks_off()
        draw_boundaries(axes, boundaries)
        axes.set_ylim(last["length"].min() - 1.0, last["length"].max() + 1.0)
    row[0].set_ylabel("length $L$")


def _draw_ratios(axes: Axes, rows: pd.DataFrame) -> None:
    """Cumulants over truncated Wigner: photon number, and fluctuation without and with that of n in time."""
    shown = rows.assign(
        photon_number_ratio=rows["photon_number_deviation"] + 1,
        photon_number_ratio_stderr=rows["photon_number_deviation_stderr"],
        still=0.0,
    )
    for name, color, marker, text in (
        ("photon_number_ratio", COLORS["black"], "o", "$n_L$"),
        ("number_fluctuation_ratio", COLORS["red"], "s", r"$\delta n_L$"),
        ("total_fluctuation_ratio", COLORS["sky"], "^", r"$\delta n_L$, of $n(t)$ too"),
    ):
        draw_points(axes, shown, name, color=color, marker=marker, moving="still", label=text)
    axes.axhline(1.0, color="0.35", linewidth=0.6, linestyle=(0, (5, 3)), zorder=1)
    axes.set_ylabel("over truncated Wigner")
    # Near the zeros of a fluctuation its ratio has no bounds.
    axes.set_ylim(*RATIOS)
    axes.legend(loc="lower left", handletextpad=0.3)
