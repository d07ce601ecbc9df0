"""Profiles, coherences, currents and distributions of a chain against closed forms and operator algebra."""

import numpy as np
import pytest
import xarray as xr
from scipy.special import erf

from openkerr.algebra.polynomials import annihilation, commutator, creation, number
from openkerr.algebra.wigner import weyl_symbol
from openkerr.analysis.batches import join_batches
from openkerr.analysis.chain_distributions import (
    autocorrelation_grid,
    join_panels,
    momentum_grid,
    ring_contrast,
    wigner_grid,
)
from openkerr.analysis.chain_profiles import ChainEnsemble, coherence_table, current_table, profile_table
from openkerr.analysis.chain_relaxation import relaxation_table
from openkerr.models.bose_hubbard_chain import BoseHubbardChain
from openkerr.solvers.reductions import MOMENTS
from openkerr.solvers.time_grid import CorrelationTimes
from openkerr.studies.chain_ensemble import simulate_steady_state, steady_coordinates
from openkerr.studies.chain_ensembles.kept import chain_kept
from openkerr.studies.chain_ensembles.raw import chain_dataset
from openkerr.studies.chain_ensembles.tables import CHAIN_COHERENCE, CHAIN_CURRENTS, CHAIN_PROFILES, CHAIN_RELAXATION
from openkerr.tables.files import validate_table

LENGTH, N_BATCHES, LANES = 5, 16, 64


def ensemble_of(fields, method="twa", *, n_cells=40, extent=6.0, **parameters) -> ChainEnsemble:
    """An ensemble with one sample, taken twice, whose fields have shape (n_batches, length, lanes)."""
    model = BoseHubbardChain(length=fields.shape[1], drive_amplitude=1.0, **parameters)
    parts = {"im": np.imag, "re": np.real}
    means = [(parts.get(name[:2], np.real), np.mean(fields.conj() ** p * fields**q, axis=2)) for name, p, q in MOMENTS]
    moments = np.stack([part(mean) for part, mean in means], axis=-1)
    phases = np.exp(1j * np.angle(fields)).mean(axis=2)
    left, right = np.array(chain_kept(fields.shape[1]).pairs).T
    product = fields[:, left].conj() * fields[:, right]
    dense = np.abs(fields[:, right]) ** 2 * product
    pairs = np.stack([f(x).mean(axis=2) for x in (product, dense) for f in (np.real, np.imag)], axis=-1)
    edges = np.linspace(-extent, extent, n_cells + 1)
    counts = np.array(
        [[np.histogram2d(site.real, site.imag, bins=(edges, edges))[0] * 2 for site in batch] for batch in fields]
    )

    def twice(values):
        return np.repeat(values[:, None], 2, axis=1)

    data = xr.Dataset(
        {
            "moments": (("batch", "bin", "mode", "moment"), twice(moments)),
            "phase_re": (("batch", "bin", "mode"), twice(phases.real)),
            "phase_im": (("batch", "bin", "mode"), twice(phases.imag)),
            "pairs": (("batch", "bin", "pair", "product"), twice(pairs)),
            "counts": (("batch", "mode", "re", "im"), counts),
            "n_valid": (("batch",), np.full(len(fields), fields.shape[2])),
            "samples": (("bin",), [1, 1]),
        },
        coords={
            "batch": np.arange(len(fields)) * fields.shape[2],
            "mode": np.arange(1, fields.shape[1] + 1),
            "moment": [name for name, _, _ in MOMENTS],
            "left": ("pair", left + 1),
            "right": ("pair", right + 1),
        },
    )
    settings = {"time_step": 0.04, "burn_in": 0.0, "averaging_time": 1.0, "extent": extent}
    drawn = {"wigner": ("mode", np.ones(fields.shape[1], dtype=bool))}
    return ChainEnsemble(data.assign_coords(steady_coordinates(model, settings, method) | drawn))


def with_contrast(ensemble):
    value, error = ring_contrast(ensemble)
    return profile_table(ensemble).assign(ring_contrast=value, ring_contrast_stderr=error)


def gaussian(shape, seed, variance=0.5) -> np.ndarray:
    x, y = np.random.default_rng(seed).normal(size=(2, *shape))
    return np.sqrt(variance / 2) * (x + 1j * y)


