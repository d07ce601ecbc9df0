"""The two problems as jitted JAX loops: the schemes of openkerr's Runge-Kutta steppers, in arrays over lanes.

A scan over the samples holds a loop over the steps.  Trajectories run in batches one after another, because a batch
that stays in the cache is the fastest.
XLA takes the number of its threads from the processors that the process may use: timing.limit_to_one_processor must be
called before JAX is imported.
"""

import math
from collections.abc import Callable
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import ours

jax.config.update("jax_enable_x64", True)
DTYPES = {"double": np.float64, "single": np.float32}


def inverse_error_function(key: jax.Array, shape: tuple[int, ...], dtype: type) -> jax.Array:
    """Real and imaginary parts of unit complex normals, by jax.random.normal."""
    return jax.random.normal(key, (*shape[:-2], 2, *shape[-2:]), dtype) * dtype(math.sqrt(0.5))


def box_muller(key: jax.Array, shape: tuple[int, ...], dtype: type) -> jax.Array:
    """The same from two uniform numbers by logarithm, sine and cosine."""
    first, second = jnp.moveaxis(jax.random.uniform(key, (*shape[:-2], 2, *shape[-2:]), dtype), -3, 0)
    radius, angle = jnp.sqrt(-jnp.log1p(-first)), dtype(2 * math.pi) * second
    return jnp.stack([radius * jnp.cos(angle), radius * jnp.sin(angle)], axis=-3)


GENERATORS = ("threefry2x32", "rbg")
NORMALS = {"erfinv": inverse_error_function, "box_muller": box_muller}


def runge_kutta(drift: Callable, z: jax.Array, h: float) -> jax.Array:
    k1 = drift(z)
    k2 = drift(z + (h / 2) * k1)
    k3 = drift(z + (h / 2) * k2)
    k4 = drift(z + h * k3)
    return z + (h / 6) * (k1 + 2 * (k2 + k3) + k4)


def runge_kutta_5(drift: Callable, z: jax.Array, h: float) -> jax.Array:
    k1 = drift(z)
    k2 = drift(z + (h / 4) * k1)
    k3 = drift(z + (h / 8) * (k1 + k2))
    k4 = drift(z + h * (k3 - 0.5 * k2))
    k5 = drift(z + (h / 16) * (3 * k1 + 9 * k4))
    k6 = drift(z + (h / 7) * (-3 * k1 + 2 * k2 + 12 * k3 - 12 * k4 + 8 * k5))
    return z + (h / 90) * (7 * (k1 + k6) + 32 * (k3 + k5) + 12 * k4)


class Torus:
    """Drift and kick of the two cavities; the state is (2, 2, lanes): part, mode, lane."""

    def __init__(self, dtype: type):
        self.steps = {"runge_kutta": ours.TORUS_REFERENCE_STEP, "runge_kutta_5": ours.TORUS_STEP}
        self.dtype, model = dtype, ours.torus_model()
        p = model.kernel_parameters("twa")
        columns = p[:12].reshape(6, 2, 1).astype(dtype)
        self.omega, self.gain, self.kerr, self.eta, self.additive, self.slope = columns
        self.tunneling, self.shift = float(p[12]), float(p[13])
        self.n_modes, self.n_noises, self.variance = model.n_modes, model.n_noises, model.vacuum_variance
        self.start = np.array(ours.TORUS_START, dtype)

    def drift(self, z: jax.Array) -> jax.Array:
        x, y = z
        density = x * x + y * y - self.shift
        grow, turn = self.gain - self.eta * density, self.omega + self.kerr * density
        (x1, x2), (y1, y2), tunneling = x, y, self.tunneling
        real = jnp.stack([-2 * tunneling * (x1 * y2 - y1 * x2), -2 * tunneling * x1 * y1])
        imag = jnp.stack([2 * tunneling * (x1 * x2 + y1 * y2), tunneling * (x1 * x1 - y1 * y1)])
        return jnp.stack([grow * x + turn * y + real, grow * y - turn * x + imag])

    def kick(self, z: jax.Array, normals: jax.Array, h: jax.Array) -> jax.Array:
        (x, y), (u, v) = z, normals
        size = jnp.sqrt(h * (self.additive + self.slope * (x * x + y * y) + 0.5 * self.additive * self.slope * h))
        half, real, imag = 0.5 * self.slope * h, u * u - v * v, 2 * u * v
        return jnp.stack([x + size * u + half * (x * real + y * imag), y + size * v + half * (x * imag - y * real)])


