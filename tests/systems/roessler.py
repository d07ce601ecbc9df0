"""The Rössler system, three real numbers as three modes of one part (Rössler, Phys. Lett. A 57, 397 (1976)).

Lyapunov exponents at a = b = 0.2, c = 5.7: 0.0714, 0, -5.3943, Kaplan-Yorke dimension 2.0132 (Sprott, "Chaos and
Time-Series Analysis", Oxford 2003, table of exponents of chaotic flows).
"""

import numpy as np

from openkerr.models.base import FlowModel
from openkerr.numerics.compilation import kernel


class Roessler(FlowModel):
    a: float = 0.2
    b: float = 0.2
    c: float = 5.7

    @property
    def parts(self):
        return 1

    @property
    def n_modes(self):
        return 3

    def kernel_parameters(self, method):
        return np.array([self.a, self.b, self.c])


@kernel
def drift(z, dz, p):
    for lane in range(z.shape[2]):
        x, y, w = z[0, 0, lane], z[0, 1, lane], z[0, 2, lane]
        dz[0, 0, lane] = -y - w
        dz[0, 1, lane] = x + p[0] * y
        dz[0, 2, lane] = p[1] + w * (x - p[2])


@kernel
def jacobian(x, jac, p):
    jac[0, 0], jac[0, 1], jac[0, 2] = 0.0, -1.0, -1.0
    jac[1, 0], jac[1, 1], jac[1, 2] = 1.0, p[0], 0.0
    jac[2, 0], jac[2, 1], jac[2, 2] = x[2], 0.0, x[0] - p[2]
