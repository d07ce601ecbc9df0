"""Moment equations: exact cases, orders of accuracy, conservation laws."""

import itertools
import math

import numpy as np
import pytest
from scipy.integrate import solve_ivp
from scipy.special import loggamma

from openkerr.algebra.cumulants import moment_equations
from openkerr.algebra.heisenberg import heisenberg
from openkerr.algebra.polynomials import IDENTITY, JumpOperator, Polynomial, annihilation, commutator, creation, number
from openkerr.algebra.wigner import gross_pitaevskii, normal_symbol
from openkerr.models.bose_hubbard_chain import BoseHubbardChain
from openkerr.models.kerr_dimer import KerrDimer

A, B = annihilation(0), annihilation(1)
KERR = creation(0) ** 2 * A**2


def _hermitian(operator):
    return operator + operator.adjoint()


def _evolve(equations, start, times):
    solution = solve_ivp(equations.rhs, (0.0, times[-1]), start, t_eval=times, rtol=1e-11, atol=1e-13, method="DOP853")
    assert solution.success
    return solution.y


def _qutip(hamiltonian, jumps, alpha, times, observables, cutoffs):
    """Expectations of operators after a coherent state, by QuTiP."""
    import qutip

    def operator(polynomial):
        return qutip.Qobj(polynomial.matrix(cutoffs), dims=[list(cutoffs)] * 2)

    state = qutip.tensor(*[qutip.coherent(n, a, method="analytic") for n, a in zip(cutoffs, alpha, strict=True)])
    result = qutip.mesolve(
        operator(hamiltonian),
        state.unit(),
        [0.0, *times],
        c_ops=[math.sqrt(rate) * operator(jump) for rate, jump in jumps],
        e_ops=[operator(x) for x in observables],
        options={"rtol": 1e-10, "atol": 1e-12, "nsteps": 100000, "progress_bar": ""},
    )
    return np.array(result.expect)[:, 1:]


def test_heisenberg_equation_against_plain_commutators():
    rng = np.random.default_rng(0)
    hamiltonian = _hermitian(0.3 * creation(0) ** 2 * B + (0.2 + 0.7j) * A * B) + 0.4 * KERR
    jump = complex(*rng.normal(size=2)) * A**2 + complex(*rng.normal(size=2)) * creation(1) + 0.3 * number(0)
    for x in (A, creation(1) * A**2, number(0) * number(1)):
        expected = 1j * commutator(hamiltonian, x)
        expected += 0.35 * (jump.adjoint() * commutator(x, jump) + commutator(jump.adjoint(), x) * jump)
        difference = heisenberg(hamiltonian, [JumpOperator(0.7, jump)], x) - expected
        assert max(map(abs, difference.terms.values()), default=0.0) < 1e-13


def test_large_terms_that_cancel_leave_nothing():
    """The frequency drops out of [H, a] beside the interaction without rounding."""
    found = heisenberg(1e9 * number(0) + 0.1 * KERR, [JumpOperator(0.3, number(0))], A)
    assert found.terms == {((0, 0, 1),): -1e9j - 0.15, ((0, 1, 2),): -0.2j}


@pytest.mark.parametrize(
    "model",
    [
        KerrDimer(aleph=3.0, loss_rate=(0.3, 0.2), thermal_occupation=(0.5, 1.5)),
        BoseHubbardChain(length=4, drive_amplitude=1.3),
    ],
)
def test_order_one_is_the_gross_pitaevskii_equation(model):
    n = model.n_modes
    hamiltonian, jumps = model.hamiltonian(), model.jump_operators()
    equations = moment_equations(hamiltonian, jumps, 1, [annihilation(k) for k in range(n)])
    assert sorted(equations.moments) == [((k, 0, 1),) for k in range(n)]
    rng = np.random.default_rng(1)
    fields = rng.normal(size=(n, 5)) + 1j * rng.normal(size=(n, 5))
    y = np.array([fields[key[0][0]] for key in equations.moments])
    expected = np.array([drift(fields) for drift in gross_pitaevskii(hamiltonian, jumps, n)])
    expected = expected[[key[0][0] for key in equations.moments]]
    np.testing.assert_allclose(equations.rhs(0.0, y), expected, rtol=1e-12, atol=1e-12)
    for column in range(5):
        np.testing.assert_allclose(equations.rhs(0.0, y[:, column]), expected[:, column], rtol=1e-12, atol=1e-12)


