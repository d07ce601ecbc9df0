"""Lyapunov spectra of many trajectories of one state: kept one by one, and as a labelled data set."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import xarray as xr

from openkerr.models.base import Method, Model
from openkerr.numerics.stats import batch_mean, bootstrap
from openkerr.runtime.checkpoint import Checkpoint
from openkerr.solvers.lyapunov import lyapunov_spectrum
from openkerr.solvers.lyapunov_estimates import LyapunovSpectrum, LyapunovTimes, kaplan_yorke_dimension

POSITIVE = 3.0
"""Standard errors by which an exponent must exceed zero to count as positive."""


def kept_spectrum(
    model: Model,
    times: LyapunovTimes,
    *,
    starts: np.ndarray,
    n_exponents: int,
    method: Method,
    seed: int,
    bath_noise: bool,
    checkpoint: Checkpoint | None = None,
    progress: Callable[[int], None] | None = None,
) -> LyapunovSpectrum:
    """Lyapunov exponents along a trajectory from every start, each kept in the checkpoint when it is done.

    Parameters
    ----------
    model, times, n_exponents, method, seed, bath_noise, progress
        As in `openkerr.solvers.lyapunov.lyapunov_spectrum`, whose results these are, bit for bit.
    starts : complex array (n_trajectories, n_modes)
        Fields at time 0.
    checkpoint : Checkpoint, optional
        Entered by the caller.
    """
    parts = []
    for number, start in enumerate(starts):
        name = f"trajectory_{number}"
        state = checkpoint.load(name) if checkpoint else None
        if state is None:
            found = lyapunov_spectrum(
                model,
                times,
                start=start,
                n_exponents=n_exponents,
                method=method,
                seed=seed,
                trajectories=range(number, number + 1),
                bath_noise=bath_noise,
                progress=progress,
            )
            state = {name: getattr(found, name) for name in ("blocks", "smooth_blocks", "final", "step")}
            if checkpoint:
                checkpoint.offer(name, state, finished=True)
        parts.append(state)
    joined = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    n_dimensions = 2 * model.n_modes
    return LyapunovSpectrum(times=times, trajectories=np.arange(len(starts)), n_dimensions=n_dimensions, **joined)


def pooled_dataset(spectrum: LyapunovSpectrum, rate_unit: str) -> xr.Dataset:
    """Mean spectrum of trajectories of one state, with errors from their scatter.

    Parameters
    ----------
    spectrum : LyapunovSpectrum
        Of at least 16 trajectories that visit the same state.
    rate_unit : str
        Unit of rates.

    Returns
    -------
    Dataset
        ``exponent`` (index) in descending order, ``lyapunov_max``, ``sum`` (all exponents, else NaN),
        ``kaplan_yorke`` of the mean spectrum (NaN where exponents are missing), each with ``_stderr`` and
        ``_systematic``; ``trajectory_exponent`` (trajectory, index), ``n_positive``, ``aligned``, ``averaging_time``.
        The systematic error is that of the time step, with the error of its measurement; where the vectors had not
        aligned also what the first quarter of the time has moved the mean by.

    Raises
    ------
    ValueError
        With fewer than 16 trajectories, or where the step was not measured.
    """
    each = spectrum.exponents
    weights, n_exponents = np.ones(len(each)), each.shape[1]
    mean, error = batch_mean(each, weights)
    order = np.argsort(-mean, kind="stable")

    def dimension_of(rows: np.ndarray) -> np.ndarray:
        return kaplan_yorke_dimension(rows, spectrum.n_dimensions)

    dimension = bootstrap(dimension_of, each)
    step, step_error = spectrum.pooled_step()
    drift, aligned = spectrum.pooled_drift()
    moved = np.zeros_like(drift) if aligned else drift / 4
    systematic = np.sqrt(step**2 + step_error**2 + moved**2)
    of_dimension = np.hypot(*(dimension_of(mean - shift) - dimension_of(mean) for shift in (step, moved)))
    # Weighted averages of single exponents do not add up to the rate of a volume; plain ones do.
    total = batch_mean(spectrum.blocks.mean(axis=1).sum(axis=1), weights)
    of_total = np.hypot(*batch_mean(spectrum.step.mean(axis=1).sum(axis=1), weights))
    whole = n_exponents == spectrum.n_dimensions
    rate, number = {"units": rate_unit}, {"units": "1"}
    return xr.Dataset(
        {
            "exponent": ("index", mean[order], rate),
            "exponent_stderr": ("index", error[order], rate),
            "exponent_systematic": ("index", systematic[order], rate),
            "trajectory_exponent": (("trajectory", "index"), each[:, order], rate),
            "lyapunov_max": ((), mean[order[0]], rate),
            "lyapunov_max_stderr": ((), error[order[0]], rate),
            "lyapunov_max_systematic": ((), systematic[order[0]], rate),
            "sum": ((), total[0] if whole else np.nan, rate),
            "sum_stderr": ((), total[1] if whole else np.nan, rate),
            "sum_systematic": ((), of_total if whole else np.nan, rate),
            "kaplan_yorke": ((), dimension[0], number),
            "kaplan_yorke_stderr": ((), dimension[1], number),
            "kaplan_yorke_systematic": ((), of_dimension, number),
            "n_positive": ((), int(np.sum(mean > POSITIVE * np.hypot(error, systematic))), number),
            "aligned": ((), int(aligned), number),
            "averaging_time": ((), spectrum.times.averaging_time, {"units": f"1/{rate_unit}"}),
        },
        {"index": np.arange(1, n_exponents + 1), "trajectory": spectrum.trajectories},
    )
