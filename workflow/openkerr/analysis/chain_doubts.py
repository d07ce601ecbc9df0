"""What speaks against a row of the chain's steady states: step, truncated Wigner itself, too few photons, motion."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from openkerr.analysis.labels import DOUBTS

if TYPE_CHECKING:
    import xarray as xr

STEP_ANGLE = 0.7
"""Radians by which fields may turn a step.

At 0.6, the wave's at a step of 0.04, the splitting's photon numbers are right to 0.1 of 47, number fluctuations to 2 %.
"""

RESOLVED = 5.0
"""Standard errors by which a photon number must differ from zero for ratios to it to be told."""

MOVING = 5.0
"""Standard errors by which the photon number may differ between the halves of a window."""

FACTS = ("detuning", "hopping", "kerr", "loss_rate", "intrinsic_loss_rate", "time_step")
"""Scalar coordinates of raw data that decide."""


def doubts(
    number: np.ndarray, error: np.ndarray, data: xr.Dataset, method: str, stationarity: np.ndarray | None = None
) -> np.ndarray:
    """First of `DOUBTS` that applies to each site, ``None`` where none does.

    - step: in a step the fastest motion, a rate of 2|J| + |Delta| + |U| n, turns fields by more than `STEP_ANGLE`;
    - interaction: |U| > gamma (n + 1), so that the third derivatives of the Wigner function that are dropped, of order
      U, are not small beside the noise, of order gamma, and there are not many photons either;
    - photon number: n is not above `RESOLVED` standard errors;
    - moving: it differs between the halves of the window by more than `MOVING` standard errors, so that what is told
      is a state on its way, or a share of the wave that still changes.

    Parameters
    ----------
    number, error : arrays of one shape
        Photon numbers and their standard errors.
    data : xarray.Dataset
        Raw data, whose scalar coordinates `FACTS` are rates of the chain and the step of the integrator.
    method : {"twa", "gpe"}
        Field equation; the Gross-Pitaevskii equation truncates nothing.
    stationarity : array of the same shape, optional
        Difference between the halves of the window, in standard errors.

    Returns
    -------
    object array of the shape of ``number``
    """
    detuning, hopping, kerr, *losses, time_step = (abs(data[name].item()) for name in FACTS)
    photons, loss = np.maximum(number, 0.0), sum(losses)
    rate = 2.0 * hopping + detuning + kerr * photons
    applies = (
        rate * time_step > STEP_ANGLE,
        (kerr > loss * (photons + 1.0)) & (method == "twa"),
        ~(number > RESOLVED * error),
        np.abs(np.zeros_like(photons) if stationarity is None else stationarity) > MOVING,
    )
    found = np.full(np.shape(number), None, dtype=object)
    for name, where in reversed(list(zip(DOUBTS, applies, strict=True))):
        found[np.asarray(where)] = name
    return found
