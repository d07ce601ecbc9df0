"""Locks that killed runs leave behind: cleared where their owners are known to be gone, and nowhere else."""

import importlib.util
import json
import os
import shutil
import subprocess
import sys
import time
from dataclasses import asdict
from pathlib import Path

import pytest

from openkerr.runtime.run_owner import this_process

ROOT = Path(__file__).resolve().parents[2]

# A workflow of one job that lasts as long as a test wants, on this repository's own ground.
SNAKEFILE = f"""
configfile: "{ROOT}/tests/config/tiny.yaml"
include: "{ROOT}/workflow/rules/common.smk"

rule all:
    input: "done"

rule one:
    output: "done"
    script: "job.py"
"""
JOB = """
import time
from pathlib import Path

Path("started").touch()
while not Path("go").exists():
    time.sleep(0.05)
Path("done").touch()
"""


@pytest.fixture
def folder(tmp_path):
    """A folder with such a workflow and this repository's default profile; no process outlives the test."""
    (tmp_path / "Snakefile").write_text(SNAKEFILE)
    (tmp_path / "job.py").write_text(JOB)
    shutil.copytree(ROOT / "profiles", tmp_path / "profiles")
    yield tmp_path
    (tmp_path / "go").touch()


@pytest.fixture
def start(folder):
    """Function that starts Snakemake there, with options of the interpreter, and returns when its job runs."""
    runs = []

    def started(*options: str) -> subprocess.Popen:
        command = [sys.executable, *options, "-m", "snakemake", "--cores", "1"]
        run = subprocess.Popen(command, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        runs.append(run)
        wait_for(folder / "started")
        return run

    yield started
    for run in runs:
        run.kill()
        run.wait()


def python(folder: Path, *arguments: str) -> subprocess.CompletedProcess:
    return subprocess.run(
        [sys.executable, *arguments], cwd=folder, capture_output=True, text=True, timeout=120, check=False
    )


def snakemake(folder: Path, *arguments: str) -> subprocess.CompletedProcess:
    return python(folder, "-m", "snakemake", *arguments)


def unlock(folder: Path) -> subprocess.CompletedProcess:
    return python(folder, str(ROOT / ".ci/unlock.py"))


def wait_for(path: Path, seconds: float = 60.0) -> None:
    end = time.monotonic() + seconds
    while not path.exists():
        assert time.monotonic() < end, f"{path.name} did not appear"
        time.sleep(0.05)


def locks(folder: Path) -> list[Path]:
    return list((folder / ".snakemake/locks").glob("*.lock"))


def names(folder: Path) -> list[Path]:
    return list((folder / ".snakemake/owners").glob("*.json"))


def assert_refused(folder: Path, why: str, by_hand: bool = True) -> None:
    before = sorted(locks(folder)), sorted(names(folder))
    done = unlock(folder)
    assert done.returncode == 1
    assert why in done.stderr and len(done.stderr.splitlines()) == 1
    assert by_hand == ("snakemake --unlock" in done.stderr)
    assert (sorted(locks(folder)), sorted(names(folder))) == before and before[0]


def assert_cleared(folder: Path) -> None:
    assert locks(folder)
    done = unlock(folder)
    assert done.returncode == 0, done.stderr
    assert not locks(folder) and not names(folder)


def test_killed_run_is_taken_up_with_the_default_profile(folder, start):
    assert unlock(folder).returncode == 0  # no lock, nothing to say
    run = start()
    assert_refused(folder, f"process {run.pid}", by_hand=False)
    run.kill()
    run.wait()

    # The job outlives its run and still writes: it is waited for, then the lock goes.
    waiting = subprocess.Popen(
        [sys.executable, str(ROOT / ".ci/unlock.py")], cwd=folder, stderr=subprocess.PIPE, text=True
    )
    with pytest.raises(subprocess.TimeoutExpired):
        waiting.wait(timeout=1.5)
    assert locks(folder)
    assert "being cleared" in unlock(folder).stderr
    (folder / "go").touch()
    _, said = waiting.communicate(timeout=120)
    assert waiting.returncode == 0
    assert said.startswith("Waiting for 1 job(s)")
    assert not locks(folder) and not names(folder)

    # Plain `snakemake` finds the profile, which makes the output anew that was not known to be whole ...
    again = snakemake(folder, "--cores", "1")
    assert again.returncode == 0, again.stderr
    assert "workflow specific profile profiles/default" in again.stderr
    assert "rule one:" in again.stderr
    # ... and does not rerun a job for the text of its script.
    (folder / "job.py").write_text(JOB + "# another text\n")
    assert "Nothing to be done" in snakemake(folder, "--cores", "1").stderr
    assert not names(folder), "a run takes its name away"


def test_a_run_that_is_killed_before_its_first_job_is_taken_up(folder):
    command = [sys.executable, "-m", "snakemake", "--cores", "1"]
    run = subprocess.Popen(command, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    while not locks(folder):
        assert run.poll() is None
    run.kill()
    run.wait()
    (folder / "go").touch()
    assert_cleared(folder)


def test_a_killed_run_is_taken_up_after_unlocking_by_hand(folder, start):
    run = start("-u")
    run.kill()
    run.wait()
    (folder / "go").touch()
    wait_for(folder / "done")
    assert "locked" in snakemake(folder, "--cores", "1").stderr
    assert snakemake(folder, "--unlock").returncode == 0
    done = snakemake(folder, "--cores", "1")
    assert done.returncode == 0 and "rule one:" in done.stderr
    assert not locks(folder) and not names(folder)


def leave(folder: Path, *, lock: bool = True, **changes) -> Path:
    """Leave the name of a run that has ended, with other facts, and then a lock."""
    said = python(
        folder, "-c", "from openkerr.runtime import run_owner as o; print(o.json.dumps(o.asdict(o.this_process())))"
    )
    facts = json.loads(said.stdout)
    path = folder / f".snakemake/owners/{len(names(folder))}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(facts | changes))
    if lock:
        leave_lock(folder)
    return path


def leave_lock(folder: Path) -> None:
    path = folder / ".snakemake/locks/0.output.lock"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("done\n")


def test_the_lock_of_an_ended_run_is_cleared(tmp_path):
    leave(tmp_path)
    assert_cleared(tmp_path)


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"host": "far-away"}, "on another host, far-away"),
        ({"namespace": "pid:[1]"}, "in another container"),
        ({"boot": "another", "machine": None}, "on another machine of the name"),
        ({"boot": "another", "machine": "another"}, "on another machine of the name"),
        ({"boot": "another", "namespace": "pid:[1]"}, "on another machine of the name"),
        (asdict(this_process()), f"still at work: process {os.getpid()}"),
    ],
    # Numbers of processes in names would tell the tests of one worker from those of another.
    ids=["host", "container", "machine", "clone of a machine", "container of a machine", "alive"],
)
def test_the_lock_of_a_run_that_may_live_stays(tmp_path, changes, why):
    leave(tmp_path, **changes)
    assert_refused(tmp_path, why, by_hand="still at work" not in why)


