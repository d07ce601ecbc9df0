"""Every key of the configuration acts: its value reaches a rule whose code reads it, or decides what the jobs are."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from openkerr.runtime.provenance import code_of_rule, import_closure

ROOT = Path(__file__).resolve().parents[2]
COMPUTED = {
    r"scale|figures\.formats|.*\.name|chain\.steady_states\.lengths": "parts of the names of files",
    r"chain\.metastability\.events\.shown": "names of cases, which a job gets as plain text",
    r"chain\.dimer\.scaled_drives": "drives, over the root of each U",
    r".*(_per_job|job_interval|length_interval)|workflow\.checkpoint_seconds": "how the work is cut and kept",
    r".*(n_trajectories|variant_trajectories|n_populations|clones|n_paths)": "ranges of trajectories",
    r".*omega.*\.(first|last|step)|.*map_tunneling\.(first|last|step)": "points of a scan",
    r"torus\.gaps\.variants\..*": "the parameters of cases",
    r".*(spectrum_time|lag_time|n_references)": "numbers of samples",
    r"torus\.liouvillian\.(fine_aleph|basis_tolerance)": "the tolerance at one aleph",
    r".*memory_limit": "memory of a job",
}
"""Keys that a job does not get as they are, and what they become."""


@pytest.fixture(scope="module")
def rules_of_keys():
    """Rules that get the value of a key and its name there, as Snakemake plans a run of the smallest scale."""
    done = subprocess.run(
        [sys.executable, "tests/systems/planned_keys.py", "tests/config/tiny.yaml"],
        cwd=ROOT, capture_output=True, text=True, timeout=600, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout[done.stdout.index('{"') :])


def test_every_key_reaches_a_rule_or_decides_what_the_jobs_are(rules_of_keys):
    assert len(rules_of_keys) > 400
    unknown = [
        key
        for key, rules in rules_of_keys.items()
        if not rules and not any(re.fullmatch(pattern, key) for pattern in COMPUTED)
    ]
    assert unknown == []
    package = ROOT / "workflow/openkerr"
    planned = [*(ROOT / "workflow/rules").glob("*.smk"), *(package / "studies").rglob("*.py")]
    text = "\n".join(path.read_text(encoding="utf-8") for path in [*planned, package / "settings/checks.py"])
    names = {key.rsplit(".", 1)[-1] for key, rules in rules_of_keys.items() if not rules}
    assert [name for name in sorted(names) if not re.search(rf"\.{name}\b|\"{name}\"", text)] == []


def test_a_rule_reads_the_keys_that_it_gets(rules_of_keys):
    """By the name that a rule gives it, the value stands in the code of the rule, configurations left out."""
    texts = {}
    for rule in {rule for rules in rules_of_keys.values() for rule, _ in rules}:
        paths = import_closure(*code_of_rule(rule))
        texts[rule] = "\n".join(path.read_text(encoding="utf-8") for path in paths if path.name != "config.py")
    unread = [
        key
        for key, rules in rules_of_keys.items()
        if rules and not any(re.search(rf"\b{name}\b", texts[rule]) for rule, name in rules)
    ]
    # By drive and length there; in the raw data, which count their trajectories.
    counted = [f"steppers.{problem}.cases.n_trajectories" for problem in ("torus", "chain")]
    assert unread == ["chain.otoc.cases.drawn_angle", *counted]
