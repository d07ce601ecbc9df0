"""The record put to the test: checksums, versions of the code, and a sample computed anew at a reduced scale."""

from __future__ import annotations

import math
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from openkerr.record.record import MANIFEST, damaged, read_manifest
from openkerr.record.trace import KEPT_ORIGINS, TraceError, Tracer
from openkerr.run.extensions import known_tables
from openkerr.tables.columns import Column, TableSchema
from openkerr.tables.files import TableError, read_table

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

__all__ = [
    "LIMIT",
    "Comparison",
    "Spread",
    "compare",
    "compare_runs",
    "earlier_versions",
    "integrity",
    "recompute",
    "spreads",
]

LIMIT = 6.73
"""Allowed difference in standard errors: as likely in Student's distribution with 15 degrees of freedom, that of an
error from the least number of batches, as 4.5 standard deviations in the normal one."""

FINITE_TIME = 3.0
"""A Lyapunov exponent of a time T lies within this over T of its limit: a factor exp(3) in the length of a vector."""

STATIONARY = 3.0
ROUNDING = 1e-9


@dataclass(frozen=True)
class Comparison:
    """A recorded table against the same computed anew; `worst` is in units of what is allowed, `where` names it."""

    table: str
    compared: int = 0
    left_out: int = 0
    beyond: int = 0
    worst: float = 0.0
    where: str = ""
    reason: str = ""

    def text(self) -> str:
        """Return one line."""
        if not self.compared:
            return f"{self.table}: not compared: {self.reason or 'no estimate of a row stands in both'}"
        verdict = "agrees" if not self.beyond else f"DEVIATES in {self.beyond}"
        left_out = f", {self.left_out} rows not stationary left out" if self.left_out else ""
        return (
            f"{self.table}: {verdict}: {self.compared} estimates compared{left_out}; "
            f"the worst differs by {self.worst:.2f} of what is allowed ({self.where})"
        )


def integrity(folder: Path) -> list[str]:
    """Return one line for each file of a record that is missing, was altered or is not in its manifest.

    Raises RecordError where there is no record.
    """
    manifest = read_manifest(folder)
    listed = {*manifest, MANIFEST, "README.md"}
    there = (path.relative_to(folder).as_posix() for path in sorted(folder.rglob("*")) if path.is_file())
    lines = damaged(folder, manifest)
    lines += [f"{name} is not in {MANIFEST}" for name in there if name not in listed]
    tracer = Tracer()
    for name in sorted(manifest):
        # The page of the claims says what their table says.
        if (folder / name).is_file() and not name.startswith(KEPT_ORIGINS) and not name.endswith(".md"):
            try:
                lines += tracer.trace(folder / name).breaks()
            except TraceError as error:
                lines.append(str(error))
    return list(dict.fromkeys(lines))


def earlier_versions(folder: Path) -> dict[str, list[str]]:
    """Return what was computed with an earlier version: figure or table → why, of itself and of all behind it.

    Raises RecordError where there is no record.
    """
    tracer, found = Tracer(), {}
    for name in sorted(read_manifest(folder)):
        if name.startswith("figures/") == name.endswith(".json") and not name.startswith(KEPT_ORIGINS):
            try:
                links = list(tracer.trace(folder / name).walk())
            except TraceError:
                continue  # that is a matter of integrity
            why = [link.stale for link in links if link.stale]
            if why:
                found[name] = list(dict.fromkeys(why))
    return found


def recompute(folder: Path, results: Path) -> list[Comparison]:
    """Compare every table of a record with the one that today's code made at another scale, in `results`."""
    folder, results = (Path(os.path.abspath(path)) for path in (folder, results))
    tracer, comparisons = Tracer(), []
    for name in sorted(name for name in read_manifest(folder) if name.startswith("tables/") and name.endswith(".csv")):
        table, other = Path(name).stem, results / name
        try:
            if not other.is_file():
                raise TableError(f"there is no {results.name}/{name}: run the workflow at that scale first")
            link = tracer.trace(other)
            wrong = [*link.breaks(), *(f"{each.name} was {each.stale}" for each in link.walk() if each.stale)]
            if wrong:
                raise TableError(f"{wrong[0]}: run the workflow at that scale first")
            schema = known_tables().get(table)
            if schema is None:
                raise TableError(f"there is no table {table} today")
            comparisons.append(compare(schema, read_table(schema, folder / name), read_table(schema, other)))
        except (TableError, TraceError) as error:
            comparisons.append(Comparison(table, reason=str(error)))
    return comparisons


def compare(schema: TableSchema, recorded: pd.DataFrame, computed: pd.DataFrame) -> Comparison:
    """Compare the estimates of two tables of one schema, row by row of equal keys.

    A pair agrees if it differs by at most `LIMIT` times the joint error, statistical and systematic, plus what its
    column allows to a shorter run, for exponents `FINITE_TIME` over each averaging time, and a rounding error. Rows
    that are not stationary in either table are left out, as are estimates that are not; the schema names the columns
    that tell. Ensembles of one seed share trajectories, which makes the joint error too large, never too small.
    """
    import numpy as np

    rows, left_out = _common_rows(schema, recorded, computed)
    if not _estimates(schema):
        return Comparison(schema.name, reason="it has no standard errors")
    compared = beyond = 0
    worst, where = 0.0, ""
    times = [f"{schema.averaging_time}{tail}" for tail in ("", "_now")] if schema.averaging_time else []
    for pairs in _pairs(schema, rows):
        error = np.hypot(pairs.stderr, pairs.systematic)
        allowed = LIMIT * error + ROUNDING * pairs.scale + pairs.column.shorter_run
        allowed = allowed + sum(FINITE_TIME / pairs.rows[time].to_numpy(dtype=float) for time in times)
        shares = np.divide(
            pairs.difference, allowed, out=np.where(pairs.difference > 0, np.inf, 0.0), where=allowed > 0
        )
        compared += len(shares)
        beyond += int((shares > 1.0).sum())
        if len(shares) and (not where or shares.max() > worst):
            worst, where = float(shares.max()), _place(schema, pairs.column.name, pairs.rows.iloc[int(shares.argmax())])
    return Comparison(schema.name, compared, left_out, beyond, worst, where)


