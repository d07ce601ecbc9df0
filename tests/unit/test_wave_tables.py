"""Tables of the wave's passages against numbers that are worked out by hand."""

from math import log, sqrt

import numpy as np
import pandas as pd
import pytest

from openkerr.analysis.critical_length import Arrivals, arrivals_of, critical_lengths
from openkerr.analysis.metastability import CURVE_TIMES, LEVELS, Point, curve, metastability_row
from openkerr.analysis.passage_rates import rate_rows, scaling_table, threshold_rows
from openkerr.analysis.survival import Passages, share_stderr
from openkerr.analysis.wave_weight import equal_rate_table, weight_table
from openkerr.numerics.stats import line_zero

RULES = {"running_windows": 2, "wave_band": 0.1, "left_share": 0.5}


def stepped(arrivals, n_windows=20, start="vacuum", noise="quantum", window=10.0):
    """Trajectories of wave 40 that jump from a quarter to the wave in a window; None never does."""
    ends = window * np.arange(1, n_windows + 1)
    last = np.full((len(arrivals), n_windows), 10.0)
    for row, first in zip(last, arrivals, strict=True):
        row[n_windows if first is None else first :] = 40.0
    numbers = np.stack([np.full_like(last, 20.0), last])
    return Point(8, 9.0, start, noise, ("middle", "last"), numbers, np.array([40.0, 40.0]), ends)


def rate(direction, value, stderr, **other):
    start = "rnw" if direction == "escape" else "vacuum"
    row = {
        "length": 10, "drive_amplitude": 9.0, "noise": "quantum", "start": start, "direction": direction,
        "method": "direct", "order_parameter": "last", "rate": value, "rate_stderr": stderr, "rate_limit": np.nan,
        "n_events": 20,
    }  # fmt: skip
    return row | other


def test_error_of_a_share_is_the_binomial_one_and_never_zero():
    assert share_stderr(0.25, 100) == pytest.approx(sqrt(0.25 * 0.75 / 100))
    for share in (0.0, 1.0):
        assert share_stderr(share, 100) == pytest.approx(sqrt(0.005 * 0.995 / 100))


def test_zero_of_a_line_with_the_error_of_both_ends():
    place, stderr = line_zero(np.array([10.0, 30.0]), np.array([-1.0, 3.0]), np.array([0.2, 0.4]))
    # A quarter of the way, at a slope of 1/5.
    assert place == pytest.approx(15.0) and stderr == pytest.approx(5 * sqrt((0.75 * 0.2) ** 2 + (0.25 * 0.4) ** 2))


def test_a_row_of_metastability_counts_arrivals_and_the_late_mean():
    point = stepped([3, 5, 18, None] * 4)
    row = metastability_row(point, RULES, band=0.1, late_time=60.0)
    # The running mean over two windows is inside the band one window after the jump.
    assert row["reached_fraction"] == 0.75 and row["wave_fraction"] == 0.75
    assert row["reached_fraction_stderr"] == pytest.approx(sqrt(0.75 * 0.25 / 16))
    late = np.array([40.0, 40.0, 20.0, 10.0] * 4)
    assert row["photon_number_last"] == pytest.approx(late.mean())
    assert row["photon_number_last_stderr"] == pytest.approx(late.std(ddof=1) / 4)
    assert (row["wave_photon_number"], row["final_time"], row["n_trajectories"]) == (40.0, 200.0, 16)
    assert np.isnan(row["t_rnw"])
    gone = Point(**{**vars(point), "numbers": point.numbers[:, :, ::-1]})
    left = metastability_row(gone, RULES, 0.1, 100.0)
    assert left["reached_fraction"] == 0.75 and left["wave_fraction"] == 0.0


def test_rates_count_from_the_end_of_the_relaxation():
    point = stepped([3, 5, 15, *[None] * 61])
    middle, last = rate_rows(point, RULES, relaxation_per_site=1.0)
    # Seen at 50, 70 and 170: the relaxation is the first running mean at least, here 20.
    assert last["relaxation_time"] == 20.0 and last["n_events"] == 3
    assert last["observed_time"] == pytest.approx(30 + 50 + 150 + 61 * 180)
    assert last["rate"] == pytest.approx(3 / last["observed_time"]) and last["too_fast"] == 0
    assert (middle["order_parameter"], middle["n_events"]) == ("middle", 0) and np.isnan(middle["rate"])
    later = rate_rows(point, RULES, relaxation_per_site=7.5)[1]
    assert later["relaxation_time"] == 60.0 and later["n_events"] == 2
    assert later["observed_time"] == pytest.approx(10 + 110 + 61 * 140)


