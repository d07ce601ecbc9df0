"""The ledger of claims: what was published, which quantity of which table answers it, and by which rule.

`config/claims.yaml` holds the ledger, `openkerr.claims.verdicts` judges it, `docs/claims.md` explains it.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import Field, ValidationError, field_validator, model_validator

from openkerr.settings.fields import Section, as_number, refuse, setting
from openkerr.settings.strict_yaml import StrictYamlError, load_yaml
from openkerr.settings.text import describe_errors, one_line

__all__ = ["Bounds", "Claim", "ClaimsError", "Ledger", "Quantity", "Rule", "load_claims", "plain_value"]

Finite = Annotated[float, Field(allow_inf_nan=False)]
Word = Annotated[str, Field(pattern="^[a-z][a-z0-9_]*$", max_length=64)]
Value = Finite | str

# What a rule of each kind must say, and what it may say besides.
_KEYS: Mapping[str, tuple[frozenset[str], frozenset[str]]] = {
    kind: (frozenset(must), frozenset(may))
    for kind, must, may in (
        ("value", ("sigma", "largest_error"), ("tolerance", "relative_tolerance")),
        ("interval", ("sigma",), ("low", "high")),
        ("sign", ("sigma", "sign"), ()),
        ("order", ("sigma", "relation"), ("tolerance", "relative_tolerance", "largest_error")),
        ("trend", ("sigma", "along", "direction"), ("tolerance", "relative_tolerance", "largest_error")),
        ("count", (), ("low", "high")),
        ("equals", ("values",), ()),
        ("pairs", ("by",), ("sigma", "relation", "besides", "tolerance", "relative_tolerance", "largest_error")),
    )
}


class ClaimsError(ValueError):
    """A ledger that is not allowed; one printable line."""

    def __init__(self, text: str):
        super().__init__(one_line(text))


class Bounds(Section):
    """What the values of a column must be for a row to be taken; all that is given must hold."""

    at_least: Finite | None = setting("least value that is taken", default=None)
    at_most: Finite | None = setting("greatest value that is taken", default=None)
    above: Finite | None = setting("greatest value that is not taken", default=None)
    below: Finite | None = setting("least value that is not taken", default=None)
    exclude: tuple[Value, ...] | None = setting("values that are not taken", default=None, min_length=1)
    same_as: str | None = setting("column of the same row that has the same value", default=None)


class Quantity(Section):
    """Numbers, or words, of one column of a table."""

    table: Word = setting("table that holds it")
    select: dict[str, Value | tuple[Value, ...] | Bounds] = setting(
        "rows: column to value, to a list of values, or to bounds", default={}
    )
    at: dict[Literal["least", "greatest"], str] | None = setting(
        "of these rows the one where a column is least or greatest", default=None, min_length=1, max_length=1
    )
    column: str | None = setting("column", default=None)
    errors: tuple[str, ...] | None = setting(
        "columns of its errors, added in quadrature; otherwise that of the same name with _stderr, or none",
        default=None,
    )
    factor: Finite = setting("number that it is multiplied by", default=1.0)
    times: str | None = setting("column that it is multiplied by", default=None)
    minus: str | None = setting("column that is subtracted, before anything is multiplied", default=None)
    absolute: bool = setting("whether the modulus is taken", default=False)
    reduce: Literal["one", "each", "nearest", "mean", "sum", "least", "greatest", "range"] = setting(
        "what is made of several rows: one (there may be only one), each (all must fulfil the rule), the one "
        "nearest to what was published, their mean, sum, "
        "least or greatest value, or the greatest less the least",
        default="one",
    )

    @field_validator("select", mode="before")
    @classmethod
    def _readplain_values(cls, value: Any) -> Any:
        if not isinstance(value, Mapping):
            return value
        return {key: plain_value(item) for key, item in value.items()}


class Rule(Section):
    """How the verdict is found; which keys a kind has is told in docs/claims.md."""

    kind: Literal["value", "interval", "sign", "order", "trend", "count", "equals", "pairs"] = setting("kind")
    sigma: Annotated[float, Field(gt=0, le=10)] | None = setting("standard errors that decide", default=None)
    tolerance: Annotated[float, Field(ge=0)] | None = setting("slack besides the errors", default=None)
    relative_tolerance: Annotated[float, Field(ge=0, le=1)] | None = setting(
        "slack besides the errors as a share of the value compared with", default=None
    )
    largest_error: Annotated[float, Field(ge=0)] | None = setting(
        "largest standard error that lets agreement be called so", default=None
    )
    low: Finite | None = setting("lower end", default=None)
    high: Finite | None = setting("upper end", default=None)
    sign: Literal["positive", "negative"] | None = setting("sign", default=None)
    relation: Literal["above", "below", "equal"] | None = setting("relation to the other quantity", default=None)
    along: str | None = setting("column along which the trend is", default=None)
    direction: Literal["increasing", "decreasing", "constant"] | None = setting("direction of the trend", default=None)
    values: tuple[Value, ...] | None = setting("words or numbers that are expected", default=None, min_length=1)
    by: tuple[str, ...] | None = setting("columns by which rows are paired", default=None, min_length=1)
    besides: tuple[str, ...] | None = setting(
        "columns that tell rows of measured apart that pair with the same row of against", default=None, min_length=1
    )

    @model_validator(mode="after")
    def _keys_of_its_kind(self) -> Rule:
        must, may = _KEYS[self.kind]
        given = {name for name in type(self).model_fields if name != "kind" and getattr(self, name) is not None}
        for name in sorted(given - must - may):
            raise refuse(f"for the kind {self.kind} the keys {', '.join(sorted(must | may))}", at=(name,))
        for name in sorted(must - given):
            raise refuse(f"a rule of kind {self.kind} with the key {name}")
        if self.kind == "pairs" and self.relation in ("above", "below") and self.sigma is None:
            raise refuse(f"a rule of kind {self.kind} with an order with the key sigma")
        if self.kind in ("interval", "count"):
            if self.low is None and self.high is None:
                raise refuse(f"a rule of kind {self.kind} with the key low, high or both")
            if self.low is not None and self.high is not None and self.low > self.high:
                raise refuse(f"at most high = {self.high:g}", at=("low",))
        slack = {"tolerance", "relative_tolerance", "largest_error"} & given
        if self.relation in ("above", "below") and slack:
            raise refuse("equal, or none of the keys " + ", ".join(sorted(slack)), at=("relation",))
        agreement = (self.relation == "equal" and self.kind == "order") or self.direction == "constant"
        if agreement and self.largest_error is None:
            raise refuse(f"a rule of kind {self.kind} that asks for agreement with the key largest_error")
        return self


class Claim(Section):
    """One claim and what answers it."""

    name: Word = setting("name of the claim", rule="each name once in the list")
    paper: Literal["torus", "chain", "ours", "extensions"] = setting("paper that makes it")
    where: str = setting("place in the paper", min_length=1, max_length=80)
    statement: str = setting("what is claimed, in one sentence", min_length=1, max_length=400)
    published: Finite | None = setting("published value", default=None)
    published_error: Annotated[float, Field(ge=0)] | None = setting("its published error", default=None)
    measured: Quantity = setting("quantity that answers it")
    against: Quantity | None = setting(
        "quantity that it is compared with; for a count, the rows that were searched and must not be empty",
        default=None,
    )
    rule: Rule = setting("rule of the verdict")
    differs: str | None = setting("why our number is not the published one, in a clause", default=None, max_length=400)
    note: str | None = setting("remark that is printed with the verdict", default=None, max_length=400)

    @model_validator(mode="after")
    def _whole(self) -> Claim:
        kind = self.rule.kind
        if kind in ("order", "pairs") and self.against is None:
            raise refuse(f"a claim with the key against, since its rule is of kind {kind}")
        if kind not in ("order", "pairs", "count") and self.against is not None:
            raise refuse(f"no such key, since the rule is of kind {kind}", at=("against",))
        if kind == "value" and self.published is None:
            raise refuse("a claim with the key published, since its rule is of kind value")
        if self.published_error is not None and self.published is None:
            raise refuse("no error without the key published", at=("published_error",))
        for key, quantity in (("measured", self.measured), ("against", self.against)):
            if quantity is None:
                continue
            if kind != "count" and quantity.column is None:
                raise refuse(f"a quantity with the key column, since the rule is of kind {kind}", at=(key,))
            if quantity.reduce == "nearest" and kind != "value":
                raise refuse("nearest only for rules of kind value", at=(key, "reduce"))
            if quantity.reduce == "each" and kind not in ("value", "interval", "sign"):
                raise refuse("each only for rules of kind value, interval and sign", at=(key, "reduce"))
        return self


class Ledger(Section):
    """All claims, and the parameters at which they are judged."""

    published: dict[Literal["torus", "chain"], dict[str, Value | tuple[Value, ...]]] = setting(
        "of each system the keys of the configuration and their values in its paper: a claim that reads a table of the "
        "system is judged at these alone",
        default={},
    )
    claims: tuple[Claim, ...] = setting("claims", min_length=1, max_length=1000)

    @field_validator("published", mode="before")
    @classmethod
    def _read_plain_parameters(cls, value: Any) -> Any:
        if not isinstance(value, Mapping):
            return value
        return {
            system: {key: plain_value(each) for key, each in keys.items()} if isinstance(keys, Mapping) else keys
            for system, keys in value.items()
        }

    @field_validator("claims")
    @classmethod
    def _names_once(cls, claims: tuple[Claim, ...]) -> tuple[Claim, ...]:
        seen: set[str] = set()
        for index, claim in enumerate(claims):
            if claim.name in seen:
                raise refuse("a name that no other claim has", at=(index, "name"))
            seen.add(claim.name)
        return claims

    def system(self, claim: Claim) -> str | None:
        """System whose published parameters a claim is judged at: that of its table, or None."""
        name = claim.measured.table.partition("_")[0]
        return name if name in self.published else None

    @property
    def tables(self) -> list[str]:
        """Names of all tables that claims are held against, in alphabetical order."""
        quantities = (each for claim in self.claims for each in (claim.measured, claim.against))
        return sorted({quantity.table for quantity in quantities if quantity is not None})

    def plain(self) -> dict[str, Any]:
        """The ledger as plain JSON values, without what is left at its default; `read` reads it back."""
        return self.model_dump(mode="json", exclude_defaults=True)

    @classmethod
    def read(cls, mapping: Any) -> Ledger:
        """Return the ledger in a mapping; raises ClaimsError with the first fault."""
        if not isinstance(mapping, Mapping):
            raise ClaimsError("the ledger is no mapping; allowed: a mapping with the key claims")
        try:
            return cls.model_validate(dict(mapping))
        except ValidationError as error:
            raise ClaimsError(describe_errors(_plain_places(error), mapping, cls.model_json_schema())) from None


def load_claims(path: str | os.PathLike[str]) -> Ledger:
    """Return the ledger in a YAML file; raises ClaimsError, one line with claim, key, value and what is allowed."""
    try:
        return Ledger.read(load_yaml(path))
    except StrictYamlError as error:
        raise ClaimsError(str(error)) from None
    except ClaimsError as error:
        raise ClaimsError(f"{os.path.basename(path)}: {error}") from None


def plain_value(value: Any) -> Any:
    """Numbers that are written as text, and lists of them, as numbers."""
    return tuple(map(as_number, value)) if isinstance(value, list | tuple) else as_number(value)


def _plain_places(error: ValidationError) -> list[Any]:
    """Errors whose places name keys of the file alone, without the member of a union that refused a value."""
    errors = []
    for each in error.errors(include_url=False):
        place = each["loc"]
        if "select" in place and len(place) > place.index("select") + 1:
            said = {"allowed": _SELECTION, "at": ()}
            each = {**each, "type": "config", "ctx": said, "loc": place[: place.index("select") + 2]}
        errors.append({**each, "loc": tuple(step for step in each["loc"] if step not in _UNION_MEMBERS)})
    return errors


_UNION_MEMBERS = frozenset({"float", "str", "constrained-float"})
_SELECTION = f"a value, a list of values, or a mapping with the keys {', '.join(Bounds.model_fields)}"
