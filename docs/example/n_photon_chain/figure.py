"""Phases over the drive, profiles of the phase, and two sites exactly."""

from __future__ import annotations

from typing import TYPE_CHECKING

from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FormatStrFormatter, LogLocator, NullFormatter

from openkerr.figures.style import COLORS, DOUBLE_COLUMN, NothingToDraw, journal_style, label_panel, new_figure

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.axis import Axis

__all__ = ["draw"]

TITLE = "Chain driven by n photons: chaos, the wave, and its symmetry"
INPUTS = ("sites", "chains", "dimer")
DRAWN = {"shown": "shown"}

_COLORS = dict(zip((1, 2, 3, 4), (COLORS["black"], COLORS["blue"], COLORS["red"], COLORS["green"]), strict=True))


def draw(sites: pd.DataFrame, chains: pd.DataFrame, dimer: pd.DataFrame, shown: list[dict]) -> Figure:
    """Return the figure: last site and exponent against the drive, order of phases along the chain, two sites.

    Takes the tables sites, chains and dimer, and the drives of which profiles are shown.
    """
    if sites.empty:
        raise NothingToDraw("no chain was simulated")
    with journal_style():
        figure = new_figure(DOUBLE_COLUMN, 4.4)
        axes = figure.subplots(2, 3)
        figure.subplots_adjust(left=0.075, right=0.985, top=0.885, bottom=0.1, hspace=0.34, wspace=0.36)
        last = sites[sites["site"] == sites["length"]]
        for order, color in _COLORS.items():
            for method, style in (("twa", "o-"), ("gpe", "x:")):
                rows = last[(last["order"] == order) & (last["method"] == method)].sort_values("drive_amplitude")
                for panel, name in ((axes[0, 0], "photon_number"), (axes[1, 0], "phase_order")):
                    _points(panel, rows, name, style, color)
                if method == "twa":
                    _points(axes[0, 1], rows.assign(**_fano(rows)), "fano", style, color)
            rows = chains[chains["order"] == order].sort_values("drive_amplitude")
            _points(axes[0, 2], rows, "lyapunov_1", "o-", color)
        for profile in shown:
            rows = sites[
                (sites["order"] == profile["order"]) & (sites["drive_amplitude"] == profile["drive_amplitude"])
            ]
            dashed = "--" if profile["regime"] == "chaos" else "-"
            rows = rows[rows["method"] == "twa"].sort_values("site")
            _points(axes[1, 1], rows, "phase_order", dashed, _COLORS[profile["order"]], along="site")
        for (order, site), rows in dimer.groupby(["order", "site"]):
            exact = rows[rows["method"] == "exact"].sort_values("drive_amplitude")
            sampled = rows[rows["method"] == "twa"].sort_values("drive_amplitude")
            _points(axes[1, 2], exact, "photon_number", "-" if site == 1 else "--", _COLORS[order])
            _points(axes[1, 2], sampled, "photon_number", "o" if site == 1 else "s", _COLORS[order])
        for panel in axes.flat[[0, 1, 2, 3, 5]]:
            _logarithmic(panel.xaxis)
            panel.set_xlabel(r"drive amplitude $G/\gamma$")
        axes[0, 1].set_yscale("symlog", linthresh=0.5)
        axes[0, 1].axhline(0.0, color="0.6", linewidth=0.6)
        axes[0, 2].axhline(0.0, color="0.6", linewidth=0.6)
        _logarithmic(axes[1, 2].yaxis)
        axes[1, 1].set_xlabel("site $\\ell$")
        texts = (
            r"$n_L$", r"$\delta n_L/n_L$", r"$\lambda_1/\gamma$", r"$|\langle\alpha_L^n\rangle|$, scaled",
            r"$|\langle\alpha_\ell^n\rangle|$, scaled", r"$n_\ell$, two sites",
        )  # fmt: skip
        for index, (panel, text) in enumerate(zip(axes.flat, texts, strict=True)):
            panel.set_ylabel(text)
            label_panel(panel, index)
        orders = sorted(sites["order"].unique())
        handles = [Line2D([], [], color=_COLORS[order], label=f"$n = {order}$") for order in orders]
        handles += [
            Line2D([], [], color="0.3", marker="o", label="truncated Wigner"),
            Line2D([], [], color="0.3", marker="x", linestyle=":", label="mean field"),
        ]
        figure.legend(handles=handles, ncols=len(handles), loc="upper center")
    return figure


def _logarithmic(axis: Axis) -> None:
    """A logarithmic axis with few plain labels, also over less than a decade."""
    set_scale = axis.axes.set_xscale if axis.axis_name == "x" else axis.axes.set_yscale
    set_scale("log")
    axis.set_major_locator(LogLocator(subs=(1.0, 3.0)))
    axis.set_major_formatter(FormatStrFormatter("%g"))
    axis.set_minor_formatter(NullFormatter())


def _fano(rows: pd.DataFrame) -> dict:
    return {
        "fano": rows["number_fluctuation"] / rows["photon_number"],
        "fano_stderr": rows["number_fluctuation_stderr"] / rows["photon_number"],
    }


def _points(axes: Axes, rows: pd.DataFrame, name: str, style: str, color: str, along: str = "drive_amplitude") -> None:
    axes.errorbar(
        rows[along],
        rows[name],
        rows[f"{name}_stderr"],
        fmt=style,
        color=color,
        markerfacecolor="none",
        markeredgewidth=0.8,
    )
