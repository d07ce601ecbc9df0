"""Paths of least action against closed forms, the Fokker-Planck equation of a bistable cavity, and the two cavities."""

import numpy as np
import pytest
from scipy.optimize import fsolve
from scipy.sparse import diags, eye, kron
from scipy.sparse.linalg import eigs
from systems.subcritical import Subcritical
from systems.turning_well import TurningWell

from openkerr.algebra.polynomials import annihilation, creation, number
from openkerr.models.bose_hubbard_chain import BoseHubbardChain
from openkerr.models.derived import DerivedModel
from openkerr.models.kerr_dimer import KerrDimer
from openkerr.solvers.minimum_action import least_action_path, path_action
from openkerr.solvers.switching_prefactor import switching_prefactor
from openkerr.solvers.symmetric_flow import ConvergenceError, Flow, to_complex, to_real
from openkerr.studies.torus_actions.paths import switching_paths


@pytest.mark.parametrize(("turn", "bend"), [(0.0, 0.0), (1.5, 0.4)])
def test_turning_along_the_contours_of_a_potential_costs_nothing(turn, bend):
    well = TurningWell(turn=turn, bend=bend, stiffness=1.0, noise=0.1)
    path = least_action_path(well, [1.0], [0.0], n_points=128)
    assert abs(path.action - well.action()) <= 3 * path.action_error + 1e-9
    assert path.action_error < 2e-3 * path.action
    np.testing.assert_allclose(path.fields[[0, -1], 0], [1.0, 0.0], atol=1e-12)
    # Nor does it change the density: only determinants and the rate at which the saddle is left count.
    found = switching_prefactor(well, path.fields)
    assert abs(found.value - well.prefactor()) <= found.error and found.error < 0.01 * found.value


def test_a_path_from_a_loop():
    hat = TurningWell(turn=6.0, bend=0.0, stiffness=1.0, noise=0.1, hat=True)
    lap = np.exp(2j * np.pi * np.arange(64) / 64)[:, None]
    path = least_action_path(hat, lap, [0.0], n_points=128, windings=3, n_phases=2)
    assert abs(path.action - hat.action()) <= path.action_error
    assert path.action == pytest.approx(hat.action(), rel=2e-3)
    assert path.action_error < 0.1 * path.action


@pytest.mark.parametrize("mu", [0.6, 0.95])
def test_noise_that_grows_with_the_field_and_a_symmetry(mu):
    model = Subcritical(mu=mu, omega=2.0, additive=0.3, multiplicative=0.7)
    unstable, stable = model.radii()
    # Any phases: the path turns along the symmetry for nothing.
    path = least_action_path(model, [stable * 1j], [unstable], n_points=64)
    assert abs(path.action - model.action()) <= 3 * path.action_error + 1e-6 * path.action
    assert path.action_error < 1e-3 * path.action
    found = switching_prefactor(model, path.fields)
    # The rate through the radius' own equation: what is left of order 1/(action/eps) is extrapolated.
    steep, steeper = (model.rate(model.action() / barrier) * np.exp(barrier) for barrier in (10.0, 20.0))
    assert abs(found.value - (2 * steeper - steep)) <= found.error + 0.01 * found.value


def test_the_action_vanishes_at_a_fold_with_the_power_three_halves():
    distances = np.array([0.02, 0.005, 0.00125])
    actions = []
    for distance in distances:
        model = Subcritical(mu=1 - distance, omega=1.0, additive=0.5, multiplicative=0.5)
        unstable, stable = model.radii()
        actions.append(least_action_path(model, [stable], [unstable], n_points=64).action)
    np.testing.assert_allclose(np.diff(np.log(actions)) / np.diff(np.log(distances)), 1.5, atol=0.01)


def test_a_path_along_the_flow_costs_nothing_and_back_twice_the_height():
    well = TurningWell(turn=0.0, bend=0.4, stiffness=1.0, noise=0.1)
    costs = []
    for n_points in (200, 400):
        times = np.linspace(0.0, 12.0, n_points)
        fields = to_complex(Flow(well).trajectory(np.array([0.05, 0.3]), times, 1e-11))
        costs.append(path_action(well, fields))
    assert abs(costs[1]) < 1e-4 and costs[1] < 0.3 * costs[0]
    height = 0.25 * (0.05**2 - 1) ** 2 + 0.5 * (0.3 - 0.4 * (0.05**3 - 0.05)) ** 2
    assert path_action(well, fields[::-1]) == pytest.approx(2 * height / 0.05, rel=1e-3)


