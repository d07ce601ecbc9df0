"""Verdicts on claims: reproduced, deviates, or unresolved where the tables or their errors do not decide."""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from openkerr.claims.ledger import Claim, Ledger, Quantity, Rule
from openkerr.claims.quantities import Numbers, Unanswered, numbers_of, required_rows, select_rows
from openkerr.tables.columns import TableSchema
from openkerr.tables.files import TableError, read_table

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["VERDICTS", "judge", "judge_claims", "read_tables"]

REPRODUCED, DEVIATES, UNRESOLVED = VERDICTS = ("reproduced", "deviates", "unresolved")
ROUNDING = 1e-12
MAX_ROWS_TOLD = 3


_T = TypeVar("_T")


@dataclass(frozen=True)
class _Verdict:
    verdict: str
    ours: float | None = None
    ours_error: float | None = None
    sigma: float | None = None
    note: str = ""


def read_tables(
    paths: Mapping[str, str | os.PathLike[str]],
    schemas: Mapping[str, TableSchema],
    columns: Mapping[str, Sequence[str]] | None = None,
) -> dict[str, pd.DataFrame | str]:
    """Return each table, or in its place one line that says why it cannot be read.

    With `columns`, table → columns that are wanted, a table that lacks others of its schema is read.
    """
    tables: dict[str, pd.DataFrame | str] = {}
    for name, path in paths.items():
        if name not in schemas:
            tables[name] = f"there is no table {name}"
            continue
        try:
            tables[name] = read_table(schemas[name], path, (columns or {}).get(name))
        except (OSError, TableError) as error:
            tables[name] = str(error)
    return tables


def judge_claims(
    ledger: Ledger, tables: Mapping[str, pd.DataFrame | str], parameters: Mapping[str, Any] | None = None
) -> pd.DataFrame:
    """Return the table `claims`: one row for each claim, in the order of the ledger; raises nothing for any claim.

    Parameters
    ----------
    parameters : mapping, optional
        Keys of the configuration and values of the run. Where one differs from what the ledger calls published, no
        claim on that system is judged, and the note names the key. A key that is not given is not compared.
    """
    import pandas as pd

    elsewhere: dict[str, str | None] = {
        system: _difference(keys, parameters or {}) for system, keys in ledger.published.items()
    }
    rows = []
    for claim in ledger.claims:
        system = ledger.system(claim)
        differs = elsewhere[system] if system else None
        verdict = _Verdict(UNRESOLVED, note=differs) if differs else judge(claim, tables)
        quantities = (claim.measured, claim.against)
        rows.append(
            {
                "claim": claim.name,
                "paper": claim.paper,
                "where": claim.where,
                "statement": claim.statement,
                "published": claim.published,
                "published_error": claim.published_error,
                "ours": verdict.ours,
                "ours_error": verdict.ours_error,
                "sigma": verdict.sigma,
                "verdict": verdict.verdict,
                "table": ", ".join(dict.fromkeys(each.table for each in quantities if each is not None)),
                "note": "; ".join(filter(None, (verdict.note, claim.note))) or None,
            }
        )
    return pd.DataFrame(rows)


def _difference(published: Mapping[str, Any], parameters: Mapping[str, Any]) -> str | None:
    """One line on the first key whose value is not the published one, or None."""
    for key, value in published.items():
        if key not in parameters:
            continue
        ours = parameters[key]
        pair = [list(each) if isinstance(each, list | tuple) else [each] for each in (ours, value)]
        # One value for both cavities is short for a pair.
        length = max(map(len, pair))
        ours_all, published_all = (each * length if len(each) == 1 else each for each in pair)
        if not _same_values(ours_all, published_all):
            return f"not at the published parameters: {key} = {_listed(ours)}, published {_listed(value)}"
    return None


def _same_values(ours: list[Any], published: list[Any]) -> bool:
    if len(ours) != len(published):
        return False
    return all(
        a == b if isinstance(a, str) or isinstance(b, str) else math.isclose(a, b, rel_tol=1e-9, abs_tol=1e-12)
        for a, b in zip(ours, published, strict=True)
    )


def _listed(value: Any) -> str:
    return f"[{', '.join(map(_plain, value))}]" if isinstance(value, list | tuple) else _plain(value)


