"""Single trajectories about the classical attractor: how far they swing, and how far they stand from it.

Both answer statements on single trajectories from whole ensembles (arXiv:2507.03764, Sec. III A).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
import xarray as xr

KEPT_SWING = 0.5
"""Share of the classical swing from which on a trajectory counts as undamped."""

SETTLED_TIME = 10.0
"""Time, in 1/eta, from which on trajectories are on the attractor, as published; half of a run that is shorter."""

_PHASES, _NODES, _STEPS = 48, 64, 8
_CHUNK = 256
_ORDERS = 48


def swings(fields: np.ndarray, orbit: np.ndarray) -> np.ndarray:
    """Standard deviation over time of |alpha|² of every trajectory, over that of the classical attractor.

    Parameters
    ----------
    fields : complex array (n_samples, n_modes, n_trajectories)
    orbit : complex array (n_modes, n_points)
        The attractor at equal distances over one period.

    Returns
    -------
    array (n_modes, n_trajectories)
        NaN where the attractor does not swing, as a limit cycle.
    """
    classical = (np.abs(orbit) ** 2).std(axis=1)
    return (np.abs(fields) ** 2).std(axis=0) / np.where(classical > 0, classical, np.nan)[:, None]


def squared_distances(fields: np.ndarray, orbit: np.ndarray, charges: Sequence[int]) -> np.ndarray:
    """Squared distance of fields from the surface exp(-i charge_k phi) orbit_k(psi), the nearest point of it.

    Parameters
    ----------
    fields : complex array (n_modes, n_trajectories)
    orbit : complex array (n_modes, n_points)
        The attractor in the co-rotating frame at equal distances over one period; one point for a limit cycle.

    Returns
    -------
    array (n_trajectories,)
        Sum over modes of |alpha - nearest|².

    The nearest point of a grid is improved by Gauss-Newton steps on the Fourier series of the orbit.
    """
    weights = np.array(charges, dtype=float)[:, None]
    n_points = orbit.shape[1]
    coefficients = np.fft.ifft(orbit, axis=1)
    orders = np.fft.fftfreq(n_points, 1 / n_points)
    kept = np.abs(orders) <= min(_ORDERS, (n_points - 1) // 2)
    coefficients, orders = coefficients[:, kept], orders[kept]

    def series(psi: np.ndarray, derivative: int = 0) -> np.ndarray:
        waves = (-1j * orders[:, None]) ** derivative * np.exp(-1j * np.outer(orders, psi))
        return coefficients @ waves

    nodes = series(np.arange(_NODES) * (2 * np.pi / _NODES))
    turns = np.exp(1j * weights[:, None] * np.arange(_PHASES) * (2 * np.pi / _PHASES))
    result = []
    for first in range(0, fields.shape[1], _CHUNK):
        alpha = fields[:, first : first + _CHUNK]
        overlap = np.einsum("kj,kn,kp->jnp", alpha, nodes.conj(), turns[:, 0]).real
        near = (overlap - 0.5 * (np.abs(nodes) ** 2).sum(axis=0)[None, :, None]).reshape(alpha.shape[1], -1)
        node, phase = np.divmod(near.argmax(axis=1), _PHASES)
        psi, phi = node * (2 * np.pi / _NODES), phase * (2 * np.pi / _PHASES)
        for _ in range(_STEPS):
            turn = np.exp(-1j * weights * phi)
            point = turn * series(psi)
            tangents = np.stack([-1j * weights * point, turn * series(psi, 1)])
            rest = alpha - point
            normal = np.einsum("akj,bkj->jab", tangents.conj(), tangents).real
            slope = np.einsum("akj,kj->ja", tangents.conj(), rest).real
            step = np.einsum("jab,jb->ja", np.linalg.pinv(normal, hermitian=True), slope)
            phi, psi = phi + step[:, 0], psi + step[:, 1]
        result.append((np.abs(alpha - np.exp(-1j * weights * phi) * series(psi)) ** 2).sum(axis=0))
    return np.concatenate(result) if result else np.zeros(0)


def paths_dataset(fields: np.ndarray, times: np.ndarray, orbit: np.ndarray, charges: Sequence[int]) -> xr.Dataset:
    """Sums over trajectories of swings and distances, which jobs of one ensemble add up.

    Parameters
    ----------
    fields : complex array (n_samples, n_modes, n_trajectories)
        At ``times`` (n_samples,).
    orbit, charges
        As `squared_distances` takes them.

    Swings count from `SETTLED_TIME` on, early in the first half of what is left, late in the second. Distances are
    those at the last time.
    """
    left = np.flatnonzero(times >= min(SETTLED_TIME, times[-1] / 2))
    halves = np.array_split(left, 2)
    found = np.stack([swings(fields[half], orbit) for half in halves])
    undamped = np.where(np.isnan(found), np.nan, found >= KEPT_SWING).sum(axis=2)
    distances = squared_distances(fields[-1], orbit, charges)
    data = xr.Dataset(
        {
            "undamped": (("half", "mode"), undamped, {"units": "1"}),
            "swing": (("half", "mode"), found.sum(axis=2), {"units": "1"}),
            "swing_squared": (("half", "mode"), (found**2).sum(axis=2), {"units": "1"}),
            "distance_squared": ((), distances.sum(), {"units": "1"}),
            "distance_fourth": ((), (distances**2).sum(), {"units": "1"}),
        },
        coords={"half": ["early", "late"], "mode": np.arange(1, fields.shape[1] + 1)},
    )
    data["half_start"] = ("half", [times[half[0]] for half in halves], {"units": "1/eta"})
    data["half_end"] = ("half", [times[half[-1]] for half in halves], {"units": "1/eta"})
    return data.set_coords(["half_start", "half_end"])


def swing_table(data: xr.Dataset) -> pd.DataFrame:
    """Rows of table ``torus_swings``, from the sums of all jobs.

    Standard errors are those of independent trajectories.
    """
    rows = []
    for aleph in data["aleph"].values:
        one = data.sel(aleph=aleph)
        count = one["n_weighted"].item()
        for half in one["half"].values:
            for mode in one["mode"].values:
                at = {"half": half, "mode": mode}
                mean = one["swing"].sel(at).item() / count
                square = one["swing_squared"].sel(at).item() / count
                share = one["undamped"].sel(at).item() / count
                rows.append(
                    {
                        "aleph": aleph,
                        "mode": mode,
                        "half": half,
                        "time_min": one["half_start"].sel(half=half).item(),
                        "time_max": one["half_end"].sel(half=half).item(),
                        "swing": mean,
                        "swing_stderr": np.sqrt(max(square - mean**2, 0.0) / max(count - 1, 1)),
                        "undamped": share,
                        "undamped_stderr": np.sqrt(share * (1 - share) / count),
                        "n_trajectories": count,
                    }
                )
    return pd.DataFrame(rows)


def distance_table(data: xr.Dataset) -> pd.DataFrame:
    """Rows of table ``torus_distances``: mean squared distance of the unscaled field from the torus, last time."""
    rows = []
    for aleph in data["aleph"].values:
        one = data.sel(aleph=aleph)
        count = one["n_weighted"].item()
        mean, square = one["distance_squared"].item() / count, one["distance_fourth"].item() / count
        rows.append(
            {
                "aleph": aleph,
                "time": one["half_end"].sel(half="late").item(),
                "distance_squared": aleph * mean,
                "distance_squared_stderr": aleph * np.sqrt(max(square - mean**2, 0.0) / max(count - 1, 1)),
                "n_trajectories": count,
            }
        )
    return pd.DataFrame(rows)
