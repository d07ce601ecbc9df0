"""One real number in a double well with additive noise, dx = (x - x³) dt + strength dW.

Its only Lyapunov exponent is <1 - 3 x²> under the stationary density exp[(x² - x⁴/2)/strength²].
"""

import math

import numpy as np
from scipy.integrate import quad

from openkerr.models.base import FlowModel
from openkerr.numerics.compilation import kernel


class NoisyScalar(FlowModel):
    strength: float

    @property
    def parts(self):
        return 1

    @property
    def n_modes(self):
        return 1

    @property
    def n_noises(self):
        return 1

    def kernel_parameters(self, method):
        return np.array([self.strength])

    def exact_exponent(self):
        def weight(x):
            return math.exp((x * x - 0.5 * x**4 - 0.5) / self.strength**2)

        norm, second = (quad(lambda x, k=k: x**k * weight(x), -8, 8, epsabs=0, epsrel=1e-11)[0] for k in (0, 2))
        return 1.0 - 3.0 * second / norm


@kernel
def drift(z, dz, p):
    for lane in range(z.shape[2]):
        x = z[0, 0, lane]
        dz[0, 0, lane] = x - x * x * x


@kernel
def kick(z, noise, h, p):
    for lane in range(z.shape[2]):
        # The real part of a unit complex Gaussian has variance 1/2.
        z[0, 0, lane] += p[0] * math.sqrt(2.0 * h) * noise[0, 0, lane]


@kernel
def jacobian(x, jac, p):
    jac[0, 0] = 1.0 - 3.0 * x[0] * x[0]
