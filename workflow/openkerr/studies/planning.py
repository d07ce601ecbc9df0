"""How simulations are cut into jobs, and what a job costs: one object for its rule and for the estimate of a run.

A job is a fixed number of batches at the points of a fixed interval, whatever the size of the ensemble, the other
points of the scan and the estimated cost, and is named by what it computes, never by its place in a list: a longer scan
or a larger ensemble keeps every whole job that it already has.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any, NamedTuple

from pydantic import BaseModel

from openkerr.settings.fields import Section

SECONDS_PER_MODE_STEP = 4e-9
"""Cost of one step of one mode of one trajectory on one core, noise included: the chain's reference."""

BYTES_OF_PROCESS = 400_000_000
"""Memory of a Python process with the compiled kernels loaded."""

START_SECONDS = 2.0
"""Start of a process with the library, and machine code read from disk."""

TABLE_SECONDS = 1.5
"""Start and work of a rule that joins what others made."""

FILE_BYTES = 16_000
"""What a NetCDF file holds besides its arrays."""
VARIABLE_BYTES = 700
"""What a variable or coordinate takes in such a file beyond its numbers, from the fifteenth on."""

SIMULATION, TABLE, FIGURE = 1, 2, 3
"""Stages of a run, after the compilation: rules of one stage can run side by side, stages follow each other."""


class Cost(NamedTuple):
    """One job: seconds on one core, memory to reserve in MB, bytes of raw data that it leaves."""

    seconds: float
    megabytes: int
    raw_bytes: int = 0


class Job(NamedTuple):
    """One job of a simulation: the points and trajectories that it computes, and what that costs."""

    points: tuple[float, ...]
    trajectories: range
    cost: Cost


BATCH_SECONDS = 600.0
"""Work of the jobs that a cluster is handed as one: its start-up, some 15 s of processor time, is a fortieth of it."""

BATCH_JOBS = 64
"""Most jobs of a batch: what Snakemake spends on a batch grows with the square of their number."""

ALONE_SECONDS = 240.0
"""A job from which on its own start-up weighs little."""


class RuleJobs:
    """The jobs of a rule: found by its wildcards, and put together for a cluster.

    A cluster starts Snakemake anew for everything that it is handed.  So short jobs go in batches of about
    `BATCH_SECONDS`, `BATCH_JOBS` at most, in the order in which they are named; a batch decides nothing but that.
    Jobs of `ALONE_SECONDS` and more stand alone, and all those of a rule ask for as much time and memory as the largest
    of them, for an array of jobs has one request.

    Parameters
    ----------
    jobs : mapping
        Anything with a `cost`, in mappings inside each other.
    names : sequence of str
        Wildcards that lead through them, the outermost first.
    """

    def __init__(self, jobs: Mapping[str, Any], names: Sequence[str]):
        self._jobs, self._names = jobs, tuple(names)

    def __call__(self, wildcards: Any) -> Any:
        """Return the job that an object with the wildcards as attributes leads to."""
        found: Any = self._jobs
        for key in self._key(wildcards):
            found = found[key]
        return found

    def batch(self, wildcards: Any) -> int | None:
        """Return the number of the batch that a job belongs to, or None if it stands alone."""
        return self._batches.get(self._key(wildcards))

    def asked(self, wildcards: Any) -> Cost:
        """Return what a job asks a scheduler for."""
        cost = self(wildcards).cost
        return cost if self._key(wildcards) in self._batches else self._largest

    def _key(self, wildcards: Any) -> tuple[str, ...]:
        return tuple(getattr(wildcards, name) for name in self._names)

    @cached_property
    def _costs(self) -> dict[tuple[str, ...], Cost]:
        found: dict[tuple[str, ...], Any] = {(): self._jobs}
        for _ in self._names:
            found = {(*key, name): inner for key, outer in found.items() for name, inner in outer.items()}
        return {key: job.cost for key, job in found.items()}

    @cached_property
    def _batches(self) -> dict[tuple[str, ...], int]:
        numbers, number, filled, held = {}, 0, 0.0, 0
        for key, cost in self._costs.items():
            seconds = START_SECONDS + cost.seconds
            if seconds >= ALONE_SECONDS:
                continue
            if held and (filled + seconds > BATCH_SECONDS or held == BATCH_JOBS):
                number, filled, held = number + 1, 0.0, 0
            numbers[key], filled, held = number, filled + seconds, held + 1
        return numbers

    @cached_property
    def _largest(self) -> Cost:
        alone = [cost for key, cost in self._costs.items() if key not in self._batches]
        return Cost(max(cost.seconds for cost in alone), max(cost.megabytes for cost in alone))


def time_limit(seconds: float, attempt: int = 1) -> int:
    """Return the time to ask a scheduler for, in minutes, for a job of so many estimated seconds."""
    return math.ceil(attempt * (2 + 3 * seconds / 60))


Jobs = Mapping[str, Job]
"""Jobs of a rule or of one of its cases by their names, as files have them."""


