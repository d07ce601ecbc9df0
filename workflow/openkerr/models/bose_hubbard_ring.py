"""The closed ring of the chain's bulk: equilibrium fields by Monte Carlo, motion that keeps photons, total currents.

    H = sum_l [(U/2)(|alpha_l|⁴ - 2 |alpha_l|² + 1/2) - 2J Re(alpha_l* alpha_{l+1})],   l mod N, N even

is the Weyl symbol of the chain's Hamiltonian without detuning, drive and loss.  `sample` draws fields with the weight
exp(-beta H + nu N) by Metropolis' rule, at beta of either sign within |alpha|² < largest; `advance` moves them by the
splitting of `openkerr.models.bose_hubbard_chain_splitting`,

    T(h/2) O(h/2) E(h) O(h/2) T(h/2),     odd hops with the bond that closes the ring,

which keeps the photon number to rounding and the energy to second order in the step without drift, and adds up the
currents of `openkerr.analysis.chain_currents` over the ring.
"""

import math

import numpy as np

from openkerr.models.bose_hubbard_chain_splitting import TURN
from openkerr.numerics.compilation import entry, inlined
from openkerr.numerics.rng import DYNAMICS, fill_complex_normals
from openkerr.numerics.trigonometry import cos_sin_turns


@inlined
def _hop(z, left, right, c, s):
    """Rotate the bond of two sites."""
    for lane in range(z.shape[2]):
        x, y, u, v = z[0, left, lane], z[1, left, lane], z[0, right, lane], z[1, right, lane]
        z[0, left, lane] = c * x - s * v
        z[1, left, lane] = c * y + s * u
        z[0, right, lane] = c * u - s * y
        z[1, right, lane] = c * v + s * x


@inlined
def _turn(z, site, slope, offset):
    """Turn the field of one site clockwise by slope |alpha|² + offset, in full turns."""
    for lane in range(z.shape[2]):
        x, y = z[0, site, lane], z[1, site, lane]
        c, s = cos_sin_turns(slope * (x * x + y * y) + offset)
        z[0, site, lane] = c * x + s * y
        z[1, site, lane] = c * y - s * x


@entry
def sample(z, beta, nu, hopping, kerr, largest, width, n_sweeps, seed, first_trajectory):
    """Draw equilibrium fields by sweeps of Metropolis' rule over the sites, in place.

    Parameters
    ----------
    z : (2, n_sites, n_lanes)
        Fields from which the sweeps start.
    beta, nu : float
        1/T, and mu/T.
    hopping, kerr, largest : float
        J, U, and the bound of |alpha|².
    width : float
        Size of a proposed change: <|change|²> = width².
    n_sweeps, seed, first_trajectory : int
        Sweeps; key of the noise, and the number of the first lane.

    Returns
    -------
    float
        Share of the proposals that were accepted.
    """
    n_sites, n_lanes = z.shape[1], z.shape[2]
    noise = np.empty((2, 2 * n_sites, n_lanes))
    accepted = 0
    bond = 2.0 * beta * hopping
    for sweep in range(n_sweeps):
        fill_complex_normals(noise, seed, first_trajectory, sweep, DYNAMICS)
        for site in range(n_sites):
            left, right = (site - 1) % n_sites, (site + 1) % n_sites
            for lane in range(n_lanes):
                x, y = z[0, site, lane], z[1, site, lane]
                u = x + width * noise[0, 2 * site, lane]
                v = y + width * noise[1, 2 * site, lane]
                old, new = x * x + y * y, u * u + v * v
                gain = bond * (
                    (u - x) * (z[0, left, lane] + z[0, right, lane]) + (v - y) * (z[1, left, lane] + z[1, right, lane])
                )
                gain += (new - old) * (nu + beta * kerr * (1.0 - 0.5 * (new + old)))
                # exp(-|normal|²) is uniform.
                p, q = noise[0, 2 * site + 1, lane], noise[1, 2 * site + 1, lane]
                if new < largest and gain > -(p * p + q * q):
                    z[0, site, lane] = u
                    z[1, site, lane] = v
                    accepted += 1
    return accepted / (n_sweeps * n_sites * n_lanes)


@entry
def conserved(z, hopping, kerr, sums):
    """Photon number and energy of every ring; sums: (2, n_lanes), overwritten."""
    n_sites = z.shape[1]
    sums[:] = 0.0
    for site in range(n_sites):
        right = (site + 1) % n_sites
        for lane in range(z.shape[2]):
            x, y = z[0, site, lane], z[1, site, lane]
            density = x * x + y * y
            sums[0, lane] += density - 0.5
            sums[1, lane] += 0.5 * kerr * (density * density - 2.0 * density + 0.5)
            sums[1, lane] -= 2.0 * hopping * (x * z[0, right, lane] + y * z[1, right, lane])


@entry
def advance(z, h, n_samples, steps_per_sample, hopping, kerr, currents):
    """Move rings in place, and add up their currents at every sample, the start included.

    Parameters
    ----------
    z : (2, n_sites, n_lanes)
        Fields; the number of sites is even.
    h, n_samples, steps_per_sample : float, int, int
        Step, samples, steps between two of them.
    currents : (n_samples, 2, n_lanes)
        Photon and energy currents summed over the bonds; overwritten.
    """
    n_sites, n_lanes = z.shape[1], z.shape[2]
    c_half, s_half = math.cos(0.5 * hopping * h), math.sin(0.5 * hopping * h)
    c, s = math.cos(hopping * h), math.sin(hopping * h)
    slope = kerr * h * TURN
    for number in range(n_samples):
        if number > 0:
            for site in range(n_sites):
                _turn(z, site, 0.5 * slope, -0.5 * slope)
            for step in range(steps_per_sample):
                for site in range(1, n_sites, 2):
                    _hop(z, site, (site + 1) % n_sites, c_half, s_half)
                for site in range(0, n_sites, 2):
                    _hop(z, site, site + 1, c, s)
                for site in range(1, n_sites, 2):
                    _hop(z, site, (site + 1) % n_sites, c_half, s_half)
                # Turns that meet are done as one.
                share = 1.0 if step < steps_per_sample - 1 else 0.5
                for site in range(n_sites):
                    _turn(z, site, share * slope, -share * slope)
        for lane in range(n_lanes):
            currents[number, 0, lane] = 0.0
            currents[number, 1, lane] = 0.0
        for site in range(n_sites):
            right, far = (site + 1) % n_sites, (site + 2) % n_sites
            for lane in range(n_lanes):
                x, y = z[0, site, lane], z[1, site, lane]
                u, v = z[0, right, lane], z[1, right, lane]
                near = x * v - y * u
                following = x * z[1, far, lane] - y * z[0, far, lane]
                currents[number, 0, lane] += 2.0 * hopping * near
                currents[number, 1, lane] += 2.0 * hopping * (kerr * (u * u + v * v - 1.0) * near - hopping * following)
