"""Jobs that a configuration asks for, with their estimated cost."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from pydantic import BaseModel

from openkerr.settings.fields import Section
from openkerr.solvers.time_grid import CorrelationTimes, correlation_times
from openkerr.studies.chain import SteadyState
from openkerr.studies.chain_map.config import Saturation
from openkerr.studies.planning import (
    ScanJob,
    cut_scan,
    cut_trajectories,
    ensemble_seconds,
    megabytes,
    trajectories_name,
)
from openkerr.studies.steppers.config import StepperCase, StepperStudy
from openkerr.studies.torus import Attractors, Population, Torus
from openkerr.studies.torus_gaps.config import Gaps
from openkerr.studies.torus_liouvillian.config import Liouvillian, Sector
from openkerr.studies.torus_liouvillian.sizes import ladder_coherences, rung_megabytes, rung_seconds
from openkerr.studies.torus_melting.config import CircularVariance, SampledEnsemble, Switching, WignerMaps

SECONDS_PER_TANGENT_STEP = 7e-7
"""Cost of one step of the two cavities with their four tangent vectors, on one core."""

SECONDS_PER_CLASSICAL_STEP = 1.5e-8
"""Cost of one step of one classical run of the two cavities, on one core."""

SECONDS_PER_NEWTON = 0.2
"""Cost of finding the frequencies of one attractor by Newton's method."""

SECONDS_PER_CORRELATION = 2.5e-9
"""Cost of correlating one sample of four signals with one reference, a trajectory."""

N_SIGNALS = 4
"""Signals of ``torus.gaps``: the fields, the population of the first mode, the product of the fields."""


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


def population_jobs(case: Population) -> dict[str, range]:
    """Trajectories of each job of a case of ``torus.populations``, by the job's name."""
    ranges = cut_trajectories(case.n_trajectories, case.batch_size, case.batches_per_job)
    return {trajectories_name(part): part for part in ranges}


SECONDS_PER_SITE_STEP = {"single": 6.5e-10, "double": 1.4e-9}
"""Cost of one strang step of one site of one trajectory on one core, in blocks of 64 lanes."""

SECONDS_PER_NOISE = {"single": 3.5e-9, "double": 7e-9}
"""Cost of one complex noise of one trajectory: that of a short chain."""

SMALL_BLOCK = 1.7
"""Cost of a step in a block of 16 lanes, in which replicas come, over that in one of 64."""


def steady_state_seconds(scan: SteadyState, length: int, n_trajectories: int) -> float:
    """Estimated cost of so many trajectories of one state of ``chain.steady_states``, in seconds on one core."""
    n_steps = (scan.burn_in_samples + scan.n_samples) * scan.steps_per_sample
    if scan.stepper != "strang":
        return ensemble_seconds(length, n_steps, n_trajectories)
    n_noises = length if scan.geometry == "uniform" else 2
    step = SECONDS_PER_NOISE[scan.precision] * n_noises + SECONDS_PER_SITE_STEP[scan.precision] * length
    return step * n_steps * n_trajectories


def saturation_seconds(scan: SteadyState, saturation: Saturation, length: int, n_trajectories: int) -> float:
    """Estimated cost of so many replicas of one state, which share their noise with their trajectories, in seconds."""
    n_noises = length if scan.geometry == "uniform" else 2
    step = SECONDS_PER_NOISE["double"] * n_noises + 2 * SECONDS_PER_SITE_STEP["double"] * length
    return SMALL_BLOCK * step * saturation.n_steps * n_trajectories


def steady_state_jobs(scan: SteadyState) -> dict[str, ScanJob]:
    """Drives and trajectories of each job of one length of a scan of ``chain.steady_states``, by the job's name."""
    size = scan.n_trajectories, scan.batch_size, scan.batches_per_job
    return {job.name("drives"): job for job in cut_scan(scan.drive_amplitudes, scan.job_interval, *size)}


def steady_state_job_seconds(scan: SteadyState, saturation: Saturation, length: int, job: ScanJob) -> float:
    """Estimated cost of a job of a scan of ``chain.steady_states``, in seconds on one core."""
    replicated = len(range(job.trajectories.start, min(job.trajectories.stop, saturation.n_trajectories)))
    seconds = steady_state_seconds(scan, length, len(job.trajectories))
    return len(job.points) * (seconds + saturation_seconds(scan, saturation, length, replicated))


def stepper_seconds(study: StepperStudy, case: StepperCase, n_trajectories: int) -> float:
    """Estimated cost of so many trajectories of all variants of a case of ``steppers``, in seconds on one core."""
    time = case.burn_in + case.averaging_time
    # Work of a step, that of the fourth-order Runge-Kutta method 1.
    weights = {"runge_kutta": 1.0, "runge_kutta_5": 2.0, "strang": 0.4, "blanes_moan": 2.0}
    steps = time / case.reference_step
    steps += sum(weights[variant.stepper] * time / step for variant in study.variants for step in variant.time_steps)
    return ensemble_seconds(getattr(case, "length", 2), round(steps), n_trajectories)


