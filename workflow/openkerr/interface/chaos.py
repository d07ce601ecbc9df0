"""Lyapunov spectra and out-of-time-order correlators in one call."""

from __future__ import annotations

import math

import numpy as np
import xarray as xr
from numpy.typing import ArrayLike

from openkerr.interface.settings import (
    batches_of,
    check_model,
    choose_step,
    fields_of,
    labelled,
)
from openkerr.models.base import Method, Model
from openkerr.numerics.arguments import check_number, check_whole, is_real, is_whole
from openkerr.numerics.stats import batch_mean
from openkerr.solvers.lyapunov import LyapunovTimes, kaplan_yorke_dimension, lyapunov_spectrum
from openkerr.solvers.replicas import simulate_replicas
from openkerr.solvers.time_grid import TimeGrid

__all__ = ["lyapunov", "otoc"]

BLOCKS = 64
INTERVAL_RATE = 2.0
"""Largest rate times the time between orthonormalisations: vectors keep all their digits."""


def lyapunov(
    model: Model,
    averaging_time: float,
    *,
    start: complex | ArrayLike = 0.1,
    n_exponents: int | None = None,
    burn_in: float | None = None,
    noise: bool = False,
    n_trajectories: int = 1,
    seed: int = 1,
    time_step: float | None = None,
) -> xr.Dataset:
    """Lyapunov exponents along trajectories of a model, of its mean field or with the noise of truncated Wigner.

    Parameters
    ----------
    model : Model
        Any model.
    averaging_time : float
        Time over which growth is averaged after vectors have aligned, in the model's unit; rounded up to whole blocks.
    start : complex, or one a mode
        Fields at time 0.
    n_exponents : int, optional
        How many leading exponents; default: all.
    burn_in : float, optional
        Time that is discarded; default: half the averaging time.
    noise : bool
        Whether the baths kick and the start is sampled, in the truncated Wigner approximation.
    n_trajectories, seed : int
        Independent trajectories with noise, and what names their noise.
    time_step : float, optional
        Default: as in `openkerr.gpe`.

    Returns
    -------
    xarray.Dataset
        ``exponent`` (order), descending, with ``exponent_stderr`` (blocks and trajectories) and
        ``exponent_systematic`` (the step, and vectors that had not aligned); ``kaplan_yorke_dimension``, NaN where it
        needs more exponents.

    Raises
    ------
    ValueError
        If a time or a number is out of range.

    Examples
    --------
    >>> import openkerr as ok
    >>> damped = ok.DerivedModel(hamiltonian=ok.number(0), jump_operators=[(1.0, ok.annihilation(0))])
    >>> found = ok.lyapunov(damped, 64.0)
    >>> bool((abs(found.exponent + 0.5) < found.exponent_systematic).all())  # what the step adds is known
    True
    """
    check_model(model, complex_fields=noise)
    fields = fields_of(model, start)
    check_number("averaging_time", averaging_time)
    if burn_in is not None:
        check_number("burn_in", burn_in, above=False)
    if n_exponents is not None:
        check_whole("n_exponents", n_exponents, 1)
    check_whole("n_trajectories", n_trajectories, 1)
    check_whole("seed", seed, 0, 2**63 - 1)
    if n_trajectories > 1 and not noise:
        raise ValueError("n_trajectories is above 1 without noise: all would be one trajectory")
    burn_in = 0.5 * averaging_time if burn_in is None else burn_in
    method: Method = "twa" if noise else "gpe"
    step = choose_step(model, method, fields, averaging_time / BLOCKS, averaging_time + burn_in, time_step, noise=noise)
    per_interval = max(1, math.floor(INTERVAL_RATE / step.largest_rate / step.time_step))
    per_block = math.ceil(averaging_time / BLOCKS / (per_interval * step.time_step) - 1e-9)
    times = LyapunovTimes(
        time_step=step.time_step,
        steps_per_interval=per_interval,
        n_burn_in_steps=round(burn_in / step.time_step),
        n_alignment_intervals=math.ceil(BLOCKS * per_block / 10),
        intervals_per_block=per_block,
        n_blocks=BLOCKS,
        n_step_intervals=min(BLOCKS * per_block, 2 * math.ceil(0.5 * BLOCKS * per_block / 8)),
    )
    found = lyapunov_spectrum(
        model,
        times,
        start=fields,
        n_exponents=n_exponents,
        method=method,
        seed=seed if noise else None,
        trajectories=range(n_trajectories) if noise else None,
        bath_noise=noise,
        sampled_start=noise,
    )
    exponents, errors = found.pooled()
    order = ("order",)
    attributes = {"method": method, "averaging_time": times.averaging_time, "burn_in": burn_in, **step.attributes()}
    if noise:
        attributes |= {"n_trajectories": n_trajectories, "seed": seed}
    return xr.Dataset(
        {
            "exponent": labelled(exponents, "Lyapunov exponent", "unit of rates of the model", order),
            "exponent_stderr": labelled(errors, "standard error", "unit of rates of the model", order),
            "exponent_systematic": labelled(
                found.systematic.mean(axis=0), "what the step may add", "unit of rates of the model", order
            ),
            "kaplan_yorke_dimension": labelled(
                float(kaplan_yorke_dimension(exponents[None], found.n_dimensions)[0]), "Kaplan-Yorke dimension", "1", ()
            ),
        },
        coords={"order": ("order", np.arange(1, len(exponents) + 1), {"long_name": "order", "units": "1"})},
        attrs=attributes,
    )


