"""Chain figure 4: temperature, chemical potential and entropy along the chaotic chain, and the sizes of its domains."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter
from matplotlib.typing import ColorType

from openkerr.figures.chain_panels import case_rows, draw_profile
from openkerr.figures.style import COLORS, DOUBLE_COLUMN, journal_style, label_panel, new_figure, ordered_looks

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["draw"]

PAPER = "chain"
TITLE = "Chain figure 4: temperature, chemical potential and entropy along the chaotic chain"
INPUTS = (
    "chain_thermometry",
    "chain_entropy",
    "chain_local_equilibrium",
    "chain_domains",
    "chain_domain_scaling",
)
SETTINGS = {"model": "chain.model", "thermodynamics": "chain.thermodynamics"}
DRAWN = {
    "length": "thermodynamics.shown.length",
    "drive_amplitudes": "thermodynamics.shown.drive_amplitudes",
    "scaling_drive": "thermodynamics.shown.scaling_drive",
}

_STYLES: dict[str, tuple[str, Any]] = {
    "gibbs": ("Gibbs", "-"),
    "two_photon": ("two-photon", (0, (4, 1.5))),
    "scully_lamb": ("Scully-Lamb", (0, (1, 1.2))),
}
_DOMAINS = {"nonsymmetric": ("orange", "s"), "prethermal": ("blue", "o"), "thermal": ("red", "^")}
_RULES: dict[str, tuple[str, str | tuple, str | None]] = {
    "chemical_potential": ("-", "-", None),
    "temperature": ("--", (0, (3, 2)), "white"),
}


def draw(
    thermometry: pd.DataFrame,
    entropy: pd.DataFrame,
    equilibrium: pd.DataFrame,
    domains: pd.DataFrame,
    scaling: pd.DataFrame,
    *,
    length: int,
    drive_amplitudes: Sequence[float],
    scaling_drive: float,
) -> Figure:
    """Return the figure: (a) T, (b) mu, (c) mu/T by three models, (d) entropy, (e) domains, (f) 1/T two ways.

    Takes the tables chain_thermometry, chain_entropy, chain_local_equilibrium, chain_domains and chain_domain_scaling.
    Raises ValueError if they lack a case.
    """
    with journal_style():
        figure = new_figure(DOUBLE_COLUMN, 4.9)
        panels = figure.subplots(
            2,
            3,
            gridspec_kw={"left": 0.08, "right": 0.99, "bottom": 0.085, "top": 0.955, "wspace": 0.36, "hspace": 0.33},
        )
        heat, potential, ratio, disorder, sizes, both = panels.flat
        looks = ordered_looks(drive_amplitudes)
        for drive in sorted(drive_amplitudes):
            case, color = {"length": length, "drive_amplitude": drive}, looks[drive]["color"]
            label = rf"$F = {drive:g}\gamma$"
            fits = thermometry[thermometry["estimator"] == "maximum_likelihood"]
            gibbs = case_rows(fits, **case, model="gibbs")
            _draw_signed(heat, gibbs, color, "temperature", label)
            _draw_signed(potential, gibbs, color, "chemical_potential")
            for model, (_, style) in _STYLES.items():
                draw_profile(ratio, case_rows(fits, **case, model=model), "mu_over_t", color, linestyle=style)
            draw_profile(disorder, case_rows(entropy, **case), "entropy", color)
            draw_profile(both, gibbs, "inverse_temperature", color)
            draw_profile(both, case_rows(equilibrium, **case), "inverse_temperature", color, linestyle=(0, (4, 1.5)))
        heat.set_yscale("log")
        heat.yaxis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))
        heat.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
        heat.yaxis.set_minor_formatter(NullFormatter())
        heat.set_ylabel(r"temperature $|T_l| / \gamma$")
        heat.legend(loc="best", fontsize=7.5)
        potential.set_yscale("symlog", linthresh=10.0)
        potential.set_yticks([-100.0, -10.0, 0.0, 10.0, 100.0])
        potential.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
        potential.set_ylabel(r"chemical potential $\mu_l / \gamma$")
        ratio.set_ylabel(r"$\mu_l / T_l$")
        lines = [Line2D([], [], color="0.2", linestyle=style, label=label) for label, style in _STYLES.values()]
        ratio.legend(handles=lines, loc="best", fontsize=7.5)
        disorder.set_ylabel("Wigner entropy $S_l$")
        both.set_ylabel(r"$1 / T_l\ (1/\gamma)$")
        lines = [
            Line2D([], [], color="0.2", linestyle="-", label="one site"),
            Line2D([], [], color="0.2", linestyle=(0, (4, 1.5)), label="with hopping"),
        ]
        both.legend(handles=lines, loc="best", fontsize=7.5)
        for axes in (potential, ratio, both):
            axes.axhline(0.0, color="0.5", linewidth=0.5, zorder=1)
        for axes in (heat, potential, ratio, disorder, both):
            axes.set_xlabel("site $l$")
            axes.set_xlim(0, length + 1)
        _draw_sizes(sizes, domains, scaling, scaling_drive)
        for index, axes in enumerate(panels.flat):
            label_panel(axes, index)
    return figure


def _draw_signed(axes: Axes, rows: pd.DataFrame, color: ColorType, name: str, label: str | None = None) -> None:
    """Draw an estimate against the site: a line where T > 0, points where T is negative; of T itself the modulus."""
    site, positive = rows["site"].to_numpy(), (rows["temperature"] > 0).to_numpy()
    value = rows[name].abs().to_numpy() if name == "temperature" else rows[name].to_numpy()
    axes.plot(site, np.where(positive, value, np.nan), color=color, label=label)
    axes.plot(site[~positive], value[~positive], "o", color=color, markersize=1.8, markerfacecolor="white",
              markeredgewidth=0.5)  # fmt: skip


def _draw_sizes(axes: Axes, domains: pd.DataFrame, scaling: pd.DataFrame, drive: float) -> None:
    """Draw the sizes of the domains against the length, with straight lines where there are any."""
    chosen = domains[domains["drive_amplitude"] == drive]
    lines = scaling[scaling["drive_amplitude"] == drive].set_index(["rule", "domain"])
    for rule, (_, style, face) in _RULES.items():
        for domain, (name, marker) in _DOMAINS.items():
            if rule == "temperature" and domain == "nonsymmetric":
                continue
            rows = chosen[(chosen["rule"] == rule) & (chosen["domain"] == domain)].sort_values("length")
            color = COLORS[name]
            axes.errorbar(
                rows["length"], rows["size"], rows["size_stderr"], fmt=marker, color=color, elinewidth=0.6,
                markerfacecolor=face or color, markeredgewidth=0.6,
                label=domain if rule == "chemical_potential" else None,
            )  # fmt: skip
            if (rule, domain) in lines.index:
                ends = np.array([rows["length"].min(), rows["length"].max()])
                line = lines.loc[(rule, domain)]
                axes.plot(ends, line["intercept"] + line["slope"] * ends, color=color, linestyle=style, linewidth=0.7)
    axes.set_xlabel("chain length $L$")
    axes.set_ylabel("size of domain (sites)")
    axes.set_title(rf"$F = {drive:g}\gamma$", loc="right", pad=3, fontsize=8.5)
    axes.set_ylim(bottom=0.0)
    axes.legend(loc="upper left", fontsize=7.5)
