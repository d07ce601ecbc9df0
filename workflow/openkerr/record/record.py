"""The committed record of a finished run: what is copied into it, and its figures drawn again."""

from __future__ import annotations

import hashlib
import json
import os
import runpy
import shutil
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any, NamedTuple

from openkerr.claims.page import claims_page
from openkerr.claims.tables import CLAIMS as CLAIMS_TABLE
from openkerr.record.namespace import Files, Values
from openkerr.record.trace import KEPT_ORIGINS, RESULTS, Link, TraceError, Tracer
from openkerr.run.judged import judge_results, todays_ledger
from openkerr.runtime.io import atomic_output
from openkerr.runtime.provenance import code_of_rule, file_sha256, run_facts
from openkerr.tables.files import write_table

__all__ = [
    "CLAIMS",
    "LIMIT_BYTES",
    "MANIFEST",
    "RecordError",
    "damaged",
    "find_parts",
    "read_manifest",
    "record",
    "redraw",
]

MANIFEST = "MANIFEST.json"
CLAIMS = "claims"
LIMIT_BYTES = 100_000_000


class RecordError(ValueError):
    """A run that cannot be recorded, or a record that cannot be used; one line."""


class _Item(NamedTuple):
    """A file on its way into the record: where its bytes come from, and its entry in the manifest."""

    source: Path | bytes
    entry: dict[str, Any]

    @property
    def size(self) -> int:
        """Number of bytes."""
        return len(self.source) if isinstance(self.source, bytes) else self.source.stat().st_size


def _json_text(value: Any) -> str:
    return json.dumps(value, indent=2, sort_keys=True) + "\n"


def read_manifest(folder: Path) -> dict[str, dict[str, Any]]:
    """Return file → checksum, parts, revision and fingerprint of a record; raises RecordError without one."""
    path = folder / MANIFEST
    try:
        manifest = json.loads(path.read_text(encoding="utf-8"))
        if not all(isinstance(entry["sha256"], str) and entry["parts"] for entry in manifest.values()):
            raise ValueError
    except FileNotFoundError:
        raise RecordError(f"{folder}: there is no record ({MANIFEST} is missing)") from None
    except (AttributeError, KeyError, OSError, TypeError, ValueError):
        raise RecordError(f"{path} cannot be read as the manifest of a record") from None
    return manifest


# ---------------------------------------------------------------------------------------------- recording


def find_parts(results: Path, tracer: Tracer) -> dict[str, Path]:
    """Return part → file of the results of a run: figures, the claims, and tables and grids of which none is made.

    Raises TraceError for a file that carries no origin.
    """
    results = Path(os.path.abspath(results))
    parts = {path.stem: path for path in sorted((results / "figures").glob("*.json"))}
    if (results / f"{CLAIMS}.csv").is_file():
        parts[CLAIMS] = results / f"{CLAIMS}.csv"
    used = {link.file for path in parts.values() for link in tracer.trace(path).walk()}
    rest = [*sorted((results / "tables").glob("*.csv")), *sorted((results / "grids").glob("*.nc"))]
    return parts | {path.stem: path for path in rest if path not in used and path.stem not in parts}


def _files(link: Link) -> list[Path]:
    """Return the files of a figure, table or grid that belong into a record."""
    assert link.file is not None  # an unbroken trail names no missing file
    beside = link.file.with_suffix(".json")
    if link.kind == "figure":
        names = json.loads(beside.read_text(encoding="utf-8"))["files"]
        return [beside, *(link.file.with_name(name) for name in names)]
    page = link.file.with_suffix(".md")  # the claims have one
    return [link.file, beside, *([page] if page.is_file() else [])]


def _collect(part: str, path: Path, results: Path, tracer: Tracer) -> dict[str, _Item]:
    """Return file → item of a part; raises RecordError if it cannot be recorded."""
    first = tracer.trace(path)
    breaks = first.breaks()
    if breaks:
        more = f" (and {len(breaks) - 1} more)" if len(breaks) > 1 else ""
        raise RecordError(f"{part} cannot be recorded, its trail is broken: {breaks[0]}{more}")
    found, origins = {}, {}
    for link in first.walk():
        if link.run.get("git_clean") is not True:
            raise RecordError(f"{part} cannot be recorded: {link.name} was not computed from a clean revision")
        if link.kind == "raw":
            kept = {"name": link.name, "provenance": link.origin, "data": tracer.data(link)}
            origins[str(link.sha256)] = kept
            continue
        facts = {"revision": link.run.get("git_revision"), "fingerprint": link.origin.get("fingerprint")}
        for file in _files(link):
            if not file.is_relative_to(results):
                raise RecordError(f"{part} cannot be recorded: {link.name} stands outside the results of this run")
            entry = {"sha256": tracer.digest(file), "parts": [part], **facts}
            found[file.relative_to(results).as_posix()] = _Item(file, entry)
    if origins:
        data = _json_text(origins).encode()
        facts = {"sha256": hashlib.sha256(data).hexdigest(), "revision": None, "fingerprint": None}
        found[f"{KEPT_ORIGINS}/{part}.json"] = _Item(data, {"parts": [part], **facts})
    return found


