"""Weak error of the steppers against their step, one panel a case."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from openkerr.figures.style import (
    COLORS,
    DOUBLE_COLUMN,
    NothingToDraw,
    aleph_label,
    journal_style,
    label_panel,
    new_figure,
)

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["draw", "worst"]

PAPER = "methods"
TITLE = "Weak error of the steppers against their step"
INPUTS = ("stepper_errors",)
SETTINGS = {"steppers": "steppers"}
DRAWN = {"torus_cases": "steppers.torus.cases", "chain_cases": "steppers.chain.cases"}

_NAMES = {
    "runge_kutta": "Runge-Kutta",
    "runge_kutta_5": "Runge-Kutta 5",
    "strang": "Strang",
    "blanes_moan": "Blanes-Moan",
}
_COLORS = {
    "runge_kutta": COLORS["black"],
    "runge_kutta_5": COLORS["green"],
    "strang": COLORS["blue"],
    "blanes_moan": COLORS["red"],
}
_SHIFTS = ("runge_kutta", "runge_kutta_5", "strang", "blanes_moan")
"""Steppers in the order in which their bounds at one step stand side by side."""
_MARKERS = {("double", "gaussian"): "o", ("single", "gaussian"): "s", ("double", "discrete"): "^"}
_QUANTITIES = {"field": r"$\langle a_k(t)\rangle$", "photon_number": "$n$"}
_RESOLVED = 2.0


def worst(errors: pd.DataFrame) -> pd.DataFrame:
    """Return one row a way of stepping, step and quantity: the cavity or site with the largest bound of its error."""
    keys = ["problem", "case", "stepper", "precision", "noise", "time_step", "quantity"]
    errors = errors[errors["error"].notna()]
    bound = errors["error"] + _RESOLVED * errors["error_stderr"]
    return errors.loc[bound.groupby([errors[key] for key in keys], sort=False).idxmax()].reset_index(drop=True)


def draw(errors: pd.DataFrame, torus_cases: Sequence[Mapping], chain_cases: Sequence[Mapping]) -> Figure:
    """Return the figure; takes the table stepper_errors and the cases of the configuration that name its systems.

    Raises NothingToDraw if the table is empty.
    """
    if errors.empty:
        raise NothingToDraw("no step was tried: the table stepper_errors has no rows")
    systems = {("torus", case["name"]): aleph_label(case["aleph"]) for case in torus_cases} | {
        ("chain", case["name"]): rf"$L = {case['length']}$, $F = {case['drive_amplitude']:g}\,\gamma$"
        for case in chain_cases
    }
    rows = worst(errors)
    cases = list(rows.groupby(["problem", "case"], sort=False))
    n_columns = len(cases) if len(cases) < 4 else 2 if len(cases) == 4 else 3
    n_rows = math.ceil(len(cases) / n_columns)
    with journal_style():
        height = 0.9 + 2.1 * n_rows
        figure = new_figure(DOUBLE_COLUMN, height)
        grid = figure.subplots(
            n_rows,
            n_columns,
            squeeze=False,
            gridspec_kw={
                "left": 0.08,
                "right": 0.985,
                "bottom": 0.45 / height,
                "top": 1 - 0.75 / height,
                "wspace": 0.28,
                "hspace": 0.42,
            },
        )
        for index, ((problem, case), part) in enumerate(cases):
            axes = grid.flat[index]
            _draw_case(axes, part)
            label_panel(axes, index)
            axes.set_title(f"{systems[problem, case]}: {_QUANTITIES[part['quantity'].iloc[0]]}", loc="right", pad=4)
            axes.set_xlabel(r"step $h\eta$" if problem == "torus" else r"step $h\gamma$")
        for axes in grid.flat[len(cases) :]:
            axes.set_axis_off()
        for axes in grid[:, 0]:
            axes.set_ylabel("weak error")
        handles = _legend(rows)
        figure.legend(handles=handles, loc="upper center", ncols=math.ceil(len(handles) / 2), columnspacing=1.2)
    return figure


def _ways(rows: pd.DataFrame) -> list[tuple[str, str, str]]:
    """Ways of stepping in the order of the table."""
    return list(dict.fromkeys(zip(rows["stepper"], rows["precision"], rows["noise"], strict=True)))


def _style(stepper: str, precision: str, noise: str) -> dict[str, Any]:
    return {
        "color": _COLORS[stepper],
        "marker": _MARKERS.get((precision, noise), "v"),
        "markerfacecolor": _COLORS[stepper] if (precision, noise) == ("double", "gaussian") else "white",
        "linewidth": 0.8 if (precision, noise) == ("double", "gaussian") else 0.4,
    }


def _draw_case(axes: Axes, part: pd.DataFrame) -> None:
    for way in _ways(part):
        rows = part[(part["stepper"] == way[0]) & (part["precision"] == way[1]) & (part["noise"] == way[2])]
        rows = rows.sort_values("time_step")
        step, error, stderr = (rows[name].to_numpy() for name in ("time_step", "error", "error_stderr"))
        resolved = error > _RESOLVED * stderr
        style = _style(*way)
        axes.errorbar(step[resolved], error[resolved], yerr=stderr[resolved], capsize=1.6, elinewidth=0.6, **style)
        bound = (error + _RESOLVED * stderr)[~resolved]
        beside = 1.0 + 0.045 * (_SHIFTS.index(way[0]) - 1) + 0.02 * (way[1] == "single") - 0.02 * (way[2] == "discrete")
        axes.errorbar(
            step[~resolved] * beside,
            bound,
            yerr=0.3 * bound,
            uplims=True,
            linestyle="none",
            elinewidth=0.5,
            **{**style, "marker": "none"},
        )
    tolerance = part["tolerance"].iloc[0]
    axes.axhline(tolerance, color=COLORS["black"], linestyle="--", linewidth=0.7, zorder=1)
    if part.loc[part["error"] <= _RESOLVED * part["error_stderr"], "error_stderr"].min() * _RESOLVED > tolerance:
        axes.text(0.97, 0.1, "tolerance below\nthis run's errors", transform=axes.transAxes, ha="right", fontsize=7.0)
    axes.set_xscale("log")
    axes.set_yscale("log")
    steps = sorted(part["time_step"].unique())
    axes.set_xlim(0.8 * steps[0], 1.25 * steps[-1])
    axes.set_xticks(steps, _labels(steps))
    axes.minorticks_off()


def _labels(steps: list[float]) -> list[str]:
    """Labels of the steps, left out where they would touch the one before."""
    labels, last = [], 0.0
    for step in steps:
        wide = step > 1.9 * last
        labels.append(f"{step:.2g}" if wide else "")
        last = step if wide else last
    return labels


def _legend(rows: pd.DataFrame) -> list[Line2D]:
    handles = []
    for stepper, precision, noise in _ways(rows):
        label = _NAMES[stepper]
        label += ", single" if precision == "single" else ""
        label += ", discrete noise" if noise == "discrete" else ""
        handles.append(Line2D([], [], label=label, **_style(stepper, precision, noise)))
    return [*handles, Line2D([], [], color=COLORS["black"], linestyle="--", linewidth=0.7, label="tolerance")]
