"""The calls of ``import openkerr as ok``: labelled, checked, and right on cases with known answers."""

import doctest
import subprocess
import sys

import numpy as np
import pytest
from systems.lorenz import Lorenz
from systems.subcritical import Subcritical

import openkerr as ok
from openkerr.algebra.wigner import truncation_rates
from openkerr.interface import attractors, chaos, dynamics
from openkerr.solvers.sde import DivergenceError
from openkerr.solvers.symmetric_flow import ConvergenceError

LOSS = [(1.0, ok.annihilation(0))]


def oscillator(**changes):
    """A damped, driven oscillator: <a> = -i F/(i detuning + 1/2)."""
    a = ok.annihilation(0)
    given = {"detuning": 0.0, "drive": 0.0} | changes
    return ok.DerivedModel(
        hamiltonian=given["detuning"] * ok.number(0) + given["drive"] * (a + a.adjoint()), jump_operators=LOSS
    )


def test_every_name_is_there_and_nothing_else_is():
    for name in ok.__all__:
        assert callable(getattr(ok, name)), name
        assert name in dir(ok)
        assert name in ok.__doc__
    with pytest.raises(AttributeError, match="it offers KerrDimer"):
        _ = ok.nothing


def test_a_flow_has_no_operators():
    with pytest.raises(TypeError, match="Lorenz is a flow, defined by its kernels: it has no operators"):
        ok.steady_state(Lorenz())
    with pytest.raises(ValueError, match="Subcritical is a flow without operators: it has no Wigner function"):
        ok.twa(Subcritical(mu=0.5, omega=1.0, additive=0.1, multiplicative=0.1), 1.0)


def test_the_package_alone_imports_no_solver():
    code = "import sys, openkerr; print([name for name in sys.modules if name.startswith(('openkerr.', 'numba'))])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.slow
@pytest.mark.parametrize("module", [dynamics, chaos, attractors])
def test_examples_of_the_docstrings_are_true(module):
    result = doctest.testmod(module)
    assert result.attempted >= 3
    assert result.failed == 0


@pytest.mark.slow
def test_the_mean_field_of_an_oscillator_is_exact_and_says_its_step():
    model = oscillator(detuning=3.0, drive=1.0)
    run = ok.gpe(model, 20.0, start=2.0, n_samples=41)
    rate = 0.5 + 3.0j
    exact = -1j / rate + (2.0 + 1j / rate) * np.exp(-rate * run.time.values)
    assert np.abs(run.field[:, 0] - exact).max() < 1e-4
    assert np.abs(run.field[:, 0] - exact).max() < 3 * run.field_error.max()
    assert run.attrs["largest_rate"] == pytest.approx(abs(rate), rel=1e-6)
    assert run.attrs["time_step"] * run.attrs["largest_rate"] <= 0.25
    assert run.photon_number.attrs == {"long_name": "photon number", "units": "1"}
    assert ok.gpe(model, 20.0, n_samples=41, time_step=0.25).attrs["time_step"] == 0.25


@pytest.mark.slow
def test_coherent_light_stays_coherent_and_the_vacuum_has_no_g2():
    run = ok.twa(oscillator(drive=1.0), 6.0, start=-2.0j, n_samples=4, n_trajectories=4096)
    np.testing.assert_allclose(run.photon_number, 4.0, atol=5 * float(run.photon_number_stderr.max()))
    np.testing.assert_allclose(run.number_fluctuation, 0.0, atol=5 * float(run.number_fluctuation_stderr.max()))
    np.testing.assert_allclose(run.g2, 1.0, atol=5 * float(run.g2_stderr.max()))
    np.testing.assert_allclose(run.field, -2.0j, atol=5 * float(run.field_stderr.max()))
    assert run.g2_stderr.max() < 0.02
    dark = ok.twa(oscillator(), 2.0, n_samples=3, n_trajectories=512)
    assert dark.g2.isnull().all()
    assert (abs(dark.photon_number) < 5 * dark.photon_number_stderr).all()


