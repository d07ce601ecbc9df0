"""Jobs, time and memory of the chain's ensembles, before they start."""

from __future__ import annotations

from typing import TYPE_CHECKING

from openkerr.solvers.time_grid import CorrelationTimes, correlation_times
from openkerr.studies.planning import cut_trajectories, megabytes, trajectories_name

if TYPE_CHECKING:
    from openkerr.studies.chain_ensembles.config import ChainEnsembles, EnsembleCase

SECONDS_PER_SITE_STEP = {
    ("strang", "single"): 6e-10,
    ("strang", "double"): 1.4e-9,
    ("blanes_moan", "single"): 4e-9,
    ("blanes_moan", "double"): 8e-9,
    ("runge_kutta", "single"): 2.5e-9,
    ("runge_kutta", "double"): 4e-9,
}
"""Cost of one step of one site of one trajectory on one core, without noise."""

SECONDS_PER_NOISE = 1.6e-9
"""Cost of the noise and loss of one site in a step of one trajectory."""

SECONDS_PER_SITE_SAMPLE = 1.5e-8
"""Cost of adding one site of one trajectory to moments, products of neighbours and a histogram."""

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


def case_seconds(ensembles: ChainEnsembles, case: EnsembleCase, n_trajectories: int) -> float:
    """Estimated cost of so many trajectories of a case of ``chain.ensembles``, in seconds on one core."""
    time = case.burn_in + case.averaging_time
    steps = time / ensembles.time_step
    samples = case.averaging_time / ensembles.sampling_interval
    seconds = steps * SECONDS_PER_SITE_STEP[ensembles.stepper, ensembles.precision] + samples * SECONDS_PER_SITE_SAMPLE
    if case.intrinsic_loss_rate > 0:
        seconds += steps * SECONDS_PER_NOISE
    if case.correlation_sites:
        # An observation completes the step, which costs about half of one.
        observed = 0.5 * time / ensembles.lag_interval
        seconds += observed * SECONDS_PER_SITE_STEP[ensembles.stepper, ensembles.precision]
    return seconds * case.length * n_trajectories


def ensemble_jobs(ensembles: ChainEnsembles) -> dict[str, range]:
    """Trajectories of each job of any case of ``chain.ensembles``, by the job's name."""
    ranges = cut_trajectories(ensembles.n_trajectories, ensembles.batch_size, ensembles.batches_per_job)
    return {trajectories_name(part): part for part in ranges}


def case_raw_bytes(ensembles: ChainEnsembles, case: EnsembleCase, n_trajectories: int) -> int:
    """Bytes of the arrays that so many trajectories of a case leave."""
    batches, length = -(-n_trajectories // ensembles.batch_size), case.length
    # Fourteen moments, two extremes and a phase of two parts a site; four numbers a pair; single trajectories.
    numbers = batches * WINDOWS * (18 * length + 4 * n_pairs(length) + ensembles.batch_size)
    if case.correlation_sites:
        lags = round(ensembles.lag_time / ensembles.lag_interval) + 1
        numbers += batches * 2 * lags * len(case.correlation_sites)
    return 8 * numbers + 4 * batches * length * ensembles.n_cells**2


def case_megabytes(ensembles: ChainEnsembles, case: EnsembleCase, n_trajectories: int) -> int:
    """Memory for the partial sums of so many trajectories of a case, in MB; counts are held as 64-bit numbers."""
    return megabytes(2 * case_raw_bytes(ensembles, case, n_trajectories))
