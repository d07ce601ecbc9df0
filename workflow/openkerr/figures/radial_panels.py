"""What figures of angle-averaged Wigner functions share."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.axes import Axes
from matplotlib.typing import ColorType

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["draw_radial"]


def draw_radial(
    axes: Axes,
    panel: xr.Dataset,
    color: ColorType,
    curves: Mapping[str, tuple[str, str | tuple, str | None]],
    label: str | None = None,
    *,
    marker: str = "o",
    face: ColorType | None = None,
) -> None:
    """Draw W averaged over angles against |alpha| with bars of two standard errors, and fits by name as curves.

    ``curves``: variable of the panel -> color, line style, label.
    """
    radius = panel["radius"].values * float(panel["extent"])
    density, error = panel["density"].values, panel["density_stderr"].values
    seen = np.flatnonzero(density > 2e-3 * density.max())
    shown = slice(0, min(seen[-1] + 3, len(radius)))
    axes.errorbar(
        radius[shown], density[shown], 2.0 * error[shown], fmt=marker, color=color, markersize=2.2, elinewidth=0.6,
        markerfacecolor=color if face is None else face, markeredgewidth=0.5, capsize=0, label=label, zorder=2,
    )  # fmt: skip
    for name, (shade, style, title) in curves.items():
        axes.plot(radius[shown], panel[name].values[shown], color=shade, linestyle=style, label=title, zorder=3)
