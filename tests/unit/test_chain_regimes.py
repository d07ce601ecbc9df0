"""Regimes of the chain: windows, shares of the wave, the classifier and the boundaries, on known input."""

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from openkerr.analysis.chain_doubts import doubts
from openkerr.analysis.chain_regimes import (
    RegimeRules,
    boundaries_table,
    crossing,
    regime,
    scan_tables,
    wave_numbers,
    wave_share,
)
from openkerr.analysis.regime_sensitivity import FACTORS, regime_sensitivity, shares_of_bands
from openkerr.models.bose_hubbard_chain import BoseHubbardChain
from openkerr.solvers.ensemble_data import join_datasets
from openkerr.solvers.replicas import simulate_replicas
from openkerr.solvers.sde import Reduction, simulate_ensemble
from openkerr.solvers.time_grid import TimeGrid
from openkerr.studies.chain_map.raw import (
    saturation_dataset,
    scan_coordinates,
    steady_state_dataset,
    watched_sites,
    whole_run_bins,
)
from openkerr.studies.chain_map.tables import CHAIN_BOUNDARIES, CHAIN_PHASE_DIAGRAM
from openkerr.tables.files import validate_table

RULES = RegimeRules(wave_band=0.1, mixed_shares=(0.1, 0.9), chaotic_correlator=0.1, sigma=2.0)


def branch(length=4, drives=(8.0, 9.0, 10.0), numbers=(40.0, 44.0, 48.0)) -> pd.DataFrame:
    """A wave from a fold at the first drive on, the other side of the fold, and an ensemble's row."""
    wave = pd.DataFrame({"drive_amplitude": drives, "photon_number_last": numbers})
    beyond = wave.assign(photon_number_last=20.0)
    other = wave.assign(photon_number_last=99.0, method="twa")
    return pd.concat([beyond, wave, other], ignore_index=True).fillna({"method": "newton"}).assign(length=length)


@pytest.mark.parametrize(
    ("burn_in", "time", "early"), [(20.0, 60.0, 4), (40.0, 60.0, 16), (0.0, 60.0, 0), (1.0, 60.0, 1)]
)
def test_windows_cover_the_whole_run(burn_in, time, early):
    grid = TimeGrid.from_times(0.5, 0.5, time)
    bins = whole_run_bins(grid, burn_in)
    assert bins[0] == -1 and np.all(np.diff(bins[1:]) >= 0) and set(np.diff(bins)) <= {0, 1}
    assert bins[-1] + 1 == early + 8
    assert np.argmax(bins == early) == round(burn_in / 0.5) + 1
    counts = np.bincount(bins[1:])
    assert counts[:early].max(initial=0) - counts[:early].min(initial=9999) <= 1 and np.ptp(counts[early:]) <= 1


def test_the_wave_is_taken_from_the_upper_side_of_newtons_branch():
    found = wave_numbers(branch(), 4, [7.9, 8.0, 8.5, 10.0, 10.1])
    np.testing.assert_allclose(found, [0.0, 40.0, 42.0, 48.0, np.nan])
    assert np.isnan(wave_numbers(branch(), 6, [9.0])).all()


def test_share_of_the_wave_counts_trajectories_that_count():
    rng = np.random.default_rng(4)
    single = np.where(rng.random((32, 1, 10)) < 0.3, 44.5, 20.0) + rng.normal(size=(32, 4, 10))
    weights = np.full(32, 10)
    weights[-1] = 4
    single[-1, :, 4:] = np.nan
    share, error = wave_share(single, np.full(4, 5), weights, 44.0, 0.1)
    kept = single.mean(axis=1)[~np.isnan(single.mean(axis=1))]
    assert share == pytest.approx(np.mean(kept > 30))
    assert error == pytest.approx(np.sqrt(0.3 * 0.7 / 314), rel=0.4)
    # A mean over windows in and out of the band is out of it.
    torn = np.repeat([[[44.5]] * 2 + [[20.5]] * 2], 32, axis=0).reshape(32, 4, 1)
    assert wave_share(torn, np.full(4, 5), np.ones(32), 44.0, 0.1)[0] == 0.0
    assert wave_share(single, np.full(4, 5), weights, 0.0, 0.1) == (0.0, 0.0)
    assert np.isnan(wave_share(single, np.full(4, 5), weights, np.nan, 0.1)).all()