def judge(claim: Claim, tables: Mapping[str, pd.DataFrame | str]) -> _Verdict:
    """Return the verdict on one claim; `tables` holds frames, or in their place why there is none."""
    try:
        return _JUDGES[claim.rule.kind](claim, claim.rule, tables)
    except Unanswered as missing:
        return _Verdict(UNRESOLVED, note=str(missing))


def _given(value: _T | None) -> _T:
    """A key without which the ledger has no claim of the kind."""
    assert value is not None
    return value


# ------------------------------------------------------------------------------------------------ one number


def _ratio(distance: float, error: float) -> float | None:
    return abs(distance) / error if error > 0 else None


def _agreement(difference: float, error: float, slack: float, rule: Rule, our_error: float) -> str:
    """Verdict on two numbers that are to be equal within errors and slack."""
    if abs(difference) > (rule.sigma or 0.0) * error + slack + ROUNDING:
        return DEVIATES
    return UNRESOLVED if rule.largest_error is not None and our_error > rule.largest_error else REPRODUCED


def _slack(rule: Rule, compared: float) -> float:
    return (rule.tolerance or 0.0) + (rule.relative_tolerance or 0.0) * abs(compared)


def _side(distance: float, error: float, sigma: float) -> str:
    """Verdict on a number that is to lie above zero: beyond errors on either side, or not decided."""
    if error == 0:
        return REPRODUCED if distance >= 0 else DEVIATES
    if abs(distance) < sigma * error:
        return UNRESOLVED
    return REPRODUCED if distance > 0 else DEVIATES


def _each(numbers: Numbers, of_one: Callable[[float, float], tuple[str, float | None]]) -> _Verdict:
    """Judge all rows by themselves and report the one that speaks most against the claim."""
    found = []
    for value, error in zip(numbers.values, numbers.errors, strict=True):
        verdict, sigma = of_one(float(value), float(error))
        found.append((_SEVERITY[verdict], sigma or 0.0, float(value), float(error), verdict, sigma))
    *_, verdict, sigma = worst = max(found, key=lambda row: (row[0], row[1] * (row[0] > 0)))
    note = ""
    if len(found) > 1:
        alike = sum(row[4] == verdict for row in found)
        note = f"{alike} of {len(found)} rows {_VERB[verdict]}, one of them is shown"
    return _Verdict(verdict, worst[2], None if numbers.exact else worst[3], sigma, note)


_SEVERITY = {REPRODUCED: 0, UNRESOLVED: 1, DEVIATES: 2}
_VERB = {REPRODUCED: "agree", UNRESOLVED: "are not resolved", DEVIATES: "deviate"}


def _value(claim: Claim, rule: Rule, tables: Mapping[str, pd.DataFrame | str]) -> _Verdict:
    published = _given(claim.published)

    def of_one(value: float, error: float) -> tuple[str, float | None]:
        joint = float(np.hypot(error, claim.published_error or 0.0))
        difference = value - published
        return _agreement(difference, joint, _slack(rule, published), rule, error), _ratio(difference, joint)

    numbers = numbers_of(claim.measured, tables)
    if claim.measured.reduce != "nearest":
        return _each(numbers, of_one)
    row = int(np.abs(numbers.values - published).argmin())
    verdict, sigma = of_one(float(numbers.values[row]), float(numbers.errors[row]))
    error = None if numbers.exact else float(numbers.errors[row])
    span = f"from {numbers.values.min():.4g} to {numbers.values.max():.4g}"
    note = f"the nearest of {len(numbers.values)} rows {span}"
    return _Verdict(verdict, float(numbers.values[row]), error, sigma, note)


def _interval(claim: Claim, rule: Rule, tables: Mapping[str, pd.DataFrame | str]) -> _Verdict:
    def of_one(value: float, error: float) -> tuple[str, float | None]:
        inside = min(
            np.inf if rule.low is None else value - rule.low, np.inf if rule.high is None else rule.high - value
        )
        return _side(inside, error, _given(rule.sigma)), _ratio(inside, error)

    return _each(numbers_of(claim.measured, tables), of_one)


def _sign(claim: Claim, rule: Rule, tables: Mapping[str, pd.DataFrame | str]) -> _Verdict:
    direction = 1.0 if rule.sign == "positive" else -1.0

    def of_one(value: float, error: float) -> tuple[str, float | None]:
        if error == 0 and value == 0:
            return DEVIATES, None
        return _side(direction * value, error, _given(rule.sigma)), _ratio(value, error)

    return _each(numbers_of(claim.measured, tables), of_one)


