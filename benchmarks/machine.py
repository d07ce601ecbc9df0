"""What one thread of this machine can do, and the share of it that the kernels reach: `python benchmarks/machine.py`.

Limits are measured in the same run: the rates at which vector instructions of each kind are issued from the first
cache, and the bandwidth of each cache and of the memory.  The instructions that the kernels execute in a step are
counted as they run (instructions.py).  The limit of a step is the time that its vector floating-point instructions
need at these rates; loads, stores, moves, shuffles and scalar instructions count nothing.  A second limit adds the
vector integer instructions of the random numbers.  The share of a limit is its time over the measured time.
"""

import sys
import types
from collections.abc import Callable
from statistics import median

import numpy as np
import ours
from instructions import available, classify, count, stopping_around
from timing import Row, options, repeat, report, row

from openkerr.numerics.compilation import kernel, reduction

FLOATING = ("fused multiply-add", "add, multiply", "convert, compare", "divide", "root")
INTEGER = ("integer multiply", "integer")


@kernel
def multiply_add(x, scale, shift, rounds):
    """Four chains of eight fused multiply-adds over lanes in the first cache: 64 operations a lane."""
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
def multiply_add_8(x, scale, shift, rounds):
    """Eight chains of eight: the same operations for twice the rows, for machines of a longer latency."""
    for _ in range(rounds):
        for lane in range(x.shape[1]):
            a, b, c, d = x[0, lane], x[1, lane], x[2, lane], x[3, lane]
            e, f, g, h = x[4, lane], x[5, lane], x[6, lane], x[7, lane]
            for _ in range(8):
                a = a * scale + shift
                b = b * scale + shift
                c = c * scale + shift
                d = d * scale + shift
                e = e * scale + shift
                f = f * scale + shift
                g = g * scale + shift
                h = h * scale + shift
            x[0, lane], x[1, lane], x[2, lane], x[3, lane] = a, b, c, d
            x[4, lane], x[5, lane], x[6, lane], x[7, lane] = e, f, g, h


@kernel
def divide(x, scale, shift, rounds):
    for _ in range(rounds):
        for chain in range(x.shape[0]):
            for lane in range(x.shape[1]):
                x[chain, lane] = scale / x[chain, lane]


@kernel
def root(x, scale, shift, rounds):
    for _ in range(rounds):
        for chain in range(x.shape[0]):
            for lane in range(x.shape[1]):
                x[chain, lane] = np.sqrt(x[chain, lane])


@kernel
def integer_multiply(x, scale, shift, rounds):
    """Products of the low 32 bits of 64-bit words, as the random numbers use them."""
    for _ in range(rounds):
        for lane in range(x.shape[1]):
            a, b, c, d = x[0, lane], x[1, lane], x[2, lane], x[3, lane]
            for _ in range(8):
                a = (a & shift) * scale
                b = (b & shift) * scale
                c = (c & shift) * scale
                d = (d & shift) * scale
            x[0, lane], x[1, lane], x[2, lane], x[3, lane] = a, b, c, d


@kernel
def integer(x, scale, shift, rounds):
    """Exclusive or, then sum, by turns: neither can be drawn together."""
    for _ in range(rounds):
        for lane in range(x.shape[1]):
            a, b, c, d = x[0, lane], x[1, lane], x[2, lane], x[3, lane]
            for _ in range(8):
                a = (a ^ scale) + shift
                b = (b ^ scale) + shift
                c = (c ^ scale) + shift
                d = (d ^ scale) + shift
            x[0, lane], x[1, lane], x[2, lane], x[3, lane] = a, b, c, d


@reduction
def read(a, b, c, rounds):
    total, part = 0.0, a.size // 4
    for _ in range(rounds):
        for k in range(part):
            total += (a[k] + a[part + k]) + (a[2 * part + k] + a[3 * part + k])
    return total


@kernel
def copy(a, b, c, rounds):
    for _ in range(rounds):
        for k in range(a.size):
            a[k] = b[k]


@kernel
def triad(a, b, c, rounds):
    for _ in range(rounds):
        for k in range(a.size):
            a[k] = b[k] + 0.5 * c[k]


def peak(repeats: int, scale: int) -> list[Row]:
    """Fused multiply-adds of one thread: the better of two ways to keep the units busy."""
    rows = []
    for name, dtype in (("double", np.float64), ("single", np.float32)):
        values = []
        for function, n_rows in ((multiply_add, 4), (multiply_add_8, 8)):
            x, rounds = np.ones((n_rows, 128), dtype), 400_000 // n_rows // scale
            times = repeat(lambda f=function, x=x, r=rounds, d=dtype: f(x, d(0.5), d(0.25), r), repeats)
            values.append([16 * x.size * rounds / t / 1e9 for t in times])
        rows.append(row("peak of one thread", name, max(values, key=median), "GFLOP/s"))
    return rows


