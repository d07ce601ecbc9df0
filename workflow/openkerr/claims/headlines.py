"""Numbers that pages and manuscripts quote, taken from tables: concise text, marks in pages, TeX macros, CSV.

`docs/numbers.yaml` names them. In a page a number stands behind its mark, an HTML comment that readers do not see::

    the limit cycle ends at ω = <!-- fold_of_cycle -->0.96857

An entry with `each` stands for the numbers of several rows: `arrival_rate` with `each: {length: [10, 20]}` has the
marks `arrival_rate_10` and `arrival_rate_20`, of the rows whose length is 10 and 20.
"""

from __future__ import annotations

import itertools
import math
import os
import re
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from pydantic import Field, ValidationError, field_validator

from openkerr.claims.ledger import ClaimsError, Quantity, Value, plain_value
from openkerr.claims.quantities import Unanswered, numbers_of
from openkerr.settings.checks import Name
from openkerr.settings.fields import Section, refuse, setting
from openkerr.settings.strict_yaml import StrictYamlError, load_yaml
from openkerr.settings.text import describe_errors

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "Headline",
    "Headlines",
    "concise",
    "csv_text",
    "load_headlines",
    "marked",
    "numbers_found",
    "numbers_text",
    "tex_text",
]

MARK = re.compile(r"<!-- ([a-z][a-z0-9_]*) -->([−-]?\d+(?:\.\d+)?(?:\(\d+(?:\.\d+)?\))?)")
"""A mark, with the number behind it."""

_DIGITS = ("Zero", "One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight", "Nine")


class Headline(Section):
    """A number that is quoted, or with `each` one for every combination of the values of some columns."""

    name: Name = setting("name of its mark and of its macro")
    meaning: str = setting("what it is", min_length=1, max_length=200)
    digits: int = setting("digits behind the point where the table gives no error", default=4, ge=0, le=12)
    each: dict[str, tuple[Value, ...]] = setting(
        "column to the values that are selected one after the other, and added to the name", default={}
    )
    measured: Quantity = setting("where it stands")

    @field_validator("each", mode="before")
    @classmethod
    def _read_plain_values(cls, value: Any) -> Any:
        return {key: plain_value(item) for key, item in value.items()} if isinstance(value, Mapping) else value

    def written_out(self) -> tuple[Headline, ...]:
        """Return its numbers, one entry each, with names such as rate_10_9_5 for length 10 and drive 9.5."""
        numbers = []
        for values in itertools.product(*self.each.values()):
            words = [value if isinstance(value, str) else f"{value:g}" for value in values]
            name = "_".join([self.name, *words]).replace(".", "_").replace("-", "minus_")
            select = {**self.measured.select, **dict(zip(self.each, values, strict=True))}
            measured = self.measured.model_copy(update={"select": select})
            numbers.append(self.model_copy(update={"name": name, "each": {}, "measured": measured}))
        return tuple(numbers)


class Headlines(Section):
    """All numbers that are quoted, and how many numbers with an error or four digits a page may have that are none."""

    unmarked: dict[str, int] = setting(
        "page, from the root of the repository, and its numbers that stand behind no mark"
    )
    numbers: tuple[Headline, ...] = Field(description="the numbers, those with `each` written out", min_length=1)

    @field_validator("numbers")
    @classmethod
    def _each_once(cls, value: tuple[Headline, ...]) -> tuple[Headline, ...]:
        numbers: dict[str, Headline] = {}
        for index, entry in enumerate(value):
            for each in entry.written_out():
                if each.name in numbers or not re.fullmatch("[a-z][a-z0-9_]*", each.name):
                    raise refuse("each name once, of small letters, digits and _", at=(index, "name"))
                numbers[each.name] = each
        return tuple(numbers.values())

    def columns(self) -> dict[str, list[str]]:
        """Return of every table that a number stands in the columns that are read for it."""
        read: dict[str, dict[str, None]] = {}
        for number in self.numbers:
            asked = number.measured
            usual = "stderr" if asked.column == "value" else f"{asked.column}_stderr"
            errors = (usual,) if asked.errors is None else asked.errors
            names = (*asked.select, *(asked.at or {}).values(), asked.column, asked.times, asked.minus, *errors)
            read.setdefault(asked.table, {}).update(dict.fromkeys(name for name in names if name))
        return {table: list(names) for table, names in read.items()}


def load_headlines(path: str | os.PathLike[str]) -> Headlines:
    """Return the numbers in a YAML file; raises ClaimsError, one line with key, value and what is allowed."""
    try:
        mapping = load_yaml(path)
        return Headlines.model_validate(mapping)
    except StrictYamlError as error:
        raise ClaimsError(str(error)) from None
    except ValidationError as error:
        told = describe_errors(error.errors(include_url=False), mapping, Headlines.model_json_schema())
        raise ClaimsError(f"{os.path.basename(path)}: {told}") from None


