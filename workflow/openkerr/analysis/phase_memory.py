"""How long a site of the chain remembers its phase: rates of its auto-correlation, and those of impurities.

C(tau) = <alpha*(t) alpha(t + tau)>/<|alpha|²>, (46) of arXiv:2409.12225, is fitted by damped cosines, (47), and by the
two impurities' own correlation, the symmetrised <{a+(t), a(t + tau)}>/2, from the block of their Liouvillian that
raises the photon number by one.  A steady state fixes ratios of the impurity's rates; only this fixes their size, and
the dephasing.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
import xarray as xr
from scipy.linalg import expm
from scipy.optimize import least_squares, minimize_scalar

from openkerr.analysis.chain_profiles import ChainEnsemble
from openkerr.analysis.local_states import log_populations
from openkerr.numerics.stats import jackknife

DECAYED = 0.02
"""Modulus of C below which nothing is fitted any more."""

DEGENERATE = 0.99
"""Correlation of two parameters from which on the data do not tell them apart."""

HELD = 0.1
"""Decay or turn over all lags below which a rate or a frequency is none."""

LOSS_RANGE = (0.1, 1e3)
"""Losses of an impurity among which the best is sought, in gamma."""

WINDOWS = (1.0, 2.0, 5.0, 10.0, 20.0, 40.0)
"""Windows of time in which the intensity's spread is told from its drift, in 1/gamma."""


@dataclass(frozen=True)
class Memory:
    """Auto-correlation of one site.

    Attributes
    ----------
    lags : (n_lags,)
    value, batches : (n_lags,), (n_batches, n_lags) complex
        C of the ensemble, and batch by batch.
    stderr : (n_lags,)
        Standard error of the real part, and of the imaginary one: the greater of both.
    """

    lags: np.ndarray
    value: np.ndarray
    batches: np.ndarray
    stderr: np.ndarray

    @property
    def weight(self) -> np.ndarray:
        """Inverse root mean square error, the same for all lags.

        Sixteen batches know an error to a fifth. With weights lag by lag that alone would move the parameters of a
        curve that does not fit, by more than the noise of C does and at any number of trajectories.
        """
        return np.full(len(self.lags), 1.0 / np.sqrt(np.mean(self.stderr[1:] ** 2)))


def site_memories(ensemble: ChainEnsemble) -> dict[int, Memory]:
    """Auto-correlations of the sites that the ensemble followed, cut where they have decayed."""
    data = ensemble.data
    if "correlation_re" not in data:
        return {}
    found = {}
    kinds, sites = data["signal_kind"].values, data["signal_site"].values
    lags = data["lag"].values
    for index in np.flatnonzero(kinds == "field"):
        parts = np.stack([data[f"correlation_{part}"].values[..., index] for part in ("re", "im")], axis=-1)
        value, error = jackknife(lambda mean: mean / mean[..., :1, :1], parts, ensemble.weights)
        total = np.average(parts[:, 0, 0], weights=ensemble.weights)
        # Linear in the batch: its own C(0) moves the norm.
        batches = (parts - value * (parts[:, :1, :1] - total)) / total
        small = np.flatnonzero(np.abs(value[:, 0] + 1j * value[:, 1]) < DECAYED)
        last = max(int(small[0]) if small.size else len(lags), min(12, len(lags)))
        cut = slice(0, last)
        found[int(sites[index])] = Memory(
            lags[cut], value[cut, 0] + 1j * value[cut, 1], batches[:, cut, 0] + 1j * batches[:, cut, 1],
            error[cut].max(axis=1),
        )  # fmt: skip
    return found


# ---------------------------------------------------------------------------------------------- damped cosines


@dataclass(frozen=True)
class RateFit:
    """A fit of some parameters to C, with a criterion that holds for errors that are correlated along the lags.

    Attributes
    ----------
    parameters, stderr : (n_parameters,)
    criterion : float
        chi² + 2 trace(H^-1 K) (K. Takeuchi 1976): K is the scatter of the batches' pulls on the parameters, H the
        curvature; with independent errors the trace is the number of parameters, as in Akaike's.
    deviation : float
        Relative L2 distance of C from the fit.
    state : str
        resolved, degenerate or not_converged.
    curve : (n_lags,)
    """

    parameters: np.ndarray
    stderr: np.ndarray
    criterion: float
    deviation: float
    state: str
    curve: np.ndarray


