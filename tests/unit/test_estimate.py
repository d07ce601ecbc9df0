"""The estimate of a run: every rule, sums that add up, and the schedule on several cores."""

import re
from pathlib import Path

import pytest

from openkerr.__main__ import main
from openkerr.figures.register import FIGURES
from openkerr.run.config import load_config
from openkerr.run.estimate import estimate, estimate_text, peak_megabytes, wall_seconds
from openkerr.studies.planning import START_SECONDS, Cost, RuleEstimate

ROOT = Path(__file__).resolve().parents[2]
CONFIGS = [ROOT / "tests/config/tiny.yaml", ROOT / "config/config.yaml", ROOT / "config/paper.yaml"]


def test_every_rule_with_a_script_is_estimated():
    text = "".join(path.read_text() for path in sorted((ROOT / "workflow/rules").glob("*.smk")))
    blocks = re.split(r"^rule (\w+):$", text, flags=re.MULTILINE)
    rules = {name for name, body in zip(blocks[1::2], blocks[2::2], strict=True) if "script:" in body}
    rules |= {f"figure_{name}" for name in FIGURES}
    estimated = [each.rule for each in estimate(load_config(CONFIGS[0]))]
    assert sorted(estimated) == sorted(rules), "the studies must know of every rule"


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.stem)
def test_the_table_adds_up(path):
    config = load_config(path)
    estimates = estimate(config)
    lines = estimate_text(config, 2).splitlines()
    assert lines[0] == f"scale {config.scale}"
    assert [line.split()[0] for line in lines[2:-3]] == [each.rule for each in estimates]
    jobs = [int(line.split()[1]) for line in lines[2:-2]]
    assert sum(jobs[:-1]) == jobs[-1] == sum(len(each.jobs) for each in estimates)
    assert len({len(line) for line in lines[1:-2]}) == 1, "columns are aligned"
    for each in estimates:
        assert all(job.seconds > 0 and job.megabytes > 0 and job.raw_bytes >= 0 for job in each.jobs)
        assert any(job.raw_bytes for job in each.jobs) == each.rule.startswith("simulate_")


def test_the_estimate_grows_with_the_work():
    config = load_config(CONFIGS[0])

    def simulated(**changes):
        cases = tuple(case.model_copy(update=changes) for case in config.torus.populations)
        torus = config.torus.model_copy(update={"populations": cases})
        rules = {each.rule: each for each in estimate(config.model_copy(update={"torus": torus}))}
        jobs = rules["simulate_torus_populations"].jobs
        return sum(job.seconds - START_SECONDS for job in jobs), sum(job.raw_bytes for job in jobs)

    seconds, raw = simulated(final_time=10_000.0)
    longer_seconds, longer_raw = simulated(final_time=30_000.0)
    assert longer_seconds == pytest.approx(3 * seconds, rel=1e-3)
    assert longer_raw == pytest.approx(3 * raw, rel=0.01)


def test_wall_time_is_a_schedule_of_stages():
    def rule(stage, *seconds):
        return RuleEstimate("rule", stage, tuple(Cost(each, 1) for each in seconds))

    rules = [rule(0, 2.0), rule(1, 4.0, 3.0, 3.0), rule(1, 2.0), rule(2, 1.0)]
    assert wall_seconds(rules, 1) == pytest.approx(15.0)
    assert wall_seconds(rules, 2) == pytest.approx(2.0 + 6.0 + 1.0)
    assert wall_seconds(rules, 100) == pytest.approx(2.0 + 4.0 + 1.0)


def test_memory_is_that_of_the_largest_jobs_side_by_side():
    def rule(stage, *megabytes):
        return RuleEstimate("rule", stage, tuple(Cost(1.0, each) for each in megabytes))

    rules = [rule(0, 500), rule(1, 100, 300), rule(1, 200), rule(2, 450)]
    assert [peak_megabytes(rules, cores) for cores in (1, 2, 3, 9)] == [500, 500, 600, 600]


def test_estimate_of_some_rules_leaves_the_others_out():
    told = estimate_text(load_config(CONFIGS[1]), 2, rules={"simulate_torus_populations", "torus_populations"})
    assert [line.split()[0] for line in told.splitlines()[2:4]] == ["simulate_torus_populations", "torus_populations"]
    assert told.splitlines()[4].startswith("all ") and "figure_" not in told


def test_command_and_its_warning(capsys):
    assert main(["estimate", "--cores", "3", str(CONFIGS[1])]) == 0
    assert re.search(r"^about \d+ (s|min) on 3 cores, if nothing is done yet$", capsys.readouterr().out, re.MULTILINE)
    assert main(["estimate", "--targets", "figure_torus_2", str(CONFIGS[1])]) == 2
    assert "is a configuration, no target: allowed is such a file before --targets" in capsys.readouterr().err
    assert main(["estimate", "--cores", "0", str(CONFIGS[1])]) == 2
    assert main(["estimate", "absent.yaml"]) == 2
    assert capsys.readouterr().err.count("\n") == 2
    config = load_config(CONFIGS[2])
    assert estimate_text(config, 2, free_bytes=10**8).splitlines()[-1] == (
        "warning: only 100.0 MB are free on the disk of the results"
    )
    assert "warning" not in estimate_text(config, 2, free_bytes=10**12)
