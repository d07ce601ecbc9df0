"""Lyapunov spectra against published values, closed forms, other solvers, and themselves."""

import importlib
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from scipy.integrate import simpson
from systems.linear_noise import LinearNoise
from systems.lorenz import Lorenz
from systems.noisy_scalar import NoisyScalar
from systems.roessler import Roessler
from systems.stuart_landau import StuartLandau

from openkerr.analysis.attractor_class import classify_attractor
from openkerr.models import kerr_dimer
from openkerr.models.bose_hubbard_chain import BoseHubbardChain
from openkerr.models.kerr_dimer import KerrDimer
from openkerr.numerics.stats import bootstrap
from openkerr.solvers import lyapunov
from openkerr.solvers.attractor_search import find_attractor
from openkerr.solvers.lyapunov import LyapunovSpectrum, LyapunovTimes, kaplan_yorke_dimension, lyapunov_spectrum
from openkerr.solvers.ode import integrate
from openkerr.solvers.sde import DivergenceError, Reduction, simulate_ensemble
from openkerr.solvers.time_grid import TimeGrid

SIGMA = 4.5
TIMES = LyapunovTimes.from_times
SPREAD = np.random.default_rng(7).normal(size=(4, 3))


def _stability_rate(eigenvalues, h):
    """Growth rate of a Runge-Kutta step of a linear equation."""
    x = h * np.asarray(eigenvalues)
    return np.log(np.abs(1 + x + x**2 / 2 + x**3 / 6 + x**4 / 24)) / h


@pytest.mark.parametrize(
    ("model", "times", "centre", "exponents", "dimension"),
    [
        (Lorenz(), TIMES(0.01, 0.1, 1280.0, burn_in=20.0, alignment=20.0), [0, 0, 20], [0.9056, 0, -14.5723], 2.0621),
        (
            Roessler(),
            TIMES(0.05, 0.5, 3200.0, burn_in=200.0, alignment=20.0),
            [1, 1, 0],
            [0.0714, 0, -5.3943],
            2.0132,
        ),
    ],
    ids=["lorenz", "roessler"],
)
def test_published_exponents_of_chaotic_flows(model, times, centre, exponents, dimension):
    """Sprott, Chaos and Time-Series Analysis (Oxford 2003): four decimals."""
    found = lyapunov_spectrum(model, times, start=centre + SPREAD, n_threads=2)
    value, error = found.pooled()
    # The rate of a step differs from the exponent by what it does to a linear equation of the strongest rate.
    step_bias = np.abs(_stability_rate(exponents[2], times.time_step) - exponents[2])
    assert (error < [0.005, 0.005, 0.01]).all()
    assert (np.abs(value - exponents) < SIGMA * error + 0.5e-4 + step_bias).all()
    assert found.blocks_are_long.all()
    # Without the third exponent's help: the leading one is what makes it chaos.
    assert value[0] > 10 * error[0]
    dimensions, errors = found.kaplan_yorke()
    assert errors.max() < 1e-3
    pooled = np.sqrt(np.sum(errors**2)) / len(errors)
    assert abs(dimensions.mean() - dimension) < SIGMA * pooled + 0.5e-4 + step_bias / abs(exponents[2])
    for row in range(len(value)):
        kind = classify_attractor(
            found.exponents[row], found.stderr[row], times.averaging_time, resolution=0.03, smooth=found.smooth[row]
        )
        assert (kind.attractor, kind.n_positive, kind.n_zero, kind.decided) == ("chaos", 1, 1, True)


def test_the_sum_of_lorenz_exponents_is_its_divergence_to_fourth_order():
    errors = []
    for step in (0.02, 0.01):
        times = TIMES(step, 0.1, 160.0, burn_in=20.0, alignment=1.0, n_blocks=16)
        found = lyapunov_spectrum(Lorenz(), times, start=[1.0, 1.0, 20.0])
        errors.append(found.blocks.mean(axis=1).sum() + 10 + 1 + 8 / 3)
    assert abs(errors[1]) < 1.5e-4
    # The next order is smaller by the step times the strongest rate, 0.3.
    assert abs(errors[0] / errors[1] - 16) < 0.3 * 16


