"""Stationary state of a Liouvillian between Fock states.

L rho = 0 with trace one is solved as

    L rho - sigma Tr rho = -sigma        (sigma a state: the trace of L rho vanishes, so that Tr rho = 1)

by sparse elimination, or by GMRES with an approximate inverse behind it: of L without its jumps, or of what couples
the coherences next to the diagonal where there are many sectors.
"""

from __future__ import annotations

import numpy as np

from openkerr.solvers.density_matrices import (
    MANY_BLOCKS,
    DensityLiouvillian,
    NearDiagonalInverse,
    NoJumpInverse,
    factorised,
)

RESTART = 80
"""Krylov vectors that GMRES keeps."""

MAX_RESTARTS = 8

DIGITS = 1e-4
"""Reduction of the residual in one round of GMRES at most."""

SHIFT = 0.3
"""Shift of the inverse without jumps, in units of the mean decay rate of the frame's modes."""

CORE_SHIFT = 1e-3
"""Shift of the inverse between coherences next to the diagonal, in the same units."""


class ConvergenceError(RuntimeError):
    """An iteration that did not converge."""


def eliminated_state(liouvillian: DensityLiouvillian) -> np.ndarray:
    """The stationary state as a vector, (size,) complex, by sparse elimination.

    Raises ValueError where there are several.
    """
    from scipy import sparse

    sigma, weights = _start(liouvillian), liouvillian.trace_weights
    matrix = liouvillian.matrix - sparse.csc_matrix(sigma[:, None]) @ sparse.csc_matrix(weights[None, :])
    try:
        solve = factorised(sparse.csc_matrix(matrix))
    except RuntimeError as error:
        raise ValueError(
            "there is more than one steady state: the equation with its trace fixed is singular"
        ) from error
    return solve(-sigma)


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
    inverse, n_products = approximate_inverse(liouvillian), 0

    def image(x: np.ndarray) -> np.ndarray:
        nonlocal n_products
        n_products += 1
        return liouvillian.apply(x) - sigma * (weights @ x)

    operator = LinearOperator((liouvillian.size,) * 2, matvec=lambda y: image(inverse(y)), dtype=complex)
    state = np.zeros(liouvillian.size, dtype=complex) if start is None else start.astype(complex)
    for _ in range(MAX_RESTARTS):
        rest = -sigma - image(state)
        length = float(np.linalg.norm(rest))
        if length <= residual:
            return state, n_products
        # What is left is looked at in double precision each time: the inverse has single.
        goal = max(0.9 * residual / length, DIGITS)
        change, _ = gmres(operator, rest / length, rtol=goal, restart=RESTART, maxiter=1)
        state = state + length * inverse(change)
    raise ConvergenceError(
        f"GMRES left more than {residual:.1e} after {n_products} products between {liouvillian.space.size} states"
    )


def approximate_inverse(liouvillian: DensityLiouvillian) -> NoJumpInverse | NearDiagonalInverse:
    """An operator that is the inverse of L almost, moved off zero."""
    if len(liouvillian.pairs) > MANY_BLOCKS:
        return NearDiagonalInverse(liouvillian, CORE_SHIFT * liouvillian.mean_decay)
    return NoJumpInverse(liouvillian, SHIFT * liouvillian.mean_decay)


def _start(liouvillian: DensityLiouvillian) -> np.ndarray:
    """The state of least photons, as a vector."""
    sigma = np.zeros(liouvillian.size, dtype=complex)
    sigma[0] = 1.0
    return sigma
