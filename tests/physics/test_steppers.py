"""Tuned steps against the models' own equations: order, conserved quantities, exact cases, plain NumPy twins."""

import math

import numpy as np
import pytest
from scipy.integrate import solve_ivp
from scipy.linalg import expm

from openkerr.models.bose_hubbard_chain import BoseHubbardChain
from openkerr.models.bose_hubbard_chain_splitting import STAGES
from openkerr.models.kerr_dimer import KerrDimer
from openkerr.solvers.sde import Reduction, simulate_ensemble
from openkerr.solvers.steppers import load_stepper
from openkerr.solvers.time_grid import TimeGrid

SPLITTINGS = ("strang", "blanes_moan")
CHAINS = {
    "boundary": BoseHubbardChain(length=5, drive_amplitude=3.0),
    "even": BoseHubbardChain(length=4, drive_amplitude=3.0),
    "pair": BoseHubbardChain(length=2, drive_amplitude=3.0),
    "uniform": BoseHubbardChain(length=5, drive_amplitude=2.0, geometry="uniform"),
    "intrinsic loss": BoseHubbardChain(length=5, drive_amplitude=3.0, intrinsic_loss_rate=0.2),
    "thermal": BoseHubbardChain(length=4, drive_amplitude=3.0, intrinsic_loss_rate=0.2, thermal_occupation=0.8),
    "lossless": BoseHubbardChain(length=3, drive_amplitude=1.0, loss_rate=0.0),
}

CAVITIES = KerrDimer(
    aleph=20.0,
    omega=(1.0, 0.7),
    kerr=(0.1, 0.3),
    tunneling=0.5,
    pump_rate=(1.0, 1.2),
    two_photon_loss_rate=(1.0, 0.8),
    loss_rate=(0.1, 0.2),
)


def _fields(n_modes, lanes=8, seed=1, dtype=np.float64):
    return np.random.default_rng(seed).normal(size=(2, n_modes, lanes)).astype(dtype)


def _advance(model, stepper, z, h, n_steps, method="gpe", precision="double"):
    """The state at the end of a run without noise, its last half kick included."""
    kernels = load_stepper(model, stepper, precision, "gaussian")
    dtype = z.dtype.type
    z, noise = z.copy(), np.zeros((2, model.n_noises, z.shape[2]), z.dtype)
    p = model.kernel_parameters(method).astype(z.dtype)
    scratch = np.empty((3, *z.shape), z.dtype)
    kernels.advance(z, scratch, noise, False, p, dtype(h), 0, n_steps, np.uint64(1), 0, False)
    return kernels.observe(z, np.empty_like(z), noise, noise.copy(), p, dtype(h), n_steps, np.uint64(1), 0, False)[0]


def _exact(model, z, time, method="gpe"):
    """The field equation of a model in plain NumPy, to 1e-11."""
    p = model.kernel_parameters(method)
    detuning, hopping, kerr, shift = p[:4]
    losses, drives = model.site_losses(), model.site_drives()
    out = np.empty_like(z)
    for lane in range(z.shape[2]):

        def rhs(_, a):
            hops = np.zeros_like(a)
            hops[1:] += a[:-1]
            hops[:-1] += a[1:]
            turns = (-detuning + kerr * (np.abs(a) ** 2 - shift)) * a
            return -1j * (turns - hopping * hops + drives) - 0.5 * losses * a

        start = (z[0] + 1j * z[1])[:, lane]
        end = solve_ivp(rhs, (0, time), start, method="DOP853", rtol=1e-12, atol=1e-12).y[:, -1]
        out[0, :, lane], out[1, :, lane] = end.real, end.imag
    return out


