"""Two microwave cavities as the model: parameters of a circuit to those of the model (arXiv:2507.03764, Sec. IV).

    tunneling      a junction of energy E_J sees both cavities with zero-point phases phi_1, phi_2; pumped with the
                   relative amplitude epsilon at omega_p = 2 omega_1 - omega_2 it gives J = E_J epsilon phi_1² phi_2 / 2
                   (Lescanne et al., Nature Physics 16, 509 (2020), where the two-to-one exchange is g_2)
    two-photon loss   the same exchange of strength g with a buffer of decay kappa: eta = 4 g²/kappa
    pump           pairs made with an auxiliary mode, g (a† b† + h.c.), of decay kappa: gamma = 4 g²/kappa
    single-photon loss   omega/Q, which the model has not

Rates and frequencies are angular ones over 2 pi.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from openkerr.analysis.trapped_ion import ion_table

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["circuit_table"]

GIGA_PER_KILO = 1e-6
KILO_PER_MEGA = 1e3


def circuit_table(model: Mapping[str, Any], circuit: Mapping[str, Any]) -> pd.DataFrame:
    """Rows of table ``torus_circuit``: effective and rescaled parameters, and ratios that must be small.

    Parameters
    ----------
    model : mapping
        Rescaled parameters that are wanted, in units of eta: omega, kerr, tunneling, pump_rate, two_photon_loss_rate.
    circuit : mapping
        Keys of ``torus.circuit``.
    """
    pair = {
        key: np.broadcast_to(np.asarray(circuit[key], dtype=float), 2) for key in circuit
    }  # one value stands for both
    gain = 4 * pair["gain_coupling"] ** 2 / pair["gain_decay"] * KILO_PER_MEGA
    loss = 4 * pair["buffer_coupling"] ** 2 / pair["buffer_decay"] * KILO_PER_MEGA
    phases = pair["zero_point_phase"]
    tunneling = circuit["josephson_energy"] / GIGA_PER_KILO * circuit["modulation"] * phases[0] ** 2 * phases[1] / 2
    wanted = {key: np.broadcast_to(np.asarray(model[key], dtype=float), 2) for key in ("omega", "pump_rate")}
    wanted_loss = np.broadcast_to(np.asarray(model["two_photon_loss_rate"], dtype=float), 2)
    unit = gain[0] / wanted["pump_rate"][0]
    aleph = unit * wanted_loss[0] / loss[0]
    intrinsic = pair["frequency"] / pair["quality"] / GIGA_PER_KILO
    detuning = 2 * wanted["omega"][0] - wanted["omega"][1]
    pump_frequency = 2 * pair["frequency"][0] - pair["frequency"][1] - detuning * unit * GIGA_PER_KILO
    values: list[tuple[str, int | None, float, str]] = [
        ("aleph", None, float(aleph), "1"),
        ("unit", None, float(unit), "kHz"),
        ("tunneling_pump_frequency", None, float(pump_frequency), "GHz"),
        ("tunneling", None, float(tunneling), "kHz"),
    ]
    for name, both in (
        ("pump_rate", gain), ("two_photon_loss_rate", loss), ("kerr", pair["kerr"]), ("single_photon_loss", intrinsic)
    ):  # fmt: skip
        values += [(name, mode + 1, float(value), "kHz") for mode, value in enumerate(both)]
    realised = {
        "kerr": tuple(map(float, pair["kerr"] * aleph / unit)),
        "tunneling": (float(tunneling * np.sqrt(aleph) / unit),),
        "pump_rate": tuple(map(float, gain / unit)),
        "two_photon_loss_rate": tuple(map(float, loss * aleph / unit)),
    }
    photons = pair["population"] * aleph
    ratios = {
        "zero-point phase sqrt(n)": phases * np.sqrt(photons),
        "tunneling modulation": np.full(2, circuit["modulation"]),
        "loss 4 g sqrt(n)/kappa": 4 * pair["buffer_coupling"] * np.sqrt(photons) / pair["buffer_decay"],
        "gain 2 g/kappa": 2 * pair["gain_coupling"] / pair["gain_decay"],
        "Kerr U n/buffer decay": np.abs(pair["kerr"]) * photons / (pair["buffer_decay"] * KILO_PER_MEGA),
        "single-photon loss/pump rate": intrinsic / gain,
        "unit/pump frequency": np.full(2, unit * GIGA_PER_KILO / np.abs(pump_frequency)),
    }
    rows = [(name, mode + 1, float(value)) for name, both in ratios.items() for mode, value in enumerate(both)]
    return ion_table(values, realised, model, rows, circuit["largest_ratio"])