def stepper_jobs(case: StepperCase) -> dict[str, range]:
    """Trajectories of each job of a case of ``steppers``, by the job's name."""
    ranges = cut_trajectories(case.n_trajectories, case.batch_size, case.batches_per_job)
    return {trajectories_name(part): part for part in ranges}


def attractor_seconds(attractors: Attractors) -> float:
    """Estimated cost of one run of ``torus.attractors`` at one frequency: exponents, frequencies, series."""
    n_steps = (attractors.transient + 1.1 * attractors.averaging_time + attractors.spectrum_time) / attractors.time_step
    return SECONDS_PER_TANGENT_STEP * n_steps + SECONDS_PER_NEWTON


def attractor_map_jobs(attractors: Attractors) -> dict[str, tuple[float, ...]]:
    """Tunnelings of each job of the map of attractors, by the job's name."""
    jobs = cut_scan(attractors.map_tunneling.values, attractors.map_job_interval)
    return {f"tunneling_{job.low:.12g}-{job.high:.12g}": job.points for job in jobs}


def attractor_map_seconds(attractors: Attractors, tunnelings: Sequence[float]) -> float:
    """Estimated cost of some rows of the map of attractors, in seconds on one core."""
    point = attractors.model_copy(update={"averaging_time": attractors.map_averaging_time, "spectrum_time": 0.0})
    return len(tunnelings) * len(attractors.map_omega.values) * attractor_seconds(point)