def test_uncoupled_stuart_landau_oscillators_from_their_drift_alone():
    """Closed form 0, 0, -2 mu, -2 mu; there is no Jacobian: tangent vectors come from directional differences."""
    model = StuartLandau(growth=(0.5, 0.8), frequency=(1.0, 1.7), shear=0.3)
    exact = np.array([0.0, 0.0, -1.0, -1.6])
    found = []
    for step in (0.1, 0.05):
        times = TIMES(step, 0.5, 160.0, burn_in=40.0, alignment=40.0)
        spectrum = lyapunov_spectrum(model, times, start=[0.5, 0.6j])
        kind = classify_attractor(
            spectrum.exponents[0], spectrum.stderr[0], times.averaging_time, resolution=0.05, smooth=spectrum.smooth[0]
        )
        assert (kind.attractor, kind.n_zero, kind.decided) == ("limit_torus", 2, True)
        found.append(spectrum.exponents[0])
    # Zeros belong to symmetries that the step keeps: only the difference's error of 1e-10 is left.
    assert np.abs(np.array(found)[:, :2]).max() < 1e-9
    errors = np.abs(np.array(found) - exact)[:, 2:]
    assert (errors[1] < errors[0] / 12).all() and (errors[0] > 1e-6).all()
    extrapolated = (16 * found[1] - found[0])[2:] / 15
    assert (np.abs(extrapolated - exact[2:]) < 0.2 * errors[1]).all()
    assert spectrum.kaplan_yorke(kind.tolerance)[0] == 2.0


def _linear_chain():
    model = BoseHubbardChain(length=3, drive_amplitude=1.0, kerr=0.0, intrinsic_loss_rate=0.1)
    hopping = np.diag(np.full(2, model.hopping), 1)
    generator = -1j * (-model.detuning * np.eye(3) - hopping - hopping.T) - 0.5 * np.diag(model.site_losses())
    return model, np.linalg.eigvals(generator)


def test_exponents_of_a_linear_system_are_real_parts_of_eigenvalues():
    """U = 0; two complex modes decay alike by symmetry, so that four exponents agree up to the step's error."""
    model, eigenvalues = _linear_chain()
    step = 0.02
    found = lyapunov_spectrum(model, TIMES(step, 0.5, 160.0, alignment=100.0), start=[0.5, 0.6, 0.1])
    exact = np.sort(np.repeat(_stability_rate(eigenvalues, step), 2))[::-1]
    # Alignment leaves exp(-0.25 * 100) = 1e-11; within the four only their sum does not oscillate.
    value = found.exponents[0]
    assert abs(value[:4].sum() - exact[:4].sum()) < 1e-9
    np.testing.assert_allclose(value[4:], exact[4:], rtol=0, atol=1e-9)
    # The logarithm of a bounded oscillation, divided by the time.
    np.testing.assert_allclose(found.blocks.mean(axis=1)[0], exact, rtol=0, atol=3.0 / 160.0)
    slowest, fastest = np.sort(eigenvalues.real)[[-1, 0]]
    fifth_order = np.abs(eigenvalues * step).max() ** 5 / step
    np.testing.assert_allclose(value, [slowest] * 4 + [fastest] * 2, rtol=0, atol=fifth_order)
    kind = classify_attractor(value, found.stderr[0], 160.0, resolution=0.05, smooth=found.smooth[0])
    assert (kind.attractor, kind.decided) == ("fixed_point", True)
    assert found.kaplan_yorke()[0] == 0.0


@pytest.mark.parametrize("method", ["gpe", "twa"])
def test_the_sum_of_exponents_is_the_mean_trace_of_the_jacobian(method):
    model, p_start = KerrDimer(aleph=5.0), np.array([0.6 + 0.1j, 0.3j])
    p = model.kernel_parameters(method)
    discrepancies = []
    for step in (0.1, 0.05):
        times = TIMES(step, 0.5, 64.0, alignment=0.0, n_blocks=16)
        total = lyapunov_spectrum(model, times, start=p_start, method=method).blocks.mean(axis=1).sum()
        path = integrate(model, TimeGrid.from_times(step, step, 64.0), start=p_start, method=method).states[0]
        traces = np.empty(path.shape[1])
        for index, fields in enumerate(path.T):
            jac = np.empty((4, 4))
            kerr_dimer.jacobian(np.r_[fields.real, fields.imag], jac, p)
            traces[index] = np.trace(jac)
        discrepancies.append(abs(total - simpson(traces, dx=step) / 64.0))
    assert discrepancies[0] < 1e-3 and discrepancies[1] < discrepancies[0] / 8


