"""Tables with a schema: how they are checked, written, read and described."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from openkerr.runtime.io import atomic_output
from openkerr.runtime.provenance import canonical_json, digest, file_sha256
from openkerr.tables.columns import Column, TableSchema

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "TableError",
    "read_sidecar",
    "read_table",
    "validate_table",
    "write_table",
]


class TableError(ValueError):
    """A table that does not agree with its schema or with the checksum beside it."""


def _dtype(column: Column) -> str:
    if column.kind == "integer":
        return "Int64" if column.nullable else "int64"
    return {"number": "float64", "text": "str"}[column.kind]


@cache
def _checker(schema: TableSchema) -> Any:
    """Return the pandera schema of a table; pandera is imported here, late, because scripts start often."""
    import numpy as np
    import pandera.pandas as pa

    columns = {}
    for column in schema.columns:
        checks = []
        if column.kind == "number":
            checks.append(pa.Check(lambda values: ~np.isinf(values), error="must be finite"))
        if column.allowed is not None:
            checks.append(pa.Check.isin(list(column.allowed), error=f"must be {column.limits()}"))
        if column.above is not None:
            checks.append(pa.Check.gt(column.above, error=f"must be {column.limits()}"))
        if column.minimum is not None:
            checks.append(pa.Check.ge(column.minimum, error=f"must be {column.limits()}"))
        if column.maximum is not None:
            checks.append(pa.Check.le(column.maximum, error=f"must be {column.limits()}"))
        columns[column.name] = pa.Column(_dtype(column), checks=checks, nullable=column.nullable)
    rules = [pa.Check(rule.holds, error=rule.sentence) for rule in schema.rules]
    return pa.DataFrameSchema(columns, checks=rules, unique=list(schema.key), strict=True, ordered=True)


def _typed(frame: pd.DataFrame, schema: TableSchema) -> pd.DataFrame:
    """Return the columns in schema order with the schema's types."""
    import pandas as pd

    missing = [column for column in schema.column_names if column not in frame.columns]
    unknown = [str(column) for column in frame.columns if column not in schema.column_names]
    if missing or unknown:
        found = [f"lacks {', '.join(missing)}"] * bool(missing) + [f"has unknown {', '.join(unknown)}"] * bool(unknown)
        raise TableError(f"table {schema.name} {' and '.join(found)}")
    if frame.columns.has_duplicates:
        raise TableError(f"table {schema.name} has a column twice")
    typed = {}
    for column in schema.columns:
        try:
            typed[column.name] = _convert(frame[column.name].reset_index(drop=True), column)
        except (TypeError, ValueError) as error:
            raise TableError(f"table {schema.name}, column {column.name}: {error}") from None
    return pd.DataFrame(typed)


def _convert(values: pd.Series, column: Column) -> pd.Series:
    """Return a column's values with the schema's type; nothing is rounded or cut on the way."""
    import pandas as pd

    if column.kind == "text":
        text = values.astype("object").where(values.notna(), None)
        if any(not isinstance(value, str) for value in text.dropna()):
            raise TypeError("must be text")
        return text.replace("", None).astype("str")
    numbers = pd.to_numeric(values)
    if column.kind == "number":
        return numbers.astype("float64")
    if numbers.isna().any() and not column.nullable:
        raise ValueError("must not be empty")
    try:
        return numbers.astype("Int64").astype(_dtype(column))
    except TypeError:
        raise TypeError("must be whole numbers") from None


def _agrees(schema: TableSchema, typed: pd.DataFrame) -> bool:
    """Tell quickly whether a frame of the schema's types keeps all its conditions.

    Where it does, pandera, which takes longer to import than a table to read, is not asked. It tells what is wrong, and
    decides where this says no: rules with an empty value, which it passes over.
    """
    import numpy as np

    for column in schema.columns:
        values = typed[column.name]
        told = values.dropna()
        if len(told) < len(values) and not column.nullable:
            return False
        if column.kind == "number" and np.isinf(told).any():
            return False
        if column.allowed is not None and not told.isin(column.allowed).all():
            return False
        if column.above is not None and not (told > column.above).all():
            return False
        if column.minimum is not None and not (told >= column.minimum).all():
            return False
        if column.maximum is not None and not (told <= column.maximum).all():
            return False
    if typed.duplicated(list(schema.key)).any():
        return False
    return all(bool(rule.holds(typed).fillna(False).all()) for rule in schema.rules)


