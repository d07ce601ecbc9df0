"""Limit cycles and limit tori of the two cavities, against closed forms, integration, spectra and other equations."""

import math

import numpy as np
import pytest
from scipy import optimize

from openkerr.analysis.spectral_lines import base_frequencies, find_lines, label_lines
from openkerr.models.bose_hubbard_chain import BoseHubbardChain
from openkerr.models.kerr_dimer import KerrDimer
from openkerr.solvers.attractor_search import find_attractor, find_relative_equilibria
from openkerr.solvers.continuation import homoclinic_limit, trace_branch
from openkerr.solvers.families import vary
from openkerr.solvers.relative_orbits import (
    RelativeEquilibrium,
    RelativePeriodicOrbit,
    hopf_orbit,
    solve_relative_equilibrium,
    solve_relative_periodic_orbit,
    square_root_law,
)
from openkerr.solvers.symmetric_flow import ConvergenceError, SymmetricFlow, to_complex, to_real

FAMILY = vary(KerrDimer(aleph=1.0), "omega")
START = (0.05, 0.05)


@pytest.fixture(scope="module")
def torus():
    """The attractor at omega = 1."""
    return find_attractor(FAMILY(1.0), START)


@pytest.fixture(scope="module")
def cycle():
    """The attractor at omega = 0.8."""
    return find_attractor(FAMILY(0.8), START)


@pytest.fixture(scope="module")
def cycle_up(cycle):
    """The branch of the cycle towards larger omega, through its fold and back along the saddle."""
    return trace_branch(FAMILY, cycle, 0.8, limits=(0.5, 1.2))


def _trajectory(model, start, times):
    return to_complex(SymmetricFlow(model).trajectory(to_real(start), times, 1e-12))


# --- closed forms ---------------------------------------------------------------------------------------------------


def test_uncoupled_cavities_are_a_torus_known_in_closed_form():
    """Without tunneling |alpha|² = gamma/(2 eta), nu_k = omega_k + U_k |alpha_k|²; radii relax at the rate gamma_k."""
    gamma, eta, kerr, omega = (1.0, 0.7), (1.0, 1.3), (0.1, 0.25), (1.1, 0.6)
    model = KerrDimer(aleph=1.0, tunneling=0.0, omega=omega, kerr=kerr, pump_rate=gamma, two_photon_loss_rate=eta)
    density = np.array(gamma) / (2 * np.array(eta))
    nu_1, nu_2 = np.array(omega) + np.array(kerr) * density
    found = find_attractor(model, (0.3, 0.2j), burn_in=60.0)
    assert isinstance(found, RelativePeriodicOrbit)
    # One turn of the phase that the symmetry does not move, 2 theta_1 - theta_2.
    nu_psi = abs(2 * nu_1 - nu_2)
    nu_phi = nu_1 - nu_psi * round(nu_1 / nu_psi)
    assert found.nu_psi == pytest.approx(nu_psi, abs=1e-12)
    assert found.nu_phi == pytest.approx(nu_phi, abs=1e-12)
    assert np.abs(found.nodes[0]) == pytest.approx(np.sqrt(density), abs=1e-12)
    expected = np.exp(-np.sort(gamma) * found.period)
    assert found.multipliers == pytest.approx(expected, rel=1e-9)
    assert -found.growth.real == pytest.approx(np.sort(gamma), rel=1e-9)
    for mode, (charge, nu) in enumerate(zip((1, 2), (nu_1, nu_2), strict=True)):
        frequencies, amplitudes = found.lines(lambda fields, mode=mode: fields[mode], charge, 3)
        only = np.abs(frequencies - nu).argmin()
        assert frequencies[only] == pytest.approx(nu, abs=1e-12)
        assert np.abs(amplitudes[only]) == pytest.approx(np.sqrt(density[mode]), abs=1e-11)
        assert np.abs(np.delete(amplitudes, only)).max() < 1e-11


