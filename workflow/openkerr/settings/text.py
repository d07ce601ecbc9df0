"""Text about configurations: keys, values and what is allowed, for error lines and the generated reference.

What is allowed is read from the JSON schema, so that messages, schema and reference cannot contradict each
other.  Fields may carry three more words in their schema: ``unit``, ``rule`` (a condition that a schema
cannot say) and ``used`` (where the value enters).
"""

from __future__ import annotations

import difflib
import re
import reprlib
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from pydantic_core import ErrorDetails

MAX_VALUE_LENGTH = 80


class Entry(NamedTuple):
    """Step into the entry of a list that bears this name."""

    name: str


Key = tuple[str | int | Entry, ...]
Steps = tuple[str | int, ...]
"""Way to a value: keys of mappings and numbers of list entries."""


class _Unshown:
    """Stands for a value that is not worth showing."""

    def __repr__(self) -> str:
        return "..."


UNSHOWN = _Unshown()


class _Repr(reprlib.Repr):
    """Short representations with YAML's words for true, false and null."""

    def __init__(self) -> None:
        super().__init__()
        self.maxlevel, self.maxdict, self.maxlist, self.maxtuple = 3, 4, 6, 6
        self.maxstring = self.maxother = MAX_VALUE_LENGTH - 20

    def repr_bool(self, value: bool, level: int) -> str:
        return "true" if value else "false"

    def repr_NoneType(self, value: None, level: int) -> str:
        return "null"

    def repr_int(self, value: int, level: int) -> str:
        # Python refuses to print integers of thousands of digits.
        return super().repr_int(value, level) if abs(value) < 10**60 else f"{'-' * (value < 0)}(huge integer)"

    def repr_tuple(self, value: tuple, level: int) -> str:
        return self.repr_list(list(value), level)

    def repr_OrderedDict(self, value: dict, level: int) -> str:
        return self.repr_dict(dict(value), level)


def one_line(text: str) -> str:
    """The text with everything that is not printable escaped: one line, whatever it quotes."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in text)


def show(value: Any) -> str:
    """A value as one short printable text."""
    text = one_line(_Repr().repr(value))
    return text if len(text) <= MAX_VALUE_LENGTH else text[: MAX_VALUE_LENGTH - 3] + "..."


def dotted(key: Key) -> str:
    """A key as it is written in messages: ``torus.populations[aleph_200].time_step``."""
    text = ""
    for step in key:
        if isinstance(step, Entry):
            text += f"[{_word(step.name)}]"
        elif isinstance(step, int) and not isinstance(step, bool):
            text += f"[{step}]"
        else:
            text += ("." if text else "") + _word(step)
    return text


def _word(value: Any) -> str:
    """A key's own text, or its short quotation where it is no plain word."""
    return value if isinstance(value, str) and re.fullmatch(r"[\w-]{1,64}", value) else show(value)


def named(raw: Any, steps: Sequence[str | int]) -> Key:
    """Key with list positions replaced by the names of the entries, where these are unique words."""
    key: list[str | int | Entry] = []
    for step in steps:
        name = None
        if isinstance(raw, Mapping) and not isinstance(step, str):
            step = show(step)
        elif isinstance(raw, list | tuple) and isinstance(step, int):
            names = [entry.get("name") if isinstance(entry, Mapping) else None for entry in raw]
            name = names[step] if step < len(names) else None
            if not isinstance(name, str) or not re.fullmatch(r"\w{1,64}", name) or names.count(name) > 1:
                name = None
        key.append(step if name is None else Entry(name))
        raw = lookup(raw, [step])
    return tuple(key)


def lookup(raw: Any, steps: Sequence[Any]) -> Any:
    """Value at a place of nested mappings and lists, `UNSHOWN` where there is none."""
    for step in steps:
        if isinstance(raw, Mapping) and step in raw:
            raw = raw[step]
        elif isinstance(raw, list | tuple) and isinstance(step, int) and step < len(raw):
            raw = raw[step]
        else:
            return UNSHOWN
    return raw


def schema_at(schema: Mapping[str, Any], steps: Sequence[Any]) -> dict[str, Any]:
    """Schema of the value at a place, references resolved; empty where the schema knows no such place."""
    node = resolve(schema, schema)
    for step in steps:
        if isinstance(step, int):
            prefix = node.get("prefixItems", [])
            child = prefix[step] if step < len(prefix) else node.get("items")
        else:
            child = node.get("properties", {}).get(step)
        if not isinstance(child, Mapping):
            return {}
        node = resolve(child, schema)
    return node


def resolve(node: Mapping[str, Any], schema: Mapping[str, Any]) -> dict[str, Any]:
    """A schema node with its reference replaced; words beside the reference win."""
    if "$ref" not in node:
        return dict(node)
    target = schema["$defs"][node["$ref"].rsplit("/", 1)[-1]]
    return {**target, **{word: value for word, value in node.items() if word != "$ref"}}


def allowed(node: Mapping[str, Any], schema: Mapping[str, Any]) -> str:
    """What a place of the configuration may hold, in words."""
    node = resolve(node, schema)
    text = _allowed_type(node, schema)
    return f"{text}; {node['rule']}" if "rule" in node else text


