"""Chain figure 2: photon statistics and chaos of the last site over drive and length, and cuts at one length."""

from __future__ import annotations

from typing import TYPE_CHECKING

from matplotlib.axes import Axes
from matplotlib.colors import LogNorm, Normalize, SymLogNorm
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from openkerr.figures.chain_maps import (
    VISIBLE,
    cut_length,
    draw_boundaries,
    draw_map,
    draw_points,
    mark_unsettled,
    name_regimes,
    states,
)
from openkerr.figures.style import COLORS, DOUBLE_COLUMN, journal_style, label_panel, new_figure

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["draw", "draw_correlator", "draw_number", "draw_signed"]

PAPER = "chain"
TITLE = "Chain figure 2: photon statistics and chaos of the last site over drive and length"
INPUTS = ("chain_phase_diagram", "chain_boundaries")
SETTINGS = {
    "model": "chain.model",
    "scans": "chain.steady_states",
    "saturation": "chain.saturation",
    "regimes": "chain.regimes",
}


def draw(phase_diagram: pd.DataFrame, boundaries: pd.DataFrame, length: int | None = None) -> Figure:
    """Return the figure: maps of n_L, its fluctuation and D_1L of the last site over F and L, cuts at one length below.

    Takes the tables chain_phase_diagram and chain_boundaries and shows truncated-Wigner rows of the boundary-driven
    chain. Open symbols: not stationary. Hatched: what still moves, mixtures both ways.
    Cuts are at ``length``, by default the one nearest to ten sites. Raises ValueError if it has no row.
    """
    length = length or cut_length(phase_diagram)
    rows = states(phase_diagram, "boundary")
    last = rows[rows["site"] == rows["length"]]
    cut = states(last, "boundary", length)
    with journal_style():
        figure = new_figure(DOUBLE_COLUMN, 4.6)
        sides = {"left": 0.07, "right": 0.985, "wspace": 0.3}
        upper = figure.subplots(1, 3, sharey=True, gridspec_kw=sides | {"right": 0.935, "bottom": 0.585, "top": 0.93})
        lower = figure.subplots(1, 3, sharex=True, gridspec_kw=sides | {"bottom": 0.09, "top": 0.445})
        _draw_maps(figure, upper, rows, boundaries)
        number, fluctuation, chaos = lower
        draw_number(number, [cut])
        draw_signed(fluctuation, [cut], "number_fluctuation")
        draw_correlator(chaos, [cut])
        number.set_ylabel("photon number $n_L$")
        fluctuation.set_ylabel(r"number fluctuation $\delta n_L$")
        chaos.set_ylabel(r"$D_{1,L}(\infty)$")
        _draw_inset(number, cut)
        for index, axes in enumerate([*upper, *lower]):
            label_panel(axes, index)
        for axes in lower:
            axes.set_xlabel(r"$F/\gamma$")
        number.set_title(f"$L = {length}$", loc="right", pad=4)
        drives = last["drive_amplitude"]
        number.set_xlim(0.0, drives.max() * 1.02)
        number.xaxis.set_major_locator(MaxNLocator(6, integer=True))
    return figure


def _draw_maps(figure: Figure, row: list[Axes], rows: pd.DataFrame, boundaries: pd.DataFrame) -> None:
    last = rows[rows["site"] == rows["length"]]
    positive = last.loc[last["photon_number"] > 0, "photon_number"]
    top = max(2.0, last["number_fluctuation"].abs().max())
    low = min(max(positive.min(), 0.1), 0.5 * positive.max()) if len(positive) else 0.1
    shown = rows.assign(photon_number=rows["photon_number"].clip(lower=low))
    panels = (
        ("photon_number", LogNorm(low, max(positive.max(), 1.0)), "viridis", "$n_L$"),
        ("number_fluctuation", SymLogNorm(1.0, 0.7, -top, top), "RdBu_r", r"$\delta n_L$"),
        ("otoc_saturation", Normalize(0.0, 1.0), "magma", r"$D_{1,L}(\infty)$"),
    )
    ink = {"viridis": ("white", "white", "black"), "RdBu_r": ("black",) * 3, "magma": ("white", "black", "white")}
    for axes, (name, norm, colors, text) in zip(row, panels, strict=True):
        mesh = draw_map(axes, shown[shown["site"] == shown["length"]], name, norm, colors)
        mark_unsettled(axes, shown, mesh, name)
        beside = axes.inset_axes((1.03, 0.0, 0.05, 1.0))
        bar = figure.colorbar(mesh, cax=beside, extend="min" if name == "photon_number" else None)
        axes.set_title(text, loc="right", pad=4)
        bar.ax.tick_params(labelsize=7)
        bar.ax.minorticks_off()
        ends = COLORS["sky"] if colors == "magma" else "black"
        draw_boundaries(axes, boundaries, early=name == "photon_number", color=ends)
        name_regimes(axes, last, dict(zip(("I", "II", "III"), ink[colors], strict=True)))
    row[0].set_ylabel("length $L$")


