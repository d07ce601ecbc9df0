"""Fields of a Bose-Hubbard chain in the grand-canonical state of its classical Hamiltonian, by Monte Carlo.

The weight is exp[-(H - mu N)/T] with the Weyl symbols N = sum u and

    H = sum_l (U/2)(u_l² - 2 u_l) - J (alpha_{l+1}* alpha_l + c.c.),    u = |alpha|²,

that is, the discrete nonlinear Schroedinger equation in equilibrium, hopping included, ends open.  Every second site at
a time: u by Metropolis steps, then the phase exactly, which given u and the neighbours' sum S is a von Mises variable
about that of S with concentration 2 J sqrt(u) |S|/T.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np


def thermal_fields(
    *,
    length: int,
    temperature: float,
    chemical_potential: float,
    kerr: float,
    hopping: float,
    n_chains: int,
    n_samples: int,
    sweeps_per_sample: int,
    burn_in: int,
    seed: int,
) -> Iterator[np.ndarray]:
    """Samples of independent chains in equilibrium.

    Parameters
    ----------
    length, n_chains : int
        Sites, and chains that are sampled beside each other.
    temperature, chemical_potential, kerr, hopping : float
        T > 0 and mu, U > 0 and J in one unit of energy.
    n_samples, sweeps_per_sample, burn_in : int
        Samples, sweeps over all sites between two of them, and sweeps before the first.
    seed : int

    Yields
    ------
    (length, n_chains) complex
        Fields, n_samples times.

    Raises
    ------
    ValueError
        If temperature or kerr is not positive: the state then has no norm.
    """
    if not temperature > 0 or not kerr > 0:
        raise ValueError(f"temperature is {temperature}, kerr {kerr}: allowed are positive numbers")
    random = np.random.default_rng(seed)
    beta = 1.0 / temperature
    # The mean of one site without hopping sets where chains begin and how far steps go.
    grid = np.linspace(0.0, 2.0 * max(chemical_potential / kerr, 0.0) + 20.0 * np.sqrt(temperature / kerr), 4000)
    exponent = -beta * (0.5 * kerr * grid**2 - (kerr + chemical_potential) * grid)
    weights = np.exp(exponent - exponent.max())
    weights /= weights.sum()
    mean = weights @ grid
    step = 2.0 * np.sqrt(weights @ (grid - mean) ** 2)
    u = random.choice(grid, size=(length, n_chains), p=weights)
    phase = random.uniform(-np.pi, np.pi, size=(length, n_chains))
    field = np.sqrt(u) * np.exp(1j * phase)
    for sweep in range(burn_in + n_samples * sweeps_per_sample):
        for first in (0, 1):
            around = np.zeros_like(field[first::2])
            left, right = field[first - 1 : -1 : 2] if first else field[1:-1:2], field[first + 1 :: 2]
            around[(1 - first) : (1 - first) + len(left)] += left
            around[: len(right)] += right
            own = field[first::2]
            u, size = np.abs(own) ** 2, np.abs(around)
            cosine = np.real(own.conj() * around) / np.maximum(np.abs(own) * size, 1e-300)
            trial = np.abs(u + step * random.standard_normal(u.shape))
            change = 0.5 * kerr * (trial**2 - u**2) - (kerr + chemical_potential) * (trial - u)
            change -= 2.0 * hopping * size * cosine * (np.sqrt(trial) - np.sqrt(u))
            u = np.where(random.random(u.shape) < np.exp(np.minimum(-beta * change, 0.0)), trial, u)
            turn = random.vonmises(np.angle(around), 2.0 * beta * abs(hopping) * np.sqrt(u) * size)
            # With J < 0 neighbours are opposite.
            field[first::2] = np.sqrt(u) * np.exp(1j * turn) * (1.0 if hopping >= 0 else -1.0)
        if sweep >= burn_in and (sweep - burn_in) % sweeps_per_sample == sweeps_per_sample - 1:
            yield field.copy()
