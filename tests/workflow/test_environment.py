"""The environment: one lock, its exports, the conda pins, the default profile and the front door's tools."""

import importlib.metadata
import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import rattler
import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

import openkerr

ROOT = Path(__file__).resolve().parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
LOCK_TEXT = (ROOT / "uv.lock").read_text()
LOCK = {package["name"]: package for package in tomllib.loads(LOCK_TEXT)["package"]}
CONDA_FILES = sorted((ROOT / "envs").glob("*.yaml"))
# conda-forge's name where it is not the one on PyPI in lower case.
PYPI_NAMES = {"matplotlib-base": "matplotlib"}

INDEX = "https://pypi.org/simple"
FILES = "https://files.pythonhosted.org/packages/"
ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://[^\s\"']*|\bfile:[^\s\"']*")


def foreign_addresses(text: str) -> list[str]:
    return [address for address in ADDRESS.findall(text) if address != INDEX and not address.startswith(FILES)]


def locked_hashes(name: str) -> set[str]:
    package = LOCK[name]
    files = [*package.get("wheels", []), *([package["sdist"]] if "sdist" in package else [])]
    return {file["hash"] for file in files}


def test_lock_names_only_public_addresses():
    assert foreign_addresses(LOCK_TEXT) == []
    sources = {name: package["source"] for name, package in LOCK.items()}
    assert sources.pop("openkerr") == {"editable": "."}
    assert all(source == {"registry": INDEX} for source in sources.values())
    # The search itself finds what a machine's own configuration would leave behind.
    for leak in (
        'registry = "https://mirror.example/simple"',
        'url = "file:///opt/x.whl"',
        "-f file:/opt",
        "http://pypi.org/simple",
    ):
        assert foreign_addresses(leak) != []


def test_lock_has_one_version_of_each_package():
    names = [package["name"] for package in tomllib.loads(LOCK_TEXT)["package"]]
    assert sorted(set(names)) == sorted(names)


def test_lock_answers_the_project_file():
    """What `uv lock --check` would say of the direct dependencies, told without uv."""
    groups = PROJECT["dependency-groups"]
    stated = PROJECT["project"]["dependencies"] + groups["dev"] + groups["peers"] + groups["mutants"]
    for requirement in map(Requirement, stated):
        assert requirement.specifier.contains(LOCK[requirement.name.lower()]["version"]), requirement
    locked = {entry["name"]: entry.get("specifier", "") for entry in LOCK["openkerr"]["metadata"]["requires-dist"]}
    for requirement in map(Requirement, PROJECT["project"]["dependencies"]):
        assert SpecifierSet(locked[requirement.name.lower()]) == requirement.specifier, requirement


def test_requirements_are_the_lock_with_hashes():
    text = (ROOT / "envs/requirements.txt").read_text()
    assert foreign_addresses(text) == []
    body = "\n".join(line for line in text.splitlines() if not line.startswith("#")).replace("\\\n", " ")
    seen = set()
    for line in filter(str.strip, body.splitlines()):
        pin, *hashes = re.split(r"\s+--hash=", line.strip())
        requirement = Requirement(pin)
        assert str(requirement.specifier) == f"=={LOCK[requirement.name]['version']}"
        assert hashes and set(hashes) == locked_hashes(requirement.name), requirement.name
        seen.add(requirement.name)
    wanted = {Requirement(text).name.lower() for text in PROJECT["project"]["dependencies"]}
    assert wanted <= seen
    assert not {"pytest", "jax"} & seen


@pytest.mark.parametrize("path", CONDA_FILES, ids=lambda path: path.stem)
def test_conda_pins_equal_the_lock(path):
    environment = yaml.safe_load(path.read_text())
    assert set(environment) == {"channels", "dependencies"}
    assert environment["channels"] == ["conda-forge", "nodefaults"]
    names = []
    for text in environment["dependencies"]:
        match = re.fullmatch(r"([a-z0-9][a-z0-9-]*)=(\d+(?:\.\d+)+)", text)
        assert match, f"{text}: not of the form name=version"
        name, version = match.groups()
        spec = rattler.MatchSpec(text, strict=True)
        assert spec.name.normalized == name
        if name == "python":
            assert re.fullmatch(r"3\.\d+", version)
            assert SpecifierSet(PROJECT["project"]["requires-python"]).contains(f"{version}.0")
        else:
            assert version == LOCK[PYPI_NAMES.get(name, name)]["version"]
        names.append(name)
    assert names == ["python", *sorted(set(names) - {"python"})]


