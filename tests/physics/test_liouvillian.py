"""Blocks of the Liouvillian and their slow modes: against QuTiP, exact spectra, closed forms and each other."""

import numpy as np
import pytest
import qutip
from scipy.linalg import expm
from scipy.optimize import linear_sum_assignment
from scipy.special import hyp1f1, poch

from openkerr.algebra.polynomials import annihilation, creation, number
from openkerr.models.bose_hubbard_chain import BoseHubbardChain
from openkerr.models.derived import DerivedModel
from openkerr.models.kerr_dimer import KerrDimer
from openkerr.runtime.checkpoint import Checkpoint
from openkerr.solvers.coherence_basis import boundary, from_mask, grown, scaled
from openkerr.solvers.liouvillian import LiouvillianBlock, SymmetryError, expectation_weights, sector_basis
from openkerr.solvers.liouvillian_continuation import ContinuationOptions, continue_modes
from openkerr.solvers.liouvillian_modes import Propagator, arnoldi_lindblad, shift_invert

DIMER = KerrDimer(aleph=1.3, omega=(1.0, 1.3), kerr=(0.1, 0.4), loss_rate=(0.2, 0.1), thermal_occupation=(0.3, 0.2))
MIXED = DerivedModel(
    hamiltonian=number(0)
    + 0.7 * (creation(0) * annihilation(1) + creation(1) * annihilation(0))
    + 0.3 * number(1) ** 2,
    jump_operators=[(0.4, annihilation(0) + (0.5 + 0.2j) * annihilation(1)), (0.1, creation(0)), (0.2, number(1))],
)


def superoperator(model, cutoffs):
    """QuTiP's Liouvillian as a dense matrix; the element |n><m| stands at n + D m."""
    dims = [list(cutoffs)] * 2

    def operator(polynomial):
        return qutip.Qobj(polynomial.matrix(cutoffs), dims=dims)

    jumps = [np.sqrt(jump.rate) * operator(jump.operator) for jump in model.jump_operators()]
    return qutip.liouvillian(operator(model.hamiltonian()), jumps).full()


def places(basis):
    right = np.ravel_multi_index([basis.occupations(k) for k in range(basis.n_modes)], basis.cutoffs)
    left = [basis.occupations(k) + basis.differences(k) for k in range(basis.n_modes)]
    return np.ravel_multi_index(left, basis.cutoffs) + int(np.prod(basis.cutoffs)) * right


def distance(found, wanted):
    """Greatest distance between two sets of eigenvalues, paired so that the sum of distances is least."""
    assert len(found) == len(wanted)
    table = np.abs(np.asarray(found)[:, None] - np.asarray(wanted))
    return table[linear_sum_assignment(table)].max()


@pytest.mark.parametrize(("model", "cutoffs"), [(DIMER, (5, 4)), (MIXED, (4, 3))])
def test_blocks_are_those_of_the_superoperator(model, cutoffs):
    """Elements to 1e-13; the sectors together hold every element and every eigenvalue of QuTiP's matrix."""
    whole, size = superoperator(model, cutoffs), int(np.prod(cutoffs)) ** 2
    reach = sum(w * (c - 1) for w, c in zip(model.symmetry, cutoffs, strict=True))
    spectrum, covered, random = [], [], np.random.default_rng(1)
    for charge in range(-reach, reach + 1):
        block = LiouvillianBlock(model, sector_basis(model, charge, cutoffs))
        place = places(block.basis)
        matrix = block.matrix.toarray()
        assert np.abs(matrix - whole[np.ix_(place, place)]).max() < 1e-13
        outside = np.setdiff1d(np.arange(size), place)
        assert np.abs(whole[np.ix_(outside, place)]).max() == 0
        vector = random.normal(size=(block.size, 2)) @ [1, 1j]
        np.testing.assert_allclose(block.apply(vector), matrix @ vector, rtol=0, atol=1e-12)
        spectrum.append(np.linalg.eigvals(matrix))
        covered.append(place)
    assert sorted(np.concatenate(covered)) == list(range(size))
    assert distance(np.concatenate(spectrum), np.linalg.eigvals(whole)) < 1e-9


