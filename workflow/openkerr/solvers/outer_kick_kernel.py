# ruff: noqa: F821 -- step, kick, copy_block and the like are joined by openkerr.numerics.compilation.load_kernel
"""Steps with the noise outside: template for `openkerr.solvers.stepper_kernel`.

One step is a symmetric splitting of the Ito equation into a kick K, which holds the noise, and the rest S,

    K(h/2) S(h) K(h) S(h) ... K(h) S(h) K(h/2).

The two half kicks that meet between steps are drawn as one, and precede the step; at step 0 only half a kick does.  A
state is observed after the first half of a kick whose whole drives the trajectory on: with zeta the normal of the whole
kick and xi an independent one, the normal of its first half is w zeta + sqrt(1 - w²) xi (Brownian bridge), where
``w = bridge_weight(channel, h, p)`` is the correlation of the two.
"""

import math

from openkerr.numerics.compilation import entry
from openkerr.numerics.rng import BRIDGE, DYNAMICS


@entry
def take_step(z, noise, number, h, p, scratch):
    """Take the kick that precedes a step, then the rest, in place."""
    kick(z, noise, z.dtype.type(0.5) * h if number == 0 else h, p)
    step(z, h, p, scratch)


@entry
def draw_completion(noise, bridge, number, h, p, seed, first_trajectory):
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
    return True


@entry
def complete(z, copy, bridge, h, p):
    """Add the half kick that a state between steps lacks."""
    copy_block(z, copy)
    kick(copy, bridge, z.dtype.type(0.5) * h, p)
    return copy