def _allowed_type(node: Mapping[str, Any], schema: Mapping[str, Any]) -> str:
    if "enum" in node:
        return "one of " + ", ".join(str(value) for value in node["enum"])
    if "const" in node:
        return str(node["const"])
    kind = node.get("type")
    if kind in ("number", "integer"):
        signs = {"exclusiveMinimum": ">", "minimum": ">=", "exclusiveMaximum": "<", "maximum": "<="}
        bounds = [f"{sign} {_number(node[word])}" for word, sign in signs.items() if word in node]
        return " ".join(["a whole number" if kind == "integer" else "a finite number", " and ".join(bounds)]).strip()
    if kind == "string":
        text = f"text that matches {node['pattern']}" if "pattern" in node else "text"
        return f"{text}, at most {node['maxLength']} characters" if "maxLength" in node else text
    if kind == "array":
        return _allowed_list(node, schema)
    if kind == "object":
        return "a mapping with the keys " + ", ".join(node.get("properties", {}))
    return "nothing"


def _allowed_list(node: Mapping[str, Any], schema: Mapping[str, Any]) -> str:
    low, high = node.get("minItems", 0), node.get("maxItems")
    size = str(low) if low == high else f"{low} or more" if high is None else f"{low} to {high}"
    items = [resolve(item, schema) for item in [*node.get("prefixItems", []), node.get("items", {})] if item]
    if items[0].get("type") == "object":
        return f"a list of {size} mappings with the keys {', '.join(items[0]['properties'])}"
    return f"a list of {size} values, each {_allowed_type(items[0], schema)}"


def _number(value: float) -> str:
    """A bound, short where that is exact."""
    text = f"{value:g}"
    return text.replace("e+0", "e").replace("e+", "e") if float(text) == value else str(value)


def closest(word: Any, known: Sequence[str]) -> str | None:
    """The known word most like a mistyped one."""
    if not isinstance(word, str):
        return None
    return next(iter(difflib.get_close_matches(word[:64], known, n=1, cutoff=0.6)), None)


def describe_errors(errors: list[ErrorDetails], raw: Mapping[Any, Any], schema: Mapping[str, Any]) -> str:
    """One line on the first of `error_lines`, and how many more there are."""
    return first_of(error_lines(errors, raw, schema))


def first_of(lines: Sequence[str]) -> str:
    """The first of some lines, and how many more there are."""
    return lines[0] + (f" (and {len(lines) - 1} more)" if len(lines) > 1 else "")


def error_lines(
    errors: list[ErrorDetails],
    raw: Mapping[Any, Any],
    schema: Mapping[str, Any],
    blamed: Mapping[Steps, Sequence[Steps]] | None = None,
    default: str = "",
) -> list[str]:
    """A line on every error, unknown keys before all others since they explain missing ones.

    Where an error blames a value that a default of this name gives, ``blamed`` has the keys that are to blame instead,
    or none if that is not known.
    """
    places = [error["loc"] for error in errors]
    lines: dict[str, bool] = {}
    for error in errors:
        # A list with a bad item is also reported as too short.
        below = any(len(place) > len(error["loc"]) and place[: len(error["loc"])] == error["loc"] for place in places)
        if error["type"] != "too_short" or not below:
            unknown = error["type"] in ("extra_forbidden", "invalid_key")
            keys = (blamed or {}).get(place_of(error))
            line = _describe_one(error, raw, schema)
            lines.setdefault(line if keys is None else _blame(line, keys, raw, default), unknown)
    return sorted(lines, key=lambda line: not lines[line])


def place_of(error: ErrorDetails) -> Steps:
    """Way to the value that an error blames."""
    return (*error["loc"], *error["ctx"]["at"]) if error["type"] == "config" else error["loc"]


def _blame(line: str, keys: Sequence[Steps], raw: Mapping[Any, Any], default: str) -> str:
    """The line on a value of the default, turned to the keys that were written."""
    value, is_not, allowed_text = line.partition(" is not allowed")
    if not is_not:
        return line
    if not keys:
        return f"{value} of {default} is not allowed beside the keys that are written over it{allowed_text}"
    shown = [f"{dotted(named(raw, key))} = {show(lookup(raw, key))}" for key in keys[:3]]
    written = " and ".join([*shown, *(["others"] if len(keys) > 3 else [])])
    rest = allowed_text.replace("; allowed: ", "; allowed there: ", 1)
    return f"{written} {'is' if len(keys) == 1 else 'are'} not allowed beside {value} of {default}{rest}"


def _describe_one(error: ErrorDetails, raw: Mapping[Any, Any], schema: Mapping[str, Any]) -> str:
    kind, place = error["type"], place_of(error)
    if kind == "missing" and isinstance(place[-1], int):
        # An item that a list of fixed length lacks: the list is to blame.
        kind, place = "too_short", place[:-1]
    if kind == "invalid_key":
        # A key that is no text: the error's input is the key.
        place = (*place[:-1], error["input"])
    value = lookup(raw, place)
    key, text = dotted(named(raw, place)), show(error["input"] if value is UNSHOWN else value)
    if kind in ("extra_forbidden", "invalid_key"):
        known = list(schema_at(schema, place[:-1]).get("properties", {}))
        guess = closest(place[-1], known)
        hint = f" (did you mean {guess}?)" if guess else ""
        return f"{key} = {text} is not a known key{hint}; allowed: {', '.join(known)}"
    if kind == "config":
        return f"{key} = {text} is not allowed; allowed: {error['ctx']['allowed']}"
    node = schema_at(schema, place)
    limits = allowed(node, schema) if node else error["msg"]
    if kind == "missing":
        return f"{key} is missing; allowed: {limits}"
    if kind == "value_error":
        return f"{key} = {text} is not allowed: {error['msg'].removeprefix('Value error, ')}"
    return f"{key} = {text} is not allowed; allowed: {limits}"
