"""Chain figure 13: truncated Wigner against Gross-Pitaevskii in the chaotic regime."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from openkerr.figures.chain_panels import case_rows, draw_profile, panel_of
from openkerr.figures.style import COLORS, DOUBLE_COLUMN, journal_style, label_panel, new_figure

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

__all__ = ["draw"]

PAPER = "chain"
TITLE = "Chain figure 13: truncated Wigner against Gross-Pitaevskii in the chaotic regime"
INPUTS = ("chain_profiles", "chain_momentum")
SETTINGS = {"model": "chain.model", "ensembles": "chain.ensembles"}
DRAWN = {
    "length": "ensembles.shown.length",
    "drive_amplitude": "ensembles.shown.drive_amplitudes.1",
    "sites": "ensembles.shown.sites",
}

_METHODS: dict[str, tuple[str, str, str | tuple]] = {
    "twa": ("truncated Wigner", COLORS["blue"], "-"),
    "gpe": ("Gross-Pitaevskii", COLORS["red"], (0, (4, 1.5))),
}


def draw(
    profiles: pd.DataFrame, momentum: xr.Dataset, *, length: int, drive_amplitude: float, sites: Sequence[int]
) -> Figure:
    """Return the figure: (a) photon number, (b) circular variance, (c-e) momentum distributions of three sites.

    Takes the table chain_profiles and the grid chain_momentum. Raises ValueError if they lack a case or site.
    """
    case = {"length": length, "drive_amplitude": drive_amplitude, "loss": 0.0}
    with journal_style():
        figure = new_figure(DOUBLE_COLUMN, 5.0)
        above = figure.subplots(
            2,
            2,
            sharex=True,
            gridspec_kw={
                "left": 0.085, "right": 0.985, "bottom": 0.52, "top": 0.955, "wspace": 0.24, "hspace": 0.08,
                "height_ratios": [2.0, 1.0],
            },
        )  # fmt: skip
        top, strips = above
        bottom = figure.subplots(
            1, 3, sharey=True, gridspec_kw={"left": 0.085, "right": 0.985, "bottom": 0.085, "top": 0.4, "wspace": 0.06}
        )
        for method, (label, color, style) in _METHODS.items():
            rows = case_rows(profiles, **case, method=method)
            draw_profile(top[0], rows, "photon_number", color, label, linestyle=style)
            draw_profile(top[1], rows, "circular_variance", color, linestyle=style)
            for axes, site in zip(bottom, sites, strict=True):
                _draw_momentum(axes, panel_of(momentum, **case, method=method, site=site), color, style)
        top[0].set_ylabel("photon number $n_l$")
        top[0].set_ylim(bottom=0.0)
        top[0].legend(loc="lower left")
        top[1].set_ylabel("circular variance")
        top[1].set_ylim(0.0, 1.08)
        top[1].axhline(1.0, color="0.5", linewidth=0.5, linestyle=(0, (4, 3)), zorder=1)
        quantum, classical = (case_rows(profiles, **case, method=method) for method in _METHODS)
        number, error = _ratio(classical, quantum, "photon_number")
        _draw_strip(strips[0], quantum["site"], number - 1.0, error)
        strips[0].set_ylabel("ratio $- 1$")
        strips[1].set_ylabel("difference")
        _draw_strip(
            strips[1], quantum["site"],
            classical["circular_variance"].to_numpy() - quantum["circular_variance"].to_numpy(),
            np.hypot(*(rows["circular_variance_stderr"].to_numpy() for rows in (quantum, classical))),
        )  # fmt: skip
        for axes in strips:
            axes.set_xlabel("site $l$")
            axes.set_xlim(0, length + 1)
        bottom[0].set_ylabel("$P(p_l)$")
        bottom[0].set_ylim(bottom=0.0)
        for axes, site in zip(bottom, sites, strict=True):
            axes.set_xlabel(r"momentum $p_l = \sqrt{2}\,$Im$\,\alpha_l$")
            axes.annotate(f"$l = {site}$", (0.04, 0.94), xycoords="axes fraction", va="top")
        for index, axes in enumerate([*top, *bottom]):
            label_panel(axes, index)
    return figure


def _ratio(one: pd.DataFrame, other: pd.DataFrame, name: str) -> tuple[np.ndarray, np.ndarray]:
    """Return the ratio of an estimate in two independent ensembles, with its standard error."""
    value = one[name].to_numpy() / other[name].to_numpy()
    parts = [rows[f"{name}_stderr"].to_numpy() / rows[name].to_numpy() for rows in (one, other)]
    return value, np.abs(value) * np.hypot(*parts)


def _draw_strip(axes: Axes, site: pd.Series, value: np.ndarray, error: np.ndarray) -> None:
    """Draw how far the Gross-Pitaevskii equation is from truncated Wigner, with a band of two standard errors."""
    _, color, _ = _METHODS["gpe"]
    axes.fill_between(site, value - 2 * error, value + 2 * error, color=color, alpha=0.25, linewidth=0)
    axes.plot(site, value, color=color)
    axes.axhline(0.0, color="0.5", linewidth=0.5, zorder=1)


def _draw_momentum(axes: Axes, panel: xr.Dataset, color: str, style: str | tuple) -> None:
    """Draw a distribution with a band of two standard errors."""
    p = panel["momentum"].values * float(panel["extent"])
    density, error = panel["density"].values, 2.0 * panel["density_stderr"].values
    seen = np.flatnonzero(density > 1e-4 * density.max())
    shown = slice(max(seen[0] - 1, 0), seen[-1] + 2)
    axes.fill_between(
        p[shown], (density - error)[shown], (density + error)[shown], color=color, alpha=0.25, linewidth=0
    )
    axes.plot(p[shown], density[shown], color=color, linestyle=style)
