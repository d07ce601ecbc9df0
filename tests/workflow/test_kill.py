"""`kill -9` of Snakemake or of one of its jobs at any moment: the same command ends with the same bits."""

import os
import random
import shutil
import signal
import subprocess
import sys
import time

import psutil

TINY = "tests/config/tiny.yaml"
TARGETS = ("figure_torus_2", "figure_chain_2")
MADE = (
    *("tables/torus_populations.csv", "tables/torus_trajectories.csv", "tables/chain_phase_diagram.csv"),
    *(f"figures/{name}.{suffix}" for name in ("torus_2", "chain_2") for suffix in ("pdf", "png")),
)
N_KILLS = {"run": 2, "job": 1}
MOST_ATTEMPTS = 30


def run(folder):
    """What `make figures` runs: clear the lock of an owner that is gone, then Snakemake."""
    subprocess.run([sys.executable, ".ci/unlock.py"], cwd=folder, check=True, capture_output=True)
    return subprocess.Popen(
        [sys.executable, "-m", "snakemake", "--cores", "2", *TARGETS, "--configfile", TINY],
        cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, start_new_session=True,
    )  # fmt: skip


def running_jobs(process):
    """Processes of the jobs that a Snakemake run has started."""
    try:
        children = psutil.Process(process.pid).children(recursive=True)
        return [child for child in children if any(".snakemake/scripts/" in word for word in child.cmdline())]
    except psutil.Error:
        return []


def test_a_killed_run_ends_with_the_same_bits(tiny_run, tmp_path):
    folder = tmp_path / "killed"
    shutil.copytree(tiny_run, folder, ignore=shutil.ignore_patterns(".git", ".snakemake", "results"))
    seeded = random.Random(20251121)
    killed = {"run": 0, "job": 0}
    for _ in range(MOST_ATTEMPTS):
        wanted = [each for each in killed if killed[each] < N_KILLS[each]]
        if not wanted:
            break
        process = run(folder)
        time.sleep(seeded.uniform(1.0, 5.0))
        if seeded.choice(wanted) == "job":
            until = time.monotonic() + 60.0
            while not (jobs := running_jobs(process)) and process.poll() is None and time.monotonic() < until:
                time.sleep(0.05)
            time.sleep(seeded.uniform(0.0, 1.0))
            for job in jobs[:1]:
                if job.is_running():
                    job.kill()
                    killed["job"] += 1
        elif process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            killed["run"] += 1
        process.communicate()
        if all((folder / "results/tiny" / name).exists() for name in MADE):
            shutil.rmtree(folder / "results")  # the work had added up to the whole: begin anew
    assert killed == N_KILLS
    process = run(folder)
    _, errors = process.communicate(timeout=1500)
    assert process.returncode == 0, errors
    for name in MADE:
        assert (folder / "results/tiny" / name).read_bytes() == (tiny_run / "results/tiny" / name).read_bytes(), name
    assert not list((folder / "results/tiny").rglob(".*.*")), "no half-written file is left"
    checkpoints = folder / "results/tiny/checkpoints"
    assert not checkpoints.exists() or not any(checkpoints.iterdir())
