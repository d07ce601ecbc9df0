"""How the exponents of the gaps depend on the window of aleph, the estimator and the weights."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import TwoSlopeNorm
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from openkerr.figures.style import COLORS, DOUBLE_COLUMN, NothingToDraw, journal_style, label_panel, new_figure
from openkerr.figures.torus_3b import LINES, PUBLISHED, joint_error, line_label

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["draw"]

PAPER = "torus"
TITLE = "Torus: exponents of the gaps, window by window"
INPUTS = ("torus_gap_fit",)
SETTINGS = {"model": "torus.model", "gaps": "torus.gaps"}
DRAWN = {"window": "gaps.fit_window"}

_STYLES = {"correlation": ("o", "blue"), "mean": ("s", "orange"), "pencil": ("^", "black")}
_FITS = 3.0
"""Squared residuals a degree of freedom up to which a power law fits; beyond, exponents depend on the weights."""


def draw(fits: pd.DataFrame, window: tuple[float, float]) -> Figure:
    """Return the figure: a row a line; exponents of all windows as a map, and of the narrow windows with errors.

    Takes the table torus_gap_fit and the window of the published fits. Raises NothingToDraw without a fit.
    """
    shown = fits[fits["case"] == "default"]
    if shown.empty:
        raise NothingToDraw("no power law was fitted: fewer than three alephs, or no limit torus")
    with journal_style():
        figure = new_figure(DOUBLE_COLUMN, 5.4)
        axes = figure.subplots(2, 2, gridspec_kw={"width_ratios": [1, 1.15]})
        figure.subplots_adjust(left=0.09, right=0.985, bottom=0.105, top=0.95, wspace=0.38, hspace=0.42)
        for row, (line, published) in enumerate(zip(LINES, PUBLISHED, strict=True)):
            part = shown[(shown["sector"] == line[0]) & (shown["m"] == line[1])]
            weighted = part[part["weighting"] == "errors"]
            _draw_map(figure, axes[row, 0], weighted[weighted["estimator"] == "correlation"], window)
            _draw_narrow(axes[row, 1], weighted, published, window)
            for column in range(2):
                label_panel(axes[row, column], 2 * row + column)
                axes[row, column].set_title(f"$(k, m) =$ {line_label(line)}", pad=4)
        axes[0, 1].legend(loc="lower right", handlelength=1.2)
    return figure


def _draw_map(figure: Figure, axes: Axes, fits: pd.DataFrame, window: tuple[float, float]) -> None:
    """Draw the exponent of every window as a cell; the published window has a frame."""
    if not len(fits):
        axes.text(0.5, 0.5, "no window", transform=axes.transAxes, ha="center", va="center")
        return
    firsts, lasts = np.unique(fits["aleph_min"]), np.unique(fits["aleph_max"])
    values = np.full((len(lasts), len(firsts)), np.nan)
    for fit in fits.itertuples():
        values[np.searchsorted(lasts, fit.aleph_max), np.searchsorted(firsts, fit.aleph_min)] = fit.exponent
    reach = max(np.nanmax(np.abs(values - 1)), 0.01)
    axes.set_facecolor("0.85")  # no window
    image = axes.imshow(
        values, origin="lower", cmap="RdBu_r", norm=TwoSlopeNorm(1.0, 1.0 - reach, 1.0 + reach), aspect="auto"
    )
    figure.colorbar(image, ax=axes, label="exponent $a$", fraction=0.046, pad=0.03)
    axes.set_xticks(range(len(firsts)), [f"{aleph:g}" for aleph in firsts], rotation=90, fontsize=6.5)
    axes.set_yticks(range(len(lasts)), [f"{aleph:g}" for aleph in lasts], fontsize=6.5)
    axes.tick_params(length=0)
    axes.set(xlabel=r"first $\aleph$", ylabel=r"last $\aleph$")
    if window[0] in firsts and window[1] in lasts:
        first, last = np.searchsorted(firsts, window[0]) - 0.5, np.searchsorted(lasts, window[1]) - 0.5
        axes.add_patch(Rectangle((first, last), 1, 1, fill=False, color="black", linewidth=1.2))


def _draw_narrow(
    axes: Axes, fits: pd.DataFrame, published: tuple[float, float, float], window: tuple[float, float]
) -> None:
    """Draw the exponents of windows about one decade wide or less against their middle, by estimator."""
    for estimator, (marker, color) in _STYLES.items():
        part = fits[(fits["estimator"] == estimator) & (fits["aleph_max"] <= 9 * fits["aleph_min"])]
        # Of the windows that begin at one aleph, the widest.
        part = part.sort_values("aleph_max").groupby("aleph_min").tail(1)
        error = joint_error(part, "exponent")
        part, error = part[error < 0.2], error[error < 0.2]
        middle = np.sqrt(part["aleph_min"] * part["aleph_max"])
        for fits_well, style in (
            (True, {"label": estimator}),
            (False, {"markerfacecolor": "white", "alpha": 0.45}),
        ):
            here = part["chi2_per_dof"].le(_FITS) == fits_well
            axes.errorbar(
                middle[here], part["exponent"][here], error[here], linestyle="none", marker=marker,
                color=COLORS[color], elinewidth=0.7, **style,
            )  # fmt: skip
    _, exponent, error = published
    axes.fill_between(
        window, exponent - error, exponent + error, color=COLORS["red"], alpha=0.4, linewidth=0, label="published"
    )
    axes.axhline(1.0, color="0.6", linewidth=0.6, zorder=0)
    axes.set_xscale("log")
    axes.set(xlabel=r"middle of the window, $\sqrt{\aleph_{\min}\aleph_{\max}}$", ylabel="exponent $a$")
