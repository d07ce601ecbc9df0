"""The stationary branch of the resonant nonlinear wave: where it ends, its stability, its fluctuations."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator, NullFormatter

from openkerr.figures.style import COLORS, DOUBLE_COLUMN, journal_style, label_panel, new_figure, ordered_looks

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["draw"]

PAPER = "chain"
TITLE = "Chain: stationary branch of the resonant nonlinear wave"
INPUTS = ("chain_rnw_branch", "chain_rnw_continuation", "chain_rnw_profiles", "chain_profiles")
SETTINGS = {"model": "chain.model", "points": "chain.wave.points"}
DRAWN = {
    "length": "points.0.length",
    "drive_amplitude": "points.0.drive_amplitude",
    "loss": "model.intrinsic_loss_rate",
}

_METHODS = {"twa": ("truncated Wigner", COLORS["blue"], "o"), "gpe": ("Gross-Pitaevskii", COLORS["orange"], "s")}


def draw(
    branch: pd.DataFrame, continuation: pd.DataFrame, linear: pd.DataFrame, profiles: pd.DataFrame, *, length: int,
    drive_amplitude: float, loss: float = 0.0,
) -> Figure:  # fmt: skip
    """Return the figure from tables chain_rnw_branch, chain_rnw_continuation, chain_rnw_profiles, chain_profiles.

    Panel (a) shows the chain of `length` sites at all drives, (b) and (c) all lengths, (d) one chain site by site, at
    the intrinsic loss rate ``loss``. Chains without a wave have no branch: panels of it say so.
    """
    followed = continuation[continuation["length"] == length].sort_values("index")
    with journal_style():
        figure = new_figure(DOUBLE_COLUMN, 4.6)
        grid = figure.subplots(
            2,
            2,
            gridspec_kw={"left": 0.08, "right": 0.985, "bottom": 0.09, "top": 0.945, "wspace": 0.22, "hspace": 0.36},
        )
        for axes, rows in ((grid[0, 0], followed), (grid[0, 1], _at_rest(branch))):
            if rows.empty:
                axes.text(0.5, 0.5, "no wave at these parameters", transform=axes.transAxes, ha="center", va="center")
                axes.set(xticks=[], yticks=[])
        if len(followed):
            _draw_branch(grid[0, 0], followed, loss)
        if len(_at_rest(branch)):
            _draw_growth(grid[0, 1], branch, drive_amplitude)
        _draw_numbers(grid[1, 0], branch, drive_amplitude)
        _draw_fluctuation(grid[1, 1], linear, profiles[profiles["loss"] == loss], length, drive_amplitude)
        for index, axes in enumerate(grid.flat):
            label_panel(axes, index)
        grid[0, 0].set_title(f"$L = {length}$", loc="right", pad=4)
        grid[1, 0].set_title(rf"$F = {drive_amplitude:g}\,\gamma$", loc="right", pad=4)
        grid[1, 1].set_title(rf"$L = {length}$, $F = {drive_amplitude:g}\,\gamma$", loc="right", pad=4)
    return figure


def _at_rest(branch: pd.DataFrame) -> pd.DataFrame:
    """Rows of Newton's method, folds left out."""
    return branch[(branch["method"] == "newton") & (branch["fold"] == 0)]


def _draw_branch(axes: Axes, followed: pd.DataFrame, loss: float) -> None:
    """Draw the photon number of the driven site along the branch, and the drive that just feeds the wave."""
    drive, first, last = (
        followed[name].to_numpy() for name in ("drive_amplitude", "photon_number_first", "photon_number_last")
    )
    stable = followed["n_unstable"].to_numpy() == 0
    fold = followed["fold"].to_numpy() == 1
    # Both parts of the line meet at the fold.
    for chosen, style, text in ((stable | fold, "-", "stable"), (~stable | fold, (0, (3, 2)), "unstable")):
        axes.plot(
            drive, np.where(chosen, first, np.nan), color=COLORS["blue"], linestyle=style,
            label=f"driven site $n_1$, {text}",
        )  # fmt: skip
    axes.plot(drive[stable], last[stable], color=COLORS["red"], label="last site $n_L$")
    top = axes.get_ylim()[1]
    if fold.any():
        bound = drive[fold][0]
        axes.plot(drive[fold], first[fold], "o", color="black", markersize=4, zorder=5)
        axes.annotate(
            rf"fold, $F = {bound:.3f}\,\gamma$", (bound, first[fold][0]), xytext=(12, -34), textcoords="offset points",
            va="top", fontsize=8, arrowprops={"arrowstyle": "-", "linewidth": 0.6, "shrinkB": 3},
        )  # fmt: skip
        axes.axvspan(0, bound, color="0.92", linewidth=0)
        axes.text(
            bound - 0.08,
            0.03 * top,
            # All that enters leaves at the ends where no site in between loses photons.
            r"$F^2 < \gamma^2 n_L$" if loss == 0 else "no wave",
            rotation=90,
            ha="right",
            va="bottom",
            color="0.35",
            fontsize=8,
        )
    axes.set(xlabel=r"$F/\gamma$", ylabel="photon number", xlim=(0.9 * drive.min(), 1.01 * drive.max()), ylim=(0, top))
    axes.legend(loc="lower right")


