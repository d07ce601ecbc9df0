"""Wigner functions of the slowest eigenmatrices in phase space, with the classical torus."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.figure import Figure

from openkerr.figures.style import COLORS, DOUBLE_COLUMN, aleph_label, journal_style, label_panel, new_figure

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["chosen", "draw", "turned"]

PAPER = "torus"
TITLE = "Torus: eigenmatrices in phase space"
INPUTS = ("torus_eigenmatrices",)
SETTINGS = {"model": "torus.model", "liouvillian": "torus.liouvillian"}

_COLUMNS = 6


def draw(grid: xr.Dataset) -> Figure:
    """Return the figure: one row an aleph (the two largest), one column an eigenmatrix, cavity 2.

    Takes the grid torus_eigenmatrices.  The colour is the real part of the Wigner function of cavity 2 in the frame of
    cavity 1's phase, turned by the phase that makes it greatest and divided by the greatest modulus; the line is the
    classical torus.
    """
    alephs = sorted(set(grid["aleph"].values.tolist()))[-2:]
    x, y = grid["re_alpha"].values, grid["im_alpha"].values
    with journal_style():
        figure = new_figure(DOUBLE_COLUMN, 0.62 + 1.33 * len(alephs))
        mesh = None
        total = figure.get_figheight()
        for row, aleph in enumerate(alephs):
            for column, place in enumerate(chosen(grid, aleph)):
                part = grid.isel(eigenmatrix=place).sel(mode=2)
                bottom = (0.36 + 1.33 * (len(alephs) - 1 - row)) / total
                axes = figure.add_axes((0.062 + 0.1435 * column, bottom, 0.139, 0.975 / total))
                values = turned(part["wigner_re"].values + 1j * part["wigner_im"].values)
                mesh = axes.pcolormesh(x, y, values, cmap="RdBu_r", vmin=-1, vmax=1, rasterized=True)
                if "torus_re" in grid:
                    line = grid.sel(mode=2)
                    re, im = (np.append(line[name].values, line[name].values[0]) for name in ("torus_re", "torus_im"))
                    axes.plot(re, im, color=COLORS["black"], linewidth=0.6)
                m, sector = float(part["m"]), int(part["sector"])
                name = f"({sector}, {int(m)})" if np.isfinite(m) else f"({sector})"
                value = complex(float(part["eigenvalue_re"]), float(part["eigenvalue_im"]))
                axes.text(0.04, 0.96, name, transform=axes.transAxes, va="top", fontsize=7.5)
                text = rf"$-{abs(value.real):.2f}{'-' if value.imag < 0 else '+'}{abs(value.imag):.2f}i$"
                steady = sector == 0 and part["index"] == 0
                axes.text(0.96, 0.04, "$0$" if steady else text, transform=axes.transAxes, ha="right", fontsize=7)
                axes.set(xticks=[-1, 0, 1], yticks=[-1, 0, 1])
                axes.tick_params(labelleft=column == 0, labelbottom=row == len(alephs) - 1)
                if column == 0:
                    axes.set_ylabel(r"Im $\alpha_2$", labelpad=0)
                    axes.text(0.04, 0.04, aleph_label(aleph), transform=axes.transAxes, fontsize=7.5)
                    label_panel(axes, row)
                if row == len(alephs) - 1:
                    axes.set_xlabel(r"Re $\alpha_2$", labelpad=1)
        if mesh is not None:
            bar = figure.add_axes((0.932, 0.36 / total, 0.011, (1.33 * (len(alephs) - 1) + 0.975) / total))
            figure.colorbar(mesh, cax=bar, ticks=[-1, 0, 1]).set_label(r"Re $W$ / max $|W|$", labelpad=-4)
    return figure


def chosen(grid: xr.Dataset, aleph: float) -> list[int]:
    """Return the places of up to six eigenmatrices of one aleph: steady state, then the slowest of each line (k, m).

    Of a pair of charge zero the member with m >= 0 stands for both.
    """
    places = np.flatnonzero(grid["aleph"].values == aleph)
    sector, index, m = (grid[name].values for name in ("sector", "index", "m"))
    order = sorted(places, key=lambda place: (sector[place], index[place]))
    kept, seen = [], set()
    for wanted in range(_COLUMNS):
        # In turn one of every sector, the slowest first.
        for place in order:
            steady = sector[place] == 0 and index[place] == 0
            line = (sector[place], "steady" if steady else m[place])
            if index[place] != wanted or line in seen or (sector[place] == 0 and m[place] < 0):
                continue
            seen.add(line)
            kept.append(int(place))
    kept = kept[:_COLUMNS]
    return sorted(kept, key=lambda place: (sector[place], index[place]))


def turned(values: np.ndarray) -> np.ndarray:
    """Return the real part of a complex map, turned by the phase that makes its sum of squares greatest."""
    phase = 0.5 * np.angle(np.sum(values**2))
    real = (values * np.exp(-1j * phase)).real
    return real * (1.0 if real.flat[np.abs(real).argmax()] >= 0 else -1.0)
