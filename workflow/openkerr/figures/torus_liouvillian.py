"""Low-lying spectrum of the Liouvillian by charge sector, at several aleph."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.transforms import Transform

from openkerr.figures.style import COLORS, DOUBLE_COLUMN, aleph_label, journal_style, label_panel, new_figure
from openkerr.figures.torus_3b import LINES, PUBLISHED

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["SECTOR_STYLES", "draw", "shown_alephs"]

PAPER = "torus"
TITLE = "Torus: low-lying spectrum of the Liouvillian"
INPUTS = ("torus_liouvillian", "torus_lines", "torus_diffusion")
SETTINGS = {"model": "torus.model", "liouvillian": "torus.liouvillian", "attractors": "torus.attractors"}
DRAWN = {"omega": "model.omega.0", "portraits": "attractors.portraits"}

SECTOR_STYLES = {
    0: (COLORS["black"], "o"),
    1: (COLORS["blue"], "s"),
    2: (COLORS["red"], "^"),
    3: (COLORS["green"], "D"),
}
_OTHER = (COLORS["purple"], "v")
_FREQUENCY = r"$\nu=-\mathrm{Im}\,\lambda/\eta$"
PUBLISHED_ALEPH = 1e4
"""Where the published power laws are read off, within their window."""


def draw(
    spectrum: pd.DataFrame, lines: pd.DataFrame, diffusion: pd.DataFrame, omega: float, portraits: Sequence[float]
) -> Figure:
    """Return the figure: one panel an aleph, eigenvalues of charge k filled and of charge -k hollow; the limits below.

    Takes the tables torus_liouvillian, torus_lines and torus_diffusion. Lines of the classical torus at ``omega`` stand
    as ticks on the upper edge; the spectrum that linear noise gives for large aleph is below, with the published gaps,
    and beside it that of the limit cycle whose omega is nearest to the first of ``portraits``.
    """
    alephs = shown_alephs(spectrum)
    classical = lines[np.isclose(lines["omega"], omega)]
    sectors = sorted(spectrum["sector"].unique())
    with journal_style():
        figure = new_figure(DOUBLE_COLUMN, 5.4)
        width = 0.92 / len(alephs)
        lowest = -1.05 * float(-spectrum.loc[spectrum["aleph"] == alephs[-1], "eigenvalue_real"].min())
        lowest = min(lowest, -1.5)
        for panel, aleph in enumerate(alephs):
            axes = figure.add_axes((0.07 + panel * width, 0.545, width - 0.012, 0.375))
            shown = spectrum[spectrum["aleph"] == aleph]
            for sector in sectors:
                part = shown[shown["sector"] == sector]
                _draw_pairs(axes, -part["eigenvalue_imag"], part["eigenvalue_real"], sector)
                for frequency in classical.loc[
                    (classical["sector"] == sector) & (classical["m"].abs() <= 2), "frequency"
                ]:
                    color = SECTOR_STYLES.get(sector, _OTHER)[0]
                    axes.plot([frequency] * 2, [0.955, 1.0], color=color, linewidth=0.9, transform=_mixed(axes))
            _mark_zero(axes)
            axes.set(xlim=(-3.3, 3.3), ylim=(lowest, 0.12), xlabel=_FREQUENCY)
            _name_slowest(axes, shown)
            axes.set_title(aleph_label(aleph), pad=3)
            if panel:
                axes.tick_params(labelleft=False)
            else:
                axes.set_ylabel(r"$\mathrm{Re}\,\lambda/\eta$", labelpad=1)
            label_panel(axes, panel)
        limit = figure.add_axes((0.07, 0.085, 0.44, 0.335))
        _draw_torus_limit(limit, classical)
        limit.set_title(rf"limit torus, $\omega = {omega:g}\,\eta$, $\aleph\to\infty$", pad=3)
        limit.set_ylabel(r"$\aleph\,\mathrm{Re}\,\lambda/\eta$", labelpad=1)
        label_panel(limit, len(alephs))
        cycle = figure.add_axes((0.58, 0.085, 0.405, 0.335))
        _draw_cycle_limit(cycle, diffusion, portraits, sectors)
        label_panel(cycle, len(alephs) + 1)
        handles = [
            Line2D([], [], linestyle="none", marker=marker, color=color, markersize=4, label=f"$k={sector}$")
            for sector in sectors
            for color, marker in [SECTOR_STYLES.get(sector, _OTHER)]
        ]
        handles.append(Line2D([], [], linestyle="none", marker="s", color="0.3", markerfacecolor="white", label="$-k$"))
        handles.append(Line2D([], [], linestyle="none", marker="|", color="0.3", label="classical, $|m|\\leq 2$"))
        handles.append(Line2D([], [], linestyle="none", marker="*", markersize=8, color="black", label="published"))
        figure.legend(handles=handles, ncols=len(handles), loc="upper center", columnspacing=1.0, handletextpad=0.3)
    return figure


def _draw_pairs(axes: Axes, frequencies: pd.Series, rates: pd.Series, sector: int) -> None:
    """Draw eigenvalues of a charge filled, and hollow their complex conjugates, those of the opposite charge."""
    color, marker = SECTOR_STYLES.get(sector, _OTHER)
    style: dict[str, Any] = {"linestyle": "none", "marker": marker, "markersize": 3.6, "color": color}
    axes.plot(frequencies, rates, **style)
    if sector:
        hollow: dict[str, Any] = {"markerfacecolor": "white", "markeredgewidth": 0.7, "zorder": 1.5}
        axes.plot(-frequencies, rates, **style | hollow)


def _mark_zero(axes: Axes) -> None:
    """Draw the axes of the complex plane, which cross at the steady state's eigenvalue zero."""
    axes.axhline(0, color="0.6", linewidth=0.4, zorder=0)
    axes.axvline(0, color="0.6", linewidth=0.4, zorder=0)