@pytest.mark.slow
def test_photons_of_rescaled_fields_are_photons():
    """Two-photon loss and pump at aleph = 50: <n> in photons, by another unit of the fields, is the same."""
    one = ok.twa(ok.KerrDimer(aleph=50.0), 8.0, start=0.5, n_samples=3, n_trajectories=1024, seed=3)
    start = 50.0 * 0.25
    assert one.photon_number[0, 0] == pytest.approx(start, abs=5 * float(one.photon_number_stderr[0, 0]))
    assert one.g2[0, 0] == pytest.approx(1.0, abs=5 * float(one.g2_stderr[0, 0]))


@pytest.mark.slow
def test_results_do_not_hang_on_threads_and_an_ensemble_can_be_extended():
    model = ok.BoseHubbardChain(length=3, drive_amplitude=2.0)
    settings = {"n_samples": 3, "batch_size": 16, "time_step": 0.01}
    one = ok.twa(model, 1.0, n_trajectories=256, n_threads=1, **settings)
    two = ok.twa(model, 1.0, n_trajectories=256, n_threads=2, **settings)
    assert one.identical(two)


@pytest.mark.slow
def test_exponents_of_the_cavities_and_of_noise_alone():
    found = ok.lyapunov(ok.KerrDimer(aleph=1e6), 400.0)
    joint = np.hypot(found.exponent_stderr, found.exponent_systematic)
    exact = [0.0, 0.0, -0.2985239294]  # symmetry, time, and the Floquet exponent
    assert (abs(found.exponent[:3] - exact) < 4.5 * joint[:3]).all()
    assert joint[:3].max() < 3e-3
    noisy = ok.lyapunov(oscillator(detuning=1.0), 32.0, noise=True, n_trajectories=2)
    assert (abs(noisy.exponent + 0.5) < 1.1 * noisy.exponent_systematic).all()
    assert noisy.exponent_systematic.max() < 1e-4


@pytest.mark.slow
def test_attractors_of_all_kinds():
    torus = ok.attractor(ok.KerrDimer(aleph=1.0), 0.1)
    assert (torus.kind, len(torus.frequencies)) == ("limit torus", 2)
    cycle = ok.attractor(ok.KerrDimer(aleph=1.0, omega=(0.8, 0.8)), 0.1)
    assert (cycle.kind, len(cycle.frequencies)) == ("limit cycle", 1)
    assert max(torus.growth_rate, cycle.growth_rate) < 0
    model = oscillator(detuning=1.0, drive=2.0)
    point = ok.attractor(model, 0.0, burn_in=60.0)
    assert (point.kind, point.frequencies) == ("fixed point", ())
    assert point.photon_numbers[0] == pytest.approx(4.0 / 1.25)
    with pytest.raises(ConvergenceError, match="still moves after a time of 60"):
        ok.attractor(ok.BoseHubbardChain(length=6, drive_amplitude=6.0), 0.0, burn_in=60.0)


