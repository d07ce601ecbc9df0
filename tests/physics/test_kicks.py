"""Noise of derived models: second weak order of every kind of kick, without sampling, and exact solutions with it.

A kick is a polynomial map of the noise but for roots of positive numbers, so that the three values of discrete noise,
or Gauss-Hermite nodes, give its expectations exactly: no statistics, and an error of h**3 is seen for what it is.
"""

import math
from itertools import product

import numpy as np
import pytest
import qutip
from scipy.linalg import expm

from openkerr.algebra.heisenberg import heisenberg
from openkerr.algebra.noise import ZERO
from openkerr.algebra.phase_space import field
from openkerr.algebra.polynomials import IDENTITY, Polynomial, annihilation, creation, number
from openkerr.algebra.wigner import truncated_wigner
from openkerr.models.derived import DerivedModel
from openkerr.numerics.stats import batch_mean
from openkerr.solvers.sde import Reduction, simulate_ensemble
from openkerr.solvers.time_grid import TimeGrid

A, B = annihilation(0), annihilation(1)
NOTHING = 0.0 * number(0)

KICKS = {
    "dephasing": ([(0.7, number(0))], "exact"),
    "dephasing and loss": ([(0.7, number(0)), (0.4, A)], "exact"),
    "dephasing by a common bath": ([(0.7, number(0) + 0.5 * number(1)), (0.3, number(0))], "exact"),
    "displaced dephasing": ([(0.7, number(0) + 0.4 * A)], "exact"),
    "correlated loss": ([(0.7, A + (0.3 - 0.6j) * B), (0.2, B)], "exact"),
    "correlated loss and dephasing": ([(0.7, A + (0.3 - 0.6j) * B), (0.2, number(1))], "exact"),
    "squeezed bath": ([(0.7, 1.3 * A + (0.3 + 0.5j) * creation(0))], "exact"),
    "squeezed bath and dephasing": ([(0.7, 1.3 * A + (0.3 + 0.5j) * creation(0)), (0.4, number(0))], "exact"),
    "two-photon loss": ([(0.7, A**2), (1.8, A)], "exact"),
    "two-photon loss and absorption": ([(0.5, A**2), (0.3, creation(0) ** 2), (0.6, A)], "exact"),
    "two-photon bath with a phase": ([(0.5, A**2 + (0.4 + 0.2j) * creation(0) ** 2), (0.8, A)], "exact"),
    "loss of pairs": ([(0.5, A * B), (0.25, A), (0.6, B)], "exact"),
    "hopping by a bath": ([(0.5, creation(0) * B), (0.25, A)], "exact"),
    "exchange and dephasing": ([(0.5, creation(0) * B + creation(1) * A), (0.6, number(0))], "exact"),
    "three-photon loss": ([(0.1, A**3), (0.7, A)], "exact"),
    "three-photon loss, leading": ([(0.1, A**3)], "leading"),
    "displaced two-photon loss": ([(0.5, A**2 + 0.6 * A), (0.9, A)], "exact"),
    "pairs and squeezing": ([(0.3, A**2 * B), (0.2, number(0) + 0.5 * creation(1) ** 2)], "leading"),
}


def _model(name, hamiltonian=NOTHING):
    jumps, diffusion = KICKS[name]
    return DerivedModel(hamiltonian=hamiltonian, jump_operators=jumps, diffusion=diffusion)


def _generator(wigner, f):
    """Time derivative of the expectation of f under the noise alone."""
    total = ZERO
    for (j, k), symbol in wigner.diffusion.items():
        total = total + symbol * f.derivative(j).derivative(k, True)
    for (j, k), symbol in wigner.anomalous.items():
        total = total + 0.5 * symbol * f.derivative(j).derivative(k)
        total = total + 0.5 * symbol.conj() * f.derivative(j, True).derivative(k, True)
    return total


def _nodes(n_reals, order):
    """Values (n_reals, n) of independent normals of variance 1/2, and their weights."""
    points, weights = np.polynomial.hermite.hermgauss(order)
    grid = np.array(list(product(points, repeat=n_reals))).reshape(-1, n_reals).T
    return grid, np.prod(list(product(weights / np.sqrt(np.pi), repeat=n_reals)), axis=1)


