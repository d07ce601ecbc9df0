"""Gaps under single-photon loss and thermal noise: figures torus loss and torus thermal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from openkerr.figures.style import (
    COLORS,
    DOUBLE_COLUMN,
    NothingToDraw,
    journal_style,
    label_panel,
    new_figure,
    ordered_colors,
)
from openkerr.figures.torus_3b import LINES, PUBLISHED, joint_error, line_label, linear_gap, of_line, plain_log

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["BATHS", "bath_free", "draw", "wide_fits"]

BATHS = {
    "loss": ("loss_rate_1", r"single-photon loss $\kappa/\eta$", r"\kappa"),
    "thermal": ("thermal_occupation_1", r"thermal occupation $n_\mathrm{th}$", r"n_\mathrm{th}"),
}
_MARKERS = "os^Dv<>"
_FAMILIES = ("loss", "thermal", "universality")


def wide_fits(fits: pd.DataFrame, cases: pd.DataFrame, line: tuple[int, int]) -> pd.DataFrame:
    """Return one power law of a line for the default case and each case of the families of robustness.

    That of the correlations, weighted by errors, over the window that all of them have; it is the widest window of
    the cases that are not the default one.
    """
    kept = fits[(fits["estimator"] == "correlation") & (fits["weighting"] == "errors")]
    kept = kept[(kept["sector"] == line[0]) & (kept["m"] == line[1])]
    kept = kept.merge(cases, on="case")
    others = kept[kept["family"].isin(_FAMILIES)]
    if others.empty:
        return others
    ratio = others["aleph_max"] / others["aleph_min"]
    window = others.loc[ratio.idxmax(), ["aleph_min", "aleph_max"]]
    kept = kept[kept["aleph_min"].ge(window["aleph_min"]) & kept["aleph_max"].le(window["aleph_max"])]
    return kept.sort_values("n_points").groupby("case").tail(1)


def draw(gaps: pd.DataFrame, fits: pd.DataFrame, cases: pd.DataFrame, family: str) -> Figure:
    """Return the figure: a row a line; gap times aleph of every case of a family, and its exponents.

    Takes the tables torus_gaps, torus_gap_fit and torus_gap_cases, and the family loss or thermal. Raises
    NothingToDraw without a case of that family.
    """
    column, label, symbol = BATHS[family]
    members = cases[cases["family"] == family].sort_values([column, "loss_rate_1"])
    if members.empty:
        raise NothingToDraw(f"no case of the family {family} among torus.gaps.variants")
    members = members.assign(label=_labels(members, column, symbol))
    free = bath_free(cases, members, family)
    with journal_style():
        figure = new_figure(DOUBLE_COLUMN, 4.4)
        axes = figure.subplots(2, 2, gridspec_kw={"width_ratios": [1.2, 1]})
        figure.subplots_adjust(left=0.085, right=0.985, bottom=0.10, top=0.86, wspace=0.24, hspace=0.14)
        shades = dict(zip(members["case"], ordered_colors(len(members)), strict=True))
        for row, (line, published) in enumerate(zip(LINES, PUBLISHED, strict=True)):
            _draw_gaps(axes[row, 0], gaps, members, line, shades, free)
            _draw_exponents(axes[row, 1], wide_fits(fits, cases, line), family, column, free)
            axes[row, 1].axhline(published[1], color="black", linewidth=0.8, dashes=(3, 2), zorder=0)
            axes[row, 0].set_ylabel(rf"$\Lambda_{{{line[0]},{line[1]}}}\,\aleph/\eta$")
            axes[row, 1].set_ylabel(f"exponent $a$ of {line_label(line)}")
            for index in range(2):
                axes[row, index].tick_params(labelbottom=row == 1)
                label_panel(axes[row, index], 2 * row + index)
        axes[1, 0].set_xlabel(r"$\aleph$")
        axes[1, 1].set_xlabel(label)
        handles, _ = axes[0, 0].get_legend_handles_labels()
        handles += [
            Line2D([], [], color="0.3", linewidth=0.7, dashes=(1, 1), label="linear noise"),
            Line2D([], [], color="black", linewidth=0.8, dashes=(3, 2), label="published, without bath"),
        ]
        figure.legend(handles=handles, loc="upper center", ncols=4, columnspacing=1.3)
    return figure


def bath_free(cases: pd.DataFrame, members: pd.DataFrame, family: str) -> tuple[str, str] | None:
    """Return name and label of the case that the members go to as their scanned parameter vanishes, or None."""
    if family == "loss":
        return "default", "without bath"
    loss = members["loss_rate_1"].mode().iloc[0]
    still = cases[(cases["family"] == "loss") & (cases["loss_rate_1"] == loss) & (cases["thermal_occupation_1"] == 0)]
    return (str(still["case"].iloc[0]), rf"$n_\mathrm{{th}} = 0$, $\kappa = {loss:g}$") if len(still) else None


def _labels(members: pd.DataFrame, column: str, symbol: str) -> list[str]:
    """Names of the cases: the scanned parameter, and the loss where it is not that of most."""
    common = members["loss_rate_1"].mode()
    return [
        rf"${symbol} = {getattr(row, column):g}$"
        + ("" if column == "loss_rate_1" or row.loss_rate_1 == common.iloc[0] else rf", $\kappa = {row.loss_rate_1:g}$")
        for row in members.itertuples()
    ]


def _draw_gaps(
    axes: Axes,
    gaps: pd.DataFrame,
    members: pd.DataFrame,
    line: tuple[int, int],
    shades: dict[str, Any],
    bath_free: tuple[str, str] | None,
) -> None:
    if bath_free is not None:
        rows = of_line(gaps, line, bath_free[0], "correlation")
        axes.errorbar(
            rows["aleph"], rows["gap"] * rows["aleph"], joint_error(rows, "gap") * rows["aleph"], color=COLORS["red"],
            linewidth=0.9, linestyle=(0, (4, 2)), elinewidth=0.7, label=bath_free[1],
        )  # fmt: skip
    for number, row in enumerate(members.itertuples()):
        found = of_line(gaps, line, row.case, "correlation")
        axes.errorbar(
            found["aleph"], found["gap"] * found["aleph"], joint_error(found, "gap") * found["aleph"],
            marker=_MARKERS[number % len(_MARKERS)], fillstyle="none", color=shades[row.case], linewidth=0.8,
            elinewidth=0.7, label=row.label,
        )  # fmt: skip
        limit = linear_gap(row, line)
        if np.isfinite(limit):
            axes.axhline(limit, xmin=0.85, color=shades[row.case], linewidth=0.9, dashes=(1, 1))
    if not np.isfinite(axes.dataLim.intervalx).all():  # no gap was found
        axes.set_xlim(1.0, 10.0)
    axes.set_xscale("log")
    axes.set_yscale("log")
    plain_log(axes.yaxis)


def _draw_exponents(
    axes: Axes, fits: pd.DataFrame, family: str, column: str, bath_free: tuple[str, str] | None
) -> None:
    if len(fits):
        for row in fits[fits["case"] == (bath_free or ("", ""))[0]].itertuples():
            error = np.hypot(row.exponent_stderr, row.exponent_systematic)
            low, high = row.exponent - error, row.exponent + error
            axes.axhspan(low, high, color=COLORS["red"], alpha=0.3, linewidth=0)
        found = fits[fits["family"] == family]
        common = found["loss_rate_1"].mode()
        for marker, part in (
            ("o", found[(column == "loss_rate_1") | found["loss_rate_1"].isin(common)]),
            ("D", found[(column != "loss_rate_1") & ~found["loss_rate_1"].isin(common)]),
        ):
            axes.errorbar(
                part[column], part["exponent"], joint_error(part, "exponent"), linestyle="none", marker=marker,
                fillstyle="none", color=COLORS["black"], elinewidth=0.7,
            )  # fmt: skip
    axes.axhline(1.0, color="0.6", linewidth=0.6, zorder=0)
    axes.set_xscale("log")
