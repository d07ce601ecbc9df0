"""Rates of arrival at the resonant nonlinear wave and of escape from it, and which state wins."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from openkerr.figures.style import DOUBLE_COLUMN, journal_style, label_panel, new_figure, ordered_looks

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["draw"]

PAPER = "chain"
TITLE = "Rates to and from the resonant nonlinear wave"
INPUTS = ("chain_rates", "chain_wave_weight", "chain_equal_rates", "chain_critical_length")
SETTINGS = {"model": "chain.model", "metastability": "chain.metastability"}

_MARKS = {"arrival": "o", "escape": "s"}


def draw(rates: pd.DataFrame, weights: pd.DataFrame, equal: pd.DataFrame, critical: pd.DataFrame) -> Figure:
    """Return the figure: rates against drive and length, the wave's weight, critical lengths and equal rates.

    Takes tables chain_rates, chain_wave_weight, chain_equal_rates and chain_critical_length.
    """
    own = rates[rates["order_parameter"].isin(["last", "chain"])]
    own = own[(own["noise"] == "quantum") & (own["start"] != "rest")]
    with journal_style():
        figure = new_figure(DOUBLE_COLUMN, 5.2)
        grid = figure.subplots(
            2,
            2,
            gridspec_kw={"left": 0.085, "right": 0.985, "bottom": 0.085, "top": 0.95, "wspace": 0.23, "hspace": 0.34},
        )
        _draw_rates(grid[0, 0], own, "length", "drive_amplitude", "drive $F/\\gamma$", "L")
        _draw_rates(grid[0, 1], own, "drive_amplitude", "length", "length $L$", "F")
        _draw_weight(grid[1, 0], weights)
        _draw_lines(grid[1, 1], equal, critical)
        for index, axes in enumerate(grid.flat):
            label_panel(axes, index)
    return figure


def _picked(values: np.ndarray, most: int) -> list[float]:
    """At most so many of some values, evenly taken."""
    values = np.unique(values)
    places = np.unique(np.linspace(0, max(len(values) - 1, 0), most).round().astype(int))
    return values[places].tolist() if len(values) else []


def _draw_rates(axes: Axes, rates: pd.DataFrame, by: str, along: str, label: str, symbol: str) -> None:
    """Draw rates along one parameter, a colour each value of the other; limits as downward triangles."""
    known = rates[rates["rate"].notna()]
    for value, look in ordered_looks(_picked(known[by].to_numpy(), 6)).items():
        color = look["color"]
        named = rf"${symbol} = {value:g}$"
        for direction, marker in _MARKS.items():
            both = rates[(rates[by] == value) & (rates["direction"] == direction)].sort_values(along)
            own, split = both[both["method"] == "direct"], both[(both["method"] == "splitting") & both["rate"].notna()]
            seen, bound = own[own["rate"].notna()], own[(own["n_events"] == 0) & own["rate_limit"].notna()]
            axes.errorbar(
                seen[along], seen["rate"], seen["rate_stderr"], color=color, marker=marker, linewidth=0.7,
                linestyle="-" if direction == "arrival" else "--", label=named if direction == "arrival" else None,
                markerfacecolor=color if direction == "arrival" else "white",
            )  # fmt: skip
            axes.errorbar(
                split[along], split["rate"], split["rate_stderr"], color=color, marker="*", markersize=6,
                linestyle="none", markerfacecolor=color if direction == "arrival" else "white",
            )  # fmt: skip
            axes.plot(bound[along], bound["rate_limit"], color=color, marker="v", linestyle="none", markersize=3)
    axes.set_yscale("log")
    low, high = axes.get_ylim()
    axes.set_ylim(low, high * (high / low) ** 0.35)
    axes.set_xlabel(label)
    axes.set_ylabel(r"rate$/\gamma$")
    if len(known):
        axes.legend(loc="upper center", ncols=3, columnspacing=1.2)


def _draw_weight(axes: Axes, weights: pd.DataFrame) -> None:
    """Draw ln of the ratio of both rates against the drive; bounds as triangles."""
    for length, look in ordered_looks(_picked(weights["length"].to_numpy(), 7)).items():
        color = look["color"]
        own = weights[weights["length"] == length].sort_values("drive_amplitude")
        seen = own[own["bound"] == "measured"]
        axes.errorbar(
            seen["drive_amplitude"], seen["log_ratio"], seen["log_ratio_stderr"], color=color, marker="o",
            linewidth=0.7, label=f"$L = {length:g}$",
        )  # fmt: skip
        for bound, marker in (("at_least", "^"), ("at_most", "v")):
            rows = own[own["bound"] == bound]
            axes.plot(rows["drive_amplitude"], rows["log_ratio"], color=color, marker=marker, linestyle="none")
    axes.axhline(0.0, color="0.6", linewidth=0.5, zorder=0)
    axes.set_xlabel(r"drive $F/\gamma$")
    axes.set_ylabel("ln(arrival/escape)")
    if len(weights):
        axes.legend(loc="upper left", ncols=2, columnspacing=1.2)


def _draw_lines(axes: Axes, equal: pd.DataFrame, critical: pd.DataFrame) -> None:
    """Draw lengths reached within a time, and where both rates are equal, over the drive."""
    looks = ordered_looks(critical["time"])
    for time, group in critical.groupby("time"):
        color = looks[time]["color"]
        own = group[group["length"].notna()].sort_values("drive_amplitude")
        axes.errorbar(
            own["drive_amplitude"], own["length"], np.hypot(own["length_stderr"], own["length_systematic"]),
            color=color, marker="o",
            linewidth=0.7, label=rf"$\gamma t_f = {_power(float(time))}$",
        )  # fmt: skip
    own = equal.sort_values("length")
    axes.errorbar(
        own["drive_amplitude"], own["length"], xerr=own["drive_amplitude_stderr"], color="black", marker="s",
        linewidth=0.9, linestyle="--", label="equal rates",
    )  # fmt: skip
    axes.set_ylim(bottom=0)
    low, high = axes.get_ylim()
    axes.set_ylim(low, 1.35 * high)
    axes.set_xlabel(r"drive $F/\gamma$")
    axes.set_ylabel("length $L$")
    axes.legend(loc="upper left", ncols=2, columnspacing=1.2)


def _power(value: float) -> str:
    exponent = int(np.floor(np.log10(value)))
    front = value / 10**exponent
    return rf"10^{{{exponent}}}" if np.isclose(front, 1) else rf"{front:g} \times 10^{{{exponent}}}"
