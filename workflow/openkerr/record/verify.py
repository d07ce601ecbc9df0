"""The record put to the test: checksums, versions of the code, and a sample computed anew at a reduced scale."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from openkerr.record.record import MANIFEST, damaged, read_manifest
from openkerr.record.trace import KEPT_ORIGINS, TraceError, Tracer
from openkerr.run.tables import TABLES
from openkerr.tables.columns import TableSchema
from openkerr.tables.files import TableError, read_table

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["LIMIT", "Comparison", "compare", "earlier_versions", "integrity", "recompute"]

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
            schema = TABLES.get(table)
            if schema is None:
                raise TableError(f"there is no table {table} today")
            comparisons.append(compare(schema, read_table(schema, folder / name), read_table(schema, other)))
        except (TableError, TraceError) as error:
            comparisons.append(Comparison(table, reason=str(error)))
    return comparisons


def compare(schema: TableSchema, recorded: pd.DataFrame, computed: pd.DataFrame) -> Comparison:
    """Compare the estimates of two tables of one schema, row by row of equal keys.

    A pair agrees if it differs by at most `LIMIT` times the joint standard error, plus what its column allows to a
    shorter run, for exponents `FINITE_TIME` over each averaging time, and a rounding error. Rows that are not
    stationary in either table are left out, as are estimates that are not; the schema names the columns that tell.
    Ensembles of one seed share trajectories, which makes the joint error too large, never too small.
    """
    import numpy as np

    table = schema.name
    names = [name for name in schema.column_names if f"{name}_stderr" in schema.column_names]
    if not names:
        return Comparison(table, reason="it has no standard errors")
    key = list(schema.key)
    left, right = (_rounded(frame, key) for frame in (recorded, computed))
    rows = left.merge(right, on=key, suffixes=("", "_now"))
    left_out = 0
    if schema.stationarity:
        moving = _moving(rows, schema.stationarity)
        rows, left_out = rows[~moving], int(moving.sum())
    compared = beyond = 0
    worst, where = 0.0, ""
    times = [f"{schema.averaging_time}{tail}" for tail in ("", "_now")] if schema.averaging_time else []
    for column in (column for column in schema.columns if column.name in names):
        name = column.name
        columns = [name, f"{name}_stderr", f"{name}_now", f"{name}_stderr_now"]
        still = rows[~_moving(rows, column.stationarity)] if column.stationarity else rows
        both = still[key + columns + times].dropna(subset=columns)
        old, old_error, new, new_error = (both[each].to_numpy(dtype=float) for each in columns)
        scale = np.maximum(np.abs(old), np.abs(new))
        allowed = LIMIT * np.hypot(old_error, new_error) + ROUNDING * scale + column.shorter_run
        allowed = allowed + sum(FINITE_TIME / both[time].to_numpy(dtype=float) for time in times)
        difference = np.abs(old - new)
        shares = np.divide(difference, allowed, out=np.where(difference > 0, np.inf, 0.0), where=allowed > 0)
        compared += len(both)
        beyond += int((shares > 1.0).sum())
        if len(both) and (not where or shares.max() > worst):
            worst, row = float(shares.max()), both.iloc[int(shares.argmax())]
            where = f"{name} at " + ", ".join(
                f"{part} = {row[part]}" if isinstance(row[part], str) else f"{part} = {row[part]:g}" for part in key
            )
    return Comparison(table, compared, left_out, beyond, worst, where)


def _moving(rows: pd.DataFrame, name: str) -> pd.Series:
    """Return the rows in which a column tells of either table that it still moves."""
    return (rows[[name, f"{name}_now"]].abs() > STATIONARY).any(axis=1)


def _rounded(frame: pd.DataFrame, key: list[str]) -> pd.DataFrame:
    """Return the frame with numbers of the key rounded to 12 digits, so that equal values meet."""
    numbers = {
        name: frame[name].map(lambda value: float(f"{value:.12g}")) for name in key if frame[name].dtype == "float64"
    }
    return frame.assign(**numbers)
