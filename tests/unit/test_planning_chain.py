"""Jobs of the paper scale, and of the scans of the chain."""

import copy
from pathlib import Path

import yaml

from openkerr.run.config import load_config, validate_config
from openkerr.run.estimate import estimate
from openkerr.studies.planning import START_SECONDS

ROOT = Path(__file__).parents[2]
PAPER = load_config(ROOT / "config/paper.yaml")


def test_no_job_of_the_paper_rules_the_time_of_the_run():
    """Neither the start of processes nor one long job: cut for two cores as for two thousand."""
    for each in estimate(PAPER):
        if each.rule.startswith("simulate_") and len(each.jobs) > 4:
            longest, mean = max(job.seconds for job in each.jobs), each.seconds / len(each.jobs)
            assert longest < 300 and mean > 2 * START_SECONDS, each.rule


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