def _draw_growth(axes: Axes, branch: pd.DataFrame, drive: float) -> None:
    """Draw the slowest decay rate against length at some drives, with a law 1/L³."""
    newton = _at_rest(branch)
    # Drives at which every chain has the wave, or as many as there are.
    lengths = newton.groupby("drive_amplitude")["length"].nunique()
    drives = np.sort(lengths.index[lengths == lengths.max()])
    shown = sorted({drives[0], drives[np.abs(drives - drive).argmin()], drives[-1]})
    for value, look in ordered_looks(shown).items():
        rows = newton[newton["drive_amplitude"] == value].sort_values("length")
        stable, unstable = rows[rows["growth_rate"] < 0], rows[rows["growth_rate"] >= 0]
        axes.loglog(
            stable["length"], -stable["growth_rate"], linewidth=0.7,
            label=rf"$F = {value:g}\,\gamma$", **look,
        )  # fmt: skip
        axes.plot(unstable["length"], unstable["growth_rate"], "x", color=COLORS["red"])
    rows = newton[newton["drive_amplitude"] == shown[len(shown) // 2]].sort_values("length")
    if len(rows) > 1:
        lengths = np.array([rows["length"].iloc[-1] / 6, rows["length"].iloc[-1]])
        scale = -rows["growth_rate"].iloc[-1] * rows["length"].iloc[-1] ** 3
        axes.plot(lengths, 3 * scale / lengths**3, color="0.4", linewidth=0.8, linestyle=(0, (5, 3)))
        axes.annotate(
            r"$\propto L^{-3}$", (lengths.prod() ** 0.5, 3 * scale / lengths.prod() ** 1.5), xytext=(3, 3),
            textcoords="offset points", color="0.3",
        )  # fmt: skip
    axes.set(xlabel="length $L$", ylabel=r"slowest decay rate / $\gamma$")
    ticks = [length for length in (2, 5, 10, 20, 50, 100) if newton["length"].min() <= length <= newton["length"].max()]
    axes.set_xticks(ticks, [str(tick) for tick in ticks])
    axes.xaxis.set_minor_formatter(NullFormatter())
    axes.legend(loc="lower left")


def _draw_numbers(axes: Axes, branch: pd.DataFrame, drive: float) -> None:
    """Draw photon numbers of bulk and end against the length: states at rest and ensembles."""
    rows = branch[(branch["fold"] == 0) & (branch["drive_amplitude"] == drive)].sort_values("length")
    newton = rows[rows["method"] == "newton"]
    for name, color, text in (("bulk", COLORS["green"], "bulk"), ("last", COLORS["red"], "last site")):
        axes.plot(newton["length"], newton[f"photon_number_{name}"], ".-", color=color, label=f"{text}, at rest")
    for method, (text, color, marker) in _METHODS.items():
        found = rows[rows["method"] == method]
        for place, name in enumerate(("bulk", "last")):
            axes.errorbar(
                found["length"], found[f"photon_number_{name}"], found[f"photon_number_{name}_stderr"],
                fmt=marker, color=color, markersize=4.5 if method == "twa" else 6.5, markerfacecolor="none",
                label=text if place == 0 and len(found) else None, zorder=3,
            )  # fmt: skip
    axes.set(xlabel="length $L$", ylabel="photon number")
    low, high = axes.get_ylim()
    axes.set_ylim(low - 0.1 * (high - low), high + 0.55 * (high - low))
    axes.xaxis.set_major_locator(MaxNLocator(7, integer=True))
    axes.legend(loc="upper left", ncols=2)


def _with_bulk(name: str, values: pd.Series, length: int) -> str:
    """Return a name with the mean over the middle half of the sites."""
    return f"{name}, bulk: {values.iloc[length // 4 : length - length // 4].mean():.3f}"


def _draw_fluctuation(axes: Axes, linear: pd.DataFrame, profiles: pd.DataFrame, length: int, drive: float) -> None:
    """Draw Q = delta n / n against site, with the Poissonian level."""
    theory = linear[(linear["length"] == length) & (linear["drive_amplitude"] == drive)].sort_values("site")
    label = _with_bulk("linear theory", theory["mandel_q"], length) if len(theory) else "no stable wave at rest"
    axes.plot(theory["site"], theory["mandel_q"], color="black", label=label)
    chosen = (profiles["length"] == length) & (profiles["drive_amplitude"] == drive)
    rows = profiles[chosen & (profiles["method"] == "twa")].sort_values("site")
    sampled = rows["number_fluctuation"] / rows["photon_number"]
    axes.errorbar(
        rows["site"], sampled, rows["number_fluctuation_stderr"] / rows["photon_number"], fmt="o", markersize=2.6,
        elinewidth=0.7, color=COLORS["blue"],
        label=_with_bulk("truncated Wigner", sampled, length) if len(rows) else None,
    )  # fmt: skip
    axes.axhline(0.0, color="0.35", linewidth=0.6, linestyle=(0, (5, 3)))
    axes.annotate(
        "Poissonian", (0.985, 0.0), xycoords=axes.get_yaxis_transform(), xytext=(0, -3), textcoords="offset points",
        ha="right", va="top", fontsize=7.5, color="0.35",
    )  # fmt: skip
    values = [*theory["mandel_q"], *sampled]
    axes.set_ylim(min([-0.6, *(1.15 * value for value in values)]), 0.06)
    axes.set(xlabel="site $l$", ylabel=r"$Q_l = \delta n_l / n_l$", xlim=(0.5, length + 0.5))
    axes.xaxis.set_major_locator(MaxNLocator(6, integer=True))
    axes.legend(loc="center right")
