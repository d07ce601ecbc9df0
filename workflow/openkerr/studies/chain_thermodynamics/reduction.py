"""What an ensemble keeps for the thermometers, in units of its sites."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from openkerr.solvers.sde import Correlations, Histogram, Reduction
from openkerr.solvers.time_grid import CorrelationTimes, TimeGrid

KINDS = ("field", "density")
"""Signals of a site: alpha, and |alpha|²."""


def thermal_pairs(length: int) -> list[tuple[int, int]]:
    """Every site with its right neighbour, with its left one, and the next nearest ones, from 0."""
    right = [(site, site + 1) for site in range(length - 1)]
    return right + [(high, low) for low, high in right] + [(site, site + 2) for site in range(length - 2)]


def thermal_reduction(
    length: int,
    grid: TimeGrid,
    samples_per_window: int,
    burn_in: float,
    *,
    n_windows: int,
    extent: float,
    n_cells: int,
    correlation_sites: Sequence[int],
    correlations: CorrelationTimes,
) -> Reduction:
    """Moments, phases, products of neighbours and histograms of the window, and auto-correlations of chosen sites.

    Parameters
    ----------
    length : int
        Number of sites.
    grid : TimeGrid
        Samples of the run, which the auto-correlations need more often than all else.
    samples_per_window : int
        Every so many samples one adds to moments and histograms.
    burn_in : float
        Time before the window.
    n_windows : int
        Parts of the window that are kept apart.
    extent, n_cells : float, int
        Half side of the histograms' square, and their cells along a side.
    correlation_sites : sequence of int
        Sites, counted from 1, whose field and density are correlated with themselves.
    correlations : CorrelationTimes
        References and number of lags, in samples.
    """
    kept = np.arange(grid.n_samples)[::samples_per_window]
    kept = kept[grid.times[kept] > burn_in * (1 + 1e-12)]
    bins = np.full(grid.n_samples, -1)
    bins[kept] = np.arange(len(kept)) * min(n_windows, len(kept)) // max(len(kept), 1)
    signals = None
    if len(correlation_sites):
        powers = np.zeros((2 * len(correlation_sites), length, 2), dtype=np.int64)
        sites, rows = np.array(correlation_sites) - 1, np.arange(len(correlation_sites))
        powers[rows, sites, 1] = 1
        powers[len(rows) + rows, sites, :] = 1
        signals = Correlations(powers, correlations.references, correlations.n_lags)
    return Reduction(
        bin_of_sample=bins,
        histogram=Histogram(extent, n_cells, np.where(bins >= 0, 0, -1), by_batch=True),
        phases=True,
        pairs=thermal_pairs(length),
        correlations=signals,
    )
