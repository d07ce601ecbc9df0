"""The chain by second-order cumulants: windows, averages, errors, deviations, the figure, the configuration."""

from pathlib import Path

import numpy as np
import pytest
import yaml
from systems import chain_cumulant_tables, chain_tables

from openkerr.analysis.cumulant_averages import cumulants_table, deviations_table
from openkerr.figures import chain_10
from openkerr.models.bose_hubbard_chain import BoseHubbardChain
from openkerr.run.config import ConfigError, load_config, validate_config
from openkerr.solvers.cumulants import OUTCOMES, CumulantRun, GaussianState
from openkerr.solvers.time_grid import TimeGrid
from openkerr.studies.chain_cumulants import raw
from openkerr.studies.chain_cumulants.blocks import N_BLOCKS
from openkerr.studies.chain_cumulants.jobs import cumulant_jobs
from openkerr.studies.chain_cumulants.tables import CHAIN_CUMULANTS, CHAIN_CUMULANTS_DEVIATIONS
from openkerr.tables.files import TableError, validate_table

ROOT = Path(__file__).resolve().parents[2]
GRID = TimeGrid(0.5, 1, 129)
BURN_IN = 32.0


def _run(outcome, numbers, fluctuation=3.0):
    """A run of three kept sites with given photon numbers of all of them."""
    numbers = np.repeat(np.asarray(numbers, dtype=float)[:, None], 3, axis=1)
    fluctuations = np.full_like(numbers, fluctuation)
    zeros = np.zeros(numbers.shape, dtype=complex)
    final = GaussianState.coherent(np.zeros(3))
    times = GRID.times[: len(numbers)]
    return CumulantRun(times, zeros, zeros, numbers, fluctuations, outcome, final, 0.0)


def _table(runs):
    model = BoseHubbardChain(length=2, drive_amplitude=0.0)
    names = [name for name in BoseHubbardChain.model_fields if name not in ("length", "drive_amplitude")]
    data = raw.cumulants_dataset(runs, GRID, BURN_IN, N_BLOCKS, model.coordinates(*names))
    return cumulants_table([data], OUTCOMES)


def test_a_moving_run_is_averaged_over_its_window_alone():
    """n alternates between 4 and 6 in the window: the state averaged in time has the variance 1 of it besides."""
    numbers = np.where(GRID.times <= BURN_IN, 100.0, np.where(np.arange(129) % 2, 4.0, 6.0))
    table = validate_table(CHAIN_CUMULANTS, _table({(2, 1.0): _run("moving", numbers)}))
    assert list(table["site"]) == [1, 2], "the middle of two sites is the first"
    row = table.iloc[-1]
    assert (row["photon_number"], row["number_fluctuation"]) == (5.0, 3.0)
    np.testing.assert_allclose(row["total_fluctuation"], 4.0, rtol=1e-12)
    np.testing.assert_allclose([row["g2"], row["mandel_q"]], [1.12, 0.6], rtol=1e-12)
    assert row["stationarity"] == 0.0
    assert (row["window"], row["burn_in"], row["time_reached"]) == (32.0, 32.0, 64.0)


def test_a_run_that_came_to_rest_stays_there():
    table = _table({(2, 1.0): _run("stationary", [1.0, 3.0, 7.0])})
    assert (table["photon_number"] == 7.0).all() and (table["photon_number_stderr"] == 0.0).all()


@pytest.mark.parametrize("outcome", ["unphysical", "diverged"])
def test_a_run_that_left_quantum_states_is_marked_and_not_averaged(outcome):
    runs = {(2, 1.0): _run(outcome, np.full(100, 9.0)), (2, 2.0): _run("stationary", [2.0])}
    table = validate_table(CHAIN_CUMULANTS, _table(runs))
    lost = table[table["drive_amplitude"] == 1.0]
    assert (lost["outcome"] == outcome).all()
    assert lost[["photon_number", "number_fluctuation", "total_fluctuation", "stationarity"]].isna().all(axis=None)
    assert table.loc[table["drive_amplitude"] == 2.0, "photon_number"].notna().all()
    kept = table.assign(photon_number=9.0, photon_number_stderr=1.0)
    with pytest.raises(TableError, match="rows have averages unless unphysical or diverged"):
        validate_table(CHAIN_CUMULANTS, kept)


