"""Steady states of two sites of the chain: this solver and QuTiP's own side by side, at equal accuracy.

Photon numbers of both sites must be right to a relative 1e-6, by a finer solution of this solver.  QuTiP is given the
least Fock states of a product space that reach this, and takes no time to find them; this solver chooses its own, in
the time that is counted.  Every solution runs in a process of its own: memory is its peak less what it had before.
"""

import argparse
import csv
import json
import os
import resource
import subprocess
import sys
import time
from pathlib import Path
from typing import NamedTuple

ACCURACY = 1e-6
DRIVES = (0.5, 1.0, 1.25)
KERR = 1.0
QUTIP = {
    "qutip direct": {"method": "direct", "solver": "spsolve"},
    "qutip iterative": {"method": "direct", "solver": "gmres", "use_precond": True, "rtol": 1e-9},
}


class Row(NamedTuple):
    solver: str
    drive_amplitude: float
    kerr: float
    n_states: int
    seconds: float
    megabytes: float
    relative_error: float


def solve(solver: str, drive: float, cutoffs: tuple[int, int] | None, tolerance: float) -> dict:
    """Photon numbers, states, processor time and memory of one solution, in this process."""
    from openkerr.algebra.polynomials import number
    from openkerr.models.bose_hubbard_chain import BoseHubbardChain
    from openkerr.solvers.exact import steady_state

    model = BoseHubbardChain(length=2, drive_amplitude=drive, kerr=KERR)
    if solver == "openkerr":
        steady_state(BoseHubbardChain(length=2, drive_amplitude=0.1, kerr=0.0))  # loads what is loaded late
        before, began = _peak(), time.process_time()
        state = steady_state(model, tolerance=tolerance)
        return _facts(state.photon_numbers.tolist(), state.space.size, began, before)
    import numpy as np
    import qutip

    assert cutoffs is not None
    dims = [list(cutoffs)] * 2

    def operator(polynomial):
        return qutip.Qobj(polynomial.matrix(cutoffs), dims=dims)

    jumps = [np.sqrt(jump.rate) * operator(jump.operator) for jump in model.jump_operators()]
    before, began = _peak(), time.process_time()
    state = qutip.steadystate(operator(model.hamiltonian()), jumps, **QUTIP[solver])
    numbers = [float(qutip.expect(operator(number(site)), state)) for site in range(2)]
    return _facts(numbers, cutoffs[0] * cutoffs[1], began, before)


def _facts(numbers: list[float], n_states: int, began: float, before: float) -> dict:
    seconds = time.process_time() - began
    return {"numbers": numbers, "n_states": n_states, "seconds": seconds, "megabytes": _peak() - before}


def _peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def in_a_process(*arguments: object, limit: float) -> dict | None:
    """What `solve` finds in a new process; nothing where it takes longer than a limit in seconds, or fails."""
    call = [sys.executable, __file__, "--one", json.dumps(arguments)]
    one = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
    try:
        found = subprocess.run(call, env=os.environ | one, capture_output=True, text=True, timeout=limit, check=True)
    except (subprocess.TimeoutExpired, subprocess.CalledProcessError):
        return None
    return json.loads(found.stdout.splitlines()[-1])


def error(found: dict, exact: dict) -> float:
    """Greatest relative error of a photon number."""
    return max(abs(a / b - 1) for a, b in zip(found["numbers"], exact["numbers"], strict=True))


def least_cutoffs(drive: float, exact: dict, limit: float) -> tuple[int, int] | None:
    """Least Fock states of each site that reach the accuracy, by elimination in the frame of photon numbers."""
    from openkerr.models.bose_hubbard_chain import BoseHubbardChain
    from openkerr.solvers.exact import steady_state

    model = BoseHubbardChain(length=2, drive_amplitude=drive, kerr=KERR)

    def misses(cutoffs: tuple[int, int]) -> bool:
        found = steady_state(model, cutoffs=cutoffs).photon_numbers
        return error({"numbers": found.tolist()}, exact) > ACCURACY / 2

    cutoffs = [4, 4]
    began = time.monotonic()
    while misses((cutoffs[0], cutoffs[1])):
        cutoffs = [cutoffs[0] + 1, cutoffs[1] + 1]
        if time.monotonic() - began > limit:
            return None
    for site in range(2):
        while True:
            fewer = list(cutoffs)
            fewer[site] -= 1
            if misses((fewer[0], fewer[1])):
                break
            cutoffs = fewer
    return cutoffs[0], cutoffs[1]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--one", help=argparse.SUPPRESS)
    parser.add_argument("--seconds", type=float, default=300.0, help="time that one solution may take")
    parser.add_argument("--output", type=Path, default=Path("results/benchmarks/steady_states.csv"))
    arguments = parser.parse_args()
    if arguments.one:
        print(json.dumps(solve(*json.loads(arguments.one))))
        return 0
    rows = []
    for drive in DRIVES:
        exact = in_a_process("openkerr", drive, None, 1e-9, limit=arguments.seconds)
        cutoffs = None if exact is None else least_cutoffs(drive, exact, arguments.seconds)
        if exact is None or cutoffs is None:
            print(f"F = {drive:g} takes longer than {arguments.seconds:g} s: left out", file=sys.stderr)
            continue
        for solver in ("openkerr", *QUTIP):
            found = in_a_process(solver, drive, cutoffs, ACCURACY, limit=arguments.seconds)
            if found is None:
                print(f"{solver} at F = {drive:g} fails, or takes longer than {arguments.seconds:g} s: left out")
                continue
            row = Row(solver, drive, KERR, found["n_states"], found["seconds"], found["megabytes"], error(found, exact))
            print(row, flush=True)
            if row.relative_error > ACCURACY:
                print(f"{solver} misses the accuracy: {row.relative_error:.1e}", file=sys.stderr)
                return 1
            rows.append(row)
    arguments.output.parent.mkdir(parents=True, exist_ok=True)
    with arguments.output.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file, lineterminator="\n").writerows([Row._fields, *rows])
    print(arguments.output)
    return 0


if __name__ == "__main__":
    sys.exit(main())
