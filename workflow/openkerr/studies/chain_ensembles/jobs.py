"""Jobs of the ensembles of single chains."""

from __future__ import annotations

from openkerr.studies.chain_ensemble_jobs import single_chain_cost, single_chain_jobs
from openkerr.studies.chain_ensembles.config import ChainEnsembles, EnsembleCase
from openkerr.studies.chain_ensembles.kept import chain_kept
from openkerr.studies.planning import Cost, Jobs, RuleEstimate, simulation, table

SECONDS_PER_BYTE = 1e-7
"""Joining and analysing raw data."""

WINDOWS = 8
"""Windows into which the averaging time of a steady state is cut."""


def case_jobs(ensembles: ChainEnsembles, case: EnsembleCase) -> Jobs:
    """Jobs of a case."""
    return single_chain_jobs(ensembles, case, chain_kept(case.length), WINDOWS, case.intrinsic_loss_rate > 0)


def profiles_megabytes(ensembles: ChainEnsembles) -> int:
    """Memory for the partial sums of the largest case, in MB."""
    return max(cost.megabytes for cost in _whole(ensembles))


def estimates(ensembles: ChainEnsembles) -> list[RuleEstimate]:
    """Cost of every rule of the study."""
    raw = sum(cost.raw_bytes for cost in _whole(ensembles))
    return [
        simulation("simulate_chain_ensembles", *(case_jobs(ensembles, case) for case in ensembles.cases)),
        table("chain_profiles", SECONDS_PER_BYTE * raw, profiles_megabytes(ensembles)),
    ]


def _whole(ensembles: ChainEnsembles) -> list[Cost]:
    """Cost of every case in one job."""
    return [
        single_chain_cost(
            ensembles,
            case,
            chain_kept(case.length),
            WINDOWS,
            case.intrinsic_loss_rate > 0,
            ensembles.n_trajectories,
        )
        for case in ensembles.cases
    ]
