"""Weak U(1) symmetries of a Lindblad equation: a_k -> exp(-i w_k phi) a_k with whole weights w_k.

N = sum_k w_k a_k† a_k generates one if [N, H] = 0 and every jump operator has a definite charge, [N, L] = -d L: the
Liouvillian then commutes with the superoperator [N, .], though N itself need not be conserved (B. Buca and T. Prosen,
New J. Phys. 14, 073007 (2012)).  Both conditions are linear in w with whole coefficients.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from openkerr.algebra.heisenberg import modes_of
from openkerr.algebra.polynomials import JumpOperator, Monomial, Polynomial


def conserved_charges(
    hamiltonian: Polynomial, jump_operators: Iterable[JumpOperator], n_modes: int | None = None
) -> list[tuple[int, ...]]:
    """Basis of all whole weight vectors of weak U(1) symmetries.

    Parameters
    ----------
    hamiltonian, jump_operators
        Lindblad equation; dissipators of rate zero do not count.
    n_modes : int, optional
        Number of modes; default: as many as the operators name.

    Returns
    -------
    list of tuple of int, each of length n_modes
        A basis over the whole numbers of all solutions, in Hermite normal form: first nonzero entries positive, at
        strictly increasing places.  Empty if there is no symmetry.
    """
    jumps = [jump for rate, jump in jump_operators if rate != 0]
    if n_modes is None:
        n_modes = 1 + max(modes_of([hamiltonian, *jumps]), default=-1)
    return integer_nullspace(sorted(_conditions(hamiltonian, jumps, n_modes)), n_modes)


def integer_nullspace(rows: Sequence[Sequence[int]], n_columns: int) -> list[tuple[int, ...]]:
    """Basis over the whole numbers of all w with ``rows @ w = 0``, in Hermite normal form.

    Unimodular row operations on the identity beside the transposed matrix (H. Cohen, A Course in Computational
    Algebraic Number Theory, sec. 2.4): what they annihilate on the left spans the kernel on the right.
    """
    image = [[int(row[column]) for row in rows] for column in range(n_columns)]
    identity = [[int(i == j) for j in range(n_columns)] for i in range(n_columns)]
    together = [left + right for left, right in zip(image, identity, strict=True)]
    rank = _echelon(together, range(len(rows)))
    kernel = [row[len(rows) :] for row in together[rank:]]
    _echelon(kernel, range(n_columns))
    return [tuple(row) for row in kernel]


def _charges(key: Monomial, n_modes: int) -> tuple[int, ...]:
    charges = [0] * n_modes
    for k, p, q in key:
        charges[k] = q - p
    return tuple(charges)


def _echelon(matrix: list[list[int]], columns: Iterable[int]) -> int:
    """Bring some columns to Hermite normal form by unimodular row operations in place; return their rank."""
    rank = 0
    for column in columns:
        # Euclid's algorithm between the rows, until one entry of the column is left.
        while True:
            rows = [i for i in range(rank, len(matrix)) if matrix[i][column]]
            if not rows:
                break
            pivot = min(rows, key=lambda i: abs(matrix[i][column]))
            matrix[rank], matrix[pivot] = matrix[pivot], matrix[rank]
            if matrix[rank][column] < 0:
                matrix[rank] = [-entry for entry in matrix[rank]]
            for i in range(rank + 1, len(matrix)):
                _subtract(matrix, i, rank, column)
            if not any(matrix[i][column] for i in range(rank + 1, len(matrix))):
                for i in range(rank):
                    _subtract(matrix, i, rank, column)
                rank += 1
                break
    return rank


def _subtract(matrix: list[list[int]], target: int, source: int, column: int) -> None:
    quotient = matrix[target][column] // matrix[source][column]
    if quotient:
        matrix[target] = [a - quotient * b for a, b in zip(matrix[target], matrix[source], strict=True)]


@dataclass(frozen=True)
class Symmetry:
    """Weak symmetry a_k -> exp(-2 pi i w_k/order) a_k, or U(1) with ``order`` zero.

    Attributes
    ----------
    weights : (n_modes,) tuple of int
    order : int
        Charges count modulo the order; zero: as whole numbers.
    """

    weights: tuple[int, ...]
    order: int = 0

    def total(self, charge: int) -> int:
        """A charge modulo the order."""
        return charge % self.order if self.order else charge

    def charges(self, states: np.ndarray) -> np.ndarray:
        """Charges of Fock states (n_states, n_modes)."""
        charges = states @ np.array(self.weights)
        return charges % self.order if self.order else charges


def weak_symmetry(
    hamiltonian: Polynomial, jump_operators: Iterable[JumpOperator], n_modes: int | None = None
) -> Symmetry | None:
    """A weak symmetry of a Lindblad equation: U(1) if there is one, else the cyclic one of greatest order, else none.

    Conditions are whole vectors c with c·w = 0 for U(1), modulus the order else.  With C of these rows brought to
    diagonal form S = A C B by unimodular A and B, an entry s > 1 of S is the order of a cyclic symmetry, and the
    weights of it are the column of B (H. Cohen, A Course in Computational Algebraic Number Theory, sec. 2.4.4).
    """
    jumps = [jump for rate, jump in jump_operators if rate != 0]
    if n_modes is None:
        n_modes = 1 + max(modes_of([hamiltonian, *jumps]), default=-1)
    rows = sorted(_conditions(hamiltonian, jumps, n_modes))
    charges = integer_nullspace(rows, n_modes)
    if charges:
        return Symmetry(charges[0])
    orders, columns = _smith(rows, n_modes)
    place = max(range(n_modes), key=lambda k: orders[k])
    order = orders[place]
    return Symmetry(tuple(row[place] % order for row in columns), order) if order > 1 else None


def _conditions(hamiltonian: Polynomial, jumps: Iterable[Polynomial], n_modes: int) -> set[tuple[int, ...]]:
    """Whole vectors c that a weak symmetry of weights w has c·w = 0 with."""
    conditions = {_charges(key, n_modes) for key in hamiltonian.terms}
    for jump in jumps:
        charges = [_charges(key, n_modes) for key in jump.terms]
        conditions |= {tuple(a - b for a, b in zip(other, charges[0], strict=True)) for other in charges[1:]}
    return conditions


def _smith(rows: Sequence[Sequence[int]], n_columns: int) -> tuple[list[int], list[list[int]]]:
    """Diagonal of Smith's form without the order of divisors, and the column operations that lead to it."""
    matrix = [list(map(int, row)) for row in rows]
    operations = [[int(i == j) for j in range(n_columns)] for i in range(n_columns)]
    for step in range(n_columns):
        while True:
            entries = [
                (abs(matrix[i][j]), i, j)
                for i in range(step, len(matrix))
                for j in range(step, n_columns)
                if matrix[i][j]
            ]
            if not entries:
                break
            _, i, j = min(entries)
            matrix[step], matrix[i] = matrix[i], matrix[step]
            for row in (*matrix, *operations):
                row[step], row[j] = row[j], row[step]
            pivot = matrix[step][step]
            for i in range(step + 1, len(matrix)):
                quotient = matrix[i][step] // pivot
                matrix[i] = [a - quotient * b for a, b in zip(matrix[i], matrix[step], strict=True)]
            for j in range(step + 1, n_columns):
                quotient = matrix[step][j] // pivot
                for row in (*matrix, *operations):
                    row[j] -= quotient * row[step]
            rest = [matrix[i][step] for i in range(step + 1, len(matrix))]
            if not any(rest) and not any(matrix[step][step + 1 :]):
                break
    return [abs(matrix[k][k]) if k < len(matrix) else 0 for k in range(n_columns)], operations
