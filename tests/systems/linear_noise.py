"""A model outside the package, with exact moments: d(alpha) = lambda alpha dt + sqrt(a + b |alpha|²) dW (Ito).

The moments close: d<|alpha|²> = (2 Re lambda + b)<|alpha|²> + a and
d<|alpha|⁴> = (4 Re lambda + 4 b)<|alpha|⁴> + 4 a <|alpha|²>.
"""

import math

import numpy as np

from openkerr.models.base import FlowModel
from openkerr.numerics.compilation import kernel


class LinearNoise(FlowModel):
    """One mode with linear drift and noise that grows with the field."""

    growth: float
    frequency: float
    additive: float
    slope: float

    @property
    def n_modes(self):
        return 1

    @property
    def n_noises(self):
        return 1

    @property
    def symmetry(self):
        return (1,)

    def kernel_parameters(self, method):
        return np.array([self.growth, self.frequency, self.additive, self.slope])

    def exact_moments(self, second, fourth, time):
        """<|alpha|²> and <|alpha|⁴> after a time, from their values at the start."""
        rates = np.array(
            [
                [0.0, 0.0, 0.0],
                [self.additive, 2 * self.growth + self.slope, 0.0],
                [0.0, 4 * self.additive, 4 * self.growth + 4 * self.slope],
            ]
        )
        from scipy.linalg import expm

        return (expm(rates * time) @ [1.0, second, fourth])[1:]


@kernel
def drift(z, dz, p):
    for lane in range(z.shape[2]):
        dz[0, 0, lane] = p[0] * z[0, 0, lane] + p[1] * z[1, 0, lane]
        dz[1, 0, lane] = p[0] * z[1, 0, lane] - p[1] * z[0, 0, lane]


@kernel
def kick(z, noise, h, p):
    a, b = p[2], p[3]
    for lane in range(z.shape[2]):
        x, y, u, v = z[0, 0, lane], z[1, 0, lane], noise[0, 0, lane], noise[1, 0, lane]
        size = math.sqrt(h * (a + b * (x * x + y * y) + 0.5 * a * b * h))
        z[0, 0, lane] = x + size * u + 0.5 * b * h * (x * (u * u - v * v) + 2.0 * y * u * v)
        z[1, 0, lane] = y + size * v + 0.5 * b * h * (2.0 * x * u * v - y * (u * u - v * v))
