"""Second-order cumulants in means and covariances: the equations, what is told of them, states, and what is refused."""

import numpy as np
import pytest

from openkerr.algebra.cumulants import moment_equations
from openkerr.algebra.gaussian import GaussianEquations, average
from openkerr.algebra.phase_space import field
from openkerr.algebra.polynomials import JumpOperator, Polynomial, annihilation, creation, number
from openkerr.models.bose_hubbard_chain import BoseHubbardChain
from openkerr.models.derived import DerivedModel
from openkerr.solvers.cumulants import (
    CumulantError,
    GaussianState,
    cumulant_equations,
    derivative,
    evolve,
    steady_state,
)
from openkerr.solvers.time_grid import TimeGrid

A = [annihilation(k) for k in range(3)]


def _hermitian(operator):
    return operator + operator.adjoint()


def _random_system(seed):
    """Three modes with drives, squeezing, three-wave mixing, cross-Kerr terms, and nonlinear and mixed jumps."""
    rng = np.random.default_rng(seed)

    def any_number():
        return complex(*rng.normal(size=2))

    hamiltonian = sum((rng.normal() * number(k) for k in range(3)), Polynomial({}))
    for term in (A[0] * creation(1), A[0] ** 2 * creation(1), A[2], A[0] ** 3, A[1] * creation(2) * number(1)):
        hamiltonian += _hermitian(any_number() * term)
    hamiltonian += 0.3 * creation(0) ** 2 * A[0] ** 2 + 0.2 * number(0) * number(2)
    jumps = (
        JumpOperator(0.7, A[0] ** 2 + any_number() * creation(1)),
        JumpOperator(0.3, number(0)),
        JumpOperator(0.2, creation(2) + any_number() * A[1] * A[2]),
        JumpOperator(0.4, A[1]),
    )
    return hamiltonian, jumps


def _random_state(seed, n_modes):
    rng = np.random.default_rng(seed)
    root = rng.normal(size=(2 * n_modes, 2 * n_modes))
    mean = rng.normal(size=n_modes) + 1j * rng.normal(size=n_modes)
    return GaussianState(mean, root @ root.T + 0.25 * np.eye(2 * n_modes))


@pytest.mark.slow
@pytest.mark.parametrize("seed", [0, 1])
def test_equations_are_those_of_the_normally_ordered_moments(seed):
    hamiltonian, jumps = _random_system(seed)
    pairs = [(j, k) for j in range(3) for k in range(j, 3)]
    wanted = A + [A[j] * A[k] for j, k in pairs] + [creation(j) * A[k] for j, k in pairs]
    equations = GaussianEquations(hamiltonian, jumps, 3)
    assert not equations.is_exact
    others = moment_equations(hamiltonian, jumps, 2, wanted)
    state = _random_state(seed, 3)
    rate = derivative(equations, state)

    def moments(step):
        moved = GaussianState(state.mean + step * rate.mean, state.covariance + step * rate.covariance)
        return np.array([moved.expectation(Polynomial({key: 1})) for key in others.moments])

    expected = others.rhs(0.0, moments(0.0))
    # The difference along the rates is exact: moments are of second degree in the state.
    found = (moments(1e-6) - moments(-1e-6)) / 2e-6
    np.testing.assert_allclose(found, expected, rtol=1e-7, atol=1e-7 * np.abs(expected).max())


def test_averages_are_those_of_wicks_theorem():
    """<|alpha|⁴ beta*> of a Gaussian, against a sum over samples of it."""
    state = _random_state(3, 2)
    rng = np.random.default_rng(5)
    samples = rng.multivariate_normal([0.0] * 4, state.covariance, size=400_000)
    fields = state.mean + samples[:, :2] + 1j * samples[:, 2:]
    operator = Polynomial({((0, 1, 1), (1, 1, 0)): 1.0})
    # Weyl symbol of a†a b†.
    values = (np.abs(fields[:, 0]) ** 2 - 0.5) * fields[:, 1].conj()
    error = np.hypot(values.real.std(), values.imag.std()) / np.sqrt(values.size)
    assert abs(state.expectation(operator) - values.mean()) < 4.5 * error
    assert average(field(0) * field(0).conj()).keys() == average(field(0).conj() * field(0)).keys()


