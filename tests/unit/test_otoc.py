"""Growth rates, fronts and saturation of the OTOC on curves whose answers are known; tables of chaos in the chain."""

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from openkerr.analysis import lyapunov_tables, otoc_tables
from openkerr.analysis.batches import join_batches
from openkerr.analysis.otoc import (
    FitRule,
    Replicas,
    early_fall,
    fit_end,
    fit_window,
    growth_rates,
    held_samples,
    independent_divergence,
    kept_samples,
    saturation,
)
from openkerr.analysis.otoc_fronts import arrival_times, front, rays
from openkerr.studies.chain_chaos.tables import (
    CHAIN_BUTTERFLY_VELOCITY,
    CHAIN_LYAPUNOV,
    CHAIN_OTOC_FRONTS,
    CHAIN_OTOC_RATES,
    CHAIN_VELOCITY_EXPONENTS,
)
from openkerr.tables.files import validate_table

SIGMA = 4.5
RULE = FitRule(start=0.3, margin=3.0, least=5.0, effective=64.0)
RATE, VELOCITY, ANGLE = 0.8, 2.0, 1e-4


def _replicas(rate=RATE, spread=0.05, n_batches=32, n_sites=24, source=1, saturated=0.7, seed=1):
    """ln D grows at a rate that scatters between batches, behind a front; D ends at ``saturated``."""
    rng = np.random.default_rng(seed)
    times = np.arange(0.0, 60.0, 0.25)
    rates = rate + spread * rng.normal(size=(n_batches, 1, 1))
    distance = np.abs(np.arange(1, n_sites + 1) - source)
    age = times[None, :, None] - distance / VELOCITY
    start = 2 * np.log(ANGLE) - np.log(2)
    # Ahead of the front D falls off at a finite rate, so that arrival times lie between samples.
    log = np.where(age > 0, start + rates * age, start + 20.0 * age)
    log = np.minimum(log, np.log(saturated))
    return Replicas(times, np.exp(log), log, np.full(n_batches, 8.0))


def test_growth_rates_of_exponential_growth():
    found = growth_rates(_replicas(), 10.0, RULE)
    error = 0.05 / np.sqrt(32)
    assert found.typical[1] == pytest.approx(error, rel=0.5)
    for value, stderr in (found.typical, found.early, found.late):
        assert abs(value - RATE) < SIGMA * stderr
    # The mean of exp(rate t) over Gaussian rates grows faster: by the variance times the time, some 8.
    assert 0.005 < found.mean[0] - found.typical[0] < 0.04
    # 64 effective samples of 32 batches: a relative variance of one half.
    assert found.held_until == pytest.approx(np.sqrt(np.log(1.5)) / 0.05, rel=0.25)
    assert found.efolds == pytest.approx(0.7 * (np.log(0.7) - 3 - (2 * np.log(ANGLE) - np.log(2))), abs=0.6)


def _log_normal(n=1024, mean=2.0, variance=1.2, seed=7):
    """ln D of trajectories that gain independent normals, as spread as in the chaotic chain, until D is one."""
    rng, times = np.random.default_rng(seed), np.arange(0.0, 40.0, 0.25)
    steps = 0.25 * mean + np.sqrt(0.25 * variance) * rng.normal(size=(n, len(times) - 1))
    log = np.minimum(-40.0 + np.concatenate([np.zeros((n, 1)), np.cumsum(steps, axis=1)], axis=1), 0.0)
    batches = log.reshape(64, -1, len(times))
    return Replicas(
        times, np.exp(batches).mean(axis=1)[:, :, None], batches.mean(axis=1)[:, :, None], np.full(64, n / 64)
    )


