"""Forward flux sampling of the chain's wave: its coordinate, and what is kept, as a labelled data set."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import xarray as xr

from openkerr.models.bose_hubbard_chain import BoseHubbardChain
from openkerr.solvers.splitting import ForwardFlux


def wave_coordinate(wave: np.ndarray, direction: str, sites: str) -> Callable[[np.ndarray], np.ndarray]:
    """Photon number of some sites over that of the wave, or what is missing: see `openkerr.solvers.splitting`.

    Parameters
    ----------
    wave : (length,)
        Photon numbers of the wave.
    direction : {"arrival", "escape"}
    sites : {"chain", "driven_half"}
    """
    taken = slice(0, len(wave) if sites == "chain" else len(wave) // 2)
    total, vacuum = wave[taken].sum(), 0.5 * len(wave[taken])

    def share(fields: np.ndarray) -> np.ndarray:
        return (np.sum(fields[:, taken].astype(float) ** 2, axis=(0, 1)) - vacuum) / total

    return share if direction == "arrival" else lambda fields: 1.0 - share(fields)


def no_passage() -> ForwardFlux:
    """What stands for the passages of a chain without the wave: no population."""
    none, numbers = np.zeros((0, 0)), np.zeros(0)
    return ForwardFlux(numbers, np.zeros(0, int), numbers, none, numbers, np.zeros((0, 0), int), numbers)


def splitting_dataset(found: ForwardFlux, model: BoseHubbardChain, case: dict[str, Any]) -> xr.Dataset:
    """Label the passages of forward flux sampling: per population and interface, with what names the case."""
    arrays = {
        "flux": (("population",), found.flux, "gamma"),
        "rate": (("population",), found.rate, "gamma"),
        "simulated_time": (("population",), found.simulated_time, "1/gamma"),
        "probability": (("population", "stage"), found.probability, "1"),
        "n_reached": (("population", "stage"), found.n_reached, "1"),
    }
    return xr.Dataset(
        {name: (dims, values, {"units": unit}) for name, (dims, values, unit) in arrays.items()},
        coords=model.coordinates()
        | {name: ((), case[name], {"units": "1"}) for name in ("name", "direction", "sites", "n_trials")}
        | {
            "population": ("population", found.populations),
            "interface": ("interface", found.interfaces, {"units": "1"}),
        },
    )