def bistable_cavity(aleph):
    """Driven Kerr cavity with two stable fields of order sqrt(aleph)."""
    a = annihilation(0)
    hamiltonian = -2.0 * number(0) + 0.5 / aleph * creation(0) ** 2 * a**2 + 0.85 * np.sqrt(aleph) * (a + a.adjoint())
    return DerivedModel(hamiltonian=hamiltonian, jump_operators=[(1.0, a)])


def stationary_fields():
    """The three stationary fields over sqrt(aleph), by modulus: stable, saddle, stable."""

    def velocity(x):
        alpha = complex(*x)
        rate = -1j * ((-2.0 + abs(alpha) ** 2) * alpha + 0.85) - 0.5 * alpha
        return rate.real, rate.imag

    found = []
    for real in np.linspace(-2, 2, 9):
        for imag in np.linspace(-2, 2, 9):
            x, _, success, _ = fsolve(velocity, (real, imag), full_output=True)
            if success == 1 and all(abs(complex(*x) - other) > 1e-6 for other in found):
                found.append(complex(*x))
    return sorted(found, key=abs)


def slow_rates(aleph, less=0.0, n_points=120, edge=2.0):
    """Rates out of the low and the high state by the Fokker-Planck equation on a grid, differences of eighth order.

    In truncated Wigner the Kerr term acts on ``less`` = 1 photon less than |alpha|².
    """
    grid, width = np.linspace(-edge, edge, n_points, retstep=True)
    odd = np.array([4 / 5, -1 / 5, 4 / 105, -1 / 280]) / width
    even = np.array([8 / 5, -1 / 5, 8 / 315, -1 / 560]) / width**2
    right, shape = np.arange(1, 5), (n_points, n_points)
    first = diags([*odd, *-odd], [*right, *-right], shape=shape)
    second = diags([-205 / 72 / width**2, *even, *even], [0, *right, *-right], shape=shape)
    alpha = np.add.outer(grid, 1j * grid).ravel()
    rate = -1j * ((-2.0 + np.abs(alpha) ** 2 - less / aleph) * alpha + 0.85) - 0.5 * alpha
    one = eye(n_points)
    # <dx²>/dt of a quadrature is loss/4 over aleph.
    generator = (0.125 / aleph) * (kron(second, one) + kron(one, second))
    generator -= kron(first, one) @ diags(rate.real) + kron(one, first) @ diags(rate.imag)
    rates, states = eigs(generator.tocsc(), k=2, sigma=1e-9)
    order = np.argsort(np.abs(rates))
    steady, slow = states[:, order].real.T
    # The slow mode moves weight from one state to the other: its two signs mark them.
    in_low = np.sign(slow) == np.sign(slow[np.abs(alpha - stationary_fields()[0]).argmin()])
    weight = steady[in_low].sum() / steady.sum()
    relaxation = -rates[order[1]].real
    return relaxation * (1 - weight), relaxation * weight


