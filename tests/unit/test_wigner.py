"""Field equations derived from operators: against the Moyal product, the papers' equations and the models' kernels."""

import numpy as np
import pytest

from openkerr.algebra.phase_space import PhaseSpacePolynomial, field
from openkerr.algebra.polynomials import IDENTITY, JumpOperator, Polynomial, annihilation, creation, number
from openkerr.algebra.wigner import gross_pitaevskii, moyal_product, normal_symbol, truncated_wigner, weyl_symbol
from openkerr.models.bose_hubbard_chain import BoseHubbardChain
from openkerr.models.kerr_dimer import KerrDimer

A, B = annihilation(0), annihilation(1)
ALPHA, BETA = field(0), field(1)
ZERO = PhaseSpacePolynomial({})

SILENT_DIMER = {
    "aleph": 7.0,
    "omega": (0.0, 0.0),
    "kerr": (0.0, 0.0),
    "tunneling": 0.0,
    "pump_rate": (0.0, 0.0),
    "two_photon_loss_rate": (0.0, 0.0),
}
DIMER_TERMS = {
    "omega": {"omega": (0.9, -1.3)},
    "kerr": {"kerr": (0.1, -0.2)},
    "tunneling": {"tunneling": 0.45},
    "pump_rate": {"pump_rate": (1.1, 0.8)},
    "two_photon_loss_rate": {"two_photon_loss_rate": (1.0, 1.4)},
    "loss_rate": {"loss_rate": (0.3, 0.2)},
    "thermal_occupation": {"loss_rate": (0.3, 0.2), "thermal_occupation": (0.5, 1.5)},
}
SILENT_CHAIN = {
    "length": 5,
    "drive_amplitude": 0.0,
    "detuning": 0.0,
    "hopping": 0.0,
    "kerr": 0.0,
    "loss_rate": 0.0,
}
CHAIN_TERMS = {
    "drive_amplitude": {"drive_amplitude": 1.7},
    "detuning": {"detuning": 2.5},
    "hopping": {"hopping": 2.0},
    "kerr": {"kerr": -0.3},
    "loss_rate": {"loss_rate": 1.0},
    "intrinsic_loss_rate": {"intrinsic_loss_rate": 0.2},
    "thermal_occupation": {"loss_rate": 1.0, "intrinsic_loss_rate": 0.2, "thermal_occupation": 0.7},
    "uniform": {"geometry": "uniform", "drive_amplitude": 0.6, "loss_rate": 0.7},
}


def _all(terms):
    return {name: value for term in terms.values() for name, value in term.items()}


MODELS = {f"dimer, {name}": KerrDimer(**SILENT_DIMER | term) for name, term in DIMER_TERMS.items()}
MODELS["dimer"] = KerrDimer(**SILENT_DIMER | _all(DIMER_TERMS))
MODELS["dimer, exact diffusion"] = KerrDimer(**SILENT_DIMER | _all(DIMER_TERMS), two_photon_diffusion="exact")
MODELS |= {f"chain, {name}": BoseHubbardChain(**SILENT_CHAIN | term) for name, term in CHAIN_TERMS.items()}
MODELS["chain"] = BoseHubbardChain(**SILENT_CHAIN | _all(CHAIN_TERMS) | {"geometry": "boundary"})


def _assert_same(found, expected, tolerance=1e-13):
    """Same coefficients of every monomial."""
    scale = max(map(abs, expected.terms.values()), default=0.0)
    assert max(map(abs, (found - expected).terms.values()), default=0.0) <= tolerance * scale, (found, expected)


def _random_operator(rng, n_modes=2, n_factors=3, n_terms=4):
    result = Polynomial({})
    for _ in range(n_terms):
        term = IDENTITY * complex(*rng.normal(size=2))
        for _ in range(rng.integers(n_factors + 1)):
            mode = int(rng.integers(n_modes))
            term = term * (creation(mode) if rng.random() < 0.5 else annihilation(mode))
        result = result + term
    return result


def _fields(n_modes, n=6, seed=0):
    rng = np.random.default_rng(seed)
    return rng.normal(size=(n_modes, n)) + 1j * rng.normal(size=(n_modes, n))


def _scale(model):
    return np.sqrt(getattr(model, "aleph", 1.0))


def _derived(model, diffusion="leading"):
    parts = (model.hamiltonian(), model.jump_operators(), model.n_modes, _scale(model))
    return gross_pitaevskii(*parts), truncated_wigner(*parts, diffusion)


def test_weyl_symbols_in_closed_form():
    density = ALPHA * ALPHA.conj()
    _assert_same(weyl_symbol(number(0)), density - 0.5)
    _assert_same(weyl_symbol(creation(0) ** 2 * A**2), density * density - 2 * density + 0.5)
    _assert_same(weyl_symbol(creation(0) * B), ALPHA.conj() * BETA)