@pytest.mark.parametrize("tunneling", [0.0, 1e-8])
def test_a_torus_whose_densities_rest_is_found_once_round(tunneling):
    """Equal uncoupled cavities: 2 nu_1 - nu_2 = omega + U gamma/(2 eta) = 1.05, and no density to see it in."""
    for start in (START, (1.0, -0.7j)):
        found = find_attractor(KerrDimer(aleph=1.0, tunneling=tunneling), start)
        assert found.nu_psi == pytest.approx(1.05, abs=1e-12)
        assert found.nu_phi == pytest.approx(0.0, abs=1e-12)
        assert found.growth.real == pytest.approx([-1.0, -1.0], abs=1e-7)


def test_a_field_that_decays_ends_at_the_origin():
    """Where loss exceeds gain in both cavities n_1 + 2 n_2 falls from any start, at last at the rates gamma - kappa."""
    for loss in ((1.5, 1.2), (1.05, 1.05)):
        found = find_attractor(KerrDimer(aleph=1.0, loss_rate=loss), (1.3, -0.9j))
        assert isinstance(found, RelativeEquilibrium) and found.at_origin
        rates = 0.5 * (1.0 - np.array(loss))
        assert np.sort(found.growth.real) == pytest.approx(np.sort([*rates, *rates]), abs=1e-12)
    # One pumped cavity feeds the other: no origin.
    assert not find_attractor(KerrDimer(aleph=1.0, loss_rate=(0.2, 1.5)), START).at_origin
    # At equal rates the field decays as t^(-1/2): n_1 + 2 n_2 <= 3/(2 t), which is told.
    with pytest.raises(ConvergenceError, match=r"no attractor .* norm 0\.0"):
        find_attractor(KerrDimer(aleph=1.0, loss_rate=(1.0, 1.0)), START)


def test_the_spectrum_with_an_empty_first_cavity_is_known():
    """alpha_1 = 0: rates gamma/2 ± sqrt(4 J² |alpha_2|² - (omega_1 - nu)²), and -gamma for the second radius."""
    model = FAMILY(0.5)
    found = solve_relative_equilibrium(model, (0.0, 0.6 + 0.3j))
    nu = (0.5 + 0.1 * 0.5) / 2
    root = math.sqrt(4 * 0.4**2 * 0.5 - (0.5 - nu) ** 2)
    assert found.nu == pytest.approx(nu, abs=1e-13)
    assert found.growth == pytest.approx([0.5 + root, 0.5 - root, -1.0], abs=1e-12)
    assert found.n_unstable == 1
    assert found.defect < 1e-14


def test_a_branch_starts_at_the_end_of_a_parameter_s_range():
    """With loss kappa the second cavity alone holds (gamma - kappa)/(2 eta), for kappa >= 0 only."""
    start = solve_relative_equilibrium(FAMILY(0.5), (0.0, 0.7))
    branch = trace_branch(vary(FAMILY(0.5), "loss_rate"), start, 0.0, limits=(0.0, 0.4))
    assert branch.end == "range"
    densities = np.abs(branch.collect("state")[:, 1]) ** 2
    assert densities == pytest.approx(0.5 * (1 - branch.values), abs=1e-10)
    (found,) = branch.at(0.3)
    assert abs(found.state[1]) ** 2 == pytest.approx(0.35, abs=1e-13)


def test_the_origin_is_a_fixed_point_with_all_its_directions():
    found = solve_relative_equilibrium(FAMILY(1.0), (1e-9, 1e-9))
    assert found.nu == 0.0
    assert found.growth == pytest.approx([0.5 - 1j, 0.5 - 1j, 0.5 + 1j, 0.5 + 1j], abs=1e-12)


# --- cycle and torus of the paper -------------------------------------------------------------------------------------


def test_the_cycle_at_08_is_what_integration_goes_to(cycle):
    assert isinstance(cycle, RelativeEquilibrium)
    assert cycle.n_unstable == 0
    assert cycle.nu_error < 1e-13
    times = np.linspace(0.0, 400.0, 401)
    fields = _trajectory(cycle.model, (-0.4j, 0.9), times)[-100:]
    assert np.abs(fields) == pytest.approx(np.tile(np.abs(cycle.state), (100, 1)), abs=1e-10)
    slopes = np.polyfit(times[-100:], np.unwrap(np.angle(fields), axis=0), 1)[0]
    assert -slopes == pytest.approx([cycle.nu, 2 * cycle.nu], abs=1e-10)