def test_the_sum_of_exponents_of_a_chain_is_minus_its_losses():
    """Hopping and Kerr rotations keep volumes: the trace is the same in every state."""
    model = BoseHubbardChain(length=6, drive_amplitude=6.0)
    start = 3.0 * np.exp(1j * np.arange(6) ** 2)
    errors = []
    for step in (0.01, 0.005):
        found = lyapunov_spectrum(model, TIMES(step, 0.1, 6.4, alignment=0.0), start=start)
        errors.append(abs(found.blocks.mean(axis=1).sum() + 2.0))
    # The next order is smaller by the step times the rates, up to 4 J = 8 and more.
    assert errors[0] < 1e-6 and abs(errors[0] / errors[1] - 16) < 16 * 0.01 * 20


def test_vectors_as_lanes_agree_with_the_jacobian_and_with_differences(tmp_path, monkeypatch):
    """The chain's own derivative, and what a chain that offers fewer kernels would get instead of it."""
    model = BoseHubbardChain(length=9, drive_amplitude=4.0, intrinsic_loss_rate=0.1)
    rng = np.random.default_rng(2)
    z, v = rng.normal(size=(2, 9, 1)), rng.normal(size=(2, 9, 5))
    found = {}
    for offered in ("drift, tangent", "drift, jacobian", "drift"):
        name = "chain_with_" + offered.replace(", ", "_and_")
        text = f"from openkerr.models.bose_hubbard_chain import {offered}\n"
        (tmp_path / f"{name}.py").write_text(text, encoding="utf-8")
        monkeypatch.syspath_prepend(tmp_path)
        kernels = lyapunov._load(importlib.import_module(name), noise=False)
        found[offered] = np.empty_like(v)
        kernels.tangent(z, v, found[offered], model.kernel_parameters("twa"))
    np.testing.assert_allclose(found["drift, tangent"], found["drift, jacobian"], rtol=0, atol=1e-13)
    np.testing.assert_allclose(found["drift, tangent"], found["drift"], rtol=0, atol=1e-9)


def test_leading_exponents_do_not_depend_on_how_many_are_asked_for():
    """Seventeen vectors stand in two chunks of which one is not full."""
    model = BoseHubbardChain(length=9, drive_amplitude=4.0)
    times = TIMES(0.02, 0.2, 6.4, burn_in=2.0, alignment=0.2, n_blocks=16)
    start = np.linspace(0.5, 1.5, 9) * np.exp(1j * np.arange(9))
    many, few = (lyapunov_spectrum(model, times, start=start, n_exponents=n) for n in (17, 3))
    assert many.blocks.shape == (1, 16, 17)
    np.testing.assert_allclose(few.blocks, many.blocks[:, :, :3], rtol=0, atol=1e-11)
    np.testing.assert_allclose(few.final, many.final, rtol=0, atol=1e-12)


def _corotating_exponents(model, fields, frequency):
    """Real parts of the eigenvalues of the Jacobian of a rotating wave, in the frame that rotates with it."""
    jac = np.empty((4, 4))
    kerr_dimer.jacobian(np.r_[fields.real, fields.imag], jac, model.kernel_parameters("gpe"))
    charges = frequency * np.array(model.symmetry)
    jac[:2, 2:] -= np.diag(charges)
    jac[2:, :2] += np.diag(charges)
    return np.sort(np.linalg.eigvals(jac).real)[::-1]


def test_the_dimer_has_one_zero_at_omega_0_8_and_two_at_1_0():
    for omega, attractor, n_zero in ((0.8, "limit_cycle", 1), (1.0, "limit_torus", 2)):
        model = KerrDimer(aleph=1.0, omega=(omega, omega))
        times = TIMES(0.05, 0.5, 1600.0, burn_in=200.0, alignment=100.0)
        found = lyapunov_spectrum(model, times, start=[0.05, 0.05])
        value, error = found.exponents[0], found.stderr[0]
        assert found.smooth.all() and found.blocks_are_long[0]
        kind = classify_attractor(value, error, times.averaging_time, resolution=1e-3, smooth=True)
        assert (kind.attractor, kind.n_zero, kind.n_positive, kind.decided) == (attractor, n_zero, 0, True)
        assert (value[n_zero:] < -0.1).all() and error.max() < 1e-4
        assert found.kaplan_yorke(kind.tolerance)[0] == n_zero
        # The flat weighting says the same, with the boundary term that it needs.
        flat = found.blocks.mean(axis=1)[0]
        kind = classify_attractor(flat, found.stderr_by_doubling()[-1, 0], times.averaging_time, resolution=0.02)
        assert (kind.attractor, kind.decided) == (attractor, True)
        if n_zero == 1:
            fields = found.final[0]
            run = integrate(model, TimeGrid.from_times(0.05, 0.1, 1.0), start=fields)
            assert np.ptp(np.abs(run.states[0]), axis=1).max() < 1e-12
            phase = np.unwrap(np.angle(run.states[0, 0]))
            exact = _corotating_exponents(model, fields, -(phase[-1] - phase[0]))
            # Error of the step for rates of order 1: h⁴/120.
            assert (np.abs(value - exact) < SIGMA * error + 0.05**4 / 120 * 10).all()