def test_without_gain_the_spectrum_is_that_of_the_effective_hamiltonian():
    """gamma = 0: jumps only lower N, so that the eigenvalues are -i (e_p - e_q*), e of H - i/2 sum L†L."""
    cutoffs = (4, 3)
    model = KerrDimer(aleph=1.0, pump_rate=(0, 0), omega=(0.9, 1.4), kerr=(0.3, 0.2), loss_rate=(0.17, 0.29))
    effective = model.hamiltonian().matrix(cutoffs).toarray()
    for rate, jump in model.jump_operators():
        matrix = jump.matrix(cutoffs).toarray()
        effective = effective - 0.5j * rate * matrix.conj().T @ matrix
    n_total = np.rint((number(0) + 2 * number(1)).matrix(cutoffs).diagonal().real)
    energies = {n: np.linalg.eigvals(effective[np.ix_(n_total == n, n_total == n)]) for n in np.unique(n_total)}
    for charge in (0, 1, 2):
        wanted = [
            -1j * (p - q.conj())
            for n in energies
            if n + charge in energies
            for p in energies[n + charge]
            for q in energies[n]
        ]
        block = LiouvillianBlock(model, sector_basis(model, charge, cutoffs))
        # Jumps couple eigenvectors strongly: some eigenvalues are found to no more than this.
        assert distance(np.linalg.eigvals(block.matrix.toarray()), wanted) < 1e-7


def test_damped_thermal_oscillator():
    """Eigenvalues -i omega k - kappa (j + |k|/2), and the geometric steady state."""
    omega, kappa, occupation = 0.8, 1.0, 0.5
    model = DerivedModel(
        hamiltonian=omega * number(0),
        jump_operators=[(kappa * (occupation + 1), annihilation(0)), (kappa * occupation, creation(0))],
    )
    for charge in (0, 1, 3):
        (solution,) = continue_modes([model], [1.0], charge, (12,), [ContinuationOptions(4, 1e-13, 1e-12)])
        wanted = -1j * omega * charge - kappa * (np.arange(4) + charge / 2)
        np.testing.assert_allclose(solution.modes.values, wanted, atol=1e-9)
        if charge == 0:
            populations = solution.modes.vectors[0] / solution.modes.vectors[0].sum()
            geometric = (occupation / (occupation + 1)) ** solution.basis.last / (occupation + 1)
            np.testing.assert_allclose(populations, geometric, atol=1e-10)


def test_laser_with_two_photon_loss_has_the_closed_form():
    """p_n = r**n/(b)_n 1F1(1 + n; b + n; r)/1F1(1; b; 2 r), b = (up + down)/eta, r = up/eta."""
    up, down, eta = 1.0, 0.4, 0.15
    model = DerivedModel(
        hamiltonian=0.2 * number(0),
        jump_operators=[(up, creation(0)), (down, annihilation(0)), (eta, annihilation(0) ** 2)],
    )
    (solution,) = continue_modes([model], [1.0], 0, (20,), [ContinuationOptions(2, 1e-13, 1e-12)])
    n, b, r = solution.basis.last, (up + down) / eta, up / eta
    wanted = r**n / poch(b, n) * hyp1f1(1 + n, b + n, r) / hyp1f1(1, b, 2 * r)
    vector = solution.modes.vectors[0]
    np.testing.assert_allclose(vector / vector.sum(), wanted, atol=1e-10)
    assert abs(solution.modes.values[0]) < 1e-10 and solution.trace_leaks[0] < 1e-10


def test_only_the_detuning_of_the_second_harmonic_matters():
    """omega_k -> omega_k + w_k delta shifts eigenvalues of charge k by -i k delta: only 2 omega_1 - omega_2 counts."""
    delta, cutoffs = 0.37, (7, 6)
    here = KerrDimer(aleph=1.0, omega=(1.0, 1.2))
    there = KerrDimer(aleph=1.0, omega=(1.0 + delta, 1.2 + 2 * delta))
    other = KerrDimer(aleph=1.0, omega=(1.0 + delta, 1.2 + delta))
    for charge in (0, 1, 2):
        first, second, third = (
            np.linalg.eigvals(LiouvillianBlock(model, sector_basis(model, charge, cutoffs)).matrix.toarray())
            for model in (here, there, other)
        )
        assert distance(first - 1j * charge * delta, second) < 1e-7
        assert distance(first - 1j * charge * delta, third) > 1e-3


