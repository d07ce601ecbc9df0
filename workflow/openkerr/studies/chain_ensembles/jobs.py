"""Jobs of the ensembles of single chains."""

from __future__ import annotations

from openkerr.solvers.reductions import PRODUCTS
from openkerr.solvers.time_grid import CorrelationTimes, correlation_times
from openkerr.studies.chain_ensembles.config import ChainEnsembles, EnsembleCase
from openkerr.studies.planning import (
    FILE_BYTES,
    SECONDS_PER_MODE_STEP,
    Cost,
    Jobs,
    RuleEstimate,
    batches,
    ensemble_jobs,
    megabytes,
    simulation,
    table,
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

SECONDS_PER_BYTE = 1e-7
"""Joining and analysing raw data."""

WINDOWS = 8
"""Windows into which the averaging time of a steady state is cut."""


def n_pairs(length: int) -> int:
    """Pairs of sites whose products are kept: nearest, next nearest, and every site with the centre."""
    return 3 * length - 3


def case_references(ensembles: ChainEnsembles, case: EnsembleCase) -> CorrelationTimes:
    """References and lags of a case's auto-correlations, in units of ``lag_interval``, all within the run."""
    reference_time = case.averaging_time - ensembles.lag_time - ensembles.lag_interval
    return correlation_times(
        ensembles.lag_interval, case.burn_in, ensembles.n_references, reference_time, ensembles.lag_time
    )


def case_jobs(ensembles: ChainEnsembles, case: EnsembleCase) -> Jobs:
    """Jobs of a case."""
    return ensemble_jobs(
        ensembles.n_trajectories,
        ensembles.batch_size,
        ensembles.batches_per_job,
        lambda part: _cost(ensembles, case, len(part)),
    )


def profiles_megabytes(ensembles: ChainEnsembles) -> int:
    """Memory for the partial sums of the largest case, in MB."""
    return max(_cost(ensembles, case, ensembles.n_trajectories).megabytes for case in ensembles.cases)


def estimates(ensembles: ChainEnsembles) -> list[RuleEstimate]:
    """Cost of every rule of the study."""
    raw = sum(_raw_bytes(ensembles, case, ensembles.n_trajectories) for case in ensembles.cases)
    return [
        simulation("simulate_chain_ensembles", *(case_jobs(ensembles, case) for case in ensembles.cases)),
        table("chain_profiles", SECONDS_PER_BYTE * raw, profiles_megabytes(ensembles)),
    ]


def _cost(ensembles: ChainEnsembles, case: EnsembleCase, n_trajectories: int) -> Cost:
    time = case.burn_in + case.averaging_time
    steps = time / ensembles.time_step
    samples = case.averaging_time / ensembles.sampling_interval
    step = SECONDS_PER_SITE_STEP.get((ensembles.stepper, ensembles.precision), SECONDS_PER_MODE_STEP)
    seconds = steps * step + samples * SECONDS_PER_SITE_SAMPLE
    if case.intrinsic_loss_rate > 0:
        seconds += steps * SECONDS_PER_NOISE
    if case.correlation_sites:
        # An observation completes the step, which costs about half of one.
        seconds += 0.5 * time / ensembles.lag_interval * step
    raw = _raw_bytes(ensembles, case, n_trajectories)
    # Counts are held as 64-bit numbers.
    return Cost(seconds * case.length * n_trajectories, megabytes(2 * raw), raw + FILE_BYTES)


def _raw_bytes(ensembles: ChainEnsembles, case: EnsembleCase, n_trajectories: int) -> int:
    """Bytes of the arrays that so many trajectories of a case leave."""
    n_batches, length = batches(n_trajectories, ensembles.batch_size), case.length
    # Fourteen moments, two extremes and a phase of two parts a site; products of a pair; single trajectories.
    numbers = n_batches * WINDOWS * (18 * length + len(PRODUCTS) * n_pairs(length) + ensembles.batch_size)
    if case.correlation_sites:
        lags = round(ensembles.lag_time / ensembles.lag_interval) + 1
        numbers += n_batches * 2 * lags * len(case.correlation_sites)
    return 8 * numbers + 4 * n_batches * length * ensembles.n_cells**2
