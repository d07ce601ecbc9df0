"""Kinds of faults: each does its harm to a run in a copy of the repository, and tells what came out."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import NamedTuple

import psutil
import yaml
from slurm.cluster import NODES, Cluster, missing

TARGET = "figure_torus_2"
RESULTS = Path("results/tiny")
MADE = (
    *("tables/torus_populations.csv", "tables/torus_trajectories.csv"),
    *("figures/torus_2.pdf", "figures/torus_2.png"),
)
RAW = "raw/torus_populations"
RESUMED = "the same bits after the same command"


class Missing(Exception):
    """Something that this machine lacks for a fault."""


class Fault(Exception):
    """A fault that was not held: other bits, no message, or no end."""

    def __init__(self, what: str, said: str):
        super().__init__(said)
        self.what = what


class Kind(NamedTuple):
    """How often a fault is tried, and the function that does it: bench, random numbers, number → what, outcome."""

    times: int
    run: Callable[[Bench, Random, int], tuple[str, str]]


class Bench:
    """Copies of the repository in which a small run is disturbed: some seconds long, a checkpoint at every segment."""

    def __init__(self, root: Path, folder: Path):
        self.root, self.folder = root, folder
        self._cluster: Cluster | None = None
        self._mounts: list[Path] = []

    def reference(self) -> Path:
        """Return the copy with the undisturbed run, made once."""
        whole = self.folder / "reference"
        if whole.exists():
            return whole
        making = self.folder / "making"
        shutil.rmtree(making, ignore_errors=True)
        listed = subprocess.run(
            ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
            cwd=self.root, check=True, capture_output=True, text=True,
        ).stdout  # fmt: skip
        for name in filter(None, listed.split("\0")):
            if not name.startswith("results/") and (self.root / name).is_file():
                (making / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(self.root / name, making / name)
        config = making / "tests/config/tiny.yaml"
        values = yaml.safe_load(config.read_text())
        first = values["torus"]["populations"][0]
        first |= {"n_trajectories": 1024, "batch_size": 64, "batches_per_job": 16}
        first |= {"final_time": 5000.0, "sampling_interval": 5.0}
        config.write_text(yaml.safe_dump(values))
        code, said = self.finish(self.start(making))
        if code:
            raise RuntimeError(said)
        making.rename(whole)
        return whole

    def copy(self, keep: tuple[str, ...] = ()) -> Path:
        """Return a copy in which simulations, tables and figure are to be made, but for what is named."""
        run = self.folder / "run"
        shutil.copytree(self.reference(), run, symlinks=True)
        for name in (RAW, *MADE):
            path = run / RESULTS / name
            if any(name.startswith(each) for each in keep):
                continue
            shutil.rmtree(path) if path.is_dir() else path.unlink()
        return run

    def start(self, run: Path, *prefix: str, **environment: str) -> subprocess.Popen:
        """Start what `make figures` runs: clear the lock of an owner that is gone, then Snakemake."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("GIT_", "MAKE", "MFLAGS"))}
        line = f"{sys.executable} .ci/unlock.py && exec {sys.executable} -m snakemake --cores 2 {TARGET}"
        return subprocess.Popen(
            [*prefix, "sh", "-c", f"{line} --configfile tests/config/tiny.yaml"], cwd=run,
            env=kept | {"PYTHONPATH": str(run / "workflow")} | environment, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True,
        )  # fmt: skip

    def finish(self, process: subprocess.Popen, seconds: float = 600.0) -> tuple[int, str]:
        """Wait for a run; return its exit code and what it said."""
        try:
            said, _ = process.communicate(timeout=seconds)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.communicate()
            raise Fault("", f"no end within {seconds:.0f} s") from None
        return process.returncode, said

    def same(self, run: Path, what: str, **environment: str) -> str:
        """Run again, and hold the results to those of the undisturbed run."""
        code, said = self.finish(self.start(run, **environment))
        if code:
            raise Fault(what, f"the same command failed: {said.strip().splitlines()[-1]}")
        self.compare(run, what)
        return RESUMED

    def compare(self, run: Path, what: str) -> None:
        """Hold the results to those of the undisturbed run, and look for what was left lying."""
        results = run / RESULTS
        for name in MADE:
            if (results / name).read_bytes() != (self.reference() / RESULTS / name).read_bytes():
                raise Fault(what, f"{name} has other bits")
        if left := [path.name for path in results.rglob(".*.*") if path.is_file()]:
            raise Fault(what, f"half-written files are left: {left}")

    def cluster(self) -> Cluster:
        """Return the SLURM of this campaign, started when it is first asked for."""
        if (why := missing()) is not None:
            raise Missing(why)
        if self._cluster is None:
            self._cluster = Cluster(Path(tempfile.mkdtemp(prefix="kerr", dir="/tmp"))).start()
        return self._cluster

    def mount(self, *words: str) -> None:
        """Mount something, to be taken away after the fault; its folder is the last word."""
        if sys.platform != "linux" or os.getuid() != 0:
            raise Missing("mounting needs root on Linux")
        subprocess.run(["mount", *words], check=True)
        self._mounts.append(Path(words[-1]))

    def unmount(self) -> None:
        """Take away what was mounted."""
        while self._mounts:
            subprocess.run(["umount", "-l", str(self._mounts.pop())], capture_output=True, check=False)

    def clear(self) -> None:
        """Take the copy away, and whatever still runs in it."""
        self.unmount()
        run = (self.folder / "run").resolve()
        for process in psutil.process_iter():
            try:
                if Path(process.cwd()) == run:
                    process.kill()
            except (OSError, psutil.Error):
                continue
        shutil.rmtree(run, ignore_errors=True)

    def close(self) -> None:
        """Stop the SLURM of this campaign."""
        if self._cluster is not None:
            self._cluster.stop()
            shutil.rmtree(self._cluster.folder, ignore_errors=True)


