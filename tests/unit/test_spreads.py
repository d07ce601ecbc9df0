"""Two runs held against each other: whether errors hold what another seed changes."""

import numpy as np
import pandas as pd
import pytest

from openkerr.__main__ import main
from openkerr.record.verify import compare, spreads
from openkerr.tables.columns import Column, TableSchema, estimate

SCHEMA = TableSchema(
    "told",
    "Numbers, their errors, and an angle.",
    (
        Column("row", "integer", "1", "Row."),
        *estimate("value", "1", "A number."),
        Column("value_systematic", "number", "1", "Its systematic error.", nullable=True),
        *estimate("phase", "rad", "An angle."),
    ),
    key=("row",),
)


def run_of(seed, stderr=0.1, systematic=0.0, told=1.0):
    """Numbers that scatter by stderr, with an error that is `told` times it."""
    x = np.random.default_rng(seed).normal(size=(2, 4000))
    columns = {"row": np.arange(4000), "value": 5.0 + stderr * x[0], "value_stderr": told * stderr}
    phase = np.angle(np.exp(1j * (np.pi + stderr * x[1])))
    columns |= {"value_systematic": systematic, "phase": phase, "phase_stderr": stderr}
    return pd.DataFrame(columns)


def test_the_spread_is_one_where_errors_are_right():
    value, phase = spreads(SCHEMA, run_of(1), run_of(2))
    # 4000 differences know it to 1.1 %; angles about pi do not jump.
    assert (value.column, value.compared) == ("value", 4000) and value.spread == pytest.approx(1.0, abs=0.05)
    assert value.spread_joint == value.spread and phase.spread == pytest.approx(1.0, abs=0.05)
    assert 3.0 < value.worst < 5.0 and value.where.startswith("value at row = ")


def test_errors_that_are_too_small_and_systematic_ones_are_told():
    value, _ = spreads(SCHEMA, run_of(1, told=0.5), run_of(2, told=0.5))
    assert value.spread == pytest.approx(2.0, abs=0.1)
    value, _ = spreads(SCHEMA, run_of(1, systematic=0.1), run_of(2, systematic=0.1))
    assert value.spread_joint == pytest.approx(value.spread / np.sqrt(2.0))
    assert spreads(SCHEMA, run_of(1), run_of(1)) == []


def test_systematic_errors_count_in_a_comparison():
    ours, theirs = run_of(1, systematic=0.0), run_of(1, systematic=0.0)
    theirs["value"] += 2.0
    assert compare(SCHEMA, ours, theirs).beyond == 4000
    assert compare(SCHEMA, ours, theirs.assign(value_systematic=1.0)).beyond == 0


def test_runs_without_tables_are_refused(tmp_path, capsys):
    assert main(["compare", str(tmp_path / "a"), str(tmp_path / "b")]) == 2
    assert "holds no tables: allowed is the folder of a run" in capsys.readouterr().err