def test_the_torus_at_1_has_the_lines_of_a_long_integration(torus):
    """Frequencies by Newton's method and from windowed spectra, amplitudes of every line: no common step."""
    assert isinstance(torus, RelativePeriodicOrbit)
    step = 0.1
    fields = _trajectory(
        torus.model, _trajectory(torus.model, START, np.array([0.0, 120.0]))[-1], step * np.arange(8192)
    )
    observables = {
        0: lambda a: np.abs(a[0]) ** 2,
        1: lambda a: a[0],
        2: lambda a: a[1],
        3: lambda a: a[0] * a[1],
    }
    lines = {k: find_lines(observable(fields.T), step, range_db=100) for k, observable in observables.items()}
    nu_phi, nu_psi = base_frequencies(lines)
    assert torus.nu_phi == pytest.approx(nu_phi, abs=1e-9)
    assert torus.nu_psi == pytest.approx(nu_psi, abs=1e-9)
    assert max(torus.nu_phi_error, torus.nu_psi_error) < 1e-11
    for charge, found in lines.items():
        orders, residuals = label_lines(found.frequency, charge, torus.nu_phi, torus.nu_psi)
        assert len(set(orders)) == len(orders) > 8
        assert np.abs(residuals).max() < 1e-7
        frequencies, amplitudes = torus.lines(observables[charge], charge, 40)
        assert np.abs(frequencies[orders + 40] - found.frequency).max() < 1e-7
        assert np.abs(np.abs(amplitudes[orders + 40]) - np.abs(found.amplitude)).max() < 1e-9


def test_floquet_multipliers(torus):
    """Two are one, their product is exp of the integrated trace, and the rest do not hang on the number of segments."""
    assert torus.defect < 1e-10
    values = np.linalg.eigvals(torus.monodromy)
    values = values[np.argsort(-np.abs(values))]
    assert values[:2] == pytest.approx([1.0, 1.0], abs=1e-8)
    assert values[2:] == pytest.approx(torus.multipliers, abs=1e-10)
    flow = SymmetricFlow(torus.model)
    states = flow.trajectory(to_real(torus.nodes[0]), np.linspace(0.0, torus.period, 257), 1e-13)[:-1]
    trace = np.mean([np.trace(flow.jacobian(x)) for x in states]) * torus.period
    assert np.prod(torus.multipliers) == pytest.approx(np.exp(trace), rel=1e-9)
    nodes = states[::64] @ np.eye(4)
    several = solve_relative_periodic_orbit(torus.model, to_complex(nodes), torus.period, torus.angle)
    assert several.nodes.shape == (4, 2)
    assert several.period == pytest.approx(torus.period, abs=1e-11)
    assert several.angle == pytest.approx(torus.angle, abs=1e-11)
    assert several.multipliers == pytest.approx(torus.multipliers, abs=1e-11)


def test_a_difference_of_the_return_map_confirms_the_monodromy(torus):
    flow, x = SymmetricFlow(torus.model), to_real(torus.nodes[0])
    columns = []
    for direction in np.eye(4):
        ends = [flow.trajectory(x + s * direction, np.array([torus.period]), 1e-13)[-1] for s in (1e-5, -1e-5)]
        columns.append(flow.rotation(torus.angle) @ (ends[0] - ends[1]) / 2e-5)
    assert np.array(columns).T == pytest.approx(torus.monodromy, abs=1e-8)


# --- branches ---------------------------------------------------------------------------------------------------------


def _reduced(u):
    """Velocity in the frame with alpha_1 real, from the field equations as printed: x = (|alpha_1|, alpha_2, nu)."""
    a1, a2, nu, omega = u[0], u[1] + 1j * u[2], u[3], u[4]
    n1, n2 = abs(a1) ** 2, abs(a2) ** 2
    d1 = -1j * ((omega + 0.5j + (0.1 - 1j) * n1) * a1 - 0.8 * np.conj(a1) * a2) + 1j * nu * a1
    d2 = -1j * ((omega + 0.5j + (0.1 - 1j) * n2) * a2 - 0.4 * a1**2) + 2j * nu * a2
    return np.array([d1.real, d1.imag, d2.real, d2.imag])


