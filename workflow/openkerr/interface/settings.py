"""What the calls of the interface choose where they are told nothing: step, start, batches."""

from __future__ import annotations

import math
import os
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from openkerr.models.base import Method, Model
from openkerr.numerics.stats import MIN_BATCHES
from openkerr.solvers.ode import integrate, states_to_parts
from openkerr.solvers.symmetric_flow import Flow
from openkerr.solvers.time_grid import TimeGrid

TURN = 0.25
"""Largest rate of the motion times the step: a fourth-order step is then off by 1e-5 of the fastest mode's field."""
LOOKS = 64
"""States along the mean field at which the rate is looked at."""
ROUNDS = 6


@dataclass(frozen=True)
class ChosenStep:
    """A time step that divides the sampling interval, and the largest rate of the motion that it was chosen for."""

    time_step: float
    largest_rate: float

    def attributes(self) -> dict[str, float]:
        """As attributes of a result."""
        return {"time_step": self.time_step, "largest_rate": self.largest_rate}


def fields_of(model: Model, start: complex | ArrayLike) -> np.ndarray:
    """A start as one amplitude a mode: (n_modes,); a single number is taken for all of them.

    Raises
    ------
    ValueError
        If the number of amplitudes is not that of the modes, or one is not finite.
    """
    fields = np.atleast_1d(np.asarray(start))
    if fields.shape == (1,):
        fields = np.repeat(fields, model.n_modes)
    if fields.shape != (model.n_modes,):
        raise ValueError(f"start has shape {fields.shape}: allowed is one amplitude, or one a mode, {model.n_modes}")
    states_to_parts(model, fields)
    return fields


def largest_rate(model: Model, method: Method, states: np.ndarray) -> float:
    """Largest modulus of an eigenvalue of the motion about some states, (n_states, n_modes), in the unit of rates."""
    flow = Flow(model, method)
    found = 0.0
    for state in states:
        x = np.concatenate([state.real, state.imag])
        found = max(found, float(np.abs(np.linalg.eigvals(flow.jacobian(x))).max()))
    return found


def choose_step(
    model: Model,
    method: Method,
    fields: np.ndarray,
    interval: float,
    final_time: float,
    time_step: float | None,
) -> ChosenStep:
    """The step that was given, or one so short that it turns the fastest motion along the mean field by 0.25.

    Parameters
    ----------
    fields : (n_modes,)
        Start of the mean field.
    interval, final_time, time_step : float
        Sampling interval, end, and the step where one was given, in the model's unit of time.

    Raises
    ------
    ValueError
        If a time is not positive, or the step that was given does not divide the interval.
    """
    for name, value in (("interval", interval), ("final_time", final_time)):
        if not (math.isfinite(value) and value > 0):
            raise ValueError(f"{name} is {value!r}: allowed is a number above 0")
    vacuum = np.sqrt(model.vacuum_variance) * np.ones(model.n_modes)
    rate = largest_rate(model, method, np.stack([fields, fields + vacuum]))
    if time_step is not None:
        return ChosenStep(time_step, rate)
    for _ in range(ROUNDS):
        step = interval / max(1, math.ceil(interval * rate / TURN))
        grid = TimeGrid(step, max(1, round(final_time / step / LOOKS)), LOOKS + 1)
        states = integrate(model, grid, start=fields, method=method).states[0].T
        seen = max(rate, largest_rate(model, method, states))
        if seen <= 1.2 * rate:
            break
        rate = seen
    return ChosenStep(interval / max(1, math.ceil(interval * rate / TURN)), rate)


def batches_of(n_trajectories: int, batch_size: int | None) -> int:
    """Trajectories a batch: those given, or as many as leave 32 batches, at most 128.

    Raises
    ------
    ValueError
        If fewer than 16 batches are left for the errors.
    """
    size = batch_size or min(128, max(1, n_trajectories // 32))
    if n_trajectories < MIN_BATCHES * size:
        raise ValueError(
            f"n_trajectories is {n_trajectories} in batches of {size}: allowed are at least {MIN_BATCHES * size}, for "
            f"errors from {MIN_BATCHES} batches"
        )
    return size


def threads_of(n_threads: int | None) -> int:
    """Threads: those given, or as many as this process may use."""
    if n_threads:
        return n_threads
    # Not on macOS.
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def labelled(values: Any, long_name: str, units: str, dims: Sequence[str]) -> tuple[tuple[str, ...], Any, dict]:
    """A variable of a data set, with its name in words and its unit."""
    return tuple(dims), values, {"long_name": long_name, "units": units}
