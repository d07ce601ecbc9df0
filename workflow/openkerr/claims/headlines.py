"""Numbers that pages and manuscripts quote, taken from tables: concise text, marks in pages, TeX macros, CSV.

`docs/numbers.yaml` names them. In a page a number stands behind its mark, an HTML comment that readers do not see::

    the limit cycle ends at ω = <!-- fold_of_cycle -->0.96857
"""

from __future__ import annotations

import math
import os
import re
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from pydantic import Field, ValidationError, field_validator

from openkerr.claims.ledger import ClaimsError, Quantity
from openkerr.claims.quantities import Unanswered, numbers_of
from openkerr.settings.checks import Name
from openkerr.settings.fields import Section, refuse, setting
from openkerr.settings.strict_yaml import StrictYamlError, load_yaml
from openkerr.settings.text import describe_errors

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Headline", "Headlines", "concise", "csv_text", "load_headlines", "marked", "numbers_text", "tex_text"]

MARK = re.compile(r"<!-- ([a-z][a-z0-9_]*) -->([−-]?\d+(?:\.\d+)?(?:\(\d+(?:\.\d+)?\))?)")
"""A mark, with the number behind it."""

_DIGITS = ("Zero", "One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight", "Nine")


class Headline(Section):
    """A number that is quoted."""

    name: Name = setting("name of its mark and of its macro")
    meaning: str = setting("what it is", min_length=1, max_length=200)
    digits: int = setting("digits behind the point where the table gives no error", default=4, ge=0, le=12)
    measured: Quantity = setting("where it stands")


class Headlines(Section):
    """All numbers that are quoted, and how many numbers with an error or four digits a page may have that are none."""

    unmarked: dict[str, int] = setting(
        "page, from the root of the repository, and its numbers that stand behind no mark"
    )
    numbers: tuple[Headline, ...] = Field(description="the numbers", min_length=1)

    @field_validator("numbers")
    @classmethod
    def _each_once(cls, value: tuple[Headline, ...]) -> tuple[Headline, ...]:
        names = [each.name for each in value]
        for index, name in enumerate(names):
            if name in names[:index]:
                raise refuse("each name once", at=(index, "name"))
        return value


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


def numbers_text(headlines: Headlines, tables: Mapping[str, pd.DataFrame | str]) -> dict[str, tuple[float, float, str]]:
    """Return name → value, standard error (0 where exact) and text of every number.

    Raises:
        ClaimsError: If the tables do not hold one of them, or hold several values that differ.
    """
    found = {}
    for each in headlines.numbers:
        try:
            numbers = numbers_of(each.measured, tables)
        except Unanswered as fault:
            raise ClaimsError(f"number {each.name}: {fault}") from None
        value, error = float(numbers.values[0]), float(numbers.errors[0])
        if not np.allclose(numbers.values, value, rtol=0, atol=10.0**-each.digits):
            raise ClaimsError(f"number {each.name}: {len(numbers.values)} rows differ; allowed: one value")
        found[each.name] = (value, error, concise(value, error, each.digits))
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