def test_the_cycle_ends_in_a_fold_with_a_saddle(cycle_up):
    """The fold of the branch is a zero of the determinant in a formulation of its own."""
    fold, crossing = cycle_up.bifurcations
    assert (fold.kind, crossing.kind, cycle_up.end) == ("fold", "branch_point", "branch_point")

    def extended(u):
        matrix = np.column_stack([(_reduced(u + 1e-6 * e) - _reduced(u - 1e-6 * e)) / 2e-6 for e in np.eye(5)[:4]])
        return np.append(_reduced(u), np.linalg.det(matrix))

    phase = np.exp(-1j * np.angle(fold.solution.state[0]))
    a2 = fold.solution.state[1] * phase**2
    guess = [abs(fold.solution.state[0]), a2.real, a2.imag, fold.solution.nu, fold.value]
    independent = optimize.root(extended, np.array(guess) + 1e-3, method="lm", tol=1e-15)
    assert np.abs(independent.fun).max() < 1e-10
    assert fold.value == pytest.approx(independent.x[4], abs=1e-8)
    assert np.abs(fold.solution.growth).min() < 1e-7
    # On this side a node and a saddle, on the other side neither.
    node, saddle = cycle_up.at(0.95)
    assert (node.n_unstable, saddle.n_unstable) == (0, 1)
    assert cycle_up.at(0.97) == []
    assert [one.n_unstable for one in find_relative_equilibria(FAMILY(1.0), 60, seed=3) if one.nu] == [2, 2]
    # The saddle meets the branch with an empty first cavity where gamma/2 = sqrt(2 J² - (omega_1 - nu)²).
    assert crossing.value == pytest.approx(0.05 + 2 * math.sqrt(2 * 0.4**2 - 0.25), abs=1e-8)


def test_cycle_and_torus_coexist_below_the_fold(cycle_up):
    model = FAMILY(0.94)
    assert isinstance(find_attractor(model, START), RelativePeriodicOrbit)
    node, _ = cycle_up.at(0.94)
    found = find_attractor(model, 1.02 * node.state)
    assert isinstance(found, RelativeEquilibrium)
    assert found.nu == pytest.approx(node.nu, abs=1e-12)


def test_the_torus_ends_in_a_fold_whose_other_side_is_homoclinic_to_the_saddle(cycle_up):
    start = find_attractor(FAMILY(0.9265), START)
    branch = trace_branch(FAMILY, start, 0.9265, sense=-1.0, limits=(0.9, 1.0), max_step=0.4, max_period=29.0)
    assert branch.end == "period"
    (fold,) = branch.bifurcations
    assert fold.kind == "fold"
    assert fold.solution.multipliers[0] == pytest.approx(1.0, abs=1e-7)
    stable, unstable = branch.at(0.92623)
    assert (stable.n_unstable, unstable.n_unstable) == (0, 1)
    # The same orbit from integration, at a value of its own.
    again = find_attractor(FAMILY(0.9263), START)
    assert branch.at(0.9263)[0].nu_psi == pytest.approx(again.nu_psi, abs=1e-10)
    # The time is spent beside the saddle, where volume in the plane of the slow rates grows at the rate of their sum.
    periods = branch.collect("period")
    limit, _ = homoclinic_limit(branch.values, periods)
    assert fold.value < limit < 0.92625
    _, saddle = cycle_up.at(limit)
    expansion, contraction = saddle.growth[0].real, -saddle.growth[1].real
    assert expansion > contraction > 0
    slope = np.polyfit(periods[-4:], np.log(branch.collect("multipliers")[-4:, 0]), 1)[0]
    assert slope == pytest.approx(expansion - contraction, rel=0.01)


