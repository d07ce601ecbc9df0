"""Tables of moment growth from populations whose rates are known."""

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from openkerr.analysis.moment_growth import (
    Rate,
    clone_rates,
    extrapolate,
    held_time,
    join_moment_jobs,
    moment_curves,
    moment_rates,
    pooled_slope,
    slope,
)
from openkerr.studies.chain_chaos.tables import CHAIN_MOMENT_CLONES, CHAIN_MOMENT_GROWTH
from openkerr.tables.files import validate_table

SIGMA = 4.5
MEAN, VARIANCE = 1.0, 0.3


def _exact(moment, n_clones=np.inf):
    return moment * MEAN + 0.5 * moment**2 * VARIANCE - moment**2 * 4.0 / n_clones


def _raw(n_clones, length=8, seed=1, n=16):
    """Populations whose rates owe 4 q²/n to their number of clones, and plain samples of a log-normal law."""
    rng = np.random.default_rng(seed + n_clones)
    time, moments = np.arange(0.0, 40.5, 0.5), [1.0, 2.0]
    rates = np.array([[_exact(moment, n_clones)] * n for moment in moments]) + 0.01 * rng.normal(size=(2, n))
    log_moment = rates[:, :, None] * time
    lengths = MEAN * time + np.sqrt(VARIANCE * time) * rng.normal(size=(n, n_clones, 1))
    logs = [moment * lengths for moment in moments]
    plain = np.stack([np.log(np.exp(each).mean(axis=1)) for each in logs], axis=1)
    effective = np.stack([np.exp(each).sum(axis=1) ** 2 / np.exp(2 * each).sum(axis=1) for each in logs], axis=1)
    ancestors = np.broadcast_to(np.maximum(n_clones - 8 * np.arange(time.size), 1), log_moment.shape)
    dims = ("moment", "population", "time")
    return xr.Dataset(
        {
            "log_moment": (dims, log_moment), "effective_share": (dims, np.full(log_moment.shape, 0.4)),
            "ancestors": (dims, ancestors), "mean_log": (("population", "time"), lengths.mean(axis=1)),
            "plain_log_moment": (("population", "plain_moment", "time"), plain),
            "plain_effective": (("population", "plain_moment", "time"), effective),
        },
        {
            "moment": moments, "plain_moment": moments, "population": np.arange(n), "time": time, "length": length,
            "drive_amplitude": 8.0, "n_clones": n_clones, "relaxation_time": 10.0, "early_time": 8.0,
        },
    )  # fmt: skip


LYAPUNOV = pd.DataFrame(
    {"length": [8, 8], "drive_amplitude": [8.0, 8.0], "method": ["gpe", "twa"], "lyapunov_max": [0.5, 1.02],
     "lyapunov_max_stderr": [0.1, 0.03], "lyapunov_max_systematic": [0.02, 0.01]}
)  # fmt: skip