@pytest.mark.parametrize("name", CHAINS)
@pytest.mark.parametrize("stepper", SPLITTINGS)
def test_splittings_converge_to_the_field_equation_at_second_order(name, stepper):
    """The bath is one piece of a symmetric splitting: with it both are of second order."""
    model, z = CHAINS[name], _fields(CHAINS[name].n_modes, lanes=3)
    exact = _exact(model, z, 0.8, "twa")
    errors = [np.abs(_advance(model, stepper, z, 0.8 / n, n, "twa") - exact).max() for n in (20, 40, 80)]
    orders = np.log2(np.array(errors[:-1]) / errors[1:])
    assert errors[-1] < 2e-2
    assert np.all(np.abs(orders - 2) < 0.3), errors


@pytest.mark.parametrize(("stepper", "order"), [("strang", 2), ("blanes_moan", 4), ("runge_kutta", 4)])
def test_order_without_bath(stepper, order):
    model = BoseHubbardChain(length=6, drive_amplitude=0.0, loss_rate=0.0)
    z = 2 * _fields(6, lanes=3)
    exact = _exact(model, z, 0.8)
    errors = [np.abs(_advance(model, stepper, z, 0.8 / n, n) - exact).max() for n in (16, 32, 64)]
    orders = np.log2(np.array(errors[:-1]) / errors[1:])
    assert abs(orders[-1] - order) < 0.25, (errors, orders)


def test_stages_are_consistent_and_of_fourth_order():
    assert STAGES[:12] == STAGES[11::-1]
    np.testing.assert_allclose(sum(STAGES), 1, atol=1e-14)
    # Third-order condition of a symmetric composition of a map with its adjoint: the odd cubes cancel.
    cubes = sum(a**3 for a in STAGES)
    assert abs(cubes) < 1e-13


@pytest.mark.parametrize("stepper", SPLITTINGS)
@pytest.mark.parametrize(("precision", "bound"), [("double", 1e-10), ("single", 2e-4)])
def test_splittings_conserve_the_photon_number(stepper, precision, bound):
    model = BoseHubbardChain(length=6, drive_amplitude=0.0, loss_rate=0.0)
    z = 3 * _fields(6, dtype=np.float64 if precision == "double" else np.float32)
    before = np.sum(z.astype(float) ** 2, axis=(0, 1))
    after = np.sum(_advance(model, stepper, z, 0.1, 1000, precision=precision).astype(float) ** 2, axis=(0, 1))
    np.testing.assert_allclose(after, before, rtol=bound)
    # The Runge-Kutta step loses photons at the same step, so that the test can tell.
    lossy = np.sum(_advance(model, "runge_kutta", 3 * _fields(6), 0.1, 1000) ** 2, axis=(0, 1))
    assert np.mean(lossy / before) < 0.98


def test_the_bath_is_exact_for_one_linear_site_pair():
    """Without hopping and Kerr term the bath is all there is: any step gives the exact field."""
    model = BoseHubbardChain(length=2, drive_amplitude=1.5, hopping=0.0, kerr=0.0, detuning=0.0, loss_rate=0.7)
    z, time = _fields(2), 3.0
    kept = math.exp(-0.5 * 0.7 * time)
    field = (z[0] + 1j * z[1]) * kept
    field[0] += -1j * 1.5 * (1 - kept) / 0.35
    for n_steps in (1, 3, 30):
        found = _advance(model, "strang", z, time / n_steps, n_steps)
        np.testing.assert_allclose(found[0] + 1j * found[1], field, atol=1e-12)


