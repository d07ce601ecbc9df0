"""Switching between limit cycle and limit torus by noise: what a state is, rates, and their law in aleph.

On the limit cycle the relative phase 2 theta_1 - theta_2 of the cavities stands still near zero; on the limit torus it
goes through pi once every modulation.  A trajectory counts as on the torus at a time if it slips, that is
Re(alpha_1^2 alpha_2^*) < 0, at any sample within half a window of that time.

Rates follow from the share f of trajectories on the torus in two ensembles, one started on each attractor: for two
states

    df/dt = k_ct (1 - f) - k_tc f

so that both shares relax to k_ct/(k_ct + k_tc) at the rate k_ct + k_tc.

Where no trajectory changes sides there is no rate to fit: the time T that trajectories have stood on a side in all and
the number N of changes that are seen bound it by the Poisson limit, the rate at which N or fewer come with probability
5 % (3.0/T without any).  Changes are counted from one sample to the next, in a batch less those of the other direction.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from scipy.ndimage import maximum_filter1d
from scipy.optimize import least_squares
from scipy.stats import chi2

from openkerr.numerics.stats import batch_mean, jackknife

ATTRACTORS = ("cycle", "torus")
CLASSES = ("limit_cycle", "limit_torus", "other")
DIRECTIONS = ("cycle_to_torus", "torus_to_cycle")
FAST = 0.5
"""Largest rate of relaxation times window at which states within a window are told apart."""
SIGMAS = 3.0
"""Least ratio of a rate to its standard error with which it counts as seen."""
CONFIDENCE = 0.95
"""Of the upper limits of rates."""


def on_torus(fields: np.ndarray, width: int) -> np.ndarray:
    """Whether trajectories are on the torus, sample by sample.

    Parameters
    ----------
    fields : complex array (n_samples, 2, n_trajectories)
    width : int
        Samples of the window about each sample.

    Returns
    -------
    bool array (n_samples, n_trajectories)
    """
    slips = (fields[:, 0] ** 2 * fields[:, 1].conj()).real < 0
    return maximum_filter1d(slips.astype(np.uint8), width, axis=0, mode="nearest").astype(bool)


def classify_runs(fields: np.ndarray, tolerance: float = 1e-2) -> np.ndarray:
    """Attractor of runs without noise: 0 limit cycle, 1 limit torus, 2 anything else.

    Parameters
    ----------
    fields : complex array (n_runs, 2, n_samples)
        Fields on the attractor, over several periods of the modulation.
    tolerance : float
        Largest relative change of |alpha_1|^2 of a limit cycle.
    """
    slips = ((fields[:, 0] ** 2 * fields[:, 1].conj()).real < 0).any(axis=1)
    density = np.abs(fields[:, 0]) ** 2
    still = np.ptp(density, axis=1) <= tolerance * density.mean(axis=1)
    moving = density.max(axis=1) > 1e-6
    return np.where(slips & ~still, 1, np.where(still & ~slips & moving, 0, 2))


def switching_rates(times: np.ndarray, shares: np.ndarray) -> np.ndarray:
    """Rates of the two-state relaxation of the shares on the torus, by least squares.

    Parameters
    ----------
    times : array (n_times,)
        From the first time that counts.
    shares : array (2, n_times)
        Started on the cycle, and on the torus.

    Returns
    -------
    array (4,)
        k_ct and k_tc in the inverse unit of times, and both shares at the first time.
    """
    t = times - times[0]

    def model(x: np.ndarray) -> np.ndarray:
        total = x[0] + x[1]
        decay = np.exp(-total * t)
        # (1 - exp(-k t))/k, which stays finite where both rates vanish.
        gained = -np.expm1(-total * t) / total if abs(total) > 1e-14 else t
        return (x[2:, None] * decay + x[0] * gained - shares).ravel()

    first, last = shares[:, : max(1, t.size // 20)].mean(axis=1), shares[:, -max(1, t.size // 4) :].mean()
    scale = 1.0 / t[-1]
    fits = []
    # A fast and a slow relaxation can fit equally well at first sight: start from both.
    for total in (scale, 30 * scale):
        guess = [total * np.clip(last, 0.01, 0.99), total * (1 - np.clip(last, 0.01, 0.99)), *first]
        fits.append(least_squares(model, guess, x_scale=[scale, scale, 0.1, 0.1], max_nfev=200))
    return min(fits, key=lambda fit: fit.cost).x


def rate_limits(times: np.ndarray, shares: np.ndarray, weights: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Changes that are seen in each direction, and the upper limits of the rates that they set.

    Parameters
    ----------
    times : array (n_times,)
    shares : array (n_batches, 2, n_times)
        As in `switching_tables`.
    weights : array (n_batches,)
        Trajectories of each batch.

    Returns
    -------
    events : int array (2,)
        From cycle to torus, and back.
    limit : array (2,)
        Of the rates, at `CONFIDENCE`, in the inverse unit of times.
    """
    on_torus = np.rint(shares * weights[:, None, None])
    changes = np.diff(on_torus, axis=2)
    events = np.array([changes[changes > 0].sum(), -changes[changes < 0].sum()]).astype(int)
    on_torus = on_torus.sum(axis=(0, 1))
    stood = np.trapezoid([2 * weights.sum() - on_torus, on_torus], times, axis=1)
    # Where nobody ever stood on a side nothing is known of leaving it.
    limit = np.full(2, np.inf)
    np.divide(0.5 * chi2.ppf(CONFIDENCE, 2 * (events + 1)), stood, out=limit, where=stood > 0)
    return events, limit