def draw_number(axes: Axes, cuts: list[pd.DataFrame], **style: list) -> None:
    """Draw photon numbers on a logarithmic axis, with an arrow at the bound of what is not above zero."""
    drawn: list[float] = []
    for index, cut in enumerate(cuts):
        kept = {key: values[index] for key, values in style.items()}
        positive = cut["photon_number"] > 0
        shown, rest = cut[positive], cut[~positive]
        bounds = rest["photon_number"].clip(lower=0.0) + 2 * rest["photon_number_stderr"].fillna(0.0)
        draw_points(axes, shown, "photon_number", **kept)
        axes.plot(
            rest["drive_amplitude"], bounds, linestyle="none", marker=r"$\downarrow$", markersize=6,
            color=kept.get("color", COLORS["blue"]),
        )  # fmt: skip
        drawn += [*shown["photon_number"], *bounds[bounds > 0]]
    if drawn:
        # The axis follows the values: an error bar that reaches zero would stretch it without end.
        axes.set_yscale("log", nonpositive="clip")
        axes.set_ylim(min(drawn) / 2.5, max(drawn) * 2)
        axes.yaxis.set_major_formatter(plain_number)


def draw_signed(axes: Axes, cuts: list[pd.DataFrame], name: str, **style: list) -> None:
    """Draw a quantity that is zero for Poissonian statistics: linear within [-1, 1], logarithmic beyond."""
    for index, cut in enumerate(cuts):
        draw_points(axes, cut, name, **{key: values[index] for key, values in style.items()})
    axes.set_yscale("symlog", linthresh=1.0, linscale=0.7)
    axes.yaxis.set_major_formatter(plain_number)
    values = [value for cut in cuts for value in cut[name].dropna()] or [0.0]
    axes.set_ylim(min(2.0 * min(values), -0.7), max(2.0 * max(values), 0.7))
    axes.axhline(0.0, color="0.35", linewidth=0.6, linestyle=(0, (5, 3)), zorder=1)
    axes.axhspan(axes.get_ylim()[0], 0.0, color=COLORS["sky"], alpha=0.18, linewidth=0, zorder=0)
    axes.annotate(
        "sub-Poissonian", (0.03, 0.03), xycoords="axes fraction", ha="left", va="bottom", fontsize=7.5,
        color=COLORS["blue"],
    )  # fmt: skip


def draw_correlator(axes: Axes, cuts: list[pd.DataFrame], **style: list) -> None:
    """Draw saturated correlators between 0 (regular) and 1 (phases forget each other); open where they still grow."""
    for index, cut in enumerate(cuts):
        kept = {key: values[index] for key, values in style.items()}
        seen = cut.assign(growth=cut["otoc_stationarity"].where(cut["otoc_saturation"] > VISIBLE, 0.0))
        draw_points(axes, seen, "otoc_saturation", moving="growth", **kept)
    axes.axhline(1.0, color="0.35", linewidth=0.6, linestyle=(0, (5, 3)), zorder=1)
    axes.set_ylim(-0.05, 1.15)


def _draw_inset(axes: Axes, cut: pd.DataFrame) -> None:
    """Draw the photon number once more on a linear axis, where its leap is seen."""
    inset = axes.inset_axes((0.5, 0.17, 0.46, 0.4))
    draw_points(inset, cut, "photon_number", markersize=1.6)
    inset.set_ylim(bottom=min(0.0, cut["photon_number"].min()))
    inset.xaxis.set_major_locator(MaxNLocator(3, integer=True))
    inset.yaxis.set_major_locator(MaxNLocator(3))
    inset.tick_params(labelsize=6.5)


def plain_number(value: float, _position: float | None) -> str:
    """Tick label with a true minus sign."""
    return f"{value:g}".replace("-", "\N{MINUS SIGN}")
