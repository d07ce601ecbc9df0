"""Torus figure 3b: gaps of the torus' lines against aleph, their power laws, and how far these hold."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import LogLocator, NullFormatter

from openkerr.figures.style import COLORS, DOUBLE_COLUMN, NothingToDraw, journal_style, label_panel, new_figure

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["LINES", "PUBLISHED", "draw", "joint_error", "line_label", "of_line", "plain_log"]

PAPER = "torus"
TITLE = "Torus figure 3b: gaps of the lines against aleph"
INPUTS = ("torus_gaps", "torus_gap_fit", "torus_gap_cases", "torus_line_gaps")
SETTINGS = {"model": "torus.model", "gaps": "torus.gaps"}
DRAWN = {"window": "gaps.fit_window"}

LINES = ((1, 0), (1, 1))
"""Lines (k, m) of mode 1 whose gaps the paper gives, in its order."""

PUBLISHED = ((47.144, 1.054, 0.010), (32.922, 1.052, 0.010))
"""Prefactor and exponent of arXiv:2507.03764, caption of Fig. 3, and the error of the exponent."""

_MARKERS = {"correlation": "o", "mean": "s", "pencil": "^"}
_SHOWN = ((1, 0), (1, 1), (1, 2), (2, 0), (2, 1), (2, 2), (0, 1), (3, 1), (3, 2))
_COLORS = ("blue", "red", "sky", "orange", "black", "purple", "green", "blue", "red")
_DASHED = 3
"""Sector whose lines are dashed, in colours of sector 1."""


def line_label(line: tuple[int, int]) -> str:
    """Return '(k, m)' with a true minus sign."""
    return f"({line[0]}, {line[1]})".replace("-", "\N{MINUS SIGN}")


def plain_log(axis: Axis) -> None:
    """Give a logarithmic axis that spans little more than a decade plain numbers."""
    if not (np.isfinite(axis.get_data_interval()).all() and axis.get_view_interval()[0] > 0):  # nothing is drawn
        set_limits = axis.axes.set_ylim if axis is axis.axes.yaxis else axis.axes.set_xlim
        set_limits(1.0, 10.0)
    axis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))
    axis.set_major_formatter("{x:g}")
    axis.set_minor_formatter(NullFormatter())


def of_line(
    table: pd.DataFrame, line: tuple[int, int], case: str = "default", estimator: str | None = None
) -> pd.DataFrame:
    """Return the rows of a line in a case, of one estimator or of all, by aleph."""
    rows = table[(table["case"] == case) & (table["sector"] == line[0]) & (table["m"] == line[1])]
    if estimator is not None:
        rows = rows[rows["estimator"] == estimator]
    return rows.sort_values("aleph") if "aleph" in rows else rows


def joint_error(rows: pd.DataFrame, name: str) -> pd.Series:
    """Return the statistical and the systematic error of a column together."""
    return np.hypot(rows[f"{name}_stderr"], rows[f"{name}_systematic"])


def draw(
    gaps: pd.DataFrame,
    fits: pd.DataFrame,
    cases: pd.DataFrame,
    lines: pd.DataFrame,
    window: tuple[float, float],
) -> Figure:
    """Return the figure: gaps of the two published lines, gap times aleph of nine lines, frequency shifts times aleph.

    Takes the tables torus_gaps, torus_gap_fit, torus_gap_cases and torus_line_gaps, and the window of the published
    fits. Predictions of the linear-noise theory are drawn where torus_line_gaps holds them. Raises NothingToDraw
    where the ensembles have no lines.
    """
    if not gaps["case"].eq("default").any():
        raise NothingToDraw("no limit torus at the parameters of torus.model: there are no lines")
    with journal_style():
        figure = new_figure(DOUBLE_COLUMN, 3.2)
        axes = figure.subplots(1, 3)
        figure.subplots_adjust(left=0.075, right=0.985, bottom=0.15, top=0.80, wspace=0.31)
        _draw_laws(axes[0], gaps, fits, window)
        _draw_products(axes[1], gaps, lines, cases)
        _draw_shifts(axes[2], gaps, lines, cases)
        for index, each in enumerate(axes):
            each.set_xscale("log")
            each.set_xlabel(r"$\aleph$")
            each.axvspan(*window, color="0.93", zorder=0)
            label_panel(each, index, x=-0.16)
        shown = [line for line in _SHOWN if len(of_line(gaps, line))]
        handles = [_handle(line) for line in shown] + [
            Line2D([], [], color="0.3", linestyle="none", marker=marker, fillstyle="none", label=name)
            for name, marker in _MARKERS.items()
        ]
        figure.legend(handles=handles, loc="upper center", ncols=6, columnspacing=1.3, handletextpad=0.4)
    return figure


def _handle(line: tuple[int, int]) -> Line2D:
    style: dict[str, Any] = {"dashes": (3, 1.5)} if line[0] == _DASHED else {}
    return Line2D(
        [],
        [],
        color=_color(line),
        marker="o",
        fillstyle="none",
        linewidth=0.8,
        label=f"$(k, m) =$ {line_label(line)}",
        **style,
    )


def _color(line: tuple[int, int]) -> str:
    return COLORS[_COLORS[_SHOWN.index(line)]]


def _draw_laws(axes: Axes, gaps: pd.DataFrame, fits: pd.DataFrame, window: tuple[float, float]) -> None:
    """Draw the gaps of the published lines with the power laws of the window, ours solid and theirs dashed."""
    for line, (prefactor, exponent, _) in zip(LINES, PUBLISHED, strict=True):
        color = _color(line)
        for estimator, marker in _MARKERS.items():
            rows = of_line(gaps, line, estimator=estimator)
            axes.errorbar(
                rows["aleph"], rows["gap"], joint_error(rows, "gap"), linestyle="none", marker=marker,
                fillstyle="none", color=color, elinewidth=0.6, markeredgewidth=0.6,
            )  # fmt: skip
        reach = np.geomspace(*window, 20)
        axes.plot(reach, prefactor * reach**-exponent, color="black", dashes=(3, 2), linewidth=0.8, zorder=3)
        law = of_line(fits, line, estimator="correlation")
        law = law[(law["weighting"] == "errors") & law["aleph_min"].ge(window[0]) & law["aleph_max"].le(window[1])]
        if len(law):
            row = law.loc[law["n_points"].idxmax()]
            axes.plot(reach, row["prefactor"] * reach ** -row["exponent"], color=color, linewidth=1.0, zorder=2)
    axes.set_yscale("log")
    axes.set_ylabel(r"$\Lambda/\eta$")
    axes.legend(
        handles=[
            Line2D([], [], color="0.3", label="fit in the window"),
            Line2D([], [], color="black", dashes=(3, 2), linewidth=0.8, label="published"),
        ],
        loc="lower left",
        handlelength=1.6,
    )


def _draw_products(axes: Axes, gaps: pd.DataFrame, lines: pd.DataFrame, cases: pd.DataFrame) -> None:
    """Draw gap times aleph of all shown lines, and the predictions of linear noise at the right edge."""
    for line in _SHOWN:
        _draw_estimates(
            axes, gaps, line, lambda rows: (rows["gap"] * rows["aleph"], joint_error(rows, "gap") * rows["aleph"])
        )
        _draw_limit(axes, lines, cases, line, "linear_gap_times_aleph")
    axes.set_yscale("log")
    axes.set_ylabel(r"$\Lambda\,\aleph/\eta$")


def _draw_limit(axes: Axes, lines: pd.DataFrame, cases: pd.DataFrame, line: tuple[int, int], column: str) -> None:
    """Draw the prediction of linear noise for a line, where the table holds it."""
    omega = cases.loc[cases["case"] == "default", "omega_1"]
    at = lines[(lines["sector"] == line[0]) & (lines["m"] == line[1]) & lines["omega"].isin(omega)]
    for value in at[column].dropna():
        axes.axhline(value, color=_color(line), linewidth=0.7, dashes=(1, 1), zorder=1)


def _draw_shifts(axes: Axes, gaps: pd.DataFrame, lines: pd.DataFrame, cases: pd.DataFrame) -> None:
    """Draw frequency minus its classical value, times aleph, of the lines that are known best."""
    default = cases[cases["case"] == "default"]
    for line in (*LINES, (2, 1), (3, 2), (3, 1)):
        for row in default.itertuples():
            classical = line[0] * row.nu_phi + line[1] * row.nu_psi

            def shifts(rows: pd.DataFrame, classical: float = classical) -> tuple[pd.Series, pd.Series]:
                return (rows["frequency"] - classical) * rows["aleph"], joint_error(rows, "frequency") * rows["aleph"]

            _draw_estimates(axes, gaps, line, shifts)
        _draw_limit(axes, lines, cases, line, "frequency_shift_times_aleph")
    axes.axhline(0.0, color="0.6", linewidth=0.6, zorder=0)
    axes.set_ylabel(r"$(\nu - \nu_{k,m})\,\aleph/\eta$", labelpad=1)


def _draw_estimates(
    axes: Axes,
    gaps: pd.DataFrame,
    line: tuple[int, int],
    values: Callable[[pd.DataFrame], tuple[pd.Series, pd.Series]],
) -> None:
    """Draw one quantity of a line: correlations, and the pencil where these have nothing."""
    best = of_line(gaps, line, estimator="correlation")
    others = of_line(gaps, line, estimator="pencil")
    others = others[~others["aleph"].isin(best["aleph"])]
    for rows, name in ((best, "correlation"), (others, "pencil")):
        value, error = values(rows)
        axes.errorbar(
            rows["aleph"], value, error, color=_color(line), marker=_MARKERS[name], fillstyle="none",
            linestyle="none", elinewidth=0.6, markeredgewidth=0.7,
        )  # fmt: skip
    both = rows_by_aleph(best, others)
    value, _ = values(both)
    style: dict[str, Any] = {"dashes": (4, 2)} if line[0] == _DASHED else {}
    axes.plot(both["aleph"], value, color=_color(line), linewidth=0.6, **style)


def rows_by_aleph(first: pd.DataFrame, second: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of two tables in the order of aleph."""
    import pandas as pd

    return pd.concat([part for part in (first, second) if len(part)] or [first]).sort_values("aleph")