def test_coherent_light_has_no_fluctuation_and_full_coherence():
    mean = np.array([3.0, 2.0 - 1.0j, -1.5j, 2.5 + 0.5j, 1.0 + 1.0j])
    ensemble = ensemble_of(mean[:, None] + gaussian((N_BATCHES, LENGTH, 20 * LANES), 1))
    profile = validate_table(CHAIN_PROFILES, with_contrast(ensemble))
    for name, expected in (
        ("photon_number", np.abs(mean) ** 2), ("number_fluctuation", 0.0), ("g2", 1.0),
        ("field_real", mean.real), ("field_imag", mean.imag),
    ):  # fmt: skip
        assert (np.abs(profile[name] - expected) < 4.5 * profile[f"{name}_stderr"]).all(), name
    turn = np.angle(np.exp(1j * (profile["mean_phase"] - np.angle(mean))))
    assert (np.abs(turn) < 4.5 * profile["mean_phase_stderr"]).all()
    coherence = validate_table(CHAIN_COHERENCE, coherence_table(ensemble))
    assert (coherence["center"] == 2).all() and coherence["g1"][1] == 1.0
    others = coherence.drop(index=1)
    assert (np.abs(others["g1"] - 1.0) < 4.5 * others["g1_stderr"]).all()


def test_incoherent_light_is_thermal_without_phase_or_coherence():
    ensemble = ensemble_of(gaussian((N_BATCHES, LENGTH, 20 * LANES), 2, variance=4.5))
    profile = profile_table(ensemble)
    assert (np.abs(profile["g2"] - 2.0) < 4.5 * profile["g2_stderr"]).all()
    assert (np.abs(profile["number_fluctuation"] - 16.0) < 4.5 * profile["number_fluctuation_stderr"]).all()
    assert (profile["circular_variance"] > 0.97).all()
    unresolved = profile["mean_phase"].isna()
    # A Rayleigh modulus exceeds three standard errors of its own scatter seldom, not never.
    assert unresolved.sum() >= 3 and (unresolved == profile["mean_phase_stderr"].isna()).all()
    coherence = coherence_table(ensemble).drop(index=1)
    assert (coherence["g1"] < 6.0 / np.sqrt(N_BATCHES * 20 * LANES)).all()


def test_a_classical_field_has_no_ordering():
    fields = np.broadcast_to(np.arange(1.0, 6.0)[:, None] * 1j, (N_BATCHES, LENGTH, LANES)).copy()
    profile = validate_table(CHAIN_PROFILES, with_contrast(ensemble_of(fields, "gpe")))
    np.testing.assert_allclose(profile["photon_number"], np.arange(1.0, 6.0) ** 2)
    np.testing.assert_allclose(profile["number_fluctuation"], 0.0, atol=1e-10)
    np.testing.assert_allclose(profile["g2"], 1.0)
    np.testing.assert_allclose(profile["mean_phase"], np.pi / 2)
    np.testing.assert_allclose(coherence_table(ensemble_of(fields, "gpe"))["g1"], 1.0)


@pytest.mark.parametrize("bond", [1, 2, 3, 4])
def test_currents_are_the_rates_at_which_a_bond_changes_photons_and_energy_beyond_it(bond):
    """i[H_bond, N_R] and i[H_bond, H_R] by operator algebra, at any point of phase space by their Weyl symbols."""
    fields = gaussian((N_BATCHES, LENGTH, 1), 3, variance=6.0)
    parameters = {"detuning": 1.3, "hopping": 0.7, "kerr": 0.4}
    ensemble = ensemble_of(fields, **parameters)
    model = BoseHubbardChain(length=LENGTH, drive_amplitude=1.0, **parameters)

    def hop(site):
        term = -model.hopping * creation(site) * annihilation(site - 1)
        return term + term.adjoint()

    beyond = range(bond, LENGTH)
    photons = sum((number(site) for site in beyond), 0 * number(0))
    energy = sum(
        (
            -model.detuning * number(site) + 0.5 * model.kerr * creation(site) ** 2 * annihilation(site) ** 2
            for site in beyond
        ),
        sum((hop(site) for site in beyond if site > bond), 0 * number(0)),
    )
    table = validate_table(CHAIN_CURRENTS, current_table(ensemble)).set_index("site").loc[bond]
    rates = [("photon_current", photons), ("energy_current", energy)]
    rates.append(("excess_energy_current", energy + model.detuning * photons))
    for name, operator in rates:
        symbol = weyl_symbol(1j * commutator(hop(bond), operator))
        values = np.array([evaluate(symbol, fields[batch, :, 0]) for batch in range(N_BATCHES)])
        assert np.abs(values.imag).max() < 1e-12
        if name != "photon_current" and bond == LENGTH - 1:
            assert np.isnan(table[name])
            continue
        assert table[name] == pytest.approx(values.real.mean(), rel=1e-10), name
        error = values.real.std(ddof=1) / np.sqrt(N_BATCHES)
        assert table[f"{name}_stderr"] == pytest.approx(error, rel=1e-10)


def evaluate(symbol, fields) -> complex:
    """Value of a phase-space polynomial at one point."""
    return sum(
        value * np.prod([fields[k].conjugate() ** p * fields[k] ** q for k, p, q in key])
        for key, value in symbol.terms.items()
    )


