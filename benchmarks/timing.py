"""Rows of measurements, and how they are taken, printed and written: one format for all benchmarks."""

import argparse
import csv
import os
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[1]
FOLDER = ROOT / "results" / "benchmarks"


class Row(NamedTuple):
    """One line of the table: a median with the least and greatest of its repeats."""

    quantity: str
    case: str
    median: float
    least: float
    greatest: float
    unit: str
    repeats: int


def row(quantity: str, case: str, values: Sequence[float], unit: str) -> Row:
    return Row(quantity, case, float(median(values)), float(min(values)), float(max(values)), unit, len(values))


def seconds(function: Callable[[], object]) -> float:
    began = time.perf_counter()
    function()
    return time.perf_counter() - began


def cpu_seconds(function: Callable[[], object]) -> float:
    """Processor time of this process, all its threads together."""
    began = time.process_time()
    function()
    return time.process_time() - began


def repeat(function: Callable[[], object], repeats: int, clock: Callable = cpu_seconds) -> list[float]:
    """Times of each call; the first one, which loads or compiles, is not counted."""
    function()
    return [clock(function) for _ in range(repeats)]


def alternate(
    first: Callable[[], object], second: Callable[[], object], repeats: int, clock: Callable = cpu_seconds
) -> list[tuple[float, float]]:
    """Times of two functions in turn, so that both see the same state of the machine; the first turn is not counted."""
    clock(first), clock(second)
    return [(clock(first), clock(second)) for _ in range(repeats)]


def ratios(pairs: list[tuple[float, float]]) -> list[float]:
    return [first / second for first, second in pairs]


def limit_to_one_processor() -> None:
    """Bind this process and those that it starts to one of its processors, where the system can."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})


def aligned(rows: list[Row]) -> str:
    cells = [Row._fields, *([r[0], r[1], *(f"{x:.4g}" for x in r[2:5]), r.unit, str(r.repeats)] for r in rows)]
    widths = [max(len(line[k]) for line in cells) for k in range(len(Row._fields))]
    number = {2, 3, 4, 6}
    return "\n".join(
        "  ".join(c.rjust(w) if k in number else c.ljust(w) for k, (c, w) in enumerate(zip(line, widths, strict=True)))
        for line in cells
    )


def options(description: str, table: str) -> argparse.ArgumentParser:
    """Command line that every benchmark has."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--quick", action="store_true", help="smaller problems, fewer repeats: to see that it works")
    parser.add_argument("--output", type=Path, default=FOLDER / table, help="CSV file (default: %(default)s)")
    return parser


def report(rows: list[Row], output: Path) -> None:
    """Print the table and write it."""
    print(aligned(rows))
    output.parent.mkdir(parents=True, exist_ok=True)
    with output.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file, lineterminator="\n").writerows([Row._fields, *rows])
    print(f"\n{output}")
