"""The stepper against field equations whose moments are known in closed form."""

import numpy as np
import pytest
from scipy import integrate, linalg, special
from systems.linear_noise import LinearNoise

from openkerr.models.bose_hubbard_chain import BoseHubbardChain
from openkerr.models.kerr_dimer import KerrDimer
from openkerr.numerics.stats import batch_mean
from openkerr.solvers.sde import Reduction, simulate_ensemble
from openkerr.solvers.time_grid import TimeGrid

SIGMA = 4.5


def _moments(model, grid, start, n, seed, **options):
    """Mean and standard error of every moment at the last bin, by name: arrays (n_modes,)."""
    options.setdefault("batch_size", 256)
    ensemble = simulate_ensemble(model, grid, start=start, seed=seed, trajectories=range(n), n_threads=2, **options)
    mean, error = batch_mean(ensemble.moments[:, -1], ensemble.weights)
    return {name: (mean[:, k], error[:, k]) for k, name in enumerate(ensemble.moment_names)}


def _last_bin_only(grid):
    bins = np.full(grid.n_samples, -1)
    bins[-1] = 0
    return Reduction(bin_of_sample=bins)


def _weak_error(model, step, time, n):
    grid = TimeGrid.from_times(step, time, time)
    found = _moments(model, grid, [1.0], n, seed=3, reduction=_last_bin_only(grid), sampled_start=False)
    exact = dict(zip(("abs2", "abs4"), model.exact_moments(1.0, 1.0, time), strict=True))
    return {name: (found[name][0][0] - exact[name], found[name][1][0]) for name in exact}


def test_the_stepper_is_of_second_weak_order():
    """Halving the step divides the error of <|alpha|²> and <|alpha|⁴> by four, with multiplicative noise."""
    model = LinearNoise(growth=-0.9, frequency=1.0, additive=0.3, slope=0.4)
    time, n = 2.4, 2**21
    coarse, fine = _weak_error(model, 0.8, time, n), _weak_error(model, 0.4, time, n)
    for name in ("abs2", "abs4"):
        (big, big_error), (small, small_error) = coarse[name], fine[name]
        assert abs(big) > 10 * big_error, f"{name}: the coarse error must be resolved for the test to mean anything"
        # e(h) = c h² + d h³ with |d h| of order |c|: the ratio is 4 up to a third of the correction at h = 0.8.
        assert abs(small) < 0.5 * abs(big) - SIGMA * np.hypot(0.5 * big_error, small_error), name
        assert abs(small - big / 4) < SIGMA * np.hypot(small_error, big_error / 4) + abs(big) / 8, name


def test_a_kick_of_first_order_is_seen_to_be_one():
    """The planted error: the same kick without its corrections (plain Euler-Maruyama) fails the test above."""
    import systems.linear_noise as plain
    from numba import njit

    from openkerr.numerics.compilation import OPTIONS

    rng = np.random.default_rng(1)
    n, slope, h = 2**18, 0.6, 0.8
    z = np.ones((2, 1, n))
    z[1] = 0.0
    noise = rng.normal(scale=np.sqrt(0.5), size=(2, 1, n))
    kicked = z.copy()
    njit(**OPTIONS)(plain.kick.py_func)(kicked, noise, h, np.array([0.0, 0.0, 0.7, slope]))
    euler = z + np.sqrt(h * (0.7 + slope)) * noise
    model = LinearNoise(growth=0.0, frequency=0.0, additive=0.7, slope=slope)
    exact = model.exact_moments(1.0, 1.0, h)
    for state, sees in ((kicked, False), (euler, True)):
        density = state[0] ** 2 + state[1] ** 2
        error = density.std() / np.sqrt(n)
        assert (abs(density.mean() - exact[0]) > SIGMA * error + (slope * h) ** 3) == sees


@pytest.mark.parametrize("geometry", ["boundary", "uniform"])
def test_linear_chain_has_exact_amplitudes_and_vacuum_covariance(geometry):
    """U = 0: the steady state is a product of coherent states, Wigner covariance 1/2 at every site."""
    model = BoseHubbardChain(
        length=3, drive_amplitude=1.5, kerr=0.0, geometry=geometry, intrinsic_loss_rate=0.4, detuning=0.8
    )
    hopping = np.diag(np.full(2, model.hopping), 1)
    matrix = -model.detuning * np.eye(3) - hopping - hopping.T - 0.5j * np.diag(model.site_losses())
    amplitudes = -np.linalg.solve(matrix, model.site_drives())
    grid = TimeGrid.from_times(0.02, 20.0, 40.0)
    # Relaxation: the slowest mode has decayed to e^-8 of its start, below the statistical error squared.
    slowest = 2 * -np.linalg.eigvals(-1j * matrix).real.max()
    assert np.exp(-slowest * 40.0) < 1e-3
    found = _moments(model, grid, [0, 0, 0], 2**15, seed=5, reduction=_last_bin_only(grid))
    step_bias = 1e-4  # O(h²) of the splitting, from the exact propagator below
    for name, exact in {
        "re_a": amplitudes.real,
        "im_a": amplitudes.imag,
        "abs2": np.abs(amplitudes) ** 2 + 0.5,
        "re_aa": (amplitudes**2).real,
        "im_aa": (amplitudes**2).imag,
    }.items():
        value, error = found[name]
        assert (error < 0.05).all()
        assert (np.abs(value - exact) < SIGMA * error + step_bias * (1 + np.abs(exact))).all(), name
    value, error = found["abs4"]
    n = np.abs(amplitudes) ** 2
    assert (np.abs(value - (n**2 + 4 * n * 0.5 + 0.5)) < SIGMA * error + step_bias * (1 + n**2)).all()


