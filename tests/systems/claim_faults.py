"""Small tables on which a claim holds, and the same with one row that a reader would call a failure.

`sound_tables` writes the rows that a claim asks for, with numbers that fulfil its rule. `spoiled` returns copies in
which one of these rows alone is wrong: a rule that takes the best of many rows, or their mean, does not see it. Cases
that are told by what they mean stand by claim in `claim_faults_chain.py` and `claim_faults_torus.py`.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from openkerr.claims.ledger import Bounds, Claim, Quantity

Tables = dict[str, pd.DataFrame]
Fault = Callable[[Tables], Tables]

ROWS = 4
"""Rows along a column that a claim bounds or follows."""


@dataclass(frozen=True)
class Case:
    """Tables on which a claim holds, and by what they mean the faults that must break it."""

    tables: Tables
    faults: Mapping[str, Fault]


def grid(**columns) -> pd.DataFrame:
    """Return a frame with a row for each combination of the values; a single value stands in all rows."""
    lists = [value if isinstance(value, list | tuple | range | np.ndarray) else [value] for value in columns.values()]
    return pd.DataFrame(itertools.product(*lists), columns=list(columns))


def change(table: str, **columns) -> Callable[..., Fault]:
    """Return a fault maker: `change("chain_profiles", g2=3.0)(site=10)` sets columns where others have these values.

    A callable makes the new values from the rows that are changed. At least one row must be there.
    """

    def where(**values) -> Fault:
        def fault(tables: Tables) -> Tables:
            frame = tables[table].copy()
            chosen = np.ones(len(frame), dtype=bool)
            for name, value in values.items():
                chosen &= (value(frame[name]) if callable(value) else frame[name] == value).to_numpy(dtype=bool)
            assert chosen.any(), f"no row of {table} has {values}"
            for name, value in columns.items():
                frame.loc[chosen, name] = value(frame.loc[chosen]) if callable(value) else value
            return {**tables, table: frame}

        return fault

    return where


# ------------------------------------------------------------------------------------------------ written by a rule


def _values(wanted: object) -> list:
    """Values that a selection takes."""
    if not isinstance(wanted, Bounds):
        return list(wanted) if isinstance(wanted, tuple) else [wanted]
    low = wanted.at_least if wanted.at_least is not None else wanted.above
    high = wanted.at_most if wanted.at_most is not None else wanted.below
    if low is None and high is None:
        return ["another"] if all(isinstance(each, str) for each in wanted.exclude or ()) else [-7.0]
    if low is None:
        low = high - max(1.0, abs(high))
    if high is None:
        high = low + max(1.0, abs(low))
    inner = [round(float(each), 12) for each in np.linspace(low, high, ROWS + 2)[1:-1]]
    whole = sorted({float(round(each)) for each in inner} & {float(n) for n in range(int(low), int(high) + 1)})
    inner = whole if len(whole) >= 3 and low < whole[0] and whole[-1] < high else inner
    return [each for each in inner if each not in (wanted.exclude or ())]


def _rows(claim: Claim, quantity: Quantity) -> pd.DataFrame:
    """The rows that a quantity selects, without its numbers."""
    rule, columns = claim.rule, {name: _values(wanted) for name, wanted in quantity.select.items()}
    if rule.kind == "pairs":
        for name in rule.by:
            sides = (each.select.get(name) for each in (claim.measured, claim.against))
            wanted = next((_values(each) for each in sides if each is not None), [1.0, 2.0, 3.0])
            columns.setdefault(name, wanted)
            columns[name] = columns[name][: 2 if len(rule.by) > 2 else None]
        apart = (rule.besides or ()) if quantity is claim.measured else ()
        columns = {**{name: [1.0] for name in apart}, **columns}
        columns = {name: values if name in rule.by else values[:1] for name, values in columns.items()}
    along = rule.along if rule.kind == "trend" else None
    if along is not None and len(columns.setdefault(along, [1.0, 2.0, 3.0, 4.0])) < 3:
        raise ValueError(f"{claim.name} follows fewer than three values of {along}")
    single = rule.kind in ("order", "trend") or quantity.reduce == "one"
    if rule.kind not in ("pairs", "count", "equals") and single and quantity.reduce == "one":
        columns = {name: values if name == along else values[:1] for name, values in columns.items()}
    same = {name: wanted.same_as for name, wanted in quantity.select.items() if getattr(wanted, "same_as", None)}
    for name, other in same.items():
        columns = {each: values for each, values in columns.items() if each != name}
        columns.setdefault(other, [10.0, 20.0, 60.0])
    frame = grid(**columns) if columns else pd.DataFrame(index=range(1))
    for name, other in same.items():
        frame[name] = frame[other]
    several = quantity.at is not None or (rule.kind in ("value", "interval", "sign") and quantity.reduce != "one")
    if several and len(frame) == 1:
        frame = pd.concat([frame] * 3, ignore_index=True)
    if quantity.at is not None:
        ((_, ranked),) = quantity.at.items()
        if ranked not in frame:
            frame[ranked] = np.linspace(1.0, 2.0, len(frame))
    return frame


def _put(frame: pd.DataFrame, quantity: Quantity, numbers: np.ndarray, error: float) -> None:
    """Write numbers and errors into the columns that a quantity reads, so that it finds these numbers."""
    scale = quantity.factor
    for name in (quantity.times, getattr(quantity, "minus", None)):
        if name is not None and name not in frame:
            frame[name] = 1.0
    if quantity.times == quantity.column:
        scale = scale * np.sqrt(np.abs(numbers / scale))
    elif quantity.times is not None:
        scale = scale * frame[quantity.times].to_numpy(dtype=float)
    numbers = numbers / scale
    if getattr(quantity, "minus", None) is not None:
        numbers = numbers + frame[quantity.minus].to_numpy(dtype=float)
    frame[quantity.column] = numbers
    names = [f"{quantity.column}_stderr"] if quantity.errors is None else list(quantity.errors)
    for name in names:
        frame[name] = error / np.abs(scale) / len(names) ** 0.5


def _reduced_to(quantity: Quantity, count: int, number: float) -> np.ndarray:
    """Numbers of so many rows of which the quantity makes this number."""
    numbers = np.full(count, number / count if quantity.reduce == "sum" else number)
    if quantity.reduce == "range":
        numbers[:-1] = 0.0
    return numbers


def _error(claim: Claim) -> float:
    """A standard error of ours that decides."""
    rule, sizes = claim.rule, [1.0]
    if rule.largest_error == 0:
        return 0.0
    sizes += [each for each in (rule.largest_error, rule.tolerance, claim.published_error) if each]
    if rule.low is not None and rule.high is not None and rule.high > rule.low:
        sizes.append(rule.high - rule.low)
    sizes += [abs(each) for each in (rule.low, rule.high, claim.published) if each]
    return 1e-3 * min(sizes)


def _right_and_wrong(claim: Claim, error: float) -> tuple[float, list[float]]:
    """A number that fulfils a rule of one number, and numbers that break it."""
    rule = claim.rule
    if rule.kind == "value":
        slack = (rule.tolerance or 0.0) + (rule.relative_tolerance or 0.0) * abs(claim.published)
        far = slack + 20 * rule.sigma * (error + (claim.published_error or 0.0)) + 1e-6
        return claim.published, [claim.published - far, claim.published + far]
    if rule.kind == "sign":
        sign = 0.5 if rule.sign == "positive" else -0.5
        return sign, [-sign]
    low, high, far = rule.low, rule.high, 100 * error
    right = (low + high) / 2 if None not in (low, high) else (high - far if low is None else low + far)
    return right, [edge for edge in (None if low is None else low - far, None if high is None else high + far)
                   if edge is not None and not _out_of_range(claim, edge)]  # fmt: skip


def _out_of_range(claim: Claim, number: float) -> bool:
    """Whether a number is none that the column can have: no length or modulus is negative."""
    return claim.measured.absolute and number < 0


def _frames(claim: Claim) -> tuple[pd.DataFrame, pd.DataFrame | None, float]:
    measured = _rows(claim, claim.measured)
    against = None if claim.against is None else _rows(claim, claim.against)
    if against is not None and claim.against.table == claim.measured.table and measured.equals(against):
        against = measured
    return measured, against, _error(claim)


def _tables(claim: Claim, measured: pd.DataFrame, against: pd.DataFrame | None) -> Tables:
    if against is None or against is measured:
        return {claim.measured.table: measured.copy()}
    if claim.against.table != claim.measured.table:
        return {claim.measured.table: measured.copy(), claim.against.table: against.copy()}
    return {claim.measured.table: pd.concat([measured, against], ignore_index=True)}


def _worlds(claim: Claim) -> Iterator[tuple[str, Tables]]:
    """First tables on which the claim holds, then spoiled ones with the row that is wrong."""
    rule, kind = claim.rule, claim.rule.kind
    measured, against, error = _frames(claim)
    if kind in ("value", "interval", "sign"):
        right, wrong = _right_and_wrong(claim, error)
        numbers = np.full(len(measured), right)
        _put(measured, claim.measured, numbers, error)
        yield "", _tables(claim, measured, None)
        for row, number in itertools.product(_told(claim, measured), wrong):
            share = len(measured) if claim.measured.reduce in ("mean", "sum") else 1
            wrong_numbers = numbers.copy()
            wrong_numbers[row] += share * (number - right)
            spoiled = measured.copy()
            _put(spoiled, claim.measured, wrong_numbers, error)
            yield f"row {row} is {number:g}", _tables(claim, spoiled, None)
    elif kind in ("order", "pairs") and not rule_of_words(claim):
        wanted = rule.relation or "equal"
        step = {"equal": 0.0, "above": 1.0, "below": -1.0}[wanted]
        far = 20 * rule.sigma * error + (rule.tolerance or 0.0) + 10 * (rule.relative_tolerance or 0.0) + 1e-6
        rows = _told(claim, measured)
        for row in [None, *rows]:
            if against is measured and claim.measured.column == claim.against.column:
                # One column against a share of itself: all alike, and one row beyond that share.
                numbers = np.full(len(measured), 10.0)
                if row is not None:
                    numbers[row] *= claim.against.factor * 2.0**-step
                left = measured.copy()
                _put(left, claim.measured, numbers, error)
                yield "" if row is None else f"row {row}", _tables(claim, left, left)
                continue
            numbers = _reduced_to(claim.measured, len(measured), 10.0 + step)
            if row is not None:
                numbers[row] = 10.0 + far if step == 0 else 10.0 - step
            left, right = measured.copy(), (against.copy() if against is not measured else None)
            _put(left, claim.measured, numbers, error)
            if right is None:
                _put(left, claim.against, _reduced_to(claim.against, len(left), 10.0), error)
                yield "" if row is None else f"row {row}", _tables(claim, left, left)
            else:
                _put(right, claim.against, _reduced_to(claim.against, len(right), 10.0), error)
                yield "" if row is None else f"row {row}", _tables(claim, left, right)
    elif kind == "pairs":
        measured[claim.measured.column] = "one"
        against[claim.against.column] = "one"
        yield "", _tables(claim, measured, against)
        for row in _told(claim, measured):
            spoiled = measured.copy()
            spoiled.loc[row, claim.measured.column] = "other"
            yield f"row {row}", _tables(claim, spoiled, against)
    elif kind == "trend":
        order = np.argsort(np.argsort(measured[rule.along].to_numpy()))
        slack = (rule.tolerance or 0.0) + 10 * (rule.relative_tolerance or 0.0)
        step = {"increasing": 1.0, "decreasing": -1.0, "constant": 0.0}[rule.direction] * (10 * slack + 1)
        numbers = 10.0 + step * order
        _put(measured, claim.measured, numbers, error)
        yield "", _tables(claim, measured, None)
        for row in range(1, len(measured)):
            wrong = numbers.copy()
            place = np.flatnonzero(order == row)[0]
            fall = step or 2 * len(numbers) * (slack + 10 * rule.sigma * error)
            wrong[place] = wrong[np.flatnonzero(order == row - 1)[0]] - fall
            spoiled = measured.copy()
            _put(spoiled, claim.measured, wrong, error)
            yield f"step {row}", _tables(claim, spoiled, None)
    elif kind == "count":
        yield from _counted(claim)
    else:
        measured[claim.measured.column] = rule.values[0]
        yield "", _tables(claim, measured, None)
        for row in _told(claim, measured):
            spoiled = measured.copy()
            spoiled.loc[row, claim.measured.column] = "other" if isinstance(rule.values[0], str) else -1.0
            yield f"row {row}", _tables(claim, spoiled, None)


def rule_of_words(claim: Claim) -> bool:
    """Whether pairs are of words: no rule of numbers lacks sigma."""
    return claim.rule.kind == "pairs" and claim.rule.sigma is None


def _told(claim: Claim, frame: pd.DataFrame) -> list[int]:
    """Rows to spoil: the one that `at` takes, otherwise the first, one between and the last."""
    if claim.measured.at is None:
        return sorted({0, len(frame) // 2, len(frame) - 1})
    ((end, column),) = claim.measured.at.items()
    return [int(frame[column].to_numpy().argmin() if end == "least" else frame[column].to_numpy().argmax())]


def _counted(claim: Claim) -> Iterator[tuple[str, Tables]]:
    """As many rows as are asked for, then one too many or too few among those that are searched."""
    rule, counted = claim.rule, _rows(claim, claim.measured)
    low, high = rule.low or 0, rule.high

    def of(number: int) -> Tables:
        rows = pd.concat([counted] * (number // max(1, len(counted)) + 1), ignore_index=True)[:number]
        if claim.against is not None:
            others = _rows(claim, claim.against).copy()
            for name, wanted in claim.measured.select.items():
                if name not in claim.against.select or claim.against.select[name] != wanted:
                    others[name] = "none of them" if isinstance(_values(wanted)[0], str) else _outside(wanted)
            rows = pd.concat([rows, others], ignore_index=True)
        return {claim.measured.table: rows}

    yield "", of(int(low))
    if low:
        yield "one too few", of(int(low) - 1)
    if high is not None:
        yield "one too many", of(int(high) + 1)


def _outside(wanted: object) -> float:
    """A number that a selection does not take."""
    if not isinstance(wanted, Bounds):
        return float(max(_values(wanted))) + 1.0
    low = wanted.at_least if wanted.at_least is not None else wanted.above
    return float(low) - 1.0 if low is not None else float(max(_values(wanted))) + 1e3


def sound_tables(claim: Claim) -> Tables:
    """Return the rows that a claim asks for, with numbers that fulfil its rule."""
    return next(_worlds(claim))[1]


def spoiled(claim: Claim) -> list[tuple[str, Tables]]:
    """Return for each row and each way of breaking the rule its name and the tables."""
    return list(_worlds(claim))[1:]
