"""Two uncoupled Stuart-Landau oscillators, d(z) = (mu - i omega) z - (1 + i shear) |z|² z; no derivative is given.

Everything is known in closed form: |z|² is logistic, and on the limit torus |z|² = mu the frequencies are
omega + shear mu and the Lyapunov exponents 0, 0, -2 mu_1, -2 mu_2.
"""

import numpy as np

from openkerr.models.base import FlowModel
from openkerr.numerics.compilation import kernel


class StuartLandau(FlowModel):
    growth: tuple[float, float]
    frequency: tuple[float, float]
    shear: float

    @property
    def n_modes(self):
        return 2

    @property
    def symmetry(self):
        return (1, 0)

    def kernel_parameters(self, method):
        return np.array([*self.growth, *self.frequency, self.shear])

    def exact(self, start, times):
        """Fields (n_modes, n_times) from a start (n_modes,)."""
        mu, omega = np.array(self.growth)[:, None], np.array(self.frequency)[:, None]
        start = np.asarray(start, dtype=complex)[:, None]
        growth = 1.0 + np.abs(start) ** 2 / mu * np.expm1(2 * mu * times)
        # The integral of |z|² is ln(growth)/2.
        return start * np.exp((mu - 1j * omega) * times - 0.5 * (1 + 1j * self.shear) * np.log(growth))


@kernel
def drift(z, dz, p):
    for mode in range(2):
        for lane in range(z.shape[2]):
            x, y = z[0, mode, lane], z[1, mode, lane]
            density = x * x + y * y
            grow, turn = p[mode] - density, p[2 + mode] + p[4] * density
            dz[0, mode, lane] = grow * x + turn * y
            dz[1, mode, lane] = grow * y - turn * x
