"""Chain figure 14: temperatures by equipartition, and momenta that are Gaussian or not."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.typing import ColorType

from openkerr.figures.chain_panels import case_rows, draw_profile, panel_of
from openkerr.figures.style import DOUBLE_COLUMN, journal_style, label_panel, new_figure, ordered_looks

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

__all__ = ["draw"]

PAPER = "chain"
TITLE = "Chain figure 14: temperatures by equipartition and distributions of momenta"
INPUTS = ("chain_thermometry", "chain_local_equilibrium", "chain_momenta")
SETTINGS = {"model": "chain.model", "thermodynamics": "chain.thermodynamics"}
DRAWN = {
    "detuning": "model.detuning",
    "length": "thermodynamics.shown.length",
    "drive_amplitudes": "thermodynamics.shown.drive_amplitudes",
    "sites": "thermodynamics.shown.sites",
}


def draw(
    thermometry: pd.DataFrame,
    equilibrium: pd.DataFrame,
    momenta: xr.Dataset,
    *,
    detuning: float,
    length: int,
    drive_amplitudes: Sequence[float],
    sites: Sequence[int],
) -> Figure:
    """Return the figure: (a) T by equipartition, (b) excess kurtosis of momenta, then P(p) of three sites.

    Takes the tables chain_thermometry and chain_local_equilibrium and the grid chain_momenta; a row of momenta for each
    of the first two drives. Raises ValueError if they lack a case or site.
    """
    with journal_style():
        figure = new_figure(DOUBLE_COLUMN, 6.2)
        heat, kurtosis = figure.subplots(
            1, 2, gridspec_kw={"left": 0.085, "right": 0.985, "bottom": 0.715, "top": 0.963, "wspace": 0.22}
        )
        rows = figure.subplots(
            2,
            3,
            sharex="row",
            sharey="row",
            gridspec_kw={"left": 0.085, "right": 0.985, "bottom": 0.07, "top": 0.62, "wspace": 0.06, "hspace": 0.33},
        )
        looks = ordered_looks(drive_amplitudes)
        for drive in sorted(drive_amplitudes):
            case, color = {"length": length, "drive_amplitude": drive}, looks[drive]["color"]
            moments = case_rows(thermometry, **case, model="equipartition")
            draw_profile(heat, moments, "temperature", color, rf"$F = {drive:g}\gamma$")
            draw_profile(kurtosis, case_rows(equilibrium, **case), "momentum_kurtosis", color)
        heat.set_ylabel(r"$\Delta\langle p_l^2\rangle / \gamma$")
        heat.set_ylim(bottom=0.0)
        heat.legend(loc="best", fontsize=7.5)
        kurtosis.set_ylabel("excess kurtosis of $p_l$")
        kurtosis.axhline(0.0, color="0.5", linewidth=0.5, zorder=1)
        for axes in (heat, kurtosis):
            axes.set_xlabel("site $l$")
            axes.set_xlim(0, length + 1)
        for row, drive in zip(rows, drive_amplitudes[:2], strict=True):
            case = {"length": length, "drive_amplitude": drive}
            heats = case_rows(thermometry, **case, model="equipartition").set_index("site")["temperature"]
            for axes, site in zip(row, sites, strict=True):
                variance = float(heats[site]) / detuning
                _draw_momentum(axes, panel_of(momenta, **case, site=site), looks[drive]["color"], variance)
                axes.set_title(rf"$F = {drive:g}\gamma,\ l = {site}$", loc="right", pad=3, fontsize=8.5)
                axes.set_xlabel("momentum $p_l$")
            row[0].set_ylabel("$P(p_l)$")
            row[0].set_ylim(bottom=0.0)
        for index, axes in enumerate([heat, kurtosis, *rows.flat]):
            label_panel(axes, index)
    return figure


def _draw_momentum(axes: Axes, panel: xr.Dataset, color: ColorType, variance: float) -> None:
    """Draw a distribution with a band of two standard errors, and the Gaussian of its variance dashed."""
    p = panel["momentum"].values * float(panel["extent"])
    density, error = panel["density"].values, 2.0 * panel["density_stderr"].values
    seen = np.flatnonzero(density > 1e-3 * density.max())
    shown = slice(max(seen[0] - 1, 0), seen[-1] + 2)
    axes.fill_between(
        p[shown], (density - error)[shown], (density + error)[shown], color=color, alpha=0.25, linewidth=0
    )
    axes.plot(p[shown], density[shown], color=color)
    gaussian = np.exp(-(p**2) / (2.0 * variance)) / np.sqrt(2.0 * np.pi * variance)
    axes.plot(p[shown], gaussian[shown], color="0.2", linestyle=(0, (4, 1.5)), linewidth=0.8)
