"""Forward flux sampling against exact rates of a double well."""

import math

import numpy as np
import pytest
from scipy.integrate import quad
from systems.noisy_scalar import NoisyScalar

from openkerr.solvers.splitting import Trials, forward_flux, place_interfaces, splitting_rate

FIRST, LAST = -0.8, 0.9


def position(fields):
    return fields[0, 0].astype(float)


def exact_rate(strength: float) -> float:
    """Inverse of the mean time from the first interface to the last one: textbook double integral."""

    def potential(x):
        return (x**4 / 4 - x**2 / 2) * 2 / strength**2

    def inner(x):
        return quad(lambda y: math.exp(potential(x) - potential(y)), -3.0, x, epsabs=0, epsrel=1e-9, limit=200)[0]

    time = quad(inner, FIRST, LAST, epsabs=0, epsrel=1e-7, limit=200)[0] * 2 / strength**2
    return 1.0 / time


TRIALS = Trials(
    time_step=0.02, steps_per_sample=1, n_lanes=64, block=32, burn_in_samples=250, flux_samples=1000, n_trials=256
)


@pytest.mark.slow
@pytest.mark.parametrize("strength", [0.35, 0.22])
def test_rates_of_the_double_well_are_exact(strength):
    """Barriers of 4 and 10 times the temperature."""
    model, options = NoisyScalar(strength=strength), {"starts": np.array([[-1.0]]), "seed": 5}
    interfaces = place_interfaces(model, TRIALS, position, (FIRST, LAST), **options)
    assert interfaces[0] == FIRST and interfaces[-1] == LAST and (np.diff(interfaces) > 0).all()
    found = forward_flux(model, TRIALS, position, interfaces, populations=range(16), **options)
    rate, stderr = splitting_rate(found)
    exact = exact_rate(strength)
    assert stderr < 0.15 * exact
    # Seen once a step, a trajectory seems to cross later: the interfaces are shifted by 0.58 strength sqrt(step)
    # (Broadie, Glasserman, Kou 1997), the first outwards, which the rate hardly feels, the last by as much.
    assert abs(rate - exact) < 4.5 * stderr + 0.03 * exact
    direct = rate / stderr**2
    assert found.simulated_time.sum() < direct or strength > 0.3, "no gain over direct sampling"
