"""The record: what is copied, what is refused, figures drawn again, and the record verified."""

import json
import os
import re
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from openkerr.__main__ import main
from openkerr.claims.ledger import Ledger
from openkerr.record import record as recording
from openkerr.record.jobs import draw_jobs
from openkerr.record.record import RecordError, find_parts, read_manifest, record, redraw
from openkerr.record.trace import Tracer
from openkerr.record.verify import LIMIT, compare, earlier_versions, integrity, recompute
from openkerr.run import judged
from openkerr.run.judged import judge_results
from openkerr.run.tables import TABLES
from openkerr.runtime.provenance import digest, file_sha256, git_state
from openkerr.studies.chain_chaos.tables import CHAIN_LYAPUNOV
from openkerr.studies.chain_map.tables import CHAIN_PHASE_DIAGRAM
from openkerr.studies.torus_populations.tables import TORUS_POPULATIONS
from openkerr.tables.files import read_sidecar, read_table, write_table

FIGURES = ("torus_2", "chain_2")  # what a test needs of a run; there may be more
FEW = (*FIGURES, "torus_1", "torus_4", "chain_3", "chain_wave_rates", "steppers")
"""Figures that share tables and grids with each other and do not, for tests whose time grows with their number."""


def content(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))


def rewrite(path: Path, change) -> None:
    """Change what a JSON file says, as if it had been written so."""
    facts = json.loads(path.read_text())
    change(facts)
    if "provenance_digest" in facts:
        facts["provenance_digest"] = digest(facts["provenance"])
    path.write_text(json.dumps(facts))


def use_ledger(monkeypatch, ledger):
    """Let a ledger be today's."""
    for module in (judged, recording):
        monkeypatch.setattr(module, "todays_ledger", lambda file=None: ledger)


@pytest.fixture
def run(tiny_run, tmp_path, monkeypatch):
    """Results of the tiny run, alone in the current folder, for a test to change."""
    monkeypatch.chdir(tmp_path)
    shutil.copytree(tiny_run / "results/tiny", "results/tiny")
    # The ledger of the papers' scale has claims on folders that the tiny scale leaves out.
    use_ledger(monkeypatch, Ledger.read(read_sidecar("results/tiny/claims.csv")["provenance"]["parameters"]["ledger"]))
    return Path("results/tiny")


@pytest.fixture
def few(run):
    """The same with a few of its figures alone."""
    for path in (run / "figures").iterdir():
        if path.stem not in FEW:
            path.unlink()
    return run


@pytest.fixture
def recorded(run):
    """Record of that run, its raw files gone."""
    record(run, Path("results/record"))
    shutil.rmtree(run)
    return Path("results/record")


# ---------------------------------------------------------------------------------------------- recording


def test_the_record_holds_figures_tables_and_origins_but_nothing_raw(run, capsys):
    assert main(["record", "--scale", "tiny"]) == 0
    said = capsys.readouterr().out
    folder = Path("results/record")
    manifest = json.loads((folder / "MANIFEST.json").read_text())
    assert list(manifest) == sorted(manifest)
    assert set(content(folder)) == {*manifest, "MANIFEST.json"}
    made = [path for kind in ("figures", "tables", "grids") for path in (run / kind).glob("*")]
    made += run.glob("claims.*")
    origins = {name for name in manifest if name.startswith("provenance/")}
    assert set(manifest) == origins | {path.relative_to(run).as_posix() for path in made}
    assert origins >= {f"provenance/{figure}.json" for figure in FIGURES}
    for name, entry in manifest.items():
        assert entry["sha256"] == file_sha256(folder / name)
        if not name.startswith("provenance/"):
            assert (folder / name).read_bytes() == (run / name).read_bytes()
            assert re.fullmatch("[0-9a-f]{40}", entry["revision"]) and len(entry["fingerprint"]) == 64
    assert manifest["tables/torus_trajectories.csv"]["parts"] == ["torus_2"]
    assert {"claims", "torus_1"} <= set(manifest["tables/torus_lines.csv"]["parts"])
    assert {name for name in manifest if name.startswith("claims")} == {"claims.csv", "claims.json", "claims.md"}
    assert manifest["figures/chain_2.png"]["parts"] == ["chain_2"]
    origins = json.loads((folder / "provenance/torus_2.json").read_text())
    raw = sorted(path.as_posix() for path in run.glob("raw/torus_populations/*/*.nc"))
    assert sorted(entry["name"] for entry in origins.values()) == raw
    assert set(origins) == {file_sha256(path) for path in raw}
    assert all(entry["provenance"]["seed"] == 7 for entry in origins.values())
    assert f"{len(manifest)} files" in said


