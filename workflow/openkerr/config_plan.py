"""Jobs that a configuration asks for, with their estimated cost."""

from __future__ import annotations

from pydantic import BaseModel

from openkerr.config_chain import SteadyState
from openkerr.config_fields import Section
from openkerr.config_steppers import StepperCase, StepperStudy
from openkerr.config_torus import Attractors, Population
from openkerr.planning import DriveJob, cut_drives, cut_trajectories, ensemble_seconds, megabytes

SECONDS_PER_TANGENT_STEP = 7e-7
"""Cost of one step of the two cavities with their four tangent vectors, on one core."""

SECONDS_PER_NEWTON = 0.2
"""Cost of finding the frequencies of one attractor by Newton's method."""


def step_variants(*sections: Section) -> list[list[str]]:
    """Stepper, precision and noise of every ensemble anywhere in some sections, each once, sorted."""
    found = set()
    queue: list = list(sections)
    while queue:
        item = queue.pop()
        if isinstance(item, tuple):
            queue.extend(item)
        elif isinstance(item, BaseModel):
            if {"stepper", "precision", "noise"} <= set(type(item).model_fields):
                found.add((item.stepper, item.precision, item.noise))
            queue.extend(getattr(item, name) for name in type(item).model_fields)
    return [list(each) for each in sorted(found)]


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


def stepper_seconds(study: StepperStudy, case: StepperCase) -> float:
    """Estimated cost of all variants of a case of ``steppers``, in seconds on one core."""
    time = case.burn_in + case.averaging_time
    # The fourth-order splitting does six times the work of the second-order one in a step, the reference twice.
    weights = {"runge_kutta": 1.0, "strang": 0.4, "blanes_moan": 2.0}
    steps = time / case.reference_step
    steps += sum(weights[variant.stepper] * time / step for variant in study.variants for step in variant.time_steps)
    return ensemble_seconds(getattr(case, "length", 2), round(steps), case.n_trajectories)


def attractor_seconds(attractors: Attractors) -> float:
    """Estimated cost of one run of ``torus.attractors`` at one frequency: exponents, frequencies, series."""
    n_steps = (attractors.transient + 1.1 * attractors.averaging_time + attractors.spectrum_time) / attractors.time_step
    return SECONDS_PER_TANGENT_STEP * n_steps + SECONDS_PER_NEWTON


def attractor_map_jobs(attractors: Attractors, job_seconds: float) -> dict[str, tuple[float, ...]]:
    """Tunnelings of each job of the map of attractors, by the job's name."""
    n_steps = (attractors.transient + 1.1 * attractors.map_averaging_time) / attractors.time_step
    row = len(attractors.map_omega.values) * (SECONDS_PER_TANGENT_STEP * n_steps + SECONDS_PER_NEWTON)
    jobs = cut_drives(attractors.map_tunneling.values, 1, 1, row, job_seconds)
    return {f"tunneling_{job.low:g}-{job.high:g}": job.drives for job in jobs}
