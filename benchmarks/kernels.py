"""Time the compiled kernels on this machine: `make bench`, or `python benchmarks/kernels.py [--quick]`.

Every number is the median, least and greatest of several repeats after one that is not counted.  The rows go to the
screen and to results/benchmarks/kernels.csv.
"""

import argparse
import csv
import math
import os
import re
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import NamedTuple

import numpy as np

from openkerr.compilation import kernel
from openkerr.models.bose_hubbard_chain import BoseHubbardChain
from openkerr.models.kerr_dimer import KerrDimer
from openkerr.rng import DYNAMICS, fill_complex_normals
from openkerr.solvers.sde import Ensemble, Reduction, simulate_ensemble
from openkerr.solvers.time_grid import TimeGrid

ROOT = Path(__file__).resolve().parents[1]
STATUS = Path("/proc/self/status")
TABLE = ROOT / "results" / "benchmarks" / "kernels.csv"

TORUS = KerrDimer(aleph=5000.0)
TORUS_STEP, TORUS_SAMPLING, TORUS_TIME, TORUS_START = 0.05, 0.5, 100.0, [0.05, 0.05]
CHAIN_STEP, CHAIN_SAMPLING, CHAIN_DRIVE = 0.02, 1.0, 8.0
MEANS = Reduction(moment_order=2)


class Row(NamedTuple):
    """One line of the table: a median with the least and greatest of its repeats."""

    quantity: str
    case: str
    median: float
    least: float
    greatest: float
    unit: str
    repeats: int


def row(quantity: str, case: str, values: list[float], unit: str) -> Row:
    return Row(quantity, case, median(values), min(values), max(values), unit, len(values))


def seconds(function: Callable[[], object]) -> float:
    began = time.perf_counter()
    function()
    return time.perf_counter() - began


def repeat(function: Callable[[], object], repeats: int) -> list[float]:
    """Seconds of each call; the first one, which loads or compiles, is not counted."""
    function()
    return [seconds(function) for _ in range(repeats)]


def alternate(first: Callable[[], object], second: Callable[[], object], repeats: int) -> list[float]:
    """Ratio of the times of two functions called in turn, so that both see the same state of the machine."""
    first(), second()
    return [seconds(first) / seconds(second) for _ in range(repeats)]


@kernel
def multiply_add(x, scale, shift, rounds):
    """Four independent chains of eight fused multiply-adds over lanes in the first cache: 64 operations a lane."""
    for _ in range(rounds):
        for lane in range(x.shape[1]):
            a, b, c, d = x[0, lane], x[1, lane], x[2, lane], x[3, lane]
            for _ in range(8):
                a = a * scale + shift
                b = b * scale + shift
                c = c * scale + shift
                d = d * scale + shift
            x[0, lane], x[1, lane], x[2, lane], x[3, lane] = a, b, c, d


@kernel
def many_normals(noise, steps):
    for step in range(steps):
        fill_complex_normals(noise, np.uint64(1), 0, step, DYNAMICS)


def torus(
    n_trajectories: int, *, batch_size: int = 128, n_threads: int = 1, sampled: bool = True, noise: bool = True
) -> Ensemble:
    """An ensemble of the two cavities; without sampling only the last state is kept."""
    grid = TimeGrid.from_times(TORUS_STEP, TORUS_SAMPLING if sampled else TORUS_TIME, TORUS_TIME)
    return simulate_ensemble(
        TORUS,
        grid,
        start=TORUS_START,
        seed=1,
        trajectories=range(n_trajectories),
        reduction=MEANS if sampled else Reduction(bin_of_sample=np.full(grid.n_samples, -1)),
        bath_noise=noise,
        sampled_start=noise,
        batch_size=batch_size,
        n_threads=n_threads,
    )


def chain(length: int, n_trajectories: int, batch_size: int, final_time: float) -> Ensemble:
    """An ensemble of the chain, photon number of every site at every sample."""
    return simulate_ensemble(
        BoseHubbardChain(length=length, drive_amplitude=CHAIN_DRIVE),
        TimeGrid.from_times(CHAIN_STEP, CHAIN_SAMPLING, final_time),
        start=np.zeros(length),
        seed=1,
        trajectories=range(n_trajectories),
        reduction=MEANS,
        batch_size=batch_size,
    )


