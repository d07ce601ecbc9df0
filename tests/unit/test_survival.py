"""Rates of passages with censoring, against closed forms and samples whose law is known."""

import numpy as np
import pytest

from openkerr.analysis.survival import (
    Passages,
    first_passages,
    median_passage,
    passage_rate,
    poisson_limit,
    running_mean,
    survival,
)


def exponential(seed, n=200, end=0.7):
    times = np.random.default_rng(seed).exponential(1.0, n)
    return Passages(np.minimum(times, end), times < end)


@pytest.mark.parametrize("n", [1, 2, 5, 10])
def test_running_mean_is_the_mean_of_consecutive_values(n):
    values = np.random.default_rng(1).standard_normal((2, 10))
    expected = [values[:, k : k + n].mean(axis=1) for k in range(11 - n)]
    np.testing.assert_allclose(running_mean(values, n), np.transpose(expected), atol=1e-12)
    with pytest.raises(ValueError, match="n is 11: allowed is 1 to the number of values, 10"):
        running_mean(values, 11)


def test_rate_of_censored_passages_is_unbiased_with_the_scatter_that_it_states():
    found = [passage_rate(exponential(seed)) for seed in range(400)]
    pulls = np.array([(each.rate - 1.0) / each.stderr for each in found])
    # The pull of a counted rate is skewed: its mean is below 1/sqrt(N), N = 100 here.
    assert abs(pulls.mean()) < 4.5 / np.sqrt(400) + 0.1
    assert abs(pulls.std() - 1) < 4.5 / np.sqrt(800) + 0.05
    # A constant hazard fails the test of it as often as its level says.
    assert abs(np.mean([each.p_value < 0.1 for each in found]) - 0.1) < 4.5 * np.sqrt(0.09 / 400)


def test_a_hazard_that_grows_is_told_from_a_constant_one():
    times = np.random.default_rng(2).weibull(2.0, 200)
    assert passage_rate(Passages(np.minimum(times, 1.0), times < 1.0)).p_value < 1e-3


def test_mean_of_what_has_passed_would_be_wrong():
    """The reason for censored data: the mean over passages alone is that of a truncated law."""
    found = exponential(3, n=20_000)
    assert found.times[found.passed].mean() < 0.35
    assert passage_rate(found).rate == pytest.approx(1.0, abs=4.5 / np.sqrt(found.passed.sum()))


def test_without_an_event_there_is_a_limit():
    found = passage_rate(Passages(np.full(10, 2.0), np.zeros(10, dtype=bool)))
    assert (found.rate, found.n_events, found.observed_time) == (0.0, 0, 20.0)
    assert found.limit == pytest.approx(-np.log(0.05) / 20)
    assert np.isnan(found.p_value) and np.isnan(found.stderr)


def test_poisson_limit_is_where_so_few_events_have_five_percent():
    limit = poisson_limit(2, 10.0) * 10.0
    assert np.exp(-limit) * (1 + limit + limit**2 / 2) == pytest.approx(0.05)


def test_passages_after_a_time_are_those_still_watched():
    later = Passages(np.array([1.0, 3.0, 5.0]), np.array([True, True, False])).after(2.0)
    np.testing.assert_array_equal(later.times, [1.0, 3.0])
    np.testing.assert_array_equal(later.passed, [True, False])
    nobody = passage_rate(later.after(10.0))
    assert nobody.observed_time == 0 and np.isnan(nobody.rate)


def test_first_passages_are_censored_at_the_end():
    there = np.array([[False, True, False], [False, False, False], [True, True, True]])
    found = first_passages(there, np.array([10.0, 20.0, 30.0]))
    np.testing.assert_array_equal(found.times, [20.0, 30.0, 10.0])
    np.testing.assert_array_equal(found.passed, [True, False, True])


def test_survival_is_that_of_the_law_within_greenwoods_error():
    times = np.array([0.1, 0.4, 0.6, 0.8])
    value, stderr = survival(exponential(4, n=2000), times)
    assert np.all(np.abs(value - np.exp(-times))[:3] < 4.5 * stderr[:3])
    # Without censoring before them Greenwood's errors are binomial.
    np.testing.assert_allclose(stderr[:3], np.sqrt(value * (1 - value) / 2000)[:3], rtol=1e-9)
    assert np.isnan(value[3]) and np.isnan(stderr[3])


def test_survival_without_a_passage_is_one():
    value, stderr = survival(Passages(np.full(4, 2.0), np.zeros(4, dtype=bool)), np.array([0.0, 1.0, 2.0]))
    np.testing.assert_array_equal(value, 1.0)
    np.testing.assert_array_equal(stderr, 0.0)


def test_median_has_the_error_of_order_statistics():
    medians, errors = np.array([median_passage(exponential(seed, end=3.0)) for seed in range(200)]).T
    assert abs(medians.mean() - np.log(2)) < 4.5 * medians.std() / np.sqrt(200) + 0.005
    assert errors.mean() == pytest.approx(medians.std(), rel=0.2)
    assert np.isnan(median_passage(exponential(5, end=0.5))).all()
