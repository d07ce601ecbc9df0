"""What a job says that it was made from."""

from types import SimpleNamespace

import pytest

from openkerr.runtime import jobs
from openkerr.runtime.jobs import Job, job
from openkerr.runtime.provenance import file_sha256


class Files(list):
    """Paths, some of them named, as Snakemake hands them to a script."""

    def __init__(self, paths, **named):
        super().__init__(paths)
        self._named = named

    def get(self, name, default=None):
        return self._named.get(name, default)


@pytest.fixture
def files(tmp_path, monkeypatch):
    """Files of a run in the current folder, which hold their own names."""
    monkeypatch.chdir(tmp_path)
    names = ("a.csv", "raw/1.nc", "raw/2.nc", "folder/x/1.nc", "folder/2.nc", "kernels/m.json", "kernels/n.json")
    for name in names:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(name)
    return tmp_path


def context(*paths, **named):
    return SimpleNamespace(
        rule="rule", input=Files(paths, **named), output=[], params={"fingerprint": "f", "seed": 1, "x": 2.0},
        log=["log"], threads=1, resources={},
    )  # fmt: skip


@pytest.mark.parametrize("marks", ["kernels/m.json", ["kernels/m.json", "kernels/n.json"]], ids=["one", "list"])
def test_a_provenance_names_all_inputs_but_the_marks_of_kernels(files, marks):
    kernels = [marks] if isinstance(marks, str) else marks
    paths = [*kernels, "raw/1.nc", "raw/2.nc", "a.csv", "folder"]
    with job(context(*paths, kernels=marks, raw=["raw/1.nc", "raw/2.nc"], table="a.csv")) as current:
        facts = current.provenance()
    expected = ("a.csv", "folder/2.nc", "folder/x/1.nc", "raw/1.nc", "raw/2.nc")
    assert facts["inputs"] == current.inputs == {name: file_sha256(files / name) for name in expected}
    assert facts["parameters"] == {"x": 2.0}
    assert [facts[name] for name in ("rule", "seed", "fingerprint")] == ["rule", 1, "f"]
    with job(context()) as current:
        assert current.provenance()["inputs"] == {}


def test_an_input_is_read_once_and_when_it_is_asked_for(files, monkeypatch):
    read = []
    monkeypatch.setattr(jobs, "file_sha256", lambda path: read.append(path.as_posix()) or "0")
    with job(context("a.csv", "raw/1.nc", "a.csv")) as current:
        assert read == []
        assert current.provenance()["inputs"] == current.provenance()["inputs"] == current.inputs
        assert sorted(set(read)) == ["a.csv", "raw/1.nc"]
        assert len(read) == 2


def test_an_input_that_is_not_there_is_an_error(files):
    with pytest.raises(FileNotFoundError, match=r"raw/3\.nc"), job(context("a.csv", "raw/3.nc")) as current:
        current.provenance()
    assert "raw/3.nc" in (files / "log").read_text()


def test_a_figure_tells_its_inputs_by_their_names_too():
    facts = Job("rule", {"fingerprint": "f"}).run_facts({"table": "a.csv"})
    assert facts["inputs"] == {"table": "a.csv"} and facts["parameters"] == {"fingerprint": "f"}
    assert "inputs" not in Job("rule", {"fingerprint": "f"}).run_facts()
