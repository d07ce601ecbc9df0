"""Building blocks of the configuration: strict sections and their fields."""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal, InvalidOperation
from itertools import zip_longest
from types import NoneType, UnionType
from typing import Annotated, Any, TypeVar, Union, get_args, get_origin

from pydantic import BaseModel, ConfigDict, Field, ValidationInfo, create_model, field_validator
from pydantic.fields import FieldInfo
from pydantic_core import PydanticCustomError

_NUMBER = re.compile(r"[-+]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][-+]?[0-9]+)?", re.ASCII)


class Section(BaseModel):
    """A block of the configuration: strict, but for numbers that YAML reads as text, such as ``4e4``."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False, strict=True)

    @field_validator("*", mode="before")
    @classmethod
    def _read_plain_data(cls, value: Any, info: ValidationInfo) -> Any:
        assert info.field_name is not None  # a field's validator is called for a field
        return _typed(value, cls.model_fields[info.field_name].annotation)

    @field_validator("*")
    @classmethod
    def _is_a_choice(cls, value: Any, info: ValidationInfo) -> Any:
        assert info.field_name is not None
        extra = cls.model_fields[info.field_name].json_schema_extra
        choices = extra.get("enum") if isinstance(extra, dict) else None
        if isinstance(choices, list) and value not in choices:
            raise refuse(f"one of {', '.join(map(str, choices))}")
        return value


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


_Complete = TypeVar("_Complete", bound=Section)


def complete(section: type[_Complete]) -> type[_Complete]:
    """Make all fields required, of a section with the fields of a model's parameter class: decorator of the section."""
    fields: dict[str, Any] = {}
    for key, field in section.model_fields.items():
        parts = field.asdict()
        attributes = {word: value for word, value in parts["attributes"].items() if not word.startswith("default")}
        kind: Any = parts["annotation"]
        fields[key] = Annotated[(kind, *parts["metadata"], Field(**attributes))]
    return create_model(
        section.__name__, __base__=section, __module__=section.__module__, __doc__=section.__doc__, **fields
    )


def setting(
    description: str, unit: str = "none", rule: str | None = None, choices: Sequence[str] = (), **limits: Any
) -> Any:
    """Required field with its meaning, unit, the condition that its schema cannot say, and the texts it may hold."""
    extra: dict[str, Any] = {"unit": unit} | ({"rule": rule} if rule else {})
    extra |= {"enum": list(choices)} if choices else {}
    return Field(description=description, json_schema_extra=extra, **limits)


def cut(description: str, unit: str) -> Any:
    """Required number > 0 that cuts simulations into jobs and decides no result, see `decisive`."""
    limits = {"ge": 1, "le": 1_000_000_000} if unit in ("batches", "groups") else {"gt": 0, "le": 1e12}
    return Field(description=description, json_schema_extra={"unit": unit, "cuts": True}, **limits)


def decisive(value: Any) -> Any:
    """Plain JSON values of a block, or of a list of them, without the settings that only cut simulations into jobs."""
    if isinstance(value, BaseModel):
        kept = [name for name, field in type(value).model_fields.items() if not _cuts(field)]
        return {name: decisive(getattr(value, name)) for name in kept}
    return [decisive(item) for item in value] if isinstance(value, tuple) else value


def _cuts(field: FieldInfo) -> bool:
    return isinstance(field.json_schema_extra, dict) and "cuts" in field.json_schema_extra


def block(description: str | None, used: str, **limits: Any) -> Any:
    """Required block with its meaning and the places where its values enter."""
    return Field(description=description, json_schema_extra={"used": used}, **limits)
