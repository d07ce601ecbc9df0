"""Two states with known rates, through the tables of the chain's wave; what raw data keep."""

import numpy as np
import pandas as pd
import pytest
from systems import metastability_tables as system

from openkerr.analysis.metastability import Point, onset_time
from openkerr.analysis.passage_rates import rate_rows
from openkerr.analysis.wave_weight import weight_table
from openkerr.models.bose_hubbard_chain import BoseHubbardChain
from openkerr.solvers.sde import Reduction, simulate_ensemble
from openkerr.solvers.time_grid import TimeGrid
from openkerr.studies.chain_metastability import raw
from openkerr.studies.chain_metastability.splitting import wave_coordinate
from openkerr.studies.chain_wave.scan import wave_state


def rates(direction, **chosen):
    rows = system.frames()["chain_rates"]
    rows = rows[
        (rows["method"] == "direct")
        & (rows["order_parameter"] == "last")
        & (rows["direction"] == direction)
        & rows["rate"].notna()
    ]
    for name, value in chosen.items():
        rows = rows[rows[name] == value]
    return rows


@pytest.mark.parametrize("direction", ["arrival", "escape"])
def test_rates_are_those_of_the_telegraph(direction):
    rows = rates(direction, noise="quantum")
    rows = rows[(rows["n_events"] >= 8) & (rows["start"] != "rest")]
    true = [
        system.arrival_rate(row.length, row.drive_amplitude)
        if direction == "arrival"
        else system.escape_rate(row.drive_amplitude)
        for row in rows.itertuples()
    ]
    # A passage is seen when the running mean is inside the band: up to its length later.
    delayed = np.array(true) / (1 + np.array(true) * 5 * system.WINDOW)
    assert len(rows) >= 5
    assert np.all(rows["rate"] - np.array(true) < 4.5 * rows["rate_stderr"])
    assert np.all(rows["rate"] - delayed > -4.5 * rows["rate_stderr"])


def test_fast_passages_have_no_rate():
    fast = rate_rows(system.point(10, 10.5), system.RULES, 40.0)
    assert all(np.isnan(row["rate"]) and row["too_fast"] for row in fast)


def test_no_escape_is_an_upper_limit():
    still = system.point(10, 9.5, "rnw")
    calm = Point(**{**vars(still), "numbers": np.full_like(still.numbers, system.WAVE)})
    row = rate_rows(calm, system.RULES, system.RELAXATION)[0]
    assert row["n_events"] == 0 and np.isnan(row["rate"])
    assert row["rate_limit"] == pytest.approx(-np.log(0.05) / row["observed_time"])
    weights = weight_table(
        pd.DataFrame(
            [
                *rate_rows(calm, system.RULES, 2.0),
                *rate_rows(system.point(10, 9.5), system.RULES, 2.0),
            ]
        )
    )
    assert weights["bound"].tolist() == ["at_least"] and weights["log_ratio_stderr"].isna().all()


def test_weight_and_equal_rates_follow_from_both():
    weights = system.frames()["chain_wave_weight"].set_index(["length", "drive_amplitude"])
    row = weights.loc[(30, 9.0)]
    true = np.log(system.arrival_rate(30, 9.0) / system.escape_rate(9.0))
    assert abs(row["log_ratio"] - true) < 4.5 * row["log_ratio_stderr"]
    assert row["wave_weight"] == pytest.approx(1 / (1 + np.exp(-row["log_ratio"])))
    equal = system.frames()["chain_equal_rates"].set_index("length").loc[60]
    # ln of the ratio is linear in the drive here.
    crossing = 9.0 - np.log(system.arrival_rate(60, 9.0) / system.escape_rate(9.0)) / 8
    assert abs(equal["drive_amplitude"] - crossing) < 4.5 * equal["drive_amplitude_stderr"]


def test_splitting_has_the_scatter_of_its_populations_and_its_gain():
    table = system.frames()["chain_splitting"].set_index(["direction", "length"])
    row = table.loc[("escape", 30)]
    data = system.populations(30, 10.0, "escape")["rate"].to_numpy()
    assert row["rate"] == pytest.approx(data.mean())
    assert row["rate_stderr"] == pytest.approx(data.std(ddof=1) / 4)
    assert row["gain"] == pytest.approx(row["rate"] / row["rate_stderr"] ** 2 / 1.6e5)
    # Direct sampling saw no escape there, and some arrivals of the other chain.
    assert np.isnan(row["direct_rate"])
    other, direct = table.loc[("arrival", 60)], rates("arrival", length=60, drive_amplitude=9.0).iloc[0]
    assert other["direct_rate"] == direct["rate"]
    weights = system.frames()["chain_wave_weight"].set_index(["length", "drive_amplitude"])
    assert weights.loc[(30, 10.0), "bound"] == "measured"