def record(results: Path, folder: Path, wanted: Sequence[str] = (), limit: int = LIMIT_BYTES) -> list[str]:
    """Copy parts of a finished run into a record, all that there are by default; return the lines that tell of it.

    A part is a figure with its tables, the claims, or a table that no figure shows. Recorded claims that are not among
    the parts are judged anew, by today's ledger and the tables that the record then has. Raw files are never copied;
    what they say of their origin is. The record is replaced as a whole, and left as it is if nothing changes. Raises
    RecordError if a trail is broken, a file was not computed from a clean revision, the parts do not fit to the
    figures already recorded, or the record would exceed `limit` bytes.
    """
    results, folder = (Path(os.path.abspath(path)) for path in (results, folder))
    if not results.is_dir() or results == folder:
        raise RecordError(f"{results.name}: there are no results of such a run")
    _restore(folder)
    tracer = Tracer()
    try:
        parts = find_parts(results, tracer)
        chosen = list(dict.fromkeys(wanted or parts))
        unknown = [part for part in chosen if part not in parts]
        if unknown or not parts:
            known = ", ".join(sorted(parts)) or "none"
            raise RecordError(f"{results.name} has no part {', '.join(unknown) or 'to record'}; it has: {known}")
        found: dict[str, _Item] = {}
        for part in chosen:
            for name, item in _collect(part, parts[part], results, tracer).items():
                shared = found[name].entry["parts"] if name in found else []
                found[name] = _Item(item.source, {**item.entry, "parts": sorted({*shared, part})})
        stale = [link for part in chosen for link in tracer.trace(parts[part]).walk() if link.stale]
    except TraceError as error:
        raise RecordError(str(error)) from None

    old = read_manifest(folder) if (folder / MANIFEST).exists() else {}
    # A table that a figure has come to be made from is no part of its own any more.
    merged = {part for part in _parts_of(old) - set(parts) if _files_of(old, part) <= set(found)}
    items = _merge(found, old, folder, merged | set(chosen))
    with tempfile.TemporaryDirectory() as staged:
        if CLAIMS in _parts_of(old) and CLAIMS not in chosen and _are_dated(items, old, folder):
            items = _judge(items, Path(staged, RESULTS, folder.name))
            chosen.append(CLAIMS)
        line = _put(items, old, folder, chosen, limit)
    return [*dict.fromkeys(f"note: {link.name} was {link.stale}" for link in stale), line]


def _put(items: Mapping[str, _Item], old: Mapping[str, Any], folder: Path, chosen: Sequence[str], limit: int) -> str:
    """Write a record in the place of an old one unless they are equal; return the line that tells of it."""
    manifest = {name: item.entry for name, item in items.items()}
    sizes = {name: item.size for name, item in items.items()}
    total, largest = sum(sizes.values()), max(sizes, key=sizes.__getitem__)
    if total > limit:
        raise RecordError(
            f"the record would have {total / 1e6:.1f} MB, more than {limit / 1e6:g} MB; "
            f"its largest file is {largest} with {sizes[largest] / 1e6:.1f} MB"
        )
    if manifest == old and not damaged(folder, old):
        state = "is up to date with"
    else:
        _replace(folder, items, set(old))
        state = "now holds"
    return f"{folder.name} {state} {', '.join(chosen)}: {len(items)} files in all, {total / 1e6:.1f} MB"


def _are_dated(items: Mapping[str, _Item], old: Mapping[str, Mapping[str, Any]], folder: Path) -> bool:
    """Tell whether recorded claims rest on other tables, or on another ledger, than those of a record and of today."""
    ledger = todays_ledger()
    for name in (f"tables/{table}.csv" for table in ledger.tables):
        now = items[name].entry["sha256"] if name in items else None
        if now != old.get(name, {}).get("sha256"):
            return True
    facts = json.loads((folder / f"{CLAIMS}.json").read_text(encoding="utf-8"))
    return _json_text(facts["provenance"]["parameters"].get("ledger")) != _json_text(ledger.plain())


