"""Rates of arrival at the chain's wave and of escape from it: what step and precision make of them."""

import numpy as np
import pytest

from openkerr.analysis.metastability import Point
from openkerr.analysis.passage_rates import rate_rows
from openkerr.models.bose_hubbard_chain import BoseHubbardChain
from openkerr.solvers.sde import Reduction, simulate_ensemble
from openkerr.solvers.time_grid import TimeGrid
from openkerr.studies.chain_metastability import raw
from openkerr.studies.chain_wave.scan import wave_state

RULES = {"running_windows": 5, "wave_band": 0.05, "left_share": 0.8}
LENGTH, WINDOW = 10, 20.0


def rate(drive, start, final_time, time_step, precision, n_trajectories=256):
    """Row of the last site; seeds differ, so that errors are independent."""
    model = BoseHubbardChain(length=LENGTH, drive_amplitude=drive)
    grid, state = TimeGrid.from_times(time_step, 1.0, final_time), wave_state(model, "twa")
    ensemble = simulate_ensemble(
        model,
        grid,
        start=state.field if start == "rnw" else np.zeros(LENGTH),
        seed=round(1000 * time_step),
        trajectories=range(n_trajectories),
        reduction=Reduction(raw.whole_windows(grid, WINDOW), 1, trajectory_means=raw.watched_modes(LENGTH)),
        stepper="strang",
        precision=precision,
        batch_size=64,
    )
    data = raw.passages_dataset(ensemble, grid, WINDOW, raw.wave_numbers(state))
    point = Point(
        LENGTH, drive, start, "quantum", raw.SITES, data["photon_number"].to_numpy(),
        data["wave_photon_number"].to_numpy(), data["end"].to_numpy(),
    )  # fmt: skip
    return rate_rows(point, RULES, 20.0)[1]


@pytest.mark.slow
@pytest.mark.parametrize(("drive", "start", "final_time"), [(9.25, "vacuum", 2500.0), (8.25, "rnw", 6000.0)])
def test_rates_do_not_depend_on_step_and_precision(drive, start, final_time):
    coarse = rate(drive, start, final_time, 0.05, "single")
    fine = rate(drive, start, final_time, 0.02, "double")
    assert min(coarse["n_events"], fine["n_events"]) >= 150
    error = np.hypot(coarse["rate_stderr"], fine["rate_stderr"])
    assert error < 0.12 * fine["rate"]
    assert abs(coarse["rate"] - fine["rate"]) < 4.5 * error
    # The test can fail: at a step of 0.2, which turns fields by more than a radian, there is no such rate.
    rough = rate(drive, start, final_time, 0.2, "double", 64)
    assert np.isnan(rough["rate"]) and (rough["too_fast"] or rough["n_events"] == 0)
