"""Chains in equilibrium by Monte Carlo against the transfer operator, and thermometers tried on them."""

import numpy as np
import pytest
from systems.transfer_integral import site_density

from openkerr.analysis.local_equilibrium import hopping_thermometer
from openkerr.analysis.thermometer_bias import bias_table
from openkerr.numerics.stats import jackknife
from openkerr.solvers.thermal_field import thermal_fields
from openkerr.studies.chain_thermodynamics.tables import CHAIN_THERMOMETER_BIAS
from openkerr.tables.files import validate_table

NUMERICS = {"length": 32, "n_chains": 48, "n_samples": 60, "sweeps_per_sample": 4, "burn_in": 150}
STATES = [(60.0, 1.5, 2.0), (100.0, 0.0, -2.0), (20.0, -6.0, 2.0)]


@pytest.mark.parametrize(("temperature", "chemical_potential", "hopping"), STATES)
def test_monte_carlo_is_the_transfer_operator_and_the_thermometer_finds_its_state(
    temperature, chemical_potential, hopping
):
    state = {"temperature": temperature, "chemical_potential": chemical_potential, "kerr": 0.1, "hopping": hopping}
    fields = np.array(list(thermal_fields(**state, **NUMERICS, seed=5)))
    own, around = fields[:, 10:-10], fields[:, 9:-11] + fields[:, 11:-9]
    u, near = np.abs(own) ** 2, np.real(own.conj() * around)
    chains = np.stack([x.mean(axis=(0, 1)) for x in (u, u**2, near, u * near, np.abs(around) ** 2)], axis=-1)
    mean, error = chains.mean(axis=0), chains.std(axis=0, ddof=1) / np.sqrt(len(chains))
    points, density = site_density(temperature, chemical_potential, 0.1, hopping)
    for index, power in enumerate((1, 2)):
        assert abs(mean[index] - points**power @ density) < 4.5 * error[index]
    assert (error[:2] < 0.03 * mean[:2]).all()
    names = ("abs2", "abs4", "near", "dense", "square")

    def found(kerr, hop):
        return jackknife(
            lambda m: hopping_thermometer({name: m[..., k] for k, name in enumerate(names)}, kerr, hop),
            chains, np.ones(len(chains)),
        )  # fmt: skip

    value, error = found(0.1, hopping)
    truth = np.array([1.0, chemical_potential]) / temperature
    assert (np.abs(value - truth) < 4.5 * error).all()
    assert error[0] < 0.02 * truth[0]
    # The same fields are those of -H at -T and -mu.
    np.testing.assert_allclose(found(-0.1, -hopping)[0], [-value[0], value[1]], rtol=1e-9)


def test_one_site_takes_the_hopping_for_chemical_potential():
    temperature, chemical_potential = 60.0, -1.0
    model = {"kerr": 0.1, "hopping": 2.0}
    state = {"temperature": temperature, "chemical_potential": chemical_potential}
    samples = thermal_fields(**state, **model, **NUMERICS, seed=2)
    table = validate_table(
        CHAIN_THERMOMETER_BIAS, bias_table(samples, **state, **model, extent=12.0, n_cells=40)
    ).set_index("model")
    hopping, gibbs = table.loc["hopping"], table.loc["gibbs"]
    for name, truth in state.items():
        assert abs(hopping[f"fitted_{name}"] - truth) < 4.5 * hopping[f"fitted_{name}_stderr"]
    assert gibbs["fitted_chemical_potential"] - 4.5 * gibbs["fitted_chemical_potential_stderr"] > 0
    assert abs(gibbs["divergence"]) < 4.5 * gibbs["divergence_stderr"] + 1e-3


def test_states_without_a_norm_are_refused():
    state = {"chemical_potential": 0.0, "hopping": 2.0, **NUMERICS}
    for temperature, kerr in ((-1.0, 0.1), (1.0, -0.1)):
        with pytest.raises(ValueError, match="positive"):
            next(thermal_fields(temperature=temperature, kerr=kerr, **state, seed=0))
