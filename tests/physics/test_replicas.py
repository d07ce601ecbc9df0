"""Replicas under the same noise: exact cases, the ensemble's own trajectories, and growth at the Lyapunov exponent."""

import numpy as np
import pytest

from openkerr.models.bose_hubbard_chain import BoseHubbardChain
from openkerr.solvers.replicas import simulate_replicas
from openkerr.solvers.sde import Reduction, simulate_ensemble
from openkerr.solvers.time_grid import TimeGrid

CHAIN = BoseHubbardChain(length=4, drive_amplitude=3.0)
GRID = TimeGrid.from_times(0.05, 0.5, 10.0)


def _run(model=CHAIN, n=48, **options):
    options = {"sources": [0, 2], "angle": 1e-4, "split_sample": 8, "stepper": "strang", "batch_size": 16} | options
    start = np.full(model.n_modes, 0.4 + 0.1j)
    return simulate_replicas(model, options.pop("grid", GRID), start=start, seed=3, trajectories=range(n), **options)


def test_a_rotation_shows_at_its_source_alone_at_first():
    replicas = _run(angle=0.01, split_sample=0)
    first = replicas.divergence[:, 0]
    np.testing.assert_allclose(first[:, 0, 0], 1 - np.cos(0.01), rtol=1e-12)
    assert np.all(first[:, 0, 1:] < 1e-25)
    assert replicas.times[0] == 0 and len(replicas.times) == GRID.n_samples
    assert len(_run(split_sample=8).times) == GRID.n_samples - 8


@pytest.mark.parametrize("stepper", ["strang", "blanes_moan", "runge_kutta"])
def test_replicas_are_trajectories_of_the_ensemble(stepper):
    """From a sharp start the replica is the ensemble's own path from the rotated start: same noise, same steps."""
    start = np.full(4, 0.4 + 0.1j)
    rotated = start * np.exp(1j * np.array([0, 0.3, 0, 0]))
    paths = [
        simulate_ensemble(
            CHAIN,
            GRID,
            start=each,
            seed=3,
            trajectories=range(16),
            reduction=Reduction(paths=range(16)),
            stepper=stepper,
            sampled_start=False,
            batch_size=16,
        ).paths
        for each in (start, rotated)
    ]
    expected = np.mean(1 - np.cos(np.angle(paths[1]) - np.angle(paths[0])), axis=2)
    replicas = _run(n=16, split_sample=0, sources=[1], angle=0.3, stepper=stepper, sampled_start=False)
    np.testing.assert_allclose(replicas.divergence[0, :, 0], expected, atol=1e-9)


def test_states_take_the_place_of_a_start():
    """Blocks of any size hold the starts of the trajectories in their order; equal ones are a sharp start."""
    rng = np.random.default_rng(5)
    single = rng.normal(size=(48, 4)) + 1j * rng.normal(size=(48, 4))
    options = {"seed": 3, "sources": [0], "angle": 0.3, "split_sample": 0, "stepper": "strang"}
    runs = [
        simulate_replicas(
            CHAIN,
            GRID,
            states=np.moveaxis(single.reshape(-1, lanes, 4), 2, 1),
            trajectories=range(48),
            batch_size=16,
            **options,
        ).divergence
        for lanes in (48, 8)
    ]
    np.testing.assert_array_equal(*runs)
    sharp = simulate_replicas(
        CHAIN, GRID, states=np.tile(single[0][:, None], (3, 1, 16)), trajectories=range(48), batch_size=16, **options
    )
    same = simulate_replicas(
        CHAIN, GRID, start=single[0], sampled_start=False, trajectories=range(48), batch_size=16, **options
    )
    np.testing.assert_array_equal(sharp.divergence, same.divergence)
    assert np.all(runs[0][0, 1:] != sharp.divergence[0, 1:])


@pytest.mark.parametrize(
    ("starts", "text"),
    [
        ({}, "allowed is one of them"),
        ({"start": np.ones(4), "states": np.ones((1, 4, 16))}, "allowed is one of them"),
        ({"states": np.ones((1, 3, 16))}, "allowed is 4 modes"),
        ({"states": np.ones((1, 4, 8))}, "a state for each of 16 trajectories"),
    ],
)
def test_starts_that_do_not_fit_are_refused(starts, text):
    options = {"seed": 3, "sources": [0], "angle": 0.3, "split_sample": 0, "batch_size": 16}
    with pytest.raises(ValueError, match=text):
        simulate_replicas(CHAIN, GRID, trajectories=range(16), **starts, **options)


def test_small_divergences_scale_with_the_square_of_the_angle():
    small, large = _run(angle=1e-6), _run(angle=1e-5)
    early = slice(1, 6)
    np.testing.assert_allclose(large.divergence[:, early, 0, 0] / small.divergence[:, early, 0, 0], 100, rtol=0.02)
    np.testing.assert_allclose(
        large.log_divergence[:, early, 0, 0] - small.log_divergence[:, early, 0, 0], np.log(100), rtol=0.02
    )


def test_a_damped_linear_chain_forgets_the_rotation():
    """U = 0: the difference of the replicas obeys the damped linear equation, whatever the noise."""
    model = BoseHubbardChain(length=2, drive_amplitude=3.0, kerr=0.0, hopping=0.0)
    replicas = _run(model, grid=TimeGrid.from_times(0.05, 0.5, 40.0), sources=[0], angle=0.1)
    assert np.all(replicas.divergence[:, -1, 0, 0] < 1e-10)
    rate = np.polyfit(replicas.times[5:30], replicas.log_divergence[:, 5:30, 0, 0].mean(axis=0), 1)[0]
    # D is quadratic in the difference, which decays with half the loss rate: D with the whole.
    assert abs(rate + 1.0) < 0.1


def test_chaos_saturates_near_one():
    model = BoseHubbardChain(length=10, drive_amplitude=8.0)
    grid = TimeGrid.from_times(0.05, 1.0, 160.0)
    replicas = _run(model, grid=grid, sources=[0], angle=1e-4, split_sample=60, n=64)
    last = replicas.divergence[:, -20:, 0, -1].mean(axis=1)
    assert abs(last.mean() - 1) < 4.5 * last.std(ddof=1) / np.sqrt(len(last)) + 0.05


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"sources": [4]}, "allowed are modes from 0 to 3"),
        ({"sources": []}, "at least one"),
        ({"split_sample": 21}, "allowed is 0 to 20"),
    ],
)
def test_what_cannot_be_is_refused(options, text):
    with pytest.raises(ValueError, match=text):
        _run(**options)
