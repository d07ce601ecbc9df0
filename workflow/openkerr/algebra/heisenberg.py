"""Heisenberg picture of a Lindblad equation in operator polynomials.

    d<X>/dt = <L†X>,    L†X = i [H, X] + sum_j (gamma_j / 2) (L_j† [X, L_j] + [L_j†, X] L_j)

Everything is linear in the Hamiltonian and bilinear in a jump operator's terms: commutators are taken monomial by
monomial, where their factors are whole numbers, so that what cancels in exact arithmetic cancels here too.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache

from openkerr.algebra.polynomials import JumpOperator, Monomial, Polynomial, commutator

Factors = tuple[tuple[Monomial, float], ...]


def heisenberg(hamiltonian: Polynomial, jump_operators: Sequence[JumpOperator], operator: Polynomial) -> Polynomial:
    """L†X, the operator whose expectation is d<X>/dt, in normal order.

    Parameters
    ----------
    hamiltonian : Polynomial
        Hamiltonian, hbar = 1.
    jump_operators : sequence of JumpOperator
        Dissipators with their rates.
    operator : Polynomial
        X.
    """
    terms: dict[Monomial, complex] = {}
    for target, weight in operator.terms.items():
        modes = _modes(target)
        for key, value in hamiltonian.terms.items():
            if modes & _modes(key):
                _accumulate(terms, _unit_commutator(key, target), 1j * value * weight)
        for rate, jump in jump_operators:
            for left, a in jump.terms.items():
                for right, b in jump.terms.items():
                    if modes & (_modes(left) | _modes(right)):
                        factor = 0.5 * rate * a.conjugate() * b * weight
                        _accumulate(terms, _unit_dissipator(left, right, target), factor)
    return Polynomial(terms)


def jump_commutator(jump: Polynomial, mode: int) -> tuple[Polynomial, Polynomial]:
    """[L†, a] and [a, L] for the annihilation operator a of a mode."""
    creates: dict[Monomial, complex] = {}
    lowers: dict[Monomial, complex] = {}
    target = ((mode, 0, 1),)
    for key, value in jump.terms.items():
        adjoint = tuple((k, q, p) for k, p, q in key)
        _accumulate(creates, _unit_commutator(adjoint, target), value.conjugate())
        _accumulate(lowers, _unit_commutator(target, key), value)
    return Polynomial(creates), Polynomial(lowers)


def modes_of(polynomials: Iterable[Polynomial]) -> set[int]:
    """Modes that some polynomials act on."""
    return {mode for polynomial in polynomials for key in polynomial.terms for mode in _modes(key)}


def _accumulate(terms: dict[Monomial, complex], factors: Factors, weight: complex) -> None:
    for key, factor in factors:
        terms[key] = terms.get(key, 0) + weight * factor


def _modes(key: Monomial) -> set[int]:
    return {k for k, _, _ in key}


@lru_cache(maxsize=65536)
def _unit_commutator(left: Monomial, right: Monomial) -> Factors:
    result = commutator(Polynomial({left: 1.0}), Polynomial({right: 1.0}))
    return tuple((key, value.real) for key, value in result.terms.items())


@lru_cache(maxsize=65536)
def _unit_dissipator(left: Monomial, right: Monomial, target: Monomial) -> Factors:
    """l† [X, r] + [l†, X] r for monomials l, r, X."""
    creates = Polynomial({left: 1.0}).adjoint()
    lowers, x = Polynomial({right: 1.0}), Polynomial({target: 1.0})
    result = creates * commutator(x, lowers) + commutator(creates, x) * lowers
    return tuple((key, value.real) for key, value in result.terms.items())
