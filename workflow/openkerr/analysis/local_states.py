"""Local states that are mixtures of photon numbers, fitted to counts of a Wigner function in square cells.

Thermometers of one site: a state sum_n p_n |n><n| has the Wigner function W = sum_n p_n w_n with

    w_n(alpha) = (2/pi) (-1)^n exp(-2 |alpha|²) L_n(4 |alpha|²)

and each model gives ln p_n by two parameters, and its derivatives.  The populations come from recursions whose terms
are all positive, so that rates of hundreds times the loss lose no digits.  Cells that the symmetries of the square
carry into each other are one class; w_n is integrated over cells, so cells bias nothing.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import logsumexp

from openkerr.analysis.labels import MODELS

__all__ = ["FockCells", "LocalFit", "fit_states", "fock_cells", "fold_cells", "log_populations"]

ITERATIONS = 60
GAUSS_POINTS = 3
SETTLED = 1e-7
TINY = 1e-300


# ---------------------------------------------------------------------------------------------- cells


@dataclass(frozen=True)
class FockCells:
    """Integrals of the Wigner functions of photon numbers over classes of cells.

    Attributes
    ----------
    integrals : (n_numbers, n_classes + 1)
        Integral of w_n over all cells of a class; last, over all that lies outside the square.
    multiplicity : (n_classes,)
        Cells of a class.
    radius : (n_classes,)
        Distance of the middle of a class's cells from the middle of the square.
    """

    integrals: np.ndarray
    multiplicity: np.ndarray
    radius: np.ndarray

    @property
    def numbers(self) -> np.ndarray:
        """Photon numbers, from 0."""
        return np.arange(len(self.integrals))


def number_wigner_functions(n_numbers: int, abs2: np.ndarray) -> np.ndarray:
    """w_n for n < n_numbers at |alpha|² = abs2, by the recursion of the Laguerre polynomials; (n_numbers, ...)."""
    values = np.empty((n_numbers, *np.shape(abs2)))
    argument = 4.0 * np.asarray(abs2)
    values[0] = 2.0 / np.pi * np.exp(-0.5 * argument)
    if n_numbers > 1:
        values[1] = -(1.0 - argument) * values[0]
    for n in range(1, n_numbers - 1):
        values[n + 1] = -((2 * n + 1 - argument) * values[n] + n * values[n - 1]) / (n + 1)
    return values


def fock_cells(extent: float, n_cells: int, n_numbers: int) -> FockCells:
    """Integrals over the cells of a square |Re|, |Im| < extent of n_cells by n_cells cells, an even number.

    Raises
    ------
    ValueError
        If the number of cells along a side is odd.
    """
    if n_cells % 2:
        raise ValueError(f"{n_cells} cells along a side: allowed is an even number")
    half, width = n_cells // 2, 2.0 * extent / n_cells
    i, j = np.triu_indices(half)
    nodes, weights = np.polynomial.legendre.leggauss(GAUSS_POINTS)
    x = (i[:, None] + 0.5 + 0.5 * nodes) * width
    y = (j[:, None] + 0.5 + 0.5 * nodes) * width
    abs2 = x[:, :, None] ** 2 + y[:, None, :] ** 2
    share = 0.25 * width**2 * weights[:, None] * weights
    multiplicity = np.where(i == j, 4, 8)
    inside = np.einsum("ncab,ab->nc", number_wigner_functions(n_numbers, abs2), share) * multiplicity
    outside = 1.0 - inside.sum(axis=1, keepdims=True)
    return FockCells(np.hstack([inside, outside]), multiplicity, width * np.hypot(i + 0.5, j + 0.5))


def fold_cells(counts: np.ndarray) -> np.ndarray:
    """Counts (..., n_cells, n_cells) summed over the cells of each class, (..., n_classes)."""
    half = counts.shape[-1] // 2
    right = counts[..., half:, :] + counts[..., half - 1 :: -1, :]
    quadrant = right[..., half:] + right[..., half - 1 :: -1]
    i, j = np.triu_indices(half)
    folded = quadrant[..., i, j] + quadrant[..., j, i]
    return np.where(i == j, folded // 2 if folded.dtype.kind in "iu" else folded / 2, folded)


# ---------------------------------------------------------------------------------------------- models


def log_populations(model: str, parameters: np.ndarray, n_numbers: int) -> tuple[np.ndarray, np.ndarray]:
    """Logarithm of the populations, up to a constant, and its derivatives by the parameters.

    Parameters
    ----------
    model : str
        ``gibbs``: parameters mu/T and U/2T of exp[(mu n - (U/2) n(n - 1))/T], T of either sign.
        ``two_photon``: ln(gain/loss) and eta/loss.  The net flux through n|n+1 vanishes,
        gain p_n = loss p_{n+1} + eta [n p_{n+1} + (n + 2) p_{n+2}], which gives p_n/p_{n+1} downwards from the last.
        ``scully_lamb``: ln(gain/loss) and s of p_n ~ prod_{j <= n} (gain/loss) (1 - s j)², cut at n = 1/s.
    parameters : (n_sites, 2)
    n_numbers : int
        Photon numbers that are kept.

    Returns
    -------
    logarithms : (n_sites, n_numbers)
    derivatives : (n_sites, 2, n_numbers)

    Raises
    ------
    ValueError
        For another model.
    """
    first, second = parameters[:, :1], parameters[:, 1:]
    n = np.arange(n_numbers, dtype=float)
    slopes = np.empty((len(parameters), 2, n_numbers))
    if model == "gibbs":
        slopes[:, 0], slopes[:, 1] = n, -n * (n - 1.0)
        return first * n - second * n * (n - 1.0), slopes
    if model == "scully_lamb":
        rest = 1.0 - second * n
        inside = rest > 0
        safe = np.where(inside, rest, 1.0)
        logarithms = first * n + 2.0 * np.cumsum(np.log(safe), axis=1)
        slopes[:, 0], slopes[:, 1] = n, -2.0 * np.cumsum(np.where(inside, n / safe, 0.0), axis=1)
        return np.where(inside, logarithms, -np.inf), slopes
    if model == "two_photon":
        return _two_photon(np.exp(first[:, 0]), second[:, 0], n_numbers)
    raise ValueError(f"model is {model}: allowed is {', '.join(MODELS)}")


def _two_photon(gain: np.ndarray, eta: np.ndarray, n_numbers: int) -> tuple[np.ndarray, np.ndarray]:
    """ln p_n and derivatives by ln(gain) and eta, from ratios p_n/p_{n+1}; loss is one."""
    n_sites = len(gain)
    logarithms, slopes = np.zeros((n_sites, n_numbers)), np.zeros((n_sites, 2, n_numbers))
    ratio, by_gain, by_eta = np.full(n_sites, np.inf), np.zeros(n_sites), np.zeros(n_sites)
    # Started beyond the last number, where the ratio has forgotten where it began.
    for n in range(n_numbers + 20, -1, -1):
        upper = eta * (n + 2)
        here = (1.0 + eta * n + upper / ratio) / gain
        slope_gain = -here - upper * by_gain / ratio**2 / gain
        slope_eta = (n + (n + 2) / ratio - upper * by_eta / ratio**2) / gain
        ratio, by_gain, by_eta = here, slope_gain, slope_eta
        if n < n_numbers - 1:
            logarithms[:, n] = logarithms[:, n + 1] + np.log(ratio)
            slopes[:, 0, n] = slopes[:, 0, n + 1] + by_gain / ratio
            slopes[:, 1, n] = slopes[:, 1, n + 1] + by_eta / ratio
    return logarithms, slopes


# ---------------------------------------------------------------------------------------------- fits


@dataclass(frozen=True)
class LocalFit:
    """Fits of one model to all sites.

    Attributes
    ----------
    parameters : (n_sites, 2)
    influence : (n_batches, n_sites, 2)
        Parameters as each batch alone would move them: their mean is zero, their scatter gives errors.
    shares : (n_sites, n_classes + 1)
        What the fit puts into each class, the last one outside.
    at_bound : (n_sites,) bool
        Whether the nonlinear rate is zero because the data ask for less.
    edge : (n_sites,)
        Population beyond the least populated photon number: where it is not small, the fit hangs on where numbers end.
    converged : (n_sites,) bool
    """

    parameters: np.ndarray
    influence: np.ndarray
    shares: np.ndarray
    at_bound: np.ndarray
    edge: np.ndarray
    converged: np.ndarray


def _shares(model: str, parameters: np.ndarray, cells: FockCells) -> tuple[np.ndarray, np.ndarray]:
    """Shares of the classes, (n_sites, n_classes + 1), and their derivatives (n_sites, 2, n_classes + 1)."""
    logarithms, slopes = log_populations(model, parameters, len(cells.integrals))
    weights = np.exp(logarithms - logarithms.max(axis=1, keepdims=True))
    weights /= weights.sum(axis=1, keepdims=True)
    centred = slopes - np.einsum("sn,skn->sk", weights, slopes)[:, :, None]
    moved = weights[:, None, :] * centred
    return np.maximum(weights @ cells.integrals, TINY), moved @ cells.integrals


def _scores(
    estimator: str, data: np.ndarray, shares: np.ndarray, slopes: np.ndarray, cells: FockCells
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Objective to be made large (n_sites,), its gradient (n_sites, 2) and the metric of a step (n_sites, 2, 2)."""
    if estimator == "maximum_likelihood":
        objective = np.einsum("sc,sc->s", data, np.log(shares))
        weights = 1.0 / shares
        # A class in which nothing is expected and nothing found says nothing.
        weights = np.where(shares > 1e-30, weights, 0.0)
        gradient = np.einsum("sc,sc,skc->sk", data, weights, slopes)
    else:
        weights = np.append(1.0 / cells.multiplicity, 0.0)[None, :]
        objective = -0.5 * np.sum(weights * (data - shares) ** 2, axis=1)
        gradient = np.einsum("sc,skc->sk", weights * (data - shares), slopes)
    metric = np.einsum("skc,slc->skl", weights[:, None, :] * slopes, slopes)
    return objective, gradient, metric


