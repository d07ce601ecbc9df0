"""Jobs of the scans of the chain: every length cut by its cost."""

import copy
from pathlib import Path

import pytest
import yaml

from openkerr.config import load_config, validate_config
from openkerr.config_plan import steady_state_job_seconds, steady_state_jobs
from openkerr.estimate import estimate

ROOT = Path(__file__).parents[2]
PAPER = load_config(ROOT / "config/paper.yaml")


@pytest.mark.parametrize("scan", PAPER.chain.steady_states, ids=lambda scan: scan.name)
def test_jobs_hold_every_state_once_and_cost_alike(scan):
    saturation = PAPER.chain.saturation
    for length in scan.lengths:
        jobs = steady_state_jobs(scan, saturation, length, 60.0)
        states = [(drive, number) for job in jobs.values() for drive in job.drives for number in job.trajectories]
        assert len(states) == len(set(states)) == len(scan.drive_amplitudes) * scan.n_trajectories
        costs = [steady_state_job_seconds(scan, saturation, length, job) for job in jobs.values()]
        assert max(costs) <= 60.0
        for job in jobs.values():
            assert job.trajectories.start % scan.batch_size == 0
    long, short = (len(steady_state_jobs(scan, saturation, length, 60.0)) for length in (max(scan.lengths), 2))
    assert long >= short


def test_the_map_has_what_its_figure_needs():
    scan = next(scan for scan in PAPER.chain.steady_states if scan.geometry == "boundary")
    assert len(scan.lengths) >= 30 and {2, 4, 6, 8, 10, 15, 20, 30, 40, 50, 60} <= set(scan.lengths)
    drives = set(scan.drive_amplitudes)
    assert {0.25 * k for k in range(1, 49)} | {8 + 0.125 * k for k in range(17)} == drives
    assert scan.burn_in >= 2000 and scan.averaging_time >= 2000 and scan.n_trajectories >= 1000
    raw = next(each for each in estimate(PAPER) if each.rule == "simulate_chain_steady_states")
    assert sum(job.raw_bytes for job in raw.jobs) < 3e8


def test_lengths_are_jobs_of_their_own():
    raw = yaml.safe_load((ROOT / "tests/config/tiny.yaml").read_text())
    more = copy.deepcopy(raw)
    more["chain"]["steady_states"][0]["lengths"] = [4, 6]
    counts = [
        len(
            next(each for each in estimate(validate_config(config)) if each.rule == "simulate_chain_steady_states").jobs
        )
        for config in (raw, more)
    ]
    assert counts == [2, 3]
