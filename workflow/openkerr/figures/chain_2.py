"""Chain figure 2, the cut at one length: photon statistics of the last site against the drive."""

from __future__ import annotations

from typing import TYPE_CHECKING

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from openkerr.figures.style import COLORS, DOUBLE_COLUMN, journal_style, label_panel, new_figure

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["draw"]

# A half-window difference beyond this many standard errors marks a state that still moves.
_STATIONARY = 3.0
# Standard error of g2 below which a point counts for the range of its axis.
_RESOLVED = 0.25


def draw(phase_diagram: pd.DataFrame, length: int = 10) -> Figure:
    """Return the figure: photon number, fluctuation, Q and g2 of the last site against F/gamma.

    Takes the table chain_phase_diagram and shows its truncated-Wigner rows of the boundary-driven chain of
    `length` sites. Open symbols: not stationary within the window. Raises ValueError if there is no such row.
    """
    table = phase_diagram
    wanted = (table["geometry"] == "boundary") & (table["method"] == "twa")
    wanted &= (table["length"] == length) & (table["site"] == length)
    cut = table[wanted].sort_values("drive_amplitude")
    if cut.empty:
        raise ValueError(
            f"the table has no truncated-Wigner rows for the last site of a boundary-driven chain of {length}"
        )
    with journal_style():
        figure = new_figure(DOUBLE_COLUMN, 4.3)
        grid = figure.subplots(
            2,
            2,
            sharex=True,
            gridspec_kw={
                "left": 0.085,
                "right": 0.985,
                "bottom": 0.095,
                "top": 0.945,
                "wspace": 0.24,
                "hspace": 0.16,
            },
        )
        number, fluctuation, mandel, coherence = grid.flat
        _draw_number(number, cut)
        _draw_signed(fluctuation, cut, "number_fluctuation")
        _draw_signed(mandel, cut, "mandel_q")
        _draw_coherence(coherence, cut)
        number.set_ylabel("photon number $n_L$")
        fluctuation.set_ylabel(r"number fluctuation $\delta n_L$")
        _draw_inset(number, cut)
        mandel.set_ylabel(r"$Q_L = \delta n_L / n_L$")
        coherence.set_ylabel(r"$g^{(2)}_L(0)$")
        for index, axes in enumerate(grid.flat):
            label_panel(axes, index)
        for axes in grid[-1]:
            axes.set_xlabel(r"$F/\gamma$")
            axes.xaxis.set_major_locator(MaxNLocator(8, steps=[1, 2, 5, 10]))
        drives = cut["drive_amplitude"]
        pad = 0.03 * (drives.max() - drives.min()) or 0.5
        number.set_xlim(drives.min() - pad, drives.max() + pad)
        number.set_title(f"last site, $L = {length}$", loc="right", pad=4)
    return figure


def _draw_points(axes: Axes, cut: pd.DataFrame, name: str, markersize: float = 3.2) -> None:
    """Draw estimates with bars of one standard error; open symbols where not stationary."""
    rows = cut[cut[name].notna()]
    drive, value = rows["drive_amplitude"].to_numpy(), rows[name].to_numpy()
    error = rows[f"{name}_stderr"].fillna(0.0).to_numpy()
    axes.plot(drive, value, color=COLORS["blue"], linewidth=0.5, alpha=0.6, zorder=2)
    moving = (rows["stationarity"].abs() > _STATIONARY).to_numpy(dtype=bool)
    for chosen, face in ((~moving, COLORS["blue"]), (moving, "white")):
        if chosen.any():
            axes.errorbar(
                drive[chosen], value[chosen], error[chosen], fmt="o", color=COLORS["blue"],
                markerfacecolor=face, markersize=markersize, capsize=markersize / 2, elinewidth=0.7,
                markeredgewidth=0.7, zorder=3,
            )  # fmt: skip


