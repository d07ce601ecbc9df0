"""The classifier: how many exponents are zero within their errors, and when errors allow no answer."""

import numpy as np
import pytest

from openkerr.analysis.attractor_class import classify_attractor, zero_tolerance

TIME = 4000.0  # boundary / T = 7.5e-4


def _classify(exponents, stderr=1e-4, resolution=5e-3, **options):
    stderr = np.broadcast_to(stderr, np.shape(exponents))
    return classify_attractor(exponents, stderr, TIME, resolution=resolution, **options)


@pytest.mark.parametrize(
    ("exponents", "attractor", "n_zero"),
    [
        ([-0.2, -0.2, -0.7], "fixed_point", 0),
        ([1e-4, -0.3, -0.5], "limit_cycle", 1),
        ([-1e-4, -0.3, 2e-4], "limit_torus", 2),
        ([1e-4, -2e-4, 3e-5, -0.4], "limit_torus", 3),
        ([0.07, 1e-5, -5.4], "chaos", 1),
        ([-5.4, 0.4, 0.07, 1e-5], "chaos", 1),
    ],
)
def test_the_number_of_zeros_decides(exponents, attractor, n_zero):
    found = _classify(exponents)
    assert (found.attractor, found.n_zero, found.decided, found.reason) == (attractor, n_zero, True, "")
    assert found.n_positive == sum(value > 0.01 for value in exponents)


def test_the_tolerance_is_that_of_the_definition():
    expected = 4.5 * np.array([1e-4, 2e-4]) + 3.0 / TIME + 2e-10
    np.testing.assert_allclose(zero_tolerance([0.0, -2.0], [1e-4, 2e-4], TIME), expected, rtol=1e-12)
    np.testing.assert_allclose(
        zero_tolerance([0.0, -2.0], [1e-4, 2e-4], TIME, smooth=True), expected - 3.0 / TIME, rtol=1e-9
    )
    mixed = zero_tolerance([0.0, -2.0], [1e-4, 2e-4], TIME, smooth=np.array([True, False]))
    np.testing.assert_allclose(mixed, expected - [3.0 / TIME, 0.0], rtol=1e-9)


def test_just_inside_and_just_outside_the_tolerance():
    limit = float(zero_tolerance([-1.0], [1e-4], TIME)[0])
    assert _classify([0.99 * limit, -1.0]).attractor == "limit_cycle"
    assert _classify([1.01 * limit, -1.0]).attractor == "chaos"
    assert _classify([-1.01 * limit, -1.0]).attractor == "fixed_point"
    # The same with a smooth weighting, whose tolerance lacks the boundary term.
    assert _classify([0.99 * limit, -1.0], smooth=True).attractor == "chaos"


def test_errors_that_are_too_large_leave_it_undecided():
    found = _classify([0.002, -0.4], stderr=0.01)
    assert found.attractor == "limit_cycle" and not found.decided
    assert "more than the resolution 0.005" in found.reason
    assert _classify([0.002, -0.4], stderr=0.01, resolution=0.1).decided
    # A large error of an exponent that is negative beyond it, or below a positive one, does no harm.
    assert _classify([1e-4, -0.4], stderr=[1e-4, 0.05]).decided
    assert _classify([0.9, 0.01, -14.0], stderr=[0.01, 0.01, 0.01]).attractor == "chaos"
    assert _classify([0.9, 0.01, -14.0], stderr=[0.01, 0.01, 0.01]).decided


def test_nothing_is_decided_on_errors_that_cannot_be_trusted():
    found = _classify([0.9, 0.0, -14.0], blocks_are_long=False)
    assert found.attractor == "chaos" and not found.decided and "length of the blocks" in found.reason


def test_leading_exponents_are_enough_once_one_is_negative():
    assert _classify([0.9], n_dimensions=200).decided
    assert not _classify([1e-5, 1e-5], n_dimensions=4).decided
    assert "more of the 4 are needed" in _classify([1e-5, 1e-5], n_dimensions=4).reason
    assert _classify([1e-5, 1e-5, -0.2], n_dimensions=4).attractor == "limit_torus"
    assert _classify([1e-5, 1e-5, -0.2], n_dimensions=4).decided


def test_bounded_growth_is_within_the_tolerance_and_a_steady_rate_is_not():
    """Record of a neutral vector whose length varies 20-fold: the definition's own premise, for any phase of it."""
    n, length = 16, TIME / 16
    for phase in np.linspace(0, 2 * np.pi, 24):
        for frequency in (2 * np.pi / length, 0.0113, 0.31):  # whole periods a block, a slow one, a common one
            edges = np.arange(n + 1) * length
            growth = 1.5 * np.sin(frequency * edges + phase)
            for rate, attractor in ((0.0, "limit_cycle"), (-0.1, "fixed_point"), (0.1, "chaos")):
                blocks = np.diff(growth) / length + rate
                found = classify_attractor([blocks.mean(), -1.0], [blocks.std(ddof=1) / 4, 1e-6], TIME, resolution=0.05)
                assert found.attractor == attractor and found.decided


@pytest.mark.parametrize(
    ("exponents", "stderr", "time", "resolution"),
    [
        ([], [], 1.0, 1.0),
        ([1.0], [1.0, 2.0], 1.0, 1.0),
        ([np.nan], [1.0], 1.0, 1.0),
        ([1.0], [-1.0], 1.0, 1.0),
        ([1.0], [1.0], 0.0, 1.0),
        ([1.0], [1.0], 1.0, 0.0),
    ],
)
def test_bad_requests_are_refused(exponents, stderr, time, resolution):
    with pytest.raises(ValueError, match=r"allowed|finite"):
        classify_attractor(exponents, stderr, time, resolution=resolution)
