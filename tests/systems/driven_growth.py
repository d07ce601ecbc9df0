"""A deviation that grows at a fluctuating rate: dy = (rate + strength Re x) y dt, with dx = -decay x dt + noise dW.

About y = 0 a deviation of y is y itself, and that of x dies out: ln|y| gains the integral of a Gaussian process, and

    L(q) = q rate + q² strength² noise² / (4 decay²),

noise² being <|dW|²>/dt, of which the real part has half.  The rate remembers a time 1/decay.
"""

import math

import numpy as np

from openkerr.models.base import FlowModel
from openkerr.numerics.compilation import kernel


class DrivenGrowth(FlowModel):
    rate: float = 0.7
    strength: float = 0.5
    decay: float = 0.5
    noise: float = 1.0

    @property
    def n_modes(self):
        return 2

    @property
    def n_noises(self):
        return 1

    def kernel_parameters(self, method):
        return np.array([self.rate, self.strength, self.decay, self.noise])

    def exact(self, moment):
        """L(q)."""
        return moment * self.rate + (0.5 * moment * self.strength * self.noise / self.decay) ** 2

    def exact_log_moment(self, moment, time):
        """ln of <|y(t)|**q> from a stationary x."""
        memory = 2.0 / self.decay**2 * (self.decay * time - 1.0 + math.exp(-self.decay * time))
        variance = (self.strength * self.noise) ** 2 / (4.0 * self.decay) * memory
        return moment * self.rate * time + 0.5 * moment**2 * variance


@kernel
def drift(z, dz, p):
    for lane in range(z.shape[2]):
        growth = p[0] + p[1] * z[0, 0, lane]
        for part in range(2):
            dz[part, 0, lane] = -p[2] * z[part, 0, lane]
            dz[part, 1, lane] = growth * z[part, 1, lane]


@kernel
def kick(z, noise, h, p):
    size = p[3] * math.sqrt(h)
    for part in range(2):
        for lane in range(z.shape[2]):
            z[part, 0, lane] += size * noise[part, 0, lane]
