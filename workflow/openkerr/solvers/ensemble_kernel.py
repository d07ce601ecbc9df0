# ruff: noqa: F821 -- runge_kutta, drift and kick are bound by openkerr.compilation.load_kernel
"""Inner loop of a truncated-Wigner ensemble: template for any model (see openkerr.compilation).

One step is a symmetric splitting of the Ito equation d(alpha) = drift dt + noise,

    K(h/2) D(h) K(h) D(h) ... K(h) D(h) K(h/2),      D: classical Runge-Kutta of order 4,  K: the model's kick,

which is of second weak order where the kick is.  The two half kicks that meet between steps are drawn as one.  A state
is observed after the first half of a kick whose whole drives the trajectory on: with zeta the normal of the whole kick
and xi an independent one, (zeta + xi)/sqrt(2) is the normal of its first half (Brownian bridge).  So observation does
not change the path, and a path does not depend on when it is observed.
"""

import math

import numpy as np
from numba import njit

from openkerr.compilation import OPTIONS
from openkerr.rng import BRIDGE, DYNAMICS, INITIAL_STATE, fill_complex_normals
from openkerr.solvers.reductions import accumulate_histogram, accumulate_moments, update_envelope


@njit(cache=True, **OPTIONS)
def add_vacuum(z, variance, seed, first_trajectory):
    """Add a complex Gaussian of <|zeta|**2> = ``variance`` to every mode of a block."""
    vacuum = np.empty(z.shape)
    fill_complex_normals(vacuum, seed, first_trajectory, 0, INITIAL_STATE)
    size = math.sqrt(variance)
    for part in range(z.shape[0]):
        for mode in range(z.shape[1]):
            for lane in range(z.shape[2]):
                z[part, mode, lane] += size * vacuum[part, mode, lane]


@njit(cache=True, **OPTIONS)
def advance(z, scratch, noise, p, h, first_step, n_steps, seed, first_trajectory, noisy):
    """Advance a block by ``n_steps`` steps: the kick that precedes each step, then the drift.

    The state between calls is the one after the drift, before the kick; at step 0 only half a kick precedes.
    """
    for step in range(first_step, first_step + n_steps):
        if noisy:
            fill_complex_normals(noise, seed, first_trajectory, step, DYNAMICS)
            kick(z, noise, 0.5 * h if step == 0 else h, p)
        runge_kutta(z, h, p, scratch[0], scratch[1], scratch[2])


@njit(cache=True, **OPTIONS)
def observe(z, observed, noise, bridge, p, h, step, seed, first_trajectory, noisy):
    """Write the state at a time step into ``observed``: the half kick that is still missing there is added."""
    for part in range(z.shape[0]):
        for mode in range(z.shape[1]):
            for lane in range(z.shape[2]):
                observed[part, mode, lane] = z[part, mode, lane]
    if noisy and step > 0:
        fill_complex_normals(noise, seed, first_trajectory, step, DYNAMICS)
        fill_complex_normals(bridge, seed, first_trajectory, step, BRIDGE)
        for part in range(z.shape[0]):
            for channel in range(noise.shape[1]):
                for lane in range(noise.shape[2]):
                    both = noise[part, channel, lane] + bridge[part, channel, lane]
                    bridge[part, channel, lane] = math.sqrt(0.5) * both
        kick(observed, bridge, 0.5 * h, p)


@njit(cache=True, **OPTIONS)
def run_segment(
    z,
    p,
    h,
    steps_per_sample,
    first_sample,
    last_sample,
    seed,
    first_trajectory,
    n_valid,
    n_noises,
    bin_of_sample,
    moments,
    lowest,
    highest,
    path_lanes,
    paths,
    histogram_of_sample,
    histogram_range,
    histograms,
):
    """Advance one block from sample ``first_sample`` to before ``last_sample`` and reduce what it passes.

    Parameters
    ----------
    z : (2, n_modes, n_lanes)
        State, advanced in place; before the first sample it is the sampled start.
    n_valid, n_noises : int
        Lanes that count; noise channels, 0 for a run without noise.
    bin_of_sample, histogram_of_sample : (n_samples,) int
        Where a sample is accumulated; -1: nowhere.
    moments : (n_bins, n_modes, n_moments)
        Sums over the first ``n_valid`` lanes and the samples of a bin.
    lowest, highest : (n_bins, n_modes)
        Extremes of |alpha|**2.
    path_lanes, paths : (n_paths,), (n_samples, 2, n_modes, n_paths)
        Lanes that are kept whole.
    histogram_range, histograms : float, (n_histograms, n_modes, n_cells, n_cells) int
        Counts over the square |Re alpha|, |Im alpha| < histogram_range, real part first.
    """
    n_modes, n_lanes = z.shape[1], z.shape[2]
    scratch = np.empty((3, *z.shape))
    observed = np.empty(z.shape)
    noisy = n_noises > 0
    noise = np.empty((2, n_noises, n_lanes))
    bridge = np.empty((2, n_noises, n_lanes))
    for sample in range(first_sample, last_sample):
        step = sample * steps_per_sample
        if sample > 0:
            start = step - steps_per_sample
            advance(z, scratch, noise, p, h, start, steps_per_sample, seed, first_trajectory, noisy)
        target, histogram = bin_of_sample[sample], histogram_of_sample[sample]
        if target < 0 and histogram < 0 and path_lanes.size == 0:
            continue
        observe(z, observed, noise, bridge, p, h, step, seed, first_trajectory, noisy)
        if target >= 0:
            accumulate_moments(observed, n_valid, moments[target])
            update_envelope(observed, n_valid, lowest[target], highest[target])
        if histogram >= 0:
            accumulate_histogram(observed, n_valid, histogram_range, histograms[histogram])
        for index in range(path_lanes.size):
            for mode in range(n_modes):
                paths[sample, 0, mode, index] = observed[0, mode, path_lanes[index]]
                paths[sample, 1, mode, index] = observed[1, mode, path_lanes[index]]