def test_one_event_has_a_rate_and_what_relaxes_as_fast_as_it_passes_has_none():
    single = rate_rows(stepped([10, *[None] * 63]), RULES, 1.0)[1]
    assert single["n_events"] == 1 and single["rate"] == pytest.approx(1 / (100 + 63 * 180))
    point = stepped([3] * 16)
    # At 50: a rate of 1/30 after 20, of 1/20 after 30, which is 1.5 relaxations; after 80 nobody is left.
    fast = [rate_rows(point, RULES, per_site)[1]["too_fast"] for per_site in (2.5, 3.75, 10.0)]
    assert fast == [0, 1, 1]


def test_thresholds_share_the_longest_running_mean_and_are_tried_after_twice_the_relaxation():
    point = stepped([3, 5, 15, *[None] * 61])
    rows = pd.DataFrame(threshold_rows(point, [RULES, RULES | {"running_windows": 4}], relaxation_per_site=1.0))
    assert rows["relaxation_time"].tolist() == [40.0, 80.0] * 2
    assert rows["running_windows"].tolist() == [2, 2, 4, 4]
    # Over four windows arrivals are seen at 70, 90 and 190.
    assert rows["n_events"].tolist() == [3, 1, 3, 2]
    assert (rows["direction"] == "arrival").all() and (rows["length"] == 8).all()


def test_a_curve_is_the_mean_at_the_middle_of_its_windows():
    point = stepped([3, 5, 18, None])
    data = curve(point, RULES, late_time=60.0)
    assert data.sizes["step"] == CURVE_TIMES + 1
    np.testing.assert_allclose(data["time"][:20], point.ends - 5.0)
    assert data["time"][20:].isnull().all() and data["photon_number"][20:].isnull().all()
    np.testing.assert_allclose(data["photon_number"][[0, 4, 10, 19]], [10.0, 17.5, 25.0, 32.5])
    spread = np.array([40.0, 40.0, 10.0, 10.0]).std(ddof=1) / 2
    assert float(data["photon_number_stderr"][10]) == pytest.approx(spread)
    np.testing.assert_allclose(data["survival"][[0, 4, 6, 19]], [1.0, 0.75, 0.5, 0.25])
    assert float(data["survival_stderr"][4]) == pytest.approx(0.75 * sqrt(1 / (4 * 3)))
    # Late means over the wave's: 1, 1, 1/2 and 1/4.
    assert data["counts"].sum() == 4 and data["counts"].sel(level=1.01, method="nearest") == 2
    assert data["counts"].sel(level=0.51, method="nearest") == 1 and len(data["level"]) == len(LEVELS) - 1
    assert float(data["wave_photon_number"]) == 40.0 and str(data["start"].item()) == "vacuum"


def test_a_long_curve_is_thinned_to_whole_steps():
    point = stepped([3, 200, 400, None], n_windows=2 * CURVE_TIMES + 2)
    data = curve(point, RULES, late_time=10.0)
    # Three windows a step: what is left over at the end is in none.
    n = (2 * CURVE_TIMES + 2) // 3
    assert int(data["time"].notnull().sum()) == n
    np.testing.assert_allclose(data["time"][:n], 15.0 + 30.0 * np.arange(n))
    assert float(data["photon_number"][1]) == pytest.approx(17.5) and float(data["photon_number"][0]) == 10.0