@pytest.mark.parametrize(("method", "less"), [("gpe", 0.0), ("twa", 1.0)])
def test_rates_of_a_bistable_cavity_by_its_fokker_planck_equation(method, less):
    low, saddle, high = stationary_fields()
    actions, prefactors = [], []
    for start in (low, high):
        # The exponent belongs to aleph = 1: fields over sqrt(aleph), noise as in the model there.
        path = least_action_path(bistable_cavity(1.0), [start], [saddle], n_points=512)
        actions.append(path.action)
        assert path.action_error < 2e-3 * path.action
        prefactors.append(switching_prefactor(bistable_cavity(1.0), path.fields, method=method))
    alephs = np.array([10.0, 15.0, 22.5])
    logs = np.log([slow_rates(aleph, less) for aleph in alephs])
    slopes = -np.diff(logs, axis=0) / np.diff(alephs)[:, None]
    # What is left of a prefactor a (1 + b/aleph) falls with the product of the two aleph: take it off.
    products = 1 / (alephs[1:] * alephs[:-1])
    limit = slopes[1] - (slopes[0] - slopes[1]) * products[1] / (products[0] - products[1])
    # The next order, in aleph^-3, is left.
    np.testing.assert_allclose(limit, actions, rtol=5e-3 if method == "gpe" else 1e-2)
    # ln(rate exp(c aleph)) = ln(prefactor) + b/aleph + ...: the last two, and what the first one changes.
    tops = logs + np.array(actions) * alephs[:, None]
    lines = (alephs[1:, None] * tops[1:] - alephs[:-1, None] * tops[:-1]) / np.diff(alephs)[:, None]
    for place, found in enumerate(prefactors):
        known = np.exp(lines[1, place])
        allowed = found.error + known * abs(lines[1, place] - lines[0, place])
        assert abs(found.value - known) <= allowed and allowed < 0.15 * known


def test_prefactors_need_a_path_from_a_state_to_a_saddle():
    well = TurningWell(turn=0.0, bend=0.0, stiffness=1.0, noise=0.1)
    path = least_action_path(well, [1.0], [0.0], n_points=64)
    with pytest.raises(ValueError, match="fields has 16 points: allowed is at least 32"):
        switching_prefactor(well, path.fields[::4])
    with pytest.raises(ConvergenceError, match="0 rates grow at the end of the path: at a saddle it is one"):
        switching_prefactor(well, path.fields[::-1])


def test_paths_of_the_two_cavities():
    paths, lap = switching_paths(KerrDimer(aleph=1.0, omega=(0.95, 0.95)), n_points=64, windings=3, n_phases=1)
    # Four times the points, one winding more, and every guess: 3.3172(1) and 1.921(2), 1e-4.
    for direction, value in (("cycle_to_torus", 3.3172e-4), ("torus_to_cycle", 1.921e-4)):
        path = paths[direction]
        assert abs(path.action - value) <= 3 * path.action_error
        assert path.action_error < 0.05 * path.action
    # Three times the points: 0.0445(14) eta; twelve times 10⁴ trajectories at aleph = 2e4: 0.042(3).
    found = switching_prefactor(KerrDimer(aleph=1.0, omega=(0.95, 0.95)), paths["cycle_to_torus"].fields)
    assert abs(found.value - 0.0445) <= found.error + 0.0014 and found.error < 0.2 * found.value
    assert abs(lap[-1] - lap[0]).max() == 0
    # Weak noise scales: at aleph the exponent is aleph times as large.
    start, saddle = (paths["cycle_to_torus"].fields[k] for k in (0, -1))
    scaled = least_action_path(KerrDimer(aleph=1e3, omega=(0.95, 0.95)), start, saddle, n_points=64)
    assert scaled.action == pytest.approx(1e3 * paths["cycle_to_torus"].action, rel=1e-4)
    nowhere, _ = switching_paths(KerrDimer(aleph=1.0, omega=(0.8, 0.8)), n_points=64, windings=3, n_phases=1)
    assert nowhere == {}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"n_points": 30}, "n_points is 30: allowed is a multiple of 4, at least 32"),
        ({"windings": 1}, "windings is 1: allowed is at least 2"),
        ({"n_phases": 0}, "n_phases is 0"),
        ({"start": np.ones((5, 1))}, "start has 5 samples"),
    ],
)
def test_refusals(changes, message):
    hat = TurningWell(turn=6.0, bend=0.0, stiffness=1.0, noise=0.1, hat=True)
    arguments = {"start": np.exp(2j * np.pi * np.arange(64) / 64)[:, None], "saddle": [0.0], **changes}
    with pytest.raises(ValueError, match=message):
        least_action_path(hat, **arguments)


def test_noise_must_reach_every_direction():
    chain = BoseHubbardChain(length=4, drive_amplitude=1.0)
    with pytest.raises(ValueError, match="noise of BoseHubbardChain does not reach every direction"):
        path_action(chain, to_complex(to_real(np.eye(2, 4))))
