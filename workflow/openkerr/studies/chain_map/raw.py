"""What a scan of steady states keeps of an ensemble, its trajectories and their replicas, as a labelled data set."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import xarray as xr

from openkerr.models.bose_hubbard_chain import BoseHubbardChain
from openkerr.solvers.replicas import Replicas
from openkerr.solvers.sde import Ensemble
from openkerr.solvers.time_grid import TimeGrid, window_bins

MOMENTS = ("abs2", "abs4")
"""Moments that photon statistics take."""


def scan_coordinates(model: BoseHubbardChain, numerics: Mapping[str, Any]) -> dict[str, tuple]:
    """Scalar coordinates that name a scan: the chain without its drive, the step and the times, in 1/gamma."""
    chain = model.coordinates(*(name for name in BoseHubbardChain.model_fields if name != "drive_amplitude"))
    names = ("time_step", "burn_in", "averaging_time")
    return chain | {name: ((), numerics[name], {"units": "1/gamma"}) for name in names}


def watched_sites(length: int) -> list[int]:
    """First, middle and last site of a chain, counted from 1, each once."""
    return sorted({1, length // 2, length})


def whole_run_bins(grid: TimeGrid, burn_in: float, n_windows: int = 8) -> np.ndarray:
    """Windows of a whole run: those of the steady state, and before them windows of about their length.

    Returns
    -------
    int array (n_samples,)
        -1 at the start; then windows up to the time ``burn_in``; then ``n_windows`` (fewer where there are fewer
        samples) to the end.

    Raises
    ------
    ValueError
        If no sample is later than ``burn_in``.
    """
    late = window_bins(grid, burn_in, n_windows)
    first = int(np.argmax(late >= 0))
    if first == 1:
        return late
    n_late = late[-1] + 1
    n_early = min(max(round(n_late * (first - 1) / (grid.n_samples - first)), 1), first - 1)
    bins = np.where(late >= 0, late + n_early, -1)
    bins[1:first] = np.arange(first - 1) * n_early // (first - 1)
    return bins


def steady_state_dataset(ensemble: Ensemble, bins: np.ndarray, sites: Sequence[int], time_unit: str) -> xr.Dataset:
    """Label photon statistics of some sites, and single trajectories of the last one, in windows of the whole run.

    Parameters
    ----------
    ensemble : Ensemble
        With trajectory means of the last site alone.
    bins : int array (n_samples,)
        As the ensemble was given them.
    sites : sequence of int
        Sites that are kept, from 1.

    Returns
    -------
    xarray.Dataset
        ``moments`` (batch, bin, site, moment), ``trajectory_means`` (batch, bin, lane), in single precision,
        ``n_valid`` (batch), ``samples`` (bin); coordinates ``begin`` and ``end`` (bin) of the windows.
    """
    times = ensemble.grid.times
    n_bins = ensemble.samples_per_bin.size
    # A window reaches from the sample before its first to its last, so that windows meet.
    first = np.array([np.argmax(bins == index) for index in range(n_bins)])
    columns = [ensemble.moment_names.index(name) for name in MOMENTS]
    moments = ensemble.moments[:, :, np.array(sites) - 1][..., columns]
    single = ensemble.trajectory_means[:, :, 0].astype(np.float32)
    return xr.Dataset(
        {
            "moments": (("batch", "bin", "site", "moment"), moments, {"units": "1"}),
            "trajectory_means": (("batch", "bin", "lane"), single, {"units": "1"}),
            "n_valid": (("batch",), ensemble.weights, {"units": "1"}),
            "samples": (("bin",), ensemble.samples_per_bin, {"units": "1"}),
        },
        coords={
            "batch": ("batch", ensemble.first_trajectory, {"long_name": "first trajectory of the batch"}),
            "site": ("site", np.array(sites)),
            "moment": ("moment", list(MOMENTS)),
            "begin": ("bin", times[first - 1], {"units": time_unit}),
            "end": ("bin", times[first + ensemble.samples_per_bin - 1], {"units": time_unit}),
        },
    )


def saturation_dataset(replicas: Replicas, growth_time: float, sites: Sequence[int]) -> xr.Dataset:
    """Label the correlator of the first source after a time, in the two halves of what follows.

    Returns
    -------
    xarray.Dataset
        ``otoc`` (replica_batch, half, site) and ``replica_n_valid`` (replica_batch).
    """
    late = replicas.times > growth_time * (1 + 1e-9)
    parts = np.array_split(replicas.divergence[:, late, 0][:, :, np.array(sites) - 1], 2, axis=1)
    return xr.Dataset(
        {
            "otoc": (
                ("replica_batch", "half", "site"),
                np.stack([part.mean(axis=1) for part in parts], axis=1),
                {"units": "1"},
            ),
            "replica_n_valid": (("replica_batch",), replicas.weights, {"units": "1"}),
        },
        coords={
            "replica_batch": (
                "replica_batch",
                replicas.first_trajectory,
                {"long_name": "first trajectory of the batch of replicas"},
            ),
            "site": ("site", np.array(sites)),
        },
    )