def test_a_noisy_real_system_has_the_exponent_of_its_stationary_density():
    model = NoisyScalar(strength=1.0)
    options = {"start": [0.0], "seed": 5, "trajectories": range(16), "bath_noise": True, "n_threads": 2}
    (value,), (error,) = lyapunov_spectrum(model, TIMES(0.05, 0.4, 640.0, 20.0, 20.0), **options).pooled()
    (coarse,), (coarse_error,) = lyapunov_spectrum(model, TIMES(0.2, 0.4, 1280.0, 20.0, 20.0), **options).pooled()
    exact = model.exact_exponent()
    # The splitting is of second weak order: four times the step has sixteen times the bias.
    bias = (abs(coarse - exact) + SIGMA * coarse_error) / 16
    assert abs(value - exact) < SIGMA * error + bias
    # A noise of half the power, the planted error, would be seen.
    planted = NoisyScalar(strength=np.sqrt(0.5)).exact_exponent()
    assert abs(planted - value) > 2 * (SIGMA * error + bias)


def test_noise_that_grows_with_the_field_acts_on_tangent_vectors():
    """dα = -iωα dt + sqrt(b)|α| dW: exponents 0 and -b/4, and those of one step are integrals over one normal.

    In ln|α| and the angle, a step with the normal z adds ln M(z), M = 1 + sqrt(b h) z + (b h/2) z², in the frame that
    turns with α.  Its derivative with respect to the angle is -i z M'/M.
    """
    slope, step = 0.4, 0.2
    radius2, weights = np.polynomial.laguerre.laggauss(60)
    angles = 2 * np.pi * np.arange(64) / 64
    z = np.sqrt(radius2)[:, None] * np.exp(1j * angles)
    m = 1 + np.sqrt(slope * step) * z + 0.5 * slope * step * z**2
    turned = 1 - (z * (np.sqrt(slope * step) + slope * step * z) / m).real
    mean = weights @ np.stack([np.log(np.abs(m)), np.log(np.abs(turned * m))], axis=2).mean(axis=1) / step
    # The kernel's step is of the second weak order for the field, of the first for its tangent.
    assert abs(mean[0]) < 1e-9 and abs(mean[1] + slope / 4) < slope / 4 * slope * step * 2
    model = LinearNoise(growth=0.0, frequency=0.7, additive=0.0, slope=slope)
    exact = mean + _stability_rate(-0.7j, step)
    options = {"start": [1.0], "seed": 6, "trajectories": range(16), "bath_noise": True, "n_threads": 2}
    value, error = lyapunov_spectrum(model, TIMES(step, 0.4, 640.0, alignment=40.0), **options).pooled()
    assert (error < [0.01, 0.002]).all()
    assert (np.abs(value - exact) < SIGMA * error).all()


def _ensemble_states(model, grid, start, n, **options):
    ensemble = simulate_ensemble(
        model,
        grid,
        start=start,
        seed=17,
        trajectories=range(n),
        reduction=Reduction(final_states=True),
        batch_size=n,
        **options,
    )
    return ensemble.states[0].T


