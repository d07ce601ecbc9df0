"""Frequencies of limit cycle and limit torus over omega, their ratio, and the period near the homoclinic point."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from openkerr.figures.style import COLORS, DOUBLE_COLUMN, NothingToDraw, journal_style, label_panel, new_figure
from openkerr.figures.torus_1 import bifurcation_groups

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["attractor_branches", "divergence", "draw", "strongest_order"]

PAPER = "torus"
TITLE = "Torus: frequencies along the branches and their ratio"
INPUTS = ("torus_branches", "torus_bifurcations", "torus_lines", "torus_diffusion")
SETTINGS = {"model": "torus.model", "attractors": "torus.attractors"}

_OBJECTS = _CYCLE, _TORUS = "relative_equilibrium", "relative_periodic_orbit"


def draw(branches: pd.DataFrame, bifurcations: pd.DataFrame, lines: pd.DataFrame, diffusion: pd.DataFrame) -> Figure:
    """Return the figure: both frequencies over omega, ratios of frequencies, divergence of the period.

    Takes the tables torus_branches, torus_bifurcations, torus_lines and torus_diffusion, which has the stable
    attractors at more values of omega. Branches without a stable point are left out. The third panel is empty but for
    a word where no homoclinic point was found. Raises NothingToDraw
    where there is no branch of limit tori.
    """
    shown = attractor_branches(branches)
    torus = shown[shown["object"] == _TORUS]
    if torus.empty:
        raise NothingToDraw("no branch of limit tori: there is one frequency only")
    order = strongest_order(lines)
    low, high = float(shown["omega"].min()), float(shown["omega"].max())
    with journal_style():
        figure = new_figure(DOUBLE_COLUMN, 2.75)
        axes = [figure.add_axes((left, 0.155, 0.25, 0.66)) for left in (0.06, 0.395, 0.735)]
        stable = diffusion[diffusion["method"] == "linear_noise"]
        cycles, tori = (stable[stable["attractor"] == name] for name in ("limit_cycle", "limit_torus"))
        unstable = shown[shown["n_unstable"] != 0]
        for filled, one, two in ((True, cycles, tori), (False, *(unstable[unstable["object"] == o] for o in _OBJECTS))):
            _draw_points(axes[0], one["omega"], one["nu_phi"], COLORS["black"], "o", filled)
            _draw_points(axes[0], two["omega"], two["nu_phi"], COLORS["red"], "s", filled)
            _draw_points(axes[0], two["omega"], two["nu_psi"], COLORS["blue"], "^", filled)
            strongest = two["nu_phi"] + order * two["nu_psi"]
            _draw_points(axes[1], two["omega"], two["nu_phi"] / two["nu_psi"], COLORS["green"], "o", filled)
            _draw_points(axes[1], two["omega"], two["nu_phi"] / strongest, COLORS["orange"], "s", filled)
        axes[0].set(xlabel=r"$\omega/\eta$", ylabel=r"$\nu/\eta$", xlim=(low, high))
        axes[1].set_ylim(*_ratio_limits(torus))
        axes[1].set(xlabel=r"$\omega/\eta$", ylabel="ratio", xlim=(float(torus["omega"].min()) - 0.02, high))
        for panel in axes[:2]:
            panel.axhline(0, color="0.6", linewidth=0.4, zorder=0)
            for value, _ in bifurcation_groups(bifurcations, *panel.get_xlim()):
                panel.axvline(value, color=COLORS["purple"], linewidth=0.8, zorder=0)
        _draw_divergence(axes[2], torus, bifurcations)
        for index, panel in enumerate(axes):
            label_panel(panel, index, x=-0.22)
        _legends(axes, order)
    return figure


def attractor_branches(branches: pd.DataFrame) -> pd.DataFrame:
    """Return the branches that are stable somewhere, ordered along each."""
    stable = branches.loc[branches["n_unstable"] == 0, "branch"].unique()
    return branches[branches["branch"].isin(stable)].sort_values(["branch", "point"])


def strongest_order(lines: pd.DataFrame) -> int:
    """Return the order m of the strongest line of mode 1 but for m = 0; 1 where there is none."""
    sector = lines[(lines["sector"] == 1) & (lines["m"] != 0)]
    return int(sector.loc[sector["amplitude"].idxmax(), "m"]) if len(sector) else 1


def divergence(torus: pd.DataFrame, point: float) -> tuple[np.ndarray, np.ndarray]:
    """Return -ln|omega - point| and the period 2 pi / nu_psi on the part of the branch that ends at the point.

    That is the part after the last stable orbit; all of the branch where every orbit is stable.
    """
    unstable = np.flatnonzero((torus["n_unstable"] != 0).to_numpy())
    part = torus.iloc[unstable[0] :] if len(unstable) else torus
    part = part[part["omega"] != point]
    return -np.log(np.abs(part["omega"].to_numpy() - point)), 2 * np.pi / part["nu_psi"].to_numpy()


def _draw_points(axes: Axes, omega: pd.Series, values: pd.Series, color: str, marker: str, filled: bool) -> None:
    """Draw one quantity at the points that were computed, filled where the attractor is stable."""
    axes.plot(
        omega, values, linestyle="none", marker=marker, markersize=2.2, color=color, markeredgewidth=0.5,
        markerfacecolor=color if filled else "white", zorder=3 if filled else 2,
    )  # fmt: skip


def _ratio_limits(torus: pd.DataFrame) -> tuple[float, float]:
    """Return limits for the ratio that hold its stable part: it grows without bound at a homoclinic point."""
    ratio = (torus["nu_phi"] / torus["nu_psi"])[torus["n_unstable"] == 0]
    margin = 0.1 * max(float(ratio.max() - ratio.min()), 0.1)
    return float(ratio.min()) - margin, float(ratio.max()) + margin


def _draw_divergence(axes: Axes, torus: pd.DataFrame, bifurcations: pd.DataFrame) -> None:
    found = bifurcations[bifurcations["bifurcation"] == "homoclinic"]
    if found.empty:
        axes.text(0.5, 0.5, "no homoclinic point found", transform=axes.transAxes, ha="center", va="center")
        axes.set_axis_off()
        return
    end = found.iloc[0]
    x, period = divergence(torus[torus["branch"] == end["branch"]], float(end["omega"]))
    axes.plot(x, period, linestyle="none", marker="o", markersize=2.6, color=COLORS["blue"], label="orbits")
    if len(x):
        reach = np.array([x.min(), x.max()])
        # Both lines start from the last orbit: only their slopes are of interest.
        for name, label, style in (
            ("rate", "slope 1/rate of the fit", {"color": COLORS["red"]}),
            ("saddle_rate", "slope 1/rate of the saddle", {"color": COLORS["black"], "dashes": (3, 2)}),
        ):
            rate = float(end[name])
            if np.isfinite(rate) and rate > 0:
                axes.plot(
                    reach, period[-1] + (reach - x[-1]) / rate, linewidth=0.9, zorder=1,
                    label=f"{label}, {rate:.4g}$\\,\\eta$", **style,
                )  # fmt: skip
    axes.set(xlabel=r"$-\ln(|\omega-\omega_\mathrm{h}|/\eta)$", ylabel=r"$2\pi\eta/\nu_\psi$")


def _legends(axes: list[Axes], order: int) -> None:
    def handle(color: str, marker: str, text: str, face: str | None = None) -> Line2D:
        return Line2D([], [], linestyle="none", marker=marker, color=color, markerfacecolor=face or color, label=text)

    names: dict[str, Any] = {
        "loc": "lower center",
        "bbox_to_anchor": (0.5, 1.0),
        "borderaxespad": 0.3,
        "columnspacing": 1.0,
    }
    axes[0].legend(
        handles=[
            handle(COLORS["black"], "o", r"$\nu_\varphi$, cycle"),
            handle(COLORS["red"], "s", r"$\nu_\varphi$, torus"),
            handle(COLORS["blue"], "^", r"$\nu_\psi$, torus"),
            handle("0.3", "o", "unstable", "white"),
        ],
        ncols=2,
        **names,
    )
    strongest = f"{order}".replace("-", "\N{MINUS SIGN}")
    axes[1].legend(
        handles=[
            handle(COLORS["green"], "o", r"$\nu_\varphi/\nu_\psi$"),
            handle(COLORS["orange"], "s", rf"$\nu_{{1,0}}/\nu_{{1,{strongest}}}$"),
        ],
        ncols=2,
        **names,
    )
    if axes[2].get_legend_handles_labels()[0]:
        axes[2].legend(fontsize=7.0, **names)
