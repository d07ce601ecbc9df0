"""Jobs of ensembles of single chains, and what they cost."""

from __future__ import annotations

from openkerr.solvers.reductions import MOMENTS, PRODUCTS
from openkerr.solvers.time_grid import CorrelationTimes, correlation_times
from openkerr.studies.chain_kept import Kept
from openkerr.studies.chain_settings import SingleChain, SingleChains
from openkerr.studies.planning import (
    FILE_BYTES,
    SECONDS_PER_MODE_STEP,
    Cost,
    Jobs,
    batches,
    ensemble_jobs,
    megabytes,
)

SECONDS_PER_SITE_STEP = {
    ("strang", "single"): 6e-10,
    ("strang", "double"): 1.4e-9,
    ("blanes_moan", "single"): 4e-9,
    ("blanes_moan", "double"): 8e-9,
    ("runge_kutta", "single"): 2.5e-9,
    ("runge_kutta", "double"): 4e-9,
}
"""Cost of one step of one site of one trajectory on one core, without noise, of the steps that were measured."""

SECONDS_PER_NOISE = 1.6e-9
"""Cost of the noise and loss of one site in a step of one trajectory."""

SECONDS_PER_SITE_SAMPLE = 1.5e-8
"""Cost of adding one site of one trajectory to moments, products of neighbours and a histogram."""

SECONDS_PER_LAG = 2e-9
"""Cost of one lag of one signal of one trajectory."""


def case_references(study: SingleChains, case: SingleChain) -> CorrelationTimes:
    """References and lags of a case's auto-correlations, in units of ``lag_interval``, all within the run."""
    reference_time = case.averaging_time - study.lag_time - study.lag_interval
    return correlation_times(study.lag_interval, case.burn_in, study.n_references, reference_time, study.lag_time)


def single_chain_jobs(study: SingleChains, case: SingleChain, kept: Kept, n_windows: int, losses: bool) -> Jobs:
    """Jobs of a case, which keeps so much in so many windows; whether every site loses photons besides the ends."""
    return ensemble_jobs(
        study.n_trajectories,
        study.batch_size,
        study.batches_per_job,
        lambda part: single_chain_cost(study, case, kept, n_windows, losses, len(part)),
    )


def single_chain_cost(
    study: SingleChains, case: SingleChain, kept: Kept, n_windows: int, losses: bool, n_trajectories: int
) -> Cost:
    """Cost of so many trajectories of a case."""
    time = case.burn_in + case.averaging_time
    steps = time / study.time_step
    samples = case.averaging_time / study.sampling_interval
    step = SECONDS_PER_SITE_STEP.get((study.stepper, study.precision), SECONDS_PER_MODE_STEP)
    seconds = case.length * (steps * (step + losses * SECONDS_PER_NOISE) + samples * SECONDS_PER_SITE_SAMPLE)
    n_signals, lags = len(kept.signals) * len(case.correlation_sites), study.lag_time / study.lag_interval
    if n_signals:
        # An observation completes the step, which costs about half of one.
        seconds += case.length * 0.5 * time / study.lag_interval * step
        seconds += n_signals * study.n_references * lags * SECONDS_PER_LAG
    # Moments and a phase of two parts a site; products of pairs; single trajectories.
    numbers = case.length * (len(MOMENTS) + 2) + len(kept.pairs) * len(PRODUCTS)
    numbers = n_windows * (numbers + len(kept.trajectory_means) * study.batch_size)
    counts = 4 * case.length * study.n_cells**2
    raw = batches(n_trajectories, study.batch_size) * (8 * (numbers + 2 * n_signals * (round(lags) + 1)) + counts)
    # Counts are held as 64-bit numbers.
    return Cost(seconds * n_trajectories, megabytes(2 * raw), raw + FILE_BYTES)
