"""Chain figure 15: how well states of one site describe the chaotic chain."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from matplotlib.figure import Figure

from openkerr.figures.chain_panels import case_rows, draw_profile, panel_of
from openkerr.figures.radial_panels import draw_radial
from openkerr.figures.style import COLORS, DOUBLE_COLUMN, journal_style, label_panel, new_figure

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

__all__ = ["draw"]

PAPER = "chain"
TITLE = "Chain figure 15: how well states of one site describe the chaotic chain"
INPUTS = ("chain_thermometry", "chain_radial_wigner")
SETTINGS = {"model": "chain.model", "thermodynamics": "chain.thermodynamics"}
DRAWN = {
    "length": "thermodynamics.shown.length",
    "drive_amplitude": "thermodynamics.shown.drive_amplitudes.1",
    "sites": "thermodynamics.shown.sites",
}

_MODELS: dict[str, tuple[str, str, str | tuple]] = {
    "gibbs": ("Gibbs", COLORS["black"], "-"),
    "two_photon": ("two-photon", COLORS["red"], (0, (4, 1.5))),
    "scully_lamb": ("Scully-Lamb", COLORS["green"], (0, (1, 1.2))),
}


def draw(
    thermometry: pd.DataFrame, radial: xr.Dataset, *, length: int, drive_amplitude: float, sites: Sequence[int]
) -> Figure:
    """Return the figure: (a) distance of W from three fits by site, (b) divergence, (c-e) W of three sites.

    Takes the table chain_thermometry and the grid chain_radial_wigner. Raises ValueError if they lack a case or site.
    """
    case = {"length": length, "drive_amplitude": drive_amplitude}
    fits = thermometry[thermometry["estimator"] == "maximum_likelihood"]
    with journal_style():
        figure = new_figure(DOUBLE_COLUMN, 4.6)
        distance, divergence = figure.subplots(
            1, 2, gridspec_kw={"left": 0.085, "right": 0.985, "bottom": 0.6, "top": 0.95, "wspace": 0.25}
        )
        cuts = figure.subplots(
            1, 3, gridspec_kw={"left": 0.085, "right": 0.985, "bottom": 0.095, "top": 0.46, "wspace": 0.3}
        )
        for model, (label, color, style) in _MODELS.items():
            rows = case_rows(fits, **case, model=model)
            draw_profile(distance, rows, "residual", color, label, linestyle=style)
            draw_profile(divergence, rows, "divergence", color, linestyle=style)
        distance.set_ylabel(r"$\Vert W_l - W_\mathrm{fit}\Vert / \Vert W_l\Vert$")
        distance.set_ylim(bottom=0.0)
        distance.legend(loc="best")
        divergence.axhline(0.0, color="0.5", linewidth=0.5, zorder=1)
        divergence.set_ylabel("divergence (nats)")
        for axes in (distance, divergence):
            axes.set_xlabel("site $l$")
            axes.set_xlim(0, length + 1)
        for axes, site in zip(cuts, sites, strict=True):
            curves = {name: (color, style, None) for name, (_, color, style) in _MODELS.items()}
            draw_radial(axes, panel_of(radial, **case, site=site), COLORS["blue"], curves)
            axes.set_xlabel(r"$|\alpha_l|$")
            axes.set_xlim(left=0.0)
            axes.set_ylim(bottom=0.0)
            axes.set_title(f"$l = {site}$", loc="right", pad=3, fontsize=8.5)
        cuts[0].set_ylabel(r"$W_l(|\alpha_l|)$")
        for index, axes in enumerate([distance, divergence, *cuts]):
            label_panel(axes, index)
    return figure
