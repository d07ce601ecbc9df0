"""Jobs that a configuration asks for, with their estimated cost."""

from __future__ import annotations

from openkerr.config import Population, SteadyState
from openkerr.planning import DriveJob, cut_drives, cut_trajectories, ensemble_seconds, megabytes


def population_seconds(case: Population, n_trajectories: int) -> float:
    """Estimated cost of so many trajectories of a case of ``torus.populations``, in seconds on one core."""
    return ensemble_seconds(2, case.n_samples * case.steps_per_sample, n_trajectories)


def population_megabytes(case: Population, n_trajectories: int) -> int:
    """Memory for the partial sums of so many trajectories, in MB: seven numbers a mode, sample and batch."""
    n_batches = -(-n_trajectories // case.batch_size)
    return megabytes(8 * 7 * 2 * (case.n_samples + 1) * n_batches)


def population_jobs(case: Population, job_seconds: float) -> list[range]:
    """Trajectories of each job of a case of ``torus.populations``."""
    seconds = population_seconds(case, case.n_trajectories)
    return cut_trajectories(case.n_trajectories, case.batch_size, seconds, job_seconds)


def steady_state_seconds(scan: SteadyState, n_trajectories: int) -> float:
    """Estimated cost of so many trajectories of one drive of a scan of ``chain.steady_states``, in seconds."""
    n_steps = (scan.burn_in_samples + scan.n_samples) * scan.steps_per_sample
    return ensemble_seconds(scan.length, n_steps, n_trajectories)


def steady_state_jobs(scan: SteadyState, job_seconds: float) -> dict[str, DriveJob]:
    """Drives and trajectories of each job of a scan of ``chain.steady_states``, by the job's name."""
    jobs = cut_drives(
        scan.drive_amplitudes,
        scan.n_trajectories,
        scan.batch_size,
        steady_state_seconds(scan, scan.n_trajectories),
        job_seconds,
    )
    return {
        f"drives_{job.low:g}-{job.high:g}_trajectories_{job.trajectories.start}-{job.trajectories.stop}": job
        for job in jobs
    }
