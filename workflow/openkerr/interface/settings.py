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
from openkerr.numerics.arguments import check_number, check_whole
from openkerr.numerics.stats import MIN_BATCHES
from openkerr.solvers.ensemble import Reduction
from openkerr.solvers.ode import integrate, states_to_parts
from openkerr.solvers.sde import DivergenceError, simulate_ensemble
from openkerr.solvers.symmetric_flow import Flow
from openkerr.solvers.time_grid import TimeGrid

TURN = 0.25
"""Largest rate of the motion times the step: a fourth-order step is then off by 1e-5 of the fastest mode's field."""
LOOKS = 64
"""States along the mean field at which the rate is looked at."""
REACH = 0.7
"""The same for the fields farthest from the mean that some trajectories come to: a step is right to a percent there."""
PILOTS = 32
"""Trajectories that look for them."""
ROUNDS = 6
SHORTER = 2
"""How often a step is cut to a quarter where fields become infinite: if they still do, it is not the step."""
MOST_STEPS = 10_000_000
"""Steps of a run up to which one is chosen; a field that grows without end would ask for ever more."""
LARGEST_FIELD = 1e50
"""Amplitude whose powers are numbers."""


@dataclass(frozen=True)
class ChosenStep:
    """A time step that divides the sampling interval, and the largest rate of the motion that it was chosen for."""

    time_step: float
    largest_rate: float

    def attributes(self) -> dict[str, float]:
        """As attributes of a result."""
        return {"time_step": self.time_step, "largest_rate": self.largest_rate}


def check_model(model: Any, complex_fields: bool = False) -> None:
    """Refuse what is no model, or a real system where fields are asked for.

    Raises
    ------
    ValueError
        In one line.
    """
    if not isinstance(model, Model):
        raise ValueError(f"model is a {type(model).__name__}: allowed is a Model, such as KerrDimer or DerivedModel")
    if complex_fields and model.parts == 1:
        raise ValueError(f"{type(model).__name__} is a real system: it has no phases, and no Wigner function")


def fields_of(model: Model, start: complex | ArrayLike) -> np.ndarray:
    """A start as one amplitude a mode: (n_modes,); a single number is taken for all of them.

    Raises
    ------
    ValueError
        If the number of amplitudes is not that of the modes, or one is no finite number.
    """
    fields = np.atleast_1d(np.asarray(start))
    if fields.dtype.kind not in "iufc":
        raise ValueError(f"start is {start!r}: allowed is one amplitude, or one a mode, {model.n_modes}")
    if fields.shape == (1,):
        fields = np.repeat(fields, model.n_modes)
    if fields.shape != (model.n_modes,):
        raise ValueError(f"start has shape {fields.shape}: allowed is one amplitude, or one a mode, {model.n_modes}")
    states_to_parts(model, fields)
    if np.abs(fields).max() > LARGEST_FIELD:
        raise ValueError(f"start is {start!r}: allowed are amplitudes up to {LARGEST_FIELD:g}")
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
    *,
    noise: bool = False,
    stepper: str = "runge_kutta",
) -> ChosenStep:
    """The step that was given, or one that holds: along the mean field, and with noise along a few trajectories.

    It turns the fastest motion along the mean field by at most 0.25, and at the largest fields of trajectories by 0.7.

    Parameters
    ----------
    fields : (n_modes,)
        Start of the mean field.
    interval, final_time, time_step : float
        Sampling interval, end, and the step where one was given, in the model's unit of time.
    noise : bool
        Whether trajectories are to be followed with the noise of the baths.

    Raises
    ------
    ValueError
        If a time is not positive, the step that was given does not divide the interval, or one that holds has more than
        ten million steps.
    DivergenceError
        If fields become infinite at any step.
    """
    for name, value in (("interval", interval), ("final_time", final_time)):
        check_number(name, value)
    vacuum = np.sqrt(model.vacuum_variance) * np.ones(model.n_modes)
    rate = largest_rate(model, method, np.stack([fields, fields + vacuum]))
    if time_step is not None:
        check_number("time_step", time_step)
        return ChosenStep(time_step, rate)
    diverged = 0
    for _ in range(ROUNDS):
        step = _dividing(interval, final_time, rate)
        grid = TimeGrid(step, max(1, round(final_time / step / LOOKS)), LOOKS + 1)
        try:
            states = integrate(model, grid, start=fields, method=method).states[0].T
        except DivergenceError:
            diverged += 1
            if diverged > SHORTER:
                raise
            rate *= 4.0
            continue
        seen = max(rate, largest_rate(model, method, states))
        if seen <= 1.2 * rate:
            break
        rate = seen
    if noise:
        rate = _rate_of_trajectories(model, method, fields, interval, final_time, rate, stepper)
    return ChosenStep(_dividing(interval, final_time, rate), rate)


def _dividing(interval: float, final_time: float, rate: float) -> float:
    """Longest step that divides the interval, and at which the rate times it is at most `TURN`."""
    turns = interval * rate / TURN
    if not final_time * rate / TURN < MOST_STEPS:
        raise ValueError(
            f"the fastest motion has the rate {rate:.3g}, too fast to be followed for a time of {final_time:g}"
        )
    return interval / max(1, math.ceil(turns))


def _rate_of_trajectories(
    model: Model, method: Method, fields: np.ndarray, interval: float, final_time: float, rate: float, stepper: str
) -> float:
    """The rate, or so much more that the largest fields of some trajectories turn by at most `REACH` a step."""
    diverged = 0
    for _ in range(ROUNDS):
        step = _dividing(interval, final_time, rate)
        grid = TimeGrid.from_times(step, interval, interval * max(1, round(final_time / interval)))
        try:
            found = simulate_ensemble(
                model, grid, start=fields, seed=0, trajectories=range(PILOTS), reduction=Reduction(moment_order=1),
                method=method, stepper=stepper, batch_size=PILOTS,
            )  # fmt: skip
        except DivergenceError:
            diverged += 1
            if diverged > SHORTER:
                raise
            rate *= 4.0
            continue
        farthest = np.sqrt(found.highest.max(axis=(0, 1)))
        # Two phases of the modes: in which coupled modes are fastest is not known.
        reached = largest_rate(model, method, np.stack([farthest + 0j, 1j * farthest]))
        if reached * step <= 1.2 * REACH:
            break
        rate = max(rate, reached * TURN / REACH)
    return rate


def batches_of(n_trajectories: int, batch_size: int | None) -> int:
    """Trajectories a batch: those given, or as many as leave 32 batches, at most 128.

    Raises
    ------
    ValueError
        If fewer than 16 batches are left for the errors.
    """
    check_whole("n_trajectories", n_trajectories, 1)
    if batch_size is not None:
        check_whole("batch_size", batch_size, 1)
    size = batch_size or min(128, max(1, n_trajectories // 32))
    if n_trajectories < MIN_BATCHES * size:
        raise ValueError(
            f"n_trajectories is {n_trajectories} in batches of {size}: allowed are at least {MIN_BATCHES * size}, for "
            f"errors from {MIN_BATCHES} batches"
        )
    return size


def threads_of(n_threads: int | None) -> int:
    """Threads: those given, or as many as this process may use."""
    if n_threads is not None:
        check_whole("n_threads", n_threads, 1)
        return n_threads
    # Not on macOS.
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def labelled(values: Any, long_name: str, units: str, dims: Sequence[str]) -> tuple[tuple[str, ...], Any, dict]:
    """A variable of a data set, with its name in words and its unit."""
    return tuple(dims), values, {"long_name": long_name, "units": units}