@pytest.mark.parametrize(
    ("rows", "bound", "ratio"),
    [
        ([rate("arrival", 3e-3, 3e-4), rate("escape", 1e-3, 2e-4)], "measured", 3.0),
        ([rate("arrival", 3e-3, 3e-4), rate("escape", np.nan, np.nan, n_events=0, rate_limit=1e-4)], "at_least", 30.0),
        ([rate("arrival", np.nan, np.nan, n_events=0, rate_limit=2e-4), rate("escape", 1e-3, 2e-4)], "at_most", 0.2),
        ([rate("arrival", 3e-3, 3e-4)], None, None),
        ([rate("arrival", 3e-3, 3e-4), rate("escape", np.nan, np.nan, n_events=4, rate_limit=1e-4)], None, None),
        ([rate("arrival", np.nan, np.nan, n_events=4, rate_limit=2e-4), rate("escape", 1e-3, 2e-4)], None, None),
        # From rest, without noise and by the middle site rates are others.
        ([rate("arrival", 3e-3, 3e-4, start="rest"), rate("escape", 1e-3, 2e-4)], None, None),
        ([rate("arrival", 3e-3, 3e-4, noise="none"), rate("escape", 1e-3, 2e-4)], None, None),
        ([rate("arrival", 3e-3, 3e-4, order_parameter="middle"), rate("escape", 1e-3, 2e-4)], None, None),
        # Of two methods the one that knows it better.
        (
            [rate("arrival", 3e-3, 3e-4), rate("escape", 1e-3, 5e-4), rate("escape", 2e-3, 4e-4, method="splitting")],
            "measured",
            1.5,
        ),
    ],
)  # fmt: skip
def test_the_weight_is_the_ratio_of_the_best_rates(rows, bound, ratio):
    found = weight_table(pd.DataFrame(rows))
    if bound is None:
        assert found.empty
        return
    row = found.iloc[0]
    assert len(found) == 1 and row["bound"] == bound and row["log_ratio"] == pytest.approx(log(ratio))
    assert row["wave_weight"] == pytest.approx(ratio / (1 + ratio))
    if bound == "measured":
        stderr = sqrt(0.1**2 + 0.2**2)
        assert row["log_ratio_stderr"] == pytest.approx(stderr)
        assert row["wave_weight_stderr"] == pytest.approx(ratio / (1 + ratio) ** 2 * stderr)
    else:
        assert np.isnan(row["log_ratio_stderr"])


def test_rates_are_equal_between_the_drives_at_which_the_ratio_changes_its_sign():
    rows = [(10, 9.0, "measured", -1.0), (10, 9.5, "measured", 3.0), (10, 9.2, "at_least", -0.5)]
    rows += [(20, 9.0, "measured", 0.5), (20, 9.5, "measured", 2.0), (25, 9.0, "measured", -1.0)]
    rows += [(30, 9.0, "measured", -2.0), (30, 9.5, "measured", -0.5)]
    rows += [(40, 9.5, "measured", 0.0), (40, 9.0, "measured", -2.0)]
    # Of two crossings the first.
    rows += [(50, 9.0 + 0.5 * k, "measured", value) for k, value in enumerate((1.0, -1.0, 1.0, -1.0, 1.0))]
    weights = pd.DataFrame(rows, columns=["length", "drive_amplitude", "bound", "log_ratio"])
    found = equal_rate_table(weights.assign(log_ratio_stderr=0.4)).set_index("length")
    assert found.index.tolist() == [10, 40, 50] and found.loc[50, "drive_amplitude"] == pytest.approx(9.75)
    assert found.loc[10, "drive_amplitude"] == pytest.approx(9.125)
    assert found.loc[10, "drive_amplitude_stderr"] == pytest.approx(0.125 * 0.4 * sqrt(0.75**2 + 0.25**2))
    assert found.loc[40, "drive_amplitude"] == pytest.approx(9.5)