def test_the_growth_of_a_log_normal_mean_is_fitted_while_the_sample_holds_it():
    """<D> grows at mean + variance/2; all of its rise would give less, and nothing is told where it is too short."""
    exact, rule = 2.6, RULE._replace(start=0.0, least=4.0)
    found = growth_rates(_log_normal(), 5.0, rule)
    assert abs(found.mean[0] - exact) < SIGMA * found.mean[1] and found.mean[1] < 0.1 * exact
    # Of 1024 samples 64 count at a variance of ln 16, give or take what few samples see of it.
    assert 0.6 * np.log(16) / 1.2 < found.held_until < 1.6 * np.log(16) / 1.2
    assert abs(found.typical[0] - 2.0) < SIGMA * found.typical[1]
    whole = growth_rates(_log_normal(), 5.0, rule._replace(effective=0.0))
    assert whole.mean[0] < exact - 2 * whole.mean[1]
    few = growth_rates(_log_normal(n=128), 5.0, rule)
    assert np.isnan(few.mean).all() and few.held_until < found.held_until


def test_samples_that_hold_a_mean():
    rng = np.random.default_rng(8)
    spread = np.array([0.1, 0.5, 1.0, 3.0])
    values = np.exp(spread * rng.normal(size=(64, 4)))
    counts = [held_samples(values, np.ones(64), least) for least in (4000.0, 200.0, 20.0, 1.0)]
    assert counts == [1, 2, 3, 4]
    assert held_samples(values[:, ::-1], np.ones(64), 64.0) == 0


