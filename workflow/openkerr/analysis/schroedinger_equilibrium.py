"""Equilibrium of the discrete nonlinear Schrödinger equation in the grand-canonical ensemble, by its transfer integral.

The closed bulk of the chain conserves the photon number N = sum (A_l - 1/2), A = |alpha|², and the energy counted from
the resonators' frequency,

    H = sum (U/2)(A_l² - 2 A_l + 1/2) - 2 J sum sqrt(A_l A_{l+1}) cos(theta_l - theta_{l+1}),

the Weyl symbols of the Hamiltonian without detuning.  With the weight exp(-beta H + nu N), nu = beta mu, the phases can
be integrated and an infinite chain is ruled by the largest eigenvalue of the kernel

    K(r, r') = sqrt(w(r) w(r')) I_0(2 beta J r r'),   w = r exp(-beta (U/2) A² + (nu + beta U) A),   r = sqrt(A)

(K. Ø. Rasmussen, T. Cretegny, P. G. Kevrekidis, N. Grønbech-Jensen, Phys. Rev. Lett. 84, 3740 (2000)).  Means of A,
of A² and of the hopping energy follow from its eigenvector.

At negative temperature and U > 0 the weight cannot be normalised: large fields gain.  Where small fields are held back
from them by a barrier, states below the barrier live long and are what is described here: the integral ends on the
barrier, and `Equilibrium.leak` tells how probable the field there is.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
from scipy.special import ive

__all__ = ["Equilibrium", "NoEquilibriumError", "equilibrium", "find_equilibrium", "responses"]

NODES = 64
"""Points of the quadrature in r."""

TAIL = 36.0
"""Exponent to which the weight of a single site has fallen where the integral ends."""

LARGEST_LEAK = 1e-4
"""Probability density of A at the barrier, times the mean of A, above which nothing holds the field back."""


PRECISION = 1e-8
"""Relative precision to which density and energy are met."""


class NoEquilibriumError(ValueError):
    """There is no equilibrium of this density and energy, or none that lasts."""


@dataclass(frozen=True)
class Equilibrium:
    """An equilibrium state of the infinite chain, per site.

    Attributes
    ----------
    beta, nu : float
        Inverse temperature 1/T, and mu/T.
    photon_number, energy : float
        Mean photon number and energy of a site.
    quartic : float
        Mean of A².
    hopping_energy : float
        Part of the energy that is in the hops.
    pressure : float
        ln Z per site.
    largest : float
        Where the integral ends in A.
    leak : float
        Probability density of A where the integral ends, times the mean of A.
    """

    beta: float
    nu: float
    photon_number: float
    energy: float
    quartic: float
    hopping_energy: float
    pressure: float
    largest: float
    leak: float

    @property
    def entropy(self) -> float:
        """Entropy of a site: ln Z + beta e - nu n, of the density in A and theta / 2 pi."""
        return self.pressure + self.beta * self.energy - self.nu * self.photon_number


@cache
def _nodes() -> tuple[np.ndarray, np.ndarray]:
    points, weights = np.polynomial.legendre.leggauss(NODES)
    return 0.5 * (points + 1.0), 0.5 * weights


def _extent(beta: float, slope: float, quadratic: float) -> float:
    """Largest A of the integral: where the weight has died away, or on the barrier.

    Among neighbours of equal A, whose hops weigh exp(2 |beta J| A) at most, a site weighs exp(slope A - quadratic A²).
    """
    if quadratic > 0:
        # The larger root of quadratic A² - slope A = TAIL + (value at the top, where that is inside).
        top = max(slope, 0.0) ** 2 / (4.0 * quadratic)
        return (slope + np.sqrt(slope**2 + 4.0 * quadratic * (TAIL + top))) / (2.0 * quadratic)
    if slope >= 0:
        raise NoEquilibriumError(f"at 1/T = {beta:g} nothing holds the field back: mu/T is too large")
    depth = slope**2 / (4.0 * abs(quadratic)) if quadratic else np.inf
    # The smaller root of the same equation, and the barrier where the weight does not fall so far.
    return 2.0 * min(TAIL, depth) / (abs(slope) * (1.0 + np.sqrt(max(1.0 - TAIL / depth, 0.0))))


def equilibrium(beta: float, nu: float, hopping: float, kerr: float, largest: float | None = None) -> Equilibrium:
    """Equilibrium at an inverse temperature, in 1/gamma, and mu/T.

    Parameters
    ----------
    beta, nu : float
        1/T of either sign, and mu/T.
    hopping, kerr : float
        J and U in units of gamma.
    largest : float, optional
        Where the integral ends in A; default: where the weight has died away, or on the barrier.

    Raises
    ------
    NoEquilibriumError
        If there is none: nothing holds the field back.
    """
    slope, quadratic, rate = nu + beta * kerr, 0.5 * beta * kerr, 2.0 * abs(beta * hopping)
    if largest is None:
        largest = _extent(beta, slope + rate, quadratic)
    points, weights = _nodes()
    r = np.sqrt(largest) * points
    a = r**2
    argument = rate * np.outer(r, r)
    # Half of exp(argument) goes to either side: it is at most (A + A')/2 times the rate.
    log_site = np.log(np.sqrt(largest) * weights * 2.0 * r) + slope * a - quadratic * a**2 + rate * a
    shift = log_site.max()
    side = np.exp(0.5 * (log_site - shift))
    damping = np.exp(argument - 0.5 * rate * (a[:, None] + a[None, :]))
    outer = side[:, None] * side[None, :] * damping
    values, vectors = np.linalg.eigh(outer * ive(0, argument))
    value, vector = values[-1], vectors[:, -1]
    density = vector**2
    cosine = vector @ (outer * ive(1, argument) * np.outer(r, r)) @ vector / value
    mean, square = float(density @ a), float(density @ a**2)
    hops = -2.0 * hopping * float(np.sign(beta * hopping) * cosine)
    # Density of A at the last node, relative to the exponential of the same mean.
    leak = float(density[-1] / (np.sqrt(largest) * weights[-1] * 2.0 * r[-1]) * mean)
    return Equilibrium(
        beta=beta,
        nu=nu,
        photon_number=mean - 0.5,
        energy=0.5 * kerr * (square - 2.0 * mean + 0.5) + hops,
        quartic=square,
        hopping_energy=hops,
        pressure=float(np.log(value) + shift) - 0.5 * nu - 0.25 * beta * kerr,
        largest=largest,
        leak=leak,
    )


def responses(state: Equilibrium, hopping: float, kerr: float) -> np.ndarray:
    """Derivatives of (photon number, energy, mean of A²) per site with respect to (mu/T, -1/T), shape (3, 2).

    The first two rows are the covariances of the conserved quantities per site: a symmetric positive matrix.
    """
    columns = []
    for direction in np.diag(_steps(state.photon_number, hopping)):
        high, low = (
            equilibrium(state.beta - sign * direction[1], state.nu + sign * direction[0], hopping, kerr, state.largest)
            for sign in (1.0, -1.0)
        )
        change = [getattr(high, name) - getattr(low, name) for name in ("photon_number", "energy", "quartic")]
        columns.append(np.array(change) / (2.0 * direction.sum()))
    return np.stack(columns, axis=1)


def _steps(photon_number: float, hopping: float) -> np.ndarray:
    """Steps of mu/T and 1/T for differences."""
    mean = photon_number + 0.5
    return 1e-5 * np.array([1.0 / mean, 1.0 / (max(abs(hopping), 1e-3) * mean)])


def find_equilibrium(
    photon_number: float, energy: float, hopping: float, kerr: float, guess: Equilibrium | None = None
) -> Equilibrium:
    """Equilibrium of given photon number and energy per site, by Newton's method in (mu/T, 1/T).

    Parameters
    ----------
    guess : Equilibrium, optional
        State to start from; default: infinite temperature.

    Raises
    ------
    NoEquilibriumError
        If there is none, or none that lasts.
    """
    if photon_number <= -0.5:
        raise NoEquilibriumError(f"the photon number is {photon_number:g}: allowed is more than -1/2")
    mean = photon_number + 0.5
    target, scale = np.array([photon_number, energy]), np.array([mean, max(abs(hopping), 1e-3) * mean])
    found = guess or equilibrium(0.0, -1.0 / mean, hopping, kerr)

    def miss(state: Equilibrium) -> np.ndarray:
        return (np.array([state.photon_number, state.energy]) - target) / scale

    error, slopes = miss(found), None
    for _ in range(60):
        if np.abs(error).max() < PRECISION:
            break
        # The slopes of the start serve as long as they bring the state near at once.
        if slopes is None:
            slopes = responses(found, hopping, kerr)[:2]
        move, share = np.linalg.solve(slopes, -error * scale), 1.0
        while True:
            try:
                trial = equilibrium(found.beta - share * move[1], found.nu + share * move[0], hopping, kerr)
            except NoEquilibriumError:
                trial = None
            if trial is not None and np.linalg.norm(miss(trial)) < (1.0 - 0.1 * share) * np.linalg.norm(error):
                break
            share *= 0.5
            if share < 1e-6:
                text = f"no equilibrium of {photon_number:g} photons and the energy {energy:g} a site lasts"
                raise NoEquilibriumError(text)
        if np.linalg.norm(miss(trial)) > 0.1 * np.linalg.norm(error):
            slopes = None
        found, error = trial, miss(trial)
    else:
        raise NoEquilibriumError(f"Newton's method does not settle at {photon_number:g} photons, energy {energy:g}")
    if found.leak > LARGEST_LEAK:
        raise NoEquilibriumError(f"at 1/T = {found.beta:g} the field leaks over the barrier: {found.leak:.2g}")
    return found
