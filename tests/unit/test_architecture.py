"""The floors of the house: who may import whom."""

import ast
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[2] / "workflow" / "openkerr"

GROUND = {
    "provenance",
    "io",
    "folder_lock",
    "checkpoint",
    "job_checkpoint",
    "table_columns",
    "tables",
    "stats",
    "rng",
    "compilation",
    "trigonometry",
    "jobs",
}
ALLOWED = {
    "ground": {"ground"},
    "algebra": {"ground", "algebra"},
    "models": {"ground", "algebra", "models"},
    "solvers": {"ground", "algebra", "solvers", "models.base"},
    "analysis": {"ground", "analysis"},
    "figures": {"ground", "figures"},
    # The run's configuration is made of the models' own parameters, its jobs of what the solvers do; nothing below
    # knows of it.
    "config": {"ground", "models", "solvers", "config"},
    # Claims read tables only, and are written like the configuration.
    "claims": {"ground", "claims", "config_fields", "config_text", "yaml_strict"},
    "cli": {"ground", "models", "solvers", "config", "claims", "figures", "cli"},
}
FIGURES_MAY_USE = {"tables", "io", "provenance"}


def _floor(module):
    head = module.split(".")[0]
    if head in ("algebra", "solvers", "analysis", "figures"):
        return head
    if head == "models":
        return "models.base" if module == "models.base" else "models"
    if head in GROUND or head.startswith("table_schemas"):
        return "ground"
    if head.startswith("claims"):
        return "claims"
    return "config" if head.startswith(("config", "planning")) or head == "yaml_strict" else "cli"


def _imports(path):
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path.name}: imports are absolute"
            yield node.module
            if (PACKAGE.parent / node.module.replace(".", "/")).is_dir():
                yield from (f"{node.module}.{alias.name}" for alias in node.names)


def _modules():
    for path in sorted(PACKAGE.rglob("*.py")):
        name = ".".join(path.relative_to(PACKAGE).with_suffix("").parts)
        yield name.removesuffix(".__init__"), path


@pytest.mark.parametrize(("module", "path"), list(_modules()), ids=lambda value: str(value).split("/")[-1])
def test_imports_go_down_only(module, path):
    floor = _floor(module)
    for name in _imports(path):
        if not name.startswith("openkerr."):
            continue
        target = name.removeprefix("openkerr.")
        if not list(PACKAGE.glob(target.replace(".", "/") + "*")):
            continue  # an attribute of a module, which has been seen
        allowed = ALLOWED["models" if floor == "models.base" else floor]
        assert (
            target.split(".")[0] in allowed
            or _floor(target) in allowed
            or (_floor(target) == "models.base" and "models" in allowed)
        ), f"{module} ({floor}) imports {target} ({_floor(target)})"
        if floor == "figures" and _floor(target) == "ground":
            assert target.split(".")[0] in FIGURES_MAY_USE, f"{module} imports {target}"


def test_the_library_knows_nothing_of_snakemake():
    for module, path in _modules():
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