def switching_tables(
    times: np.ndarray, shares: np.ndarray, weights: np.ndarray, omega: float, aleph: float, window: float
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Rows of tables ``torus_switching`` and ``torus_weights`` of one ensemble pair.

    Parameters
    ----------
    times : array (n_times,)
        In 1/eta.
    shares : array (n_batches, 2, n_times)
        Share of the trajectories of a batch on the torus, started on the cycle and on the torus; NaN where that
        attractor does not exist.
    weights : array (n_batches,)
        Trajectories of each batch.
    window : float
        Of the classification; within 2 windows of the start and 1/2 of the end nothing counts.
    """
    counted = (times >= 2 * window) & (times <= times[-1] - window / 2)
    t, kept = times[counted], shares[:, :, counted]
    halves = np.array_split(np.arange(t.size), 2)
    rows = []
    for index, start in enumerate(ATTRACTORS):
        if np.isnan(kept[:, index]).any():
            continue
        late, late_stderr = batch_mean(kept[:, index][:, halves[1]].mean(axis=1), weights)
        change = kept[:, index][:, halves[1]].mean(axis=1) - kept[:, index][:, halves[0]].mean(axis=1)
        drift, drift_stderr = batch_mean(change, weights)
        rows.append(
            {
                "omega": omega,
                "aleph": aleph,
                "start": start,
                "torus_weight": late,
                "torus_weight_stderr": late_stderr,
                "stationarity": drift / drift_stderr if drift_stderr > 0 else 0.0,
                "time_min": t[halves[1][0]],
                "time_max": t[-1],
                "n_trajectories": int(weights.sum()),
            }
        )
    of_weights = pd.DataFrame(rows)
    if np.isnan(kept).any():
        return pd.DataFrame(), of_weights

    def rates(means: np.ndarray) -> np.ndarray:
        return np.array([switching_rates(t, mean) for mean in means])

    value, stderr = jackknife(rates, kept, weights)
    fast = (value[0] + value[1]) * window > FAST
    events, limit = rate_limits(t, kept, weights)
    seen = events > 0
    of_rates = pd.DataFrame(
        {
            "omega": omega,
            "aleph": aleph,
            "direction": DIRECTIONS,
            "rate": np.where(seen, value[:2], np.nan),
            "rate_stderr": np.where(seen, stderr[:2], np.nan),
            "rate_limit": np.where(fast | ~np.isfinite(limit), np.nan, limit),
            "n_events": events,
            "resolved": [int(not fast and seen[k] and value[k] > SIGMAS * stderr[k]) for k in range(2)],
            "too_fast": int(fast),
            "n_trajectories": 2 * int(weights.sum()),
            "time_max": t[-1],
        }
    )
    return of_rates, of_weights


def law_table(switching: pd.DataFrame) -> pd.DataFrame:
    """Exponential and power laws of the resolved rates; columns of table ``torus_switching_laws``.

    ``exponential`` is rate = prefactor exp(-coefficient aleph), ``power`` rate = prefactor aleph^(-coefficient):
    weighted least squares of logarithms, for every omega and direction with at least three resolved rates.
    """
    rows = []
    resolved = switching[switching["resolved"] == 1]
    for (omega, direction), group in resolved.groupby(["omega", "direction"]):
        if len(group) < 3:
            continue
        aleph = group["aleph"].to_numpy()
        logs = np.log(group["rate"].to_numpy())
        errors = (group["rate_stderr"] / group["rate"]).to_numpy()
        for law, x in (("exponential", aleph), ("power", np.log(aleph))):
            fit = weighted_line(x, logs, errors)
            rows.append(
                {
                    "omega": omega,
                    "direction": direction,
                    "law": law,
                    "coefficient": -fit[0],
                    "coefficient_stderr": fit[1],
                    "log_prefactor": fit[2],
                    "log_prefactor_stderr": fit[3],
                    "chi_squared": fit[4],
                    "n_alephs": len(group),
                    "aleph_min": aleph.min(),
                    "aleph_max": aleph.max(),
                }
            )
    return pd.DataFrame(rows, columns=LAW_COLUMNS)


LAW_COLUMNS = [
    *("omega", "direction", "law", "coefficient", "coefficient_stderr", "log_prefactor", "log_prefactor_stderr"),
    *("chi_squared", "n_alephs", "aleph_min", "aleph_max"),
]


def weighted_line(x: np.ndarray, y: np.ndarray, errors: np.ndarray) -> tuple[float, float, float, float, float]:
    """Slope, its error, intercept, its error and chi squared of a line through at least three points.

    Errors are widened by the root of chi squared per degree of freedom where the line does not hold.
    """
    weights = errors**-2
    middle = np.average(x, weights=weights)
    spread = (weights * (x - middle) ** 2).sum()
    slope = (weights * (x - middle) * y).sum() / spread
    intercept = np.average(y, weights=weights) - slope * middle
    chi = float((weights * (y - intercept - slope * x) ** 2).sum())
    wider = np.sqrt(max(1.0, chi / (len(x) - 2)))
    errors = wider * np.sqrt([1 / spread, 1 / weights.sum() + middle**2 / spread])
    return float(slope), float(errors[0]), float(intercept), float(errors[1]), chi


def basin_table(classes: np.ndarray, omegas: Sequence[float]) -> pd.DataFrame:
    """Share of random starts that go to each attractor; columns of table ``torus_basins``.

    Parameters
    ----------
    classes : int array (n_omegas, n_starts)
        As `classify_runs` has them.
    """
    n_starts = classes.shape[1]
    rows = []
    for omega, row in zip(omegas, classes, strict=True):
        for number, name in enumerate(CLASSES):
            share = float((row == number).mean())
            stderr = np.sqrt(share * (1 - share) / n_starts)
            rows.append({"omega": omega, "attractor": name, "share": share, "share_stderr": stderr})
    return pd.DataFrame(rows).assign(n_starts=n_starts)