@pytest.mark.parametrize(
    ("numbers", "expected"),
    [
        ((1.0, 0.0, 1e-9, 0.0), "III"),
        ((0.95, 0.02, 0.5, 0.01), "III"),
        ((0.92, 0.02, 0.5, 0.01), None),
        ((0.5, 0.02, 0.5, 0.01), "mixed"),
        ((0.11, 0.02, 0.5, 0.01), None),
        ((0.0, 0.0, 1.0, 0.01), "II"),
        ((0.0, 0.0, 0.12, 0.02), None),
        ((0.0, 0.0, 1e-8, 1e-9), "I"),
        ((0.0, 0.0, np.nan, np.nan), None),
        ((np.nan, np.nan, 1.0, 0.01), None),
    ],
)
def test_rules_of_the_classifier(numbers, expected):
    assert regime(*numbers, RULES) == expected


def test_crossings_are_interpolated_and_know_the_step():
    drives, errors = np.array([8.0, 8.5, 9.0, 9.5]), np.full(4, 0.05)
    place, error = crossing(drives, np.array([0.0, 0.2, 0.8, 1.0]), errors, 0.5)
    assert place == pytest.approx(8.75)
    assert error == pytest.approx(0.5 * np.hypot(np.hypot(0.025, 0.025) / 0.6, 12**-0.5))
    assert np.isnan(crossing(drives, np.array([0.0, 0.1, 0.2, 0.3]), errors, 0.5)).all()
    assert np.isnan(crossing(drives[:0], drives[:0], drives[:0], 0.5)).all()


TIMES = {"time_step": 0.04, "burn_in": 40.0, "averaging_time": 40.0}


