"""Stationary states against closed forms: linear chain, Kerr resonator, and the plane wave of a driven chain."""

import numpy as np
import pytest

from openkerr.analysis.resonant_wave import linear_profile
from openkerr.models.bose_hubbard_chain import BoseHubbardChain
from openkerr.solvers.sde import Reduction, simulate_ensemble
from openkerr.solvers.stationary import (
    covariance_after,
    follow_branch,
    linear_covariance,
    mean_shift,
    stationary_state,
)
from openkerr.solvers.symmetric_flow import ConvergenceError, Flow, to_complex, to_real
from openkerr.solvers.time_grid import TimeGrid
from openkerr.studies.chain_wave.scan import trace_wave, wave_state


def resonator(drive_amplitude, kerr=0.1, detuning=2.5):
    """One Kerr resonator, beside an empty one that it is not coupled to."""
    return BoseHubbardChain(
        length=2, hopping=0.0, kerr=kerr, detuning=detuning, drive_amplitude=drive_amplitude, loss_rate=1.0
    )


def branch_drive(number, kerr=0.1, detuning=2.5):
    """Drive at which the resonator holds so many photons."""
    return np.sqrt(number * ((kerr * number - detuning) ** 2 + 0.25))


def moments(covariance, mode):
    """<|d alpha|²> and <d alpha²> of one mode."""
    half = len(covariance) // 2
    real, imag = covariance[mode, mode], covariance[mode + half, mode + half]
    return real + imag, real - imag + 2j * covariance[mode, mode + half]


@pytest.mark.parametrize("method", ["gpe", "twa"])
def test_linear_chain_has_the_field_of_its_matrix_and_the_fluctuations_of_the_vacuum(method):
    model = BoseHubbardChain(length=7, kerr=0.0, drive_amplitude=3.0, intrinsic_loss_rate=0.02)
    matrix = np.diag(-model.detuning - 0.5j * model.site_losses())
    matrix -= model.hopping * (np.eye(7, k=1) + np.eye(7, k=-1))
    state = stationary_state(model, np.zeros(7), method)
    np.testing.assert_allclose(state.field, np.linalg.solve(matrix, -model.site_drives()), rtol=1e-12)
    expected = np.linalg.eigvals(-1j * matrix)
    expected = np.concatenate([expected, expected.conj()])
    np.testing.assert_allclose(np.sort(state.eigenvalues.real), np.sort(expected.real), atol=1e-12)
    covariance = linear_covariance(state)
    np.testing.assert_allclose(covariance, 0.25 * np.eye(14), atol=1e-11)
    np.testing.assert_allclose(mean_shift(state, covariance), 0, atol=1e-8)


def test_branch_of_a_kerr_resonator_goes_round_both_folds():
    start = stationary_state(resonator(0.2), np.zeros(2))
    branch = follow_branch(start, "drive_amplitude", (0.1, 8.0), sense=1.0)
    detuning, kerr = 2.5, 0.1
    root = np.sqrt(detuning**2 - 0.75)
    numbers = np.array([(2 * detuning - root) / (3 * kerr), (2 * detuning + root) / (3 * kerr)])
    folds = [one for one in branch.bifurcations if one.turns]
    assert [one.kind for one in folds] == ["fold", "fold"]
    np.testing.assert_allclose([one.value for one in folds], branch_drive(numbers), rtol=1e-6)
    np.testing.assert_allclose([abs(one.solution.field[0]) ** 2 for one in folds], numbers, rtol=1e-3)
    for point in branch.points:
        number = abs(point.solution.field[0]) ** 2
        np.testing.assert_allclose(point.value, branch_drive(number), rtol=1e-6)
        between = numbers[0] < number < numbers[1]
        # A saddle has one growing direction.
        if np.abs(number - numbers).min() > 0.05:
            assert point.solution.n_unstable == int(between)
    inside = 0.5 * branch_drive(numbers).sum()
    assert len(branch.at(inside)) == 3


