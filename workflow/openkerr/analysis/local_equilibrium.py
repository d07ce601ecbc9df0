"""Temperature of a site together with its neighbours, from moments alone; momenta; and domains of a chain."""

from __future__ import annotations

import numpy as np
import pandas as pd

from openkerr.analysis.chain_profiles import ChainEnsemble
from openkerr.analysis.labels import DOMAINS, RULES
from openkerr.analysis.photon_statistics import photon_statistics
from openkerr.numerics.stats import jackknife


def hopping_thermometer(moments: dict[str, np.ndarray], kerr: float, hopping: float) -> np.ndarray:
    """Inverse temperature and mu/T of sites with their neighbours, from identities of the grand-canonical state.

    For exp[-(H - mu N)/T] and any field V, <div V> = <V.grad(H - mu N)>/T (configurational temperature: O. G. Jepps, G.
    Ayton, D. J. Evans, Phys. Rev. E 62, 4757 (2000)).  With V = alpha_l and V = S = alpha_{l-1} + alpha_{l+1} at site
    l, and H of Weyl symbol (U/2)(|alpha|⁴ - 2 |alpha|²) - J alpha* S a site, two linear equations

        1 = b [U<u²> - U<u> - J<Re alpha*S>] - m <u>
        0 = b [U<u Re alpha*S> - U<Re alpha*S> - J<|S|²>] - m <Re alpha*S>

    give b = 1/T and m = mu/T, of either sign, with u = |alpha|².  The temperature is that of interaction and hopping
    together; where neighbours are not correlated the second equation says T infinite, whatever one site looks like.

    Parameters
    ----------
    moments : dict of arrays (...)
        ``abs2``, ``abs4``, ``near`` = <Re alpha*S>, ``dense`` = <u Re alpha*S>, ``square`` = <|S|²>.

    Returns
    -------
    array (..., 2)
    """
    near, abs2 = moments["near"], moments["abs2"]
    first = kerr * (moments["abs4"] - abs2) - hopping * near
    second = kerr * (moments["dense"] - near) - hopping * moments["square"]
    determinant = -first * near + second * abs2
    return np.stack([-near / determinant, -second / determinant], axis=-1)


def equilibrium_table(ensemble: ChainEnsemble) -> pd.DataFrame:
    """Photon statistics, momenta and the thermometer with hopping; columns of table ``chain_local_equilibrium``."""
    length, weights = ensemble["length"], ensemble.weights
    pairs = ensemble.averaged("pairs")
    right, left = pairs[:, : length - 1], pairs[:, length - 1 : 2 * length - 2]
    far = pairs[:, 2 * length - 2 :]
    abs2 = ensemble.moment("abs2")
    near, dense, square = (np.full(abs2.shape, np.nan) for _ in range(3))
    near[:, 1:-1] = right[:, 1:, 0] + right[:, :-1, 0]
    # The dense product holds |alpha|² of the second site of a pair.
    dense[:, 1:-1] = left[:, 1:, 2] + right[:, :-1, 2]
    square[:, 1:-1] = abs2[:, :-2] + abs2[:, 2:] + 2.0 * far[..., 0]
    names = ("abs2", "abs4", "im_a", "re_aa", "im_n_a", "im_aaa", "re_n_aa", "re_aaaa")
    values = np.stack(
        [*(ensemble.moment(name) for name in names), near, dense, square,
         ensemble.averaged("phase_re"), ensemble.averaged("phase_im")], axis=-1,
    )  # fmt: skip

    def estimates(mean: np.ndarray) -> np.ndarray:
        given = {name: mean[..., index] for index, name in enumerate((*names, "near", "dense", "square", "cos", "sin"))}
        statistics = photon_statistics(given["abs2"], given["abs4"])
        thermometer = hopping_thermometer(given, ensemble["kerr"], ensemble["hopping"])
        variance = 1.0 - np.hypot(given["cos"], given["sin"])
        return np.concatenate(
            [statistics[..., [0, 2]], variance[..., None], _kurtosis(given)[..., None], thermometer], axis=-1
        )

    with np.errstate(divide="ignore", invalid="ignore"):
        value, error = jackknife(estimates, values, weights)
    labels = {name: ensemble.labels[name] for name in ("length", "drive_amplitude")}
    frame = pd.DataFrame({**labels, "site": np.arange(1, length + 1)})
    for index, name in enumerate(
        ("photon_number", "g2", "circular_variance", "momentum_kurtosis", "inverse_temperature", "mu_over_t")
    ):
        frame[name], frame[f"{name}_stderr"] = value[:, index], error[:, index]
    return frame


def _kurtosis(mean: dict[str, np.ndarray]) -> np.ndarray:
    """Excess kurtosis of Im alpha about its mean."""
    first = mean["im_a"]
    second = 0.5 * (mean["abs2"] - mean["re_aa"])
    third = 0.25 * (3.0 * mean["im_n_a"] - mean["im_aaa"])
    fourth = 0.125 * (3.0 * mean["abs4"] - 4.0 * mean["re_n_aa"] + mean["re_aaaa"])
    variance = second - first**2
    return (fourth - 4.0 * first * third + 6.0 * first**2 * second - 3.0 * first**4) / variance**2 - 3.0


# ---------------------------------------------------------------------------------------------- domains


