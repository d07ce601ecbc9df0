"""Tables of the trapped ion: its effective parameters, and the region of (aleph, unit of rates) that ions can reach."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["ion_table", "largest_unit", "region_table"]

PER_SECOND = 1e-3 / (2 * np.pi)


def ion_table(
    values: Iterable[tuple[str, int | None, float, str]],
    realised: Mapping[str, Sequence[float]],
    wanted: Mapping[str, Any],
    ratios: Iterable[tuple[str, int, float]],
    largest_ratio: float,
) -> pd.DataFrame:
    """Return the table `torus_trapped_ion`.

    Takes effective parameters (name, mode or None, value, unit), rescaled ones as realised and as wanted (name to one
    value, or one a mode), the ratios (name, mode, value) and the limit of all of them.
    """
    import pandas as pd

    rows: list[tuple] = [("effective", name, mode or 0, value, unit, None) for name, mode, value, unit in values]
    for name, pair in realised.items():
        aims = wanted[name] if isinstance(wanted[name], Sequence) else [wanted[name]]
        for index, (value, aim) in enumerate(zip(pair, aims, strict=True)):
            rows.append(("rescaled", name, index + 1 if len(pair) > 1 else 0, value, "eta", aim))
    rows += [("ratio", name, mode, value, "1", largest_ratio) for name, mode, value in ratios]
    return pd.DataFrame(rows, columns=["kind", "name", "mode", "value", "unit", "reference"])


def largest_unit(
    lamb_dicke: float,
    aleph: float,
    *,
    largest_ratio: float,
    largest_rabi_frequency: float,
    largest_decay: float,
    secular_frequency: float,
    population: float,
    tunneling: float,
    pump_rate: float,
    two_photon_loss_rate: float,
) -> tuple[float, str]:
    """Return the largest unit of rates, over 2 pi in kHz, at which all ratios are small, and the process that sets it.

    Every process takes the laser and decay that suit it best, up to the largest ones (kHz) and to `largest_ratio`
    times the secular frequency (kHz). The unit is zero where the Lamb-Dicke ratio eta_LD sqrt(n), n = aleph
    population, is not small. `tunneling`, `pump_rate` and `two_photon_loss_rate` are the rescaled parameters wanted,
    one mode standing for both.
    """
    small, phonons = largest_ratio, aleph * population
    if lamb_dicke * np.sqrt(phonons) > small:
        return 0.0, "lamb_dicke"
    rabi = min(largest_rabi_frequency, small * secular_frequency)
    decay = min(largest_decay, small * secular_frequency)
    # Delta of the tunneling: as large as its own bound, or as needed for Omega/|Delta|.
    exchange = lamb_dicke**3 * small * min(rabi, small**2 * secular_frequency) / 8
    pumped = min(decay, rabi * lamb_dicke * np.sqrt(phonons + 1) / small)
    lost = min(decay, rabi * lamb_dicke**2 * phonons / (2 * small))
    bounds = {
        "tunneling": exchange * np.sqrt(aleph) / tunneling,
        "pump": small**2 * pumped / (phonons + 1) / pump_rate,
        "loss": small**2 * lost / phonons**2 * aleph / two_photon_loss_rate,
    }
    bound = min(bounds, key=bounds.__getitem__)
    return float(bounds[bound]), bound


def region_table(
    lamb_dicke: Sequence[float], alephs: Sequence[float], heating_rate: float, **limits: float
) -> pd.DataFrame:
    """Return the table `torus_ion_region`: `largest_unit` over Lamb-Dicke parameters and alephs.

    The smallest unit is that at which the heating (phonons/s) is small against the pump. `limits` are the other
    arguments of `largest_unit`.
    """
    import pandas as pd

    smallest = heating_rate * PER_SECOND / (limits["largest_ratio"] * limits["pump_rate"])
    rows = [(each, aleph, *largest_unit(each, aleph, **limits), smallest) for each in lamb_dicke for aleph in alephs]
    return pd.DataFrame(rows, columns=["lamb_dicke", "aleph", "largest_unit", "bound", "smallest_unit"])