def test_a_curve_that_bends_has_two_rates():
    times = np.arange(0.0, 60.0, 0.25)
    level = -18 + 16 * np.tanh(times / 20)
    noise = 0.01 * np.random.default_rng(2).normal(size=(16, 1, 1)) * times[None, :, None]
    log = level[None, :, None] + noise
    found = growth_rates(Replicas(times, np.exp(log), log, np.ones(16)), 5.0, RULE)
    assert found.early[0] > found.late[0] + 10 * np.hypot(found.early[1], found.late[1])
    # The rise of <D> from its start to 3 e-folds below saturation, where -18 + 16 tanh has the slope 16/20/cosh².
    slopes = 0.8 / np.cosh(times / 20) ** 2
    end = np.flatnonzero(level > level[-1] - 3)[0]
    for found_rate, part in ((found.sampled_early, slopes[: end // 2]), (found.sampled_late, slopes[end // 2 : end])):
        assert abs(found_rate[0] - part.mean()) < SIGMA * found_rate[1] + 0.02


def test_the_fall_of_an_oscillating_rise():
    """ln D rises at 0.2 and swings by 2 sin t: from a maximum at cos t = -0.1 it falls to the next minimum."""
    times = np.arange(0.0, 120.0, 0.1)
    level = np.minimum(-20 + 0.2 * times + 2 * np.sin(times), -1.0)
    noise = 0.05 * np.random.default_rng(3).normal(size=(32, 1, 1))
    log = level[None, :, None] + noise + np.zeros((32, 1, 2))
    turn = np.arccos(-0.1)
    exact = 4 * np.sin(turn) - 0.2 * (2 * np.pi - 2 * turn)
    value, error = early_fall(Replicas(times, np.exp(log), log, np.ones(32)), 2, 5.0, 3.0)
    assert value == pytest.approx(exact, abs=0.02) and error < 1e-9
    rising = early_fall(Replicas(times, np.exp(0.2 * log), log, np.ones(32)), 2, 5.0, 100.0)
    assert np.isnan(rising).all(), "never near saturation from below"
    straight = np.minimum(-20 + 0.2 * times, -1.0)[None, :, None] + np.zeros((32, 1, 2))
    assert early_fall(Replicas(times, np.exp(straight), straight, np.ones(32)), 2, 5.0, 3.0) == (0.0, 0.0)


@pytest.mark.parametrize("log", [-0.1, 0.0])
def test_no_growth_gives_no_rate(log):
    times = np.arange(0.0, 60.0, 0.25)
    curve = -10 + log * times[None, :, None] + np.zeros((16, 1, 3))
    found = growth_rates(Replicas(times, np.exp(curve), curve, np.ones(16)), 5.0, RULE)
    assert np.isnan([*found.typical, *found.mean, found.efolds]).all()


def test_the_window_leaves_out_the_turn_itself():
    """D falls from the turn, then rises: the fit must not begin on the way down."""
    times = np.arange(0.0, 100.0, 0.5)
    level = np.where(times < 10, -2 - 2.0 * times, -22 + 0.3 * (times - 10))
    level = np.minimum(level, 0.0)
    end = fit_end(level, 0.0, RULE)
    window = fit_window(level, end, RULE)
    assert level[window.stop - 1] <= -3.0 < level[window.stop]
    assert times[window.start] > 10 and level[window.start] == pytest.approx(-22 + 0.3 * 19, abs=0.2)


def test_trajectories_that_saturate_first_do_not_slow_the_typical_growth():
    """Rates that scatter widely: a fit up to the saturation of <ln D> would find less than their mean."""
    found = growth_rates(_replicas(spread=0.25, n_batches=256), 10.0, RULE)
    assert abs(found.typical[0] - RATE) < SIGMA * found.typical[1]


def test_arrival_times_lie_between_samples():
    times = np.array([0.0, 1.0, 2.0])
    log = np.array([[[-10.0, -10.0, 0.0], [-6.0, -10.0, 0.0], [-2.0, -10.0, 0.0]]])
    np.testing.assert_allclose(arrival_times(times, log, -3.0), [[1.75, np.nan, 0.0]])


@pytest.mark.parametrize("source", [1, 12, 24])
def test_the_front_has_the_velocity_of_the_light_cone(source):
    data = _replicas(source=source)
    level = 2 * np.log(ANGLE) - np.log(2) + np.log(1e-3)
    found = front(data, source, level)
    # Where the level lies ahead of the front it moves along with it, a fixed time earlier.
    assert found.velocity[0] == pytest.approx(VELOCITY, rel=0.01) == found.far[0]
    assert found.deviation < 0.05 and found.start == pytest.approx(np.log(1e-3) / 20, abs=0.05)
    sides = [front(data, source, level, (side,)) for side in ("left", "right")]
    assert sum(side.reached for side in sides) == found.reached
    assert [bool(side.reached) for side in sides] == [source > 4, source < 21]


def test_a_front_that_never_arrives_has_no_velocity():
    data = _replicas()
    found = front(data, 1, 1.0)
    assert np.isnan([*found.velocity, *found.far]).all() and found.reached == 0


def test_what_comes_first_to_sites_far_away_is_no_front():
    data, level = _replicas(), 2 * np.log(ANGLE) - np.log(2) + 1.0
    backwards = data._replace(divergence=data.divergence[:, :, ::-1], log_divergence=data.log_divergence[:, :, ::-1])
    at_once = data._replace(divergence=data.divergence[:, :, :1] + 0 * data.divergence)
    at_once = at_once._replace(log_divergence=data.log_divergence[:, :, :1] + 0 * data.log_divergence)
    assert front(data, 1, level).velocity[0] == pytest.approx(VELOCITY, rel=0.01)
    for other in (backwards, at_once):
        found = front(other, 1, level)
        assert np.isnan([*found.velocity, *found.far]).all() and found.reached > 12


ZEROS = {"right": 4.0, "left": 5.0}


def _spreading(rate, n_sites=120, source=61, floor=-300.0, seed=9):
    """ln D = 2 t rate (1 - (v/v_B)²) above the turn, v = distance/t, in batches whose rates scatter."""
    rng, times = np.random.default_rng(seed), np.arange(0.0, 40.0, 0.25)
    rates = rate + 0.02 * rng.normal(size=(16, 1, 1))
    place = np.arange(1, n_sites + 1) - source
    zero = np.where(place > 0, ZEROS["right"], ZEROS["left"])
    t = np.maximum(times, 1e-3)[:, None]
    bracket = 1.0 - (place / (zero * t)) ** 2
    log = 2 * t * (rates * np.maximum(bracket, 0.0) + np.minimum(bracket, 0.0)) + 2 * np.log(ANGLE) - np.log(2)
    log = np.clip(log, floor, 0.0)
    return Replicas(times, np.exp(log), log, np.ones(16))


@pytest.mark.parametrize("side", ["left", "right"])
def test_rays_have_the_exponent_and_its_zero_is_the_butterfly_velocity(side):
    data, speeds = _spreading(0.5), np.arange(1.0, 8.1, 0.5)
    found = rays(data, 61, side, speeds, 0.0, RULE)
    bracket = 1.0 - (speeds / ZEROS[side]) ** 2
    exact = np.where(bracket > 0, 0.5 * bracket, bracket)
    known = np.isfinite(found.exponents)
    # The slowest rays saturate before they have passed enough sites.
    assert not known[0] and known[1:11].all()
    assert (np.abs(found.exponents - exact)[known] < 0.02 + SIGMA * found.stderr[known]).all()
    value, error = found.butterfly
    # The zero lies between two rays, joined by a straight line.
    assert abs(value - ZEROS[side]) < SIGMA * error + 0.06 and found.butterfly_systematic < 0.05
    # Velocities of fronts at levels far apart agree far away only.
    far, near = [], []
    for level in (1e-4, 1.0, 1e4):
        one = front(data, 61, 2 * np.log(ANGLE) - np.log(2) + np.log(level), (side,))
        far.append(one.far[0])
        near.append(one.velocity[0])
    assert np.ptp(far) < 0.6 * np.ptp(near) and far[1] == pytest.approx(ZEROS[side], rel=0.02)


def test_where_nothing_grows_there_is_a_light_cone_and_no_butterfly_velocity():
    data = _spreading(0.0)
    found = rays(data, 61, "right", np.arange(1.0, 8.1, 0.5), 0.0, RULE)
    assert np.isnan([*found.butterfly, found.butterfly_systematic]).all()
    assert np.abs(found.exponents[:5]).max() < 0.02 + SIGMA * np.nanmax(found.stderr)
    edge = front(data, 61, 2 * np.log(ANGLE) - np.log(2) + np.log(1e-4), ("right",))
    assert edge.velocity[0] == pytest.approx(4.0, rel=0.25)


def test_rays_end_at_saturation_and_at_the_floor_of_rounding():
    """Growth of 2 e-folds in a unit of time saturates after 10; outside the cone nothing is told of 1e-26 and below."""
    found = rays(_spreading(1.0, floor=-70.0), 61, "right", [0.5, 2.0, 4.5, 30.0], 0.0, RULE)
    assert np.isnan(found.exponents[[0, 3]]).all() and np.isfinite(found.exponents[[1, 2]]).all()
    assert found.exponents[1] == pytest.approx(0.75, abs=0.03)


def test_saturation_and_its_drift():
    data = _replicas(saturated=0.7)
    rng = np.random.default_rng(3)
    noisy = data._replace(divergence=data.divergence + 0.01 * rng.normal(size=data.divergence.shape))
    value, error, drift = saturation(noisy, 24, 10.0)
    assert abs(value - 0.7) < SIGMA * error and abs(drift) < SIGMA
    slow = _replicas(rate=0.3, spread=0.01)
    assert saturation(slow, 24, 10.0)[2] > SIGMA


def test_independent_phases():
    """Phases within a range of width w: <exp(i theta)> = sin(w/2)/(w/2)."""
    rng, width = np.random.default_rng(4), 2.0
    phases = np.exp(1j * rng.uniform(-width / 2, width / 2, size=(32, 2000))).mean(axis=1)
    value, error = independent_divergence(phases, np.ones(32))
    assert abs(value - (1 - np.sinc(width / 2 / np.pi) ** 2)) < SIGMA * error < 0.05


def test_later_samples_are_thinned_and_the_last_one_kept():
    kept = kept_samples(1001, 100)
    assert (kept[:100] == np.arange(100)).all() and kept[-1] == 1000
    assert 180 <= len(kept) <= 200 and (np.diff(kept) > 0).all()
    assert (kept_samples(150, 100) == np.arange(150)).all()


def _raw_case(n_sites=8, drive_amplitude=6.0, angles=(1e-4, 1e-2)):
    sources = np.array([1, n_sites // 2, n_sites])
    parts = {
        name: np.stack(
            [[getattr(_replicas(n_sites=n_sites, source=s, seed=k), name) for s in sources] for k in range(len(angles))]
        ).transpose(2, 0, 3, 1, 4)
        for name in ("divergence", "log_divergence")
    }
    dims = ("batch", "angle", "lag_time", "source", "site")
    rng = np.random.default_rng(5)
    phases = np.exp(1j * rng.normal(size=(32, n_sites, 50))).mean(axis=2)
    return xr.Dataset(
        {name: (dims, values.astype(np.float32)) for name, values in parts.items()}
        | {
            "phase_real": (("batch", "site"), phases.real),
            "phase_imag": (("batch", "site"), phases.imag),
            "n_trajectories": ("batch", np.full(32, 8)),
        },
        {
            "batch": 8 * np.arange(32),
            "angle": list(angles),
            "lag_time": _replicas().times,
            "source": sources,
            "site": np.arange(1, n_sites + 1),
            "length": n_sites,
            "drive_amplitude": drive_amplitude,
            "saturation_time": 10.0,
        },
    )


def test_rates_table_and_grids_of_two_chains():
    data, lyapunov = _raw_case(), pd.DataFrame(
        {
            "length": [8, 8], "drive_amplitude": [6.0, 6.0], "method": ["gpe", "twa"],
            "lyapunov_max": [0.1, 0.4], "lyapunov_max_stderr": [0.01, 0.02],
            "lyapunov_max_systematic": [0.003, 0.004],
        }
    )  # fmt: skip
    halves = [data.isel(batch=slice(16, 32)), data.isel(batch=slice(0, 16))]
    joined = join_batches(halves)
    assert (joined["batch"] == data["batch"]).all()
    moments = pd.DataFrame(
        {
            "length": [8, 8, 12], "drive_amplitude": [6.0] * 3, "moment": [1.0, 2.0, 2.0],
            "growth_rate": [0.5, 1.1, 9.0], "growth_rate_stderr": [0.1, 0.2, 0.3],
        }
    )  # fmt: skip
    fronts, exponents, butterfly = otoc_tables.spreading(
        joined, rule=RULE, front_levels=(1e-2, 1.0), ray_velocities=(1.0, 2.0)
    )
    # To the right of three sources and to the left of them, but for the ends.
    assert len(validate_table(CHAIN_OTOC_FRONTS, fronts)) == 2 * 4 * 2
    assert len(validate_table(CHAIN_VELOCITY_EXPONENTS, exponents)) == 2 * 4 * 2
    butterfly = validate_table(CHAIN_BUTTERFLY_VELOCITY, butterfly)
    assert butterfly.groupby("source")["n_sites"].sum().tolist() == [14, 14, 14]
    butterfly[["butterfly_velocity", "butterfly_velocity_stderr", "systematic"]] = [3.0, 0.1, 0.2]
    frame = otoc_tables.otoc_rates(
        joined, rule=RULE, light_cone_levels=(1e-4, 1e-3, 1e-2), lyapunov=lyapunov, moments=moments,
        butterfly=butterfly,
    )  # fmt: skip
    table = validate_table(CHAIN_OTOC_RATES, frame)
    assert table["growth_rate_annealed"].eq(1.1).all() and table["growth_rate_annealed_stderr"].eq(0.2).all()
    assert table["butterfly_velocity"].eq(3.0).all() and table["butterfly_velocity_systematic"].eq(0.2).all()
    assert len(table) == 2 * 3 and table["n_trajectories"].eq(256).all()
    assert table["lyapunov_rate"].eq(0.4).all()
    assert table["lyapunov_rate_systematic"].eq(0.004).all()
    assert table[["length", "drive_amplitude"]].eq([8, 6.0]).all(axis=None)
    assert ((table["growth_rate_typical"] - RATE).abs() < SIGMA * table["growth_rate_typical_stderr"]).all()
    cones = otoc_tables.light_cones(joined, 1e-2)
    other = otoc_tables.light_cones(_raw_case(6, 1.0).isel(lag_time=slice(0, 100)), 1e-2)
    grid = otoc_tables.join_runs([cones, other])
    assert grid["length"].values.tolist() == [8] * 3 + [6] * 3
    assert grid["drive_amplitude"].values.tolist() == [6.0] * 3 + [1.0] * 3
    assert grid["otoc"].dims == ("run", "site", "lag") and grid["otoc"].shape == (6, 8, 240)
    assert np.isnan(grid["otoc"].values[3:, 6:]).all() and np.isnan(grid["time"].values[3:, 100:]).all()
    growth = otoc_tables.join_runs([otoc_tables.growth_curves(joined)])
    assert growth["otoc"].shape == (6, 3, 240) and growth["site"].values.tolist() == [[1, 4, 8]] * 6
    fewer = otoc_tables.join_runs(
        [otoc_tables.growth_curves(joined), otoc_tables.growth_curves(joined.isel(source=[0]))]
    )
    assert fewer["otoc"].shape == (8, 3, 240)
    np.testing.assert_array_equal(fewer["site"].values[-1], [1, np.nan, np.nan])
    assert np.isnan(fewer["otoc"].values[6:, 1:]).all() and np.isfinite(fewer["otoc"].values[:, 0]).all()
    np.testing.assert_allclose(
        growth["otoc"].values[0, 2], joined["divergence"].values[:, 0, :, 0, 7].mean(axis=0), rtol=1e-5, atol=1e-36
    )


def test_lyapunov_table_and_spectra():
    def part(length, drives, n):
        shape = (len(drives), 2, n)
        rng = np.random.default_rng(n)
        values = -np.sort(rng.normal(size=shape), axis=2)
        numbers = {
            name: (("drive_amplitude", "method"), np.full(shape[:2], 0.5))
            for each in ("lyapunov_max", "sum", "kaplan_yorke")
            for name in (each, f"{each}_stderr", f"{each}_systematic")
        }
        return xr.Dataset(
            numbers
            | {
                "exponent": (("drive_amplitude", "method", "index"), values),
                "exponent_stderr": (("drive_amplitude", "method", "index"), np.abs(values)),
                "exponent_systematic": (("drive_amplitude", "method", "index"), np.abs(values)),
                "aligned": (("drive_amplitude", "method"), np.ones(shape[:2], dtype=int)),
                "n_positive": (("drive_amplitude", "method"), np.ones(shape[:2], dtype=int)),
                "averaging_time": (("drive_amplitude", "method"), np.full(shape[:2], 10.0)),
            },
            {
                "drive_amplitude": drives,
                "method": np.array(["gpe", "twa"]),
                "index": np.arange(1, n + 1),
                "trajectory": range(16),
                "length": length,
            },
        )

    parts = [part(4, [1.0, 2.0], 8), part(2, [1.0], 4)]
    table = validate_table(CHAIN_LYAPUNOV, lyapunov_tables.lyapunov_table(parts))
    assert table["length"].tolist() == [2, 2, 4, 4, 4, 4] and table["n_trajectories"].eq(16).all()
    grid = lyapunov_tables.lyapunov_spectra(parts)
    assert grid["exponent"].shape == (6, 8) and np.isnan(grid["exponent"].values[:2, 4:]).all()
    np.testing.assert_array_equal(grid["exponent"].values[2], parts[0]["exponent"].values[0, 0])
