"""Jobs of the chain's OTOC, moments of deviations, and Lyapunov exponents."""

from __future__ import annotations

from openkerr.studies.chain_chaos.config import Lyapunov, LyapunovScan, MomentCase, Moments, Otoc, OtocCase
from openkerr.studies.planning import (
    FILE_BYTES,
    VARIABLE_BYTES,
    Cost,
    Jobs,
    RuleEstimate,
    batches,
    ensemble_jobs,
    megabytes,
    scan_jobs,
    simulation,
    table,
)

FURTHER_VARIABLES = 7
"""Variables of a raw file of exponents beyond the fourteen that every file has room for."""

SECONDS_PER_SITE_STEP = 1.6e-9
"""Cost of one step of one site of one trajectory by splitting, double precision, on one core."""

SECONDS_PER_DIVERGENCE = 2.5e-8
"""Cost of comparing one site of one trajectory with its replica at one sample."""

SECONDS_PER_PAIR_STEP = 5e-9
"""Cost of one step of one site of a pair of trajectories, with what brings them together again."""

SECONDS_PER_WEIGHT = 1e-7
"""Cost of the weight of a clone at one sample, and of its copy."""

SECONDS_PER_TANGENT = (3e-6, 5e-8, 1.5e-8, 7e-11)
"""Cost of one Runge-Kutta step with its tangent: once, a site, a site and vector, a site and pair of vectors."""

SECONDS_PER_OTOC = 0.05
"""Rates of one source and angle."""


def otoc_jobs(otoc: Otoc, case: OtocCase) -> Jobs:
    """Jobs of a case of ``chain.otoc``."""
    return ensemble_jobs(
        otoc.n_trajectories, otoc.batch_size, otoc.batches_per_job, lambda part: _otoc_cost(otoc, case, len(part))
    )


def otoc_table_megabytes(otoc: Otoc) -> int:
    """Memory for the raw data of the largest case in double precision, in MB."""
    return max(_otoc_cost(otoc, case, otoc.n_trajectories).megabytes for case in otoc.cases)


def lyapunov_jobs(lyapunov: Lyapunov, scan: LyapunovScan) -> Jobs:
    """Jobs of a scan of ``chain.lyapunov``, with and without noise."""
    once, site, vector, pair = SECONDS_PER_TANGENT
    each = once + scan.length * (site + scan.n_exponents * (vector + pair * scan.n_exponents))
    # Half the step is twice as many.
    steps = (scan.alignment + scan.averaging_time + 2 * lyapunov.step_time(scan)) / lyapunov.time_step
    burn_in = SECONDS_PER_SITE_STEP * scan.length * scan.burn_in / lyapunov.burn_in_step
    seconds = 2 * lyapunov.n_trajectories * (steps * each + burn_in)
    # Exponents of every trajectory, and what is made of them.
    raw = 8 * 2 * (lyapunov.n_trajectories * (scan.n_exponents + 1) + 2 * scan.n_exponents + 6)
    return scan_jobs(
        "drives",
        scan.drive_amplitudes,
        scan.job_interval,
        lambda drives: Cost(
            len(drives) * seconds, 600, len(drives) * raw + FILE_BYTES + FURTHER_VARIABLES * VARIABLE_BYTES
        ),
    )


def moment_jobs(moments: Moments, case: MomentCase, n_clones: int) -> Jobs:
    """Jobs of a case of ``chain.moments`` with so many clones a population; trajectories number the clones."""
    powers = 1 + len(moments.moments)

    def cost(clones: range) -> Cost:
        populations = len(clones) // n_clones
        steps = (case.alignment + case.final_time) / moments.time_step
        # A clone is a pair, advanced and brought together again.
        each = SECONDS_PER_PAIR_STEP * case.length * steps + SECONDS_PER_WEIGHT * case.final_time / moments.interval
        burn_in = SECONDS_PER_SITE_STEP * case.length * case.burn_in / moments.burn_in_step
        seconds = powers * len(clones) * each + populations * moments.n_starts * burn_in
        samples = round(case.final_time / moments.interval) + 1
        raw = 8 * populations * samples * (5 * powers)
        return Cost(seconds, megabytes(raw + 2 * 32 * case.length * n_clones), raw + FILE_BYTES)

    return ensemble_jobs(moments.n_populations * n_clones, n_clones, moments.populations_per_job, cost)


def estimates(otoc: Otoc, lyapunov: Lyapunov, moments: Moments) -> list[RuleEstimate]:
    """Cost of every rule of the study."""
    runs = sum(len(case.angles) * len(case.sources) * case.length / 60 for case in otoc.cases)
    return [
        simulation("simulate_chain_otoc", *(otoc_jobs(otoc, case) for case in otoc.cases)),
        simulation("simulate_chain_lyapunov", *(lyapunov_jobs(lyapunov, scan) for scan in lyapunov.scans)),
        simulation(
            "simulate_chain_moments",
            *(moment_jobs(moments, case, n_clones) for case in moments.cases for n_clones in moments.clones),
        ),
        table("chain_moments"),
        table("chain_otoc", SECONDS_PER_OTOC * runs, otoc_table_megabytes(otoc)),
        table("chain_lyapunov"),
    ]


def _otoc_cost(otoc: Otoc, case: OtocCase, n_trajectories: int) -> Cost:
    sites = case.length * n_trajectories
    replicas = len(case.angles) * len(case.sources)
    # The chain alone, from whose last states every angle begins: the chain again, and its replicas.
    steps = case.burn_in + case.final_time * (1 + len(case.angles) + replicas)
    seconds = SECONDS_PER_SITE_STEP * steps / otoc.time_step + SECONDS_PER_DIVERGENCE * replicas * case.n_lags
    # D and ln D of all sites in single precision, a set a batch and angle.
    raw = batches(n_trajectories, otoc.batch_size) * case.length * (4 * 2 * replicas * case.n_kept + 16)
    return Cost(sites * seconds, megabytes(1.5 * raw), raw + FILE_BYTES)
