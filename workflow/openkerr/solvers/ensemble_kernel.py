# ruff: noqa: F821 -- advance and observe come from openkerr.solvers.stepper_kernel, joined by load_kernel
"""Inner loop of a truncated-Wigner ensemble: template for any model (see openkerr.numerics.compilation)."""

import numpy as np

from openkerr.numerics.compilation import entry
from openkerr.solvers.reductions import (
    accumulate_correlations,
    accumulate_histogram,
    accumulate_lanes,
    accumulate_moments,
    accumulate_pairs,
    accumulate_phases,
    accumulate_signals,
    evaluate_signals,
)


@entry
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
    noisy,
    bin_of_sample,
    moments,
    lowest,
    highest,
    phases,
    pairs,
    pair_sums,
    listed_modes,
    lane_sums,
    path_lanes,
    paths,
    histogram_of_sample,
    histogram_range,
    histograms,
    powers,
    signal_sums,
    references,
    reference_samples,
    correlations,
):
    """Advance one block from sample ``first_sample`` to before ``last_sample`` and reduce what it passes.

    Parameters
    ----------
    z : (2, n_modes, n_lanes)
        State, advanced in place, of the precision of the run; before the first sample it is the sampled start.
    n_valid, n_noises, noisy : int, int, bool
        Lanes that count; noise channels; whether they are drawn.
    bin_of_sample, histogram_of_sample : (n_samples,) int
        Where a sample is accumulated; -1: nowhere.
    moments : (n_bins, n_modes, n_moments)
        Sums over the first ``n_valid`` lanes and the samples of a bin.
    lowest, highest : (n_bins, n_modes)
        Extremes of |alpha|**2.
    phases : (n_bins or 0, n_modes, 2)
        Sums of exp(i theta), theta the phase of a mode; real and imaginary part.
    pairs, pair_sums : (n_pairs, 2) int, (n_bins, n_pairs, n_products)
        Modes l and m, and sums of alpha_l* alpha_m and |alpha_m|**2 alpha_l* alpha_m; real and imaginary parts.
    listed_modes, lane_sums : (n_listed,) int, (n_bins, n_listed, n_lanes)
        Modes whose |alpha|**2 is summed for every single lane.
    path_lanes, paths : (n_paths,), (n_samples, 2, n_modes, n_paths)
        Lanes that are kept whole.
    histogram_range, histograms : float, (n_histograms, n_modes, n_cells, n_cells) int
        Counts over the square |Re alpha|, |Im alpha| < histogram_range, real part first.
    powers : (n_signals, n_modes, 2) int
        Signals: products of alpha*^p alpha^q over the modes.
    signal_sums : (n_samples or 0, n_signals, 2)
        Sums of the signals over lanes at every sample.
    references, reference_samples : (n_references, 2, n_signals, n_lanes), (n_references,) int
        Signals at the samples t0 from which correlations are taken; filled in passing.
    correlations : (n_lags, n_signals, 2)
        Sums of signal(t0)* signal(t0 + lag) over lanes and references.
    """
    n_modes, n_lanes = z.shape[1], z.shape[2]
    # Zeros: a real system's kernels leave the imaginary parts alone.
    scratch = np.zeros((3, *z.shape), z.dtype)
    copy = np.empty_like(z)
    noise = np.zeros((2, n_noises, n_lanes), z.dtype)
    bridge = np.zeros((2, n_noises, n_lanes), z.dtype)
    signals = np.empty((2, powers.shape[0], n_lanes), z.dtype)
    drawn = False
    for sample in range(first_sample, last_sample):
        number = sample * steps_per_sample
        if sample > 0:
            start = number - steps_per_sample
            advance(z, scratch, noise, drawn, p, h, start, steps_per_sample, seed, first_trajectory, noisy)
            drawn = False
        target, histogram = bin_of_sample[sample], histogram_of_sample[sample]
        if target < 0 and histogram < 0 and path_lanes.size == 0 and powers.shape[0] == 0:
            continue
        observed, drawn = observe(z, copy, noise, bridge, p, h, number, seed, first_trajectory, noisy)
        if target >= 0:
            accumulate_moments(observed, n_valid, moments[target], lowest[target], highest[target])
            if phases.shape[0] > 0:
                accumulate_phases(observed, n_valid, phases[target])
            if pairs.shape[0] > 0:
                accumulate_pairs(observed, n_valid, pairs, pair_sums[target])
            if listed_modes.size > 0:
                accumulate_lanes(observed, listed_modes, lane_sums[target])
        if histogram >= 0:
            accumulate_histogram(observed, n_valid, histogram_range, histograms[histogram])
        for index in range(path_lanes.size):
            for mode in range(n_modes):
                paths[sample, 0, mode, index] = observed[0, mode, path_lanes[index]]
                paths[sample, 1, mode, index] = observed[1, mode, path_lanes[index]]
        if powers.shape[0] > 0:
            evaluate_signals(observed, powers, signals)
            accumulate_signals(signals, n_valid, signal_sums[sample])
            for index in range(reference_samples.size):
                lag = sample - reference_samples[index]
                if lag == 0:
                    references[index] = signals
                if 0 <= lag < correlations.shape[0]:
                    accumulate_correlations(references[index], signals, n_valid, correlations[lag])