def _partitions(items):
    if not items:
        yield []
        return
    for partition in _partitions(items[1:]):
        yield [[items[0]], *partition]
        for i, block in enumerate(partition):
            yield [*partition[:i], [items[0], *block], *partition[i + 1 :]]


@pytest.mark.parametrize("order", [1, 2, 3, 4])
def test_closure_is_the_sum_over_partitions_into_small_blocks(order):
    """<X_1 ... X_5> = sum over partitions of products of cumulants, those above the order left out."""
    operators = [(0, False), (0, False), (0, True), (1, False), (1, True)]
    target = creation(0) ** 2 * A * number(1)
    pool = [creation(0) ** p * A**q * creation(1) ** r * B**s for p, q, r, s in itertools.product(range(3), repeat=4)]
    wanted = [x for x in pool if 1 <= sum(p + q for key in x.terms for _, p, q in key) <= order]
    equations = moment_equations(Polynomial({}), [], order, wanted)
    rng = np.random.default_rng(order)
    y = rng.normal(size=len(equations.moments)) + 1j * rng.normal(size=len(equations.moments))
    y[[tuple((k, q, p) for k, p, q in key) == key for key in equations.moments]].imag = 0.0

    def moment(block):
        product = IDENTITY
        for mode, lowers in sorted(block):
            product = product * (annihilation(mode) if lowers else creation(mode))
        return complex(equations.expectation(product, y)) if len(block) <= order else None

    def cumulant(block):
        if len(block) > order:
            return 0.0
        return sum(
            (-1) ** (len(parts) - 1) * math.factorial(len(parts) - 1) * np.prod([moment(part) for part in parts])
            for parts in _partitions(block)
        )

    expected = sum(np.prod([cumulant(block) for block in parts]) for parts in _partitions(operators))
    np.testing.assert_allclose(equations.expectation(target, y), expected, rtol=1e-11)


def test_damped_driven_thermal_oscillator_in_closed_form():
    omega, drive, kappa, thermal, alpha, times = 0.7, 0.4, 0.9, 1.3, 0.5 - 0.8j, np.array([0.5, 2.0, 7.0])
    hamiltonian = omega * number(0) + drive * _hermitian(A)
    jumps = [JumpOperator(kappa * (thermal + 1), A), JumpOperator(kappa * thermal, creation(0))]
    equations = moment_equations(hamiltonian, jumps, 2, [number(0), A**2])
    y = _evolve(equations, equations.coherent_state([alpha]), times)
    pole = -1j * omega - 0.5 * kappa
    amplitude = (alpha - 1j * drive / pole) * np.exp(pole * times) + 1j * drive / pole
    noise = thermal * (1 - np.exp(-kappa * times))
    np.testing.assert_allclose(equations.expectation(A, y), amplitude, rtol=1e-9)
    np.testing.assert_allclose(equations.expectation(number(0), y), np.abs(amplitude) ** 2 + noise, rtol=1e-9)
    np.testing.assert_allclose(equations.expectation(A**2, y), amplitude**2, rtol=1e-9)
    # The fourth moment of a displaced thermal state by Wick's theorem; order 1 has no noise.
    fourth = np.abs(amplitude) ** 4 + 4 * np.abs(amplitude) ** 2 * noise + 2 * noise**2
    np.testing.assert_allclose(equations.expectation(KERR, y), fourth, rtol=1e-9)
    classical = moment_equations(hamiltonian, jumps, 1, [A])
    y = _evolve(classical, classical.coherent_state([alpha]), times)
    np.testing.assert_allclose(classical.expectation(number(0), y), np.abs(amplitude) ** 2, rtol=1e-9)


def test_quadratic_systems_are_exact_at_order_two():
    """Two coupled modes with drive, squeezing and a bath that pumps: QuTiP to its truncation."""
    hamiltonian = 0.3 * number(0) - 0.2 * number(1) + 0.1 * _hermitian(A**2) + _hermitian(0.05j * A * B)
    hamiltonian += 0.5 * _hermitian(creation(0) * B) + 0.2 * _hermitian(B)
    jumps = [JumpOperator(0.6, A), JumpOperator(0.05, creation(0)), JumpOperator(0.4, A + 0.5 * B)]
    alpha, times = (0.3, -0.2j), [0.7, 2.0]
    observables = [A, B, number(0), number(1), A**2, creation(0) * B, A * B]
    equations = moment_equations(hamiltonian, jumps, 2, observables)
    y = _evolve(equations, equations.coherent_state(alpha), times)
    exact = _qutip(hamiltonian, jumps, alpha, times, observables, (9, 8))
    found = np.array([equations.expectation(x, y) for x in observables])
    # Fock states that are left out: 9e-6 at these cutoffs, 1.5e-6 at (11, 9), below 1e-6 at (13, 11).
    np.testing.assert_allclose(found, exact, atol=2e-5)


