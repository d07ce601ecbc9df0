"""Jobs of the exact solution of the two cavities, and of the ensembles beside it."""

from __future__ import annotations

from openkerr.studies.planning import (
    FILE_BYTES,
    Cost,
    Job,
    Jobs,
    RuleEstimate,
    batches,
    ensemble_jobs,
    ensemble_seconds,
    simulation,
    table,
)
from openkerr.studies.torus_liouvillian.config import Liouvillian, Sector, TorusSteadyState
from openkerr.studies.torus_liouvillian.fock_space import fock_states
from openkerr.studies.torus_liouvillian.sizes import sector_coherences, sector_megabytes, sector_seconds

SECONDS_PER_WIGNER = 1.5e-4
"""One pair of Fock states in a Wigner function that is drawn."""

WINDOWS = 8
"""Windows into which the averaging time of a steady state is cut."""


def sector_jobs(liouvillian: Liouvillian) -> Jobs:
    """Jobs of the continuations, one a charge, by the charge."""
    return {str(sector.charge): _sector_job(liouvillian, sector) for sector in liouvillian.sectors}


def sampled_steady_state_jobs(case: TorusSteadyState, liouvillian: Liouvillian) -> Jobs:
    """Jobs of the truncated-Wigner steady states at the alephs of sector 0."""
    alephs = next(sector.alephs for sector in liouvillian.sectors if sector.charge == 0)

    def cost(part: range) -> Cost:
        # Fourteen moments and two extremes a cavity, window and batch.
        numbers = len(alephs) * batches(len(part), case.batch_size) * WINDOWS * 2 * 16
        seconds = len(alephs) * ensemble_seconds(2, case.n_steps, len(part))
        return Cost(seconds, 1000, 8 * numbers + FILE_BYTES)

    return ensemble_jobs(case.n_trajectories, case.batch_size, case.batches_per_job, cost)


def estimates(liouvillian: Liouvillian, steady_states: TorusSteadyState) -> list[RuleEstimate]:
    """Cost of every rule of the study."""
    drawn = [a for a in liouvillian.eigenmatrix_alephs for sector in liouvillian.sectors if a in sector.alephs]
    return [
        simulation("simulate_torus_liouvillian", sector_jobs(liouvillian)),
        simulation("simulate_torus_steady_states", sampled_steady_state_jobs(steady_states, liouvillian)),
        # Three modes of both cavities on the grid of a picture.
        table("torus_liouvillian", sum(6 * SECONDS_PER_WIGNER * fock_states(a) ** 2 for a in drawn), 2000),
        table("torus_crossover"),
        table("torus_steady_state"),
    ]


def _sector_job(liouvillian: Liouvillian, sector: Sector) -> Job:
    sizes = [sector_coherences(aleph, liouvillian.tolerance(aleph)) for aleph in sector.alephs]
    drawn = [aleph for aleph in liouvillian.eigenmatrix_alephs if aleph in sector.alephs]
    # Operators of both cavities in single precision; the torus; a dozen numbers a mode.
    operators = sum(2 * 2 * 4 * liouvillian.n_values * fock_states(aleph) ** 2 for aleph in drawn)
    numbers = len(sector.alephs) * (8 * liouvillian.n_values + 10)
    # The memory of the last aleph, and of blocks that are factorised.
    memory = 600 + int(sector_megabytes(sizes[-1]))
    raw = operators + 8 * numbers + 2 * FILE_BYTES
    return Job(tuple(sector.alephs), range(1), Cost(sum(map(sector_seconds, sizes)), memory, raw))
