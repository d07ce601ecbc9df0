"""The trail of a result: whole, older or broken."""

import base64
import json
import re
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from openkerr.__main__ import main
from openkerr.figures.register import FIGURES
from openkerr.figures.style import journal_style, new_figure, save_figure
from openkerr.record.text import trail
from openkerr.record.trace import Tracer
from openkerr.runtime.io import read_provenance, write_grid, write_raw
from openkerr.runtime.provenance import ROOT, code_of_rule, digest, file_sha256, fingerprint, import_closure
from openkerr.studies.torus_populations.tables import TORUS_POPULATIONS
from openkerr.tables.files import write_table

SCRIPTS = sorted((ROOT / "scripts").glob("*.py"))
RUN = {"git_revision": "f" * 40, "git_clean": True, "versions": {"numpy": "2.0"}, "elapsed_seconds": 1.0}


def origin(rule, **more):
    code = fingerprint(ROOT / "scripts" / f"{rule}.py")
    return {"rule": rule, "parameters": {}, "seed": None, "fingerprint": code, "run": RUN, **more}


@pytest.fixture
def made(tmp_path, monkeypatch):
    """A made-up run in the current folder: one figure from a table and a grid, both from one raw file."""
    monkeypatch.chdir(tmp_path)
    results = Path("results/small")
    raw, grid = results / "raw/case/job.nc", results / "grids/map.nc"
    data = xr.Dataset({"x": (("t",), np.arange(3.0), {"units": "1"})})
    facts = origin("simulate_torus_populations", parameters={"model": {"aleph": 4000.0}}, seed=11)
    write_raw(data, raw, facts)
    behind = origin("torus_populations", inputs={raw.as_posix(): file_sha256(raw)})
    write_grid(data, grid, behind)
    row = {"aleph": 1.0, "mode": 1, "time": 0.0, "n_over_aleph": 1.0, "n_over_aleph_stderr": 0.1}
    row |= {"n_over_aleph_min": 0.0, "n_over_aleph_max": 2.0, "n_trajectories": 16}
    table = results / "tables/torus_populations.csv"
    write_table(TORUS_POPULATIONS, pd.DataFrame([row]), table, behind)
    with journal_style():
        figure = new_figure(1, 1)
    params = {"dpi": 50, "fingerprint": fingerprint(*code_of_rule("figure_torus_2"))}
    save_figure(
        figure,
        [results / "figures/one.pdf", results / "figures/one.png"],
        figure_id="one",
        config_digest=digest(params),
        fingerprint=params["fingerprint"],
        inputs={path.as_posix(): file_sha256(path) for path in (table, grid)},
        run={"rule": "figure_torus_2", "parameters": params, "inputs": {"table": str(table)}, **RUN},
        dpi=50,
    )
    return results


FILES = ("figures/one.pdf", "figures/one.png", "figures/one.json", "tables/torus_populations.csv")
FILES += ("tables/torus_populations.json", "grids/map.nc", "grids/map.json", "raw/case/job.nc")


@pytest.mark.parametrize("name", FILES)
def test_a_trail_leads_from_every_kind_of_file_to_parameters_and_code(made, name, capsys):
    assert main(["trace", str(made / name)]) == 0
    said = capsys.readouterr().out
    assert said.splitlines()[0].startswith("whole: every checksum holds") and "OLDER" not in said
    assert "results/small/raw/case/job.nc" in said
    assert "simulate_torus_populations, fingerprint" in said
    assert "model.aleph=4000.0" in said and "seed: 11" in said
    assert f"revision: {'f' * 40}, clean" in said and "numpy 2.0" in said
    if name.startswith("figures"):
        assert "table results/small/tables/torus_populations.csv" in said and "grid results/small/grids/map.nc" in said
        assert "dpi=50" in said
        # Two ways lead to the raw file; it is told once.
        assert said.count("sha256: " + file_sha256(made / "raw/case/job.nc")[:12]) == 1
    assert max(map(len, said.splitlines())) <= 120 and str(Path.cwd()) not in said


def rewrite(path, change):
    facts = json.loads(path.read_text())
    change(facts)
    path.write_text(json.dumps(facts))


def append(path):
    path.write_bytes(path.read_bytes() + b"\n")