def jobs_of(process: subprocess.Popen) -> list[psutil.Process]:
    """Return the jobs that a run has started."""
    try:
        children = psutil.Process(process.pid).children(recursive=True)
        return [each for each in children if any(".snakemake/scripts/" in word for word in each.cmdline())]
    except psutil.Error:
        return []


def wait(condition: Callable[[], object], process: subprocess.Popen, seconds: float = 180.0) -> object:
    """Wait until something is so, or the run has ended."""
    until = time.monotonic() + seconds
    while not (found := condition()) and process.poll() is None and time.monotonic() < until:
        time.sleep(0.02)
    return found


def checkpoints(run: Path) -> list[Path]:
    """Return the files of checkpoints that are there."""
    return sorted((run / RESULTS / "checkpoints").glob("*/[!.]*.npz"))


def last_words(said: str, *patterns: str) -> str:
    """Return the first line that holds one of some words, without the places and numbers in it."""
    for line in said.splitlines():
        if any(pattern in line for pattern in patterns):
            return re.sub(r"\S*/", "", line.strip())[:120].replace("|", "/")
    return ""


# ---------------------------------------------------------------------------------------------- faults


def kill_run(bench: Bench, seeded: Random, _number: int) -> tuple[str, str]:
    run = bench.copy()
    process = bench.start(run)
    time.sleep(seeded.uniform(0.5, 8.0))
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
    what = "`kill -9` of Snakemake and its jobs at any moment"
    return what, bench.same(run, what)


def kill_main(bench: Bench, seeded: Random, _number: int) -> tuple[str, str]:
    run = bench.copy()
    process = bench.start(run)
    wait(lambda: jobs_of(process), process)
    time.sleep(seeded.uniform(0.0, 3.0))
    process.kill()
    process.communicate()
    what = "`kill -9` of Snakemake alone, its jobs go on"
    return what, bench.same(run, what)


def kill_job(bench: Bench, seeded: Random, _number: int) -> tuple[str, str]:
    run = bench.copy()
    process = bench.start(run)
    found = wait(lambda: checkpoints(run), process)
    time.sleep(seeded.uniform(0.0, 0.3))
    for job in jobs_of(process):
        job.kill()
    bench.finish(process)
    what = "`kill -9` of jobs with a checkpoint"
    return what, bench.same(run, what) + (", from the checkpoint" if found else "")


