"""Spectra and lines of classical orbits."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from openkerr.analysis.spectral_lines import power_spectrum, refine_line

SPECTRUM_LIMIT = 6.0
"""Spectra are kept up to this modulus of the frequency, in units of eta."""

FLOOR_DB = -300.0

OBSERVABLES: tuple[tuple[int, Callable[[np.ndarray], np.ndarray]], ...] = (
    (0, lambda fields: (np.abs(fields[0]) ** 2).astype(complex)),
    (1, lambda fields: fields[0]),
    (2, lambda fields: fields[1]),
    (3, lambda fields: fields[0] * fields[1]),
)
"""Observable of each charge k whose lines are listed: n_1, a_1, a_2, a_1 a_2."""


def spectra_grid(series: np.ndarray, omegas: Sequence[float], interval: float) -> xr.Dataset:
    """Power spectra of sampled fields on one axis of frequency nu, alpha ~ exp(-i nu t).

    Parameters
    ----------
    series : (n_omegas, n_modes, n_samples) complex
    omegas : sequence of float
        Frequencies of cavity 1, in units of eta.
    interval : float
        Time between samples, in 1/eta.

    Returns
    -------
    xarray.Dataset
        ``power_db`` (omega, mode, frequency): a line of amplitude A stands at 20 log10 A.
    """
    # The transform peaks at Omega = -nu.
    axis = -power_spectrum(series[0, 0], interval)[0][::-1]
    inside = np.abs(axis) <= SPECTRUM_LIMIT
    power = np.stack([[power_spectrum(mode, interval)[1][::-1][inside] for mode in fields] for fields in series])
    return xr.Dataset(
        {"power_db": (("omega", "mode", "frequency"), np.maximum(power, FLOOR_DB), {"units": "dB"})},
        coords={
            "omega": ("omega", np.asarray(omegas, dtype=float), {"units": "eta"}),
            "mode": np.arange(1, series.shape[1] + 1),
            "frequency": ("frequency", axis[inside], {"units": "eta"}),
        },
    )


def lines_table(
    omega: float, orbit: Any, diffusion: Any, series: np.ndarray, interval: float, max_order: int
) -> pd.DataFrame:
    """Lines of a limit torus: from its relative periodic orbit, and beside them from a long series.

    Parameters
    ----------
    omega : float
        Frequency of cavity 1.
    orbit : RelativePeriodicOrbit
        With ``lines``, ``nu_phi_error`` and ``nu_psi_error``.
    diffusion : PhaseDiffusion
        With ``gap``, of a model with aleph = 1.
    series : (n_modes, n_samples) complex
        Fields on the same attractor.
    interval : float
        Time between samples, in 1/eta.
    max_order : int
        Lines with |m| up to this are listed.

    Returns
    -------
    pandas.DataFrame
        Columns of table ``torus_lines``; no line is sought in the series where it is too weak to be one.
    """
    rows = []
    for charge, observable in OBSERVABLES:
        frequencies, amplitudes = orbit.lines(observable, charge, max_order)
        values = observable(series)
        orders = range(-max_order, max_order + 1)
        for m, frequency, amplitude in zip(orders, frequencies, amplitudes, strict=True):
            try:
                found = refine_line(values, interval, frequency)[0] if abs(amplitude) > 1e-6 else np.nan
            except ValueError:
                found = np.nan
            rows.append(
                {
                    "omega": omega,
                    "sector": charge,
                    "m": m,
                    "frequency": frequency,
                    "frequency_error": charge * orbit.nu_phi_error + abs(m) * orbit.nu_psi_error,
                    "amplitude": abs(amplitude),
                    "frequency_series": found,
                    "linear_gap_times_aleph": diffusion.gap(charge, m),
                }
            )
    return pd.DataFrame(rows)
