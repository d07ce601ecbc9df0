"""Jobs of the chain's OTOC and Lyapunov exponents, with their estimated cost."""

from __future__ import annotations

from openkerr.studies.chain_chaos.config import Lyapunov, LyapunovScan, Otoc, OtocCase
from openkerr.studies.planning import ScanJob, cut_scan, cut_trajectories, megabytes, trajectories_name

SECONDS_PER_SITE_STEP = 1.6e-9
"""Cost of one step of one site of one trajectory by splitting, double precision, on one core."""

SECONDS_PER_DIVERGENCE = 2.5e-8
"""Cost of comparing one site of one trajectory with its replica at one sample."""

SECONDS_PER_TANGENT = (3e-6, 5e-8, 1.5e-8, 7e-11)
"""Cost of one Runge-Kutta step with its tangent: once, a site, a site and vector, a site and pair of vectors."""


def otoc_seconds(otoc: Otoc, case: OtocCase, n_trajectories: int) -> float:
    """Estimated cost of so many trajectories of a case of ``chain.otoc``, all angles, in seconds on one core."""
    sites = case.length * n_trajectories
    alone = 1.0 + len(case.angles)
    steps = alone * (case.burn_in + case.final_time) + len(case.angles) * len(case.sources) * case.final_time
    compared = len(case.angles) * len(case.sources) * case.n_lags
    return sites * (SECONDS_PER_SITE_STEP * steps / otoc.time_step + SECONDS_PER_DIVERGENCE * compared)


def otoc_raw_bytes(otoc: Otoc, case: OtocCase, n_trajectories: int) -> int:
    """Bytes that so many trajectories leave: D and ln D of all sites in single precision, a set a batch and angle."""
    batches = -(-n_trajectories // otoc.batch_size)
    compared = len(case.angles) * len(case.sources) * case.n_kept
    return batches * case.length * (4 * 2 * compared + 16)


def otoc_megabytes(otoc: Otoc, case: OtocCase, n_trajectories: int) -> int:
    """Memory of a job of ``chain.otoc``, in MB."""
    return megabytes(1.5 * otoc_raw_bytes(otoc, case, n_trajectories))


def otoc_table_megabytes(otoc: Otoc) -> int:
    """Memory for the raw data of the largest case of ``chain.otoc`` in double precision, in MB."""
    return megabytes(1.5 * max(otoc_raw_bytes(otoc, case, otoc.n_trajectories) for case in otoc.cases))


def otoc_jobs(otoc: Otoc) -> dict[str, range]:
    """Trajectories of each job of any case of ``chain.otoc``, by the job's name."""
    ranges = cut_trajectories(otoc.n_trajectories, otoc.batch_size, otoc.batches_per_job)
    return {trajectories_name(part): part for part in ranges}


def lyapunov_seconds(lyapunov: Lyapunov, scan: LyapunovScan) -> float:
    """Estimated cost of one drive of a scan of ``chain.lyapunov``, with and without noise, in seconds on one core."""
    once, site, vector, pair = SECONDS_PER_TANGENT
    each = once + scan.length * (site + scan.n_exponents * (vector + pair * scan.n_exponents))
    steps = (scan.alignment + scan.averaging_time) / lyapunov.time_step
    burn_in = SECONDS_PER_SITE_STEP * scan.length * scan.burn_in / lyapunov.burn_in_step
    return 2 * lyapunov.n_trajectories * (steps * each + burn_in)


def lyapunov_raw_bytes(lyapunov: Lyapunov, scan: LyapunovScan, n_drives: int) -> int:
    """Bytes that so many drives leave: exponents of every trajectory, and what is made of them."""
    return 8 * 2 * n_drives * (lyapunov.n_trajectories * (scan.n_exponents + 1) + 2 * scan.n_exponents + 6)


def lyapunov_jobs(scan: LyapunovScan) -> dict[str, ScanJob]:
    """Drives of each job of a scan of ``chain.lyapunov``, by the job's name."""
    jobs = cut_scan(scan.drive_amplitudes, scan.job_interval)
    return {f"drives_{job.low:.12g}-{job.high:.12g}": job for job in jobs}