def disk_full(bench: Bench, seeded: Random, _number: int) -> tuple[str, str]:
    run = bench.copy()
    room = seeded.choice([16, 64, 128, 192, 256, 384, 512])
    (run / RESULTS / "raw").mkdir(exist_ok=True)
    kept = Path(shutil.copytree(run / RESULTS, bench.folder / "kept", dirs_exist_ok=True))
    used = sum(path.stat().st_size for path in kept.rglob("*") if path.is_file()) // 1024 + 4 * 300
    bench.mount("-t", "tmpfs", "-o", f"size={used + room}k", "tmpfs", str(run / RESULTS))
    shutil.copytree(kept, run / RESULTS, dirs_exist_ok=True)
    shutil.rmtree(kept)
    code, said = bench.finish(bench.start(run))
    what = "disk full of results"
    if code and not (last := last_words(said, "No space left", "space", "HDF error", "Errno 28")):
        raise Fault(what, f"no word of the disk: {said.strip().splitlines()[-1]}")
    bench.mount("-o", f"remount,size={used + 200_000}k", str(run / RESULTS))
    return what, bench.same(run, what) + (f"; the job said: {last}" if code else "; there was room enough")


def read_only(bench: Bench, _seeded: Random, number: int) -> tuple[str, str]:
    run = bench.copy()
    place = (RESULTS / "raw", RESULTS / "tables", RESULTS / "checkpoints")[number % 3]
    (run / place).mkdir(exist_ok=True)
    bench.mount("--bind", str(run / place), str(run / place))
    bench.mount("-o", "remount,ro,bind", str(run / place))
    code, said = bench.finish(bench.start(run))
    what = f"{place.name} read-only"
    last = last_words(said, "Read-only file system", "read-only")
    if not code or not last:
        raise Fault(what, "no word of a read-only folder")
    bench.unmount()
    return what, bench.same(run, what) + f"; first: {last}"


def folder_vanishes(bench: Bench, seeded: Random, number: int) -> tuple[str, str]:
    run = bench.copy()
    place = ("raw", "checkpoints", "logs")[number % 3]
    process = bench.start(run)
    wait(lambda: checkpoints(run), process)
    time.sleep(seeded.uniform(0.0, 1.0))
    shutil.rmtree(run / RESULTS / place, ignore_errors=True)
    bench.finish(process)
    what = f"folder `{place}` vanishes during the run"
    return what, bench.same(run, what)


def damaged_raw(bench: Bench, seeded: Random, number: int) -> tuple[str, str]:
    run = bench.copy(keep=(RAW,))
    file = sorted((run / RESULTS / RAW).rglob("*.nc"))[number % 2]
    status, data = file.stat(), bytearray(file.read_bytes())
    cut = seeded.randrange(1, len(data))
    file.write_bytes(data[:cut] if number < 4 else b"not a result")
    os.utime(file, ns=(status.st_atime_ns, status.st_mtime_ns))
    code, said = bench.finish(bench.start(run))
    what = "raw file cut off" if number < 4 else "raw file replaced by another"
    if not code or "damaged" not in said + "".join(path.read_text() for path in (run / RESULTS / "logs").glob("*.log")):
        raise Fault(what, "it was not told to be damaged")
    file.unlink()
    return what, bench.same(run, what) + "; first: it is damaged, delete it"


