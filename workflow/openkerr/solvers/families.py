"""Families of models: the same system at other values of one parameter."""

from __future__ import annotations

from collections.abc import Callable

from openkerr.models.base import Model

Family = Callable[[float], Model]


def vary(model: Model, name: str) -> Family:
    """Models that differ in one parameter.

    A parameter that is a tuple, one entry a mode, takes the value in its first mode; the others keep their difference
    from it, so that the model itself is one of the family.

    Raises
    ------
    ValueError
        If the model has no such parameter.
    """
    if name not in type(model).model_fields:
        raise ValueError(f"{type(model).__name__} has no parameter '{name}'")
    current = getattr(model, name)

    def family(value: float) -> Model:
        new: float | tuple[float, ...] = value
        if isinstance(current, tuple):
            # Equal entries stay equal, and the model's own value gives its own entries, both to the last bit.
            first = current[0]
            new = tuple(value if entry == first else entry + (value - first) for entry in current)
        return type(model).model_validate({**model.model_dump(), name: new})

    return family