def made_scan(length=4) -> xr.Dataset:
    """A jump of the photon number of the last site between F = 8.5 and 9: slow at 8.5, where half of the runs leap."""
    rng = np.random.default_rng(1)
    drives, n_batches, n_bins, lanes = np.array([1.0, 4.0, 8.0, 8.5, 9.0, 9.5]), 16, 16, 8
    single = np.empty((6, n_batches, n_bins, lanes))
    leap = rng.permutation(np.repeat([4, 99], n_batches * lanes // 2)).reshape(n_batches, 1, lanes)
    for index, drive in enumerate(drives):
        late = np.arange(n_bins)[:, None] >= leap if drive == 8.5 else drive > 8.5
        single[index] = np.where(late, wave_numbers(branch(), 4, [max(drive, 8.0)])[0], 2.0 * drive) + 0.5
        single[index] += 0.1 * rng.normal(size=single[index].shape)
    moments = np.stack([single, single**2], axis=-1).mean(axis=3)[:, :, :, None].repeat(3, axis=3)
    otoc = np.array([1e-9, 0.6, 1.0, 0.5, 0.0, 0.0])[:, None, None, None] + np.zeros((16, 2, 3))
    return xr.Dataset(
        {
            "moments": (("drive_amplitude", "batch", "bin", "site", "moment"), moments),
            "trajectory_means": (("drive_amplitude", "batch", "bin", "lane"), single),
            "n_valid": (("batch",), np.full(n_batches, lanes)),
            "samples": (("bin",), np.full(n_bins, 5)),
            "otoc": (("drive_amplitude", "replica_batch", "half", "site"), otoc),
            "replica_n_valid": (("replica_batch",), np.full(16, 4)),
        },
        coords={
            "drive_amplitude": drives,
            "batch": np.arange(n_batches) * lanes,
            "site": watched_sites(length),
            "begin": ("bin", 5.0 * np.arange(n_bins)),
            "end": ("bin", 5.0 * np.arange(n_bins) + 5),
            **scan_coordinates(BoseHubbardChain(length=length, drive_amplitude=1.0), TIMES),
        },
    )


def test_a_scan_gives_regimes_and_boundaries():
    diagram, relaxation = scan_tables([made_scan()], branch(), RULES)
    diagram = validate_table(CHAIN_PHASE_DIAGRAM, diagram)
    assert sorted(diagram["site"].unique()) == [1, 2, 4] and len(diagram) == 18
    last = diagram[diagram["site"] == 4].set_index("drive_amplitude")
    assert last["regime"].tolist() == ["I", "II", "II", "mixed", "III", "III"]
    assert last.loc[8.5, "rnw_fraction"] == pytest.approx(0.5)
    assert last.loc[4.0, "photon_number"] == pytest.approx(8.0, abs=4.5 * last.loc[4.0, "photon_number_stderr"])
    assert last["wave_photon_number"].isna().tolist() == [True, True, False, False, False, False]
    # From windows of 20 out of 80, shifted by 10: the leap comes after four of sixteen windows.
    slow = relaxation[relaxation["drive_amplitude"] == 8.5]
    np.testing.assert_allclose(slow["burn_in"], 10.0 * np.arange(7))
    np.testing.assert_allclose(slow["rnw_fraction"], [0, 0, 0.5, 0.5, 0.5, 0.5, 0.5])
    found = validate_table(CHAIN_BOUNDARIES, boundaries_table(diagram, relaxation, RULES))
    places = found[found["window"] == 40].set_index("boundary")
    assert places.loc["two_three", "drive_amplitude"] == pytest.approx(8.5)
    assert places.loc["two_three", "width"] == pytest.approx(0.8 * 0.5 / 0.5)
    assert places.loc["one_two", "drive_amplitude"] == pytest.approx(1.0 + 3 * 0.1 / 0.6)
    assert places.loc["leap", "drive_amplitude"] == pytest.approx(8.75)
    assert places.loc["leap", "drive_amplitude_stderr"] == pytest.approx(0.5 / np.sqrt(12))
    assert places.loc["leap", "width"] == pytest.approx(0.5)
    early = found[(found["boundary"] == "two_three") & (found["burn_in"] == 0)]
    assert early["drive_amplitude"].tolist() == [pytest.approx(8.75)] and early["window"].tolist() == [20.0]


@pytest.mark.parametrize(
    ("number", "error", "parameters", "time_step", "method", "expected"),
    [
        (47.0, 0.1, {}, 0.04, "twa", None),
        (1942.0, 1.0, {}, 0.04, "twa", "step"),
        (0.3, 0.01, {"hopping": 10.0}, 0.04, "twa", "step"),
        (0.3, 0.01, {"hopping": 10.0}, 0.02, "twa", None),
        (0.1, 1e-4, {"kerr": 20.0}, 0.04, "twa", "interaction"),
        (0.1, 1e-4, {"kerr": 20.0}, 0.04, "gpe", None),
        (1e-3, 1e-3, {}, 0.04, "twa", "photon number"),
        (-0.01, 1e-3, {}, 0.04, "twa", "photon number"),
        (1e-3, 1e-3, {"kerr": 20.0}, 1.0, "twa", "step"),
    ],
)
def test_what_cannot_hold_is_told(number, error, parameters, time_step, method, expected):
    chain = BoseHubbardChain(length=4, drive_amplitude=1.0, **parameters)
    data = xr.Dataset(coords=chain.coordinates() | {"time_step": time_step})
    numbers, errors = np.array([number]), np.array([error])
    assert doubts(numbers, errors, data, method).tolist() == [expected]
    assert doubts(numbers, errors, data, method, np.array([-4.9])).tolist() == [expected]
    assert doubts(numbers, errors, data, method, np.array([-5.1])).tolist() == [expected or "moving"]


def test_the_vacuum_has_neither_coherence_nor_regime():
    """A scan whose light is taken away: |alpha|² of the vacuum, with noise."""
    scan = made_scan()
    noise = np.random.default_rng(1).normal(scale=1e-3, size=scan["moments"].shape)
    dark = scan.assign(moments=(scan["moments"].dims, np.array([0.5, 0.5]) + noise))
    diagram = validate_table(CHAIN_PHASE_DIAGRAM, scan_tables([dark], branch(), RULES)[0])
    assert (diagram["doubt"] == "photon number").all()
    assert diagram[["g2", "g2_stderr", "mandel_q", "mandel_q_stderr", "regime"]].isna().all(axis=None)
    assert diagram["photon_number"].abs().max() < 0.01


def test_a_step_that_does_not_hold_has_no_regime():
    diagram, _ = scan_tables([made_scan().assign_coords(time_step=0.2)], branch(), RULES)
    assert (diagram["doubt"] == "step").all() and diagram["regime"].isna().all() and diagram["g2"].notna().all()


def test_a_state_that_moves_is_told():
    """The light of the second half of the window is 2 % more than that of the first; the regime stays."""
    scan = made_scan()
    late = np.arange(scan.sizes["bin"]) >= scan.sizes["bin"] * 3 // 4
    moved = scan["moments"] * xr.where(xr.DataArray(late, dims="bin"), 1.02, 1.0)
    diagram, _ = scan_tables([scan.assign(moments=moved.transpose(*scan["moments"].dims))], branch(), RULES)
    still, _ = scan_tables([scan], branch(), RULES)
    assert set(still["doubt"]) == {None}
    assert (diagram["doubt"] == "moving").any()
    assert diagram["regime"].tolist() == still["regime"].tolist()


def test_growth_of_the_correlator_is_told_in_standard_errors():
    scan = made_scan()
    growth = np.random.default_rng(6).normal(0.02, 0.01, size=(6, 16, 3))
    scan["otoc"] = scan["otoc"] + np.stack([-growth / 2, growth / 2], axis=2)
    diagram = scan_tables([scan], branch(), RULES)[0].set_index(["drive_amplitude", "site"])
    for index, drive in enumerate(scan["drive_amplitude"].values):
        for place, site in enumerate(scan["site"].values):
            seen = growth[index, :, place]
            expected = seen.mean() / (seen.std(ddof=1) / np.sqrt(16))
            assert diagram.loc[(drive, site), "otoc_stationarity"] == pytest.approx(expected)


def test_jobs_of_other_trajectories_join():
    whole = made_scan()
    parts = [whole.isel(batch=slice(8, 16)).drop_dims("replica_batch"), whole.isel(batch=slice(0, 8))]
    pd.testing.assert_frame_equal(scan_tables(parts, branch(), RULES)[0], scan_tables([whole], branch(), RULES)[0])


def test_a_uniform_chain_has_no_wave():
    diagram, relaxation = scan_tables([made_scan().assign_coords(geometry="uniform")], branch(), RULES)
    assert diagram["rnw_fraction"].isna().all() and diagram["regime"].isna().all() and relaxation.empty
    validate_table(CHAIN_PHASE_DIAGRAM, diagram)
    found = boundaries_table(diagram, relaxation, RULES)
    assert found["boundary"].tolist() == ["leap", "fluctuation_peak"]


def test_a_linear_chain_is_poissonian_and_regular():
    """U = 0: coherent states, and replicas that forget the turn; from the solvers to the table."""
    grid = TimeGrid.from_times(0.02, 1.0, 60.0)
    bins = whole_run_bins(grid, 20.0)
    parts = []
    for drive in (0.5, 2.0):
        model = BoseHubbardChain(length=2, drive_amplitude=drive, kerr=0.0)
        ensemble = simulate_ensemble(
            model,
            grid,
            start=[0, 0],
            seed=8,
            trajectories=range(512),
            reduction=Reduction(bin_of_sample=bins, trajectory_means=[1], final_states=True),
            batch_size=32,
            stepper="strang",
        )
        replicas = simulate_replicas(
            model,
            grid,
            states=ensemble.states,
            seed=9,
            trajectories=range(128),
            sources=[0],
            angle=0.1,
            split_sample=0,
            stepper="strang",
            batch_size=8,
        )
        part = steady_state_dataset(ensemble, bins, [1, 2], "1/gamma")
        parts.append(part.merge(saturation_dataset(replicas, 40.0, [1, 2])))
    data = join_datasets(parts, xr.Variable("drive_amplitude", [0.5, 2.0]))
    np.testing.assert_allclose(data["begin"], np.r_[0, 5, 10, 15, 20 + 5 * np.arange(8)])
    np.testing.assert_allclose(data["end"] - data["begin"], 5.0)
    means = data["trajectory_means"].mean("lane").transpose(*data["moments"].isel(site=1, moment=0).dims)
    np.testing.assert_allclose(means, data["moments"].sel(moment="abs2", site=2), rtol=1e-6)
    data = data.assign_coords(scan_coordinates(model, TIMES | {"burn_in": 20.0}))
    table, _ = scan_tables([data], branch(2), RULES)
    validate_table(CHAIN_PHASE_DIAGRAM, table)
    assert (table["regime"] == "I").all() and (table["otoc_saturation"] < 1e-6).all()
    row = table[table["site"] == 2].set_index("drive_amplitude")
    matrix = np.array([[-2.5 - 0.5j, -2.0], [-2.0, -2.5 - 0.5j]])
    exact = np.abs(np.linalg.solve(matrix, [1.0, 0.0])[1] * np.array([0.5, 2.0])) ** 2
    assert (np.abs(row["photon_number"] - exact) < 4.5 * row["photon_number_stderr"] + 2e-4 * (1 + exact)).all()
    for name, value in (("number_fluctuation", 0.0), ("mandel_q", 0.0), ("g2", 1.0)):
        assert (np.abs(row[name] - value) < 4.5 * row[f"{name}_stderr"] + 1e-3).all(), name
    assert (row["stationarity"].abs() < 4.5).all()


def test_what_a_changed_rule_changes():
    drives = np.array([1.0, 2.0, 3.0, 4.0, 5.0, 6.0])
    diagram = pd.DataFrame(
        {
            "geometry": "boundary",
            "length": 4,
            "site": 4,
            "drive_amplitude": drives,
            "burn_in": 10.0,
            "window": 10.0,
            "photon_number": drives,
            "number_fluctuation": drives,
            "wave_photon_number": [np.nan] * 4 + [10.0, 10.0],
            "rnw_fraction": [0.0, 0.0, 0.0, 0.0, 0.5, 1.0],
            "rnw_fraction_stderr": [0.0] * 4 + [0.01, 0.0],
            # The fourth state is doubted, and not classified under any rule.
            "otoc_saturation": [0.0, 0.06, 0.14, 0.6, 0.6, 0.0],
            "otoc_saturation_stderr": 0.001,
            "doubt": [None, None, None, "step", None, "moving"],
        }
    )
    wide = pd.DataFrame(
        {"drive_amplitude": drives, "rnw_fraction": diagram["rnw_fraction"], "rnw_fraction_stderr": 0.0}
    )
    shares = pd.concat([wide.assign(factor=factor) for factor in FACTORS])
    # In half the band a fifth of the trajectories is in the wave at F = 5, and none in a twentieth.
    shares.loc[(shares["factor"] == 0.5) & (shares["drive_amplitude"] == 5.0), "rnw_fraction"] = 0.2
    found = regime_sensitivity(diagram, shares, RULES).set_index(["rule", "factor"])
    assert set(found.index) == {
        (rule, factor) for rule in ("wave_band", "mixed_shares", "chaotic_correlator", "sigma") for factor in FACTORS
    }
    assert (found["n_states"] == 5).all()
    # D of the second state is above half the limit, and that of the third below one and a half times it.
    correlator = found.loc["chaotic_correlator"]
    assert correlator["n_exchanged"].tolist() == correlator["n_changed"].tolist() == [1, 0, 0, 1]
    assert correlator["one_two_shift"].tolist() == pytest.approx(
        [-0.5 - 1 / 6, -0.25, 0.25, 1 + 0.01 / 0.46 - 0.5], abs=1e-9
    )
    band = found.loc["wave_band"]
    assert band["two_three_shift"].tolist() == pytest.approx([0.375, 0, 0, 0])
    assert not band["n_exchanged"].any() and not found.loc["sigma"]["n_changed"].any()


def test_shares_of_a_narrower_band_are_smaller():
    numbers = np.array([10.0, 10.4, 10.9, 13.0])
    single = np.broadcast_to(numbers + 0.5, (16, 2, 4))
    part = xr.Dataset(
        {
            "n_valid": ("batch", np.full(16, 4)),
            "trajectory_means": (("drive_amplitude", "batch", "window", "lane"), single[None]),
            "begin": ("window", [0.0, 10.0]),
            "samples": ("window", [5, 5]),
        },
        coords={"drive_amplitude": [5.0], "batch": np.arange(16), "burn_in": 10.0},
    )
    diagram = pd.DataFrame({"drive_amplitude": [5.0], "wave_photon_number": [10.0], "rnw_fraction": [0.75]})
    found = shares_of_bands([part], diagram, RULES)
    assert found["factor"].tolist() == list(FACTORS)
    assert found["rnw_fraction"].tolist() == [0.5, 0.5, 0.75, 0.75]
