# ruff: noqa: F821 -- drift, kick and tangent are bound by openkerr.numerics.compilation.load_kernel
"""Inner loop of Lyapunov spectra: template for any model (see openkerr.numerics.compilation).

One step is that of the ensemble solver, kick and Runge-Kutta step, and its exact tangent map: the derivative of a
Runge-Kutta step is the same Runge-Kutta step of the variational equation, taken at the step's own stages.  Tangent
vectors are lanes.  They stand in chunks that stay in cache through a step; the state is a block of one lane.
"""

import math

import numpy as np

from openkerr.numerics.compilation import entry, kernel, reduction


@kernel
def runge_kutta_stages(z, h, p, stages, slope, total):
    """The step of `runge_kutta`, operation for operation; ``stages`` keeps the four states that slopes belong to."""
    for part in range(z.shape[0]):
        for mode in range(z.shape[1]):
            stages[0, part, mode, 0] = z[part, mode, 0]
    for stage in range(4):
        drift(stages[stage], slope, p)
        reach = h if stage == 2 else 0.5 * h
        share = h / 6.0 if stage in (0, 3) else h / 3.0
        for part in range(z.shape[0]):
            for mode in range(z.shape[1]):
                now, start = slope[part, mode, 0], z[part, mode, 0]
                if stage < 3:
                    stages[stage + 1, part, mode, 0] = start + reach * now
                total[part, mode, 0] = (start if stage == 0 else total[part, mode, 0]) + share * now
    for part in range(z.shape[0]):
        for mode in range(z.shape[1]):
            z[part, mode, 0] = total[part, mode, 0]


@kernel
def runge_kutta_tangent(stages, v, h, p, moved, slope, total):
    """Tangent of the step that left ``stages``, applied in place to the vectors ``v`` (parts, n_modes, n_vectors)."""
    for stage in range(4):
        tangent(stages[stage], v if stage == 0 else moved, slope, p)
        reach = h if stage == 2 else 0.5 * h
        share = h / 6.0 if stage in (0, 3) else h / 3.0
        target = v if stage == 3 else total
        for part in range(v.shape[0]):
            for mode in range(v.shape[1]):
                for lane in range(v.shape[2]):
                    now, start = slope[part, mode, lane], v[part, mode, lane]
                    before = start if stage == 0 else total[part, mode, lane]
                    moved[part, mode, lane] = start + reach * now
                    target[part, mode, lane] = before + share * now


@kernel
def displace(z, v, distance, moved):
    """Move a state along every vector, ``moved = z + distance * v``; moved is like ``v``."""
    for part in range(v.shape[0]):
        for mode in range(v.shape[1]):
            for lane in range(v.shape[2]):
                moved[part, mode, lane] = z[part, mode, 0] + distance * v[part, mode, lane]


@kernel
def difference_distance(z, v):
    """Distance of a central difference: 1e-5 of the state's root mean square, for the largest component of ``v``.

    In units of the state's scale, truncation is then 1e-10/6 of the third derivative and rounding about 1e-11.
    """
    square, largest = 0.0, 0.0
    for part in range(z.shape[0]):
        for mode in range(z.shape[1]):
            square += z[part, mode, 0] * z[part, mode, 0]
            for lane in range(v.shape[2]):
                largest = max(largest, abs(v[part, mode, lane]))
    return max(1e-5 * math.sqrt(square / (z.shape[0] * z.shape[1])), 1e-30) / max(largest, 1e-300)


@kernel
def kick_tangent(z, shift, v, noise, h, p, ahead, behind, lane_noise):
    """Tangent of the model's kick of the state ``z`` with this noise, applied in place to ``v``.

    It is a central difference of the kick itself along every vector; its error, of order 1e-10, is far below what the
    time step leaves.  Where the ``shift`` of the state by the kick is larger than the state, as from zero fields, it
    sets the distance: a shorter one would be rounded away.
    """
    for part in range(2):
        for channel in range(noise.shape[1]):
            for lane in range(v.shape[2]):
                lane_noise[part, channel, lane] = noise[part, channel, 0]
    distance = max(difference_distance(z, v), difference_distance(shift, v))
    for side in range(2):
        moved = ahead if side == 0 else behind
        displace(z, v, distance if side == 0 else -distance, moved)
        kick(moved, lane_noise, h, p)
    weight = 0.5 / distance
    for part in range(v.shape[0]):
        for mode in range(v.shape[1]):
            for lane in range(v.shape[2]):
                v[part, mode, lane] = weight * (ahead[part, mode, lane] - behind[part, mode, lane])