@pytest.mark.parametrize(("first", "sampled"), [(0.6 + 0.1j, True), (0.0, False)], ids=["sampled", "zero fields"])
def test_a_noisy_trajectory_is_that_of_the_ensemble_and_so_is_its_tangent(first, sampled):
    """Growth of the vectors against differences of whole paths with the same noise, by the other solver."""
    model, n = LinearNoise(growth=-0.3, frequency=0.7, additive=0.2, slope=0.4), 8
    start = np.array([first])
    grid = TimeGrid.from_times(0.05, 0.4, 6.4)
    times = TIMES(0.05, 0.4, 6.4, alignment=0.0, n_blocks=16)
    options = {"start": start, "seed": 17, "method": "twa", "bath_noise": True, "sampled_start": sampled}
    found = lyapunov_spectrum(model, times, trajectories=range(n), **options)
    # Rounding of 128 steps.
    np.testing.assert_allclose(
        found.final, _ensemble_states(model, grid, start, n, sampled_start=sampled), rtol=0, atol=1e-12
    )

    eps, matrix = 1e-4, np.empty((n, 2, 2))
    for column, direction in enumerate((1.0, 1.0j)):
        ahead, behind = (
            _ensemble_states(model, grid, start + sign * eps * direction, n, sampled_start=sampled)[:, 0]
            for sign in (1, -1)
        )
        slope = (ahead - behind) / (2 * eps)
        matrix[:, 0, column], matrix[:, 1, column] = slope.real, slope.imag
    vectors = lyapunov._first_vectors(2, 2, 1, 2)[0].reshape(2, 2)
    expected = np.log(np.abs(np.diagonal(np.linalg.qr(matrix @ vectors)[1], axis1=1, axis2=2)))
    # Truncation eps² of the path's third derivative over the smallest of R; the square root in the noise bends within
    # sqrt(additive / slope), of order 1, and the kinks of 128 steps add up.
    tolerance = 128 * eps**2 / np.exp(expected.min())
    assert tolerance < 1e-3
    np.testing.assert_allclose(found.blocks.sum(axis=1) * 0.4, expected, rtol=0, atol=tolerance)
    two = lyapunov_spectrum(model, times, trajectories=range(3, 5), n_threads=2, **options)
    np.testing.assert_array_equal(two.blocks, found.blocks[3:5])


def test_noise_does_not_depend_on_how_much_is_drawn_at_once(monkeypatch):
    times = TIMES(0.05, 0.4, 6.4, alignment=0.0, n_blocks=16)
    options = {"start": [0.3], "seed": 2, "trajectories": range(1), "bath_noise": True}
    whole = lyapunov_spectrum(NoisyScalar(strength=1.0), times, **options)
    monkeypatch.setattr(lyapunov, "NOISE_NUMBERS", 1)
    np.testing.assert_array_equal(lyapunov_spectrum(NoisyScalar(strength=1.0), times, **options).blocks, whole.blocks)


def _spectrum(blocks, n_dimensions=None):
    blocks = np.asarray(blocks, dtype=float)
    n_blocks, k = blocks.shape[1:]
    smooth = np.broadcast_to(np.linspace(-9, 9, 16)[:, None], (len(blocks), 16, k))
    times = LyapunovTimes(0.1, 1, 0, 0, 1, n_blocks)
    final, step = np.zeros((len(blocks), 1)), np.zeros((len(blocks), 0, k))
    return LyapunovSpectrum(times, np.arange(len(blocks)), blocks, smooth, final, n_dimensions or k, step)


def _slow(rng, n, n_blocks, correlation):
    """Blocks (n, n_blocks, 1) of variance 1, those next to each other correlated."""
    slow = np.empty((n, n_blocks, 1))
    slow[:, 0] = rng.normal(size=(n, 1))
    for block in range(1, n_blocks):
        slow[:, block] = correlation * slow[:, block - 1] + np.sqrt(1 - correlation**2) * rng.normal(size=(n, 1))
    return slow


def test_errors_tell_whether_blocks_are_long():
    rng = np.random.default_rng(5)
    n, n_blocks = 400, 64
    white = _spectrum(rng.normal(size=(n, n_blocks, 1)))
    assert np.mean(white.blocks_are_long) > 0.99
    # The error of the 16 longest blocks is the plain one.
    assert abs(np.mean(white.stderr_by_doubling()[-1] ** 2) * n_blocks - 1) < SIGMA * np.sqrt(2 / 15 / n)
    assert white.stderr_by_doubling().shape == (3, n, 1)
    assert np.mean(_spectrum(_slow(rng, n, n_blocks, 0.9)).blocks_are_long) < 0.2
    # Growth that is bounded: the error of the mean falls with the length of blocks that are longer than a period.
    for radians_per_block, long in ((2.0, True), (0.1, False)):
        edges = np.sin(radians_per_block * np.arange(n_blocks + 1) + rng.uniform(0, 7, size=(n, 1)))
        assert np.mean(_spectrum(np.diff(edges)[:, :, None]).blocks_are_long == long) > 0.95