def test_distributions_are_normalised_and_follow_their_closed_forms():
    ensemble = ensemble_of(2.0j + gaussian((N_BATCHES, LENGTH, 50 * LANES), 5))
    maps, momenta = join_panels([wigner_grid(ensemble)] * 2), momentum_grid(ensemble)
    assert maps.sizes == {"panel": 2 * LENGTH, "re": 40, "im": 40}
    cell = 6.0 * float(maps["re"][1] - maps["re"][0])
    np.testing.assert_allclose(maps["density"].sum(("re", "im")) * cell**2 + maps["outside"], 1.0)
    assert maps["density"].attrs["units"] == "1" and list(maps["site"].values[:5]) == [1, 2, 3, 4, 5]
    p = momenta["momentum"].values * float(momenta["extent"][0])
    edges = np.append(p - 0.5 * (p[1] - p[0]), p[-1] + 0.5 * (p[1] - p[0])) - 2.0 * np.sqrt(2.0)
    curve = 0.5 * np.diff(erf(edges)) / (p[1] - p[0])
    error = momenta["density_stderr"].values
    seen = (error > 0) & (curve > 1e-3)
    excess = np.abs(momenta["density"].values - curve)[seen] / error[seen]
    # With errors from sixteen batches 5.5 stands for 4.5 of a normal law.
    assert (excess**2).mean() < 2.0 and excess.max() < 5.5


def run(length=4, n=64, averaging_time=20.0, **options):
    model = BoseHubbardChain(length=length, drive_amplitude=2.0, kerr=0.0)
    settings = {
        "time_step": 0.02, "sampling_interval": 1.0, "lag_interval": 0.2, "burn_in": 40.0,
        "averaging_time": averaging_time, "extent": 5.0, "n_cells": 10, "wigner_sites": [1, 4],
        "correlation_sites": [], "stepper": "strang", "precision": "double", "noise": "gaussian", "batch_size": 4,
        **options,
    }  # fmt: skip
    ratio = 5 if settings["correlation_sites"] else 1
    times = CorrelationTimes(tuple(range(40 * ratio, 55 * ratio, 5)), 11, 0)
    ensemble = simulate_steady_state(
        model, settings, chain_kept(length), seed=7, trajectories=range(n), n_windows=4, correlations=times,
        n_threads=1, checkpoint=None, progress=lambda steps: None,
    )  # fmt: skip
    return chain_dataset(ensemble, model, settings, "twa"), model


def linear_fields(chain) -> np.ndarray:
    """Fields of the linear chain at rest: 0 = -i(M alpha + F) with loss in M."""
    matrix = np.diag(-chain.detuning - 0.5j * chain.site_losses()).astype(complex)
    matrix -= chain.hopping * (np.eye(chain.length, k=1) + np.eye(chain.length, k=-1))
    return -np.linalg.solve(matrix, chain.site_drives())


def test_the_linear_chain_is_a_product_of_coherent_states():
    data, model = run()
    ensemble = ChainEnsemble(join_batches([data.isel(batch=slice(8, 16)), data.isel(batch=slice(0, 8))]))
    fields = linear_fields(model)
    profile, currents = profile_table(ensemble), current_table(ensemble)
    np.testing.assert_array_less(
        np.abs(profile["photon_number"] - np.abs(fields) ** 2), 4.5 * profile["photon_number_stderr"]
    )
    coherence = coherence_table(ensemble)
    assert (np.abs(coherence["g1"] - 1.0) <= 4.5 * coherence["g1_stderr"]).all()
    expected = 2 * model.hopping * np.imag(fields[:-1].conj() * fields[1:])
    assert np.ptp(expected) < 1e-12 and expected[0] == pytest.approx(np.abs(fields[-1]) ** 2)
    assert (np.abs(currents["photon_current"] - expected) < 4.5 * currents["photon_current_stderr"]).all()
    assert (np.abs(currents["imbalance"]) < 4.5 * currents["imbalance_stderr"]).all()
    beyond = -model.detuning * fields[1:-1] - model.hopping * fields[2:]
    energy = 2 * model.hopping * np.imag(fields[:-2].conj() * beyond)
    assert np.ptp(energy) < 1e-12
    known = currents[:-1]
    assert (np.abs(known["energy_current"] - energy) < 4.5 * known["energy_current_stderr"]).all()
    # The light is coherent: the correlation of the field is that of its mean, and half a photon that decays.
    data, chain = run(correlation_sites=[2, 4])
    grid = autocorrelation_grid(ChainEnsemble(data), data["lag"].values)
    assert list(grid["site"].values) == [2, 4] and float(grid["re"][0, 0]) == 1.0
    motion = np.diag(1j * chain.detuning - 0.5 * chain.site_losses()).astype(complex)
    motion += 1j * chain.hopping * (np.eye(4, k=1) + np.eye(4, k=-1))
    values, vectors = np.linalg.eig(motion)
    for panel, site in enumerate((1, 3)):
        response = [
            (vectors @ np.diag(np.exp(values * lag)) @ np.linalg.inv(vectors))[site, site] for lag in grid["lag"].values
        ]
        expected = (np.abs(fields[site]) ** 2 + 0.5 * np.array(response)) / (np.abs(fields[site]) ** 2 + 0.5)
        for name, part in (("re", expected.real), ("im", expected.imag)):
            error = grid[f"{name}_stderr"].values[panel]
            assert (np.abs(grid[name].values[panel] - part) <= 4.5 * error + 1e-9).all(), (site, name)