class Chain:
    """Drift and kick of the chain; the state is (2, length, lanes)."""

    def __init__(self, length: int, dtype: type):
        self.steps = {"runge_kutta": ours.CHAIN_REFERENCE_STEP}
        self.dtype, model = dtype, ours.chain_model(length)
        p = model.kernel_parameters("twa")
        self.detuning, self.hopping, self.kerr, self.shift = map(float, p[:4])
        loss, drive, _ = p[4:].reshape(3, length, 1).astype(dtype)
        self.half_loss, self.drive, self.lossy = 0.5 * loss, drive, np.flatnonzero(loss)
        self.strength = np.sqrt(0.5 * loss[self.lossy])
        self.n_modes, self.n_noises, self.variance = model.n_modes, model.n_noises, model.vacuum_variance
        self.start = np.zeros(length, dtype)

    def drift(self, z: jax.Array) -> jax.Array:
        x, y = z
        padded = jnp.pad(z, ((0, 0), (1, 1), (0, 0)))
        hop_x, hop_y = self.hopping * (padded[:, :-2] + padded[:, 2:])
        turn = self.kerr * (x * x + y * y - self.shift) - self.detuning
        real = turn * y - hop_y - self.half_loss * x
        return jnp.stack([real, hop_x - turn * x - self.half_loss * y - self.drive])

    def kick(self, z: jax.Array, normals: jax.Array, h: jax.Array) -> jax.Array:
        return z.at[:, self.lossy].add(self.strength * jnp.sqrt(h) * normals)


@partial(jax.jit, static_argnames=("problem", "scheme", "lanes", "step", "steps_per_sample", "n_samples", "method"))
def _batch(key, *, problem, scheme, lanes, step, steps_per_sample, n_samples, method):
    """Sums over the lanes of one batch of Re alpha, Im alpha and |alpha|², shape (n_samples, 3, n_modes)."""
    dtype, draw = problem.dtype, NORMALS[method]
    vacuum = draw(jax.random.fold_in(key, 2**31), (problem.n_modes, lanes), dtype)
    z = (dtype(math.sqrt(problem.variance)) * vacuum).at[0].add(problem.start[:, None])

    def advance(z, drawn):
        number, normals = drawn
        if scheme == "runge_kutta_5":
            z = problem.kick(runge_kutta_5(problem.drift, z, step / 2), normals, dtype(step))
            return runge_kutta_5(problem.drift, z, step / 2), None
        # Two half kicks that meet are drawn as one: half a kick precedes the first drift only.
        h = jnp.where(number == 0, dtype(step / 2), dtype(step))
        return runge_kutta(problem.drift, problem.kick(z, normals, h), step), None

    def sample(z, index):
        # The normals of all steps between two samples at once: XLA would compute them anew where a step uses them.
        shape = (steps_per_sample, problem.n_noises, lanes)
        numbers = index * steps_per_sample + jnp.arange(steps_per_sample)
        z, _ = jax.lax.scan(advance, z, (numbers, draw(jax.random.fold_in(key, index), shape, dtype)))
        return z, jnp.stack([z[0].sum(1), z[1].sum(1), (z * z).sum((0, 2))])

    return jax.lax.scan(sample, z, jnp.arange(n_samples))[1]


def simulate(
    problem: Torus | Chain,
    n_trajectories: int,
    *,
    scheme: str,
    step: float,
    sampling: float,
    final_time: float,
    lanes: int,
    method: str,
    generator: str,
) -> np.ndarray:
    """Means of Re alpha, Im alpha and |alpha|² at every sample but the start, shape (n_samples, 3, n_modes)."""
    n_batches, total = -(-n_trajectories // lanes), 0.0
    for batch in range(n_batches):
        total = total + np.asarray(
            _batch(
                jax.random.key(batch, impl=generator),
                problem=problem,
                scheme=scheme,
                lanes=lanes,
                step=step,
                steps_per_sample=round(sampling / step),
                n_samples=round(final_time / sampling),
                method=method,
            ),
            dtype=float,
        )
    return total / (n_batches * lanes)
