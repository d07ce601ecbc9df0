"""One whole run at the smallest scale, for all tests that look at what a run leaves behind."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from filelock import FileLock

ROOT = Path(__file__).resolve().parents[2]


def environment(folder: Path) -> dict[str, str]:
    """Variables under which a process uses the library of a copy of the repository, and git knows only that copy."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("GIT_", "MAKE", "MFLAGS"))}
    return kept | {"PYTHONPATH": str(folder / "workflow")}


def git(folder: Path, *arguments: str) -> str:
    identity = ["-c", "user.name=n", "-c", "user.email=n@example.org", "-c", "commit.gpgsign=false"]
    command = ["git", *identity, "-c", "core.hooksPath=/dev/null", *arguments]
    done = subprocess.run(command, cwd=folder, env=environment(folder), check=True, capture_output=True, text=True)
    return done.stdout


def run_tiny(folder: Path) -> None:
    """Copy the repository into a new folder, commit it there, and run the smallest scale."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT, check=True, capture_output=True, text=True,
    ).stdout  # fmt: skip
    for name in filter(None, listed.split("\0")):
        source = ROOT / name
        if source.is_file() and not name.startswith("results/"):
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, folder / name)
    git(folder, "init", "--quiet")
    git(folder, "add", ".")
    git(folder, "commit", "--quiet", "--message", "copy")
    done = subprocess.run(
        [sys.executable, "-m", "snakemake", "--cores", "2", "--configfile", "tests/config/tiny.yaml"],
        cwd=folder, env=environment(folder), capture_output=True, text=True, timeout=1500, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert git(folder, "status", "--porcelain") == "", "a run leaves files behind that git does not ignore"


@pytest.fixture(scope="session")
def tiny_run(tmp_path_factory):
    """Folder of a copy of the repository, committed, with the finished run of tests/config/tiny.yaml in results/tiny.

    Shared by all tests of the session, in whatever process they run: a test that changes anything takes `tiny_copy`,
    or copies the folder itself.
    """
    shared = tmp_path_factory.getbasetemp()
    shared = shared.parent if "PYTEST_XDIST_WORKER" in os.environ else shared
    folder, ended = shared / "tiny_run", shared / "tiny_run.json"
    with FileLock(shared / "tiny_run.lock"):
        if not ended.exists():
            try:
                run_tiny(folder)
                fault = None
            except Exception as error:  # told by every test that waits for the run
                fault = f"{type(error).__name__}: {error}"
            ended.write_text(json.dumps(fault))
    assert json.loads(ended.read_text()) is None, json.loads(ended.read_text())
    return folder


@pytest.fixture
def tiny_copy(tiny_run, tmp_path):
    """A copy of `tiny_run`, time stamps and all, for one test to change."""
    return Path(shutil.copytree(tiny_run, tmp_path / "copy", symlinks=True))


@pytest.fixture(scope="session")
def run_openkerr():
    """Function that runs a command of the library in a copy of the repository, with the code of that copy."""

    def run(folder: Path, *arguments: str | Path) -> subprocess.CompletedProcess:
        command = [sys.executable, "-m", "openkerr", *map(str, arguments)]
        return subprocess.run(
            command, cwd=folder, env=environment(folder), capture_output=True, text=True, timeout=120, check=False
        )

    return run
