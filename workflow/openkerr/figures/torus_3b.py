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

from openkerr.figures.style import COLORS, DOUBLE_COLUMN, NothingToDraw, journal_style, label_panel, new_figure, spread

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["LINES", "PUBLISHED", "draw", "joint_error", "line_label", "linear_gap", "of_line", "plain_log", "told"]

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
_LARGEST_SHIFT_ERROR = 5.0
"""Shifts times aleph with a larger error, in eta, are left out: they tell the lines apart no more."""
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
        figure = new_figure(DOUBLE_COLUMN, 3.9)
        grid = figure.add_gridspec(
            2, 3, left=0.085, right=0.985, bottom=0.12, top=0.87, wspace=0.31, hspace=0.2, height_ratios=[2.2, 1]
        )
        laws, products, shifts = figure.add_subplot(grid[0, 0]), *(figure.add_subplot(grid[:, k]) for k in (1, 2))
        ratios = figure.add_subplot(grid[1, 0])
        _draw_laws(laws, ratios, gaps, fits, window)
        _draw_products(products, gaps, lines, cases)
        _draw_shifts(shifts, gaps, lines, cases)
        for axes in (laws, products, shifts, ratios):
            axes.set_xscale("log")
            axes.axvspan(*window, color="0.93", zorder=0)
        for axes in (ratios, products, shifts):
            axes.set_xlabel(r"$\aleph$", labelpad=1)
        ratios.set_xlim(window[0] / 1.15, window[1] * 1.15)
        plain_log(ratios.xaxis)
        for index, axes in enumerate((laws, products, shifts)):
            label_panel(axes, index, x=-0.16)
        handles = [
            *(
                Line2D([], [], color="0.3", linestyle="none", marker=marker, fillstyle="none", label=name)
                for name, marker in _MARKERS.items()
            ),
            Line2D([], [], color="0.3", label="fit in the window"),
            Line2D([], [], color="black", dashes=(3, 2), linewidth=0.8, label="published"),
            Line2D([], [], color="0.3", dashes=(1, 1), linewidth=0.7, label="linear noise"),
        ]
        figure.legend(handles=handles, loc="upper center", ncols=6, columnspacing=1.3, handletextpad=0.4)
    return figure


def _color(line: tuple[int, int]) -> str:
    return COLORS[_COLORS[_SHOWN.index(line)]]


def linear_gap(case: Any, line: tuple[int, int]) -> float:
    """Return gap times aleph of a line by linear noise, from a row of table torus_gap_cases as a named tuple."""
    k, m = line
    return (k**2 * case.d_phi_phi + 2 * k * m * case.d_phi_psi + m**2 * case.d_psi_psi) / 2


def told(value: float, error: float) -> str:
    """Return 'value(error)' with one or two digits of the error, which counts in units of the last digit."""
    if not (np.isfinite(error) and error > 0):
        return f"{value:.4g}"
    digits = max(0, -int(np.floor(np.log10(error))) + (error / 10.0 ** np.floor(np.log10(error)) < 2))
    shown = f"{error:.{digits}f}" if error >= 1 else f"{round(error * 10**digits)}"
    return f"{value:.{digits}f}({shown})"


def _draw_laws(axes: Axes, ratios: Axes, gaps: pd.DataFrame, fits: pd.DataFrame, window: tuple[float, float]) -> None:
    """Draw the gaps of the published lines with the power laws of the window, and below what they are over these."""
    reach = np.geomspace(*window, 20)
    texts = []
    for line, (prefactor, exponent, exponent_error) in zip(LINES, PUBLISHED, strict=True):
        color = _color(line)
        for number, (estimator, marker) in enumerate(_MARKERS.items()):
            rows = of_line(gaps, line, estimator=estimator)
            law = prefactor * rows["aleph"] ** -exponent
            style: dict[str, Any] = {"linestyle": "none", "marker": marker, "fillstyle": "none", "color": color}
            style |= {"elinewidth": 0.6, "markeredgewidth": 0.6}
            axes.errorbar(rows["aleph"], rows["gap"], joint_error(rows, "gap"), **style)
            inside = rows["aleph"].between(*window)
            ratios.errorbar(
                rows["aleph"][inside] * 1.03 ** (number - 1), 100 * (rows["gap"] / law - 1)[inside],
                (100 * joint_error(rows, "gap") / law)[inside], **style,
            )  # fmt: skip
        axes.plot(reach, prefactor * reach**-exponent, color="black", dashes=(3, 2), linewidth=0.8, zorder=3)
        law = of_line(fits, line, estimator="correlation")
        law = law[(law["weighting"] == "errors") & law["aleph_min"].ge(window[0]) & law["aleph_max"].le(window[1])]
        if len(law):
            row = law.loc[law["n_points"].idxmax()]
            fitted = row["prefactor"] * reach ** -row["exponent"]
            axes.plot(reach, fitted, color=color, linewidth=1.0, zorder=2)
            ratios.plot(reach, 100 * (fitted / (prefactor * reach**-exponent) - 1), color=color, linewidth=1.0)
            error = float(np.hypot(row["exponent_stderr"], row["exponent_systematic"]))
            texts.append(f"{line_label(line)}: $a =$ {told(row['exponent'], error)}")
            texts.append(f"  published {told(exponent, exponent_error)}")
    axes.text(0.04, 0.05, "\n".join(texts), transform=axes.transAxes, fontsize=7.0, va="bottom", linespacing=1.25)
    axes.set_yscale("log")
    axes.set_ylabel(r"$\Lambda/\eta$")
    ratios.axhline(0.0, color="black", dashes=(3, 2), linewidth=0.8, zorder=1)
    ratios.set_ylabel(r"ratio $-$ 1 (%)", labelpad=2)


