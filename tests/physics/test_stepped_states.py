"""The fixed point of one step, and its fluctuations: exact cases, order, ensembles."""

import numpy as np
import pytest

from openkerr.analysis.resonant_wave import linear_profile
from openkerr.models.bose_hubbard_chain import BoseHubbardChain
from openkerr.solvers.sde import Reduction, simulate_ensemble
from openkerr.solvers.stationary import linear_covariance, mean_shift, stationary_state
from openkerr.solvers.stepped_states import stepped_state
from openkerr.solvers.symmetric_flow import to_real
from openkerr.solvers.time_grid import TimeGrid
from openkerr.studies.chain_wave.scan import wave_state

STEPPERS = ("strang", "blanes_moan", "runge_kutta")


def wave(length):
    return wave_state(BoseHubbardChain(length=length, drive_amplitude=10.5))


@pytest.mark.parametrize("stepper", ["strang", "blanes_moan"])
def test_splittings_keep_the_vacuum_of_a_linear_chain_at_any_step(stepper):
    """Hops, turns and baths all leave the Wigner function of the vacuum as it is."""
    model = BoseHubbardChain(length=5, kerr=0.0, drive_amplitude=3.0)
    stepped = stepped_state(stationary_state(model, np.zeros(5)), stepper, 0.3)
    np.testing.assert_allclose(stepped.covariance, 0.25 * np.eye(10), atol=1e-8)
    np.testing.assert_allclose(stepped.shift, 0, atol=1e-6)


def test_one_oscillator_by_runge_kutta_has_the_covariance_of_its_recursion():
    """Without hops a mode turns by g = sum (i Delta - 1/2)^k h^k / k!, between half kicks of variance h/8 a part."""
    model, h = BoseHubbardChain(length=2, hopping=0.0, kerr=0.0, detuning=0.7, drive_amplitude=0.0), 0.5
    stepped = stepped_state(stationary_state(model, np.zeros(2)), "runge_kutta", h)
    power = (0.7j - 0.5) * h
    squared = abs(1 + power + power**2 / 2 + power**3 / 6 + power**4 / 24) ** 2
    variance = (1 + squared) * h / 8 / (1 - squared)
    np.testing.assert_allclose(stepped.covariance, variance * np.eye(4), atol=1e-9)
    assert stepped.growth_rate == pytest.approx(0.5 * np.log(squared) / h)


@pytest.mark.parametrize("stepper", STEPPERS)
def test_field_covariance_and_shift_become_those_of_the_flow_at_second_order(stepper):
    state = wave(5)
    covariance = linear_covariance(state)
    shift = mean_shift(state, covariance)
    errors = []
    for time_step in (0.04, 0.02):
        stepped = stepped_state(state, stepper, time_step)
        errors.append(
            [
                np.abs(stepped.field - state.field).max(),
                np.abs(stepped.covariance - covariance).max(),
                np.abs(stepped.shift - shift).max(),
            ]
        )
    coarse, fine = np.array(errors)
    if stepper == "runge_kutta":
        # Its drift rests where the flow does, and is damped at fifth order, by more than its kicks are off.
        assert max(coarse[0], fine[0]) < 1e-10
        assert (coarse[1:] / fine[1:] > 3.6).all()
    else:
        np.testing.assert_allclose(coarse / fine, 4, rtol=0.1)


def sampled(model, state, time_step):
    """Photon number and its fluctuation at the last site by batches: (n_batches, 2)."""
    interval = 2.0
    grid = TimeGrid(time_step, round(interval / time_step), 200)
    bins = np.where(np.arange(200) < 40, -1, 0)
    ensemble = simulate_ensemble(
        model,
        grid,
        start=state.field,
        seed=3,
        trajectories=range(2048),
        reduction=Reduction(bin_of_sample=bins),
        method="twa",
        stepper="strang",
        batch_size=128,
    )
    first, second = (ensemble.moments[:, 0, -1, ensemble.moment_names.index(name)] for name in ("abs2", "abs4"))
    return np.stack([first - 0.5, second - first**2 - first + 0.25], axis=1)


