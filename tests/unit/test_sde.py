"""The ensemble solver: same bits however it is cut, same path however it is observed, and its limits."""

import numpy as np
import pytest
from scipy.integrate import quad, solve_ivp
from systems.linear_noise import LinearNoise
from systems.noisy_scalar import NoisyScalar

from openkerr.models.bose_hubbard_chain import BoseHubbardChain
from openkerr.models.kerr_dimer import KerrDimer
from openkerr.numerics.stats import batch_mean
from openkerr.solvers import sde
from openkerr.solvers.reductions import MOMENTS
from openkerr.solvers.sde import Histogram, Reduction, simulate_ensemble
from openkerr.solvers.time_grid import TimeGrid

DIMER = KerrDimer(aleph=50.0)
CHAIN = BoseHubbardChain(length=4, drive_amplitude=3.0)
GRID = TimeGrid.from_times(0.05, 0.5, 10.0)
HISTOGRAM = Histogram(extent=1.5, n_cells=12, group_of_sample=np.r_[np.full(10, -1), np.zeros(11, dtype=int)])


def _run(model=DIMER, grid=GRID, n=200, first=0, **options):
    options.setdefault("reduction", Reduction(paths=(3, 70, 130), histogram=HISTOGRAM, final_states=True))
    options.setdefault("batch_size", 32)
    start = np.linspace(0.05, 0.1, model.n_modes) + 0.02j
    return simulate_ensemble(model, grid, start=start, seed=11, trajectories=range(first, n), **options)


def _assert_same_bits(a, b, rows_a=slice(None), rows_b=slice(None)):
    for name in ("first_trajectory", "weights", "moments", "lowest", "highest", "states"):
        np.testing.assert_array_equal(getattr(a, name)[rows_a], getattr(b, name)[rows_b], err_msg=name)


@pytest.mark.parametrize("model", [DIMER, CHAIN], ids=["dimer", "chain"])
@pytest.mark.parametrize("n_threads", [2, 4])
def test_same_bits_for_any_number_of_threads(model, n_threads):
    one, many = _run(model), _run(model, n_threads=n_threads)
    _assert_same_bits(one, many)
    np.testing.assert_array_equal(one.paths, many.paths)
    np.testing.assert_array_equal(one.histograms, many.histograms)


def test_same_bits_for_any_cut_into_jobs():
    whole, parts = _run(), [_run(n=64), _run(n=160, first=64), _run(first=160)]
    rows = 0
    for part in parts:
        n_batches = len(part.weights)
        _assert_same_bits(part, whole, rows_b=slice(rows, rows + n_batches))
        rows += n_batches
    np.testing.assert_array_equal(np.concatenate([part.paths for part in parts], axis=2), whole.paths)
    np.testing.assert_array_equal(sum(part.histograms for part in parts), whole.histograms)


def test_same_bits_when_the_ensemble_is_extended():
    small, large = _run(n=180), _run(n=250)
    _assert_same_bits(small, large, slice(0, 5), slice(0, 5))
    assert small.weights[-1] == 20 and large.weights[5] == 32
    # The part of the sixth batch that was asked for first is the same trajectories.
    np.testing.assert_array_equal(small.states[5], large.states[5])


def test_batches_of_another_size_hold_the_same_trajectories():
    a, b = _run(), _run(batch_size=64)
    np.testing.assert_array_equal(a.states[:2].transpose(1, 0, 2).reshape(2, -1), b.states[0])
    np.testing.assert_array_equal(a.paths, b.paths)


def test_same_bits_however_long_a_segment_is(monkeypatch):
    long = _run()
    monkeypatch.setattr(sde, "SEGMENT_SECONDS", 1e-9)
    _assert_same_bits(long, _run())


def test_a_path_does_not_depend_on_when_it_is_observed():
    fine = _run(grid=TimeGrid.from_times(0.05, 0.05, 10.0), reduction=Reduction(paths=(5,), final_states=True))
    coarse = _run(grid=TimeGrid.from_times(0.05, 1.0, 10.0), reduction=Reduction(paths=(5,), final_states=True))
    np.testing.assert_array_equal(fine.paths[::20], coarse.paths)
    np.testing.assert_array_equal(fine.states, coarse.states)


def test_reductions_agree_with_whole_paths():
    n = 50
    bins = np.r_[-1, np.repeat([0, 1], 10)]
    whole = _run(n=n, reduction=Reduction(paths=range(n), bin_of_sample=bins, histogram=HISTOGRAM))
    batches = [whole.paths[:, :, :32], whole.paths[:, :, 32:]]
    for batch, fields in enumerate(batches):
        for index in range(2):
            z = fields[bins == index]
            density = np.abs(z) ** 2
            np.testing.assert_allclose(whole.lowest[batch, index], density.min(axis=(0, 2)), rtol=1e-14)
            np.testing.assert_allclose(whole.highest[batch, index], density.max(axis=(0, 2)), rtol=1e-14)
            for column, (name, p, q) in enumerate(MOMENTS):
                moment = np.mean(z.conj() ** p * z**q, axis=(0, 2))
                part = moment.imag if name.startswith("im") else moment.real
                np.testing.assert_allclose(
                    whole.moments[batch, index, :, column], part, rtol=1e-12, atol=1e-14, err_msg=name
                )
    later = whole.paths[10:]
    for mode in range(2):
        expected, *_ = np.histogram2d(
            later[:, mode].real.ravel(), later[:, mode].imag.ravel(), bins=12, range=[[-1.5, 1.5]] * 2
        )
        np.testing.assert_array_equal(whole.histograms[0, mode], expected)