def _name_lines(axes: Axes, ends: dict[tuple[int, int], tuple[float, float]]) -> None:
    """Write the name of each line beside its last point (aleph, value), names apart from each other."""
    if not ends:
        return
    right = max(aleph for aleph, _ in ends.values())
    low = axes.get_xlim()[0]
    # Room for the names, a share of the axis.
    axes.set_xlim(low, right * (right / low) ** 0.25)
    figure, height = axes.figure, 7.5 / 72.0
    to_inches = axes.transData + figure.dpi_scale_trans.inverted()
    wanted = [to_inches.transform((right, value))[1] for _, value in ends.values()]
    for (line, (_, value)), place in zip(ends.items(), spread(wanted, height), strict=True):
        own = to_inches.transform((right, value))[1]
        axes.annotate(
            line_label(line), (right, value), xytext=(5, 72.0 * (place - own)), textcoords="offset points",
            fontsize=7.0, ha="left", va="center", bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.4},
        )  # fmt: skip


def _draw_products(axes: Axes, gaps: pd.DataFrame, lines: pd.DataFrame, cases: pd.DataFrame) -> None:
    """Draw gap times aleph of all shown lines, and the predictions of linear noise at the right edge."""
    ends: dict[tuple[int, int], tuple[float, float]] = {}
    for line in _SHOWN:
        end = _draw_estimates(
            axes, gaps, line, lambda rows: (rows["gap"] * rows["aleph"], joint_error(rows, "gap") * rows["aleph"])
        )
        _draw_limit(axes, lines, cases, line, "linear_gap_times_aleph")
        ends |= {line: end} if end else {}
    axes.set_yscale("log")
    axes.set_xscale("log")
    axes.set_ylabel(r"$\Lambda\,\aleph/\eta$")
    _name_lines(axes, ends)


def _draw_limit(axes: Axes, lines: pd.DataFrame, cases: pd.DataFrame, line: tuple[int, int], column: str) -> None:
    """Draw the prediction of linear noise for a line, where the table holds it."""
    omega = cases.loc[cases["case"] == "default", "omega_1"]
    at = lines[(lines["sector"] == line[0]) & (lines["m"] == line[1]) & lines["omega"].isin(omega)]
    for value in at[column].dropna():
        axes.axhline(value, color=_color(line), linewidth=0.7, dashes=(1, 1), zorder=1)


def _draw_shifts(axes: Axes, gaps: pd.DataFrame, lines: pd.DataFrame, cases: pd.DataFrame) -> None:
    """Draw frequency minus its classical value, times aleph, of the lines that are known best."""
    default = cases[cases["case"] == "default"]
    ends: dict[tuple[int, int], tuple[float, float]] = {}
    for line in (*LINES, (2, 1), (3, 2), (3, 1)):
        for row in default.itertuples():
            classical = line[0] * row.nu_phi + line[1] * row.nu_psi

            def shifts(rows: pd.DataFrame, classical: float = classical) -> tuple[pd.Series, pd.Series]:
                error = joint_error(rows, "frequency") * rows["aleph"]
                known = error <= _LARGEST_SHIFT_ERROR
                return ((rows["frequency"] - classical) * rows["aleph"]).where(known), error.where(known)

            end = _draw_estimates(axes, gaps, line, shifts)
            ends |= {line: end} if end else {}
        _draw_limit(axes, lines, cases, line, "frequency_shift_times_aleph")
    axes.axhline(0.0, color="0.6", linewidth=0.6, zorder=0)
    axes.set_ylabel(r"$(\nu - \nu_{k,m})\,\aleph/\eta$", labelpad=1)
    axes.set_xscale("log")
    _name_lines(axes, ends)


def _draw_estimates(
    axes: Axes,
    gaps: pd.DataFrame,
    line: tuple[int, int],
    values: Callable[[pd.DataFrame], tuple[pd.Series, pd.Series]],
) -> tuple[float, float] | None:
    """Draw one quantity of a line: correlations, and the pencil where these have nothing; return its last point."""
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
    known = value.notna()
    return (float(both["aleph"][known].iloc[-1]), float(value[known].iloc[-1])) if known.any() else None


def rows_by_aleph(first: pd.DataFrame, second: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of two tables in the order of aleph."""
    import pandas as pd

    return pd.concat([part for part in (first, second) if len(part)] or [first]).sort_values("aleph")
