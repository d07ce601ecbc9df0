"""One field with a stable origin and a stable cycle, d(z) = (-mu + 2 |z|² - |z|⁴ - i omega) z, noise v = a + b |z|².

Only the modulus r has a force: radial drift f = r (-mu + 2 r² - r⁴) with unstable and stable radii r² = 1 -+ sqrt(1 -
mu) and diffusion v/2, so that the action of a path between radii is the integral of 2 |f|/(v/2).
"""

import math

import numpy as np
from scipy.integrate import cumulative_trapezoid, quad, trapezoid

from openkerr.models.base import FlowModel
from openkerr.numerics.compilation import kernel


class Subcritical(FlowModel):
    mu: float
    omega: float
    additive: float
    multiplicative: float

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
        return np.array([self.mu, self.omega, self.additive, self.multiplicative])

    def radii(self):
        """Unstable and stable radius."""
        return math.sqrt(1 - math.sqrt(1 - self.mu)), math.sqrt(1 + math.sqrt(1 - self.mu))

    def action(self):
        """From the stable to the unstable cycle."""

        def integrand(r):
            return 2 * r * (-self.mu + 2 * r**2 - r**4) / (0.5 * (self.additive + self.multiplicative * r**2))

        return quad(integrand, *self.radii(), epsrel=1e-11)[0]

    def rate(self, eps):
        """Of leaving the stable cycle for the origin at eps times the noise: one over the mean first-passage time."""
        unstable, stable = self.radii()
        r = np.linspace(0.02, 2.2, 40001)
        diffusion = 0.25 * eps * (self.additive + self.multiplicative * r**2)
        # In two dimensions the modulus has the force diffusion/r.
        force = r * (-self.mu + 2 * r**2 - r**4) + diffusion / r
        log_weight = cumulative_trapezoid(force / diffusion, r, initial=0.0)
        log_weight -= log_weight[np.argmin(abs(r - stable))]
        edge, start = np.argmin(abs(r - unstable)), np.argmin(abs(r - stable))
        # From twelve below the barrier, or from where the density is highest inside, nothing comes back.
        inside = log_weight[:edge]
        gone = np.flatnonzero(inside >= min(log_weight[edge] + 12, inside.max()))[-1]
        r, diffusion, log_weight, start = r[gone:], diffusion[gone:], log_weight[gone:], start - gone
        weight = np.exp(log_weight) / diffusion
        outside = cumulative_trapezoid(weight[::-1], -r[::-1], initial=0.0)[::-1]
        way = slice(0, start + 1)
        return 1 / trapezoid(outside[way] / (diffusion * weight)[way], r[way])


@kernel
def drift(z, dz, p):
    for lane in range(z.shape[2]):
        x, y = z[0, 0, lane], z[1, 0, lane]
        density = x * x + y * y
        grow = -p[0] + 2.0 * density - density * density
        dz[0, 0, lane] = grow * x + p[1] * y
        dz[1, 0, lane] = grow * y - p[1] * x


@kernel
def kick(z, noise, h, p):
    for lane in range(z.shape[2]):
        x, y = z[0, 0, lane], z[1, 0, lane]
        size = math.sqrt(h * (p[2] + p[3] * (x * x + y * y)))
        z[0, 0, lane] = x + size * noise[0, 0, lane]
        z[1, 0, lane] = y + size * noise[1, 0, lane]


@kernel
def jacobian(x, jac, p):
    density = x[0] * x[0] + x[1] * x[1]
    grow, slope = -p[0] + 2.0 * density - density * density, 4.0 - 4.0 * density
    jac[0, 0] = grow + slope * x[0] * x[0]
    jac[0, 1] = p[1] + slope * x[0] * x[1]
    jac[1, 0] = -p[1] + slope * x[0] * x[1]
    jac[1, 1] = grow + slope * x[1] * x[1]
