"""Exact steady states against closed forms and QuTiP, with spaces that the solver chooses."""

import warnings

import numpy as np
import pytest
import qutip
from scipy.special import hyp1f1, poch

from openkerr.algebra.polynomials import annihilation, creation, number
from openkerr.algebra.symmetries import Symmetry, weak_symmetry
from openkerr.models.bose_hubbard_chain import BoseHubbardChain
from openkerr.models.derived import DerivedModel
from openkerr.models.kerr_dimer import KerrDimer
from openkerr.solvers.davidson import davidson
from openkerr.solvers.density_matrices import DensityLiouvillian, FockSpace
from openkerr.solvers.exact import CutoffError, CutoffWarning, steady_state
from openkerr.solvers.exact_spectrum import spectrum
from openkerr.solvers.liouvillian_modes import shift_invert
from openkerr.solvers.stationary_density import approximate_inverse, eliminated_state, iterated_state

A = annihilation(0)
PAIRS = creation(0) ** 2 * annihilation(0) ** 2


def kerr_cavity(detuning, kerr, drive, loss=1.0):
    hamiltonian = -detuning * number(0) + 0.5 * kerr * PAIRS + drive * (A + creation(0))
    return DerivedModel(hamiltonian=hamiltonian, jump_operators=[(loss, A)])


def drummond_walls(detuning, kerr, drive, loss=1.0):
    """<a†a> and <a†² a²> (P. D. Drummond and D. F. Walls, J. Phys. A 13, 725 (1980), Eq. 5.17)."""
    x, c = 2 * drive / kerr, 2 * (-detuning - 0.5j * loss) / kerr
    m = np.arange(1, 2000)

    def series(k):
        """0F2(; c + k, c* + k; 2 x²), all of whose terms are positive."""
        return 1 + np.exp(np.cumsum(np.log(2 * x**2 / m) - 2 * np.log(np.abs(c + k + m - 1)))).sum()

    return [x ** (2 * k) * series(k) / series(0) / np.prod(np.abs(c + np.arange(k))) ** 2 for k in (1, 2)]


def assert_sound(state, tolerance):
    """What every solution promises of itself."""
    check = state.checks[-1]
    assert np.trace(state.matrix).real == pytest.approx(1, abs=1e-12)
    assert check.residual < 1e-7
    assert check.least_population > -1e-8
    assert check.edge_population <= tolerance and state.change <= tolerance


@pytest.mark.parametrize(("detuning", "kerr", "drive"), [(0.5, 0.2, 1.0), (2.5, 0.1, 2.0), (-1.0, 1.0, 1.5)])
def test_kerr_cavity_is_that_of_drummond_and_walls(detuning, kerr, drive):
    state = steady_state(kerr_cavity(detuning, kerr, drive), tolerance=1e-6)
    assert_sound(state, 1e-6)
    n, pairs = drummond_walls(detuning, kerr, drive)
    assert state.photon_numbers[0] == pytest.approx(n, rel=3e-6)
    assert state.checks[-1].pair_numbers[0] == pytest.approx(pairs, rel=3e-6)


@pytest.mark.parametrize(
    ("detuning", "kerr", "drive"), [(0.0, 10.0, 1.0), (0.0, 1e3, 1.0), (0.0, 50.0, 100.0), (60.0, 20.0, 30.0)]
)
def test_cavity_whose_classical_field_is_too_fast_is_that_of_drummond_and_walls(detuning, kerr, drive):
    state = steady_state(kerr_cavity(detuning, kerr, drive), tolerance=1e-6)
    assert_sound(state, 1e-6)
    n, pairs = drummond_walls(detuning, kerr, drive)
    assert state.photon_numbers[0] == pytest.approx(n, rel=3e-6)
    assert state.checks[-1].pair_numbers[0] == pytest.approx(pairs, rel=3e-6)


def test_spectrum_of_a_cavity_with_a_blockade_is_that_of_two_levels():
    """U far above all rates: eigenvalues of an atom in resonance at the Rabi frequency 2 F, damped by the loss."""
    found = spectrum(kerr_cavity(0.0, 1e5, 1.0), 3, tolerance=1e-6)
    rabi = np.sqrt(4.0 - 1 / 16)
    wanted = [0, -0.5, -0.75 + 1j * rabi, -0.75 - 1j * rabi]
    assert np.abs(found.values[:, None] - wanted).min(axis=1).max() < 1e-4
    assert found.values[1].real == pytest.approx(-0.5, abs=1e-4)


