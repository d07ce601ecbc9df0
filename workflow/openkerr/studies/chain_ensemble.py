"""Ensembles of single chains in their steady state: how they are simulated and reduced, and what names them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import xarray as xr

from openkerr.models.base import Method
from openkerr.models.bose_hubbard_chain import BoseHubbardChain
from openkerr.runtime.checkpoint import Checkpoint
from openkerr.solvers.ensemble_data import ensemble_dataset
from openkerr.solvers.sde import Correlations, Ensemble, Histogram, Reduction, simulate_ensemble
from openkerr.solvers.time_grid import CorrelationTimes, TimeGrid, whole_ratio
from openkerr.studies.chain_kept import Kept

POWERS = {"field": (0, 1), "density": (1, 1)}
"""Signals of a site by their powers of alpha* and alpha."""


def steady_reduction(
    length: int,
    grid: TimeGrid,
    samples_per_window: int,
    burn_in: float,
    kept: Kept,
    *,
    n_windows: int,
    extent: float,
    n_cells: int,
    correlation_sites: Sequence[int],
    correlations: CorrelationTimes,
) -> Reduction:
    """Moments, phases, products of sites and histograms of the window, and auto-correlations of chosen sites.

    Parameters
    ----------
    length : int
        Number of sites.
    grid : TimeGrid
        Samples of the run, which the auto-correlations need more often than all else.
    samples_per_window : int
        Every so many samples one adds to moments and histograms.
    burn_in : float
        Time before the window.
    kept : Kept
    n_windows : int
        Parts of the window that are kept apart.
    extent, n_cells : float, int
        Half side of the histograms' square, and their cells along a side.
    correlation_sites : sequence of int
        Sites, counted from 1, whose signals are correlated with themselves.
    correlations : CorrelationTimes
        References and number of lags, in samples.
    """
    window = np.arange(grid.n_samples)[::samples_per_window]
    window = window[grid.times[window] > burn_in * (1 + 1e-12)]
    bins = np.full(grid.n_samples, -1)
    bins[window] = np.arange(len(window)) * min(n_windows, len(window)) // max(len(window), 1)
    signals = None
    if len(correlation_sites):
        powers = np.zeros((len(kept.signals), len(correlation_sites), length, 2), dtype=np.int64)
        for index, site in enumerate(correlation_sites):
            powers[:, index, site - 1] = [POWERS[name] for name in kept.signals]
        signals = Correlations(powers.reshape(-1, length, 2), correlations.references, correlations.n_lags)
    return Reduction(
        bin_of_sample=bins,
        histogram=Histogram(extent, n_cells, np.where(bins >= 0, 0, -1), by_batch=True),
        phases=True,
        pairs=kept.pairs,
        trajectory_means=kept.trajectory_means,
        correlations=signals,
    )


def simulate_steady_state(
    model: BoseHubbardChain,
    settings: Mapping[str, Any],
    kept: Kept,
    *,
    seed: int,
    trajectories: range,
    n_windows: int,
    correlations: CorrelationTimes,
    method: Method = "twa",
    n_threads: int,
    checkpoint: Checkpoint | None,
    progress: Callable[[int], Callable[[int], None]],
) -> Ensemble:
    """Simulate some trajectories of a chain from the sampled vacuum, and reduce them.

    Parameters
    ----------
    settings : mapping
        Keys of `openkerr.studies.chain_settings.SingleChains` and of its case, with ``extent`` and ``n_cells`` of the
        histograms; times in 1/gamma.
    kept, n_windows, correlations
        As in `steady_reduction`.
    seed, trajectories, n_threads, checkpoint
        As in `openkerr.solvers.sde.simulate_ensemble`.
    method : {"twa", "gpe"}
        Truncated Wigner, or Gross-Pitaevskii without bath noise.
    progress : callable
        Takes the number of all steps of all trajectories; what it returns takes those done.
    """
    sites = settings["correlation_sites"]
    interval = settings["lag_interval"] if sites else settings["sampling_interval"]
    grid = TimeGrid.from_times(settings["time_step"], interval, settings["burn_in"] + settings["averaging_time"])
    return simulate_ensemble(
        model,
        grid,
        start=np.zeros(model.length),
        seed=seed,
        trajectories=trajectories,
        reduction=steady_reduction(
            model.length,
            grid,
            whole_ratio(settings["sampling_interval"], interval, "sampling_interval", "lag_interval"),
            settings["burn_in"],
            kept,
            n_windows=n_windows,
            extent=settings["extent"],
            n_cells=settings["n_cells"],
            correlation_sites=sites,
            correlations=correlations,
        ),
        method=method,
        bath_noise=method == "twa",
        stepper=settings["stepper"],
        precision=settings["precision"],
        noise=settings["noise"],
        batch_size=settings["batch_size"],
        n_threads=n_threads,
        checkpoint=checkpoint,
        progress=progress(grid.n_steps * len(trajectories)),
    )


def steady_dataset(
    ensemble: Ensemble, model: BoseHubbardChain, settings: Mapping[str, Any], method: Method = "twa"
) -> xr.Dataset:
    """Label the partial sums of an ensemble of `simulate_steady_state`.

    Returns
    -------
    xarray.Dataset
        As `openkerr.solvers.ensemble_data.ensemble_dataset`, without times and envelopes; coordinates besides are
        those of `steady_coordinates`.
    """
    data = ensemble_dataset(ensemble, "1/gamma").drop_vars(["time", "abs2_min", "abs2_max"])
    return data.assign_coords(steady_coordinates(model, settings, method))


def steady_coordinates(model: BoseHubbardChain, settings: Mapping[str, Any], method: Method) -> dict[str, tuple]:
    """Coordinates that name the chain and its run.

    Scalars are the parameters of the chain, ``method``, ``time_step``, ``burn_in``, ``averaging_time`` and ``extent``;
    ``site_loss_rate`` and ``site_thermal_occupation`` (mode) hold the loss of every site and the photons of its bath.
    """
    return model.coordinates() | {
        "method": ((), method, {"units": "1"}),
        "time_step": ((), settings["time_step"], {"units": "1/gamma"}),
        "burn_in": ((), settings["burn_in"], {"units": "1/gamma"}),
        "averaging_time": ((), settings["averaging_time"], {"units": "1/gamma"}),
        "extent": ((), settings["extent"], {"units": "1"}),
        "site_loss_rate": ("mode", model.site_losses(), {"units": "gamma"}),
        "site_thermal_occupation": ("mode", model.site_occupations(), {"units": "photons"}),
    }
