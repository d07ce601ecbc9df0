"""Population dynamics on growth whose moments are known: independent factors, products of matrices, a slow state."""

import math

import numpy as np
import pytest
from scipy.special import gammaln

from openkerr.solvers.cloning import descendants, follow_clones, replacements

SIGMA = 4.5


def _follow(growth, n_clones, n_samples, moment, seed, copy=lambda sources, targets: None, **options):
    rng = np.random.default_rng(seed)
    return follow_clones(
        n_clones, n_samples, moment, advance=lambda sample: growth(rng), copy=copy,
        uniform=lambda sample: rng.uniform(), **options,
    )  # fmt: skip


def _rates(runs, first):
    """Mean rate from a sample on of some populations, and its standard error."""
    slopes = np.array(
        [(run["log_moment"][-1] - run["log_moment"][first]) / (run["log_moment"].size - 1 - first) for run in runs]
    )
    return slopes.mean(), slopes.std(ddof=1) / math.sqrt(len(slopes))


@pytest.mark.parametrize("moment", [1.0, 2.0])
def test_log_normal_factors(moment):
    """ln of the factor has mean 0.9 and variance 0.3 in a unit of time, as in the chaotic chain, over 100 of them."""
    mean, variance, n = 0.9, 0.3, 256
    runs = [
        _follow(lambda rng: mean + math.sqrt(variance) * rng.normal(size=n), n, 101, moment, seed) for seed in range(16)
    ]
    exact = moment * mean + 0.5 * moment**2 * variance
    value, error = _rates(runs, 0)
    # The logarithm of a mean of n terms, of relative variance exp(q² s²) - 1 each, is too low by half that over n; and
    # at most by twice it where weights are carried until half of the clones count.
    bias = 2.0 * math.expm1(moment**2 * variance) / n
    assert -SIGMA * error - bias < value - exact < SIGMA * error
    assert error < 0.01 * exact
    # A plain sample of as many has long lost the mean: the spread of the logarithm is sqrt(0.3 * 100) = 5.5.
    plain = [
        _follow(lambda rng: mean + math.sqrt(variance) * rng.normal(size=n), n, 101, 0.0, seed, plain_moments=[moment])
        for seed in range(16)
    ]
    lost = np.mean([run["plain_log_moments"][0, -1] for run in plain]) / 100
    assert lost < exact - 0.03 * moment**2 and np.median([run["plain_effective"][0, -1] for run in plain]) < 0.05 * n
    typical = np.array([run["mean_log"][-1] / 100 for run in plain])
    assert abs(typical.mean() - mean) < SIGMA * typical.std(ddof=1) / 4


@pytest.mark.parametrize("moment", [1.0, 2.0])
@pytest.mark.parametrize("dimension", [1, 2])
def test_products_of_gaussian_matrices(moment, dimension):
    """<|A v|**q> of a matrix of independent normals is 2**(q/2) Gamma((d + q)/2)/Gamma(d/2) |v|**q for every v."""
    n = 512

    def run(seed):
        rng, vectors = np.random.default_rng(seed), np.ones((n, dimension)) / math.sqrt(dimension)

        def advance(sample):
            nonlocal vectors
            vectors = np.einsum("kij,kj->ki", rng.normal(size=(n, dimension, dimension)), vectors)
            norm = np.linalg.norm(vectors, axis=1)
            vectors /= norm[:, None]
            return np.log(norm)

        def copy(sources, targets):
            vectors[targets] = vectors[sources]

        return follow_clones(n, 61, moment, advance=advance, copy=copy, uniform=lambda sample: rng.uniform())

    runs = [run(seed) for seed in range(16)]
    exact = 0.5 * moment * math.log(2) + gammaln(0.5 * (dimension + moment)) - gammaln(0.5 * dimension)
    spread = math.exp(2 * gammaln(0.5 * (dimension + 2 * moment)) / 2 + gammaln(0.5 * dimension)
                      - 2 * gammaln(0.5 * (dimension + moment))) - 1  # fmt: skip
    value, error = _rates(runs, 0)
    assert -SIGMA * error - 2 * spread / n < value - exact < SIGMA * error and error < 0.02


def _switching(moment, n_clones, seed, slow=0.02, rates=(0.2, 1.8)):
    """Clones that grow at one of two rates and change it seldom: what is weighted is remembered for 50 samples."""
    rng = np.random.default_rng(seed)
    fast = rng.uniform(size=n_clones) < 0.5

    def advance(sample):
        fast[:] ^= rng.uniform(size=n_clones) < slow
        return np.where(fast, rates[1], rates[0]) + 0.5 * rng.normal(size=n_clones)

    def copy(sources, targets):
        fast[targets] = fast[sources]

    return follow_clones(n_clones, 251, moment, advance=advance, copy=copy, uniform=lambda sample: rng.uniform())


@pytest.mark.parametrize("moment", [1.0, 2.0, -1.0])
def test_a_slow_state(moment):
    """L(q) is the logarithm of the largest eigenvalue of the transition matrix times the weights."""
    weights = np.exp(moment * np.array([0.2, 1.8]))
    matrix = weights[:, None] * np.array([[0.98, 0.02], [0.02, 0.98]])
    exact = math.log(np.linalg.eigvals(matrix).real.max()) + 0.5 * moment**2 * 0.25
    value, error = _rates([_switching(moment, 256, seed) for seed in range(16)], 50)
    bias = 2.0 * math.expm1(0.25 * moment**2) / 256
    assert -SIGMA * error - bias < value - exact < SIGMA * error and error < 0.01
    # Few clones lose the fast state again and again: the rate is too low, and tells so by the number of clones.
    if moment == 2.0:
        few, few_error = _rates([_switching(moment, 4, seed) for seed in range(16)], 50)
        assert few < value - SIGMA * math.hypot(error, few_error)


def test_the_estimate_of_the_moment_itself_is_not_biased():
    """Few clones, often resampled: the mean over populations of the estimate is the moment."""
    n, moment, mean, variance = 4, 1.0, 0.1, 0.2
    runs = (
        _follow(lambda rng: mean + math.sqrt(variance) * rng.normal(size=n), n, 6, moment, seed) for seed in range(1500)
    )
    found = np.array([math.exp(run["log_moment"][-1]) for run in runs])
    exact = math.exp(5 * (mean + 0.5 * variance))
    error = found.std(ddof=1) / math.sqrt(len(found))
    assert abs(found.mean() - exact) < SIGMA * error < 0.1 * exact


def test_copies_are_those_of_systematic_resampling():
    rng = np.random.default_rng(1)
    weights = rng.exponential(size=64)
    share = 64 * weights / weights.sum()
    counts = np.array([descendants(weights, uniform) for uniform in rng.uniform(size=4000)])
    assert (counts.sum(axis=1) == 64).all() and (np.abs(counts - share) < 1).all()
    assert np.abs(counts.mean(axis=0) - share).max() < SIGMA * 0.5 / math.sqrt(4000)
    for uniform in (0.0, 0.999999):
        assert descendants(np.ones(5), uniform).tolist() == [1] * 5
        assert descendants(np.array([0.0, 1.0, 0.0]), uniform).tolist() == [0, 3, 0]


def test_clones_that_stay_do_not_move():
    sources, targets = replacements(np.array([0, 3, 1, 0, 0, 2]))
    assert sources.tolist() == [1, 1, 5] and targets.tolist() == [0, 3, 4]
