"""The Lorenz system, three real numbers as three modes of one part (Lorenz, J. Atmos. Sci. 20, 130 (1963)).

Lyapunov exponents at sigma = 10, rho = 28, beta = 8/3: 0.9056, 0, -14.5723, Kaplan-Yorke dimension 2.0621 (Sprott,
"Chaos and Time-Series Analysis", Oxford 2003, table of exponents of chaotic flows).
"""

import numpy as np

from openkerr.models.base import FlowModel
from openkerr.numerics.compilation import kernel


class Lorenz(FlowModel):
    sigma: float = 10.0
    rho: float = 28.0
    beta: float = 8.0 / 3.0

    @property
    def parts(self):
        return 1

    @property
    def n_modes(self):
        return 3

    def kernel_parameters(self, method):
        return np.array([self.sigma, self.rho, self.beta])


@kernel
def drift(z, dz, p):
    for lane in range(z.shape[2]):
        x, y, w = z[0, 0, lane], z[0, 1, lane], z[0, 2, lane]
        dz[0, 0, lane] = p[0] * (y - x)
        dz[0, 1, lane] = x * (p[1] - w) - y
        dz[0, 2, lane] = x * y - p[2] * w


@kernel
def jacobian(x, jac, p):
    jac[0, 0], jac[0, 1], jac[0, 2] = -p[0], p[0], 0.0
    jac[1, 0], jac[1, 1], jac[1, 2] = p[1] - x[2], -1.0, -x[0]
    jac[2, 0], jac[2, 1], jac[2, 2] = x[1], x[0], -p[2]