def test_fluctuations_of_a_kerr_resonator():
    model = resonator(1.5)
    state = stationary_state(model, np.array([0.3, 0.0]))
    number = abs(state.field[0]) ** 2
    turn, squeeze = 2 * model.kerr * number - model.detuning, model.kerr * state.field[0] ** 2
    rates = -0.5 + np.emath.sqrt(abs(squeeze) ** 2 - turn**2) * np.array([1, -1])
    # The empty resonator turns freely.
    expected = np.concatenate([rates, -0.5 + model.detuning * np.array([1j, -1j])])
    np.testing.assert_allclose(np.sort(state.eigenvalues.imag), np.sort(expected.imag), atol=1e-10)
    np.testing.assert_allclose(state.eigenvalues.real, -0.5, atol=1e-10)
    covariance = linear_covariance(state)
    normal = 0.5 / (1 - 4 * abs(squeeze) ** 2 / (1 + 4 * turn**2))
    found = moments(covariance, 0)
    np.testing.assert_allclose(found, (normal, -2j * squeeze * normal / (1 + 2j * turn)), rtol=1e-9)
    np.testing.assert_allclose(moments(covariance, 1), (0.5, 0), atol=1e-12)
    jacobian, start = state.jacobian, 0.25 * np.eye(4)
    times = np.linspace(0, 0.8, 801)
    grown = np.array([covariance_after(state, time, start, covariance) for time in times[[399, 400, 401]]])
    slope = (grown[2] - grown[0]) / (times[401] - times[399])
    noise = -(jacobian @ covariance + covariance @ jacobian.T)
    np.testing.assert_allclose(slope, jacobian @ grown[1] + grown[1] @ jacobian.T + noise, atol=1e-5)


def test_expansions_of_both_field_equations_agree_beyond_their_first_order():
    """With U/s and F sqrt(s) the field grows as sqrt(s); its shift falls as 1/sqrt(s), what is left out faster."""
    gaps, shifts = [], []
    for scale in (10.0, 40.0):
        model = resonator(1.5 * np.sqrt(scale), kerr=0.1 / scale)
        means = []
        for method in ("gpe", "twa"):
            state = stationary_state(model, np.array([0.3 * np.sqrt(scale), 0.0]), method)
            shift = mean_shift(state, linear_covariance(state))
            means.append(state.field[0] + shift[0])
        shifts.append(abs(shift[0]))
        gaps.append(abs(means[0] - means[1]))
    assert gaps[0] < 0.1 * shifts[0]
    assert gaps[1] / gaps[0] == pytest.approx(4**-1.5, rel=0.1)


@pytest.mark.parametrize("length", [6, 12, 13, 40])
def test_wave_is_a_plane_wave_that_carries_what_the_last_site_loses(length):
    model = BoseHubbardChain(length=length, drive_amplitude=10.5)
    state = wave_state(model)
    numbers = np.abs(state.field) ** 2
    assert state.residual < 1e-11
    assert state.growth_rate < 0
    currents = 2 * model.hopping * np.imag(state.field[:-1].conj() * state.field[1:])
    np.testing.assert_allclose(currents, numbers[-1], rtol=1e-10)
    absorbed = -2 * model.drive_amplitude * state.field[0].imag - numbers[0]
    np.testing.assert_allclose(absorbed, numbers[-1], rtol=1e-10)
    if length >= 12:
        middle = length // 2
        wavenumber = np.angle(state.field[middle] / state.field[middle - 1])
        bulk = numbers[middle]
        assert bulk == pytest.approx((2.5 + 4 * np.cos(wavenumber)) / 0.1, rel=1e-4)
        assert 4 * bulk * np.sin(wavenumber) == pytest.approx(numbers[-1], rel=1e-4)


def test_branch_of_the_wave_ends_where_the_drive_can_no_longer_feed_it():
    """A drive F through a loss gamma brings at most F²/gamma photons in a unit of time: the wave loses gamma n_L."""
    state = wave_state(BoseHubbardChain(length=14, drive_amplitude=10.5))
    branch = follow_branch(state, "drive_amplitude", (6.0, 11.0))
    fold = next(one for one in branch.bifurcations if one.turns)
    assert fold.value == pytest.approx(abs(fold.solution.field[-1]), rel=1e-7)
    assert fold.solution.field[0] == pytest.approx(-1j * fold.value, rel=1e-4)
    assert branch.points[-1].value > 11.0  # and back on the other side
    assert branch.points[-1].solution.n_unstable == 1
    with pytest.raises(ConvergenceError, match="does not reach"):
        wave_state(BoseHubbardChain(length=14, drive_amplitude=6.8))


