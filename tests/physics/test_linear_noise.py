"""Phase diffusion and frequency shifts of cycles and tori: closed forms, integration, other coordinates, sampling."""

import numpy as np
import pytest
from scipy.optimize import least_squares
from systems.noisy_oscillators import NoisyOscillators

from openkerr.algebra.polynomials import annihilation, creation, number
from openkerr.algebra.wigner import truncated_wigner
from openkerr.analysis.melting_prediction import circular_variance
from openkerr.analysis.phase_diffusion import angle_weights_table
from openkerr.models.derived import DerivedModel
from openkerr.models.kerr_dimer import KerrDimer
from openkerr.numerics.stats import jackknife
from openkerr.solvers import linear_noise, phase_scan
from openkerr.solvers.attractor_search import find_attractor
from openkerr.solvers.linear_noise import NoiseExpansion, phase_diffusion, phases_at
from openkerr.solvers.phase_scan import coherent_start, scan_phase_diffusion
from openkerr.solvers.relative_orbits import solve_relative_equilibrium, solve_relative_periodic_orbit
from openkerr.solvers.sde import Reduction, simulate_ensemble
from openkerr.solvers.symmetric_flow import SymmetricFlow, to_complex, to_real
from openkerr.solvers.time_grid import TimeGrid

DIMER = KerrDimer(aleph=1.0)


@pytest.fixture(scope="module")
def torus():
    """The limit torus at omega = 1."""
    return find_attractor(DIMER, (0.05, 0.05))


@pytest.fixture(scope="module")
def expected(torus):
    return phase_diffusion(torus)


# --- the noise of a model ---------------------------------------------------------------------------------------------


def _derivatives(flow, x, step=1e-5):
    return np.stack(
        [(flow.jacobian(x + e).copy() - flow.jacobian(x - e)) / (2 * step) for e in step * np.eye(x.size)], axis=2
    )


@pytest.mark.parametrize(("aleph", "diffusion"), [(1.0, "paper"), (3.0, "exact"), (2e4, "paper")])
def test_diffusion_of_a_kick_is_the_diffusion_of_the_algebra(aleph, diffusion):
    model = KerrDimer(aleph=aleph, loss_rate=(0.3, 0.0), thermal_occupation=(1.0, 0.0), two_photon_diffusion=diffusion)
    symbols = truncated_wigner(
        model.hamiltonian(), model.jump_operators(), 2, aleph**0.5, "exact" if diffusion == "exact" else "leading"
    )
    fields = np.array([0.4 - 0.3j, -0.2 + 0.9j])
    x, order = to_real(fields), [0, 2, 1, 3]
    matrix, curvature, found, force = NoiseExpansion(model, "gpe", 1.0).at(x)
    wanted = symbols.diffusion_matrix((0, 1), fields)[np.ix_(order, order)]
    assert found == pytest.approx(wanted, rel=1e-9, abs=1e-9 / aleph)
    flow = SymmetricFlow(model)
    assert matrix == pytest.approx(flow.jacobian(x), abs=1e-14)
    assert curvature == pytest.approx(_derivatives(flow, x), abs=1e-8)
    rates = np.array(model.two_photon_loss_rate) + 1j * np.array(model.kerr)
    assert to_complex(force) * aleph == pytest.approx(rates * fields, rel=1e-9)


def test_correlated_noise_of_a_derived_model():
    """Loss through a_1 + i a_2 kicks both modes at once."""
    jumps = [(0.7, annihilation(0) + 1j * annihilation(1)), (1.0, creation(0)), (0.4, annihilation(1) ** 2)]
    model = DerivedModel(hamiltonian=number(0) + 2 * number(1), jump_operators=jumps, diffusion="leading")
    fields = np.array([0.4 - 0.3j, -0.2 + 0.9j])
    symbols = truncated_wigner(model.hamiltonian(), model.jump_operators(), 2, 1.0, "leading")
    found = NoiseExpansion(model, "gpe", 1.0).at(to_real(fields))[2]
    wanted = symbols.diffusion_matrix((0, 1), fields)[np.ix_([0, 2, 1, 3], [0, 2, 1, 3])]
    assert np.abs(wanted[0, 1:]).max() > 0.1
    assert found == pytest.approx(wanted, abs=1e-9)