def _kicked(model, state, h, order):
    """Fields (n_modes, n) after a kick by every node, and weights; parts of noises that move nothing stay zero."""
    kick, p, n = model.kernel_module().kick.py_func, model.kernel_parameters("twa"), model.n_noises
    unit = np.concatenate([np.eye(2 * n), np.zeros((2 * n, 1))], axis=1).reshape(2, n, -1)
    z = np.repeat(np.random.default_rng(0).normal(size=(2, model.n_modes, 1)), 2 * n + 1, axis=2)
    kick(z, unit, h, p)
    acts = np.abs(z[..., :-1] - z[..., -1:]).max(axis=(0, 1)) > 0
    values, weights = _nodes(int(acts.sum()), order)
    noise = np.zeros((2 * n, weights.size))
    noise[acts] = values
    z = np.repeat(np.array([state.real, state.imag])[:, :, None], weights.size, axis=2)
    kick(z, noise.reshape(2, n, -1), h, p)
    return z[0] + 1j * z[1], weights


def _observables(n_modes):
    """All monomials up to third order, and squares of densities."""
    factors = [each for k in range(n_modes) for each in (field(k), field(k).conj())]
    found = [f for f in factors]
    found += [f * g for f in factors for g in factors]
    found += [f * g * k for f in factors for g in factors for k in factors]
    found += [f * g * f.conj() * g.conj() for f in factors for g in factors]
    return list({repr(f): f for f in found}.values())


@pytest.mark.parametrize("name", KICKS)
def test_a_kick_is_of_second_weak_order(name):
    """Expectations after a time h are those of the Fokker-Planck equation to h²: the error falls by eight as h halves.

    Two terms of the exact expectation, from D and P alone, are the reference.
    """
    model = _model(name)
    wigner = truncated_wigner(NOTHING, model.jump_operators(), model.n_modes, 1.0, KICKS[name][1])
    state = np.array([0.9 - 0.4j, 0.5 + 0.7j])[: model.n_modes]
    observables = _observables(model.n_modes)
    derivatives = [(f, _generator(wigner, f), _generator(wigner, _generator(wigner, f))) for f in observables]
    f0, f1, f2 = (np.array([complex(f(state)) for f in column]) for column in zip(*derivatives, strict=True))
    errors = []
    for h in (0.02, 0.01):
        fields, weights = _kicked(model, state, h, 3)
        found = np.array([f(fields) @ weights for f in observables])
        errors.append(found - (f0 + h * f1 + 0.5 * h * h * f2))
    coarse, fine = np.abs(errors)
    assert np.abs(f2).max() > 0.01 or np.abs(coarse).max() < 1e-12, "second order is asked for, or the kick is exact"
    # What is left is d h³ (1 + e h): e h is allowed to be a quarter, and rounding 1e-13.
    assert coarse.max() < 0.1 * 0.5 * 0.02**2 * max(np.abs(f2).max(), 1e-6)
    assert (fine < coarse / 8 * 1.25 + 0.02 * coarse.max() / 8 + 1e-13).all()


def _second_moments(maps, weights):
    """Superoperator <M x x^T M^T> of random real matrices (n, N, N)."""
    size = maps.shape[1]
    return np.einsum("n,nij,nkl->ikjl", weights, maps, maps).reshape(size**2, size**2)


def _columns(n_modes, act):
    """Real matrices (n, N, N) of a linear map of the fields: ``act`` takes a state to fields (n_modes, n)."""
    columns = []
    for unit in np.eye(2 * n_modes):
        moved = act(unit[:n_modes] + 1j * unit[n_modes:])
        columns.append(np.concatenate([moved.real, moved.imag]))
    return np.array(columns).transpose(2, 1, 0)