@pytest.mark.parametrize("stepper", [*SPLITTINGS, "runge_kutta"])
def test_the_linear_chain_settles_in_a_product_of_coherent_states(stepper):
    """U = 0: the Wigner covariance of the steady state is 1/2 in every mode, the mean solves a linear equation."""
    model = BoseHubbardChain(length=4, drive_amplitude=2.0, kerr=0.0, intrinsic_loss_rate=0.3)
    n = 4096
    ensemble = simulate_ensemble(
        model,
        TimeGrid.from_times(0.02, 10.0, 40.0),
        start=np.zeros(4),
        seed=5,
        trajectories=range(n),
        reduction=Reduction(final_states=True),
        stepper=stepper,
        sampled_start=False,
        batch_size=256,
    )
    matrix = np.diag(-model.detuning - 0.5j * model.site_losses()).astype(complex)
    matrix -= model.hopping * (np.eye(4, k=1) + np.eye(4, k=-1))
    steady = np.linalg.solve(matrix, -model.site_drives())
    moments = dict(zip(ensemble.moment_names, np.moveaxis(ensemble.moments[:, -1].mean(axis=0), -1, 0), strict=True))
    field = moments["re_a"] + 1j * moments["im_a"]
    assert np.all(np.abs(field - steady) < 4.5 * math.sqrt(0.5 / n) + 2e-3)
    variance = moments["abs2"] - np.abs(field) ** 2
    assert np.all(np.abs(variance - 0.5) < 4.5 * 0.5 / math.sqrt(n)), variance


@pytest.mark.parametrize("stepper", SPLITTINGS)
def test_steady_state_averages_agree_with_the_reference_step(stepper):
    model = BoseHubbardChain(length=4, drive_amplitude=3.0)
    grid = TimeGrid.from_times(0.02, 1.0, 60.0)
    window = np.where(np.arange(grid.n_samples) > 20, 0, -1)
    found = {}
    for name in ("runge_kutta", stepper):
        ensemble = simulate_ensemble(
            model,
            grid,
            start=np.zeros(4),
            seed=6,
            trajectories=range(2048),
            reduction=Reduction(bin_of_sample=window, moment_order=2),
            stepper=name,
            batch_size=64,
        )
        photons = ensemble.moments[:, 0, :, ensemble.moment_names.index("abs2")] - 0.5
        found[name] = photons.mean(axis=0), photons.std(axis=0, ddof=1) / math.sqrt(len(photons))
    (a, da), (b, db) = found.values()
    assert np.all(np.abs(a - b) < 4.5 * np.hypot(da, db) + 0.01), (a, b)


def _numpy_step(model, stepper, z, h, zeta):
    """One step of a splitting with dense matrix exponentials in plain NumPy; blanes_moan with the kick before it."""
    p = model.kernel_parameters("twa")
    detuning, hopping, kerr, shift = p[:4]
    n = model.n_modes
    bonds = [np.zeros((n, n)) for _ in range(2)]
    for site in range(n - 1):
        bonds[site % 2][site, site + 1] = bonds[site % 2][site + 1, site] = 1.0

    def bath(a, t, zeta):
        losses, drives = model.site_losses(), model.site_drives()
        kept = np.exp(-0.5 * losses * t)
        span = np.where(losses > 0, (1 - kept) / np.where(losses > 0, 0.5 * losses, 1), t)
        noise = np.zeros_like(a)
        noise[losses > 0] = zeta
        variance = (model.site_occupations() + 0.5) * (1 - kept**2)
        return kept[:, None] * a - 1j * (drives * span)[:, None] + np.sqrt(variance)[:, None] * noise

    def turn(a, t):
        return a * np.exp(-1j * t * (kerr * (np.abs(a) ** 2 - shift) - detuning))

    def stage(a, first, second):
        even, odd = ([expm(1j * hopping * t * bond) for t in (first, second)] for bond in bonds)
        a = odd[0] @ (even[0] @ a)
        a = turn(a, first + second)
        return even[1] @ (odd[1] @ a)

    a = z[0] + 1j * z[1]
    if stepper == "strang":
        even, odd = (expm(0.5j * hopping * h * bond) for bond in bonds)
        a = bath(even @ odd @ turn(a, 0.5 * h), h, zeta)
        return turn(odd @ even @ a, 0.5 * h)
    a = bath(a, h, zeta)
    for first, second in zip(STAGES[:12:2], STAGES[1:12:2], strict=True):
        a = stage(a, first * h, second * h)
    return a


