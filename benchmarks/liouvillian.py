"""Slow modes of the two cavities: this solver and QuTiP side by side, at equal accuracy.

QuTiP builds the whole superoperator on a product of Fock spaces and finds its eigenvalues next to a shift by sparse LU
and ARPACK (the way its steady-state solver goes).  Both must give the gap of charge 1 to the same relative accuracy,
which is checked against a finer solution of this solver.  Cutoffs of QuTiP are the least that reach it.
"""

import argparse
import csv
import sys
import time
from pathlib import Path
from typing import NamedTuple

import numpy as np
import qutip
from scipy.sparse import identity
from scipy.sparse.linalg import LinearOperator, eigs, splu

from openkerr.models.kerr_dimer import KerrDimer
from openkerr.solvers.liouvillian_continuation import ContinuationOptions, continue_modes

ACCURACY = 1e-3
CUTOFFS = {
    0.25: (7, 5),
    0.5: (8, 6),
    1.0: (9, 7),
    2.0: (12, 9),
    3.0: (14, 11),
    4.0: (16, 12),
    6.0: (19, 14),
    8.0: (24, 17),
}
ALEPHS = (0.25, 0.5, 1.0, 2.0, 3.0, 4.0, 6.0, 8.0, 12.0, 16.0, 24.0, 32.0, 48.0, 64.0, 96.0, 128.0)
SHIFT = -0.3 - 1.0j


class Row(NamedTuple):
    solver: str
    aleph: float
    size: int
    seconds: float
    gap: float
    relative_error: float | None


def with_qutip(aleph: float, cutoffs: tuple[int, int]) -> tuple[int, float, np.ndarray]:
    """Size of the superoperator, seconds, eigenvalues next to the shift."""
    began = time.perf_counter()
    model, dims = KerrDimer(aleph=aleph), [list(cutoffs)] * 2

    def operator(polynomial):
        return qutip.Qobj(polynomial.matrix(cutoffs), dims=dims)

    jumps = [np.sqrt(jump.rate) * operator(jump.operator) for jump in model.jump_operators()]
    matrix = qutip.liouvillian(operator(model.hamiltonian()), jumps).to("csr").data.as_scipy().tocsc()
    size = matrix.shape[0]
    factors = splu(matrix - SHIFT * identity(size, format="csc"))
    inverse = LinearOperator(matrix.shape, matvec=factors.solve, dtype=complex)
    values = eigs(matrix, k=6, sigma=SHIFT, OPinv=inverse, v0=np.ones(size), return_eigenvectors=False)
    return size, time.perf_counter() - began, values


def continuation(
    alephs: tuple[float, ...], tolerance: float, budget: float = np.inf
) -> list[tuple[float, int, float, complex]]:
    """aleph, coherences, seconds from its start, slowest eigenvalue; ends once the budget is spent."""
    began, found = time.perf_counter(), []

    class Spent(Exception):
        pass

    def keep(solution):
        seconds = time.perf_counter() - began
        found.append((solution.scale, solution.basis.size, seconds, solution.modes.values[0]))
        if seconds > budget:
            raise Spent

    options = [ContinuationOptions(2, tolerance, tolerance / 30)] * len(alephs)
    try:
        continue_modes([KerrDimer(aleph=aleph) for aleph in alephs], alephs, 1, (9, 7), options, progress=keep)
    except Spent:
        pass
    return found


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=60.0, help="time that each may take for its largest aleph")
    parser.add_argument("--output", type=Path, default=Path("results/benchmarks/liouvillian.csv"))
    arguments = parser.parse_args()
    continuation(ALEPHS[:1], 1e-3)  # compiles
    reference = {aleph: value for aleph, _, _, value in continuation(tuple(CUTOFFS), 1e-7)}
    rows = []
    for aleph, cutoffs in CUTOFFS.items():
        size, seconds, values = with_qutip(aleph, cutoffs)
        error = float(np.abs(values - reference[aleph]).min() / abs(reference[aleph]))
        rows.append(
            Row("qutip", aleph, size, seconds, -float(values[np.abs(values - reference[aleph]).argmin()].real), error)
        )
        print(rows[-1], flush=True)
        if seconds > arguments.seconds:
            break
    for aleph, size, seconds, value in continuation(ALEPHS, ACCURACY / 3, arguments.seconds):
        error = float(abs(value - reference[aleph]) / abs(reference[aleph])) if aleph in reference else None
        rows.append(Row("openkerr", aleph, size, seconds, -float(value.real), error))
        print(rows[-1], flush=True)
    for row in rows:
        if row.relative_error is not None and row.relative_error > ACCURACY:
            print(
                f"{row.solver} at aleph = {row.aleph:g} misses the accuracy: {row.relative_error:.1e}", file=sys.stderr
            )
            return 1
    reached = {
        solver: max(row.aleph for row in rows if row.solver == solver and row.seconds <= arguments.seconds)
        for solver in ("qutip", "openkerr")
    }
    last = reached["qutip"]
    times = {row.solver: row.seconds for row in rows if row.aleph == last}
    print(f"largest aleph in {arguments.seconds:g} s: {reached}")
    print(f"at aleph = {last:g}: QuTiP takes {times['qutip'] / times['openkerr']:.0f} times as long")
    arguments.output.parent.mkdir(parents=True, exist_ok=True)
    with arguments.output.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file, lineterminator="\n").writerows([Row._fields, *rows])
    print(arguments.output)
    return 0


if __name__ == "__main__":
    sys.exit(main())
