"""What an ensemble of the thermodynamics keeps, as a labelled data set that says of which chain it is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import xarray as xr

from openkerr.models.bose_hubbard_chain import BoseHubbardChain
from openkerr.solvers.sde import Ensemble
from openkerr.studies.chain_ensemble import steady_dataset
from openkerr.studies.chain_thermodynamics.kept import thermal_kept


def thermal_dataset(ensemble: Ensemble, model: BoseHubbardChain, settings: Mapping[str, Any]) -> xr.Dataset:
    """Label the partial sums of an ensemble that keeps `thermal_kept`.

    Parameters
    ----------
    settings : mapping
        As in `openkerr.studies.chain_ensemble.simulate_steady_state`.

    Returns
    -------
    xarray.Dataset
        As `openkerr.studies.chain_ensemble.steady_dataset`; ``signal_site`` and ``signal_kind`` (signal) name what is
        correlated.
    """
    data = steady_dataset(ensemble, model, settings)
    sites, kinds = settings["correlation_sites"], thermal_kept(model.length).signals
    if not len(sites):
        return data
    return data.assign_coords(
        signal_site=("signal", np.tile(sites, len(kinds)), {"units": "sites"}),
        signal_kind=("signal", np.repeat(kinds, len(sites)), {"units": "1"}),
    )
