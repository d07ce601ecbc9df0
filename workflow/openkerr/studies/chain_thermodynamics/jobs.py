"""Jobs of the chain's thermodynamics."""

from __future__ import annotations

from openkerr.studies.chain_ensemble_jobs import single_chain_cost, single_chain_jobs
from openkerr.studies.chain_thermodynamics.config import ChainThermodynamics, Equilibrium, ThermalCase
from openkerr.studies.chain_thermodynamics.kept import thermal_kept
from openkerr.studies.planning import Jobs, RuleEstimate, simulation, table

SECONDS_PER_SWEEP = 2.5e-7
"""Cost of one Monte Carlo step of one site of one chain."""

SECONDS_PER_FIT = 0.05
"""All fits of one site."""

SECONDS_PER_MEMORY = 4.0
"""All fits of one auto-correlation."""

WINDOWS = 4
"""Windows into which the averaging time is cut."""


def case_jobs(study: ChainThermodynamics, case: ThermalCase) -> Jobs:
    """Jobs of a case."""
    return single_chain_jobs(study, case, thermal_kept(case.length), WINDOWS, losses=False)


def table_megabytes(study: ChainThermodynamics) -> int:
    """Memory for the partial sums of the largest case and its fits, in MB."""
    return max(
        single_chain_cost(study, case, thermal_kept(case.length), WINDOWS, False, study.n_trajectories).megabytes
        for case in study.cases
    )


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