def test_the_window_alone_is_kept():
    data, _ = run(n=16)
    assert data.sizes["bin"] == 4 and int(data["samples"].sum()) == 20
    assert int(data["counts"].sum()) <= 20 * 16 * 4
    assert data["trajectory_abs2"].dims == ("batch", "bin", "listed", "lane") and int(data["listed"][0]) == 4
    last = data["trajectory_abs2"].isel(listed=0).mean("lane")
    np.testing.assert_allclose(last, data["moments"].sel(moment="abs2").isel(mode=-1), rtol=1e-12)


def test_ring_contrast_tells_a_bell_from_a_ring():
    bell = gaussian((N_BATCHES, 3, 20 * LANES), 8, variance=6.0)
    value, error = ring_contrast(ensemble_of(bell, n_cells=48, extent=8.0))
    # The finite ring and disc shift the Gaussian's -1 by a few per cent.
    assert (np.abs(value + 1.0) < 4.5 * error + 0.1).all()
    circle = np.random.default_rng(9).uniform(0, 2 * np.pi, size=bell.shape)
    ring = 3.0 * np.exp(1j * circle) + 0.5 * bell
    value, error = ring_contrast(ensemble_of(ring, n_cells=48, extent=8.0))
    assert (value > 4.5 * error).all()
    few, _ = ring_contrast(ensemble_of(gaussian((N_BATCHES, 3, LANES), 8)))
    assert np.isnan(few).all()


def test_lengths_of_relaxation_are_those_of_a_made_chain():
    """A common phase that is lost along the chain, random phases with a coherence of 2 sites, density 4 then 1."""
    length, rng = 24, np.random.default_rng(10)
    lanes = 40 * LANES
    fields = np.empty((N_BATCHES, length, lanes), dtype=complex)
    draws = [np.sqrt(0.5) * (x + 1j * y) for x, y in rng.normal(size=(length, 2, N_BATCHES, lanes))]
    fields[:, 0] = draws[0]
    keep = np.exp(-0.5)
    for site in range(1, length):
        fields[:, site] = keep * fields[:, site - 1] + np.sqrt(1 - keep**2) * draws[site]
    density = np.where(np.arange(length) < 12, 4.0, 1.0)
    row = relaxation_table(ensemble_of(fields * np.sqrt(density)[:, None], "gpe")).iloc[0]
    assert abs(row["coherence_length"] - 2.0) < 4.5 * row["coherence_length_stderr"]
    assert abs(row["coherence_length_e2"] - 4.0) < 4.5 * row["coherence_length_e2_stderr"]
    assert abs(row["amplitude_length"] - 15.0) < 4.5 * row["amplitude_length_stderr"] + 0.2
    away = np.abs(np.arange(length) - 11) >= 10
    expected = np.mean(np.exp(-np.abs(np.arange(length) - 11))[away])
    assert abs(row["distant_coherence_squared"] - expected) < 4.5 * row["distant_coherence_squared_stderr"]
    assert row["phase_length"] == 1.0
    turned = np.exp(1j * np.sqrt(0.05 * np.arange(length))[:, None] * rng.normal(size=(N_BATCHES, length, lanes)))
    row = validate_table(CHAIN_RELAXATION, relaxation_table(ensemble_of(turned, "gpe"))).iloc[0]
    assert np.isnan(row["phase_length"]), "exp(-0.025 * 23) = 0.56 of the phase is left at the end"
    turned = np.exp(1j * np.sqrt(0.5 * np.arange(length))[:, None] * rng.normal(size=(N_BATCHES, length, lanes)))
    row = relaxation_table(ensemble_of(turned, "gpe")).iloc[0]
    # exp(-(l - 1)/4) = 0.1, by the line between sites 10 and 11.
    exact = np.interp(0.9, 1 - np.exp(-np.arange(9, 11) / 4), [10, 11])
    assert abs(row["phase_length"] - exact) < 4.5 * row["phase_length_stderr"]
