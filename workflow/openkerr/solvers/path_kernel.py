# ruff: noqa: F821 -- drift is bound, fill_diffusion joined from phase_moments_kernel, by openkerr.numerics.compilation
"""Drift and diffusion of a model at many states: template for any model, joined to phase_moments_kernel."""

import numpy as np

from openkerr.numerics.compilation import entry


@entry
def local_flows(x, p, p_noise, n_noises, kick_time, velocity, diffusion):
    """Fill velocities (M, N) and diffusion matrices <dx dx>/dt (M, N, N) at states (M, N), N = 2 n_modes."""
    count, size = x.shape
    state, change = np.empty((2, size // 2, 1)), np.empty((2, size // 2, 1))
    for point in range(count):
        for row in range(size):
            state[row // (size // 2), row % (size // 2), 0] = x[point, row]
        drift(state, change, p)
        for row in range(size):
            velocity[point, row] = change[row // (size // 2), row % (size // 2), 0]
        fill_diffusion(x[point], p_noise, n_noises, kick_time, diffusion[point])
