"""A stationary state and its fluctuations as an integrator of finite step has them.

One step is a map of the observed state, M(x, zeta), with the normals zeta of its kicks, whose parts have the variance
1/2.  An ensemble settles about the fixed point x = M(x, 0), not about the state at rest of the flow.  There, with
A = dM/dx and B = dM/dzeta,

    C = A C A^T + B B^T / 2,     (1 - A) m = (C : d²M/dx² + tr d²M/dzeta² / 2) / 2 + M_1

are the covariance and the shift of the mean field, both to first order in the noise; M_1 is what the drift of the
truncated Wigner equation adds to that of the Gross-Pitaevskii one in a step, where x is at rest in the latter.  As the
step goes to zero they become those of `openkerr.solvers.stationary`: the difference is what the step does to the
averages of an ensemble.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

import numpy as np
from scipy.linalg import solve_discrete_lyapunov

from openkerr.models.base import Method, Model
from openkerr.solvers.stationary import StationaryState
from openkerr.solvers.steppers import load_stepper
from openkerr.solvers.symmetric_flow import ConvergenceError, to_complex

FIRST = 1e-5
"""Displacement of central first differences, over the size of a field."""
SECOND = 1e-2
"""Displacement of second differences, in standard deviations of the fluctuations and of the noise."""
TOLERANCE = 1e-9
MAX_ITERATIONS = 20


@dataclass(frozen=True)
class SteppedState:
    """Fixed point of one step, and its linear fluctuations where it is stable.

    Attributes
    ----------
    field : (n_modes,) complex
    growth_rate : float
        Of the slowest direction, per unit of time: negative where the state is stable.
    covariance : (2 n_modes, 2 n_modes), or None
        Of (Re alpha, Im alpha) in the observed state.
    shift : (n_modes,) complex, or None
        Shift of the mean field.
    """

    field: np.ndarray
    growth_rate: float
    covariance: np.ndarray | None = dataclasses.field(repr=False)
    shift: np.ndarray | None = dataclasses.field(repr=False)


class _Step:
    """One step, from observed state to observed state: (2 n_modes, lanes) and the normals of its kicks."""

    def __init__(self, model: Model, method: Method, stepper: str, time_step: float):
        self._kernels = load_stepper(model, stepper, "double", "gaussian")
        self._parameters, self._time_step = model.kernel_parameters(method), time_step
        self._towards_wigner = model.kernel_parameters("twa") - self._parameters
        self._modes, self._channels = model.n_modes, model.n_noises
        # A kick that is outermost comes in two halves, of the normals of which only these see the second.
        self.n_normals = 4 * self._channels

    def __call__(self, x: np.ndarray, normals: np.ndarray | None = None, wigner: float = 0.0) -> np.ndarray:
        lanes = x.shape[1]
        z = x.reshape(2, self._modes, lanes).copy()
        halves = np.zeros((2, 2, self._channels, lanes)) if normals is None else normals.reshape(2, 2, -1, lanes)
        first, second = (np.ascontiguousarray(half) for half in halves)
        arguments = self._parameters + wigner * self._towards_wigner, self._time_step
        self._kernels.advance(z, np.empty((3, *z.shape)), first, True, *arguments, 0, 1, np.uint64(0), 0, False)
        observed = self._kernels.observe(z, np.empty_like(z), first, second, *arguments, 1, np.uint64(0), 0, False)
        return observed[0].reshape(2 * self._modes, lanes).copy()


def stepped_state(state: StationaryState, stepper: str, time_step: float) -> SteppedState:
    """The state that an ensemble settles about in steps of ``time_step``, in double precision.

    Parameters
    ----------
    state : StationaryState
        At rest in the flow; where Newton's method starts from.
    stepper : str
        One of ``state.model.stepper_names()``.
    time_step : float
        In the model's unit of time.

    Returns
    -------
    SteppedState
        Without covariance and shift where the fixed point is unstable.

    Raises
    ------
    ValueError
        If the time step is not positive, or the model has no such stepper.
    ConvergenceError
        If no fixed point is found near the state.
    """
    if not time_step > 0:
        raise ValueError(f"time_step is {time_step!r}: allowed is a positive number")
    step = _Step(state.model, state.method, stepper, time_step)
    x, derivative = _fixed_point(step, state.unknowns)
    growth_rate = float(np.log(np.abs(np.linalg.eigvals(derivative)).max()) / time_step)
    if growth_rate >= 0:
        return SteppedState(to_complex(x), growth_rate, None, None)
    here = np.repeat(x[:, None], step.n_normals, axis=1)
    normals = SECOND * np.sqrt(0.5) * np.eye(step.n_normals)
    forward, backward = step(here, normals), step(here, -normals)
    noise = (forward - backward) / (2 * SECOND)
    covariance = solve_discrete_lyapunov(derivative, noise @ noise.T)
    covariance = 0.5 * (covariance + covariance.T)
    values, vectors = np.linalg.eigh(covariance)
    spread = SECOND * vectors * np.sqrt(np.clip(values, 0.0, None))
    centre = x[:, None]
    curved = step(centre + spread) + step(centre - spread) - 2 * step(centre)
    kicked = forward + backward - 2 * step(centre)
    wigner = (step(centre, wigner=SECOND) - step(centre, wigner=-SECOND))[:, 0] / (2 * SECOND)
    force = 0.5 * (curved.sum(axis=1) + kicked.sum(axis=1)) / SECOND**2 + wigner
    shift = np.linalg.solve(np.eye(x.size) - derivative, force)
    return SteppedState(to_complex(x), growth_rate, covariance, to_complex(shift))


def _fixed_point(step: _Step, guess: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Newton's method on x = M(x), with the derivative of the map by central differences."""
    x, identity = guess.copy(), np.eye(guess.size)
    for _ in range(MAX_ITERATIONS):
        size = FIRST * max(1.0, float(np.abs(x).max()))
        moved = size * identity
        derivative = (step(x[:, None] + moved) - step(x[:, None] - moved)) / (2 * size)
        change = np.linalg.solve(identity - derivative, step(x[:, None])[:, 0] - x)
        x = x + change
        if np.abs(change).max() < TOLERANCE * max(1.0, float(np.abs(x).max())):
            return x, derivative
    raise ConvergenceError(f"no fixed point of the step within {MAX_ITERATIONS} iterations")