def test_the_closure_is_told():
    chain = BoseHubbardChain(length=60, drive_amplitude=8.0)
    equations = cumulant_equations(chain)
    assert equations.counts == {"<a_j>": 60, "<a_j a_k>, j <= k": 1830, "<a_j† a_k>, j <= k": 1830}
    text = equations.describe()
    assert text.startswith("3720 complex equations of 60 modes, cumulants of order 3 and more dropped:")
    # Sites of one kind share a line: first, bulk, last.
    assert [line.split(":")[0].strip() for line in text.splitlines() if "d<a_k>" in line] == [
        "k = 0",
        "k = 1 .. 58",
        "k = 59",
    ]
    assert "an approximation" in text and "m_k,k <a_k>*" in text
    linear = BoseHubbardChain(length=3, drive_amplitude=1.0, kerr=0.0)
    assert "nothing is dropped" in cumulant_equations(linear).describe()


def test_work_grows_with_the_square_of_the_length():
    """A row of M has as many entries as a site has quadratures coupled to it, whatever the length."""
    entries = [len(cumulant_equations(BoseHubbardChain(length=n, drive_amplitude=1.0)).columns) for n in (10, 20, 40)]
    assert entries[2] - entries[1] == 2 * (entries[1] - entries[0]) == 2 * 10 * 8


def test_states_tell_their_statistics():
    coherent = GaussianState.coherent([0.5 - 1.2j, 0.3])
    np.testing.assert_allclose(coherent.photon_number, [1.69, 0.09])
    np.testing.assert_allclose(coherent.number_fluctuation, 0.0, atol=1e-12)
    assert coherent.is_physical
    assert abs(coherent.uncertainty) < 1e-12
    r = 0.4
    squeezed = GaussianState(np.zeros(1, complex), 0.25 * np.diag([np.exp(2 * r), np.exp(-2 * r)]))
    mean = np.sinh(r) ** 2
    np.testing.assert_allclose(squeezed.photon_number, mean)
    # Variance of a squeezed vacuum, 2 n (n + 1), less n.
    np.testing.assert_allclose(squeezed.number_fluctuation, 2 * mean * (mean + 1) - mean)
    np.testing.assert_allclose(squeezed.expectation(number(0) * number(0)), 2 * mean * (mean + 1) + mean**2)
    assert squeezed.is_physical
    below = GaussianState(np.zeros(1, complex), 0.25 * np.diag([1.0, 0.5]))
    assert not below.is_physical
    assert not GaussianState(np.zeros(1, complex), np.full((2, 2), np.nan)).is_physical


@pytest.mark.slow
def test_runs_that_leave_quantum_states_or_numbers_are_marked():
    grid = TimeGrid(0.02, 5, 401)
    # Gain without limit: it grows beyond all numbers, but never below the vacuum.
    gain = DerivedModel(hamiltonian=0.0 * number(0), jump_operators=[(60.0, creation(0))])
    run = evolve(gain, TimeGrid(0.02, 50, 41), check_interval=1000)
    assert run.outcome == "diverged"
    assert len(run.times) < 41
    # A step beyond stability breaks the uncertainty relation first.
    kerr = DerivedModel(hamiltonian=-2.0 * number(0) + 2.0 * creation(0) ** 2 * A[0] ** 2, jump_operators=[(1.0, A[0])])
    run = evolve(kerr, TimeGrid(0.1, 1, 200), start=GaussianState.coherent([2.0]), check_interval=1)
    assert run.outcome in ("unphysical", "diverged")
    with pytest.raises(CumulantError, match="do not come to rest: moving at time 5"):
        steady_state(BoseHubbardChain(length=3, drive_amplitude=1.0), time_step=0.02, final_time=5.0)
    with pytest.raises(ValueError, match="state has 2 modes: allowed are the 1 of the model"):
        evolve(gain, grid, start=GaussianState.coherent([0.0, 0.0]))
    with pytest.raises(ValueError, match="n_modes is 0"):
        GaussianEquations(Polynomial({}), [], 0)