def test_the_error_of_the_mean_over_trajectories():
    rng = np.random.default_rng(6)
    for n in (4, 64):
        value, error = _spectrum(rng.normal(size=(n, 64, 2))).pooled()
        assert (np.abs(value) < SIGMA * error).all()
        true, scatter = 1 / np.sqrt(64 * n), SIGMA * np.sqrt(0.5 / (63 if n > 16 else 15 * n))
        # Errors from blocks allow for correlation, which four runs of white noise may seem to have.
        assert (error > (1 - scatter) * true).all() and (error < (1 + scatter) * true * (1 if n > 16 else 3)).all()


@pytest.mark.parametrize("correlation", [0.0, 0.5, 0.9, 0.95, 0.98])
def test_errors_of_slowly_intermittent_runs_hold_their_memory(correlation):
    """Memory of up to 50 blocks of 64: one error covers two runs in three, three errors nearly all."""
    n = 2000
    runs = _spectrum(_slow(np.random.default_rng(9), n, 64, correlation))
    distance, plain = np.abs(runs.exponents), runs.stderr_by_doubling()[-1]
    covered, scatter = np.mean(distance < runs.stderr), SIGMA * np.sqrt(0.68 * 0.32 / n)
    assert 0.65 - scatter < covered < 0.80 + scatter
    assert np.mean(distance < 3 * runs.stderr) > 0.9 - scatter
    if correlation > 0.9:
        # What 16 blocks taken as independent would claim.
        assert np.mean(distance < plain) < 0.5


def test_vectors_that_still_align_are_told():
    rng = np.random.default_rng(10)
    noise = 0.1 * rng.normal(size=(400, 64, 3))
    assert np.mean(_spectrum(noise).aligned) > 0.98
    # A vector that turns away from a faster direction: its rate decays to its own within the first blocks.
    turning = noise + np.exp(-np.arange(64) / 8)[:, None] * [0.0, 0.8, -0.8]
    assert np.mean(_spectrum(turning).aligned) < 0.1
    drift, aligned = _spectrum(turning).pooled_drift()
    exact = 0.8 * (np.exp(-np.arange(16) / 8).mean() - np.exp(-np.arange(16, 64) / 8).mean())
    assert not aligned and _spectrum(noise).pooled_drift()[1]
    np.testing.assert_allclose(drift, [0, exact, -exact], atol=SIGMA * 0.1 * np.sqrt((1 / 16 + 1 / 48) / 400))


def test_a_short_run_has_an_error_that_holds_it():
    """1.6 time units with vectors that align for 0.2: far off, and said to be so."""
    model = KerrDimer(aleph=1.0, omega=(0.8, 0.8))
    times = TIMES(0.05, 0.1, 1.6, burn_in=100.0, n_blocks=16)
    found = lyapunov_spectrum(model, times, start=[0.05, 0.05])
    exact = np.array([0.0, -0.4995, -0.4995, -0.99905])
    far = np.abs(found.exponents[0] - exact)
    assert far.max() > 0.1
    assert (far < SIGMA * found.stderr[0]).all()


def test_the_error_holds_the_step_in_regular_motion():
    """Against Newton's cycle, in closed form, and torus (Floquet), and a whole run of half the step."""
    cycle, torus = (KerrDimer(aleph=1.0, omega=(omega, omega)) for omega in (0.8, 1.0))
    times = TIMES(0.05, 0.5, 1600.0, burn_in=200.0, step_time=100.0)
    found = lyapunov_spectrum(cycle, times, start=[0.05, 0.05])
    at_rest = find_attractor(cycle, found.final[0])
    off = abs(found.exponents[0, 3] - _corotating_exponents(cycle, at_rest.state, at_rest.nu)[3])
    assert off > 1e-8 > 100 * found.stderr[0, 3]
    np.testing.assert_allclose(found.step_error[0, 3], off, rtol=0.02)
    whole = lyapunov_spectrum(torus, times, start=[0.05, 0.05])
    half = lyapunov_spectrum(torus, TIMES(0.025, 0.5, 1600.0, burn_in=200.0), start=[0.05, 0.05])
    difference = np.abs(whole.exponents - half.exponents)[0, 2:] * 16 / 15
    # The scatter of both runs is the same to 1e-4 of itself, 4e-6 here at most.
    np.testing.assert_allclose(whole.step_error[0, 2:], difference, rtol=0.05)
    floquet = np.sort(np.real(find_attractor(torus, whole.final[0]).growth))[0]
    assert abs(whole.exponents[0, 3] - floquet) < SIGMA * np.hypot(whole.stderr, whole.systematic)[0, 3]
    assert np.isnan(half.step_error).all()
    with pytest.raises(ValueError, match="step_time is 1700: allowed is 0 to averaging_time = 1600"):
        TIMES(0.05, 0.5, 1600.0, step_time=1700.0)