def bandwidth(repeats: int, scale: int) -> list[Row]:
    """Bytes that one thread reads and writes a second, arrays of a quarter of each cache and of the memory."""
    rows = []
    moved = {"read": 1, "copy": 2, "triad": 3}
    for place, size in (("first cache, 24 kB", 24e3), ("second cache, 512 kB", 512e3), ("third cache, 8 MB", 8e6),
                        ("memory, 384 MB", 384e6 / scale)):  # fmt: skip
        for function in (read, copy, triad):
            streams = moved[function.__name__]
            arrays = [np.ones(int(size / 8 / streams)) for _ in range(streams)]
            a, b, c = (arrays * 3)[:3]
            bytes_a_round = 8 * a.size * streams
            rounds = max(1, int(4e9 / scale / bytes_a_round))
            times = repeat(lambda f=function, s=(a, b, c, rounds): f(*s), repeats)
            rates = [bytes_a_round * rounds / t / 1e9 for t in times]
            rows.append(row("bandwidth of one thread", f"{function.__name__}, {place}", rates, "GB/s"))
    return rows


def executed(function: Callable, arguments: tuple) -> dict[str, int]:
    """Instructions by class in one more round of a kernel whose last argument counts rounds."""
    namespace = types.SimpleNamespace(kernel=function)
    function(*arguments, 1)
    with stopping_around(namespace, "kernel"):
        more, less = (count(lambda n=n: namespace.kernel(*arguments, n)) for n in (3, 2))
    more.subtract(less)
    return classify(more)


def issue_rates(repeats: int, scale: int) -> dict[str, list[float]]:
    """Vector instructions of a class that one thread executes a second, in the repeats."""
    word = np.uint64
    floats, words = np.full((4, 128), 1.5), np.full((4, 128), word(3))
    cases = {
        "fused multiply-add": (multiply_add, (floats, 0.5, 0.25)),
        "divide": (divide, (floats, 1.5, 0.0)),
        "root": (root, (floats, 0.0, 0.0)),
        "integer multiply": (integer_multiply, (words, word(0xD2511F53), word(0xFFFFFFFF))),
        "integer": (integer, (words, word(0x9E3779B97F4A7C15), word(0xBB67AE8584CAA73B))),
    }
    rates, rounds = {}, 100_000 // scale
    for name, (function, arguments) in cases.items():
        in_a_round = executed(function, arguments)[name]
        times = repeat(lambda f=function, a=arguments: f(*a, rounds), repeats)
        rates[name] = [in_a_round * rounds / t for t in times]
    rates["add, multiply"] = rates["convert, compare"] = rates["fused multiply-add"]
    return rates


def executed_in_a_step(run: Callable[[int], object]) -> dict[str, int]:
    """Instructions by class of one step of a block; ``run`` takes the number of steps of a run of one block."""
    module, name = ours.entry_point(run)
    with stopping_around(module, name):
        more, less = (count(lambda n=n: run(n)) for n in (4, 2))
    more.subtract(less)
    return {label: times / 2 for label, times in classify(more).items()}


def shares(repeats: int, scale: int) -> list[Row]:
    """Instructions of a step, the limits that they set, and the share of these that the steps alone reach."""
    if not available():
        print("instructions are counted on Linux on x86-64 with objdump (binutils) only: these rows are left out")
        return []
    rates = issue_rates(repeats, scale)
    rows = [row("issue rate of one thread", name, [x / 1e9 for x in rates[name]], "G/s") for name in rates]
    typical = {name: median(values) for name, values in rates.items()}
    for case in ours.STEP_CASES:
        counts = executed_in_a_step(case.run_steps)
        for label, times in counts.items():
            if times >= 0.01 * case.units_a_step:
                rows.append(row("instructions a step", f"{case.name}: {label}", [times / case.units_a_step], "a unit"))
        floating = sum(counts.get(label, 0) / typical[label] for label in FLOATING) / case.units_a_step
        both = floating + sum(counts.get(label, 0) / typical[label] for label in INTEGER) / case.units_a_step
        n_steps = case.n_steps // scale
        times = [t / n_steps / case.units_a_step for t in repeat(lambda c=case, n=n_steps: c.run_steps(n), repeats)]
        rows += [
            row("steps alone", case.name, [t * 1e9 for t in times], "ns a unit"),
            row("share of the limit", f"{case.name}: floating point", [100 * floating / t for t in times], "%"),
            row("share of the limit", f"{case.name}: with integers", [100 * both / t for t in times], "%"),
        ]
    return rows


def measure(repeats: int, scale: int) -> list[Row]:
    return [*peak(repeats, scale), *bandwidth(repeats, scale), *shares(repeats, scale)]


def main() -> int:
    arguments = options(__doc__.splitlines()[0], "machine.csv").parse_args()
    report(measure(*((3, 16) if arguments.quick else (9, 1))), arguments.output)
    return 0


if __name__ == "__main__":
    sys.exit(main())
