"""Schemas, and tables that come back bit for bit."""

import hashlib
import json

import numpy as np
import pandas as pd
import pytest

from openkerr.run.tables import TABLES, describe_tables
from openkerr.studies.chain_map.tables import CHAIN_PHASE_DIAGRAM
from openkerr.studies.torus_populations.tables import TORUS_POPULATIONS, TORUS_TRAJECTORIES
from openkerr.tables.files import (
    TableError,
    read_sidecar,
    read_table,
    validate_table,
    write_table,
)

PROVENANCE = {"parameters": {"kerr": 0.1}, "seed": 7}


def _populations(n: int = 4) -> pd.DataFrame:
    time = np.arange(n) * 0.1
    return pd.DataFrame(
        {
            "aleph": 200.0,
            "mode": 1,
            "time": time,
            "n_over_aleph": np.sin(time),
            "n_over_aleph_stderr": 1 / 3,
            "n_over_aleph_min": -1.0,
            "n_over_aleph_max": 1.0,
            "n_trajectories": 16,
        }
    )


def _phase_diagram() -> pd.DataFrame:
    values = {
        "geometry": "boundary",
        "method": ["twa", "twa", "cumulants"],
        "length": 10,
        "drive_amplitude": [0.25, 9.0, 9.0],
        "site": 10,
        "photon_number": [1e-3, 70.0, 60.0],
        "photon_number_stderr": [2e-3, 0.5, None],
        "number_fluctuation": [-0.0, -20.0, None],
        "number_fluctuation_stderr": [1e-3, 3.0, None],
        "regime": ["I", "", None],
        "n_trajectories": [512, 512, None],
        "window": [500.0, 500.0, None],
    }
    columns = CHAIN_PHASE_DIAGRAM.column_names
    return pd.DataFrame({name: values.get(name) for name in columns}, index=[5, 1, 3])


def test_chain_phase_diagram_has_the_fixed_columns_in_order():
    pairs = ["photon_number", "number_fluctuation", "g2", "otoc_saturation"]
    expected = ["geometry", "method", "length", "drive_amplitude", "site"]
    expected += [name for pair in pairs for name in (pair, f"{pair}_stderr")]
    expected += ["regime", "rnw_fraction", "rnw_fraction_stderr", "n_trajectories", "window"]
    expected += ["mandel_q", "mandel_q_stderr", "stationarity", "burn_in", "otoc_stationarity", "wave_photon_number"]
    expected += ["doubt"]
    assert CHAIN_PHASE_DIAGRAM.column_names == expected


@pytest.mark.parametrize("schema", TABLES.values(), ids=lambda schema: schema.name)
def test_schemas_are_complete(schema):
    names = schema.column_names
    assert len(set(names)) == len(names) and set(schema.key) <= set(names)
    for column in schema.columns:
        assert column.name == column.name.lower() and column.description.endswith(".")
        assert (column.unit == "") == (column.kind == "text")
        if column.name.endswith("_stderr"):
            assert column.name.removesuffix("_stderr") in names and column.minimum == 0.0


def test_floats_come_back_bit_for_bit(tmp_path):
    rng = np.random.default_rng(5)
    bits = rng.integers(0, 2**64, 3000, dtype=np.uint64, endpoint=False).view(np.float64)
    values = np.concatenate([[-0.0, 5e-324, 0.1 + 0.2, 1e22, 1e16, -1.7976931348623157e308], bits[np.isfinite(bits)]])
    frame = _populations(len(values)).assign(n_over_aleph=values, n_over_aleph_min=values, n_over_aleph_max=values)
    path = tmp_path / "torus_populations.csv"
    write_table(TORUS_POPULATIONS, frame, path, PROVENANCE)
    read = read_table(TORUS_POPULATIONS, path)
    assert read["n_over_aleph"].to_numpy().tobytes() == values.tobytes()
    pd.testing.assert_frame_equal(read, frame, check_exact=True)


def test_some_columns_of_a_table_that_lacks_another_one(tmp_path):
    path = tmp_path / "torus_populations.csv"
    frame = _populations(3)
    write_table(
        TORUS_POPULATIONS.restricted([c for c in frame if c != "n_over_aleph_max"]),
        frame.drop(columns="n_over_aleph_max"),
        path,
        PROVENANCE,
    )
    with pytest.raises(TableError, match="lacks n_over_aleph_max"):
        read_table(TORUS_POPULATIONS, path)
    read = read_table(TORUS_POPULATIONS, path, ["n_over_aleph"])
    pd.testing.assert_frame_equal(read, frame[[*TORUS_POPULATIONS.key, "n_over_aleph"]][list(read)], check_exact=True)
    with pytest.raises(TableError, match="lacks n_over_aleph_max"):
        read_table(TORUS_POPULATIONS, path, ["n_over_aleph_max"])


def test_empty_values_text_and_integers_come_back(tmp_path):
    path = tmp_path / "new" / "chain_phase_diagram.csv"
    frame = _phase_diagram()
    write_table(CHAIN_PHASE_DIAGRAM, frame, path, PROVENANCE)
    read = read_table(CHAIN_PHASE_DIAGRAM, path)
    pd.testing.assert_frame_equal(read, validate_table(CHAIN_PHASE_DIAGRAM, frame), check_exact=True)
    assert read["regime"].isna().tolist() == [False, True, True]
    assert read["n_trajectories"].dtype == "Int64" and read["n_trajectories"].isna().tolist() == [
        False,
        False,
        True,
    ]
    assert np.signbit(read["number_fluctuation"][0])
    assert read["otoc_saturation"].isna().all() and read["otoc_saturation"].dtype == np.float64
    assert read.index.tolist() == [0, 1, 2]


