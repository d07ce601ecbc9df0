"""Equations of motion of normally ordered moments, closed by dropping cumulants above a chosen order.

The Heisenberg equation of a moment of order n holds moments of order above n.  The closure sets every joint cumulant
of more than ``order`` ladder operators to zero, which writes a higher moment in those of order up to ``order`` [1, 2]:

    <X_S> = sum over T in S that hold its first operator, |T| <= order, of kappa(T) <X_(S - T)>

Within a moment the operators stand in normal order, so that sets of them are enough.  Order 1 is the
Gross-Pitaevskii equation, order 2 the Gaussian one, exact where the Liouvillian is quadratic.

[1] R. Kubo, J. Phys. Soc. Jpn. 17, 1100 (1962).  [2] D. Plankensteiner, C. Hotter and H. Ritsch, Quantum 6, 617 (2022).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import combinations

import numpy as np
from numpy.typing import ArrayLike
from scipy import sparse

from openkerr.algebra.heisenberg import heisenberg, modes_of
from openkerr.algebra.polynomials import JumpOperator, Monomial, Polynomial

Product = tuple[Monomial, ...]
_Operators = tuple[tuple[int, bool], ...]
_Expansion = tuple[tuple[Product, float], ...]


class MomentEquations:
    """Closed equations of motion of moments, d(y)/dt = coefficients @ prod(extended[factors]).

    Attributes
    ----------
    moments : tuple of monomial
        Normally ordered moments that are integrated; their conjugates are not listed.
    order : int
        Highest order of the cumulants that are kept.
    factors : int array (n_products, n_factors)
        Which entries of ``extended`` = (1, y, y*) every product multiplies.
    coefficients : complex CSR matrix (n_moments, n_products)
        Weights of the products.
    """

    def __init__(
        self,
        moments: Sequence[Monomial],
        order: int,
        derivatives: Sequence[dict[Product, complex]],
        charges: tuple[int, ...] | None,
    ):
        self.moments = tuple(moments)
        self.order = order
        self._charges = charges
        self._index = {key: index for index, key in enumerate(self.moments)}
        products = {key: index for index, key in enumerate(sorted({key for row in derivatives for key in row}))}
        self.factors = self._factor_array(list(products))
        entries = [(i, products[key], value) for i, row in enumerate(derivatives) for key, value in row.items()]
        rows, columns, values = zip(*entries, strict=True) if entries else ((), (), ())
        self.coefficients = sparse.csr_matrix(
            (np.array(values, dtype=complex), (np.array(rows, dtype=int), np.array(columns, dtype=int))),
            shape=(len(self.moments), len(products)),
        )

    def rhs(self, t: float, y: np.ndarray) -> np.ndarray:
        """d(y)/dt; ``t`` is not used.

        Parameters
        ----------
        t : float
            Time.
        y : complex array (n_moments,) or (n_moments, n_states)
            Moments, in the order of ``moments``.
        """
        return self.coefficients @ _multiply(self.factors, y)

    def coherent_state(self, alpha: ArrayLike) -> np.ndarray:
        """Moments of a product of coherent states with amplitudes ``alpha`` (n_modes,): complex (n_moments,)."""
        alpha = np.asarray(alpha, dtype=complex)
        return np.array(
            [np.prod([alpha[k].conj() ** p * alpha[k] ** q for k, p, q in key]) for key in self.moments], dtype=complex
        )

    def expectation(self, operator: Polynomial, y: np.ndarray) -> np.ndarray:
        """Expectation of an operator polynomial, closed like the equations.

        Parameters
        ----------
        operator : Polynomial
            Any operator.
        y : complex array (n_moments, ...)
            Moments.

        Returns
        -------
        complex array (...)

        Raises
        ------
        KeyError
            If it needs a moment that the equations do not hold.
        """
        closed = _closed(operator, self.order, self._charges)
        weights = np.array(list(closed.values()), dtype=complex)
        return np.tensordot(weights, _multiply(self._factor_array(list(closed)), y), axes=1)

    def _factor_array(self, products: list[Product]) -> np.ndarray:
        width = max((len(key) for key in products), default=0)
        factors = np.zeros((len(products), width), dtype=np.int64)
        for row, product in enumerate(products):
            factors[row, : len(product)] = [self._place(key) for key in product]
        return factors

    def _place(self, key: Monomial) -> int:
        """Index of a moment, or of its conjugate, in (1, y, y*)."""
        known = _representative(key)
        if known not in self._index:
            raise KeyError(f"moment {Polynomial({key: 1})!r} is not among those of the equations")
        return 1 + self._index[known] + (0 if known == key else len(self.moments))


def moment_equations(
    hamiltonian: Polynomial,
    jump_operators: Iterable[JumpOperator],
    order: int,
    start: Iterable[Polynomial],
    symmetry: Sequence[int] | None = None,
) -> MomentEquations:
    """Equations of motion of all moments that some operators lead to.

    Parameters
    ----------
    hamiltonian, jump_operators
        Lindblad equation, hbar = 1.
    order : int
        Highest order of the cumulants that are kept, at least 1.
    start : iterable of Polynomial
        Operators whose expectations are wanted; their monomials are of order up to ``order``, or are closed.
    symmetry : sequence of int, optional
        Weights of a U(1) symmetry that the state has as well: moments that carry a charge are zero and are left out.

    Raises
    ------
    ValueError
        If the order is less than 1.
    """
    if order < 1:
        raise ValueError(f"order is {order}: allowed is a whole number >= 1")
    charges = None if symmetry is None else tuple(symmetry)
    local = _LocalTerms(hamiltonian, [jump for jump in jump_operators if jump.rate != 0])
    found: dict[Monomial, dict[Product, complex]] = {}
    queue = [key for operator in start for product in _closed(operator, order, charges) for key in product]
    while queue:
        key = _representative(queue.pop())
        if key in found:
            continue
        found[key] = _closed(local.derivative(key), order, charges)
        queue += [factor for product in found[key] for factor in product]
    moments = sorted(found, key=lambda key: (sum(p + q for _, p, q in key), key))
    return MomentEquations(moments, order, [found[key] for key in moments], charges)


class _LocalTerms:
    """Terms of a Lindblad equation by mode: a moment's derivative needs only those that share a mode with it."""

    def __init__(self, hamiltonian: Polynomial, jump_operators: list[JumpOperator]):
        self.terms: dict[int, dict[Monomial, complex]] = {}
        self.jumps: dict[int, list[int]] = {}
        self.jump_operators = jump_operators
        for key, value in hamiltonian.terms.items():
            for mode, _, _ in key:
                self.terms.setdefault(mode, {})[key] = value
        for index, (_, jump) in enumerate(jump_operators):
            for mode in modes_of([jump]):
                self.jumps.setdefault(mode, []).append(index)

    def derivative(self, key: Monomial) -> Polynomial:
        hamiltonian: dict[Monomial, complex] = {}
        jumps: set[int] = set()
        for mode, _, _ in key:
            hamiltonian |= self.terms.get(mode, {})
            jumps |= set(self.jumps.get(mode, ()))
        return heisenberg(
            Polynomial(hamiltonian), [self.jump_operators[index] for index in sorted(jumps)], Polynomial({key: 1.0})
        )