def test_the_wave_with_intrinsic_loss_is_another_one():
    """Photons are balanced site by site, relaxation goes to it, and its fold is where the drive feeds no more."""
    loss = 0.1
    model = BoseHubbardChain(length=5, drive_amplitude=11.0, intrinsic_loss_rate=loss)
    state, without = wave_state(model), wave_state(BoseHubbardChain(length=5, drive_amplitude=11.0))
    assert state.residual < 1e-10 and state.n_unstable == 0
    assert np.abs(np.abs(state.field) ** 2 - np.abs(without.field) ** 2).max() > 0.5
    current = 2 * model.hopping * (state.field[:-1].conj() * state.field[1:]).imag
    losses = model.site_losses() * np.abs(state.field) ** 2
    # What passes a bond is lost behind it; the drive brings what all sites lose.
    assert current == pytest.approx(losses[::-1].cumsum()[::-1][1:], rel=1e-9)
    assert -2 * model.drive_amplitude * state.field[0].imag == pytest.approx(losses.sum(), rel=1e-9)
    end = Flow(model).trajectory(to_real(0.9 * state.field), np.array([0.0, 150.0]), 1e-11)[-1]
    np.testing.assert_allclose(to_complex(end), state.field, atol=1e-6)
    fold, lossless = (next(one for one in trace_wave(each.model, 3.0) if one.fold) for each in (state, without))
    lost = (fold.state.model.site_losses() * np.abs(fold.state.field) ** 2)[1:].sum()
    # 2 F sqrt(n_1) >= (gamma + kappa) n_1 + what the others lose.
    assert fold.drive_amplitude >= np.sqrt((1 + loss) * lost) * (1 - 1e-9)
    assert fold.drive_amplitude > lossless.drive_amplitude
    with pytest.raises(ConvergenceError, match=r"does not reach the intrinsic loss 0\.5"):
        wave_state(BoseHubbardChain(length=5, drive_amplitude=11.0, intrinsic_loss_rate=0.5))


def test_vacuum_relaxes_to_the_wave_of_a_short_chain():
    model = BoseHubbardChain(length=3, drive_amplitude=11.0)
    end = Flow(model).trajectory(np.zeros(6), np.array([0.0, 200.0]), 1e-11)[-1]
    np.testing.assert_allclose(to_complex(end), wave_state(model).field, atol=1e-7)


def test_wave_under_the_exact_symmetries_of_the_chain():
    model = BoseHubbardChain(length=9, drive_amplitude=9.0)
    state = wave_state(model)
    turned = wave_state(BoseHubbardChain(length=9, drive_amplitude=9.0, detuning=-2.5, hopping=-2.0, kerr=-0.1))
    np.testing.assert_allclose(turned.field, -state.field.conj(), atol=1e-10)
    staggered = wave_state(BoseHubbardChain(length=9, drive_amplitude=9.0, hopping=-2.0))
    np.testing.assert_allclose(staggered.field, state.field * (-1.0) ** np.arange(9), atol=1e-10)


def test_linear_fluctuations_are_those_of_a_wave_of_many_photons():
    """With U/s and F sqrt(s) numbers grow as s, and what linear theory leaves out stays: here 1/s = 1/200."""
    scale = 200.0
    model = BoseHubbardChain(length=4, drive_amplitude=10.5 * np.sqrt(scale), kerr=0.1 / scale)
    state = wave_state(model)
    grid = TimeGrid.from_times(0.01, 1.0, 240.0)
    window = np.where(np.arange(grid.n_samples) > 40, 0, -1)
    ensemble = simulate_ensemble(
        model,
        grid,
        start=state.field,
        seed=8,
        trajectories=range(4096),
        reduction=Reduction(bin_of_sample=window, phases=True),
        stepper="strang",
        batch_size=128,
    )
    covariance = linear_covariance(state)
    linear = linear_profile(state.field, covariance, mean_shift(state, covariance))
    moments = dict(zip(ensemble.moment_names, np.moveaxis(ensemble.moments[:, 0], -1, 0), strict=True))
    mean = moments["abs2"].mean(axis=0)
    spread = moments["abs4"] - 2 * mean * moments["abs2"] + mean**2
    for number, expected, bias in (
        (moments["abs2"] - 0.5, linear["photon_number"], 2.0),  # of 10⁴, from the step
        (spread - moments["abs2"] + 0.25, linear["number_fluctuation"], 50.0),  # 1 %
        (1 - np.abs(ensemble.phases[:, 0]), linear["circular_variance"], 2e-6),  # 2 %
    ):
        error = number.std(axis=0, ddof=1) / np.sqrt(len(number))
        assert np.all(np.abs(number.mean(axis=0) - expected) < 4.5 * error + bias), (
            number.mean(axis=0),
            expected,
            error,
        )


def test_what_cannot_be_is_refused():
    unstable = stationary_state(resonator(4.0), np.array([-1j * np.sqrt(15.0), 0.0]))
    assert unstable.n_unstable == 1
    with pytest.raises(ValueError, match="allowed is a stable state"):
        linear_covariance(unstable)
    for change, text in (
        ({"kerr": 0.0}, "kerr is 0"),
        ({"loss_rate": 0.0}, "the last site loses nothing"),
        ({"hopping": 0.3}, "less than twice the hopping"),
        ({"detuning": -9.0}, "allowed is a positive one"),
    ):
        with pytest.raises(ConvergenceError, match=text):
            wave_state(BoseHubbardChain(**{"length": 4, "drive_amplitude": 9.0, **change}))
