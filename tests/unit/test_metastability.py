"""Two states with known rates, through the tables of the chain's wave; what raw data keep."""

import numpy as np
import pandas as pd
import pytest
from systems import metastability_tables as system

from openkerr.analysis.critical_length import critical_lengths
from openkerr.analysis.metastability import Point, no_curves, onset_time, points_of
from openkerr.analysis.passage_rates import rate_rows, scaling_table
from openkerr.analysis.splitting_rates import splitting_rows
from openkerr.analysis.wave_events import agitation, front_rows, front_times, temperatures, thermal_row
from openkerr.analysis.wave_onset import onset_times
from openkerr.analysis.wave_weight import equal_rate_table, weight_table
from openkerr.models.bose_hubbard_chain import BoseHubbardChain
from openkerr.solvers.sde import Reduction, simulate_ensemble
from openkerr.solvers.time_grid import TimeGrid
from openkerr.studies.chain_metastability import raw, tables
from openkerr.studies.chain_metastability.splitting import no_passage, splitting_dataset, wave_coordinate
from openkerr.studies.chain_metastability.tables import CHAIN_ONSET_TIMES
from openkerr.studies.chain_wave.scan import wave_if_any, wave_state
from openkerr.tables.files import validate_table


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


def test_chains_without_the_wave_leave_tables_and_curves_empty():
    model = BoseHubbardChain(length=6, drive_amplitude=9.0, kerr=0.0)
    state, missing = wave_if_any(model)
    assert state is None
    assert (
        missing == "no resonant nonlinear wave in the chain of 6 sites at F = 9: kerr is 0: the wave is a nonlinear one"
    )
    run = raw.no_passages(TimeGrid.from_times(0.05, 1.0, 100.0), 10.0, range(4))
    scan = run.expand_dims({"length": [6], "drive_amplitude": [9.0]}).assign_coords(start="vacuum", bath_noise=1)
    assert (scan.sizes["window"], list(points_of(scan))) == (10, [])
    case = {"name": "none", "direction": "escape", "sites": "chain", "n_trials": 32}
    rates = pd.DataFrame(columns=tables.CHAIN_RATES.column_names)
    splitting, rare = splitting_rows([splitting_dataset(no_passage(), model, case)], rates)
    weights = weight_table(rates)
    for schema, table in (
        (tables.CHAIN_SPLITTING, splitting),
        (tables.CHAIN_RATES, rare),
        (tables.CHAIN_WAVE_WEIGHT, weights),
        (tables.CHAIN_EQUAL_RATES, equal_rate_table(weights)),
        (tables.CHAIN_CRITICAL_LENGTH, critical_lengths([], [100.0])),
        (tables.CHAIN_RATE_SCALING, scaling_table(rates)),
    ):
        assert (len(table), set(table.columns)) == (0, set(schema.column_names))
    assert no_curves().sizes["point"] == 0


def test_photons_and_phase_set_in_where_they_pass_half():
    """Photons at 95 + 8 site; the phase of one half is made to fall back and to pass for the last time 40 later."""
    ensemble = system.onset_ensemble()
    table = validate_table(CHAIN_ONSET_TIMES, onset_times(ensemble))
    exact = 95.0 + 8.0 * table["site"]
    for name in ("rise_time", "phase_time"):
        assert ((table[name] - exact).abs() < 4.5 * table[f"{name}_stderr"] + 0.5).all(), name
    assert ((table["coherence_at_rise"] - 0.5).abs() < 4.5 * table["coherence_at_rise_stderr"] + 0.02).all()
    late = ensemble.copy(deep=True)
    fallen = (late["end"] > 150) & (late["end"] < 250)
    late["phase_re"] = late["phase_re"].where(~fallen, 0.0)
    late["phase_im"] = late["phase_im"].where(~fallen, 0.0)
    again = onset_times(late)
    # From 0 at the window before 250 to about 1 at that of 250: half of it at 240.
    assert ((again["phase_time"] - 240).abs() < 1.0)[again["site"] < 6].all()
    np.testing.assert_allclose(again["rise_time"], table["rise_time"])
    never = ensemble.assign(wave_photon_number=ensemble["wave_photon_number"] * 3)
    assert onset_times(never)["rise_time"].isna().all()
    none = ensemble.assign(wave_photon_number=ensemble["wave_photon_number"] * np.nan)
    assert onset_times(none)["rise_time"].isna().all()


