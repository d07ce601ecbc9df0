"""The quantum-to-classical rescaling of the two cavities (arXiv:2507.03764, Eq. 4)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["POWERS", "parameters_table"]

POWERS: Mapping[str, float] = {
    "omega": 0.0,
    "kerr": -1.0,
    "tunneling": -0.5,
    "pump_rate": 0.0,
    "two_photon_loss_rate": -1.0,
}
"""Parameter → power of aleph that leads from its rescaled value to the one in the Hamiltonian and dissipators."""


def parameters_table(model: Mapping[str, Any], alephs: Sequence[float]) -> pd.DataFrame:
    """Return the table `torus_parameters`; `model` holds rescaled values, one for both cavities or one for each."""
    import pandas as pd

    rows = []
    for aleph in sorted(alephs):
        for name, power in POWERS.items():
            values = model[name] if isinstance(model[name], Sequence) else [model[name]]
            for index, value in enumerate(values):
                rows.append((aleph, name, index + 1 if len(values) > 1 else 0, value, value * aleph**power))
    return pd.DataFrame(rows, columns=["aleph", "parameter", "mode", "rescaled", "value"])