@pytest.mark.parametrize("charge", [0, 1, 2])
def test_both_methods_find_the_same_modes(charge):
    block = LiouvillianBlock(KerrDimer(aleph=2.0), sector_basis(KerrDimer(aleph=2.0), charge, (14, 11)))
    arnoldi = arnoldi_lindblad(block, 5, tolerance=1e-12)
    inverted = shift_invert(block, (-0.01, -0.9j, 0.9j, -1.2, -2.0j, -2.5 - 1j), 6)
    for modes in (arnoldi, inverted):
        assert modes.residuals[:5].max() < 1e-8
    # Slow modes of the dimer at small aleph may stand between the shifts: what Arnoldi finds must be found by both.
    assert np.abs(arnoldi.values[:, None] - inverted.values).min(axis=1).max() < 1e-9
    assert (inverted.values.real < arnoldi.values[0].real + 1e-9).all()


def test_one_shift_alone_ranks_by_distance():
    """Why several shifts are taken: the slowest mode of charge 1 is not among the three next to another line."""
    model = KerrDimer(aleph=4.0)
    block = LiouvillianBlock(model, sector_basis(model, 1, (16, 13)))
    slowest = arnoldi_lindblad(block, 2, tolerance=1e-10).values[0]
    near = shift_invert(block, [2.5j], 2)
    assert np.abs(near.values - slowest).min() > 0.1
    both = shift_invert(block, [2.5j, -0.86j], 2)
    assert np.abs(both.values - slowest).min() < 1e-9


@pytest.mark.parametrize("shift", [0.0, 1e-9, 1e-5, -0.01])
def test_a_shift_on_an_eigenvalue_brings_eigenvalues_alone(shift):
    """Zero is one, where L cannot be inverted: what is next to it is held against all eigenvalues."""
    model = KerrDimer(aleph=2.0)
    block = LiouvillianBlock(model, sector_basis(model, 0, (12, 10)))
    everything = np.linalg.eigvals(block.matrix.toarray())
    found = shift_invert(block, [shift], 6)
    expected = everything[np.argsort(np.abs(everything - shift))][:6]
    assert len(found.values) == 6
    assert distance(expected, found.values) < 1e-8
    assert found.residuals.max() < 1e-8


@pytest.mark.parametrize("shifts", [[-0.9], [0.0, -1.0, -2.0]])
def test_multiple_eigenvalues_are_found_as_often_as_they_are(shifts):
    """Lossy empty cavities: a coherence decays at half the sum of its photon numbers, at zero frequencies."""
    nothing = {"tunneling": 0.0, **dict.fromkeys(("omega", "kerr", "pump_rate", "two_photon_loss_rate"), (0.0, 0.0))}
    model = KerrDimer(aleph=1.0, loss_rate=(1.0, 1.0), **nothing)
    block = LiouvillianBlock(model, sector_basis(model, 0, (8, 8)))
    basis = block.basis
    photons = sum(2 * basis.occupations(mode) + basis.differences(mode) for mode in range(2))
    expected = np.sort(-0.5 * photons)[::-1][:8]
    assert len(set(expected)) < 8
    found = shift_invert(block, shifts, 8)
    assert np.sort(found.values.real)[::-1][:8] == pytest.approx(expected, abs=1e-10)
    assert np.linalg.matrix_rank(found.vectors, tol=1e-3) == len(found.values)
    assert found.residuals.max() < 1e-9


def test_the_propagator_is_the_exponential():
    block = LiouvillianBlock(KerrDimer(aleph=0.7), sector_basis(KerrDimer(aleph=0.7), 1, (8, 6)))
    vector = np.random.default_rng(2).normal(size=(block.size, 2)) @ [1, 1j]
    exact = expm(0.3 * block.matrix.toarray()) @ vector
    np.testing.assert_allclose(Propagator(block, 0.3)(vector), exact, atol=1e-9 * np.abs(vector).max())


def test_a_model_without_the_symmetry_is_refused():
    with pytest.raises(SymmetryError, match="no weak U\\(1\\) symmetry"):
        sector_basis(BoseHubbardChain(length=2, drive_amplitude=1.0), 0, (3, 3))

    class Pretender(DerivedModel):
        @property
        def symmetry(self):
            return (1,)

    squeezed = Pretender(hamiltonian=annihilation(0) ** 2 + creation(0) ** 2, jump_operators=[(1.0, annihilation(0))])
    with pytest.raises(SymmetryError, match="changes the charge by"):
        LiouvillianBlock(squeezed, sector_basis(squeezed, 0, (4,)))
    with pytest.raises(ValueError, match="one positive number a mode"):
        sector_basis(DIMER, 0, (4,))
    with pytest.raises(ValueError, match="no coherence"):
        sector_basis(DIMER, 40, (4, 4))