@pytest.mark.parametrize("name", CHAINS)
@pytest.mark.parametrize("stepper", SPLITTINGS)
@pytest.mark.parametrize(("precision", "bound"), [("double", 1e-11), ("single", 2e-5)])
def test_a_step_of_the_chain_equals_its_numpy_twin(name, stepper, precision, bound):
    model = CHAINS[name]
    dtype = np.float64 if precision == "double" else np.float32
    z = 2 * _fields(model.n_modes, dtype=dtype)
    noise = _fields(model.n_noises, seed=2, dtype=dtype)
    kernels = load_stepper(model, stepper, precision, "gaussian")
    p, h = model.kernel_parameters("twa").astype(dtype), dtype(0.1)
    expected = _numpy_step(model, stepper, z.astype(float), 0.1, noise[0].astype(float) + 1j * noise[1])
    scratch = np.empty((3, *z.shape), dtype)
    if stepper == "strang":
        kernels.take_step(z, noise, 0, h, p, scratch)
        z = kernels.complete(z, scratch[0], noise, h, p)
    else:
        kernels.kick(z, noise, h, p)
        kernels.step(z, h, p, scratch)
    assert z.dtype == dtype
    np.testing.assert_allclose(z[0] + 1j * z[1], expected, atol=bound)


@pytest.mark.parametrize("name", [name for name in CHAINS if name != "lossless"])
def test_the_first_half_of_a_bath_has_its_own_law(name):
    """bridge_weight is the correlation of the whole kick's normal with the first half's, channel by channel."""
    model, h = CHAINS[name], 0.3
    kernels = load_stepper(model, "blanes_moan", "double", "gaussian")
    losses = model.site_losses()[model.site_losses() > 0]
    for channel, loss in enumerate(losses):
        half, whole = (math.sqrt((1 - math.exp(-loss * t)) / 2) for t in (h / 2, h))
        expected = math.exp(-loss * h / 4) * half / whole
        found = kernels.bridge_weight(channel, h, model.kernel_parameters("twa"))
        np.testing.assert_allclose(found, expected, rtol=1e-12)


def _cavities_drift(z, method="twa"):
    """The cavities' drift, uncompiled; z: (2, 2, n_lanes)."""
    from openkerr.models import kerr_dimer

    out = np.empty_like(z)
    kerr_dimer.drift.py_func(z, out, CAVITIES.kernel_parameters(method))
    return out


@pytest.mark.parametrize(("precision", "bound"), [("double", 1e-14), ("single", 1e-6)])
@pytest.mark.parametrize("method", ["gpe", "twa"])
def test_the_tuned_step_of_the_cavities_is_the_generic_one(precision, bound, method):
    """Oracle: the four stages with the model's own drift, uncompiled."""
    dtype = np.float64 if precision == "double" else np.float32
    z, h = 0.5 * _fields(2, lanes=37, dtype=dtype), dtype(0.1)
    start = z.astype(float)
    k1 = _cavities_drift(start, method)
    k2 = _cavities_drift(start + 0.05 * k1, method)
    k3 = _cavities_drift(start + 0.05 * k2, method)
    k4 = _cavities_drift(start + 0.1 * k3, method)
    expected = start + 0.1 / 6 * (k1 + 2 * k2 + 2 * k3 + k4)
    kernels = load_stepper(CAVITIES, "runge_kutta", precision, "gaussian")
    p = CAVITIES.kernel_parameters(method).astype(dtype)
    kernels.step(z, h, p, np.empty((3, *z.shape), dtype))
    assert z.dtype == dtype
    np.testing.assert_allclose(z, expected, atol=bound)


def test_every_model_names_its_steps():
    assert KerrDimer.stepper_names() == ("runge_kutta", "runge_kutta_5")
    assert CHAINS["pair"].stepper_names() == ("runge_kutta", "strang", "blanes_moan")


