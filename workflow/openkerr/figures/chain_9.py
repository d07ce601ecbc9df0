"""Two sites: photon statistics against the drive, exact and by truncated Wigner."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from openkerr.figures.style import COLORS, DOUBLE_COLUMN, NothingToDraw, journal_style, label_panel, new_figure

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

__all__ = ["draw"]

PAPER = "chain"
TITLE = "Chain: two sites, exact and truncated Wigner"
INPUTS = ("chain_dimer", "chain_dimer_errors")
SETTINGS = {"model": "chain.model", "dimer": "chain.dimer"}

_SITES = {1: COLORS["blue"], 2: COLORS["red"]}
_STARTS = {"vacuum": "o", "coherent": "x"}


def draw(states: pd.DataFrame, errors: pd.DataFrame) -> Figure:
    """Return the figure: n, delta n, and the errors of truncated Wigner (rows), a column for each U.

    Takes the tables chain_dimer and chain_dimer_errors.
    """
    if states.empty or errors.empty:
        raise NothingToDraw("no chain of two sites was solved both exactly and by truncated Wigner")
    kerrs = sorted(states["kerr"].unique(), reverse=True)
    drives = states["drive_amplitude"]
    margin = 0.05 * (drives.max() - drives.min() or 1.0)
    limits = (drives.min() - margin, drives.max() + margin)
    with journal_style():
        figure = new_figure(DOUBLE_COLUMN, 6.0)
        axes = figure.subplots(4, len(kerrs), squeeze=False, sharex=True)
        figure.subplots_adjust(left=0.125, right=0.985, top=0.89, bottom=0.075, hspace=0.22, wspace=0.25)
        for column, kerr in enumerate(kerrs):
            number, fluctuation, number_error, fluctuation_error = axes[:, column]
            part = states[states["kerr"] == kerr]
            _statistics(number, part, "photon_number")
            _statistics(fluctuation, part, "number_fluctuation")
            _errors(number_error, errors[errors["kerr"] == kerr], "number_error")
            _errors(fluctuation_error, errors[errors["kerr"] == kerr], "fluctuation_error")
            fluctuation.set_yscale("symlog", linthresh=0.1)
            fluctuation.set_yticks([-0.1, 0.0, 0.1, 1.0, 10.0], ["−0.1", "0", "0.1", "1", "10"])
            number.set_xlim(limits)
            fluctuation_error.set_xlabel(r"drive amplitude $F/\gamma$")
            for row, panel in enumerate(axes[:, column]):
                label_panel(panel, row * len(kerrs) + column)
            number.set_title(rf"$U = {kerr:g}\,\gamma$", loc="right", pad=3)
        texts = (r"$n_\ell$", r"$\delta n_\ell$", r"$n^{\rm TWA}_\ell/n_\ell - 1$", r"$Q^{\rm TWA}_\ell - Q_\ell$")
        for panel, text in zip(axes[:, 0], texts, strict=True):
            panel.set_ylabel(text)
        figure.align_ylabels(axes[:, 0])
        handles = [Line2D([], [], color=color, label=f"exact, site {site}") for site, color in _SITES.items()]
        handles += [
            Line2D([], [], color="0.3", marker=marker, linestyle="none", markerfacecolor="none", label=f"TWA, {start}")
            for start, marker in _STARTS.items()
        ]
        figure.legend(handles=handles, ncols=4, loc="upper center")
    return figure


def _statistics(axes: Axes, states: pd.DataFrame, name: str) -> None:
    for site, color in _SITES.items():
        rows = states[states["site"] == site].sort_values("drive_amplitude")
        exact = rows[(rows["method"] == "exact") & (rows["initial_state"] == "vacuum")]
        axes.plot(exact["drive_amplitude"], exact[name], color=color)
        for start, marker in _STARTS.items():
            sampled = rows[(rows["method"] == "twa") & (rows["initial_state"] == start)]
            axes.errorbar(
                sampled["drive_amplitude"], sampled[name], sampled[f"{name}_stderr"], **_symbol(color, marker)
            )


def _errors(axes: Axes, errors: pd.DataFrame, name: str) -> None:
    axes.axhline(0.0, color="0.6", linewidth=0.6)
    reach = np.abs(errors[name]) + errors[f"{name}_stderr"]
    for site, color in _SITES.items():
        for start, marker in _STARTS.items():
            rows = errors[(errors["site"] == site) & (errors["initial_state"] == start)]
            axes.errorbar(rows["drive_amplitude"], rows[name], rows[f"{name}_stderr"], **_symbol(color, marker))
    axes.set_ylim(-1.15 * reach.max(), 1.15 * reach.max())


def _symbol(color: str, marker: str) -> dict[str, Any]:
    return {"color": color, "marker": marker, "linestyle": "none", "markerfacecolor": "none", "markeredgewidth": 0.8}
