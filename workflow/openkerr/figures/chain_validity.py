"""Two sites: what truncated Wigner misses against U, at fixed F sqrt(U)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from openkerr.figures.style import DOUBLE_COLUMN, NothingToDraw, journal_style, label_panel, new_figure, ordered_looks

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

__all__ = ["draw"]

PAPER = "chain"
TITLE = "Chain: where truncated Wigner may be trusted, on two sites"
INPUTS = ("chain_dimer_scaling",)
SETTINGS = {"model": "chain.model", "dimer": "chain.dimer"}

RESOLVED = 2.0
"""Standard errors from which an error of truncated Wigner counts as seen; else its bound is drawn."""

_FILLS = {1: True, 2: False}


def draw(scaling: pd.DataFrame) -> Figure:
    """Return the figure: errors of n and of Q = delta n/n over U, a colour for each F sqrt(U).

    Takes the table chain_dimer_scaling.
    """
    if scaling.empty:
        raise NothingToDraw("chain.dimer has no scaled_kerrs and scaled_drives")
    looks = ordered_looks(sorted(scaling["scaled_drive"].unique()))
    kerrs = np.array(sorted(scaling["kerr"].unique()))
    with journal_style():
        figure = new_figure(DOUBLE_COLUMN, 2.9)
        left, right = figure.subplots(1, 2)
        figure.subplots_adjust(left=0.085, right=0.985, top=0.8, bottom=0.16, wspace=0.27)
        for axes, name in ((left, "number_error"), (right, "fluctuation_error")):
            for scaled, look in looks.items():
                for site in _FILLS:
                    rows = scaling[(scaling["scaled_drive"] == scaled) & (scaling["site"] == site)]
                    _errors(axes, rows.sort_values("kerr"), name, look, site)
            axes.set_xscale("log")
            axes.set_yscale("log")
            axes.set_xlim(kerrs.min() / 1.4, kerrs.max() * 1.4)
            axes.set_xlabel(r"$U/\gamma$")
        right.plot(kerrs, kerrs / 2, color="0.5", linewidth=0.8, linestyle="--", zorder=1)
        left.set_ylabel(r"$|n^{\rm TWA}_\ell/n_\ell - 1|$")
        right.set_ylabel(r"$|Q^{\rm TWA}_\ell - Q_\ell|$")
        for index, axes in enumerate((left, right)):
            label_panel(axes, index)
        handles = [Line2D([], [], **look, label=rf"$F\sqrt{{U}} = {value:g}$") for value, look in looks.items()]
        handles += [
            Line2D([], [], color="0.3", marker="o", linestyle="none", label=f"site {site}", **_face("0.3", filled))
            for site, filled in _FILLS.items()
        ]
        handles.append(Line2D([], [], color="0.5", linewidth=0.8, linestyle="--", label=r"$U/2\gamma$"))
        figure.legend(handles=handles, ncols=len(handles), loc="upper center")
    return figure


def _face(color: Any, filled: bool) -> dict[str, Any]:
    return {"markerfacecolor": color if filled else "none", "markeredgecolor": color}


def _errors(axes: Axes, rows: pd.DataFrame, name: str, look: dict[str, Any], site: int) -> None:
    """Moduli with bars, and arrows at twice the error where nothing is seen."""
    color = look["color"]
    kerr = rows["kerr"].to_numpy() * (1.0 + 0.05 * (2 * site - 3))
    value, error = rows[name].abs().to_numpy(), rows[f"{name}_stderr"].to_numpy()
    seen = value > RESOLVED * error
    axes.errorbar(
        kerr[seen], value[seen], error[seen], color=color, marker=look.get("marker", "o"), linestyle="none",
        elinewidth=0.7, zorder=3, **_face(color, _FILLS[site]),
    )  # fmt: skip
    axes.plot(
        kerr[~seen], RESOLVED * error[~seen], linestyle="none", marker=r"$\downarrow$", color=color, zorder=2,
    )  # fmt: skip
