"""Time the compiled kernels on this machine: `make bench`, or `python benchmarks/kernels.py [--quick]`.

Every number is the median, least and greatest of several repeats after one that is not counted.  What runs in one
thread is timed by processor time, so that other work on the machine disturbs it less.
"""

import itertools
import re
import resource
import subprocess
import sys
from pathlib import Path

import machine
import numpy as np
import numpy_peer
import ours
import scaling
from timing import ROOT, Row, alternate, options, ratios, repeat, report, row, seconds

from openkerr.numerics.compilation import kernel
from openkerr.numerics.rng import DYNAMICS, fill_complex_normals
from openkerr.solvers.sde import Reduction, simulate_ensemble
from openkerr.solvers.time_grid import TimeGrid

STATUS = Path("/proc/self/status")
NUMPY_SAMPLES = 20


@kernel
def many_normals(noise, steps):
    for step in range(steps):
        fill_complex_normals(noise, np.uint64(1), 0, step, DYNAMICS)


def torus_ns(repeats: int, n: int, final_time: float = ours.TORUS_TIME, **choice) -> list[float]:
    """Nanoseconds of a trajectory-step."""
    step = ours.TORUS_REFERENCE_STEP if choice.get("reference") else ours.TORUS_STEP
    unit = n * round(final_time / step) / 1e9
    return [t / unit for t in repeat(lambda: ours.torus(n, final_time=final_time, **choice), repeats)]


def chain_ns(repeats: int, length: int, n: int, final_time: float, **choice) -> list[float]:
    """Nanoseconds of a site-step."""
    unit = n * length * round(final_time / ours.CHAIN_STEP) / 1e9
    return [t / unit for t in repeat(lambda: ours.chain(length, n, final_time=final_time, **choice), repeats)]


def time_normals(repeats: int, scale: int) -> list[Row]:
    noise, steps = np.empty((2, 2, 128)), 10_000 // scale
    times = repeat(lambda: many_normals(noise, steps), repeats)
    each = [t / (noise.size * steps) for t in times]
    case = "2 channels, 128 lanes"
    return [
        row("normal", case, [t * 1e9 for t in each], "ns"),
        row("normals", case, [1e-6 / t for t in each], "million a second"),
    ]


def time_torus(repeats: int, scale: int) -> list[Row]:
    n, rows = max(2048 // scale, 64), []
    for precision in ours.PRECISIONS:
        cases = {f"batches of {size}": {"batch_size": size} for size in (64, 128, 256, 512)}
        cases["fourth order"] = {"reference": True}
        cases["no noise"] = {"noise": False}
        for case, choice in cases.items():
            times = torus_ns(repeats, n, precision=precision, **choice)
            rows.append(row("torus trajectory-step", f"{precision}, {case}", times, "ns"))
    return rows


def time_chain(repeats: int, scale: int) -> list[Row]:
    rows = []
    for precision in ours.PRECISIONS:
        for length, batch_size in itertools.product((10, 64), (32, 128, 256)):
            n, final_time = 512 // scale, 20.0 if length == 10 else 5.0
            times = chain_ns(repeats, length, n, final_time, batch_size=batch_size, precision=precision)
            case = f"{precision}, L = {length}, batches of {batch_size}"
            rows.append(row("chain site-step", case, times, "ns"))
    return rows


def scan_sizes(repeats: int, scale: int) -> list[Row]:
    """Cost of a step against the length of the chain and the number of trajectories."""
    rows = []
    for length in (2, 4, 10, 20, 40, 64, 100):
        n = max(ours.BATCH["chain"], 4096 // length // scale // ours.BATCH["chain"] * ours.BATCH["chain"])
        rows.append(row("cost against L", f"chain, L = {length}", chain_ns(repeats, length, n, 10.0), "ns a site-step"))
    for n in (128, 512, 2048, 8192):
        times = torus_ns(repeats, n, final_time=100.0 if scale == 1 else 5.0)
        rows.append(row("cost against trajectories", f"torus, {n}", times, "ns a trajectory-step"))
    return rows


def scan_sampling(repeats: int, scale: int) -> list[Row]:
    """What sampling adds to the time of the steps alone, in turn with these; the figures' intervals are marked."""
    n, rows = 2048 // scale, []
    cases = [("torus", interval, interval == ours.TORUS_SAMPLING) for interval in (0.5, 1.0, 2.0)]
    cases += [
        (f"chain, L = {length}", interval, interval == ours.CHAIN_SAMPLING)
        for length in (10, 64)
        for interval in (1.0, 2.0)
    ]
    for name, interval, used in cases:

        def run(sampling, name=name):
            if name == "torus":
                return ours.torus(n, sampling=sampling)
            length = int(name.split()[-1])
            return ours.chain(length, max(32, n // length), sampling=sampling, final_time=20.0)

        pairs = alternate(lambda r=run, i=interval: r(i), lambda r=run: r(None), repeats)
        case = f"{name}, every {interval:g}{', as the figures' if used else ''}"
        rows.append(row("cost of sampling", case, [100 * (ratio - 1) for ratio in ratios(pairs)], "% of the steps"))
    return rows


def compare_numpy(repeats: int, scale: int) -> list[Row]:
    """NumPy against the kernel, in one thread each; both must first agree where there is no noise."""
    step = ours.TORUS_REFERENCE_STEP
    theirs = numpy_peer.torus(1, round(ours.TORUS_TIME / ours.TORUS_SAMPLING), step, noise=False)
    mine = ours.torus(1, batch_size=1, noise=False, reference=True)
    np.testing.assert_allclose(mine.moments[0, :, :, mine.moment_names.index("abs2")], theirs, rtol=1e-7)
    n = 1024 // scale
    unit = n * NUMPY_SAMPLES * round(ours.TORUS_SAMPLING / step) / 1e9
    pairs = alternate(lambda: numpy_peer.torus(n, NUMPY_SAMPLES, step), lambda: ours.torus(n), repeats)
    part = ours.TORUS_TIME / (NUMPY_SAMPLES * ours.TORUS_SAMPLING)
    return [
        row("torus trajectory-step", f"plain NumPy, {n} trajectories", [first / unit for first, _ in pairs], "ns"),
        row("speed-up", "kernel against plain NumPy", [ratio * part for ratio in ratios(pairs)], "times"),
    ]


def peak_megabytes(n_trajectories: int) -> float:
    """Largest memory of this process after an ensemble of which only the mean at the final time is kept."""
    simulate_ensemble(
        ours.torus_model(),
        TimeGrid.from_times(0.05, 1.0, 1.0),
        start=ours.TORUS_START,
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
    ours.torus(8, batch_size=8, final_time=0.5)


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
    times = repeat(lambda: child("start()"), repeats, clock=seconds)
    return row("start of a process", "import to first result, warm cache", times, "s")


def main() -> int:
    arguments = options(__doc__.splitlines()[0], "kernels.csv").parse_args()
    repeats, few, scale = (3, 1, 16) if arguments.quick else (9, 3, 1)
    rows = [*machine.measure(repeats, scale), *time_normals(repeats, scale)]
    rows += [*time_torus(repeats, scale), *compare_numpy(repeats, scale), *time_chain(repeats, scale)]
    rows += [*scan_sizes(few, scale), *scan_sampling(repeats, scale)]
    rows += [*scaling.compare(repeats, scale), *measure_memory(few), time_start(few)]
    report(rows, arguments.output)
    return 0


if __name__ == "__main__":
    sys.exit(main())
