"""Switching between limit cycle and limit torus: classes, rates and their laws on made-up trajectories."""

import numpy as np
import pandas as pd
import pytest

from openkerr.analysis.switching import (
    basin_table,
    classify_runs,
    law_table,
    on_torus,
    rate_limits,
    switching_rates,
    switching_tables,
)
from openkerr.analysis.switching_exponents import action_rates
from openkerr.figures.torus_action import equal_action

pytestmark = pytest.mark.slow

TIMES = np.arange(0.0, 1001.0, 5.0)


def shares(k_ct, k_tc, n_batches=32, n=400, seed=0):
    """Shares on the torus of two-state jump processes, exact at the sampled times."""
    rng = np.random.default_rng(seed)
    total = k_ct + k_tc
    stay = np.exp(-total * np.diff(TIMES))
    found = np.empty((n_batches, 2, TIMES.size))
    for start in range(2):
        state = np.full((n_batches, n), bool(start))
        for index in range(TIMES.size):
            if index:
                up = k_ct / total * (1 - stay[index - 1])
                down = k_tc / total * (1 - stay[index - 1])
                drawn = rng.random(state.shape)
                state = np.where(state, drawn >= down, drawn < up)
            found[:, start, index] = state.mean(axis=1)
    return found


def test_a_slip_counts_within_its_window():
    fields = np.ones((21, 2, 2), dtype=complex)
    fields[10, 1, 0] = -1.0
    found = on_torus(fields, 5)
    assert np.flatnonzero(found[:, 0]).tolist() == [8, 9, 10, 11, 12] and not found[:, 1].any()


def test_runs_without_noise_are_cycle_torus_or_other():
    time = np.arange(0.0, 50.0, 0.5)
    cycle = np.stack([0.6 * np.exp(-0.1j * time), 0.7 * np.exp(-0.2j * time + 0.2j)])
    torus = np.stack([(0.6 + 0.2 * np.cos(time)) * np.ones_like(time), 0.7 * np.exp(1j * time)])
    breathing = cycle * (1 + 0.1 * np.cos(time))
    nothing = np.zeros_like(cycle)
    assert classify_runs(np.stack([cycle, torus, breathing, nothing])).tolist() == [0, 1, 2, 2]
    table = basin_table(np.array([[0, 0, 1, 2], [1, 1, 1, 1]]), [0.95, 1.0])
    assert table["share"].tolist() == [0.5, 0.25, 0.25, 0.0, 1.0, 0.0]


@pytest.mark.parametrize(("k_ct", "k_tc"), [(0.004, 0.002), (1e-3, 1e-4), (2e-5, 3e-3)])
def test_rates_of_a_jump_process_come_back_with_their_errors(k_ct, k_tc):
    deviations = []
    for seed in range(6):
        rates, weights = switching_tables(TIMES, shares(k_ct, k_tc, seed=seed), np.full(32, 400), 0.95, 5000.0, 20.0)
        assert rates["too_fast"].tolist() == [0, 0]
        deviations += list((rates["rate"] - [k_ct, k_tc]) / rates["rate_stderr"])
        assert set(weights["start"]) == {"cycle", "torus"}
    assert np.abs(deviations).max() < 4.5
    assert 0.5 < np.std(deviations) < 1.6


def test_slow_rates_are_the_slopes_of_the_shares():
    t = np.linspace(0.0, 100.0, 50)
    found = switching_rates(t, np.stack([1e-6 * t, 1 - 3e-6 * t]))
    np.testing.assert_allclose(found, [1e-6, 3e-6, 0.0, 1.0], rtol=1e-3, atol=1e-8)


def test_rates_without_events_are_bounded():
    """Nobody leaves: three over the time that both ensembles have stood, and no rate."""
    still = np.stack([np.zeros((32, TIMES.size)), np.ones((32, TIMES.size))], axis=1)
    found, _ = switching_tables(TIMES, still, np.full(32, 400), 0.95, 4e4, 20.0)
    stood = 32 * 400 * (TIMES[(TIMES >= 40) & (TIMES <= 990)][[0, -1]] @ [-1, 1])
    np.testing.assert_allclose(found["rate_limit"], -np.log(0.05) / stood, rtol=1e-9)
    assert found["n_events"].eq(0).all() and found["rate"].isna().all() and found["rate_stderr"].isna().all()
    assert found["resolved"].eq(0).all() and found["too_fast"].eq(0).all()
    assert law_table(pd.concat([found.assign(aleph=aleph) for aleph in (1e4, 2e4, 4e4)])).empty


def test_limits_of_rare_rates_hold_19_times_in_20():
    """Five events in the mean, each at its time: the truth is above the limit about one time in twenty."""
    rng, n_batches, n, truth, n_runs = np.random.default_rng(4), 16, 400, 4e-7, 2000
    stood, above = 2 * n_batches * n * TIMES[-1], 0
    for _ in range(n_runs):
        counts = np.zeros((n_batches, 2, TIMES.size))
        for _event in range(rng.poisson(truth * stood)):
            # Of the ensemble that started on the torus all have left it: both leave the cycle.
            counts[rng.integers(n_batches), rng.integers(2)] += TIMES > rng.uniform(0, TIMES[-1])
        events, limit = rate_limits(TIMES, counts / n, np.full(n_batches, n))
        assert events[1] == 0 and events[0] < 25 and (limit > 0).all()
        above += truth > limit[0]
    # Counts are whole numbers: exactly the probability of no or one event of 5.12 in the mean.
    exact = np.exp(-truth * stood) * (1 + truth * stood)
    assert 0.03 < exact < 0.05
    assert abs(above / n_runs - exact) < 4.5 * np.sqrt(exact / n_runs)


