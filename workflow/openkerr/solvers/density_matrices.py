"""Lindblad equations as they act on density matrices between chosen Fock states, sector by sector.

    L rho = G rho + rho G† + sum_j rate_j L_j rho L_j†,    G = -i H - ½ sum_j rate_j L_j† L_j

with H and L_j as matrices between the states that are kept.  G is made of these matrices, so that the truncated
equation is itself of Lindblad's form: it keeps the trace, and its steady state is positive.

A weak symmetry gives every Fock state a charge; the part of charge k of a density matrix has the blocks (q + k, q),
and L keeps k.  Without a symmetry all is one block.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from openkerr.algebra.polynomials import JumpOperator, Polynomial
from openkerr.algebra.symmetries import Symmetry

if TYPE_CHECKING:
    from scipy import sparse


@dataclass(frozen=True)
class FockSpace:
    """Fock states of some modes.

    Attributes
    ----------
    states : (n_states, n_modes) int
        Photon numbers, in ascending order.
    """

    states: np.ndarray

    @classmethod
    def box(cls, cutoffs: Sequence[int]) -> FockSpace:
        """All states with less photons in each mode than its cutoff."""
        return cls(np.indices(cutoffs).reshape(len(cutoffs), -1).T.copy())

    @classmethod
    def cheapest(cls, costs: np.ndarray, size: int) -> FockSpace:
        """So many states of least sum_k costs_k n_k: the greatest populations of a product of thermal states."""
        depth = float(costs.min())
        while (box := cls.box([int(depth / cost) + 1 for cost in costs])).size and (
            (box.states @ costs <= depth).sum() < size
        ):
            depth *= 1.3
        order = np.argsort(box.states @ costs, kind="stable")[:size]
        return cls(box.states[np.sort(order)])

    @property
    def size(self) -> int:
        """Number of states."""
        return len(self.states)

    @cached_property
    def cutoffs(self) -> np.ndarray:
        """Greatest photon number of each mode, plus one."""
        return self.states.max(axis=0) + 1

    @cached_property
    def _keys(self) -> np.ndarray:
        return np.ravel_multi_index(tuple(self.states.T), tuple(self.cutoffs))

    def index(self, states: np.ndarray) -> np.ndarray:
        """Numbers of some states (..., n_modes), -1 for those that are not kept."""
        inside = np.asarray(((states >= 0) & (states < self.cutoffs)).all(axis=-1))
        keys = np.ravel_multi_index(
            tuple(np.moveaxis(np.where(inside[..., None], states, 0), -1, 0)), tuple(self.cutoffs)
        )
        place = np.minimum(np.searchsorted(self._keys, keys), self.size - 1)
        return np.where(inside & (self._keys[place] == keys), place, -1)

    def matrix(self, operator: Polynomial) -> sparse.csr_matrix:
        """Matrix of an operator between the states, exact element by element."""
        from scipy import sparse

        rows, columns, values = [], [], []
        everything = np.arange(self.size)
        for key, coefficient in operator.terms.items():
            target, factor = self.states.copy(), np.full(self.size, coefficient)
            for mode, p, q in key:
                factor = factor * _ladder(p, q, self.states[:, mode])
                target[:, mode] += p - q
            place = self.index(target)
            kept = (place >= 0) & (factor != 0)
            rows.append(place[kept])
            columns.append(everything[kept])
            values.append(factor[kept])
        shape = (self.size, self.size)
        if not rows:
            return sparse.csr_matrix(shape, dtype=complex)
        entries = (np.concatenate(values), (np.concatenate(rows), np.concatenate(columns)))
        return sparse.csr_matrix(entries, shape=shape, dtype=complex)

    def edge(self) -> np.ndarray:
        """Whether a state lacks a neighbour with one photon more: (n_states,) bool."""
        n = self.states.shape[1]
        above = self.states[:, None, :] + np.eye(n, dtype=int)
        return np.asarray((self.index(above) < 0).any(axis=1))


def _ladder(p: int, q: int, occupation: np.ndarray) -> np.ndarray:
    """<n - q + p| a†**p a**q |n>."""
    squared = np.ones(len(occupation))
    for j in range(q):
        squared = squared * np.maximum(occupation - j, 0)
    for j in range(1, p + 1):
        squared = squared * np.maximum(occupation - q + j, 0)
    return np.sqrt(squared)


class DensityLiouvillian:
    """The part of one charge of a Liouvillian, on vectors that hold the blocks of a density matrix one after the other.

    Parameters
    ----------
    space : FockSpace
    hamiltonian : Polynomial
    jump_operators : sequence of JumpOperator
    symmetry : Symmetry, optional
        A weak symmetry of the equation; default: none.
    charge : int
        k.

    Raises
    ------
    ValueError
        If no block has the charge.
    """

    def __init__(
        self,
        space: FockSpace,
        hamiltonian: Polynomial,
        jump_operators: Iterable[JumpOperator],
        symmetry: Symmetry | None = None,
        charge: int = 0,
    ):
        self.space, self.charge = space, charge
        charges = np.zeros(space.size, dtype=int) if symmetry is None else symmetry.charges(space.states)
        self.sectors = {int(q): np.flatnonzero(charges == q) for q in np.unique(charges)}
        total = symmetry.total if symmetry is not None else lambda q: 0
        h = space.matrix(hamiltonian)
        g = -1j * h
        jumps = []
        for rate, operator in jump_operators:
            jump = space.matrix(operator) * np.sqrt(rate)
            g = g - 0.5 * (jump.getH() @ jump)
            if jump.nnz:
                jumps.append(jump.tocsr())
        self.generator = {q: g[states][:, states].toarray() for q, states in self.sectors.items()}
        self.pairs = [(total(q + charge), q) for q in self.sectors if total(q + charge) in self.sectors]
        if not self.pairs:
            raise ValueError(f"charge is {charge}: no coherence of the {space.size} Fock states has it")
        # Mean of what leaves a state by jumps, a photon.
        self.mean_decay = float(-2 * g.diagonal().real.mean() / max(1.0, space.states.sum(axis=1).mean()))
        self.shapes = [(len(self.sectors[a]), len(self.sectors[b])) for a, b in self.pairs]
        self.starts = np.concatenate([[0], np.cumsum([a * b for a, b in self.shapes])])
        self._jumps = self._coupled(jumps)

    @property
    def size(self) -> int:
        """Number of coherences."""
        return int(self.starts[-1])

    def _coupled(self, jumps: list) -> list[tuple[int, int, sparse.csr_matrix, sparse.csr_matrix]]:
        """Jumps from one block to another, as matrices on the left and, conjugated, on the right."""
        found = []
        for jump in jumps:
            for source, (a, b) in enumerate(self.pairs):
                left, right = jump[:, self.sectors[a]], jump[:, self.sectors[b]]
                for target, (c, d) in enumerate(self.pairs):
                    first, second = left[self.sectors[c]], right[self.sectors[d]]
                    if first.nnz and second.nnz:
                        found.append((source, target, first.tocsr(), second.conj().tocsr()))
        return found

    def blocks(self, vector: np.ndarray) -> list[np.ndarray]:
        """Views of the blocks of a vector (size,)."""
        return [
            vector[start : start + a * b].reshape(a, b)
            for start, (a, b) in zip(self.starts[:-1], self.shapes, strict=True)
        ]

    def apply(self, vector: np.ndarray) -> np.ndarray:
        """L times a complex vector (size,)."""
        result = np.empty(self.size, dtype=complex)
        source, target = self.blocks(np.asarray(vector, dtype=complex)), self.blocks(result)
        for (a, b), x, y in zip(self.pairs, source, target, strict=True):
            np.matmul(self.generator[a], x, out=y)
            y += x @ self.generator[b].conj().T
        for here, there, left, right in self._jumps:
            # (R* (L x)^T)^T: sparse matrices stand on the left.
            target[there] += (right @ (left @ source[here]).T).T
        return result

    @cached_property
    def matrix(self) -> sparse.csc_matrix:
        """The part as a sparse matrix, (size, size) complex."""
        from scipy import sparse

        total: list[list[Any]] = [[None] * len(self.pairs) for _ in self.pairs]
        for place, ((a, b), (rows, columns)) in enumerate(zip(self.pairs, self.shapes, strict=True)):
            total[place][place] = sparse.kron(
                sparse.csr_matrix(self.generator[a]), sparse.identity(columns)
            ) + sparse.kron(sparse.identity(rows), sparse.csr_matrix(self.generator[b].conj()))
        for here, there, left, right in self._jumps:
            part = sparse.kron(left, right)
            old = total[there][here]
            total[there][here] = part if old is None else old + part
        return sparse.bmat(total, format="csc")

    def trace(self, vector: np.ndarray) -> complex:
        """Trace of a vector of charge zero."""
        return complex(sum(np.trace(block) for block in self.blocks(vector)))

    @cached_property
    def trace_weights(self) -> np.ndarray:
        """w with w·vector the trace: (size,)."""
        weights = np.zeros(self.size)
        for block in self.blocks(weights):
            np.fill_diagonal(block, 1.0)
        return weights

    def vector(self, matrix: np.ndarray) -> np.ndarray:
        """A matrix between all states as a vector, without what is not of the charge."""
        result = np.empty(self.size, dtype=complex)
        for (a, b), block in zip(self.pairs, self.blocks(result), strict=True):
            block[:] = matrix[np.ix_(self.sectors[a], self.sectors[b])]
        return result

    def density_matrix(self, vector: np.ndarray) -> np.ndarray:
        """A vector as a matrix between all states, (n_states, n_states) complex."""
        total = np.zeros((self.space.size,) * 2, dtype=complex)
        for (a, b), block in zip(self.pairs, self.blocks(vector), strict=True):
            total[np.ix_(self.sectors[a], self.sectors[b])] = block
        return total


class NoJumpInverse:
    """(L_0 - shift)⁻¹ for L_0 rho = G rho + rho G†, what L is without its jumps: by the eigenvectors of G.

    What jumps bring back is small where the states are few: this preconditions L well.

    Parameters
    ----------
    liouvillian : DensityLiouvillian
    shift : complex
        Positive real parts keep states apart that do not decay without jumps.
    """

    def __init__(self, liouvillian: DensityLiouvillian, shift: complex):
        from scipy.linalg import inv

        self.liouvillian = liouvillian
        found = {}
        for q in {q for pair in liouvillian.pairs for q in pair}:
            values, vectors = np.linalg.eig(liouvillian.generator[q])
            inverse = inv(vectors)
            found[q] = values, vectors, inverse, vectors.conj().T, inverse.conj().T
        self._factors = []
        for a, b in liouvillian.pairs:
            weights = 1.0 / (found[a][0][:, None] + found[b][0].conj() - shift)
            self._factors.append((found[a][1], found[a][2], found[b][3], found[b][4], weights))
        self.shift = shift

    def __call__(self, vector: np.ndarray) -> np.ndarray:
        """The inverse times a complex vector (size,)."""
        result = np.empty(self.liouvillian.size, dtype=complex)
        blocks = zip(self.liouvillian.blocks(vector), self.liouvillian.blocks(result), self._factors, strict=True)
        for x, y, (left, left_inverse, right, right_inverse, weights) in blocks:
            middle = left_inverse @ x @ right_inverse
            y[:] = left @ (weights * middle) @ right
        return result

    def inverse(self, vector: np.ndarray) -> np.ndarray:
        """L_0 - shift itself, times a complex vector (size,)."""
        result = -self.shift * np.asarray(vector, dtype=complex)
        of = self.liouvillian
        for (a, b), x, y in zip(of.pairs, of.blocks(vector), of.blocks(result), strict=True):
            y += of.generator[a] @ x + x @ of.generator[b].conj().T
        return result