def test_weyl_symbols_average_to_expectations():
    """Over the Wigner function of a coherent state, a Gaussian of variance 1/4 a quadrature (exact quadrature)."""
    rng = np.random.default_rng(1)
    nodes, weights = np.polynomial.hermite.hermgauss(8)
    grid = np.array(np.meshgrid(*[nodes / np.sqrt(2)] * 4)).reshape(4, -1)
    weight = np.prod(np.meshgrid(*[weights / np.sqrt(np.pi)] * 4), axis=0).ravel()
    centre = np.array([0.7 - 0.2j, -0.4 + 1.1j])
    samples = centre[:, None] + grid[:2] + 1j * grid[2:]
    for _ in range(5):
        operator = _random_operator(rng, n_factors=6)
        np.testing.assert_allclose(weyl_symbol(operator)(samples) @ weight, normal_symbol(operator)(centre), rtol=1e-11)


def test_moyal_product_is_the_symbol_of_the_product():
    rng = np.random.default_rng(2)
    for _ in range(20):
        left, right = _random_operator(rng), _random_operator(rng)
        _assert_same(moyal_product(weyl_symbol(left), weyl_symbol(right)), weyl_symbol(left * right), 1e-12)


def _moyal_generator(hamiltonian, jumps, function):
    """Time derivative of the symbol of an operator in the Heisenberg picture, by Moyal products alone."""
    h = weyl_symbol(hamiltonian)
    rate = 1j * (moyal_product(h, function) - moyal_product(function, h))
    for gamma, jump in jumps:
        symbol, adjoint = weyl_symbol(jump), weyl_symbol(jump).conj()
        loss = moyal_product(adjoint, symbol)
        rate += gamma * moyal_product(moyal_product(adjoint, function), symbol)
        rate -= 0.5 * gamma * (moyal_product(loss, function) + moyal_product(function, loss))
    return rate


def _fokker_planck_generator(equation, function, n_modes=2):
    """The same to second derivatives, from the drift and the diffusion of an Ito equation."""
    rate = ZERO
    for k in range(n_modes):
        drift = equation.drift[k]
        rate += drift * function.derivative(k) + drift.conj() * function.derivative(k, conjugate=True)
    for (j, k), value in equation.diffusion.items():
        rate += value * function.derivative(j).derivative(k, conjugate=True)
    for (j, k), value in equation.anomalous.items():
        rate += 0.5 * value * function.derivative(j).derivative(k)
        rate += 0.5 * value.conj() * function.derivative(j, conjugate=True).derivative(k, conjugate=True)
    return rate


def _random_lindbladian(rng, n_factors, jump_factors):
    half = _random_operator(rng, n_factors=n_factors, n_terms=6)
    jumps = [JumpOperator(rate, _random_operator(rng, n_factors=jump_factors)) for rate in (0.7, 0.3)]
    return half + half.adjoint(), jumps


@pytest.mark.parametrize("seed", range(4))
def test_first_and_second_moments_move_as_in_quantum_mechanics(seed):
    """Drift and diffusion are exact: what is dropped acts on third derivatives only."""
    rng = np.random.default_rng(seed)
    hamiltonian, jumps = _random_lindbladian(rng, 4, 2)
    hamiltonian += 0.4 * creation(0) ** 2 * A**2
    equation = truncated_wigner(hamiltonian, jumps, 2)
    x, y = (field(k) for k in range(2))
    for function in (x, y, x * y, x * x, x * y.conj(), y * y.conj() + 0.3 * x.conj() * y):
        exact = _moyal_generator(hamiltonian, jumps, function)
        _assert_same(_fokker_planck_generator(equation, function), exact, 1e-11)
    third = x * x * x.conj()
    remainder = _fokker_planck_generator(equation, third) - _moyal_generator(hamiltonian, jumps, third)
    assert max(map(abs, remainder.terms.values())) > 1e-3, "the Kerr term has third derivatives"


@pytest.mark.parametrize("seed", range(2))
def test_quadratic_systems_lose_nothing(seed):
    hamiltonian, jumps = _random_lindbladian(np.random.default_rng(seed), 2, 1)
    equation = truncated_wigner(hamiltonian, jumps, 2)
    function = ALPHA * ALPHA * BETA.conj() + ALPHA * ALPHA.conj() * BETA * BETA.conj()
    _assert_same(
        _fokker_planck_generator(equation, function), _moyal_generator(hamiltonian, jumps, function), tolerance=1e-11
    )


