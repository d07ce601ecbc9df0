"""Chain figure 17: Wigner functions of two drives with Gaussian and Gibbs fits."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from matplotlib.figure import Figure

from openkerr.figures.chain_panels import panel_of
from openkerr.figures.radial_panels import draw_radial
from openkerr.figures.style import COLORS, DOUBLE_COLUMN, journal_style, label_panel, new_figure, ordered_looks

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["draw"]

PAPER = "chain"
TITLE = "Chain figure 17: Wigner functions of two drives with Gaussian and Gibbs fits"
INPUTS = ("chain_radial_wigner",)
SETTINGS = {"model": "chain.model", "thermodynamics": "chain.thermodynamics"}
DRAWN = {
    "length": "thermodynamics.shown.length",
    "drive_amplitudes": "thermodynamics.shown.drive_amplitudes",
    "sites": "thermodynamics.shown.sites",
}


def draw(radial: xr.Dataset, *, length: int, drive_amplitudes: Sequence[float], sites: Sequence[int]) -> Figure:
    """Return the figure: W of the last two sites against |alpha| at the first two drives, a panel each.

    Takes the grid chain_radial_wigner. Raises ValueError if it lacks a case or site.
    """
    with journal_style():
        figure = new_figure(DOUBLE_COLUMN, 2.7)
        panels = figure.subplots(
            1, 2, gridspec_kw={"left": 0.085, "right": 0.985, "bottom": 0.155, "top": 0.915, "wspace": 0.22}
        )
        for axes, drive in zip(panels, drive_amplitudes[:2], strict=True):
            for (site, look), face in zip(ordered_looks(sites[1:]).items(), (None, "white"), strict=True):
                last = site == sites[-1]
                curves: dict[str, tuple[str, str | tuple, str | None]] = {
                    "gaussian": (COLORS["black"], (0, (4, 1.5)), "Gaussian" if last else None),
                    "gibbs": (COLORS["red"], (0, (4, 1, 1, 1)), "Gibbs" if last else None),
                }
                panel = panel_of(radial, length=length, drive_amplitude=drive, site=site)
                draw_radial(axes, panel, look["color"], curves, f"$l = {site}$", marker=look["marker"], face=face)
            axes.set_xlabel(r"$|\alpha_l|$")
            axes.set_xlim(left=0.0)
            axes.set_ylim(bottom=0.0)
            axes.set_title(rf"$F = {drive:g}\gamma$", loc="right", pad=3, fontsize=8.5)
        panels[0].set_ylabel(r"$W_l(|\alpha_l|)$")
        panels[0].legend(loc="upper right")
        for index, axes in enumerate(panels):
            label_panel(axes, index)
    return figure
