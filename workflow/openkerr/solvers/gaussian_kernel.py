"""Time steps of means and covariances, from the tables of `openkerr.algebra.gaussian.GaussianEquations`.

One compiled kernel for all models: what a model is stands in the tables.  The work of a step is that of M V, entries of
M times 2 n_modes, in loops over whole rows of V that vectorise.
"""

import numpy as np

from openkerr.numerics.compilation import entry, kernel

TILE = 24
"""Rows and columns of the squares in which V is made symmetric: one of each matrix stays in the nearest cache."""


@kernel
def _values(x, v, w, atoms, averages, pairs, factors, coefficients, sums, values, weights):
    """Averages over the Gaussian at one state, and the real numbers w that they make."""
    n = x.size // 2
    n_atoms = n + pairs.shape[0]
    for k in range(n):
        atoms[1 + k] = complex(x[k], x[n + k])
    for i in range(pairs.shape[0]):
        j, k = pairs[i, 1], pairs[i, 2]
        if pairs[i, 0] == 0:
            atoms[1 + n + i] = complex(v[j, k] - v[n + j, n + k], v[j, n + k] + v[n + j, k])
        else:
            atoms[1 + n + i] = complex(v[j, k] + v[n + j, n + k], v[j, n + k] - v[n + j, k])
    for i in range(1, n_atoms + 1):
        atoms[n_atoms + i] = atoms[i].conjugate()
    for s in range(sums.size - 1):
        total = 0j
        for i in range(sums[s], sums[s + 1]):
            product = coefficients[i]
            for f in range(factors.shape[1]):
                if factors[i, f] > 0:
                    product *= atoms[factors[i, f]]
            total += product
        averages[s] = total
    w[:] = 0.0
    for i in range(weights.size):
        found = averages[values[i, 1]]
        w[values[i, 0]] += weights[i] * (found.imag if values[i, 2] else found.real)


@kernel
def _half(v, w, g, rows, columns, noise):
    """g = M V + N/2: the derivative of V is g and its transpose."""
    size = v.shape[0]
    for i in range(size):
        row = g[i]
        row[:] = 0.0
        place, end = rows[i], rows[i + 1]
        # Four rows at a time, as a site of a chain has them: the sum is read and written once.
        while place + 4 <= end:
            a, b, c, d = w[size + place], w[size + place + 1], w[size + place + 2], w[size + place + 3]
            v_a, v_b = v[columns[place]], v[columns[place + 1]]
            v_c, v_d = v[columns[place + 2]], v[columns[place + 3]]
            for j in range(size):
                row[j] += (a * v_a[j] + b * v_b[j]) + (c * v_c[j] + d * v_d[j])
            place += 4
        while place < end:
            a, v_a = w[size + place], v[columns[place]]
            for j in range(size):
                row[j] += a * v_a[j]
            place += 1
    first = size + columns.size
    for i in range(noise.shape[0]):
        g[noise[i, 0], noise[i, 1]] += 0.5 * w[first + i]


@kernel
def _symmetrize(g):
    """g + g^T in the place of g, in squares."""
    size = g.shape[0]
    for top in range(0, size, TILE):
        for left in range(0, top + 1, TILE):
            for i in range(top, min(top + TILE, size)):
                right = min(left + TILE, i + 1)
                # Views, whose indices start at 0, vectorise.
                along, down = g[i, left:right], g[left:right, i]
                for j in range(right - left):
                    rate = along[j] + down[j]
                    along[j] = rate
                    down[j] = rate


@kernel
def _accumulate(start, rate, total, stage, share, reach, first):
    """Add share * rate to the total, which begins at the start, and set the next stage to start + reach * rate."""
    if first:
        for i in range(start.size):
            total[i] = start[i] + share * rate[i]
            stage[i] = start[i] + reach * rate[i]
    else:
        for i in range(start.size):
            total[i] += share * rate[i]
            stage[i] = start[i] + reach * rate[i]


@entry
def derivative(x, v, dx, dv, pairs, factors, coefficients, sums, values, weights, rows, columns, noise):
    """Right-hand sides of the means (2 n_modes,) and covariances (2 n_modes, 2 n_modes) at one state."""
    size = x.size
    w = np.zeros(size + columns.size + noise.shape[0])
    atoms = np.ones(1 + size + 2 * pairs.shape[0], dtype=np.complex128)
    averages = np.zeros(sums.size - 1, dtype=np.complex128)
    _values(x, v, w, atoms, averages, pairs, factors, coefficients, sums, values, weights)
    _half(v, w, dv, rows, columns, noise)
    _symmetrize(dv)
    dx[:] = w[:size]


@entry
def advance(x, v, h, n_steps, pairs, factors, coefficients, sums, values, weights, rows, columns, noise):
    """Advance means and covariances in place by so many steps h of the classical Runge-Kutta method."""
    size = x.size
    w = np.zeros(size + columns.size + noise.shape[0])
    atoms = np.ones(1 + size + 2 * pairs.shape[0], dtype=np.complex128)
    averages = np.zeros(sums.size - 1, dtype=np.complex128)
    g, total, stage = np.zeros_like(v), np.zeros_like(v), np.zeros_like(v)
    x_total, x_stage = np.zeros_like(x), np.zeros_like(x)
    for _ in range(n_steps):
        stage[:] = v
        x_stage[:] = x
        for part in range(4):
            share = h / 6.0 if part == 0 or part == 3 else h / 3.0
            reach = h if part == 2 else 0.5 * h
            _values(x_stage, stage, w, atoms, averages, pairs, factors, coefficients, sums, values, weights)
            _half(stage, w, g, rows, columns, noise)
            _symmetrize(g)
            # The rate is added before the stage that it was taken at is overwritten.
            _accumulate(v.ravel(), g.ravel(), total.ravel(), stage.ravel(), share, reach, part == 0)
            _accumulate(x, w, x_total, x_stage, share, reach, part == 0)
        v[:] = total
        x[:] = x_total
