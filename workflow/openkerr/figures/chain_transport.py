"""Chain figure transport: currents against length, their powers, temperatures and heat along the chain."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, MaxNLocator, NullFormatter

from openkerr.figures.style import (
    COLORS,
    DOUBLE_COLUMN,
    NothingToDraw,
    journal_style,
    label_panel,
    new_figure,
    ordered_looks,
)

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["draw"]

PAPER = "chain"
TITLE = "Chain figure transport: currents of photons, energy and heat, and how they depend on the length"
INPUTS = ("chain_transport", "chain_transport_balance", "chain_transport_scaling")
SETTINGS = {"model": "chain.model", "transport": "chain.transport"}
DRAWN = {"length": "transport.shown.length", "drive_amplitudes": "transport.shown.drive_amplitudes"}


def draw(
    transport: pd.DataFrame,
    balance: pd.DataFrame,
    scaling: pd.DataFrame,
    *,
    length: int,
    drive_amplitudes: Sequence[float],
) -> Figure:
    """Return the figure: currents and their local powers of the length, then two chains site by site.

    Takes tables chain_transport, chain_transport_balance and chain_transport_scaling.
    """
    drives = sorted(balance["drive_amplitude"].unique())
    if not drives:
        raise NothingToDraw("no chain was followed: the table chain_transport_balance has no rows")
    looks = ordered_looks(drives)
    with journal_style():
        figure = new_figure(DOUBLE_COLUMN, 4.5)
        upper, lower = figure.subplots(
            2,
            3,
            gridspec_kw={"left": 0.075, "right": 0.99, "bottom": 0.095, "top": 0.94, "wspace": 0.36, "hspace": 0.38},
        )
        _draw_currents(upper[0], balance, looks)
        _draw_exponents(upper[1], scaling, looks)
        chains = {drive: _chain(transport, length, drive) for drive in dict.fromkeys(drive_amplitudes)}
        _draw_temperatures(upper[2], chains, looks)
        for axes, drive in zip(lower[:2], drive_amplitudes, strict=True):
            _draw_energy(axes, chains[drive])
            axes.set_title(rf"$F = {drive:g}\,\gamma$", loc="right", pad=3)
        lower[0].legend(loc="best")
        _draw_equilibrium(lower[2], chains, looks)
        for axes in (upper[2], *lower):
            axes.set(xlabel="site $l$", xlim=(0.5, length + 0.5))
            axes.xaxis.set_major_locator(MaxNLocator(5, integer=True))
        for axes in (upper[2], lower[2]):
            axes.set_title(rf"$L = {length}$", loc="right", pad=3)
        for index, axes in enumerate((*upper, *lower)):
            label_panel(axes, index)
    return figure


def _chain(transport: pd.DataFrame, length: int, drive: float) -> pd.DataFrame:
    chosen = (transport["length"] == length) & (transport["drive_amplitude"] == drive)
    return transport[chosen & (transport["method"] == "twa")].sort_values("site")


def _length_axis(axes: Axes, lengths: Sequence[float]) -> None:
    axes.set_xscale("log")
    axes.set_xlabel("length $L$")
    low, high = min(lengths), max(lengths)
    axes.set_xlim(low / 1.15, high * 1.15)
    ticks = [tick for tick in (5, 10, 20, 50, 100, 200, 500, 1000) if low / 1.15 <= tick <= high * 1.15]
    axes.xaxis.set_major_locator(FixedLocator(ticks or [low]))
    axes.xaxis.set_major_formatter("{x:g}")
    axes.xaxis.set_minor_formatter(NullFormatter())


def _draw_currents(axes: Axes, balance: pd.DataFrame, looks: dict[float, dict[str, Any]]) -> None:
    """Draw photon currents of ensembles with errors, and of linear theory as lines."""
    for drive, look in looks.items():
        rows = balance[balance["drive_amplitude"] == drive].sort_values("length")
        sampled, theory = rows[rows["method"] == "twa"], rows[rows["method"] == "linear"]
        axes.errorbar(
            sampled["length"], sampled["photon_current"], sampled["photon_current_stderr"], linestyle="none",
            elinewidth=0.7, **look,
        )  # fmt: skip
        axes.plot(theory["length"], theory["photon_current"], color="black", linewidth=0.8, zorder=1)
    _length_axis(axes, balance["length"])
    axes.set_yscale("log")
    axes.set_ylabel(r"photon current $j_n/\gamma$")
    low, high = axes.get_ylim()
    ticks = [tick * 10.0**power for power in range(-3, 4) for tick in (1, 2, 5)]
    axes.yaxis.set_major_locator(FixedLocator([tick for tick in ticks if low <= tick <= high]))
    axes.yaxis.set_major_formatter("{x:g}")
    axes.yaxis.set_minor_locator(FixedLocator([]))


def _draw_exponents(axes: Axes, scaling: pd.DataFrame, looks: dict[float, dict[str, Any]]) -> None:
    """Draw exponents of the photon current between consecutive lengths, at their geometric mean."""
    pairs = scaling[(scaling["quantity"] == "photon_current") & (scaling["n_lengths"] == 2)]
    for drive, look in looks.items():
        rows = pairs[(pairs["drive_amplitude"] == drive) & (pairs["method"] == "twa")]
        middle = np.sqrt(rows["length_min"] * rows["length_max"])
        axes.errorbar(
            middle, rows["exponent"], rows["exponent_stderr"], elinewidth=0.7, linewidth=0.6,
            label=rf"$F = {drive:g}\,\gamma$", **look,
        )  # fmt: skip
    for value, name in ((0.0, "ballistic"), (-1.0, "diffusive")):
        axes.axhline(value, color="0.6", linewidth=0.6, linestyle="--", zorder=0)
        axes.annotate(
            name, (0.98, value), xycoords=("axes fraction", "data"), xytext=(0, 3), textcoords="offset points",
            ha="right", fontsize=7.5, color="0.4",
        )  # fmt: skip
    lengths = [*pairs["length_min"], *pairs["length_max"]]
    _length_axis(axes, lengths or [10, 100])
    axes.set_ylim(-1.15, 0.25)
    axes.set_ylabel(r"$d\ln j_n/d\ln L$")
    axes.legend(loc="lower left", bbox_to_anchor=(0.0, 0.16), handletextpad=0.4, labelspacing=0.2, borderaxespad=0.2)


def _draw_temperatures(axes: Axes, chains: dict[float, pd.DataFrame], looks: dict[float, dict[str, Any]]) -> None:
    """Draw inverse temperatures, of either sign, and mu/T in units that bring both on one axis."""
    axes.axhline(0.0, color="0.6", linewidth=0.6, linestyle="--", zorder=0)
    for drive, rows in chains.items():
        told = rows[rows["inverse_temperature"].notna()]
        axes.errorbar(
            told["site"], 100 * told["inverse_temperature"], 100 * told["inverse_temperature_stderr"],
            elinewidth=0.7, linewidth=0.6, **looks[drive],
        )  # fmt: skip
    axes.set_ylabel(r"$100\,\gamma/T_l$")


def _draw_energy(axes: Axes, rows: pd.DataFrame) -> None:
    """Draw the energy current and what of it photons carry, and heat."""
    told = rows[rows["heat_current"].notna()]
    carried = told["chemical_potential"] * told["photon_current"]
    axes.axhline(0.0, color="0.6", linewidth=0.6, linestyle="--", zorder=0)
    inner = rows[rows["excess_energy_current"].notna()]
    axes.plot(inner["site"], inner["excess_energy_current"], color="black", label=r"$j_E + \Delta j_n$")
    axes.plot(told["site"], carried, color=COLORS["green"], marker="s", linewidth=0.6, label=r"$\mu_l j_n$")
    axes.errorbar(
        told["site"], told["heat_current"], told["heat_current_stderr"], color=COLORS["orange"], marker="o",
        linewidth=0.6, elinewidth=0.7, label=r"$j_Q$",
    )  # fmt: skip
    axes.set_ylabel(r"currents of energy $/\gamma^2$")


def _draw_equilibrium(axes: Axes, chains: dict[float, pd.DataFrame], looks: dict[float, dict[str, Any]]) -> None:
    """Draw g2 as it is and as the equilibrium of the same density and energy has it."""
    for drive, rows in chains.items():
        told = rows[rows["g2_equilibrium"].notna()]
        look = looks[drive]
        axes.plot(rows["site"], rows["g2"], color=look["color"], label=rf"$F = {drive:g}\,\gamma$")
        axes.errorbar(
            told["site"], told["g2_equilibrium"], told["g2_equilibrium_stderr"], linestyle="none", elinewidth=0.7,
            color=look["color"], marker=look["marker"], markerfacecolor="none",
        )  # fmt: skip
    axes.set_ylabel("$g^{(2)}$")
    axes.legend(loc="best")