@pytest.mark.parametrize(
    ("call", "line"),
    [
        (lambda: ok.gpe(oscillator(), -1.0), "final_time is -1.0: allowed is a number above 0"),
        (lambda: ok.gpe(oscillator(), "a"), "final_time is 'a': allowed is a number above 0"),
        (lambda: ok.gpe("x", 1.0), "model is a str: allowed is a Model"),
        (lambda: ok.gpe(oscillator(), 1.0, start="a"), "start is 'a': allowed is one amplitude"),
        (lambda: ok.gpe(oscillator(), 1.0, start=1e300), r"start is 1e\+300: allowed are amplitudes up to 1e\+50"),
        (lambda: ok.gpe(oscillator(), 1.0, time_step=0.0), "time_step is 0.0: allowed is a number above 0"),
        (lambda: ok.gpe(oscillator(detuning=1e12), 1.0), "the fastest motion has the rate 1e\\+12, too fast to be"),
        (lambda: ok.twa(oscillator(), 1.0, seed=-1), "seed is -1: allowed is a whole number of at least 0"),
        (lambda: ok.twa(oscillator(), 1.0, n_trajectories=64.0), "n_trajectories is 64.0: allowed is a whole number"),
        (lambda: ok.twa(oscillator(), 1.0, batch_size=0), "batch_size is 0: allowed is a whole number of at least 1"),
        (lambda: ok.twa(oscillator(), 1.0, n_threads=-1), "n_threads is -1: allowed is a whole number of at least 1"),
        (lambda: ok.lyapunov(oscillator(), 10.0, burn_in=-5), "burn_in is -5: allowed is a number of at least 0"),
        (lambda: ok.otoc(oscillator(), 0, 1.0, burn_in=1.0, angle=0.0), "angle is 0.0: allowed are -pi to pi, but 0"),
        (lambda: ok.attractor(oscillator(), burn_in=-1), "burn_in is -1: allowed is a number above 0"),
        (lambda: ok.steady_state(oscillator(), tolerance=-1), "tolerance is -1: allowed is a number above 0"),
        (lambda: ok.steady_state(oscillator(), cutoffs=[2.5]), r"cutoffs are \(2.5,\): allowed are whole numbers"),
        (lambda: ok.steady_state(ok.DerivedModel(hamiltonian=ok.number(0))), "DerivedModel has no jump operator"),
        (lambda: ok.spectrum(oscillator(), 0), "n_values is 0: allowed is a whole number of at least 1"),
        (lambda: ok.spectrum(oscillator(drive=1.0), 1, charge=1), "charge is 1: allowed is 0, for DerivedModel has no"),
        (lambda: ok.gpe(oscillator(), 1.0, start=[1, 2]), r"start has shape \(2,\): allowed is one amplitude, or one"),
        (lambda: ok.gpe(oscillator(), 1.0, n_samples=1), "n_samples is 1: allowed is a whole number of at least 2"),
        (
            lambda: ok.twa(oscillator(), 1.0, n_trajectories=8),
            "n_trajectories is 8 in batches of 1: allowed are at least 16",
        ),
        (lambda: ok.twa(oscillator(), 1.0, stepper="euler"), "stepper is 'euler': DerivedModel has runge_kutta"),
        (lambda: ok.twa(oscillator(), 1.0, time_step=0.3), "sampling_interval"),
        (lambda: ok.lyapunov(oscillator(), 0.0), "averaging_time is 0.0: allowed is a number above 0"),
        (lambda: ok.lyapunov(oscillator(), 1.0, n_trajectories=2), "n_trajectories is above 1 without noise"),
        (lambda: ok.otoc(oscillator(), 5, 1.0, burn_in=1.0), "source is 5: allowed are modes from 0 to 0"),
    ],
)
@pytest.mark.slow
def test_calls_refuse_in_one_line(call, line):
    with pytest.raises(ValueError, match=line):
        call()


@pytest.mark.slow
def test_doubts_of_an_ensemble():
    a = ok.annihilation(0)

    def doubts(kerr, **settings):
        model = ok.DerivedModel(
            hamiltonian=0.5 * kerr * a.adjoint() ** 2 * a**2 + (a + a.adjoint()), jump_operators=LOSS
        )
        run = ok.twa(model, 4.0, n_samples=2, n_trajectories=512, **settings)
        return run.doubt.values[:, 0].tolist()

    assert doubts(0.1) == ["photon number", ""]  # the vacuum of the start
    assert doubts(20.0) == ["interaction", "interaction"]
    assert doubts(0.1, time_step=2.0)[1] == "step"
    dropped, noise = truncation_rates(0.35 * a.adjoint() ** 2 * a**2 + ok.number(0), [(0.8, a)], 1)
    assert (dropped[0], noise[0]) == (pytest.approx(0.7), pytest.approx(0.8))


@pytest.mark.slow
def test_a_motion_that_runs_away_is_said_to():
    a = ok.annihilation(0)
    gain = ok.DerivedModel(hamiltonian=ok.number(0), jump_operators=[(40.0, a.adjoint())])
    with pytest.raises(DivergenceError, match="became infinite"):
        ok.twa(gain, 40.0, n_samples=3, n_trajectories=16)
    with pytest.raises(ConvergenceError, match=r"stops at time .* grows without end or moves too fast"):
        ok.attractor(ok.KerrDimer(aleph=10.0, two_photon_loss_rate=(1.0, 0.0)))
