"""A crate of the record holds to its profile, and a broken one is refused."""

import json
import shutil
from pathlib import Path

import pytest

from openkerr.record import crate
from openkerr.record.crate import METADATA, CrateError, check_crate, write_crate
from openkerr.record.record import MANIFEST

ROOT = Path(__file__).resolve().parents[2]
KEPT = ("claims", "torus_2", "torus_populations", "torus_trajectories")

# The validator's own libraries.
pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore::DeprecationWarning")]


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    """A repository with the record of one figure and the claims."""
    folder = tmp_path_factory.mktemp("root")
    scripts = ("figure", "claims", "torus_populations")
    for name in (
        "Snakefile",
        "README.md",
        "LICENSE",
        crate.CONFIGURATION,
        *(f"workflow/scripts/{s}.py" for s in scripts),
    ):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / name, folder / name)
    record = ROOT / "results/record"
    manifest = json.loads((record / MANIFEST).read_text())
    kept = {name: entry for name, entry in manifest.items() if Path(name).stem in KEPT}
    for name in kept:
        (folder / "results/record" / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(record / name, folder / "results/record" / name)
    (folder / "results/record" / MANIFEST).write_text(json.dumps(kept))
    return folder


@pytest.fixture
def made(root, tmp_path):
    write_crate(root, root / "results/record", tmp_path / "crate")
    return tmp_path / "crate"


def entities(folder):
    return {each["@id"]: each for each in json.loads((folder / METADATA).read_text())["@graph"]}


def test_a_crate_holds_to_its_profile_and_tells_what_was_made_of_what(made):
    check_crate(made)
    found = entities(made)
    run = found["#run"]
    assert run["instrument"] == {"@id": "Snakefile"} and run["object"] == [{"@id": "config/paper.yaml"}]
    drawn = found["#figures/torus_2"]
    tables = {"results/record/tables/torus_populations.csv", "results/record/tables/torus_trajectories.csv"}
    assert {each["@id"] for each in drawn["object"]} == tables
    assert "workflow/scripts/figure.py" in json.dumps(drawn["instrument"])
    assert {"@id": "results/record/figures/torus_2.pdf"} in drawn["result"]
    assert all("sha256" in found[each["@id"]] for each in run["result"])


def test_the_same_record_makes_the_same_crate(root, made, tmp_path):
    write_crate(root, root / "results/record", tmp_path / "again")
    assert entities(made) == entities(tmp_path / "again")


def without_instrument(folder):
    metadata = json.loads((folder / METADATA).read_text())
    for each in metadata["@graph"]:
        if each["@id"] == "#run":
            del each["instrument"]
    (folder / METADATA).write_text(json.dumps(metadata))


def without_workflow(folder):
    metadata = json.loads((folder / METADATA).read_text())
    for each in metadata["@graph"]:
        each.pop("mainEntity", None)
    (folder / METADATA).write_text(json.dumps(metadata))


@pytest.mark.parametrize(
    ("break_it", "said"),
    [
        (without_instrument, "instrument"),
        (without_workflow, "(?i)main ?(entity|workflow)"),
        (lambda folder: (folder / "results/record/claims.csv").unlink(), "claims.csv is missing"),
        (lambda folder: (folder / "results/record/claims.md").write_text("more"), "claims.md does not have"),
        (lambda folder: (folder / METADATA).write_text("{"), "cannot be read"),
        (lambda folder: (folder / METADATA).unlink(), "there is no crate"),
    ],
)
def test_a_broken_crate_is_refused(made, break_it, said):
    break_it(made)
    with pytest.raises(CrateError, match=said):
        check_crate(made)


def test_no_crate_is_made_of_a_damaged_record_or_over_a_folder(root, made, tmp_path):
    with pytest.raises(CrateError, match="exists"):
        write_crate(root, root / "results/record", made)
    broken = Path(shutil.copytree(root, tmp_path / "broken"))
    (broken / "results/record/claims.csv").unlink()
    with pytest.raises(CrateError, match=r"claims\.csv is missing"):
        write_crate(broken, broken / "results/record", tmp_path / "none")
    assert not (tmp_path / "none").exists()
