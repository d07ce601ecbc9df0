"""Currents, balances, local equilibria and powers of the length of chains, on known input."""

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from scipy.linalg import expm

from openkerr.algebra.polynomials import annihilation, commutator, creation, number
from openkerr.algebra.wigner import weyl_symbol
from openkerr.analysis.chain_currents import end_currents, site_energies
from openkerr.analysis.chain_transport import (
    ChainMeans,
    balance_table,
    local_equilibria,
    scaling_table,
    transport_table,
)
from openkerr.analysis.green_kubo import conductivity_row, correlate, integral_rows, running_integrals
from openkerr.analysis.roughening import (
    exponent_table,
    lag_samples,
    linear_structure,
    phase_structure,
    structure_table,
)
from openkerr.analysis.schroedinger_equilibrium import equilibrium
from openkerr.analysis.wave_currents import linear_fluctuations, linear_means
from openkerr.models.bose_hubbard_chain import BoseHubbardChain
from openkerr.solvers.stationary import linear_covariance, mean_shift, stationary_state
from openkerr.studies.chain_transport.quantities import QUANTITIES
from openkerr.studies.chain_transport.tables import (
    CHAIN_CONDUCTIVITY,
    CHAIN_GREEN_KUBO,
    CHAIN_ROUGHENING,
    CHAIN_ROUGHENING_EXPONENTS,
    CHAIN_TRANSPORT,
    CHAIN_TRANSPORT_BALANCE,
    CHAIN_TRANSPORT_SCALING,
)
from openkerr.studies.chain_wave.scan import wave_state
from openkerr.tables.files import validate_table

PARAMETERS = {
    "detuning": 2.5, "hopping": 2.0, "kerr": 0.1, "loss_rate": 1.0, "intrinsic_loss_rate": 0.0,
    "thermal_occupation": 0.0,
}  # fmt: skip


def means_of(fields, **parameters) -> ChainMeans:
    """Means of fields of shape (n_batches, length, lanes)."""
    left, right = fields[:, :-1], fields[:, 1:]
    near = np.mean(left.conj() * right, axis=2)
    dense = np.mean(np.abs(right) ** 2 * left.conj() * right, axis=2)
    following = np.mean(fields[:, :-2].conj() * fields[:, 2:], axis=2)

    def padded(values):
        return np.pad(values, ((0, 0), (0, fields.shape[1] - values.shape[1])), constant_values=np.nan)

    values = {
        "re_a": fields.real.mean(axis=2), "im_a": fields.imag.mean(axis=2),
        "abs2": (np.abs(fields) ** 2).mean(axis=2), "abs4": (np.abs(fields) ** 4).mean(axis=2),
        "near_re": padded(near.real), "near_im": padded(near.imag), "dense_im": padded(dense.imag),
        "next_im": padded(following.imag),
    }  # fmt: skip
    assert set(values) == set(QUANTITIES)
    given = PARAMETERS | {"drive_amplitude": 1.0, "method": "twa"} | parameters
    weights = np.full(len(fields), fields.shape[2])
    return ChainMeans(values, weights, given, np.random.default_rng(6).normal(size=len(fields)))


def gaussian(shape, seed, variance=1.0) -> np.ndarray:
    x, y = np.random.default_rng(seed).normal(size=(2, *shape))
    return np.sqrt(variance / 2) * (x + 1j * y)


def evaluate(symbol, fields) -> complex:
    """Value of a phase-space polynomial at one point."""
    return sum(
        value * np.prod([fields[k].conjugate() ** p * fields[k] ** q for k, p, q in key])
        for key, value in symbol.terms.items()
    )


