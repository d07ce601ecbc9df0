"""Samples of attractors as a labelled data set."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import xarray as xr

from openkerr.solvers.sweeps import AttractorSamples


def samples_dataset(
    samples: AttractorSamples, omegas: Sequence[float], *, sweep: str, tunneling: float, averaging_time: float
) -> xr.Dataset:
    """Label what a sweep over omega has found: dimensions (omega, start, exponent | mode | sample), ascending omega.

    Rates and frequencies are in units of eta, ``averaging_time`` in 1/eta; modes count from 1.
    """
    n_modes = samples.final.shape[2]
    data = xr.Dataset(
        {
            "exponent_value": (("omega", "start", "exponent"), samples.exponents, {"units": "eta"}),
            "exponent_stderr": (("omega", "start", "exponent"), samples.stderr, {"units": "eta"}),
            "exponent_systematic": (("omega", "start", "exponent"), samples.systematic, {"units": "eta"}),
            "aligned": (("omega", "start"), samples.aligned.astype(int), {"units": "1"}),
            "nu_phi": (("omega", "start"), samples.nu_phi, {"units": "eta"}),
            "nu_psi": (("omega", "start"), samples.nu_psi, {"units": "eta"}),
            "final_re": (("omega", "start", "mode"), samples.final.real, {"units": "1"}),
            "final_im": (("omega", "start", "mode"), samples.final.imag, {"units": "1"}),
            "tunneling": ((), float(tunneling), {"units": "eta"}),
            "averaging_time": ((), float(averaging_time), {"units": "1/eta"}),
        },
        coords={
            "omega": ("omega", np.asarray(omegas, dtype=float), {"units": "eta"}),
            "start": np.arange(samples.exponents.shape[1]),
            "mode": np.arange(1, n_modes + 1),
        },
        attrs={"sweep": sweep},
    )
    if samples.series is not None:
        data["series_re"] = (("omega", "start", "mode", "sample"), samples.series.real, {"units": "1"})
        data["series_im"] = (("omega", "start", "mode", "sample"), samples.series.imag, {"units": "1"})
    return data.sortby("omega")