@reduction
def _dot(a, b):
    result = 0.0
    for index in range(a.size):
        result += a[index] * b[index]
    return result


@kernel
def orthonormalise(tangents, rows, growth):
    """Modified Gram-Schmidt; ``growth`` becomes the logarithm of the diagonal of R.

    Parameters
    ----------
    tangents : (n_chunks, parts, n_modes, width)
        Vectors; number j stands in chunk j // width.  Those from number ``len(rows)`` on stay as they are.
    rows : (n_vectors, parts * n_modes)
        Scratch: one vector a row.
    growth : (n_vectors,)

    Returns
    -------
    float
        Smallest share of a vector's length that the projections left: digits are lost where it is small.
    """
    parts, n_modes, width = tangents.shape[1:]
    for chunk in range(tangents.shape[0]):
        n_here = min(width, rows.shape[0] - chunk * width)
        for part in range(parts):
            for mode in range(n_modes):
                for lane in range(n_here):
                    rows[chunk * width + lane, part * n_modes + mode] = tangents[chunk, part, mode, lane]
    worst = 1.0
    for j in range(rows.shape[0]):
        before = math.sqrt(_dot(rows[j], rows[j]))
        for i in range(j):
            overlap = _dot(rows[i], rows[j])
            for index in range(rows.shape[1]):
                rows[j, index] -= overlap * rows[i, index]
        norm = math.sqrt(_dot(rows[j], rows[j]))
        worst = min(worst, norm / before)
        growth[j] = math.log(norm)
        for index in range(rows.shape[1]):
            rows[j, index] /= norm
    for chunk in range(tangents.shape[0]):
        n_here = min(width, rows.shape[0] - chunk * width)
        for part in range(parts):
            for mode in range(n_modes):
                for lane in range(n_here):
                    tangents[chunk, part, mode, lane] = rows[chunk * width + lane, part * n_modes + mode]
    return worst


@entry
def run_intervals(z, tangents, p, h, first_step, steps_per_interval, noise, growth, substeps):
    """Advance a state and its tangent vectors by ``len(growth)`` intervals, each ended by one orthonormalisation.

    Parameters
    ----------
    z : (parts, n_modes, 1)
        State, advanced in place; as in the ensemble solver it is the one after a drift, before the next kick.
    tangents : (n_chunks, parts, n_modes, width)
        Vectors, advanced in place; without chunks the state alone moves.
    noise : (n_steps, 2, n_noises, 1) or None
        Unit complex normals of every step.  With None nothing kicks, and the branch is not compiled: a model without
        ``kick`` will do.
    growth : (n_intervals, n_vectors)
        Logarithms of the diagonal of R.
    substeps : int
        Runge-Kutta steps that make the drift of one step; the kicks stay those of a whole one.

    Returns
    -------
    float
        The smallest result of `orthonormalise`.
    """
    parts, n_modes, width = tangents.shape[1:]
    stages = np.empty((4, parts, n_modes, 1))
    short = np.empty((2, parts, n_modes, 1))
    scratch = np.empty((3, parts, n_modes, width))
    rows = np.empty((growth.shape[1], parts * n_modes))
    if noise is not None:
        lane_noise = np.empty((2, noise.shape[2], width))
    worst = 1.0
    for interval in range(growth.shape[0]):
        for step in range(interval * steps_per_interval, (interval + 1) * steps_per_interval):
            if noise is not None:
                time = 0.5 * h if first_step + step == 0 else h
                kicked, shift = short[0], short[1]
                displace(z, z, 0.0, kicked)
                kick(kicked, noise[step], time, p)
                displace(kicked, z, -1.0, shift)
                for chunk in range(tangents.shape[0]):
                    kick_tangent(z, shift, tangents[chunk], noise[step], time, p, scratch[0], scratch[1], lane_noise)
                displace(kicked, z, 0.0, z)
            for _ in range(substeps):
                runge_kutta_stages(z, h / substeps, p, stages, short[0], short[1])
                for chunk in range(tangents.shape[0]):
                    runge_kutta_tangent(stages, tangents[chunk], h / substeps, p, scratch[0], scratch[1], scratch[2])
        worst = min(worst, orthonormalise(tangents, rows, growth[interval]))
    return worst