def test_a_torus_is_born_where_the_cycle_has_a_hopf_bifurcation(cycle):
    """Far below the paper's window: amplitude² grows linearly, the orbits are stable on the cycle's unstable side."""
    branch = trace_branch(FAMILY, cycle, 0.8, sense=-1.0, limits=(-0.4, 1.0))
    (hopf,) = branch.bifurcations
    assert hopf.kind == "hopf"
    assert np.abs(hopf.solution.growth[:2].real).max() < 1e-9
    assert np.abs(hopf.solution.growth[0].imag) == pytest.approx(hopf.frequency)
    orbit, direction = hopf_orbit(hopf.solution, hopf.frequency)
    orbits = trace_branch(
        FAMILY, orbit, hopf.value, direction=direction, limits=(-0.4, 0.0), step=0.01, max_step=0.01, max_points=7
    )
    amplitudes = [point.solution.modulation() for point in orbits.points]
    critical, slope = square_root_law(orbits.values[1:], amplitudes[1:])
    assert critical == pytest.approx(hopf.value, abs=1e-7)
    assert 2 * np.pi / orbits.collect("period")[1] == pytest.approx(hopf.frequency, rel=1e-3)
    assert not orbits.collect("n_unstable")[1:].any()
    beyond = solve_relative_equilibrium(FAMILY(hopf.value - 1e-3), hopf.solution.state, hopf.solution.nu)
    assert slope < 0 and beyond.n_unstable == 2


def _coefficients(equilibrium):
    """(a_1, a_2, a_3) of s³ + a_1 s² + a_2 s + a_3, the characteristic polynomial across the symmetry.

    From the field equations as printed, in the coordinates |alpha_1|² = n_1, |alpha_2|² = n_2 and the relative phase
    delta = 2 theta_1 - theta_2, of which the symmetry leaves no more.
    """
    model = equilibrium.model
    (w1, w2), (u1, u2), tunneling = model.omega, model.kerr, model.tunneling

    def velocity(x):
        n1, n2, delta = x
        exchange, tilt = 4 * tunneling * n1 * np.sqrt(n2) * np.sin(delta), tunneling * np.cos(delta)
        return np.array(
            [
                n1 * (1 - 2 * n1) + exchange,
                n2 * (1 - 2 * n2) - exchange / 2,
                -2 * (w1 + u1 * n1 - 2 * np.sqrt(n2) * tilt) + w2 + u2 * n2 - tilt * n1 / np.sqrt(n2),
            ]
        )

    first, second = equilibrium.state
    rest = np.array([abs(first) ** 2, abs(second) ** 2, np.angle(first**2 * second.conj())])
    assert np.abs(velocity(rest)).max() < 1e-9
    matrix = np.array([(velocity(rest + 1e-5 * e) - velocity(rest - 1e-5 * e)) / 2e-5 for e in np.eye(3)]).T
    return np.poly(matrix)[1:].real


@pytest.mark.parametrize(
    ("change", "begin", "end", "value", "supercritical"),
    [
        ({}, 0.0, -0.4, -0.276238, True),
        ({"tunneling": 1.0}, 0.0, -1.0, -0.783215, True),
        ({"kerr": (1.0, 1.0)}, -1.3, -1.7, -1.527132, True),
        ({"tunneling": 1.0}, 2.0, 2.724, 2.722426, False),
        ({"kerr": (1.0, 1.0)}, 0.8, 1.12, 1.101856, False),
    ],
)
def test_off_the_paper_s_path_the_cycle_has_a_neimark_sacker_bifurcation(change, begin, end, value, supercritical):
    """A pair crosses the axis: tori are born stable beyond it, or unstable before it, by the side that they grow on."""
    family = vary(KerrDimer(aleph=1.0, **change), "omega")
    limits, sense = tuple(sorted((begin, end))), np.sign(end - begin)
    branch = trace_branch(family, find_attractor(family(begin), START), begin, limits=limits, sense=sense)
    (hopf,) = branch.bifurcations
    assert hopf.kind == "hopf"
    assert hopf.value == pytest.approx(value, abs=1e-6)
    before, after = (branch.at(hopf.value + side * 1e-3 * sense)[0].n_unstable for side in (-1, 1))
    assert (before, after) == (0, 2)
    # Hurwitz: a pair is on the axis where a_1 a_2 = a_3, at the frequency sqrt(a_2), and nowhere else on the way.
    a1, a2, a3 = _coefficients(hopf.solution)
    assert a1 * a2 == pytest.approx(a3, rel=1e-6)
    assert hopf.frequency == pytest.approx(np.sqrt(a2), rel=1e-6)
    orbit, direction = hopf_orbit(hopf.solution, hopf.frequency)
    orbits = trace_branch(
        family, orbit, hopf.value, direction=direction, limits=(hopf.value - 0.1, hopf.value + 0.1),
        step=0.005, max_step=0.005, max_points=3,
    )  # fmt: skip
    values = (orbits.values[1:] - hopf.value) * sense
    assert (values > 0).all() if supercritical else (values < 0).all()
    assert (orbits.collect("n_unstable")[2:] == (0 if supercritical else 1)).all()


