"""Folders of a user's own that join a run: a model, its simulation, tables, figure, caption and claims.

A folder is named by the configuration (``extensions``), and names all that it makes: tables ``NAME_table.csv``, the
figure ``NAME``, its rules and claims.  Inside it names are short, so that a copied folder needs no renaming.  It holds

    settings.py   Settings, the block of the configuration; jobs(settings), name -> plain values that decide a job;
                  seconds(job), its estimated cost
    physics.py    simulate(job, seed) -> xarray.Dataset, the raw data of a job
    table.py      TABLES, schemas; tabulate(raw) -> one frame a schema, by its name
    figure.py     TITLE, INPUTS (tables), and draw(*frames), as `openkerr.figures.register` explains
    caption.rst   caption, which takes numbers from snakemake.params.settings
    claims.yaml   claims, may be left out
"""

from __future__ import annotations

import ast
import importlib.util
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

from pydantic import ConfigDict, ValidationError

from openkerr.claims.ledger import ClaimsError, Ledger, load_claims
from openkerr.figures.register import FIGURES, Declaration, read_declaration
from openkerr.run.tables import TABLES
from openkerr.settings.fields import Section, setting
from openkerr.settings.strict_yaml import load_yaml
from openkerr.settings.text import describe_errors
from openkerr.studies.planning import BYTES_OF_PROCESS, START_SECONDS, TABLE, Cost, RuleEstimate, table
from openkerr.studies.planning import SIMULATION as SIMULATED
from openkerr.tables.columns import TableSchema

__all__ = [
    "Extension",
    "ExtensionBlock",
    "ExtensionError",
    "extension_estimates",
    "known_extensions",
    "known_tables",
    "load_extensions",
    "with_claims",
    "with_tables",
]

ROOT = Path(__file__).resolve().parents[3]
KNOWN = ROOT / "config" / "paper.yaml"
"""Configuration whose extensions the record holds."""

MODULES = ("settings", "physics", "table", "figure")
RAW_BYTES = 40_000
"""What a raw file of some dozen numbers a mode takes."""


class ExtensionError(ValueError):
    """A folder that cannot join a run; one line."""


class ExtensionBlock(Section):
    """A folder that joins the run, and the block of its own settings; docs/own_study.md."""

    model_config = ConfigDict(extra="allow")

    folder: str = setting(
        "folder, from that of the Snakefile; its last part names all that it makes, and the keys beside it are its own",
        min_length=1,
        max_length=200,
        rule="a folder with settings.py, physics.py, table.py, figure.py and caption.rst",
    )


@dataclass(frozen=True)
class Extension:
    """A folder with the settings that the configuration gives it."""

    folder: str
    settings: Section

    @property
    def name(self) -> str:
        """What names all that it makes."""
        return Path(self.folder).name

    @property
    def path(self) -> Path:
        """The folder."""
        return ROOT / self.folder

    @property
    def jobs(self) -> Mapping[str, Mapping[str, Any]]:
        """Plain values that decide each job, by the name of its raw file."""
        return _module(self.path, "settings").jobs(self.settings)

    def cost(self, job: Mapping[str, Any]) -> Cost:
        """Estimated cost of a job."""
        seconds = float(_module(self.path, "settings").seconds(job))
        return Cost(START_SECONDS + seconds, int(2 * BYTES_OF_PROCESS / 1e6), RAW_BYTES)

    @property
    def tables(self) -> dict[str, TableSchema]:
        """Schemas by the short name of the table; they name themselves in full."""
        return folder_tables(self.folder)

    @property
    def figure(self) -> Declaration:
        """What its figure says of itself, tables named in full."""
        declared = read_declaration(self.path / "figure.py", paper="extensions")
        assert declared is not None  # its TITLE was looked for when the folder was loaded
        inputs = tuple(f"{self.name}_{short}" for short in declared.inputs)
        return replace(declared, inputs=inputs, settings={"settings": "extensions"})

    @property
    def ledger(self) -> Ledger | None:
        """Its claims, with claims and tables named in full."""
        file = self.path / "claims.yaml"
        if not file.is_file():
            return None
        try:
            plain = load_claims(file).plain()
        except ClaimsError as error:
            raise ClaimsError(f"{self.folder}: {error}") from None
        for claim in plain["claims"]:
            claim["name"], claim["paper"] = f"{self.name}_{claim['name']}", "extensions"
            for quantity in ("measured", "against"):
                if quantity in claim:
                    claim[quantity]["table"] = f"{self.name}_{claim[quantity]['table']}"
        return Ledger.read(plain)


