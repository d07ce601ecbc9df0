"""Wigner-Weyl calculus: from a Lindblad equation to field equations.

An operator is mapped to its Weyl symbol, a function of the fields; products of operators become Moyal products, and
the Lindblad equation an equation of motion of the Wigner function [1, 2].  Cut after the second derivatives (the
truncated Wigner approximation; the Hamiltonian has none of second order, its first neglected one is of third) it is a
Fokker-Planck equation with all derivatives to the left, that is an Ito equation

    d(alpha_k) = A_k dt + noise,   <d(alpha_j) d(alpha_k)*> = D_jk dt,   <d(alpha_j) d(alpha_k)> = P_jk dt
    A_k = symbol(L† a_k)
    D_jk = symbol(sum_l (gamma_l / 2) ([L†, a_j] [a_k†, L] + [L†, a_k†] [a_j, L]))
    P_jk = symbol(sum_l (gamma_l / 2) ([L†, a_j] [a_k, L] + [L†, a_k] [a_j, L]))

The diffusion is symbol(L†S - ½{x, L†y} - ½{y, L†x}) with S = ½{x, y}, for two ladder operators x and y: second moments
less what the drift makes of them.  By Lindblad's dissipation function [3] it takes the form above, without H.

[1] A. Polkovnikov, Ann. Phys. 325, 1790 (2010).  [2] C. W. Gardiner and P. Zoller, Quantum Noise (Springer, 2004),
ch. 4.  [3] G. Lindblad, Commun. Math. Phys. 48, 119 (1976).
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations_with_replacement, product
from typing import Literal

import numpy as np

from openkerr.algebra.heisenberg import heisenberg, jump_commutator
from openkerr.algebra.phase_space import PhaseSpacePolynomial
from openkerr.algebra.polynomials import JumpOperator, Monomial, Polynomial, annihilation

Diffusion = Literal["exact", "leading"]


@dataclass(frozen=True)
class FokkerPlanck:
    """Fokker-Planck equation of the truncated Wigner approximation, Ito form.

    Attributes
    ----------
    drift : tuple of PhaseSpacePolynomial
        A_k of every mode.
    diffusion, anomalous : dict of (int, int) to PhaseSpacePolynomial
        D_jk and P_jk, for all pairs of modes where they are not zero.
    fields : tuple of dict of int to PhaseSpacePolynomial
        Noise of real Wiener processes, d(alpha_j) = sum_r g_r,j dw_r, that has the diffusion of leading order; modes
        that a field leaves alone are left out.
    """

    drift: tuple[PhaseSpacePolynomial, ...]
    diffusion: dict[tuple[int, int], PhaseSpacePolynomial]
    anomalous: dict[tuple[int, int], PhaseSpacePolynomial]
    fields: tuple[dict[int, PhaseSpacePolynomial], ...] = ()

    def diffusion_matrix(self, modes: Sequence[int], fields: np.ndarray) -> np.ndarray:
        """Real diffusion matrix <dx dx'>/dt of some modes at one state, in the order (Re, Im) of each mode.

        Parameters
        ----------
        modes : sequence of int
            The modes, m of them.
        fields : complex array (n_modes,)
            State.

        Returns
        -------
        float array (2 m, 2 m)
        """
        matrix = np.zeros((2 * len(modes), 2 * len(modes)))
        for (row, j), (column, k) in product(enumerate(modes), repeat=2):
            d, p = (complex(part[j, k](fields)) if (j, k) in part else 0j for part in (self.diffusion, self.anomalous))
            matrix[2 * row : 2 * row + 2, 2 * column : 2 * column + 2] = 0.5 * np.array(
                [[(d + p).real, (p - d).imag], [(p + d).imag, (d - p).real]]
            )
        return matrix


def normal_symbol(operator: Polynomial) -> PhaseSpacePolynomial:
    """Normally ordered symbol, <alpha|X|alpha>: a -> alpha, a† -> alpha* in normal order."""
    return PhaseSpacePolynomial(operator.terms)


def weyl_symbol(operator: Polynomial) -> PhaseSpacePolynomial:
    """Weyl symbol: a†**p a**q -> sum_j (-½)**j j! C(p, j) C(q, j) alpha***(p - j) alpha**(q - j).

    Its average over the Wigner function is the expectation of the operator (Gardiner & Zoller, sec. 4.4).
    """
    terms: dict[Monomial, complex] = {}
    for key, value in operator.terms.items():
        choices = [
            [
                ((k, p - j, q - j), (-0.5) ** j * math.factorial(j) * math.comb(p, j) * math.comb(q, j))
                for j in range(min(p, q) + 1)
            ]
            for k, p, q in key
        ]
        _add_products(terms, choices, value)
    return PhaseSpacePolynomial(terms)


def moyal_product(left: PhaseSpacePolynomial, right: PhaseSpacePolynomial) -> PhaseSpacePolynomial:
    """Symbol of the product of two operators from their Weyl symbols.

    f exp[½ sum_k (<-d/d(alpha_k) ->d/d(alpha_k)* - <-d/d(alpha_k)* ->d/d(alpha_k))] g (Polkovnikov 2010, sec. 2).
    """
    terms: dict[Monomial, complex] = {}
    for (first, a), (second, b) in product(left.terms.items(), right.terms.items()):
        powers = {k: (p, q, 0, 0) for k, p, q in first}
        for k, p, q in second:
            powers[k] = (*powers.get(k, (0, 0))[:2], p, q)
        _add_products(terms, [list(_contractions(k, *powers[k])) for k in sorted(powers)], a * b)
    return PhaseSpacePolynomial(terms)


def gross_pitaevskii(
    hamiltonian: Polynomial, jump_operators: Sequence[JumpOperator], n_modes: int, field_scale: float = 1.0
) -> tuple[PhaseSpacePolynomial, ...]:
    """Right-hand sides of the Gross-Pitaevskii equation: d<a_k>/dt in a coherent state.

    Parameters
    ----------
    hamiltonian, jump_operators
        Lindblad equation, hbar = 1.
    n_modes : int
        Number of modes.
    field_scale : float
        The fields are alpha = a / field_scale.

    Returns
    -------
    tuple of PhaseSpacePolynomial
        d(alpha_k)/dt of every mode.
    """
    return tuple(
        normal_symbol(heisenberg(hamiltonian, jump_operators, annihilation(mode))).rescaled(field_scale, -1)
        for mode in range(n_modes)
    )


def truncated_wigner(
    hamiltonian: Polynomial,
    jump_operators: Sequence[JumpOperator],
    n_modes: int,
    field_scale: float = 1.0,
    diffusion: Diffusion = "exact",
) -> FokkerPlanck:
    """Fokker-Planck equation of the truncated Wigner approximation.

    Parameters
    ----------
    hamiltonian, jump_operators
        Lindblad equation, hbar = 1.
    n_modes : int
        Number of modes.
    field_scale : float
        The fields are alpha = a / field_scale.
    diffusion : {"exact", "leading"}
        The symbols of D and P, or the products of the symbols of the commutators in them.  The latter lacks terms of
        the order of the vacuum's fluctuations, and is never negative: for L = a**2, 2|alpha|**2 in the place of
        2|alpha|**2 - 1.
    """
    drift = tuple(
        weyl_symbol(heisenberg(hamiltonian, jump_operators, annihilation(mode))).rescaled(field_scale, -1)
        for mode in range(n_modes)
    )
    symbol = _product_symbol if diffusion == "exact" else _symbol_product
    normal: dict[tuple[int, int], PhaseSpacePolynomial] = {}
    anomalous: dict[tuple[int, int], PhaseSpacePolynomial] = {}
    fields: list[dict[int, PhaseSpacePolynomial]] = []
    zero = PhaseSpacePolynomial({})
    for rate, jump in jump_operators:
        # u = [L†, a], v = [a, L]; the commutators with a† are their adjoints.
        commutators = {mode: jump_commutator(jump, mode) for mode in range(n_modes)}
        touched = [mode for mode, (u, v) in commutators.items() if u.terms or v.terms]
        weight = 0.5 * rate
        for j, k in product(touched, repeat=2):
            (u_j, v_j), (u_k, v_k) = commutators[j], commutators[k]
            found = symbol(u_j, u_k.adjoint()) + symbol(v_k.adjoint(), v_j)
            normal[j, k] = normal.get((j, k), zero) + weight * found.rescaled(field_scale, -2)
            found = symbol(u_j, v_k) + symbol(u_k, v_j)
            anomalous[j, k] = anomalous.get((j, k), zero) + weight * found.rescaled(field_scale, -2)
        # d(alpha) = sqrt(rate / 2) (u dW + v dW*) with dW = (dw_1 + i dw_2) / sqrt(2).
        size = 0.5 * math.sqrt(rate)
        symbols = {
            mode: [size * weyl_symbol(part).rescaled(field_scale, -1) for part in commutators[mode]] for mode in touched
        }
        fields.append({mode: u + v for mode, (u, v) in symbols.items()})
        fields.append({mode: 1j * (u - v) for mode, (u, v) in symbols.items()})
    kept = ({mode: value for mode, value in g.items() if value.terms} for g in fields)
    return FokkerPlanck(
        drift,
        {pair: value for pair, value in normal.items() if value.terms},
        {pair: value for pair, value in anomalous.items() if value.terms},
        tuple(g for g in kept if g),
    )


def truncation_rates(
    hamiltonian: Polynomial, jump_operators: Sequence[JumpOperator], n_modes: int
) -> tuple[np.ndarray, np.ndarray]:
    """What truncated Wigner drops at every mode, and what it is small beside, both at one photon.

    Third derivatives of the Wigner function, which are dropped, have half the third derivatives of the Hamiltonian for
    coefficients: U for (U/2) a†²a².  They are small where they are so beside the noise of the baths, gamma for a loss,
    or where there are many photons.

    Returns
    -------
    dropped, noise : (n_modes,) float
        In the unit of rates.  Zero is dropped where the Hamiltonian is quadratic: truncated Wigner is exact then, if
        the jump operators are linear.
    """
    dropped = np.zeros(n_modes)
    for key, value in hamiltonian.terms.items():
        slots = [(index, side) for index in range(len(key)) for side in (1, 2)]
        largest = 0
        for chosen in combinations_with_replacement(slots, 3):
            powers = [key[index][side] for index, side in slots]
            counts = [chosen.count(slot) for slot in slots]
            largest = max(largest, math.prod(math.perm(p, c) for p, c in zip(powers, counts, strict=True)))
        for mode, _, _ in key:
            dropped[mode] += 0.5 * abs(value) * largest
    equation = truncated_wigner(Polynomial({}), jump_operators, n_modes, diffusion="leading")
    one = np.ones(n_modes)
    noise = [2.0 * equation.diffusion[k, k](one).real if (k, k) in equation.diffusion else 0.0 for k in range(n_modes)]
    return dropped, np.array(noise)


def _product_symbol(left: Polynomial, right: Polynomial) -> PhaseSpacePolynomial:
    return weyl_symbol(left * right)


def _symbol_product(left: Polynomial, right: Polynomial) -> PhaseSpacePolynomial:
    return weyl_symbol(left) * weyl_symbol(right)


def _contractions(mode: int, p1: int, q1: int, p2: int, q2: int) -> Iterator[tuple[tuple[int, int, int], float]]:
    """Yield (mode, powers) and factor of every term of (alpha***p1 alpha**q1) * (alpha***p2 alpha**q2), one mode."""
    for m, n in product(range(min(q1, p2) + 1), range(min(p1, q2) + 1)):
        factor = 0.5 ** (m + n) * (-1) ** n
        factor *= math.perm(q1, m) * math.comb(p2, m) * math.perm(p1, n) * math.comb(q2, n)
        yield (mode, p1 - n + p2 - m, q1 - m + q2 - n), factor


def _add_products(terms: dict[Monomial, complex], choices: list[list], value: complex) -> None:
    """Add value times the product over modes of sums of (power of the mode, factor)."""
    for combination in product(*choices):
        key = tuple(entry for entry, _ in combination if entry[1] or entry[2])
        terms[key] = terms.get(key, 0) + value * math.prod(factor for _, factor in combination)