EXCHANGE = creation(0) * B + creation(1) * A
LINEAR = {
    # Noises of one mode that commute, and whose drift does not commute with them.
    "dephasing": (0.9 * (creation(0) ** 2 + A**2) + 0.4 * number(0), [(0.5, number(0))]),
    "noncommuting": (
        0.9 * EXCHANGE + 0.4 * number(0),
        [(0.5, 1j * creation(0) * B - 1j * creation(1) * A), (0.8, number(0))],
    ),
    "two-photon": (0.5 * number(0), [(0.15, creation(0) ** 2 + A**2), (0.2, number(0))]),
}


@pytest.mark.parametrize("name", LINEAR)
def test_steps_with_linear_noise_converge_with_the_square_of_the_step(name):
    """Second moments after a time, of the steps K(h/2) D(h) K(h) ... without sampling, against their equation.

    Hermitian jump operators of second order: the truncated Wigner equation is exact and linear, and so are the steps.
    """
    hamiltonian, jumps = LINEAR[name]
    model = DerivedModel(hamiltonian=hamiltonian, jump_operators=jumps)
    n, time = model.n_modes, 2.0
    wigner = truncated_wigner(model.hamiltonian(), model.jump_operators(), n)
    drift = _columns(n, lambda state: np.array([symbol(state[:, None]) for symbol in wigner.drift]))[0]
    # d<x x^T>/dt = A<x x^T> + <x x^T>A^T + sum_r G_r <x x^T> G_r^T
    eye, size = np.eye(2 * n), 4 * n * n
    rates = np.einsum("ij,kl->ikjl", drift, eye) + np.einsum("ij,kl->ikjl", eye, drift)
    for g in wigner.fields:
        matrix = _columns(n, lambda state, g=g: np.array([g.get(k, ZERO)(state[:, None]) for k in range(n)]))[0]
        rates += np.einsum("ij,kl->ikjl", matrix, matrix)
    start = np.arange(1.0, 2 * n + 1)
    exact = expm(time * rates.reshape(size, size)) @ np.kron(start, start)

    def kicked(state, h):
        return _kicked(model, state, h, 5)[0]

    errors = []
    weights = _kicked(model, np.ones(n) + 0j, 0.1, 5)[1]
    for n_steps in (40, 80, 160):
        h = time / n_steps
        half, whole = (_second_moments(_columns(n, lambda state, t=t: kicked(state, t)), weights) for t in (h / 2, h))
        # The classical Runge-Kutta step of a linear drift is its Taylor series to fourth order.
        step = sum(np.linalg.matrix_power(h * drift, k) / math.factorial(k) for k in range(5))
        rest = _second_moments(step[None], np.ones(1))
        found = half @ np.linalg.matrix_power(rest @ whole, n_steps - 1) @ rest @ half @ np.kron(start, start)
        errors.append(np.linalg.norm(found - exact) / np.linalg.norm(exact))
    assert errors[-1] < 1e-3
    slopes = np.log2(np.array(errors[:-1]) / errors[1:])
    assert np.abs(slopes - 2).max() < 0.05, (errors, slopes)


def _shifted(operator, first):
    """The same operator of modes that are numbered from ``first`` on."""
    return Polynomial({tuple((k + first, p, q) for k, p, q in key): value for key, value in operator.terms.items()})


def _exact_steady_state(hamiltonian, jumps, n_modes):
    """<a_k>, <a_k²> and photon numbers from the closed equations of moments up to second order."""
    ladder = [each for k in range(n_modes) for each in (annihilation(k), creation(k))]
    keys = {key for x, y in product([IDENTITY, *ladder], repeat=2) for key in (x * y).terms if key}
    keys = sorted(keys)
    matrix, constant = np.zeros((len(keys), len(keys)), dtype=complex), np.zeros(len(keys), dtype=complex)
    for row, key in enumerate(keys):
        for other, value in heisenberg(hamiltonian, jumps, Polynomial({key: 1.0})).terms.items():
            if other:
                matrix[row, keys.index(other)] += value  # raises if the equations do not close
            else:
                constant[row] += value
    found = dict(zip(keys, np.linalg.solve(matrix, -constant), strict=True))
    return [np.array([found[(k, *powers),] for k in range(n_modes)]) for powers in ((0, 1), (0, 2), (1, 1))]


