# ruff: noqa: F821 -- advance, observe and copy_block are joined by openkerr.numerics.compilation.load_kernel
"""Inner loop of forward flux sampling: blocks of trajectories up to their next sample; template for any stepper."""

import numpy as np

from openkerr.numerics.compilation import entry


@entry
def advance_blocks(states, running, p, h, first_step, n_steps, seed, first_trajectory, n_noises, noisy, observed):
    """Advance the blocks that still run by some steps, and observe them.

    Parameters
    ----------
    states, observed : (n_blocks, 2, n_modes, n_lanes)
        As they are kept between steps, advanced in place; and as they are to be seen.
    running : (n_blocks,) bool
        Blocks that are advanced; the others stay as they are in both.
    first_trajectory : int
        Number, for the noise, of the first lane of the first block; the others follow.
    """
    n_lanes = states.shape[3]
    scratch = np.zeros((3, *states.shape[1:]), states.dtype)
    copy = np.empty_like(states[0])
    noise = np.zeros((2, n_noises, n_lanes), states.dtype)
    bridge = np.zeros((2, n_noises, n_lanes), states.dtype)
    for block in range(states.shape[0]):
        if running[block]:
            z, number = states[block], first_trajectory + block * n_lanes
            advance(z, scratch, noise, False, p, h, first_step, n_steps, seed, number, noisy)
            seen, _ = observe(z, copy, noise, bridge, p, h, first_step + n_steps, seed, number, noisy)
            copy_block(seen, observed[block])
