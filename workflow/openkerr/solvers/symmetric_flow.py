"""The deterministic field equation of a model, its tangent, and its U(1) symmetry where it has one.

Vectors of the state hold real parts first: x = (Re alpha_1 .. Re alpha_n, Im alpha_1 .. Im alpha_n).  Integration is
scipy's DOP853; the right-hand sides are the model's compiled kernels.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike
from scipy.integrate import solve_ivp
from scipy.optimize import minimize_scalar

from openkerr.models.base import Method, Model

MAX_EVALUATIONS = 500_000
"""Velocities that one integration may ask for; a torus of 300 time units asks for some ten thousand."""


class ConvergenceError(RuntimeError):
    """An iteration or an integration did not reach its tolerance."""


class Flow:
    """The flow of one model, on vectors (2 n_modes,).

    Parameters
    ----------
    model : Model
        Any model with kernels ``drift`` and ``jacobian``.
    method : {"gpe", "twa"}
        Which field equation the drift is taken from.
    around : (Model, Model, float), optional
        Models below and above in a parameter that is continued, and their distance.
    """

    def __init__(self, model: Model, method: Method = "gpe", around: tuple[Model, Model, float] | None = None):
        self.model, self.method, self.n_modes = model, method, model.n_modes
        self._kernels = model.kernel_module()
        self._parameters = model.kernel_parameters(method)
        self._jacobian = np.zeros((2 * self.n_modes,) * 2)
        self._around = None
        if around is not None:
            low, high, distance = around
            self._around = low.kernel_parameters(method), high.kernel_parameters(method), distance

    def drift(self, x: np.ndarray, parameters: np.ndarray | None = None) -> np.ndarray:
        """Velocity, shape (2 n_modes,)."""
        shape, velocity = (2, self.n_modes, 1), np.empty(x.size)
        p = self._parameters if parameters is None else parameters
        self._kernels.drift(x.reshape(shape), velocity.reshape(shape), p)
        return velocity

    def jacobian(self, x: np.ndarray) -> np.ndarray:
        """Derivative of the velocity, shape (2 n_modes, 2 n_modes); overwritten by the next call."""
        self._kernels.jacobian(x, self._jacobian, self._parameters)
        return self._jacobian

    def slope(self, x: np.ndarray) -> np.ndarray:
        """Derivative of the velocity with respect to the continued parameter, zero without one."""
        if self._around is None:
            return np.zeros(x.size)
        low, high, distance = self._around
        return (self.drift(x, high) - self.drift(x, low)) / distance

    def trajectory(self, x: np.ndarray, times: np.ndarray, tolerance: float) -> np.ndarray:
        """States at ascending times >= 0, shape (n_times, 2 n_modes), from ``x`` at the time 0.

        Raises
        ------
        ConvergenceError
            If the integrator gives up, as it does where the field diverges, or its steps become too short for the time.
        """
        return self._integrate(lambda _, y: self.drift(y), x, times, tolerance)

    def propagate(self, x: np.ndarray, time: float, tolerance: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """State after a time, its derivative with respect to ``x``, and with respect to the continued parameter.

        Raises
        ------
        ConvergenceError
            If the integrator gives up.
        """
        size, shape = x.size, (2, self.n_modes, 1)

        def velocity(_: float, y: np.ndarray) -> np.ndarray:
            out, state = np.empty(y.size), y[:size]
            tangent = out[size:].reshape(size, size + 1)
            self._kernels.drift(state.reshape(shape), out[:size].reshape(shape), self._parameters)
            np.matmul(self.jacobian(state), y[size:].reshape(size, size + 1), out=tangent)
            if self._around is not None:
                tangent[:, -1] += self.slope(state)
            return out

        start = np.concatenate([x, np.eye(size, size + 1).ravel()])
        end = self._integrate(velocity, start, np.array([time]), tolerance)[0]
        tangent = end[size:].reshape(size, size + 1)
        return end[:size], tangent[:, :-1], tangent[:, -1]

    def _integrate(
        self,
        velocity: Callable[[float, np.ndarray], np.ndarray],
        start: np.ndarray,
        times: np.ndarray,
        tolerance: float,
    ) -> np.ndarray:
        options = {"method": "DOP853", "rtol": tolerance, "atol": 0.1 * tolerance}
        evaluations, size = 0, 2 * self.n_modes

        def counted(time: float, y: np.ndarray) -> np.ndarray:
            nonlocal evaluations
            evaluations += 1
            # A field that grows without end also turns ever faster: the integrator would not come to an end.
            if evaluations > MAX_EVALUATIONS:
                raise ConvergenceError(
                    f"the integration of {type(self.model).__name__} stops at time {time:g} of {times[-1]:g}: its "
                    f"field has the norm {np.linalg.norm(y[:size]):.3g}, and grows without end or moves too fast"
                )
            return velocity(time, y)

        # One time only is the end of the last step, without interpolation.
        with np.errstate(over="ignore", invalid="ignore"):
            run = solve_ivp(counted, (0.0, times[-1]), start, t_eval=times if times.size > 1 else None, **options)
        if not run.success or not np.isfinite(run.y[:, -1]).all():
            raise ConvergenceError(
                f"the integration of {type(self.model).__name__} over {times[-1]:g} failed: the field diverges"
            )
        return run.y.T if times.size > 1 else run.y[:, -1:].T


class SymmetricFlow(Flow):
    """The flow of a model with a U(1) symmetry alpha_k -> exp(-i w_k phi) alpha_k, with the parameters of `Flow`.

    Attributes
    ----------
    symmetry : (n_modes,) int
        The numbers w_k.
    weights : (n_modes,)
        The same as an array of float.
    generator : (2 n_modes, 2 n_modes)
        Matrix of alpha_k -> i w_k alpha_k, minus the derivative along the symmetry's angle.

    Raises
    ------
    ValueError
        If the model has no symmetry.
    """

    def __init__(self, model: Model, method: Method = "gpe", around: tuple[Model, Model, float] | None = None):
        if model.symmetry is None:
            raise ValueError(f"{type(model).__name__} has no U(1) symmetry: it has no relative orbits")
        super().__init__(model, method, around)
        self.symmetry = model.symmetry
        self.weights = np.array(model.symmetry, dtype=float)
        zero = np.zeros((self.n_modes,) * 2)
        self.generator = np.block([[zero, -np.diag(self.weights)], [np.diag(self.weights), zero]])

    def rotation(self, angle: float) -> np.ndarray:
        """Matrix of alpha_k -> exp(+i w_k angle) alpha_k."""
        cosine, sine = np.diag(np.cos(self.weights * angle)), np.diag(np.sin(self.weights * angle))
        return np.block([[cosine, -sine], [sine, cosine]])

    def align(self, here: np.ndarray, there: np.ndarray) -> tuple[float, float]:
        """Angle that turns ``there`` closest to ``here``, alpha -> exp(i w angle) alpha, and the distance that is left.

        Parameters
        ----------
        here, there : (n_modes,) complex
        """
        half_turn = np.pi / math.gcd(*self.symmetry)

        def distance(angle: float | np.ndarray) -> np.ndarray:
            return np.linalg.norm(np.exp(1j * np.multiply.outer(angle, self.weights)) * there - here, axis=-1)

        grid = np.linspace(-half_turn, half_turn, 257)
        guess, spacing = grid[distance(grid).argmin()], grid[1] - grid[0]
        bounds = guess - spacing, guess + spacing
        best = minimize_scalar(distance, bounds=bounds, method="bounded", options={"xatol": 1e-10}).x
        return float(best), float(distance(best))


def to_complex(x: np.ndarray) -> np.ndarray:
    """Fields (..., n_modes) of vectors (..., 2 n_modes)."""
    half = x.shape[-1] // 2
    return x[..., :half] + 1j * x[..., half:]


def to_real(alpha: ArrayLike) -> np.ndarray:
    """Vectors (..., 2 n_modes) of fields (..., n_modes)."""
    alpha = np.asarray(alpha, dtype=complex)
    return np.concatenate([alpha.real, alpha.imag], axis=-1)