@pytest.mark.parametrize(("occupation", "cutoff", "enough"), [(5, 300, True), (20, 300, False), (0.5, 8, False)])
def test_cutoffs_that_leave_out_photons_are_said_to(occupation, cutoff, enough):
    """Thermal: what is left out is known, (N/n) r^N and (N/n)² r^N /2 to leading order, r = n/(n + 1)."""
    model = DerivedModel(
        hamiltonian=1.0 * number(0), jump_operators=[(occupation + 1.0, A), (1.0 * occupation, creation(0))]
    )
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        state = steady_state(model, cutoffs=(cutoff,))
    missing = 1 - state.checks[0].pair_numbers[0] / (2 * occupation**2)
    assert (missing < 1e-5) == enough
    assert [each.category for each in told] == ([] if enough else [CutoffWarning])
    if not enough:
        said = float(str(told[0].message).split("about ")[1].split()[0])
        assert missing / 2 < said < 2 * missing


def test_fields_that_run_away_are_told_what_helps():
    gain = DerivedModel(hamiltonian=1.0 * number(0), jump_operators=[(1.0, A), (2.0, creation(0))])
    with pytest.raises(CutoffError, match=r"runs away.*no cutoffs cure that.*two-photon loss"):
        steady_state(gain)
    # A bright state at rest, 400 in amplitude, about its own field.
    bright = DerivedModel(hamiltonian=200.0 * (A + creation(0)), jump_operators=[(1.0, A)])
    with pytest.raises(CutoffError, match="fields and cutoffs together"):
        steady_state(bright)
    state = steady_state(bright, fields=[-400j], cutoffs=(6,))
    assert state.photon_numbers[0] == pytest.approx(400.0**2, rel=1e-9)


@pytest.mark.parametrize("fields", [None, [0.8 + 0.2j], [2.9 - 0.5j]])
def test_bistable_cavity_is_right_whichever_branch_the_space_is_centred_at(fields):
    """Classical branches of 0.7 and 9 photons, both occupied."""
    state = steady_state(kerr_cavity(3.0, 0.4, 2.3), tolerance=1e-6, fields=fields)
    assert_sound(state, 1e-6)
    n, pairs = drummond_walls(3.0, 0.4, 2.3)
    assert 1.2 < n < 8.0 and pairs > 1.5 * n**2  # both branches count
    assert state.photon_numbers[0] == pytest.approx(n, rel=1e-5)
    assert state.number_fluctuations[0] == pytest.approx(pairs - n**2, rel=1e-5)


def test_laser_with_two_photon_loss_has_the_closed_form():
    up, down, eta = 1.0, 0.4, 0.15
    model = DerivedModel(
        hamiltonian=0.2 * number(0), jump_operators=[(up, creation(0)), (down, A), (eta, annihilation(0) ** 2)]
    )
    state = steady_state(model, tolerance=1e-7)
    assert_sound(state, 1e-7)
    n, b, r = np.arange(state.space.size), (up + down) / eta, up / eta
    wanted = r**n / poch(b, n) * hyp1f1(1 + n, b + n, r) / hyp1f1(1, b, 2 * r)
    np.testing.assert_allclose(state.matrix.diagonal().real, wanted, atol=1e-7)
    assert np.abs(state.matrix - np.diag(state.matrix.diagonal())).max() == 0  # U(1): no coherences


def test_squeezed_oscillator_has_the_closed_form():
    """H = (i eps/2) (a†² - a²): n = 2 eps²/(gamma² - 4 eps²), <aa> = eps gamma/(gamma² - 4 eps²)."""
    eps = 0.35
    model = DerivedModel(hamiltonian=0.5j * eps * (creation(0) ** 2 - A * A), jump_operators=[(1.0, A)])
    assert weak_symmetry(model.hamiltonian(), model.jump_operators()) == Symmetry((1,), 2)
    state = steady_state(model, tolerance=1e-6)
    assert_sound(state, 1e-6)
    assert state.photon_numbers[0] == pytest.approx(2 * eps**2 / (1 - 4 * eps**2), rel=1e-5)
    assert state.expectation(A * A) == pytest.approx(eps / (1 - 4 * eps**2), rel=1e-5)


def test_two_photon_driven_cavity_is_that_of_qutip():
    """Parity sectors against the whole superoperator."""
    hamiltonian = 0.4 * number(0) + 0.2 * PAIRS + (0.7 + 0.2j) * creation(0) ** 2 + (0.7 - 0.2j) * A * A
    model = DerivedModel(hamiltonian=hamiltonian, jump_operators=[(1.0, A), (0.1, A * A)])
    state = steady_state(model, tolerance=1e-8)
    cutoff = 40
    operators = [qutip.Qobj(p.matrix([cutoff]).toarray()) for p in (model.hamiltonian(), A, number(0), A * A)]
    exact = qutip.steadystate(operators[0], [operators[1], np.sqrt(0.1) * operators[3]])
    assert state.photon_numbers[0] == pytest.approx(qutip.expect(operators[2], exact), rel=1e-7)
    assert state.expectation(A * A) == pytest.approx(qutip.expect(operators[3], exact), rel=1e-7)