def test_ends_tell_the_rates_at_which_drive_and_loss_change_photons_and_energy():
    """D[a](O) = a†Oa - {a†a, O}/2 and i[F(a + a†), O] by operator algebra, at a point of phase space."""
    length, drive, parameters, occupation = 4, 1.7, {"detuning": 1.3, "hopping": 0.7, "kerr": 0.4}, 0.6
    model = BoseHubbardChain(length=length, drive_amplitude=drive, **parameters)
    fields = gaussian((length,), 1, variance=6.0)
    photons = sum((number(site) for site in range(length)), 0 * number(0))

    def lost(site, operator):
        change = 0 * number(0)
        for rate, a in ((occupation + 1, annihilation(site)), (occupation, creation(site))):
            taken = a.adjoint() * a
            change = change + rate * (a.adjoint() * operator * a - 0.5 * (taken * operator + operator * taken))
        return evaluate(weyl_symbol(change), fields)

    near = np.real(fields[[0, -2]].conj() * fields[[1, -1]])
    ends = fields[[0, -1]]
    found = end_currents(
        ends, np.abs(ends) ** 2, np.abs(ends) ** 4, near, **parameters, ordering=0.5, drive=drive, losses=(1.0, 1.0),
        occupation=occupation,
    )  # fmt: skip
    push = drive * (annihilation(0) + creation(0))
    pushed = evaluate(weyl_symbol(1j * commutator(push, photons)), fields)
    assert found["photon_input"] == pytest.approx((pushed + lost(0, photons)).real, rel=1e-12)
    assert found["photon_output"] == pytest.approx(-lost(length - 1, photons).real, rel=1e-12)
    energy = model.hamiltonian()
    assert found["energy_input"] == pytest.approx(lost(0, energy).real, rel=1e-12)
    assert found["energy_output"] == pytest.approx(-lost(length - 1, energy).real, rel=1e-12)


def test_energies_of_all_sites_add_up_to_the_hamiltonian():
    fields = gaussian((5,), 2, variance=4.0)
    model = BoseHubbardChain(length=5, drive_amplitude=0.0, detuning=0.0, hopping=0.7, kerr=0.4)
    near = np.real(fields[:-1].conj() * fields[1:])
    found = site_energies(np.abs(fields) ** 2, np.abs(fields) ** 4, near, 0.7, 0.4, 0.5).sum()
    assert found == pytest.approx(evaluate(weyl_symbol(model.hamiltonian()), fields).real, rel=1e-12)


@pytest.mark.slow
def test_fluctuations_of_a_wave_are_those_of_the_general_solver():
    state = wave_state(BoseHubbardChain(length=8, drive_amplitude=10.5, thermal_occupation=0.3))
    covariance, shift = linear_fluctuations(
        state.field, state.jacobian, state.model.site_losses(), state.model.site_occupations(), state.model.kerr
    )
    np.testing.assert_allclose(covariance, linear_covariance(state), rtol=1e-6, atol=1e-9)
    np.testing.assert_allclose(shift, mean_shift(state, covariance), rtol=1e-5)


def test_means_of_gaussian_fields_agree_with_samples():
    length, rng = 4, np.random.default_rng(3)
    field = 8.0 * np.exp(1j * rng.uniform(0, 6, length))
    root = rng.normal(size=(2 * length, 2 * length)) * 0.2
    shift = 0.1 * (rng.normal(size=length) + 1j * rng.normal(size=length))
    chain = linear_means(field, root @ root.T, shift, PARAMETERS | {"drive_amplitude": 1.0})
    noise = rng.normal(size=(16, 4000, 2 * length)) @ root.T
    sampled = means_of((field + shift + noise[..., :length] + 1j * noise[..., length:]).transpose(0, 2, 1))
    for name, values in chain.means.items():
        mean, error = sampled.estimate(sampled.means[name])
        known = np.isfinite(values[0])
        assert (known == np.isfinite(mean)).all(), name
        # Second order: fluctuations of 0.3 % of the density, to the second power, in products of four fields.
        beyond = 0.004 * np.abs(values[0]) if name in ("abs4", "dense_im") else 0.02
        assert (np.abs(mean - values[0])[known] < (4.5 * error + beyond)[known]).all(), name


