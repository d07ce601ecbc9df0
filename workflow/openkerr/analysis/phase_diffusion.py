"""Tables of phase diffusion and of what it makes of the lines: gaps, the slowest of them, weights of the angles."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import product
from typing import Any, TypeVar

import numpy as np
import pandas as pd

SECTORS = (0, 1, 2, 3)
"""Charges k whose lines are listed."""

N_RANKED = 24
"""Lines of all charges that are listed by their gaps."""

WEIGHT_TOLERANCE = 1e-10
"""Share of |exp(i theta)|² = 1 that the lines which are left out may hold; largest order that is looked at for it."""
MAX_WEIGHT_ORDER = 512


def diffusion_table(points: Sequence, aleph: float) -> pd.DataFrame:
    """Rows of table ``torus_diffusion`` for the classical limit.

    Parameters
    ----------
    points : sequence
        With ``value`` (omega), ``attractor`` and ``diffusion`` (``frequencies``, ``diffusion``, ``diffusion_error``,
        ``shift``, ``shift_error``), of a model at ``aleph``.
    aleph : float
        What diffusion and shifts are multiplied by.
    """
    rows = []
    for point in points:
        found = point.diffusion
        torus = len(found.frequencies) == 2
        names = ("phi", "psi")[: len(found.frequencies)]
        one = point.attractor
        errors = (one.nu_phi_error, one.nu_psi_error) if torus else (one.nu_error,)
        row = {
            "omega": point.value,
            "attractor": "limit_torus" if torus else "limit_cycle",
            "method": "linear_noise",
            "aleph": np.nan,
        }
        for a, name in enumerate(names):
            row |= {f"nu_{name}": found.frequencies[a], f"nu_{name}_stderr": errors[a]}
            row |= {f"shift_{name}": aleph * found.shift[a], f"shift_{name}_stderr": aleph * found.shift_error[a]}
            for b, other in list(enumerate(names))[a:]:
                value, error = found.diffusion[a, b], found.diffusion_error[a, b]
                row |= {f"d_{name}_{other}": aleph * value, f"d_{name}_{other}_stderr": aleph * error}
        rows.append(row)
    names = ("nu_phi", "nu_psi", "d_phi_phi", "d_phi_psi", "d_psi_psi", "shift_phi", "shift_psi")
    estimates = [column for name in names for column in (name, f"{name}_stderr")]
    return pd.DataFrame(rows, columns=["omega", "attractor", "method", "aleph", *estimates])


_Numbers = TypeVar("_Numbers", float, np.ndarray)


def line_gap(d_phi_phi: float, d_phi_psi: float, d_psi_psi: float, charge: _Numbers, order: _Numbers) -> _Numbers:
    """Gap times aleph of the line (charge, order): (k² D_phiphi + 2 k m D_phipsi + m² D_psipsi)/2; broadcasts."""
    return 0.5 * (charge**2 * d_phi_phi + 2 * charge * order * d_phi_psi + order**2 * d_psi_psi)


def slowest_order(d_phi_psi: float, d_psi_psi: float, charge: int) -> int:
    """Order m of the line of a sector with the smallest gap, the one without decay (0, 0) left out."""
    best = -charge * d_phi_psi / d_psi_psi
    candidates = {int(np.floor(best)), int(np.ceil(best))} if charge else {1}
    return min(candidates, key=lambda m: (m - best) ** 2)


def slowest_line(d_phi_phi: float, d_phi_psi: float, d_psi_psi: float) -> tuple[int, int]:
    """(k, m) other than (0, 0) of the smallest gap of all, k >= 0: the shortest vector of a lattice of two dimensions.

    Raises
    ------
    ValueError
        If the quadratic form is not positive definite.
    """
    short, _ = _reduced_basis(d_phi_phi, d_phi_psi, d_psi_psi)
    k, m = (short if tuple(short) > (0, 0) else -short).tolist()
    return k, m


def slow_lines(d_phi_phi: float, d_phi_psi: float, d_psi_psi: float, count: int) -> list[tuple[int, int]]:
    """(k, m) of the so many smallest gaps of all charges, smallest first; of a conjugate pair the one with k >= 0.

    Raises
    ------
    ValueError
        If the quadratic form is not positive definite.
    """
    short, long = _reduced_basis(d_phi_phi, d_phi_psi, d_psi_psi)
    # In a reduced basis a vector with a coordinate beyond n is longer than the n multiples of the shortest one.
    steps = np.arange(-count - 1, count + 2)
    vectors = (steps[:, None, None] * short + steps[None, :, None] * long).reshape(-1, 2)
    vectors = vectors[(vectors[:, 0] > 0) | ((vectors[:, 0] == 0) & (vectors[:, 1] > 0))]
    gaps = line_gap(d_phi_phi, d_phi_psi, d_psi_psi, *vectors.T)
    order = np.lexsort((vectors[:, 1], vectors[:, 0], gaps))[:count]
    return [(int(k), int(m)) for k, m in vectors[order]]


def _reduced_basis(d_phi_phi: float, d_phi_psi: float, d_psi_psi: float) -> tuple[np.ndarray, np.ndarray]:
    """Shortest basis of all (k, m), by the reduction of Lagrange and Gauss; raises as `slowest_line` does."""
    form = np.array([[d_phi_phi, d_phi_psi], [d_phi_psi, d_psi_psi]])
    if not (d_phi_phi > 0 and np.linalg.det(form) > 0):
        raise ValueError("the diffusion matrix is not positive definite: there is no slowest line")
    short, long = np.array([1, 0]), np.array([0, 1])
    while True:
        if short @ form @ short > long @ form @ long:
            short, long = long, short
        multiple = round((short @ form @ long) / (short @ form @ short))
        if multiple == 0:
            return short, long
        long = long - multiple * short


def lines_of_torus(diffusion: pd.DataFrame, max_order: int) -> pd.DataFrame:
    """Rows of table ``torus_line_gaps``: frequency, shift and gap of every line |m| <= max_order of sectors 0 to 3.

    Parameters
    ----------
    diffusion : pandas.DataFrame
        Table ``torus_diffusion``; the rows of limit tori by linear noise are taken.
    """
    numbers = list(product(SECTORS, range(-max_order, max_order + 1)))
    return _joined([_lines(row, numbers) for row in _tori(diffusion)])


def slowest_lines(diffusion: pd.DataFrame) -> pd.DataFrame:
    """Rows of table ``torus_slowest_lines``: the slowest line of each sector 0 to 3, and of all sectors.

    ``slowest`` is 1 for the latter; its row is added where its sector is beyond 3.
    """
    frames = []
    for row in _tori(diffusion):
        overall = slowest_line(row.d_phi_phi, row.d_phi_psi, row.d_psi_psi)
        chosen = [(k, slowest_order(row.d_phi_psi, row.d_psi_psi, k)) for k in SECTORS]
        frame = _lines(row, chosen + [overall] * (overall not in chosen))
        frames.append(frame.assign(slowest=((frame["sector"] == overall[0]) & (frame["m"] == overall[1])).astype(int)))
    return _joined(frames)


def ranked_lines(diffusion: pd.DataFrame) -> pd.DataFrame:
    """Rows of table ``torus_line_ranks``: the `N_RANKED` slowest lines of all charges, of every torus."""
    frames = []
    for row in _tori(diffusion):
        frame = _lines(row, slow_lines(row.d_phi_phi, row.d_phi_psi, row.d_psi_psi, N_RANKED))
        frames.append(frame.assign(rank=np.arange(1, N_RANKED + 1)))
    return _joined(frames)


def _tori(diffusion: pd.DataFrame) -> list:
    """Rows of limit tori by linear noise; those whose diffusion is not resolved as positive are left out."""
    chosen = diffusion[(diffusion["attractor"] == "limit_torus") & (diffusion["method"] == "linear_noise")]
    chosen = chosen[chosen["d_phi_phi"].gt(0) & (chosen["d_phi_phi"] * chosen["d_psi_psi"] > chosen["d_phi_psi"] ** 2)]
    return list(chosen.itertuples(index=False))


def _joined(frames: list[pd.DataFrame]) -> pd.DataFrame:
    """Rows of all tori; without one, none."""
    return pd.concat(frames) if frames else pd.DataFrame()


def _lines(row: Any, numbers: Iterable[tuple[int, int]]) -> pd.DataFrame:
    """Frequencies, shifts and gaps of lines (k, m) of one torus."""
    k, m = np.array(list(numbers)).T
    errors = (row.d_phi_phi_stderr, row.d_phi_psi_stderr, row.d_psi_psi_stderr)
    return pd.DataFrame(
        {
            "omega": row.omega,
            "sector": k,
            "m": m,
            "frequency": k * row.nu_phi + m * row.nu_psi,
            "frequency_shift_times_aleph": k * row.shift_phi + m * row.shift_psi,
            "linear_gap_times_aleph": line_gap(row.d_phi_phi, row.d_phi_psi, row.d_psi_psi, k, m),
            # Errors of a resolution do not average out.
            "linear_gap_times_aleph_stderr": line_gap(*errors, np.abs(k), np.abs(m)),
        }
    )


def angle_weights(orbit: Any, mode: int, charge: int) -> tuple[np.ndarray, np.ndarray]:
    """Fourier weights of exp(i theta), theta the phase of one mode, along a limit torus.

    exp(i theta) = sum_m weight_m exp(-i (charge phi + m psi)), where the windings of theta need no care.  Where the
    orbit comes close to a field of zero the weights fall off slowly.

    Parameters
    ----------
    orbit : RelativePeriodicOrbit
        With ``lines``.
    mode, charge : int
        Mode, from 0, and its weight in the symmetry.

    Returns
    -------
    orders, weights : (n_lines,) int, complex
        All orders up to the least modulus beyond which the lines hold no more than `WEIGHT_TOLERANCE` of the whole.

    Raises
    ------
    ValueError
        If orders up to `MAX_WEIGHT_ORDER` do not suffice: the orbit passes through zero, and theta is no smooth
        function on the torus.
    """

    def phase(fields: np.ndarray) -> np.ndarray:
        return np.exp(1j * np.angle(fields[mode]))

    orders = np.arange(-MAX_WEIGHT_ORDER, MAX_WEIGHT_ORDER + 1)
    _, weights = orbit.lines(phase, charge, MAX_WEIGHT_ORDER, 4 * MAX_WEIGHT_ORDER)
    power = np.abs(weights) ** 2
    held = np.array([power[np.abs(orders) <= limit].sum() for limit in range(MAX_WEIGHT_ORDER + 1)])
    enough = np.flatnonzero(1.0 - held < WEIGHT_TOLERANCE)
    if not enough.size:
        raise ValueError(
            f"the orbit of mode {mode + 1} passes through zero: its phase has no converging Fourier series"
        )
    inside = np.abs(orders) <= enough[0]
    return orders[inside], weights[inside]


def angle_weights_table(omega: float, start: Any, charges: Sequence[int], aleph: float) -> pd.DataFrame:
    """Rows of table ``torus_angle_weights`` for an ensemble that comes to a limit torus from a coherent state.

    Parameters
    ----------
    omega : float
        Frequency of cavity 1.
    start : TorusStart
        With ``orbit``, ``time``, ``diffusion``, ``start_variance`` and ``start_phase``, of a model at ``aleph``.
    charges : sequence of int
        Weights of the modes in the symmetry.
    aleph : float
        What diffusion is multiplied by.
    """
    frames = []
    for mode, charge in enumerate(charges):
        orders, weights = angle_weights(start.orbit, mode, charge)
        frequencies = charge * start.orbit.nu_phi + orders * start.orbit.nu_psi
        # Referred to the start of the ensemble, from which time is counted.
        weights = weights * np.exp(1j * frequencies * start.time)
        lines = {
            "linear_gap_times_aleph": start.diffusion.gap,
            "frequency_shift_times_aleph": start.diffusion.frequency_shift,
            "start_variance_times_aleph": start.start_variance,
            "start_phase_times_aleph": start.start_phase,
        }
        columns = {"omega": omega, "mode": mode + 1, "sector": charge, "m": orders, "frequency": frequencies}
        columns |= {"weight_real": weights.real, "weight_imag": weights.imag}
        columns |= {name: [aleph * value(charge, int(m)) for m in orders] for name, value in lines.items()}
        frames.append(pd.DataFrame(columns))
    return pd.concat(frames)
