"""Slow modes of a Liouvillian by the generalized Davidson method, from approximate inverses alone.

A space is widened by M⁻¹ r with the residuals r of the modes sought and an approximate inverse M⁻¹ of L.  In it, modes
are the harmonic Ritz vectors next to a point sigma just right of the spectrum: Ritz vectors of (L - sigma)⁻¹ on
(L - sigma) V, which has no spurious value next to sigma as L itself may have on V [1].

[1] R. B. Morgan and M. Zeng, Numer. Linear Algebra Appl. 5, 33 (1998).
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from openkerr.solvers.density_matrices import DensityLiouvillian
from openkerr.solvers.liouvillian_modes import Modes, ModesError

SPACE = 60
"""Vectors of the space at most, but for what is asked for: each is kept with its image."""

KEPT = 2
"""Ritz vectors kept at a restart, for each mode that is sought."""

MAX_PRODUCTS = 3000

SIGMA = 0.03
"""Point next to which modes are sought, in units of the mean decay."""


def davidson(
    liouvillian: DensityLiouvillian,
    inverse: Callable[[np.ndarray], np.ndarray],
    n_values: int,
    starts: np.ndarray,
    residual: float,
) -> Modes:
    """Modes next to zero.

    Parameters
    ----------
    inverse : callable
        Approximate inverse of L, moved off zero.
    n_values : int
    starts : (n_starts, size) complex
        Approximate modes, and what else the space starts from.
    residual : float
        Length of L rho - lambda rho for rho of length one at which a mode is found.

    Returns
    -------
    Modes
        As many as were asked for, slowest first.

    Raises
    ------
    ModesError
        If the iteration does not converge.
    """
    sigma = SIGMA * liouvillian.mean_decay
    limit = max(SPACE, 4 * KEPT * n_values)
    vectors = np.empty((0, liouvillian.size), dtype=complex)
    images, n_products, more = vectors, 0, np.asarray(starts, dtype=complex)
    while n_products < MAX_PRODUCTS:
        fresh = _orthonormal(vectors, more)
        if not len(fresh):
            break
        n_products += len(fresh)
        vectors = np.concatenate([vectors, fresh])
        images = np.concatenate([images, [liouvillian.apply(vector) for vector in fresh]])
        values, ritz = _harmonic(vectors, images, sigma)
        count = min(n_values, len(values))
        modes, moved = ritz[:count] @ vectors, ritz[:count] @ images
        rest = moved - values[:count, None] * modes
        lengths = np.linalg.norm(rest, axis=1)
        if count == n_values and lengths.max() <= residual:
            order = np.lexsort((values[:count].imag, -np.round(values[:count].real, 6)))
            return Modes(values[order], modes[order], lengths[order], "davidson", n_products)
        if len(vectors) + count > limit:
            kept = np.linalg.qr(ritz[: KEPT * n_values].T)[0].T
            vectors, images = kept @ vectors, kept @ images
        more = np.array(
            [inverse(part / length) for part, length in zip(rest, lengths, strict=True) if length > residual]
        )
        if count < n_values:
            more = np.concatenate([more.reshape(-1, liouvillian.size), [inverse(modes[0])]])
    raise ModesError(
        f"{n_products} products found no {n_values} modes of {liouvillian.size} coherences to {residual:g}"
    )


def _harmonic(vectors: np.ndarray, images: np.ndarray, sigma: float) -> tuple[np.ndarray, np.ndarray]:
    """Rayleigh quotients and coefficients (n, n_vectors) of the harmonic Ritz vectors, nearest to sigma first."""
    shifted = images - sigma * vectors
    # (L - sigma) V = Q R by the Cholesky factor of its Gram matrix; Q† (L - sigma)⁻¹ Q = Q† V R⁻¹.
    gram = shifted.conj() @ shifted.T
    overlap = shifted.conj() @ vectors.T
    inverses, coefficients = np.linalg.eig(np.linalg.solve(gram, overlap))
    order = np.argsort(-np.abs(inverses), kind="stable")
    coefficients = coefficients[:, order].T
    projected = vectors.conj() @ images.T
    coefficients = coefficients / np.linalg.norm(coefficients, axis=1)[:, None]
    return np.einsum("ki,ij,kj->k", coefficients.conj(), projected, coefficients), coefficients


def _orthonormal(vectors: np.ndarray, more: np.ndarray) -> np.ndarray:
    """Orthonormal basis of what some vectors add to the span of orthonormal ones."""
    fresh: list[np.ndarray] = []
    for vector in more:
        length = np.linalg.norm(vector)
        # Twice is enough.
        for _ in range(2):
            vector = vector - vectors.T @ (vectors.conj() @ vector)
            for other in fresh:
                vector = vector - np.vdot(other, vector) * other
        rest = np.linalg.norm(vector)
        if rest > 1e-10 * length:
            fresh.append(vector / rest)
    return np.array(fresh).reshape(-1, vectors.shape[1])