def test_conda_environments_are_one_a_kind_of_job():
    assert [path.stem for path in CONDA_FILES] == ["analysis", "figures", "simulation"]
    # What jobs need stands among the project's own dependencies, not among what those happen to bring.
    stated = {Requirement(text).name.lower() for text in PROJECT["project"]["dependencies"]}
    for path in CONDA_FILES:
        names = {text.partition("=")[0] for text in yaml.safe_load(path.read_text())["dependencies"]}
        assert {PYPI_NAMES.get(name, name) for name in names - {"python"}} <= stated


def test_pins_tool_sets_the_locked_versions(tmp_path):
    (tmp_path / ".ci").mkdir()
    shutil.copy(ROOT / ".ci/pins.py", tmp_path / ".ci")
    shutil.copy(ROOT / "uv.lock", tmp_path)
    shutil.copytree(ROOT / "envs", tmp_path / "envs")
    pins = tmp_path / "envs/figures.yaml"
    wanted = pins.read_text()
    pins.write_text(wanted.replace(f"numpy={LOCK['numpy']['version']}", "numpy=1.0"))
    assert pins.read_text() != wanted
    subprocess.run([sys.executable, ".ci/pins.py"], cwd=tmp_path, check=True)
    assert pins.read_text() == wanted
    pins.write_text(wanted + "  - no-such-package=1.0\n")
    done = subprocess.run([sys.executable, ".ci/pins.py"], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr.strip() == "envs/figures.yaml: no-such-package is not in uv.lock"


def test_one_version_everywhere():
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text())
    assert {
        PROJECT["project"]["version"],
        LOCK["openkerr"]["version"],
        citation["version"],
        openkerr.__version__,
    } == {"0.2.0"}


def test_citation_names_both_papers():
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text())
    assert {"cff-version", "message", "title", "authors", "license", "version"} <= set(citation)
    assert citation["authors"] == [{"name": "openkerr developers"}]
    cited = {reference["identifiers"][0]["value"]: len(reference["authors"]) for reference in citation["references"]}
    assert cited == {"arXiv:2507.03764": 3, "arXiv:2409.12225": 4}


@pytest.mark.skipif(shutil.which("make") is None, reason="needs make")
def test_make_names_its_targets_and_refuses_an_old_python(tmp_path):
    environ = {name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "MFLAGS"))}

    def make(folder: Path, *arguments: str) -> subprocess.CompletedProcess:
        return subprocess.run(
            ["make", *arguments], cwd=folder, env=environ, capture_output=True, text=True, check=False
        )

    said = make(ROOT, "help").stdout
    for target in (
        "help",
        "env",
        "figures",
        "paper",
        "test",
        "mutants",
        "bench",
        "bench-peers",
        "lint",
        "format",
        "lock",
        "clean",
    ):
        assert re.search(rf"^  {target} +\S", said, re.MULTILINE), target
    for name in ("Makefile", "pyproject.toml", "uv.lock"):
        shutil.copy(ROOT / name, tmp_path)
    old = tmp_path / "python3.10"
    old.write_text("#!/bin/sh\nexit 1\n")
    old.chmod(0o755)
    done = make(tmp_path, "env", f"PYTHON={old}")
    assert done.returncode != 0
    assert done.stderr.splitlines()[0].startswith("openkerr needs Python 3.11, 3.12 or 3.13")
    assert not (tmp_path / ".tools").exists() and not (tmp_path / ".venv").exists()


def test_installed_packages_meet_the_project_file():
    for requirement in map(Requirement, PROJECT["project"]["dependencies"]):
        assert requirement.specifier.contains(importlib.metadata.version(requirement.name)), requirement