def test_fast_mixing_and_missing_attractors_tell_no_rate():
    found, weights = switching_tables(TIMES, shares(0.05, 0.03), np.full(32, 400), 0.95, 500.0, 20.0)
    assert found["too_fast"].tolist() == [1, 1] and found["resolved"].tolist() == [0, 0]
    row = weights.set_index("start").loc["cycle"]
    assert abs(row["torus_weight"] - 0.625) < 4.5 * row["torus_weight_stderr"]
    assert abs(row["stationarity"]) < 4.5
    alone = shares(0.004, 0.002)
    alone[:, 1] = np.nan
    found, weights = switching_tables(TIMES, alone, np.full(32, 400), 0.9, 500.0, 20.0)
    assert found.empty and weights["start"].tolist() == ["cycle"]


@pytest.mark.parametrize(("law", "better"), [("exponential", "exponential"), ("power", "power")])
def test_the_law_that_made_the_rates_fits_them_better(law, better):
    aleph = np.array([4e3, 7e3, 1e4, 1.4e4, 2e4])
    rates = 0.05 * np.exp(-2e-4 * aleph) if law == "exponential" else 3e8 * aleph**-3.0
    noise = 1 + 0.05 * np.random.default_rng(2).normal(size=5)
    table = pd.DataFrame(
        {
            **{"omega": 0.95, "direction": "cycle_to_torus", "aleph": aleph},
            **{"rate": rates * noise, "rate_stderr": 0.05 * rates, "resolved": 1},
        }
    )
    found = law_table(pd.concat([table, table.assign(omega=0.96, resolved=0)])).set_index("law")
    assert len(found) == 2 and found["chi_squared"].idxmin() == better
    exact = {"exponential": 2e-4, "power": 3.0}[law]
    row = found.loc[law]
    assert abs(row["coefficient"] - exact) < 4.5 * row["coefficient_stderr"]


def test_rates_against_the_action_of_a_path():
    alephs = np.array([4e3, 7e3, 1e4, 2e4])
    actions = pd.DataFrame(
        {"omega": 0.95, "direction": ["cycle_to_torus", "torus_to_cycle"], "action": [3e-4, 2e-4], "action_error": 1e-6}
    ).assign(prefactor=[0.05, np.nan], prefactor_error=[0.001, np.nan])
    rates = pd.concat(
        pd.DataFrame(
            {
                "omega": 0.95,
                "direction": direction,
                "aleph": alephs,
                "rate": factor * alephs**-power * np.exp(-c * alephs),
            }
        )
        for direction, factor, power, c in (("cycle_to_torus", 0.05, 0.0, 3e-4), ("torus_to_cycle", 1.5, 0.5, 2e-4))
    ).assign(resolved=[1, 1, 1, 1, 1, 1, 1, 0])
    rates["rate_stderr"] = 0.02 * rates["rate"]
    point, loop = action_rates(actions, rates).to_dict("records")
    assert (point["n_alephs"], loop["n_alephs"]) == (4, 3)
    assert abs(point["power"]) < 1e-9 and point["chi_squared"] < 1e-9
    assert point["fitted"] == pytest.approx(3e-4)
    assert loop["power"] == pytest.approx(0.5)
    # An exponential alone takes the power for a part of its exponent, about power/aleph.
    assert 2e-4 + 0.5 / 1e4 < loop["fitted"] < 2e-4 + 0.5 / 4e3 and loop["fitted_chi_squared"] > 1
    assert (np.exp(point["log_limit"]), np.exp(loop["log_limit"])) == (pytest.approx(0.05), pytest.approx(1.5))
    assert abs(point["log_ratio"]) < 1e-9 and point["log_ratio_stderr"] > 0.02 and np.isnan(loop["log_ratio"])
    # An action that is off by its error moves the power by about error times aleph.
    assert loop["power_stderr"] > 1e-6 * 6e3
    assert action_rates(actions, rates[rates["aleph"] < 8e3]).empty
    assert action_rates(actions.iloc[:0], rates).empty


def test_the_frequency_of_equal_action():
    omegas = [0.94, 0.95, 0.96]
    both = {"cycle_to_torus": [4e-4, 2e-4, 1e-4], "torus_to_cycle": [1e-4, 1e-4, 2e-4]}
    rows = [
        {"omega": omega, "direction": direction, "action": action}
        for direction, actions in both.items()
        for omega, action in zip(omegas, actions, strict=True)
    ]
    assert equal_action(pd.DataFrame(rows)) == pytest.approx(0.955)
    assert np.isnan(equal_action(pd.DataFrame(rows[:3])))
    assert np.isnan(equal_action(pd.DataFrame([row for row in rows if row["omega"] < 0.955])))