def numpy_torus(n_trajectories: int, n_samples: int, noise: bool = True) -> np.ndarray:
    """The same scheme in plain NumPy, trajectories as one axis: mean of |alpha|² (n_samples + 1, 2)."""
    p = TORUS.kernel_parameters("twa")
    omega, gain, kerr, eta, additive, slope = (p[2 * k : 2 * k + 2, None] for k in range(6))
    tunneling, shift, h = p[12], p[13], TORUS_STEP
    generator = np.random.default_rng(1)

    def normals():
        pair = generator.standard_normal((2, 2, n_trajectories))
        return (pair[0] + 1j * pair[1]) * math.sqrt(0.5)

    def drift(a):
        density = a.real**2 + a.imag**2 - shift
        rate = (gain - eta * density) * a - 1j * (omega + kerr * density) * a
        rate[0] += 2j * tunneling * a[0].conj() * a[1]
        rate[1] += 1j * tunneling * a[0] ** 2
        return rate

    def kick(a, tau, zeta):
        size = np.sqrt(tau * (additive + slope * (a.real**2 + a.imag**2) + 0.5 * additive * slope * tau))
        return a + size * zeta + 0.5 * slope * tau * a.conj() * zeta**2

    a = np.zeros((2, n_trajectories), dtype=complex) + np.array(TORUS_START)[:, None]
    if noise:
        a += math.sqrt(TORUS.vacuum_variance) * normals()
    means = [np.mean(np.abs(a) ** 2, axis=1)]
    for step in range(n_samples * round(TORUS_SAMPLING / h)):
        if noise:
            a = kick(a, h if step else h / 2, normals())
        k1 = drift(a)
        k2 = drift(a + h / 2 * k1)
        k3 = drift(a + h / 2 * k2)
        k4 = drift(a + h * k3)
        a = a + h / 6 * (k1 + 2 * k2 + 2 * k3 + k4)
        if (step + 1) * h % TORUS_SAMPLING < h / 2:
            means.append(np.mean(np.abs(a) ** 2, axis=1))
    return np.array(means)


def time_machine(repeats: int, scale: int) -> Row:
    """Fused multiply-adds that one thread of this machine does."""
    x, rounds = np.ones((4, 128)), 100_000 // scale
    times = repeat(lambda: multiply_add(x, 0.5, 0.25, rounds), repeats)
    return row("multiply-add", "peak of one thread", [16 * x.size * rounds / t / 1e9 for t in times], "GFLOP/s")


def time_normals(repeats: int, scale: int) -> Row:
    noise, steps = np.empty((2, 2, 128)), 10_000 // scale
    times = repeat(lambda: many_normals(noise, steps), repeats)
    return row("normal", "2 channels, 128 lanes", [t / (noise.size * steps) * 1e9 for t in times], "ns")


def time_torus(repeats: int, scale: int) -> list[Row]:
    n = 2048 // scale
    unit = n * round(TORUS_TIME / TORUS_STEP) / 1e9
    cases = {f"batches of {size}": {"batch_size": size} for size in (64, 128, 256)}
    cases["batches of 128, no sampling"] = {"sampled": False}
    cases["batches of 128, no noise"] = {"noise": False}
    cases["batches of 128, neither"] = {"sampled": False, "noise": False}
    return [
        row("torus trajectory-step", case, [t / unit for t in repeat(lambda c=choice: torus(n, **c), repeats)], "ns")
        for case, choice in cases.items()
    ]


def time_chain(repeats: int, scale: int) -> list[Row]:
    rows = []
    for length, batch_size in ((10, 32), (10, 128), (64, 32), (64, 128)):
        n, final_time = 512 // scale, 20.0 if length == 10 else 5.0
        unit = n * length * round(final_time / CHAIN_STEP) / 1e9
        times = repeat(lambda a=(length, n, batch_size, final_time): chain(*a), repeats)
        rows.append(row("chain site-step", f"L = {length}, batches of {batch_size}", [t / unit for t in times], "ns"))
    return rows


def compare_threads(repeats: int, scale: int) -> Row:
    n = 8192 // scale
    ratios = alternate(lambda: torus(n), lambda: torus(n, n_threads=2), repeats)
    return row("speed-up", f"2 threads against 1 (of {os.cpu_count()})", ratios, "times")