def test_errors_and_drift_of_a_window():
    """Independent samples: the error is that of their mean; a trend is seen in the halves."""
    rng = np.random.default_rng(2)
    values = 10.0 + rng.normal(size=129)
    row = _table({(4, 1.0): _run("moving", values)}).iloc[-1]
    # 64 samples; 16 blocks know their scatter to 18 %.
    assert abs(row["photon_number_stderr"] * 8 - 1) < 4.5 * 0.18
    assert abs(row["photon_number"] - 10.0) < 4.5 / 8
    assert abs(row["stationarity"]) < 4.5
    drifting = _table({(4, 1.0): _run("moving", values + 5 * (GRID.times > 48))}).iloc[-1]
    assert drifting["stationarity"] > 3.5


def test_deviations_from_truncated_wigner():
    cumulants, deviations = chain_cumulant_tables.tables()
    validate_table(CHAIN_CUMULANTS_DEVIATIONS, deviations)
    # Three lengths of twelve drives, one without an average.
    assert len(deviations) == 35
    row = deviations[(deviations["length"] == 10) & (deviations["drive_amplitude"] == 5)].iloc[0]
    np.testing.assert_allclose(row["photon_number_deviation"], 0.2)
    np.testing.assert_allclose(row["number_fluctuation_ratio"], 55 / 40)
    np.testing.assert_allclose(row["total_fluctuation_ratio"], 1.3 * 55 / 40)
    np.testing.assert_allclose(row["number_fluctuation_deviation"], 15.0)
    expected = row["number_fluctuation_ratio"] * np.hypot(4.0 / 55, 0.5 / 40)
    np.testing.assert_allclose(row["number_fluctuation_ratio_stderr"], expected)
    # A fluctuation that is not told from zero has no ratio.
    assert np.isnan(deviations.loc[deviations["drive_amplitude"] == 2, "number_fluctuation_ratio"]).all()
    assert deviations_table(cumulants[cumulants["length"] == 6], chain_tables.phase_diagram()).shape[0] == 12


def test_the_figure_needs_a_length_of_both():
    cumulants, deviations = chain_cumulant_tables.tables()
    with pytest.raises(ValueError, match="no length that both"):
        chain_10.draw(cumulants, deviations[:0], chain_tables.boundaries())


def test_jobs_hold_every_drive_once():
    config = load_config([ROOT / "config/config.yaml", ROOT / "config/paper.yaml"]).chain.cumulants
    jobs = cumulant_jobs(config)
    drives = [drive for job in jobs.values() for drive in job.points]
    assert tuple(drives) == config.drive_amplitudes
    assert len(config.lengths) >= 15
    # The budget of the study: 15 minutes on one core.
    assert sum(job.cost.seconds for job in jobs.values()) < 900


@pytest.mark.parametrize(
    ("change", "hopping", "text"),
    [
        ({"time_step": 0.1}, 3.0, "below 0.0828, for a stable Runge-Kutta step"),
        ({"averaging_time": 10.0}, 2.0, "a whole multiple of 16 times sampling_interval = 8"),
        ({"sampling_interval": 0.45}, 2.0, "a whole multiple of time_step = 0.02"),
        ({"lengths": [4, 2]}, 2.0, "strictly increasing"),
    ],
)
def test_what_does_not_fit_is_refused_with_its_key(change, hopping, text):
    config = yaml.safe_load((ROOT / "tests/config/tiny.yaml").read_text())
    config["chain"]["cumulants"] |= change
    config["chain"]["model"]["hopping"] = hopping
    with pytest.raises(ConfigError, match=text) as caught:
        validate_config(config)
    assert str(caught.value).startswith("chain.cumulants") and "\n" not in str(caught.value)


def test_the_table_knows_the_outcomes_of_the_solver():
    assert next(column for column in CHAIN_CUMULANTS.columns if column.name == "outcome").allowed == OUTCOMES