class GapCase(NamedTuple):
    """One case of ``torus.gaps``: how many trajectories at which alephs, with what step and transient."""

    name: str
    alephs: tuple[float, ...]
    n_trajectories: int
    group_size: int
    time_step: float
    transient: float

    def n_groups(self, n_trajectories: int) -> int:
        """Groups of so many trajectories."""
        return -(-n_trajectories // self.group_size)


def gap_cases(gaps: Gaps) -> dict[str, GapCase]:
    """Cases of ``torus.gaps`` by name: default, quantum, dual, and the variants."""
    others = gaps.variant_alephs, gaps.variant_trajectories, gaps.variant_group_size
    found = [
        GapCase("default", gaps.alephs, gaps.n_trajectories, gaps.group_size, gaps.time_step, gaps.transient),
        GapCase(
            *("quantum", gaps.quantum_alephs, gaps.n_trajectories, gaps.group_size),
            *(gaps.quantum_time_step, gaps.transient),
        ),
        GapCase("dual", *others, gaps.time_step, gaps.transient),
        *(GapCase(case.name, *others, case.time_step, case.transient) for case in gaps.variants),
    ]
    return {case.name: case for case in found}


def gap_times(gaps: Gaps, case: GapCase, aleph: float) -> CorrelationTimes:
    """Samples of a run of ``torus.gaps``."""
    return correlation_times(
        gaps.sampling_interval,
        case.transient,
        gaps.n_references,
        max(gaps.reference_time, gaps.reference_time_per_aleph * aleph),
        max(gaps.lag_time, gaps.lag_time_per_aleph * aleph),
    )


def gap_seconds(gaps: Gaps, case: GapCase, aleph: float, n_trajectories: int) -> float:
    """Estimated cost of so many trajectories of a case of ``torus.gaps`` at one aleph, in seconds on one core."""
    times = gap_times(gaps, case, aleph)
    steps = round(gaps.sampling_interval / case.time_step) * times.n_samples
    correlations = SECONDS_PER_CORRELATION * len(times.references) * times.n_lags * n_trajectories
    return ensemble_seconds(2, steps, n_trajectories) + correlations


def gap_raw_bytes(gaps: Gaps, case: GapCase, alephs: Iterable[float], n_groups: int) -> int:
    """Bytes that a job of ``torus.gaps`` leaves: means and correlations of groups in single precision, their times."""
    times = [gap_times(gaps, case, aleph) for aleph in alephs]
    samples = sum(each.n_lags + each.n_samples for each in times)
    return samples * (4 * 2 * N_SIGNALS * n_groups + 16) + 16 * n_groups


def gap_megabytes(gaps: Gaps, case: GapCase, job: ScanJob) -> int:
    """Memory of a job of ``torus.gaps``, in MB: what it leaves, and the batches of one group."""
    largest = gap_times(gaps, case, max(job.points))
    batches = 3 * 16 * N_SIGNALS * (largest.n_lags + largest.n_samples) * (case.group_size // gaps.batch_size)
    return megabytes(2 * gap_raw_bytes(gaps, case, job.points, case.n_groups(len(job.trajectories))) + batches)


def gap_jobs(gaps: Gaps, case: GapCase) -> dict[str, ScanJob]:
    """Alephs and trajectories of each job of a case of ``torus.gaps``, by the job's name."""
    size = case.n_trajectories, case.group_size, gaps.groups_per_job
    return {job.name("alephs"): job for job in cut_scan(case.alephs, gaps.job_interval, *size)}


def gap_table_megabytes(gaps: Gaps) -> int:
    """Memory for the raw data of the largest case of ``torus.gaps``, and their parts as complex numbers, in MB."""
    sizes = [
        gap_raw_bytes(gaps, case, case.alephs, case.n_groups(case.n_trajectories)) for case in gap_cases(gaps).values()
    ]
    return megabytes(4 * max(sizes))


def sampled_seconds(case: SampledEnsemble, n_trajectories: int) -> float:
    """Estimated cost of so many trajectories at one aleph of a block of the two cavities, in seconds on one core."""
    return ensemble_seconds(2, case.n_samples * case.steps_per_sample, n_trajectories)


def sampled_jobs(case: WignerMaps | CircularVariance) -> dict[str, ScanJob]:
    """Alephs and trajectories of each job of ``torus.wigner`` or ``torus.circular_variance``, by the job's name."""
    size = case.n_trajectories, case.batch_size, case.batches_per_job
    return {job.name("aleph"): job for job in cut_scan(case.alephs, case.job_interval, *size)}


def wigner_megabytes(case: WignerMaps, job: ScanJob) -> int:
    """Memory for the histograms of a job, one set a batch, and for its whole paths, in MB."""
    n_batches = -(-len(job.trajectories) // case.batch_size)
    histograms = 2 * len(case.times) * case.n_cells**2 * n_batches
    paths = 2 * 2 * (case.n_samples + 1) * min(case.n_weighted, len(job.trajectories))
    return megabytes(8 * (histograms + paths))


def variance_megabytes(case: SampledEnsemble, job: ScanJob) -> int:
    """Memory for the phases of a job, in MB: six numbers a mode, sample and batch, two of them for every aleph."""
    n_batches = -(-len(job.trajectories) // case.batch_size)
    return megabytes(8 * 2 * (case.n_samples + 1) * n_batches * (6 + 2 * len(job.points)))


def switching_seconds(case: Switching, n_trajectories: int) -> float:
    """Estimated cost of one frequency of ``torus.switching``: both starts at every aleph."""
    return 2 * len(case.alephs) * sampled_seconds(case, n_trajectories)


def switching_jobs(case: Switching) -> dict[str, ScanJob]:
    """Frequencies and trajectories of each job of ``torus.switching``, by the job's name."""
    size = case.n_trajectories, case.batch_size, case.batches_per_job
    return {job.name("omega"): job for job in cut_scan(case.omegas, case.job_interval, *size)}


def switching_megabytes(case: Switching, n_trajectories: int) -> int:
    """Memory for whole paths of so many trajectories, in MB: two fields a sample."""
    return megabytes(8 * 2 * 2 * (case.n_samples + 1) * n_trajectories)


def basin_seconds(case: Switching) -> float:
    """Estimated cost of the basins of ``torus.switching``."""
    n_steps = (case.basin_time + 5 * case.window) / case.time_step
    return SECONDS_PER_CLASSICAL_STEP * n_steps * case.n_starts * len(case.frequencies)


def sector_seconds(liouvillian: Liouvillian, sector: Sector) -> float:
    """Estimated time of a sector's ladder, in seconds on one core."""
    return sum(rung_seconds(ladder_coherences(aleph, liouvillian.tolerance(aleph))) for aleph in sector.alephs)


def sector_megabytes(liouvillian: Liouvillian, sector: Sector) -> int:
    """Memory to reserve for a sector's ladder, in MB: that of its last rung, and of blocks that are factorised."""
    last = sector.alephs[-1]
    return 600 + int(rung_megabytes(ladder_coherences(last, liouvillian.tolerance(last))))


def torus_steady_state_jobs(torus: Torus) -> dict[str, range]:
    """Trajectories of each job of the truncated-Wigner steady states of the two cavities, by the job's name."""
    case = torus.steady_states
    ranges = cut_trajectories(case.n_trajectories, case.batch_size, case.batches_per_job)
    return {trajectories_name(part): part for part in ranges}


def torus_steady_state_seconds(torus: Torus, n_trajectories: int) -> float:
    """Estimated time of so many trajectories of these steady states at all alephs, in seconds on one core."""
    alephs = next(sector.alephs for sector in torus.liouvillian.sectors if sector.charge == 0)
    return len(alephs) * ensemble_seconds(2, torus.steady_states.n_steps, n_trajectories)