def test_the_lock_of_a_run_whose_process_number_went_to_another_process_is_cleared(tmp_path):
    leave(tmp_path, process=os.getpid())
    assert_cleared(tmp_path)


def test_a_lock_without_any_name_stays(tmp_path):
    leave_lock(tmp_path)
    assert_refused(tmp_path, "of which nothing is known")


def test_a_lock_from_before_the_first_name_stays(tmp_path):
    """A run of earlier code, or of another workflow, holds it."""
    name = leave(tmp_path)
    written = locks(tmp_path)[0].stat().st_mtime_ns
    os.utime(name, ns=(written + 10**9, written + 10**9))
    assert_refused(tmp_path, "of which nothing is known")


def test_a_lock_stays_while_one_of_two_runs_may_live(tmp_path):
    """Snakemake lets runs of different targets lock a folder at once."""
    leave(tmp_path, host="far-away", lock=False)
    leave(tmp_path)
    assert_refused(tmp_path, "far-away")


def test_a_lock_stays_with_a_name_that_cannot_be_read(tmp_path):
    leave(tmp_path).write_text('{"host": ')
    assert_refused(tmp_path, "cannot be read")


@pytest.mark.skipif(os.getuid() != 0, reason="only root gives files away")
def test_a_lock_of_another_user_stays(tmp_path):
    leave(tmp_path)
    os.chown(locks(tmp_path)[0], 4711, -1)
    assert_refused(tmp_path, "of another user", by_hand=False)


def test_a_run_that_lost_its_name_is_still_found_by_its_command_line(folder, start):
    run = start("-u", "-X", "utf8")
    for name in names(folder):
        name.unlink()
    name = leave(folder, lock=False)
    os.utime(name, (0, 0))
    assert_refused(folder, f"process {run.pid}", by_hand=False)


@pytest.fixture(scope="module")
def tool():
    spec = importlib.util.spec_from_file_location("unlock", ROOT / ".ci/unlock.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        ("snakemake --cores 2", True),
        ("/env/bin/snakemake --cores 2", True),
        ("python3.11 /env/bin/snakemake", True),
        ("python -m snakemake", True),
        ("python -u -m snakemake", True),
        ("python3.11 -X utf8 -W error -m snakemake --cores 2", True),
        ("python -um snakemake", True),
        ("python -msnakemake", True),
        ("uv run --no-sync snakemake --cores 2", True),
        ("nice -n 19 python -m snakemake", True),
        ("python .snakemake/scripts/tmp1.job.py", False),
        ("make figures", False),
        ("python -m pytest tests/workflow/test_snakemake.py", False),
    ],
)
def test_snakemake_is_known_by_its_command_line(tool, command, expected):
    assert tool.is_snakemake(command.split()) is expected


def test_only_the_locks_that_were_judged_are_cleared(tool, tmp_path, monkeypatch):
    leave(tmp_path)
    judged = locks(tmp_path)
    later = judged[0].with_name("1.output.lock")
    later.touch()
    monkeypatch.chdir(tmp_path)
    tool.clear(judged)
    assert locks(tmp_path) == [later]
