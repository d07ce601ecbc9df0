"""Currents of the resonant nonlinear wave to first order in its fluctuations, for chains of any length.

Around a state at rest the field of the truncated Wigner approximation is Gaussian, with a covariance that obeys the
Lyapunov equation A C + C A^T + Q = 0, and its mean is shifted by m, of the same order, with

    A m = -(force),     force = -iU (2 alpha <|da|²> + alpha* <da da>) + iU alpha,

the second derivative of the drift -iU |alpha|² alpha, which is local, and the term of symmetric ordering
(openkerr.solvers.stationary has both for any model, with tensors that a long chain does not fit).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from scipy.linalg import solve_continuous_lyapunov

from openkerr.analysis.chain_transport import ChainMeans

__all__ = ["linear_fluctuations", "linear_means"]


def linear_fluctuations(
    field: np.ndarray, jacobian: np.ndarray, losses: np.ndarray, occupations: np.ndarray, kerr: float
) -> tuple[np.ndarray, np.ndarray]:
    """Covariance of (Re alpha, Im alpha) and shift of the mean field of a stable state at rest.

    Parameters
    ----------
    field : (length,) complex
        The field at rest in the Gross-Pitaevskii equation.
    jacobian : (2 length, 2 length)
        Derivative of its drift there.
    losses, occupations : (length,)
        Loss rates of the sites, and thermal photons a mode of their baths.
    kerr : float
        U.

    Returns
    -------
    covariance, shift : (2 length, 2 length), (length,) complex
    """
    diffusion = np.diag(np.tile(0.25 * losses * (2 * occupations + 1), 2))
    covariance = solve_continuous_lyapunov(jacobian, -diffusion)
    covariance = 0.5 * (covariance + covariance.T)
    size = field.size
    xx, yy = np.diag(covariance)[:size], np.diag(covariance)[size:]
    xy = np.diag(covariance[:size, size:])
    force = -1j * kerr * (2.0 * field * (xx + yy) + field.conj() * (xx - yy + 2j * xy)) + 1j * kerr * field
    moved = np.linalg.solve(jacobian, -np.concatenate([force.real, force.imag]))
    return covariance, moved[:size] + 1j * moved[size:]


def linear_means(
    field: np.ndarray, covariance: np.ndarray, shift: np.ndarray, parameters: Mapping[str, Any]
) -> ChainMeans:
    """Means of the wave to first order in its fluctuations.

    Of a product of fields f_1 f_2 .., each f = f_0 + df with the mean m and the covariance c_ij = <df_i df_j>, the mean
    is  prod f_0 + sum_i m_i prod_{k != i} f_0k + sum_{i<j} c_ij prod_{k != i, j} f_0k.

    Parameters
    ----------
    field, shift : (length,) complex
        The field at rest, and the shift of its mean.
    covariance : (2 length, 2 length)
        Of (Re alpha, Im alpha).
    parameters : mapping
        Those of the chain.
    """
    size = field.size
    xx, xy, yy = covariance[:size, :size], covariance[:size, size:], covariance[size:, size:]
    plain = xx - yy + 1j * (xy + xy.T)  # <da_l da_m>
    crossed = xx + yy + 1j * (xy - xy.T)  # <da_l* da_m>

    def mean(factors: Sequence[tuple[np.ndarray, bool]]) -> np.ndarray:
        """Mean of a product of fields of the given sites, conjugated where it is said."""
        zeroth = [field[sites].conj() if conj else field[sites] for sites, conj in factors]
        total = np.prod(zeroth, axis=0)
        for i, (sites, conj) in enumerate(factors):
            others = [value for k, value in enumerate(zeroth) if k != i]
            total = total + (shift[sites].conj() if conj else shift[sites]) * np.prod(others, axis=0)
            for j in range(i):
                other, other_conj = factors[j]
                pair = (plain if conj == other_conj else crossed)[
                    (other, sites) if other_conj or not conj else (sites, other)
                ]
                pair = pair.conj() if conj and other_conj else pair
                rest = [value for k, value in enumerate(zeroth) if k not in (i, j)]
                total = total + pair * (np.prod(rest, axis=0) if rest else 1.0)
        return total

    sites = np.arange(size)
    left, right = sites[:-1], sites[1:]
    near = mean([(left, True), (right, False)])
    dense = mean([(right, True), (left, True), (right, False), (right, False)])
    following = mean([(sites[:-2], True), (sites[2:], False)])
    one = field + shift
    quantities = {
        "re_a": one.real,
        "im_a": one.imag,
        "abs2": mean([(sites, True), (sites, False)]).real,
        "abs4": mean([(sites, True), (sites, True), (sites, False), (sites, False)]).real,
        "near_re": np.append(near.real, np.nan),
        "near_im": np.append(near.imag, np.nan),
        "dense_im": np.append(dense.imag, np.nan),
        "next_im": np.append(following.imag, [np.nan, np.nan]),
    }
    means = {name: values[None] for name, values in quantities.items()}
    return ChainMeans(means, np.ones(1), {**parameters, "method": "linear"}, np.zeros(1))
