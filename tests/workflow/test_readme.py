"""The recipes of README, taken from its text and run in an empty clone."""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TEXT = (ROOT / "README.md").read_text("utf-8")
BLOCKS = re.findall(
    r"```(\w+)\n(.*?)```", TEXT[TEXT.index("## First hour") : TEXT.index("## What there is")], re.DOTALL
)
FILES = {block.split()[1]: block for kind, block in BLOCKS if kind == "yaml"}
COMMANDS = [line.split(" #")[0].strip() for kind, block in BLOCKS if kind == "bash" for line in block.splitlines()]
PLANNED = [each for each in COMMANDS if each.startswith("snakemake") and "--unlock" not in each]

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def clone(tmp_path_factory):
    """A clone of the repository as it is, with the files that README writes."""
    folder = tmp_path_factory.mktemp("clone") / "openkerr"
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    for name in filter(None, names.split("\0")):
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).symlink_to(ROOT / name) if name.startswith("results/") else (
                (folder / name).write_bytes((ROOT / name).read_bytes())
            )
    for name, text in FILES.items():
        (folder / name).write_text(text, "utf-8")
    return folder


def run(folder, *command):
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "MFLAGS"))}
    return subprocess.run(
        command,
        cwd=folder,
        env=kept | {"PYTHONPATH": str(folder / "workflow")},
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )


def test_recipes_are_found():
    assert set(FILES) == {"my.yaml", "alephs.yaml", "more.yaml"} and len(PLANNED) >= 5
    starts = {each.split()[0] for each in COMMANDS}
    assert starts == {"make", ".", "python", "snakemake"}


@pytest.mark.parametrize("command", [each for each in COMMANDS if each.startswith("python")])
def test_a_command_of_the_library_runs(clone, command):
    done = run(clone, sys.executable, *shlex.split(command)[1:])
    if missing := [word for word in command.split() if word.startswith("results/") and not (clone / word).exists()]:
        # Of runs that an empty clone lacks: told in one line.
        assert done.returncode != 0 and any(name in done.stderr for name in missing)
        assert len(done.stderr.splitlines()) == 1, done.stderr
        return
    assert done.returncode == 0, done.stderr
    assert done.stdout


@pytest.mark.parametrize("command", [each for each in COMMANDS if each.startswith("make")])
def test_a_target_of_make_is_there(clone, command):
    assert run(clone, "make", "--dry-run", "--no-print-directory", *command.split()[1:]).returncode == 0


@pytest.mark.parametrize("command", [each for each in PLANNED if "figure" in each or "results/" in each])
def test_a_run_is_planned(clone, command):
    done = run(clone, sys.executable, "-m", *shlex.split(command), "--dry-run")
    assert done.returncode == 0, done.stderr
    target = command.split()[3]
    rule = target if target.startswith("figure_") else Path(target).stem
    assert re.search(rf"^{rule}\s+1$", done.stdout, re.MULTILINE), done.stdout


def test_raw_data_are_loaded_and_drawn(tiny_copy):
    (code,) = (block for kind, block in BLOCKS if kind == "python")
    (file,) = re.findall(r"results/default/raw/[\w/.-]+", code)
    made = sorted((tiny_copy / "results/tiny/raw/torus_populations").glob("*/*.nc"))[0]
    code = "import matplotlib\nmatplotlib.use('agg')\n" + code.replace(file, made.relative_to(tiny_copy).as_posix())
    done = run(tiny_copy, sys.executable, "-c", code)
    assert done.returncode == 0, done.stderr
    assert (tiny_copy / "trajectory.png").stat().st_size > 5000