def test_currents_of_a_linear_chain_balance_exactly():
    """Without interaction the steady state is coherent: every mismatch vanishes, and nothing depends on the site."""
    model = BoseHubbardChain(length=12, drive_amplitude=3.0, kerr=0.0)
    state = stationary_state(model, np.zeros(12))
    fluctuations = linear_fluctuations(state.field, state.jacobian, model.site_losses(), model.site_occupations(), 0.0)
    chain = linear_means(state.field, *fluctuations, PARAMETERS | {"kerr": 0.0, "drive_amplitude": 3.0})
    row = validate_table(CHAIN_TRANSPORT_BALANCE, balance_table(chain)).iloc[0]
    for name in ("photon_bond", "photon_input", "energy_bond", "energy_input"):
        assert abs(row[f"{name}_mismatch"]) < 1e-10, name
    assert row["photon_current"] == pytest.approx(abs(state.field[-1]) ** 2)
    table = validate_table(CHAIN_TRANSPORT, transport_table(chain, 2))
    assert np.ptp(table["photon_current"]) < 1e-10 and table["heat_current"].isna().all()


def test_heat_is_what_photons_do_not_carry():
    """Fields drawn at infinite temperature, with a phase twist: j_Q/T = -nu j_n there, and T and mu come back."""
    lanes, length = 4000, 8
    fields = gaussian((16, length, lanes), 4, variance=9.0)
    fields[:, 1:] += 0.1j * fields[:, :-1]
    table = validate_table(CHAIN_TRANSPORT, transport_table(means_of(fields), 2)).set_index("site")
    assert table["inverse_temperature"].notna().sum() == 3 and table.loc[[2, 4, 6], "inverse_temperature"].notna().all()
    for site in (2, 4, 6):
        row = table.loc[site]
        state = equilibrium(row["inverse_temperature"], row["mu_over_t"], 2.0, 0.1)
        assert state.photon_number == pytest.approx(row["photon_number"], rel=1e-6)
        assert state.energy == pytest.approx(row["energy"], abs=1e-5)
        assert abs(row["inverse_temperature"]) < 4.5 * row["inverse_temperature_stderr"]
        assert row["photon_current"] == pytest.approx(2 * 2.0 * 0.1 * 9.0, rel=0.1)
        carried = row["excess_energy_current"] * row["inverse_temperature"] - row["mu_over_t"] * row["photon_current"]
        assert row["entropy_current"] == pytest.approx(carried, rel=1e-6)
        assert row["heat_current"] * row["inverse_temperature"] == pytest.approx(carried, rel=1e-6)
        assert abs(row["g2"] - row["g2_equilibrium"]) < 4.5 * np.hypot(row["g2_stderr"], row["g2_equilibrium_stderr"])


@pytest.mark.slow
def test_errors_of_temperatures_are_those_of_repeated_draws():
    drawn = [
        transport_table(means_of(gaussian((16, 5, 500), seed, variance=9.0)), 2).set_index("site").loc[2]
        for seed in range(40)
    ]
    for name in ("inverse_temperature", "mu_over_t", "entropy", "g2_equilibrium", "entropy_current"):
        values = np.array([row[name] for row in drawn])
        errors = np.array([row[f"{name}_stderr"] for row in drawn])
        # Both spreads are known to about an eighth of themselves.
        assert 0.6 < values.std(ddof=1) / np.sqrt((errors**2).mean()) < 1.5, name


