"""How simulations are cut into jobs of comparable cost.

A job is named by what it computes (drives and trajectories), never by its place in a list, so that a longer scan or a
larger ensemble keeps the jobs it already has.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

SECONDS_PER_MODE_STEP = 4e-9
"""Cost of one step of one mode of one trajectory on one core, noise included: the chain's reference."""

BYTES_OF_PROCESS = 400_000_000
"""Memory of a Python process with the compiled kernels loaded."""


class DriveJob(NamedTuple):
    """Drives low <= F < high of a scan, and the trajectories of each, as one job."""

    low: float
    high: float
    drives: tuple[float, ...]
    trajectories: range


def ensemble_seconds(n_modes: int, n_steps: int, n_trajectories: int) -> float:
    """Estimated cost of an ensemble on one core, in seconds: steps times lanes times modes."""
    return SECONDS_PER_MODE_STEP * n_modes * n_steps * n_trajectories


def cut_trajectories(n_trajectories: int, batch_size: int, seconds: float, job_seconds: float) -> list[range]:
    """Ranges of trajectories, each of about ``job_seconds``.

    Parameters
    ----------
    n_trajectories : int
        Size of the ensemble.
    batch_size : int
        Every range starts at a multiple of it.
    seconds : float
        Estimated cost of the whole ensemble.
    job_seconds : float
        Cost that a job aims at.

    Returns
    -------
    list of range
        Of one length but for the last, which is a power of two times the batch size and so does not change when
        the ensemble is extended.
    """
    size = batch_size
    while 2 * size < n_trajectories and seconds * 2 * size / n_trajectories <= job_seconds:
        size *= 2
    if seconds <= job_seconds:
        size = n_trajectories
    return [range(first, min(first + size, n_trajectories)) for first in range(0, n_trajectories, size)]


def cut_drives(
    drives: Sequence[float],
    n_trajectories: int,
    batch_size: int,
    seconds_per_drive: float,
    job_seconds: float,
) -> list[DriveJob]:
    """Jobs of a scan: dyadic intervals of the drive, halved until they cost about ``job_seconds``.

    An interval depends on the drives in it alone.  A single drive above the target is cut by trajectories.
    """
    return cut_scan(drives, n_trajectories, batch_size, lambda _drive: seconds_per_drive, job_seconds)


def cut_scan(
    values: Sequence[float],
    n_trajectories: int,
    block: int,
    seconds: Callable[[float], float],
    job_seconds: float,
) -> list[DriveJob]:
    """Jobs of a scan whose points cost differently: dyadic intervals, and trajectories of a single dear point.

    Parameters
    ----------
    values : sequence of float
        Points of the scan, positive.
    n_trajectories, block : int
        Trajectories a point; ranges of them start at multiples of the block.
    seconds : callable
        Estimated cost of all trajectories at a point.
    job_seconds : float
        Cost that a job aims at.
    """
    width = 1.0
    while width <= max(values):
        width *= 2.0

    def cut(low: float, width: float) -> list[DriveJob]:
        inside = tuple(value for value in values if low <= value < low + width)
        cost = sum(seconds(value) for value in inside)
        if not inside:
            return []
        if len(inside) == 1 or cost <= job_seconds:
            ranges = cut_trajectories(n_trajectories, block, cost, job_seconds)
            return [DriveJob(low, low + width, inside, trajectories) for trajectories in ranges]
        return cut(low, width / 2) + cut(low + width / 2, width / 2)

    return cut(0.0, width)


def megabytes(array_bytes: float) -> int:
    """Memory to reserve for a job that holds arrays of so many bytes, in MB."""
    return int((BYTES_OF_PROCESS + 3 * array_bytes) / 1e6)