# Sides of a mark on which its name may stand: shift of the text in points, and how it is set.
_SIDES = (((4, 0), ("left", "center")), ((-4, 0), ("right", "center")), ((0, -3), ("center", "top")))
_WIDTH, _HEIGHT = 19.0, 6.5
"""Size of a name in points."""


def _name(axes: Axes, frequency: float, rate: float, sector: int, m: int, side: tuple[Any, Any] | None = None) -> None:
    # Lines of different charge come near each other: unless a side is given each charge has its names on another.
    shift, align = side or _SIDES[min(sector, 3) - 1]
    axes.annotate(
        f"({sector}, {m})".replace("-", "\N{MINUS SIGN}"), (frequency, rate), xytext=shift,
        textcoords="offset points", fontsize=6.5, ha=align[0], va=align[1],
    )  # fmt: skip


def _name_slowest(axes: Axes, shown: pd.DataFrame) -> None:
    """Name the slowest eigenvalue of each charge that has a line (k, m), where there is room for its name."""
    named = shown[(shown["sector"] > 0) & shown["m"].notna()].sort_values("eigenvalue_real", ascending=False)
    rates = np.tile(shown["eigenvalue_real"], 2)
    frequencies = np.concatenate([-shown["eigenvalue_imag"], shown["eigenvalue_imag"]])
    taken = _on_page(axes, np.column_stack([frequencies, rates]))
    left, low = _on_page(axes, np.array([[axes.get_xlim()[0], axes.get_ylim()[0]]]))[0]
    # The ticks of the classical lines hang from the upper edge.
    right, high = _on_page(axes, np.array([[axes.get_xlim()[1], axes.get_ylim()[1]]]))[0] - (0.0, 7.0)
    for row in named.drop_duplicates("sector").itertuples():
        place = (-row.eigenvalue_imag, row.eigenvalue_real)
        for side in _SIDES:
            (dx, dy), (across, _) = side
            middle = _on_page(axes, np.array([place]))[0] + (dx, dy)
            middle += {"left": (_WIDTH / 2, 0), "right": (-_WIDTH / 2, 0), "center": (0, -_HEIGHT / 2)}[across]
            inside = left < middle[0] - _WIDTH / 2 and middle[0] + _WIDTH / 2 < right
            inside &= low + 4 < middle[1] - _HEIGHT / 2 and middle[1] + _HEIGHT / 2 < high
            met = (np.abs(taken - middle) < (_WIDTH / 2 + 2, _HEIGHT / 2 + 2)).all(axis=1)
            if inside and not met.any():
                _name(axes, *place, int(row.sector), int(row.m), side)
                taken = np.vstack([taken, middle + np.array([[-_WIDTH / 3, 0], [0, 0], [_WIDTH / 3, 0]])])
                break


