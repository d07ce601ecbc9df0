"""What an ensemble of the thermodynamics keeps, as a labelled data set that says of which chain it is."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import xarray as xr

from openkerr.models.bose_hubbard_chain import BoseHubbardChain
from openkerr.solvers.ensemble_data import ensemble_dataset
from openkerr.solvers.sde import Ensemble
from openkerr.studies.chain_thermodynamics.reduction import KINDS


def thermal_dataset(
    ensemble: Ensemble,
    model: BoseHubbardChain,
    *,
    burn_in: float,
    averaging_time: float,
    correlation_sites: Sequence[int],
    extent: float,
) -> xr.Dataset:
    """Label the partial sums of an ensemble of `openkerr.studies.chain_thermodynamics.reduction.thermal_reduction`.

    Parameters
    ----------
    ensemble, model
        The ensemble and its chain.
    burn_in, averaging_time, correlation_sites
        An entry of ``chain.thermodynamics.cases``: its times in 1/gamma, and sites from 1.
    extent
        Half side of the histograms.

    Returns
    -------
    xarray.Dataset
        As `openkerr.solvers.ensemble_data.ensemble_dataset`, without times and envelopes; scalar coordinates are the
        parameters of the chain, ``method``, ``time_step``, ``burn_in``, ``averaging_time`` and ``extent``;
        ``site_loss_rate`` (mode) holds the loss of every site; ``signal_site`` and ``signal_kind`` (signal) name what
        is correlated.
    """
    data = ensemble_dataset(ensemble, "1/gamma").drop_vars(["time", "abs2_min", "abs2_max"])
    if len(correlation_sites):
        data = data.assign_coords(
            signal_site=("signal", np.tile(correlation_sites, len(KINDS)), {"units": "sites"}),
            signal_kind=("signal", np.repeat(KINDS, len(correlation_sites)), {"units": "1"}),
        )
    return data.assign_coords(
        model.coordinates()
        | {
            "method": ((), "twa", {"units": "1"}),
            "time_step": ((), ensemble.grid.time_step, {"units": "1/gamma"}),
            "burn_in": ((), burn_in, {"units": "1/gamma"}),
            "averaging_time": ((), averaging_time, {"units": "1/gamma"}),
            "extent": ((), extent, {"units": "1"}),
            "site_loss_rate": ("mode", model.site_losses(), {"units": "gamma"}),
        }
    )
