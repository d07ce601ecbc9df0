"""Deterministic runs: order of the step, error estimate, closed forms, and the same bits however runs are arranged."""

import numpy as np
import pytest
from scipy.integrate import solve_ivp
from systems.lorenz import Lorenz
from systems.stuart_landau import StuartLandau

from openkerr.models.kerr_dimer import KerrDimer
from openkerr.solvers import ode
from openkerr.solvers.ode import integrate
from openkerr.solvers.sde import DivergenceError, Reduction, simulate_ensemble
from openkerr.solvers.time_grid import TimeGrid

OSCILLATORS = StuartLandau(growth=(0.5, 0.8), frequency=(1.0, 1.7), shear=0.3)
START = np.array([0.1 + 0.2j, 1.5 - 0.4j])
RNG = np.random.default_rng(3)


def _errors(step, **options):
    run = integrate(OSCILLATORS, TimeGrid.from_times(step, 0.4, 8.0), start=START, **options)
    return np.abs(run.states[0] - OSCILLATORS.exact(START, run.times)).max(axis=0), run


def test_the_step_is_of_fourth_order_on_a_closed_form():
    coarse, middle, fine = (_errors(step)[0].max() for step in (0.1, 0.05, 0.025))
    # The next order is smaller by the step times the rates, which are of order 1.
    assert abs(coarse / middle - 16) < 16 * 0.1
    assert abs(middle / fine - 16) < 16 * 0.05
    assert fine < 1e-6


def test_the_error_estimate_is_the_error():
    errors, run = _errors(0.05, estimate_error=True)
    assert run.error.shape == (1, 21)
    # The estimate is exact up to the next order, a part of the order of h times the rates.
    np.testing.assert_allclose(run.error[0, 1:], errors[1:], rtol=4 * 0.05)
    assert run.error[0, 0] == 0


def test_frequencies_on_the_limit_torus_are_exact_up_to_fourth_order():
    exact = np.array(OSCILLATORS.frequency) + OSCILLATORS.shear * np.array(OSCILLATORS.growth)
    found = []
    for step in (0.1, 0.05):
        run = integrate(OSCILLATORS, TimeGrid.from_times(step, 0.5, 200.0), start=START, keep_from=100.0)
        phases = np.unwrap(np.angle(run.states[0]), axis=1)
        found.append(-(phases[:, -1] - phases[:, 0]) / (run.times[-1] - run.times[0]))
    errors = np.abs(np.array(found) - exact)
    extrapolated = np.abs((16 * found[1] - found[0]) / 15 - exact)
    assert (errors[1] < errors[0] / 12).all()
    assert (extrapolated < 0.2 * errors[1]).all()


def test_a_real_system_has_real_states():
    model, start = Lorenz(), [1.0, 2.0, 20.0]
    run = integrate(model, TimeGrid.from_times(0.005, 0.25, 2.0), start=start, estimate_error=True)
    assert run.states.dtype == np.float64 and run.states.shape == (1, 3, 9)

    def rhs(_, x):
        return [10 * (x[1] - x[0]), x[0] * (28 - x[2]) - x[1], x[0] * x[1] - 8 / 3 * x[2]]

    exact = solve_ivp(rhs, (0, 2), start, method="DOP853", rtol=1e-12, atol=1e-12, t_eval=run.times)
    error = np.abs(run.states[0] - exact.y).max(axis=0)
    # Twice the estimate, for its own error; 1e-9 for that of the reference, amplified along the way.
    assert (error < 2 * run.error[0] + 1e-9).all()
    assert run.error[0].max() < 1e-3
    with pytest.raises(ValueError, match="Lorenz has a real state"):
        integrate(model, TimeGrid(0.01, 1, 2), start=[1j, 0, 0])


@pytest.mark.parametrize("method", ["gpe", "twa"])
def test_it_is_the_ensemble_solver_without_noise(method):
    model, grid = KerrDimer(aleph=5.0), TimeGrid.from_times(0.05, 1.0, 20.0)
    start = [0.3 + 0.1j, -0.2j]
    ensemble = simulate_ensemble(
        model,
        grid,
        start=start,
        seed=1,
        trajectories=range(16),
        method=method,
        bath_noise=False,
        sampled_start=False,
        batch_size=16,
        reduction=Reduction(final_states=True),
    )
    run = integrate(model, grid, start=start, method=method)
    # Rounding of 400 steps on an attractor.
    np.testing.assert_allclose(run.final[0], ensemble.states[0, :, 0], rtol=0, atol=1e-12)
    np.testing.assert_array_equal(run.final[0], run.states[0, :, -1])


def test_runs_do_not_depend_on_their_neighbours_threads_or_segments(monkeypatch):
    grid = TimeGrid.from_times(0.05, 0.5, 30.0)
    starts = RNG.normal(size=(20, 2)) + 1j * RNG.normal(size=(20, 2))
    together = integrate(OSCILLATORS, grid, start=starts)
    alone = integrate(OSCILLATORS, grid, start=starts[17])
    np.testing.assert_array_equal(alone.states[0], together.states[17])
    threads = integrate(OSCILLATORS, grid, start=starts, n_threads=3)
    np.testing.assert_array_equal(threads.states, together.states)
    monkeypatch.setattr(ode, "SEGMENT_NUMBERS", 1)
    cut = integrate(OSCILLATORS, grid, start=starts)
    np.testing.assert_array_equal(cut.states, together.states)
    np.testing.assert_array_equal(cut.final, together.final)


def test_what_is_kept_is_a_part_of_the_whole():
    grid = TimeGrid.from_times(0.05, 0.1, 10.0)
    whole = integrate(OSCILLATORS, grid, start=START)
    part = integrate(OSCILLATORS, grid, start=START, keep_from=4.0, modes=[1])
    np.testing.assert_array_equal(part.times, whole.times[40:])
    np.testing.assert_array_equal(part.states, whole.states[:, 1:, 40:])
    np.testing.assert_array_equal(part.final, whole.final)
    none = integrate(OSCILLATORS, grid, start=START, modes=[])
    assert none.states.size == 0
    np.testing.assert_array_equal(none.final, whole.final)
    np.testing.assert_array_equal(whole.states[0, :, 0], START)


def test_a_diverging_run_is_told():
    with pytest.raises(DivergenceError, match=r"time_step = 2 is too long, or the motion"):
        integrate(OSCILLATORS, TimeGrid.from_times(2.0, 20.0, 2000.0), start=[10.0, 10.0])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"start": [1.0]}, r"start has shape \(1, 1\): allowed is \(runs, modes\) with 2 modes"),
        ({"start": [np.nan, 1.0]}, "infinite or NaN"),
        ({"modes": [2]}, r"modes are \[2\]: allowed are numbers from 0 to 1"),
        ({"keep_from": 11.0}, "keep_from is 11"),
        ({"block_size": 0}, "block_size is 0"),
    ],
)
def test_bad_requests_are_refused(change, message):
    with pytest.raises(ValueError, match=message):
        integrate(OSCILLATORS, TimeGrid.from_times(0.1, 1.0, 10.0), **{"start": START, **change})
