"""Exponents and prefactors of the gaps at many sets of parameters that have a limit torus."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from openkerr.figures.style import COLORS, DOUBLE_COLUMN, NothingToDraw, journal_style, label_panel, new_figure
from openkerr.figures.torus_3b import LINES, PUBLISHED, joint_error, line_label, linear_gap, plain_log
from openkerr.figures.torus_robustness import wide_fits

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["draw"]

PAPER = "torus"
TITLE = "Torus: exponents at other parameters"
INPUTS = ("torus_gap_fit", "torus_gap_cases")
SETTINGS = {"model": "torus.model", "gaps": "torus.gaps"}

_SYMBOLS = {
    "omega": r"\omega",
    "kerr": "U",
    "tunneling": "J",
    "pump_rate": r"\gamma",
    "two_photon_loss_rate": r"\eta",
}
_STYLES = (("blue", "o"), ("red", "s"))


def draw(fits: pd.DataFrame, cases: pd.DataFrame) -> Figure:
    """Return the figure: a row a set of parameters; exponents of two lines, and their gaps at the window's middle.

    Takes the tables torus_gap_fit and torus_gap_cases. Raises NothingToDraw with the default case alone.
    """
    base = cases[cases["case"] == "default"].iloc[0]
    members = cases[cases["family"].isin(["default", "universality"])]
    if len(members) < 2:
        raise NothingToDraw("no case of the family universality among torus.gaps.variants")
    with journal_style():
        figure = new_figure(DOUBLE_COLUMN, 1.0 + 0.23 * max(len(members), 6))
        axes = figure.subplots(1, 2, sharey=True)
        height = figure.get_figheight()
        figure.subplots_adjust(left=0.21, right=0.985, bottom=0.42 / height, top=1 - 0.36 / height, wspace=0.06)
        for line, published, (color, marker), shift in zip(LINES, PUBLISHED, _STYLES, (-0.15, 0.15), strict=True):
            axes[0].axvline(published[1], color=COLORS[color], linewidth=0.8, dashes=(3, 2), zorder=0)
            limits = np.array([linear_gap(row, line) for row in members.itertuples()], dtype=float)
            axes[1].plot(
                limits, np.arange(len(members)) + shift, linestyle="none", marker="|", markersize=7, color=COLORS[color]
            )
            found = wide_fits(fits, cases, line)
            found = found[found["case"].isin(members["case"])] if len(found) else found
            if not len(found):
                continue
            rows = np.array([list(members["case"]).index(case) for case in found["case"]]) + shift
            style = {
                "linestyle": "none",
                "marker": marker,
                "fillstyle": "none",
                "color": COLORS[color],
                "elinewidth": 0.7,
            }
            error, label = joint_error(found, "exponent"), f"$(k, m) =$ {line_label(line)}"
            axes[0].errorbar(found["exponent"], rows, xerr=error, label=label, **style)
            middle = np.sqrt(found["aleph_min"] * found["aleph_max"])
            axes[1].plot(
                found["prefactor"] * middle ** (1 - found["exponent"]),
                rows,
                **{key: value for key, value in style.items() if key != "elinewidth"},
            )
        axes[0].axvline(1.0, color="0.6", linewidth=0.6, zorder=0)
        names = [_difference(row, base) for _, row in members.iterrows()]
        axes[0].set_yticks(range(len(members)), names, fontsize=7.5)
        for label in axes[0].get_yticklabels():
            label.set_fontsize(6.0 if "\n" in label.get_text() else 7.5)
        axes[0].set_ylim(len(members) - 0.5, -0.5)
        axes[0].set_xlabel("exponent $a$")
        axes[1].set_xscale("log")
        plain_log(axes[1].xaxis)
        axes[1].set_xlabel(r"$\Lambda\,\aleph/\eta$ in the middle of the window")
        handles, _ = axes[0].get_legend_handles_labels()
        handles.append(Line2D([], [], color="0.3", linewidth=0.8, dashes=(3, 2), label="published"))
        handles.append(
            Line2D([], [], color="0.3", linestyle="none", marker="|", markersize=7, label="linear noise in (b)")
        )
        figure.legend(handles=handles, loc="upper center", ncols=4, borderaxespad=0.1, bbox_to_anchor=(0.58, 1.0))
        for index, each in enumerate(axes):
            each.grid(axis="y", color="0.92", linewidth=0.5)
            label_panel(each, index)
    return figure


def _difference(row: pd.Series, base: pd.Series) -> str:
    """Return what sets a case apart from the default one, as math text."""
    parts = []
    for name, symbol in _SYMBOLS.items():
        keys = [name] if name in row else [f"{name}_1", f"{name}_2"]
        values = [row[key] for key in keys]
        if values != [base[key] for key in keys]:
            shown = f"{values[0]:g}" if len(set(values)) == 1 else f"({', '.join(f'{value:g}' for value in values)})"
            parts.append(f"${symbol} = {shown}$")
    if len(parts) <= 2:
        return ", ".join(parts) or "the model"
    return "\n".join(", ".join(parts[first : first + 2]) for first in range(0, len(parts), 2))
