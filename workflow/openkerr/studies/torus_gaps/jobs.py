"""Cases and jobs of the torus' gaps."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from openkerr.solvers.time_grid import CorrelationTimes, correlation_times
from openkerr.studies.planning import (
    FILE_BYTES,
    TABLE_SECONDS,
    Cost,
    Jobs,
    RuleEstimate,
    batches,
    ensemble_seconds,
    megabytes,
    scanned_ensemble_jobs,
    simulation,
    table,
)
from openkerr.studies.torus_gaps.config import Gaps

SECONDS_PER_CORRELATION = 2.5e-9
"""Cost of correlating one sample of four signals with one reference, a trajectory."""

SECONDS_PER_ORBIT = 0.4
"""Finding the torus of one case."""

SECONDS_PER_GAPS = 0.2
SECONDS_PER_GAP_BYTE = 1e-7
"""Estimates of all lines at one aleph; the same for every byte that the ensemble keeps."""

KERNELS_MEGABYTES = 60
"""Memory of the compiled kernels that find each case's torus and its linear noise."""

N_SIGNALS = 4
"""Signals that are correlated: the fields, the population of the first mode, the product of the fields."""


class GapCase(NamedTuple):
    """One case of ``torus.gaps``: how many trajectories at which alephs, with what step and burn-in."""

    name: str
    alephs: tuple[float, ...]
    n_trajectories: int
    group_size: int
    time_step: float
    burn_in: float


def gap_cases(gaps: Gaps) -> dict[str, GapCase]:
    """Cases by name: default, quantum, dual, and the variants."""
    others = gaps.variant_alephs, gaps.variant_trajectories, gaps.variant_group_size
    found = [
        GapCase("default", gaps.alephs, gaps.n_trajectories, gaps.group_size, gaps.time_step, gaps.burn_in),
        GapCase(
            *("quantum", gaps.quantum_alephs, gaps.n_trajectories, gaps.group_size),
            *(gaps.quantum_time_step, gaps.burn_in),
        ),
        GapCase("dual", *others, gaps.time_step, gaps.burn_in),
        *(GapCase(case.name, *others, case.time_step, case.burn_in) for case in gaps.variants),
    ]
    return {case.name: case for case in found}


def gap_jobs(gaps: Gaps, case: GapCase) -> Jobs:
    """Jobs of a case."""
    ensemble = case.n_trajectories, case.group_size, gaps.groups_per_job
    return scanned_ensemble_jobs(
        "alephs", case.alephs, gaps.job_interval, ensemble, lambda alephs, part: _cost(gaps, case, alephs, len(part))
    )


def gap_table_megabytes(gaps: Gaps) -> int:
    """Memory for the raw data of the largest case, and their parts as complex numbers, in MB."""
    return KERNELS_MEGABYTES + megabytes(4 * max(_case_bytes(gaps, case) for case in gap_cases(gaps).values()))


def estimates(gaps: Gaps) -> list[RuleEstimate]:
    """Cost of every rule of the study."""
    cases = gap_cases(gaps).values()
    work = SECONDS_PER_ORBIT * len(cases) + SECONDS_PER_GAPS * sum(len(case.alephs) for case in cases)
    work += SECONDS_PER_GAP_BYTE * sum(_case_bytes(gaps, case) for case in cases)
    return [
        simulation("simulate_torus_gaps", *(gap_jobs(gaps, case) for case in cases)),
        table("torus_gaps", work, gap_table_megabytes(gaps)),
        table("torus_gap_fit"),
        table("torus_variant_scaling", TABLE_SECONDS * len(gaps.variants)),
        table("torus_spectrogram", TABLE_SECONDS, gap_table_megabytes(gaps)),
    ]


def _times(gaps: Gaps, case: GapCase, aleph: float) -> CorrelationTimes:
    return correlation_times(
        gaps.sampling_interval,
        case.burn_in,
        gaps.n_references,
        max(gaps.reference_time, gaps.reference_time_per_aleph * aleph),
        max(gaps.lag_time, gaps.lag_time_per_aleph * aleph),
    )


def _cost(gaps: Gaps, case: GapCase, alephs: Sequence[float], n_trajectories: int) -> Cost:
    seconds = 0.0
    for aleph in alephs:
        times = _times(gaps, case, aleph)
        steps = round(gaps.sampling_interval / case.time_step) * times.n_samples
        correlations = SECONDS_PER_CORRELATION * len(times.references) * times.n_lags * n_trajectories
        seconds += ensemble_seconds(2, steps, n_trajectories) + correlations
    kept = _raw_bytes(gaps, case, alephs, batches(n_trajectories, case.group_size))
    # The batches of one group are in memory besides.
    largest = _times(gaps, case, max(alephs))
    working = 3 * 16 * N_SIGNALS * (largest.n_lags + largest.n_samples) * (case.group_size // gaps.batch_size)
    return Cost(seconds, megabytes(2 * kept + working), kept + 2 * FILE_BYTES)


def _raw_bytes(gaps: Gaps, case: GapCase, alephs: Sequence[float], n_groups: int) -> int:
    """Bytes that a job leaves: means and correlations of groups in single precision, their times."""
    times = [_times(gaps, case, aleph) for aleph in alephs]
    samples = sum(each.n_lags + each.n_samples for each in times)
    return samples * (4 * 2 * N_SIGNALS * n_groups + 16) + 16 * n_groups


def _case_bytes(gaps: Gaps, case: GapCase) -> int:
    return _raw_bytes(gaps, case, case.alephs, batches(case.n_trajectories, case.group_size))
