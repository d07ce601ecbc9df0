"""What a trapped ion can reach of the two Kerr cavities, and how well one set of lasers keeps to the approximations."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from openkerr.figures.style import COLORS, DOUBLE_COLUMN, journal_style, label_panel, new_figure

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["draw", "largest_ratios", "reach"]

PAPER = "torus"
TITLE = "Torus: what a trapped ion can reach"
INPUTS = ("torus_trapped_ion", "torus_ion_region")
SETTINGS = {"ion": "torus.trapped_ion"}
DRAWN = {"lasers": "ion.lasers"}

HZ = 1000.0
_CURVES = ("sky", "green", "orange", "red", "purple", "blue")
_SIGNS = {
    "g": r"$g$",
    "n": r"$n$",
    "eta_LD^2": r"$\eta_\mathrm{LD}^2$",
    "eta_LD": r"$\eta_\mathrm{LD}$",
    "Omega": r"$\Omega$",
    "|Delta|": r"$|\Delta|$",
    "2 Gamma": r"$2\Gamma$",
    "Gamma": r"$\Gamma$",
    "sqrt(n+1)": r"$\sqrt{n+1}$",
    "sqrt(n)": r"$\sqrt{n}$",
}


def draw(ion: pd.DataFrame, region: pd.DataFrame, lasers: Mapping) -> Figure:
    """Return the figure from the tables torus_trapped_ion and torus_ion_region, and the lasers of the configuration."""
    with journal_style():
        figure = new_figure(DOUBLE_COLUMN, 3.3)
        left = figure.add_axes((0.085, 0.15, 0.42, 0.76))
        right = figure.add_axes((0.79, 0.15, 0.195, 0.76))
        _draw_region(left, ion, region, rf"(b), $\eta_\mathrm{{LD}} = {_lamb_dicke(lasers)}$")
        _draw_ratios(right, ion)
        label_panel(left, 0, x=-0.17)
        label_panel(right, 1, x=-1.3)
    return figure


def reach(region: pd.DataFrame) -> dict[float, float]:
    """Return Lamb-Dicke parameter → greatest aleph with a unit of rates that is allowed and above heating, or 0."""
    good = region[region["largest_unit"] > region["smallest_unit"]]
    ends = good.groupby("lamb_dicke")["aleph"].max()
    return {float(value): float(ends.get(value, 0.0)) for value in sorted(region["lamb_dicke"].unique())}


def largest_ratios(ion: pd.DataFrame) -> pd.DataFrame:
    """Return the ratios, the greater of both modes for each name, greatest first."""
    ratios = ion[ion["kind"] == "ratio"]
    return ratios.loc[ratios.groupby("name")["value"].idxmax()].sort_values("value", ascending=False)


def _lamb_dicke(lasers: Mapping) -> str:
    """Return the Lamb-Dicke parameters of all lasers of a set, as text: one value, or the least and the greatest."""
    values = np.ravel([value for name, value in lasers.items() if name.endswith("lamb_dicke")])
    low, high = values.min(), values.max()
    return f"{low:g}" if low == high else f"{low:g} to {high:g}"


def _draw_region(axes: Axes, ion: pd.DataFrame, region: pd.DataFrame, star: str) -> None:
    effective = ion[(ion["kind"] == "effective") & (ion["mode"] == 0)].set_index("name")["value"]
    floor = HZ * float(region["smallest_unit"].max())
    tops = []
    for color, (lamb_dicke, curve) in zip(_CURVES, region.groupby("lamb_dicke"), strict=False):
        here = curve[curve["largest_unit"] > 0]
        if here.empty:
            continue
        aleph, unit = here["aleph"].to_numpy(), HZ * here["largest_unit"].to_numpy()
        tops.append(unit.max())
        above = np.maximum(unit, floor)
        axes.fill_between(aleph, floor, above, color=COLORS[color], alpha=0.16, linewidth=0)
        axes.plot([*aleph, aleph[-1]], [*unit, 1e-9], color=COLORS[color])
        axes.annotate(
            rf"$\eta_\mathrm{{LD}} = {lamb_dicke:g}$", (aleph[-1], unit[-1]), xytext=(2, 3),
            textcoords="offset points", fontsize=8.0, color="black", ha="center", va="bottom",
        )  # fmt: skip
    top = max([*tops, HZ * effective["unit"]])
    low = min(floor, HZ * effective["unit"]) / 8
    axes.axhspan(low / 10, floor, facecolor=COLORS["grey"], alpha=0.45, linewidth=0)
    axes.axhline(floor, color="black", linewidth=0.8, dashes=(3, 2))
    axes.annotate(
        "below: motional heating", (1, floor), xycoords=("axes fraction", "data"), xytext=(-4, 3),
        textcoords="offset points", fontsize=8.0, ha="right", va="bottom",
    )  # fmt: skip
    axes.plot(effective["aleph"], HZ * effective["unit"], marker="*", markersize=9, color="black", linestyle="none")
    axes.annotate(
        star, (effective["aleph"], HZ * effective["unit"]), xytext=(0, 6), textcoords="offset points",
        fontsize=8.0, ha="center", va="bottom",
    )  # fmt: skip
    axes.set(
        xscale="log", yscale="log", xlim=(region["aleph"].min(), region["aleph"].max()), ylim=(low, 3 * top),
        xlabel=r"$\aleph$", ylabel=r"rate unit $\aleph\,\eta_\mathrm{eff}/(2\pi\tilde\eta)$ (Hz)",
    )  # fmt: skip


def _draw_ratios(axes: Axes, ion: pd.DataFrame) -> None:
    rows = largest_ratios(ion)[::-1]
    limit = float(rows["reference"].iloc[0])
    place = np.arange(len(rows))
    axes.hlines(place, 1e-6, rows["value"], color=COLORS["grey"], linewidth=0.8)
    for mode, marker, color in ((1, "o", "red"), (2, "s", "blue")):
        of_mode = (rows["mode"] == mode).to_numpy()
        axes.plot(
            rows["value"][of_mode], place[of_mode], linestyle="none", marker=marker, color=COLORS[color],
            label=f"mode {mode}",
        )  # fmt: skip
    axes.axvline(limit, color="black", linewidth=0.8, dashes=(3, 2))
    axes.annotate(
        "allowed", (limit, 0.02), xycoords=("data", "axes fraction"), xytext=(-2, 0), textcoords="offset points",
        fontsize=8.0, ha="right", va="bottom",
    )  # fmt: skip
    axes.set(
        xscale="log", xlim=(10 ** np.floor(np.log10(rows["value"].min())), 1), ylim=(-0.7, len(rows) - 0.3),
        xlabel="ratio (greater of both modes)",
    )  # fmt: skip
    axes.set_yticks(place, [_named(name) for name in rows["name"]], fontsize=7.5)
    axes.tick_params(axis="y", left=False, right=False)
    axes.legend(
        loc="lower right", bbox_to_anchor=(1.0, 1.0), ncols=2, fontsize=7.5, handletextpad=0.2, borderaxespad=0.2,
        columnspacing=0.8,
    )  # fmt: skip


def _named(name: str) -> str:
    process, _, ratio = name.partition(" ")
    if process not in ("pump", "loss", "tunneling"):
        return name
    words = " ".join(
        _SIGNS.get(word, word) for word in ratio.replace("/(2 Gamma)", " / 2Gamma").replace("/", " / ").split()
    )
    return f"{process}: {words}".replace("2Gamma", _SIGNS["2 Gamma"])
