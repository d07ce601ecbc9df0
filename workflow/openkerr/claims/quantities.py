"""Quantities of claims: rows of tables selected, turned into numbers with their standard errors."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from openkerr.claims.ledger import Bounds, Quantity

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Numbers", "Unanswered", "numbers_of", "required_rows", "select_rows"]

ROUNDING = 1e-9
"""Relative difference up to which two numbers of a table are the same."""


class Unanswered(Exception):
    """A quantity that the tables do not hold; the text says why."""


@dataclass(frozen=True)
class Numbers:
    """Values and standard errors, each (rows,), zero where the quantity is exact, with the rows that they come from.

    `exact` tells that the table gives no errors.
    """

    values: np.ndarray
    errors: np.ndarray
    rows: pd.DataFrame
    exact: bool


def select_rows(quantity: Quantity, tables: Mapping[str, pd.DataFrame | str]) -> pd.DataFrame:
    """Return the rows that a quantity asks for; `tables` holds frames, or in their place why there is none.

    Raises Unanswered for a table or a column that is not there. The rows may be none.
    """
    frame = tables.get(quantity.table, f"there is no table {quantity.table}")
    if isinstance(frame, str):
        raise Unanswered(frame)
    for column, wanted in quantity.select.items():
        frame = frame[_taken(frame, column, wanted, quantity.table)]
    if quantity.at is not None and len(frame):
        ((end, column),) = quantity.at.items()
        ranked = _column(frame, column, quantity.table).dropna()
        frame = frame.loc[[ranked.idxmin() if end == "least" else ranked.idxmax()]] if len(ranked) else frame[:0]
    return frame


def required_rows(quantity: Quantity, tables: Mapping[str, pd.DataFrame | str]) -> pd.DataFrame:
    """Return the rows as `select_rows` does; raises Unanswered where there are none, with the key that none has."""
    rows = select_rows(quantity, tables)
    if rows.empty:
        left = select_rows(quantity.model_copy(update={"select": {}, "at": None}), tables)
        for place, (column, wanted) in enumerate(quantity.select.items()):
            before, left = left, left[_taken(left, column, wanted, quantity.table)]
            if len(before) and left.empty:
                others = ", ".join(list(quantity.select)[:place])
                others = f" among those with the wanted {others}" if others else ""
                raise Unanswered(f"no row of {quantity.table} has {column} {_wanted_text(wanted)}{others}")
        raise Unanswered(f"no row of {quantity.table} is selected")
    return rows


def _wanted_text(wanted: Any) -> str:
    """What a selection asks of a column, in words."""
    if isinstance(wanted, Bounds):
        given = wanted.model_dump(exclude_none=True).items()
        return " and ".join(f"{name.replace('_', ' ')} {_plain_text(each)}" for name, each in given)
    return f"= {_plain_text(wanted)}"


def _plain_text(value: Any) -> str:
    if isinstance(value, tuple):
        return " or ".join(map(_plain_text, value))
    return value if isinstance(value, str) else f"{value:g}"


def numbers_of(quantity: Quantity, tables: Mapping[str, pd.DataFrame | str]) -> Numbers:
    """Return the numbers of a quantity, reduced to one unless it asks for `each` or `nearest`.

    The error of a mean or a sum takes rows as independent; of a least or greatest value it is that of its row. Raises
    Unanswered where the tables lack a table, column, row, value or error, or hold several rows where one is wanted.
    """
    rows = required_rows(quantity, tables)
    values, errors, exact = _scaled(quantity, rows)
    if quantity.reduce == "one" and len(values) > 1:
        raise Unanswered(f"{len(values)} rows of {quantity.table} are selected where one is wanted")
    if quantity.reduce in ("one", "each", "nearest"):
        return Numbers(values, errors, rows, exact)
    value, error = _reduced(quantity.reduce, values, errors)
    return Numbers(np.array([value]), np.array([error]), rows, exact)


def _column(frame: pd.DataFrame, column: str | None, table: str) -> pd.Series:
    if column not in frame.columns:
        raise Unanswered(f"{table} has no column {column}")
    return frame[column]


def _same(values: pd.Series, wanted: float | str) -> Any:
    if isinstance(wanted, str) or values.dtype.kind not in "fiu":
        return values.astype("str") == str(wanted)
    # An empty cell is no number, and equals none; nullable columns would say that it is unknown.
    return ((values - wanted).abs() <= ROUNDING * max(1.0, abs(wanted))).fillna(False).astype(bool)


def _taken(frame: pd.DataFrame, column: str, wanted: Any, table: str) -> np.ndarray:
    """Return which rows are wanted for the value of a column."""
    values = _column(frame, column, table)
    if isinstance(wanted, Bounds):
        taken = values.notna()
        for bound, holds in (
            (wanted.at_least, lambda x, b: x >= b - ROUNDING * max(1.0, abs(b))),
            (wanted.at_most, lambda x, b: x <= b + ROUNDING * max(1.0, abs(b))),
            (wanted.above, lambda x, b: x > b),
            (wanted.below, lambda x, b: x < b),
        ):
            if bound is not None:
                taken &= holds(values, bound)
        for each in wanted.exclude or ():
            taken &= ~_same(values, each)
        if wanted.same_as is not None:
            taken &= values == _column(frame, wanted.same_as, table)
        return taken.fillna(False).to_numpy(dtype=bool)
    wanted = wanted if isinstance(wanted, tuple) else (wanted,)
    return np.any([_same(values, each).to_numpy(dtype=bool) for each in wanted], axis=0)


def _scaled(quantity: Quantity, rows: pd.DataFrame) -> tuple[np.ndarray, np.ndarray, bool]:
    """Return values, errors and whether they are exact, factors and modulus applied."""
    values = _floats(rows, quantity.column, quantity.table)
    if quantity.minus:
        values = values - _floats(rows, quantity.minus, quantity.table)
    names = quantity.errors
    if names is None:
        usual = f"{quantity.column}_stderr" if quantity.column != "value" else "stderr"
        names = (usual,) if usual in rows.columns else ()
    errors = np.zeros(len(values))
    for name in names:
        errors = np.hypot(errors, _floats(rows, name, quantity.table))
    scale = quantity.factor * (_floats(rows, quantity.times, quantity.table) if quantity.times else 1.0)
    values, errors = values * scale, errors * np.abs(scale)
    return np.abs(values) if quantity.absolute else values, errors, not names


def _floats(rows: pd.DataFrame, column: str | None, table: str) -> np.ndarray:
    values = _column(rows, column, table)
    if values.dtype.kind not in "fiu" and str(values.dtype) != "Int64":
        raise Unanswered(f"column {column} of {table} holds no numbers")
    values = values.to_numpy(dtype=float, na_value=np.nan)
    if np.isnan(values).any():
        raise Unanswered(f"column {column} of {table} is empty in {int(np.isnan(values).sum())} of {len(values)} rows")
    return values


def _reduced(how: str, values: np.ndarray, errors: np.ndarray) -> tuple[float, float]:
    low, high = int(values.argmin()), int(values.argmax())
    if how in ("mean", "sum"):
        count = len(values) if how == "mean" else 1
        return float(values.sum()) / count, float(np.sqrt(np.square(errors).sum())) / count
    if how == "range":
        return float(values[high] - values[low]), float(np.hypot(errors[high], errors[low]))
    row = low if how == "least" else high
    return float(values[row]), float(errors[row])
