"""Chain figure 6, quantum fluctuations of the resonant nonlinear wave: phases, Wigner functions, coherence."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from openkerr.figures.chain_panels import image_of_wigner, wigner_bar
from openkerr.figures.style import COLORS, DOUBLE_COLUMN, journal_style, label_panel, new_figure

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

__all__ = ["draw"]

PAPER = "chain"
TITLE = "Chain figure 6: quantum fluctuations of the resonant nonlinear wave"
INPUTS = ("chain_profiles", "chain_coherence", "chain_wigner", "chain_rnw_profiles")
SETTINGS = {"model": "chain.model", "points": "chain.wave.points"}
DRAWN = {
    "length": "points.0.length",
    "drive_amplitude": "points.0.drive_amplitude",
    "sites": "points.0.sites",
    "loss": "model.intrinsic_loss_rate",
}

_LOOK: dict[str, dict[str, Any]] = {
    "twa": {"color": COLORS["blue"], "marker": "o", "label": "truncated Wigner"},
    "gpe": {"color": COLORS["orange"], "marker": "s", "label": "Gross-Pitaevskii"},
}


def draw(
    profiles: pd.DataFrame,
    coherence: pd.DataFrame,
    wigner: xr.Dataset,
    linear: pd.DataFrame,
    *,
    length: int,
    drive_amplitude: float,
    sites: Sequence[int],
    loss: float = 0.0,
) -> Figure:
    """Return the figure: circular variance and g1 against site above, Wigner functions of four sites below.

    Takes tables chain_profiles, chain_coherence, grid chain_wigner and table chain_rnw_profiles; what they do not have
    of this chain, at the intrinsic loss rate ``loss``, is left out.
    """
    own, pairs, theory = (_chain(frame, length, drive_amplitude, loss) for frame in (profiles, coherence, linear))
    with journal_style():
        figure = new_figure(DOUBLE_COLUMN, 4.35)
        upper = figure.subplots(
            1, 2, gridspec_kw={"left": 0.075, "right": 0.985, "bottom": 0.575, "top": 0.945, "wspace": 0.22}
        )
        lower = figure.subplots(
            1, 4, sharey=True, gridspec_kw={"left": 0.075, "right": 0.885, "bottom": 0.09, "top": 0.45, "wspace": 0.1}
        )
        _draw_variance(upper[0], own, theory)
        _draw_coherence(upper[1], pairs, theory)
        for axes in upper:
            axes.set(xlabel="site $l$", xlim=(0.5, length + 0.5))
            axes.xaxis.set_major_locator(MaxNLocator(6, integer=True))
        for site in sites:
            upper[0].axvline(site, color="0.75", linewidth=0.6, zorder=0)
        _draw_wigner(figure, lower, _panels(wigner, length, drive_amplitude, loss), theory, sites)
        for index, axes in enumerate((*upper, *lower)):
            label_panel(axes, index)
        upper[0].set_title(rf"$L = {length}$, $F = {drive_amplitude:g}\,\gamma$", loc="right", pad=4)
    return figure


def _chain(frame: pd.DataFrame, length: int, drive: float, loss: float) -> pd.DataFrame:
    """Rows of one chain; a table without losses has those of this one."""
    chosen = (frame["length"] == length) & (frame["drive_amplitude"] == drive)
    if "loss" in frame:
        chosen &= frame["loss"] == loss
    return frame[chosen].sort_values("site")


def _draw_variance(axes: Axes, own: pd.DataFrame, theory: pd.DataFrame) -> None:
    """Draw circular variances of ensembles with their errors, and of linear theory as a line."""
    for method, look in _LOOK.items():
        rows = own[own["method"] == method]
        if rows.empty:
            continue
        axes.errorbar(
            rows["site"], rows["circular_variance"], rows["circular_variance_stderr"], linestyle="none",
            markersize=2.6, elinewidth=0.7, zorder=3, **look,
        )  # fmt: skip
    label = "linear theory" if len(theory) else "no stable wave at rest"
    axes.plot(theory["site"], theory["circular_variance"], color="black", label=label, zorder=2)
    axes.set_ylabel(r"circular variance $1 - |\langle e^{i\theta_l} \rangle|$")
    # Room above the first sites of a short chain too.
    low, high = axes.get_ylim()
    axes.set_ylim(min(-0.02, low), high + 0.42 * (high - low))
    axes.legend(loc="upper left", ncols=2, columnspacing=1.0)


def _draw_coherence(axes: Axes, pairs: pd.DataFrame, theory: pd.DataFrame) -> None:
    """Draw g1 about the centre, on a logarithmic axis: an exponential decay is a straight line there."""
    center = None
    for method, look in _LOOK.items():
        rows = pairs[(pairs["method"] == method) & pairs["g1"].notna()]
        if rows.empty:
            continue
        axes.errorbar(
            rows["site"], rows["g1"], rows["g1_stderr"], linestyle="none", markersize=2.6, elinewidth=0.7, zorder=3,
            **look,
        )  # fmt: skip
        center = rows["center"].iloc[0]
    if len(theory) and center in (None, theory["center"].iloc[0]):
        axes.plot(theory["site"], theory["g1"], color="black", zorder=2)
        center = theory["center"].iloc[0]
    axes.set_yscale("log")
    axes.yaxis.set_major_locator(MaxNLocator(5, steps=[1, 2, 5, 10]))
    axes.yaxis.set_major_formatter("{x:g}")
    axes.yaxis.set_minor_locator(MaxNLocator(1))
    axes.set_ylabel(r"$g^{(1)}$" if center is None else rf"$g^{{(1)}}({center}, l)$")


def _panels(wigner: xr.Dataset, length: int, drive: float, loss: float) -> xr.Dataset:
    """Truncated-Wigner panels of one chain."""
    chosen = (wigner["length"] == length) & (wigner["drive_amplitude"] == drive)
    chosen &= (wigner["loss"] == loss) & (wigner["method"] == "twa")
    return wigner.isel(panel=np.flatnonzero(chosen.values))


def _draw_wigner(
    figure: Figure, row: Sequence[Axes], panels: xr.Dataset, theory: pd.DataFrame, sites: Sequence[int]
) -> None:
    """Draw Wigner functions in one colour scale, with the circle of the classical amplitude."""
    shown = {int(panels["site"][index]): panels.isel(panel=index) for index in range(panels.sizes["panel"])}
    found = [shown[site] for site in sites if site in shown]
    top = max((float(panel["density"].max()) for panel in found), default=1.0)
    image = None
    for axes, site in zip(row, sites, strict=True):
        axes.set_title(f"site {site}", pad=4)
        axes.set_xlabel(r"$\mathrm{Re}\,\alpha$")
        axes.set_aspect("equal")
        axes.xaxis.set_major_locator(MaxNLocator(5, integer=True))
        axes.yaxis.set_major_locator(MaxNLocator(5, integer=True))
        amplitude = theory.loc[theory["site"] == site, "photon_number_classical"]
        for value in amplitude:
            angle = np.linspace(0, 2 * np.pi, 200)
            radius = np.sqrt(value)
            axes.plot(
                radius * np.cos(angle), radius * np.sin(angle), color="0.55", linewidth=0.5, linestyle=(0, (4, 3))
            )
        if site not in shown:
            axes.annotate("not simulated", (0.5, 0.5), xycoords="axes fraction", ha="center", color="0.4")
            continue
        panel = shown[site]
        image = image_of_wigner(axes, panel, 1.0, top)
    row[0].set_ylabel(r"$\mathrm{Im}\,\alpha$")
    if image is not None:
        wigner_bar(figure, row[-1], image, r"$W(\alpha)$")