def _order(claim: Claim, rule: Rule, tables: Mapping[str, pd.DataFrame | str]) -> _Verdict:
    left, right = numbers_of(claim.measured, tables), numbers_of(_given(claim.against), tables)
    value, error = float(left.values[0]), float(left.errors[0])
    other, other_error = float(right.values[0]), float(right.errors[0])
    joint, difference = float(np.hypot(error, other_error)), value - other
    if rule.relation == "equal":
        verdict = _agreement(difference, joint, _slack(rule, other), rule, joint)
    else:
        distance = difference if rule.relation == "above" else -difference
        verdict = UNRESOLVED if joint == 0 and distance == 0 else _side(distance, joint, _given(rule.sigma))
    note = f"compared with {_told(other, None if right.exact else other_error)}"
    return _Verdict(verdict, value, None if left.exact else error, _ratio(difference, joint), note)


# ------------------------------------------------------------------------------------------------ many rows


def _trend(claim: Claim, rule: Rule, tables: Mapping[str, pd.DataFrame | str]) -> _Verdict:
    numbers = numbers_of(claim.measured.model_copy(update={"reduce": "each"}), tables)
    if rule.along not in numbers.rows.columns:
        raise Unanswered(f"{claim.measured.table} has no column {rule.along}")
    along = numbers.rows[rule.along].to_numpy(dtype=float)
    if len(along) < 3 or len(np.unique(along)) < len(along):
        several = f", {len(along)} rows at {len(np.unique(along))} values of {rule.along}"
        raise Unanswered(f"a trend needs one row at each of three values or more{several}")
    order = np.argsort(along)
    values, errors = numbers.values[order], numbers.errors[order]
    span = f"{len(along)} rows from {rule.along} = {along.min():g} to {along.max():g}"
    if rule.direction == "constant":
        weights = 1 / np.square(errors) if (errors > 0).all() else np.ones(len(errors))
        mean = float(np.average(values, weights=weights))
        mean_error = 0.0 if numbers.exact else float(1 / np.sqrt(weights.sum()))
        verdicts = [
            _agreement(float(value - mean), float(error), _slack(rule, mean), rule, float(error))
            for value, error in zip(values, errors, strict=True)
        ]
        verdict = next((each for each in (DEVIATES, UNRESOLVED) if each in verdicts), REPRODUCED)
        far = int(np.abs(values - mean).argmax())
        note = f"mean of {span}; the farthest is {_told(float(values[far]), None if numbers.exact else errors[far])}"
        sigmas = [_ratio(float(value - mean), float(error)) or 0.0 for value, error in zip(values, errors, strict=True)]
        return _Verdict(verdict, mean, None if numbers.exact else mean_error, max(sigmas) or None, note)
    direction = 1.0 if rule.direction == "increasing" else -1.0
    steps = direction * np.diff(values)
    step_errors = np.hypot(errors[1:], errors[:-1])
    slack = _slack(rule, float(np.abs(values).max()))
    change, error = float(values[-1] - values[0]), float(np.hypot(errors[-1], errors[0]))
    sigma = _given(rule.sigma)
    back = steps < -(sigma * step_errors + slack)
    if back.any():
        verdict, place = DEVIATES, along[order][1:][back][0]
        note = f"change over {span}; {int(back.sum())} steps go the other way, the first before {place:g}"
    else:
        verdict = REPRODUCED if direction * change > sigma * error + slack else UNRESOLVED
        note = f"change over {span}"
    return _Verdict(verdict, change, None if numbers.exact else error, _ratio(change, error), note)


def _count(claim: Claim, rule: Rule, tables: Mapping[str, pd.DataFrame | str]) -> _Verdict:
    note = ""
    if claim.against is not None:
        note = f"of {len(required_rows(claim.against, tables))} rows"
    count = len(select_rows(claim.measured, tables))
    holds = (rule.low is None or count >= rule.low) and (rule.high is None or count <= rule.high)
    return _Verdict(REPRODUCED if holds else DEVIATES, float(count), note=note)


