"""Jobs of the melting torus in phase space, and of switching between cycle and torus."""

from __future__ import annotations

from openkerr.studies.planning import (
    FILE_BYTES,
    TABLE_SECONDS,
    Cost,
    Job,
    Jobs,
    RuleEstimate,
    batches,
    ensemble_seconds,
    megabytes,
    scanned_ensemble_jobs,
    simulation,
    table,
)
from openkerr.studies.torus_melting.config import CircularVariance, SampledEnsemble, Switching, WignerMaps

SECONDS_PER_ATTRACTOR = 1.0
"""Search for one attractor and its frequencies by Newton's method."""

SECONDS_PER_CLASSICAL_STEP = 1.5e-8
"""Cost of one step of one classical run of the two cavities, on one core."""

SECONDS_PER_SCALING = 1.5e-3
"""One fit of the exponents of the circular variance in one window."""

SECONDS_PER_RATE = 0.01
"""One fit of the rates of switching to the shares of two ensembles."""

BASIN_FILE_BYTES = 11_500
"""What the file of basins holds besides its arrays."""


def wigner_jobs(case: WignerMaps) -> Jobs:
    """Jobs of the Wigner functions."""

    def cost(alephs: tuple[float, ...], part: range) -> Cost:
        n_trajectories = len(part)
        counts = 2 * len(case.times) * case.n_cells**2
        # Histograms, one set a batch, and whole paths are in memory; margins of the weight at every sample are kept.
        paths = 2 * 2 * (case.n_samples + 1) * min(case.n_weighted, n_trajectories)
        memory = megabytes(8 * (counts * batches(n_trajectories, case.batch_size) + paths))
        numbers = len(alephs) * (counts + 4 * (case.n_samples + 1) + 14)
        seconds = SECONDS_PER_ATTRACTOR + len(alephs) * _seconds(case, n_trajectories)
        return Cost(seconds, memory, 8 * numbers + FILE_BYTES)

    ensemble = case.n_trajectories, case.batch_size, case.batches_per_job
    return scanned_ensemble_jobs("aleph", case.alephs, case.job_interval, ensemble, cost)


def variance_jobs(case: CircularVariance) -> Jobs:
    """Jobs of the circular variance."""

    def cost(alephs: tuple[float, ...], part: range) -> Cost:
        n_trajectories = len(part)
        # Six numbers a mode, sample and batch, two of which are kept for every aleph.
        each = 2 * (case.n_samples + 1) * batches(n_trajectories, case.batch_size)
        seconds = len(alephs) * _seconds(case, n_trajectories)
        memory = megabytes(8 * each * (6 + 2 * len(alephs)))
        return Cost(seconds, memory, 8 * 2 * each * len(alephs) + FILE_BYTES)

    ensemble = case.n_trajectories, case.batch_size, case.batches_per_job
    return scanned_ensemble_jobs("aleph", case.alephs, case.job_interval, ensemble, cost)


def switching_jobs(case: Switching) -> Jobs:
    """Jobs of switching: both starts at every aleph."""

    def cost(omegas: tuple[float, ...], part: range) -> Cost:
        n_trajectories = len(part)
        ensembles = 2 * len(omegas) * len(case.alephs)
        # Four times a window the share on the torus; whole paths are in memory, two fields a sample.
        numbers = ensembles * batches(n_trajectories, case.batch_size) * (1 + 4 * case.final_time / case.window)
        memory = megabytes(8 * 2 * 2 * (case.n_samples + 1) * n_trajectories)
        return Cost(ensembles * _seconds(case, n_trajectories), memory, int(8 * numbers) + FILE_BYTES)

    ensemble = case.n_trajectories, case.batch_size, case.batches_per_job
    return scanned_ensemble_jobs("omega", case.omegas, case.job_interval, ensemble, cost)


def basin_job(case: Switching) -> Job:
    """Job of the basins."""
    n_steps = (case.basin_time + 5 * case.window) / case.time_step
    seconds = SECONDS_PER_CLASSICAL_STEP * n_steps * case.n_starts * len(case.frequencies)
    numbers = len(case.frequencies) * (case.n_starts + 8)
    return Job(tuple(case.frequencies), range(case.n_starts), Cost(seconds, 1000, 8 * numbers + BASIN_FILE_BYTES))


def estimates(wigner: WignerMaps, variance: CircularVariance, switching: Switching) -> list[RuleEstimate]:
    """Cost of every rule of the study."""
    n_batches = batches(variance.n_trajectories, variance.batch_size)
    fits = 4 * len(variance.aleph_windows) * len(variance.time_windows) * (n_batches + 2 * variance.n_curves)
    rates = len(switching.omegas) * len(switching.alephs)
    rates *= batches(switching.n_trajectories, switching.batch_size) + 1
    return [
        simulation("simulate_torus_wigner", wigner_jobs(wigner)),
        simulation("simulate_torus_circular_variance", variance_jobs(variance)),
        simulation("simulate_torus_basins", {"": basin_job(switching)}),
        simulation("simulate_torus_switching", switching_jobs(switching)),
        table("torus_wigner", TABLE_SECONDS + SECONDS_PER_ATTRACTOR, 1500),
        table("torus_circular_variance", SECONDS_PER_ATTRACTOR + SECONDS_PER_SCALING * fits, 2000),
        table("torus_switching", SECONDS_PER_RATE * rates, 1500),
    ]


def _seconds(case: SampledEnsemble, n_trajectories: int) -> float:
    """Estimated cost of so many trajectories at one aleph, in seconds on one core."""
    return ensemble_seconds(2, case.n_samples * case.steps_per_sample, n_trajectories)
