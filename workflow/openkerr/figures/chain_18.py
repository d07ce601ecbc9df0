"""Chain figure 18, the resonant nonlinear wave site by site: truncated Wigner, Gross-Pitaevskii, state at rest."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from numpy.typing import ArrayLike

from openkerr.figures.style import COLORS, DOUBLE_COLUMN, journal_style, label_panel, new_figure

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["draw"]

PAPER = "chain"
TITLE = "Chain figure 18: the resonant nonlinear wave site by site"
INPUTS = ("chain_profiles", "chain_rnw_profiles")
SETTINGS = {"model": "chain.model", "points": "chain.wave.points"}
DRAWN = {
    "length": "points.0.length",
    "drive_amplitude": "points.0.drive_amplitude",
    "loss": "model.intrinsic_loss_rate",
}

_LOOK: dict[str, dict[str, Any]] = {
    "twa": {"color": COLORS["blue"], "marker": "o", "label": "truncated Wigner"},
    "gpe": {"color": COLORS["orange"], "marker": "s", "label": "Gross-Pitaevskii", "markerfacecolor": "none"},
}


def draw(
    profiles: pd.DataFrame, linear: pd.DataFrame, *, length: int, drive_amplitude: float, loss: float = 0.0
) -> Figure:
    """Return the figure: photon number, mean phase, and modulus and real part of <a> against site.

    Takes tables chain_profiles and chain_rnw_profiles; what they do not have of this chain, at the intrinsic loss rate
    ``loss``, is left out.
    """
    chosen = (profiles["length"] == length) & (profiles["drive_amplitude"] == drive_amplitude)
    chosen &= profiles["loss"] == loss
    own = profiles[chosen].sort_values("site")
    theory = linear[(linear["length"] == length) & (linear["drive_amplitude"] == drive_amplitude)].sort_values("site")
    with journal_style():
        figure = new_figure(DOUBLE_COLUMN, 5.4)
        grid = figure.subplots(
            4,
            2,
            sharex=True,
            gridspec_kw={
                "left": 0.085, "right": 0.985, "bottom": 0.08, "top": 0.955, "wspace": 0.22, "hspace": 0.12,
                "height_ratios": [1.0, 0.5, 0.16, 1.0],
            },
        )  # fmt: skip
        # A row of nothing parts the residuals from what follows.
        for axes in grid[2]:
            axes.remove()
        (number, phase), strips, _, (modulus, real) = grid
        _draw_number(number, own, theory)
        _draw_phase(phase, own, theory)
        _draw_modulus(modulus, own, theory)
        _draw_part(real, own, theory)
        _draw_residuals(strips[0], own, theory, "photon_number", 1.0, "residual")
        _draw_residuals(strips[1], own, theory, "mean_phase", np.pi, r"residual$/\pi$")
        for index, axes in enumerate((number, phase, modulus, real)):
            label_panel(axes, index)
        for axes in (number, phase, *strips, modulus, real):
            axes.set_xlim(0.5, length + 0.5)
            axes.xaxis.set_major_locator(MaxNLocator(6, integer=True))
        for axes in grid[-1]:
            axes.set_xlabel("site $l$")
        number.set_title(rf"$L = {length}$, $F = {drive_amplitude:g}\,\gamma$", loc="right", pad=4)
        number.legend(loc="lower center", ncols=2, columnspacing=1.2)
    return figure


def _points(axes: Axes, rows: pd.DataFrame, values: ArrayLike, errors: ArrayLike, method: str) -> None:
    if rows.empty:
        return
    axes.errorbar(
        rows["site"], values, errors, linestyle="none", markersize=2.6, elinewidth=0.7, markeredgewidth=0.6,
        zorder=4 if method == "twa" else 3, **_LOOK[method],
    )  # fmt: skip


def _draw_number(axes: Axes, own: pd.DataFrame, theory: pd.DataFrame) -> None:
    """Draw photon numbers: ensembles, the field at rest, and what fluctuations add to it in linear theory."""
    for method in _LOOK:
        rows = own[own["method"] == method]
        _points(axes, rows, rows["photon_number"], rows["photon_number_stderr"], method)
    site = theory["site"]
    labels = ("state at rest (Newton)", "linear theory") if len(theory) else ("no stable wave at rest", None)
    axes.plot(site, theory["photon_number_classical"], color=COLORS["red"], linewidth=0.9, label=labels[0])
    axes.plot(site, theory["photon_number"], color="black", linewidth=0.9, linestyle=(0, (4, 2)), label=labels[1])
    axes.set_ylabel("photon number $n_l$")
    axes.set_ylim(bottom=0.0)


def _draw_phase(axes: Axes, own: pd.DataFrame, theory: pd.DataFrame) -> None:
    """Draw mean phases within one turn."""
    for method in _LOOK:
        rows = own[(own["method"] == method) & own["mean_phase"].notna()]
        _points(axes, rows, rows["mean_phase"] / np.pi, rows["mean_phase_stderr"] / np.pi, method)
    for name, color, style in (("mean_phase_classical", COLORS["red"], "-"), ("mean_phase", "black", (0, (4, 2)))):
        values = theory[name].to_numpy() / np.pi
        # The line breaks where the phase passes from pi to -pi.
        jump = np.abs(np.diff(values, prepend=values[:1])) > 1
        axes.plot(
            np.insert(theory["site"].to_numpy(dtype=float), np.flatnonzero(jump), np.nan),
            np.insert(values, np.flatnonzero(jump), np.nan),
            color=color,
            linestyle=style,
            linewidth=0.9,
        )
    axes.set_ylim(-1.08, 1.08)
    axes.set_ylabel(r"mean phase $\theta_l/\pi$")


def _draw_residuals(axes: Axes, own: pd.DataFrame, theory: pd.DataFrame, name: str, unit: float, label: str) -> None:
    """Draw ensembles and linear theory less the state at rest, site by site, angles within half a turn."""
    rest = theory.set_index("site")[f"{name}_classical"]
    for method in _LOOK:
        rows = own[(own["method"] == method) & own[name].notna() & own["site"].isin(rest.index)]
        gap = rows[name].to_numpy() - rest[rows["site"]].to_numpy()
        gap = np.angle(np.exp(1j * gap)) if name == "mean_phase" else gap
        _points(axes, rows, gap / unit, rows[f"{name}_stderr"] / unit, method)
    added = theory[name].to_numpy() - rest.to_numpy()
    added = np.angle(np.exp(1j * added)) if name == "mean_phase" else added
    axes.plot(theory["site"], added / unit, color="black", linewidth=0.9, linestyle=(0, (4, 2)))
    axes.axhline(0.0, color=COLORS["red"], linewidth=0.7, zorder=1)
    axes.yaxis.set_major_locator(MaxNLocator(3))
    axes.set_ylabel(label)


def _draw_modulus(axes: Axes, own: pd.DataFrame, theory: pd.DataFrame) -> None:
    """Draw |<a>| with the error along its direction."""
    for method in _LOOK:
        rows = own[own["method"] == method]
        real, imag = rows["field_real"].to_numpy(), rows["field_imag"].to_numpy()
        size = np.hypot(real, imag)
        error = np.hypot(real * rows["field_real_stderr"], imag * rows["field_imag_stderr"]) / np.maximum(size, 1e-12)
        _points(axes, rows, size, error, method)
    axes.plot(theory["site"], np.sqrt(theory["photon_number_classical"]), color=COLORS["red"], linewidth=0.9)
    axes.plot(
        theory["site"], np.hypot(theory["field_real"], theory["field_imag"]), color="black", linewidth=0.9,
        linestyle=(0, (4, 2)),
    )  # fmt: skip
    axes.set_ylabel(r"field $|\langle a_l \rangle|$")
    axes.set_ylim(bottom=0.0)


def _draw_part(axes: Axes, own: pd.DataFrame, theory: pd.DataFrame) -> None:
    """Draw the real part of <a>."""
    for method in _LOOK:
        rows = own[own["method"] == method]
        _points(axes, rows, rows["field_real"], rows["field_real_stderr"], method)
    classical = np.sqrt(theory["photon_number_classical"]) * np.cos(theory["mean_phase_classical"])
    axes.plot(theory["site"], classical, color=COLORS["red"], linewidth=0.9)
    axes.plot(theory["site"], theory["field_real"], color="black", linewidth=0.9, linestyle=(0, (4, 2)))
    axes.axhline(0.0, color="0.7", linewidth=0.5, zorder=0)
    axes.set_ylabel(r"$\mathrm{Re}\,\langle a_l \rangle$")
