"""What an ensemble is asked to keep, and what it has kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from openkerr.solvers.time_grid import TimeGrid


@dataclass(frozen=True)
class Histogram:
    """Phase-space histograms: square cells over |Re alpha|, |Im alpha| < ``extent``, one set of counts a listed group.

    ``group_of_sample`` has shape (n_samples,): the number of the set that a sample adds to, or -1.  With ``by_batch``
    the counts of single batches are kept besides their sum, for errors.
    """

    extent: float
    n_cells: int
    group_of_sample: np.ndarray
    by_batch: bool = False


@dataclass(frozen=True)
class Correlations:
    """Signals at every sample, and their two-time correlations.

    Parameters
    ----------
    powers : int array (n_signals, n_modes, 2)
        Signal: the product over modes of alpha*^p alpha^q, as (p, q).
    reference_samples : sequence of int
        Samples t0 over which signal(t0)* signal(t0 + lag) is averaged.
    n_lags : int
        Number of lags, in samples from 0; every reference must have them all within the run.
    """

    powers: np.ndarray
    reference_samples: Sequence[int] = ()
    n_lags: int = 0


@dataclass(frozen=True)
class Reduction:
    """What an ensemble keeps.

    Parameters
    ----------
    bin_of_sample : int array (n_samples,), optional
        Bin of time to whose moments and extremes a sample adds, -1 for none; default: every sample its own bin.
    moment_order : int
        Highest order of the moments, 1 to 4.
    paths : sequence of int
        Global numbers of trajectories that are kept whole.
    histogram : Histogram, optional
        Phase-space histograms of every mode.
    phases : bool
        Whether the means of exp(i theta) are kept in the bins, theta the phase of a mode.
    pairs : sequence of (int, int)
        Pairs of modes (l, m) whose products are averaged in the bins.
    trajectory_means : sequence of int
        Modes whose mean |alpha|**2 is kept in the bins for every single trajectory.
    correlations : Correlations, optional
        Products of the fields at every sample, and their two-time correlations.
    final_states : bool
        Whether the last states of all trajectories are kept: memory then grows with the number of trajectories.
    """

    bin_of_sample: np.ndarray | None = None
    moment_order: int = 4
    paths: Sequence[int] = ()
    histogram: Histogram | None = None
    phases: bool = False
    pairs: Sequence[tuple[int, int]] = ()
    trajectory_means: Sequence[int] = ()
    correlations: Correlations | None = None
    final_states: bool = False


@dataclass(frozen=True)
class Ensemble:
    """Partial sums of an ensemble, a row a batch.

    Attributes
    ----------
    first_trajectory : (n_batches,) int
        Global number of each batch's first trajectory.
    weights : (n_batches,) int
        Trajectories of each batch that count.
    moments : (n_batches, n_bins, n_modes, n_moments)
        Means over a batch's trajectories and the samples of a bin, in the order of `moment_names`.
    lowest, highest : (n_batches, n_bins, n_modes)
        Extremes of |alpha|**2.
    phases : (n_batches, n_bins or 0, n_modes) complex
        Means of exp(i theta).
    pair_modes, pairs : (n_pairs, 2) int, (n_batches, n_bins, n_pairs, n_products)
        Modes l and m; means of what `openkerr.solvers.reductions.PRODUCTS` names.
    listed_modes, trajectory_means : (n_listed,) int, (n_batches, n_bins, n_listed, batch_size)
        Means of |alpha|**2 over the samples of a bin; NaN in lanes that do not count.
    signals : (n_batches, n_samples or 0, n_signals) complex
        Means of the signals at every sample.
    correlations : (n_batches, n_lags, n_signals) complex
        Means of signal(t0)* signal(t0 + lag) over trajectories and references.
    samples_per_bin : (n_bins,) int
        Number of samples that a bin averages.
    path_numbers, paths : (n_paths,), (n_samples, n_modes, n_paths) complex
        Trajectories kept whole.
    histograms : (n_groups, n_modes, n_cells, n_cells) int
        Counts summed over batches; real part first.
    batch_histograms : (n_batches or 0, n_groups, n_modes, n_cells, n_cells) int
        Counts of every batch, where asked for.
    states : (n_batches, n_modes, batch_size) complex, or None
        States after the last step, as they are kept between steps: before the half kick that completes them, or ahead
        of the observed state (see `openkerr.solvers.stepper_kernel`).
    """

    grid: TimeGrid
    moment_names: list[str]
    first_trajectory: np.ndarray
    weights: np.ndarray
    moments: np.ndarray
    lowest: np.ndarray
    highest: np.ndarray
    phases: np.ndarray
    pair_modes: np.ndarray
    pairs: np.ndarray
    listed_modes: np.ndarray
    trajectory_means: np.ndarray
    signals: np.ndarray
    correlations: np.ndarray
    samples_per_bin: np.ndarray
    path_numbers: np.ndarray
    paths: np.ndarray
    histograms: np.ndarray
    batch_histograms: np.ndarray
    states: np.ndarray | None = field(repr=False)