@pytest.mark.parametrize(("precision", "bound"), [("double", 1e-14), ("single", 1e-6)])
def test_half_a_step_of_fifth_order_is_butchers_method(precision, bound):
    """Oracle: the tableau, with the model's own drift, uncompiled."""
    nodes = [
        [],
        [1 / 4],
        [1 / 8, 1 / 8],
        [0, -1 / 2, 1],
        [3 / 16, 0, 0, 9 / 16],
        [-3 / 7, 2 / 7, 12 / 7, -12 / 7, 8 / 7],
    ]
    weights = np.array([7, 0, 32, 12, 32, 7]) / 90
    dtype = np.float64 if precision == "double" else np.float32
    z, h = 0.5 * _fields(2, lanes=37, dtype=dtype), dtype(0.2)
    start, slopes = z.astype(float), []
    for row in nodes:
        slopes.append(
            _cavities_drift(start + 0.1 * sum((a * k for a, k in zip(row, slopes, strict=True)), np.zeros(z.shape)))
        )
    expected = start + 0.1 * sum(b * k for b, k in zip(weights, slopes, strict=True))
    kernels = load_stepper(CAVITIES, "runge_kutta_5", precision, "gaussian")
    kernels.before_kick(z, h, CAVITIES.kernel_parameters("twa").astype(dtype))
    assert z.dtype == dtype
    np.testing.assert_allclose(z, expected, atol=bound)


@pytest.mark.parametrize(("stepper", "order"), [("runge_kutta", 4), ("runge_kutta_5", 5)])
def test_order_of_the_cavities_steps_without_noise(stepper, order):
    z, time = 0.5 * _fields(2, lanes=5), 2.0

    def rhs(_, flat):
        return _cavities_drift(flat.reshape(z.shape)).ravel()

    exact = solve_ivp(rhs, (0, time), z.ravel(), method="DOP853", rtol=1e-13, atol=1e-13).y[:, -1].reshape(z.shape)
    errors = []
    for n in (20, 40, 80):
        # A step without noise: the half kicks of the other stepper are none.
        kernels = load_stepper(CAVITIES, stepper, "double", "gaussian")
        p, state = CAVITIES.kernel_parameters("twa"), z.copy()
        p[8:12] = 0.0
        noise, scratch = np.zeros((2, 2, 5)), np.empty((3, *z.shape))
        kernels.advance(state, scratch, noise, False, p, time / n, 0, n, np.uint64(1), 0, False)
        errors.append(np.abs(state - exact).max())
    orders = np.log2(np.array(errors[:-1]) / errors[1:])
    assert abs(orders[-1] - order) < 0.35, (errors, orders)


def test_noise_inside_and_outside_the_step_agree_in_law():
    """Strong noise, a small step: moments of both steppers of the cavities, independent trajectories."""
    grid = TimeGrid.from_times(0.05, 5.0, 5.0)
    found = []
    for seed, stepper in ((1, "runge_kutta"), (2, "runge_kutta_5")):
        ensemble = simulate_ensemble(
            CAVITIES, grid, start=[0.3, 0.2], seed=seed, trajectories=range(2**15), stepper=stepper, batch_size=256
        )
        moments = ensemble.moments[:, -1]
        found.append((moments.mean(axis=0), moments.std(axis=0, ddof=1) / math.sqrt(len(moments))))
    (a, da), (b, db) = found
    assert np.all(np.abs(a - b) < 4.5 * np.hypot(da, db)), (a - b) / np.hypot(da, db)


@pytest.mark.parametrize(
    ("model", "stepper"),
    [
        (CHAINS["boundary"], "strang"),
        (CHAINS["boundary"], "blanes_moan"),
        (CAVITIES, "runge_kutta"),
        (CAVITIES, "runge_kutta_5"),
    ],
)
def test_a_path_does_not_depend_on_when_it_is_observed(model, stepper):
    def run(interval):
        return simulate_ensemble(
            model,
            TimeGrid.from_times(0.05, interval, 5.0),
            start=np.zeros(model.n_modes),
            seed=3,
            trajectories=range(32),
            reduction=Reduction(paths=(5,), final_states=True),
            stepper=stepper,
            batch_size=16,
        )

    fine, coarse = run(0.05), run(1.0)
    np.testing.assert_array_equal(fine.paths[::20], coarse.paths)
    np.testing.assert_array_equal(fine.states, coarse.states)