def _judge(items: Mapping[str, _Item], staged: Path) -> dict[str, _Item]:
    """Return the items of a record with its claims judged by its tables, which are put together in a folder for it."""
    kept = {name: item for name, item in items.items() if item.entry["parts"] != [CLAIMS] or "/" in name}
    kept.pop(f"{KEPT_ORIGINS}/{CLAIMS}.json", None)
    _write(items, staged)
    judged, tracer = judge_results(staged), Tracer()
    provenance = {
        "rule": CLAIMS,
        "parameters": dict(judged.parameters),
        "seed": None,
        "fingerprint": tracer.fingerprint(CLAIMS),
        "run": run_facts(),
        "inputs": {f"{RESULTS}/{staged.name}/tables/{path.name}": file_sha256(path) for path in judged.tables.values()},
    }
    write_table(CLAIMS_TABLE, judged.frame, staged / f"{CLAIMS}.csv", provenance)
    (staged / f"{CLAIMS}.md").write_text(claims_page(judged.frame), encoding="utf-8", newline="\n")
    for name, item in _collect(CLAIMS, staged / f"{CLAIMS}.csv", staged, tracer).items():
        known = kept.get(name, item).entry
        kept[name] = _Item(item.source, {**known, "parts": sorted({*known["parts"], CLAIMS})})
    return kept


def _write(items: Mapping[str, _Item], folder: Path) -> None:
    """Write the files of a record into a folder."""
    for name, item in items.items():
        with atomic_output(folder / name) as temporary:
            if isinstance(item.source, bytes):
                temporary.write_bytes(item.source)
            else:
                shutil.copyfile(item.source, temporary)


def _parts_of(manifest: Mapping[str, Mapping[str, Any]]) -> set[str]:
    """Return the parts of a record."""
    return {part for entry in manifest.values() for part in entry["parts"]}


def _files_of(manifest: Mapping[str, Mapping[str, Any]], part: str) -> set[str]:
    """Return the files of a part of a record, but for the origins kept with it."""
    files = {name for name, entry in manifest.items() if part in entry["parts"]}
    return files - {f"{KEPT_ORIGINS}/{part}.json"}


