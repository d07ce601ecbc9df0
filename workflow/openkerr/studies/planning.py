"""How simulations are cut into jobs.

A job is a fixed number of batches at the points of a fixed interval, whatever the size of the ensemble, the other
points of the scan and the estimated cost, and is named by what it computes, never by its place in a list: a longer scan
or a larger ensemble keeps every whole job that it already has.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

SECONDS_PER_MODE_STEP = 4e-9
"""Cost of one step of one mode of one trajectory on one core, noise included: the chain's reference."""

BYTES_OF_PROCESS = 400_000_000
"""Memory of a Python process with the compiled kernels loaded."""


class ScanJob(NamedTuple):
    """Points low <= x < high of a scan, and the trajectories of each, as one job."""

    low: float
    high: float
    points: tuple[float, ...]
    trajectories: range

    def name(self, scanned: str) -> str:
        """Name of the job: what it computes."""
        return f"{scanned}_{self.low:.12g}-{self.high:.12g}_{trajectories_name(self.trajectories)}"


def trajectories_name(trajectories: range) -> str:
    """Name of a range of trajectories in the name of a job."""
    return f"trajectories_{trajectories.start}-{trajectories.stop}"


def ensemble_seconds(n_modes: int, n_steps: int, n_trajectories: int) -> float:
    """Estimated cost of an ensemble on one core, in seconds: steps times lanes times modes."""
    return SECONDS_PER_MODE_STEP * n_modes * n_steps * n_trajectories


def cut_trajectories(n_trajectories: int, batch_size: int, batches_per_job: int) -> list[range]:
    """Ranges of so many batches each; the last one may be shorter."""
    size = batch_size * batches_per_job
    return [range(first, min(first + size, n_trajectories)) for first in range(0, n_trajectories, size)]


def cut_scan(
    points: Sequence[float], interval: float, n_trajectories: int = 1, batch_size: int = 1, batches_per_job: int = 1
) -> list[ScanJob]:
    """Jobs of a scan: the points of each interval that begins at a whole multiple of its length, cut by trajectories.

    Parameters
    ----------
    points : sequence of float
        Points of the scan.
    interval : float
        Length of the intervals.
    n_trajectories, batch_size, batches_per_job : int
        Trajectories a point, as in `cut_trajectories`.
    """
    inside: dict[int, list[float]] = {}
    for point in points:
        # A point on the border belongs to the upper interval, whatever the rounding of the quotient.
        inside.setdefault(math.floor(round(point / interval, 9)), []).append(point)
    ranges = cut_trajectories(n_trajectories, batch_size, batches_per_job)
    return [
        ScanJob(number * interval, (number + 1) * interval, tuple(chosen), trajectories)
        for number, chosen in sorted(inside.items())
        for trajectories in ranges
    ]


def megabytes(array_bytes: float) -> int:
    """Memory to reserve for a job that holds arrays of so many bytes, in MB."""
    return int((BYTES_OF_PROCESS + 3 * array_bytes) / 1e6)