def _equals(claim: Claim, rule: Rule, tables: Mapping[str, pd.DataFrame | str]) -> _Verdict:
    quantity = claim.measured
    rows = required_rows(quantity, tables)
    held = select_rows(quantity.model_copy(update={"select": {quantity.column: rule.values}, "at": None}),
                       {quantity.table: rows})  # fmt: skip
    others = rows.drop(held.index)[quantity.column].astype("str").unique() if len(held) < len(rows) else []
    note = f"share of {len(rows)} rows" + (
        f"; found besides: {', '.join(others[:MAX_ROWS_TOLD])}" if len(others) else ""
    )
    return _Verdict(DEVIATES if len(others) else REPRODUCED, len(held) / len(rows), note=note)


def _pairs(claim: Claim, rule: Rule, tables: Mapping[str, pd.DataFrame | str]) -> _Verdict:
    by = _given(rule.by)
    apart = (*by, *(rule.besides or ()))
    left = _side_of_pairs(claim.measured, apart, tables)
    both = left.merge(_side_of_pairs(_given(claim.against), by, tables), on=list(by), suffixes=("", "_other"))
    if both.empty:
        raise Unanswered(f"no rows pair by {', '.join(by)}")
    sigma = None
    if "word" in both:
        verdicts = np.where(both["word"] == both["word_other"], REPRODUCED, DEVIATES)
    else:
        joint = np.hypot(both["error"], both["error_other"])
        difference = both["number"] - both["number_other"]
        verdicts = np.array([
            _of_pair(float(d), float(e), float(other), rule)
            for d, e, other in zip(difference, joint, both["number_other"], strict=True)
        ])  # fmt: skip
        # Of pairs in order the one that is nearest to breaking it decides, of equal ones the farthest.
        ratios = difference.abs() / joint
        sigma = float(ratios.max() if rule.relation in (None, "equal") else ratios.min()) if (joint > 0).all() else None
    differ = verdicts == DEVIATES
    verdict = next((each for each in (DEVIATES, UNRESOLVED) if each in verdicts), REPRODUCED)
    named = "pairs that differ" if rule.relation in (None, "equal") else f"pairs that are not {rule.relation}"
    note = f"{named}, of {len(both)}"
    if differ.any():
        first, last = both[differ].iloc[0], both[differ].iloc[-1]
        ends = [", ".join(f"{name} = {_plain(row[name])}" for name in apart) for row in (first, last)]
        note += f": {ends[0]}" if differ.sum() == 1 else f": from {ends[0]} to {ends[1]}"
    return _Verdict(verdict, float(differ.sum()), sigma=sigma, note=note)


def _of_pair(difference: float, error: float, other: float, rule: Rule) -> str:
    if rule.relation in (None, "equal"):
        return _agreement(difference, error, _slack(rule, other), rule, error)
    return _side(difference if rule.relation == "above" else -difference, error, _given(rule.sigma))


def _side_of_pairs(quantity: Quantity, by: tuple[str, ...], tables: Mapping[str, pd.DataFrame | str]) -> pd.DataFrame:
    """Return the rows of one quantity: the columns that pair, sorted by them, and number and error, or word."""
    rows = required_rows(quantity, tables)
    missing = [name for name in (*by, quantity.column) if name not in rows.columns]
    if missing:
        raise Unanswered(f"{quantity.table} has no column {missing[0]}")
    frame = rows[list(by)].map(lambda value: round(value, 9) if isinstance(value, float) else value)
    if rows[quantity.column].dtype.kind in "fiu":
        numbers = numbers_of(quantity.model_copy(update={"reduce": "each"}), tables)
        frame = frame.assign(number=numbers.values, error=numbers.errors)
    else:
        frame = frame.assign(word=rows[quantity.column].to_numpy())
    if frame.duplicated(list(by)).any():
        raise Unanswered(f"rows of {quantity.table} stand twice for equal {', '.join(by)}")
    return frame.sort_values(list(by))


def _plain(value: object) -> str:
    return value if isinstance(value, str) else f"{value:g}"


def _told(value: float, error: float | None) -> str:
    return f"{value:.6g}" if error is None else f"{value:.6g} ± {float(error):.2g}"


_JUDGES: Mapping[str, Callable[[Claim, Rule, Mapping[str, pd.DataFrame | str]], _Verdict]] = {
    "value": _value,
    "interval": _interval,
    "sign": _sign,
    "order": _order,
    "trend": _trend,
    "count": _count,
    "equals": _equals,
    "pairs": _pairs,
}
