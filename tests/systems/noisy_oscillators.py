"""Two uncoupled oscillators with shear and noise of their own kind, whose phases are known in closed form.

d(z) = (mu - |z|²) z - i (omega + shear |z|² + bend |z|⁴) z, with noise along the radius and the arc,

    <dr²> = radial² dt,   <dr ds> = radial cross dt,   <ds²> = (tangential² + cross² + shared² of mode 2) dt,

and <ds_1 ds_2> = tangential_1 shared dt.  With h(r) = (shear + bend mu) ln r + bend r²/2 the asymptotic phase is
theta = -arg z + h(r), and nu = omega + shear mu + bend mu².
"""

import math

import numpy as np

from openkerr.models.base import FlowModel
from openkerr.numerics.compilation import kernel


class NoisyOscillators(FlowModel):
    growth: tuple[float, float] = (0.8, 1.3)
    frequency: tuple[float, float] = (0.7, 1.1)
    shear: tuple[float, float] = (0.6, -0.4)
    bend: tuple[float, float] = (0.3, 0.5)
    radial: tuple[float, float] = (0.5, 0.8)
    cross: tuple[float, float] = (0.35, -0.2)
    tangential: tuple[float, float] = (0.9, 0.4)
    shared: float = 0.25

    @property
    def n_modes(self):
        return 2

    @property
    def n_noises(self):
        return 2

    @property
    def symmetry(self):
        return (1, 0)

    def kernel_parameters(self, method):
        rows = (self.growth, self.frequency, self.shear, self.bend, self.radial, self.cross, self.tangential)
        return np.array([*np.ravel(rows), self.shared])

    def exact(self):
        """Frequencies (2,), diffusion matrix (2, 2) and frequency shifts (2,) of the two phases."""
        mu, omega, shear, bend, radial, cross, tangential = (np.array(row) for row in self.kernel_rows())
        r = np.sqrt(mu)
        slope = (shear + bend * mu) / r + bend * r
        curvature = bend - (shear + bend * mu) / mu
        rr, rs = radial**2, radial * cross
        ss = tangential**2 + cross**2 + np.array([0.0, self.shared**2])
        diffusion = np.diag(rr * slope**2 - 2 * rs * slope / r + ss / mu)
        diffusion[0, 1] = diffusion[1, 0] = tangential[0] * self.shared / (r[0] * r[1])
        shift = 0.5 * (rr * curvature + ss * slope / r + 2 * rs / mu)
        return omega + shear * mu + bend * mu**2, diffusion, shift

    def kernel_rows(self):
        return self.kernel_parameters("gpe")[:-1].reshape(7, 2)


@kernel
def drift(z, dz, p):
    for mode in range(2):
        for lane in range(z.shape[2]):
            x, y = z[0, mode, lane], z[1, mode, lane]
            density = x * x + y * y
            grow = p[mode] - density
            turn = p[2 + mode] + p[4 + mode] * density + p[6 + mode] * density * density
            dz[0, mode, lane] = grow * x + turn * y
            dz[1, mode, lane] = grow * y - turn * x


@kernel
def kick(z, noise, h, p):
    root = math.sqrt(2.0 * h)
    for mode in range(2):
        for lane in range(z.shape[2]):
            x, y = z[0, mode, lane], z[1, mode, lane]
            length = math.sqrt(x * x + y * y)
            radial = root * p[8 + mode] * noise[0, mode, lane]
            arc = root * (p[10 + mode] * noise[0, mode, lane] + p[12 + mode] * noise[1, mode, lane])
            if mode == 1:
                arc += root * p[14] * noise[1, 0, lane]
            z[0, mode, lane] = x + (radial * x - arc * y) / length
            z[1, mode, lane] = y + (radial * y + arc * x) / length


@kernel
def jacobian(x, jac, p):
    for k in range(2):
        real, imag = x[k], x[2 + k]
        density = real * real + imag * imag
        grow = p[k] - density
        turn = p[2 + k] + p[4 + k] * density + p[6 + k] * density * density
        faster = 2.0 * (p[4 + k] + 2.0 * p[6 + k] * density)
        jac[k, k] = grow - 2.0 * real * real + faster * real * imag
        jac[k, 2 + k] = turn - 2.0 * real * imag + faster * imag * imag
        jac[2 + k, k] = -turn - 2.0 * real * imag - faster * real * real
        jac[2 + k, 2 + k] = grow - 2.0 * imag * imag - faster * real * imag