def test_lower_moment_orders_are_the_first_columns():
    full = _run()
    for order, columns in ((1, 2), (2, 5), (3, 9)):
        low = _run(reduction=Reduction(moment_order=order))
        assert low.moment_names == full.moment_names[:columns]
        np.testing.assert_allclose(low.moments, full.moments[..., :columns], rtol=1e-13, atol=1e-15)


@pytest.mark.parametrize("model", [DIMER, CHAIN], ids=["dimer", "chain"])
def test_without_noise_the_solver_is_a_fourth_order_ode_solver(model):
    start = np.linspace(0.3, 0.6, model.n_modes) + 0.2j

    def rhs(_, x):
        z = x.reshape(2, model.n_modes, 1)
        dz = np.empty_like(z)
        model.kernel_module().drift(z, dz, model.kernel_parameters("gpe"))
        return dz.ravel()

    exact = solve_ivp(rhs, (0, 4), np.r_[start.real, start.imag], method="DOP853", rtol=1e-12, atol=1e-13).y[:, -1]
    errors = []
    for step in (0.05, 0.025):
        ensemble = simulate_ensemble(
            model,
            TimeGrid.from_times(step, 1.0, 4.0),
            start=start,
            seed=1,
            trajectories=range(8),
            method="gpe",
            bath_noise=False,
            sampled_start=False,
            reduction=Reduction(final_states=True),
            batch_size=8,
        )
        final = ensemble.states[0, :, 0]
        assert np.ptp(ensemble.states[0], axis=1).max() == 0
        errors.append(np.abs(np.r_[final.real, final.imag] - exact).max())
    assert errors[1] < 1e-4
    assert 3.5 < np.log2(errors[0] / errors[1]) < 4.6


def test_sampled_start_has_the_vacuum_variance():
    n = 20000
    ensemble = _run(n=n, grid=TimeGrid(0.05, 1, 1), batch_size=256)
    mean = np.average(ensemble.moments[:, 0], axis=0, weights=ensemble.weights)
    start = np.linspace(0.05, 0.1, 2) + 0.02j
    variance = 0.5 / DIMER.aleph
    amplitude = mean[:, 0] + 1j * mean[:, 1]
    assert np.abs(amplitude - start).max() < 4.5 * np.sqrt(variance / n)
    spread = mean[:, 2] - np.abs(amplitude) ** 2
    assert np.abs(spread - variance).max() < 4.5 * variance / np.sqrt(n)


def test_a_diverging_trajectory_is_told():
    model = LinearNoise(growth=200.0, frequency=0.0, additive=1.0, slope=0.0)
    with pytest.raises(sde.DivergenceError, match=r"time_step = 0.5 is too long, or the motion"):
        simulate_ensemble(
            model,
            TimeGrid.from_times(0.5, 5.0, 500.0),
            start=[1.0],
            seed=1,
            trajectories=range(8),
            batch_size=8,
        )


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"first": 5}, "multiple of batch_size"),
        ({"n": 0}, "non-empty"),
        ({"reduction": Reduction(moment_order=5)}, "moment_order is 5"),
        ({"reduction": Reduction(paths=(-1,))}, "trajectory -1"),
        ({"reduction": Reduction(bin_of_sample=np.zeros(3))}, "bin_of_sample"),
    ],
)
def test_bad_requests_are_refused(change, message):
    with pytest.raises(ValueError, match=message):
        _run(**change)


def test_times_are_products_not_sums():
    grid = TimeGrid.from_times(0.1, 0.3, 300.0)
    assert grid.n_samples == 1001
    np.testing.assert_array_equal(grid.times, np.arange(1001) * 3 * 0.1)
    with pytest.raises(ValueError, match=r"sampling_interval is 0\.25"):
        TimeGrid.from_times(0.1, 0.25, 1.0)
    with pytest.raises(ValueError, match="final_time is 1"):
        TimeGrid.from_times(0.1, 0.3, 1.0)


@pytest.mark.slow
def test_a_real_system_has_the_moments_of_its_stationary_density():
    """One real number in a double well: <x²> under exp(x² - x⁴/2), and an imaginary part that stays zero."""
    grid = TimeGrid.from_times(0.05, 8.0, 8.0)
    ensemble = simulate_ensemble(
        NoisyScalar(strength=1.0), grid, start=[0.0], seed=2, trajectories=range(2**14), sampled_start=False,
        reduction=Reduction(final_states=True, moment_order=2),
    )  # fmt: skip
    states = ensemble.states[:, 0].ravel()
    assert not states.imag.any()
    norm, second = (quad(lambda x, k=k: x**k * np.exp(x**2 - 0.5 * x**4), -6, 6)[0] for k in (0, 2))
    (value,), (error,) = batch_mean(ensemble.moments[:, -1, :, 2], ensemble.weights)
    # The splitting's share is of second order in the step.
    assert abs(value - second / norm) < 4.5 * error + 0.05**2
    assert error < 0.01


@pytest.mark.parametrize("options", [{}, {"sampled_start": False, "start": [0.1j]}])
def test_a_real_system_has_no_complex_start(options):
    with pytest.raises(ValueError, match="a real system has a real start and no vacuum"):
        simulate_ensemble(
            NoisyScalar(strength=1.0), GRID, **{"start": [0.0], **options}, seed=2, trajectories=range(16)
        )


def test_trajectories_that_are_no_range_are_refused():
    with pytest.raises(ValueError, match=r"trajectories is 256: allowed is a range of their numbers, as range\(256\)"):
        simulate_ensemble(DIMER, GRID, start=[0, 0], seed=2, trajectories=256)