def test_powers_of_the_length_are_found_with_their_errors():
    lengths, rng = np.array([10, 20, 30, 40, 60, 80]), np.random.default_rng(5)
    rows = []
    for drive, exponent in ((4.5, -1 / 3), (8.0, -1.0)):
        value = 50.0 * lengths**exponent
        frame = pd.DataFrame({"length": lengths, "drive_amplitude": drive, "method": "twa"})
        for name in ("photon_current", "excess_energy_current", "photon_drop"):
            frame[name] = value * (1 + 0.01 * rng.normal(size=len(lengths)))
            frame[f"{name}_stderr"] = 0.01 * value
        rows.append(frame)
    table = validate_table(
        CHAIN_TRANSPORT_SCALING, scaling_table(pd.concat(rows), CHAIN_TRANSPORT_SCALING.column_names)
    )
    assert table["length_min"].min() == 20, "a chain of ends has no power"
    whole = table[table["n_lengths"] == 5]
    for drive, exponent in ((4.5, -1 / 3), (8.0, -1.0)):
        found = whole[whole["drive_amplitude"] == drive]
        assert (np.abs(found["exponent"] - exponent) < 4.5 * found["exponent_stderr"]).all()
        assert (found["chi_squared"] < 20).all() and np.isfinite(found["chi_squared"]).all()
    pairs = table[table["n_lengths"] == 2]
    assert pairs["chi_squared"].isna().all() and len(pairs) == 2 * 3 * 4
    bent = pd.concat(rows).assign(
        photon_current=lambda frame: 1.0 + 50.0 / frame["length"],
        photon_current_stderr=lambda frame: 0.01 * frame["photon_current"],
    )
    again = scaling_table(bent, CHAIN_TRANSPORT_SCALING.column_names)
    worst = again[(again["n_lengths"] == 5) & (again["quantity"] == "photon_current")]
    assert (worst["chi_squared"] > 20).all(), "no power is told to be one"


def test_correlations_and_their_integrals_of_a_known_process():
    """Two series that forget at the rate 1: x(t) of unit variance, and y(t) = x(t - 1); C_yx(t) = exp(-|t - 1|)."""
    step, n_samples, lanes = 0.1, 4000, 64
    rng, keep = np.random.default_rng(7), np.exp(-0.1)
    x = np.empty((n_samples + 10, lanes))
    x[0] = rng.normal(size=lanes)
    for index in range(1, len(x)):
        x[index] = keep * x[index - 1] + np.sqrt(1 - keep**2) * rng.normal(size=lanes)
    series = np.stack([x[10:], x[:-10]], axis=1)
    found = correlate(series, 81)
    lags = step * np.arange(81)
    for (a, b), expected in (
        ((0, 0), np.exp(-lags)), ((1, 0), np.exp(-np.abs(lags - 1))), ((0, 1), np.exp(-(lags + 1))),
    ):  # fmt: skip
        assert np.abs(found[:, a, b] - expected).max() < 0.03
        total = running_integrals(found, step)[:, a, b]
        exact = np.concatenate([[0.0], np.cumsum(0.5 * step * (expected[1:] + expected[:-1]))])
        assert np.abs(total - exact).max() < 0.1


def test_a_prediction_is_the_onsager_matrix_times_the_gradients_of_the_chain():
    """Densities that grow along a chain at infinite temperature: mu/T = -1/<A> has the gradient A'/A²."""
    length, slope = 24, 0.05
    density = 9.0 + slope * (np.arange(length) - 11.5)
    fields = gaussian((16, length, 4000), 8) * np.sqrt(density)[:, None]
    chain = means_of(fields)
    (local,) = local_equilibria(chain, [12])
    rng = np.random.default_rng(9)
    onsager = np.array([[300.0, -40.0], [-40.0, 2000.0]])
    lags = 0.1 * np.arange(301)
    scatter = 1 + 0.01 * rng.normal(size=16)
    data = xr.Dataset(
        {
            "correlation": (
                ("batch", "lag", "current", "other"),
                scatter[:, None, None, None] * np.exp(-lags)[:, None, None] * onsager,
            ),
            "photon_number": (("batch",), local.state.photon_number + 0.1 * rng.normal(size=16)),
            "energy": (("batch",), local.state.energy + 0.1 * rng.normal(size=16)),
            "n_valid": (("batch",), np.full(16, 4)),
        },
        coords={"lag": lags, "length": length, "drive_amplitude": 1.0, "site": 12},
    )
    table = pd.DataFrame([conductivity_row(data, chain, local, 6)], columns=CHAIN_CONDUCTIVITY.column_names)
    row = validate_table(CHAIN_CONDUCTIVITY, table).iloc[0]
    for name, expected in (("photon_photon", 300.0), ("energy_photon", -40.0), ("energy_energy", 2000.0)):
        assert abs(row[name] - expected) < 4.5 * row[f"{name}_stderr"] + 1e-3 * abs(expected), name
        assert row[f"{name}_systematic"] < 1e-5 * abs(expected)
    assert abs(row["mu_over_t_gradient"] - slope / 81) < 4.5 * row["mu_over_t_gradient_stderr"]
    assert abs(row["minus_beta_gradient"]) < 4.5 * row["minus_beta_gradient_stderr"]
    gradient = np.array([row["mu_over_t_gradient"], row["minus_beta_gradient"]])
    for index, name in enumerate(("photon", "energy")):
        assert row[f"predicted_{name}_current"] == pytest.approx(-(onsager @ gradient)[index], rel=0.02)
    rows = validate_table(CHAIN_GREEN_KUBO, integral_rows(data))
    late = rows[rows["time"] > 10]
    assert (np.abs(late["photon_photon"] - 300.0) < 4.5 * late["photon_photon_stderr"] + 1.0).all()