# --- closed forms -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("n_nodes", [1, 3])
def test_noisy_oscillators_with_shear(n_nodes):
    """Two phases with known gradients and curvatures, under noise that is neither isotropic nor independent."""
    model = NoisyOscillators()
    nu, diffusion, shift = model.exact()
    period = 2 * np.pi / nu[1]
    times = np.arange(n_nodes)[:, None] * period / n_nodes
    states = np.sqrt(model.growth) * np.exp(1j * np.array([0.3, -1.0])) * np.exp(-1j * nu * times)
    found = phase_diffusion(solve_relative_periodic_orbit(model, states, period, nu[0] * period))
    assert found.frequencies == pytest.approx(nu, abs=1e-11)
    assert found.diffusion == pytest.approx(diffusion, abs=1e-9)
    assert found.shift == pytest.approx(shift, abs=1e-9)
    assert np.abs(found.diffusion - diffusion).max() <= found.diffusion_error.max() + 1e-11
    assert found.defect < 1e-9
    vector = np.array([2.0, -3.0])
    assert found.gap(2, -3) == pytest.approx(0.5 * vector @ diffusion @ vector, abs=1e-8)
    assert found.frequency_shift(2, -3) == pytest.approx(vector @ shift, abs=1e-8)


@pytest.mark.parametrize("kerr", [0.0, 0.1, 1.5])
def test_one_cavity_with_pump_and_two_photon_loss(kerr):
    """<d(phi)²>/dt = (3/2) eta (1 + U²/eta²)/aleph: noise 3 gamma/2 at |alpha|² = gamma/(2 eta).

    The asymptotic phase is -arg(alpha) + (U/eta) ln|alpha|, a harmonic function: no shift from its curvature, and the
    ordering terms cancel.
    """
    gamma, eta, omega = 0.7, 1.3, 0.9
    a = annihilation(0)
    jumps = [(gamma, creation(0)), (eta, a**2)]
    hamiltonian = omega * number(0) + 0.5 * kerr * a.adjoint() ** 2 * a**2
    model = DerivedModel(hamiltonian=hamiltonian, jump_operators=jumps, diffusion="leading")
    cycle = solve_relative_equilibrium(model, [0.6 + 0.2j])
    found = phase_diffusion(cycle)
    assert found.frequencies == pytest.approx([omega + kerr * gamma / (2 * eta)], abs=1e-12)
    assert found.diffusion[0, 0] == pytest.approx(1.5 * eta * (1 + (kerr / eta) ** 2), rel=1e-9)
    assert found.shift == pytest.approx([0.0], abs=1e-9)
    assert found.gap(2) == pytest.approx(4 * found.gap(1))
    with pytest.raises(ValueError, match="one angle"):
        found.gap(1, 1)


def test_a_cycle_with_shear_shifts_under_additive_noise():
    """With d(alpha) ~ -i U |alpha|⁴ in place of the Kerr term the shift is v U/(2 eta), v the strength of the noise.

    theta = -arg(alpha) + (U/eta)(n ln|alpha| + |alpha|²/2), n = g/eta; <d|alpha|²> = v dt.
    """
    eta, kerr = 1.0, 0.35
    a = annihilation(0)
    # The symbol of the sextic term is U |alpha|⁴ alpha in the drift; single-photon pump and loss set gain and noise.
    hamiltonian = 0.8 * number(0) + kerr / 3 * a.adjoint() ** 3 * a**3
    model = DerivedModel(hamiltonian=hamiltonian, jump_operators=[(1.5, creation(0)), (0.5, a), (eta, a**2)])
    cycle = solve_relative_equilibrium(model, [0.7])
    expansion = NoiseExpansion(model, "gpe", 1.0)
    x = to_real(cycle.state)
    _, _, diffusion, force = expansion.at(x)
    strength, level = 2 * diffusion[0, 0], 0.5
    assert diffusion == pytest.approx(0.5 * strength * np.eye(2), abs=1e-10)
    found = phase_diffusion(cycle)
    slope = 2 * kerr / eta * level**0.5  # d(theta)/dr
    assert found.diffusion[0, 0] == pytest.approx(0.5 * strength * (slope**2 + 1 / level), rel=1e-9)
    moved = to_complex(force)[0] / cycle.state[0]
    assert found.shift[0] == pytest.approx(
        0.5 * strength * kerr / eta - moved.imag + slope * level**0.5 * moved.real, abs=1e-9
    )