def _multiply(factors: np.ndarray, y: np.ndarray) -> np.ndarray:
    extended = np.concatenate([np.ones_like(y[:1], dtype=complex), y, np.conj(y)])
    products = np.ones((factors.shape[0], *y.shape[1:]), dtype=complex)
    for column in factors.T:
        products *= extended[column]
    return products


def _representative(key: Monomial) -> Monomial:
    """The one of a monomial and its adjoint that stands for both: more annihilations, else creations first."""
    adjoint = tuple((k, q, p) for k, p, q in key)
    return max(key, adjoint, key=lambda entry: (sum(q - p for _, p, q in entry), entry))


def _closed(operator: Polynomial, order: int, charges: tuple[int, ...] | None) -> dict[Product, complex]:
    """Expectation of an operator as a polynomial in moments of order up to ``order``."""
    total: dict[Product, complex] = {}
    for key, value in operator.terms.items():
        for product, factor in _moment(_operators(key), order):
            if charges is None or not any(_charge(moment, charges) for moment in product):
                total[product] = total.get(product, 0) + factor * value
    return {product: value for product, value in total.items() if value != 0}


def _charge(key: Monomial, weights: tuple[int, ...]) -> int:
    return sum(weights[k] * (q - p) for k, p, q in key)


def _operators(key: Monomial) -> _Operators:
    """The ladder operators of a monomial, (mode, whether it annihilates)."""
    return tuple(entry for k, p, q in key for entry in [(k, False)] * p + [(k, True)] * q)


@lru_cache(maxsize=65536)
def _moment(operators: _Operators, order: int) -> _Expansion:
    """Moment of a set of operators in moments of order up to ``order``."""
    if not operators:
        return (((), 1.0),)
    if len(operators) <= order:
        powers: dict[int, list[int]] = {}
        for mode, lowers in operators:
            powers.setdefault(mode, [0, 0])[lowers] += 1
        return (((tuple((k, p, q) for k, (p, q) in sorted(powers.items())),), 1.0),)
    total: dict[Product, float] = {}
    for block, rest in _splits(operators, order):
        _add_product(total, _cumulant(block, order), _moment(rest, order), 1.0)
    return tuple((product, value) for product, value in total.items() if value != 0)


@lru_cache(maxsize=65536)
def _cumulant(operators: _Operators, order: int) -> _Expansion:
    """Joint cumulant of at most ``order`` operators in their moments."""
    total = dict(_moment(operators, order))
    for block, rest in _splits(operators, len(operators) - 1):
        _add_product(total, _cumulant(block, order), _moment(rest, order), -1.0)
    return tuple((product, value) for product, value in total.items() if value != 0)


def _splits(operators: _Operators, largest: int) -> Iterator[tuple[_Operators, _Operators]]:
    """Yield every subset of up to ``largest`` operators that holds the first one, and the rest."""
    others = range(1, len(operators))
    for size in range(largest):
        for chosen in combinations(others, size):
            block = tuple(operators[i] for i in (0, *chosen))
            yield block, tuple(operators[i] for i in others if i not in chosen)


def _add_product(total: dict[Product, float], left: _Expansion, right: _Expansion, sign: float) -> None:
    for (first, a), (second, b) in ((x, y) for x in left for y in right):
        key = tuple(sorted(first + second))
        total[key] = total.get(key, 0.0) + sign * a * b
