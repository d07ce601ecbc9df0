"""One site of an infinite Bose-Hubbard chain in equilibrium, by the largest eigenvector of its transfer operator."""

import numpy as np
from scipy.special import ive


def site_density(
    temperature: float, chemical_potential: float, kerr: float, hopping: float, n_points: int = 500
) -> tuple[np.ndarray, np.ndarray]:
    """u = |alpha|² and its probabilities, phases integrated out (K. O. Rasmussen et al., PRL 84, 3740 (2000))."""
    beta = 1.0 / temperature
    top = 2.0 * max(chemical_potential / kerr, 0.0) + 10.0 * np.sqrt(temperature / kerr) + 10.0
    nodes, weights = np.polynomial.legendre.leggauss(n_points)
    u, weights = 0.5 * top * (nodes + 1.0), 0.5 * top * weights
    energy = 0.5 * kerr * u**2 - (kerr + chemical_potential) * u
    argument = 2.0 * beta * abs(hopping) * np.sqrt(np.outer(u, u))
    exponent = -0.5 * beta * (energy[:, None] + energy) + argument
    kernel = np.exp(exponent - exponent.max()) * ive(0, argument) * np.sqrt(np.outer(weights, weights))
    density = np.linalg.eigh(kernel)[1][:, -1] ** 2
    return u, density / density.sum()
