"""Jobs cover what was asked for, and hang on nothing but the size that they are cut to."""

import pytest

from openkerr.studies.planning import cut_scan, cut_trajectories, ensemble_seconds


@pytest.mark.parametrize("n", [16, 1000, 2048, 30000])
@pytest.mark.parametrize("batches", [1, 7, 16, 10_000])
def test_trajectories_are_covered_once_in_whole_batches(n, batches):
    ranges = cut_trajectories(n, 64, batches)
    assert [number for part in ranges for number in part] == list(range(n))
    assert all(part.start % (64 * batches) == 0 for part in ranges)
    assert all(len(part) == 64 * batches for part in ranges[:-1]) and len(ranges[-1]) <= 64 * batches


@pytest.mark.parametrize("n", [2048, 30_000])
def test_twice_the_trajectories_keep_every_whole_job(n):
    before, after = cut_trajectories(n, 128, 16), cut_trajectories(2 * n, 128, 16)
    whole = [part for part in before if len(part) == 2048]
    assert whole == after[: len(whole)] and len(before) - len(whole) == bool(n % 2048)


def test_points_are_covered_once_in_the_intervals_that_hold_them():
    points = [0.5 * k for k in range(25)]
    for interval in (0.5, 4.0, 100.0):
        jobs = cut_scan(points, interval, 512, 32, 4)
        covered = sorted((point, n) for job in jobs for point in job.points for n in job.trajectories)
        assert covered == sorted((point, n) for point in points for n in range(512))
        assert all(job.low <= point < job.high for job in jobs for point in job.points)
    assert len(cut_scan(points, 100.0)) == 1
    assert len({job.name("drives") for job in cut_scan(points, 0.5, 512, 32, 4)}) == 25 * 4


def test_a_longer_scan_keeps_the_jobs_of_the_intervals_that_it_leaves_alone():
    points = [0.5 * k for k in range(25)]
    before, after = set(cut_scan(points, 4.0)), set(cut_scan(sorted([*points, 5.25, 40.0]), 4.0))
    assert [job.points for job in before - after] == [(4.0, 4.5, 5.0, 5.5, 6.0, 6.5, 7.0, 7.5)]


def test_a_point_on_a_border_belongs_to_the_upper_interval_whatever_the_rounding():
    points = [round(0.1 * k, 12) for k in range(1, 30)]
    for job in cut_scan(points, 0.1):
        assert len(job.points) == 1 and job.low == pytest.approx(job.points[0])


def test_names_tell_large_numbers_apart():
    names = [job.name("alephs") for job in cut_scan([1e6, 1e6 + 1, 1e6 + 2], 1.0)]
    assert names[0] == "alephs_1000000-1000001_trajectories_0-1" and len(set(names)) == 3


def test_cost_is_steps_times_lanes_times_modes():
    assert ensemble_seconds(10, 1000, 64) == pytest.approx(20 * ensemble_seconds(2, 250, 64))
