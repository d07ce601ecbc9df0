# ruff: noqa: F821 -- drift, displace and difference_distance are bound by openkerr.numerics.compilation.load_kernel
"""Tangent of the drift by directional differences: template for models without derivatives."""

import numpy as np

from openkerr.numerics.compilation import kernel


@kernel
def tangent(z, v, dv, p):
    """dv = J(z) v for every lane of v by a central difference, see ``difference_distance`` for its error."""
    distance = difference_distance(z, v)
    moved = np.empty(v.shape)
    behind = np.empty(v.shape)
    displace(z, v, -distance, moved)
    drift(moved, behind, p)
    displace(z, v, distance, moved)
    drift(moved, dv, p)
    weight = 0.5 / distance
    for part in range(v.shape[0]):
        for mode in range(v.shape[1]):
            for lane in range(v.shape[2]):
                dv[part, mode, lane] = weight * (dv[part, mode, lane] - behind[part, mode, lane])
