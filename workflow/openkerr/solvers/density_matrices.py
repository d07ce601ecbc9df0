"""Lindblad equations as they act on density matrices between chosen Fock states, sector by sector.

    L rho = G rho + rho G† + sum_j rate_j L_j rho L_j†,    G = -i H - ½ sum_j rate_j L_j† L_j

with H and L_j as matrices between the states that are kept.  G is made of these matrices, so that the truncated
equation is itself of Lindblad's form: it keeps the trace, and its steady state is positive.

A weak symmetry gives every Fock state a charge; the part of charge k of a density matrix has the blocks (q + k, q),
and L keeps k.  Without a symmetry all is one block.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from openkerr.algebra.polynomials import JumpOperator, Polynomial
from openkerr.algebra.symmetries import Symmetry

if TYPE_CHECKING:
    from scipy import sparse


MANY_BLOCKS = 8
"""Blocks beyond which products are those of one sparse matrix, not of one block after the other."""

CORE_SHARE = 1 / 3
"""Share of the coherences next to the diagonal that are eliminated to precondition the others."""

PIVOT_THRESHOLD = 0.01
"""Size over the greatest of its column from which an element of the diagonal is the pivot."""

LEAST_SLOPE, GREATEST_SLOPE = 0.05, 2.0
"""Limits of the decay of ln p with a photon by which populations outside a space are guessed."""


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

    def likeliest(self, populations: np.ndarray, size: int) -> FockSpace:
        """So many states of the greatest population, those of the states of this space given as (n_states,).

        What is not in this space follows a geometric law from the least of its neighbours with a photon less; its
        ratios are those of the tails of the marginals.
        """
        slopes = np.array([_tail(self._marginal(mode, populations)) for mode in range(self.states.shape[1])])
        box = FockSpace.box((2 * self.cutoffs + 4).tolist())
        shape = tuple(box.cutoffs)
        logs = np.full(shape, np.nan)
        logs[tuple(self.states.T)] = np.log(np.maximum(populations, np.finfo(float).tiny))
        totals = box.states.sum(axis=1)
        for total in range(totals.max() + 1):
            shell = box.states[totals == total]
            unknown = shell[np.isnan(logs[tuple(shell.T)])]
            least = np.full(len(unknown), np.inf)
            for mode, slope in enumerate(slopes):
                below = unknown.copy()
                below[:, mode] -= 1
                some = below[:, mode] >= 0
                least[some] = np.minimum(least[some], logs[tuple(below[some].T)] - slope)
            logs[tuple(unknown.T)] = least
        order = np.argsort(-logs.ravel(), kind="stable")[:size]
        return FockSpace(box.states[np.sort(order)])

    def _marginal(self, mode: int, populations: np.ndarray) -> np.ndarray:
        return np.bincount(self.states[:, mode], populations, self.cutoffs[mode])

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


def _tail(marginal: np.ndarray) -> float:
    """Decay of ln p with a photon, from where 1e-2 of a distribution is left to where 1e-4 is, or it ends."""
    beyond = np.cumsum(marginal[::-1])[::-1]
    beyond = np.maximum(beyond / beyond[0], np.finfo(float).tiny)
    first, last = (min(int(np.argmax(np.append(beyond, 0.0) < share)), len(beyond) - 1) for share in (1e-2, 1e-4))
    if first == last:
        return GREATEST_SLOPE
    return float(np.clip(np.log(beyond[first] / beyond[last]) / (last - first), LEAST_SLOPE, GREATEST_SLOPE))


def _ladder(p: int, q: int, occupation: np.ndarray) -> np.ndarray:
    """<n - q + p| a†**p a**q |n>."""
    squared = np.ones(len(occupation))
    for j in range(q):
        squared = squared * np.maximum(occupation - j, 0)
    for j in range(1, p + 1):
        squared = squared * np.maximum(occupation - q + j, 0)
    return np.sqrt(squared)


def _for_products(matrix: sparse.csr_matrix) -> sparse.csr_matrix | np.ndarray:
    """A matrix as it multiplies fastest: a number of a sparse one costs some twenty of a full one."""
    return matrix if 20 * matrix.nnz < math.prod(matrix.shape) else matrix.toarray()


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
        self.generator = {q: g[states][:, states].tocsr() for q, states in self.sectors.items()}
        self._left = {q: _for_products(part) for q, part in self.generator.items()}
        self._right = {q: part.conj() for q, part in self._left.items()}
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
        found, place = [], {pair: number for number, pair in enumerate(self.pairs)}
        sector = np.zeros(self.space.size, dtype=int)
        for q, states in self.sectors.items():
            sector[states] = q
        for jump in jumps:
            # Where a jump leads from a sector, and the part of it that does.
            parts: dict[int, dict[int, sparse.csr_matrix]] = {}
            for q, states in self.sectors.items():
                left = jump[:, states]
                reached = np.unique(sector[np.flatnonzero(np.diff(left.indptr))])
                parts[q] = {int(c): left[self.sectors[int(c)]].tocsr() for c in reached}
            for source, (a, b) in enumerate(self.pairs):
                for c, first in parts[a].items():
                    for d, second in parts[b].items():
                        if (c, d) in place:
                            found.append((source, place[c, d], first, second.conj()))
        return found

    def blocks(self, vector: np.ndarray) -> list[np.ndarray]:
        """Views of the blocks of a vector (size,)."""
        return [
            vector[start : start + a * b].reshape(a, b)
            for start, (a, b) in zip(self.starts[:-1], self.shapes, strict=True)
        ]

    def apply(self, vector: np.ndarray) -> np.ndarray:
        """L times a complex vector (size,)."""
        if len(self.pairs) > MANY_BLOCKS:
            return np.asarray(self.matrix @ vector)
        result = np.empty(self.size, dtype=complex)
        source, target = self.blocks(np.asarray(vector, dtype=complex)), self.blocks(result)
        for (a, b), x, y in zip(self.pairs, source, target, strict=True):
            y[:] = self._left[a] @ x
            y += (self._right[b] @ x.T).T
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
            total[place][place] = sparse.kron(self.generator[a], sparse.identity(columns)) + sparse.kron(
                sparse.identity(rows), self.generator[b].conj()
            )
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

    @cached_property
    def distances(self) -> np.ndarray:
        """Photons by which the two states of each coherence differ, summed over modes: (size,) int."""
        found = np.empty(self.size, dtype=int)
        for (a, b), block in zip(self.pairs, self.blocks(found), strict=True):
            left, right = (self.space.states[self.sectors[q]] for q in (a, b))
            block[:] = np.abs(left[:, None] - right).sum(axis=2)
        return found

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


def factorised(matrix: sparse.csc_matrix) -> Callable[[np.ndarray], np.ndarray]:
    """Solution of a system whose matrix is that of a Liouvillian, almost.

    Its pattern is symmetric but for its jumps: an ordering that knows this fills in half of what one by columns does.
    """
    from scipy.sparse.linalg import splu

    return splu(
        matrix,
        permc_spec="MMD_AT_PLUS_A",
        diag_pivot_thresh=PIVOT_THRESHOLD,
        options={"SymmetricMode": True},
    ).solve


class NearDiagonalInverse:
    """(L_c - shift)⁻¹ for L_c that couples only coherences next to the diagonal of the density matrix.

    Jumps between many sectors bring back what they take, so that L without them is no approximation; but populations
    and the coherences next to them are coupled to the others weakly.

    Parameters
    ----------
    liouvillian : DensityLiouvillian
    shift : complex
    """

    def __init__(self, liouvillian: DensityLiouvillian, shift: complex):
        from scipy import sparse

        order = np.argsort(liouvillian.distances, kind="stable")
        self._core = np.sort(order[: math.ceil(CORE_SHARE * liouvillian.size)])
        matrix = liouvillian.matrix.tocsr()
        core = matrix[self._core][:, self._core] - shift * sparse.identity(len(self._core))
        self._solve = factorised(core.tocsc())
        self._diagonal = matrix.diagonal() - shift

    def __call__(self, vector: np.ndarray) -> np.ndarray:
        """The inverse times a complex vector (size,)."""
        result = vector / self._diagonal
        result[self._core] = self._solve(np.asarray(vector[self._core], dtype=complex))
        return result


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
        values, self._factors = {}, {}
        for q in {q for pair in liouvillian.pairs for q in pair}:
            values[q], vectors = np.linalg.eig(liouvillian.generator[q].toarray())
            # Single precision will do for what is only an approximation of L.
            factors = [part.astype(np.complex64) for part in (vectors, inv(vectors))]
            self._factors[q] = factors, [np.ascontiguousarray(part.conj().T) for part in factors]
        self._weights = [
            (1.0 / (values[a][:, None] + values[b].conj() - shift)).astype(np.complex64) for a, b in liouvillian.pairs
        ]

    def __call__(self, vector: np.ndarray) -> np.ndarray:
        """The inverse times a complex vector (size,)."""
        of = self.liouvillian
        result = np.empty(of.size, dtype=complex)
        blocks = zip(of.pairs, of.blocks(vector.astype(np.complex64)), of.blocks(result), self._weights, strict=True)
        for (a, b), x, y, weights in blocks:
            (left, left_inverse), (right, right_inverse) = self._factors[a][0], self._factors[b][1]
            y[:] = left @ (weights * (left_inverse @ x @ right_inverse)) @ right
        return result
