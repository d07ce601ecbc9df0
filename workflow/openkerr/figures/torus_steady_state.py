"""Steady state against aleph: exact and truncated Wigner, and the error of the latter."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from openkerr.figures.style import COLORS, DOUBLE_COLUMN, NothingToDraw, journal_style, label_panel, new_figure

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["differences", "draw"]

PAPER = "torus"
TITLE = "Torus: steady state, exact and truncated Wigner"
INPUTS = ("torus_steady_state",)
SETTINGS = {"model": "torus.model", "liouvillian": "torus.liouvillian", "steady_states": "torus.steady_states"}

_QUANTITIES = (("n{}_over_aleph", r"$n_k/\aleph$"), ("g2_{}", r"$g^{(2)}_k$"))
_RESOLVED = 3.0
"""Standard errors beyond which a difference is resolved; others are drawn open and faint."""
_MODES = {1: (COLORS["blue"], "o"), 2: (COLORS["red"], "s")}


def draw(states: pd.DataFrame) -> Figure:
    """Return the figure: photon numbers and g2 (upper row), modulus of what truncated Wigner differs by (lower row).

    Takes the table torus_steady_state.  Raises ValueError where no aleph has both methods.
    """
    errors = differences(states)
    exact = states[states["method"] == "liouvillian"].sort_values("aleph")
    sampled = states[states["method"] == "twa"].sort_values("aleph")
    limits = (states["aleph"].min() / 1.4, states["aleph"].max() * 1.4)
    with journal_style():
        figure = new_figure(DOUBLE_COLUMN, 4.1)
        for column, (name, label) in enumerate(_QUANTITIES):
            left = 0.09 + 0.5 * column
            upper, lower = figure.add_axes((left, 0.56, 0.39, 0.33)), figure.add_axes((left, 0.1, 0.39, 0.375))
            for mode, (color, marker) in _MODES.items():
                key = name.format(mode)
                upper.plot(exact["aleph"], exact[key], color=color, linewidth=0.9)
                points: dict[str, Any] = {
                    "color": color,
                    "marker": marker,
                    "linestyle": "none",
                    "markerfacecolor": "white",
                }
                upper.errorbar(sampled["aleph"], sampled[key], sampled[f"{key}_stderr"], **points)
                known = errors[key].abs() > _RESOLVED * errors[f"{key}_stderr"]
                for part, faint in ((errors[known], 1.0), (errors[~known], 0.4)):
                    lower.errorbar(part["aleph"], part[key].abs(), part[f"{key}_stderr"], alpha=faint, **points)
            upper.set(xscale="log", xlim=limits, ylabel=label)
            upper.tick_params(labelbottom=False)
            lower.set(xscale="log", yscale="log", xlim=limits, xlabel=r"$\aleph$")
            lower.set_ylabel(f"|{label} (TWA) − exact|", labelpad=2)
            floor = 0.5 * min(float(errors[f"{name.format(mode)}_stderr"].min()) for mode in _MODES)
            top = 2 * max(float(errors[name.format(mode)].abs().max()) for mode in _MODES)
            reach = np.array(limits)
            lower.plot(reach, _scale(errors, name) / reach**2, color="0.5", dashes=(4, 2), linewidth=0.8, zorder=0)
            lower.set_ylim(max(floor, 1e-9), max(top, 2 * floor))
            for row, axes in enumerate((upper, lower)):
                label_panel(axes, 2 * row + column)
        handles = [Line2D([], [], color=color, label=f"exact, cavity {mode}") for mode, (color, _) in _MODES.items()]
        handles += [
            Line2D([], [], color=color, marker=marker, linestyle="none", markerfacecolor="white", label=f"TWA, {mode}")
            for mode, (color, marker) in _MODES.items()
        ]
        handles.append(Line2D([], [], color="0.5", dashes=(4, 2), label=r"slope $\aleph^{-2}$"))
        figure.legend(handles=handles, ncols=5, loc="upper center", columnspacing=1.4)
    return figure


def _scale(errors: pd.DataFrame, name: str) -> float:
    """Return the factor of a law aleph**-2 through the middle of the resolved differences of both modes."""
    resolved = [
        (row["aleph"], abs(row[key]))
        for key in (name.format(mode) for mode in _MODES)
        for _, row in errors.iterrows()
        if abs(row[key]) > _RESOLVED * row[f"{key}_stderr"]
    ]
    aleph, value = np.array(resolved or [(1.0, np.nan)]).T
    return float(np.exp(np.mean(np.log(value * aleph**2))))


def differences(states: pd.DataFrame) -> pd.DataFrame:
    """Return truncated Wigner less exact, with standard errors, at every aleph that has both."""
    both = states[states["method"] == "twa"].merge(
        states[states["method"] == "liouvillian"], on="aleph", suffixes=("", "_exact")
    )
    if both.empty:
        raise NothingToDraw("no aleph has both an exact and a sampled steady state")
    found = both[["aleph"]].copy()
    for name, _ in _QUANTITIES:
        for mode in _MODES:
            key = name.format(mode)
            found[key] = both[key] - both[f"{key}_exact"]
            found[f"{key}_stderr"] = np.hypot(both[f"{key}_stderr"], both[f"{key}_stderr_exact"])
    return found.sort_values("aleph", ignore_index=True)
