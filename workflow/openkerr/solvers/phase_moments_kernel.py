# ruff: noqa: F821 -- drift, kick and jacobian are bound by openkerr.numerics.compilation.load_kernel
"""Coefficients of the noise expansion around a state, and its moments along an orbit: template for any model.

A state is x = (Re alpha_1 .. Re alpha_n, Im alpha_1 .. Im alpha_n), N = 2 n numbers.  For the equations see
openkerr.solvers.linear_noise.
"""

import math

import numpy as np

from openkerr.numerics.compilation import entry, kernel


@entry
def coefficients(x, p, p_noise, n_noises, difference, kick_time, matrix, curvature, diffusion, force):
    """Fill Jacobian (N, N), second derivatives (N, N, N), diffusion (N, N) and drift due to noise (N,) of one state.

    The second derivatives are differences of fourth order: exact, but for rounding, up to fifth powers of the field.
    """
    size = x.size
    moved, near = x.copy(), np.zeros((4, size, size))
    jacobian(x, matrix, p)
    for column in range(size):
        for index, factor in enumerate((1.0, -1.0, 2.0, -2.0)):
            moved[column] = x[column] + factor * difference
            jacobian(moved, near[index], p)
        moved[column] = x[column]
        for row in range(size):
            for other in range(size):
                first = near[0, row, other] - near[1, row, other]
                second = near[2, row, other] - near[3, row, other]
                curvature[row, other, column] = (8.0 * first - second) / (12.0 * difference)
    fill_diffusion(x, p_noise, n_noises, kick_time, diffusion)
    state = x.reshape((2, size // 2, 1))
    velocity = np.empty((2, 2, size // 2, 1))
    drift(state, velocity[0], p_noise)
    drift(state, velocity[1], p)
    for row in range(size):
        force[row] = velocity[0].ravel()[row] - velocity[1].ravel()[row]


@kernel
def fill_diffusion(x, p_noise, n_noises, kick_time, diffusion):
    """Fill the diffusion matrix <dx dx>/dt (N, N) of one state from kicks of a short time."""
    # The part of the kick that is linear in the noise; what is of higher order in its time cancels between two times.
    diffusion[:] = 0.0
    _add_diffusion(x, p_noise, n_noises, 0.5 * kick_time, 2.0, diffusion)
    _add_diffusion(x, p_noise, n_noises, kick_time, -1.0, diffusion)


@kernel
def _add_diffusion(x, p_noise, n_noises, kick_time, factor, diffusion):
    """Add ``factor`` times <dx dx>/dt, from kicks by every quadrature of every noise with both signs."""
    size, n_lanes = x.size, 4 * n_noises
    z = np.empty((2, size // 2, n_lanes))
    noise = np.zeros((2, n_noises, n_lanes))
    for row in range(size):
        for lane in range(n_lanes):
            z[row // (size // 2), row % (size // 2), lane] = x[row]
    for pair in range(2 * n_noises):
        noise[pair // n_noises, pair % n_noises, 2 * pair] = 1.0
        noise[pair // n_noises, pair % n_noises, 2 * pair + 1] = -1.0
    kick(z, noise, kick_time, p_noise)
    column = np.empty(size)
    for pair in range(2 * n_noises):
        for row in range(size):
            part, mode = row // (size // 2), row % (size // 2)
            column[row] = (z[part, mode, 2 * pair] - z[part, mode, 2 * pair + 1]) / (2.0 * math.sqrt(kick_time))
        for row in range(size):
            for other in range(size):
                # A quadrature of a complex normal of unit variance has the variance 1/2.
                diffusion[row, other] += 0.5 * factor * column[row] * column[other]


@entry
def moment_velocity(y, p, p_noise, n_noises, difference, kick_time, out):
    """Time derivative of (state, mean, tangent, covariance, second tangent), of length 2 N + 2 N² + N³.

    Mean and covariance are those of the deviation from the orbit to first order in the strength of the noise.
    """
    size = 0
    while 2 * size + 2 * size**2 + size**3 < y.size:
        size += 1
    square = size * size
    x, mean = y[:size], y[size : 2 * size]
    tangent = y[2 * size : 2 * size + square].reshape((size, size))
    covariance = y[2 * size + square : 2 * size + 2 * square].reshape((size, size))
    second = y[2 * size + 2 * square :].reshape((size, square))
    d_tangent = out[2 * size : 2 * size + square].reshape((size, size))
    d_covariance = out[2 * size + square : 2 * size + 2 * square].reshape((size, size))
    d_second = out[2 * size + 2 * square :].reshape((size, square))
    matrix, curvature = np.zeros((size, size)), np.empty((size, size, size))
    diffusion, force = np.empty((size, size)), np.empty(size)
    coefficients(x, p, p_noise, n_noises, difference, kick_time, matrix, curvature, diffusion, force)
    drift(x.reshape((2, size // 2, 1)), out[:size].reshape((2, size // 2, 1)), p)
    half = np.empty((size, size))
    for k in range(size):
        total = force[k]
        for i in range(size):
            total += matrix[k, i] * mean[i]
            for j in range(size):
                total += 0.5 * curvature[k, i, j] * covariance[i, j]
        out[size + k] = total
        for j in range(size):
            turned, spread = 0.0, 0.5 * diffusion[k, j]
            for i in range(size):
                turned += matrix[k, i] * tangent[i, j]
                spread += matrix[k, i] * covariance[i, j]
            d_tangent[k, j] = turned
            half[k, j] = spread
    for k in range(size):
        # f_k,ab Phi_ai Phi_bj, and what the Jacobian makes of the second derivatives so far.
        bent = tangent.T @ (np.ascontiguousarray(curvature[k]) @ tangent)
        for j in range(size):
            d_covariance[k, j] = half[k, j] + half[j, k]
        for pair in range(square):
            total = bent[pair // size, pair % size]
            for i in range(size):
                total += matrix[k, i] * second[i, pair]
            d_second[k, pair] = total
