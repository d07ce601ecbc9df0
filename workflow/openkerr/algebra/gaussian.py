"""Equations of motion of cumulants up to second order, of any model: means and covariances of a Gaussian state.

With all cumulants above the second set to zero the state is a Gaussian one, whose Wigner function has the means alpha_k
and the covariances m_jk = <d_j d_k>, c_jk = <d_j* d_k>, d = a - alpha, in symmetric order (c_kk = 1/2 in the vacuum).
The derivatives of third and higher order that the equation of the Wigner function has act on no moment up to the
second: its first and second ones, A, D and P of `openkerr.algebra.wigner`, make the closed equations [1]

    d(alpha_k)/dt = <A_k>
    d(V)/dt = M V + V M^T + N,    M = <d(A)/d(x)>,    N = <D, P>

for V = <d(x) d(x)^T> of x = (Re a_1 .. Re a_n, Im a_1 .. Im a_n), with averages over the Gaussian by Wick's theorem.
M is as sparse as the couplings are: a chain costs the square of its length a step.  Products of ladder operators in any
order have the same closure, so that these are the equations of `openkerr.algebra.cumulants` at order 2 in other
variables, exact where the Liouvillian is quadratic.

[1] C. Weedbrook et al., Rev. Mod. Phys. 84, 621 (2012).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from itertools import groupby
from typing import NamedTuple

import numpy as np

from openkerr.algebra.phase_space import PhaseSpacePolynomial
from openkerr.algebra.polynomials import JumpOperator, Monomial, Polynomial
from openkerr.algebra.wigner import truncated_wigner


class Cumulant(NamedTuple):
    """A mean alpha_j (``kind`` mean; k = j), m_jk (anomalous) or c_jk (normal) with j <= k, or its conjugate."""

    kind: str
    j: int
    k: int
    conjugate: bool


_REAL, _IMAG = 0, 1
# Row, column, part, real or imaginary, weight: d(A)/d(Re, Im) from d(A)/d(alpha) (part 0) and d(A)/d(alpha*).
_DRIFT_ENTRIES = (
    (0, 0, 0, _REAL, 1.0), (0, 0, 1, _REAL, 1.0), (0, 1, 0, _IMAG, -1.0), (0, 1, 1, _IMAG, 1.0),
    (1, 0, 0, _IMAG, 1.0), (1, 0, 1, _IMAG, 1.0), (1, 1, 0, _REAL, 1.0), (1, 1, 1, _REAL, -1.0),
)  # fmt: skip
# <dx dx'>/dt from D (part 0) and P, as `FokkerPlanck.diffusion_matrix` has it.
_NOISE_ENTRIES = (
    (0, 0, 0, _REAL, 0.5), (0, 0, 1, _REAL, 0.5), (0, 1, 1, _IMAG, 0.5), (0, 1, 0, _IMAG, -0.5),
    (1, 0, 1, _IMAG, 0.5), (1, 0, 0, _IMAG, 0.5), (1, 1, 0, _REAL, 0.5), (1, 1, 1, _REAL, -0.5),
)  # fmt: skip

Average = dict[tuple[Cumulant, ...], complex]
"""Gaussian average of a polynomial: coefficients of products of cumulants."""

KINDS = ("anomalous", "normal")


class GaussianEquations:
    """Closed equations of the means and covariances of ``n_modes`` modes, as tables that a kernel reads.

    A sum of products of cumulants is made for every average that M, N and <A> ask for; ``values`` are real numbers made
    of those sums: <dx/dt> (2 n_modes), then the entries of M, then those of N.

    Attributes
    ----------
    n_modes : int
        Number of modes n.
    pairs : int array (n_pairs, 3)
        Covariances that averages hold: kind (0 anomalous, 1 normal), j, k.
    factors : int array (n_products, n_factors)
        Factors of every product in (1, means, covariances, conjugates of both), padded with 0.
    coefficients : complex array (n_products,)
        Weights of the products.
    sums : int array (n_sums + 1,)
        First product of every average, and the end.
    values : int array (n_terms, 3), weights : float array (n_terms,)
        Number of a value, number of the average, its real (0) or imaginary part (1); its weight.
    rows : int array (2 n_modes + 1,), columns : int array
        M in compressed rows.
    noise : int array (n_noise, 2)
        Row and column of the entries of N.
    """

    def __init__(self, hamiltonian: Polynomial, jump_operators: Sequence[JumpOperator], n_modes: int):
        """Derive the equations of a Lindblad equation, hbar = 1.

        Raises
        ------
        ValueError
            If there is no mode.
        """
        if n_modes < 1:
            raise ValueError(f"n_modes is {n_modes}: allowed is a whole number >= 1")
        jumps = [jump for jump in jump_operators if jump.rate != 0]
        equation = truncated_wigner(hamiltonian, jumps, n_modes)
        self.n_modes = n_modes
        self.drift = tuple(average(polynomial) for polynomial in equation.drift)
        sums: list[Average] = list(self.drift)
        terms: list[tuple[int, int, int, float]] = []
        for mode in range(n_modes):
            terms += [(mode, mode, 0, 1.0), (n_modes + mode, mode, 1, 1.0)]
        linear = _linear_response(equation.drift)
        blocks = {key: [average(part) for part in parts] for key, parts in linear.items()}
        self.rows, self.columns = self._add(blocks, sums, terms, _DRIFT_ENTRIES, 2 * n_modes)
        n_linear = len(self.columns)
        pairs = sorted({*equation.diffusion, *equation.anomalous})
        zero = PhaseSpacePolynomial({})
        blocks = {
            pair: [average(part.get(pair, zero)) for part in (equation.diffusion, equation.anomalous)] for pair in pairs
        }
        starts, columns = self._add(blocks, sums, terms, _NOISE_ENTRIES, 2 * n_modes + n_linear)
        self.noise = np.stack([np.repeat(np.arange(2 * n_modes), np.diff(starts)), columns], axis=1)
        self.n_values = 2 * n_modes + n_linear + len(columns)
        self.values = np.array([term[:3] for term in terms], dtype=np.int64)
        self.weights = np.array([term[3] for term in terms])
        self._tabulate(sums)
        self.is_exact = all(_degree(p) <= 1 for p in equation.drift) and all(
            _degree(p) <= 2 for part in (equation.diffusion, equation.anomalous) for p in part.values()
        )

    def _add(
        self,
        blocks: Mapping[tuple[int, int], list[Average]],
        sums: list[Average],
        terms: list[tuple[int, int, int, float]],
        entries: Sequence[tuple[int, int, int, int, float]],
        first: int,
    ) -> tuple[np.ndarray, np.ndarray]:
        """Add the sums of 2 x 2 blocks and their real entries; compressed rows of those that can be other than zero."""
        n = self.n_modes
        found: dict[tuple[int, int], list[tuple[int, int, float]]] = {}
        for (j, k), pair in blocks.items():
            places = []
            for part in pair:
                places.append(len(sums))
                sums.append(part)
            for row, column, number, imag, weight in entries:
                kept = pair[number]
                if kept and (any(kept) or _of(kept[()], imag) != 0):
                    entry = found.setdefault((j + n * row, k + n * column), [])
                    entry.append((places[number], imag, weight))
        ordered = sorted(found)
        for place, key in enumerate(ordered):
            terms += [(first + place, *term) for term in found[key]]
        rows = np.searchsorted([row for row, _ in ordered], np.arange(2 * n + 1)).astype(np.int64)
        return rows, np.array([column for _, column in ordered], dtype=np.int64)

    def _tabulate(self, sums: list[Average]) -> None:
        pairs = sorted({(KINDS.index(f.kind), f.j, f.k) for s in sums for key in s for f in key if f.kind != "mean"})
        place = {pair: self.n_modes + index for index, pair in enumerate(pairs)}
        n_atoms = self.n_modes + len(pairs)
        products = [(key, value) for each in sums for key, value in each.items()]
        width = max((len(key) for key, _ in products), default=0)
        self.pairs = np.array(pairs, dtype=np.int64).reshape(-1, 3)
        self.factors = np.zeros((len(products), width), dtype=np.int64)
        for row, (key, _) in enumerate(products):
            for column, f in enumerate(key):
                atom = f.j if f.kind == "mean" else place[KINDS.index(f.kind), f.j, f.k]
                self.factors[row, column] = 1 + atom + (n_atoms if f.conjugate else 0)
        self.coefficients = np.array([value for _, value in products], dtype=complex)
        self.sums = np.cumsum([0, *(len(each) for each in sums)]).astype(np.int64)

    @property
    def counts(self) -> dict[str, int]:
        """Number of complex equations by kind."""
        n = self.n_modes
        return {"<a_j>": n, "<a_j a_k>, j <= k": n * (n + 1) // 2, "<a_j† a_k>, j <= k": n * (n + 1) // 2}

    def describe(self) -> str:
        """Which equations, how many, and how they are closed, in plain text; equal ones of neighbouring modes once."""
        counts = self.counts
        lines = [
            f"{sum(counts.values())} complex equations of {self.n_modes} modes, cumulants of order 3 and more dropped:"
        ]
        lines += [f"  {number} of {name}" for name, number in counts.items()]
        exact = "nothing is dropped: the Liouvillian is quadratic" if self.is_exact else "an approximation"
        lines.append(f"closure: {exact}; m_jk = <d_j d_k>, c_jk = <d_j* d_k> in symmetric order, d = a - <a>")
        written = [(mode, _text(mode, each)) for mode, each in enumerate(self.drift)]
        for text, run in groupby(written, key=lambda item: item[1]):
            modes = [mode for mode, _ in run]
            name = f"{modes[0]}" if len(modes) == 1 else f"{modes[0]} .. {modes[-1]}"
            lines.append(f"  k = {name}: d<a_k>/dt = {text}")
        lines.append(
            f"  dV/dt = M V + V M^T + N; {len(self.columns)} entries of M and {len(self.noise)} of N are not zero"
        )
        return "\n".join(lines)


def average(polynomial: PhaseSpacePolynomial) -> Average:
    """Average of a polynomial in the fields over a Gaussian Wigner function, in cumulants."""
    total: Average = {}
    for key, value in polynomial.terms.items():
        for product, factor in _wick(_fields(key)):
            total[product] = total.get(product, 0j) + factor * value
    return {product: value for product, value in total.items() if value != 0}


def _fields(key: Monomial) -> tuple[tuple[int, bool], ...]:
    return tuple(entry for k, p, q in key for entry in [(k, True)] * p + [(k, False)] * q)


@lru_cache(maxsize=65536)
def _wick(fields: tuple[tuple[int, bool], ...]) -> tuple[tuple[tuple[Cumulant, ...], int], ...]:
    if not fields:
        return (((), 1),)
    (mode, conjugate), rest = fields[0], fields[1:]
    total: dict[tuple[Cumulant, ...], int] = {}
    choices = [(Cumulant("mean", mode, mode, conjugate), rest)]
    choices += [(_covariance(fields[0], each), rest[:i] + rest[i + 1 :]) for i, each in enumerate(rest)]
    for cumulant, others in choices:
        for product, factor in _wick(others):
            key = tuple(sorted((cumulant, *product)))
            total[key] = total.get(key, 0) + factor
    return tuple(total.items())


def _covariance(first: tuple[int, bool], second: tuple[int, bool]) -> Cumulant:
    """Covariance of two fields, each a mode and whether it is conjugate."""
    (j, left), (k, right) = sorted((first, second))
    if left == right:
        return Cumulant("anomalous", j, k, left)
    # c_jk = <d_j* d_k>; its conjugate is <d_j d_k*>.  That of one mode is real.
    return Cumulant("normal", j, k, not left and j != k)


def _linear_response(drift: Sequence[PhaseSpacePolynomial]) -> dict[tuple[int, int], list[PhaseSpacePolynomial]]:
    """Derivatives of the drift of mode j to alpha_k and to alpha_k*, where there is one."""
    found = {}
    for j, polynomial in enumerate(drift):
        for k in sorted({mode for key in polynomial.terms for mode, _, _ in key}):
            found[j, k] = [polynomial.derivative(k), polynomial.derivative(k, conjugate=True)]
    return found


def _of(value: complex, imag: int) -> float:
    return value.imag if imag else value.real


def _degree(polynomial: PhaseSpacePolynomial) -> int:
    return max((sum(p + q for _, p, q in key) for key in polynomial.terms), default=0)


def _text(mode: int, terms: Average) -> str:
    """A sum of products of cumulants with modes relative to one."""

    def index(k: int) -> str:
        return "k" if k == mode else f"k{k - mode:+d}"

    def name(f: Cumulant) -> str:
        star = "*" if f.conjugate else ""
        if f.kind == "mean":
            return f"<a_{index(f.j)}>{star}"
        return f"{'m' if f.kind == 'anomalous' else 'c'}_{index(f.j)},{index(f.k)}{star}"

    return " + ".join(" ".join([_number(value), *map(name, key)]) for key, value in terms.items()) or "0"


def _number(value: complex) -> str:
    if value.imag == 0:
        return f"({value.real:g})"
    return f"({value.imag:g}i)" if value.real == 0 else f"({value.real:g}{value.imag:+g}i)"
