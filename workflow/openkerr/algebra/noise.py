"""Square roots of the diffusion of a truncated Wigner equation, block by block.

A block is a set of modes whose noise is coupled, or depends on each other's fields.  Its noise is one of two kinds:

- isotropic: one mode with <d(alpha)**2> = 0 and <|d(alpha)|**2> = v dt, any polynomial v;
- of fields: d(x) = F dw + sum_r g_r(x) dw_r (Ito) with a constant matrix F and fields g_r that are polynomials, one
  real Wiener process each.  Every jump operator L brings two, from its commutators u = [L†, a] and v = [a, L]:
  d(alpha) = sqrt(rate / 2) (u dW + v dW*) has the diffusion of leading order.  What exact symbols add to it has to be
  constant, as it is for products of two ladder operators, and positive together with the constant fields.

Fields are smooth where a square root of the local diffusion matrix is not, as at the zeros of a singular one: what
second weak order asks for.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from openkerr.algebra.phase_space import PhaseSpacePolynomial, degree
from openkerr.algebra.wigner import FokkerPlanck

Field = Mapping[int, PhaseSpacePolynomial]
"""Direction in phase space at every state: d(alpha) of each mode, those without left out."""

TOLERANCE = 1e-12
"""What is left below this fraction of the terms that cancel is rounding."""

ZERO = PhaseSpacePolynomial({})


@dataclass(frozen=True)
class IsotropicNoise:
    """<|d(alpha)|**2>/dt of one mode with <d(alpha)**2> = 0."""

    strength: PhaseSpacePolynomial


@dataclass(frozen=True)
class FieldNoise:
    """Noise of a constant matrix and of fields.

    Attributes
    ----------
    constant : float array (2 m, rank)
        F, rows in the order (Re, Im) of the block's modes.
    fields : tuple of Field
        g_r, none of them constant.
    correction : Field
        -½ sum_r (g_r . grad) g_r: what an equation in the sense of Stratonovich drifts by if its Ito form does not.
    commute : bool
        Whether fields and correction commute with each other.
    """

    constant: np.ndarray
    fields: tuple[Field, ...]
    correction: Field
    commute: bool


def noise_blocks(wigner: FokkerPlanck) -> list[tuple[int, ...]]:
    """Sets of modes that share noise, in the order of their first modes; no noise, no set."""
    blocks: list[set[int]] = []
    for part in (wigner.diffusion, wigner.anomalous):
        for pair, symbol in part.items():
            joined = set(pair).union(*({k for k, _, _ in key} for key in symbol.terms))
            joined = joined.union(*(block for block in blocks if block & joined))
            blocks = [block for block in blocks if not block & joined] + [joined]
    return sorted(tuple(sorted(block)) for block in blocks)


def noise_of(block: tuple[int, ...], wigner: FokkerPlanck) -> IsotropicNoise | FieldNoise:
    """Square root of the diffusion of one of the `noise_blocks`.

    Raises
    ------
    ValueError
        If the diffusion is negative at vanishing fields, or its exact symbols leave no square root of polynomials.
    """
    isotropic = len(block) == 1 and (block[0], block[0]) not in wigner.anomalous
    lowest = np.linalg.eigvalsh(origin := wigner.diffusion_matrix(block, np.zeros(len(wigner.drift))))[0]
    if lowest < -TOLERANCE * np.abs(origin).max():
        name = f"<|d(alpha_{block[0]})|²>/dt" if isotropic else f"an eigenvalue of the block of modes {block}"
        raise ValueError(
            f"the diffusion is negative at the origin: {name} is {2 * lowest if isotropic else lowest:g}, allowed is "
            ">= 0; diffusion='leading' drops the terms that make it so"
        )
    if isotropic:
        return IsotropicNoise(wigner.diffusion[block[0], block[0]])
    fields = tuple(g for g in wigner.fields if not _constant(g.values()) and set(g) <= set(block))
    pairs = [(j, k) for j in block for k in block]
    normal = {(j, k): _sum(g.get(j, ZERO) * g.get(k, ZERO).conj() for g in fields) for j, k in pairs}
    anomalous = {(j, k): _sum(g.get(j, ZERO) * g.get(k, ZERO) for g in fields) for j, k in pairs}
    normal, anomalous = (
        {pair: _difference(part.get(pair, ZERO), found[pair]) for pair in pairs}
        for part, found in ((wigner.diffusion, normal), (wigner.anomalous, anomalous))
    )
    constant = None
    if _constant([*normal.values(), *anomalous.values()]):
        rest = FokkerPlanck(wigner.drift, normal, anomalous)
        constant = square_root(rest.diffusion_matrix(block, np.zeros(len(wigner.drift))))
    if constant is None:
        raise ValueError(
            f"the exact diffusion of the modes {block} has no square root of polynomials: allowed are jump operators "
            "of at most two ladder operators a term there, with losses that outweigh the vacuum's share, or "
            "diffusion='leading'"
        )
    correction = {j: -0.5 * _sum(_along(g, g.get(j, ZERO)) for g in fields) for j in block}
    correction = {j: symbol for j, symbol in correction.items() if symbol.terms}
    commute = all(_commute(f, g) for f, g in combinations([*fields, correction], 2))
    return FieldNoise(constant, fields, correction, commute)


def square_root(matrix: np.ndarray) -> np.ndarray | None:
    """F (n, rank) with F F^T = matrix, ``None`` if the symmetric matrix is not positive semidefinite.

    Cholesky with the largest diagonal entry as the pivot, which is stable for any rank (N. J. Higham, Accuracy and
    Stability of Numerical Algorithms, sec. 10.3).
    """
    rest = np.array(matrix, dtype=float)
    columns: list[np.ndarray] = []
    limit = TOLERANCE * np.abs(rest).max(initial=0.0)
    while len(columns) < len(rest):
        pivot = int(np.argmax(np.diag(rest)))
        if not rest[pivot, pivot] > limit:
            break
        columns.append(rest[:, pivot] / np.sqrt(rest[pivot, pivot]))
        rest -= np.outer(columns[-1], columns[-1])
        rest[pivot], rest[:, pivot] = 0.0, 0.0
    if not np.abs(rest).max(initial=0.0) <= limit:
        return None
    return np.array(columns).T.reshape(len(rest), len(columns))


def _along(g: Field, symbol: PhaseSpacePolynomial) -> PhaseSpacePolynomial:
    """(g . grad) of a symbol."""
    return _sum(symbol.derivative(k) * value + symbol.derivative(k, True) * value.conj() for k, value in g.items())


def _commute(f: Field, g: Field) -> bool:
    """Whether the order of small steps along two fields does not matter."""
    return not any(
        _difference(_along(f, g.get(j, ZERO)), _along(g, f.get(j, ZERO))).terms for j in sorted(set(f) | set(g))
    )


def _sum(symbols: Iterable[PhaseSpacePolynomial]) -> PhaseSpacePolynomial:
    return sum(symbols, start=ZERO)


def _constant(symbols: Iterable[PhaseSpacePolynomial]) -> bool:
    return all(set(symbol.terms) <= {()} for symbol in symbols)


def _difference(a: PhaseSpacePolynomial, b: PhaseSpacePolynomial) -> PhaseSpacePolynomial:
    """a - b without what is rounding of terms of the same degree."""
    largest: dict[int, float] = {}
    for key, value in [*a.terms.items(), *b.terms.items()]:
        largest[degree(key)] = max(largest.get(degree(key), 0.0), abs(value))
    terms = (a - b).terms.items()
    return PhaseSpacePolynomial({key: value for key, value in terms if abs(value) > TOLERANCE * largest[degree(key)]})