def compare_numpy(repeats: int, scale: int) -> list[Row]:
    """NumPy against the kernel, in one thread each; both must first agree where there is no noise."""
    theirs = numpy_torus(1, round(TORUS_TIME / TORUS_SAMPLING), noise=False)
    ours = torus(1, batch_size=1, noise=False)
    np.testing.assert_allclose(ours.moments[0, :, :, ours.moment_names.index("abs2")], theirs, rtol=1e-7)
    n, samples = 1024 // scale, 20
    unit = n * samples * round(TORUS_SAMPLING / TORUS_STEP) / 1e9
    times = repeat(lambda: numpy_torus(n, samples), repeats)
    per_step = TORUS_TIME / (samples * TORUS_SAMPLING)
    ratios = alternate(lambda: numpy_torus(n, samples), lambda: torus(n), repeats)
    return [
        row("torus trajectory-step", f"plain NumPy, {n} trajectories", [t / unit for t in times], "ns"),
        row("speed-up", "kernel against plain NumPy", [ratio * per_step for ratio in ratios], "times"),
    ]


def peak_megabytes(n_trajectories: int) -> float:
    """Largest memory of this process after an ensemble of which only the mean at the final time is kept."""
    simulate_ensemble(
        TORUS,
        TimeGrid.from_times(TORUS_STEP, 1.0, 1.0),
        start=TORUS_START,
        seed=1,
        trajectories=range(n_trajectories),
        reduction=Reduction(bin_of_sample=np.array([-1, 0]), moment_order=2),
    )
    if STATUS.exists():
        # Not the ru_maxrss of Linux, which a process inherits from the one that started it.
        return int(re.search(r"VmHWM:\s+(\d+) kB", STATUS.read_text())[1]) / 2**10
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20


def start() -> None:
    """What a new process does before its first result."""
    simulate_ensemble(
        TORUS, TimeGrid.from_times(0.05, 0.5, 0.5), start=TORUS_START, seed=1, trajectories=range(8), batch_size=8
    )


def child(call: str) -> str:
    """What a new process prints that imports this file and calls one of its functions."""
    code = f"import sys; sys.path.insert(0, {str(ROOT / 'benchmarks')!r}); import kernels; print(kernels.{call})"
    return subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout


def measure_memory(repeats: int) -> list[Row]:
    sizes = [16_384, 65_536, 262_144]
    peaks = [[float(child(f"peak_megabytes({n})")) for _ in range(repeats)] for n in sizes]
    rows = [
        row("peak memory", f"{n} trajectories, final mean", peak, "MB") for n, peak in zip(sizes, peaks, strict=True)
    ]
    growth = [(last - first) / (sizes[-1] - sizes[0]) * 2**20 for first, last in zip(peaks[0], peaks[-1], strict=True)]
    return [*rows, row("memory a trajectory", "beyond that of the process", growth, "bytes")]


def time_start(repeats: int) -> Row:
    times = repeat(lambda: child("start()"), repeats)
    return row("start of a process", "import to first result, warm cache", times, "s")


def aligned(rows: list[Row]) -> str:
    cells = [Row._fields, *([r[0], r[1], *(f"{x:.4g}" for x in r[2:5]), r.unit, str(r.repeats)] for r in rows)]
    widths = [max(len(line[k]) for line in cells) for k in range(len(Row._fields))]
    number = {2, 3, 4, 6}
    return "\n".join(
        "  ".join(c.rjust(w) if k in number else c.ljust(w) for k, (c, w) in enumerate(zip(line, widths, strict=True)))
        for line in cells
    )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="a few seconds: smaller ensembles, fewer repeats")
    parser.add_argument("--output", type=Path, default=TABLE, help="CSV file (default: %(default)s)")
    arguments = parser.parse_args()
    repeats, few, scale = (3, 1, 8) if arguments.quick else (9, 3, 1)
    rows = [time_machine(repeats, scale), time_normals(repeats, scale)]
    rows += [*time_torus(repeats, scale), *compare_numpy(repeats, scale), *time_chain(repeats, scale)]
    rows += [compare_threads(repeats, scale), *measure_memory(few), time_start(few)]
    print(aligned(rows))
    arguments.output.parent.mkdir(parents=True, exist_ok=True)
    with arguments.output.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file, lineterminator="\n").writerows([Row._fields, *rows])
    print(f"\n{arguments.output}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
