"""The floors of the house: who may import whom."""

import ast
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[2] / "workflow" / "openkerr"

FLOORS = (
    {"runtime"},
    {"figures", "numerics", "tables"},
    {"analysis", "algebra", "settings"},
    {"models", "claims"},
    {"solvers"},
    {"interface", "studies"},
    {"run"},
    {"record"},
    {"__main__"},
)
"""From the ground; a module imports from its own room and from rooms of lower floors."""

ONLY = {
    # Methods take any model.
    ("solvers", "models"): {"models.base"},
    # A figure is drawn from frames that were read for it.
    ("figures", "runtime"): {"runtime.io", "runtime.provenance"},
    # Analysis takes raw data and leaves tables to others.
    ("analysis", "runtime"): set(),
}
"""Where less of a lower room is open than all of it."""


def _floor(module):
    room = module.split(".")[0]
    return next(number for number, rooms in enumerate(FLOORS) if room in rooms)


def _imports(path):
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path.name}: imports are absolute"
            folder = (PACKAGE.parent / node.module.replace(".", "/")).is_dir()
            yield from (f"{node.module}.{alias.name}" for alias in node.names) if folder else (node.module,)


def _modules():
    for path in sorted(PACKAGE.rglob("*.py")):
        name = ".".join(path.relative_to(PACKAGE).with_suffix("").parts)
        yield name.removesuffix(".__init__"), path


MODULES = [(module, path) for module, path in _modules() if module != "__init__"]


@pytest.mark.parametrize(("module", "path"), MODULES, ids=[module for module, _ in MODULES])
def test_imports_go_down_only(module, path):
    room = module.split(".")[0]
    for name in _imports(path):
        if not name.startswith("openkerr."):
            continue
        target = name.removeprefix("openkerr.")
        other = target.split(".")[0]
        if other == room:
            continue
        assert _floor(target) < _floor(module), f"{module} imports {target}, which is not below it"
        assert target in ONLY.get((room, other), {target}), f"{module} imports {target}"


def test_studies_do_not_know_each_other():
    """What studies of one paper share stands beside them, in a module of its own."""
    folders = {path.name for path in (PACKAGE / "studies").iterdir() if path.is_dir()}
    for module, path in MODULES:
        parts = module.split(".")
        if parts[0] == "studies" and len(parts) == 3:
            others = {name.split(".")[2] for name in _imports(path) if name.startswith("openkerr.studies.")}
            assert not (others & folders) - {parts[1]}, f"{module} imports {others}"


def test_the_library_knows_nothing_of_snakemake():
    for module, path in MODULES:
        assert not any(name.split(".")[0] == "snakemake" for name in _imports(path)), module


def test_scripts_are_short_and_hold_no_physics():
    scripts = sorted((PACKAGE.parent / "scripts").glob("*.py"))
    assert scripts
    for path in scripts:
        text = path.read_text(encoding="utf-8")
        assert len(text.splitlines()) <= 80, path.name
        assert "numba" not in text and "def " not in text, f"{path.name}: a script joins, the library computes"


def test_the_front_door_is_short():
    assert len((PACKAGE.parents[1] / "Snakefile").read_text(encoding="utf-8").splitlines()) < 60


def test_the_workflow_names_what_it_uses():
    """What is taken from the package itself is found when it runs: no fingerprint would hold it."""
    scripts = sorted((PACKAGE.parent / "scripts").glob("*.py"))
    for path in [*scripts, *(path for _, path in MODULES)]:
        assert "openkerr" not in list(_imports(path)), f"{path.name} imports openkerr as a whole"
