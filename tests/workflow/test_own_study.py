"""The folder of docs/own_study.md: copied, renamed, and run as that page says."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest
import yaml

from openkerr.run.config import ConfigError, load_config

ROOT = Path(__file__).resolve().parents[2]
EXAMPLE = "docs/example/n_photon_chain"
TINY = {
    "n_trajectories": 32, "batch_size": 2, "burn_in": 5.0, "averaging_time": 5.0, "lyapunov_time": 8.0,
    "lyapunov_trajectories": 2,
    "chains": [{"order": 2, "length": 2, "time_step": 0.0625, "drive_amplitudes": [0.2, 1.0]}],
    "dimers": [{"order": 2, "length": 2, "time_step": 0.0625, "drive_amplitudes": [0.2]}],
    "shown": [{"order": 2, "drive_amplitude": 1.0, "regime": "wave"}],
}  # fmt: skip

JUDGE = """
import sys
from pathlib import Path
from openkerr.claims.ledger import load_claims
from openkerr.claims.verdicts import judge_claims, read_tables
from openkerr.run.config import load_config
from openkerr.run.extensions import load_extensions, with_claims, with_tables
from openkerr.runtime.provenance import code_of_rule, fingerprint

found = load_extensions(load_config(["config/config.yaml", "my_chain/config.yaml"]).extensions)
ledger = with_claims(load_claims("config/claims.yaml"), found.values())
paths = {path.stem: path for path in Path("results/my_chain/tables").glob("*.csv")}
frame = judge_claims(ledger, read_tables(paths, with_tables(["my_chain"])))
frame[frame["paper"] == "extensions"].to_csv("judged.csv", index=False)
codes = {rule: code_of_rule(rule, "my_chain") for rule in ("simulate_my_chain", "my_chain", "figure_my_chain")}
before = {rule: fingerprint(*files) for rule, files in codes.items()}
table = Path("my_chain/table.py")
table.write_text(table.read_text() + "\\nLATER = 1\\n")
print(*[rule for rule, files in codes.items() if fingerprint(*files) != before[rule]])
"""


@pytest.fixture(scope="module")
def copy(tmp_path_factory):
    """A copy of what a run needs, with the copied folder, and its own configuration at the smallest scale."""
    folder = tmp_path_factory.mktemp("own")
    for name in ("Snakefile", "workflow", "config", "envs", "profiles", EXAMPLE):
        copied = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
        copied(ROOT / name, folder / name, **({"dirs_exist_ok": True} if copied is shutil.copytree else {}))
    page = (ROOT / "docs/own_study.md").read_text("utf-8")
    commands = re.search(r"```bash\n(.*?)```", page, re.DOTALL)[1].splitlines()
    for command in commands[:2]:
        subprocess.run(command, shell=True, cwd=folder, check=True)
    file = folder / "my_chain/config.yaml"
    block = yaml.safe_load(file.read_text("utf-8"))
    assert block["extensions"][0]["folder"] == "my_chain" and block["scale"] == "my_chain"
    block["extensions"][0] |= TINY
    file.write_text(yaml.safe_dump({**block, "figures": {"formats": ["png"], "dpi": 50}}), "utf-8")
    return folder, commands[2:]


def run(folder, *command):
    kept = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    return subprocess.run(
        [sys.executable, "-m", *command] if command[0] != "-" else [sys.executable, "-"],
        input=JUDGE if command[0] == "-" else None, cwd=folder, env=kept | {"PYTHONPATH": str(folder / "workflow")},
        capture_output=True, text=True, timeout=500, check=False,
    )  # fmt: skip


@pytest.mark.slow
def test_a_copied_folder_is_run_traced_and_judged(copy):
    folder, commands = copy
    for command in commands:
        done = run(folder, *command.removeprefix("python -m ").replace(".pdf", ".png").split())
        assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("whole: every")
    raw = sorted(path.stem for path in folder.glob("results/my_chain/raw/my_chain/*.nc"))
    assert raw == ["chain_2_2_0.2", "chain_2_2_1", "dimer_2_2_0.2"]
    assert all(name in done.stdout for name in raw) and "seed: 20250703" in done.stdout
    made = json.loads((folder / "results/my_chain/figures/my_chain.json").read_text("utf-8"))
    assert set(made["tables"]) == {f"my_chain_{name}" for name in ("sites", "chains", "dimer")}
    sites = pd.read_csv(folder / "results/my_chain/tables/my_chain_sites.csv")
    assert len(sites) == 8 and (sites["photon_number_stderr"] > 0).all()
    judged = run(folder, "-")
    assert judged.returncode == 0, judged.stderr
    assert judged.stdout.split() == ["my_chain"], "a change of table.py makes the tables anew, and no raw data"
    claims = pd.read_csv(folder / "judged.csv")
    assert len(claims) and claims["claim"].str.startswith("my_chain_").all()
    assert claims["table"].str.startswith("my_chain_").all()


BLOCK = yaml.safe_load((ROOT / EXAMPLE / "config.yaml").read_text("utf-8"))["extensions"][0]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (
            {"folder": "docs/none"},
            "extensions[0].folder = docs/none is not allowed; allowed: a folder with settings.py",
        ),
        ({"folder": "docs"}, "extensions[0].folder = docs is not allowed; allowed: a folder with settings.py"),
        ({"burn_in": 0.5}, "extensions[0], n_photon_chain: burn_in = 0.5 is not allowed; allowed: a whole multiple of"),
        ({"trajectories": 8}, "extensions[0], n_photon_chain: trajectories = 8 is not a known key"),
    ],
    ids=lambda value: str(value)[:20] if isinstance(value, dict) else "",
)
def test_a_block_that_is_not_allowed_is_one_line(change, said, tmp_path):
    file = tmp_path / "mine.yaml"
    file.write_text(yaml.safe_dump({"extensions": [BLOCK | change]}), "utf-8")
    with pytest.raises(ConfigError) as caught:
        load_config([ROOT / "config/config.yaml", file])
    assert said in str(caught.value) and "\n" not in str(caught.value)


def test_a_module_that_hides_what_it_uses_is_refused(tmp_path):
    folder = tmp_path / "hidden"
    shutil.copytree(ROOT / EXAMPLE, folder)
    physics = folder / "physics.py"
    physics.write_text(
        "import openkerr as ok\n" + physics.read_text("utf-8").replace("from __future__ import annotations", "")
    )
    file = tmp_path / "mine.yaml"
    file.write_text(yaml.safe_dump({"extensions": [BLOCK | {"folder": str(folder)}]}), "utf-8")
    with pytest.raises(ConfigError, match=r"physics\.py imports openkerr itself; allowed: its modules by name"):
        load_config([ROOT / "config/config.yaml", file])