def test_recording_again_changes_nothing_and_parts_add_up(few):
    run = few
    whole, parts = Path("results/whole"), Path("results/parts")
    record(run, whole)
    names = list(find_parts(run, Tracer()))
    assert set(FEW) < set(names)
    rest = [part for part in names if part not in FEW]
    for some in (rest[1::2], *([part] for part in reversed(FEW)), rest[::2]):
        record(run, parts, some)
        assert {f"figures/{part}.pdf" for part in some if part in FEW} <= set(content(parts))
    assert content(parts) == content(whole)
    times = {path: path.stat().st_mtime_ns for path in parts.rglob("*")}
    assert record(run, parts, ["chain_2"])[-1].startswith("parts is up to date with chain_2")
    assert record(run, parts)[-1].startswith("parts is up to date with")
    assert {path: path.stat().st_mtime_ns for path in parts.rglob("*")} == times

    # A file that was lost comes back; a note of somebody's stays.
    (parts / "figures/chain_2.png").unlink()
    (parts / "README.md").write_text("note")
    assert "now holds" in record(run, parts, ["chain_2"])[-1]
    assert content(parts) == {**content(whole), "README.md": b"note"}
    assert sorted(path.name for path in Path("results").iterdir()) == ["parts", "tiny", "whole"]


def unclean(path, state):
    rewrite(path, lambda facts: facts["run"].update(git_clean=state))


