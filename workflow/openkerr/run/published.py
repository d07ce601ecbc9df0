"""Values that a run, or the tables of a folder, have for the keys that the ledger of claims calls published."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from openkerr.claims.ledger import ClaimsError, Ledger

__all__ = ["configured_values", "recorded_values"]

_MODEL_TABLES: Mapping[str, tuple[str, ...]] = {
    "torus": ("torus_parameters", "torus_circular_variance"),
    "chain": ("chain_parameters",),
}
"""Tables of each system whose rules take the model of the configuration as parameters."""


def configured_values(ledger: Ledger, config: Mapping[str, Any]) -> dict[str, Any]:
    """Return the value that a configuration, as plain nested mappings, has for every published key.

    Raises
    ------
    ClaimsError
        For a key that the configuration does not have.
    """
    values = {}
    for key in _keys(ledger):
        found: Any = config
        for step in key.split("."):
            if not isinstance(found, Mapping) or step not in found:
                raise ClaimsError(f"published.{key} is not a key of the configuration")
            found = found[step]
        values[key] = found
    return values


def recorded_values(ledger: Ledger, tables: Path) -> dict[str, Any]:
    """Return the values of published keys that stand in the provenance of a folder of tables; others are left out."""
    values = {}
    for system, names in _MODEL_TABLES.items():
        known: dict[str, Any] = {}
        for name in names:
            try:
                parameters = json.loads((tables / f"{name}.json").read_text("utf-8"))["provenance"]["parameters"]
            except (OSError, ValueError, KeyError, TypeError):
                continue
            for key, value in parameters.get("model", {}).items():
                known.setdefault(f"{system}.model.{key}", value)
            if "initial_amplitude" in parameters:
                known.setdefault(f"{system}.initial_amplitude", parameters["initial_amplitude"])
        values.update(known)
    return {key: values[key] for key in _keys(ledger) if key in values}


def _keys(ledger: Ledger) -> Iterable[str]:
    return (key for keys in ledger.published.values() for key in keys)
