# ruff: noqa: F821 -- jacobian is bound by openkerr.numerics.compilation.load_kernel
"""Tangent of the drift from a model's Jacobian matrix: template (see openkerr.numerics.compilation)."""

import numpy as np

from openkerr.numerics.compilation import kernel


@kernel
def tangent(z, v, dv, p):
    """dv = J(z) v for every lane of v; only elements of J that are not zero cost time beyond a look."""
    n_modes = z.shape[1]
    size = z.shape[0] * n_modes
    work = np.zeros((size + 1, size))
    x, matrix = work[size], work[:size]
    for row in range(size):
        x[row] = z[row // n_modes, row % n_modes, 0]
    jacobian(x, matrix, p)
    for row in range(size):
        part, mode = row // n_modes, row % n_modes
        for lane in range(v.shape[2]):
            dv[part, mode, lane] = 0.0
        for column in range(size):
            element = matrix[row, column]
            if element != 0.0:
                for lane in range(v.shape[2]):
                    dv[part, mode, lane] += element * v[column // n_modes, column % n_modes, lane]
