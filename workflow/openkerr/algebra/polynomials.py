"""Normally ordered polynomials in the ladder operators a_k, a_k† of bosonic modes.

A polynomial is a map from monomials to complex coefficients.  A monomial is a tuple of ``(mode, creations,
annihilations)`` sorted by mode and stands for the product over modes of a_k†**creations a_k**annihilations; the empty
tuple is the identity.  Products are brought to normal order with

    a**q a†**p = sum_j  j! C(q, j) C(p, j)  a†**(p - j) a**(q - j).
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from itertools import product
from numbers import Complex, Integral
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from openkerr.numerics.arguments import check_whole

if TYPE_CHECKING:
    from scipy import sparse

Monomial = tuple[tuple[int, int, int], ...]


class Polynomial:
    """Operator polynomial in normal order; immutable, with ``+ - *``, ``/`` by numbers, powers and `adjoint`.

    Parameters
    ----------
    terms : mapping of monomial to complex
        Coefficients; zero ones are dropped.
    """

    __slots__ = ("terms",)

    def __init__(self, terms: Mapping[Monomial, complex]):
        self.terms = {key: complex(value) for key, value in sorted(terms.items()) if value != 0}

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Polynomial | Complex):
            return NotImplemented
        return self.terms == _as_polynomial(other).terms

    def __hash__(self) -> int:
        return hash(tuple(self.terms.items()))

    def __repr__(self) -> str:
        if not self.terms:
            return "0"
        return " + ".join(f"({value:g}){_name(key)}" for key, value in self.terms.items())

    def __add__(self, other: Polynomial | complex) -> Polynomial:
        terms = dict(self.terms)
        for key, value in _as_polynomial(other).terms.items():
            terms[key] = terms.get(key, 0) + value
        return Polynomial(terms)

    __radd__ = __add__

    def __neg__(self) -> Polynomial:
        return Polynomial({key: -value for key, value in self.terms.items()})

    def __sub__(self, other: Polynomial | complex) -> Polynomial:
        return self + (-_as_polynomial(other))

    def __rsub__(self, other: complex) -> Polynomial:
        return _as_polynomial(other) - self

    def __mul__(self, other: Polynomial | complex) -> Polynomial:
        terms: dict[Monomial, complex] = {}
        for (left, a), (right, b) in product(self.terms.items(), _as_polynomial(other).terms.items()):
            for key, factor in _normal_order(left, right):
                terms[key] = terms.get(key, 0) + a * b * factor
        return Polynomial(terms)

    def __rmul__(self, other: complex) -> Polynomial:
        return _as_polynomial(other) * self

    def __truediv__(self, divisor: object) -> Polynomial:
        if not isinstance(divisor, Complex):
            raise TypeError(f"a polynomial is divided by a {type(divisor).__name__}: allowed is a number")
        if divisor == 0:
            raise ValueError("a polynomial is divided by 0: allowed is another number")
        return Polynomial({key: value / complex(divisor) for key, value in self.terms.items()})

    def __pow__(self, exponent: int) -> Polynomial:
        check_whole("exponent", exponent, 0)
        result = IDENTITY
        for _ in range(exponent):
            result = result * self
        return result

    def adjoint(self) -> Polynomial:
        """Hermitian conjugate."""
        return Polynomial({tuple((k, q, p) for k, p, q in key): value.conjugate() for key, value in self.terms.items()})

    def charge(self, weights: Sequence[int]) -> int | None:
        """Charge d in [N, A] = -d A for N = sum_k weights[k] a_k† a_k; ``None`` if A has no definite charge."""
        charges = {sum(weights[k] * (q - p) for k, p, q in key) for key in self.terms}
        if len(charges) > 1:
            return None
        return charges.pop() if charges else 0

    def matrix(self, cutoffs: Sequence[int]) -> sparse.csr_matrix:
        """Matrix in the Fock basis of ``len(cutoffs)`` modes, mode 0 slowest, truncated after normal ordering.

        Parameters
        ----------
        cutoffs : sequence of int
            Number of Fock states kept in each mode.

        Returns
        -------
        scipy.sparse.csr_matrix
            Complex, shape (D, D) with D the product of the cutoffs.
        """
        from scipy import sparse  # a second of import that the simulations do without

        dimension = math.prod(cutoffs)
        total = sparse.csr_matrix((dimension, dimension), dtype=complex)
        for key, value in self.terms.items():
            powers = {k: (p, q) for k, p, q in key}
            factor = sparse.identity(1, format="csr")
            for k, cutoff in enumerate(cutoffs):
                p, q = powers.get(k, (0, 0))
                lower = sparse.diags(np.sqrt(np.arange(1, cutoff)), 1, format="csr")
                factor = sparse.kron(factor, lower.T**p @ lower**q, format="csr")
            total = total + value * factor
        return total


class JumpOperator(NamedTuple):
    """Dissipator ``rate`` D[``operator``] of a Lindblad equation; rate >= 0 in the model's unit of rates."""

    rate: float
    operator: Polynomial


IDENTITY = Polynomial({(): 1.0})


def annihilation(mode: int) -> Polynomial:
    """Annihilation operator a of a mode (numbered from 0).

    Raises
    ------
    ValueError
        If the mode is no whole number >= 0.
    """
    check_mode(mode)
    return Polynomial({((mode, 0, 1),): 1.0})


def creation(mode: int) -> Polynomial:
    """Creation operator a† of a mode, see `annihilation`."""
    check_mode(mode)
    return Polynomial({((mode, 1, 0),): 1.0})


def number(mode: int) -> Polynomial:
    """Number operator a†a of a mode, see `annihilation`."""
    check_mode(mode)
    return Polynomial({((mode, 1, 1),): 1.0})


def check_mode(mode: object) -> None:
    """Refuse what does not number a mode."""
    if isinstance(mode, bool) or not isinstance(mode, Integral) or int(mode) < 0:
        raise ValueError(f"mode is {mode!r}: allowed is a whole number >= 0")


def commutator(left: Polynomial, right: Polynomial) -> Polynomial:
    """[left, right], in normal order."""
    return left * right - right * left


def _as_polynomial(value: Any) -> Polynomial:
    if isinstance(value, Polynomial):
        return value
    try:
        if isinstance(value, str):
            raise TypeError
        number = complex(value)
    except (TypeError, ValueError):
        text = f"a polynomial is joined with a {type(value).__name__}: allowed are polynomials and numbers"
        raise TypeError(text) from None
    return Polynomial({(): number})


def _normal_order(left: Monomial, right: Monomial) -> Iterator[tuple[Monomial, int]]:
    """Yield (monomial, factor) of the product of two normally ordered monomials."""
    powers = {k: [p, q, 0, 0] for k, p, q in left}
    for k, p, q in right:
        powers.setdefault(k, [0, 0, 0, 0])[2:] = [p, q]
    choices = []
    for k in sorted(powers):
        p1, q1, p2, q2 = powers[k]
        choices.append(
            [
                ((k, p1 + p2 - j, q1 + q2 - j), math.factorial(j) * math.comb(q1, j) * math.comb(p2, j))
                for j in range(min(q1, p2) + 1)
            ]
        )
    for combination in product(*choices):
        key = tuple(entry for entry, _ in combination if entry[1] or entry[2])
        yield key, math.prod(factor for _, factor in combination)


def _name(key: Monomial) -> str:
    return "".join([f" a†{k}^{p}" for k, p, _ in key if p] + [f" a{k}^{q}" for k, _, q in key if q])
