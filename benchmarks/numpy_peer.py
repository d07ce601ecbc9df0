"""The two cavities in plain NumPy, trajectories as one axis: the scheme of the Runge-Kutta stepper of openkerr."""

import math

import numpy as np
import ours


def torus(n_trajectories: int, n_samples: int, step: float, noise: bool = True) -> np.ndarray:
    """Mean of |alpha|² (n_samples + 1, 2)."""
    model = ours.torus_model()
    p = model.kernel_parameters("twa")
    omega, gain, kerr, eta, additive, slope = (p[2 * k : 2 * k + 2, None] for k in range(6))
    tunneling, shift, h = p[12], p[13], step
    generator = np.random.default_rng(1)

    def normals():
        pair = generator.standard_normal((2, 2, n_trajectories))
        return (pair[0] + 1j * pair[1]) * math.sqrt(0.5)

    def drift(a):
        density = a.real**2 + a.imag**2 - shift
        rate = (gain - eta * density) * a - 1j * (omega + kerr * density) * a
        rate[0] += 2j * tunneling * a[0].conj() * a[1]
        rate[1] += 1j * tunneling * a[0] ** 2
        return rate

    def kick(a, tau, zeta):
        size = np.sqrt(tau * (additive + slope * (a.real**2 + a.imag**2) + 0.5 * additive * slope * tau))
        return a + size * zeta + 0.5 * slope * tau * a.conj() * zeta**2

    a = np.zeros((2, n_trajectories), dtype=complex) + np.array(ours.TORUS_START)[:, None]
    if noise:
        a += math.sqrt(model.vacuum_variance) * normals()
    means = [np.mean(np.abs(a) ** 2, axis=1)]
    for step in range(n_samples * round(ours.TORUS_SAMPLING / h)):
        if noise:
            a = kick(a, h if step else h / 2, normals())
        k1 = drift(a)
        k2 = drift(a + h / 2 * k1)
        k3 = drift(a + h / 2 * k2)
        k4 = drift(a + h * k3)
        a = a + h / 6 * (k1 + 2 * k2 + 2 * k3 + k4)
        if (step + 1) * h % ours.TORUS_SAMPLING < h / 2:
            means.append(np.mean(np.abs(a) ** 2, axis=1))
    return np.array(means)