def test_uncoupled_cavities():
    """J = 0: the phase of each cavity diffuses alone, and both together make the lines of the torus."""
    eta, kerr, gamma, omega = (1.0, 1.3), (0.1, 0.25), (1.0, 0.7), (1.1, 0.6)
    model = KerrDimer(aleph=1.0, tunneling=0.0, omega=omega, kerr=kerr, pump_rate=gamma, two_photon_loss_rate=eta)
    found = phase_diffusion(find_attractor(model, (0.3, 0.2j), burn_in=60.0))
    nu = [w + u * g / (2 * e) for w, u, g, e in zip(omega, kerr, gamma, eta, strict=True)]
    wanted = [1.5 * e * (1 + (u / e) ** 2) for u, e in zip(kerr, eta, strict=True)]
    for mode, charge in enumerate((1, 2)):
        order = round((nu[mode] - charge * found.frequencies[0]) / found.frequencies[1])
        assert charge * found.frequencies[0] + order * found.frequencies[1] == pytest.approx(nu[mode], abs=1e-11)
        assert found.gap(charge, order) == pytest.approx(0.5 * wanted[mode], rel=1e-9)
        assert found.frequency_shift(charge, order) == pytest.approx(0.0, abs=1e-9)
    assert abs(found.diffusion[0, 1]) > 0.1


# --- the torus of the paper -------------------------------------------------------------------------------------------


def test_errors_are_small_and_shrink_with_the_resolution(torus, expected, monkeypatch):
    assert expected.diffusion_error.max() < 1e-8
    assert expected.shift_error.max() < 1e-8
    assert expected.defect < 1e-10
    errors = []
    for tolerance in (1e-4, 1e-6, 1e-8):
        monkeypatch.setattr(linear_noise, "TOLERANCE", tolerance)
        coarse = phase_diffusion(torus)
        errors.append(np.abs(coarse.diffusion - expected.diffusion).max())
        assert errors[-1] <= coarse.diffusion_error.max()
    assert errors[0] > 10 * errors[1] > 100 * errors[2] > 0


def test_where_the_orbit_starts_and_which_branch_of_nu_phi_do_not_matter(torus, expected):
    flow = SymmetricFlow(torus.model)
    times = np.linspace(0.0, torus.period, 4)[:-1] + 1.234
    nodes = to_complex(flow.trajectory(to_real(torus.nodes[0]), times, 1e-13))
    other = phase_diffusion(solve_relative_periodic_orbit(torus.model, nodes, torus.period, torus.angle + 2 * np.pi))
    assert other.frequencies[0] == pytest.approx(expected.frequencies.sum(), abs=1e-11)
    for charge, order in ((0, 1), (1, 0), (1, 1), (2, 1), (3, -2)):
        assert other.gap(charge, order - charge) == pytest.approx(expected.gap(charge, order), abs=1e-6)
        shift = expected.frequency_shift(charge, order)
        assert other.frequency_shift(charge, order - charge) == pytest.approx(shift, abs=1e-6)