def _on_page(axes: Axes, places: np.ndarray) -> np.ndarray:
    """Return places of a panel whose limits are set, in points of the page."""
    return axes.transData.transform(places) * 72.0 / axes.figure.dpi


def _draw_torus_limit(axes: Axes, classical: pd.DataFrame) -> None:
    """Draw the spectrum that linear noise gives for large aleph, and what the published gaps make of it."""
    known = classical.dropna(subset="linear_gap_times_aleph")
    for sector, part in known.groupby("sector"):
        _draw_pairs(axes, part["frequency"], -part["linear_gap_times_aleph"], int(sector))
    slow = known[known["sector"] > 0].sort_values("linear_gap_times_aleph")
    for row in slow.drop_duplicates("sector").itertuples():
        if (row.sector, row.m) not in LINES:
            _name(axes, row.frequency, -row.linear_gap_times_aleph, int(row.sector), int(row.m))
    depth = 0.0
    for line, (prefactor, exponent, _) in zip(LINES, PUBLISHED, strict=True):
        value = -prefactor * PUBLISHED_ALEPH ** (1 - exponent)
        for frequency in known.loc[(known["sector"] == line[0]) & (known["m"] == line[1]), "frequency"]:
            for sign in (1, -1):
                axes.plot(sign * frequency, value, marker="*", markersize=8, color="black", linestyle="none", zorder=1)
            _name(axes, frequency, value, *line)
        depth = min(depth, value)
    axes.plot(0, 0, marker="o", markersize=3.6, color=SECTOR_STYLES[0][0])
    _mark_zero(axes)
    axes.set(xlim=(-3.3, 3.3), ylim=(4.2 * depth, -0.35 * depth), xlabel=_FREQUENCY)
    if known.empty:
        axes.text(0.5, 0.3, "no lines of linear noise", transform=axes.transAxes, ha="center")


def _draw_cycle_limit(axes: Axes, diffusion: pd.DataFrame, portraits: Sequence[float], sectors: Sequence[int]) -> None:
    """Draw the spectrum of a limit cycle for large aleph: one phase diffuses, a parabola over the charge."""
    cycles = diffusion[(diffusion["attractor"] == "limit_cycle") & (diffusion["method"] == "linear_noise")]
    axes.set_xlabel(_FREQUENCY)
    if cycles.empty or not len(portraits):
        axes.text(0.5, 0.5, "no limit cycle", transform=axes.transAxes, ha="center")
        return
    row = cycles.loc[(cycles["omega"] - portraits[0]).abs().idxmin()]
    for sector in sectors:
        frequency, rate = sector * row["nu_phi"], -(sector**2) * row["d_phi_phi"] / 2
        _draw_pairs(axes, np.array([frequency]), np.array([rate]), sector)
    _mark_zero(axes)
    axes.margins(0.12, 0.15)
    axes.set_title(rf"limit cycle, $\omega = {row['omega']:g}\,\eta$, $\aleph\to\infty$", pad=3)


def shown_alephs(spectrum: pd.DataFrame, count: int = 4) -> list[float]:
    """Return up to ``count`` alephs that all sectors have, in about equal ratios."""
    common = set.intersection(*(set(part["aleph"]) for _, part in spectrum.groupby("sector")))
    values = np.array(sorted(common))
    if len(values) <= count:
        return values.tolist()
    wanted = np.geomspace(max(values[0], 1.0), values[-1], count)
    return sorted({float(values[np.abs(np.log(values / each)).argmin()]) for each in wanted})


def _mixed(axes: Axes) -> Transform:
    from matplotlib.transforms import blended_transform_factory

    return blended_transform_factory(axes.transData, axes.transAxes)