def damaged(folder: Path, manifest: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """Return one line for each file of a record that is missing or has another checksum than its manifest says."""
    lines = []
    for name, entry in sorted(manifest.items()):
        if not (folder / name).is_file():
            lines.append(f"{name} is missing")
        elif file_sha256(folder / name) != entry["sha256"]:
            lines.append(f"{name} does not have the checksum in {MANIFEST}")
    return lines


def _merge(
    found: Mapping[str, _Item], old: Mapping[str, dict[str, Any]], folder: Path, chosen: set[str]
) -> dict[str, _Item]:
    """Return file → item of the record when the chosen parts are put to those that are there."""
    merged = dict(found)
    for name, entry in sorted(old.items()):
        others = sorted(set(entry["parts"]) - chosen)
        if not others:
            continue
        item = found.get(name) or _Item(folder / name, {**entry, "parts": []})
        # Claims follow the tables: they are judged anew.
        figures = [part for part in others if part != CLAIMS]
        if figures and item.entry["sha256"] != entry["sha256"]:
            raise RecordError(f"{name} was recorded with {', '.join(figures)} in another version: record both together")
        merged[name] = _Item(item.source, {**item.entry, "parts": sorted({*item.entry["parts"], *others})})
        if name not in found:
            for line in damaged(folder, {name: entry}):
                raise RecordError(f"{line} in the record: record {', '.join(others)} again")
    return merged


def _siblings(folder: Path) -> tuple[Path, Path]:
    """Return the names beside a record under which a new one is made and the old one is put aside."""
    return folder.with_name(f".{folder.name}.new"), folder.with_name(f".{folder.name}.old")


def _restore(folder: Path) -> None:
    """Clear what a killed recording left behind; put the old record back if it was killed between two renamings."""
    staged, aside = _siblings(folder)
    if aside.is_dir() and not folder.exists():
        aside.rename(folder)
    for left in (staged, aside):
        shutil.rmtree(left, ignore_errors=True)


def _replace(folder: Path, items: Mapping[str, _Item], listed: set[str]) -> None:
    """Write the record beside the old one and put it in its place; notes that the manifest does not list are kept."""
    staged, aside = _siblings(folder)
    _write(items, staged)
    text = _json_text({name: item.entry for name, item in items.items()})
    with atomic_output(staged / MANIFEST) as temporary:
        temporary.write_text(text, encoding="utf-8", newline="\n")
    for line in damaged(staged, read_manifest(staged)):
        raise RecordError(f"{line}: it changed while it was copied")
    if folder.exists():
        for path in sorted(folder.rglob("*")):
            name = path.relative_to(folder).as_posix()
            if path.is_file() and name not in listed and not (staged / name).exists():
                (staged / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(path, staged / name)
        folder.rename(aside)
    try:
        staged.rename(folder)
    except BaseException:
        _restore(folder)
        raise
    shutil.rmtree(aside, ignore_errors=True)


# ---------------------------------------------------------------------------------------------- redrawing


def redraw(folder: Path, output: Path, wanted: Iterable[str] = ()) -> list[str]:
    """Draw figures of a record from its tables, all by default, into a folder; return a line for each.

    Runs today's script of each figure on the recorded parameters and tables; with the code and the versions of the
    record the files equal the recorded ones to the byte. Raises RecordError for a figure that is not in the record
    or whose trail within the record is broken.
    """
    folder, output = Path(os.path.abspath(folder)), Path(os.path.abspath(output))
    if output.is_relative_to(folder):
        raise RecordError(f"{output.name} is inside the record: choose another folder")
    manifest = read_manifest(folder)
    known = sorted(Path(name).stem for name in manifest if name.startswith("figures/") and name.endswith(".json"))
    chosen = list(dict.fromkeys(wanted)) or known
    unknown = [figure for figure in chosen if figure not in known]
    if unknown:
        raise RecordError(f"no figure {', '.join(unknown)} in the record; it has: {', '.join(known) or 'none'}")
    tracer = Tracer()
    return [_redraw(figure, folder, output, tracer) for figure in chosen]


def _redraw(figure: str, folder: Path, output: Path, tracer: Tracer) -> str:
    beside = folder / "figures" / f"{figure}.json"
    try:
        link = tracer.trace(beside)
    except TraceError as error:
        raise RecordError(str(error)) from None
    breaks = link.breaks()
    if breaks:
        raise RecordError(f"{figure} cannot be drawn, its trail is broken: {breaks[0]}")
    facts = json.loads(beside.read_text(encoding="utf-8"))
    run, rule = facts["run"], facts["run"].get("rule")
    folder_of_code = run.get("parameters", {}).get("folder")
    files = code_of_rule(rule, folder_of_code)
    if not files:
        raise RecordError(f"{figure} cannot be drawn: there is no script of rule {rule} today")
    if "inputs" not in run or "parameters" not in run:
        raise RecordError(f"{figure} cannot be drawn: {beside.name} does not tell inputs and parameters of its script")
    if "drawn" not in run["parameters"]:
        raise RecordError(
            f"{figure} cannot be drawn: its record is of an earlier layout, which today's script cannot read"
        )
    inputs = Files({name: _within(value, folder) for name, value in run["inputs"].items()})
    pictures = [str(output / name) for name in sorted(facts["files"])]
    output.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as logs:
        context = SimpleNamespace(
            rule=rule,
            input=inputs,
            output=Files(figures=pictures, provenance=str(output / beside.name)),
            params=Values({**run["parameters"], "fingerprint": tracer.fingerprint(rule, folder_of_code)}),
            log=[str(Path(logs, "log"))],
            threads=1,
            resources={},
        )
        try:
            runpy.run_path(str(files[0]), init_globals={"snakemake": context})
        except Exception as error:
            raise RecordError(
                f"{figure} cannot be drawn: {type(error).__name__}: {' '.join(str(error).split())}"
            ) from error
    same = all(file_sha256(path) == facts["files"][Path(path).name] for path in pictures)
    why = f": {link.stale}" if link.stale else ""
    return f"{figure}: {'equal to the record' if same else f'differs from the record{why}'}"


def _within(value: Any, folder: Path) -> Any:
    """Return the path in the record of an input that a run named `results/<scale>/...`."""
    if isinstance(value, list):
        return [_within(item, folder) for item in value]
    return str(folder.joinpath(*Path(value).parts[2:]))
