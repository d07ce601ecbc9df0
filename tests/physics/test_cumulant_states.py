"""Second-order cumulants against exact steady states, and where they fail."""

import math
import runpy
from pathlib import Path

import numpy as np
import pytest
from scipy.integrate import solve_ivp
from scipy.linalg import solve_continuous_lyapunov
from scipy.special import gammaln, loggamma

from openkerr.algebra.cumulants import moment_equations
from openkerr.algebra.polynomials import JumpOperator, annihilation, creation, number
from openkerr.models.bose_hubbard_chain import BoseHubbardChain
from openkerr.models.derived import DerivedModel
from openkerr.solvers.cumulants import GaussianState, cumulant_equations, derivative, evolve, steady_state
from openkerr.solvers.time_grid import TimeGrid

pytestmark = pytest.mark.slow

EXAMPLE = Path(__file__).parents[2] / "docs" / "cumulants.py"

A, B = annihilation(0), annihilation(1)


def _hermitian(operator):
    return operator + operator.adjoint()


# ---------------------------------------------------------------------------------------------- quadratic: exact


def test_a_linear_chain_rests_in_coherent_states():
    """Without interaction the state is a product of coherent states; the field solves a linear equation."""
    model = BoseHubbardChain(length=5, drive_amplitude=1.3, kerr=0.0)
    state = steady_state(model, time_step=0.05, final_time=2000.0)
    matrix = np.diag(-model.detuning - 0.5j * model.site_losses()).astype(complex)
    matrix -= model.hopping * (np.eye(5, k=1) + np.eye(5, k=-1))
    field = np.linalg.solve(matrix, -model.site_drives())
    np.testing.assert_allclose(state.mean, field, atol=1e-6)
    np.testing.assert_allclose(state.covariance, 0.25 * np.eye(10), atol=1e-6)


def test_a_parametric_amplifier_below_threshold_in_closed_form():
    """H = (chi/2)(a² + a†²), loss kappa: n = 2 chi²/(kappa² - 4 chi²), <a²> = -i chi (2 n + 1)/kappa."""
    chi, kappa = 0.2, 1.0
    model = DerivedModel(hamiltonian=0.5 * chi * _hermitian(A**2), jump_operators=[JumpOperator(kappa, A)])
    state = steady_state(model, time_step=0.02, final_time=200.0)
    n = 2 * chi**2 / (kappa**2 - 4 * chi**2)
    np.testing.assert_allclose(state.photon_number, n, rtol=1e-6)
    np.testing.assert_allclose(state.pair_amplitude, -1j * chi * (2 * n + 1) / kappa, rtol=1e-6)


OSCILLATOR = (3.0, 1.0, 0.15, 0.4)
"""Mechanical frequency, losses of cavity and oscillator, thermal phonons of its bath."""


def _optomechanics(coupling, drive, *, linear):
    """Cavity, detuned by minus the mechanical frequency, and a hot oscillator of high quality."""
    frequency, kappa, gamma, thermal = OSCILLATOR
    hamiltonian = frequency * number(0) + frequency * number(1)
    if linear:
        hamiltonian += coupling * _hermitian(A) * _hermitian(B)
    else:
        hamiltonian += drive * _hermitian(A) - coupling * number(0) * _hermitian(B)
    jumps = [
        JumpOperator(kappa, A),
        JumpOperator(gamma * (thermal + 1), B),
        JumpOperator(gamma * thermal, creation(1)),
    ]
    return DerivedModel(hamiltonian=hamiltonian, jump_operators=jumps)