def damped_cosines(parameters: np.ndarray, lags: np.ndarray) -> np.ndarray:
    """sum_i A_i exp(-gamma_i tau) cos(omega_i tau); parameters A, gamma, omega of each term."""
    amplitude, rate, frequency = np.reshape(parameters, (-1, 3)).T
    return np.sum(amplitude * np.exp(-rate * lags[:, None]) * np.cos(frequency * lags[:, None]), axis=1)


def _cosine_slopes(parameters: np.ndarray, lags: np.ndarray) -> np.ndarray:
    """Derivatives of `damped_cosines` by its parameters, (n_lags, n_parameters)."""
    columns = []
    for amplitude, rate, frequency in np.reshape(parameters, (-1, 3)):
        decay, turn = np.exp(-rate * lags), frequency * lags
        columns += [decay * np.cos(turn), -amplitude * lags * decay * np.cos(turn)]
        columns.append(-amplitude * lags * decay * np.sin(turn))
    return np.stack(columns, axis=1)


def fit_cosines(memory: Memory, n_terms: int) -> RateFit:
    """Fit the real part of C by one or two damped cosines, from several starts."""
    target, weight = memory.value.real, memory.weight
    # Where C first falls to 1/e, and where it first changes sign.
    below = np.flatnonzero(target < np.exp(-1))
    slow = 1.0 / memory.lags[below[0]] if below.size else 1.0 / memory.lags[-1]
    change = np.flatnonzero(target < 0)
    turn = 0.5 * np.pi / memory.lags[change[0]] if change.size else 0.0
    starts = [[1.0, slow, 0.0], [1.0, slow, max(turn, 0.5 * slow)]]
    if n_terms == 2:
        starts = [
            [*first, 0.3, factor * slow, omega]
            for first in starts
            for factor in (0.5, 3.0)
            for omega in (0.0, 3.0 * slow)
        ]
    lower, upper = np.tile([-20.0, 0.0, 0.0], n_terms), np.tile([20.0, 50.0, 50.0], n_terms)

    def residual(parameters: np.ndarray) -> np.ndarray:
        return (damped_cosines(parameters, memory.lags) - target) * weight

    def slopes(parameters: np.ndarray) -> np.ndarray:
        return _cosine_slopes(parameters, memory.lags) * weight[:, None]

    fits = [
        least_squares(
            residual, np.clip(start, lower + 1e-3, upper), slopes, (lower, upper), x_scale="jac", max_nfev=300
        )
        for start in starts
    ]
    best = min(fits, key=lambda fit: fit.cost)
    terms = np.reshape(best.x, (-1, 3))
    order = np.concatenate([3 * i + np.arange(3) for i in np.argsort(-np.abs(terms[:, 0]))])
    pulls = (memory.batches.real - target) * weight
    found = best.x[order]
    # A term that neither turns nor decays within the lags has no such parameter.
    held = np.tile([False, True, True], n_terms) & (found * memory.lags[-1] < HELD)
    curve = damped_cosines(found, memory.lags)
    fit = _judged(found, best.fun, slopes(found), pulls, curve, target, bool(best.success), held)
    if n_terms == 1 or fit.state != "resolved":
        return fit
    # Two terms of one kind, large ones that cancel, or a second one that is not there, are one.
    gap = np.abs(found[[1, 2]] - found[[4, 5]])
    alike = (gap < 3.0 * np.hypot(fit.stderr[[1, 2]], fit.stderr[[4, 5]])).all()
    if alike or np.abs(found[[0, 3]]).max() > 5.0 or abs(found[3]) < 3.0 * fit.stderr[3]:
        return replace(fit, state="degenerate")
    return fit