def _draw_number(axes: Axes, cut: pd.DataFrame) -> None:
    """Draw the photon number on a logarithmic axis, with an arrow at its bound where it is not above zero."""
    positive = cut["photon_number"] > 0
    shown, rest = cut[positive], cut[~positive]
    bounds = rest["photon_number"].clip(lower=0.0) + 2 * rest["photon_number_stderr"].fillna(0.0)
    _draw_points(axes, shown, "photon_number")
    axes.plot(
        rest["drive_amplitude"],
        bounds,
        linestyle="none",
        marker=r"$\downarrow$",
        markersize=6,
        color=COLORS["blue"],
    )
    drawn = [*shown["photon_number"], *bounds[bounds > 0]]
    if drawn:
        # The axis follows the values: an error bar that reaches zero would stretch it without end.
        axes.set_yscale("log", nonpositive="clip")
        axes.set_ylim(min(drawn) / 2.5, max(drawn) * 2)
        axes.yaxis.set_major_formatter(_plain_number)


def _draw_signed(axes: Axes, cut: pd.DataFrame, name: str) -> None:
    """Draw a quantity that is zero for Poissonian statistics: linear within [-1, 1], logarithmic beyond."""
    _draw_points(axes, cut, name)
    axes.set_yscale("symlog", linthresh=1.0, linscale=0.7)
    axes.yaxis.set_major_formatter(_plain_number)
    low, high = (0.0, 0.0) if cut[name].isna().all() else (cut[name].min(), cut[name].max())
    axes.set_ylim(min(2.0 * low, -0.7), max(2.0 * high, 0.7))
    _mark_level(axes, 0.0, "Poissonian")
    _shade_sub_poissonian(axes, 0.0)
    axes.annotate(
        "sub-Poissonian", (0.015, 0.0), xycoords="axes fraction", xytext=(0, 3), textcoords="offset points",
        ha="left", va="bottom", fontsize=7.5, color=COLORS["blue"],
    )  # fmt: skip


def _draw_coherence(axes: Axes, cut: pd.DataFrame) -> None:
    """Draw g2 with the levels of coherent and thermal light; the axis follows resolved points."""
    _draw_points(axes, cut, "g2")
    resolved = [1.0, *cut.loc[cut["g2_stderr"] < _RESOLVED, "g2"]]
    axes.set_ylim(min(0.85, min(resolved) - 0.05), max(2.2, max(resolved) + 0.1))
    _mark_level(axes, 1.0, "Poissonian", below=True)
    _mark_level(axes, 2.0, "thermal")
    _shade_sub_poissonian(axes, 1.0)


def _draw_inset(axes: Axes, cut: pd.DataFrame) -> None:
    """Draw the photon number once more on a linear axis, where its leap is seen."""
    inset = axes.inset_axes((0.53, 0.17, 0.44, 0.42))
    _draw_points(inset, cut, "photon_number", markersize=1.8)
    inset.set_ylim(bottom=min(0.0, cut["photon_number"].min()))
    inset.xaxis.set_major_locator(MaxNLocator(4, integer=True))
    inset.yaxis.set_major_locator(MaxNLocator(3))
    inset.tick_params(labelsize=7)
    inset.set_xlabel(r"$F/\gamma$", fontsize=7.5, labelpad=0)
    inset.set_ylabel("$n_L$", fontsize=7.5, labelpad=1)


def _mark_level(axes: Axes, level: float, text: str, *, below: bool = False) -> None:
    """Draw a dashed line across the axes, named at its right end."""
    axes.axhline(level, color="0.35", linewidth=0.6, linestyle=(0, (5, 3)), zorder=1)
    axes.annotate(
        text, (0.985, level), xycoords=axes.get_yaxis_transform(), xytext=(0, -5 if below else 2),
        textcoords="offset points", ha="right", va="top" if below else "bottom", fontsize=7.5, color="0.35",
    )  # fmt: skip


def _shade_sub_poissonian(axes: Axes, level: float) -> None:
    """Shade what no classical light can show, below a level."""
    axes.axhspan(axes.get_ylim()[0], level, color=COLORS["sky"], alpha=0.18, linewidth=0, zorder=0)


def _plain_number(value: float, _position: int | None) -> str:
    return f"{value:g}".replace("-", "\N{MINUS SIGN}")
