# ruff: noqa: F821 -- runge_kutta is bound by openkerr.numerics.compilation.load_kernel
"""Inner loop of deterministic runs: template for any model (see openkerr.numerics.compilation)."""

import numpy as np

from openkerr.numerics.compilation import entry


@entry
def run_samples(z, p, h, steps_per_sample, n_samples, modes, series):
    """Advance a block by ``n_samples`` sampling intervals and keep the state after each.

    Parameters
    ----------
    z : (parts, n_modes, n_lanes)
        State, advanced in place.
    modes : (n_kept,) int
        Modes that are kept.
    series : (at least n_samples, parts, n_kept, n_lanes)
        Filled from its first row; without kept modes nothing is written.
    """
    scratch = np.empty((3, *z.shape))
    for sample in range(n_samples):
        for _ in range(steps_per_sample):
            runge_kutta(z, h, p, scratch[0], scratch[1], scratch[2])
        for part in range(z.shape[0]):
            for index in range(modes.size):
                for lane in range(z.shape[2]):
                    series[sample, part, index, lane] = z[part, modes[index], lane]
