"""Building blocks of the configuration: strict sections and their fields."""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal, InvalidOperation
from itertools import zip_longest
from types import NoneType, UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel, ConfigDict, Field, ValidationInfo, create_model, field_validator
from pydantic_core import PydanticCustomError

_NUMBER = re.compile(r"[-+]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][-+]?[0-9]+)?", re.ASCII)


class Section(BaseModel):
    """A block of the configuration: strict, but for numbers that YAML reads as text, such as ``4e4``."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False, strict=True)

    @field_validator("*", mode="before")
    @classmethod
    def _read_plain_data(cls, value: Any, info: ValidationInfo) -> Any:
        return _typed(value, cls.model_fields[info.field_name].annotation)


def _typed(value: Any, annotation: Any) -> Any:
    """Lists as tuples and numeric text as numbers where the annotation says so; all else as it is."""
    if get_origin(annotation) is Annotated:
        return _typed(value, get_args(annotation)[0])
    members = [kind for kind in get_args(annotation) if kind is not NoneType]
    if get_origin(annotation) in (Union, UnionType) and len(members) == 1:
        return _typed(value, members[0])
    if get_origin(annotation) is tuple and isinstance(value, list):
        kinds = get_args(annotation)
        fill = kinds[0] if kinds[-1] is Ellipsis else None
        pairs = zip_longest(value, () if fill else kinds[: len(value)], fillvalue=fill)
        return tuple(_typed(item, kind) for item, kind in pairs)
    if annotation is float:
        return as_number(value)
    if annotation is int and isinstance(value, str | float):
        return _whole(value)
    return value


def as_number(value: Any) -> Any:
    """The number that a text such as ``4e4`` stands for, else the value itself."""
    return float(value) if isinstance(value, str) and _NUMBER.fullmatch(value) else value


def _whole(value: str | float) -> Any:
    """The whole number that a text or float stands for, else the value itself."""
    if isinstance(value, str) and not _NUMBER.fullmatch(value):
        return value
    try:
        number = Decimal(value)
    except InvalidOperation:
        return value
    # The bound keeps 1e999999 from becoming an integer of a million digits.
    small = number.is_finite() and number.adjusted() < 30
    return int(number) if small and number == number.to_integral_value() else value


def refuse(text: str, at: Sequence[str | int] = ()) -> PydanticCustomError:
    """Error of a check that joins several keys; ``at`` leads from the checked field to the value to blame."""
    return PydanticCustomError("config", "{allowed}", {"allowed": text, "at": tuple(at)})


def complete(name: str, parameters: type[BaseModel], module: str) -> type[Section]:
    """Section with the fields of a model's parameter class, all of them required."""
    fields = {}
    for key, field in parameters.model_fields.items():
        kind, metadata, attributes = (field.asdict()[part] for part in ("annotation", "metadata", "attributes"))
        attributes = {word: value for word, value in attributes.items() if not word.startswith("default")}
        fields[key] = Annotated[(kind, *metadata, Field(**attributes))]
    return create_model(name, __base__=(Section, parameters), __module__=module, __doc__=parameters.__doc__, **fields)


def setting(description: str, unit: str = "none", rule: str | None = None, **limits: Any) -> Any:
    """Required field with its meaning, unit and the condition that its schema cannot say."""
    extra = {"unit": unit} | ({"rule": rule} if rule else {})
    return Field(description=description, json_schema_extra=extra, **limits)


def cut(description: str, unit: str) -> Any:
    """Required number > 0 that cuts simulations into jobs and decides no result, see `decisive`."""
    limits = {"ge": 1, "le": 1_000_000_000} if unit in ("batches", "groups") else {"gt": 0, "le": 1e12}
    return Field(description=description, json_schema_extra={"unit": unit, "cuts": True}, **limits)


def decisive(value: Any) -> Any:
    """Plain JSON values of a block, or of a list of them, without the settings that only cut simulations into jobs."""
    if isinstance(value, BaseModel):
        fields = type(value).model_fields
        kept = [name for name, field in fields.items() if not (field.json_schema_extra or {}).get("cuts")]
        return {name: decisive(getattr(value, name)) for name in kept}
    return [decisive(item) for item in value] if isinstance(value, tuple) else value


def block(description: str, used: str, **limits: Any) -> Any:
    """Required block with its meaning and the places where its values enter."""
    return Field(description=description, json_schema_extra={"used": used}, **limits)
