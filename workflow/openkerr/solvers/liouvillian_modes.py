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
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from operator import attrgetter
from typing import TYPE_CHECKING, Protocol

import numpy as np

from openkerr.solvers.liouvillian import LiouvillianBlock, joined, parted

if TYPE_CHECKING:
    from scipy import sparse
    from scipy.sparse.linalg import LinearOperator

SEED = 20250703
"""Start vectors are random where none is given, and always the same."""

SERIES_TOLERANCE = 1e-12
"""Size of the terms of the propagator's series that are left out, relative to the vector it is applied to."""


NEAREST = 1e-6
"""Distance of a shift from an eigenvalue, in units of 1 + |shift|, below which the others drown in rounding."""

ASIDE = 1e-3
"""How far, in the same units, such a shift is moved."""

ACCEPTED = 1e-7
"""Residual of an eigenvalue, relative to 1 + its modulus."""


class ModesError(RuntimeError):
    """An iteration that did not converge."""


class Block(Protocol):
    """A part of a Liouvillian on some coherences."""

    @property
    def size(self) -> int:
        """Number of coherences."""

    @property
    def matrix(self) -> sparse.csc_matrix:
        """As a sparse matrix, (size, size) complex."""

    def apply(self, vector: np.ndarray) -> np.ndarray:
        """L times a complex vector (size,)."""


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


def shift_invert(block: Block, shifts: Sequence[complex], n_values: int, *, tolerance: float = 1e-12) -> Modes:
    """Modes next to some shifts.

    Parameters
    ----------
    shifts : sequence of complex
        One that is an eigenvalue to `NEAREST` is moved to the right by `ASIDE`, where a Liouvillian has fewer of them.
    n_values : int
        Eigenvalues sought at each shift, a multiple one as often as it has eigenvectors.
    tolerance : float
        Relative accuracy asked of ARPACK.

    Returns
    -------
    Modes
        All that were found, each once; fewer where a residual exceeds `ACCEPTED`: that is no eigenvalue.

    Raises
    ------
    ModesError
        If ARPACK does not converge, or nothing that it finds is an eigenvalue.
    """
    if block.size <= max(4 * n_values, 64):
        values, vectors = np.linalg.eig(block.matrix.toarray())
        found = [_ritz(block, vectors.T, "shift_invert", block.size, len(values))]
    else:
        found = [_next_to(block, shift, n_values, tolerance) for shift in shifts]
    values, vectors, residuals, accepted = (
        np.concatenate([getter(part) for part in found])
        for getter in (attrgetter("values"), attrgetter("vectors"), attrgetter("residuals"), _accepted)
    )
    distinct: list[int] = []
    for index in np.argsort(residuals):
        if not accepted[index]:
            continue
        same = [other for other in distinct if abs(values[index] - values[other]) <= 1e-7 * (1 + abs(values[index]))]
        # The same eigenvalue again counts with another eigenvector only.
        if not same or _outside(vectors[same], vectors[index]) > 1e-3:
            distinct.append(index)
    if not distinct:
        raise ModesError(f"no eigenvalue was found: the least residual is {residuals.min():.3g}")
    kept = np.array(distinct)[np.argsort(-values[distinct].real, kind="stable")]
    n_products = sum(part.n_products for part in found)
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

    Of a multiple eigenvalue its Krylov space holds one vector; `shift_invert` finds them all.

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


def _next_to(block: Block, shift: complex, n_values: int, tolerance: float) -> Modes:
    """The modes next to one shift, nearest first.

    A Krylov space holds one vector of each eigenspace: what was found is divided out, and the rest looked at, until
    nothing nearer is left there.
    """
    from scipy.sparse.linalg import LinearOperator

    solve, n_products = _factorised(block, shift), 0
    found = np.empty((0, block.size), dtype=complex)
    nearest, reach = Modes(np.empty(0), found, np.empty(0), "shift_invert", 0), np.inf
    for _ in range(n_values + 1):
        basis = np.linalg.qr(found.T)[0]

        def rest(x: np.ndarray, basis: np.ndarray = basis) -> np.ndarray:
            nonlocal n_products
            n_products += 1
            x = solve(x - basis @ (basis.conj().T @ x))
            return x - basis @ (basis.conj().T @ x)

        operator = LinearOperator((block.size,) * 2, matvec=rest, dtype=complex)
        count = min(n_values, block.size - 2 - len(found))
        more = _arpack(operator, count, _random(block.size), tolerance, 2 * n_values + 20)
        modes = _ritz(block, np.concatenate([found, more]), "shift_invert", n_products, None)
        distances = np.where(_accepted(modes), np.abs(modes.values - shift), np.inf)
        order = np.argsort(distances, kind="stable")[:n_values]
        # Ties at the edge are no gain.
        if len(nearest.values) and distances[order[-1]] >= (1 - 1e-9) * reach:
            break
        nearest = Modes(modes.values[order], modes.vectors[order], modes.residuals[order], modes.method, n_products)
        reach, found = distances[order[-1]], modes.vectors
        if block.size - 2 - len(found) < 1:
            break
    return replace(nearest, n_products=n_products)


def _accepted(modes: Modes) -> np.ndarray:
    """Whether each of some Ritz values is an eigenvalue."""
    return modes.residuals <= ACCEPTED * (1 + np.abs(modes.values))


def _factorised(block: Block, shift: complex) -> Callable[[np.ndarray], np.ndarray]:
    """Solution of (L - shift) x = b, with the shift moved aside where it is an eigenvalue."""
    from scipy.sparse import identity
    from scipy.sparse.linalg import splu

    unit, probe = 1 + abs(shift), _random(block.size)
    for aside in (0.0, ASIDE):
        try:
            solve = splu(block.matrix - (shift + aside * unit) * identity(block.size, format="csc")).solve
        except RuntimeError:  # exactly singular
            continue
        if np.linalg.norm(solve(probe)) * NEAREST * unit < np.linalg.norm(probe):
            return solve
    raise ModesError(f"eigenvalues crowd about the shift {shift:.6g}: allowed is one that keeps a distance from them")


def _outside(vectors: np.ndarray, vector: np.ndarray) -> float:
    """Length of the part of a vector that is not in the span of others."""
    basis = np.linalg.qr(vectors.T)[0]
    return float(np.linalg.norm(vector - basis @ (basis.conj().T @ vector)))


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


def _ritz(block: Block, vectors: np.ndarray, method: str, n_products: int, n_values: int | None) -> Modes:
    """Rayleigh-Ritz values and vectors of L in the span of some vectors, slowest first; ``None``: all of them."""
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
