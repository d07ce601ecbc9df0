"""Slow modes of a sector's block: by shift-invert, and by Arnoldi's method with the propagator exp(L tau).

Shift-invert factorises L - sigma once a shift sigma and finds the eigenvalues next to it: several shifts, since one
ranks by distance and not by rate.  The Arnoldi-Lindblad method [1] needs products with L only: eigenvectors of
exp(L tau) of largest modulus are the slow modes whatever their frequency, and the Rayleigh-Ritz values of L itself in
their span are its eigenvalues.  The propagator is the Taylor series about the centre -R of a disc that holds the
spectrum,

    exp(L tau) = exp(-R tau) sum_j (tau (L + R))**j / j!,

all of whose terms are of modest size; it takes about R tau products.  Where the series is cut matters little: any
polynomial in L has the same eigenvectors.

[1] F. Minganti and D. Huybrechts, Quantum 6, 649 (2022).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from openkerr.solvers.liouvillian import LiouvillianBlock, joined, parted

if TYPE_CHECKING:
    from scipy.sparse.linalg import LinearOperator, SuperLU

SEED = 20250703
"""Start vectors are random where none is given, and always the same."""

SERIES_TOLERANCE = 1e-12
"""Size of the terms of the propagator's series that are left out, relative to the vector it is applied to."""


class ModesError(RuntimeError):
    """An iteration that did not converge."""


@dataclass(frozen=True)
class Modes:
    """Slowest modes of a block, slowest first.

    Attributes
    ----------
    values : (n_modes,) complex
    vectors : (n_modes, size) complex
        Of length one, as coherences.
    residuals : (n_modes,) float
        Length of L rho - lambda rho for rho of length one.
    method : {"shift_invert", "arnoldi"}
    n_products : int
        Products with L, or solutions of the factorised systems.
    """

    values: np.ndarray
    vectors: np.ndarray
    residuals: np.ndarray
    method: str
    n_products: int


def shift_invert(
    block: LiouvillianBlock, shifts: Sequence[complex], n_values: int, *, tolerance: float = 1e-12
) -> Modes:
    """Modes next to some shifts.

    Parameters
    ----------
    shifts : sequence of complex
        None of them an eigenvalue.
    n_values : int
        Eigenvalues sought at each shift.
    tolerance : float
        Relative accuracy asked of ARPACK.

    Returns
    -------
    Modes
        All that were found, each once.
    """
    from scipy.sparse import identity
    from scipy.sparse.linalg import LinearOperator, splu

    if block.size <= max(4 * n_values, 64):
        values, vectors = np.linalg.eig(block.matrix.toarray())
        return _ritz(block, vectors.T, "shift_invert", block.size, len(values))
    found, n_products = [], 0
    for shift in shifts:
        factors = splu(block.matrix - shift * identity(block.size, format="csc"))
        count = [0]

        def solve(x: np.ndarray, factors: SuperLU = factors, count: list[int] = count) -> np.ndarray:
            count[0] += 1
            return factors.solve(x)

        inverse = LinearOperator((block.size,) * 2, matvec=solve, dtype=complex)
        vectors = _arpack(inverse, n_values, _random(block.size), tolerance, 2 * n_values + 20)
        found.append(_ritz(block, vectors, "shift_invert", count[0], n_values))
        n_products += count[0]
    values, vectors, residuals = (
        np.concatenate([getattr(part, name) for part in found]) for name in ("values", "vectors", "residuals")
    )
    distinct: list[int] = []
    for index in np.argsort(residuals):
        if all(abs(values[index] - values[other]) > 1e-7 * (1 + abs(values[index])) for other in distinct):
            distinct.append(index)
    kept = np.array(distinct)[np.argsort(-values[distinct].real, kind="stable")]
    return Modes(values[kept], vectors[kept], residuals[kept], "shift_invert", n_products)


def arnoldi_lindblad(
    block: LiouvillianBlock,
    n_values: int,
    *,
    start: np.ndarray | None = None,
    tau: float = 2.0,
    tolerance: float = 1e-8,
    subspace: int | None = None,
) -> Modes:
    """Slowest modes from products with L alone.

    Parameters
    ----------
    n_values : int
        Number of modes.
    start : (size,) complex, optional
        Start vector: best a sum of approximate modes.
    tau : float
        Time of the propagator, in the model's unit of time.
    tolerance : float
        Relative accuracy asked of ARPACK for the eigenvalues of the propagator.
    subspace : int, optional
        Dimension of the Krylov space; default: 2 n_values + 6.

    Raises
    ------
    ModesError
        If ARPACK does not converge.
    """
    from scipy.sparse.linalg import LinearOperator

    propagator = Propagator(block, tau)
    operator = LinearOperator((block.size,) * 2, matvec=propagator, dtype=complex)
    start = _random(block.size) if start is None else np.asarray(start, dtype=complex)
    vectors = _arpack(operator, n_values, start, tolerance, subspace or 2 * n_values + 6)
    return _ritz(block, vectors, "arnoldi", propagator.n_products, n_values)