def test_rescaling_the_fields():
    hamiltonian, jumps = _random_lindbladian(np.random.default_rng(9), 4, 2)
    plain, scaled = (truncated_wigner(hamiltonian, jumps, 2, scale) for scale in (1.0, 3.0))
    fields = _fields(2)
    for k in range(2):
        np.testing.assert_allclose(3.0 * scaled.drift[k](fields), plain.drift[k](3.0 * fields), rtol=1e-12)
    for part in ("diffusion", "anomalous"):
        for pair, value in getattr(scaled, part).items():
            np.testing.assert_allclose(9.0 * value(fields), getattr(plain, part)[pair](3.0 * fields), rtol=1e-12)


def test_the_torus_equations_come_out():
    """arXiv:2507.03764, Eqs. 3 and 5: i d(alpha) = ..., and noise of strength (gamma/2 + 2 eta |alpha|²)/aleph."""
    model = MODELS["dimer, exact diffusion"].model_copy(update={"loss_rate": (0.0, 0.0)})
    (omega_1, omega_2), (u_1, u_2), j = model.omega, model.kerr, model.tunneling
    (gamma_1, gamma_2), (eta_1, eta_2), aleph = model.pump_rate, model.two_photon_loss_rate, model.aleph
    density_1, density_2 = ALPHA * ALPHA.conj(), BETA * BETA.conj()
    classical, wigner = _derived(model)
    for drift, shift in ((classical, 0.0), (wigner.drift, 1 / aleph)):
        first = (omega_1 + 0.5j * gamma_1 + (u_1 - 1j * eta_1) * (density_1 - shift)) * ALPHA
        second = (omega_2 + 0.5j * gamma_2 + (u_2 - 1j * eta_2) * (density_2 - shift)) * BETA
        _assert_same(1j * drift[0], first - 2 * j * ALPHA.conj() * BETA)
        _assert_same(1j * drift[1], second - j * ALPHA * ALPHA)
    assert wigner.anomalous == {}
    assert set(wigner.diffusion) == {(0, 0), (1, 1)}
    _assert_same(wigner.diffusion[0, 0], gamma_1 / (2 * aleph) + 2 * eta_1 / aleph * density_1)
    _assert_same(wigner.diffusion[1, 1], gamma_2 / (2 * aleph) + 2 * eta_2 / aleph * density_2)


def test_exact_two_photon_diffusion_differs_by_a_constant():
    """2 eta (|alpha|² - 1/(2 aleph))/aleph: the term that Eq. 5 drops is -eta/aleph²."""
    model = MODELS["dimer"]
    exact, leading = _derived(model, "exact")[1], _derived(model, "leading")[1]
    for k, eta in enumerate(model.two_photon_loss_rate):
        difference = exact.diffusion[k, k] - leading.diffusion[k, k]
        np.testing.assert_allclose(difference.terms.pop(()), -eta / model.aleph**2, rtol=1e-12)
        _assert_same(difference, ZERO)
        _assert_same(exact.drift[k], leading.drift[k])


def test_the_chain_equations_come_out():
    """arXiv:2409.12225, Eqs. 4 and 35, with loss at the ends."""
    model = BoseHubbardChain(length=4, drive_amplitude=1.7)
    fields = [field(site) for site in range(4)]
    classical, wigner = _derived(model)
    for drift, shift in ((classical, 0.0), (wigner.drift, 1.0)):
        for site, alpha in enumerate(fields):
            expected = (-model.detuning + model.kerr * (alpha * alpha.conj() - shift)) * alpha
            expected -= model.hopping * sum((fields[n] for n in (site - 1, site + 1) if 0 <= n < 4), ZERO)
            if site == 0:
                expected += model.drive_amplitude
            if site in (0, 3):
                expected -= 0.5j * model.loss_rate * alpha
            _assert_same(1j * drift[site], expected)
    assert wigner.anomalous == {}
    assert {pair: value.terms for pair, value in wigner.diffusion.items()} == {(0, 0): {(): 0.5}, (3, 3): {(): 0.5}}
    assert _derived(model, "exact")[1] == wigner


@pytest.mark.parametrize("method", ["gpe", "twa"])
@pytest.mark.parametrize("name", MODELS)
def test_drift_of_the_hand_written_kernels(name, method):
    model, fields = MODELS[name], _fields(MODELS[name].n_modes)
    classical, wigner = _derived(model)
    z = np.array([fields.real, fields.imag])
    dz = np.full_like(z, np.nan)
    model.kernel_module().drift(z, dz, model.kernel_parameters(method))
    expected = np.array([drift(fields) for drift in (classical if method == "gpe" else wigner.drift)])
    np.testing.assert_allclose(dz[0] + 1j * dz[1], expected, rtol=1e-13, atol=1e-13 * np.abs(expected).max())