def test_linear_chain_relaxes_as_its_exact_propagator():
    model = BoseHubbardChain(length=4, drive_amplitude=2.0, kerr=0.0)
    hopping = np.diag(np.full(3, model.hopping), 1)
    generator = -1j * (-model.detuning * np.eye(4) - hopping - hopping.T) - 0.5 * np.diag(model.site_losses())
    forced = np.zeros((5, 5), dtype=complex)
    forced[:4, :4], forced[0, 4] = generator, -1j * model.drive_amplitude
    start = np.array([0.3, -0.2j, 0.1, 0.4 + 0.1j, 1.0])
    exact = (linalg.expm(3.0 * forced) @ start)[:4]
    ensemble = simulate_ensemble(
        model,
        TimeGrid.from_times(0.01, 3.0, 3.0),
        start=start[:4],
        seed=1,
        trajectories=range(8),
        bath_noise=False,
        sampled_start=False,
        reduction=Reduction(final_states=True),
        batch_size=8,
    )
    np.testing.assert_allclose(ensemble.states[0, :, 0], exact, atol=1e-7)


def _stationary_density(aleph, power):
    """<|alpha|^(2 power)> of the stationary Fokker-Planck equation of one pumped mode with two-photon loss.

    With drift A(I) alpha, A = 1/2 - (I - 1/aleph), and noise v = a + b I the flux vanishes for (v W)' = 2 A W.
    """
    a, b = 0.5 / aleph, 2.0 / aleph
    exponent = (1.0 + 2.0 / aleph + 2.0 * a / b) / b

    def weight(density):
        return np.exp((exponent - 1) * np.log((a + b * density) / (a + b * 0.5)) - (2 / b) * (density - 0.5))

    top = 0.5 + 40 / np.sqrt(aleph) + 40 / aleph
    norm = integrate.quad(weight, 0, top, limit=400, epsabs=0, epsrel=1e-11)[0]
    return integrate.quad(lambda i: i**power * weight(i), 0, top, limit=400, epsabs=0, epsrel=1e-11)[0] / norm


@pytest.mark.parametrize("aleph", [2.0, 20.0, 500.0])
def test_one_pumped_mode_with_two_photon_loss_in_closed_form(aleph):
    """J = 0: each mode's stationary distribution is known, multiplicative noise and ordering terms included."""
    model = KerrDimer(aleph=aleph, tunneling=0.0, kerr=(0.1, 0.7))
    grid = TimeGrid.from_times(0.05, 12.5, 25.0)
    found = _moments(model, grid, [0.5, 0.5], 2**16, seed=9, reduction=_last_bin_only(grid))
    for name, power in (("abs2", 1), ("abs4", 2)):
        exact = _stationary_density(aleph, power)
        value, error = found[name]
        # Bias of the splitting, O(h²): h = 0.05 against rates of order 1.
        assert (np.abs(value - exact) < SIGMA * error + 0.05**2 * exact).all(), name
    for name in ("re_a", "im_a"):
        value, error = found[name]
        if aleph < 5:  # phases have diffused: the symmetry is restored
            assert (np.abs(value) < SIGMA * error).all()


def test_the_truncated_wigner_mode_approaches_the_exact_quantum_one():
    """Exact occupation of one pumped mode (closed form with a Kummer function) against the truncation: O(1/aleph²)."""
    deviations = []
    for aleph in (8.0, 16.0, 32.0):
        b, r = (
            aleph,
            aleph,
        )  # (gain + loss)/eta and gain/eta of the mode that is not rescaled, eta/aleph = loss
        n = np.arange(int(6 * aleph) + 40)
        log_p = n * np.log(r) - special.loggamma(b + n) + np.log(special.hyp1f1(1 + n, b + n, r))
        p = np.exp(log_p - log_p.max())
        occupation = np.sum(n * p) / p.sum() / aleph
        deviations.append(_stationary_density(aleph, 1) - 0.5 / aleph - occupation)
    assert np.abs(deviations).max() < 5e-3
    assert abs(deviations[2]) < abs(deviations[1]) < abs(deviations[0])
    assert np.log2(deviations[1] / deviations[2]) > 1.5