def refine(block: LiouvillianBlock, vectors: np.ndarray, n_values: int, *, tau: float = 1.0) -> Modes:
    """Modes from good approximations: Rayleigh-Ritz in the span of some vectors and their images under exp(L tau).

    Parameters
    ----------
    vectors : (n_vectors, size) complex
        Approximate modes, as from a larger basis.
    n_values : int
        Number of modes that are returned, at most n_vectors.
    """
    propagator = Propagator(block, tau)
    images = [propagator(vector) for vector in vectors]
    return _ritz(block, np.concatenate([vectors, images]), "arnoldi", propagator.n_products, n_values)


class Propagator:
    """exp(L tau) of a block, applied to complex vectors (size,); counts its products with L."""

    def __init__(self, block: LiouvillianBlock, tau: float):
        self.block, self.tau = block, tau
        self.n_products = 0
        self.radius = self._radius()

    def _radius(self) -> float:
        """Radius of a disc that touches zero and holds the spectrum."""
        from scipy.sparse.linalg import LinearOperator, eigs

        if self.block.size < 64:
            values = np.linalg.eigvals(self.block.matrix.toarray())
        else:

            def product(x: np.ndarray) -> np.ndarray:
                self.n_products += 1
                return self.block.apply(x)

            operator = LinearOperator((self.block.size,) * 2, matvec=product, dtype=complex)
            # Far from zero a tenth of an eigenvalue will do.
            values = eigs(operator, k=4, which="LM", v0=_random(self.block.size), tol=1e-2, return_eigenvectors=False)
        values = values[values.real < 0]
        if not len(values):
            return 1.0
        return 1.05 * float((np.abs(values) ** 2 / (-2 * values.real)).max())

    def __call__(self, vector: np.ndarray) -> np.ndarray:
        """exp(L tau) times a vector."""
        reach = self.radius * self.tau
        n_parts = max(1, math.ceil(reach / 600))  # exp(-reach) must not underflow
        step = reach / n_parts
        total = parted(vector.ravel())
        for _ in range(n_parts):
            enough = SERIES_TOLERANCE * np.linalg.norm(total)
            term, following = total * math.exp(-step), np.zeros_like(total)
            total = term.copy()
            for j in range(1, 20 * math.ceil(step) + 100):
                self.block.combine(term, following, a=step / (self.radius * j), b=step / j, c=0.0)
                term, following = following, term
                total += term
                self.n_products += 1
                if j > step and j % 8 == 0 and np.linalg.norm(term) <= enough:
                    break
            else:
                raise ModesError("the series of the propagator did not converge")
        return joined(total)


def _arpack(operator: LinearOperator, n_values: int, start: np.ndarray, tolerance: float, subspace: int) -> np.ndarray:
    from scipy.sparse.linalg import ArpackError, eigs

    size = operator.shape[0]
    try:
        _, vectors = eigs(
            operator, k=n_values, which="LM", v0=start, tol=tolerance, ncv=min(subspace, size), maxiter=200
        )
    except ArpackError as error:
        raise ModesError(f"ARPACK found no {n_values} modes of {size} coherences: {error}") from None
    return vectors.T


def _ritz(block: LiouvillianBlock, vectors: np.ndarray, method: str, n_products: int, n_values: int) -> Modes:
    """Rayleigh-Ritz values and vectors of L in the span of some vectors, slowest first."""
    basis = np.linalg.qr(vectors.T)[0]
    images = np.stack([block.apply(column) for column in basis.T], axis=1)
    values, rotation = np.linalg.eig(basis.conj().T @ images)
    # Members of a pair differ in their real parts by rounding alone: the one of positive frequency comes first.
    order = np.lexsort((values.imag, -np.round(values.real, 6)))[:n_values]
    values, rotation = values[order], rotation[:, order] / np.linalg.norm(rotation[:, order], axis=0)
    ritz = basis @ rotation
    residuals = np.linalg.norm(images @ rotation - ritz * values, axis=0)
    return Modes(values, ritz.T.copy(), residuals, method, n_products)


def _random(size: int) -> np.ndarray:
    return np.random.default_rng(SEED).normal(size=(2, size)).T @ np.array([1.0, 1.0j])