def _judged(
    parameters: np.ndarray,
    residual: np.ndarray,
    slopes: np.ndarray,
    pulls: np.ndarray,
    curve: np.ndarray,
    target: np.ndarray,
    success: bool,
    held: np.ndarray | None = None,
) -> RateFit:
    """Errors, criterion and state of a least-squares fit from its residuals, slopes and the batches' pulls.

    Parameters that are held have no error.
    """
    free = np.ones(len(parameters), dtype=bool) if held is None else ~held
    scores = (pulls @ slopes)[:, free]
    scores = scores - scores.mean(axis=0)
    scatter = scores.T @ scores / (len(pulls) * (len(pulls) - 1))
    inverse = np.linalg.pinv(slopes[:, free].T @ slopes[:, free], rcond=1e-14)
    stderr = np.zeros(len(parameters))
    stderr[free] = np.sqrt(np.maximum(np.diag(inverse @ scatter @ inverse), 0.0))
    scale = np.sqrt(np.maximum(np.diag(inverse), 1e-300))
    correlation = np.abs(inverse / scale[:, None] / scale)
    np.fill_diagonal(correlation, 0.0)
    state = "degenerate" if correlation.max() > DEGENERATE else "resolved"
    deviation = np.linalg.norm(curve - target) / np.linalg.norm(target)
    criterion = float(residual @ residual + 2.0 * np.trace(inverse @ scatter))
    return RateFit(parameters, stderr, criterion, float(deviation), state if success else "not_converged", curve)


# ---------------------------------------------------------------------------------------------- impurities


def charge_one_block(model: str, gain: float, rate: float, n_numbers: int) -> np.ndarray:
    """Dissipator on x_n = <n + 1|X|n> with loss one, gain and nonlinear rate in its units, without dephasing.

    Dephasing, of the jump operator sqrt(Gamma_phi) a+a, takes Gamma_phi/2 from every diagonal element.

    Parameters
    ----------
    model : str
        ``two_photon``: jumps sqrt(gain) a+, a, sqrt(eta) a²; ``scully_lamb``: sqrt(gain) a+(1 - s a a+), a.
    gain, rate : float
        Gain, and eta or s.

    Returns
    -------
    (n_numbers, n_numbers)

    Raises
    ------
    ValueError
        For another model.
    """
    n = np.arange(n_numbers, dtype=float)
    block = np.diag(-0.5 * (2 * n + 1)) + np.diag(np.sqrt((n[:-1] + 2) * (n[:-1] + 1)), 1)
    if model == "two_photon":
        block += gain * (np.diag(-0.5 * (2 * n + 3)) + np.diag(np.sqrt((n[1:] + 1) * n[1:]), -1))
        block += rate * np.diag(-0.5 * ((n + 1) * n + n * (n - 1)))
        m = n[:-2]
        block += rate * np.diag(np.sqrt((m + 3) * (m + 2) * (m + 2) * (m + 1)), 2)
        return block
    if model == "scully_lamb":
        jump = np.maximum(1.0 - rate * (np.arange(n_numbers + 1) + 1.0), 0.0) * np.sqrt(np.arange(n_numbers + 1) + 1.0)
        block += gain * np.diag(-0.5 * (jump[1:] ** 2 + jump[:-1] ** 2))
        block += gain * np.diag(jump[1:-1] * jump[:-2], -1)
        return block
    raise ValueError(f"model is {model}: allowed is two_photon, scully_lamb")


def impurity_memory(model: str, parameters: np.ndarray, kerr: float, loss: float, lags: np.ndarray) -> np.ndarray:
    """C(tau) of an impurity without dephasing, at equidistant lags.

    Parameters
    ----------
    parameters : (2,)
        ln(gain/loss) and eta/loss or s, as `openkerr.analysis.local_states.log_populations` takes them.
    kerr, loss : float
        U and the loss, in gamma.
    """
    n_numbers = 40
    while True:
        logarithms = log_populations(model, np.asarray(parameters)[None], n_numbers + 1)[0][0]
        weights = np.exp(logarithms - logarithms.max())
        if weights[-1] < 1e-6 or n_numbers >= 320:
            break
        n_numbers += 40
    weights /= weights.sum()
    n = np.arange(n_numbers)
    root = np.sqrt(n + 1.0)
    start = 0.5 * root * (weights[:-1] + weights[1:])
    generator = loss * charge_one_block(model, np.exp(parameters[0]), parameters[1], n_numbers) - 1j * kerr * np.diag(n)
    step = expm(generator * (lags[1] - lags[0]))
    found = np.empty(len(lags), dtype=complex)
    for index in range(len(lags)):
        found[index] = root @ start
        start = step @ start
    return found / found[0]