def test_the_error_of_the_step_does_not_drown_in_chaos():
    """Lorenz: all that the step adds to the sum, whose true value is known, far below the scatter of the exponents."""
    times = TIMES(0.02, 0.1, 32.0, burn_in=20.0, alignment=20.0, n_blocks=16, step_time=3.2)
    starts = np.random.default_rng(11).normal([1.0, 1.0, 20.0], size=(32, 3))
    found = lyapunov_spectrum(Lorenz(), times, start=starts, n_threads=2)
    (value, error), (_, scatter) = found.pooled_step(), found.pooled()
    off, total = found.blocks.mean(axis=1).sum(axis=1) + 10 + 1 + 8 / 3, found.step.mean(axis=1).sum(axis=1)
    # The next order is smaller by the step times the strongest rate, 0.3.
    spread = np.sqrt((off.var(ddof=1) + total.var(ddof=1)) / len(off))
    assert off.mean() > 10 * off.std(ddof=1) / np.sqrt(len(off))
    assert abs(total.mean() - off.mean()) < 0.3 * off.mean() + SIGMA * spread
    strongest = _stability_rate(-14.5723, 0.02) + 14.5723
    assert abs(value[2] - strongest) < 0.5 * abs(strongest) + SIGMA * error[2]
    assert (np.hypot(value, error)[:2] < scatter[:2]).all()


def test_half_the_step_under_the_same_noise_changes_the_drift_alone():
    """Without a drift that bends there is nothing to find; kicks are those of the whole step."""
    model, _ = _linear_chain()
    times = TIMES(0.02, 0.2, 6.4, alignment=3.2, n_blocks=16, step_time=3.2)
    options = {"seed": 3, "trajectories": range(16), "bath_noise": True, "method": "twa"}
    found = lyapunov_spectrum(model, times, start=[0.5, 0.6, 0.1], **options)
    plain = lyapunov_spectrum(
        model, TIMES(0.02, 0.2, 6.4, alignment=3.2, n_blocks=16), start=[0.5, 0.6, 0.1], **options
    )
    np.testing.assert_array_equal(found.blocks, plain.blocks)
    # The tangent of a linear drift is the same on every path.
    assert np.ptp(found.step, axis=0).max() < 1e-9 and found.step.shape == (16, 16, 6)
    assert np.abs(found.step).max() > 1e-9
    with pytest.raises(ValueError, match="the step was not measured"):
        plain.pooled_step()


@pytest.mark.parametrize(
    ("exponents", "n_dimensions", "dimension"),
    [
        ([0.9056, 0.0, -14.5723], 3, 2 + 0.9056 / 14.5723),
        ([-14.5723, 0.9056, 0.0], 3, 2 + 0.9056 / 14.5723),
        ([-0.1, -0.2], 2, 0.0),
        ([0.0, 0.0, -0.3, -1.1], 4, 2.0),
        ([0.5, -0.2, -0.1, -0.4], 4, 3 + 0.2 / 0.4),
        ([0.5, 0.1], 2, 2.0),
        ([0.5, 0.1], 3, np.nan),
        ([0.5, -0.5, -1.0], 3, 2.0),
    ],
)
def test_kaplan_yorke_dimension(exponents, n_dimensions, dimension):
    np.testing.assert_allclose(kaplan_yorke_dimension(np.array([exponents] * 2), n_dimensions), [dimension] * 2)


