"""Single passages between chaos and the resonant nonlinear wave, in space and time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from openkerr.figures.style import COLORS, DOUBLE_COLUMN, NothingToDraw, journal_style, label_panel, new_figure

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["draw"]

PAPER = "chain"
TITLE = "Single passages to the resonant nonlinear wave and away from it"
INPUTS = ("chain_wave_events",)
SETTINGS = {
    "model": "chain.model",
    "events": "chain.metastability.events",
    "thresholds": "chain.metastability.thresholds",
    "window": "chain.metastability.window",
}

_CYCLE = ("blue", "orange", "green", "purple", "sky", "red", "black")
_MAPS: dict[str, dict[str, Any]] = {
    "photon_number": {"cmap": "magma", "vmin": 0.0, "vmax": 1.6},
    "phase": {"cmap": "RdBu_r", "vmin": -1.0, "vmax": 1.0},
}


def draw(events: xr.Dataset) -> Figure:
    """Return the figure: photon number and phase of an arrival and of an escape, and the delays of all events.

    Takes the grid chain_wave_events.
    """
    if not events.sizes.get("event"):
        raise NothingToDraw("no passage to the wave or away from it was followed")
    with journal_style():
        figure = new_figure(DOUBLE_COLUMN, 2.35 * events.sizes["event"])
        grid = figure.subplots(
            events.sizes["event"],
            3,
            squeeze=False,
            gridspec_kw={"left": 0.06, "right": 0.985, "bottom": 0.105, "top": 0.93, "wspace": 0.56, "hspace": 0.45},
        )
        for row, index in zip(grid, range(events.sizes["event"]), strict=True):
            event = events.isel(event=index).dropna("site", how="all")
            chain = f"$L = {int(event['length'])}$, $F = {float(event['drive_amplitude']):g}\\,\\gamma$"
            _draw_map(figure, row[0], event, "photon_number", r"$n_l / n_l^{\mathrm{wave}}$")
            _draw_map(figure, row[1], event, "phase", r"phase $\theta_l/\pi$")
            row[0].set_title(chain, loc="right", pad=4)
            row[1].set_title(str(event["direction"].item()), loc="right", pad=4)
            _draw_delays(row[2], event)
        for index, axes in enumerate(grid.flat):
            label_panel(axes, index)
    return figure


def _draw_map(figure: Figure, axes: Axes, event: xr.Dataset, name: str, label: str) -> None:
    """Draw one quantity over time and site."""
    lag, site, values = event["lag"].to_numpy(), event["site"].to_numpy(), event[name].to_numpy()
    values = values / np.pi if name == "phase" else values
    if np.isfinite(values).any():
        image = axes.pcolormesh(lag, site, values.T, shading="nearest", rasterized=True, **_MAPS[name])
        figure.colorbar(image, ax=axes, pad=0.03, aspect=18).set_label(label)
    axes.set_xlim(lag[0], lag[-1])
    axes.set_ylim(site[0] - 0.5, site[-1] + 0.5)
    axes.set_xlabel(r"$\gamma (t - t_{\mathrm{passage}})$")
    axes.set_ylabel("site $l$")


def _draw_delays(axes: Axes, event: xr.Dataset) -> None:
    """Draw the mean delays of the fronts with two standard errors."""
    site = event["site"].to_numpy()
    for color, level in zip(_CYCLE, event["level"].to_numpy(), strict=False):
        one = event.sel(level=level)
        known = np.isfinite(one["delay"].to_numpy())
        if known.any():
            delay, error = (one[name].to_numpy()[known] for name in ("delay", "delay_stderr"))
            axes.fill_betweenx(
                site[known], delay - 2 * error, delay + 2 * error, color=COLORS[color], alpha=0.25, linewidth=0
            )
            axes.plot(delay, site[known], color=COLORS[color], linewidth=0.9, label=f"{level:g}")
    axes.axvline(0, color="black", linestyle=":", linewidth=0.8)
    axes.set_ylim(site[0] - 0.5, 1.28 * site[-1])
    axes.set_xlabel(r"delay of the front $\gamma\tau_l$")
    axes.set_ylabel("site $l$")
    if axes.get_legend_handles_labels()[0]:
        axes.legend(loc="upper center", ncols=3, columnspacing=1.0, handlelength=1.2)
