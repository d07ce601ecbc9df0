# ruff: noqa: F821 -- fill_noise and the functions of the stepper templates are joined by load_kernel
"""Inner loop of replicas that share their noise: template for any stepper of any model."""

import math

import numpy as np

from openkerr.numerics.compilation import entry, kernel, reduction
from openkerr.numerics.rng import DYNAMICS


@kernel
def rotate_phase(z, mode, angle):
    """Rotate the phase of one mode of a block, theta -> theta + angle."""
    c, s = math.cos(angle), math.sin(angle)
    for lane in range(z.shape[2]):
        x, y = z[0, mode, lane], z[1, mode, lane]
        z[0, mode, lane] = c * x - s * y
        z[1, mode, lane] = s * x + c * y


@reduction
def accumulate_divergence(a, b, n_valid, sums, log_sums):
    """Add D = 1 - cos(theta_a - theta_b) and ln D of the first ``n_valid`` lanes; sums, log_sums: (n_modes,).

    D is taken from the sine where the phases are close, which keeps all digits of a small one.
    """
    for mode in range(a.shape[1]):
        total = log_total = 0.0
        for lane in range(n_valid):
            x, y, u, v = a[0, mode, lane], a[1, mode, lane], b[0, mode, lane], b[1, mode, lane]
            scale = math.sqrt((x * x + y * y) * (u * u + v * v)) + 1e-300
            cosine, sine = (x * u + y * v) / scale, (x * v - y * u) / scale
            divergence = sine * sine / (1.0 + cosine) if cosine > 0.0 else 1.0 - cosine
            total += divergence
            log_total += math.log(max(divergence, 1e-300))
        sums[mode] += total
        log_sums[mode] += log_total


@entry
def run_replicas(
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
    noisy,
    split_sample,
    sources,
    angle,
    divergence,
    log_divergence,
):
    """Advance a block and its replicas from sample ``first_sample`` to before ``last_sample``.

    Parameters
    ----------
    z : (1 + n_sources, 2, n_modes, n_lanes)
        The block, then its replicas; these follow from ``split_sample`` on, where they are made.
    split_sample, sources, angle : int, (n_sources,) int, float
        Sample at which replica j is the block with the phase of mode ``sources[j]`` rotated by the angle.
    divergence, log_divergence : (n_samples - split_sample, n_sources, n_modes)
        Sums over lanes of D = 1 - cos of the phase difference between block and replica, and of ln D.
    """
    # Zeros: a real system's kernels leave the imaginary parts alone.
    scratch = np.zeros((3, *z.shape[1:]))
    copies = np.empty((2, *z.shape[1:]))
    noise = np.zeros((2, n_noises, z.shape[3]))
    bridge = np.zeros((2, n_noises, z.shape[3]))
    for sample in range(first_sample, last_sample):
        number = sample * steps_per_sample
        split = sample > split_sample
        for substep in range(number - steps_per_sample if sample > 0 else number, number):
            if noisy:
                fill_noise(noise, seed, first_trajectory, substep, DYNAMICS)
            for replica in range(z.shape[0] if split else 1):
                take_step(z[replica], noise, substep, h, p, scratch)
        if sample == split_sample:
            for replica in range(sources.size):
                copy_block(z[0], z[1 + replica])
                rotate_phase(z[1 + replica], sources[replica], angle)
        if sample < split_sample:
            continue
        if noisy and number > 0:
            draw_completion(noise, bridge, number, h, p, seed, first_trajectory)
        block = complete(z[0], copies[0], bridge, h, p) if number > 0 else z[0]
        for replica in range(sources.size):
            other = complete(z[1 + replica], copies[1], bridge, h, p) if number > 0 else z[1 + replica]
            row = sample - split_sample
            accumulate_divergence(block, other, n_valid, divergence[row, replica], log_divergence[row, replica])
