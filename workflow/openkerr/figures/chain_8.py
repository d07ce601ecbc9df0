"""Chain figure 8: out-of-time-order correlators: light cones, growth, saturation and rates."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import QuadMesh
from matplotlib.figure import Figure

from openkerr.figures.style import (
    COLORS,
    DOUBLE_COLUMN,
    NothingToDraw,
    journal_style,
    label_panel,
    new_figure,
    ordered_looks,
)

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

__all__ = ["draw"]

PAPER = "chain"
TITLE = "Chain figure 8: out-of-time-order correlators"
INPUTS = ("chain_otoc", "chain_otoc_growth", "chain_otoc_rates")
SETTINGS = {"model": "chain.model", "otoc": "chain.otoc"}

_FLOOR = 1e-16
# Relative standard error below which a rate is drawn.
_RESOLVED = 0.5
_BOX = {"facecolor": "white", "edgecolor": "none", "alpha": 0.85, "pad": 1.5}


def draw(cones: xr.Dataset, growth: xr.Dataset, rates: pd.DataFrame) -> Figure:
    """Return the figure of two drives, the chaotic one and that of the wave, and the rates of all drives.

    Takes the grids chain_otoc and chain_otoc_growth and the table chain_otoc_rates; all for the chain of most drives.
    """
    length = _chosen_length(rates)
    rates = rates[rates["length"] == length]
    drives = sorted(rates["drive_amplitude"].unique())
    shown = _chosen(drives)
    with journal_style():
        figure = new_figure(DOUBLE_COLUMN, 7.4)
        grid = figure.subplots(
            3,
            2,
            gridspec_kw={
                "left": 0.085, "right": 0.985, "bottom": 0.06, "top": 0.965, "wspace": 0.24, "hspace": 0.36,
                "height_ratios": [1.15, 1.0, 1.0],
            },
        )  # fmt: skip
        *_, image = (_draw_cone(axes, cones, rates, length, drive) for axes, drive in zip(grid[0], shown, strict=False))
        bar = figure.colorbar(image, ax=list(grid[0]), pad=0.015, aspect=18, extend="min")
        bar.set_label(r"$\log_{10} D_{1,l}$")
        for axes, drive in zip(grid[1], shown, strict=False):
            _draw_growth(axes, growth, rates, length, drive)
        for axes in grid[:2, len(shown) :].flat:
            axes.set(xticks=[], yticks=[])
            axes.text(0.5, 0.5, "no other drive was run", transform=axes.transAxes, ha="center", va="center")
        _draw_saturation(grid[2, 0], rates)
        _draw_rates(grid[2, 1], rates)
        for index, axes in enumerate(grid.flat):
            label_panel(axes, index)
    return figure


def _chosen_length(rates: pd.DataFrame) -> int:
    """The length of most drives, of several the longest."""
    counts = rates.groupby("length")["drive_amplitude"].nunique()
    if counts.empty:
        raise NothingToDraw("no out-of-time-order correlator was followed: the table chain_otoc_rates has no rows")
    return int(max(counts.index, key=lambda length: (counts[length], length)))


def _chosen(drives: list[float]) -> list[float]:
    """The drives that are drawn: those nearest to 8, in the chaotic regime, and to 10.5, in the wave."""
    chaotic = min(drives, key=lambda drive: abs(drive - 8.0))
    rest = [drive for drive in drives if drive != chaotic]
    return [chaotic, *sorted(rest, key=lambda drive: abs(drive - 10.5))[:1]]


def _runs(grid: xr.Dataset, length: int, drive: float, source: int) -> xr.Dataset:
    """Runs of one chain, drive and source, by angle."""
    wanted = (grid["length"] == length) & (np.abs(grid["drive_amplitude"] - drive) < 1e-9) & (grid["source"] == source)
    found = grid.isel(run=np.nonzero(wanted.values)[0])
    return found.isel(run=np.argsort(found["angle"].values))


def _title(axes: Axes, drive: float, length: int) -> None:
    axes.set_title(rf"$F = {drive:g}\gamma$, $L = {length}$", loc="right", pad=4)


def _draw_cone(axes: Axes, cones: xr.Dataset, rates: pd.DataFrame, length: int, drive: float) -> QuadMesh:
    """Draw D over site and time after a rotation at site 1, the edge of its light cone and the butterfly line."""
    run = _runs(cones, length, drive, 1).isel(run=0).sel(site=slice(1, length))
    time, site = run["time"].values, run["site"].values
    kept = np.isfinite(time)
    time = time[kept]
    shown = time <= _cone_end(rates, length, drive, time)
    otoc = np.log10(np.maximum(run["otoc"].values[:, kept][:, shown], _FLOOR))
    image = axes.pcolormesh(
        time[shown], site, otoc, cmap="cividis", vmin=-12, vmax=0, shading="nearest", rasterized=True
    )
    row = rates[(rates["drive_amplitude"] == drive) & (rates["source"] == 1)].sort_values("angle")
    row = row[np.isclose(row["angle"], float(run["angle"]))]
    lines = []
    for name, symbol, style in (("light_cone", "c", "--"), ("butterfly", "B", ":")):
        if not len(row) or not np.isfinite(row[f"{name}_velocity"].iloc[0]):
            continue
        velocity = row[f"{name}_velocity"].iloc[0]
        error = np.hypot(row[f"{name}_velocity_stderr"].iloc[0], row[f"{name}_velocity_systematic"].iloc[0])
        # A ray of the butterfly velocity starts at the turn itself.
        start = row["front_start"].iloc[0] if name == "light_cone" else 0.0
        axes.plot(start + (site - 1) / velocity, site, color="white", linestyle=style, linewidth=1.0)
        lines.append(rf"$v_{symbol} = {velocity:.2f} \pm {max(error, 0.005):.2f}$")
    if lines:
        axes.annotate(
            "\n".join(lines), (0.97, 0.06), xycoords="axes fraction", ha="right", va="bottom", fontsize=8, bbox=_BOX
        )
    axes.set_xlim(0, time[shown][-1])
    axes.set_xlabel(r"$\gamma\tau$")
    axes.set_ylabel("site $l$")
    _title(axes, drive, length)
    axes.annotate(
        rf"$\epsilon = {_power(float(run['angle']))}$", (0.03, 0.94), xycoords="axes fraction", ha="left", va="top",
        fontsize=8, bbox=_BOX,
    )  # fmt: skip
    return image


def _cone_end(rates: pd.DataFrame, length: int, drive: float, time: np.ndarray) -> float:
    """Time that shows the cone: one and a half passages of the chain at two sites per unit of time."""
    return min(float(time[-1]), max(0.75 * length, 10.0))


def _draw_growth(axes: Axes, growth: xr.Dataset, rates: pd.DataFrame, length: int, drive: float) -> None:
    """Draw <D> (solid) and exp<ln D> (dashed) at the last site for every angle, rotated at the first."""
    runs = _runs(growth, length, drive, 1)
    least = np.inf
    # An angle has the same colour in both panels, whether or not the other has it.
    colors = {angle: look["color"] for angle, look in ordered_looks(_angles(growth)).items()}
    for k in range(runs.sizes["run"]):
        run = runs.isel(run=k)
        place = int(np.nonzero(run["site"].values == length)[0][0])
        time, angle = run["time"].values, float(run["angle"])
        kept = np.isfinite(time)
        mean, typical = run["otoc"].values[place][kept], np.exp(run["log_otoc"].values[place][kept])
        label, color = rf"$\epsilon = {_power(angle)}$", colors[_rounded(angle)]
        axes.plot(time[kept], np.maximum(mean, 1e-34), color=color, label=label, linewidth=0.9)
        axes.plot(time[kept], typical, color=color, linestyle=(0, (2, 1.2)), linewidth=0.8)
        least = min(least, 0.5 * angle**2)
    rows = rates[(rates["drive_amplitude"] == drive) & (rates["source"] == 1)]
    value = rows["saturation_independent"].iloc[0]
    axes.axhline(value, color="0.35", linewidth=0.7, linestyle=(0, (5, 3)))
    axes.set_yscale("log")
    end = rows["final_time"].iloc[0]
    exponent = rows["lyapunov_rate"].iloc[0]
    if np.isfinite(exponent) and exponent > 0:
        end = min(end, 1.15 * (np.log(1.0 / least) / (2 * exponent) + length / 3.0) + 5.0)
        _draw_slope(axes, exponent, least, end)
    axes.set_xlim(0, end)
    axes.set_ylim(1e-3 * least, 30)
    axes.set_xlabel(r"$\gamma\tau$")
    axes.set_ylabel(r"$D_{1,L}$")
    axes.legend(loc="lower right", fontsize=7, ncols=2, columnspacing=1.0, handlelength=1.2)
    _title(axes, drive, length)


def _draw_slope(axes: Axes, exponent: float, least: float, end: float) -> None:
    """Draw the growth of D at twice the largest Lyapunov exponent, beside the curves."""
    height = 0.4 * np.log(1.0 / least)
    t = np.array([0.0, height / (2 * exponent)]) + 0.02 * end
    low = np.exp(np.log(least) + 0.45 * np.log(1.0 / least))
    growth = low * np.exp(2 * exponent * (t - t[0]))
    axes.plot(t, growth, color="black", linewidth=1.2, label=r"$e^{2\lambda_1\tau}$")


def _draw_saturation(axes: Axes, rates: pd.DataFrame) -> None:
    """Draw saturated D at the last site against the drive, and that of independent trajectories."""
    first = rates[rates["source"] == 1].sort_values(["drive_amplitude", "angle"])
    one = first.drop_duplicates("drive_amplitude")
    axes.errorbar(
        one["drive_amplitude"], one["saturation_independent"], one["saturation_independent_stderr"], fmt="_",
        color="black", markersize=12, markeredgewidth=1.0, label="independent trajectories", zorder=1,
    )  # fmt: skip
    # One within the other at the drive itself: three sources that agree are seen as three.
    marks = {"source": ("o", 2.4), "middle": ("s", 5.0), "last": ("^", 8.0)}
    for (name, (mark, size)), color in zip(marks.items(), ("blue", "green", "red"), strict=True):
        rows = rates[rates["source"] == _place(name, int(rates["length"].iloc[0]))]
        smallest = rows.sort_values("angle").drop_duplicates("drive_amplitude", keep="last")
        settled = (smallest["saturation_drift"].abs() < 4.0).to_numpy()
        for chosen, face in ((settled, COLORS[color] if name == "source" else "none"), (~settled, "white")):
            part = smallest[chosen]
            # What still moves is pale, whatever its mark.
            axes.errorbar(
                part["drive_amplitude"], part["saturation"], part["saturation_stderr"], fmt=mark, color=COLORS[color],
                markerfacecolor=face, markersize=size, markeredgewidth=0.8, alpha=1.0 if face != "white" else 0.45,
                label=f"source {_place_name(name)}" if face != "white" else None,
            )  # fmt: skip
    axes.set_yscale("log")
    axes.set_ylim(min(0.02, 0.5 * rates["saturation"].clip(lower=1e-6).min()), 2.5)
    _widen(axes, rates)
    axes.set_xlabel(r"$F/\gamma$")
    axes.set_ylabel(r"$D_{j,L}(\infty)$")
    axes.legend(loc="lower center", fontsize=7)


def _place(name: str, length: int) -> int:
    return {"source": 1, "middle": length // 2, "last": length}[name]


def _place_name(name: str) -> str:
    return {"source": "$1$", "middle": "$L/2$", "last": "$L$"}[name]


def _draw_rates(axes: Axes, rates: pd.DataFrame) -> None:
    """Draw growth rates of D, of all sources at the smallest angle, beside twice the largest exponent."""
    rows = rates.sort_values("angle").drop_duplicates(["drive_amplitude", "source"])
    one = rows.drop_duplicates("drive_amplitude").sort_values("drive_amplitude")
    exponent_error = np.hypot(one["lyapunov_rate_stderr"], one["lyapunov_rate_systematic"])
    axes.errorbar(
        one["drive_amplitude"], 2 * one["lyapunov_rate"], 2 * exponent_error, fmt="_", color="black",
        markersize=12, markeredgewidth=1.0, label=r"$2\lambda_1$", zorder=1,
    )  # fmt: skip
    typical = np.hypot(rows["growth_rate_typical_stderr"], rows["growth_rate_typical_systematic"])
    shown = {
        "typical growth of $D$": ("o", "blue", 3.0, rows, "growth_rate_typical", typical),
        r"$\langle D\rangle$ while the sample holds it": (
            "D", "green", 5.5, rows, "growth_rate_mean", rows["growth_rate_mean_stderr"],
        ),
        "annealed, $L(2)$": (
            "^", "red", 8.0, one, "growth_rate_annealed", one["growth_rate_annealed_stderr"],
        ),
    }  # fmt: skip
    drawn = [2 * one["lyapunov_rate"]]
    for label, (mark, color, size, table, column, error) in shown.items():
        resolved = error < _RESOLVED * table[column]
        if not resolved.any():
            continue
        drawn.append(table.loc[resolved, column])
        axes.errorbar(
            table.loc[resolved, "drive_amplitude"], table.loc[resolved, column], error[resolved], fmt=mark,
            color=COLORS[color], label=label, markersize=size, markerfacecolor="none", markeredgewidth=0.8,
        )  # fmt: skip
    positive = np.concatenate(drawn)
    positive = positive[positive > 0]
    if len(positive):
        axes.set_yscale("log")
        axes.set_ylim(0.5 * positive.min(), 4.0 * positive.max())
    _widen(axes, rates)
    axes.set_xlabel(r"$F/\gamma$")
    axes.set_ylabel(r"rate of $D$ $(\gamma)$")
    axes.legend(loc="lower center", fontsize=7)


def _widen(axes: Axes, rates: pd.DataFrame) -> None:
    """Leave room beside the first and last drive."""
    drives = rates["drive_amplitude"]
    axes.set_xlim(drives.min() - 0.7, drives.max() + 0.7)


def _rounded(value: float) -> float:
    """Return an angle as it was set: grids hold single precision."""
    return float(f"{value:.6g}")


def _angles(grid: xr.Dataset) -> list[float]:
    return sorted({_rounded(float(angle)) for angle in grid["angle"].values})


def _power(value: float) -> str:
    value = _rounded(value)
    exponent = int(np.floor(np.log10(value) + 1e-9))
    mantissa = round(value / 10.0**exponent, 4)
    return rf"10^{{{exponent}}}" if mantissa == 1 else rf"{mantissa:g} \times 10^{{{exponent}}}"
