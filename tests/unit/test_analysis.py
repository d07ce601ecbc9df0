"""Derived tables against states whose statistics are known."""

import numpy as np
import pytest

from openkerr.analysis.photon_statistics import photon_statistics, stationarity
from openkerr.analysis.populations import populations_table, trajectories_table
from openkerr.models.kerr_dimer import KerrDimer
from openkerr.solvers.ensemble_data import ensemble_dataset
from openkerr.solvers.sde import Reduction, simulate_ensemble
from openkerr.solvers.time_grid import TimeGrid, window_bins
from openkerr.studies.torus_populations.tables import TORUS_POPULATIONS, TORUS_TRAJECTORIES
from openkerr.tables.files import validate_table


@pytest.mark.parametrize("n", [0.3, 5.0, 70.0])
def test_photon_statistics_of_known_states(n):
    # Wigner moments: coherent state |a0|² = n, thermal state, Fock-like sub-Poissonian check by the coherent limit.
    coherent = photon_statistics(np.array(n + 0.5), np.array(n**2 + 2 * n + 0.5))
    np.testing.assert_allclose(coherent, [n, 0.0, 1.0, 0.0], atol=1e-11)
    thermal = photon_statistics(np.array(n + 0.5), np.array(2 * (n + 0.5) ** 2))
    np.testing.assert_allclose(thermal, [n, n**2, 2.0, n], rtol=1e-12)


def test_photon_statistics_of_a_fock_state():
    # |1>: <|a|²> = 3/2, <|a|⁴> from a†²a² = 0: 2·3/2 - 1/2.
    np.testing.assert_allclose(photon_statistics(np.array(1.5), np.array(2.5)), [1.0, -1.0, 0.0, -1.0], atol=1e-14)


def test_stationarity_is_a_standard_score():
    rng = np.random.default_rng(0)
    weights, samples = np.full(32, 16), np.full(8, 5)
    scores = [stationarity(rng.normal(size=(32, 8)), samples, weights) for _ in range(2000)]
    # Student's law with 31 degrees of freedom: variance 31/29, kurtosis 3 + 6/27.
    assert abs(np.var(scores) - 31 / 29) < 4.5 * np.sqrt((31 / 29) ** 2 * (2 + 6 / 27) / 2000)
    drifting = rng.normal(size=(32, 8)) + 2.0 * np.arange(8)
    assert stationarity(drifting, samples, weights) > 10
    # Of an odd number of windows the middle one is left out, and each counts by its samples.
    windows, samples = rng.normal(size=(32, 5)), np.array([1, 2, 50, 3, 5])
    change = windows[:, 3:] @ [3 / 8, 5 / 8] - windows[:, :2] @ [1 / 3, 2 / 3]
    expected = change.mean() / (change.std(ddof=1) / np.sqrt(32))
    assert stationarity(windows, samples, weights) == pytest.approx(expected)


def test_windows_hold_the_samples_after_the_burn_in():
    grid = TimeGrid.from_times(0.02, 1.0, 70.0)
    bins = window_bins(grid, 20.0)
    assert (bins[grid.times <= 20.0 + 1e-9] == -1).all()
    kept = bins[grid.times > 20.0 + 1e-9]
    assert kept.size == 50 and set(kept) == set(range(8)) and (np.diff(kept) >= 0).all()
    counts = np.bincount(kept)
    assert counts.max() - counts.min() <= 1
    assert set(window_bins(TimeGrid.from_times(0.02, 1.0, 3.0), 0.0)) == {-1, 0, 1, 2}
    with pytest.raises(ValueError, match="burn_in is 70"):
        window_bins(grid, 70.0)


def _population_parts(cuts):
    model = KerrDimer(aleph=100.0)
    return [
        ensemble_dataset(
            simulate_ensemble(
                model,
                TimeGrid.from_times(0.05, 0.5, 5.0),
                start=[0.05, 0.05],
                seed=3,
                trajectories=range(first, stop),
                reduction=Reduction(moment_order=2, paths=range(20)),
                batch_size=16,
            ),
            "1/eta",
        ).assign_coords(model.coordinates("aleph"))
        for first, stop in cuts
    ]


def test_populations_do_not_depend_on_the_cut():
    whole = populations_table(_population_parts([(0, 320)]))
    cut = populations_table(_population_parts([(160, 320), (0, 160)]))
    np.testing.assert_array_equal(whole.to_numpy(), cut.to_numpy())
    validate_table(TORUS_POPULATIONS, whole)
    assert len(whole) == 2 * 11 and whole["aleph"].eq(100.0).all()
    assert (whole["n_trajectories"] == 320).all()


def test_single_trajectories_lie_in_the_envelope():
    parts = _population_parts([(0, 320)])
    paths = trajectories_table(parts)
    validate_table(TORUS_TRAJECTORIES, paths)
    assert sorted(paths["trajectory"].unique()) == list(range(20))
    # Whichever job comes first; another keeps no path.
    np.testing.assert_array_equal(trajectories_table(_population_parts([(160, 320), (0, 160)])), paths)
    means = populations_table(parts)
    both = paths.merge(means, on=["aleph", "mode", "time"], suffixes=("", "_mean"))
    assert len(both) == len(paths)
    assert (both["n_over_aleph"] >= both["n_over_aleph_min"] - 1e-12).all()
    assert (both["n_over_aleph"] <= both["n_over_aleph_max"] + 1e-12).all()
