"""Jobs of the scans of the chain."""

from __future__ import annotations

from collections.abc import Sequence

from openkerr.studies.chain_map.config import Saturation, SteadyState
from openkerr.studies.planning import (
    FILE_BYTES,
    VARIABLE_BYTES,
    Cost,
    Jobs,
    RuleEstimate,
    batches,
    ensemble_seconds,
    megabytes,
    scanned_ensemble_jobs,
    simulation,
    table,
)

SECONDS_PER_SITE_STEP = {"single": 6.5e-10, "double": 1.4e-9}
"""Cost of one strang step of one site of one trajectory on one core, in blocks of 64 lanes."""

SECONDS_PER_NOISE = {"single": 3.5e-9, "double": 7e-9}
"""Cost of one complex noise of one trajectory: that of a short chain."""

SMALL_BLOCK = 1.7
"""Cost of a step in a block of 16 lanes, in which replicas come, over that in one of 64."""

SECONDS_PER_STEADY_STATE = 0.01
"""Estimates of three sites of one steady state."""

FURTHER_VARIABLES = 9
"""Variables and coordinates of a raw file beyond the fourteen that every file has room for."""

WINDOWS = 8
"""Windows into which the averaging time of a steady state is cut."""


def steady_state_jobs(scan: SteadyState, saturation: Saturation, length: int) -> Jobs:
    """Jobs of one length of a scan, replicas included."""
    ensemble = scan.n_trajectories, scan.batch_size, scan.batches_per_job
    return scanned_ensemble_jobs(
        "drives",
        scan.drive_amplitudes,
        scan.job_interval,
        ensemble,
        lambda drives, part: _cost(scan, saturation, length, len(drives), part),
    )


def estimates(scans: Sequence[SteadyState], saturation: Saturation) -> list[RuleEstimate]:
    """Cost of every rule of the study."""
    states = sum(len(scan.lengths) * len(scan.drive_amplitudes) for scan in scans)
    jobs = (steady_state_jobs(scan, saturation, length) for scan in scans for length in scan.lengths)
    return [
        simulation("simulate_chain_steady_states", *jobs),
        table("chain_phase_diagram", SECONDS_PER_STEADY_STATE * states),
    ]


def _cost(scan: SteadyState, saturation: Saturation, length: int, n_drives: int, trajectories: range) -> Cost:
    # The first trajectories of every state get a replica.
    replicated = len(range(trajectories.start, min(trajectories.stop, saturation.n_trajectories)))
    seconds = n_drives * (
        _seconds(scan, length, len(trajectories)) + _replica_seconds(scan, saturation, length, replicated)
    )
    n_batches = batches(len(trajectories), scan.batch_size)
    windows = min(WINDOWS, scan.n_samples)
    windows += round(windows * scan.burn_in_samples / scan.n_samples)
    sites = len({1, length // 2, length})
    # Two moments of three sites a window and batch, trajectories in single precision, correlators.
    numbers = n_batches * (windows * (2 * sites + scan.batch_size / 2) + 1)
    numbers += 2 * sites * saturation.n_trajectories / saturation.batch_size
    # While it runs all moments and extremes of all sites are in memory.
    arrays = 8 * n_batches * (windows * (16 * length + scan.batch_size) + 4 * length * scan.batch_size)
    raw = int(8 * n_drives * numbers) + FILE_BYTES + FURTHER_VARIABLES * VARIABLE_BYTES
    return Cost(seconds, max(megabytes(arrays), 600), raw)


def _seconds(scan: SteadyState, length: int, n_trajectories: int) -> float:
    """Estimated cost of so many trajectories of one state, in seconds on one core."""
    n_steps = (scan.burn_in_samples + scan.n_samples) * scan.steps_per_sample
    if scan.stepper != "strang":
        return ensemble_seconds(length, n_steps, n_trajectories)
    n_noises = length if scan.geometry == "uniform" else 2
    step = SECONDS_PER_NOISE[scan.precision] * n_noises + SECONDS_PER_SITE_STEP[scan.precision] * length
    return step * n_steps * n_trajectories


def _replica_seconds(scan: SteadyState, saturation: Saturation, length: int, n_trajectories: int) -> float:
    """The same of replicas, which share their noise with their trajectories."""
    n_noises = length if scan.geometry == "uniform" else 2
    step = SECONDS_PER_NOISE["double"] * n_noises + 2 * SECONDS_PER_SITE_STEP["double"] * length
    return SMALL_BLOCK * step * saturation.n_steps * n_trajectories