def test_pruning_keeps_the_trace_of_populations():
    """Without Hamiltonian transfer, columns of populations of a pruned block sum to zero: what cannot go stays."""
    model = KerrDimer(aleph=2.0, tunneling=0.0)
    whole = sector_basis(model, 0, (10, 8))
    pruned = from_mask(whole, (whole.occupations(0) + whole.occupations(1) < 7))
    block = LiouvillianBlock(model, pruned)
    populations = pruned.populations()
    sums = np.asarray(block.matrix[populations][:, populations].sum(axis=0))
    assert np.abs(sums).max() < 1e-12
    full = LiouvillianBlock(model, whole)
    assert np.abs(full.matrix.diagonal() - full.diagonal).max() == 0


def test_bases_move_grow_and_stretch():
    whole = sector_basis(DIMER, 1, (9, 7))
    core = from_mask(
        whole, (whole.occupations(0) < 4) & (whole.occupations(1) < 3) & (np.abs(whole.differences(1)) < 2)
    )
    vector = np.arange(1.0, core.size + 1)
    back = whole.moved(core.moved(vector, whole), core)
    np.testing.assert_array_equal(back, vector)
    wider = grown(core, 1, 1)
    assert core.size < wider.size < whole.size
    inside = core.moved(np.ones(core.size), wider) > 0
    assert not boundary(wider)[inside].any() and boundary(core).any()
    larger, (flat,) = scaled(core, np.ones((1, core.size)), 2.0, (30, 30))
    assert larger.size > 3 * core.size and 0.5 < np.mean(flat.real > 0.99)
    assert set(larger.differences(0) + 2 * larger.differences(1)) == {1}


CONTINUATION = {"models": [KerrDimer(aleph=a) for a in (0.5, 1.0, 2.0)], "scales": (0.5, 1.0, 2.0), "cutoffs": (12, 10)}
OPTIONS = [ContinuationOptions(4, 1e-7, 1e-10, shifts=(-0.01, -0.9j, 0.9j, -1.5))] * 3


def test_a_continuation_bounds_its_errors():
    top = continue_modes(CONTINUATION["models"], CONTINUATION["scales"], 0, CONTINUATION["cutoffs"], OPTIONS)[-1]
    reference = LiouvillianBlock(CONTINUATION["models"][-1], sector_basis(CONTINUATION["models"][-1], 0, (26, 20)))
    exact = arnoldi_lindblad(reference, 5, tolerance=1e-11)
    errors = np.abs(top.modes.values[:, None] - exact.values).min(axis=1)
    assert (errors <= np.maximum(top.basis_errors, 1e-9)).all() and top.basis_errors.max() < 1e-5
    assert top.modes.residuals.max() < 1e-7 and top.trace_leaks.max() < 1e-6 and top.core_size < top.basis.size
    assert np.nanmax(top.method_differences) < 1e-7
    weights = expectation_weights(top.basis, number(0))
    vector = top.modes.vectors[0] / top.modes.vectors[0][top.basis.populations()].sum()
    wanted = exact.vectors[0] / exact.vectors[0][reference.basis.populations()].sum()
    assert abs(weights @ vector - expectation_weights(reference.basis, number(0)) @ wanted) < 1e-5


def test_a_stopped_continuation_goes_on_where_it_was(tmp_path):
    scales = (0.125, 0.25, 0.5)
    arguments = {"models": [KerrDimer(aleph=a) for a in scales], "scales": scales, "charge": 0, "cutoffs": (7, 6)}
    arguments["options"] = [ContinuationOptions(2, 1e-4, 1e-8)] * 3
    whole = continue_modes(**arguments)

    class Stop(Exception):
        pass

    def stop(solution):
        if solution.scale == scales[1]:
            raise Stop

    seen = []
    with pytest.raises(Stop), Checkpoint(tmp_path / "continuation", seconds=0.0) as kept:
        continue_modes(**arguments, checkpoint=kept, progress=stop)
    with Checkpoint(tmp_path / "continuation", seconds=0.0) as kept:
        assert kept.load("scale_0.25") is not None and kept.load("scale_0.5") is None
        again = continue_modes(**arguments, checkpoint=kept, progress=seen.append)
    assert len(seen) == 3
    for one, other in zip(whole, again, strict=True):
        np.testing.assert_array_equal(one.modes.values, other.modes.values)
        np.testing.assert_array_equal(one.modes.vectors, other.modes.vectors)