def concise(value: float, error: float, digits: int = 4) -> str:
    """Return a number with its error in brackets: two digits of it up to 2.9, one beyond; without one, so many digits.

    >>> concise(1.05040, 0.00248), concise(45.68, 1.11), concise(-97.4, 3.2), concise(0.96857, 0.0, 5)
    ('1.0504(25)', '45.7(1.1)', '−97(3)', '0.96857')
    """
    if error > 0:
        digits = -math.floor(math.log10(error))
        leading = round(error * 10.0**digits, 1)
        digits += 1 if leading < 3 else 0
        if digits <= 0:
            text = f"{round(value, digits):.0f}({round(error, digits):.0f})"
        elif error >= 1:
            text = f"{value:.{digits}f}({error:.{digits}f})"
        else:
            text = f"{value:.{digits}f}({round(error * 10**digits)})"
    else:
        text = f"{value:.{digits}f}"
    return text.replace("-", "−")


def numbers_found(
    headlines: Headlines, tables: Mapping[str, pd.DataFrame | str]
) -> tuple[dict[str, tuple[float, float, str]], dict[str, str]]:
    """Return name → value, standard error (0 where exact) and text of every number, and name → why there is none."""
    found, missing = {}, {}
    for each in headlines.numbers:
        try:
            numbers = numbers_of(each.measured, tables)
        except Unanswered as fault:
            missing[each.name] = str(fault)
            continue
        value, error = float(numbers.values[0]), float(numbers.errors[0])
        if np.allclose(numbers.values, value, rtol=0, atol=10.0**-each.digits):
            found[each.name] = (value, error, concise(value, error, each.digits))
        else:
            missing[each.name] = f"{len(numbers.values)} rows differ; allowed: one value"
    return found, missing


def numbers_text(headlines: Headlines, tables: Mapping[str, pd.DataFrame | str]) -> dict[str, tuple[float, float, str]]:
    """Return the numbers as `numbers_found` does.

    Raises:
        ClaimsError: If the tables do not hold one of them, or hold several values that differ.
    """
    found, missing = numbers_found(headlines, tables)
    for name, why in missing.items():
        raise ClaimsError(f"number {name}: {why}")
    return found


def marked(text: str, numbers: Mapping[str, tuple[float, float, str]]) -> str:
    """Return a page with the number behind every mark as the tables have it; other comments stay as they are."""

    def today(mark: re.Match[str]) -> str:
        return f"<!-- {mark[1]} -->{numbers[mark[1]][2]}" if mark[1] in numbers else mark[0]

    return MARK.sub(today, text)


def tex_text(numbers: Mapping[str, tuple[float, float, str]], claims: Iterable[Mapping[str, Any]]) -> str:
    r"""Return TeX macros: \openkerrFoldOfCycle of every number; of every claim its value and its verdict.

    Values are rounded as pages have them.
    """
    lines = ["% Made by: make numbers. A macro of each quoted number, and of each claim that has one; verdicts."]
    lines += [_macro(name, text) for name, (_, _, text) in numbers.items()]
    for row in claims:
        if _is_number(row["ours"]):
            error = row["ours_error"] if _is_number(row["ours_error"]) else 0.0
            lines.append(_macro(row["claim"], concise(row["ours"], error) if error > 0 else f"{row['ours']:.6g}"))
        lines.append(_macro(f"{row['claim']}_verdict", row["verdict"]))
    return "\n".join(lines) + "\n"


def csv_text(numbers: Mapping[str, tuple[float, float, str]], claims: Iterable[Mapping[str, Any]]) -> str:
    """Return the same as CSV: name, value, error, text, verdict."""
    import pandas as pd

    rows = [(name, value, error, text, "") for name, (value, error, text) in numbers.items()]
    rows += [(row["claim"], row["ours"], row["ours_error"], "", row["verdict"]) for row in claims]
    return pd.DataFrame(rows, columns=["name", "value", "error", "text", "verdict"]).to_csv(index=False)


def _is_number(value: Any) -> bool:
    return isinstance(value, float) and math.isfinite(value)


def _macro(name: str, text: str) -> str:
    words = "".join(part[:1].upper() + part[1:] for part in name.split("_"))
    letters = re.sub(r"\d", lambda digit: _DIGITS[int(digit[0])], words)
    said = text.replace("−", "-")
    return rf"\newcommand{{\openkerr{letters}}}{{{_math(said) if said[-1:] in '0123456789)' else said}}}"


def _math(text: str) -> str:
    return rf"\ensuremath{{{text}}}"