def test_linear_chain_is_a_product_of_coherent_states():
    chain = BoseHubbardChain(length=3, drive_amplitude=4.0, kerr=0.0)
    state = steady_state(chain, tolerance=1e-9)
    matrix = np.diag([2.5 + 0.5j, 2.5, 2.5 + 0.5j]) + 2.0 * (np.eye(3, k=1) + np.eye(3, k=-1))
    fields = np.linalg.solve(matrix, [4.0, 0, 0])
    np.testing.assert_allclose([state.expectation(annihilation(k)) for k in range(3)], fields, atol=1e-7)
    np.testing.assert_allclose(state.number_fluctuations, 0, atol=1e-6)


def test_linear_chain_between_equal_baths_is_a_product_of_displaced_thermal_states():
    """One temperature at both ends: n_th photons at every site besides the field, and their interference with it."""
    chain = BoseHubbardChain(length=2, drive_amplitude=1.0, kerr=0.0, thermal_occupation=0.2)
    state = steady_state(chain, tolerance=1e-6)
    fields = np.linalg.solve(np.diag([2.5 + 0.5j, 2.5 + 0.5j]) + 2.0 * np.eye(2)[::-1], [1.0, 0])
    photons = np.abs(fields) ** 2
    np.testing.assert_allclose(state.photon_numbers, photons + 0.2, rtol=1e-5)
    np.testing.assert_allclose(state.number_fluctuations, 0.2**2 + 2 * 0.2 * photons, rtol=1e-3)


def test_damped_oscillator_ends_in_the_vacuum():
    state = steady_state(DerivedModel(hamiltonian=0.8 * number(0), jump_operators=[(1.0, A)]))
    assert state.photon_numbers[0] == pytest.approx(0, abs=1e-12)


def test_dimer_in_its_frame_is_that_of_qutip_in_plain_fock_states():
    chain = BoseHubbardChain(length=2, drive_amplitude=0.5, kerr=0.3)
    state = steady_state(chain, tolerance=1e-7)
    cutoffs = (8, 8)
    dims = [list(cutoffs)] * 2
    jumps = [np.sqrt(rate) * qutip.Qobj(op.matrix(cutoffs), dims=dims) for rate, op in chain.jump_operators()]
    exact = qutip.steadystate(qutip.Qobj(chain.hamiltonian().matrix(cutoffs), dims=dims), jumps)
    for site in range(2):
        n = qutip.Qobj(number(site).matrix(cutoffs), dims=dims)
        assert state.photon_numbers[site] == pytest.approx(qutip.expect(n, exact), rel=1e-4)
        fluctuation = qutip.expect(n * n - n, exact) - qutip.expect(n, exact) ** 2
        assert state.number_fluctuations[site] == pytest.approx(fluctuation, rel=1e-3)


def test_two_cavities_with_u1_symmetry_are_those_of_chosen_cutoffs():
    model = KerrDimer(aleph=1.0)
    state = steady_state(model, tolerance=1e-6)
    assert_sound(state, 1e-6)
    boxed = steady_state(model, cutoffs=(16, 12))
    np.testing.assert_allclose(state.photon_numbers, boxed.photon_numbers, rtol=1e-5)


def test_what_does_not_fit_is_said_before_it_is_tried():
    with pytest.raises(CutoffError, match="Fock states needs about"):
        steady_state(BoseHubbardChain(length=2, drive_amplitude=6.0), cutoffs=(60, 60), memory_limit=1000)
    with pytest.raises(ValueError, match="one entry a mode"):
        steady_state(BoseHubbardChain(length=2, drive_amplitude=6.0), cutoffs=(6,))


@pytest.mark.parametrize("charge", [0, 1])
def test_spectrum_of_a_thermal_oscillator(charge):
    """-i omega k - kappa (j + |k|/2)."""
    model = DerivedModel(hamiltonian=0.8 * number(0), jump_operators=[(1.2, A), (0.2, creation(0))])
    found = spectrum(model, 3, charge=charge, tolerance=1e-7)
    np.testing.assert_allclose(found.values, -0.8j * charge - (np.arange(3) + charge / 2), atol=1e-6)