def test_the_error_of_the_dimension_is_its_scatter():
    rng = np.random.default_rng(8)
    n, correlated = 600, np.array([[1.0, 0, 0], [0, 0.1, 0], [-0.9, 0, 0.2]]) * 0.1
    blocks = np.array([0.9, 0.0, -14.6]) + rng.normal(size=(n, 64, 3)) @ correlated.T
    value, error = _spectrum(blocks).kaplan_yorke()
    assert abs(value.mean() - (2 + 0.9 / 14.6)) < SIGMA * value.std() / np.sqrt(n) + 1e-5
    # One error covers two runs in three; it allows for a correlation that 16 blocks may seem to have.
    covered = np.mean(np.abs(value - (2 + 0.9 / 14.6)) < error)
    assert 0.65 - SIGMA * np.sqrt(0.22 / n) < covered < 0.80 + SIGMA * np.sqrt(0.22 / n)


def test_the_dimension_at_its_kink_stays_within_its_bounds():
    """Forty exponents of which the largest is not told from zero: from no dimension to some, never below none."""
    rng = np.random.default_rng(12)
    exact = np.r_[-0.001, np.linspace(-0.004, -0.3, 39)]
    runs = exact + 0.02 * rng.normal(size=(200, 16, 40))
    found = [bootstrap(lambda rows: kaplan_yorke_dimension(rows, 40), each) for each in runs]
    value, error = np.array(found).T
    assert value.min() >= 0 and (value + error <= 40).all()
    # Means of 16 sort and add up above the truth: an upper end, which is what the data allow.
    assert np.mean(value <= error) > 0.6 and np.median(error) > 0.5


def test_a_new_process_loads_what_this_one_compiled():
    times = TIMES(0.01, 0.1, 1.6, n_blocks=16)
    found = lyapunov_spectrum(Lorenz(), times, start=[1.0, 1.0, 20.0])
    code = (
        "import json; from systems import lorenz; from openkerr.solvers import lyapunov as l\n"
        "t = l.LyapunovTimes.from_times(0.01, 0.1, 1.6, n_blocks=16)\n"
        "s = l.lyapunov_spectrum(lorenz.Lorenz(), t, start=[1.0, 1.0, 20.0])\n"
        "stats = l._load(lorenz, False).run_intervals.stats\n"
        "print(json.dumps([sum(stats.cache_hits.values()), sum(stats.cache_misses.values()), s.blocks.tolist()]))"
    )
    paths = [str(Path(__file__).parents[1]), str(Path(lyapunov.__file__).parents[2])]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(paths)}
    output = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    hits, misses, blocks = json.loads(output.stdout)
    assert (hits, misses) == (1, 0)
    np.testing.assert_array_equal(blocks, found.blocks)


def test_runs_that_lose_digits_or_diverge_are_told():
    with pytest.raises(ValueError, match="choose a shorter interval"):
        lyapunov_spectrum(Lorenz(), TIMES(0.01, 4.0, 64.0, n_blocks=16), start=[1.0, 1.0, 20.0])
    with pytest.raises(DivergenceError, match=r"time_step = 0.5"):
        lyapunov_spectrum(Lorenz(), TIMES(0.5, 0.5, 80.0, n_blocks=16), start=[1.0, 1.0, 20.0])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"start": [1.0, 2.0]}, "with 3 modes"),
        ({"start": SPREAD, "trajectories": range(3)}, "start has 4 rows"),
        ({"n_exponents": 4}, "n_exponents is 4: allowed is 1 to 3"),
        ({"bath_noise": True}, "seed and trajectories must be given"),
        ({"sampled_start": True, "seed": 1, "trajectories": range(2)}, "a real system has no vacuum"),
    ],
)
def test_bad_requests_are_refused(change, message):
    with pytest.raises(ValueError, match=message):
        lyapunov_spectrum(Lorenz(), TIMES(0.01, 0.1, 1.6, n_blocks=16), **{"start": [1.0, 1.0, 20.0], **change})


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((0.1, 0.25, 16.0), "interval is 0.25"),
        ((0.1, 0.5, 10.0), "averaging_time is 10"),
        ((0.1, 0.1, 4.8, 0.0, None, 48), "n_blocks is 48: allowed is 16 times a power of two"),
        ((0.1, 0.1, 0.8, 0.0, None, 8), "n_blocks is 8"),
        ((0.1, 0.5, 32.0, 0.25), "burn_in is 0.25"),
    ],
)
def test_times_that_do_not_fit_are_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        TIMES(*arguments)
