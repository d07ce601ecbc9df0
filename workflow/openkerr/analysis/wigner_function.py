"""Wigner functions of operators in the Fock basis."""

from __future__ import annotations

import numpy as np


def wigner_function(operator: np.ndarray, axis: np.ndarray) -> np.ndarray:
    """W(alpha) of an operator of one mode, integral of W over Re and Im of alpha equal to its trace.

    The functions W_nm of |n><m| follow from each other by their three-term recursion,

        W_00 = (2/pi) exp(-2|alpha|²),  sqrt(m) W_nm = 2 alpha W_{n,m-1} - sqrt(n) W_{n-1,m-1}    (m > n)

    with W_mn = W_nm* (U. Leonhardt, Measuring the Quantum State of Light (1997), sec. 5.2.6).

    Parameters
    ----------
    operator : (size, size) complex
        <m|R|n>.
    axis : (n_points,) float
        Values of Re alpha and of Im alpha.

    Returns
    -------
    (n_points, n_points) complex
        Im alpha along the first axis, Re alpha along the second; real for a Hermitian operator.
    """
    operator = np.asarray(operator, dtype=complex)
    alpha = np.asarray(axis)[None, :] + 1j * np.asarray(axis)[:, None]
    size = len(operator)
    twice = 2 * alpha
    # Column by column of the upper triangle: row[m] holds W of |n><m| with n <= m in the loop over n.
    row = [2 / np.pi * np.exp(-2 * np.abs(alpha) ** 2) + 0j]
    for m in range(1, size):
        row.append(twice * row[m - 1] / np.sqrt(m))
    total = operator[0, 0] * row[0]
    for m in range(1, size):
        total = total + operator[0, m] * row[m] + operator[m, 0] * row[m].conj()
    for n in range(1, size):
        previous = row[n]
        row[n] = (twice.conj() * previous - np.sqrt(n) * row[n - 1]) / np.sqrt(n)
        total = total + operator[n, n] * row[n]
        for m in range(n + 1, size):
            current = row[m]
            row[m] = (twice * row[m - 1] - np.sqrt(n) * previous) / np.sqrt(m)
            previous = current
            total = total + operator[n, m] * row[m] + operator[m, n] * row[m].conj()
    return total
