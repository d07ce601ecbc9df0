"""The estimate of a run against what the run took."""

import pandas as pd
import pytest

from openkerr.run.config import load_config
from openkerr.run.estimate import estimate


@pytest.fixture(scope="module")
def expected(tiny_run):
    return {each.rule: each for each in estimate(load_config(tiny_run / "tests/config/tiny.yaml"))}


@pytest.fixture(scope="module")
def measured(tiny_run, expected):
    """Benchmarks of the run: rule → largest resident set of every job, in MB."""
    folder, found = tiny_run / "results/tiny/benchmarks", {}
    for path in folder.rglob("*.tsv"):
        name = path.relative_to(folder).parts[0].removesuffix(".tsv")
        names = [name] if path.parent == folder else [f"simulate_{name}", f"warm_{name}"]
        (rule,) = (each for each in names if each in expected)
        found.setdefault(rule, []).append(pd.read_csv(path, sep="\t").iloc[0][["max_rss"]].astype(float))
    return {rule: pd.DataFrame(rows) for rule, rows in found.items()}


def test_jobs(measured, expected):
    """Their number; what they take hangs on the machine, and is told by the benchmarks of a run."""
    assert set(measured) == set(expected)
    for rule, rows in measured.items():
        assert len(rows) == len(expected[rule].jobs), rule


def test_memory_that_is_reserved_is_enough(measured, expected):
    for rule, rows in measured.items():
        reserved = max(job.megabytes for job in expected[rule].jobs)
        assert rows["max_rss"].max() < reserved, rule


def test_disk(tiny_run, measured, expected):
    raw = tiny_run / "results/tiny/raw"
    for rule, each in ((rule, expected[rule]) for rule in measured):
        name = rule.removeprefix("simulate_")
        files = [*raw.glob(f"{name}.nc"), *raw.glob(f"{name}/**/*.nc")] if name != rule else []
        size = sum(path.stat().st_size for path in files)
        assert sum(job.raw_bytes for job in each.jobs) == pytest.approx(size, rel=0.15), rule
