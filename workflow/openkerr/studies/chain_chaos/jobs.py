"""Jobs of the chain's OTOC and Lyapunov exponents."""

from __future__ import annotations

from openkerr.studies.chain_chaos.config import Lyapunov, LyapunovScan, Otoc, OtocCase
from openkerr.studies.planning import (
    FILE_BYTES,
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

SECONDS_PER_SITE_STEP = 1.6e-9
"""Cost of one step of one site of one trajectory by splitting, double precision, on one core."""

SECONDS_PER_DIVERGENCE = 2.5e-8
"""Cost of comparing one site of one trajectory with its replica at one sample."""

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
    steps = (scan.alignment + scan.averaging_time) / lyapunov.time_step
    burn_in = SECONDS_PER_SITE_STEP * scan.length * scan.burn_in / lyapunov.burn_in_step
    seconds = 2 * lyapunov.n_trajectories * (steps * each + burn_in)
    # Exponents of every trajectory, and what is made of them.
    raw = 8 * 2 * (lyapunov.n_trajectories * (scan.n_exponents + 1) + 2 * scan.n_exponents + 6)
    return scan_jobs(
        "drives",
        scan.drive_amplitudes,
        scan.job_interval,
        lambda drives: Cost(len(drives) * seconds, 600, len(drives) * raw + FILE_BYTES),
    )


def estimates(otoc: Otoc, lyapunov: Lyapunov) -> list[RuleEstimate]:
    """Cost of every rule of the study."""
    runs = sum(len(case.angles) * len(case.sources) for case in otoc.cases)
    return [
        simulation("simulate_chain_otoc", *(otoc_jobs(otoc, case) for case in otoc.cases)),
        simulation("simulate_chain_lyapunov", *(lyapunov_jobs(lyapunov, scan) for scan in lyapunov.scans)),
        table("chain_otoc", SECONDS_PER_OTOC * runs, otoc_table_megabytes(otoc)),
        table("chain_lyapunov"),
    ]


def _otoc_cost(otoc: Otoc, case: OtocCase, n_trajectories: int) -> Cost:
    sites = case.length * n_trajectories
    alone = 1.0 + len(case.angles)
    replicas = len(case.angles) * len(case.sources)
    steps = alone * (case.burn_in + case.final_time) + replicas * case.final_time
    seconds = SECONDS_PER_SITE_STEP * steps / otoc.time_step + SECONDS_PER_DIVERGENCE * replicas * case.n_lags
    # D and ln D of all sites in single precision, a set a batch and angle.
    raw = batches(n_trajectories, otoc.batch_size) * case.length * (4 * 2 * replicas * case.n_kept + 16)
    return Cost(sites * seconds, megabytes(1.5 * raw), raw + FILE_BYTES)