def test_structure_functions_of_walks_and_of_pinned_phases():
    """A free walk grows as t; its exponent is 1/2 within its error."""
    rng = np.random.default_rng(10)
    phases = np.cumsum(0.2 * rng.normal(size=(3000, 2, 24)), axis=0)
    lags = lag_samples(100)
    assert lags[0] == 1 and lags[-1] == 100 and (np.diff(lags) > 0).all()
    structure = phase_structure(5.0 * np.exp(1j * phases), lags)
    error = structure.std(axis=0, ddof=1) / np.sqrt(24)
    assert (np.abs(structure.mean(axis=0) - 0.04 * lags[:, None]) < 4.5 * error).all()
    data = xr.Dataset(
        {"structure": (("trajectory", "lag", "site"), structure)},
        coords={"lag": lags * 1.0, "site": [3, 7], "length": 9, "drive_amplitude": 10.5},
    )
    linear = np.repeat(0.04 * lags[:, None] ** (2 / 3), 2, axis=1)
    table = exponent_table(data, linear, [(1.0, 20.0), (5.0, 100.0)])
    table = validate_table(CHAIN_ROUGHENING_EXPONENTS, table[CHAIN_ROUGHENING_EXPONENTS.column_names])
    sampled, exact = (table[table["method"] == method] for method in ("twa", "linear"))
    assert (np.abs(sampled["exponent"] - 0.5) < 4.5 * sampled["exponent_stderr"]).all() and len(sampled) == 4
    np.testing.assert_allclose(exact["exponent"], 1 / 3, rtol=1e-10)
    rows = validate_table(CHAIN_ROUGHENING, structure_table(data, linear))
    assert len(rows) == 2 * 2 * len(lags)


@pytest.mark.slow
def test_linear_structure_functions_are_those_of_an_integrated_process():
    """Around the wave of a short chain: phases of dx = A x dt + noise, by exact steps of its law."""
    model = BoseHubbardChain(length=6, drive_amplitude=10.5)
    state = wave_state(model)
    baths = model.site_losses(), model.site_occupations()
    covariance, _ = linear_fluctuations(state.field, state.jacobian, *baths, model.kerr)
    step, n_samples, lanes = 0.5, 3000, 32
    turn = expm(step * state.jacobian)
    root = np.linalg.cholesky(covariance - turn @ covariance @ turn.T + 1e-14 * np.eye(12))
    rng = np.random.default_rng(11)
    x = np.linalg.cholesky(covariance) @ rng.normal(size=(12, lanes))
    phases = np.empty((n_samples, 1, lanes))
    field = state.field[3]
    for index in range(n_samples):
        phases[index, 0] = (field.real * x[9] - field.imag * x[3]) / abs(field) ** 2
        x = turn @ x + root @ rng.normal(size=(12, lanes))
    lags = np.array([1, 2, 5, 10, 30])
    sampled = phase_structure(np.exp(1j * phases), lags)[..., 0]
    expected = linear_structure(state.field, state.jacobian, covariance, [4], step * lags)[:, 0]
    error = sampled.std(axis=0, ddof=1) / np.sqrt(lanes)
    assert (np.abs(sampled.mean(axis=0) - expected) < 4.5 * error).all()
