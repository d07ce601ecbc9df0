"""What every figure says of itself, read without importing what draws it.

A figure is a module of this folder with literals beside its function ``draw``:

    PAPER     torus, chain, or methods: the target that it belongs to
    TITLE     one line
    INPUTS    names of its tables and grids, in the order of the arguments of ``draw``
    SETTINGS  name in its caption -> place in the configuration, such as ``torus.model``; default: none
    DRAWN     further argument of ``draw`` -> place in the settings, such as ``gaps.fit_window``; default: none
"""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

__all__ = ["FIGURES", "Declaration", "at_place", "read_declaration"]

_KEYS = {"PAPER", "TITLE", "INPUTS", "SETTINGS", "DRAWN"}


@dataclass(frozen=True)
class Declaration:
    """The literals of one figure."""

    paper: str
    title: str
    inputs: tuple[str, ...]
    settings: Mapping[str, str] = field(default_factory=dict)
    drawn: Mapping[str, str] = field(default_factory=dict)


def at_place(values: Any, place: str) -> Any:
    """Return what stands at a dotted place, such as ``cases.0.length``, in mappings, lists and objects."""
    for step in place.split("."):
        if isinstance(values, Mapping):
            values = values[step]
        else:
            values = values[int(step)] if isinstance(values, list | tuple) else getattr(values, step)
    return values


def read_declaration(path: Path, **given: Any) -> Declaration | None:
    """Return the literals of a module, and those given for it; None for a module without any."""
    found = dict(given)
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name) and node.targets[0].id in _KEYS:
            found[node.targets[0].id.lower()] = ast.literal_eval(node.value)
    return Declaration(**found) if "title" in found else None


def _read(folder: Path) -> dict[str, Declaration]:
    found = {path.stem: read_declaration(path) for path in sorted(folder.glob("*.py"))}
    return {name: declared for name, declared in found.items() if declared is not None}


FIGURES: Mapping[str, Declaration] = _read(Path(__file__).parent)
"""All figures by name."""
