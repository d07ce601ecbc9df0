"""What runs towards the wave and away from it keep, as labelled data sets."""

from __future__ import annotations

from typing import Any

import numpy as np
import xarray as xr

from openkerr.models.bose_hubbard_chain import BoseHubbardChain
from openkerr.solvers.ensemble import Ensemble
from openkerr.solvers.stationary import StationaryState, linear_covariance, mean_shift
from openkerr.solvers.time_grid import TimeGrid, whole_ratio

SITES = ("middle", "last")
"""Sites whose photon number is kept of every trajectory: length // 2, and length."""


def watched_modes(length: int) -> list[int]:
    """Modes of the sites of `SITES`, from 0."""
    return [length // 2 - 1, length - 1]


def whole_windows(grid: TimeGrid, window: float) -> np.ndarray:
    """Bins of consecutive windows of a whole run, (n_samples,): the start counts in none."""
    interval = grid.steps_per_sample * grid.time_step
    bins = (np.arange(grid.n_samples) - 1) // whole_ratio(window, interval, "window", "sampling_interval")
    bins[0] = -1
    return bins


def wave_numbers(state: StationaryState) -> np.ndarray:
    """Photon numbers of the truncated-Wigner wave, (length,): field at rest, and noise to first order.

    ``state`` is at rest in the truncated-Wigner equation, where <|alpha|²> = n + 1/2.
    """
    covariance = linear_covariance(state)
    length = state.field.size
    spread = np.diag(covariance)[:length] + np.diag(covariance)[length:]
    # The square of the shift is of second order, as is what it would be added to.
    return np.abs(state.field) ** 2 + 2 * (state.field.conj() * mean_shift(state, covariance)).real + spread - 0.5


def passages_dataset(ensemble: Ensemble, grid: TimeGrid, window: float, wave: np.ndarray) -> xr.Dataset:
    """Label the photon numbers of single trajectories in the windows of a run.

    Parameters
    ----------
    ensemble : Ensemble
        With bins of `whole_windows` and trajectory means of `watched_modes`.
    grid : TimeGrid
    window : float
        In 1/gamma.
    wave : (length,)
        Photon numbers of the wave.

    Returns
    -------
    xarray.Dataset
        ``photon_number`` (site, trajectory, window), in single precision, and ``wave_photon_number`` (site); coordinate
        ``end`` (window), the end of a window.
    """
    lanes = ensemble.trajectory_means - 0.5
    numbers = np.concatenate([lanes[k, :, :, : ensemble.weights[k]] for k in range(len(lanes))], axis=2)
    first = int(ensemble.first_trajectory[0])
    modes = watched_modes(len(wave))
    return xr.Dataset(
        {
            "photon_number": (
                ("site", "trajectory", "window"),
                np.transpose(numbers, (1, 2, 0)).astype(np.float32),
                {"units": "1"},
            ),
            "wave_photon_number": ("site", wave[modes], {"units": "1"}),
        },
        coords={
            "site": ("site", list(SITES)),
            "trajectory": ("trajectory", np.arange(first, first + numbers.shape[2])),
            "end": ("window", (np.arange(numbers.shape[0]) + 1) * window, {"units": "1/gamma"}),
        },
    )


def no_passages(grid: TimeGrid, window: float, trajectories: range) -> xr.Dataset:
    """What stands for `passages_dataset` in a chain without the wave: the same, all of it NaN."""
    n_windows = int(whole_windows(grid, window).max()) + 1
    shape = (len(SITES), len(trajectories), n_windows)
    return xr.Dataset(
        {
            "photon_number": (("site", "trajectory", "window"), np.full(shape, np.nan, np.float32), {"units": "1"}),
            "wave_photon_number": ("site", np.full(len(SITES), np.nan), {"units": "1"}),
        },
        coords={
            "site": ("site", list(SITES)),
            "trajectory": ("trajectory", np.array(trajectories)),
            "end": ("window", (np.arange(n_windows) + 1) * window, {"units": "1/gamma"}),
        },
    )


def case_coordinates(
    model: BoseHubbardChain, case: dict[str, Any], first_length: float, window: float, time_step: float
) -> dict[str, tuple]:
    """Scalar coordinates that name a job: the chain without length and drive, case, start, noise, times in 1/gamma."""
    names = (name for name in BoseHubbardChain.model_fields if name not in ("length", "drive_amplitude"))
    return model.coordinates(*names) | {
        "case": ((), case["name"], {"units": "1"}),
        "first_length": ((), int(first_length), {"units": "sites"}),
        "start": ((), case["start"], {"units": "1"}),
        "bath_noise": ((), int(case["bath_noise"]), {"units": "1"}),
        "final_time": ((), case["final_time"], {"units": "1/gamma"}),
        "averaging_window": ((), window, {"units": "1/gamma"}),
        "time_step": ((), time_step, {"units": "1/gamma"}),
    }


def onset_dataset(
    ensemble: Ensemble, grid: TimeGrid, window: float, wave: np.ndarray, model: BoseHubbardChain
) -> xr.Dataset:
    """Label photon numbers and phases of all sites in the windows of a run, and those of single trajectories.

    Returns
    -------
    xarray.Dataset
        ``abs2`` (batch, window, site), ``phase_re`` and ``phase_im`` (batch, window, site), means of exp(i theta),
        ``n_valid`` (batch), ``path_abs2``, ``path_phase_re`` and ``path_phase_im`` (path, window, site), the same of
        single trajectories, and ``wave_photon_number`` (site).
    """
    bins = whole_windows(grid, window)
    inside = bins >= 0
    n_bins, n_paths = int(bins.max()) + 1, len(ensemble.path_numbers)
    # (n_samples, n_modes, n_paths): windows are of equal size.
    paths = ensemble.paths[inside].reshape(n_bins, -1, model.length, n_paths)
    unit = paths / np.maximum(np.abs(paths), 1e-30)
    abs2 = ensemble.moments[:, :, :, ensemble.moment_names.index("abs2")]
    arrays = {
        "abs2": (("batch", "window", "site"), abs2),
        "phase_re": (("batch", "window", "site"), ensemble.phases.real),
        "phase_im": (("batch", "window", "site"), ensemble.phases.imag),
        "path_abs2": (("path", "window", "site"), np.moveaxis((np.abs(paths) ** 2).mean(axis=1), 2, 0)),
        "path_phase_re": (("path", "window", "site"), np.moveaxis(unit.real.mean(axis=1), 2, 0)),
        "path_phase_im": (("path", "window", "site"), np.moveaxis(unit.imag.mean(axis=1), 2, 0)),
        "wave_photon_number": ("site", wave),
        "n_valid": ("batch", ensemble.weights),
    }
    return xr.Dataset(
        {name: (dims, values, {"units": "1"}) for name, (dims, values) in arrays.items()},
        coords=model.coordinates()
        | {
            "batch": ("batch", ensemble.first_trajectory),
            "path": ("path", ensemble.path_numbers),
            "site": ("site", np.arange(1, model.length + 1)),
            "end": ("window", (np.arange(n_bins) + 1) * window, {"units": "1/gamma"}),
        },
    )