def test_linear_optomechanical_cooling_is_exact():
    """The covariance of the Langevin equations of the quadratures, by SciPy's Lyapunov equation."""
    coupling = 0.3
    model = _optomechanics(coupling, 0.0, linear=True)
    state = steady_state(model, time_step=0.02, final_time=3000.0)
    frequency, kappa, gamma, thermal = OSCILLATOR
    # Quadratures x, p of either oscillator, variance 1/2 in the vacuum: dx = w p, dp = -w x - 2 g x', damping half.
    drift = np.array(
        [
            [-kappa / 2, frequency, 0, 0],
            [-frequency, -kappa / 2, -2 * coupling, 0],
            [0, 0, -gamma / 2, frequency],
            [-2 * coupling, 0, -frequency, -gamma / 2],
        ]
    )
    noise = np.diag([kappa / 2, kappa / 2, gamma * (thermal + 0.5), gamma * (thermal + 0.5)])
    exact = solve_continuous_lyapunov(drift, -noise)
    order = [0, 2, 1, 3]
    np.testing.assert_allclose(state.covariance, 0.5 * exact[np.ix_(order, order)], atol=1e-6)
    assert state.photon_number[1] < 0.7 * thermal, "it cools"


# ---------------------------------------------------------------------------------------------- against exact numbers


def _exact_averages(model, observables, cutoffs, time):
    """Expectations after a long time from the vacuum, by QuTiP."""
    import qutip

    def operator(polynomial):
        return qutip.Qobj(polynomial.matrix(cutoffs), dims=[list(cutoffs)] * 2)

    vacuum = qutip.tensor(*[qutip.basis(n, 0) for n in cutoffs])
    result = qutip.mesolve(
        operator(model.hamiltonian()),
        vacuum,
        [0.0, time],
        c_ops=[math.sqrt(rate) * operator(jump) for rate, jump in model.jump_operators()],
        e_ops=[operator(x) for x in observables],
        options={"rtol": 1e-9, "atol": 1e-12, "nsteps": 10**6, "progress_bar": ""},
    )
    return np.real(np.array(result.expect)[:, -1])


def test_optomechanical_cooling_against_exact_numbers():
    """Radiation pressure in full, few photons: cumulants cool as the master equation does, to 3 %."""
    model = _optomechanics(0.5, 0.9, linear=False)
    state = steady_state(model, time_step=0.02, final_time=3000.0)
    exact = _exact_averages(model, [number(0), number(1)], (4, 8), 60.0)
    np.testing.assert_allclose(state.photon_number, exact, rtol=0.03)
    assert exact[1] < 0.9 * OSCILLATOR[3], "it cools"
    page = EXAMPLE.with_suffix(".md").read_text(encoding="utf-8")
    example = runpy.run_path(str(EXAMPLE))
    assert f"\n{example['closure']}\n" in page, "the page shows what is printed"
    np.testing.assert_allclose(example["state"].photon_number, state.photon_number, rtol=1e-6)
    np.testing.assert_allclose(example["third_numbers"], exact, rtol=0.003)
    assert example["run"].outcome == "moving"
    np.testing.assert_allclose(example["run"].photon_number[-1], state.photon_number, rtol=0.01)


def _drummond_walls(kerr, drive, detuning, power):
    """<a†**k a**k> of H = -detuning n + (kerr/2) a†² a² + drive (a + a†) with D[a] (J. Phys. A 13, 725 (1980))."""
    pole, z = 2 * (-detuning - 0.5j) / kerr, 2 * drive / kerr

    def log_series(c):
        m = np.arange(4000)
        logs = m * np.log(2 * z**2) - 2 * (loggamma(c + m) - loggamma(c)).real - gammaln(m + 1)
        return logs.max() + np.log(np.exp(logs - logs.max()).sum())

    ratio = -2 * (loggamma(pole + power) - loggamma(pole)).real
    return np.exp(2 * power * np.log(z) + ratio + log_series(pole + power) - log_series(pole))


@pytest.mark.parametrize("size", [16.0, 64.0])
def test_a_kerr_cavity_against_its_exact_solution(size):
    """Photon number and fluctuation of a driven cavity with U = 0.3/N: relative errors of order 1/N² and 1/N."""
    kerr, drive, detuning = 0.3 / size, 0.7 * math.sqrt(size), 0.2
    hamiltonian = -detuning * number(0) + 0.5 * kerr * creation(0) ** 2 * A**2 + drive * _hermitian(A)
    model = DerivedModel(hamiltonian=hamiltonian, jump_operators=[JumpOperator(1.0, A)])
    state = steady_state(model, time_step=0.02, final_time=400.0)
    first, second = (_drummond_walls(kerr, drive, detuning, power) for power in (1, 2))
    assert abs(state.photon_number[0] / first - 1) < 0.1 / size**2
    fluctuation = second - first**2
    assert abs(state.number_fluctuation[0] / fluctuation - 1) < 1.0 / size
    assert abs(fluctuation) > 0.05 * first


