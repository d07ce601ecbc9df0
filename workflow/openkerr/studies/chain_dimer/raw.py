"""Exact steady states of the dimer over the drive as a labelled data set."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import xarray as xr

from openkerr.solvers.exact import SpaceCheck

PER_SPACE = {
    "n_states": "size",
    "edge_population": "edge_population",
    "residual": "residual",
    "least_population": "least_population",
    "n_products": "n_products",
}
"""Name of a number of each space -> attribute of `openkerr.solvers.exact.SpaceCheck`."""


def exact_dataset(
    states: Sequence[Sequence[SpaceCheck]], limited: Sequence[bool], drives: Sequence[float], kerr: float
) -> xr.Dataset:
    """What all spaces of all drives gave; a drive that took fewer spaces ends in NaN.

    Parameters
    ----------
    states : sequence of sequences of SpaceCheck
        All spaces of each drive.
    limited : sequence of bool
        Whether memory ended a drive before the tolerance was met.

    Returns
    -------
    xarray.Dataset
        Over ``drive_amplitude``, ``space`` and ``mode`` (from 1): ``photon_number``, ``number_fluctuation``; without
        ``mode`` the names of `PER_SPACE`; ``limited`` of each drive; ``kerr`` as a scalar coordinate.
    """
    n_spaces = max(len(checks) for checks in states)
    shape = (len(states), n_spaces)
    columns = {name: np.full(shape, np.nan) for name in PER_SPACE}
    moments = np.full((2, *shape, 2), np.nan)
    for row, checks in enumerate(states):
        for place, check in enumerate(checks):
            moments[:, row, place] = check.photon_numbers, check.number_fluctuations
            for name, attribute in PER_SPACE.items():
                columns[name][row, place] = getattr(check, attribute)
    dims = ("drive_amplitude", "space")
    return xr.Dataset(
        {
            "photon_number": ((*dims, "mode"), moments[0], {"units": "1"}),
            "number_fluctuation": ((*dims, "mode"), moments[1], {"units": "1"}),
            **{name: (dims, values, {"units": "1"}) for name, values in columns.items()},
            "limited": ("drive_amplitude", np.array(limited, dtype=np.int8), {"units": "1"}),
        },
        coords={
            "drive_amplitude": ("drive_amplitude", np.array(drives, dtype=float), {"units": "gamma"}),
            "space": np.arange(1, n_spaces + 1),
            "mode": [1, 2],
            "kerr": ((), kerr, {"units": "gamma"}),
        },
    )