@pytest.mark.parametrize("direction", ["arrival", "escape"])
def test_fronts_have_the_delay_that_was_put_in(direction):
    """Either level tells the same front here; the box delays all sites alike."""
    rows = front_rows(system.event_data(direction), system.LEVELS, system.AGITATION_TIME)
    frame = validate_table(tables.CHAIN_WAVE_FRONTS, pd.DataFrame(rows, columns=tables.CHAIN_WAVE_FRONTS.column_names))
    assert len(frame) == 2 and (frame["direction"] == direction).all() and (frame["n_events"] == 12).all()
    assert (abs(frame["delay_per_site"] - system.FRONT_DELAY) < 4.5 * frame["delay_per_site_stderr"]).all()
    assert (frame["delay_per_site_stderr"] < 0.4).all() and (frame["driven_first"] == 1).all()
    assert frame["velocity"].tolist() == pytest.approx((1 / frame["delay_per_site"]).tolist())


def test_a_front_is_the_last_time_on_the_other_side():
    agitated = np.array([[[1.0, 0.0, 1.0]], [[0.0, 0.0, 1.0]], [[1.0, 0.0, 1.0]], [[0.0, 0.0, 1.0]]]).transpose(1, 0, 2)
    times = np.array([1.0, 2.0, 3.0, 4.0])
    np.testing.assert_array_equal(front_times(agitated, times, 0.5, "arrival"), [[3.0, np.nan, np.nan]])
    np.testing.assert_array_equal(front_times(1 - agitated, times, 0.5, "escape"), [[3.0, np.nan, np.nan]])


def test_agitation_of_thermal_light_is_one_and_of_a_constant_none():
    rng = np.random.default_rng(2)
    intensity = np.stack([rng.exponential(3.0, 4000), np.full(4000, 3.0)], axis=-1)
    found = agitation(intensity, 2000)
    assert found.shape == (2001, 2)
    assert found[::1000, 0] == pytest.approx(1.0, abs=4.5 * np.sqrt(20 / 2000)) and np.abs(found[:, 1]).max() < 1e-12


def test_a_warm_site_has_the_statistics_that_were_put_in():
    """Batches of a coherent field of 9 photons and 0.7 thermal ones, whose phase is spread by a Gaussian of 0.3."""
    rng = np.random.default_rng(4)
    noise = rng.normal(0, np.sqrt(0.6), (2, 20, 20_000))
    alpha = (3.0 + noise[0] + 1j * noise[1]) * np.exp(1j * rng.normal(0, np.sqrt(0.3), noise.shape[1:]))
    unit = alpha / np.abs(alpha)
    columns = [np.abs(alpha) ** 2, np.abs(alpha) ** 4, unit.real, unit.imag]
    data = system.event_data().assign(
        late=(("batch", "quantity"), np.stack([each.mean(axis=1) for each in columns], axis=-1)),
        n_valid=("batch", np.full(20, 4)),
        photon_number=(("trajectory", "window"), system.point(10, 9.5).numbers[0]),
    )
    data = data.assign_coords(end=("window", system.point(10, 9.5).ends))
    row = thermal_row(data, system.RULES, system.RELAXATION)
    frame = pd.DataFrame([row], columns=tables.CHAIN_THERMAL_BATHS.column_names)
    (found,) = validate_table(tables.CHAIN_THERMAL_BATHS, frame).itertuples()
    assert abs(found.photon_number - 9.7) < 4.5 * found.photon_number_stderr
    g2 = 1 + (0.7**2 + 2 * 0.7 * 9) / 9.7**2
    assert abs(found.g2 - g2) < 4.5 * found.g2_stderr
    assert found.circular_variance > -np.expm1(-0.15) and found.circular_variance_stderr < 0.005
    assert abs(found.rate - system.arrival_rate(10, 9.5)) < 4.5 * found.rate_stderr + 0.25 * found.rate
    assert temperatures(data.expand_dims("thermal_occupation"))[0]["thermal_occupation"] == 0.0