def test_slopes_are_those_of_the_law():
    rows = system.frames()["chain_rate_scaling"].set_index(["direction", "drive_amplitude"])
    arrival, escape = rows.loc[("arrival", 9.5)], rows.loc[("escape", 9.0)]
    assert abs(arrival["slope"] + 1 / 25) < 4.5 * arrival["slope_stderr"] + 0.003  # 0.003: passages are seen late
    assert abs(escape["slope"]) < 4.5 * escape["slope_stderr"]
    assert (rows["p_value"] > 1e-3).all()


def test_critical_length_is_where_half_have_arrived():
    row = system.frames()["chain_critical_length"].set_index(["drive_amplitude", "time"]).loc[(9.0, 4000.0)]
    waited = 4000.0 - 5 * system.WINDOW
    true = 10 + 25 * np.log(system.arrival_rate(10, 9.0) * waited / np.log(2))
    assert abs(row["length"] - true) < 4.5 * row["length_stderr"]


def test_onset_of_the_mean_is_after_the_last_time_outside():
    x, ends = np.ones((16, 6)), np.arange(1.0, 7.0)
    x[:, :3] = 0.5
    assert onset_time(x, ends, 0.05) == (4.0, 0.0)
    x[:, 4] = 0.9
    assert onset_time(x, ends, 0.05)[0] == 6.0
    x[:, 5] = 0.9
    assert np.isnan(onset_time(x, ends, 0.05)[0])
    assert onset_time(np.ones((16, 6)), ends, 0.05)[0] == 1.0


@pytest.mark.slow
def test_raw_data_hold_windows_of_single_trajectories():
    model = BoseHubbardChain(length=6, drive_amplitude=10.5)
    grid = TimeGrid.from_times(0.05, 1.0, 40.0)
    state = wave_state(model, "twa")
    options = {"seed": 3, "trajectories": range(20), "stepper": "strang", "precision": "single", "batch_size": 16}
    modes = raw.watched_modes(6)
    reduction = Reduction(raw.whole_windows(grid, 10.0), 1, paths=range(20), trajectory_means=modes)
    ensemble = simulate_ensemble(model, grid, start=state.field, reduction=reduction, **options)
    data = raw.passages_dataset(ensemble, grid, 10.0, raw.wave_numbers(state))
    assert dict(data.sizes) == {"site": 2, "trajectory": 20, "window": 4}
    np.testing.assert_array_equal(data["end"], [10.0, 20.0, 30.0, 40.0])
    paths = np.abs(ensemble.paths[1:, modes]) ** 2 - 0.5
    expected = paths.reshape(4, 10, 2, 20).mean(axis=1).transpose(1, 2, 0)
    np.testing.assert_allclose(data["photon_number"], expected, rtol=1e-5)


@pytest.mark.slow
def test_wave_numbers_are_those_of_the_ensemble():
    """Noise to first order, against trajectories on the wave in a long chain, where phases spread."""
    model = BoseHubbardChain(length=40, drive_amplitude=10.5)
    grid = TimeGrid.from_times(0.02, 1.0, 300.0)
    state = wave_state(model, "twa")
    wave = raw.wave_numbers(state)
    bins = np.where(grid.times > 100, 0, -1)
    reduction = Reduction(bins, 2, trajectory_means=raw.watched_modes(40))
    ensemble = simulate_ensemble(
        model, grid, start=state.field, seed=4, trajectories=range(128), reduction=reduction, stepper="strang",
        precision="single", batch_size=64,
    )  # fmt: skip
    singles = ensemble.trajectory_means[:, 0] - 0.5
    for place, mode in enumerate(raw.watched_modes(40)):
        mean, stderr = singles[:, place].mean(), singles[:, place].std(ddof=1) / np.sqrt(128)
        # 0.3: the next order, as of the profiles of the wave.
        assert abs(mean - wave[mode]) < 4.5 * stderr + 0.3


def test_coordinates_are_one_at_the_wave_and_what_is_missing_of_it():
    wave = np.array([4.0, 6.0, 6.0, 8.0])
    fields = np.stack([np.sqrt(wave + 0.5)[:, None] * np.array([1.0, 0.5]), np.zeros((4, 2))])
    # |alpha|² - 1/2 of half the field: a quarter of the wave, less 3/8 a site.
    quarter = 0.25 - 0.375 * 4 / wave.sum()
    np.testing.assert_allclose(wave_coordinate(wave, "arrival", "chain")(fields), [1.0, quarter])
    np.testing.assert_allclose(wave_coordinate(wave, "escape", "chain")(fields), [0.0, 1 - quarter], atol=1e-12)
    half = 0.25 - 0.375 * 2 / 10.0
    np.testing.assert_allclose(wave_coordinate(wave, "arrival", "driven_half")(fields), [1.0, half])