def test_the_slowest_modes_of_all_charges():
    thermal = DerivedModel(hamiltonian=0.8 * number(0), jump_operators=[(1.2, A), (0.2, creation(0))])
    found = spectrum(thermal, 4, tolerance=1e-6)
    np.testing.assert_allclose(
        np.sort_complex(found.values), np.sort_complex([0, -0.5 - 0.8j, -0.5 + 0.8j, -1]), atol=1e-5
    )
    assert sorted(found.charges) == [-1, 0, 0, 1]
    # The gap of a two-photon drive with weak loss lies between the parities.
    pairs = A**2 + creation(0) ** 2
    cat = DerivedModel(
        hamiltonian=0.5 * number(0) + 0.5 * creation(0) ** 2 * A**2 + pairs, jump_operators=[(0.5, A), (0.3, A**2)]
    )
    found = spectrum(cat, 4, tolerance=1e-6)
    h, a = (qutip.Qobj(p.matrix([24]).toarray()) for p in (cat.hamiltonian(), A))
    wanted = np.linalg.eigvals(qutip.liouvillian(h, [np.sqrt(0.5) * a, np.sqrt(0.3) * a * a]).full())
    wanted = wanted[np.argsort(-wanted.real)][:4]
    np.testing.assert_allclose(found.values.real, wanted.real, atol=1e-4)
    assert found.charges.tolist() == [0, 1, 0, 0]


def test_several_steady_states_are_said_to_be():
    pairs = DerivedModel(hamiltonian=2.0 * (A**2 + creation(0) ** 2), jump_operators=[(1.0, A**2)])
    with pytest.raises(ValueError, match="more than one steady state"):
        steady_state(pairs)


def test_davidson_finds_what_shift_invert_finds():
    """Two sites without a symmetry, the slowest of 900 coherences."""
    chain = BoseHubbardChain(length=2, drive_amplitude=1.5, kerr=0.5)
    liouvillian = DensityLiouvillian(FockSpace.cheapest(np.ones(2), 30), chain.hamiltonian(), chain.jump_operators())
    wanted = shift_invert(liouvillian, [0.0], 4)
    random = np.random.default_rng(1).normal(size=(4, 2, liouvillian.size))
    inverse = approximate_inverse(liouvillian)
    found = davidson(liouvillian, inverse, 4, random[:, 0] + 1j * random[:, 1], 1e-8)
    distances = np.abs(found.values[:, None] - wanted.values)
    assert distances.min(axis=0).max() < 1e-7 and distances.min(axis=1).max() < 1e-7
    assert found.n_products < liouvillian.size / 2


def test_iteration_over_many_sectors_ends_where_elimination_does():
    """The cavities of the torus at 16 photons, which return by jumps what they lose by jumps."""
    model = KerrDimer(aleph=12.0)
    symmetry = weak_symmetry(model.hamiltonian(), model.jump_operators(), 2)
    space = FockSpace.cheapest(np.array([0.45, 0.5]), 400)
    liouvillian = DensityLiouvillian(space, model.hamiltonian(), model.jump_operators(), symmetry)
    wanted = eliminated_state(liouvillian)
    found, n_products = iterated_state(liouvillian, 1e-10, None)
    assert n_products < 200
    np.testing.assert_allclose(found, wanted, atol=1e-8)


def test_likeliest_states_are_those_of_the_greatest_populations():
    """Two thermal modes, of which a small space knows the beginning."""
    space = FockSpace.box((6, 12))
    slopes = np.array([1.2, 0.5])
    grown = space.likeliest(np.exp(-space.states @ slopes), 120)
    wanted = FockSpace.cheapest(slopes, 120)
    assert len({*map(tuple, grown.states)} & {*map(tuple, wanted.states)}) > 105


def test_expense_is_announced_and_refused():
    told = []
    with pytest.raises(CutoffError, match=r"MB and .* s: allowed are 1 MB"):
        steady_state(kerr_cavity(2.5, 0.1, 3.0), memory_limit=1, announce=told.append)
    assert told[-1].megabytes > 1 and told[-1].n_coherences == told[-1].n_states ** 2


def test_spectrum_of_a_driven_cavity_is_that_of_qutip():
    model = kerr_cavity(0.5, 0.4, 0.8)
    found = spectrum(model, 4, tolerance=1e-6)
    h, a = (qutip.Qobj(p.matrix([24]).toarray()) for p in (model.hamiltonian(), A))
    wanted = np.linalg.eigvals(qutip.liouvillian(h, [a]).full())
    assert np.abs(found.values[:, None] - wanted).min(axis=1).max() < 1e-5
    assert abs(found.values[0]) < 1e-8 and found.values[1].real < -0.1
