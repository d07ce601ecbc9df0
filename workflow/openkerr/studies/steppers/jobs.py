"""Jobs of the study of weak error against step."""

from __future__ import annotations

from openkerr.studies.planning import (
    FILE_BYTES,
    Cost,
    Jobs,
    RuleEstimate,
    batches,
    ensemble_jobs,
    ensemble_seconds,
    simulation,
    table,
)
from openkerr.studies.steppers.config import StepperCase, Steppers, StepperStudy

WORK = {"runge_kutta": 1.0, "runge_kutta_5": 2.0, "strang": 0.4, "blanes_moan": 2.0}
"""Work of a step where it was measured, that of the fourth-order Runge-Kutta method 1; of another step as much."""


def stepper_jobs(study: StepperStudy, case: StepperCase) -> Jobs:
    """Jobs of a case: the reference and every variant at every step."""
    return ensemble_jobs(
        case.n_trajectories, case.batch_size, case.batches_per_job, lambda part: _cost(study, case, len(part))
    )


def estimates(steppers: Steppers) -> list[RuleEstimate]:
    """Cost of every rule of the study."""
    studies = (steppers.torus, steppers.chain)
    jobs = [stepper_jobs(study, case) for study in studies for case in study.cases]
    return [simulation("simulate_stepper_errors", *jobs), table("stepper_errors", megabytes=2000)]


def _cost(study: StepperStudy, case: StepperCase, n_trajectories: int) -> Cost:
    time, modes = case.burn_in + case.averaging_time, getattr(case, "length", 2)
    steps = time / case.reference_step
    steps += sum(
        WORK.get(variant.stepper, 1.0) * time / step for variant in study.variants for step in variant.time_steps
    )
    runs = 1 + sum(len(variant.time_steps) for variant in study.variants)
    bins = 1 if hasattr(case, "length") else round(case.averaging_time / case.sampling_interval)
    # Five moments a run, batch, bin and mode.
    raw = 8 * 5 * runs * batches(n_trajectories, case.batch_size) * bins * modes + FILE_BYTES
    return Cost(ensemble_seconds(modes, round(steps), n_trajectories), 1000, raw)