def validate_table(schema: TableSchema, frame: pd.DataFrame) -> pd.DataFrame:
    """Return the frame with the schema's column order, types and a plain index.

    Raises TableError, one line with column, row (from 0) and value, for a missing or unknown column, a value
    of the wrong kind or outside what is allowed, an empty value where there must be one, a key that stands
    twice.
    """
    typed = _typed(frame, schema)
    if _agrees(schema, typed):
        return typed
    from pandera.errors import SchemaErrors

    try:
        return _checker(schema).validate(typed, lazy=True)
    except SchemaErrors as error:
        raise TableError(_one_line(schema, error.failure_cases)) from None


def _one_line(schema: TableSchema, failures: pd.DataFrame) -> str:
    """Describe the first failure and count the others, one for each broken check and row."""
    import pandas as pd

    broken = failures.assign(column=failures["column"].where(failures["schema_context"] == "Column", ""))
    broken = broken.drop_duplicates(["column", "check", "index"])
    # What is wrong in one column comes before the conditions between columns that fail for it.
    broken = broken.sort_values("column", key=lambda names: names == "", kind="stable")
    first = broken.iloc[0]
    check = str(first["check"])
    key = ", ".join(schema.key)
    said = {
        "not_nullable": "must not be empty",
        "multiple_fields_uniqueness": f"the key ({key}) stands twice",
    }
    where = f"table {schema.name}"
    if first["schema_context"] == "Column":
        value = "" if pd.isna(first["failure_case"]) else f" ({first['failure_case']})"
        where += f", column {first['column']}{value}"
    if not pd.isna(first["index"]):
        where += f", row {int(first['index'])}"
    rest = f" (and {len(broken) - 1} more)" if len(broken) > 1 else ""
    return f"{where}: {said.get(check, check)}{rest}"


def write_table(
    schema: TableSchema, frame: pd.DataFrame, path: str | os.PathLike[str], provenance: Mapping[str, Any]
) -> None:
    """Check a frame against its schema and write it as CSV, with a JSON file of the same name beside it.

    Floats are written in the shortest form that reads back to the same bits, empty values as nothing, lines
    end in LF. The JSON holds the provenance, the columns with their units and the SHA-256 of the CSV. Both
    files are atomic. Raises TableError as `validate_table` does.
    """
    checked = validate_table(schema, frame)
    path = Path(path)
    facts = {
        "table": schema.name,
        "columns": [
            {"name": column.name, "kind": column.kind, "unit": column.unit, "description": column.description}
            for column in schema.columns
        ],
        "rows": len(checked),
        "provenance": provenance,
    }
    canonical_json(facts)  # refuses what JSON cannot hold before anything is written
    facts["provenance_digest"] = digest(provenance)
    with atomic_output(path.with_suffix(".json")) as sidecar, atomic_output(path) as temporary:
        checked.to_csv(temporary, index=False, lineterminator="\n", encoding="utf-8")
        facts["sha256"] = file_sha256(temporary)
        text = json.dumps(json.loads(canonical_json(facts)), indent=2, sort_keys=True)
        sidecar.write_text(text + "\n", encoding="utf-8", newline="\n")


def read_sidecar(path: str | os.PathLike[str]) -> dict[str, Any]:
    """Return what stands in the JSON beside a table: table, columns, rows, sha256, provenance."""
    sidecar = Path(path).with_suffix(".json")
    try:
        return json.loads(sidecar.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise TableError(f"{Path(path).name} has no {sidecar.name} beside it: its origin is unknown") from None


def read_table(schema: TableSchema, path: str | os.PathLike[str], columns: Sequence[str] | None = None) -> pd.DataFrame:
    """Return a table, checked against its schema and against the checksum in the JSON beside it.

    With `columns`, these and the key alone are read and checked: a recorded table that lacks another one of today's
    will do. Raises TableError if the file was altered after it was written, holds another table or breaks the schema.
    """
    import pandas as pd

    path = Path(path)
    facts = read_sidecar(path)
    if facts.get("table") != schema.name:
        raise TableError(f"{path.name} holds the table {facts.get('table')}, not {schema.name}")
    if file_sha256(path) != facts.get("sha256"):
        raise TableError(f"{path.name} does not match the checksum in {path.stem}.json: it was altered after writing")
    frame = pd.read_csv(path, dtype="str", keep_default_na=False, na_values=[""])
    if columns is not None:
        schema = schema.restricted(columns)
        frame = frame[[name for name in schema.column_names if name in frame]]
    for column in schema.columns:
        if column.kind == "number" and column.name in frame:
            # Python's own float is exact in every version of pandas, its reader only in some.
            try:
                frame[column.name] = frame[column.name].to_numpy(dtype="object").astype("float64")
            except ValueError as error:
                raise TableError(f"table {schema.name}, column {column.name}: {error}") from None
    return validate_table(schema, frame)
