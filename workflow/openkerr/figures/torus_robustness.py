"""Gaps under single-photon loss and thermal noise: figures torus loss and torus thermal."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from openkerr.figures.style import COLORS, DOUBLE_COLUMN, NothingToDraw, journal_style, label_panel, new_figure
from openkerr.figures.torus_3b import LINES, joint_error, line_label, of_line, plain_log

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["draw", "wide_fits"]

_AXES = {
    "loss": ("loss_rate_1", r"single-photon loss $\kappa/\eta$", r"\kappa"),
    "thermal": ("thermal_occupation_1", r"thermal occupation $n_\mathrm{th}$", r"n_\mathrm{th}"),
}
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
    column, label, symbol = _AXES[family]
    members = cases[cases["family"] == family].sort_values([column, "loss_rate_1"])
    if members.empty:
        raise NothingToDraw(f"no case of the family {family} among torus.gaps.variants")
    members = members.assign(label=_labels(members, column, symbol))
    with journal_style():
        figure = new_figure(DOUBLE_COLUMN, 4.4)
        axes = figure.subplots(2, 2, gridspec_kw={"width_ratios": [1.2, 1]})
        figure.subplots_adjust(left=0.085, right=0.985, bottom=0.10, top=0.86, wspace=0.24, hspace=0.14)
        shades = dict(zip(members["case"], colormaps["viridis"](np.linspace(0.0, 0.9, len(members))), strict=True))
        for row, line in enumerate(LINES):
            _draw_gaps(axes[row, 0], gaps, members, line, shades)
            _draw_exponents(axes[row, 1], wide_fits(fits, cases, line), family, column)
            axes[row, 0].set_ylabel(rf"$\Lambda_{{{line[0]},{line[1]}}}\,\aleph/\eta$")
            axes[row, 1].set_ylabel(f"exponent $a$ of {line_label(line)}")
            for index in range(2):
                axes[row, index].tick_params(labelbottom=row == 1)
                label_panel(axes[row, index], 2 * row + index)
        axes[1, 0].set_xlabel(r"$\aleph$")
        axes[1, 1].set_xlabel(label)
        handles, names = axes[0, 0].get_legend_handles_labels()
        figure.legend(handles, names, loc="upper center", ncols=4, columnspacing=1.3)
    return figure


def _labels(members: pd.DataFrame, column: str, symbol: str) -> list[str]:
    """Names of the cases: the scanned parameter, and the loss where it is not that of most."""
    common = members["loss_rate_1"].mode()
    return [
        rf"${symbol} = {getattr(row, column):g}$"
        + ("" if column == "loss_rate_1" or row.loss_rate_1 == common.iloc[0] else rf", $\kappa = {row.loss_rate_1:g}$")
        for row in members.itertuples()
    ]


def _draw_gaps(
    axes: Axes, gaps: pd.DataFrame, members: pd.DataFrame, line: tuple[int, int], shades: dict[str, np.ndarray]
) -> None:
    default = of_line(gaps, line, estimator="correlation")
    axes.plot(
        default["aleph"], default["gap"] * default["aleph"], color=COLORS["red"], linewidth=0.9, dashes=(4, 2),
        label="without bath",
    )  # fmt: skip
    for row in members.itertuples():
        found = of_line(gaps, line, row.case, "correlation")
        axes.errorbar(
            found["aleph"], found["gap"] * found["aleph"], joint_error(found, "gap") * found["aleph"], marker="o",
            fillstyle="none", color=shades[row.case], linewidth=0.8, elinewidth=0.7, label=row.label,
        )  # fmt: skip
    axes.set_xscale("log")
    axes.set_yscale("log")
    plain_log(axes.yaxis)


def _draw_exponents(axes: Axes, fits: pd.DataFrame, family: str, column: str) -> None:
    if len(fits):
        for row in fits[fits["case"] == "default"].itertuples():
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
