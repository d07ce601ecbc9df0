"""Jobs of the chain's thermodynamics."""

from __future__ import annotations

from openkerr.solvers.reductions import PRODUCTS
from openkerr.solvers.time_grid import CorrelationTimes, correlation_times
from openkerr.studies.chain_thermodynamics.config import ChainThermodynamics, Equilibrium, ThermalCase
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

SECONDS_PER_SITE_STEP = {("strang", "single"): 6e-10, ("strang", "double"): 1.4e-9}
"""Cost of one step of one site of one trajectory on one core, of the steps that were measured."""

SECONDS_PER_SITE_SAMPLE = 1.5e-8
"""Cost of adding one site of one trajectory to moments, products of neighbours and a histogram."""

SECONDS_PER_LAG = 2e-9
"""Cost of one lag of one signal of one trajectory."""

SECONDS_PER_SWEEP = 2.5e-7
"""Cost of one Monte Carlo step of one site of one chain."""

SECONDS_PER_FIT = 0.05
"""All fits of one site."""

SECONDS_PER_MEMORY = 4.0
"""All fits of one auto-correlation."""

WINDOWS = 4
"""Windows into which the averaging time is cut."""


def case_references(study: ChainThermodynamics, case: ThermalCase) -> CorrelationTimes:
    """References and lags of a case's auto-correlations, in units of ``lag_interval``, all within the run."""
    reference_time = case.averaging_time - study.lag_time - study.lag_interval
    return correlation_times(study.lag_interval, case.burn_in, study.n_references, reference_time, study.lag_time)


def case_jobs(study: ChainThermodynamics, case: ThermalCase) -> Jobs:
    """Jobs of a case."""
    return ensemble_jobs(
        study.n_trajectories, study.batch_size, study.batches_per_job, lambda part: _cost(study, case, len(part))
    )


def table_megabytes(study: ChainThermodynamics) -> int:
    """Memory for the partial sums of the largest case and its fits, in MB."""
    return max(_cost(study, case, study.n_trajectories).megabytes for case in study.cases)


def estimates(study: ChainThermodynamics) -> list[RuleEstimate]:
    """Cost of every rule of the study."""
    sites = sum(case.length for case in study.cases)
    return [
        simulation("simulate_chain_thermodynamics", *(case_jobs(study, case) for case in study.cases)),
        table("chain_thermometry", SECONDS_PER_FIT * sites, table_megabytes(study)),
        table(
            "chain_phase_memory",
            SECONDS_PER_MEMORY * sum(len(case.correlation_sites) for case in study.cases)
            + 0.5 * SECONDS_PER_FIT * sum(case.length for case in study.cases if case.correlation_sites),
            table_megabytes(study),
        ),
        table("chain_thermometer_bias", _equilibrium_seconds(study.equilibrium)),
    ]


def _equilibrium_seconds(equilibrium: Equilibrium) -> float:
    sweeps = equilibrium.burn_in + equilibrium.n_samples * equilibrium.sweeps_per_sample
    return SECONDS_PER_SWEEP * len(equilibrium.states) * sweeps * equilibrium.length * equilibrium.n_chains


def _cost(study: ChainThermodynamics, case: ThermalCase, n_trajectories: int) -> Cost:
    time = case.burn_in + case.averaging_time
    samples = case.averaging_time / study.sampling_interval
    step = SECONDS_PER_SITE_STEP.get((study.stepper, study.precision), SECONDS_PER_MODE_STEP)
    seconds = case.length * (time / study.time_step * step + samples * SECONDS_PER_SITE_SAMPLE)
    if case.correlation_sites:
        # An observation completes the step, which costs about half of one.
        seconds += case.length * 0.5 * time / study.lag_interval * step
        lags = study.n_references * study.lag_time / study.lag_interval
        seconds += 2 * len(case.correlation_sites) * lags * SECONDS_PER_LAG
    raw = _raw_bytes(study, case, n_trajectories)
    # Counts are held as 64-bit numbers.
    return Cost(seconds * n_trajectories, megabytes(2 * raw), raw + FILE_BYTES)


def _raw_bytes(study: ChainThermodynamics, case: ThermalCase, n_trajectories: int) -> int:
    """Bytes of the arrays that so many trajectories of a case leave."""
    n_batches, length = batches(n_trajectories, study.batch_size), case.length
    # Fourteen moments and a phase of two parts a site; products of three pairs a site.
    numbers = n_batches * WINDOWS * (16 * length + len(PRODUCTS) * (3 * length - 4))
    if case.correlation_sites:
        lags = round(study.lag_time / study.lag_interval) + 1
        numbers += n_batches * 4 * lags * len(case.correlation_sites)
    return 8 * numbers + 4 * n_batches * length * study.n_cells**2
