"""What an ensemble keeps beside moments: phases, products of the fields and their two-time correlations."""

import numpy as np
import pytest

from openkerr.models.kerr_dimer import KerrDimer
from openkerr.solvers.sde import Correlations, Histogram, Reduction, simulate_ensemble
from openkerr.solvers.time_grid import TimeGrid

DIMER = KerrDimer(aleph=50.0)
GRID = TimeGrid.from_times(0.05, 0.5, 10.0)
# a_1, n_2 and a_1 a_2, as (power of alpha*, power of alpha) of both modes.
POWERS = np.array([[[0, 1], [0, 0]], [[0, 0], [1, 1]], [[0, 1], [0, 1]]])


def _run(reduction, n=80, **options):
    options.setdefault("batch_size", 32)
    return simulate_ensemble(
        DIMER, GRID, start=[0.3, 0.2j], seed=4, trajectories=range(n), reduction=reduction, **options
    )


def _signals(paths):
    return np.stack([paths[:, 0], np.abs(paths[:, 1]) ** 2, paths[:, 0] * paths[:, 1]], axis=1)


def test_phases_signals_and_correlations_agree_with_whole_paths():
    references, n_lags = [3, 4, 9], 12
    kept = Reduction(
        paths=range(80), phases=True, correlations=Correlations(POWERS, reference_samples=references, n_lags=n_lags)
    )
    whole = _run(kept)
    for batch, lanes in enumerate((slice(0, 32), slice(32, 64), slice(64, 80))):
        paths = whole.paths[:, :, lanes]
        np.testing.assert_allclose(whole.phases[batch], np.exp(1j * np.angle(paths)).mean(axis=2), atol=1e-13)
        signals = _signals(paths)
        np.testing.assert_allclose(whole.signals[batch], signals.mean(axis=2), atol=1e-13)
        expected = np.mean(
            [signals[t : t + n_lags] * signals[t].conj() for t in references],
            axis=(0, 3),
        )
        np.testing.assert_allclose(whole.correlations[batch], expected, atol=1e-13)


def test_pairs_and_single_trajectories_agree_with_whole_paths():
    bins = np.r_[-1, np.repeat([0, 1], 10)]
    kept = Reduction(paths=range(80), bin_of_sample=bins, pairs=[(0, 1), (1, 1), (1, 0)], trajectory_means=[1, 0])
    whole = _run(kept)
    assert whole.pairs.shape == (3, 2, 3, 4) and whole.trajectory_means.shape == (3, 2, 2, 32)
    for batch, lanes in enumerate((slice(0, 32), slice(32, 64), slice(64, 80))):
        for index in range(2):
            z = whole.paths[bins == index][:, :, lanes]
            for pair, (left, right) in enumerate(kept.pairs):
                product = z[:, left].conj() * z[:, right]
                dense = np.abs(z[:, right]) ** 2 * product
                expected = [product.mean().real, product.mean().imag, dense.mean().real, dense.mean().imag]
                np.testing.assert_allclose(whole.pairs[batch, index, pair], expected, atol=1e-13)
            means = whole.trajectory_means[batch, index, :, : z.shape[2]]
            np.testing.assert_allclose(means, (np.abs(z[:, [1, 0]]) ** 2).mean(axis=0), atol=1e-13)
    assert np.isnan(whole.trajectory_means[2, :, :, 16:]).all()


def test_histograms_of_batches_add_up_and_are_kept_when_asked_for():
    groups = np.r_[-1, np.zeros(20, dtype=int)]
    single, summed = (_run(Reduction(histogram=Histogram(1.5, 8, groups, by_batch=kept))) for kept in (True, False))
    assert single.batch_histograms.shape == (3, 1, 2, 8, 8) and summed.batch_histograms.shape[0] == 0
    np.testing.assert_array_equal(single.batch_histograms.sum(axis=0), summed.histograms)
    last = _run(Reduction(histogram=Histogram(1.5, 8, groups)), n=64)
    np.testing.assert_array_equal(single.batch_histograms[:2].sum(axis=0), last.histograms)


def test_products_and_trajectories_of_no_mode_are_refused():
    with pytest.raises(ValueError, match="name mode 2: allowed is 0 to 1"):
        _run(Reduction(pairs=[(0, 2)]))
    with pytest.raises(ValueError, match="name mode -1: allowed is 0 to 1"):
        _run(Reduction(trajectory_means=[-1]))


def test_phases_of_a_bin_average_its_samples():
    bins = np.r_[-1, np.repeat([0, 1], 10)]
    binned = _run(Reduction(phases=True, bin_of_sample=bins))
    each = _run(Reduction(phases=True))
    np.testing.assert_allclose(binned.phases[:, 0], each.phases[:, 1:11].mean(axis=1), atol=1e-14)


def test_correlations_that_leave_the_run_are_refused():
    with pytest.raises(ValueError, match=r"reach to sample 21: allowed is 0 to 20"):
        _run(Reduction(correlations=Correlations(POWERS, reference_samples=[10], n_lags=12)))
    with pytest.raises(ValueError, match="allowed is \\(n_signals, 2, 2\\)"):
        _run(Reduction(correlations=Correlations(POWERS[:, :1])))


def test_a_start_of_zero_has_no_phase():
    ensemble = simulate_ensemble(
        DIMER,
        TimeGrid.from_times(0.05, 0.5, 0.5),
        start=[0, 0],
        seed=1,
        trajectories=range(32),
        reduction=Reduction(phases=True),
        batch_size=32,
        sampled_start=False,
    )
    np.testing.assert_array_equal(ensemble.phases[0, 0], 0)


@pytest.mark.parametrize("noise", ["gaussian", "discrete"])
def test_single_precision_follows_double_at_equal_noise(noise):
    """The same words make the noise of both precisions: means differ by rounding alone."""
    kept = Reduction(moment_order=2)
    double, single = (_run(kept, noise=noise, precision=precision) for precision in ("double", "single"))
    np.testing.assert_allclose(single.moments, double.moments, atol=2e-5)
    assert not np.array_equal(single.moments, double.moments)


def test_discrete_noise_is_for_averages_only():
    with pytest.raises(ValueError, match="single paths need 'gaussian'"):
        _run(Reduction(paths=[0]), noise="discrete")


@pytest.mark.parametrize(
    ("option", "text"),
    [
        ({"stepper": "strang"}, "stepper is 'strang': KerrDimer has runge_kutta"),
        ({"precision": "half"}, "precision is 'half': allowed is double or single"),
        ({"noise": "pink"}, "noise is 'pink': allowed is gaussian or discrete"),
    ],
)
def test_unknown_options_are_refused(option, text):
    with pytest.raises(ValueError, match=text):
        _run(Reduction(), **option)