def test_rates_and_their_extrapolation():
    sizes = [_raw(n) for n in (16, 64, 256)]
    clones = pd.concat([clone_rates(each) for each in sizes], ignore_index=True)
    validate_table(CHAIN_MOMENT_CLONES, clones)
    exact = np.array([_exact(row.moment, row.n_clones) for row in clones.itertuples()])
    assert (np.abs(clones["growth_rate"] - exact) < SIGMA * clones["growth_rate_stderr"]).all()
    np.testing.assert_allclose(clones["time_change"], 0.0, atol=1e-12)
    bent = sizes[0].assign(log_moment=sizes[0]["log_moment"] + 0.002 * sizes[0]["time"] ** 2)
    # The slope of 0.002 t² grows by 0.004 in a unit of time, and the halves are 15 apart.
    np.testing.assert_allclose(clone_rates(bent)["time_change"], 0.06, rtol=1e-6)
    assert clones["coalescence_time"].tolist()[:2] == [1.0, 1.0] and clones["effective_share"].eq(0.4).all()
    table = moment_rates(sizes, least_effective=64.0, lyapunov=LYAPUNOV)
    validate_table(CHAIN_MOMENT_GROWTH, table)
    for row in table.itertuples():
        assert abs(row.extrapolated_rate - _exact(row.moment)) < SIGMA * row.extrapolated_rate_stderr
        change = _exact(row.moment, 256) - _exact(row.moment, 64)
        assert abs(row.clones_change - change) < SIGMA * row.clones_change_stderr
        assert abs(row.typical_rate - row.moment * MEAN) < SIGMA * row.typical_rate_stderr
        # Jensen's inequality, and by how much.
        excess = 0.5 * row.moment**2 * (VARIANCE - 8.0 / 256)
        assert abs(row.excess - excess) < SIGMA * row.excess_stderr and row.excess > 3 * row.excess_stderr
        assert row.lyapunov_rate == pytest.approx(row.moment * 1.02)
        assert row.lyapunov_rate_systematic == pytest.approx(row.moment * 0.01)
        assert row.extrapolation_chi2 < 10.0
        assert abs(row.held_rate - _exact(row.moment)) < SIGMA * row.held_rate_stderr + 0.02
        assert row.n_clones == 256 and row.n_populations == 16
    # 4096 plain samples, of which 64 count while the variance of q ln|delta| is below ln 64.
    assert table["held_until"][0] > 1.5 * table["held_until"][1] > 1.0


def test_rates_that_do_not_follow_the_line_are_not_extrapolated():
    rates = [Rate(1.0, 0.01), Rate(1.2, 0.01), Rate(1.4, 0.01)]
    found, square = extrapolate([64, 256, 1024], rates)
    assert np.isnan(found).all() and square > 50
    found, square = extrapolate([64, 256, 1024], [Rate(1.0 - 8 / n, 0.01) for n in (64, 256, 1024)])
    assert found.value == pytest.approx(1.0) and square == pytest.approx(0.0, abs=1e-9)
    # By least squares the limit is less certain than the largest population alone.
    assert 0.01 / np.sqrt(2) < found.stderr < 0.015
    assert np.isnan(extrapolate([64, 256], rates[:2])[0]).all()


def test_slopes_of_the_mean_of_logarithms_and_of_the_pooled_mean():
    rng, times = np.random.default_rng(3), np.arange(0.0, 10.5, 0.5)
    rates = 1.0 + 0.1 * rng.normal(size=64)
    logs = rates[:, None] * times + 700.0
    value, error = slope(logs, times, 2.0, 8.0)
    assert value == pytest.approx(rates.mean()) and error == pytest.approx(rates.std(ddof=1) / 8)
    pooled, pooled_error = pooled_slope(logs, times, 0.0, 10.0)
    # ln <e**(10 rate)>/10 = 1 + 0.1² 10/2.
    assert abs(pooled - 1.05) < SIGMA * pooled_error < 0.15


def test_a_plain_sample_holds_what_it_has_enough_of():
    data = _raw(64)
    assert held_time(data, 1.0, 1e-9) == 40.0
    assert held_time(data, 1.0, 1e9) == 0.0
    for moment in (1.0, 2.0):
        until = held_time(data, moment, 64.0)
        # 1024 samples: a variance of ln 16.
        assert 0.4 * np.log(16) < moment**2 * VARIANCE * until < 2.0 * np.log(16)


def test_jobs_are_joined_by_chain_and_size_whatever_their_order():
    whole = _raw(16)
    parts = [whole.isel(population=slice(8, 16)), _raw(64), whole.isel(population=slice(0, 8)), _raw(16, length=12)]
    (sizes, other) = join_moment_jobs(parts)
    assert [int(data["n_clones"]) for data in sizes] == [16, 64] and int(other[0]["length"]) == 12
    xr.testing.assert_equal(sizes[0], whole)
    grid = moment_curves([*sizes, *other])
    assert grid["log_moment"].shape == (6, 81) and grid["moment"].values.tolist() == [1.0, 2.0] * 3
    np.testing.assert_allclose(grid["log_moment"].values[1], whole["log_moment"].values[1].mean(axis=0))
