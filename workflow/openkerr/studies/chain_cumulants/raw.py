"""What the study keeps of runs of second-order cumulants, as a labelled data set."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import xarray as xr

from openkerr.solvers.cumulants import OUTCOMES, CumulantRun
from openkerr.solvers.time_grid import TimeGrid

VARIABLES = ("photon_number", "number_fluctuation", "pair_correlation")


def watched_sites(length: int) -> list[int]:
    """First, middle and last site of a chain, counted from 1; the first two are one in the shortest chain."""
    return [1, length // 2, length]


def block_means(run: CumulantRun, grid: TimeGrid, burn_in: float, n_blocks: int) -> dict[str, np.ndarray]:
    """Means over equal parts of the window after ``burn_in``, (n_kept, n_blocks) each; NaN if the run did not end well.

    ``photon_number`` n, ``number_fluctuation`` of Eq. 37 at each time, and ``pair_correlation`` <a†a†aa>, of which the
    state that is averaged in time has more than the first two tell.

    Parameters
    ----------
    run : CumulantRun
        A run on ``grid``, shorter if it came to rest: it stays there.
    burn_in : float
        Time before the window.
    """
    first = round(burn_in / (grid.steps_per_sample * grid.time_step)) + 1
    n_kept = run.photon_number.shape[1]
    if run.outcome not in ("stationary", "moving"):
        return {name: np.full((n_kept, n_blocks), np.nan) for name in VARIABLES}
    series = {"photon_number": run.photon_number, "number_fluctuation": run.number_fluctuation}
    series["pair_correlation"] = run.number_fluctuation + run.photon_number**2
    means = {}
    for name, values in series.items():
        rest = np.repeat(values[-1:], grid.n_samples - len(values), axis=0)
        window = np.concatenate([values, rest])[first:]
        means[name] = window.reshape(n_blocks, -1, n_kept).mean(axis=1).T
    return means


def cumulants_dataset(
    runs: Mapping[tuple[int, float], CumulantRun],
    grid: TimeGrid,
    burn_in: float,
    n_blocks: int,
    coordinates: Mapping[str, Any],
) -> xr.Dataset:
    """Label the runs of all pairs of length and drive; the sites of every run are the `watched_sites`.

    Parameters
    ----------
    runs : mapping of (length, drive) to CumulantRun
        Every length at every drive.
    coordinates : mapping
        Scalar coordinates of the chain.
    """
    lengths, drives = sorted({length for length, _ in runs}), sorted({drive for _, drive in runs})
    means = {key: block_means(run, grid, burn_in, n_blocks) for key, run in runs.items()}
    dims = ("length", "drive_amplitude", "place", "block")
    one, time = {"units": "1"}, {"units": "1/gamma"}

    def stacked(value: Mapping[tuple[int, float], Any]) -> np.ndarray:
        return np.array([[value[length, drive] for drive in drives] for length in lengths])

    data: dict[str, tuple[Sequence[str], Any, dict[str, str]]] = {
        name: (dims, stacked({key: each[name] for key, each in means.items()}), one) for name in VARIABLES
    }
    data["outcome"] = (dims[:2], stacked({key: OUTCOMES.index(run.outcome) for key, run in runs.items()}), one)
    data["uncertainty"] = (dims[:2], stacked({key: run.uncertainty for key, run in runs.items()}), one)
    data["time_reached"] = (dims[:2], stacked({key: float(run.times[-1]) for key, run in runs.items()}), time)
    axes = {
        "length": ("length", lengths, {"units": "sites"}),
        "drive_amplitude": ("drive_amplitude", drives, {"units": "gamma"}),
        "site": (("length", "place"), [watched_sites(length) for length in lengths], one),
        "time_step": ((), grid.time_step, time),
        "burn_in": ((), burn_in, time),
        "window": ((), grid.times[-1] - burn_in, time),
    }
    return xr.Dataset(data, {**coordinates, **axes})