def test_what_a_coarse_step_does_to_an_ensemble_is_what_the_fixed_point_says():
    """At a length of odd bonds alone at its end n_L is most off; what linear theory leaves out is of both steps."""
    state = wave(5)
    coarse, fine = sampled(state.model, state, 0.1), sampled(state.model, state, 0.025)
    found = coarse.mean(axis=0) - fine.mean(axis=0)
    error = np.sqrt((coarse.var(axis=0, ddof=1) + fine.var(axis=0, ddof=1)) / len(coarse))

    def predicted(time_step):
        stepped = stepped_state(state, "strang", time_step)
        profile = linear_profile(stepped.field, stepped.covariance, stepped.shift)
        return np.array([profile["photon_number"][-1], profile["number_fluctuation"][-1]])

    expected = predicted(0.1) - predicted(0.025)
    assert (np.abs(expected) > 10 * error).all()
    # Linear theory of the fluctuations is itself off by a tenth (docs/theory/chain_wave.md), and so is their change.
    assert (np.abs(found - expected) < 4.5 * error + 0.1 * np.abs(expected)).all()


def test_starts_from_the_vacuum_and_from_the_wave_agree_though_sound_decays_slowly():
    """At L = 60 the slowest deviation lives for 5·10⁴/gamma, fifty times as long as this run before its window."""
    state, n_samples = wave(60), 1301
    bins = np.where(np.arange(n_samples) <= 1000, -1, 0)
    assert -2.5e-5 < state.growth_rate < -1.5e-5
    results = []
    for start in (np.zeros(60), state.field):
        ensemble = simulate_ensemble(
            state.model,
            TimeGrid(0.05, 20, n_samples),
            start=start,
            seed=5,
            trajectories=range(128),
            reduction=Reduction(bin_of_sample=bins, phases=True),
            method="twa",
            stepper="strang",
            precision="single",
            batch_size=8,
        )
        number, square = (ensemble.moments[:, 0, :, ensemble.moment_names.index(name)] for name in ("abs2", "abs4"))
        results.append(np.stack([number, square - number**2, np.abs(ensemble.phases[:, 0])], axis=1))
    vacuum, own = results
    error = np.sqrt((vacuum.var(axis=0, ddof=1) + own.var(axis=0, ddof=1)) / len(own))
    pulls = (vacuum.mean(axis=0) - own.mean(axis=0)) / error
    assert (np.abs(pulls) < 4.5).all()


def test_an_unstable_state_has_no_fluctuations():
    model = BoseHubbardChain(length=2, hopping=0.0, drive_amplitude=2.0)
    # The middle of the three states of a Kerr resonator: U n = 2 Delta/3 lies between the folds.
    number = 2 * model.detuning / 3 / model.kerr
    drive = np.sqrt(number * ((model.kerr * number - model.detuning) ** 2 + 0.25))
    model = model.model_copy(update={"drive_amplitude": drive})
    guess = -drive / (model.kerr * number - model.detuning - 0.5j)
    state = stationary_state(model, np.array([guess, 0]))
    stepped = stepped_state(state, "strang", 0.01)
    assert state.growth_rate > 0
    assert stepped.growth_rate == pytest.approx(state.growth_rate, rel=1e-2)
    assert stepped.covariance is None
    assert stepped.shift is None
    np.testing.assert_allclose(to_real(stepped.field), state.unknowns, atol=1e-2)


@pytest.mark.parametrize(("stepper", "time_step", "said"), [("euler", 0.1, "stepper"), ("strang", 0.0, "time_step")])
def test_steps_that_there_are_not_are_refused(stepper, time_step, said):
    with pytest.raises(ValueError, match=said):
        stepped_state(wave(4), stepper, time_step)