@pytest.mark.parametrize(("order", "power", "constant"), [(1, 2, 1 / 2), (2, 4, 1 / 4)])
@pytest.mark.parametrize("density", [1.0, 4.0])
def test_kerr_oscillator_at_short_times(order, power, constant, density):
    """From a coherent state <a> = alpha exp[n (exp(-i U t) - 1)], n = |alpha|².

    With tau = U t the cumulants of the exact state start as kappa(a, a) = -i alpha² tau, kappa(a, a, a) =
    -3 alpha³ tau² and kappa(a†, a, a) = O(tau³).  Order 1 drops alpha* kappa(a, a) from i d<a>/d(tau), an error of
    alpha n tau²/2.  Order 2 drops 2 alpha* kappa(a, a, a) from i d<a²>/d(tau), which is to leading order an error of
    -2 i n alpha² tau³ in <a²>, and what follows from it in <a> is of order tau⁴: alpha n² tau⁴/4.
    """
    alpha = math.sqrt(density)
    equations = moment_equations(0.5 * KERR, [], order, [A])
    times = np.array([0.01, 0.02, 0.04]) / math.sqrt(density)
    y = _evolve(equations, equations.coherent_state([alpha]), times)
    exact = alpha * np.exp(density * (np.exp(-1j * times) - 1))
    ratio = (equations.expectation(A, y) - exact) / (constant * alpha * density ** (power / 2) * times**power)
    # The next term is of relative order (1 + n) tau.
    assert (np.abs(ratio - 1) < 2 * (1 + density) * times + 1e-4).all(), ratio


def test_damped_kerr_oscillator_against_qutip():
    """The error of order 2 stays below twice its leading term, alpha n² (U t)⁴/4 without loss."""
    density, kerr, times = 1.5, 0.5, [0.2, 0.4]
    hamiltonian = 0.3 * number(0) + 0.5 * kerr * KERR
    jumps = [JumpOperator(0.4, A)]
    alpha = math.sqrt(density)
    exact = _qutip(hamiltonian, jumps, [alpha], times, [A, A**2], (24,))
    bound = 2 * alpha * density**2 * (kerr * np.array(times)) ** 4 / 4
    second, first = (moment_equations(hamiltonian, jumps, order, [A, A**2]) for order in (2, 1))
    y = _evolve(second, second.coherent_state([alpha]), times)
    assert (np.abs(second.expectation(A, y) - exact[0]) < bound).all()
    y = _evolve(first, first.coherent_state([alpha]), times)
    assert (np.abs(first.expectation(A, y) - exact[0]) > 3 * bound).all(), "the bound tells the orders apart"


def _drummond_walls(kerr, drive, detuning, power):
    """<a†**k a**k> of H = -detuning n + (kerr/2) a†² a² + drive (a + a†) with D[a] (J. Phys. A 13, 725 (1980))."""
    pole, z = 2 * (-detuning - 0.5j) / kerr, 2 * drive / kerr

    def log_series(c):
        m = np.arange(4000)
        logs = m * np.log(2 * z**2) - 2 * (loggamma(c + m) - loggamma(c)).real - loggamma(m + 1)
        return logs.max() + np.log(np.exp(logs - logs.max()).sum())

    ratio = -2 * (loggamma(pole + power) - loggamma(pole)).real
    return np.exp(2 * power * np.log(z) + ratio + log_series(pole + power) - log_series(pole))


