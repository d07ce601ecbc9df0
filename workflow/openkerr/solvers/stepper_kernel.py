# ruff: noqa: F821 -- step, kick, bridge_weight and fill_noise are bound by openkerr.compilation.load_kernel
"""Steps of a block of trajectories: template for any stepper of any model (see openkerr.compilation).

One step is a symmetric splitting of the Ito equation into a kick K, which holds the noise, and the rest S,

    K(h/2) S(h) K(h) S(h) ... K(h) S(h) K(h/2).

The two half kicks that meet between steps are drawn as one.  A state is observed after the first half of a kick whose
whole drives the trajectory on: with zeta the normal of the whole kick and xi an independent one, the normal of its
first half is w zeta + sqrt(1 - w²) xi (Brownian bridge), where ``w = bridge_weight(channel, h, p)`` is the correlation
of the two.  So observation does not change the path, and a path does not depend on when it is observed.
"""

import math

import numpy as np
from numba import njit

from openkerr.compilation import OPTIONS
from openkerr.rng import BRIDGE, DYNAMICS, INITIAL_STATE, fill_complex_normals


@njit(cache=True, **OPTIONS)
def add_vacuum(z, variance, seed, first_trajectory):
    """Add a complex Gaussian of <|zeta|**2> = ``variance`` to every mode of a block; always drawn in double."""
    vacuum = np.empty(z.shape)
    fill_complex_normals(vacuum, seed, first_trajectory, 0, INITIAL_STATE)
    size = math.sqrt(variance)
    for part in range(z.shape[0]):
        for mode in range(z.shape[1]):
            for lane in range(z.shape[2]):
                z[part, mode, lane] += size * vacuum[part, mode, lane]


@njit(cache=True, **OPTIONS)
def advance(z, scratch, noise, drawn, p, h, first_step, n_steps, seed, first_trajectory, noisy):
    """Advance a block by ``n_steps`` steps: the kick that precedes each step, then the rest.

    The state between calls is the one before a kick; at step 0 only half a kick precedes.  ``noise`` stays as it is,
    zero, in a run that is not noisy; ``drawn`` says that it holds the noise of the first step already.
    """
    half = z.dtype.type(0.5) * h
    for number in range(first_step, first_step + n_steps):
        if noisy and not (drawn and number == first_step):
            fill_noise(noise, seed, first_trajectory, number, DYNAMICS)
        kick(z, noise, half if number == 0 else h, p)
        step(z, h, p, scratch)


@njit(cache=True, **OPTIONS)
def draw_first_half(noise, bridge, p, h, number, seed, first_trajectory):
    """Draw the noise of a step's whole kick, and into ``bridge`` that of the kick's first half."""
    fill_noise(noise, seed, first_trajectory, number, DYNAMICS)
    fill_noise(bridge, seed, first_trajectory, number, BRIDGE)
    for channel in range(noise.shape[1]):
        weight = noise.dtype.type(bridge_weight(channel, h, p))
        rest = noise.dtype.type(math.sqrt(1.0 - weight * weight))
        for part in range(noise.shape[0]):
            for lane in range(noise.shape[2]):
                whole, other = noise[part, channel, lane], bridge[part, channel, lane]
                bridge[part, channel, lane] = weight * whole + rest * other


@njit(cache=True, **OPTIONS)
def copy_block(source, target):
    """Copy a block; the slice assignment of arrays would check for overlap first."""
    for part in range(source.shape[0]):
        for mode in range(source.shape[1]):
            for lane in range(source.shape[2]):
                target[part, mode, lane] = source[part, mode, lane]


@njit(cache=True, **OPTIONS)
def observe(z, observed, noise, bridge, p, h, number, seed, first_trajectory, noisy):
    """Write the state at a time step into ``observed``: the half kick that is still missing there is added.

    Returns whether ``noise`` now holds the noise of the step that follows.
    """
    copy_block(z, observed)
    if number == 0:
        return False
    if noisy:
        draw_first_half(noise, bridge, p, h, number, seed, first_trajectory)
    kick(observed, bridge, z.dtype.type(0.5) * h, p)
    return noisy