def tampered(bench: Bench, _seeded: Random, number: int) -> tuple[str, str]:
    name = (*MADE, "raw")[number % 5]
    run = bench.copy(keep=(RAW, "tables", "figures"))
    file = run / RESULTS / name if name != "raw" else sorted((run / RESULTS / RAW).rglob("*.nc"))[0]
    status, data = file.stat(), bytearray(file.read_bytes())
    data[len(data) // 2] ^= 1
    file.write_bytes(data)
    os.utime(file, ns=(status.st_atime_ns, status.st_mtime_ns))
    done = subprocess.run(
        [sys.executable, "-m", "openkerr", "trace", str(RESULTS / "figures/torus_2.pdf")], cwd=run,
        env=os.environ | {"PYTHONPATH": str(run / "workflow")}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    what = f"one bit of a {'raw file' if name == 'raw' else file.suffix[1:] + ' file'} flipped, its time kept"
    # The trail of the PDF does not lead through the PNG.
    if file.suffix != ".png" and (done.returncode != 1 or "BROKEN" not in done.stdout):
        raise Fault(what, "trace did not find it")
    for name in ("tables/torus_populations.csv", "figures/torus_2.pdf", "figures/torus_2.png"):
        (run / RESULTS / name).unlink(missing_ok=True)
    file.unlink(missing_ok=True)
    return what, bench.same(run, what) + ("; first: trace says BROKEN" if file.suffix != ".png" else "")


def damaged_checkpoint(bench: Bench, seeded: Random, number: int) -> tuple[str, str]:
    run = bench.copy()
    process = bench.start(run)
    wait(lambda: checkpoints(run), process)
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
    what = "checkpoint cut off" if number % 2 == 0 else "checkpoint with a flipped byte"
    found = checkpoints(run)
    if not found:
        raise Fault(what, "no checkpoint was there")
    for file in found:
        data = bytearray(file.read_bytes())
        if number % 2 == 0:
            data = data[: seeded.randrange(len(data))]
        else:
            data[seeded.randrange(len(data) // 4, len(data) // 2)] ^= 0xFF
        file.write_bytes(data)
    code, said = bench.finish(bench.start(run))
    if not code:
        bench.compare(run, what)
        return what, "the same bits"
    if "damaged" not in said:
        raise Fault(what, f"not told to be damaged: {said.strip().splitlines()[-1]}")
    shutil.rmtree(run / RESULTS / "checkpoints")
    return what, bench.same(run, what) + "; first: it is damaged, delete the folder"


def damaged_kernels(bench: Bench, seeded: Random, number: int) -> tuple[str, str]:
    run = bench.copy()
    shutil.rmtree(run / RESULTS / "kernels", ignore_errors=True)
    cache = run / "cache"
    what = ("kernels cut off", "index of kernels cut off", "cache that others may write")[number % 3]
    code, said = bench.finish(bench.start(run, OPENKERR_CACHE_DIR=str(cache)))
    if code:
        raise Fault(what, said.strip().splitlines()[-1])
    for name in (RAW, *MADE):
        path = run / RESULTS / name
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    if number % 3 == 2:
        cache.chmod(0o777)
        code, said = bench.finish(bench.start(run, OPENKERR_CACHE_DIR=str(cache)))
        if not code or not (last := last_words(said, "may be written by others")):
            raise Fault(what, "it was not refused")
        cache.chmod(0o700)
        return what, bench.same(run, what, OPENKERR_CACHE_DIR=str(cache)) + f"; first: {last}"
    for file in cache.rglob("*.nbc" if number % 3 == 0 else "*.nbi"):
        data = file.read_bytes()
        file.write_bytes(data[: seeded.randrange(1, len(data))])
    code, said = bench.finish(bench.start(run, OPENKERR_CACHE_DIR=str(cache)))
    if not code:
        bench.compare(run, what)
        return what, "the same bits, compiled anew"
    shutil.rmtree(cache)
    return what, bench.same(run, what, OPENKERR_CACHE_DIR=str(cache)) + "; first the job failed: the cache was deleted"


def clock(bench: Bench, _seeded: Random, number: int) -> tuple[str, str]:
    run = bench.copy(keep=(RAW, "tables") if number % 2 else (RAW,))
    years = (1, -1)[number % 2]
    for file in (run / RESULTS).rglob("*"):
        if file.is_file():
            moved = file.stat().st_mtime_ns + years * 365 * 24 * 3600 * 10**9
            os.utime(file, ns=(moved, moved))
    what = f"all results a year {'ahead of' if years > 0 else 'behind'} the clock"
    code, said = bench.finish(bench.start(run))
    if code:
        if "clock skew" not in said:
            raise Fault(what, f"no word of the clock: {said.strip().splitlines()[-1]}")
        for file in (run / RESULTS).rglob("*"):
            os.utime(file)
    return what, bench.same(run, what) + (
        "; first: `could indicate a clock skew`, and all files touched" if code else ""
    )


def two_runs(bench: Bench, _seeded: Random, number: int) -> tuple[str, str]:
    run = bench.copy()
    there = ("unshare", "--uts", "sh", "-c", 'hostname elsewhere && exec "$@"', "sh") if number % 2 else ()
    if there and (sys.platform != "linux" or os.getuid() != 0):
        raise Missing("another host name needs root on Linux")
    first = bench.start(run)
    wait(lambda: jobs_of(first), first)
    code, said = bench.finish(bench.start(run, *there))
    what = f"a second run at once, {'on another host name' if there else 'on one host'}"
    last = last_words(said, "lock", "run")
    if not code or not last:
        raise Fault(what, "the second run was not refused")
    bench.finish(first)
    return what, bench.same(run, what) + "; the second run was refused with a line"


HOSTILE = (
    {"LC_ALL": "C", "LANG": "C"},
    {"LC_ALL": "tr_TR.UTF-8", "TZ": "Pacific/Kiritimati"},
    {"HOME": "/nowhere", "OPENKERR_CACHE_DIR": "CACHE", "XDG_CACHE_HOME": "XDG"},
    {"MPLBACKEND": "module://matplotlib_inline.backend_inline"},
    {"OMP_NUM_THREADS": "7", "OPENBLAS_NUM_THREADS": "7", "NUMBA_NUM_THREADS": "1"},
    {"PYTHONHASHSEED": "0", "PYTHONOPTIMIZE": "1", "PYTHONUTF8": "0"},
    {"PYTHONWARNINGS": "error::UserWarning:openkerr", "NUMBA_CACHE_DIR": "NUMBA"},
)


def environment(bench: Bench, _seeded: Random, number: int) -> tuple[str, str]:
    run = bench.copy()
    wanted = HOSTILE[number]
    names = {"CACHE": str(run / "cache"), "NUMBA": str(run / "numba"), "XDG": str(run / "xdg")}
    what = f"environment with {', '.join(f'`{name}={value}`' for name, value in wanted.items())}"
    return what, bench.same(run, what, **{name: names.get(value, value) for name, value in wanted.items()})


def umask(bench: Bench, _seeded: Random, number: int) -> tuple[str, str]:
    run, mask = bench.copy(), (0o000, 0o077, 0o002)[number % 3]
    what, before = f"umask {mask:03o}", os.umask(mask)
    try:
        return what, bench.same(run, what, OPENKERR_CACHE_DIR=str(run / "cache"))
    finally:
        os.umask(before)


def slurm(bench: Bench, seeded: Random, number: int) -> tuple[str, str]:
    cluster, run = bench.cluster(), bench.copy()
    how = ("cancelled", "killed", "its node lost", "timed out")[number % 4]
    before = len(cluster.ended())
    process = cluster.snakemake(run, TARGET, "--configfile", "tests/config/tiny.yaml")
    job = wait(cluster.running, process)
    found, what = wait(lambda: checkpoints(run), process), f"a job of SLURM {how}"
    scripts = [
        each
        for each in psutil.process_iter(["cmdline", "cwd"])
        if each.info["cwd"] == str(run) and any(".snakemake/scripts/" in word for word in each.info["cmdline"] or ())
    ]
    if how == "cancelled":
        cluster.command("scancel", *job)
    elif how == "killed":
        for each in scripts:
            each.kill()
    elif how == "timed out":
        # No limit is shorter than a minute: the job stands still until then.
        for each in scripts:
            each.suspend()
        cluster.command("scontrol", "update", f"JobId={job[0]}", "TimeLimit=1")
    else:
        node = cluster.command("squeue", "-h", "-j", job[0], "-o", "%N").strip()
        cluster.kill_node(node if node in NODES else NODES[0])
        cluster.command("scontrol", "update", f"NodeName={node}", "State=DOWN", "Reason=lost")
        time.sleep(2.0)
        cluster.start_node(node)
        cluster.command("scontrol", "update", f"NodeName={node}", "State=RESUME", check=False)
    _, said = process.communicate(timeout=600)
    if process.returncode:
        raise Fault(what, f"it was not handed in again: {said.strip().splitlines()[-1]}")
    states = [state for _, state in cluster.ended()[before:]]
    wanted = {"cancelled": "CANCELLED", "killed": "FAILED", "its node lost": "NODE_FAIL", "timed out": "TIMEOUT"}[how]
    if wanted not in states:
        raise Fault(what, f"the job went on: {states}")
    bench.compare(run, what)
    return what, "the same bits: handed in again by itself" + (", from the checkpoint" if found else "")


KINDS = {
    "kill of the run": Kind(12, kill_run),
    "kill of Snakemake": Kind(8, kill_main),
    "kill of jobs": Kind(12, kill_job),
    "SLURM": Kind(12, slurm),
    "disk": Kind(10, disk_full),
    "read-only": Kind(3, read_only),
    "vanishing": Kind(3, folder_vanishes),
    "raw": Kind(6, damaged_raw),
    "bits": Kind(5, tampered),
    "checkpoint": Kind(6, damaged_checkpoint),
    "kernels": Kind(3, damaged_kernels),
    "clock": Kind(2, clock),
    "two runs": Kind(2, two_runs),
    "environment": Kind(len(HOSTILE), environment),
    "umask": Kind(3, umask),
}
