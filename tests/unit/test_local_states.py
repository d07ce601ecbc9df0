"""Fits of local states against closed forms, and on counts drawn from known states."""

import numpy as np
import pytest
from scipy.special import erf, gammaln, logsumexp

from openkerr.analysis.local_states import (
    MODELS,
    fit_states,
    fock_cells,
    fold_cells,
    log_populations,
    number_wigner_functions,
)
from openkerr.analysis.thermometry import DESCRIBED, fit_divergence
from openkerr.analysis.wigner_function import wigner_function

EXTENT, CELLS, NUMBERS = 9.0, 40, 160
STATES = {"gibbs": (0.05, 8e-4), "two_photon": (0.06, 9e-4), "scully_lamb": (0.05, 8e-4)}
"""Rings of about 30 photons, as in the prethermal domain."""


@pytest.fixture(scope="module")
def cells():
    return fock_cells(EXTENT, CELLS, NUMBERS)


def populations(model, parameters, n_numbers=NUMBERS):
    logarithms = log_populations(model, np.array([parameters]), n_numbers)[0][0]
    weights = np.exp(logarithms - logarithms.max())
    return weights / weights.sum()


def batches_of(shares, n_batches, n_samples, seed):
    """Multinomial counts of batches, as shares (n_batches, 1, n_classes + 1)."""
    counts = np.random.default_rng(seed).multinomial(n_samples, shares / shares.sum(), size=n_batches)
    return counts[:, None, :] / n_samples


@pytest.mark.parametrize(("gain", "eta"), [(1.1, 0.001), (0.9, 0.02), (1.5, 0.3)])
def test_two_photon_populations_are_the_closed_form(gain, eta):
    """p_n = rⁿ/(b)_n 1F1(1 + n; b + n; r)/1F1(1; b; 2r), r = gain/eta, b = (gain + loss)/eta; r is 1100 at first."""
    ours = populations("two_photon", (np.log(gain), eta), 500)
    r, b = gain / eta, (1 + gain) / eta

    def log_kummer(first, second, argument):
        """ln 1F1 by its series, whose terms are all positive."""
        k = np.arange(20_000)
        ratios = np.log((first + k) * argument / ((second + k) * (1 + k)))
        return logsumexp(np.concatenate([[0.0], np.cumsum(ratios)]))

    for n in (0, 1, 5, 20, 60, 100):
        exact = n * np.log(r) - (gammaln(b + n) - gammaln(b))
        exact += log_kummer(1 + n, b + n, r) - log_kummer(1, b, 2 * r)
        assert ours[n] == pytest.approx(np.exp(exact), rel=1e-9, abs=1e-200)


def test_scully_lamb_populations_are_the_product_and_end_at_the_cut():
    gain, s = 1.3, 0.03
    ours, product = populations("scully_lamb", (np.log(gain), s)), [1.0]
    for j in range(1, 34):
        product.append(product[-1] * gain * (1 - s * j) ** 2)
    np.testing.assert_allclose(ours[:34] / ours[0], product, rtol=1e-12)
    assert (ours[34:] == 0).all()


@pytest.mark.parametrize("model", MODELS)
def test_derivatives_of_populations(model):
    at, h = np.array([STATES[model]]), np.array([1e-6, 1e-8])
    slopes = log_populations(model, at, 80)[1][0]
    for index in range(2):
        shift = np.zeros((1, 2))
        shift[0, index] = h[index]
        up, down = (log_populations(model, at + sign * shift, 80)[0][0] for sign in (1, -1))
        difference = (up - down) / (2 * h[index])
        # The constant is free.
        np.testing.assert_allclose(slopes[index] - slopes[index, 0], difference - difference[0], rtol=1e-4, atol=1e-3)


def test_another_model_is_refused():
    with pytest.raises(ValueError, match="allowed is gibbs, two_photon, scully_lamb"):
        log_populations("laser", np.zeros((1, 2)), 10)
    with pytest.raises(ValueError, match="even"):
        fock_cells(1.0, 5, 3)


def test_wigner_functions_of_numbers_are_those_of_operators():
    axis = np.linspace(-2.5, 2.5, 7)
    abs2 = axis[None, :] ** 2 + axis[:, None] ** 2
    ours = number_wigner_functions(6, abs2)
    for n in range(6):
        operator = np.zeros((6, 6))
        operator[n, n] = 1.0
        np.testing.assert_allclose(ours[n], wigner_function(operator, axis).real, atol=1e-13)