def fit_impurity(memory: Memory, model: str, parameters: np.ndarray, kerr: float) -> RateFit:
    """Fit loss, dephasing and frequency of an impurity whose ratios of rates are those of the site's steady state.

    The parameters are the loss, Gamma_phi >= 0 and the frequency, in gamma.
    """
    weight, target = memory.weight, memory.value

    def split(values: np.ndarray) -> np.ndarray:
        return np.concatenate([values.real, values.imag], axis=-1)

    both = np.concatenate([weight, weight])

    def curve(loss: float, dephasing: float, frequency: float, bare: np.ndarray | None = None) -> np.ndarray:
        values = impurity_memory(model, parameters, kerr, loss, memory.lags) if bare is None else bare
        return values * np.exp(-(0.5 * dephasing + 1j * frequency) * memory.lags)

    def inner(log_loss: float) -> tuple[float, np.ndarray]:
        bare = impurity_memory(model, parameters, kerr, float(np.exp(log_loss)), memory.lags)
        turn = np.angle(np.sum(np.conj(bare[:3]) * target[:3] * memory.lags[:3])) / max(memory.lags[1], 1e-12)
        fits = [
            least_squares(
                lambda x: split(curve(0.0, x[0], x[1], bare) - target) * both, [0.5, -first],
                bounds=([0.0, -50.0], [100.0, 50.0]), x_scale=[1.0, 1.0],
            )
            for first in (turn, 0.0)
        ]  # fmt: skip
        best = min(fits, key=lambda fit: fit.cost)
        return best.cost, best.x

    low, high = np.log(LOSS_RANGE)
    coarse = np.linspace(low, high, 6)
    costs = [inner(value)[0] for value in coarse]
    place = int(np.argmin(costs))
    ends = (coarse[max(place - 1, 0)], coarse[min(place + 1, len(coarse) - 1)])
    found = minimize_scalar(lambda value: inner(value)[0], bounds=ends, method="bounded", options={"xatol": 1e-2})
    log_loss = float(found.x) if found.fun <= costs[place] else float(coarse[place])
    dephasing, frequency = inner(log_loss)[1]
    best = np.array([np.exp(log_loss), dephasing, frequency])
    values = curve(*best)
    sides = [curve(best[0] * factor, dephasing, frequency) for factor in (1.01, 0.99)]
    by_parameter = ((sides[0] - sides[1]) / (0.02 * best[0]), -0.5 * memory.lags * values, -1j * memory.lags * values)
    slopes = np.stack([split(slope) * both for slope in by_parameter], axis=1)
    pulls = split(memory.batches - target) * both
    fit = _judged(best, split(values - target) * both, slopes, pulls, split(values), split(target), True)
    at_end = min(log_loss - low, high - log_loss) < 0.01 * (high - low)
    return replace(fit, state="at_bound") if at_end else fit


# ---------------------------------------------------------------------------------------------- tables


