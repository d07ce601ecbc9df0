"""What figures of single chains share: the rows of a case, profiles with errors, and maps of Wigner functions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.image import AxesImage
from matplotlib.typing import ColorType

from openkerr.figures.style import NothingToDraw

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

__all__ = ["case_rows", "draw_profile", "draw_wigner", "image_of_wigner", "panel_of", "wigner_bar", "wigner_limit"]

# Light where there is nothing: the share of the plane that a Wigner function fills is seen at once.
_MAP = "magma_r"

_TICKS = (0.5, 1.0, 2.0, 4.0, 5.0, 8.0, 10.0, 20.0, 40.0)


def case_rows(table: pd.DataFrame, **case: Any) -> pd.DataFrame:
    """Return the rows of one case, by site; raises NothingToDraw if there are none."""
    wanted = np.ones(len(table), dtype=bool)
    for name, value in case.items():
        wanted &= (table[name] == value).to_numpy()
    if not wanted.any():
        raise NothingToDraw(
            f"the table has no rows with {', '.join(f'{key} = {value}' for key, value in case.items())}"
        )
    return table[wanted].sort_values("site")


def panel_of(grid: xr.Dataset, **case: Any) -> xr.Dataset:
    """Return the one panel of a site of a case; raises NothingToDraw if there is none."""
    wanted = np.ones(grid.sizes["panel"], dtype=bool)
    for name, value in case.items():
        wanted &= grid[name].values == value
    if wanted.sum() != 1:
        raise NothingToDraw(
            f"the grid has no panel with {', '.join(f'{key} = {value}' for key, value in case.items())}"
        )
    return grid.isel(panel=int(np.flatnonzero(wanted)[0]))


def draw_profile(
    axes: Axes, rows: pd.DataFrame, name: str, color: ColorType, label: str | None = None, **line: Any
) -> None:
    """Draw an estimate against the site with a band of two standard errors."""
    known = rows[rows[name].notna()]
    site, value = known["site"].to_numpy(), known[name].to_numpy()
    error = 2.0 * known[f"{name}_stderr"].to_numpy()
    axes.fill_between(site, value - error, value + error, color=color, alpha=0.25, linewidth=0)
    axes.plot(site, value, **{"color": color, "label": label, **line})


def wigner_limit(panels: list[xr.Dataset], share: float = 0.02) -> float:
    """Return the half side of a square that holds all cells above a share of the greatest one of each panel."""
    limit = 0.0
    for panel in panels:
        inside = np.argwhere(panel["density"].values > share * float(panel["density"].max()))
        edges = np.abs(panel["re"].values[inside]).max(initial=0.0) + 0.5 * _width(panel)
        limit = max(limit, edges * float(panel["extent"]))
    return 1.12 * limit


def _width(panel: xr.Dataset) -> float:
    return float(panel["re"][1] - panel["re"][0])


def image_of_wigner(axes: Axes, panel: xr.Dataset, unit: float, top: float = 1.0) -> AxesImage:
    """Draw the density of a panel in a unit, from zero to ``top``; beyond its grid there is nothing."""
    extent = float(panel["extent"])
    axes.set_facecolor(matplotlib.colormaps[_MAP](0.0))
    return axes.imshow(
        panel["density"].values.T / unit, origin="lower", extent=(-extent, extent, -extent, extent), cmap=_MAP,
        vmin=0.0, vmax=top, interpolation="nearest", aspect="equal", rasterized=True,
    )  # fmt: skip


def wigner_bar(figure: Figure, row: Axes, image: AxesImage, label: str, gap: float = 0.012) -> None:
    """Draw the colour bar of Wigner functions beside the last panel of a row."""
    box = row.get_position()
    bar = figure.colorbar(image, cax=figure.add_axes((box.x1 + gap, box.y0, 0.011, box.height)))
    bar.set_label(label)
    bar.ax.tick_params(labelsize=7)


def draw_wigner(axes: Axes, panel: xr.Dataset, limit: float, title: str) -> AxesImage:
    """Draw a Wigner function in units of its own maximum, within |Re alpha|, |Im alpha| < limit."""
    image = image_of_wigner(axes, panel, float(panel["density"].max()))
    axes.set_xlim(-limit, limit)
    axes.set_ylim(-limit, limit)
    axes.axhline(0.0, color="0.6", linewidth=0.4, zorder=1)
    axes.axvline(0.0, color="0.6", linewidth=0.4, zorder=1)
    # Three ticks well inside: those of panels side by side do not meet.
    tick = max((step for step in _TICKS if step < 0.8 * limit), default=0.5 * limit)
    axes.set_xticks([-tick, 0.0, tick])
    axes.set_yticks([-tick, 0.0, tick])
    axes.set_title(title, loc="right", pad=3, fontsize=8.5)
    return image