def test_half_have_arrived_between_two_lengths():
    def arrivals(length, n_passed, final_time=1000.0):
        passed = np.arange(16) < n_passed
        return Arrivals(length, 9.0, final_time, Passages(np.where(passed, 400.0, final_time), passed))

    found = critical_lengths(
        [arrivals(30, 4), arrivals(10, 16), arrivals(20, 12), arrivals(40, 0)], [399.0, 400.0, 1e3]
    )
    assert found["length"].isna().tolist() == [True, False, False]
    assert found["length_min"].tolist() == [10] * 3 and found["length_max"].tolist() == [40] * 3
    near, far = log(-log(0.25) / log(2)), log(-log(0.75) / log(2))
    errors = [sqrt(0.1875 / 16) / (share * -log(share)) for share in (0.25, 0.75)]
    place, stderr = line_zero(np.array([20.0, 30.0]), np.array([near, far]), np.array(errors))
    assert found["length"][1] == pytest.approx(place) and found["length_stderr"][1] == pytest.approx(stderr)
    assert found["length_below"].tolist()[1:] == [20, 20] and found["length_above"].tolist()[1:] == [30, 30]
    # A quarter and three quarters: S passes half in the middle, and ln(-ln S) at the mean of logarithms elsewhere.
    logarithmic = np.exp(line_zero(np.log([20.0, 30.0]), np.array([near, far]), np.array(errors))[0])
    other = max(abs(logarithmic - place), abs(25.0 - place))
    assert found["length_systematic"][1] == pytest.approx(other)
    # Of two crossings the last; where half have arrived it is there; of all or none half a trajectory is missing.
    lengths = [(10, 12), (20, 4), (30, 12), (40, 4)]
    assert 30 < critical_lengths([arrivals(*each) for each in lengths], [400.0])["length"][0] < 40
    assert critical_lengths([arrivals(20, 8), arrivals(30, 4)], [400.0])["length"][0] == 20.0
    assert critical_lengths([arrivals(10, 16), arrivals(20, 12)], [400.0])["length"].isna().all()
    ends = np.log(-np.log([0.5 / 16, 1 - 0.5 / 16]) / log(2))
    place, _ = line_zero(np.array([20.0, 30.0]), ends, np.ones(2))
    assert critical_lengths([arrivals(20, 16), arrivals(30, 0)], [400.0])["length"][0] == pytest.approx(place)
    # All and none in neighbouring lengths: the place between them is hardly known.
    wide = critical_lengths([arrivals(20, 16), arrivals(30, 0)], [400.0]).loc[0]
    assert wide["length_systematic"] == pytest.approx(abs(25.0 - place)) and wide["length_systematic"] > 1.5
    # A run that ended before a time tells nothing of it.
    shorter = critical_lengths([arrivals(20, 12, 500.0), arrivals(30, 4)], [1000.0])
    assert shorter["length_min"].tolist() == [30] and shorter["length"].isna().all()
    assert critical_lengths([arrivals(20, 12)], [2000.0]).empty


def test_arrivals_are_those_of_the_last_site_from_the_noisy_vacuum():
    (found,) = arrivals_of(stepped([3, None]), RULES)
    assert found.passages.times.tolist() == [50.0, 200.0] and found.final_time == 200.0
    assert arrivals_of(stepped([3], noise="none"), RULES) == arrivals_of(stepped([3], start="rest"), RULES) == []


def test_rates_against_the_length_are_a_weighted_line():
    lengths, logs, errors = (
        np.array([10, 20, 40, 60]),
        np.array([-5.0, -5.2, -6.1, -6.4]),
        np.array([0.1, 0.2, 0.1, 0.3]),
    )
    rows = [
        rate("arrival", np.exp(value), np.exp(value) * error, length=length, n_events=10)
        for length, value, error in zip(lengths, logs, errors, strict=True)
    ]
    others = [{"n_events": 9}, {"rate": np.nan}, {"method": "splitting"}, {"start": "rest"}, {"noise": "none"}]
    others = [rate("arrival", 1.0, 0.1, length=80) | other for other in [*others, {"order_parameter": "middle"}]]
    row = scaling_table(pd.DataFrame([*rows, *others])).iloc[0]
    weights = 1 / errors**2
    mean = (weights * lengths).sum() / weights.sum()
    spread = (weights * (lengths - mean) ** 2).sum()
    slope = (weights * (lengths - mean) * logs).sum() / spread
    intercept = (weights * logs).sum() / weights.sum() - slope * mean
    chi = (((logs - intercept - slope * lengths) / errors) ** 2).sum()
    assert (row["length_min"], row["length_max"], row["degrees_of_freedom"]) == (10, 60, 2)
    assert row["slope"] == pytest.approx(slope) and row["slope_stderr"] == pytest.approx(1 / sqrt(spread))
    assert row["intercept"] == pytest.approx(intercept)
    assert row["intercept_stderr"] == pytest.approx(sqrt(1 / weights.sum() + mean**2 / spread))
    # With two degrees of freedom chi squared is exponential.
    assert row["chi_squared"] == pytest.approx(chi) and row["p_value"] == pytest.approx(np.exp(-chi / 2))
    assert scaling_table(pd.DataFrame(rows[:2])).empty and len(scaling_table(pd.DataFrame(rows[:3]))) == 1
