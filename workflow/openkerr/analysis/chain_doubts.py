"""What speaks against a row of the chain's steady states: its step, truncated Wigner itself, or too few photons."""

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

FACTS = ("detuning", "hopping", "kerr", "loss_rate", "intrinsic_loss_rate", "time_step")
"""Scalar coordinates of raw data that decide."""


def doubts(number: np.ndarray, error: np.ndarray, data: xr.Dataset, method: str) -> np.ndarray:
    """First of `DOUBTS` that applies to each site, ``None`` where none does.

    - step: in a step the fastest motion, a rate of 2|J| + |Delta| + |U| n, turns fields by more than `STEP_ANGLE`;
    - interaction: |U| > gamma (n + 1), so that the third derivatives of the Wigner function that are dropped, of order
      U, are not small beside the noise, of order gamma, and there are not many photons either;
    - photon number: n is not above `RESOLVED` standard errors.

    Parameters
    ----------
    number, error : arrays of one shape
        Photon numbers and their standard errors.
    data : xarray.Dataset
        Raw data, whose scalar coordinates `FACTS` are rates of the chain and the step of the integrator.
    method : {"twa", "gpe"}
        Field equation; the Gross-Pitaevskii equation truncates nothing.

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
    )
    found = np.full(np.shape(number), None, dtype=object)
    for name, where in reversed(list(zip(DOUBTS, applies, strict=True))):
        found[np.asarray(where)] = name
    return found
