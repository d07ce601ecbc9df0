"""Refusal of parameters of a model that act on nothing."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from openkerr.models.base import Model
from openkerr.settings.fields import refuse

__all__ = ["check_effect"]


def check_effect(model: Model, names: Iterable[str], at: Sequence[str | int] = ()) -> None:
    """Refuse parameters that change no equation at the values of the others; ``at`` leads to their block."""
    for name, index in model.inert(names):
        default = type(model).model_fields[name].get_default()
        default = default if index is None else default[index]
        text = f"{default}, for it changes no equation at the values of the other parameters"
        raise refuse(text, at=(*at, name) if index is None else (*at, name, index))
