"""Chain figure 3: profiles, coherence, relaxation lengths and Wigner functions of the chaotic chain."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from openkerr.figures.chain_panels import case_rows, draw_profile, draw_wigner, panel_of, wigner_bar, wigner_limit
from openkerr.figures.style import (
    DOUBLE_COLUMN,
    journal_style,
    label_panel,
    new_figure,
    ordered_colors,
    ordered_looks,
)

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

__all__ = ["draw"]

PAPER = "chain"
TITLE = "Chain figure 3: profiles, coherence, relaxation and Wigner functions of the chaotic chain"
INPUTS = ("chain_profiles", "chain_coherence", "chain_relaxation", "chain_wigner")
SETTINGS = {"model": "chain.model", "ensembles": "chain.ensembles"}
DRAWN = {
    "length": "ensembles.shown.length",
    "drive_amplitudes": "ensembles.shown.drive_amplitudes",
    "sites": "ensembles.shown.sites",
}

_PHASE_LOST = 0.9
"""Circular variance of the centre above which a chain is chaotic: the wave keeps its phase."""


def draw(
    profiles: pd.DataFrame,
    coherence: pd.DataFrame,
    relaxation: pd.DataFrame,
    wigner: xr.Dataset,
    *,
    length: int,
    drive_amplitudes: Sequence[float],
    sites: Sequence[int],
) -> Figure:
    """Return the figure: profiles by drive and by length, g1 with the centre, relaxation, then W of three sites.

    Takes the tables chain_profiles, chain_coherence and chain_relaxation and the grid chain_wigner: all chaotic chains
    without intrinsic loss, and one row of Wigner functions for each of ``drive_amplitudes``. Raises ValueError if the
    tables lack one of these cases or a site.
    """
    # All drives and lengths that were run, and those asked for even if they were not: that is an error.
    chains = _chaotic(profiles)
    drives = sorted({*chains.loc[chains["length"] == length, "drive_amplitude"], *drive_amplitudes})
    looks = ordered_looks([*chains["drive_amplitude"], *drive_amplitudes])
    with journal_style():
        figure = new_figure(DOUBLE_COLUMN, 8.2)
        top = figure.subplots(
            2,
            3,
            gridspec_kw={"left": 0.075, "right": 0.985, "bottom": 0.575, "top": 0.972, "wspace": 0.36, "hspace": 0.42},
        )
        maps = figure.subplots(
            2,
            3,
            sharex="row",
            sharey="row",
            gridspec_kw={"left": 0.075, "right": 0.905, "bottom": 0.05, "top": 0.505, "wspace": 0.05, "hspace": 0.2},
        )
        number, variance, g1, lengths, amplitude, phase = top.flat
        for drive in drives:
            case, color = (
                {"length": length, "drive_amplitude": drive, "loss": 0.0, "method": "twa"},
                looks[drive]["color"],
            )
            rows = case_rows(profiles, **case)
            draw_profile(number, rows, "photon_number", color, rf"$F = {drive:g}\gamma$")
            draw_profile(variance, rows, "circular_variance", color)
            _draw_coherence(g1, case_rows(coherence, **case), looks[drive])
        variance.set_ylabel("circular variance")
        variance.set_ylim(0.0, 1.08)
        variance.axhline(1.0, color="0.5", linewidth=0.5, linestyle=(0, (4, 3)), zorder=1)
        g1.set_ylabel(rf"$g^{{(1)}}_{{{length // 2},\,l}}$")
        _draw_lengths(lengths, profiles, chains, drive_amplitudes[-1])
        for axes in (number, lengths):
            axes.set_ylim(0.0, 1.42 * axes.get_ylim()[1])
            axes.set_ylabel("photon number $n_l$")
            if not axes.has_data():
                continue
            axes.legend(
                loc="upper right", ncols=2, fontsize=7, columnspacing=0.9, handlelength=1.3, labelspacing=0.25,
                borderaxespad=0.25,
            )  # fmt: skip
        own = relaxation[(relaxation["loss"] == 0.0) & (relaxation["method"] == "twa")]
        own = own.merge(chains, on=["length", "drive_amplitude"])
        for axes, name, label in (
            (amplitude, "amplitude_length", "length of amplitude (sites)"),
            (phase, "phase_length", "length of phase (sites)"),
        ):
            _draw_relaxation(axes, own, name, looks)
            axes.set_ylabel(label)
        for axes in (lengths, amplitude, phase):
            if not axes.has_data():
                axes.text(0.5, 0.5, "no chaotic chain", transform=axes.transAxes, ha="center", va="center")
                axes.set(xticks=[], yticks=[])
        for axes in (number, variance, g1):
            axes.set_title(rf"$L = {length}$", loc="right", pad=3, fontsize=8.5)
            axes.set_xlabel("site $l$")
            axes.set_xlim(0, length + 1)
        for row, drive in zip(maps, drive_amplitudes, strict=True):
            case = {"length": length, "drive_amplitude": drive, "loss": 0.0, "method": "twa"}
            panels = [panel_of(wigner, **case, site=site) for site in sites]
            limit = wigner_limit(panels)
            for axes, panel, site in zip(row, panels, sites, strict=True):
                image = draw_wigner(axes, panel, limit, rf"$F = {drive:g}\gamma,\ l = {site}$")
            row[0].set_ylabel(r"Im $\alpha_l$")
            wigner_bar(figure, row[-1], image, r"$W_l / W_{l,\mathrm{max}}$")
        for axes in maps[-1]:
            axes.set_xlabel(r"Re $\alpha_l$", labelpad=1)
        for index, axes in enumerate([*top.flat, *maps.flat]):
            label_panel(axes, index)
    return figure


def _chaotic(profiles: pd.DataFrame) -> pd.DataFrame:
    """Return length and drive of the chains without intrinsic loss whose centre has no phase."""
    rows = profiles[(profiles["loss"] == 0.0) & (profiles["method"] == "twa")]
    center = rows[rows["site"] == (rows["length"] + 1) // 2]
    lost = center[center["circular_variance"] > _PHASE_LOST]
    return lost[["length", "drive_amplitude"]].drop_duplicates().sort_values(["length", "drive_amplitude"])


def _draw_lengths(axes: Axes, profiles: pd.DataFrame, chains: pd.DataFrame, drive: float) -> None:
    """Draw photon numbers of all lengths at one drive."""
    lengths = sorted(chains.loc[chains["drive_amplitude"] == drive, "length"])
    for length, color in zip(lengths, ordered_colors(len(lengths)), strict=True):
        rows = case_rows(profiles, length=length, drive_amplitude=drive, loss=0.0, method="twa")
        draw_profile(axes, rows, "photon_number", color, f"$L = {length}$")
    axes.set_xlim(0, max(lengths, default=1) + 1)
    axes.set_xlabel("site $l$")
    axes.set_title(rf"$F = {drive:g}\gamma$", loc="right", pad=3, fontsize=8.5)


def _draw_relaxation(axes: Axes, rows: pd.DataFrame, name: str, looks: Mapping[float, dict[str, Any]]) -> None:
    """Draw a length of relaxation against that of the chain, by drive."""
    for drive, group in rows[rows[name].notna()].groupby("drive_amplitude"):
        line = group.sort_values("length")
        axes.errorbar(line["length"], line[name], line[f"{name}_stderr"], linewidth=0.7, elinewidth=0.7, **looks[drive])
    axes.set_ylim(bottom=0.0)
    axes.set_xlabel("chain length $L$")
    axes.xaxis.set_major_locator(MaxNLocator(5, integer=True))


def _draw_coherence(axes: Axes, rows: pd.DataFrame, look: Mapping[str, Any]) -> None:
    """Draw g1 on a logarithmic axis; values that do not exceed two standard errors are drawn pale."""
    known = rows[rows["g1"].notna()]
    resolved = (known["g1"] > 2.0 * known["g1_stderr"]).to_numpy()
    site, value = known["site"].to_numpy(), known["g1"].clip(lower=1e-9).to_numpy()
    axes.plot(site, value, color=look["color"], linewidth=0.5, alpha=0.5)
    axes.errorbar(
        site[resolved], value[resolved], known["g1_stderr"].to_numpy()[resolved], linestyle="none", markersize=2.2,
        capsize=0, elinewidth=0.6, **look,
    )  # fmt: skip
    axes.plot(site[~resolved], value[~resolved], linestyle="none", alpha=0.3, markersize=2.2, markeredgewidth=0, **look)
    axes.set_yscale("log")
    axes.set_ylim(max(1e-4, 0.5 * value[resolved].min(initial=1.0)), 1.6)