def test_gradient_and_hessian_expand_the_asymptotic_phase(torus, expected):
    """Phases after the transient, from integration alone, against the expansion: what is left is of third order."""
    flow, x = SymmetricFlow(torus.model), to_real(torus.nodes[0])
    late = np.array([10 * torus.period])
    direction = np.array([0.5, -0.3, 0.2, 0.6])
    left = []
    for size in (0.02, 0.01):
        delta = size * direction
        end = flow.rotation(10 * torus.angle) @ flow.trajectory(x + delta, late, 1e-13)[-1]

        def distance(angles, end=end):
            phi, psi = angles
            time = psi / torus.nu_psi + torus.period
            turn = flow.rotation(torus.angle + torus.nu_phi * psi / torus.nu_psi - phi)
            return turn @ flow.trajectory(x, np.array([time]), 1e-13)[-1] - end

        phases = least_squares(distance, [0.0, 0.0], xtol=1e-14, ftol=1e-14, gtol=1e-14).x
        assert np.abs(distance(phases)).max() < 1e-9
        linear = expected.gradients @ delta
        square = 0.5 * np.einsum("aij,i,j->a", expected.hessians, delta, delta)
        assert np.abs(square).min() > 5 * np.abs(phases - linear - square).max()
        left.append(np.abs(phases - linear - square))
    assert left[0] / left[1] == pytest.approx([8.0, 8.0], rel=0.3)


def test_lines_of_an_ensemble_decay_and_turn_as_predicted():
    """Every line of <a_1> and <a_2> that is strong enough to be seen, sampled from one point of the torus.

    Corrections of relative order 1/aleph are about 2 % of the gaps here.
    """
    aleph, n_trajectories, n_periods = 4e4, 2048, 240
    model = DIMER.model_copy(update={"aleph": aleph})
    orbit = find_attractor(model, (0.05, 0.05))
    predicted = phase_diffusion(orbit)
    n_samples = 31
    grid = TimeGrid(orbit.period / (5 * n_samples), 5, n_periods * n_samples + 1)
    ensemble = simulate_ensemble(
        model,
        grid,
        start=orbit.nodes[0],
        seed=3,
        trajectories=range(n_trajectories),
        sampled_start=False,
        reduction=Reduction(moment_order=1),
        batch_size=n_trajectories // 32,
    )
    times = grid.times[:-1].reshape(n_periods, n_samples)
    means = (ensemble.moments[:, :-1, :, 0] + 1j * ensemble.moments[:, :-1, :, 1]).reshape(32, *times.shape, 2)
    seen = 0
    for charge, order in ((1, -1), (1, 0), (1, 1), (1, 2), (2, 0), (2, 1), (2, 2)):
        gap, shift = predicted.gap(charge, order), predicted.frequency_shift(charge, order)
        # Over whole periods of the modulation the other lines cancel.
        turn = np.exp(1j * (charge * orbit.nu_phi + order * orbit.nu_psi) * times)
        line = (means[..., charge - 1] * turn).mean(axis=2)
        use = (times[:, 0] > 10 * orbit.period) & (gap * times[:, 0] < 1.0)

        def rates(parts, use=use):
            ratio = (parts[..., 0] + 1j * parts[..., 1])[:, use]
            logarithm = np.log(ratio / ratio[:, :1])
            decay = np.polyfit(times[use, 0], logarithm.real.T, 1)[0]
            return -np.stack([decay, np.polyfit(times[use, 0], np.unwrap(logarithm.imag).T, 1)[0]], axis=-1)

        found, error = jackknife(rates, np.stack([line.real, line.imag], axis=-1), ensemble.weights)
        assert (np.abs(found - [gap, shift]) < 4.5 * error + 0.03 * gap).all(), (charge, order)
        # The bound is of use: neither no shift nor a gap of another line would pass for most lines.
        seen += abs(shift) > 4.5 * error[1] + 0.03 * gap
    assert seen >= 4


def test_there_are_phases_on_attractors_only(torus):
    with pytest.raises(ValueError, match="on an attractor only"):
        phase_diffusion(solve_relative_equilibrium(DIMER, (0.0, 0.6 + 0.3j)))


# --- branches and ensembles -------------------------------------------------------------------------------------------