def memory_tables(ensemble: ChainEnsemble, fits: dict[str, np.ndarray]) -> tuple[pd.DataFrame, xr.Dataset]:
    """Rates of all sites that were followed; table ``chain_phase_rates`` and grid ``chain_phase_memory``.

    Parameters
    ----------
    fits : dict of arrays (n_sites, 2)
        Parameters of the impurities by name, see `openkerr.analysis.local_states.fit_states`.

    Returns
    -------
    table : pandas.DataFrame
    grid : xarray.Dataset
        ``value_re``, ``value_im``, ``stderr``, and the real parts of the fits (panel, lag); NaN beyond the fitted lags.
    """
    labels = {name: ensemble.labels[name] for name in ("length", "drive_amplitude")}
    lags = ensemble.data["lag"].values if "lag" in ensemble.data.coords else np.zeros(0)
    memories = site_memories(ensemble)
    rows = []
    names = ("one_rate", "two_rates", "two_photon", "scully_lamb")
    curves = {name: np.full((len(memories), len(lags)), np.nan) for name in ("value_re", "value_im", "stderr", *names)}
    for panel, (site, memory) in enumerate(memories.items()):
        found = {name: fit_cosines(memory, n) for n, name in enumerate(names[:2], start=1)}
        found |= {name: fit_impurity(memory, name, fits[name][site - 1], ensemble["kerr"]) for name in names[2:]}
        usable = [name for name in names[:2] if found[name].state == "resolved"]
        chosen = min(usable, key=lambda name: found[name].criterion) if usable else ""
        size = len(memory.lags)
        curves["value_re"][panel, :size], curves["value_im"][panel, :size] = memory.value.real, memory.value.imag
        curves["stderr"][panel, :size] = memory.stderr
        for name, fit in found.items():
            curves[name][panel, :size] = fit.curve[:size]
            row = {**labels, "site": site, "model": name, "criterion": fit.criterion, "deviation": fit.deviation}
            if name in names[:2]:
                values, errors = (
                    np.pad(x, (0, 6 - len(x)), constant_values=np.nan) for x in (fit.parameters, fit.stderr)
                )
                keys = [f"{key}_{i}" for i in (1, 2) for key in ("amplitude", "decay_rate", "frequency")]
            else:
                values = np.append(
                    fit.parameters, fits[name][site - 1, 1] * (fit.parameters[0] if name == "two_photon" else 1)
                )
                relative = fit.stderr[0] / fit.parameters[0] if name == "two_photon" else 0.0
                errors = np.append(fit.stderr, values[3] * relative)
                keys = ["loss_rate", "dephasing_rate", "frequency_1", "nonlinear_rate"]
            for key, value, error in zip(keys, values, errors, strict=True):
                row |= {key: value, f"{key}_stderr": error}
            state = "chosen" if name == chosen else fit.state
            rows.append(row | {"state": state, "fitted_lag": memory.lags[-1]})
    coords = {
        "lag": ("lag", lags, {"units": "1/gamma"}),
        "length": ("panel", np.full(len(memories), ensemble["length"]), {"units": "sites"}),
        "drive_amplitude": ("panel", np.full(len(memories), ensemble["drive_amplitude"]), {"units": "gamma"}),
        "site": ("panel", np.array(list(memories), dtype=int), {"units": "sites"}),
    }
    grid = xr.Dataset(
        {name: (("panel", "lag"), values, {"units": "1"}) for name, values in curves.items()}, coords=coords
    )
    return pd.DataFrame(rows), grid


def window_table(ensemble: ChainEnsemble) -> pd.DataFrame:
    """g2 within windows of time; columns of table ``chain_intensity_windows``.

    <n²> - <n> over the mean square of n averaged over a window w, from <u(t) u(t + tau)>, u = |alpha|²: it grows from
    about one at w = 0 to g2 as the window's mean ceases to move.  Light that is Gaussian at every moment, with a mean
    that drifts slowly, has a plateau at 2 between.
    """
    data, rows = ensemble.data, []
    if "correlation_re" not in data:
        return pd.DataFrame()
    labels = {name: ensemble.labels[name] for name in ("length", "drive_amplitude")}
    lags = data["lag"].values
    index = list(data["moment"].values).index("abs2")
    means = ensemble.averaged("moments")[..., index]
    for signal in np.flatnonzero(data["signal_kind"].values == "density"):
        site = int(data["signal_site"].values[signal])
        values = np.concatenate([data["correlation_re"].values[..., signal], means[:, site - 1, None]], axis=1)
        windows = [w for w in WINDOWS if w <= lags[-1] * (1 + 1e-9)]

        def within(mean: np.ndarray, windows: list[float] = windows) -> np.ndarray:
            found = []
            for w in windows:
                inside = lags <= w * (1 + 1e-9)
                weight = np.trapezoid(
                    (w - lags[inside]) * mean[..., :-1][..., inside], lags[inside], axis=-1
                ) * 2.0 / w**2  # fmt: skip
                u = mean[..., -1]
                found.append((mean[..., 0] - 2.0 * u + 0.5) / (weight - u + 0.25))
            return np.stack(found, axis=-1)

        value, error = jackknife(within, values, ensemble.weights)
        for w, g2, g2_error in zip(windows, value, error, strict=True):
            rows.append({**labels, "site": site, "window": w, "g2_within": g2, "g2_within_stderr": g2_error})
    return pd.DataFrame(rows)
