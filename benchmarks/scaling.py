"""Two threads of one process against one thread, and against two processes that know nothing of each other."""

import os
import subprocess
import sys
import time

import ours
from timing import ROOT, Row, row, seconds

N_WORKERS = 2


class Worker:
    """A process that computes a torus ensemble when it is told to."""

    def __init__(self, n_trajectories: int):
        self.process = subprocess.Popen(
            [sys.executable, str(ROOT / "benchmarks" / "scaling.py"), str(n_trajectories)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.wait()  # what it says when it has loaded the kernel

    def tell(self) -> None:
        self.process.stdin.write("go\n")
        self.process.stdin.flush()

    def wait(self) -> None:
        if not self.process.stdout.readline():
            raise RuntimeError("a worker ended")

    def close(self) -> None:
        self.process.stdin.close()
        self.process.wait()


def compare(repeats: int, scale: int) -> list[Row]:
    """Speed-ups over one thread, for twice the work in twice the threads or processes, all three in turn."""
    n = 32_768 // scale
    workers = [Worker(n) for _ in range(N_WORKERS)]

    def processes():
        for worker in workers:
            worker.tell()
        for worker in workers:
            worker.wait()

    runs = (lambda: ours.torus(n), lambda: ours.torus(N_WORKERS * n, n_threads=N_WORKERS), processes)
    for run in runs:
        run()
    times = [[seconds(run) for run in runs] for _ in range(repeats)]
    for worker in workers:
        worker.close()
    words = f"(of {os.cpu_count()} processors)"
    return [
        row(
            "speed-up",
            f"2 threads against 1 {words}",
            [N_WORKERS * one / threads for one, threads, _ in times],
            "times",
        ),
        row("speed-up", f"2 processes against 1 {words}", [N_WORKERS * one / two for one, _, two in times], "times"),
        row("2 threads", "part of the speed of 2 processes", [100 * two / threads for _, threads, two in times], "%"),
    ]


def work(n_trajectories: int) -> None:
    ours.torus(n_trajectories)
    print("ready", flush=True)
    for _ in sys.stdin:
        began = time.perf_counter()
        ours.torus(n_trajectories)
        print(time.perf_counter() - began, flush=True)


if __name__ == "__main__":
    work(int(sys.argv[1]))