def test_a_thermal_state_fills_cells_as_its_gaussian(cells):
    mean = 4.0
    shares = (mean / (1 + mean)) ** np.arange(NUMBERS) / (1 + mean) @ cells.integrals
    edges = np.linspace(0, EXTENT, CELLS // 2 + 1)
    side = 0.5 * np.diff(erf(edges / np.sqrt(mean + 0.5)))
    i, j = np.triu_indices(CELLS // 2)
    np.testing.assert_allclose(shares[:-1], side[i] * side[j] * cells.multiplicity, atol=2e-10)
    assert cells.multiplicity.sum() == CELLS**2
    assert shares.sum() == pytest.approx(1.0, abs=1e-12)


def test_folding_sums_the_cells_of_a_class(cells):
    counts = np.random.default_rng(1).integers(0, 9, size=(2, CELLS, CELLS))
    folded = fold_cells(counts)
    assert folded.shape[-1] == len(cells.multiplicity)
    assert (folded.sum(axis=-1) == counts.sum(axis=(1, 2))).all()
    middles = np.abs(np.arange(CELLS) + 0.5 - CELLS // 2)
    for index in (0, 1, 25, len(cells.multiplicity) - 1):
        i, j = (part[index] + 0.5 for part in np.triu_indices(CELLS // 2))
        pairs = [(middles[:, None] == a) & (middles == b) for a, b in ((i, j), (j, i))]
        assert (folded[:, index] == counts[:, pairs[0] | pairs[1]].sum(axis=1)).all()


@pytest.mark.parametrize("estimator", ["maximum_likelihood", "least_squares"])
@pytest.mark.parametrize("model", MODELS)
def test_parameters_come_back_within_their_errors(model, estimator, cells):
    truth = np.array(STATES[model])
    shares = batches_of(populations(model, truth) @ cells.integrals, 32, 20_000, 7)
    fit = fit_states(model, shares, np.ones(32), cells, np.array([[0.0, 1e-4]]), estimator)
    error = np.sqrt((fit.influence[:, 0] ** 2).sum(axis=0) / 32 / 31)
    assert fit.converged.all() and not fit.at_bound.any()
    assert (np.abs(fit.parameters[0] - truth) < 4.5 * error).all()
    # Sixteen times the shift would be seen.
    assert (error < 0.05 * truth).all()


def test_errors_are_those_of_the_bootstrap_under_a_wrong_model_too(cells):
    """Batches of unequal means, fitted by a model that they are not of: their scatter alone knows the errors."""
    random = np.random.default_rng(3)
    means = random.uniform(3.0, 9.0, size=64)
    shares = np.concatenate([
        batches_of((m / (1 + m)) ** np.arange(NUMBERS) / (1 + m) @ cells.integrals, 1, 4000, 100 + k)
        for k, m in enumerate(means)
    ])  # fmt: skip
    start = np.array([[-0.15, 0.0]])
    fit = fit_states("gibbs", shares, np.ones(64), cells, start, "maximum_likelihood")
    error = np.sqrt((fit.influence[:, 0] ** 2).sum(axis=0) / 64 / 63)
    chosen = random.integers(0, 64, size=(64, 150))
    again = fit_states(
        "gibbs", shares[chosen, 0], np.ones(64), cells, np.repeat(start, 150, axis=0), "maximum_likelihood"
    )
    spread = again.parameters.std(axis=0)
    # 150 resamplings know a spread to 6 %.
    np.testing.assert_allclose(error, spread, rtol=4.5 * 0.06)


def test_squares_of_a_negative_temperature_have_errors_of_their_scatter(cells):
    """A few photons at the end decide: the curvature at the optimum alone gives a third of the scatter."""
    mixed = sum(0.5 * (m / (1 + m)) ** np.arange(NUMBERS) / (1 + m) for m in (3.0, 6.0)) @ cells.integrals
    shares = np.random.default_rng(5).multinomial(2000, mixed / mixed.sum(), size=(16, 60)) / 2000
    fit = fit_states("gibbs", shares, np.ones(16), cells, np.tile([-0.3, 1e-4], (60, 1)), "least_squares")
    errors = np.sqrt((fit.influence**2).sum(axis=0) / 16 / 15)
    assert fit.converged.all() and (fit.parameters[:, 1] < 0).all()
    # Sixty data sets know a scatter to 9 %.
    ratio = np.median(errors, axis=0) / fit.parameters.std(axis=0)
    assert (ratio > 0.65).all() and (ratio < 1.45).all()


def test_divergence_tells_the_right_model_from_a_wrong_one(cells):
    ring = populations("gibbs", STATES["gibbs"]) @ cells.integrals
    thermal = 0.9 ** np.arange(NUMBERS) * 0.1 @ cells.integrals
    found = {}
    for name, shares in (("right", ring), ("wrong", 0.7 * ring + 0.3 * thermal)):
        data = batches_of(shares, 16, 50_000, 11)
        fit = fit_states("gibbs", data, np.ones(16), cells, np.array([[0.0, 1e-4]]), "maximum_likelihood")
        found[name] = [part[0] for part in fit_divergence(fit, data, np.ones(16))]
    value, error = found["right"]
    assert abs(value) < 4.5 * error and error < 0.1 * DESCRIBED
    value, error = found["wrong"]
    assert value - 4.5 * error > DESCRIBED


def test_tails_heavier_than_thermal_ask_for_negative_temperature(cells):
    mixed = sum(0.5 * (m / (1 + m)) ** np.arange(NUMBERS) / (1 + m) for m in (2.0, 5.0)) @ cells.integrals
    data = batches_of(mixed, 16, 50_000, 5)
    start = np.array([[-0.3, 1e-4]])
    gibbs = fit_states("gibbs", data, np.ones(16), cells, start, "maximum_likelihood")
    error = np.sqrt((gibbs.influence[:, 0, 1] ** 2).sum() / 16 / 15)
    assert gibbs.parameters[0, 1] < -4.5 * error
    for model in ("two_photon", "scully_lamb"):
        fit = fit_states(model, data, np.ones(16), cells, start, "maximum_likelihood")
        assert fit.at_bound.all() and fit.converged.all() and (fit.parameters[:, 1] == 0).all()
        # What remains has one parameter, and is the thermal state.
        assert not fit.influence[:, 0, 1].any()