def test_the_strang_step_shows_the_resonant_wave_from_between_the_turns():
    """Stationary photon numbers of the map without noise: off by h², six times less than seen from within the bath."""
    model, h = BoseHubbardChain(length=10, drive_amplitude=10.5), 0.1
    start = np.zeros((2, 10, 1))
    exact = _advance(model, "runge_kutta", start, 0.01, 100_000)
    seen = _advance(model, "strang", start, h, 10_000)
    within = _advance(model, "blanes_moan", start, h, 10_000)
    photons = [np.sum(state[:, :, 0] ** 2, axis=0) for state in (exact, seen, within)]
    assert photons[0][-1] == pytest.approx(47.34, abs=0.01)
    assert 0.05 < np.abs(photons[1] - photons[0]).max() < 0.15
    assert np.abs(photons[2] - photons[0]).max() > 2 * np.abs(photons[1] - photons[0]).max()


def test_the_long_step_of_the_cavities_is_the_more_accurate_one():
    """Mean field of the torus without noise, from a sampled start: fifth order at 1/2 against fourth at 1/6."""
    model, fields = KerrDimer(aleph=5000.0), {}
    for stepper, step in (("runge_kutta", 1 / 96), ("runge_kutta", 1 / 6), ("runge_kutta_5", 1 / 2)):
        ensemble = simulate_ensemble(
            model,
            TimeGrid.from_times(step, 0.5, 100.0),
            start=[0.05, 0.05],
            seed=1,
            trajectories=range(256),
            reduction=Reduction(moment_order=1),
            stepper=stepper,
            bath_noise=False,
            batch_size=256,
        )
        fields[step] = ensemble.moments[0, :, :, 0] + 1j * ensemble.moments[0, :, :, 1]
    long, short = (np.sqrt(np.mean(np.abs(fields[step] - fields[1 / 96]) ** 2, axis=0)) for step in (1 / 2, 1 / 6))
    assert np.all(long < 5e-5)
    assert np.all(short > 3e-4)


def test_fluctuations_of_the_wave_ask_for_a_smaller_step_than_photon_numbers():
    """Delta n of the last site, started on the wave: 7 % off at the step that photon numbers allow, 2 % at 0.04."""
    model = BoseHubbardChain(length=10, drive_amplitude=10.5)
    wave = _advance(model, "strang", np.zeros((2, 10, 1)), 0.04, 25_000)[:, :, 0]
    found = {}
    for stepper, step in (("runge_kutta", 0.02), ("strang", 1 / 12), ("strang", 0.04)):
        grid = TimeGrid.from_times(step, 1.0, 200.0)
        ensemble = simulate_ensemble(
            model,
            grid,
            start=wave[0] + 1j * wave[1],
            seed=11,
            trajectories=range(4096),
            reduction=Reduction(bin_of_sample=np.where(np.arange(grid.n_samples) > 60, 0, -1)),
            stepper=stepper,
            batch_size=128,
        )
        abs2, abs4 = (ensemble.moments[:, 0, -1, ensemble.moment_names.index(name)] for name in ("abs2", "abs4"))
        total = np.array([abs2.sum(), abs4.sum()])
        without = (total[:, None] - [abs2, abs4]) / (len(abs2) - 1)
        fluctuation = without[1] - without[0] ** 2 - without[0] + 0.25
        error = math.sqrt((len(abs2) - 1) * fluctuation.var())
        found[stepper, step] = fluctuation.mean(), error
    (exact, exact_error), (long, long_error), (short, short_error) = found.values()
    assert exact_error < 0.01 * abs(exact)
    assert abs(short - exact) < 4.5 * np.hypot(short_error, exact_error) + 0.02 * abs(exact)
    assert long - exact > 0.05 * abs(exact)
    assert long - exact < 0.1 * abs(exact) + 4.5 * np.hypot(long_error, exact_error)
