"""Chain figure 16: auto-correlation of sites of the prethermal domain, and what fits it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.typing import ColorType

from openkerr.figures.chain_panels import panel_of
from openkerr.figures.style import COLORS, DOUBLE_COLUMN, journal_style, label_panel, new_figure, ordered_looks

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["draw"]

PAPER = "chain"
TITLE = "Chain figure 16: auto-correlation of sites of the prethermal domain"
INPUTS = ("chain_phase_memory",)
SETTINGS = {"model": "chain.model", "thermodynamics": "chain.thermodynamics"}
DRAWN = {
    "length": "thermodynamics.shown.memory_length",
    "drive_amplitude": "thermodynamics.shown.memory_drive",
    "sites": "thermodynamics.shown.memory_sites",
}

_FITS: dict[str, tuple[str, str, str | tuple]] = {
    "one_rate": ("one rate", COLORS["sky"], (0, (4, 1.5))),
    "two_rates": ("two rates", COLORS["black"], "-"),
    "two_photon": ("two-photon impurity", COLORS["red"], (0, (1, 1.2))),
}


def draw(memory: xr.Dataset, *, length: int, drive_amplitude: float, sites: Sequence[int]) -> Figure:
    """Return the figure: (a-c) real part of C of three sites with fits, (d) their spectra.

    Takes the grid chain_phase_memory. Raises ValueError if it lacks a case or site.
    """
    with journal_style():
        figure = new_figure(DOUBLE_COLUMN, 4.6)
        panels = figure.subplots(
            2,
            2,
            gridspec_kw={"left": 0.085, "right": 0.985, "bottom": 0.095, "top": 0.955, "wspace": 0.22, "hspace": 0.33},
        )
        looks = ordered_looks(sites[:3])
        for axes, site in zip(panels.flat, looks, strict=False):
            color, marker = looks[site]["color"], looks[site]["marker"]
            panel = panel_of(memory, length=length, drive_amplitude=drive_amplitude, site=site)
            # Beyond the lags that are fitted there is nothing.
            panel = panel.isel(lag=np.flatnonzero(np.isfinite(panel["value_re"].values)))
            lag, value, error = (panel[name].values for name in ("lag", "value_re", "stderr"))
            axes.errorbar(lag, value, 2.0 * error, fmt=marker, color=color, markersize=2.6, elinewidth=0.6, capsize=0)
            for name, (label, shade, style) in _FITS.items():
                axes.plot(lag, panel[name].values, color=shade, linestyle=style, linewidth=0.9, label=label)
            axes.axhline(0.0, color="0.5", linewidth=0.5, zorder=1)
            axes.set_xlim(0.0, 1.03 * lag[-1])
            axes.set_xlabel(r"lag $\tau\ (1/\gamma)$")
            axes.set_ylabel(r"Re $C(\tau)$")
            axes.set_title(f"$l = {site}$", loc="right", pad=3, fontsize=8.5)
            _draw_spectrum(panels[1, 1], panel, color, f"$l = {site}$")
        panels[0, 0].legend(loc="upper right")
        panels[1, 1].set_xlabel(r"frequency $\omega / \gamma$")
        panels[1, 1].set_ylabel(r"spectrum $S(\omega)$")
        panels[1, 1].set_ylim(bottom=0.0)
        panels[1, 1].legend(loc="upper right")
        for index, axes in enumerate(panels.flat):
            label_panel(axes, index)
    return figure


def _draw_spectrum(axes: Axes, panel: xr.Dataset, color: ColorType, label: str) -> None:
    """Draw S(omega) = (1/pi) Re of the integral of C(tau) exp(i omega tau) over the lags that are fitted."""
    lag = panel["lag"].values
    value = panel["value_re"].values + 1j * panel["value_im"].values
    frequency = np.linspace(-8.0, 8.0, 241)
    kernel = np.exp(1j * frequency[:, None] * lag)
    spectrum = np.trapezoid(kernel * value, lag, axis=1).real / np.pi
    axes.plot(frequency, spectrum, color=color, label=label)
    axes.set_xlim(-8.0, 8.0)
