"""Tables of the chain's thermodynamics on fields with known local states."""

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from openkerr.analysis.chain_profiles import ChainEnsemble
from openkerr.analysis.local_equilibrium import (
    domain_scaling_table,
    domain_sizes,
    domain_table,
    equilibrium_table,
)
from openkerr.analysis.thermometry import entropy_table, radial_grid, site_fits, thermometry_table
from openkerr.models.bose_hubbard_chain import BoseHubbardChain
from openkerr.solvers.reductions import MOMENTS
from openkerr.studies.chain_thermodynamics.kept import thermal_kept
from openkerr.studies.chain_thermodynamics.tables import (
    CHAIN_DOMAIN_SCALING,
    CHAIN_DOMAINS,
    CHAIN_ENTROPY,
    CHAIN_LOCAL_EQUILIBRIUM,
    CHAIN_THERMOMETRY,
)
from openkerr.tables.files import validate_table

LENGTH, BATCHES, LANES, EXTENT, CELLS = 5, 16, 8000, 10.0, 40
OCCUPATION = np.array([2.0, 4.0, 6.0, 4.0, 2.0])


@pytest.fixture(scope="module")
def ensemble() -> ChainEnsemble:
    """Independent thermal sites, the first of them displaced by 2 along Re."""
    model = BoseHubbardChain(length=LENGTH, drive_amplitude=4.5)
    x, y = np.random.default_rng(8).normal(size=(2, BATCHES, LENGTH, LANES))
    fields = np.sqrt(0.5 * (OCCUPATION[:, None] + 0.5)) * (x + 1j * y)
    fields[:, 0] += 2.0
    part = {"re": np.real, "im": np.imag}
    moments = np.stack(
        [part.get(name[:2], np.real)(np.mean(fields.conj() ** p * fields**q, axis=2)) for name, p, q in MOMENTS],
        axis=-1,
    )
    left, right = np.array(thermal_kept(LENGTH).pairs).T
    product = fields[:, left].conj() * fields[:, right]
    dense = np.abs(fields[:, right]) ** 2 * product
    pairs = np.stack([f(z).mean(axis=2) for z in (product, dense) for f in (np.real, np.imag)], axis=-1)
    edges = np.linspace(-EXTENT, EXTENT, CELLS + 1)
    counts = np.array(
        [[np.histogram2d(site.real, site.imag, bins=(edges, edges))[0] for site in batch] for batch in fields]
    ).astype(int)
    phases = np.exp(1j * np.angle(fields)).mean(axis=2)
    data = xr.Dataset(
        {
            "moments": (("batch", "bin", "mode", "moment"), moments[:, None]),
            "phase_re": (("batch", "bin", "mode"), phases.real[:, None]),
            "phase_im": (("batch", "bin", "mode"), phases.imag[:, None]),
            "pairs": (("batch", "bin", "pair", "product"), pairs[:, None]),
            "counts": (("batch", "mode", "re", "im"), counts),
            "n_valid": ("batch", np.full(BATCHES, LANES)),
            "samples": ("bin", [1]),
        },
        coords={
            "mode": np.arange(1, LENGTH + 1),
            "moment": [name for name, _, _ in MOMENTS],
            **model.coordinates(),
            "method": "twa",
            "averaging_time": 1.0,
            "extent": EXTENT,
        },
    )
    return ChainEnsemble(data)


@pytest.fixture(scope="module")
def fitted(ensemble):
    return site_fits(ensemble)


def test_thermal_sites_have_no_nonlinearity_and_the_ratio_of_their_photons(fitted):
    table = validate_table(CHAIN_THERMOMETRY, thermometry_table(fitted))
    gibbs = table[(table["model"] == "gibbs") & (table["site"] > 1)]
    for _, part in gibbs.groupby("estimator"):
        assert (np.abs(part["inverse_temperature"]) < 4.5 * part["inverse_temperature_stderr"]).all()
        exact = np.log(OCCUPATION[1:] / (1 + OCCUPATION[1:]))
        assert (np.abs(part["mu_over_t"] - exact) < 4.5 * part["mu_over_t_stderr"]).all()
        assert (np.abs(part["divergence"]) < 4.5 * part["divergence_stderr"]).all()
        assert (part["residual"] < 4.5 * part["residual_stderr"]).all()
        assert (part["state"] == "described").all()
    moments = table[table["model"] == "equipartition"]
    exact = 2.5 * (OCCUPATION + 0.5)
    assert (np.abs(moments["temperature"] - exact) < 4.5 * moments["temperature_stderr"]).all()
    # The displacement breaks the symmetry that all states have.
    first = table[(table["site"] == 1) & (table["model"] == "gibbs")]
    assert (first["residual"] > 0.3).all()


def test_entropy_of_gaussians(ensemble):
    table = validate_table(CHAIN_ENTROPY, entropy_table(ensemble))
    exact = 1 + np.log(np.pi * (OCCUPATION + 0.5))
    assert (np.abs(table["entropy"] - exact) < 4.5 * table["entropy_stderr"]).all()
    assert (table["entropy_stderr"] < 0.01).all()
    # Of one width the displaced Gaussian has no more entropy, but more photons.
    assert table["gaussian_entropy"][0] - table["entropy"][0] > 0.5