def test_files_have_fixed_bytes_and_tell_their_origin(tmp_path):
    first, second = tmp_path / "a.csv", tmp_path / "b.csv"
    frame = _populations()
    write_table(TORUS_POPULATIONS, frame, first, PROVENANCE)
    write_table(TORUS_POPULATIONS, frame[frame.columns[::-1]], second, PROVENANCE)
    data = first.read_bytes()
    assert data == second.read_bytes() and b"\r" not in data and data.endswith(b"\n")
    assert data.splitlines()[0].decode() == ",".join(TORUS_POPULATIONS.column_names)
    assert data.splitlines()[1] == b"200.0,1,0.0,0.0,0.3333333333333333,-1.0,1.0,16"
    facts = json.loads((tmp_path / "a.json").read_text(encoding="utf-8"))
    assert facts == read_sidecar(first)
    assert facts["provenance"] == PROVENANCE and facts["table"] == "torus_populations" and facts["rows"] == 4
    assert facts["sha256"] == hashlib.sha256(data).hexdigest()
    assert {column["name"]: column["unit"] for column in facts["columns"]}["time"] == "1/eta"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.csv", "a.json", "b.csv", "b.json"]


def _with(**changes):
    return lambda frame: frame.assign(**changes)


@pytest.mark.parametrize(
    ("table", "change", "message"),
    [
        ("torus_populations", lambda f: f.drop(columns=["time", "aleph"]), "lacks aleph, time"),
        ("torus_populations", _with(extra=1), "has unknown extra"),
        (
            "torus_populations",
            _with(n_over_aleph_stderr=-1e-9),
            r"n_over_aleph_stderr \(-1e-09\), row 0: must be >= 0",
        ),
        (
            "torus_populations",
            _with(n_over_aleph=[0, 0, np.nan, 0]),
            "column n_over_aleph, row 2: must not be empty",
        ),
        ("torus_populations", _with(n_over_aleph_max=[1, np.inf, 1, 1]), r"\(inf\), row 1: must be finite"),
        ("torus_populations", _with(n_over_aleph=[0, 0, 0, 1.1]), "row 3: n_over_aleph must lie between"),
        ("torus_populations", _with(mode=3), r"column mode \(3\), row 0: must be one of 1, 2 \(and 3 more\)"),
        ("torus_populations", _with(mode=1.5), "column mode: must be whole numbers"),
        ("torus_populations", _with(mode=[1, 1, 1, None]), "column mode: must not be empty"),
        ("torus_populations", _with(aleph=0.0), r"column aleph \(0.0\), row 0: must be > 0"),
        (
            "torus_populations",
            _with(time=[0.0, 0.1, 0.1, 0.2]),
            r"the key \(aleph, mode, time\) stands twice",
        ),
        ("torus_populations", _with(time=["a", "b", "c", "d"]), "column time: .*'a'"),
        ("torus_populations", _with(n_trajectories=0), "column n_trajectories"),
        (
            "chain_phase_diagram",
            _with(regime="IV"),
            r"column regime \(IV\), row 0: must be one of I, II, III, mixed",
        ),
        ("chain_phase_diagram", _with(geometry=None), "column geometry, row 0: must not be empty"),
        ("chain_phase_diagram", _with(method=1), "column method: must be text"),
        ("chain_phase_diagram", _with(site=11), "row 0: site must not exceed length"),
        ("chain_phase_diagram", _with(rnw_fraction=1.1), r"must be >= 0 and <= 1"),
        (
            "chain_phase_diagram",
            _with(photon_number_stderr=[0.1, None, None]),
            "row 1: rows of method twa need",
        ),
    ],
)
def test_bad_frames_are_refused_and_nothing_is_written(tmp_path, table, change, message):
    frame = _populations() if table == "torus_populations" else _phase_diagram()
    with pytest.raises(TableError, match=message) as caught:
        write_table(TABLES[table], change(frame), tmp_path / f"{table}.csv", PROVENANCE)
    assert "\n" not in str(caught.value) and str(caught.value).startswith(f"table {table}")
    assert list(tmp_path.iterdir()) == []


def test_bad_provenance_is_refused(tmp_path):
    with pytest.raises(ValueError, match=r"provenance\.x is nan"):
        write_table(TORUS_POPULATIONS, _populations(), tmp_path / "a.csv", {"x": float("nan")})
    assert list(tmp_path.iterdir()) == []


def test_altered_mixed_up_or_orphaned_files_are_told(tmp_path):
    path = tmp_path / "t.csv"
    write_table(TORUS_POPULATIONS, _populations(), path, PROVENANCE)
    with pytest.raises(TableError, match=r"t\.csv holds the table torus_populations, not torus_trajectories"):
        read_table(TORUS_TRAJECTORIES, path)
    data = path.read_bytes()
    path.write_bytes(data.replace(b"200.0", b"201.0", 1))
    with pytest.raises(TableError, match=r"t\.csv does not match the checksum in t\.json"):
        read_table(TORUS_POPULATIONS, path)
    path.write_bytes(data)
    assert len(read_table(TORUS_POPULATIONS, path)) == 4
    path.with_suffix(".json").unlink()
    with pytest.raises(TableError, match=r"t\.csv has no t\.json beside it"):
        read_table(TORUS_POPULATIONS, path)


def test_data_dictionary_names_every_column():
    text = describe_tables()
    for schema in TABLES.values():
        part = text.split(f"## {schema.name}\n")[1].split("\n## ")[0]
        rows = [line for line in part.splitlines() if line.startswith("| ")][2:]
        assert [row.split(" | ")[0].removeprefix("| ") for row in rows] == schema.column_names
        # Five cells a row, whatever bars the descriptions hold.
        assert all(row.replace("\\|", "").count("|") == 6 for row in rows)
