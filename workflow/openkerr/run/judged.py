"""Today's ledger of claims held against a folder of results, such as the record."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd

from openkerr.claims.ledger import Ledger, load_claims
from openkerr.claims.verdicts import judge_claims, read_tables
from openkerr.run.extensions import known_extensions, known_tables, with_claims
from openkerr.run.published import recorded_values

__all__ = ["LEDGER", "Judged", "judge_results", "todays_ledger"]

LEDGER = Path(__file__).resolve().parents[3] / "config" / "claims.yaml"


class Judged(NamedTuple):
    """Table of the claims, what it rests on besides tables, as parameters of the rule, and the tables that it read."""

    frame: pd.DataFrame
    parameters: Mapping[str, Any]
    tables: Mapping[str, Path]


def todays_ledger(file: Path = LEDGER) -> Ledger:
    """Return the claims of a ledger with those of the folders of one's own; raises ClaimsError if it cannot be read."""
    return with_claims(load_claims(file), known_extensions().values())


def judge_results(results: Path, ledger_file: Path = LEDGER) -> Judged:
    """Return the claims of a ledger and of the folders of one's own, judged by the tables in a folder of results.

    What a run took as parameters of the models is read from its tables.

    Raises
    ------
    ClaimsError
        If the ledger cannot be read.
    """
    ledger = todays_ledger(ledger_file)
    there = {path.stem: path for path in sorted((results / "tables").glob("*.csv"))}
    paths = {name: there[name] for name in ledger.tables if name in there}
    values = recorded_values(ledger, results / "tables")
    frame = judge_claims(ledger, read_tables(paths, known_tables()), values)
    folders = [each.folder for each in known_extensions().values()]
    return Judged(frame, {"ledger": ledger.plain(), "folders": folders, "parameters": values}, paths)