def domain_sizes(
    variance: np.ndarray, mu_over_t: np.ndarray, inverse_temperature: np.ndarray, broken_variance: float
) -> np.ndarray:
    """Sizes of the domains of one chain in sites, (n_rules, n_domains).

    The nonsymmetric domain ends where the circular variance passes ``broken_variance``, linear between sites; the
    thermal one begins where mu/T, coming from the left, turns negative, or at the middle of the parabola through 1/T
    about its least value.  A chain without such a place has no thermal domain, and one with mu < 0 from the start no
    prethermal one.
    """
    length = len(variance)
    start = _crossing(variance - broken_variance)
    start = float(length) if np.isnan(start) else start
    first = min(int(np.ceil(start)), length)
    after = mu_over_t[first:]
    if not len(after) or after[0] < 0:
        ends = [start]
    else:
        change = _crossing(-after)
        ends = [float(length) if np.isnan(change) else first + change]
    ends.append(_least(inverse_temperature, first))
    return np.array([[start, max(end - start, 0.0), length - max(end, start)] for end in ends])


def _crossing(values: np.ndarray) -> float:
    """Sites before the first passage of zero from below, linear between sites; NaN if there is none."""
    above = np.flatnonzero(values > 0)
    if not len(above):
        return np.nan
    place = int(above[0])
    if place == 0:
        return 0.0
    low, high = values[place - 1], values[place]
    # Site l reaches from l - 1 to l; its value stands in its middle.
    return place - 0.5 + low / (low - high)


def _least(values: np.ndarray, first: int) -> float:
    """Sites before the minimum of a profile beyond some, by a parabola over a tenth of it on each side."""
    part = values[first:]
    if len(part) < 5 or not np.isfinite(part).all():
        return float(len(values))
    lowest = int(np.argmin(part))
    reach = max(len(values) // 10, 2)
    if lowest == 0 or lowest == len(part) - 1:
        return float(first + lowest + 0.5)
    chosen = np.arange(max(lowest - reach, 0), min(lowest + reach + 1, len(part)))
    curve = np.polynomial.polynomial.polyfit(chosen - lowest, part[chosen], 2)
    shift = -0.5 * curve[1] / curve[2] if curve[2] > 0 else 0.0
    return float(first + lowest + 0.5 + np.clip(shift, -reach, reach))


def domain_table(
    ensemble: ChainEnsemble, parameters: np.ndarray, influence: np.ndarray, broken_variance: float
) -> pd.DataFrame:
    """Sizes of the domains by every rule; columns of table ``chain_domains``.

    Parameters
    ----------
    parameters, influence : (n_sites, 2), (n_batches, n_sites, 2)
        Gibbs fits of all sites, mu/T and U/2T, and what batches make of them.
    """
    parts = np.stack([ensemble.averaged("phase_re"), ensemble.averaged("phase_im")], axis=-1)
    values = np.concatenate([parts, parameters + influence], axis=-1)

    def sizes(mean: np.ndarray) -> np.ndarray:
        return np.array([
            domain_sizes(1.0 - np.hypot(each[:, 0], each[:, 1]), each[:, 2], each[:, 3], broken_variance)
            for each in mean
        ])  # fmt: skip

    _, error = jackknife(sizes, values, ensemble.weights)
    plain = sizes(np.average(values, axis=0, weights=ensemble.weights)[None])[0]
    labels = {name: ensemble.labels[name] for name in ("length", "drive_amplitude")}
    return pd.DataFrame([
        {**labels, "rule": rule, "domain": domain, "size": plain[i, j], "size_stderr": error[i, j]}
        for i, rule in enumerate(RULES)
        for j, domain in enumerate(DOMAINS)
    ])  # fmt: skip


def domain_scaling_table(domains: pd.DataFrame) -> pd.DataFrame:
    """Straight lines through the sizes of domains against length; columns of table ``chain_domain_scaling``.

    Each length counts as much as any other: sizes are known far better than they lie on a line, and errors are those
    of the scatter about it.  Drives with fewer than three lengths have none.
    """
    rows = []
    for (drive, rule, domain), part in domains.groupby(["drive_amplitude", "rule", "domain"], sort=False):
        if len(part) < 3:
            continue
        length, size = part["length"].to_numpy(float), part["size"].to_numpy()
        centred = length - length.mean()
        slope = centred @ size / (centred @ centred)
        rest = size - size.mean() - slope * centred
        variance = max(rest @ rest / (len(part) - 2), float(np.mean(part["size_stderr"] ** 2)))
        slope_error = np.sqrt(variance / (centred @ centred))
        intercept = size.mean() - slope * length.mean()
        intercept_error = np.sqrt(variance / len(part) + (length.mean() * slope_error) ** 2)
        rows.append(
            {
                "drive_amplitude": drive, "rule": rule, "domain": domain, "slope": slope, "slope_stderr": slope_error,
                "intercept": intercept, "intercept_stderr": intercept_error,
                "deviation": np.sqrt(rest @ rest / (len(part) - 2)), "n_lengths": len(part),
                "length_min": int(length.min()), "length_max": int(length.max()),
            }
        )  # fmt: skip
    columns = ["drive_amplitude", "rule", "domain", "slope", "slope_stderr", "intercept", "intercept_stderr",
               "deviation", "n_lengths", "length_min", "length_max"]  # fmt: skip
    return pd.DataFrame(rows, columns=columns)
