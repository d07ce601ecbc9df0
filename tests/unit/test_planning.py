"""Jobs cover what was asked for, cost about the target, and keep their names when a scan grows."""

import pytest

from openkerr.planning import cut_drives, cut_trajectories, ensemble_seconds


@pytest.mark.parametrize("n", [16, 1000, 30000])
@pytest.mark.parametrize("job_seconds", [0.1, 10.0, 1e6])
def test_trajectories_are_covered_once_in_whole_batches(n, job_seconds):
    ranges = cut_trajectories(n, 64, 100.0, job_seconds)
    assert [number for part in ranges for number in part] == list(range(n))
    assert all(part.start % 64 == 0 for part in ranges)
    cost = max(len(part) for part in ranges) * 100.0 / n
    assert cost <= job_seconds or max(len(part) for part in ranges) <= 64


def test_an_extended_ensemble_keeps_its_jobs():
    before = cut_trajectories(30_000, 128, 300.0, 20.0)
    after = cut_trajectories(60_000, 128, 600.0, 20.0)
    assert set(before[:-1]) <= set(after)
    assert len(before) > 2


def test_drives_are_covered_once():
    drives = [0.5 * k for k in range(25)]
    for target in (1.0, 7.0, 100.0):
        jobs = cut_drives(drives, 512, 32, 2.0, target)
        covered = sorted((drive, n) for job in jobs for drive in job.drives for n in job.trajectories)
        assert covered == sorted((drive, n) for drive in drives for n in range(512))
        assert all(job.low <= drive < job.high for job in jobs for drive in job.drives)
    assert len(cut_drives(drives, 512, 32, 2.0, 100.0)) == 1


def test_a_longer_scan_keeps_the_jobs_away_from_the_new_drive():
    drives = [0.5 * k for k in range(25)]
    before = set(cut_drives(drives, 512, 32, 2.0, 8.0))
    after = set(cut_drives(sorted([*drives, 5.25]), 512, 32, 2.0, 8.0))
    assert len(before - after) <= 1


def test_cost_is_steps_times_lanes_times_modes():
    assert ensemble_seconds(10, 1000, 64) == pytest.approx(20 * ensemble_seconds(2, 250, 64))