def _exact_two_photon(hamiltonian, jumps, n_modes):
    """The same of one mode from the Lindblad equation, by QuTiP."""
    cutoffs = (45,)
    matrices = [qutip.Qobj(np.sqrt(rate) * jump.matrix(cutoffs).toarray()) for rate, jump in jumps]
    rho = qutip.steadystate(qutip.Qobj(hamiltonian.matrix(cutoffs).toarray()), matrices)
    assert rho.diag()[-5:].max() < 1e-8
    return [np.array([qutip.expect(qutip.Qobj(x.matrix(cutoffs).toarray()), rho)]) for x in (A, A**2, number(0))]


DRIVE = A + creation(0)
BATHS = (
    # name, modes, Hamiltonian, jump operators, exact moments, error of the truncation
    ("dephasing", 1, 1.5 * DRIVE, [(1.0, A), (2.0, number(0))], _exact_steady_state, 0.0),
    (
        "squeezed bath and dephasing", 1, 0.3 * number(0) + 0.5 * DRIVE,
        [(1.0, 1.3 * A + (0.3 + 0.5j) * creation(0)), (0.4, number(0))], _exact_steady_state, 0.0,
    ),
    (
        "correlated loss and dephasing", 2, 0.6 * EXCHANGE + 0.5 * number(0) + 0.8 * DRIVE,
        [(0.7, A + (0.3 - 0.6j) * B), (0.5, B), (0.4, number(1))], _exact_steady_state, 0.0,
    ),
    (
        "exchange and dephasing", 2, 0.5 * number(0) + 0.9 * DRIVE,
        [(0.6, EXCHANGE), (0.8, number(0)), (0.5, A), (0.5, B)], _exact_steady_state, 0.0,
    ),
    (
        "two-photon noise", 1, 0.4 * number(0) + 0.7 * DRIVE,
        [(0.02, creation(0) ** 2 + A**2), (0.1, number(0)), (1.2, A)], _exact_steady_state, 0.0,
    ),
    # Third derivatives of the Wigner function are dropped: of order 1/n², where n is 6.
    (
        "two-photon loss and absorption", 1, 2.2 * DRIVE,
        [(0.06, A**2), (0.01, creation(0) ** 2), (0.02, A**2 + 0.5j * creation(0) ** 2), (1.0, A)], _exact_two_photon,
        0.02,
    ),
)  # fmt: skip


@pytest.mark.slow
def test_ensembles_of_every_bath_have_the_exact_steady_state():
    """Each bath acts on modes of its own, at a practical step; plain Euler-Maruyama is 0.3 of 3 off on the first."""
    hamiltonian, jumps, first, h = NOTHING, [], 0, 0.05
    for _, n_modes, part, baths, _, _ in BATHS:
        hamiltonian = hamiltonian + _shifted(part, first)
        jumps += [(rate, _shifted(jump, first)) for rate, jump in baths]
        first += n_modes
    model = DerivedModel(hamiltonian=hamiltonian, jump_operators=jumps)
    # Relaxation: the slowest second moment decays at 0.5.
    grid = TimeGrid.from_times(h, 16.0, 16.0)
    ensemble = simulate_ensemble(
        model, grid, start=[0] * first, seed=21, trajectories=range(2**14), batch_size=256, n_threads=2,
        reduction=Reduction(moment_order=2, bin_of_sample=np.array([-1, 0])),
    )  # fmt: skip
    mean, error = batch_mean(ensemble.moments[:, 0], ensemble.weights)
    first = 0
    for name, n_modes, part, baths, solve, truncation in BATHS:
        a, aa, n = solve(part, baths, n_modes)
        exact = np.array([a.real, a.imag, n.real + 0.5, aa.real, aa.imag]).T
        modes = slice(first, first + n_modes)
        scale = 1 + n.real[:, None]
        assert (error[modes] < 0.02 * scale).all(), name
        # The step's share: (rate h)² with rates of order one, where one Euler-Maruyama step leaves rate h.
        bias = (h**2 + truncation) * scale
        assert (np.abs(mean[modes] - exact) < 4.5 * error[modes] + bias).all(), name
        first += n_modes
