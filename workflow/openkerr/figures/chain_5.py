"""Chain figure 5: onset of the resonant nonlinear wave, site by site."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from openkerr.figures.style import COLORS, DOUBLE_COLUMN, journal_style, label_panel, new_figure, ordered_colors

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["draw"]

PAPER = "chain"
TITLE = "Chain figure 5: onset of the resonant nonlinear wave"
INPUTS = ("chain_onset",)
SETTINGS = {"model": "chain.model", "onset": "chain.metastability.onset", "time_step": "chain.metastability.time_step"}
DRAWN = {"n_trajectories": "onset.n_trajectories"}

_NOISY = 4.0
"""Phases are drawn where |<exp(i theta)>| exceeds so many times that of independent phases."""


def draw(onset: xr.Dataset, *, n_trajectories: int = 16) -> Figure:
    """Return the figure: photon number and phase over time and site, of the ensemble and of one trajectory, and cuts.

    Takes the grid chain_onset; ``n_trajectories`` is the size of the ensemble.
    """
    time, site = onset["time"].to_numpy(), onset["site"].to_numpy()
    wave = float(np.median(onset["wave_photon_number"]))
    # Without the wave, what there is.
    top = 1.6 * wave if wave > 0 else 1.1 * float(onset["photon_number"].max())
    length = int(onset["length"])
    with journal_style():
        figure = new_figure(DOUBLE_COLUMN, 6.6)
        grid = figure.subplots(
            3,
            2,
            gridspec_kw={"left": 0.075, "right": 0.955, "bottom": 0.065, "top": 0.955, "wspace": 0.24, "hspace": 0.38},
        )
        maps: dict[str, dict[str, Any]] = {
            "number": {"cmap": "magma", "vmin": 0.0, "vmax": top},
            "phase": {"cmap": "twilight", "vmin": -1.0, "vmax": 1.0},
        }
        floor = _NOISY / np.sqrt(n_trajectories)
        phase = np.where(onset["coherence"] > floor, onset["mean_phase"] / np.pi, np.nan)
        panels = [(onset["photon_number"].to_numpy(), phase, "ensemble")]
        if "single_phase" in onset:
            number = onset["single_photon_number"].to_numpy()[0]
            panels.append((number, onset["single_phase"].to_numpy()[0] / np.pi, "one trajectory"))
        for row, (numbers, phases, name) in zip(grid, panels, strict=False):
            for axes, (kind, look), values in zip(row, maps.items(), (numbers, phases), strict=True):
                image = axes.pcolormesh(time, site, values.T, shading="nearest", rasterized=True, **look)
                label = "photon number $n_l$" if kind == "number" else r"mean phase $\theta_l/\pi$"
                figure.colorbar(image, ax=axes, pad=0.015, aspect=14).set_label(label)
                axes.set_xlabel(r"$\gamma t$")
                axes.set_ylabel("site $l$")
                axes.set_title(name, loc="right", pad=4)
        _draw_numbers(grid[2, 0], onset, length)
        _draw_coherence(grid[2, 1], onset, length, floor / _NOISY)
        for index, axes in enumerate(grid.flat):
            label_panel(axes, index)
    return figure


def _draw_numbers(axes: Axes, onset: xr.Dataset, length: int) -> None:
    """Draw the photon number of the last site: ensemble, single trajectories, wave."""
    time, last = onset["time"], onset.sel(site=length)
    for index in range(onset.sizes.get("trajectory", 0)):
        label = "trajectories" if index == 0 else None
        axes.plot(time, last["single_photon_number"][index], color=COLORS["sky"], linewidth=0.6, label=label)
    axes.plot(time, last["photon_number"], color="black", label="ensemble")
    wave = float(last["wave_photon_number"])
    if wave > 0:
        axes.axhline(wave, color=COLORS["red"], linestyle="--", linewidth=0.8, label="wave")
        axes.set_ylim(0, 1.75 * wave)
    else:
        axes.set_ylim(bottom=0)
        axes.set_title("no resonant nonlinear wave", loc="left", fontsize=8, pad=4)
    axes.set_xlim(0, float(time[-1]))
    axes.set_xlabel(r"$\gamma t$")
    axes.set_ylabel("photon number $n_L$")
    axes.legend(loc="upper right", ncols=3, columnspacing=1.2)


def _draw_coherence(axes: Axes, onset: xr.Dataset, length: int, independent: float) -> None:
    """Draw |<exp(i theta)>| of three sites."""
    time = onset["time"]
    sites = (2, length // 2, length)
    for site, color in zip(sites, ordered_colors(len(sites)), strict=True):
        axes.plot(time, onset["coherence"].sel(site=site), color=color, label=f"$l = {site}$")
    axes.axhline(independent, color="black", linestyle=":", linewidth=0.8, label="independent phases")
    axes.set_ylim(0, 1.5)
    axes.set_yticks([0.0, 0.25, 0.5, 0.75, 1.0])
    axes.set_xlim(0, float(time[-1]))
    axes.set_xlabel(r"$\gamma t$")
    axes.set_ylabel(r"$|\langle e^{i\theta_l} \rangle|$")
    axes.legend(loc="upper left", ncols=2, columnspacing=1.2)
