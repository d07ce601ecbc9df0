"""What an ensemble of a chain keeps, as a labelled data set that says of which chain it is."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import xarray as xr

from openkerr.models.bose_hubbard_chain import BoseHubbardChain
from openkerr.solvers.ensemble_data import ensemble_dataset
from openkerr.solvers.sde import Ensemble


def chain_dataset(
    ensemble: Ensemble,
    model: BoseHubbardChain,
    *,
    method: str,
    burn_in: float,
    averaging_time: float,
    extent: float,
    wigner_sites: Sequence[int],
    correlation_sites: Sequence[int],
) -> xr.Dataset:
    """Label the partial sums of an ensemble of `openkerr.studies.chain_ensembles.reduction.chain_reduction`.

    Parameters
    ----------
    ensemble, model
        The ensemble and its chain.
    method, burn_in, averaging_time, extent, wigner_sites, correlation_sites
        An entry of ``chain.ensembles.cases``: its field equation, times in 1/gamma, half side of the histograms, and
        sites from 1.

    Returns
    -------
    xarray.Dataset
        As `openkerr.solvers.ensemble_data.ensemble_dataset`, without times and envelopes; scalar coordinates are the
        parameters of the chain, ``method``, ``time_step``, ``burn_in``, ``averaging_time`` and ``extent``;
        ``site_loss_rate`` (mode) holds the loss of every site, ``wigner`` (mode) tells those whose Wigner function is
        drawn, ``signal`` those that are correlated.
    """
    data = ensemble_dataset(ensemble, "1/gamma").drop_vars(["time", "abs2_min", "abs2_max"])
    if len(correlation_sites):
        data = data.assign_coords(signal=("signal", list(correlation_sites)))
    times = (ensemble.grid.time_step, burn_in, averaging_time)
    return data.assign_coords(chain_coordinates(model, method, *times, extent, wigner_sites))


def chain_coordinates(
    model: BoseHubbardChain,
    method: str,
    time_step: float,
    burn_in: float,
    averaging_time: float,
    extent: float,
    wigner_sites: Sequence[int],
) -> dict[str, tuple]:
    """Coordinates that name the chain and the case, see `chain_dataset`."""
    return model.coordinates() | {
        "method": ((), method, {"units": "1"}),
        "time_step": ((), time_step, {"units": "1/gamma"}),
        "burn_in": ((), burn_in, {"units": "1/gamma"}),
        "averaging_time": ((), averaging_time, {"units": "1/gamma"}),
        "extent": ((), extent, {"units": "1"}),
        "site_loss_rate": ("mode", model.site_losses(), {"units": "gamma"}),
        "wigner": ("mode", np.isin(np.arange(1, model.length + 1), wigner_sites), {"units": "1"}),
    }
