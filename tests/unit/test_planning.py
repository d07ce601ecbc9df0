"""Jobs cover what was asked for, and hang on nothing but the size that they are cut to."""

from itertools import pairwise, product
from pathlib import Path
from types import SimpleNamespace

import pytest

from openkerr.run.config import load_config
from openkerr.studies.chain_chaos.jobs import lyapunov_jobs, moment_jobs, otoc_jobs
from openkerr.studies.chain_ensembles.jobs import case_jobs
from openkerr.studies.chain_map.jobs import steady_state_jobs
from openkerr.studies.planning import (
    ALONE_SECONDS,
    BATCH_JOBS,
    BATCH_SECONDS,
    START_SECONDS,
    Cost,
    Job,
    RuleJobs,
    ensemble_jobs,
    ensemble_seconds,
    intervals,
    scan_jobs,
    scanned_ensemble_jobs,
    time_limit,
)
from openkerr.studies.steppers.jobs import stepper_jobs
from openkerr.studies.torus_attractors.jobs import map_jobs
from openkerr.studies.torus_gaps.jobs import gap_cases, gap_jobs
from openkerr.studies.torus_liouvillian.jobs import sampled_steady_state_jobs
from openkerr.studies.torus_melting.jobs import switching_jobs, variance_jobs, wigner_jobs
from openkerr.studies.torus_populations.jobs import population_jobs

ROOT = Path(__file__).resolve().parents[2]
CONFIGS = [ROOT / "tests/config/tiny.yaml", ROOT / "config/config.yaml", ROOT / "config/paper.yaml"]


def cost(*work) -> Cost:
    return Cost(float(len(work[-1])), 1)


@pytest.mark.parametrize("n", [16, 1000, 2048, 30000])
@pytest.mark.parametrize("per_job", [1, 7, 16, 10_000])
def test_trajectories_are_covered_once_in_whole_batches(n, per_job):
    ranges = [job.trajectories for job in ensemble_jobs(n, 64, per_job, cost).values()]
    assert [number for part in ranges for number in part] == list(range(n))
    assert all(part.start % (64 * per_job) == 0 for part in ranges)
    assert all(len(part) == 64 * per_job for part in ranges[:-1]) and len(ranges[-1]) <= 64 * per_job


@pytest.mark.parametrize("n", [2048, 30_000])
def test_twice_the_trajectories_keep_every_whole_job(n):
    before, after = (ensemble_jobs(size, 128, 16, cost) for size in (n, 2 * n))
    whole = {name: job for name, job in before.items() if len(job.trajectories) == 2048}
    assert whole.items() <= after.items() and len(before) - len(whole) == bool(n % 2048)


def test_points_are_covered_once_in_the_intervals_that_hold_them():
    points = [0.5 * k for k in range(25)]
    for length in (0.5, 4.0, 100.0):
        jobs = scanned_ensemble_jobs("drives", points, length, (512, 32, 4), cost)
        covered = sorted((point, n) for job in jobs.values() for point in job.points for n in job.trajectories)
        assert covered == sorted(product(points, range(512)))
        assert all(low <= point < high for (low, high), inside in intervals(points, length).items() for point in inside)
    assert len(intervals(points, 100.0)) == 1
    assert len(scanned_ensemble_jobs("drives", points, 0.5, (512, 32, 4), cost)) == 25 * 4


def test_a_longer_scan_keeps_the_jobs_of_the_intervals_that_it_leaves_alone():
    points = [0.5 * k for k in range(25)]
    before, after = (scan_jobs("drives", each, 4.0, cost) for each in (points, sorted([*points, 5.25, 40.0])))
    changed = {name for name in before if after[name] != before[name]}
    assert changed == {"drives_4-8"} and set(after) - set(before) == {"drives_40-44"}


def test_a_point_on_a_border_belongs_to_the_upper_interval_whatever_the_rounding():
    points = [round(0.1 * k, 12) for k in range(1, 30)]
    for (low, _), inside in intervals(points, 0.1).items():
        assert len(inside) == 1 and low == pytest.approx(inside[0])


def test_names_tell_large_numbers_apart():
    names = list(scanned_ensemble_jobs("alephs", [1e6, 1e6 + 1, 1e6 + 2], 1.0, (1, 1, 1), cost))
    assert names[0] == "alephs_1000000-1000001_trajectories_0-1" and len(set(names)) == 3


def test_cost_is_steps_times_lanes_times_modes():
    assert ensemble_seconds(10, 1000, 64) == pytest.approx(20 * ensemble_seconds(2, 250, 64))