def test_independent_gaussian_sites_are_infinitely_hot(ensemble):
    table = validate_table(CHAIN_LOCAL_EQUILIBRIUM, equilibrium_table(ensemble))
    assert (np.abs(table["momentum_kurtosis"]) < 4.5 * table["momentum_kurtosis_stderr"]).all()
    assert (np.abs(table["g2"] - 2)[1:] < 4.5 * table["g2_stderr"][1:]).all()
    assert table["inverse_temperature"].isna().tolist() == [True, False, False, False, True]
    # With the displaced site as a neighbour too: it is correlated with none.
    inner = table.iloc[1:-1]
    assert (np.abs(inner["inverse_temperature"]) < 4.5 * inner["inverse_temperature_stderr"]).all()
    exact = -1.0 / (OCCUPATION[1:-1] + 0.5)
    assert (np.abs(inner["mu_over_t"] - exact) < 4.5 * inner["mu_over_t_stderr"]).all()


def test_radial_functions_are_the_gaussians(fitted):
    grid = radial_grid(fitted)
    u = (grid["radius"].values * EXTENT) ** 2
    for site in range(1, LENGTH):
        exact = np.exp(-u / (OCCUPATION[site] + 0.5)) / (np.pi * (OCCUPATION[site] + 0.5))
        # W varies within a ring as wide as a cell, by a seventh where it is steep.
        seen = exact > 1e-3
        bound = 4.5 * grid["density_stderr"].values[site] + 0.15 * exact
        assert (np.abs(grid["density"].values[site] - exact)[seen] < bound[seen]).all()
        np.testing.assert_allclose(grid["gibbs"].values[site][seen], exact[seen], rtol=0.15)


def test_momenta_that_are_not_gaussian_have_their_kurtosis(ensemble):
    """A coherent state of random phase has the arcsine law, of excess kurtosis -1.5, softened by the vacuum's half."""
    data = ensemble.data.copy(deep=True)
    radius2, vacuum = 16.0, 0.25
    second = 0.5 * radius2 + vacuum
    fourth = 0.375 * radius2**2 + 3.0 * radius2 * vacuum + 3.0 * vacuum**2
    values = {"abs2": 2 * second, "abs4": 2 * fourth + 2 * (0.125 * radius2**2 + radius2 * vacuum + vacuum**2)}
    names = list(data["moment"].values)
    data["moments"][:] = 0.0
    for name, value in values.items():
        data["moments"][..., names.index(name)] = value
    kurtosis = equilibrium_table(ChainEnsemble(data))["momentum_kurtosis"]
    np.testing.assert_allclose(kurtosis, fourth / second**2 - 3.0, rtol=1e-9)


def test_domains_end_where_their_rules_say(ensemble, fitted):
    site = np.arange(40)
    variance = 1 - np.exp(-(site + 0.5) / 2)
    broken = 2 * np.log(10)
    ratio = 0.2 - 0.01 * (site + 0.5)
    inverse = 0.01 + 1e-5 * (site + 0.5 - 29) ** 2
    found = domain_sizes(variance, ratio, inverse, 0.9)
    np.testing.assert_allclose(found.sum(axis=1), 40)
    np.testing.assert_allclose(found[:, 0], broken, atol=0.05)
    np.testing.assert_allclose(found[:, 0] + found[:, 1], [20, 29], atol=1e-9)
    # Never negative: no thermal domain; negative at once: no prethermal one.
    assert domain_sizes(variance, ratio + 1, inverse, 0.9)[0, 2] == 0
    assert domain_sizes(variance, ratio - 1, inverse, 0.9)[0, 1] == 0
    assert domain_sizes(np.zeros(40), ratio, inverse, 0.9)[0].tolist() == [40, 0, 0]
    gibbs = fitted.fits["gibbs", "maximum_likelihood"]
    validate_table(CHAIN_DOMAINS, domain_table(ensemble, gibbs.parameters, gibbs.influence, 0.9))


def test_sizes_against_length_lie_on_a_line():
    rows = [
        {"length": length, "drive_amplitude": 8.0, "rule": "temperature", "domain": "prethermal",
         "size": 0.7 * length - 5 + wiggle, "size_stderr": 0.1}
        for length, wiggle in ((40, 0.2), (60, -0.4), (80, 0.2), (100, 0.0))
    ]  # fmt: skip
    table = validate_table(CHAIN_DOMAIN_SCALING, domain_scaling_table(pd.DataFrame(rows)))
    assert abs(table["slope"][0] - 0.7) < 3 * table["slope_stderr"][0] < 0.05
    assert abs(table["intercept"][0] + 5) < 3 * table["intercept_stderr"][0]
    assert domain_scaling_table(pd.DataFrame(rows[:2])).empty
