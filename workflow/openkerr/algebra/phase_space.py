"""Polynomials in the complex fields alpha_k, alpha_k* of phase space.

They have the form of `openkerr.algebra.polynomials.Polynomial`, a map from monomials to coefficients with
``(mode, powers of alpha*, powers of alpha)`` in the place of creations and annihilations, and commute.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import product
from typing import Any

import numpy as np

from openkerr.algebra.polynomials import Monomial


class PhaseSpacePolynomial:
    """Commuting polynomial in alpha_k and alpha_k*; immutable, with ``+ - *``, derivatives and evaluation.

    Parameters
    ----------
    terms : mapping of monomial to complex
        Coefficients; zero ones are dropped.
    """

    __slots__ = ("terms",)

    def __init__(self, terms: Mapping[Monomial, complex]):
        self.terms = {key: complex(value) for key, value in sorted(terms.items()) if value != 0}

    def __eq__(self, other: object) -> bool:
        return self.terms == _as_polynomial(other).terms

    def __hash__(self) -> int:
        return hash(tuple(self.terms.items()))

    def __repr__(self) -> str:
        return " + ".join(f"({value:g}){_name(key)}" for key, value in self.terms.items()) or "0"

    def __add__(self, other: PhaseSpacePolynomial | complex) -> PhaseSpacePolynomial:
        terms = dict(self.terms)
        for key, value in _as_polynomial(other).terms.items():
            terms[key] = terms.get(key, 0) + value
        return PhaseSpacePolynomial(terms)

    __radd__ = __add__

    def __neg__(self) -> PhaseSpacePolynomial:
        return PhaseSpacePolynomial({key: -value for key, value in self.terms.items()})

    def __sub__(self, other: PhaseSpacePolynomial | complex) -> PhaseSpacePolynomial:
        return self + (-_as_polynomial(other))

    def __rsub__(self, other: complex) -> PhaseSpacePolynomial:
        return _as_polynomial(other) - self

    def __mul__(self, other: PhaseSpacePolynomial | complex) -> PhaseSpacePolynomial:
        terms: dict[Monomial, complex] = {}
        for (left, a), (right, b) in product(self.terms.items(), _as_polynomial(other).terms.items()):
            key = _joined(left, right)
            terms[key] = terms.get(key, 0) + a * b
        return PhaseSpacePolynomial(terms)

    __rmul__ = __mul__

    def conj(self) -> PhaseSpacePolynomial:
        """Complex conjugate."""
        return PhaseSpacePolynomial(
            {tuple((k, q, p) for k, p, q in key): value.conjugate() for key, value in self.terms.items()}
        )

    def derivative(self, mode: int, conjugate: bool = False) -> PhaseSpacePolynomial:
        """Derivative with respect to alpha of a mode, or to alpha* if ``conjugate``."""
        terms = {}
        for key, value in self.terms.items():
            for index, (k, p, q) in enumerate(key):
                power = p if conjugate else q
                if k == mode and power:
                    lower = (k, p - 1, q) if conjugate else (k, p, q - 1)
                    rest = (lower,) if lower[1] or lower[2] else ()
                    terms[key[:index] + rest + key[index + 1 :]] = power * value
        return PhaseSpacePolynomial(terms)

    def rescaled(self, scale: float, power: int = 0) -> PhaseSpacePolynomial:
        """scale**power times the same function of the fields beta, where alpha = scale beta."""
        return PhaseSpacePolynomial({key: value * scale ** (degree(key) + power) for key, value in self.terms.items()})

    def __call__(self, fields: np.ndarray) -> np.ndarray:
        """Value at fields of shape (n_modes, ...): complex array of shape (...)."""
        fields = np.asarray(fields, dtype=complex)
        total = np.zeros(fields.shape[1:], dtype=complex)
        for key, value in self.terms.items():
            factor = np.full(fields.shape[1:], value)
            for k, p, q in key:
                factor = factor * fields[k].conj() ** p * fields[k] ** q
            total += factor
        return total


def field(mode: int) -> PhaseSpacePolynomial:
    """The field alpha of a mode (numbered from 0)."""
    return PhaseSpacePolynomial({((mode, 0, 1),): 1.0})


def degree(key: Monomial) -> int:
    """Number of factors of a monomial."""
    return sum(p + q for _, p, q in key)


def _as_polynomial(value: Any) -> PhaseSpacePolynomial:
    return value if isinstance(value, PhaseSpacePolynomial) else PhaseSpacePolynomial({(): value})


def _joined(left: Monomial, right: Monomial) -> Monomial:
    powers = {k: (p, q) for k, p, q in left}
    for k, p, q in right:
        p0, q0 = powers.get(k, (0, 0))
        powers[k] = (p0 + p, q0 + q)
    return tuple((k, p, q) for k, (p, q) in sorted(powers.items()))


def _name(key: Monomial) -> str:
    return "".join([f" α{k}*^{p}" for k, p, _ in key if p] + [f" α{k}^{q}" for k, _, q in key if q])