@pytest.mark.slow
@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.stem)
def test_the_jobs_of_every_study_hold_its_work_once(path):
    config = load_config(path)
    torus, chain, gaps = config.torus, config.chain, config.torus.gaps
    scans = [
        *((gap_jobs(gaps, case), case.alephs, case.n_trajectories) for case in gap_cases(gaps).values()),
        *((jobs(block), block.alephs, block.n_trajectories) for jobs, block in (
            (wigner_jobs, torus.wigner), (variance_jobs, torus.circular_variance))),
        (switching_jobs(torus.switching), torus.switching.omegas, torus.switching.n_trajectories),
        (map_jobs(torus.attractors), torus.attractors.map_tunneling.values, 1),
        *((steady_state_jobs(scan, chain.saturation, length), scan.drive_amplitudes, scan.n_trajectories)
          for scan in chain.steady_states for length in scan.lengths),
        *((lyapunov_jobs(chain.lyapunov, scan), scan.drive_amplitudes, 1) for scan in chain.lyapunov.scans),
    ]  # fmt: skip
    for jobs, points, n_trajectories in scans:
        cells = [(point, n) for job in jobs.values() for point in job.points for n in job.trajectories]
        assert len(cells) == len(set(cells)) == len(points) * n_trajectories
        assert {point for point, _ in cells} == set(points)
    studies = (config.steppers.torus, config.steppers.chain)
    ensembles = [
        *((population_jobs(case), case.n_trajectories) for case in torus.populations),
        (sampled_steady_state_jobs(torus.steady_states, torus.liouvillian), torus.steady_states.n_trajectories),
        *((case_jobs(chain.ensembles, case), chain.ensembles.n_trajectories) for case in chain.ensembles.cases),
        *((otoc_jobs(chain.otoc, case), chain.otoc.n_trajectories) for case in chain.otoc.cases),
        *(
            (moment_jobs(chain.moments, case, n_clones), chain.moments.n_populations * n_clones)
            for case in chain.moments.cases
            for n_clones in chain.moments.clones
        ),
        *((stepper_jobs(study, case), case.n_trajectories) for study in studies for case in study.cases),
    ]
    for jobs, n_trajectories in ensembles:
        assert [n for job in jobs.values() for n in job.trajectories] == list(range(n_trajectories))
    for jobs in [each[0] for each in (*scans, *ensembles)]:
        assert all(job.cost.seconds > 0 and job.cost.megabytes > 0 and job.cost.raw_bytes > 0 for job in jobs.values())


def asked(case, job):
    return SimpleNamespace(case=case, job=job)


def test_short_jobs_of_a_rule_go_to_a_cluster_in_batches_and_long_ones_by_themselves():
    jobs = {
        "short": {str(n): Job((), range(1), Cost(37.0 + n, 400 + n)) for n in range(100)},
        "long": {name: Job((), range(1), Cost(ALONE_SECONDS * (k + 1), 900 - k)) for k, name in enumerate("ab")},
    }
    rule = RuleJobs(jobs, ("case", "job"))
    batches = {}
    for name, job in jobs["short"].items():
        assert rule(asked("short", name)) is job and rule.asked(asked("short", name)) == job.cost
        batches.setdefault(rule.batch(asked("short", name)), []).append(START_SECONDS + job.cost.seconds)
    assert list(batches) == list(range(len(batches)))
    assert all(sum(seconds) <= BATCH_SECONDS for seconds in batches.values())
    # No two neighbours would fit together.
    sums = [sum(seconds) for seconds in batches.values()]
    assert all(first + second > BATCH_SECONDS for first, second in pairwise(sums))
    # An array has one request: that of the largest in each respect.
    for name in "ab":
        assert rule.batch(asked("long", name)) is None
        assert rule.asked(asked("long", name)) == Cost(2 * ALONE_SECONDS, 900)


def test_a_batch_holds_no_more_jobs_than_it_may():
    rule = RuleJobs({str(n): Job((), range(1), Cost(0.1, 400)) for n in range(3 * BATCH_JOBS)}, ("job",))
    numbers = [rule.batch(SimpleNamespace(job=str(n))) for n in range(3 * BATCH_JOBS)]
    assert numbers == [n // BATCH_JOBS for n in range(3 * BATCH_JOBS)]


def test_time_limits_grow_with_cost_and_attempts():
    assert time_limit(0.0) == 2 and time_limit(600.0) == 32 and time_limit(600.0, 3) == 96
