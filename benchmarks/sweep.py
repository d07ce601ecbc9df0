"""A sweep of ten thousand jobs: its configuration, and what planning it costs.

python benchmarks/sweep.py --write sweep.yaml     # the configuration, for `snakemake --configfile sweep.yaml`
python benchmarks/sweep.py                        # plan it twice: processor time, memory, the same plan or not
python benchmarks/sweep.py --run 500              # and run so many of its jobs with an empty script: memory
"""

import argparse
import math
import os
import re
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psutil
import yaml

ROOT = Path(__file__).resolve().parents[1]
SCRIPT = "workflow/scripts/simulate_chain_steady_states.py"
TARGET = "results/sweep/tables/chain_phase_diagram.csv"
SIMULATION = "simulate_chain_steady_states"
BATCH, BATCHES = 32, 16


def configuration(n_jobs: int) -> dict:
    """Return the default scale with a scan of lengths and drives besides, one batch of trajectories a job."""
    chain = yaml.safe_load((ROOT / "config/config.yaml").read_text(encoding="utf-8"))["chain"]
    scans, lengths = chain["steady_states"], chain["wave"]["lengths"]
    # Drives that no other scan has.
    drives = [0.1 + 0.25 * k for k in range(math.ceil(n_jobs / len(lengths) / BATCHES))]
    swept = scans[0] | {
        "name": "sweep",
        "lengths": lengths,
        "drive_amplitudes": drives,
        "job_interval": 0.25,
        "n_trajectories": BATCH * BATCHES,
        "batch_size": BATCH,
        "batches_per_job": 1,
    }
    return {"scale": "sweep", "chain": {"steady_states": [*scans, swept]}}


def plan(config: Path, folder: Path) -> tuple[str, float, float]:
    """Return the plan as text without times, its processor time in seconds and its memory in MB."""
    command = [
        sys.executable,
        "-m",
        "snakemake",
        "-n",
        TARGET,
        "--configfile",
        str(config),
    ]
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    environment = {**os.environ, "PYTHONPATH": str(folder / "workflow")}
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode:
        raise SystemExit(done.stdout + done.stderr)
    # Reasons list sets, in any order; the head tells the time.
    _, _, listed = done.stdout.partition("Building DAG of jobs")
    text = "\n".join(sorted(re.sub(r"(?m)^\[.*\]$|[:;,] |,$", "\n", listed).split("\n")))
    return text, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, after.ru_maxrss / 1024


def run(config: Path, folder: Path, n_jobs: int) -> list[tuple[int, float]]:
    """Run jobs with a script that only writes its output; return pairs of jobs done and MB of the main process."""
    (folder / SCRIPT).write_text(
        "from pathlib import Path\nPath(snakemake.output[0]).write_text('')\n", encoding="utf-8"
    )
    environment = {**os.environ, "PYTHONPATH": str(folder / "workflow")}
    process = subprocess.Popen(
        [sys.executable, "-m", "snakemake", TARGET, "--cores", "2", "--configfile", str(config), "-q", "all"],
        cwd=folder, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    found, raw = [], folder / "results/sweep/raw"
    while process.poll() is None:
        done = sum(1 for _ in raw.rglob("*.nc")) if raw.exists() else 0
        if done and (not found or done >= found[-1][0] + 25):
            found.append((done, psutil.Process(process.pid).memory_info().rss / 2**20))
        if done >= n_jobs:
            process.terminate()
            break
        time.sleep(0.5)
    process.wait()
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--jobs", type=int, default=10_000)
    parser.add_argument("--write", type=Path, metavar="FILE")
    parser.add_argument("--run", type=int, default=0, metavar="JOBS")
    arguments = parser.parse_args()
    text = yaml.safe_dump(configuration(arguments.jobs), sort_keys=False)
    if arguments.write:
        arguments.write.write_text(text, encoding="utf-8")
        return
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary, "copy")
        listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, check=True, capture_output=True, text=True).stdout
        for name in filter(None, listed.split("\0")):
            if not name.startswith("results/") and (ROOT / name).is_file():
                (folder / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(ROOT / name, folder / name)
        config = folder / "sweep.yaml"
        config.write_text(text, encoding="utf-8")
        plans = [plan(config, folder) for _ in range(2)]
        jobs = re.search(rf"(?m)^{SIMULATION}\s+(\d+)$", plans[0][0])
        print(f"{jobs[1] if jobs else 0} simulations; twice the same plan: {plans[0][0] == plans[1][0]}")
        for _, seconds, megabytes in plans:
            print(f"planned in {seconds:.1f} s of processor time, {megabytes:.0f} MB")
        if arguments.run:
            for done, megabytes in run(config, folder, arguments.run):
                print(f"{done} jobs done: main process {megabytes:.1f} MB")


if __name__ == "__main__":
    main()