@pytest.mark.parametrize("method", ["gpe", "twa"])
@pytest.mark.parametrize("name", MODELS)
def test_jacobian_of_the_hand_written_kernels(name, method):
    model, fields = MODELS[name], _fields(MODELS[name].n_modes, n=1)
    n = model.n_modes
    classical, wigner = _derived(model)
    expected = np.zeros((2 * n, 2 * n))
    for row, drift in enumerate(classical if method == "gpe" else wigner.drift):
        for column in range(n):
            g, h = (complex(drift.derivative(column, conjugate)(fields)[0]) for conjugate in (False, True))
            expected[[row, n + row], column] = (g + h).real, (g + h).imag
            expected[[row, n + row], n + column] = (1j * (g - h)).real, (1j * (g - h)).imag
    jacobian = np.full((2 * n, 2 * n), np.nan)
    x = np.concatenate([fields.real, fields.imag])[:, 0]
    model.kernel_module().jacobian(x, jacobian, model.kernel_parameters(method))
    np.testing.assert_allclose(jacobian, expected, rtol=1e-13, atol=1e-13 * np.abs(expected).max())


@pytest.mark.parametrize("name", MODELS)
def test_diffusion_of_the_hand_written_kernels(name):
    """The part of a kick that is odd in the noise is sqrt(h (v + c h)) zeta: two steps give v."""
    model, fields = MODELS[name], _fields(MODELS[name].n_modes)
    wigner = _derived(model, getattr(model, "two_photon_diffusion", "exact").replace("paper", "leading"))[1]
    kick = model.kernel_module().kick
    z, p = np.array([fields.real, fields.imag]), model.kernel_parameters("twa")

    def odd(h, channel):
        kicked = []
        for sign in (1.0, -1.0):
            state, noise = z.copy(), np.zeros((2, model.n_noises, z.shape[2]))
            noise[0, channel] = sign
            kick(state, noise, h, p)
            kicked.append(state[0] + 1j * state[1])
        return (kicked[0] - kicked[1]) / (2 * np.sqrt(h))

    found = np.zeros((model.n_modes, z.shape[2]))
    for channel in range(model.n_noises):
        strength = 2 * np.abs(odd(0.01, channel)) ** 2 - np.abs(odd(0.02, channel)) ** 2
        assert np.count_nonzero(strength.any(axis=1)) <= 1, "one channel drives one mode"
        found += strength
    expected = np.array([wigner.diffusion.get((k, k), ZERO)(fields).real for k in range(model.n_modes)])
    np.testing.assert_allclose(found, expected, rtol=1e-11, atol=1e-13)
    assert wigner.anomalous == {} and all(j == k for j, k in wigner.diffusion)


def test_squeezed_and_dephasing_baths():
    """Closed forms: L = u a + v a† has D = (u² + v²)/2, P = -u v; L = a†a has D = |alpha|², P = -alpha²."""
    u, v, rate = 1.3, 0.6, 0.8
    squeezed = truncated_wigner(Polynomial({}), [JumpOperator(rate, u * A + v * A.adjoint())], 1)
    _assert_same(squeezed.diffusion[0, 0], ZERO + 0.5 * rate * (u**2 + v**2))
    _assert_same(squeezed.anomalous[0, 0], ZERO - rate * u * v)
    _assert_same(squeezed.drift[0], -0.5 * rate * (u**2 - v**2) * ALPHA)
    dephasing = truncated_wigner(Polynomial({}), [JumpOperator(rate, number(0))], 1)
    _assert_same(dephasing.diffusion[0, 0], rate * ALPHA * ALPHA.conj())
    _assert_same(dephasing.anomalous[0, 0], -rate * ALPHA * ALPHA)
    _assert_same(dephasing.drift[0], -0.5 * rate * ALPHA)


def test_leading_diffusion_is_never_negative():
    rng = np.random.default_rng(3)
    lowest = []
    for _ in range(10):
        jumps = [JumpOperator(0.5, _random_operator(rng)) for _ in range(2)]
        exact, leading = (truncated_wigner(Polynomial({}), jumps, 2, 1.0, kind) for kind in ("exact", "leading"))
        for fields in 0.3 * _fields(2, n=4, seed=7).T:
            matrix = leading.diffusion_matrix([0, 1], fields)
            np.testing.assert_allclose(matrix, matrix.T, atol=1e-12)
            assert np.linalg.eigvalsh(matrix)[0] > -1e-12 * np.abs(matrix).max()
            lowest.append(np.linalg.eigvalsh(exact.diffusion_matrix([0, 1], fields))[0])
    assert min(lowest) < -1e-3, "the exact one can be"