def test_a_branch_that_closes_is_followed_once():
    """At J = 0.2 cycle and saddle meet in two folds: an isola, on which every omega between them has two equilibria."""
    family = vary(KerrDimer(aleph=1.0, tunneling=0.2), "omega")
    start = find_attractor(family(0.0), START)
    for sense in (1.0, -1.0):
        branch = trace_branch(family, start, 0.0, limits=(-2.0, 2.0), sense=sense)
        assert branch.end == "closed"
        assert [one.kind for one in branch.bifurcations] == ["fold", "fold"]
        low, high = sorted(one.value for one in branch.bifurcations)
        assert (branch.values.min(), branch.values.max()) == (low, high)
        for omega in (-0.45, 0.0, 0.1, 0.4):
            found = branch.at(omega)
            assert sorted(one.n_unstable for one in found) == [0, 1]
            others = [one for one in find_relative_equilibria(family(omega), 40, seed=1) if one.n_unstable < 2]
            assert sorted(one.nu for one in found) == pytest.approx(sorted(one.nu for one in others), abs=1e-10)
        assert branch.at(low - 1e-3) == branch.at(high + 1e-3) == []


def test_an_orbit_has_no_distance_from_itself_at_another_time_and_phase(torus, cycle):
    later = _trajectory(torus.model, torus.nodes[0], np.array([0.0, 2.3]))[-1]
    turned = np.exp(0.7j * np.array([1, 2])) * later
    again = solve_relative_periodic_orbit(torus.model, turned, torus.period, torus.angle)
    assert torus.distance(again) < 1e-8
    other = find_attractor(FAMILY(1.001), START)
    assert 1e-5 < torus.distance(other) < 1e-2
    state = np.exp(0.7j * np.array([1, 2])) * cycle.state
    assert cycle.distance(solve_relative_equilibrium(cycle.model, state)) < 1e-8


def test_a_period_that_diverges_as_a_logarithm_gives_its_limit():
    values = 0.7 + np.array([1e-3, 4e-4, 1e-5])
    periods = 12.0 - np.log(values - 0.7) / 0.4
    assert homoclinic_limit(values, periods) == pytest.approx((0.7, 0.4), rel=1e-9)
    with pytest.raises(ConvergenceError, match="logarithm"):
        homoclinic_limit([0.70, 0.72, 0.71], periods)


# --- refusals ---------------------------------------------------------------------------------------------------------


def test_what_is_not_there_is_not_found(cycle, torus):
    with pytest.raises(ConvergenceError, match="residual"):
        solve_relative_periodic_orbit(cycle.model, cycle.state, 5.0, cycle.nu * 5.0)
    with pytest.raises(ConvergenceError, match="no attractor"):
        find_attractor(torus.model, START, burn_in=0.5, window=2.0, attempts=2)
    with pytest.raises(ValueError, match="no U\\(1\\) symmetry"):
        find_attractor(BoseHubbardChain(length=2, drive_amplitude=1.0), START)
    with pytest.raises(ValueError, match="no parameter 'omgea'"):
        vary(torus.model, "omgea")
    with pytest.raises(ValueError, match="multiple"):
        solve_relative_periodic_orbit(torus.model, torus.sample(2).T * 1.0, torus.period, torus.angle).sample(3)