def test_each_order_gains_one_power_of_the_photon_number():
    """U = u/N and F = f sqrt(N): the photon number over N is found to O(N**-order) (expansion in the system's size)."""
    errors = {order: [] for order in (1, 2, 3)}
    for size in (32.0, 64.0):
        kerr, drive, detuning = 0.3 / size, 0.7 * math.sqrt(size), 0.2
        exact = _drummond_walls(kerr, drive, detuning, 1) / size
        hamiltonian = -detuning * number(0) + 0.5 * kerr * KERR + drive * _hermitian(A)
        for order, found in errors.items():
            equations = moment_equations(hamiltonian, [JumpOperator(1.0, A)], order, [number(0)])
            y = _evolve(equations, equations.coherent_state([0.0]), [50.0])[:, -1]
            found.append(equations.expectation(number(0), y).real / size - exact)
    for order, (coarse, fine) in errors.items():
        assert abs(np.log2(coarse / fine) - order) < 0.1, (order, coarse, fine)


def test_closed_systems_conserve_number_and_energy():
    """Hopping and interaction: the Gaussian closure conserves both, as it is variational."""
    hamiltonian = _hermitian(creation(0) * B) + 0.2 * number(0) + 0.3 * KERR + 0.1 * creation(1) ** 2 * B**2
    total = number(0) + number(1)
    for order in (1, 2):
        equations = moment_equations(hamiltonian, [], order, [total, hamiltonian])
        y = _evolve(equations, equations.coherent_state([1.1, 0.3j]), [0.0, 1.0, 4.0])
        for conserved in (total, hamiltonian):
            values = equations.expectation(conserved, y)
            np.testing.assert_allclose(values, values[0], rtol=1e-8)
        assert np.ptp(equations.expectation(number(0), y).real) > 0.1


def test_photon_balance_of_the_driven_chain():
    """d<N>/dt = -2 F Im<a_1> - gamma (n_1 + n_L) holds in every order, at any moments."""
    model = BoseHubbardChain(length=3, drive_amplitude=1.3)
    total = sum((number(site) for site in range(3)), Polynomial({}))
    rng = np.random.default_rng(5)
    for order in (1, 2):
        equations = moment_equations(model.hamiltonian(), model.jump_operators(), order, [total])
        y = equations.coherent_state(rng.normal(size=3) + 1j * rng.normal(size=3))
        rate = equations.rhs(0.0, y)
        if order == 1:
            gradient = sum(2 * (y[i].conj() * rate[i]).real for i in range(3))
        else:
            gradient = equations.expectation(total, rate).real
        drive = -2 * model.drive_amplitude * equations.expectation(A, y).imag
        loss = equations.expectation(number(0) + number(2), y).real
        np.testing.assert_allclose(gradient, drive - loss, rtol=1e-12)


def test_symmetric_states_need_no_charged_moments():
    """With the U(1) symmetry of the dimer the moments of charge zero close, and agree with the full set."""
    model = KerrDimer(aleph=4.0)
    hamiltonian, jumps = model.hamiltonian(), model.jump_operators()
    observables = [number(0), number(1), creation(0) ** 2 * B]
    full = moment_equations(hamiltonian, jumps, 3, observables)
    neutral = moment_equations(hamiltonian, jumps, 3, observables, symmetry=model.symmetry)
    assert len(neutral.moments) < len(full.moments) / 3
    start = np.zeros(len(full.moments), dtype=complex)
    y = _evolve(full, start, [1.5])[:, -1]
    small = _evolve(neutral, np.zeros(len(neutral.moments), dtype=complex), [1.5])[:, -1]
    for x in observables:
        np.testing.assert_allclose(neutral.expectation(x, small), full.expectation(x, y), rtol=1e-8, atol=1e-12)
    assert neutral.expectation(A, small) == 0
    assert abs(neutral.expectation(number(0), small)) > 0.1


def test_number_of_equations_grows_with_the_square_of_the_length():
    for length in (3, 6):
        model = BoseHubbardChain(length=length, drive_amplitude=1.0)
        equations = moment_equations(model.hamiltonian(), model.jump_operators(), 2, [A])
        assert len(equations.moments) == length + length * (length + 1)


def test_what_the_equations_do_not_hold_is_refused():
    equations = moment_equations(0.5 * KERR, [], 2, [number(0)])
    with pytest.raises(KeyError, match=r"a1\^1"):
        equations.expectation(B, np.ones(len(equations.moments)))
    with pytest.raises(ValueError, match="order is 0"):
        moment_equations(0.5 * KERR, [], 0, [A])
    state = equations.coherent_state([0.3 + 0.2j])
    np.testing.assert_allclose(equations.expectation(number(0) + 2, state), normal_symbol(number(0) + 2)([0.3 + 0.2j]))
