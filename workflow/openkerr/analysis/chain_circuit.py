"""The chain in units of a circuit: what rates in units of the loss at the ends ask of microwave resonators."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from scipy import constants

MEGA, GIGA = 1e6, 1e9


def circuit_table(model: Mapping[str, float], circuit: Mapping[str, float], drive_amplitude: float) -> pd.DataFrame:
    """Rows of table ``chain_circuit``; none where the ends lose nothing, and gamma is no unit.

    Parameters
    ----------
    model : mapping
        ``detuning``, ``hopping``, ``kerr``, ``loss_rate`` of the chain, in units of gamma.
    circuit : mapping
        ``loss_rate`` gamma/2π in MHz, ``frequency`` of the resonators in GHz, ``quality``: their own quality factor.
    drive_amplitude : float
        Drive F in units of gamma at which power and validity are told.

    Notes
    -----
    A resonator of quality Q loses photons at κ = ω/Q. The line that takes them from the first site at the rate γ brings
    the drive: F = √γ a_in, so the power is ħω F²/γ. The rotating frame asks for rates that are small beside ω; the
    shift U n of a resonator in the wave, Δ + 2J cos k, is one of them.
    """
    columns = ["name", "value", "unit"]
    if model["loss_rate"] == 0:
        return pd.DataFrame(columns=columns)
    unit = circuit["loss_rate"] / model["loss_rate"]
    frequency = circuit["frequency"] * GIGA
    intrinsic = frequency / circuit["quality"] / MEGA
    angular = 2 * np.pi * unit * MEGA
    flux = drive_amplitude**2 / model["loss_rate"] * angular
    power = constants.h * frequency * flux
    rates = {name: abs(model[name]) * unit for name in ("detuning", "hopping", "kerr")}
    rates |= {"drive_amplitude": drive_amplitude * unit, "largest_shift": rates["detuning"] + 2 * rates["hopping"]}
    rows = [
        ("loss_rate", circuit["loss_rate"], "MHz"),
        *((name, value, "MHz") for name, value in rates.items()),
        ("intrinsic_loss_rate", intrinsic, "MHz"),
        ("intrinsic_loss", intrinsic / unit, "gamma"),
        ("time", 1.0 / angular / 1e-6, "us"),
        ("drive_power", 10 * np.log10(power / 1e-3), "dBm"),
        ("rate_over_frequency", max(rates.values()) * MEGA / frequency, "1"),
    ]
    return pd.DataFrame(rows, columns=columns)
