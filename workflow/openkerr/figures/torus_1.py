"""Torus figure 1: two Kerr cavities, their classical attractors over omega, portraits and spectra of two of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Circle, FancyArrowPatch

from openkerr.figures.style import COLORS, DOUBLE_COLUMN, journal_style, label_panel, new_figure

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

__all__ = ["bifurcation_groups", "draw", "regions", "strongest_peaks"]

PAPER = "torus"
TITLE = "Torus figure 1: limit cycle and limit torus of the classical cavities"
INPUTS = (
    "torus_branches",
    "torus_bifurcations",
    "torus_lines",
    "torus_spectrum_map",
    "torus_portraits",
    "torus_spectra",
)
SETTINGS = {"model": "torus.model", "attractors": "torus.attractors"}

_MODE_COLORS = (COLORS["red"], COLORS["blue"])
_MODE_TINTS = ("#F3C9AB", "#A9CDE5")
_LIMITS_DB = (-100.0, 0.0)
_VISIBLE_DB = -60.0  # the frequency axes reach as far as lines of this power
_TORUS_GROUND = "0.88"
_SHORT = {
    "fold": "fold",
    "hopf": "Hopf",
    "torus": "torus",
    "period_doubling": "period doubling",
    "branch_point": "branch point",
    "homoclinic": "homoclinic",
}
_STABLE_OBJECTS = {"limit cycle": "relative_equilibrium", "limit torus": "relative_periodic_orbit"}


def draw(
    branches: pd.DataFrame,
    bifurcations: pd.DataFrame,
    lines: pd.DataFrame,
    spectrum_map: xr.Dataset,
    portraits: xr.Dataset,
    spectra: xr.Dataset,
) -> Figure:
    """Return the figure: schematic, power spectrum of mode 1 over omega, portraits and spectra of both modes.

    Takes the tables torus_branches, torus_bifurcations and torus_lines and the grids torus_spectrum_map,
    torus_portraits and torus_spectra. Raises ValueError unless the portraits are those of one or two omegas.
    """
    omegas = [float(omega) for omega in portraits["omega"].values]
    if not 1 <= len(omegas) <= 2:
        raise ValueError(f"the figure shows portraits at one or two omegas, the grid has {len(omegas)}")
    with journal_style():
        figure = new_figure(DOUBLE_COLUMN, 6.3)
        schematic = figure.add_axes((0.01, 0.545, 0.335, 0.405))
        _draw_schematic(schematic)
        heat = figure.add_axes((0.425, 0.575, 0.455, 0.385))
        bar = figure.add_axes((0.897, 0.575, 0.014, 0.385))
        _draw_map(heat, bar, branches, bifurcations, spectrum_map, omegas)
        # The panel letters of the upper row stand at one height.
        for index, left in ((0, 0.012), (1, 0.365)):
            figure.text(left, 0.988, f"({'ab'[index]})", ha="left", va="top")
        limits = _visible_range(spectra["frequency"].values, spectra["power_db"].transpose(..., "frequency").values)
        for column, omega in enumerate(omegas):
            left = 0.07 + 0.495 * column
            _draw_portraits(figure, left, portraits.sel(omega=omega), omega, 2 + 2 * column)
            here = lines[np.isclose(lines["omega"], omega)]
            _draw_spectra(figure, left + 0.205, spectra.sel(omega=omega), here, 3 + 2 * column, limits)
    return figure


def regions(branches: pd.DataFrame) -> dict[str, tuple[float, float]]:
    """Return the range of omega in which each kind of attractor exists, from the stable points of its branches."""
    found = {}
    for name, kind in _STABLE_OBJECTS.items():
        omega = branches.loc[(branches["object"] == kind) & (branches["n_unstable"] == 0), "omega"]
        if len(omega):
            found[name] = (float(omega.min()), float(omega.max()))
    return found


def bifurcation_groups(bifurcations: pd.DataFrame, low: float, high: float) -> list[tuple[float, str]]:
    """Return (omega, names) of the bifurcations in [low, high], those that one line of the plot covers joined.

    Points where another branch is crossed are left out: no attractor begins or ends there.
    """
    inside = bifurcations["omega"].between(low, high) & (bifurcations["bifurcation"] != "branch_point")
    groups: list[tuple[float, list[str]]] = []
    for row in bifurcations[inside].sort_values("omega").itertuples():
        if not groups or row.omega - groups[-1][0] > 0.004 * (high - low):
            groups.append((float(row.omega), []))
        groups[-1][1].append(_SHORT[row.bifurcation])
    return [(omega, ", ".join(names)) for omega, names in groups]


def strongest_peaks(frequency: np.ndarray, power: np.ndarray, n_peaks: int) -> list[tuple[float, float]]:
    """Return (frequency, power) of the greatest local maxima of a spectrum, strongest first."""
    inner = np.flatnonzero((power[1:-1] > power[:-2]) & (power[1:-1] >= power[2:])) + 1
    best = inner[np.argsort(-power[inner], kind="stable")][:n_peaks]
    return [(float(frequency[index]), float(power[index])) for index in best]


def _draw_schematic(axes: Axes) -> None:
    """Draw both cavities with gain, loss and coupling, and below them what the rescaling does."""
    axes.set(xlim=(0, 10), ylim=(0, 10 * 0.405 * 6.3 / (0.335 * DOUBLE_COLUMN)), aspect="equal")
    axes.set_axis_off()
    for mode, x, color in ((1, 2.3, _MODE_COLORS[0]), (2, 7.7, _MODE_COLORS[1])):
        axes.add_patch(Circle((x, 7.0), 1.3, facecolor=color, alpha=0.15, linewidth=0))
        axes.add_patch(Circle((x, 7.0), 1.3, facecolor="none", edgecolor=color, linewidth=1.2))
        axes.text(x, 7.0, rf"$\omega_{mode},\,U_{mode}$", ha="center", va="center")
        _arrow(axes, (x, 10.1), (x, 8.4))
        # Words stand on the inner side of each cavity.
        inner, side = (1, "left") if mode == 1 else (-1, "right")
        axes.text(x + 0.25 * inner, 9.5, rf"pump $\gamma_{mode}$", ha=side, va="center")
        axes.text(x + 0.65 * inner, 4.95, rf"pairs $\eta_{mode}$", ha=side, va="center")
        for shift in (-0.22, 0.22):
            _wave(axes, x + shift, 5.6, 4.5)
    _arrow(axes, (3.75, 7.0), (6.25, 7.0), "<|-|>")
    axes.text(5.0, 7.2, "$J$", ha="center", va="bottom")
    axes.text(5.0, 6.75, r"$2\,\mathrm{of}\,1 \leftrightarrow 1\,\mathrm{of}\,2$", ha="center", va="top", fontsize=7.0)
    _arrow(axes, (0.9, 2.75), (9.1, 2.75), "<|-|>")
    axes.text(5.0, 2.9, r"$\aleph$", ha="center", va="bottom")
    axes.text(0.6, 3.0, "quantum", ha="left", va="bottom")
    axes.text(9.4, 3.0, "classical", ha="right", va="bottom")
    axes.text(
        5.0, 2.35, r"$U = \tilde U/\aleph,\quad J = \tilde J/\sqrt{\aleph},\quad \eta = \tilde\eta/\aleph$",
        ha="center", va="top",
    )  # fmt: skip
    axes.text(5.0, 1.2, r"$a = \sqrt{\aleph}\,\tilde\alpha,\quad \tilde\alpha\sim e^{-i\nu t}$", ha="center", va="top")


def _arrow(axes: Axes, begin: tuple[float, float], end: tuple[float, float], style: str = "-|>") -> None:
    axes.add_patch(
        FancyArrowPatch(
            begin, end, arrowstyle=style, mutation_scale=7, linewidth=0.9, color="black", shrinkA=0, shrinkB=0
        )
    )


def _wave(axes: Axes, x: float, top: float, bottom: float) -> None:
    """Draw one photon that leaves downwards."""
    y = np.linspace(top, bottom + 0.3, 60)
    axes.plot(x + 0.09 * np.sin(2 * np.pi * 3 * (y - top) / (top - bottom)), y, color="black", linewidth=0.7)
    _arrow(axes, (x, bottom + 0.35), (x, bottom - 0.05))


def _visible_range(frequency: np.ndarray, power: np.ndarray) -> tuple[float, float]:
    """Return the range of frequencies, last axis of power, that holds all lines worth a look."""
    visible = frequency[(power > _VISIBLE_DB).reshape(-1, len(frequency)).any(axis=0)]
    return (visible.min() - 0.35, visible.max() + 0.35) if len(visible) else (frequency[0], frequency[-1])


def _draw_map(
    axes: Axes,
    bar: Axes,
    branches: pd.DataFrame,
    bifurcations: pd.DataFrame,
    spectrum_map: xr.Dataset,
    omegas: list[float],
) -> None:
    """Draw every line of the spectra at its own frequency, on the grounds of the attractors."""
    omega, frequency = spectrum_map["omega"].values, spectrum_map["frequency"].values
    power = spectrum_map["power_db"].transpose("omega", "frequency").values
    low, high = _visible_range(frequency, power)
    highest, high = high, high + 0.13 * (high - low)  # room for the names of the attractors
    _shade(axes, regions(branches), omega[0], omega[-1])
    found = [
        (value, *peak)
        for value, row in zip(omega, power, strict=True)
        for peak in strongest_peaks(frequency, row, len(frequency))
        if peak[1] > _LIMITS_DB[0]
    ]
    place, height, strength = np.array(found).reshape(-1, 3).T
    points = axes.scatter(
        place, height, c=strength, cmap="magma_r", vmin=_LIMITS_DB[0], vmax=_LIMITS_DB[1], s=5.0, linewidths=0, zorder=3
    )
    axes.figure.colorbar(points, cax=bar, extend="min").set_label("$S_1$ (dB)")
    axes.set(xlim=(omega[0], omega[-1]), ylim=(low, high), xlabel=r"$\omega/\eta$", ylabel=r"$\nu/\eta$")

    stable = branches[branches["n_unstable"] == 0]
    for _, branch in stable.groupby("branch"):
        phi, psi = branch["nu_phi"].to_numpy(), branch["nu_psi"].fillna(0.0).to_numpy()
        for m in range(-2, 4) if psi.any() else (0,):
            axes.plot(branch["omega"], phi + m * psi, color=COLORS["blue"], linewidth=0.6, dashes=(3, 2), zorder=2)
            end = branch["omega"].to_numpy().argmax()
            if psi.any() and low < phi[end] + m * psi[end] < highest:
                axes.annotate(
                    f"(1, {m})".replace("-", "\N{MINUS SIGN}"), (omega[-1], phi[end] + m * psi[end]), xytext=(-2, 3),
                    textcoords="offset points", fontsize=7.0, ha="right", va="bottom",
                )  # fmt: skip
    note: dict[str, Any] = {"textcoords": "offset points", "fontsize": 7.0}
    for value, letters in zip(omegas, ("c, d", "e, f"), strict=False):
        axes.axvline(value, color="black", linewidth=0.8, zorder=1)
        axes.annotate(
            f"({letters})", (value, 0.98), xycoords=("data", "axes fraction"), xytext=(3, 0), ha="left", va="top",
            **note,
        )  # fmt: skip
    for value, names in bifurcation_groups(bifurcations, omega[0], omega[-1]):
        axes.axvline(value, color=COLORS["green"], linewidth=0.9, dashes=(1, 1.2), zorder=1)
        axes.annotate(
            names, (value, 0.02), xycoords=("data", "axes fraction"), xytext=(-1.5, 0), rotation=90, ha="right",
            va="bottom", bbox={"facecolor": "white", "edgecolor": "none", "alpha": 0.85, "pad": 0.4}, **note,
        )  # fmt: skip


def _shade(axes: Axes, found: dict[str, tuple[float, float]], low: float, high: float) -> None:
    """Lay the ground of the attractors: white where the cycle is stable, grey for the torus, hatched for both."""
    shared = [max(begin for begin, _ in found.values()), min(end for _, end in found.values())] if found else [0.0, 0.0]
    both = len(found) == len(_STABLE_OBJECTS) and shared[1] > shared[0]
    for name, (begin, end) in found.items():
        if name == "limit torus":
            axes.axvspan(begin, end, facecolor=_TORUS_GROUND, linewidth=0, zorder=0)
        left = begin <= low
        axes.annotate(
            name, (max(begin, low) if left else min(end, high), 0.98), xycoords=("data", "axes fraction"),
            xytext=(4 if left else -4, 0), textcoords="offset points", ha="left" if left else "right", va="top",
            fontsize=8.0,
        )  # fmt: skip
    if both:
        axes.axvspan(*shared, facecolor="white", hatch="//////", edgecolor=_TORUS_GROUND, linewidth=0, zorder=0.5)


def _draw_portraits(figure: Figure, left: float, portrait: xr.Dataset, omega: float, index: int) -> None:
    """Draw the orbit of both modes, all samples tinted and a short stretch as a line."""
    field = (portrait["field_re"] + 1j * portrait["field_im"]).transpose("mode", "time").values
    time = portrait["time"].values
    stretch = time <= time[0] + 40.0
    reach = 1.12 * np.abs(field).max()
    for row in range(2):
        axes = figure.add_axes((left, 0.27 - 0.205 * row, 0.15, 0.15 * DOUBLE_COLUMN / 6.3))
        axes.plot(
            field[row].real, field[row].imag, linestyle="none", marker=",", color=_MODE_TINTS[row], rasterized=True
        )
        axes.plot(field[row, stretch].real, field[row, stretch].imag, color=_MODE_COLORS[row], linewidth=0.5)
        axes.set(xlim=(-reach, reach), ylim=(-reach, reach), aspect="equal")
        axes.set_xticks([-0.5, 0, 0.5])
        axes.set_yticks([-0.5, 0, 0.5])
        axes.tick_params(labelbottom=row == 1)
        axes.set_ylabel(rf"Im $\tilde\alpha_{row + 1}$", labelpad=0)
        if row == 1:
            axes.set_xlabel(r"Re $\tilde\alpha_k$", labelpad=1)
        else:
            label_panel(axes, index, x=-0.33)
            axes.set_title(rf"$\omega = {omega:g}\,\eta$", pad=4)


def _draw_spectra(
    figure: Figure, left: float, spectra: xr.Dataset, lines: pd.DataFrame, index: int, limits: tuple[float, float]
) -> None:
    """Draw the spectra of both modes and name their strongest lines (k, m)."""
    frequency = spectra["frequency"].values
    for row in range(2):
        power = spectra["power_db"].isel(mode=row).values
        axes = figure.add_axes((left + 0.045, 0.27 - 0.205 * row, 0.17, 0.15 * DOUBLE_COLUMN / 6.3))
        axes.plot(frequency, power, color=_MODE_COLORS[row], linewidth=0.7)
        axes.set(xlim=limits, ylim=(-118, 26))
        axes.set_xticks([-2, 0, 2, 4])
        axes.set_yticks([-100, -50, 0])
        axes.tick_params(labelbottom=row == 1)
        axes.set_ylabel(rf"$S_{row + 1}$ (dB)", labelpad=-1)
        if row == 1:
            axes.set_xlabel(r"$\nu/\eta$", labelpad=1)
        else:
            label_panel(axes, index, x=-0.3)
        sector = lines[lines["sector"] == row + 1].nlargest(3, "amplitude")
        if len(sector):
            named = [(line.frequency, 20 * np.log10(line.amplitude), line.m) for line in sector.itertuples()]
        else:
            named = [(*peak, 0) for peak in strongest_peaks(frequency, power, 1)]
        summit = max(named, key=lambda line: line[1])[0] if named else 0.0
        for place, height, m in named:
            # Neighbours of the strongest line are named on their far side, so that no names meet.
            align, shift = ("center", 5) if place == summit else ("right", 1) if place < summit else ("left", 1)
            axes.annotate(
                f"({row + 1}, {m})".replace("-", "\N{MINUS SIGN}"), (place, height),
                xytext=(0 if align == "center" else 4 if align == "right" else -4, shift),
                textcoords="offset points", fontsize=6.5, ha=align, va="bottom",
            )  # fmt: skip
