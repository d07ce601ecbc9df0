"""One field in a potential V(x, y) that also turns at right angles to its slope, f = -grad V + turn J grad V.

Turning costs nothing, and V remains what weak noise climbs: the action of a path out of a minimum is 2 dV over the
diffusion v/2 of a quadrature.  Two potentials of height 1/4:

    double well   V = (x² - 1)²/4 + stiffness (y - bend (x³ - x))²/2, saddle at (0, 0)
    hat           V = (r² - 1)²/4, a limit cycle on the circle r = 1 (J grad V replaced by the angle's direction)
"""

import math

import numpy as np

from openkerr.models.base import FlowModel
from openkerr.numerics.compilation import kernel


class TurningWell(FlowModel):
    turn: float
    bend: float
    stiffness: float
    noise: float
    hat: bool = False

    @property
    def n_modes(self):
        return 1

    @property
    def n_noises(self):
        return 1

    def kernel_parameters(self, method):
        return np.array([self.turn, self.bend, self.stiffness, self.noise, float(self.hat)])

    def action(self):
        """From a well to (0, 0), a saddle, or from the circle to it, a maximum: V is 1/4 there."""
        return 2 * 0.25 / (0.5 * self.noise)

    def prefactor(self):
        """From a double well's minimum: determinants of V's second derivatives, and the rate that grows at (0, 0)."""
        bend, stiffness = self.bend, self.stiffness
        minimum = np.array([[2 + 4 * stiffness * bend**2, -2 * stiffness * bend], [-2 * stiffness * bend, stiffness]])
        saddle = np.array([[stiffness * bend**2 - 1, stiffness * bend], [stiffness * bend, stiffness]])
        turned = -(np.eye(2) - self.turn * np.array([[0.0, -1.0], [1.0, 0.0]])) @ saddle
        growth = np.linalg.eigvals(turned).real.max()
        return growth / (2 * np.pi) * math.sqrt(np.linalg.det(minimum) / -np.linalg.det(saddle))


@kernel
def slope(x, y, p):
    """Gradient of the potential."""
    if p[4] > 0.5:
        outside = x * x + y * y - 1.0
        return outside * x, outside * y
    away = p[2] * (y - p[1] * (x * x - 1.0) * x)
    return x * (x * x - 1.0) - away * p[1] * (3.0 * x * x - 1.0), away


@kernel
def drift(z, dz, p):
    for lane in range(z.shape[2]):
        x, y = z[0, 0, lane], z[1, 0, lane]
        along_x, along_y = slope(x, y, p)
        # On the hat the field turns everywhere, at right angles to a slope that is radial.
        turn_x, turn_y = (-y, x) if p[4] > 0.5 else (-along_y, along_x)
        dz[0, 0, lane] = -along_x + p[0] * turn_x
        dz[1, 0, lane] = -along_y + p[0] * turn_y


@kernel
def kick(z, noise, h, p):
    size = math.sqrt(h * p[3])
    for lane in range(z.shape[2]):
        z[0, 0, lane] += size * noise[0, 0, lane]
        z[1, 0, lane] += size * noise[1, 0, lane]


@kernel
def jacobian(x, jac, p):
    step = 1e-6
    for column in range(2):
        shift = np.zeros(2)
        shift[column] = step
        high, low = np.empty((2, 1, 1)), np.empty((2, 1, 1))
        drift((x + shift).reshape((2, 1, 1)), high, p)
        drift((x - shift).reshape((2, 1, 1)), low, p)
        jac[0, column] = (high[0, 0, 0] - low[0, 0, 0]) / (2.0 * step)
        jac[1, column] = (high[1, 0, 0] - low[1, 0, 0]) / (2.0 * step)