def _laser(gain, loss, two_photon):
    hamiltonian = 0.0 * number(0)
    return DerivedModel(
        hamiltonian=hamiltonian,
        jump_operators=[JumpOperator(gain, creation(0)), JumpOperator(loss, A), JumpOperator(two_photon, A**2)],
        n_modes=1,
    )


def _laser_populations(gain, loss, two_photon, cutoff=400):
    """Photon distribution of gain, loss and two-photon loss at rest, from its rate equations."""
    n = np.arange(cutoff)
    rates = np.zeros((cutoff, cutoff))
    rates[n[1:], n[:-1]] += gain * n[1:]
    rates[n[:-1], n[1:]] += loss * n[1:]
    rates[n[:-2], n[2:]] += two_photon * n[2:] * (n[2:] - 1)
    rates -= np.diag(rates.sum(axis=0))
    rates[0] = 1.0
    return np.linalg.solve(rates, np.eye(cutoff)[0])


def test_a_laser_below_threshold_and_above():
    """Below threshold cumulants hold. Above it the vacuum's symmetry is kept, and its light stays thermal.

    With <a> = 0 the closure has <a†²a²> = 2 n²: the saturated photon number (gain - loss)/(2 eta) comes out as half of
    it, with g2 = 2 where the laser has 1.
    """
    loss, two_photon = 1.0, 0.005
    n = np.arange(400)
    for gain, tolerance in ((0.5, 0.002), (0.8, 0.03)):
        exact = n @ _laser_populations(gain, loss, two_photon)
        state = steady_state(_laser(gain, loss, two_photon), time_step=0.05, final_time=2000.0)
        np.testing.assert_allclose(state.photon_number, exact, rtol=tolerance)
    gain = 2.0
    p = _laser_populations(gain, loss, two_photon)
    exact = n @ p
    assert abs(exact - (gain - loss) / (2 * two_photon)) < 5
    assert abs((n * (n - 1)) @ p / exact**2 - 1) < 0.03
    state = steady_state(_laser(gain, loss, two_photon), time_step=0.02, final_time=2000.0)
    np.testing.assert_allclose(state.photon_number, exact / 2, rtol=0.05)
    np.testing.assert_allclose(1 + state.number_fluctuation / state.photon_number**2, 2.0, rtol=1e-6)
    # A broken symmetry is a choice of the start: from a coherent state the photon number is that of the laser.
    grid = TimeGrid.from_times(0.02, 0.5, 40.0)
    run = evolve(_laser(gain, loss, two_photon), grid, start=GaussianState.coherent([math.sqrt(exact)]))
    np.testing.assert_allclose(run.photon_number[-1], exact, rtol=0.02)


def _orders(model, orders, time):
    """Photon numbers and fluctuations of two sites by cumulants of several orders: (orders, 4)."""
    found = []
    for order in orders:
        equations = moment_equations(model.hamiltonian(), model.jump_operators(), order, [number(0), number(1)])
        start = np.zeros(len(equations.moments), dtype=complex)
        y = solve_ivp(equations.rhs, (0.0, time), start, rtol=1e-9, atol=1e-12, method="DOP853").y[:, -1]
        row = []
        for k in (0, 1):
            n = equations.expectation(number(k), y).real
            row += [n, equations.expectation(creation(k) ** 2 * annihilation(k) ** 2, y).real - n**2]
        found.append(row)
    return np.array(found)


def _exact_dimer(model, cutoff, time):
    pairs = [creation(k) ** 2 * annihilation(k) ** 2 for k in (0, 1)]
    n1, n2, p1, p2 = _exact_averages(model, [number(0), number(1), *pairs], (cutoff, cutoff), time)
    return np.array([n1, p1 - n1**2, n2, p2 - n2**2])


