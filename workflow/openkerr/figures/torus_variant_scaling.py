"""Torus: exponents of the circular variance under single-photon loss and thermal noise, by linear noise."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from openkerr.figures.style import (
    DOUBLE_COLUMN,
    NothingToDraw,
    journal_style,
    label_panel,
    new_figure,
    ordered_looks,
)
from openkerr.figures.torus_5 import PUBLISHED
from openkerr.figures.torus_robustness import BATHS, bath_free

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["draw"]

PAPER = "torus"
TITLE = "Torus: scaling of the circular variance under loss and thermal noise"
INPUTS = ("torus_variant_scaling", "torus_gap_cases", "torus_scaling")
SETTINGS = {"model": "torus.model", "variance": "torus.circular_variance"}

_QUANTITIES = (("d1", "$d_1$"), ("d2", "$d_2$"), ("beta", r"$\beta = d_1/d_2$"))


def draw(variants: pd.DataFrame, cases: pd.DataFrame, scaling: pd.DataFrame) -> Figure:
    """Return the figure: a row a bath, a panel an exponent of cavity 1, by the begin of the window of times.

    Takes the tables torus_variant_scaling, torus_gap_cases and torus_scaling, which has the ensembles without bath.
    Raises NothingToDraw without a case with a bath.
    """
    families = [family for family in BATHS if (cases["family"] == family).any()]
    known = variants[(variants["mode"] == 1) & variants["value"].notna()]
    # Of windows that begin together the longest one: those that are fitted at all.
    known = known[known["time_max"] == known.groupby("time_min")["time_max"].transform("max")]
    if not families or known.empty:
        raise NothingToDraw("no case of the families loss and thermal among torus.gaps.variants, or no window of times")
    begins = sorted(known["time_min"].unique())
    looks = ordered_looks([begins[0], begins[-1]])
    with journal_style():
        figure = new_figure(DOUBLE_COLUMN, 0.75 + 1.75 * len(families))
        grid = figure.subplots(len(families), len(_QUANTITIES), squeeze=False)
        height = figure.get_figheight()
        figure.subplots_adjust(
            left=0.075, right=0.985, bottom=0.42 / height, top=1 - 0.5 / height, wspace=0.33, hspace=0.42
        )
        for row, family in zip(grid, families, strict=True):
            column, label, _ = BATHS[family]
            members = cases[cases["family"] == family]
            free = bath_free(cases, members, family)
            for axes, (quantity, name) in zip(row, _QUANTITIES, strict=True):
                own = known[known["quantity"] == quantity]
                for number, (begin, look) in enumerate(looks.items()):
                    part = own[own["time_min"] == begin].merge(cases, on=["case", "family"])
                    _draw_window(axes, part, family, column, free[0] if free else None, look)
                    _draw_ensemble(axes, scaling, quantity, part, look, 0.03 + 0.035 * number)
                axes.axhline(PUBLISHED[quantity], color="black", linewidth=0.8, dashes=(3, 2), zorder=0)
                axes.set_xscale("log")
                axes.margins(0.14, 0.15)
                axes.set_xlabel(label)
                axes.set_ylabel(name)
        for index, axes in enumerate(grid.flat):
            label_panel(axes, index)
        handles = [
            Line2D([], [], linestyle="none", markersize=4, label=rf"from $\eta t = {begin:g}$", **look)
            for begin, look in looks.items()
        ]
        handles += [
            Line2D([], [], color="0.3", linewidth=0.9, label="without this bath"),
            Line2D([], [], color="0.3", linestyle="none", marker="*", markersize=6, label="ensembles without bath"),
            Line2D([], [], color="black", linewidth=0.8, dashes=(3, 2), label="published, without bath"),
        ]
        figure.legend(handles=handles, loc="upper center", ncols=len(handles), columnspacing=1.1, handletextpad=0.4)
    return figure


def _draw_window(
    axes: Axes, rows: pd.DataFrame, family: str, column: str, free: str | None, look: dict[str, Any]
) -> None:
    """Draw the cases of a bath, hollow where the loss is not that of most, and a line at the case that they go to."""
    found = rows[rows["family"] == family]
    usual = np.full(len(found), True)
    if column != "loss_rate_1":
        usual = found["loss_rate_1"].isin(found["loss_rate_1"].mode()).to_numpy()
    for chosen, face in ((usual, look["color"]), (~usual, "white")):
        axes.plot(
            found.loc[chosen, column], found.loc[chosen, "value"], linestyle="none", markersize=4, markerfacecolor=face,
            **look,
        )  # fmt: skip
    for value in rows.loc[rows["case"] == free, "value"]:
        axes.axhline(value, color=look["color"], linewidth=0.9, zorder=1)


def _draw_ensemble(
    axes: Axes, scaling: pd.DataFrame, quantity: str, rows: pd.DataFrame, look: dict[str, Any], place: float
) -> None:
    """Draw what ensembles without bath have for this window at a share of the width, with all errors."""
    own = scaling[(scaling["case"] == "default") & (scaling["quantity"] == quantity)]
    for window in rows[["aleph_min", "aleph_max", "time_min", "time_max"]].drop_duplicates().itertuples():
        # Windows of the ensembles end at the last of their times.
        same = np.isclose(own["aleph_min"], window.aleph_min) & np.isclose(own["aleph_max"], window.aleph_max)
        same &= own["window"].str.contains(rf"time_{window.time_min:g}_{window.time_max:g}_", regex=False)
        few = own[same & ~own["window"].str.endswith("_all")]
        for fit in few.head(1).itertuples():
            axes.errorbar(
                [place], [fit.value], [fit.stderr], fmt="*", color=look["color"], markersize=6, elinewidth=0.9,
                markeredgecolor="black", markeredgewidth=0.4, transform=axes.get_yaxis_transform(), zorder=4,
            )  # fmt: skip