def load_extensions(blocks: Iterable[ExtensionBlock]) -> dict[str, Extension]:
    """Extensions of a configuration by their names.

    Raises
    ------
    ExtensionError
        If a folder lacks a file, its name is taken or not allowed, a module imports the bare package, or its block of
        the configuration is not allowed.
    """
    found: dict[str, Extension] = {}
    for index, block in enumerate(blocks):
        where, folder = f"extensions[{index}].folder = {block.folder}", ROOT / block.folder
        name = folder.name
        if not (name.isidentifier() and name.isascii() and name == name.lower()):
            raise ExtensionError(f"{where} is not allowed; allowed: a folder named in a-z, 0-9 and _")
        missing = [
            file for file in (*(f"{part}.py" for part in MODULES), "caption.rst") if not (folder / file).is_file()
        ]
        if missing:
            raise ExtensionError(f"{where} is not allowed; allowed: a folder with {', '.join(missing)}")
        if read_declaration(folder / "figure.py", paper="extensions") is None:
            raise ExtensionError(f"{block.folder}/figure.py has no TITLE; allowed: a text, and INPUTS, as literals")
        for part in MODULES:
            if _imports_the_package(folder / f"{part}.py"):
                raise ExtensionError(
                    f"{block.folder}/{part}.py imports openkerr itself; allowed: its modules by name, such as "
                    "openkerr.interface.dynamics, of which a result's fingerprint is made"
                )
        try:
            settings = _module(folder, "settings").Settings.model_validate(block.model_extra or {})
        except ValidationError as error:
            schema = _module(folder, "settings").Settings.model_json_schema()
            said = describe_errors(error.errors(include_url=False), block.model_extra or {}, schema)
            raise ExtensionError(f"extensions[{index}], {name}: {said}") from None
        found_one = Extension(block.folder, settings)
        taken = name in found or name in FIGURES or {f"{name}_{table}" for table in found_one.tables} & set(TABLES)
        if taken:
            raise ExtensionError(f"{where} is not allowed; allowed: a folder whose name no other figure or table has")
        found[name] = found_one
    return found


def folder_tables(folder: str) -> dict[str, TableSchema]:
    """Schemas of a folder's tables by their short names; they name themselves in full."""
    path = ROOT / folder
    return {schema.name: replace(schema, name=f"{path.name}_{schema.name}") for schema in _module(path, "table").TABLES}


def with_tables(folders: Iterable[str]) -> dict[str, TableSchema]:
    """Schemas of all tables by name, those of some folders included."""
    return {**TABLES, **{schema.name: schema for folder in folders for schema in folder_tables(folder).values()}}


def with_claims(ledger: Ledger, extensions: Iterable[Extension]) -> Ledger:
    """A ledger with the claims of extensions behind its own."""
    plain = ledger.plain()
    for extension in extensions:
        if (own := extension.ledger) is not None:
            plain["claims"] += own.plain()["claims"]
    return Ledger.read(plain)


def extension_estimates(extensions: Iterable[Extension]) -> list[RuleEstimate]:
    """Cost of every rule of extensions but those of their figures."""
    found = []
    for each in extensions:
        costs = tuple(each.cost(job) for job in each.jobs.values())
        found += [RuleEstimate(f"simulate_{each.name}", SIMULATED, costs), table(each.name)]
    assert all(each.stage in (SIMULATED, TABLE) for each in found)
    return found


@cache
def known_extensions() -> dict[str, Extension]:
    """Extensions of the papers' scale, which the record holds."""
    blocks = load_yaml(KNOWN).get("extensions", [])
    return load_extensions(ExtensionBlock.model_validate(block) for block in blocks)


def known_tables() -> dict[str, TableSchema]:
    """Schemas of all tables that the record may hold."""
    return with_tables(each.folder for each in known_extensions().values())


def load_module(folder: str, part: str) -> ModuleType:
    """Module of a folder, from that of the Snakefile."""
    return _module(ROOT / folder, part)


@cache
def _module(folder: Path, part: str) -> ModuleType:
    name = f"openkerr_extension_{folder.name}_{part}"
    spec = importlib.util.spec_from_file_location(name, folder / f"{part}.py")
    assert spec is not None and spec.loader is not None  # as every .py file has
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # annotations are looked up there
    spec.loader.exec_module(module)
    return module


def _imports_the_package(path: Path) -> bool:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        if "openkerr" in names or (isinstance(node, ast.ImportFrom) and node.module == "openkerr"):
            return True
    return False
