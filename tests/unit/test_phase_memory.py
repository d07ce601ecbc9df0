"""Auto-correlations: impurities against whole Liouvillians, rates and states that were planted."""

import numpy as np
import pytest
import xarray as xr
from scipy.linalg import expm

from openkerr.analysis.chain_profiles import ChainEnsemble
from openkerr.analysis.local_states import log_populations
from openkerr.analysis.phase_memory import (
    Memory,
    charge_one_block,
    damped_cosines,
    fit_cosines,
    fit_impurity,
    impurity_memory,
    memory_tables,
    window_table,
)
from openkerr.studies.chain_thermodynamics.tables import CHAIN_INTENSITY_WINDOWS, CHAIN_PHASE_RATES
from openkerr.tables.files import validate_table

LAGS = 0.1 * np.arange(40)


def memory_of(curve, error=0.003, seed=1) -> Memory:
    """C with noise that is independent from lag to lag, from 64 batches."""
    x, y = np.random.default_rng(seed).normal(size=(2, 64, len(LAGS)))
    batches = curve + 8.0 * error * (x + 1j * y)
    batches[:, 0] = 1.0
    stderr = np.where(LAGS > 0, error, 0.0)
    return Memory(LAGS, batches.mean(axis=0), batches, stderr)


def test_errors_of_a_curve_that_does_not_fit_are_its_scatter():
    """Two rates fitted by one: errors of sixteen batches, known to a fifth, must not move the fit as weights."""
    lags = 0.2 * np.arange(16)
    curve = damped_cosines(np.array([0.7, 1.0, 1.2, 0.3, 4.0, 0.0]), lags)
    random, fits = np.random.default_rng(2), []
    for _ in range(60):
        # Noise that grows from the start and remembers a few lags.
        x, y = 0.01 * np.cumsum(random.normal(size=(2, 16, len(lags))), axis=-1) * np.minimum(lags, 0.6)
        batches = curve + x + 1j * y
        stderr = np.maximum(x.std(axis=0, ddof=1), y.std(axis=0, ddof=1)) / 4.0
        fits.append(fit_cosines(Memory(lags, batches.mean(axis=0), batches, stderr), 1))
    found, errors = (np.array([getattr(fit, name) for fit in fits]) for name in ("parameters", "stderr"))
    # Sixty data sets know a scatter to 9 %.
    ratio = np.median(errors, axis=0) / found.std(axis=0)
    assert (ratio > 0.7).all() and (ratio < 1.4).all(), ratio


@pytest.mark.parametrize(("model", "parameters"), [("two_photon", (-1.0, 0.2)), ("scully_lamb", (-0.9, 0.04))])
def test_impurities_remember_as_their_whole_liouvillian_says(model, parameters):
    size, kerr, loss = 16, 0.7, 1.3
    gain, rate = loss * np.exp(parameters[0]), parameters[1]
    a = np.diag(np.sqrt(np.arange(1.0, size)), 1)
    eye, number = np.eye(size), a.T @ a
    pump = a.T if model == "two_photon" else a.T @ (eye - rate * a @ a.T)
    jumps = [np.sqrt(gain) * pump, np.sqrt(loss) * a]
    jumps += [np.sqrt(rate * loss) * a @ a] if model == "two_photon" else []
    energy = 0.5 * kerr * number @ (number - eye)
    liouvillian = -1j * (np.kron(energy, eye) - np.kron(eye, energy.T))
    for jump in jumps:
        square = jump.T @ jump
        liouvillian = liouvillian + np.kron(jump, jump) - 0.5 * (np.kron(square, eye) + np.kron(eye, square.T))
    weights = np.exp(log_populations(model, np.array([parameters]), size)[0][0])
    state = np.diag(weights / weights.sum())
    start = 0.5 * (state @ a.T + a.T @ state)
    exact = [np.trace(a @ (expm(liouvillian * t) @ start.ravel()).reshape(size, size)) for t in LAGS[::8]]
    ours = impurity_memory(model, np.array(parameters), kerr, loss, LAGS)[::8]
    np.testing.assert_allclose(ours, np.array(exact) / exact[0], atol=2e-5)


def test_another_impurity_is_refused():
    with pytest.raises(ValueError, match="allowed is two_photon, scully_lamb"):
        charge_one_block("gibbs", 1.0, 0.1, 5)