def otoc(
    model: Model,
    source: int,
    final_time: float,
    *,
    burn_in: float,
    start: complex | ArrayLike = 0.0,
    angle: float = 1e-4,
    n_samples: int = 101,
    n_trajectories: int = 1024,
    seed: int = 1,
    time_step: float | None = None,
    stepper: str = "runge_kutta",
) -> xr.Dataset:
    """How a small rotation of one mode's phase spreads: D(t) = 1 - <cos(theta_a - theta_b)> under the same noise.

    Parameters
    ----------
    model : Model
        Any model of complex fields.
    source : int
        Mode that is rotated, from 0.
    final_time, burn_in : float
        Time after the rotation, and before it; the latter is rounded to whole samples.
    angle : float
        Rotation in radians, of the state as it is kept between two steps.
    start, n_samples, n_trajectories, seed, time_step, stepper
        As in `openkerr.twa`.

    Returns
    -------
    xarray.Dataset
        Over (time, mode): ``otoc`` and ``log_otoc``, the means of D and of ln D, whose slopes are the annealed and the
        typical rate, each with its ``_stderr``.

    Examples
    --------
    >>> import openkerr as ok
    >>> chain = ok.BoseHubbardChain(length=3, drive_amplitude=1.0)
    >>> run = ok.otoc(chain, 0, 4.0, burn_in=4.0, n_samples=5, n_trajectories=64)
    >>> bool(run.otoc[0, 1] < 1e-6 * run.otoc[0, 0]), bool(run.otoc[-1, 1] > 1e-3 * run.otoc[-1, 0])
    (True, True)
    """
    check_model(model, complex_fields=True)
    fields = fields_of(model, start)
    check_number("final_time", final_time)
    check_number("burn_in", burn_in, above=False)
    check_whole("n_samples", n_samples, 2, what=", the rotation and the end")
    if not (is_whole(source) and 0 <= source < model.n_modes):
        raise ValueError(f"source is {source!r}: allowed are modes from 0 to {model.n_modes - 1}")
    if not (is_real(angle) and 0.0 < abs(angle) <= math.pi):
        raise ValueError(f"angle is {angle!r}: allowed are -pi to pi, but 0")
    check_whole("seed", seed, 0, 2**63 - 1)
    interval = final_time / (n_samples - 1)
    size = batches_of(n_trajectories, None)
    step = choose_step(model, "twa", fields, interval, final_time + burn_in, time_step, noise=True, stepper=stepper)
    before = round(burn_in / interval)
    grid = TimeGrid(step.time_step, round(interval / step.time_step), before + n_samples)
    found = simulate_replicas(
        model, grid, start=fields, seed=seed, trajectories=range(n_trajectories), sources=[source], angle=angle,
        split_sample=before, stepper=stepper, batch_size=size,
    )  # fmt: skip
    dims, variables = ("time", "mode"), {}
    for name, values, text in (
        ("otoc", found.divergence, "out-of-time-order correlator D"),
        ("log_otoc", found.log_divergence, "mean of ln D"),
    ):
        mean, error = batch_mean(values[:, :, 0], found.weights)
        variables[name] = labelled(mean, text, "1", dims)
        variables[f"{name}_stderr"] = labelled(error, f"standard error of {name}", "1", dims)
    time = {"long_name": "time since the rotation", "units": "unit of time of the model"}
    return xr.Dataset(
        variables,
        coords={
            "time": ("time", found.times, time),
            "mode": ("mode", np.arange(model.n_modes), {"long_name": "mode", "units": "1"}),
        },
        attrs={
            "source": source, "angle": angle, "burn_in": before * interval, "n_trajectories": n_trajectories,
            "batch_size": size, "seed": seed, "stepper": stepper, **step.attributes(),
        },
    )  # fmt: skip