def test_diffusion_diverges_at_the_folds_like_the_inverse_distance():
    """A deviation along the critical direction has the variance 1/rate and turns the phases for a time 1/rate."""
    values = (0.8, 0.95, 1.0)
    points = scan_phase_diffusion(DIMER, "omega", values, (0.05, 0.05), 13.0)
    at_values = [(p.branch, p.value) for p in points if p.value in values]
    assert at_values == [(0, 0.8), (0, 0.95), (1, 0.95), (1, 1.0)]
    assert all((p.branch == 1) == (len(p.diffusion.frequencies) == 2) for p in points)
    fold, one = 0.96857000043, next(p.attractor for p in points if p.value == 0.95)
    scaled = []
    for distance in (1e-3, 1e-4, 3e-5, 1e-5, 3e-6, 1e-6):
        model = DIMER.model_copy(update={"omega": (fold - distance,) * 2})
        one = solve_relative_equilibrium(model, one.state, one.nu)
        scaled.append(phase_diffusion(one).diffusion[0, 0] * distance)
    assert scaled[-1] == pytest.approx(scaled[-3], rel=0.02)
    assert scaled[-1] == pytest.approx(scaled[-2], rel=0.01)


def test_an_ensemble_from_a_coherent_start_has_the_predicted_circular_variance(torus):
    """Both modes at single times, without a free parameter; corrections of relative order 1/aleph are about 3 %."""
    start, aleph, n_trajectories = (0.05, 0.05), 4e4, 1024
    lines = angle_weights_table(1.0, coherent_start(torus, start), (1, 2), 1.0)
    model = DIMER.model_copy(update={"aleph": aleph})
    checked = []
    for time in (80.0, 400.0):
        ensemble = simulate_ensemble(
            model,
            TimeGrid.from_times(0.05, time, time),
            start=start,
            seed=4,
            trajectories=range(n_trajectories),
            reduction=Reduction(moment_order=1, final_states=True),
            batch_size=n_trajectories // 32,
        )
        turns = ensemble.states / np.abs(ensemble.states)
        for mode in (0, 1):
            batches = turns[:, mode].mean(axis=1)
            parts = np.stack([batches.real, batches.imag], axis=1)
            found, error = jackknife(lambda p: 1 - np.hypot(p[:, 0], p[:, 1]), parts, ensemble.weights)
            predicted = circular_variance(lines[lines["mode"] == mode + 1], time, aleph)
            assert abs(found - predicted) < 4.5 * error + 0.05 * predicted, (time, mode)
            checked.append((predicted, error))
    # Neither R nor what the start leaves is hidden by the errors.
    assert all(predicted > 8 * error for predicted, error in checked)


def test_starts_on_the_torus_leave_the_spread_of_the_vacuum(torus, monkeypatch):
    """A start at one point adds what the local diffusion differs from its mean, which averages out over the points."""
    monkeypatch.setattr(phase_scan, "N_PHASES", 16)
    monkeypatch.setattr(phase_scan, "SETTLED", 15.0)
    n_points, flow = 6, SymmetricFlow(DIMER)
    times = np.arange(1, n_points + 1) * (torus.period / n_points)
    states = flow.trajectory(to_real(torus.nodes[0]), times, 1e-13)
    variance = 0.5 * DIMER.vacuum_variance
    spreads, displacements = [], []
    for x in states:
        found, here = coherent_start(torus, to_complex(x)), phases_at(torus, x)
        spreads.append(found.spread - variance * here.gradients @ here.gradients.T)
        displacements.append(found.displacement - 0.5 * variance * np.trace(here.hessians, axis1=1, axis2=2))
    assert np.abs(spreads).max() > 50
    assert np.mean(spreads, axis=0) == pytest.approx(np.zeros((2, 2)), abs=1e-3 * np.abs(spreads).max())
    assert np.mean(displacements, axis=0) == pytest.approx(np.zeros(2), abs=1e-3 * np.abs(displacements).max())
