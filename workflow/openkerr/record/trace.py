"""The trail of a result: from a figure, a table or a data file back to parameters, seeds and code."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from openkerr.record.data import data_digest
from openkerr.runtime.provenance import (
    ROOT,
    code_of,
    code_of_rule,
    digest,
    file_sha256,
    fingerprint,
    import_closure,
    rules_with_code,
)

__all__ = ["KEPT_ORIGINS", "RESULTS", "Link", "TraceError", "Tracer", "in_record"]

KEPT_ORIGINS = "provenance"
"""Folder of a record that keeps the origins of raw files, which are not in the record themselves."""

RESULTS = "results"
"""Folder of all results, those of each run in a folder of its scale."""

# Where a provenance holds the checksums of what it was made from: under `inputs`; earlier ones, as in the record, had
# two groups.
_GROUPS = ("inputs", "raw", "tables")


class TraceError(ValueError):
    """A file that has no trail to follow; one line."""


@dataclass(eq=False)
class Link:
    """One file of a trail: where it stands, what it says of its origin, what is wrong, and what it was made from.

    `file` is None for a file that is missing or, with a `note`, deliberately not kept. `stale` tells that today's
    code is not the code that made it. `data` is the checksum of the data alone of a raw file that is not kept.
    """

    kind: str
    name: str
    file: Path | None = None
    sha256: str | None = None
    origin: dict[str, Any] = field(default_factory=dict)
    inputs: list[Link] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)
    stale: str | None = None
    note: str | None = None
    data: str | None = None

    @property
    def folder(self) -> str | None:
        """Folder of the user's own that holds the code, where it is none of the workflow's."""
        found = _mapping(self.origin.get("parameters")).get("folder")
        return found if isinstance(found, str) else None

    @property
    def run(self) -> Mapping[str, Any]:
        """Facts of the run that made the file."""
        return _mapping(self.origin.get("run"))

    @property
    def rule(self) -> str | None:
        """Name of the rule that made the file."""
        name = self.origin.get("rule") or self.run.get("rule")
        return name if isinstance(name, str) else None

    def walk(self) -> Iterator[Link]:
        """Yield this link and all behind it, each once."""
        seen: set[int] = set()
        queue = [self]
        while queue:
            link = queue.pop(0)
            if id(link) not in seen:
                seen.add(id(link))
                yield link
                queue += link.inputs

    def breaks(self) -> list[str]:
        """Return one line for each thing that is broken in the trail."""
        return [f"{link.name}: {text}" for link in self.walk() for text in link.broken]


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _has_digest(value: Any, stored: Any) -> bool:
    try:
        return digest(value) == stored
    except ValueError:  # NaN, which Python reads from JSON
        return False


def _read_json(path: Path) -> dict[str, Any]:
    try:
        facts = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise TraceError(f"{path.name} is missing: the origin is unknown") from None
    except (OSError, ValueError):
        raise TraceError(f"{path.name} cannot be read as JSON") from None
    if not isinstance(facts, dict):
        raise TraceError(f"{path.name} holds no origin")
    return facts


class Tracer:
    """Follows trails; every file and every script is read once.

    Links are kept: the same file, named by the same checksum, is one link in all trails of a tracer.
    """

    def __init__(self) -> None:
        self._links: dict[tuple[Path, str | None], Link] = {}
        self._sha256: dict[Path, str] = {}
        self._fingerprints: dict[tuple[str, str | None], str] = {}
        self._changed: dict[tuple[str, str], str] = {}
        self._kept: dict[Path, dict[str, Any]] = {}

    def trace(self, path: str | os.PathLike[str]) -> Link:
        """Return the first link of the trail of a figure (PDF, PNG, JSON), table (CSV, JSON), grid
        (NetCDF, JSON) or raw file.

        Inputs are looked for where the run put them, pictures that were moved elsewhere by their checksums in the
        results of the folder in which this runs. Raises TraceError for a file that carries no origin.
        """
        file = Path(os.path.abspath(path))
        if not file.is_file():
            raise TraceError(f"{path}: there is no such file")
        told = _read_json(file) if file.suffix == ".json" else {}
        for kind, suffix in (("table", ".csv"), ("grid", ".nc")):
            if kind in told:
                file = file.with_suffix(suffix)
                if not file.is_file():
                    return Link(kind, _shown(file), broken=["missing"])
        return self._link(file, None)

    # ------------------------------------------------------------------------------------------ files

    def digest(self, file: Path) -> str:
        """Return the SHA-256 of a file, computed once."""
        if file not in self._sha256:
            self._sha256[file] = file_sha256(file)
        return self._sha256[file]

    def data(self, link: Link) -> str | None:
        """Return the checksum of the data alone of a raw file, read or as it was kept; None where neither is there."""
        if link.data is None and link.file is not None:
            link.data = data_digest(link.file)
        return link.data

    def _link(self, file: Path, expected: str | None, kind: str = "file") -> Link:
        """Return the link of a file; `expected` is the checksum by which another file names it, as of a kind."""
        key = (file, expected)
        if key not in self._links:
            readers = {".csv": self._table, ".nc": self._data, ".json": self._figure}
            reader = readers.get(file.suffix, self._picture)
            try:
                link = reader(file)
            except TraceError as error:
                if expected is None:
                    raise
                link = Link(kind, _shown(file), file, self.digest(file), broken=[str(error)])
            if expected is not None and expected != link.sha256:
                link.broken.append(f"checksum differs: the file has {self.digest(file)[:12]}, not {expected[:12]}")
            self._judge(link)
            self._links[key] = link
        return self._links[key]

    def _judge(self, link: Link) -> None:
        """Say whether today's code is that which made a file."""
        stored = link.origin.get("fingerprint")
        if not isinstance(stored, str):
            if link.origin:
                link.broken.append("carries no fingerprint of the code that made it")
            return
        own, folder = link.rule, link.folder
        files = code_of_rule(own, folder)
        known = [(own, folder)] if own and files else [(rule, None) for rule in rules_with_code()]
        if any(self.fingerprint(*code) == stored for code in known):
            return
        if own is None or not files:
            named = f"rule {own}, which has no script today" if own else "code that is not there today"
            link.stale = f"computed with an earlier version: {named}"
            return
        changed = self._changes(own, folder, link.run.get("git_revision")) if link.run.get("git_clean") else ""
        link.stale = f"computed with an earlier version of {files[-1].name} or of what it imports{changed}"

    def fingerprint(self, rule: str, folder: str | None = None) -> str:
        """Return the fingerprint of a rule, perhaps of a folder of the user's own, as it is today.

        Empty where its imports cannot be followed.
        """
        if (rule, folder) not in self._fingerprints:
            try:
                self._fingerprints[rule, folder] = fingerprint(*code_of_rule(rule, folder))
            except (ImportError, SyntaxError, ValueError):
                self._fingerprints[rule, folder] = ""
        return self._fingerprints[rule, folder]

    def _changes(self, rule: str, folder: str | None, revision: Any) -> str:
        """Name the modules of a rule whose code is not that of a revision, where git can tell."""
        if not isinstance(revision, str) or not self.fingerprint(rule, folder):
            return ""
        if (rule, revision) not in self._changed:
            changed = []
            for file in import_closure(*code_of_rule(rule, folder)):
                name = os.path.relpath(file, ROOT)
                command = ["git", "-C", str(ROOT), "show", f"{revision}:./{name}"]
                try:
                    shown = subprocess.run(command, capture_output=True, check=True, timeout=30)
                    if code_of(shown.stdout.decode()) != code_of(file.read_text(encoding="utf-8")):
                        changed.append(name)
                except (OSError, subprocess.SubprocessError, ValueError, SyntaxError):
                    continue
            self._changed[rule, revision] = f" (changed since: {', '.join(changed)})" if changed else ""
        return self._changed[rule, revision]

    # ------------------------------------------------------------------------------------------ kinds

    def _data(self, file: Path) -> Link:
        """Return the link of a NetCDF file: raw, with its origin inside, or a grid, with a JSON beside it."""
        import netCDF4

        try:
            with netCDF4.Dataset(file, "r") as data:
                kind = "grid" if str(getattr(data, "conventions", "")).startswith("openkerr-grid") else "raw"
                carried = json.loads(data.getncattr("provenance"))
        except (AttributeError, ValueError):
            raise TraceError(f"{file.name} carries no provenance") from None
        except (OSError, RuntimeError):
            raise TraceError(f"{file.name} cannot be read as NetCDF") from None
        if kind == "grid":
            link = self._beside(kind, file)
            if any(link.origin.get(key) != value for key, value in _mapping(carried).items()):
                link.broken.append(f"its own provenance and that in {file.stem}.json differ")
        else:
            link = Link(kind, _shown(file), file, self.digest(file), dict(_mapping(carried)))
        self._follow(link, *_home(file))
        return link

    def _table(self, file: Path) -> Link:
        link = self._beside("table", file)
        self._follow(link, *_home(file))
        return link

    def _beside(self, kind: str, file: Path) -> Link:
        """Return the link of a file whose origin and checksum stand in a JSON of the same name."""
        facts = _read_json(file.with_suffix(".json"))
        link = Link(kind, _shown(file), file, self.digest(file), dict(_mapping(facts.get("provenance"))))
        if not link.origin:
            link.broken.append(f"{file.stem}.json holds no provenance")
        if facts.get("sha256") != link.sha256:
            link.broken.append(f"checksum differs from that in {file.stem}.json: altered after writing")
        # What was written before origins had a digest is taken as it is.
        if not _has_digest(link.origin, facts.get("provenance_digest", digest(link.origin))):
            link.broken.append(f"the origin in {file.stem}.json does not have its digest: altered after writing")
        return link

    def _picture(self, file: Path) -> Link:
        """Return the link of a PDF or PNG, whose own metadata and JSON must agree."""
        from openkerr.figures.style import read_figure_metadata

        try:
            carried = read_figure_metadata(file)
        except (KeyError, OSError, ValueError):
            raise TraceError(f"{file.name} carries no origin: no figure, table or data file of openkerr") from None
        if not isinstance(carried, dict):
            raise TraceError(f"{file.name} carries no origin")
        sha256 = self.digest(file)
        link = Link("figure", _shown(file), file, sha256)
        beside = file.with_suffix(".json")
        if not beside.is_file():
            name = f"{RESULTS}/*/figures/{carried.get('figure')}.json"
            beside = next((path for path in sorted(Path.cwd().glob(name)) if sha256 in path.read_text()), beside)
        facts: Mapping[str, Any] = {}
        try:
            facts = _read_json(beside)
        except TraceError as error:
            link.broken.append(str(error))
        else:
            if sha256 not in _mapping(facts.get("files")).values():
                link.broken.append(f"checksum differs from that in {beside.name}: altered after writing")
            if any(facts.get(key) != value for key, value in carried.items()):
                link.broken.append(f"its own metadata and {beside.name} differ")
        self._tell_figure(link, {**facts, **carried}, beside)
        return link

    def _figure(self, file: Path) -> Link:
        """Return the link of a figure's JSON, which stands for all its pictures."""
        facts = _read_json(file)
        if "figure" not in facts:
            raise TraceError(f"{file.name} holds no origin of a figure, table or grid")
        link = Link("figure", _shown(file), file, self.digest(file))
        for name, sha256 in sorted(_mapping(facts.get("files")).items()):
            picture = file.with_name(name)
            if not picture.is_file():
                link.broken.append(f"{name} is missing")
            elif self.digest(picture) != sha256:
                link.broken.append(f"checksum of {name} differs: altered after writing")
        self._tell_figure(link, facts, file)
        return link

    def _tell_figure(self, link: Link, facts: Mapping[str, Any], beside: Path) -> None:
        run = dict(_mapping(facts.get("run")))
        parameters = run.pop("parameters", None)
        run.pop("inputs", None)
        link.origin = {key: facts.get(key) for key in ("fingerprint", "config_digest")}
        link.origin |= {"run": run, "parameters": parameters}
        if parameters is not None and not _has_digest(parameters, facts.get("config_digest")):
            link.broken.append("its parameters do not have the digest that it carries")
        tables = _mapping(facts.get("tables"))
        if not tables:
            link.broken.append("names no table")
        for name, sha256 in sorted(tables.items()):
            if beside.is_file():
                folders = [beside.parent.parent]
            else:
                folders = sorted(path for path in Path.cwd().glob(f"{RESULTS}/*") if path.is_dir())
            places = [place for at in folders for place in (at / "tables" / f"{name}.csv", at / "grids" / f"{name}.nc")]
            link.inputs.append(self._named("table", name, sha256, places))

    # ------------------------------------------------------------------------------------------ inputs

    def _follow(self, link: Link, root: Path, folder: Path) -> None:
        """Add the files that a provenance names by their checksums, of a run in `root` with results in `folder`."""
        groups = [_mapping(link.origin.get(group)) for group in _GROUPS]
        named = {name or "a file without a name": sha256 for entries in groups for name, sha256 in entries.items()}
        for name, sha256 in sorted(named.items()):
            rest = Path(*Path(name).parts[2:])
            # A file that was copied with all its folder stands nearer than the one that it was copied from.
            places = [folder / rest, root / name] if Path(name).parts[0] == RESULTS else [root / name]
            match = any(self._has(place, sha256) for place in places)
            kept = None if match else self._not_kept(name, sha256, root, folder)
            link.inputs.append(kept or self._named(_kind(name), name, sha256, places))
        if not link.inputs and not link.origin.get("parameters"):
            link.broken.append("names neither parameters nor files that it was made from")

    def _has(self, place: Path, sha256: Any) -> bool:
        """Tell whether a file is there and has a checksum."""
        return place.is_file() and self.digest(place) == sha256

    def _not_kept(self, name: str, sha256: Any, root: Path, folder: Path) -> Link | None:
        """Return the link of a file of which a record in `folder` keeps the origin alone; None for any other."""
        if not isinstance(sha256, str):
            return None
        kept = _mapping(self._kept_origins(folder).get(sha256))
        if kept.get("name") != name:
            return None
        key = (folder / name, sha256)
        if key not in self._links:
            link = Link(_kind(name), name, None, sha256, dict(_mapping(kept.get("provenance"))))
            link.note, link.data = "not kept in the record", kept.get("data")
            self._follow(link, root, folder)
            self._judge(link)
            self._links[key] = link
        return self._links[key]

    def _named(self, kind: str, name: str, sha256: Any, places: Iterable[Path]) -> Link:
        """Return the link of a file that another one names: the first place that has its checksum, or any."""
        there = [place for place in places if place.is_file()]
        match = [place for place in there if self._has(place, sha256)]
        if not there:
            return self._links.setdefault(
                (Path(name), str(sha256)), Link(kind, name, None, str(sha256), broken=["missing"])
            )
        return self._link((match or there)[0], str(sha256), kind)

    def _kept_origins(self, folder: Path) -> dict[str, Any]:
        """Return checksum → name and provenance of the raw files behind a record; empty elsewhere."""
        if folder not in self._kept:
            self._kept[folder] = {}
            for file in sorted((folder / KEPT_ORIGINS).glob("*.json")):
                self._kept[folder].update(_read_json(file))
        return self._kept[folder]


def _kind(name: str) -> str:
    """Return the kind of a file that cannot be looked into, by its name in a run."""
    path = Path(name)
    if path.suffix == ".csv":
        return "table"
    if path.suffix == ".nc":
        return "grid" if path.parent.name == "grids" else "raw"
    return "file"


def in_record(file: Path) -> bool:
    """Tell whether a file stands in a record, not in the results of a run."""
    return (_home(file)[1] / KEPT_ORIGINS).is_dir()


def _home(file: Path) -> tuple[Path, Path]:
    """Return the folder in which a run took place and that of its results, `results/<scale>`."""
    for parent in (*file.parents, *file.resolve().parents):
        if parent.parent.name == RESULTS:
            return parent.parent.parent, parent
    # A folder of results that was copied elsewhere still has its rooms.
    above = file.parent.parent
    return Path.cwd(), above if (above / "tables").is_dir() else file.parent


def _shown(file: Path) -> str:
    """Return a path as it is printed: from the folder in which the run took place."""
    root = _home(file)[0]
    return file.relative_to(root).as_posix() if file.is_relative_to(root) else str(file)
