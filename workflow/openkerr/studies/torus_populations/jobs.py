"""Jobs of the ensembles of photon numbers against time."""

from __future__ import annotations

from collections.abc import Sequence

from openkerr.studies.planning import (
    FILE_BYTES,
    Cost,
    Jobs,
    RuleEstimate,
    batches,
    ensemble_jobs,
    ensemble_seconds,
    megabytes,
    simulation,
    table,
)
from openkerr.studies.torus_populations.config import Population

SECONDS_PER_ROW = 1.5e-4
"""One row of the table."""


def population_jobs(case: Population) -> Jobs:
    """Jobs of a case."""
    return ensemble_jobs(
        case.n_trajectories, case.batch_size, case.batches_per_job, lambda part: _cost(case, len(part))
    )


def tables_megabytes(cases: Sequence[Population]) -> int:
    """Memory for the partial sums of all cases, in MB."""
    return sum(_cost(case, case.n_trajectories).megabytes for case in cases)


def estimates(cases: Sequence[Population]) -> list[RuleEstimate]:
    """Cost of every rule of the study."""
    rows = sum(2 * (case.n_samples + 1) for case in cases)
    return [
        simulation("simulate_torus_populations", *map(population_jobs, cases)),
        table("torus_populations", SECONDS_PER_ROW * rows, tables_megabytes(cases)),
    ]


def _cost(case: Population, n_trajectories: int) -> Cost:
    samples, n_batches = case.n_samples + 1, batches(n_trajectories, case.batch_size)
    # Two cavities: five moments and two extremes a batch, the field of single paths; time and weight.
    sums = 2 * 7 * samples * n_batches
    paths = 2 * 2 * samples * min(case.n_paths, n_trajectories)
    seconds = ensemble_seconds(2, case.n_samples * case.steps_per_sample, n_trajectories)
    return Cost(seconds, megabytes(8 * sums), 8 * (sums + paths + 2 * samples) + FILE_BYTES)
