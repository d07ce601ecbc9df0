"""Blocks of a Liouvillian by charge sector, built from a model's operators without the full superoperator.

    L rho = -i [H, rho] + sum_j rate_j (L_j rho L_j† - ½ {L_j† L_j, rho})

Operators are polynomials in the ladder operators, truncated as matrices between Fock states below the cutoffs.  A term
takes a coherence |n><m| to one other, with an amplitude that is a product over modes of a factor of (n_k, m_k).  If
the model has a weak U(1) symmetry with weights w, L keeps the charge k = w·(n − m), and each charge has a block.

On a pruned basis a jump out of a coherence may end outside.  Its share of the anticommutator is then left out, so that
populations leave the basis by the Hamiltonian alone; jumps that the truncation itself has cut keep their share.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from openkerr.algebra.polynomials import Monomial, Polynomial
from openkerr.models.base import Model
from openkerr.solvers.coherence_basis import CoherenceBasis, box_basis
from openkerr.solvers.liouvillian_kernel import combine

if TYPE_CHECKING:
    from scipy import sparse


class SymmetryError(ValueError):
    """A model whose Liouvillian has no sectors, or does not keep the charge that it names."""


@dataclass(frozen=True)
class _Chain:
    """A product of monomials between truncated Fock spaces: per mode, factors by the source and the shift."""

    factors: tuple[np.ndarray, ...]
    shifts: tuple[int, ...]


@dataclass(frozen=True)
class _Term:
    """coefficient × left . rho . right, both sides read as maps from source to target."""

    coefficient: complex
    left: _Chain
    right: _Chain

    @property
    def is_diagonal(self) -> bool:
        return not any(self.left.shifts) and not any(self.right.shifts)


@dataclass(frozen=True)
class _Jump:
    """A jump of one monomial: where it goes, and the anticommutator that belongs to it."""

    rate: float
    chain: _Chain
    loss: _Chain


class LiouvillianBlock:
    """The block of one charge on one basis, as a sparse matrix and as a compiled product.

    Parameters
    ----------
    model : Model
        With a weak U(1) symmetry.
    basis : CoherenceBasis
        Coherences, see `sector_basis`.

    Raises
    ------
    SymmetryError
        If the model has no symmetry, or a term that changes the charge.
    """

    def __init__(self, model: Model, basis: CoherenceBasis):
        self.model, self.basis = model, basis
        weights = check_symmetry(model)
        if weights != basis.weights:
            raise ValueError(f"the basis has weights {basis.weights}: allowed are the model's, {weights}")
        terms, self._jumps = _terms(model, basis.cutoffs)
        for term in terms:
            change = sum(w * (a - b) for w, a, b in zip(weights, term.left.shifts, term.right.shifts, strict=True))
            if change:
                raise SymmetryError(
                    f"{type(model).__name__} has a term that changes the charge by {change}: it has no sectors of "
                    f"weights {weights}"
                )
        self._diagonal_terms = [term for term in terms if term.is_diagonal]
        self._couplings = [term for term in terms if not term.is_diagonal]

    @property
    def size(self) -> int:
        """Number of coherences."""
        return self.basis.size

    @cached_property
    def diagonal(self) -> np.ndarray:
        """Diagonal, with the losses of pruned jumps left out: (size,) complex."""
        basis = self.basis
        right = [basis.occupations(mode) for mode in range(basis.n_modes)]
        left = [m + basis.differences(mode) for mode, m in enumerate(right)]
        total = np.zeros(basis.size, dtype=complex)
        for term in self._diagonal_terms:
            total += term.coefficient * _amplitude(term.left, left) * _amplitude(term.right, right)
        labels = basis.labels[basis.run]
        for jump in self._jumps:
            exists = (_amplitude(jump.chain, left) != 0) & (_amplitude(jump.chain, right) != 0)
            moved = labels.copy()
            moved[:, basis.n_modes :] += np.array(jump.chain.shifts[:-1], dtype=int)
            pruned = exists & (basis.index(moved, basis.last + jump.chain.shifts[-1]) < 0)
            loss = _amplitude(jump.loss, left) + _amplitude(jump.loss, right)
            total += np.where(pruned, 0.5 * jump.rate * loss, 0.0)
        return total

    @cached_property
    def matrix(self) -> sparse.csc_matrix:
        """The block as a sparse matrix, (size, size) complex."""
        from scipy import sparse

        basis = self.basis
        right = [basis.occupations(mode) for mode in range(basis.n_modes)]
        left = [m + basis.differences(mode) for mode, m in enumerate(right)]
        everything = np.arange(basis.size)
        rows, columns, values = [everything], [everything], [self.diagonal]
        for term in self._couplings:
            runs = basis.find_runs(basis.labels + _label_shift(term))
            target = basis.index_in_runs(runs[basis.run], basis.last + term.right.shifts[-1])
            value = np.asarray(term.coefficient * _amplitude(term.left, left) * _amplitude(term.right, right))
            kept = (target >= 0) & (value != 0)
            rows.append(target[kept])
            columns.append(everything[kept])
            values.append(value[kept])
        entries = (np.concatenate(values), (np.concatenate(rows), np.concatenate(columns)))
        return sparse.csc_matrix(entries, shape=(basis.size, basis.size))

    @cached_property
    def _arrays(self) -> tuple:
        basis, couplings = self.basis, self._couplings
        n, n_runs = basis.n_modes, len(basis.low)
        cutoff = basis.cutoffs[-1]
        source = np.empty((n_runs, len(couplings)), dtype=np.int32)
        scalar = np.zeros((2, n_runs, len(couplings)))
        table = np.zeros((len(couplings), 2 * cutoff - 1, cutoff))
        occupation = np.arange(cutoff)
        left_last = np.arange(1 - cutoff, cutoff)[:, None] + occupation
        for t, term in enumerate(couplings):
            labels = basis.labels - _label_shift(term)
            source[:, t] = basis.find_runs(labels)
            right = [labels[:, n + mode] for mode in range(n - 1)]
            left = [m + labels[:, mode] for mode, m in enumerate(right)]
            factor = term.coefficient * _amplitude(term.left, left) * _amplitude(term.right, right)
            factor = np.where(source[:, t] >= 0, factor, 0.0) * np.ones(n_runs)
            scalar[:, :, t] = factor.real, factor.imag
            source[factor == 0, t] = -1
            table[t] = _factor(term.left.factors[-1], left_last) * term.right.factors[-1]
        shift = np.array([term.right.shifts[-1] for term in couplings], dtype=np.int64)
        row = basis.labels[:, n - 1] + cutoff - 1
        diagonal = np.stack([self.diagonal.real, self.diagonal.imag])
        ranges = (basis.starts.astype(np.int64), basis.low.astype(np.int64), basis.high.astype(np.int64))
        return *ranges, diagonal, source, scalar, table, row.astype(np.int64), shift

    def combine(self, x: np.ndarray, y: np.ndarray, a: float = 1.0, b: float = 0.0, c: float = 0.0) -> np.ndarray:
        """y[:] = a L x + b x + c y, in place; x, y: (2, size) real and imaginary parts."""
        combine(x, y, *self._arrays, a, b, c)
        return y

    def apply(self, vector: np.ndarray) -> np.ndarray:
        """L times a complex vector (size,)."""
        return joined(self.combine(parted(vector), np.zeros((2, self.size))))

    def trace_of_image(self, vector: np.ndarray) -> complex:
        """Trace of L rho for a vector of charge zero: what leaks out of the basis."""
        return complex(self.apply(vector)[self.basis.populations()].sum())


def sector_basis(model: Model, charge: int, cutoffs: Sequence[int]) -> CoherenceBasis:
    """All coherences of a charge between Fock states below the cutoffs.

    Raises
    ------
    SymmetryError
        If the model has no symmetry.
    ValueError
        If the cutoffs are not one positive number a mode, or no coherence has the charge.
    """
    weights = check_symmetry(model)
    if len(cutoffs) != len(weights) or min(cutoffs) < 1:
        raise ValueError(f"cutoffs are {tuple(cutoffs)}: allowed is one positive number a mode, {len(weights)}")
    return box_basis(weights, charge, cutoffs)


def check_symmetry(model: Model) -> tuple[int, ...]:
    """Weights of the model's weak U(1) symmetry.

    Raises
    ------
    SymmetryError
        If it has none.
    """
    if model.symmetry is None:
        raise SymmetryError(
            f"{type(model).__name__} has no weak U(1) symmetry, so that its Liouvillian has no charge sectors: "
            "allowed is a model with symmetry weights"
        )
    return tuple(map(int, model.symmetry))


def parted(vector: np.ndarray) -> np.ndarray:
    """Real and imaginary parts of a complex vector as (2, size)."""
    return np.stack([vector.real, vector.imag]).astype(float)


def joined(parts: np.ndarray) -> np.ndarray:
    """Complex vector from its parts (2, size)."""
    return parts[0] + 1j * parts[1]


def _terms(model: Model, cutoffs: Sequence[int]) -> tuple[list[_Term], list[_Jump]]:
    one = _chain((), cutoffs)
    terms, jumps = [], []
    for key, value in model.hamiltonian().terms.items():
        chain = _chain((key,), cutoffs)
        terms += [_Term(-1j * value, chain, one), _Term(1j * value.conjugate(), one, chain)]
    for rate, operator in model.jump_operators():
        for first, a in operator.terms.items():
            for second, b in operator.terms.items():
                here, there = _chain((first,), cutoffs), _chain((second,), cutoffs)
                terms.append(_Term(rate * a * b.conjugate(), here, there))
                loss = _chain((second, _adjoint(first)), cutoffs)
                value = -0.5 * rate * a.conjugate() * b
                terms += [_Term(value, loss, one), _Term(value.conjugate(), one, loss)]
        if len(operator.terms) == 1:
            ((key, value),) = operator.terms.items()
            loss = _chain((key, _adjoint(key)), cutoffs)
            jumps.append(_Jump(rate * abs(value) ** 2, _chain((key,), cutoffs), loss))
    return _merged(terms), jumps


def _merged(terms: Sequence[_Term]) -> list[_Term]:
    """Terms without those that vanish; diagonal ones are kept apart since their factors differ."""
    return [
        term
        for term in terms
        if term.coefficient != 0
        and all(factors.any() for chain in (term.left, term.right) for factors in chain.factors)
    ]


def _adjoint(key: Monomial) -> Monomial:
    return tuple((k, q, p) for k, p, q in key)


def _chain(keys: Sequence[Monomial], cutoffs: Sequence[int]) -> _Chain:
    """Monomials applied one after the other, each as a truncated matrix."""
    factors = [np.ones(cutoff) for cutoff in cutoffs]
    shifts = [0] * len(cutoffs)
    for key in keys:
        for mode, p, q in key:
            source = np.arange(cutoffs[mode]) + shifts[mode]
            factors[mode] = factors[mode] * _ladder(p, q, source, cutoffs[mode])
            shifts[mode] += p - q
    return _Chain(tuple(factors), tuple(shifts))


def _ladder(p: int, q: int, source: np.ndarray, cutoff: int) -> np.ndarray:
    """<n − q + p| a†**p a**q |n> for the sources n; zero if source or target are outside 0 <= n < cutoff."""
    squared = np.ones(len(source))
    for j in range(q):
        squared = squared * (source - j)
    for j in range(1, p + 1):
        squared = squared * (source - q + j)
    inside = (source >= q) & (source < cutoff) & (source - q + p < cutoff)
    return np.sqrt(np.where(inside, squared, 0.0))


def _factor(factors: np.ndarray, occupation: np.ndarray) -> np.ndarray:
    inside = (occupation >= 0) & (occupation < len(factors))
    return np.where(inside, factors[np.where(inside, occupation, 0)], 0.0)


def _amplitude(chain: _Chain, occupations: Sequence[np.ndarray]) -> np.ndarray | float:
    """Product over the first modes of the factors of a chain at some sources."""
    return math.prod(_factor(factors, n) for factors, n in zip(chain.factors, occupations, strict=False))


def _label_shift(term: _Term) -> np.ndarray:
    """Labels of the target's run less those of the source's."""
    difference = [a - b for a, b in zip(term.left.shifts, term.right.shifts, strict=True)]
    return np.array([*difference, *term.right.shifts[:-1]], dtype=int)


def expectation_weights(basis: CoherenceBasis, operator: Polynomial) -> np.ndarray:
    """Vector w with Tr(A rho) = w·rho, for an operator A of charge minus the basis' or of definite charge.

    Parameters
    ----------
    operator : Polynomial

    Returns
    -------
    (size,) complex
    """
    total = np.zeros(basis.size, dtype=complex)
    right = [basis.occupations(mode) for mode in range(basis.n_modes)]
    left = [m + basis.differences(mode) for mode, m in enumerate(right)]
    for key, value in operator.terms.items():
        chain = _chain((key,), basis.cutoffs)
        meets = np.ones(basis.size, dtype=bool)
        for mode, shift in enumerate(chain.shifts):
            meets &= left[mode] + shift == right[mode]
        total += np.where(meets, value * _amplitude(chain, left), 0.0)
    return total
