"""Mean field and truncated-Wigner ensembles in one call."""

from __future__ import annotations

import numpy as np
import xarray as xr
from numpy.typing import ArrayLike

from openkerr.algebra.wigner import truncation_rates
from openkerr.analysis.chain_doubts import RESOLVED, STEP_ANGLE
from openkerr.analysis.photon_statistics import photon_statistics
from openkerr.interface.settings import (
    batches_of,
    check_model,
    choose_step,
    fields_of,
    labelled,
    largest_rate,
    threads_of,
)
from openkerr.models.base import FlowModel, Model
from openkerr.numerics.arguments import check_number, check_whole
from openkerr.numerics.stats import batch_mean, jackknife
from openkerr.solvers.ode import integrate
from openkerr.solvers.sde import simulate_ensemble
from openkerr.solvers.time_grid import TimeGrid

__all__ = ["gpe", "twa"]


def gpe(
    model: Model,
    final_time: float,
    *,
    start: complex | ArrayLike = 0.0,
    n_samples: int = 201,
    time_step: float | None = None,
) -> xr.Dataset:
    """Follow the mean field of a model: the Gross-Pitaevskii equation.

    Parameters
    ----------
    model : Model
        Any model.
    final_time : float
        In the model's unit of time.
    start : complex, or one a mode
        Fields at time 0, in the model's units.
    n_samples : int
        Equidistant samples, both ends included.
    time_step : float, optional
        Default: short against the fastest motion, see ``time_step`` and ``largest_rate`` of the result's attributes.

    Returns
    -------
    xarray.Dataset
        ``field`` (time, mode) complex, in the model's units; ``photon_number`` (time, mode), |alpha|² in photons;
        ``field_error`` (time), from half the step.  Modes are counted from 0.

    Examples
    --------
    >>> import openkerr as ok
    >>> chain = ok.BoseHubbardChain(length=4, drive_amplitude=1.0)
    >>> run = ok.gpe(chain, 40.0)
    >>> run.photon_number.sel(time=40.0).dims
    ('mode',)
    >>> bool(run.field_error.max() < 1e-4)
    True
    """
    check_model(model)
    fields = fields_of(model, start)
    interval = _interval(final_time, n_samples)
    step = choose_step(model, "gpe", fields, interval, final_time, time_step)
    grid = TimeGrid.from_times(step.time_step, interval, final_time)
    found = integrate(model, grid, start=fields, estimate_error=True)
    states = found.states[0].T
    assert found.error is not None  # it was asked for
    photons = 0.5 / model.vacuum_variance
    return xr.Dataset(
        {
            "field": labelled(states, "field", "units of the model", ("time", "mode")),
            "photon_number": labelled(photons * np.abs(states) ** 2, "photon number", "1", ("time", "mode")),
            "field_error": labelled(found.error[0], "largest error of a field", "units of the model", ("time",)),
        },
        coords=_coordinates(grid, model),
        attrs={"method": "Gross-Pitaevskii equation, Runge-Kutta of fourth order", **step.attributes()},
    )


