"""Batch means and jackknife against exact variances, and against planted errors."""

import numpy as np
import pytest

from openkerr.numerics.stats import MIN_BATCHES, batch_mean, bootstrap, jackknife


def _coverage(estimates, errors, truth):
    return (np.asarray(estimates) - truth) / np.asarray(errors)


def test_batch_mean_is_exact_on_equal_batches():
    values = np.arange(32.0)
    mean, stderr = batch_mean(values, np.full(32, 7))
    assert mean == pytest.approx(values.mean(), rel=1e-14)
    assert stderr == pytest.approx(values.std(ddof=1) / np.sqrt(32), rel=1e-14)


def test_standard_error_is_calibrated_for_unequal_batches():
    rng = np.random.default_rng(1)
    weights = np.r_[np.full(20, 64), 8]
    scores = []
    for _ in range(2000):
        values = rng.normal(size=21) / np.sqrt(weights)
        scores.append(_coverage(*batch_mean(values, weights), 0.0))
    # The scores follow Student's law with 20 degrees of freedom: variance 20/18, kurtosis 3 + 6/16.
    error = np.sqrt((20 / 18) ** 2 * (2 + 6 / 16) / 2000)
    assert abs(np.var(scores) - 20 / 18) < 4.5 * error


def test_jackknife_of_a_linear_function_is_the_batch_mean():
    rng = np.random.default_rng(2)
    values, weights = rng.normal(size=(24, 3)), np.full(24, 16)
    mean, stderr = batch_mean(values, weights)
    value, error = jackknife(lambda m: 2.0 * m, values, weights)
    np.testing.assert_allclose(value, 2 * mean, rtol=1e-12)
    np.testing.assert_allclose(error, 2 * stderr, rtol=1e-12)
    weights[-1] = 5
    value, _ = jackknife(lambda m: 2.0 * m, values, weights)
    np.testing.assert_allclose(value, 2 * batch_mean(values, weights)[0], rtol=1e-12)


def test_jackknife_removes_the_bias_of_a_square_and_finds_its_error():
    rng = np.random.default_rng(3)
    truth, values = 0.25, []
    plain, corrected, errors = [], [], []
    for _ in range(3000):
        values = 0.5 + rng.normal(size=16)
        value, error = jackknife(lambda m: m**2, values, np.ones(16))
        plain.append(values.mean() ** 2)
        corrected.append(value)
        errors.append(error)
    spread = np.std(corrected) / np.sqrt(3000)
    assert abs(np.mean(corrected) - truth) < 4.5 * spread
    assert abs(np.mean(plain) - truth) > 4.5 * spread  # the planted bias 1/16 is seen
    assert np.mean(np.square(errors)) == pytest.approx(np.var(corrected), rel=0.15)


def test_too_few_batches_are_refused():
    with pytest.raises(ValueError, match=f"at least {MIN_BATCHES}"):
        batch_mean(np.zeros(MIN_BATCHES - 1), np.ones(MIN_BATCHES - 1))
    with pytest.raises(ValueError, match="weights"):
        batch_mean(np.zeros(20), np.ones(19))


def test_bootstrap_is_the_batch_mean_where_smooth_and_stays_within_bounds_at_a_kink():
    rng = np.random.default_rng(7)
    scores, above = [], []
    for _ in range(400):
        values = rng.normal(size=32)
        mean, stderr = batch_mean(values, np.ones(32))
        value, error = bootstrap(lambda m: 2.0 * m, values)
        assert value == pytest.approx(2 * mean, rel=1e-12)
        scores.append(error / (2 * stderr))
        kinked, of_kink = bootstrap(lambda m: np.maximum(m, 0.0), values)
        assert kinked >= 0 and of_kink >= 0
        above.append(kinked <= of_kink)
    # The farther of two percentiles is the greater one.
    assert abs(np.mean(scores) - 1.04) < 0.04 and np.mean(above) > 0.8
    assert np.isnan(bootstrap(lambda m: m * np.nan, values)[0])
    with pytest.raises(ValueError, match="at least 16"):
        bootstrap(lambda m: m, np.zeros(15))