def fit_states(
    model: str, shares: np.ndarray, weights: np.ndarray, cells: FockCells, start: np.ndarray, estimator: str
) -> LocalFit:
    """Fit a model to the sites of an ensemble.

    Maximum likelihood by Fisher's scoring, or least squares of W over the cells of the square, both damped
    (Levenberg-Marquardt).  Errors are those of a wrong model too: influences come from the curvature of the objective,
    not from its expectation under the model (sandwich estimator).  In the squares of a Gibbs state of negative
    temperature the curvature changes within an error, with the few photons at the end: there influences come from fits
    without each of the batches (jackknife).

    Parameters
    ----------
    model : str
        See `log_populations`.
    shares : (n_batches, n_sites, n_classes + 1)
        Share of each batch's samples in each class, the last one outside the square.
    weights : (n_batches,)
        Trajectories of each batch.
    cells : FockCells
    start : (n_sites, 2)
        Parameters to begin with.
    estimator : str
        ``maximum_likelihood`` or ``least_squares``.
    """
    data, bounded = np.average(shares, axis=0, weights=weights), model != "gibbs"
    parameters, expected, slopes, settled = _optimum(model, data, cells, start, estimator)
    at_bound = bounded & (parameters[:, 1] <= 0.0)
    curvature = _curvature(model, parameters, data, cells, estimator)
    curvature[at_bound, 0, 1] = curvature[at_bound, 1, 0] = 0.0
    curvature[at_bound, 1, 1] = np.inf
    inverse = np.linalg.pinv(np.where(np.isfinite(curvature), curvature, 0.0))
    if estimator == "maximum_likelihood":
        rate = np.where(expected > 1e-30, 1.0 / expected, 0.0)[:, None, :] * slopes
    else:
        rate = slopes * np.append(1.0 / cells.multiplicity, 0.0)
    pull = np.einsum("bsc,skc->bsk", shares - data, rate)
    influence = np.einsum("skl,bsl->bsk", inverse, pull)
    if model == "gibbs" and estimator == "least_squares":
        influence = _refitted(model, shares, weights, cells, parameters, estimator)
    logarithms = log_populations(model, parameters, len(cells.integrals))[0]
    rising = np.arange(logarithms.shape[1]) > logarithms.argmin(axis=1)[:, None]
    beyond = np.where(rising, logarithms - logsumexp(logarithms, axis=1, keepdims=True), -np.inf)
    edge = np.exp(beyond).sum(axis=1)
    return LocalFit(parameters, influence, expected, at_bound, edge, settled)


