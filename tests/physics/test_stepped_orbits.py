"""Frequencies of the torus under a finite step: its order, and its size in an ensemble."""

import numpy as np
import pytest

from openkerr.models.kerr_dimer import KerrDimer
from openkerr.solvers.attractor_search import find_attractor
from openkerr.solvers.stepped_orbits import stepped_frequencies

INTERVAL = 0.5


@pytest.fixture(scope="module")
def orbit():
    return find_attractor(KerrDimer(aleph=1.0), [0.05, 0.05])


@pytest.mark.parametrize(
    ("stepper", "order", "steps"), [("runge_kutta", 4, (0.1, 0.05)), ("runge_kutta_5", 5, (0.1, 0.05))]
)
def test_what_a_step_adds_falls_by_its_order(orbit, stepper, order, steps):
    coarse, fine = (stepped_frequencies(orbit, step, INTERVAL, stepper=stepper) for step in steps)
    for name in ("nu_phi", "nu_psi"):
        exact = getattr(orbit, name)
        large, small = getattr(coarse, name) - exact, getattr(fine, name) - exact
        # The next order in the step is a part of about its length.
        assert np.log2(large / small) == pytest.approx(order, abs=0.35)
        assert max(getattr(coarse, f"{name}_error"), getattr(fine, f"{name}_error")) < 1e-4 * abs(small)


def test_the_published_ensembles_carry_a_measurable_part(orbit):
    """At aleph = 1.6e5 the line (2, 1) is off by 0.285/aleph, twelve of its errors, with the step of 0.1."""
    found = stepped_frequencies(orbit, 0.1, INTERVAL)
    added = 2 * (found.nu_phi - orbit.nu_phi) + found.nu_psi - orbit.nu_psi
    assert 1.6e5 * added == pytest.approx(-0.285, abs=1e-3)


def test_single_precision_tells_its_error(orbit):
    single = stepped_frequencies(orbit, 0.1, INTERVAL, precision="single")
    double = stepped_frequencies(orbit, 0.1, INTERVAL)
    for name in ("nu_phi", "nu_psi"):
        difference = abs(getattr(single, name) - getattr(double, name))
        assert difference < 1e-6
        assert getattr(single, f"{name}_error") > 1e-11


def test_an_unstable_orbit_is_refused(orbit):
    from dataclasses import replace

    with pytest.raises(ValueError, match="unstable"):
        stepped_frequencies(replace(orbit, multipliers=1 / orbit.multipliers), 0.1, INTERVAL)