@dataclass(frozen=True)
class RuleEstimate:
    """All jobs of a rule."""

    rule: str
    stage: int
    jobs: tuple[Cost, ...]

    @property
    def seconds(self) -> float:
        """Seconds of all jobs on one core."""
        return sum(job.seconds for job in self.jobs)


def simulation(rule: str, *cases: Jobs) -> RuleEstimate:
    """Estimate of a rule from the jobs of its cases, each with the start of its process."""
    costs = [job.cost for jobs in cases for job in jobs.values()]
    return RuleEstimate(rule, SIMULATION, tuple(cost._replace(seconds=START_SECONDS + cost.seconds) for cost in costs))


def table(rule: str, seconds: float = 0.0, megabytes: int = 1000) -> RuleEstimate:
    """Estimate of a rule of one job that makes tables, from its work besides reading and writing."""
    return RuleEstimate(rule, TABLE, (Cost(TABLE_SECONDS + seconds, megabytes),))


# ---------------------------------------------------------------------------------------------- cuts


def ensemble_jobs(
    n_trajectories: int, batch_size: int, batches_per_job: int, cost: Callable[[range], Cost]
) -> dict[str, Job]:
    """Jobs of an ensemble: ranges of so many batches each, the last of which may be shorter.

    Parameters
    ----------
    cost : callable
        Cost of some trajectories.
    """
    size = batch_size * batches_per_job
    ranges = [range(first, min(first + size, n_trajectories)) for first in range(0, n_trajectories, size)]
    return {f"trajectories_{part.start}-{part.stop}": Job((), part, cost(part)) for part in ranges}


def intervals(points: Sequence[float], length: float) -> dict[tuple[float, float], tuple[float, ...]]:
    """Points of a scan by the intervals that hold them, which begin at whole multiples of their length."""
    inside: dict[int, list[float]] = {}
    for point in points:
        # A point on the border belongs to the upper interval, whatever the rounding of the quotient.
        inside.setdefault(math.floor(round(point / length, 9)), []).append(point)
    return {(number * length, (number + 1) * length): tuple(inside[number]) for number in sorted(inside)}


def scan_jobs(
    scanned: str, points: Sequence[float], length: float, cost: Callable[[tuple[float, ...]], Cost]
) -> dict[str, Job]:
    """Jobs of a scan without trajectories: the points of an interval each.

    Parameters
    ----------
    scanned : str
        What is scanned, in the names of jobs.
    length : float
        Length of the intervals.
    cost : callable
        Cost of some points.
    """
    cut = intervals(points, length)
    return {f"{scanned}_{_named(ends)}": Job(inside, range(1), cost(inside)) for ends, inside in cut.items()}


def scanned_ensemble_jobs(
    scanned: str,
    points: Sequence[float],
    length: float,
    ensemble: tuple[int, int, int],
    cost: Callable[[tuple[float, ...], range], Cost],
) -> dict[str, Job]:
    """Jobs of a scan of ensembles: the points of an interval, and so many batches of each.

    Parameters
    ----------
    scanned, points, length
        As in `scan_jobs`.
    ensemble : (int, int, int)
        Trajectories at a point, size of a batch, batches of a job.
    cost : callable
        Cost of some points with some trajectories each.
    """
    return {
        f"{scanned}_{_named(ends)}_{name}": Job(inside, job.trajectories, job.cost)
        for ends, inside in intervals(points, length).items()
        for name, job in ensemble_jobs(*ensemble, partial(cost, inside)).items()
    }


def _named(ends: tuple[float, float]) -> str:
    return f"{ends[0]:.12g}-{ends[1]:.12g}"


# ---------------------------------------------------------------------------------------------- costs


def ensemble_seconds(n_modes: int, n_steps: int, n_trajectories: int) -> float:
    """Estimated cost of an ensemble on one core, in seconds: steps times lanes times modes."""
    return SECONDS_PER_MODE_STEP * n_modes * n_steps * n_trajectories


def megabytes(array_bytes: float) -> int:
    """Memory to reserve for a job that holds arrays of so many bytes, in MB."""
    return int((BYTES_OF_PROCESS + 3 * array_bytes) / 1e6)


def step_variants(*sections: Section) -> list[list[str]]:
    """Stepper, precision and noise of every ensemble anywhere in some sections, each once, sorted."""
    found = set()
    keys = ("stepper", "precision", "noise")
    queue: list[Any] = list(sections)
    while queue:
        item = queue.pop()
        if isinstance(item, tuple):
            queue.extend(item)
        elif isinstance(item, BaseModel):
            if set(keys) <= set(type(item).model_fields):
                found.add(tuple(getattr(item, key) for key in keys))
            queue.extend(getattr(item, name) for name in type(item).model_fields)
    return [list(each) for each in sorted(found)]


def batches(n_trajectories: int, batch_size: int) -> int:
    """Number of batches of so many trajectories."""
    return -(-n_trajectories // batch_size)
