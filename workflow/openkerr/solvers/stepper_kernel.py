# ruff: noqa: F821 -- fill_noise, take_step, draw_completion and complete are joined by openkerr.numerics.compilation.load_kernel
"""Blocks of trajectories, step by step: template for any stepper of any model (see openkerr.numerics.compilation).

What a step is, and how a state between two steps is made one that can be observed, is said by one of two further
templates, `openkerr.solvers.outer_kick_kernel` or `openkerr.solvers.inner_kick_kernel`:

    take_step(z, noise, number, h, p, scratch)   one whole step of a block, with its noise
    draw_completion(noise, bridge, ...)          draw what the observation needs; whether ``noise`` is then drawn too
    complete(z, copy, bridge, h, p)              the observed state after a step: ``z`` itself, or ``copy``, filled

A path does not depend on when it is observed.
"""

import math

import numpy as np

from openkerr.numerics.compilation import entry
from openkerr.numerics.rng import DYNAMICS, INITIAL_STATE, fill_complex_normals


@entry
def add_vacuum(z, variance, seed, first_trajectory):
    """Add a complex Gaussian of <|zeta|**2> = ``variance`` to every mode of a block; always drawn in double."""
    vacuum = np.empty(z.shape)
    fill_complex_normals(vacuum, seed, first_trajectory, 0, INITIAL_STATE)
    size = math.sqrt(variance)
    for part in range(z.shape[0]):
        for mode in range(z.shape[1]):
            for lane in range(z.shape[2]):
                z[part, mode, lane] += size * vacuum[part, mode, lane]


@entry
def advance(z, scratch, noise, drawn, p, h, first_step, n_steps, seed, first_trajectory, noisy):
    """Advance a block by ``n_steps`` steps.

    ``noise`` stays as it is, zero, in a run that is not noisy; ``drawn`` says that it holds the noise of the first step
    already.
    """
    for number in range(first_step, first_step + n_steps):
        if noisy and not (drawn and number == first_step):
            fill_noise(noise, seed, first_trajectory, number, DYNAMICS)
        take_step(z, noise, number, h, p, scratch)


@entry
def copy_block(source, target):
    """Copy a block; the slice assignment of arrays would check for overlap first."""
    for part in range(source.shape[0]):
        for mode in range(source.shape[1]):
            for lane in range(source.shape[2]):
                target[part, mode, lane] = source[part, mode, lane]


@entry
def observe(z, copy, noise, bridge, p, h, number, seed, first_trajectory, noisy):
    """The state after ``number`` steps, as it is to be observed: ``z`` itself, or ``copy``.

    The second answer is whether ``noise`` now holds the noise of the step that follows.
    """
    if number == 0:
        return z, False
    drawn = noisy and draw_completion(noise, bridge, number, h, p, seed, first_trajectory)
    return complete(z, copy, bridge, h, p), drawn