DAMAGE = {
    "raw missing": (lambda r: (r / "raw/case/job.nc").unlink(), "raw/case/job.nc: missing"),
    "raw altered": (lambda r: append(r / "raw/case/job.nc"), "raw/case/job.nc: checksum differs"),
    "raw no longer NetCDF": (lambda r: (r / "raw/case/job.nc").write_text("x"), "job.nc cannot be read as NetCDF"),
    "grid altered": (lambda r: append(r / "grids/map.nc"), "map.json: altered after writing"),
    "grid's JSON missing": (lambda r: (r / "grids/map.json").unlink(), "map.json is missing: the origin is unknown"),
    "grid's JSON edited": (
        lambda r: rewrite(r / "grids/map.json", lambda f: f["provenance"].update(seed=3)),
        "its own provenance and that in map.json differ",
    ),
    "grid missing": (lambda r: (r / "grids/map.nc").unlink(), "map: missing"),
    "table missing": (lambda r: (r / "tables/torus_populations.csv").unlink(), "torus_populations: missing"),
    "table altered": (lambda r: append(r / "tables/torus_populations.csv"), "altered after writing"),
    "table's JSON missing": (
        lambda r: (r / "tables/torus_populations.json").unlink(),
        "torus_populations.json is missing: the origin is unknown",
    ),
    "table's JSON cut": (
        lambda r: (r / "tables/torus_populations.json").write_text('{"table": '),
        "torus_populations.json cannot be read as JSON",
    ),
    "table without origin": (
        lambda r: rewrite(r / "tables/torus_populations.json", lambda f: f.update(provenance=None)),
        "holds no provenance",
    ),
    "table's seed edited": (
        lambda r: rewrite(r / "tables/torus_populations.json", lambda f: f["provenance"].update(seed=3)),
        "does not have its digest",
    ),
    "table's inputs cut": (
        lambda r: rewrite(r / "tables/torus_populations.json", lambda f: f["provenance"].update(inputs={})),
        "does not have its digest",
    ),
    "no fingerprint": (
        lambda r: rewrite(r / "tables/torus_populations.json", lambda f: f["provenance"].pop("fingerprint")),
        "carries no fingerprint",
    ),
    "picture altered": (lambda r: append(r / "figures/one.pdf"), "altered after writing"),
    "figure's JSON missing": (lambda r: (r / "figures/one.json").unlink(), "one.json is missing"),
    "figure's tables edited": (
        lambda r: rewrite(r / "figures/one.json", lambda f: f["tables"].update(map="0" * 64)),
        "its own metadata and one.json differ",
    ),
    "figure's parameters edited": (
        lambda r: rewrite(r / "figures/one.json", lambda f: f["run"]["parameters"].update(dpi=99)),
        "do not have the digest",
    ),
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_a_broken_link_is_told_where_it_breaks(made, damage, capsys):
    do, words = DAMAGE[damage]
    do(made)
    assert main(["trace", str(made / "figures/one.pdf")]) == 1
    said = capsys.readouterr().out
    assert re.match(r"BROKEN: [1-9] of [1-9] files? altered, missing or of unknown origin \(", said), said
    assert any(words in line for line in Tracer().trace(made / "figures/one.pdf").breaks())
    assert "BROKEN: " in said


def test_earlier_layouts_of_a_provenance_are_followed(made, capsys):
    raw, table = made / "raw/case/job.nc", made / "tables/torus_populations.csv"

    def earlier(facts):
        facts.pop("provenance_digest")
        facts["provenance"].update(raw=facts["provenance"].pop("inputs"))

    for name in ("tables/torus_populations.json", "grids/map.json"):
        rewrite(made / name, earlier)
    trails = {name: Tracer().trace(made / name) for name in FILES}
    assert all(link.breaks() == [] for link in trails.values())
    assert {each.kind for each in trails["figures/one.pdf"].walk()} == {"figure", "table", "grid", "raw"}

    claims = made / "claims.csv"
    shutil.copy(table, claims)
    facts = json.loads(table.with_suffix(".json").read_text())
    facts["provenance"].update(rule="claims", raw={}, tables={table.as_posix(): file_sha256(table)})
    claims.with_suffix(".json").write_text(json.dumps(facts))
    assert [each.kind for each in Tracer().trace(claims).walk()] == ["table", "table", "raw"]
    append(raw)
    assert main(["trace", str(claims)]) == 1
    assert "raw results/small/raw/case/job.nc\n" in capsys.readouterr().out


@pytest.mark.parametrize("name", ["tables/torus_populations.csv", "grids/map.nc", "raw/case/job.nc"])
def test_a_missing_input_has_the_kind_that_its_name_tells(made, name):
    (made / name).unlink()
    claims = made / "claims.csv"
    shutil.copy(made / "tables/torus_populations.json", claims.with_suffix(".json"))
    claims.write_text("")
    rewrite(claims.with_suffix(".json"), lambda f: f["provenance"].update(inputs={(made / name).as_posix(): "0"}))
    missing = list(Tracer().trace(claims).walk())[1]
    assert missing.broken == ["missing"]
    assert missing.kind == {"tables": "table", "grids": "grid", "raw": "raw"}[name.split("/")[0]]


@pytest.mark.parametrize("damage", ["table altered", "table's JSON missing", "picture altered", "raw missing"])
def test_the_json_of_a_figure_stands_for_its_pictures(made, damage):
    DAMAGE[damage][0](made)
    assert Tracer().trace(made / "figures/one.json").breaks()


@pytest.mark.parametrize("name", ["tables/torus_populations.csv", "grids/map.nc"])
def test_a_missing_table_or_grid_is_a_break_of_its_json(made, name, capsys):
    (made / name).unlink()
    assert main(["trace", str((made / name).with_suffix(".json"))]) == 1
    assert "BROKEN: missing" in capsys.readouterr().out


def test_a_picture_that_was_moved_is_found_by_its_checksum(made, tmp_path):
    moved = Path(shutil.copy(made / "figures/one.pdf", tmp_path / "figure_3b.pdf"))
    link = Tracer().trace(moved)
    assert link.breaks() == [] and {each.kind for each in link.walk()} == {"figure", "table", "grid", "raw"}
    append(made / "figures/one.json")  # not what it carries: the checksum is still in it
    assert Tracer().trace(moved).breaks() == []
    (made / "figures/one.json").unlink()
    assert Tracer().trace(moved).breaks() == ["figure_3b.pdf: figure_3b.json is missing: the origin is unknown"]


UNUSABLE = {
    "absent.pdf": None,
    "notes.txt": "some notes",
    "plain.pdf": "%PDF-1.4",
    "plain.png": "not a picture",
    "plain.nc": "not NetCDF",
    "plain.csv": "a,b\n1,2\n",
    "plain.json": '{"a": 1}',
    "list.json": "[1]",
    "cut.json": '{"figure": ',
}


@pytest.mark.parametrize("name", UNUSABLE)
def test_a_file_of_other_origin_is_one_line(tmp_path, name, capsys):
    if UNUSABLE[name] is not None:
        (tmp_path / name).write_text(UNUSABLE[name])
    assert main(["trace", str(tmp_path / name)]) == 2
    said = capsys.readouterr()
    assert said.out == "" and said.err.count("\n") == 1 and said.err.startswith("trace: ")


def test_netcdf_of_other_origin_is_one_line(tmp_path, capsys):
    xr.Dataset({"x": 1.0}).to_netcdf(tmp_path / "other.nc")
    assert main(["trace", str(tmp_path / "other.nc")]) == 2
    assert capsys.readouterr().err == "trace: other.nc carries no provenance\n"


def test_an_unknown_version_is_older_whatever_is_known_of_its_rule(made, capsys):
    def altered(**changes):
        def change(facts):
            facts["provenance"].update(changes)
            facts["provenance_digest"] = digest(facts["provenance"])

        rewrite(made / "tables/torus_populations.json", change)
        link = Tracer().trace(made / "tables/torus_populations.csv")
        assert link.breaks() == []
        return link.stale

    assert altered() is None
    right = fingerprint(ROOT / "scripts/torus_populations.py")
    assert altered(rule=None) is None  # a script that is there today has this fingerprint
    assert altered(fingerprint="0" * 64) == "computed with an earlier version: code that is not there today"
    assert altered(rule="gone").endswith("rule gone, which has no script today")
    assert altered(rule="chain_phase_diagram", fingerprint=right).startswith(
        "computed with an earlier version of chain_phase_diagram.py"
    )
    assert main(["trace", str(made / "figures/one.png")]) == 0  # older is not broken
    said = capsys.readouterr().out
    assert said.startswith("older: 1 of 4 files was computed with earlier code, every checksum holds (1 figure, 1 ")
    assert "OLDER: computed with an earlier version" in said
    assert "snakemake --cores 2 results/small/figures/one.png --configfile CONFIG\n" in said
    append(made / "grids/map.nc")
    assert main(["trace", str(made / "figures/one.png")]) == 1
    said = capsys.readouterr().out
    assert said.startswith("BROKEN: 1 of 4 files altered, missing or of unknown origin; 1 older (1 figure, 1 ")


@pytest.mark.parametrize(
    ("place", "words"),
    [
        ("results/default", "snakemake --cores 2 results/default/figures/one.json\n"),
        ("results/paper", "snakemake --cores 2 results/paper/figures/one.json --configfile config/paper.yaml\n"),
        ("results/record", "compare a sample of the record with today's code: make verify\n"),
        ("elsewhere", "snakemake --cores 2 figure_torus_2 --configfile CONFIG\n"),
    ],
)
def test_who_reads_of_earlier_code_is_told_how_to_compute_anew(made, place, words, capsys):
    rewrite(made / "tables/torus_populations.json", lambda f: f["provenance"].update(fingerprint="0" * 64))
    shutil.copytree(made, place)
    if place == "results/record":
        Path(place, "provenance").mkdir()
    if place == "elsewhere":
        shutil.rmtree(made)
    main(["trace", f"{place}/figures/one.json"])
    said = capsys.readouterr().out
    assert words in said and max(map(len, said.splitlines())) <= 120


def test_a_rule_has_the_name_of_its_script():
    named = {}
    for path in (ROOT / "rules").glob("*.smk"):
        _, *blocks = re.split(r"^rule (\w+):$", path.read_text(), flags=re.MULTILINE)
        named |= dict(zip(blocks[::2], blocks[1::2], strict=True))
    scripts = {rule: re.findall(r'"\.\./scripts/(\w+)\.py"', text) for rule, text in named.items()}
    assert {rule: found for rule, found in scripts.items() if found} == {
        path.stem: [path.stem] for path in SCRIPTS if path.stem != "figure"
    }


# ---------------------------------------------------------------------------------------------- a run


def test_every_file_of_a_run_has_a_whole_trail(tiny_run):
    results, tracer = tiny_run / "results/tiny", Tracer()
    files = [*results.glob("figures/*"), *results.glob("tables/*"), *results.glob("grids/*"), *results.rglob("*.nc")]
    assert len(files) >= 15
    for file in files:
        links = list(tracer.trace(file).walk())
        assert tracer.trace(file).breaks() == [], file.name
        assert [link.name for link in links if link.stale or link.run["git_clean"] is not True] == []
        assert all(link.origin["parameters"] for link in links if not link.inputs), file.name
        random = [link for link in links if link.rule in ("simulate_torus_populations", "simulate_chain_steady_states")]
        assert all(link.origin["seed"] == 7 and len(link.origin["parameters"]) >= 4 for link in random), file.name
        assert random or file.stem not in ("torus_2", "chain_2", "torus_populations", "chain_phase_diagram"), file.name
        assert trail(tracer.trace(file)).startswith("whole: ")


def inputs_recorded(folder: Path) -> dict[str, tuple[str, list[str]]]:
    """Output → rule and inputs of its job, as Snakemake itself recorded them."""
    metadata, found = folder / ".snakemake/metadata", {}
    for path in metadata.rglob("*"):
        if path.is_file():
            # Long names are cut into folders, which begin with @.
            coded = "".join(part.removeprefix("@") for part in path.relative_to(metadata).parts)
            facts = json.loads(path.read_text())
            found[base64.urlsafe_b64decode(coded).decode()] = facts["rule"], facts["input"]
    return found


def test_every_result_names_all_inputs_of_its_job_with_their_checksums(tiny_run):
    results, recorded = tiny_run / "results/tiny", inputs_recorded(tiny_run)
    origins = {path: read_provenance(path)["inputs"] for path in (results / "raw").rglob("*.nc")}
    for path in [*results.glob("tables/*.json"), *results.glob("grids/*.json"), results / "claims.json"]:
        origins[path] = json.loads(path.read_text())["provenance"]["inputs"]
    for path in results.glob("figures/*.json"):
        origins[path] = json.loads(path.read_text())["tables"]
    marks, rules = set(), set()
    for path, named in origins.items():
        rule, inputs = recorded[path.relative_to(tiny_run).as_posix()]
        marks |= (kernels := {name for name in inputs if name.startswith("results/tiny/kernels/")})
        expected = {name: file_sha256(tiny_run / name) for name in inputs if name not in kernels}
        if path.parent.name == "figures":
            expected = {Path(name).stem: sha256 for name, sha256 in expected.items()}
        assert named == expected, f"{rule}: {path.name}"
        rules.add(rule)
    scripts = {path.stem for path in SCRIPTS} - {"warm_kernels", "figure"}
    assert rules == scripts | {f"figure_{name}" for name in FIGURES}
    assert marks == {path.relative_to(tiny_run).as_posix() for path in (results / "kernels").glob("*.json")}


ONCE_FORGOTTEN = {
    "tables/torus_crossover.csv": ["torus_liouvillian.csv", "torus_gaps.csv", "torus_lines.csv"],
    "tables/chain_rnw_branch.csv": ["chain_profiles.csv"],
    "tables/torus_circular_variance.csv": ["torus_angle_weights.csv"],
    "raw/torus_switching": ["torus_basins.nc"],
}


def test_an_input_that_was_altered_or_lost_is_seen_from_what_was_made_of_it(tiny_copy):
    results = tiny_copy / "results/tiny"
    for name, inputs in ONCE_FORGOTTEN.items():
        made = results / name if name.endswith(".csv") else next((results / name).glob("*.nc"))
        for lost in inputs:
            (file,) = results.rglob(lost)
            before = file.read_bytes()
            assert Tracer().trace(made).breaks() == []
            append(file)
            assert any(lost in line for line in Tracer().trace(made).breaks()), f"{name}: {lost}"
            file.unlink()
            assert any(f"{lost}: missing" in line for line in Tracer().trace(made).breaks()), f"{name}: {lost}"
            file.write_bytes(before)


def test_an_older_table_is_seen_from_what_was_made_of_it(tiny_copy, run_openkerr):
    edit(tiny_copy / "workflow/scripts/torus_gaps.py", "(faster * orbit.nu_phi", "(orbit.nu_phi * faster")
    said = run_openkerr(tiny_copy, "trace", "results/tiny/tables/torus_crossover.csv")
    assert said.returncode == 0 and re.match(r"older: \d of \d+ files", said.stdout), said.stdout + said.stderr
    text = " ".join(said.stdout.split())
    assert "OLDER: computed with an earlier version of torus_gaps.py or of what it imports" in text
    assert "snakemake --cores 2 results/tiny/tables/torus_crossover.csv --configfile CONFIG" in text


MODEL = "workflow/openkerr/models/kerr_dimer.py"


def edit(path: Path, old: str, new: str):
    text = path.read_text()
    assert text.count(old) >= 1
    path.write_text(text.replace(old, new, 1))


def test_a_changed_docstring_makes_nothing_older_and_a_changed_kernel_is_where_it_is_used(tiny_copy, run_openkerr):
    root = tiny_copy / "workflow"
    before = {path.name: fingerprint(path, root=root) for path in sorted((root / "scripts").glob("*.py"))}

    for path in [tiny_copy / MODEL, root / "openkerr/solvers/sde.py", root / "openkerr/figures/torus_2.py"]:
        edit(path, '"""', '"""Told in other words. ')
    assert {path.name: fingerprint(path, root=root) for path in sorted((root / "scripts").glob("*.py"))} == before
    said = run_openkerr(tiny_copy, "trace", "results/tiny/figures/torus_2.pdf")
    assert said.returncode == 0, said.stdout + said.stderr

    edit(tiny_copy / MODEL, "0.5 *", "0.25 * 2.0 *")
    after = {path.name: fingerprint(path, root=root) for path in sorted((root / "scripts").glob("*.py"))}
    users = {path.name for path in SCRIPTS if ROOT / "openkerr/models/kerr_dimer.py" in import_closure(path)}
    assert {name for name in before if after[name] != before[name]} == users
    assert "simulate_torus_populations.py" in users
    assert users.isdisjoint({"simulate_chain_steady_states.py", "torus_populations.py", "figure.py"})

    said = run_openkerr(tiny_copy, "trace", "results/tiny/figures/torus_2.pdf")
    assert said.returncode == 0, said.stdout + said.stderr
    text = " ".join(said.stdout.split())
    told = "OLDER: computed with an earlier version of simulate_torus_populations.py or of what it imports"
    assert f"{told} (changed since: openkerr/models/kerr_dimer.py)" in text
    assert text.count("OLDER:") == 1 and "BROKEN" not in text and text.startswith("older: 2 of ")
    assert run_openkerr(tiny_copy, "trace", "results/tiny/figures/chain_2.pdf").stdout.startswith("whole: ")
