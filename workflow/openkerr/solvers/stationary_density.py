"""Stationary state of a Liouvillian between Fock states.

L rho = 0 with trace one is solved as

    L rho - sigma Tr rho = -sigma        (sigma a state: the trace of L rho vanishes, so that Tr rho = 1)

by sparse elimination, or by GMRES with the inverse of L without its jumps behind it.
"""

from __future__ import annotations

import numpy as np

from openkerr.solvers.density_matrices import DensityLiouvillian, NoJumpInverse

RESTART = 80
"""Krylov vectors that GMRES keeps."""

MAX_RESTARTS = 6

SHIFT = 0.3
"""Shift of the inverse without jumps, in units of the mean decay rate of the frame's modes."""


class ConvergenceError(RuntimeError):
    """An iteration that did not converge."""


def eliminated_state(liouvillian: DensityLiouvillian) -> np.ndarray:
    """The stationary state as a vector, (size,) complex, by sparse elimination."""
    from scipy import sparse
    from scipy.sparse.linalg import splu

    sigma, weights = _start(liouvillian), liouvillian.trace_weights
    matrix = liouvillian.matrix - sparse.csc_matrix(sigma[:, None]) @ sparse.csc_matrix(weights[None, :])
    return splu(sparse.csc_matrix(matrix)).solve(-sigma)


def iterated_state(
    liouvillian: DensityLiouvillian, residual: float, start: np.ndarray | None
) -> tuple[np.ndarray, int]:
    """The stationary state as a vector, (size,) complex, by GMRES, and its products with the Liouvillian.

    Parameters
    ----------
    residual : float
        Length of L rho - sigma Tr rho + sigma at which the iteration stops.
    start : (size,) complex, optional
        State from which it starts.

    Raises
    ------
    ConvergenceError
        If it does not come so far.
    """
    from scipy.sparse.linalg import LinearOperator, gmres

    sigma, weights = _start(liouvillian), liouvillian.trace_weights
    inverse, n_products = NoJumpInverse(liouvillian, SHIFT * liouvillian.mean_decay), 0

    def product(y: np.ndarray) -> np.ndarray:
        nonlocal n_products
        n_products += 1
        x = inverse(y)
        return liouvillian.apply(x) - sigma * (weights @ x)

    operator = LinearOperator((liouvillian.size,) * 2, matvec=product, dtype=complex)
    first = None if start is None else inverse.inverse(start)
    y, failed = gmres(operator, -sigma, first, rtol=residual, restart=RESTART, maxiter=MAX_RESTARTS)
    if failed:
        raise ConvergenceError(
            f"GMRES left more than {residual:.1e} after {n_products} products between {liouvillian.space.size} states"
        )
    return inverse(y), n_products


def _start(liouvillian: DensityLiouvillian) -> np.ndarray:
    """The state of least photons, as a vector."""
    sigma = np.zeros(liouvillian.size, dtype=complex)
    sigma[0] = 1.0
    return sigma
