"""Jobs of the onset and metastability of the wave."""

from __future__ import annotations

from openkerr.studies.chain_metastability.config import (
    EventCase,
    Metastability,
    Onset,
    PassageCase,
    SplittingCase,
)
from openkerr.studies.planning import (
    FILE_BYTES,
    Cost,
    Job,
    Jobs,
    RuleEstimate,
    batches,
    ensemble_jobs,
    megabytes,
    scanned_ensemble_jobs,
    simulation,
    table,
)

SECONDS_PER_SITE_STEP = {"single": 1.0e-9, "double": 2.0e-9}
"""Cost of one strang step of one site of one trajectory on one core, in blocks of 64 lanes."""

SECONDS_PER_NOISE = {"single": 3.5e-9, "double": 7e-9}
"""Cost of one complex noise of one trajectory."""

SECONDS_PER_SITE_SAMPLE = 3e-9
"""Cost of observing one site of one trajectory."""

SECONDS_PER_BYTE = 1e-8
"""Analysis of raw data."""

STAGES = 7
"""Stages of forward flux sampling at a rate of 1e-7."""

TRIAL_TIME = {"arrival": 150.0, "escape": 30.0}
"""Time of a trial, that of its block: the longest of some."""

WATCHED = 2
"""Sites whose photon number is kept of every trajectory: the last one and the middle."""


def onset_jobs(block: Metastability) -> Jobs:
    """Jobs of the onset."""
    onset = block.onset
    ensemble = onset.n_trajectories, onset.batch_size, onset.batches_per_job
    return ensemble_jobs(*ensemble, lambda part: _onset_cost(block, onset, part))


def passage_jobs(block: Metastability, case: PassageCase) -> Jobs:
    """Jobs of a case: the lengths of an interval at all its drives."""
    ensemble = case.n_trajectories, case.batch_size, case.batches_per_job
    return scanned_ensemble_jobs(
        "lengths",
        case.lengths,
        case.length_interval,
        ensemble,
        lambda lengths, part: _passage_cost(block, case, lengths, len(part)),
    )


def splitting_job(block: Metastability, case: SplittingCase) -> Job:
    """Job of a case of forward flux sampling, pilot included."""
    numerics = block.splitting
    # The flux, and so many stages of trials that are as long as the memory and the way back.
    flux = numerics.n_lanes * (case.burn_in + case.flux_time)
    trials = STAGES * case.n_trials * (TRIAL_TIME[case.direction] + case.memory_time)
    seconds = _seconds(block, case.length, flux + trials) * (case.n_populations + 2)
    states = 2 * case.length * (numerics.n_lanes + 6 * case.n_trials)
    return Job((), range(case.n_populations), Cost(seconds, megabytes(8 * states), FILE_BYTES + 1000))


def event_job(block: Metastability, case: EventCase) -> Job:
    """Job of a case of single passages: an ensemble, and the same again for the paths."""
    events, n_samples = block.events, case.final_time / block.sampling_interval
    points = len(case.thermal_occupations)
    seconds = 2 * points * events.n_trajectories * _seconds(block, case.length, case.final_time)
    bins, n_batches = case.final_time / block.window, batches(events.n_trajectories, events.batch_size)
    # Moments of all sites, last sites, and whole paths.
    held = 18 * bins * n_batches * case.length + bins * events.n_trajectories
    held += 2 * events.n_events * n_samples * case.length
    spans = 2 * events.n_events * (events.before + events.after) / block.sampling_interval * case.length
    kept = 4 * points * (spans + bins * events.n_trajectories)
    memory = megabytes(8 * held + 2 * kept)
    return Job((), range(events.n_trajectories), Cost(seconds, memory, int(kept) + FILE_BYTES))


def table_megabytes(block: Metastability) -> int:
    """Memory for the passages of the largest case, in MB."""
    return max(
        megabytes(2 * _raw_numbers(block, case, case.n_trajectories) * 4 / len(case.drive_amplitudes))
        for case in block.cases
    )


def estimates(block: Metastability) -> list[RuleEstimate]:
    """Cost of every rule of the study."""
    passages = [passage_jobs(block, case) for case in block.cases]
    raw = sum(job.cost.raw_bytes for jobs in passages for job in jobs.values())
    return [
        simulation("simulate_chain_onset", onset_jobs(block)),
        simulation("simulate_chain_metastability", *passages),
        simulation(
            "simulate_chain_splitting", {case.name: splitting_job(block, case) for case in block.splitting.cases}
        ),
        simulation("simulate_chain_events", {case.name: event_job(block, case) for case in block.events.cases}),
        table("chain_onset"),
        table("chain_events"),
        table("chain_metastability", SECONDS_PER_BYTE * raw, table_megabytes(block)),
    ]


def _seconds(block: Metastability, length: float, time: float) -> float:
    """One trajectory."""
    step = length * SECONDS_PER_SITE_STEP[block.precision] + 2 * SECONDS_PER_NOISE[block.precision]
    return time / block.time_step * step + time / block.sampling_interval * length * SECONDS_PER_SITE_SAMPLE


def _onset_cost(block: Metastability, onset: Onset, part: range) -> Cost:
    bins = round(onset.final_time / onset.window)
    n_batches = batches(len(part), onset.batch_size)
    # First and second moments, extremes and phases; whole paths, which are averaged over windows in the raw file.
    sums = 9 * bins * onset.length * n_batches
    paths = 2 * onset.length * onset.n_paths if part.start == 0 else 0
    memory = megabytes(8 * (sums + paths * onset.final_time / block.sampling_interval))
    kept = 8 * 4 * bins * onset.length * n_batches + 4 * paths * bins
    return Cost(_seconds(block, onset.length, onset.final_time) * len(part), memory, kept + FILE_BYTES)


def _passage_cost(block: Metastability, case: PassageCase, lengths: tuple[float, ...], n_trajectories: int) -> Cost:
    drives, bins = len(case.drive_amplitudes), case.final_time / block.window
    seconds = sum(_seconds(block, length, case.final_time) for length in lengths) * drives * n_trajectories
    # First moments and extremes of all sites while a point runs.
    held = 8 * bins * batches(n_trajectories, case.batch_size) * (4 * max(lengths) + 2 * case.batch_size)
    kept = 4 * WATCHED * bins * n_trajectories * drives * len(lengths)
    return Cost(seconds, megabytes(held + 2 * kept), int(kept) + FILE_BYTES)


def _raw_numbers(block: Metastability, case: PassageCase, n_trajectories: int) -> float:
    points = len(case.lengths) * len(case.drive_amplitudes)
    return WATCHED * case.final_time / block.window * n_trajectories * points
