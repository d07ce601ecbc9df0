"""Circular variance, its scaling, and weights in the area of the torus, on series with known answers."""

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from scipy.optimize import curve_fit

from openkerr.analysis.circular_variance import circular_variance_samples, circular_variance_table, table_times
from openkerr.analysis.melting_scaling import (
    QUANTITIES,
    contour_table,
    relaxation_rates,
    scaling_quantities,
    scaling_table,
    windows,
)
from openkerr.analysis.torus_paths import distance_table, paths_dataset, squared_distances, swing_table
from openkerr.analysis.wigner_maps import MARGINS, count_inside, join_jobs, weight_table, wigner_density
from openkerr.numerics.stats import jackknife, pseudo_values
from openkerr.studies.torus_melting.tables import TORUS_DISTANCES, TORUS_SWINGS
from openkerr.tables.files import validate_table

pytestmark = pytest.mark.slow

PERIOD = 7.6
ALEPHS = np.geomspace(500.0, 40000.0, 9)
TIMES = np.geomspace(10.0, 1000.0, 30)


def phases(n_batches, n_valid, spread, seed=1):
    """Jobs of an ensemble whose phases are normal about a moving mean, of standard deviation ``spread(time)``."""
    rng = np.random.default_rng(seed)
    time = np.arange(0.0, 60.5, 0.5)
    angles = rng.normal(size=(n_batches, n_valid, time.size, 2)) * spread(time)[:, None] + 0.3 * time[:, None]
    means = np.exp(1j * angles).mean(axis=1)
    data = xr.Dataset(
        {
            "phase_re": (("batch", "time", "mode"), means.real),
            "phase_im": (("batch", "time", "mode"), means.imag),
            "n_valid": (("batch",), np.full(n_batches, n_valid)),
        },
        coords={"batch": n_valid * np.arange(n_batches), "time": time, "mode": [1, 2]},
    )
    return [data.isel(batch=slice(n_batches // 2, None)), data.isel(batch=slice(0, n_batches // 2))]


def test_circular_variance_and_its_period_mean_have_their_values_and_errors():
    def variance(time):
        return 0.5 + 0.01 * time + 0.2 * np.cos(2 * np.pi * time / PERIOD)

    times = table_times(10.0, 60.0, 8, 0.5, PERIOD)
    samples, weights = circular_variance_samples(
        phases(32, 200, lambda t: np.sqrt(-2 * np.log(1 - variance(t) / 2))), times, PERIOD
    )
    table = circular_variance_table(samples, weights, times, 700.0)
    assert table["n_trajectories"].eq(32 * 200).all() and len(table) == 2 * times.size
    exact = {"circular_variance": variance(times) / 2, "circular_variance_mean": (0.5 + 0.01 * times) / 2}
    for name, values in exact.items():
        deviation = (table[name] - np.tile(values, 2)) / table[f"{name}_stderr"]
        assert np.abs(deviation).max() < 4.5
        assert 0.7 < deviation.std() < 1.4
    # Fifteen samples of a period say more than one.
    assert (table["circular_variance_mean_stderr"] < table["circular_variance_stderr"]).all()


def test_lines_of_linear_noise_predict_the_period_mean():
    lines = pd.DataFrame({"mode": 1, "m": [0], "weight_real": [0.6], "weight_imag": [0.8]})
    lines = lines.assign(linear_gap_times_aleph=30.0, start_variance_times_aleph=5.0)
    samples, weights = np.zeros((16, 2, 2, 2)), np.ones(16)
    table = circular_variance_table(samples, weights, np.array([10.0, 20.0]), 100.0, lines)
    predicted = table.set_index("mode")["circular_variance_predicted"]
    np.testing.assert_allclose(predicted[1], 1 - np.exp(-(30 * np.array([10, 20]) + 5) / 100))
    assert predicted[2].isna().all()


def test_a_finite_ensemble_does_not_look_coherent():
    samples, weights = circular_variance_samples(phases(400, 16, lambda t: np.full_like(t, 6.0)), np.array([20.0]), 0.0)
    value = samples[..., 0].mean(axis=0)
    # Without the correction 1 - R would be (pi/4N)^1/2 = 0.011 for N = 6400.
    assert (np.abs(1 - value) < 4.5 * samples[..., 0].std(axis=0) / np.sqrt(len(weights))).all()


def test_table_times_keep_a_whole_period_inside_the_run():
    times = table_times(1.0, 100.0, 50, 0.5, PERIOD)
    assert times.min() >= PERIOD / 2 and times.max() <= 100 - PERIOD / 2
    np.testing.assert_allclose(times / 0.5, np.round(times / 0.5), atol=1e-9)
    with pytest.raises(ValueError, match=r"has a period of 7\.6 about it"):
        table_times(1.0, 7.0, 10, 0.5, PERIOD)
    with pytest.raises(ValueError, match="no two times from 10 to 11"):
        table_times(10.0, 11.0, 10, 5.0, 0.0)


def test_pseudo_values_are_batch_means_of_a_linear_function():
    rng = np.random.default_rng(3)
    values, weights = rng.normal(size=(20, 3)), rng.integers(1, 9, 20)
    np.testing.assert_allclose(pseudo_values(lambda mean: 2 * mean, values, weights), 2 * values, atol=1e-12)
    found = jackknife(lambda mean: mean**2, values, weights)
    pseudo = pseudo_values(lambda mean: mean**2, values, weights)
    np.testing.assert_allclose(found[0], np.average(pseudo, axis=0, weights=weights))


def test_relaxation_rates_are_the_least_squares_of_scipy():
    rng = np.random.default_rng(5)
    rates = np.array([0.003, 0.02, 0.3])
    values = 1 - np.exp(-(rates[:, None] ** 0.8) * TIMES**0.8) + 0.02 * rng.normal(size=(3, TIMES.size))
    weights = np.gradient(TIMES)
    for found, row, rate in zip(relaxation_rates(TIMES, values, weights), values, rates, strict=True):
        best = curve_fit(lambda t, delta: 1 - np.exp(-delta * t), TIMES, row, p0=[rate], sigma=weights**-0.5)[0][0]
        assert found == pytest.approx(best, rel=1e-5)


def variance_of(exponent_aleph, exponent_time):
    """R = 1 - exp(-47 aleph^a t^b), whose families are exponentials for a = -1, b = 1."""
    return -np.expm1(-47 * ALEPHS[:, None] ** exponent_aleph * TIMES**exponent_time)


def test_a_law_in_time_over_aleph_has_the_exponents_one():
    variance = variance_of(-1, 1)
    chosen = list(windows(variance, ALEPHS, TIMES, [[500, 40000]], [[10, 300], [10, 1000]], 5))
    assert [window.name[-3:] for window in chosen] == ["all", "0_5"] * 2
    # Both ends of the ranges are inside.
    assert chosen[-1].alephs.tolist() == list(range(9)) and chosen[-1].times.tolist() == list(range(30))
    for window in chosen:
        found = dict(zip(QUANTITIES, scaling_quantities(variance, ALEPHS, TIMES, window), strict=True))
        assert found["d1"] == pytest.approx(-1, abs=1e-8) and found["d2"] == pytest.approx(1, abs=1e-8)
        assert found["c1"] == pytest.approx(47) and found["c2"] == pytest.approx(47)
        assert found["beta"] == pytest.approx(-1) and found["alpha"] == pytest.approx(1)
        assert found["k2"] == 1 and found["collapse_rms"] < 1e-8
        assert [found["stretch_time"], found["stretch_aleph"]] == pytest.approx([1, 1])
        # Eq. 16 as printed leaves the families apart even then.
        assert found["collapse_rms_printed"] > 0.1


def test_a_stretched_law_is_told_from_an_exponential():
    variance = -np.expm1(-np.sqrt(ALEPHS[:, None] ** -1.6 * 2000 * TIMES**1.2))
    window = next(windows(variance, ALEPHS, TIMES, [[500, 40000]], [[10, 1000]], 9))
    found = dict(zip(QUANTITIES, scaling_quantities(variance, ALEPHS, TIMES, window), strict=True))
    assert [found["stretch_time"], found["stretch_aleph"]] == pytest.approx([0.6, 0.8])


def test_fixed_families_have_their_own_exponents_and_the_derived_collapse():
    variance = -np.expm1(-60 * (ALEPHS[:, None] ** -1.1) * TIMES)
    window = next(windows(variance, ALEPHS, TIMES, [[500, 40000]], [[10, 1000]], 9))
    found = dict(zip(QUANTITIES, scaling_quantities(variance, ALEPHS, TIMES, window), strict=True))
    assert found["d1"] == pytest.approx(-1.1, abs=1e-8) and found["c1"] == pytest.approx(60)
    assert found["alpha"] == pytest.approx((found["c1"] / found["c2"]) ** (1 / found["d2"]))
    aleph_0, t_0 = ALEPHS[window.curve_alephs.size // 2], TIMES[window.curve_times][window.curve_times.size // 2]
    first = window.curve_alephs[0]
    aleph_0 = ALEPHS[window.curve_alephs][window.curve_alephs.size // 2]
    scaled = (ALEPHS[first] / aleph_0) ** found["d1"] * TIMES
    on_curve = -np.expm1(-found["c2"] * t_0 ** found["d2"] * found["k1"] * scaled)
    np.testing.assert_allclose(on_curve, variance[first], atol=1e-8)


def test_curves_that_have_relaxed_are_no_curves():
    variance = np.full((ALEPHS.size, TIMES.size), 0.97)
    variance[-3:, :5] = 0.5
    window = next(windows(variance, ALEPHS, TIMES, [[500, 40000]], [[10, 1000]], 5))
    assert window.curve_alephs.tolist() == [6, 7, 8] and window.curve_times.tolist() == [0, 1, 2, 3, 4]
    variance[-3] = 0.97
    assert not list(windows(variance, ALEPHS, TIMES, [[500, 40000]], [[10, 1000]], 5))


def test_exponents_and_contours_have_standard_errors():
    deviations = {name: [] for name in ("d1", "d2", "contour_exponent")}
    for seed in range(12):
        noise = np.random.default_rng(seed).normal(size=(32, ALEPHS.size, TIMES.size))
        samples = variance_of(-1, 1) + 0.03 * noise
        weights = np.full(32, 100)
        chosen = list(windows(samples.mean(axis=0), ALEPHS, TIMES, [[500, 40000]], [[10, 1000]], 9))[:1]
        table = scaling_table(samples, weights, ALEPHS, TIMES, chosen, "default")
        lines = contour_table(samples, weights, ALEPHS, TIMES, [0.5], "default")
        for name, exact in (("d1", -1), ("d2", 1), ("contour_exponent", 1)):
            row = (lines if name.startswith("contour") else table).set_index("quantity").loc[name]
            assert row["stderr"] >= row["stderr_statistics"] > 0
            deviations[name].append((row["value"] - exact) / row["stderr"])
    for name, values in deviations.items():
        # A straight line in log time between samples adds up to 0.004 to the contours' exponent.
        assert np.abs(values).max() < 4.5, name


def test_contours_of_known_curves():
    """R = 1 - exp(-47 r t/aleph) crosses one half at t = aleph ln 2/(47 r); r differs from aleph to aleph."""
    times = np.geomspace(10.0, 1000.0, 400)
    rates = 1 + 0.1 * np.random.default_rng(7).normal(size=ALEPHS.size)
    samples = np.repeat(-np.expm1(-47 * (rates / ALEPHS)[:, None] * times)[None], 16, axis=0)
    table = contour_table(samples, np.ones(16), ALEPHS, times, [0.5], "default").set_index("quantity")
    crossing = ALEPHS * np.log(2) / (47 * rates)
    inside = np.flatnonzero(crossing > 10)
    assert inside.tolist() == list(range(1, 9))
    x, y = np.log(ALEPHS[inside]), np.log(crossing[inside])
    fits = [np.polyfit(np.delete(x, k), np.delete(y, k), 1) for k in range(8)]
    exponent, factor = np.polyfit(x, y, 1)
    stderr = np.sqrt(7 * np.var(fits, axis=0))
    for name, value, error in (
        ("contour_exponent", exponent, stderr[0]),
        ("contour_factor", np.exp(factor), np.sqrt(7 * np.var(np.exp(fits), axis=0))[1]),
    ):
        row = table.loc[name]
        assert row["value"] == pytest.approx(value, rel=1e-3) and row["stderr"] == pytest.approx(error, rel=1e-2)
        assert row["stderr_statistics"] < 1e-9 * error
        assert row["aleph_min"] == ALEPHS[1] and row["aleph_max"] == ALEPHS[8] and row["n_alephs"] == 8
        assert [row["time_min"], row["time_max"]] == pytest.approx(crossing[[1, 8]], rel=1e-3)


def test_contours_that_are_not_crossed_are_left_out():
    samples = np.repeat(variance_of(-1, 1)[None], 16, axis=0)
    assert contour_table(samples, np.ones(16), ALEPHS, TIMES, [1e-3], "default").empty


def test_rings_count_trajectories_and_widen_with_the_vacuum():
    modulus = np.array([0.29, 0.31, 0.5, 0.79, 0.81, 0.9])
    fields = np.tile(modulus * np.exp(1j * np.arange(6)), (3, 2, 1))
    counts = count_inside(fields, np.array([[0.3, 0.8], [0.5, 0.5]]), 900.0)
    assert MARGINS == (0.0, 3.0)
    # Three standard deviations are 3/(2 sqrt(900)) = 0.05.
    assert counts[1].tolist() == [[3, 5], [1, 1]]


def test_jobs_of_wigner_maps_join_to_a_density_of_weight_one():
    def job(aleph, count):
        middles = np.array([-0.75, -0.25, 0.25, 0.75])
        counts = np.zeros((1, 1, 2, 4, 4), dtype=int)
        counts[0, 0, :, 1, 2] = count
        return xr.Dataset(
            {
                "counts": (("aleph", "time", "mode", "re", "im"), counts),
                "n_trajectories": (("aleph",), [count]),
                "inside": (("aleph", "sample_time", "mode", "margin"), np.full((1, 2, 2, 2), count // 2)),
                "n_weighted": (("aleph",), [count]),
            },
            coords={
                **{"aleph": [aleph], "time": [5.0], "mode": [1, 2], "re": middles, "im": middles},
                **{"sample_time": [0.0, 5.0], "margin": list(MARGINS)},
            },
        )

    joined = join_jobs([job(400.0, 40), job(100.0, 20), job(400.0, 60)])
    assert joined["aleph"].values.tolist() == [100.0, 400.0]
    assert joined["n_trajectories"].values.tolist() == [20, 100]
    density = wigner_density(joined)
    np.testing.assert_allclose(density.sum(("re", "im")) * 0.25, 1.0)
    table = weight_table(joined)
    assert (table["weight"] == 0.5).all() and len(table) == 2 * 2 * 2 * 2
    np.testing.assert_allclose(table["weight_stderr"], 0.5 / np.sqrt(table["n_trajectories"]))


def test_distances_from_a_torus_are_those_across_it():
    rng = np.random.default_rng(5)
    charges, n_points = (1, 2), 64
    waves = np.exp(-1j * 2 * np.pi * np.arange(n_points) / n_points)
    orbit = np.stack([0.6 + 0.25 * waves + 0.05 * waves**2, 0.5 - 0.2 * waves])
    psi, phi = rng.uniform(0, 2 * np.pi, (2, 400))
    one = np.exp(-1j * psi)
    turn = np.exp(-1j * np.array(charges)[:, None] * phi)
    fields = turn * np.stack([0.6 + 0.25 * one + 0.05 * one**2, 0.5 - 0.2 * one])
    along = [-1j * np.array(charges)[:, None] * fields, turn * np.stack([-0.25j * one - 0.1j * one**2, 0.2j * one])]
    # A displacement across both tangents, of known length.
    kick = rng.normal(size=(2, 400)) + 1j * rng.normal(size=(2, 400))
    tangents = np.stack([np.concatenate([each.real, each.imag]) for each in along], axis=2).transpose(1, 0, 2)
    flat = np.concatenate([kick.real, kick.imag]).T
    basis = np.linalg.qr(tangents)[0]
    flat -= np.einsum("nia,na->ni", basis, np.einsum("nia,ni->na", basis, flat))
    length = rng.uniform(0.001, 0.03, 400)
    flat *= (length / np.linalg.norm(flat, axis=1))[:, None]
    moved = fields + flat.T[:2] + 1j * flat.T[2:]
    assert squared_distances(fields, orbit, charges) == pytest.approx(np.zeros(400), abs=1e-20)
    assert np.sqrt(squared_distances(moved, orbit, charges)) == pytest.approx(length, rel=1e-9)
    cycle = np.array([[0.7], [0.4]])
    assert squared_distances(np.array([[0.71j], [-0.4]]), cycle, charges) == pytest.approx([1e-4])
    assert squared_distances(np.zeros((2, 0)), orbit, charges).size == 0


def test_swings_tell_damped_trajectories_from_undamped_ones():
    times = np.arange(0.0, 210.0, 0.5)
    wave = np.exp(-0.8j * times)
    damped = 0.5 + 0.2 * np.exp(-0.05 * times) * wave
    orbit = (0.5 + 0.2 * np.exp(-2j * np.pi * np.arange(64) / 64))[None]
    fields = np.stack([0.5 + 0.2 * wave, damped, np.full_like(wave, 0.5)], axis=1)[:, None, :]
    data = paths_dataset(fields, times, orbit, (1,)).assign(n_weighted=3).expand_dims(aleph=[100.0])
    table = validate_table(TORUS_SWINGS, swing_table(join_jobs([data]))).set_index("half")
    assert list(table["undamped"]) == [1 / 3, 1 / 3] and table.loc["late", "time_max"] == 209.5
    assert table.loc["early", "time_min"] == 10.0 and table.loc["late", "swing"] == pytest.approx(1 / 3, rel=0.01)
    assert table.loc["early", "swing"] > 1.1 / 3
    found = validate_table(TORUS_DISTANCES, distance_table(join_jobs([data, data])))
    distances = squared_distances(fields[-1], orbit, (1,))
    assert found["distance_squared"].tolist() == pytest.approx([100 * distances.mean()])
    assert found["n_trajectories"].item() == 6
    cycle = paths_dataset(fields, times, orbit[:, :1], (1,)).assign(n_weighted=3).expand_dims(aleph=[100.0])
    table = validate_table(TORUS_SWINGS, swing_table(join_jobs([cycle])))
    assert table[["swing", "swing_stderr", "undamped", "undamped_stderr"]].isna().all(axis=None)