def _optimum(
    model: str, data: np.ndarray, cells: FockCells, start: np.ndarray, estimator: str
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Parameters (n_sites, 2) at which the objective is largest, shares, their derivatives, and what has settled."""
    bounded = model != "gibbs"
    parameters = np.array(start, dtype=float)
    damping = np.full(len(parameters), 1e-3)
    expected, slopes = _shares(model, parameters, cells)
    objective, gradient, metric = _scores(estimator, data, expected, slopes, cells)
    settled = np.zeros(len(parameters), dtype=bool)
    for _ in range(ITERATIONS):
        step = np.linalg.solve(_damped(metric, damping), gradient[:, :, None])[:, :, 0]
        if bounded:
            held = (parameters[:, 1] <= 0) & (gradient[:, 1] <= 0)
            alone = gradient[:, 0] / np.maximum(metric[:, 0, 0] * (1 + damping), TINY)
            step = np.where(held[:, None], np.stack([alone, 0 * alone], axis=1), step)
        trial = parameters + step
        if bounded:
            trial[:, 1] = np.maximum(trial[:, 1], 0.0)
        new_expected, new_slopes = _shares(model, trial, cells)
        new = _scores(estimator, data, new_expected, new_slopes, cells)
        better = (new[0] >= objective) & np.isfinite(new[0])
        # In units of the error that a single sample would leave.
        settled = (np.abs(trial - parameters) * np.sqrt(np.einsum("skk->sk", metric))).max(axis=1) < SETTLED
        for old, fresh in ((expected, new_expected), (slopes, new_slopes), (objective, new[0]), (gradient, new[1]),
                           (metric, new[2]), (parameters, trial)):  # fmt: skip
            old[better] = fresh[better]
        damping = np.where(better, np.maximum(damping * 0.1, 1e-12), np.minimum(damping * 10.0, 1e8))
        if settled.all():
            break
    return parameters, expected, slopes, settled


def _refitted(
    model: str, shares: np.ndarray, weights: np.ndarray, cells: FockCells, parameters: np.ndarray, estimator: str
) -> np.ndarray:
    """Influences (n_batches, n_sites, 2) from fits that leave out one batch each."""
    n = len(shares)
    without = [
        _optimum(
            model,
            np.average(np.delete(shares, k, axis=0), axis=0, weights=np.delete(weights, k)),
            cells,
            parameters,
            estimator,
        )[0]
        for k in range(n)
    ]
    return (n - 1) * (np.mean(without, axis=0) - without)


def _damped(metric: np.ndarray, damping: np.ndarray) -> np.ndarray:
    diagonal = np.einsum("skk->sk", metric)
    floor = 1e-30 + 1e-14 * diagonal.max(axis=1, keepdims=True)
    return metric + (damping[:, None] * np.maximum(diagonal, floor))[:, :, None] * np.eye(2)


def _curvature(model: str, parameters: np.ndarray, data: np.ndarray, cells: FockCells, estimator: str) -> np.ndarray:
    """Minus the second derivatives of the objective, by differences of its gradient."""
    expected, slopes = _shares(model, parameters, cells)
    metric = _scores(estimator, data, expected, slopes, cells)[2]
    scale = 1e-3 / np.sqrt(np.maximum(np.einsum("skk->sk", metric), TINY))
    if model != "gibbs":
        # Rates are not negative: at their bound the difference is taken a little above it.
        parameters = np.stack([parameters[:, 0], np.maximum(parameters[:, 1], scale[:, 1])], axis=1)
    found = np.empty((len(parameters), 2, 2))
    for index in range(2):
        shift = np.zeros_like(parameters)
        shift[:, index] = scale[:, index]
        sides = []
        for sign in (1.0, -1.0):
            expected, slopes = _shares(model, parameters + sign * shift, cells)
            sides.append(_scores(estimator, data, expected, slopes, cells)[1])
        found[:, index] = -(sides[0] - sides[1]) / (2.0 * shift[:, index : index + 1])
    return 0.5 * (found + found.transpose(0, 2, 1))
