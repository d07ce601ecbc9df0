"""Chain figure 19: intrinsic loss in the chaotic regime and in the resonant nonlinear wave."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.figure import Figure

from openkerr.figures.chain_panels import case_rows, draw_profile, draw_wigner, panel_of, wigner_bar, wigner_limit
from openkerr.figures.style import DOUBLE_COLUMN, journal_style, label_panel, new_figure, ordered_colors

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

__all__ = ["draw"]

PAPER = "chain"
TITLE = "Chain figure 19: intrinsic loss in the chaotic regime and in the resonant nonlinear wave"
INPUTS = ("chain_profiles", "chain_wigner")
SETTINGS = {"model": "chain.model", "ensembles": "chain.ensembles"}
DRAWN = {
    "length": "ensembles.shown.loss_length",
    "drive_amplitudes": "ensembles.shown.loss_drives",
    "loss_rates": "ensembles.shown.loss_rates",
    "site": "ensembles.shown.loss_site",
}

# A half-window difference beyond this many standard errors, at half of the sites, marks a state that still moves.
_STATIONARY = 3.0


def draw(
    profiles: pd.DataFrame,
    wigner: xr.Dataset,
    *,
    length: int,
    drive_amplitudes: Sequence[float],
    loss_rates: Sequence[float],
    site: int,
) -> Figure:
    """Return the figure: a row a drive, photon numbers for all loss rates and Wigner functions of one site for some.

    Takes the table chain_profiles and the grid chain_wigner. Raises ValueError if they lack a case.
    """
    n_maps = len(loss_rates)
    with journal_style():
        figure = new_figure(DOUBLE_COLUMN, 4.3)
        # Between the profiles and the maps a narrow column that is not drawn, for the label of the maps.
        every = figure.subplots(
            2,
            2 + n_maps,
            gridspec_kw={
                "left": 0.07,
                "right": 0.915,
                "bottom": 0.095,
                "top": 0.935,
                "wspace": 0.12,
                "hspace": 0.32,
                "width_ratios": [1.75, 0.2, *[1.0] * n_maps],
            },
        )
        for axes in every[:, 1]:
            axes.remove()
        grid = np.delete(every, 1, axis=1)
        for row, drive in zip(grid, drive_amplitudes, strict=True):
            case = {"length": length, "drive_amplitude": drive, "method": "twa"}
            losses = sorted(case_rows(profiles, **case)["loss"].unique())
            # From dark to light with the loss: the order is seen in print without colour as well.
            for loss, color in zip(losses, ordered_colors(len(losses)), strict=True):
                rows = case_rows(profiles, **case, loss=loss)
                moving = rows["stationarity"].abs().median() > _STATIONARY
                style = {"linestyle": "--"} if moving else {}
                draw_profile(row[0], rows, "photon_number", color, f"{loss:g}", **style)
            row[0].set_ylim(bottom=0.0, top=1.3 * row[0].get_ylim()[1])
            row[0].set_xlim(0, length + 1)
            row[0].set_ylabel("photon number $n_l$")
            row[0].set_title(rf"$F = {drive:g}\gamma$", loc="right", pad=3)
            row[0].legend(
                title=r"$\kappa/\gamma$", loc="upper right", ncols=4, fontsize=6.5, title_fontsize=7.5,
                columnspacing=0.8, handlelength=1.1, handletextpad=0.4, labelspacing=0.2, borderaxespad=0.2,
            )  # fmt: skip
            panels = [panel_of(wigner, **case, loss=loss, site=site) for loss in loss_rates]
            limit = wigner_limit(panels)
            for axes, panel, loss in zip(row[1:], panels, loss_rates, strict=True):
                image = draw_wigner(axes, panel, limit, rf"$\kappa = {loss:g}" + (r"\gamma$" if loss else "$"))
                axes.tick_params(labelleft=axes is row[1])
            row[1].set_ylabel(r"Im $\alpha_l$", labelpad=0)
            wigner_bar(figure, row[-1], image, r"$W / W_\mathrm{max}$")
        for axes in grid[-1]:
            axes.set_xlabel(r"Re $\alpha_l$" if axes is not grid[-1][0] else "site $l$")
        for index, axes in enumerate(grid.flat):
            label_panel(axes, index)
    return figure
