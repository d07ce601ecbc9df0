"""Equilibrium of the discrete nonlinear Schrödinger equation against closed forms and its own thermodynamics."""

import numpy as np
import pytest
from scipy.integrate import quad

from openkerr.analysis.schroedinger_equilibrium import (
    NoEquilibriumError,
    equilibrium,
    find_equilibrium,
    responses,
)

STATES = [(0.1, 0.1), (0.02, 0.05), (0.01, -0.05), (0.5, 1.0), (0.0, -0.05), (-0.01, -0.2)]
"""1/T and mu/T, of either sign, at J = 2 and U = 0.1."""


@pytest.mark.parametrize(("beta", "mu"), [(0.1, -6.0), (0.1, -4.5), (-0.1, 6.0)])
def test_without_interaction_modes_are_equally_filled(beta, mu):
    """n_k = T/(e_k - mu) with e_k = -2J cos k: <A> = |T|/sqrt(mu² - 4J²), and every field is Gaussian."""
    state = equilibrium(beta, beta * mu, hopping=2.0, kerr=0.0)
    mean = 1 / (abs(beta) * np.sqrt(mu**2 - 16.0))
    assert state.photon_number + 0.5 == pytest.approx(mean, rel=1e-10)
    assert state.quartic == pytest.approx(2 * mean**2, rel=1e-10)
    # sum over modes of (e_k - mu) n_k = T
    assert state.energy - mu * mean == pytest.approx(1 / beta, rel=1e-10)


def test_without_hopping_sites_are_alone():
    beta, nu, kerr = 0.3, 0.4, 0.1
    weight = [quad(lambda a, k=k: a**k * np.exp(-beta * kerr * (0.5 * a**2 - a) + nu * a), 0, 100)[0] for k in range(3)]
    state = equilibrium(beta, nu, hopping=0.0, kerr=kerr)
    assert state.photon_number + 0.5 == pytest.approx(weight[1] / weight[0], rel=1e-9)
    assert state.quartic == pytest.approx(weight[2] / weight[0], rel=1e-9)
    assert state.pressure == pytest.approx(np.log(weight[0]) - 0.5 * nu - 0.25 * beta * kerr, rel=1e-9)
    assert state.hopping_energy == 0.0


def test_infinite_temperature_has_exponential_densities():
    state = equilibrium(0.0, -0.05, hopping=2.0, kerr=0.1)
    assert state.photon_number == pytest.approx(19.5, rel=1e-9) and state.quartic == pytest.approx(800.0, rel=1e-9)
    assert state.energy == pytest.approx(0.05 * (800 - 40 + 0.5), rel=1e-9)
    assert state.entropy == pytest.approx(np.log(20.0) + 1.0, rel=1e-9)


@pytest.mark.parametrize(("beta", "nu"), STATES)
def test_means_are_derivatives_of_the_pressure(beta, nu):
    state = equilibrium(beta, nu, 2.0, 0.1)

    def pressure(b, v):
        return equilibrium(b, v, 2.0, 0.1, state.largest).pressure

    step = 1e-4 * max(abs(nu), 0.01)
    number = (pressure(beta, nu + step) - pressure(beta, nu - step)) / (2 * step)
    assert state.photon_number == pytest.approx(number, rel=1e-5)
    step = 1e-4 * max(abs(beta), 0.001)
    energy = -(pressure(beta + step, nu) - pressure(beta - step, nu)) / (2 * step)
    assert state.energy == pytest.approx(energy, rel=1e-5, abs=1e-5)
    covariance = responses(state, 2.0, 0.1)[:2]
    assert covariance[0, 1] == pytest.approx(covariance[1, 0], rel=1e-4)
    assert np.linalg.eigvalsh(0.5 * (covariance + covariance.T)).min() > 0


@pytest.mark.parametrize(("beta", "nu"), STATES)
def test_a_state_is_found_from_its_density_and_energy(beta, nu):
    state = equilibrium(beta, nu, 2.0, 0.1)
    for guess in (None, equilibrium(1.1 * beta, nu - 0.02 * abs(nu), 2.0, 0.1)):
        found = find_equilibrium(state.photon_number, state.energy, 2.0, 0.1, guess)
        assert found.beta == pytest.approx(beta, rel=1e-5, abs=1e-8) and found.nu == pytest.approx(nu, rel=1e-5)


def test_the_sign_of_the_hopping_is_a_matter_of_naming():
    for beta, nu in STATES:
        one, other = equilibrium(beta, nu, 2.0, 0.1), equilibrium(beta, nu, -2.0, 0.1)
        assert (one.photon_number, one.energy) == pytest.approx((other.photon_number, other.energy), rel=1e-12)


def test_what_does_not_last_is_refused():
    with pytest.raises(NoEquilibriumError, match="nothing holds the field back"):
        equilibrium(-0.1, 0.5, 2.0, 0.1)
    # Above the energy of infinite temperature by more than a barrier can hold.
    with pytest.raises(NoEquilibriumError):
        find_equilibrium(14.0, 40.0, 2.0, 0.1)
    with pytest.raises(NoEquilibriumError, match="photon number is -1"):
        find_equilibrium(-1.0, 0.0, 2.0, 0.1)
