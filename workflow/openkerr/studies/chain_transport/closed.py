"""Closed rings of the chain's bulk in equilibrium, and correlations of their currents."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import xarray as xr

from openkerr.analysis.green_kubo import correlate
from openkerr.analysis.schroedinger_equilibrium import Equilibrium
from openkerr.models import bose_hubbard_ring as ring
from openkerr.runtime.checkpoint import Part
from openkerr.solvers.time_grid import TimeGrid, whole_ratio


def ring_correlations(
    state: Equilibrium,
    grid: TimeGrid,
    *,
    hopping: float,
    kerr: float,
    n_sites: int,
    n_sweeps: int,
    lag_time: float,
    seed: int,
    trajectories: range,
    batch_size: int,
    checkpoint: Part | None = None,
    progress: Callable[[int], None] | None = None,
) -> xr.Dataset:
    """Draw rings in equilibrium, let them move, and correlate the sums of their currents.

    Parameters
    ----------
    state : Equilibrium
        The state from which they are drawn.
    grid : TimeGrid
        Step, samples and length of the motion, 1/gamma.
    hopping, kerr : float
        J and U.
    n_sites : int
        Sites of a ring, an even number.
    n_sweeps : int
        Sweeps of Metropolis' rule from a uniform field.
    lag_time : float
        Greatest lag.
    seed, trajectories, batch_size
        Key of the noise, numbers of the rings, and rings of a batch.
    checkpoint, progress
        As in `openkerr.solvers.sde.simulate_ensemble`; progress is told rings.

    Returns
    -------
    xarray.Dataset
        ``correlation`` (batch, lag, current, other), a site; ``photon_number``, ``energy`` (batch), a site, and
        ``energy_change`` (batch), the greatest of a ring from the first to the last sample, a site.
    """
    n_lags = whole_ratio(lag_time, grid.time_step * grid.steps_per_sample, "lag_time", "sampling_interval") + 1
    parts, weights = [], []
    for first in range(trajectories.start, trajectories.stop, batch_size):
        n_lanes = min(batch_size, trajectories.stop - first)
        name = f"rings_{first}_{n_lanes}"
        found = checkpoint.load(name) if checkpoint else None
        if found is None:
            # Whole batches: the rings of a shorter one are the same.
            z = np.zeros((2, n_sites, batch_size))
            z[0] = np.sqrt(state.photon_number + 0.5)
            width = 0.5 * np.sqrt(state.photon_number + 0.5)
            ring.sample(z, state.beta, state.nu, hopping, kerr, state.largest, width, n_sweeps, np.uint64(seed), first)
            before, after = np.empty((2, batch_size)), np.empty((2, batch_size))
            currents = np.empty((grid.n_samples, 2, batch_size))
            ring.conserved(z, hopping, kerr, before)
            ring.advance(z, grid.time_step, grid.n_samples, grid.steps_per_sample, hopping, kerr, currents)
            ring.conserved(z, hopping, kerr, after)
            found = {
                "correlation": correlate(currents[..., :n_lanes], n_lags) / n_sites,
                "conserved": before[:, :n_lanes].mean(axis=1) / n_sites,
                "change": np.abs(after - before)[1, :n_lanes].max() / n_sites,
            }
            if checkpoint:
                checkpoint.offer(name, found, finished=True)
        parts.append(found)
        weights.append(n_lanes)
        if progress is not None:
            progress(n_lanes)
    conserved = np.stack([part["conserved"] for part in parts])
    return xr.Dataset(
        {
            "correlation": (
                ("batch", "lag", "current", "other"),
                np.stack([part["correlation"] for part in parts]),
                {"units": "gamma^2"},
            ),
            "photon_number": (("batch",), conserved[:, 0], {"units": "1"}),
            "energy": (("batch",), conserved[:, 1], {"units": "gamma"}),
            "energy_change": (("batch",), np.array([float(part["change"]) for part in parts]), {"units": "gamma"}),
            "n_valid": (("batch",), np.array(weights), {"units": "1"}),
        },
        coords={
            "batch": ("batch", np.arange(trajectories.start, trajectories.stop, batch_size)),
            "lag": ("lag", grid.times[:n_lags], {"units": "1/gamma"}),
            "current": ("current", ["photon", "energy"]),
            "other": ("other", ["photon", "energy"]),
        },
    )


def ring_dataset(parts: list[xr.Dataset], points: list[Mapping[str, Any]]) -> xr.Dataset:
    """Join the rings of the bonds of some chains, each named by ``length``, ``drive_amplitude``, ``site``."""
    joined = xr.concat(parts, "point", data_vars="all") if parts else xr.Dataset()
    for name, variable in (parts[0].data_vars if parts else {}).items():
        joined[name].attrs.update(variable.attrs)
    return joined.assign_coords(
        {name: ("point", [point[name] for point in points]) for name in ("length", "drive_amplitude", "site")}
    )