@dataclass(frozen=True)
class Spread:
    """How far an estimate lies from itself in another run, in units of its error.

    `spread` is the root mean square of the differences over their joint standard errors, 1 where these are right and
    rows independent (1.07 with errors from 16 batches); `spread_joint` that over statistical and systematic errors
    together, less than 1 where what is systematic is the same in both runs; `worst` the largest of the first.
    """

    table: str
    column: str
    compared: int
    spread: float
    spread_joint: float
    worst: float
    where: str


def spreads(schema: TableSchema, left: pd.DataFrame, right: pd.DataFrame) -> list[Spread]:
    """Tell for every estimate of a table whether its errors hold what another seed changes, row by row of equal keys.

    Parameters
    ----------
    schema : TableSchema
    left, right : DataFrame
        The table of two runs that differ in their seed alone. Rows that are not stationary in either are left out, as
        are values without an error and those that are the same in both runs, on which the seed does not act.
    """
    import numpy as np

    rows, _ = _common_rows(schema, left, right)
    found = []
    for pairs in _pairs(schema, rows):
        chosen = (pairs.stderr > 0) & (pairs.difference > 0)
        if not chosen.any():
            continue
        z = pairs.difference[chosen] / pairs.stderr[chosen]
        joint = pairs.difference[chosen] / np.hypot(pairs.stderr, pairs.systematic)[chosen]
        place = _place(schema, pairs.column.name, pairs.rows[chosen].iloc[int(z.argmax())])
        found.append(
            Spread(
                schema.name,
                pairs.column.name,
                int(chosen.sum()),
                float(np.sqrt(np.mean(z**2))),
                float(np.sqrt(np.mean(joint**2))),
                float(z.max()),
                place,
            )
        )
    return found


def compare_runs(left: Path, right: Path) -> tuple[list[Spread], list[str]]:
    """Spreads of all tables of two runs, and one line for each table that could not be read in both."""
    found: list[Spread] = []
    lines = []
    for table, schema in sorted(known_tables().items()):
        paths = [folder / "tables" / f"{table}.csv" for folder in (left, right)]
        try:
            found += spreads(schema, *(read_table(schema, path) for path in paths))
        except (TableError, OSError) as error:
            lines.append(f"{table}: not compared: {error}")
    return found, lines


class _Pairs(NamedTuple):
    """Rows of two tables in which an estimate stands in both: differences, their joint errors, sizes."""

    column: Column
    rows: pd.DataFrame
    difference: np.ndarray
    stderr: np.ndarray
    systematic: np.ndarray
    scale: np.ndarray


def _estimates(schema: TableSchema) -> list[Column]:
    return [column for column in schema.columns if f"{column.name}_stderr" in schema.column_names]


def _common_rows(schema: TableSchema, left: pd.DataFrame, right: pd.DataFrame) -> tuple[pd.DataFrame, int]:
    """Return rows of equal keys, columns of the second table with the suffix _now, and how many were not stationary."""
    key = list(schema.key)
    left, right = (_rounded(frame, key) for frame in (left, right))
    rows = left.merge(right, on=key, suffixes=("", "_now"))
    if not schema.stationarity:
        return rows, 0
    moving = _moving(rows, schema.stationarity)
    return rows[~moving], int(moving.sum())


def _pairs(schema: TableSchema, rows: pd.DataFrame) -> Iterator[_Pairs]:
    import numpy as np

    for column in _estimates(schema):
        name = column.name
        columns = [name, f"{name}_stderr", f"{name}_now", f"{name}_stderr_now"]
        still = rows[~_moving(rows, column.stationarity)] if column.stationarity else rows
        both = still.dropna(subset=columns)
        old, old_error, new, new_error = (both[each].to_numpy(dtype=float) for each in columns)
        systematic = np.zeros(len(both))
        if f"{name}_systematic" in schema.column_names:
            parts = (both[f"{name}_systematic{tail}"].fillna(0.0).to_numpy(dtype=float) for tail in ("", "_now"))
            systematic = np.hypot(*parts)
        difference = np.abs(old - new)
        if column.unit == "rad":
            difference = np.minimum(difference % math.tau, math.tau - difference % math.tau)
        yield _Pairs(
            column,
            both,
            difference,
            np.hypot(old_error, new_error),
            systematic,
            np.maximum(np.abs(old), np.abs(new)),
        )


def _place(schema: TableSchema, name: str, row: pd.Series) -> str:
    return f"{name} at " + ", ".join(
        f"{part} = {row[part]}" if isinstance(row[part], str) else f"{part} = {row[part]:g}" for part in schema.key
    )


def _moving(rows: pd.DataFrame, name: str) -> pd.Series:
    """Return the rows in which a column tells of either table that it still moves."""
    return (rows[[name, f"{name}_now"]].abs() > STATIONARY).any(axis=1)


def _rounded(frame: pd.DataFrame, key: list[str]) -> pd.DataFrame:
    """Return the frame with numbers of the key rounded to 12 digits, so that equal values meet."""
    numbers = {
        name: frame[name].map(lambda value: float(f"{value:.12g}")) for name in key if frame[name].dtype == "float64"
    }
    return frame.assign(**numbers)