def test_one_rate_comes_back_and_two_of_one_kind_are_degenerate():
    truth = np.array([1.0, 0.8, 1.5])
    memory = memory_of(damped_cosines(truth, LAGS))
    one, two = fit_cosines(memory, 1), fit_cosines(memory, 2)
    assert one.state == "resolved" and (np.abs(one.parameters - truth) < 4.5 * one.stderr).all()
    assert (one.stderr[1:] < 0.02).all()
    assert two.state == "degenerate"
    # With independent errors the criterion counts parameters: chi² of 39 points and twice three.
    assert abs(one.criterion - (37 + 6)) < 4.5 * np.sqrt(2 * 37)
    assert two.criterion > one.criterion - 6


def test_two_rates_come_back_and_are_preferred():
    truth = np.array([0.7, 2.0, 0.0, 0.3, 0.3, 4.0])
    memory = memory_of(damped_cosines(truth, LAGS))
    one, two = fit_cosines(memory, 1), fit_cosines(memory, 2)
    assert two.state == "resolved" and two.criterion < one.criterion - 20
    rates = [1, 3, 4, 5]
    assert (np.abs(two.parameters - truth)[rates] < 4.5 * two.stderr[rates]).all()


def test_loss_dephasing_and_frequency_of_an_impurity_come_back():
    parameters, truth = np.array([0.0, 0.02]), np.array([2.0, 0.6, -0.4])
    curve = impurity_memory("two_photon", parameters, 0.1, truth[0], LAGS)
    curve = curve * np.exp(-(0.5 * truth[1] + 1j * truth[2]) * LAGS)
    fit = fit_impurity(memory_of(curve), "two_photon", parameters, 0.1)
    assert (np.abs(fit.parameters - truth) < 4.5 * fit.stderr + 1e-3).all()
    assert fit.deviation < 0.02 and fit.stderr[2] < 0.02


@pytest.fixture(scope="module")
def ensemble() -> ChainEnsemble:
    """Gaussian light of rate 2 at sites 2 and 3, at site 3 with a mean that stays what it is, 1 or 3 times another."""
    random = np.random.default_rng(4)
    lags = 0.2 * np.arange(101)
    density, drift = 200.0, np.array([1.0, 1.25])
    field = density * np.exp(-(1.0 + 0.5j) * lags)
    square = density**2 * (1.0 + np.exp(-2.0 * lags))
    signals = np.stack([field, field, square, square * drift[1]], axis=-1)
    noise = 1.0 + 0.002 * random.normal(size=(16, *signals.shape))
    data = xr.Dataset(
        {
            "correlation_re": (("batch", "lag", "signal"), signals.real * noise),
            "correlation_im": (("batch", "lag", "signal"), signals.imag * noise),
            "moments": (("batch", "bin", "mode", "moment"), np.full((16, 1, 4, 1), density)),
            "n_valid": ("batch", np.full(16, 10)),
            "samples": ("bin", [1]),
        },
        coords={
            "lag": lags, "moment": ["abs2"], "length": 4, "drive_amplitude": 8.0, "intrinsic_loss_rate": 0.0,
            "method": "twa", "kerr": 0.1, "signal_site": ("signal", [2, 3, 2, 3]),
            "signal_kind": ("signal", ["field", "field", "density", "density"]),
        },
    )  # fmt: skip
    return ChainEnsemble(data)


def test_a_drifting_mean_has_a_plateau_at_two(ensemble):
    table = validate_table(CHAIN_INTENSITY_WINDOWS, window_table(ensemble)).set_index(["site", "window"])
    steady, drifting = (table.loc[site, "g2_within"] for site in (2, 3))
    assert steady[1.0] < 1.8 and abs(steady[20.0] - 2.0) < 0.1
    # g2 of all times is 2.5 at site 3, where within any window it is that of site 2.
    assert abs(drifting[20.0] - steady[20.0]) < 0.02
    error = table["g2_within_stderr"]
    assert (error > 0).all() and (error < 0.02).all()


def test_tables_hold_every_site_and_choose_one_fit(ensemble):
    fits = {"two_photon": np.tile([-0.5, 0.05], (4, 1)), "scully_lamb": np.tile([-0.5, 0.02], (4, 1))}
    table, grid = memory_tables(ensemble, fits)
    validate_table(CHAIN_PHASE_RATES, table)
    assert len(table) == 8 and grid.sizes["panel"] == 2
    one = table[table["model"] == "one_rate"]
    assert (np.abs(one["decay_rate_1"] - 1.0) < 0.01).all() and (np.abs(one["frequency_1"] - 0.5) < 0.01).all()
    assert (table.groupby("site")["state"].agg(lambda s: (s == "chosen").sum()) == 1).all()
