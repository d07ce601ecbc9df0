"""Compiled square root of a local diffusion matrix."""

import math

from openkerr.numerics.compilation import kernel

TOLERANCE = 1e-12
"""What is left of a matrix is rounding below this fraction of its largest diagonal entry."""


@kernel
def factorise(matrix, factor):
    """Write a square root of a positive semidefinite matrix, factor @ factor.T = matrix: Cholesky with pivots.

    Diffusion matrices are often singular, as where a bath turns a phase; with the largest diagonal entry as the pivot
    the factorisation is stable for any rank (N. J. Higham, Accuracy and Stability of Numerical Algorithms, sec. 10.3).
    If the matrix is not positive semidefinite the factor is filled with NaN: noise of negative strength must not pass
    for none.

    Parameters
    ----------
    matrix : float array (n, n)
        Only the lower triangle is read; overwritten.
    factor : float array (n, n)
        Output.
    """
    size = matrix.shape[0]
    largest = 0.0
    for row in range(size):
        largest = max(largest, matrix[row, row])
        for column in range(size):
            factor[row, column] = 0.0
    for rank in range(size):
        pivot = 0
        for row in range(1, size):
            if matrix[row, row] > matrix[pivot, pivot]:
                pivot = row
        if not matrix[pivot, pivot] > TOLERANCE * largest:
            break
        root = math.sqrt(matrix[pivot, pivot])
        for row in range(size):
            factor[row, rank] = matrix[max(row, pivot), min(row, pivot)] / root
        for row in range(size):
            for column in range(row + 1):
                matrix[row, column] -= factor[row, rank] * factor[column, rank]
        for row in range(size):
            matrix[max(row, pivot), min(row, pivot)] = 0.0
    for row in range(size):
        for column in range(row + 1):
            if not abs(matrix[row, column]) <= TOLERANCE * largest:
                factor[:, :] = math.nan
