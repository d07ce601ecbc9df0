"""What an ensemble of a chain keeps, as a labelled data set that says of which chain it is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import xarray as xr

from openkerr.models.base import Method
from openkerr.models.bose_hubbard_chain import BoseHubbardChain
from openkerr.solvers.sde import Ensemble
from openkerr.studies.chain_ensemble import steady_dataset


def chain_dataset(
    ensemble: Ensemble, model: BoseHubbardChain, settings: Mapping[str, Any], method: Method
) -> xr.Dataset:
    """Label the partial sums of an ensemble that keeps `chain_kept`.

    Parameters
    ----------
    settings : mapping
        As in `openkerr.studies.chain_ensemble.simulate_steady_state`, with the ``wigner_sites`` of the case.

    Returns
    -------
    xarray.Dataset
        As `openkerr.studies.chain_ensemble.steady_dataset`; ``wigner`` (mode) tells the sites whose Wigner function is
        drawn, ``signal`` those that are correlated.
    """
    data = steady_dataset(ensemble, model, settings, method)
    if len(settings["correlation_sites"]):
        data = data.assign_coords(signal=("signal", list(settings["correlation_sites"])))
    drawn = np.isin(np.arange(1, model.length + 1), settings["wigner_sites"])
    return data.assign_coords(wigner=("mode", drawn, {"units": "1"}))
