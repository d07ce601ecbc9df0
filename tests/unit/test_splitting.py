"""Forward flux sampling: what it refuses, and on what its numbers depend."""

from dataclasses import replace

import numpy as np
import pytest
from systems.noisy_scalar import NoisyScalar

from openkerr.solvers.splitting import (
    ForwardFlux,
    StuckError,
    Trials,
    forward_flux,
    place_interfaces,
    splitting_rate,
)

MODEL = NoisyScalar(strength=0.5)
TRIALS = Trials(
    time_step=0.05, steps_per_sample=2, n_lanes=8, block=4, burn_in_samples=10, flux_samples=100, n_trials=8
)
OPTIONS = {"starts": np.array([[-1.0]]), "seed": 7}


def position(fields):
    return fields[0, 0].astype(float)


def run(trials=TRIALS, interfaces=(-0.8, -0.3, 0.9), populations=range(2), **options):
    return forward_flux(MODEL, trials, position, interfaces, populations=populations, **OPTIONS | options)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"interfaces": (0.5, 0.5)}, "two or more finite ones, strictly increasing"),
        ({"interfaces": (0.5,)}, "two or more"),
        ({"trials": replace(TRIALS, n_trials=6)}, "n_trials is 6: allowed is a positive multiple of block = 4"),
        ({"trials": replace(TRIALS, flux_samples=0)}, "flux_samples is 0: allowed is at least 1"),
        ({"starts": np.zeros((1, 2))}, r"starts have shape \(1, 2\): allowed is \(n_starts, 1\)"),
        ({"populations": range(0)}, "populations are range"),
    ],
)
def test_refuses_what_makes_no_sense(change, message):
    with pytest.raises(ValueError, match=message):
        run(**change)


@pytest.mark.slow
def test_a_population_is_the_same_whoever_else_runs():
    both, second = run(populations=range(2)), run(populations=range(1, 2))
    for name in ("flux", "probability", "rate", "simulated_time"):
        np.testing.assert_array_equal(getattr(both, name)[1:], getattr(second, name))
    assert both.flux[0] != both.flux[1]
    assert (run(seed=8).flux != both.flux).any()


@pytest.mark.slow
def test_rates_are_the_product_of_their_factors():
    found = run()
    np.testing.assert_allclose(found.rate, found.flux * found.probability.prod(axis=1))
    np.testing.assert_array_equal(found.probability, found.n_reached / TRIALS.n_trials)
    assert (found.simulated_time >= 8 * 110 * 0.1 - 1e-9).all()


@pytest.mark.slow
def test_without_a_crossing_the_rate_is_zero():
    found = run(interfaces=(5.0, 6.0))
    assert (found.rate == 0).all() and (found.flux == 0).all()
    with pytest.raises(ValueError, match="no trajectory crosses 5"):
        place_interfaces(MODEL, TRIALS, position, (5.0, 6.0), **OPTIONS)


@pytest.mark.slow
def test_a_trial_that_does_not_end_is_a_fault():
    with pytest.raises(StuckError, match=r"neither reached 5 nor fell below -0\.8"):
        run(trials=replace(TRIALS, max_samples=3), interfaces=(-0.8, 5.0))


@pytest.mark.slow
def test_memory_slows_the_coordinate():
    fast, slow = run(), run(trials=replace(TRIALS, memory_samples=20.0))
    assert slow.flux.mean() < fast.flux.mean()


def test_error_is_the_scatter_of_populations():
    two = np.array([1.0, 3.0])
    found = ForwardFlux(two, np.arange(2), two, two[:, None], two, two[:, None].astype(int), two)
    assert splitting_rate(found) == (2.0, 1.0)
    with pytest.raises(ValueError, match="there is 1 population"):
        splitting_rate(ForwardFlux(two, np.arange(1), two[:1], two[:1, None], two[:1], two[:1, None].astype(int), two))