def twa(
    model: Model,
    final_time: float,
    *,
    start: complex | ArrayLike = 0.0,
    n_samples: int = 101,
    n_trajectories: int = 4096,
    seed: int = 1,
    time_step: float | None = None,
    stepper: str = "runge_kutta",
    batch_size: int | None = None,
    n_threads: int | None = None,
) -> xr.Dataset:
    """Average a truncated-Wigner ensemble from a coherent state; Weyl ordering is undone, errors come from batches.

    Parameters
    ----------
    model : Model
        Any model of complex fields whose truncated Wigner equation has noise.
    final_time, start, n_samples, time_step
        As in `gpe`; a start of 0 is the vacuum.
    n_trajectories, seed : int
        The same seed gives the same numbers, whatever the threads; an ensemble that is extended keeps its first ones.
    stepper : str
        One of ``model.stepper_names()``.
    batch_size, n_threads : int, optional
        Trajectories that share a partial sum; default: 32 batches or more, and all cores.

    Returns
    -------
    xarray.Dataset
        Over (time, mode): ``photon_number``, ``number_fluctuation`` (<n²> - <n>² - <n>), ``g2`` (NaN where the photon
        number is not 5 standard errors above zero) and ``field``, the mean of alpha in the model's units, each with its
        ``_stderr``; and ``doubt``, what speaks against a row, the gravest first: ``step`` (it turns the fastest motion
        at these photon numbers by more than 0.7), ``interaction`` (what truncated Wigner drops is not small beside the
        noise, nor are there many photons, `openkerr.algebra.wigner.truncation_rates`), ``photon number`` (not
        resolved), or empty.

    Raises
    ------
    ValueError
        If a real system is given, a size is out of range, or the stepper is unknown.
    DivergenceError
        If a trajectory becomes infinite: the step is too long, or the motion itself runs away.

    Examples
    --------
    >>> import openkerr as ok
    >>> a = ok.annihilation(0)
    >>> damped = ok.DerivedModel(hamiltonian=ok.number(0), jump_operators=[(1.0, a)])
    >>> run = ok.twa(damped, 2.0, start=2.0, n_samples=5, n_trajectories=2048)
    >>> exact = 4.0 * 2.718281828 ** -run.time
    >>> bool((abs(run.photon_number[:, 0] - exact) < 5 * run.photon_number_stderr[:, 0] + 1e-4).all())
    True
    """
    check_model(model, complex_fields=True)
    if isinstance(model, FlowModel):
        raise ValueError(f"{type(model).__name__} is a flow without operators: it has no Wigner function")
    fields = fields_of(model, start)
    interval = _interval(final_time, n_samples)
    check_whole("seed", seed, 0, 2**63 - 1)
    size = batches_of(n_trajectories, batch_size)
    step = choose_step(model, "twa", fields, interval, final_time, time_step, noise=True, stepper=stepper)
    grid = TimeGrid.from_times(step.time_step, interval, final_time)
    ensemble = simulate_ensemble(
        model,
        grid,
        start=fields,
        seed=seed,
        trajectories=range(n_trajectories),
        stepper=stepper,
        batch_size=size,
        n_threads=threads_of(n_threads),
    )
    moments = dict(zip(ensemble.moment_names, np.moveaxis(ensemble.moments, -1, 0), strict=True))
    photons = 0.5 / model.vacuum_variance
    means = np.stack([photons * moments["abs2"], photons**2 * moments["abs4"]], axis=-1)
    values, errors = jackknife(lambda mean: photon_statistics(mean[..., 0], mean[..., 1]), means, ensemble.weights)
    resolved = values[..., 0] > RESOLVED * errors[..., 0]
    dims = ("time", "mode")
    variables = {}
    for index, (name, text) in enumerate(
        (
            ("photon_number", "photon number"),
            ("number_fluctuation", "photon-number variance beyond that of a coherent state"),
            ("g2", "second-order coherence"),
        )
    ):
        kept = resolved if name == "g2" else np.ones_like(resolved)
        variables[name] = labelled(np.where(kept, values[..., index], np.nan), text, "1", dims)
        error = np.where(kept, errors[..., index], np.nan)
        variables[f"{name}_stderr"] = labelled(error, f"standard error of {name}", "1", dims)
    real, imag = (batch_mean(moments[name], ensemble.weights) for name in ("re_a", "im_a"))
    variables["doubt"] = labelled(
        _doubts(model, step.time_step, values[..., 0], moments["abs2"].mean(axis=0), resolved),
        "what speaks against these numbers",
        "1",
        dims,
    )
    variables["field"] = labelled(real[0] + 1j * imag[0], "mean field", "units of the model", dims)
    variables["field_stderr"] = labelled(
        np.hypot(real[1], imag[1]), "standard error of the mean field", "units of the model", dims
    )
    return xr.Dataset(
        variables,
        coords=_coordinates(grid, model),
        attrs={
            "method": "truncated Wigner approximation",
            "stepper": stepper,
            "n_trajectories": n_trajectories,
            "batch_size": size,
            "seed": seed,
            **step.attributes(),
        },
    )


def _doubts(
    model: Model, time_step: float, photons: np.ndarray, densities: np.ndarray, resolved: np.ndarray
) -> np.ndarray:
    """What speaks against each number, (n_samples, n_modes) text."""
    dropped, noise = truncation_rates(model.hamiltonian(), model.jump_operators(), model.n_modes)
    rates = np.array([largest_rate(model, "twa", row[None]) for row in np.sqrt(densities) + 0j])
    return np.select(
        [
            np.broadcast_to((rates * time_step > STEP_ANGLE)[:, None], photons.shape),
            dropped > noise * (np.maximum(photons, 0.0) + 1.0),
            ~resolved,
        ],
        ["step", "interaction", "photon number"],
        "",
    )


def _interval(final_time: float, n_samples: int) -> float:
    check_number("final_time", final_time)
    check_whole("n_samples", n_samples, 2, what=", the start and the end")
    return final_time / (n_samples - 1)


def _coordinates(grid: TimeGrid, model: Model) -> dict:
    time = ("time", grid.times, {"long_name": "time", "units": "unit of time of the model"})
    return {"time": time, "mode": ("mode", np.arange(model.n_modes), {"long_name": "mode", "units": "1"})}