def test_third_order_of_the_dimer_beside_exact_numbers():
    """At weak interaction an order more brings both quantities nearer to the exact ones."""
    model = BoseHubbardChain(length=2, drive_amplitude=0.4)
    exact = _exact_dimer(model, 7, 40.0)
    first, second, third = np.abs(_orders(model, (1, 2, 3), 40.0) / exact - 1)
    assert (second[[0, 2]] < 0.1 * first[[0, 2]]).all()
    np.testing.assert_allclose(first[[1, 3]], 1.0, atol=1e-6, err_msg="order one has no fluctuation")
    assert (second[[1, 3]] < 0.01).all() and (second[[1, 3]] > 5e-4).all()
    assert (third[[1, 3]] < 0.5 * second[[1, 3]]).all()


def test_orders_of_the_dimer_do_not_converge_at_strong_interaction():
    """U = gamma: an order more makes the fluctuation worse, and no order is to be trusted there."""
    model = BoseHubbardChain(length=2, drive_amplitude=0.4, kerr=1.0)
    exact = _exact_dimer(model, 5, 40.0)
    second, third = np.abs(_orders(model, (2, 3), 40.0) / exact - 1)
    assert (second[[1, 3]] > 0.02).all()
    assert (third[[1, 3]] > second[[1, 3]]).all()


# ---------------------------------------------------------------------------------------------- the integrator


def test_compiled_runs_are_those_of_the_moment_equations():
    """A chaotic drive, so short that paths have not parted; the step's error is of fourth order."""
    model = BoseHubbardChain(length=4, drive_amplitude=7.0)
    wanted = [number(k) for k in range(4)]
    equations = moment_equations(model.hamiltonian(), model.jump_operators(), 2, wanted)
    start = np.zeros(len(equations.moments), dtype=complex)
    y = solve_ivp(equations.rhs, (0.0, 6.0), start, rtol=1e-11, atol=1e-12, method="DOP853").y[:, -1]
    exact = np.array([equations.expectation(x, y).real for x in wanted])
    errors = []
    for step in (0.02, 0.01):
        run = evolve(model, TimeGrid.from_times(step, 0.5, 6.0))
        assert run.outcome == "moving" and run.final.is_physical
        errors.append(np.abs(run.photon_number[-1] - exact).max())
    assert errors[1] < 1e-4
    assert 3.5 < np.log2(errors[0] / errors[1]) < 4.6


def test_hops_and_interaction_keep_photons_and_purity():
    """A closed chain: the photon number and the smallest symplectic eigenvalue of a pure state stay."""
    model = BoseHubbardChain(length=3, drive_amplitude=0.0, loss_rate=0.0)
    start = GaussianState.coherent([2.0, 0.0, -1.0j])
    run = evolve(model, TimeGrid.from_times(0.01, 0.5, 10.0), start=start)
    np.testing.assert_allclose(run.photon_number.sum(axis=1), 5.0, rtol=1e-6)
    n = 3
    omega = np.block([[np.zeros((n, n)), np.eye(n)], [-np.eye(n), np.zeros((n, n))]])
    symplectic = np.abs(np.linalg.eigvals(1j * omega @ run.final.covariance))
    np.testing.assert_allclose(symplectic, 0.25, atol=1e-5)
    assert np.ptp(run.photon_number[:, 0]) > 1.0


def test_photons_balance_in_a_driven_chain():
    """d<N>/dt = -2 F Im<a_1> - gamma (n_1 + n_L), at any state."""
    model = BoseHubbardChain(length=6, drive_amplitude=8.0)
    state = evolve(model, TimeGrid.from_times(0.02, 0.5, 10.0)).final
    rate = derivative(cumulant_equations(model), state)
    change = 2 * (state.mean.conj() @ rate.mean).real + np.trace(rate.covariance)
    n = state.photon_number
    np.testing.assert_allclose(change, -16.0 * state.mean[0].imag - n[0] - n[-1], rtol=1e-10)
