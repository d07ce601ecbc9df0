# ruff: noqa: F821 -- fill_noise, take_step and add_vacuum are joined by openkerr.numerics.compilation.load_kernel
"""Inner loop of population dynamics, pairs of close trajectories under one noise: template for any stepper."""

import math

import numpy as np

from openkerr.numerics.compilation import entry, kernel
from openkerr.numerics.rng import DYNAMICS


@kernel
def rescale_pairs(pair, distance, squares, growth):
    """Bring the members of every pair back to a distance along the line that joins them.

    Parameters
    ----------
    pair : (2, parts, n_modes, n_lanes)
        A trajectory and its companion a lane; the companion is moved.
    squares : (n_lanes,)
        Scratch.
    growth : (n_lanes,)
        Becomes the logarithm of the distance found, in units of ``distance``.
    """
    n_lanes = pair.shape[3]
    for lane in range(n_lanes):
        squares[lane] = 0.0
    for part in range(pair.shape[1]):
        for mode in range(pair.shape[2]):
            for lane in range(n_lanes):
                apart = pair[1, part, mode, lane] - pair[0, part, mode, lane]
                squares[lane] += apart * apart
    for lane in range(n_lanes):
        norm = math.sqrt(squares[lane])
        growth[lane] = math.log(norm / distance)
        squares[lane] = distance / norm
    for part in range(pair.shape[1]):
        for mode in range(pair.shape[2]):
            for lane in range(n_lanes):
                here = pair[0, part, mode, lane]
                pair[1, part, mode, lane] = here + squares[lane] * (pair[1, part, mode, lane] - here)


@entry
def part_pairs(pairs, distance, seed, first_trajectory):
    """Put the companions in random directions, isotropic, at a distance; pairs as in `advance_pairs`."""
    squares, growth = np.empty(pairs.shape[4]), np.empty(pairs.shape[4])
    for block in range(pairs.shape[0]):
        for part in range(pairs.shape[2]):
            for mode in range(pairs.shape[3]):
                for lane in range(pairs.shape[4]):
                    pairs[block, 1, part, mode, lane] = pairs[block, 0, part, mode, lane]
        add_vacuum(pairs[block, 1], distance * distance, seed, first_trajectory + block * pairs.shape[4])
        rescale_pairs(pairs[block], distance, squares, growth)


@entry
def advance_pairs(pairs, p, h, first_step, n_steps, seed, first_trajectory, n_noises, noisy, distance, growth):
    """Advance all pairs by some steps and bring them back to their distance.

    Parameters
    ----------
    pairs : (n_blocks, 2, parts, n_modes, n_lanes)
        Blocks of trajectories, each followed by its companions, which feel the same noise.
    first_trajectory : int
        Number, for the noise, of the first lane of the first block; the others follow.
    growth : (n_blocks, n_lanes)
        Becomes the logarithm of the growth of every distance.
    """
    n_lanes = pairs.shape[4]
    scratch = np.empty((3, *pairs.shape[2:]))
    noise = np.zeros((2, n_noises, n_lanes))
    squares = np.empty(n_lanes)
    for block in range(pairs.shape[0]):
        for step in range(first_step, first_step + n_steps):
            if noisy:
                fill_noise(noise, seed, first_trajectory + block * n_lanes, step, DYNAMICS)
            for member in range(2):
                take_step(pairs[block, member], noise, step, h, p, scratch)
        rescale_pairs(pairs[block], distance, squares, growth[block])


@entry
def copy_pairs(pairs, sources, targets):
    """Copy pairs over others; sources and targets number the lanes of all blocks, and no target is a source."""
    n_lanes = pairs.shape[4]
    for index in range(len(sources)):
        source, target = sources[index], targets[index]
        for member in range(2):
            for part in range(pairs.shape[2]):
                for mode in range(pairs.shape[3]):
                    pairs[target // n_lanes, member, part, mode, target % n_lanes] = pairs[
                        source // n_lanes, member, part, mode, source % n_lanes
                    ]
