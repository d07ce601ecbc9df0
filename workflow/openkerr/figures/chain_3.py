"""Chain figure 3: profiles, coherence and Wigner functions of the chaotic chain at two drives."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from openkerr.figures.chain_panels import case_rows, draw_profile, draw_wigner, panel_of, wigner_limit
from openkerr.figures.style import COLORS, DOUBLE_COLUMN, journal_style, label_panel, new_figure

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

__all__ = ["draw"]

PAPER = "chain"
TITLE = "Chain figure 3: profiles, coherence and Wigner functions of the chaotic chain"
INPUTS = ("chain_profiles", "chain_coherence", "chain_wigner")
SETTINGS = {"model": "chain.model", "ensembles": "chain.ensembles"}
DRAWN = {
    "length": "ensembles.shown.length",
    "drive_amplitudes": "ensembles.shown.drive_amplitudes",
    "sites": "ensembles.shown.sites",
}

_COLORS = (COLORS["blue"], COLORS["red"])


def draw(
    profiles: pd.DataFrame,
    coherence: pd.DataFrame,
    wigner: xr.Dataset,
    *,
    length: int,
    drive_amplitudes: Sequence[float],
    sites: Sequence[int],
) -> Figure:
    """Return the figure: (a) photon number, (b) circular variance, (c) g1 with the centre, then W of three sites.

    Takes the tables chain_profiles and chain_coherence and the grid chain_wigner; one row of Wigner functions a drive.
    Raises ValueError if they lack a case or site.
    """
    with journal_style():
        figure = new_figure(DOUBLE_COLUMN, 6.6)
        top = figure.subplots(
            1, 3, gridspec_kw={"left": 0.075, "right": 0.985, "bottom": 0.745, "top": 0.965, "wspace": 0.33}
        )
        maps = figure.subplots(
            2,
            3,
            sharex="row",
            sharey="row",
            gridspec_kw={"left": 0.075, "right": 0.985, "bottom": 0.065, "top": 0.665, "wspace": 0.05, "hspace": 0.2},
        )
        number, variance, g1 = top
        for drive, color in zip(drive_amplitudes, _COLORS, strict=True):
            case = {"length": length, "drive_amplitude": drive, "loss": 0.0, "method": "twa"}
            rows = case_rows(profiles, **case)
            draw_profile(number, rows, "photon_number", color, rf"$F = {drive:g}\gamma$")
            draw_profile(variance, rows, "circular_variance", color)
            _draw_coherence(g1, case_rows(coherence, **case), color)
        number.set_ylabel("photon number $n_l$")
        number.set_ylim(bottom=0.0)
        number.legend(loc="best")
        variance.set_ylabel("circular variance")
        variance.set_ylim(0.0, 1.08)
        variance.axhline(1.0, color="0.5", linewidth=0.5, linestyle=(0, (4, 3)), zorder=1)
        g1.set_ylabel(rf"$g^{{(1)}}_{{{length // 2},\,l}}$")
        for index, axes in enumerate(top):
            axes.set_xlabel("site $l$")
            axes.set_xlim(0, length + 1)
            label_panel(axes, index)
        for row, drive in zip(maps, drive_amplitudes, strict=True):
            case = {"length": length, "drive_amplitude": drive, "loss": 0.0, "method": "twa"}
            panels = [panel_of(wigner, **case, site=site) for site in sites]
            limit = wigner_limit(panels)
            for axes, panel, site in zip(row, panels, sites, strict=True):
                draw_wigner(axes, panel, limit, rf"$F = {drive:g}\gamma,\ l = {site}$")
            row[0].set_ylabel(r"Im $\alpha_l$")
        for axes in maps[-1]:
            axes.set_xlabel(r"Re $\alpha_l$", labelpad=1)
        for index, axes in enumerate(maps.flat):
            label_panel(axes, 3 + index)
    return figure


def _draw_coherence(axes: Axes, rows: pd.DataFrame, color: str) -> None:
    """Draw g1 on a logarithmic axis; values that do not exceed two standard errors are drawn pale."""
    known = rows[rows["g1"].notna()]
    resolved = (known["g1"] > 2.0 * known["g1_stderr"]).to_numpy()
    site, value = known["site"].to_numpy(), known["g1"].clip(lower=1e-9).to_numpy()
    axes.plot(site, value, color=color, linewidth=0.5, alpha=0.5)
    axes.errorbar(
        site[resolved], value[resolved], known["g1_stderr"].to_numpy()[resolved], fmt="o", color=color,
        markersize=2.2, capsize=0, elinewidth=0.6,
    )  # fmt: skip
    axes.plot(site[~resolved], value[~resolved], "o", color=color, alpha=0.3, markersize=2.2, markeredgewidth=0)
    axes.set_yscale("log")
    axes.set_ylim(max(1e-4, 0.5 * value[resolved].min(initial=1.0)), 1.6)