REFUSED = {
    "no such run": (lambda r: shutil.rmtree(r), [], "there are no results"),
    "no such part": (lambda r: None, ["torus_9"], "tiny has no part torus_9; it has: .*chain_2, .*torus_2"),
    "no part": (
        lambda r: (
            [shutil.rmtree(r / kind, True) for kind in ("figures", "tables", "grids")],
            [path.unlink() for path in r.glob("claims.*")],
        ),
        [],
        "no part to record",
    ),
    "dirty": (lambda r: unclean(r / "figures/chain_2.json", False), [], "chain_2.pdf|chain_2.json was not computed"),
    "unknown revision": (lambda r: unclean(r / "figures/chain_2.json", None), [], "not computed from a clean revision"),
    "raw lost": (
        lambda r: next(r.glob("raw/chain_steady_states/*/*/*.nc")).unlink(),
        ["chain_2"],
        "its trail is broken: results/tiny/raw/.*: missing",
    ),
    "table altered": (
        lambda r: edit(r / "tables/torus_populations.csv", "1", "2"),
        ["torus_2"],
        r"its trail is broken: .*torus_populations.csv: .*\(and 1 more\)",
    ),
    "picture lost": (lambda r: (r / "figures/torus_2.png").unlink(), [], "torus_2.png is missing"),
    "not JSON": (lambda r: (r / "figures/torus_2.json").write_text("{"), [], "torus_2.json cannot be read as JSON"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_run_that_is_not_whole_is_refused_and_the_record_left_alone(run, case, capsys):
    do, parts, words = REFUSED[case]
    folder = Path("results/record")
    record(run, folder, ["chain_2"])
    before = content(folder)
    do(run)
    assert main(["record", "--scale", "tiny", *parts]) == 1
    said = capsys.readouterr()
    assert said.out == "" and said.err.count("\n") == 1 and re.search(words, said.err), said.err
    assert content(folder) == before
    assert {path.name for path in Path("results").iterdir()} <= {"record", "tiny"}


def test_an_unclean_raw_file_is_refused_too(run, tmp_path):
    import netCDF4

    path = next(run.glob("raw/chain_steady_states/*/*/*.nc"))
    with netCDF4.Dataset(path, "a") as file:
        file.provenance = file.provenance.replace('"git_clean":true', '"git_clean":false')
    for table in ("chain_phase_diagram", "chain_boundaries"):
        sidecar = run / f"tables/{table}.json"
        rewrite(sidecar, lambda facts: facts["provenance"]["inputs"].update({path.as_posix(): file_sha256(path)}))
    with pytest.raises(RecordError, match=r"results/tiny/raw/.*nc was not computed from a clean revision"):
        record(run, tmp_path / "results/record", ["chain_2"])


def test_a_record_that_would_be_too_large_is_refused(run):
    with pytest.raises(RecordError, match=r"would have [0-9.]+ MB, more than 0\.01 MB; its largest file is \w+/"):
        record(run, Path("results/record"), limit=10_000)
    assert not Path("results/record").exists()
    assert recording.LIMIT_BYTES == 100_000_000


def test_tables_shared_with_another_part_stay_of_one_version(run):
    folder, diagram = Path("results/record"), run / "tables/chain_phase_diagram.csv"
    twin = run / "figures/twin.json"
    shutil.copy(run / "figures/chain_2.json", twin)
    record(run, folder, ["chain_2", "twin"])
    entry = json.loads((folder / "MANIFEST.json").read_text())["tables/chain_phase_diagram.csv"]
    assert entry["parts"] == ["chain_2", "twin"]
    before = content(folder)

    frame, facts = read_table(CHAIN_PHASE_DIAGRAM, diagram), read_sidecar(diagram)
    frame["photon_number"] += 1.0
    write_table(CHAIN_PHASE_DIAGRAM, frame, diagram, facts["provenance"])
    rewrite(twin, lambda facts: facts.update(tables={"chain_phase_diagram": file_sha256(diagram)}))
    with pytest.raises(RecordError, match="was recorded with chain_2 in another version: record both together"):
        record(run, folder, ["twin"])
    assert content(folder) == before


def test_a_table_that_a_figure_has_come_to_be_made_from_is_no_part_of_its_own_any_more(run):
    folder, name = Path("results/record"), "tables/torus_angle_weights.csv"
    sidecar = run / "tables/torus_circular_variance.json"
    whole = sidecar.read_text()
    for table in ("torus_circular_variance", "torus_scaling"):
        rewrite(
            run / f"tables/{table}.json",
            lambda facts: facts["provenance"]["inputs"].pop((run / name).as_posix()),
        )
    shutil.move(run / "claims.csv", run / "claims.away")
    record(run, folder)
    assert read_manifest(folder)[name]["parts"] == ["torus_angle_weights"]
    sidecar.write_text(whole)
    rewrite(run / "tables/torus_angle_weights.json", lambda facts: facts["provenance"]["run"].update(date="later"))
    record(run, folder)
    assert read_manifest(folder)[name]["parts"] == ["torus_5"]
    assert integrity(folder) == []


def test_tables_without_a_figure_and_claims_are_parts(run):
    table = run / "tables/chain_phase_diagram.csv"
    facts = read_sidecar(table)
    for name in (run / "tables/torus_extra.csv", run / "claims.csv"):
        shutil.copy(table, name)
        origin = dict(facts["provenance"])
        if name.stem == "claims":
            origin["inputs"] = {table.as_posix(): file_sha256(table)}
        told = {**facts, "provenance": origin, "provenance_digest": digest(origin)}
        name.with_suffix(".json").write_text(json.dumps(told))
    folder = Path("results/record")
    record(run, folder, ["torus_extra", "claims"])
    manifest = json.loads((folder / "MANIFEST.json").read_text())
    assert manifest["tables/chain_phase_diagram.csv"]["parts"] == ["claims"]
    pages = {"claims.csv", "claims.json", "claims.md"}
    assert pages | {"tables/torus_extra.csv", "provenance/claims.json"} <= set(manifest)
    shutil.rmtree(run)
    assert Tracer().trace(folder / "claims.csv").breaks() == []


@pytest.fixture
def clean_tree(monkeypatch):
    """Claims are judged in the record by the tests' own tree, which an author may be changing."""
    facts = recording.run_facts
    monkeypatch.setattr(recording, "run_facts", lambda: facts() | {"git_clean": True})


def test_recorded_claims_follow_the_tables_of_a_part_recorded_later(run, clean_tree):
    folder, diagram = Path("results/record"), run / "tables/chain_boundaries.csv"
    record(run, folder)
    before, manifest = content(folder), read_manifest(folder)
    sidecar = read_sidecar(diagram)
    frame = read_table(TABLES["chain_boundaries"], diagram)
    column = next(column.name for column in TABLES["chain_boundaries"].columns if column.kind == "number")
    frame[column] += 1e-3
    write_table(TABLES["chain_boundaries"], frame, diagram, sidecar["provenance"])
    shared = [part for part in manifest["tables/chain_boundaries.csv"]["parts"] if part != "claims"]
    for part in shared:
        rewrite(
            run / f"figures/{part}.json",
            lambda facts: facts["tables"].update(chain_boundaries=file_sha256(diagram)),
        )
    said = record(run, folder, shared)
    assert said[-1].startswith(f"record now holds {', '.join([*shared, 'claims'])}: {len(manifest)} files")
    after = content(folder)
    assert after["tables/chain_boundaries.csv"] == diagram.read_bytes() != before["tables/chain_boundaries.csv"]
    told = json.loads(after["claims.json"])["provenance"]["inputs"]
    assert told["results/record/tables/chain_boundaries.csv"] == file_sha256(diagram)
    frame = judge_results(folder).frame
    pd.testing.assert_frame_equal(read_table(TABLES["claims"], folder / "claims.csv"), frame, check_dtype=False)
    assert set(after) == set(before) and Tracer().trace(folder / "claims.csv").breaks() == []
    assert "up to date" in record(run, folder, shared)[-1] and content(folder) == after


def test_recorded_claims_follow_todays_ledger(run, clean_tree, monkeypatch):
    folder = Path("results/record")
    record(run, folder)
    ledger = judged.todays_ledger()
    fewer = ledger.model_copy(update={"claims": ledger.claims[1:]})
    use_ledger(monkeypatch, fewer)
    record(run, folder, ["chain_2"])
    assert list(read_table(TABLES["claims"], folder / "claims.csv")["claim"]) == [each.name for each in fewer.claims]
    assert integrity(folder) == []


def test_recorded_claims_are_not_judged_by_code_that_is_no_revision(run, monkeypatch):
    folder, table = Path("results/record"), "tables/chain_boundaries.csv"
    record(run, folder)
    before = content(folder)
    monkeypatch.setattr(recording, "run_facts", lambda: {"git_clean": False})
    ledger = judged.todays_ledger()
    use_ledger(monkeypatch, ledger.model_copy(update={"claims": ledger.claims[1:]}))
    with pytest.raises(RecordError, match=r"claims cannot be recorded: .*claims.csv was not computed from a clean"):
        record(run, folder, ["chain_2"])
    assert content(folder) == before and table in before


def test_a_record_keeps_the_origins_of_two_versions_of_a_raw_file(run):
    folder = Path("results/record")
    record(run, folder, ["chain_2"])
    origins = json.loads((folder / "provenance/chain_2.json").read_text())
    old, entry = next((key, value) for key, value in origins.items() if "chain_steady_states" in value["name"])
    table, anew = folder / "tables/chain_boundaries.csv", "b" * 64
    twin = table.with_name("twin.csv")
    shutil.copy(table, twin)
    shutil.copy(table.with_suffix(".json"), twin.with_suffix(".json"))
    assert read_sidecar(twin)["provenance"]["inputs"][entry["name"]] == old
    rewrite(twin.with_suffix(".json"), lambda facts: facts["provenance"]["inputs"].update({entry["name"]: anew}))
    shutil.rmtree(run)
    assert Tracer().trace(twin).breaks() == [f"{entry['name']}: missing"]
    (folder / "provenance/twin.json").write_text(json.dumps({anew: entry}))
    assert Tracer().trace(twin).breaks() == Tracer().trace(table).breaks() == []


def test_a_killed_recording_leaves_the_old_record_or_the_new_one(run):
    folder = Path("results/record")
    record(run, folder, ["chain_2"])
    before = content(folder)
    # Killed between two renamings, with a new record that is not whole.
    folder.rename("results/.record.old")
    Path("results/.record.new/tables").mkdir(parents=True)
    with pytest.raises(RecordError, match="no part none"):
        record(run, folder, ["none"])
    assert content(folder) == before
    assert sorted(os.listdir("results")) == ["record", "tiny"]


def test_a_recording_that_fails_puts_the_old_record_back(run):
    folder = Path("results/record")
    record(run, folder, ["chain_2"])
    before = content(folder)
    rename = Path.rename

    def fail(source, target):
        if source.name == ".record.new":
            raise KeyboardInterrupt
        return rename(source, target)

    with pytest.MonkeyPatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(Path, "rename", fail)
        record(run, folder)
    assert content(folder) == before
    record(run, folder)
    assert sorted(os.listdir("results")) == ["record", "tiny"]


# ---------------------------------------------------------------------------------------------- the record's use


def test_a_recorded_figure_is_traced_to_the_origins_of_its_raw_files(recorded, capsys):
    assert main(["trace", str(recorded / "figures/torus_2.pdf")]) == 0
    said = capsys.readouterr().out
    assert "note: not kept in the record" in said and "seed: 7" in said
    assert "model.aleph=200.0" in said and "simulate_torus_populations, fingerprint" in said
    # The claims keep the same origins.
    for part in ("torus_2", "claims"):
        (recorded / f"provenance/{part}.json").unlink()
    assert main(["trace", str(recorded / "figures/torus_2.pdf")]) == 1
    assert "BROKEN: missing" in capsys.readouterr().out


def test_a_recorded_trail_holds_when_the_raw_files_are_computed_anew(run):
    folder = Path("results/record")
    record(run, folder, ["chain_2"])
    raw = next(run.glob("raw/chain_steady_states/*/*/*.nc"))
    raw.write_bytes(raw.read_bytes() + b"\0")
    assert Tracer().trace(folder / "figures/chain_2.pdf").breaks() == []
    assert Tracer().trace(run / "figures/chain_2.pdf").breaks() != []


def test_figures_are_drawn_again_to_the_byte_without_raw_files(few, capsys):
    recorded = Path("results/record")
    record(few, recorded)
    shutil.rmtree(few)
    assert main(["redraw", "--output", "again"]) == 0
    assert {line.split(": ")[1] for line in capsys.readouterr().out.splitlines()} == {"equal to the record"}
    pictures = [*recorded.glob("figures/*.pdf"), *recorded.glob("figures/*.png")]
    assert len(pictures) == 2 * len(FEW)
    for picture in pictures:
        assert Path("again", picture.name).read_bytes() == picture.read_bytes(), picture.name
    assert sorted(os.listdir("again")) == sorted(os.listdir(recorded / "figures"))
    assert main(["redraw", "chain_2", "--output", "one"]) == 0
    assert sorted(os.listdir("one")) == ["chain_2.json", "chain_2.pdf", "chain_2.png"]


REDRAW_REFUSED = {
    "unknown figure": (lambda r: None, ["torus_9"], "no figure torus_9 in the record; it has: "),
    "table altered": (lambda r: edit(r / "tables/torus_populations.csv", "1", "2"), ["torus_2"], "trail is broken"),
    "no manifest": (lambda r: (r / "MANIFEST.json").unlink(), [], "there is no record"),
    "manifest cut": (lambda r: (r / "MANIFEST.json").write_text("[1]"), [], "cannot be read as the manifest"),
    "no parameters": (
        lambda r: rewrite(r / "figures/torus_2.json", lambda facts: facts["run"].pop("parameters")),
        ["torus_2"],
        "does not tell inputs and parameters",
    ),
    "rule gone": (
        lambda r: rewrite(r / "figures/torus_2.json", lambda facts: facts["run"].update(rule="gone")),
        ["torus_2"],
        "there is no script of rule gone today",
    ),
}


@pytest.mark.parametrize("case", REDRAW_REFUSED)
def test_what_cannot_be_drawn_is_one_line(recorded, case, capsys):
    do, figures, words = REDRAW_REFUSED[case]
    do(recorded)
    assert main(["redraw", *figures, "--output", "again"]) == 1
    said = capsys.readouterr().err
    assert said.count("\n") == 1 and words in said


def test_figures_are_not_drawn_into_the_record(recorded):
    before = content(recorded)
    with pytest.raises(RecordError, match="inside the record"):
        redraw(recorded, recorded / "figures")
    assert content(recorded) == before


def test_a_record_is_no_change_of_the_code(tiny_copy):
    revision, clean = git_state(tiny_copy / "workflow")
    assert revision and clean
    record(tiny_copy / "results/tiny", tiny_copy / "results/record")
    assert git_state(tiny_copy / "workflow") == (revision, True)
    (tiny_copy / "results/record.txt").touch()  # ignored by git, as all results
    (tiny_copy / "config/new.yaml").touch()
    assert git_state(tiny_copy / "workflow") == (revision, False)


# ---------------------------------------------------------------------------------------------- verifying


def test_a_whole_record_verifies_against_a_run(run, capsys):
    record(run, Path("results/record"))
    assert main(["verify", "--scale", "tiny"]) == 0
    said = capsys.readouterr().out
    assert said.startswith("files: all whole\nversions: today's code\nsample: the record against results/tiny\n")
    rows = len(read_table(TORUS_POPULATIONS, run / "tables/torus_populations.csv"))
    assert f"torus_populations: agrees: {rows} estimates compared" in said
    assert "torus_trajectories: not compared: it has no standard errors" in said

    assert main(["verify"]) == 1  # nothing to compare with: nothing was verified
    assert "there is no default/tables/torus_populations.csv: run the workflow" in capsys.readouterr().out
    assert main(["verify", "--no-sample"]) == 0


DAMAGE = {
    "altered": (
        lambda r: edit(r / "tables/torus_trajectories.csv", "1", "2"),
        "torus_trajectories.csv does not have the",
    ),
    "lost": (lambda r: (r / "figures/chain_2.png").unlink(), "figures/chain_2.png is missing"),
    "added": (lambda r: (r / "tables/more.csv").touch(), "tables/more.csv is not in MANIFEST.json"),
    "origins edited": (
        lambda r: rewrite(r / "provenance/chain_2.json", lambda f: next(iter(f.values())).update(name="0")),
        "provenance/chain_2.json does not have the checksum",
    ),
}


@pytest.mark.parametrize("case", DAMAGE)
def test_a_damaged_record_is_told(recorded, case, capsys):
    do, words = DAMAGE[case]
    do(recorded)
    assert main(["verify", "--no-sample"]) == 1
    assert words in capsys.readouterr().out


def test_no_record_is_one_line(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(["verify"]) == 2
    assert capsys.readouterr().err == "verify: results/record: there is no record (MANIFEST.json is missing)\n"


def test_a_planted_error_is_found_in_a_record_whose_checksums_hold(run, capsys):
    path = run / "tables/torus_populations.csv"
    frame, facts = read_table(TORUS_POPULATIONS, path), read_sidecar(path)
    worst = frame["n_over_aleph_stderr"].idxmax()
    frame.loc[worst, "n_over_aleph"] += 1.02 * LIMIT * np.sqrt(2.0) * frame.loc[worst, "n_over_aleph_stderr"]
    frame.loc[worst, "n_over_aleph_max"] = 10.0
    record(run, Path("results/record"))
    planted = Path("results/record/tables/torus_populations.csv")
    write_table(TORUS_POPULATIONS, frame, planted, facts["provenance"])
    manifest = Path("results/record/MANIFEST.json")
    for file in (planted, planted.with_suffix(".json")):
        name = f"tables/{file.name}"
        rewrite(manifest, lambda entries, n=name, f=file: entries[n].update(sha256=file_sha256(f)))
    assert main(["verify", "--scale", "tiny"]) == 1
    said = capsys.readouterr().out
    assert "torus_populations: DEVIATES in 1: " in said
    assert (
        f"the worst differs by 1.02 of what is allowed (n_over_aleph at aleph = {frame.loc[worst, 'aleph']:g}" in said
    )


def test_a_record_of_earlier_code_is_told_and_not_compared_with_results_of_that_code(tiny_copy, run_openkerr):
    assert run_openkerr(tiny_copy, "record", "--scale", "tiny").returncode == 0
    edit(tiny_copy / "workflow/openkerr/figures/chain_2.py", "DOUBLE_COLUMN, 4.6", "DOUBLE_COLUMN, 2.3 * 2")
    said = run_openkerr(tiny_copy, "verify", "--scale", "tiny")
    lines = said.stdout.splitlines()
    assert said.returncode == 0, said.stdout
    told = "computed with an earlier version of chain_2.py or of what it imports "
    told += "(changed since: openkerr/figures/chain_2.py)"
    # Other figures take what they share with it from there.
    assert lines[1] == "versions:" and f"  figures/chain_2.json: {told}" in lines
    said = run_openkerr(tiny_copy, "redraw", "chain_2", "--output", tiny_copy / "again")
    assert said.stdout == f"chain_2: differs from the record: {told}\n"  # its fingerprint is another one

    edit(tiny_copy / "workflow/openkerr/models/kerr_dimer.py", "0.5 *", "0.25 * 2.0 *")
    said = run_openkerr(tiny_copy, "verify", "--scale", "tiny")
    assert said.returncode == 0
    assert re.search(r"torus_populations: not compared: .*earlier version of simulate_torus_pop", said.stdout)
    assert "chain_phase_diagram: agrees" in said.stdout


def test_the_limit_is_as_likely_as_four_and_a_half_sigma():
    assert pytest.approx(stats.t.isf(stats.norm.sf(4.5), 15), abs=0.01) == LIMIT


def frame_of(**changes):
    columns = {"aleph": 1.0, "mode": 1, "time": [0.0, 0.1, 0.3], "n_over_aleph": [1.0, 2.0, 3.0]}
    columns |= {"n_over_aleph_stderr": 0.3, "n_over_aleph_min": 0.0, "n_over_aleph_max": 9.0, "n_trajectories": 16}
    return pd.DataFrame({**columns, **changes})


def test_estimates_agree_within_the_joint_error():
    ours = frame_of()
    joint = np.hypot(0.3, 0.4)
    for shift, beyond in ((0.99, 0), (-0.99, 0), (1.01, 1), (-1.01, 1)):
        values = np.array([1.0, 2.0 + shift * LIMIT * joint, 3.0])
        theirs = frame_of(n_over_aleph=values, n_over_aleph_stderr=0.4, time=[0.0, 0.1, 0.1 + 0.2])
        found = compare(TORUS_POPULATIONS, ours, theirs)
        assert (found.compared, found.beyond) == (3, beyond)
        assert found.worst == pytest.approx(abs(shift), rel=1e-6)
        assert found.where == "n_over_aleph at aleph = 1, mode = 1, time = 0.1"
    exact = compare(TORUS_POPULATIONS, frame_of(n_over_aleph_stderr=0.0), frame_of(n_over_aleph_stderr=0.0))
    assert exact.worst == 0.0 and not exact.beyond
    assert compare(TORUS_POPULATIONS, ours, frame_of(aleph=2.0)).compared == 0


def test_rows_that_still_move_are_left_out(tiny_run):
    ours = read_table(CHAIN_PHASE_DIAGRAM, tiny_run / "results/tiny/tables/chain_phase_diagram.csv")
    theirs = ours.assign(photon_number=ours["photon_number"] + 100.0)
    assert compare(CHAIN_PHASE_DIAGRAM, ours, theirs).beyond == len(ours)
    moving = theirs.assign(stationarity=[-3.5, *[0.0] * (len(ours) - 1)])
    found = compare(CHAIN_PHASE_DIAGRAM, ours, moving)
    assert (found.left_out, found.beyond) == (1, len(ours) - 1)


def test_correlators_of_shorter_runs_are_compared_where_they_ended():
    names = CHAIN_PHASE_DIAGRAM.column_names
    facts = {"geometry": "boundary", "method": "twa", "length": 4, "drive_amplitude": [1.0, 2.0, 3.0], "site": 4}
    ours = pd.DataFrame({name: facts.get(name) for name in names})
    for name in CHAIN_PHASE_DIAGRAM.columns:
        if name.kind == "number" and name.name not in facts:
            ours[name.name] = np.nan
    ours = ours.assign(
        otoc_saturation=[1e-9, 0.5, 1.0], otoc_saturation_stderr=[1e-10, 0.01, 0.01], otoc_stationarity=0.0
    )
    # One decays on, one grew until it was noticed, one is another.
    theirs = ours.assign(otoc_saturation=[1e-20, 0.2, 0.7], otoc_stationarity=[0.0, 4.0, 0.0])
    found = compare(CHAIN_PHASE_DIAGRAM, ours, theirs)
    assert (found.compared, found.beyond) == (2, 1)


def test_exponents_of_a_finite_time_lie_within_it():
    row = dict.fromkeys(CHAIN_LYAPUNOV.column_names, 0.0) | {"length": 4, "drive_amplitude": 1.0, "method": "twa"}
    ours = pd.DataFrame([row | {"averaging_time": 100.0}])
    # Three over 100 and three over 10 in all.
    for exponent, beyond in ((0.32, 0), (0.34, 1)):
        found = compare(CHAIN_LYAPUNOV, ours, ours.assign(lyapunov_max=exponent, averaging_time=10.0))
        assert (found.compared, found.beyond) == (3, beyond)


def test_schemas_name_columns_that_they_have():
    for schema in TABLES.values():
        told = {schema.stationarity, schema.averaging_time, *(column.stationarity for column in schema.columns)}
        assert told - {None} <= set(schema.column_names), schema.name


def test_helpers_agree_on_a_whole_record(recorded):
    assert integrity(recorded) == [] and earlier_versions(recorded) == {}
    assert all(not each.compared and each.reason for each in recompute(recorded, Path("results/tiny")))


# ---------------------------------------------------------------------------------------------- jobs run again


def rewrite_origins(folder, change):
    """Change the kept origins of a record, as if they had been recorded so."""
    for path in (folder / "provenance").glob("*.json"):
        rewrite(path, lambda kept: [change(entry) for entry in kept.values()])


def test_a_job_of_every_rule_comes_again_to_the_last_bit(run, capsys):
    record(run, Path("results/record"), ["torus_2"])
    shutil.rmtree(run)
    assert main(["verify", "--jobs"]) == 0
    said = capsys.readouterr().out.splitlines()
    assert said[0].startswith("jobs: one of each of 1 rules, ")
    assert re.fullmatch(r"  simulate_torus_populations: equal to the last bit, \d+ s, recorded .*\.nc\)", said[1])
    assert said[2] == "1 equal to the last bit, 0 differ, 0 tell nothing"
    assert sorted(os.listdir("results")) == ["record"]


OTHER_ORIGINS = {
    "other data": (lambda entry: entry.update(data="0" * 64), "DIFFERS", "0 equal to the last bit, 1 differ"),
    "another seed": (lambda entry: entry["provenance"].update(seed=8), "DIFFERS", "0 equal to the last bit, 1 differ"),
    "another compiler": (
        lambda entry: (entry.update(data="0"), entry["provenance"]["run"]["versions"].update(numba="0.1")),
        "tells nothing here: recorded with numba 0.1",
        "0 differ, 1 tell nothing",
    ),
    "another processor": (
        lambda entry: (entry.update(data="0"), entry["provenance"]["run"].update(cpu_model="Z80")),
        "tells nothing here: recorded with Z80",
        "0 differ, 1 tell nothing",
    ),
    "earlier code": (
        lambda entry: entry["provenance"].update(fingerprint="0"),
        "computed with an earlier version: not run",
        "0 differ, 1 tell nothing",
    ),
    "no checksum": (lambda entry: entry.pop("data"), "without a checksum of its data", "0 differ, 1 tell nothing"),
    "other inputs": (
        lambda entry: entry["provenance"].update(inputs={"results/tiny/raw/a.nc": "0"}),
        "made from other raw data",
        "0 differ, 1 tell nothing",
    ),
    "no such rule": (
        lambda entry: entry["provenance"].update(rule="simulate_nothing"),
        "there is no script of that rule today",
        "0 differ, 1 tell nothing",
    ),
}


@pytest.mark.parametrize("case", OTHER_ORIGINS)
def test_a_job_that_differs_or_cannot_be_compared_is_told(run, case, capsys):
    change, words, summary = OTHER_ORIGINS[case]
    record(run, Path("results/record"), ["torus_2"])
    rewrite_origins(Path("results/record"), change)
    assert main(["verify", "--jobs"]) == 1
    said = capsys.readouterr().out
    assert words in said and summary in said


def test_which_jobs_are_run_again_follows_the_seed(recorded):
    rules = {job.rule for job in draw_jobs(recorded, 0)}
    assert len(rules) > 20 and rules >= {"simulate_torus_populations", "simulate_chain_steady_states"}
    drawn = [[job.name for job in draw_jobs(recorded, seed)] for seed in (0, 0, 1, 2, 3)]
    assert drawn[0] == drawn[1] and len({tuple(names) for names in drawn}) > 2
