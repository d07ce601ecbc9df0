"""Fingerprints of code, digests of data, and the facts of a run."""

from __future__ import annotations

import ast
import atexit
import contextlib
import hashlib
import io
import json
import math
import os
import platform
import re
import subprocess
import tokenize
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import Any, NamedTuple, TypeGuard

__all__ = [
    "PLUMBING",
    "CodeChangedError",
    "canonical_json",
    "code_of",
    "code_of_rule",
    "cpu_model",
    "digest",
    "file_sha256",
    "fingerprint",
    "git_state",
    "import_closure",
    "planned_fingerprint",
    "rules_with_code",
    "run_facts",
]

PACKAGE = "openkerr"
ROOT = Path(__file__).resolve().parents[2]

MOST_SOURCES = 4000
"""Sources that are kept in the cache, of all versions; beyond it only those in use are."""

PLANNED = "OPENKERR_PLANNED_CODE"
"""Variable of the environment in which a run hands the fingerprints of its plan on to its jobs."""
# The committed record, beside the package's folder: made by a run, read by none, so that a part of it that is not
# committed yet leaves the next run clean.
RECORD = "../results/record"

# Modules that carry results without deciding them: a better error message in one of these must not rerun a
# simulation, nor must a new table's schema rerun the old tables, nor a new name that the package offers.
PLUMBING = re.compile(
    r"openkerr|openkerr\.(runtime|tables|run)(\..*)?|openkerr\.(studies\.\w+|claims)\.tables|openkerr\.studies\.columns"
)

# Stands for a line end inside a string literal while lines are stripped; no Python source can contain it.
_HELD_NEWLINE = "\0"

_REPORTED_PACKAGES = (
    "matplotlib",
    "netCDF4",
    "numba",
    "numpy",
    "pandas",
    "pandera",
    "pydantic",
    "scipy",
    "snakemake",
    "xarray",
)


class CodeChangedError(RuntimeError):
    """Code that is not the code for which a job was planned, or which a process has read; one line."""


class _Source(NamedTuple):
    """What the fingerprint needs of one file."""

    normalised: str
    imports: tuple[tuple[int, str, tuple[str, ...]], ...]  # (relative level, module, imported names)


# ---------------------------------------------------------------------------------------------- data


def _plain(value: Any, where: str) -> Any:
    """Return value with only JSON types in it; `where` names the place in an error."""
    if value is None or isinstance(value, (bool, str)):
        return value
    if isinstance(value, int):
        return int(value)
    if isinstance(value, float):
        if not math.isfinite(value):
            raise ValueError(f"{where} is {value}: only finite numbers can be recorded")
        return float(value)
    if isinstance(value, Mapping):
        for key in value:
            if not isinstance(key, str):
                raise TypeError(f"{where} has the key {key!r}: keys must be strings")
        return {str(key): _plain(item, f"{where}.{key}") for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item, f"{where}[{index}]") for index, item in enumerate(value)]
    if hasattr(value, "tolist") and hasattr(value, "dtype"):  # NumPy scalars and arrays, without importing NumPy
        return _plain(value.tolist(), where)
    raise TypeError(f"{where} is a {type(value).__name__}: only plain JSON types can be recorded")


def canonical_json(value: Any) -> str:
    """Return the one JSON text of a value: sorted keys, no blanks, ASCII.

    Tuples become lists and NumPy numbers plain numbers. Raises TypeError for any other type and ValueError
    for NaN or infinity, naming the place.
    """
    plain = _plain(value, "value")
    return json.dumps(plain, sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False)


def digest(value: Any) -> str:
    """Return the SHA-256 (hexadecimal) of `canonical_json(value)`."""
    return hashlib.sha256(canonical_json(value).encode("ascii")).hexdigest()


def file_sha256(path: str | os.PathLike[str]) -> str:
    """Return the SHA-256 (hexadecimal) of a file's bytes."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


# ---------------------------------------------------------------------------------------------- code


def _statements(body: Iterable[ast.AST]) -> Iterator[ast.stmt]:
    """Yield all statements of a block, those inside others too; expressions, most of a tree, are left out."""
    for node in body:
        if isinstance(node, ast.stmt):
            yield node
        for name in ("body", "orelse", "handlers", "finalbody", "cases"):
            inner = getattr(node, name, None)
            if isinstance(inner, list):
                yield from _statements(inner)


def _is_note(node: ast.AST) -> TypeGuard[ast.stmt]:
    """Tell whether a statement decides nothing: a bare string (docstring) or the package's version."""
    if isinstance(node, ast.Expr):
        return isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
    if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant):
        return [ast.unparse(target) for target in node.targets] == ["__version__"]
    return False


def _normalise(source: str, tree: ast.Module) -> str:
    """Return the source without docstrings, comments, blank lines and trailing blanks.

    Works on positions in the text, never on a dump of the syntax tree, whose form depends on the version of
    Python.
    """
    lines = source.split("\n")
    starts = [0]
    for line in lines:
        starts.append(starts[-1] + len(line) + 1)

    def from_bytes(row: int, column: int) -> int:
        return starts[row - 1] + len(lines[row - 1].encode()[:column].decode())

    cuts: list[tuple[int, int]] = []
    for node in _statements(tree.body):
        if _is_note(node) and node.end_lineno is not None and node.end_col_offset is not None:
            begin = from_bytes(node.lineno, node.col_offset)
            cuts.append((begin, from_bytes(node.end_lineno, node.end_col_offset)))

    held: set[int] = set()  # line ends inside string literals
    depth, opened = 0, 0
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        kind = tokenize.tok_name[token.type]
        first, last = token.start[0], token.end[0]
        if kind in ("FSTRING_START", "TSTRING_START"):  # Python 3.12 and later split formatted strings
            opened = first if depth == 0 else opened
            depth += 1
        elif kind in ("FSTRING_END", "TSTRING_END"):
            depth -= 1
            if depth == 0:
                held.update(starts[row] - 1 for row in range(opened, last))
        elif kind == "STRING":
            held.update(starts[row] - 1 for row in range(first, last))
        elif kind == "COMMENT" and depth == 0:
            begin = starts[first - 1] + token.start[1]
            cuts.append((begin, begin + len(token.string)))

    pieces: list[str] = []
    position = 0
    for begin, end in sorted(cuts):
        pieces.append(_hold(source, position, begin, held))
        position = end
    pieces.append(_hold(source, position, len(source), held))
    stripped = (line.rstrip(" \t\f") for line in "".join(pieces).split("\n"))
    return "\n".join(line for line in stripped if line).replace(_HELD_NEWLINE, "\n")


def code_of(source: str) -> str:
    """Return what counts of a module's text: no docstrings, comments, blank lines, trailing blanks or version.

    Raises SyntaxError for text that is not Python.
    """
    text = source.replace("\r\n", "\n")
    return _normalise(text, ast.parse(text))


def _hold(source: str, begin: int, end: int, held: set[int]) -> str:
    """Return source[begin:end] with its held line ends replaced."""
    text = source[begin:end]
    if "\n" not in text:
        return text
    return "".join(_HELD_NEWLINE if char == "\n" and begin + index in held else char for index, char in enumerate(text))


def _imports(tree: ast.Module) -> tuple[tuple[int, str, tuple[str, ...]], ...]:
    """Return every import statement of a file, those inside functions too, in the order of the text."""
    found: list[tuple[int, str, tuple[str, ...]]] = []
    for node in _statements(tree.body):
        if isinstance(node, ast.Import):
            found += [(0, alias.name, ()) for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            found.append((node.level, node.module or "", tuple(alias.name for alias in node.names)))
    return tuple(found)


@cache
def _read_source(path: Path, mtime_ns: int, size: int) -> _Source:
    """Parse one file, or find what was kept of its bytes; time stamp and size are its key in this process."""
    kept, key = _kept_sources(), file_sha256(path)
    _USED.add(key)
    if key not in kept:
        with tokenize.open(path) as file:
            source = file.read()
        tree = ast.parse(source, filename=path.name)
        if not _NEW:
            atexit.register(_keep_sources)
        _NEW.add(key)
        kept[key] = [_normalise(source, tree), _imports(tree)]
    normalised, imports = kept[key]
    return _Source(normalised, tuple((level, name, tuple(members)) for level, name, members in imports))


_USED: set[str] = set()
_NEW: set[str] = set()
"""SHA-256 of the sources that this process has asked for, and of those that were not in the cache."""


def _sources_file() -> Path:
    """File of the cache for what this version of the module makes of sources."""
    from openkerr.runtime.cache import cache_root

    return cache_root() / "sources" / f"{file_sha256(__file__)[:16]}.json"


@cache
def _kept_sources() -> dict[str, Any]:
    """Return what earlier processes kept, by SHA-256 of the bytes: plans and jobs read the same files."""
    try:
        found = json.loads(_sources_file().read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _keep_sources() -> None:
    """Keep what this process has parsed; without a cache that can be written the next one parses again."""
    from openkerr.runtime.io import atomic_output

    kept = _kept_sources()
    if len(kept) > MOST_SOURCES:
        kept = {key: kept[key] for key in _USED}
    with contextlib.suppress(OSError), atomic_output(_sources_file()) as path:
        path.write_text(json.dumps(kept), encoding="utf-8")


def _source(path: Path) -> _Source:
    status = path.stat()
    return _read_source(path, status.st_mtime_ns, status.st_size)


def _find(module: str, root: Path) -> Path | None:
    """Return the file of a module of the package, or None where there is none."""
    # A plan asks this ten thousand times: as text, not as a path.
    base = os.path.join(root, *module.split("."))
    for candidate in (os.path.join(base, "__init__.py"), base + ".py"):
        if os.path.isfile(candidate):
            return Path(candidate)
    return None


def _module_name(path: Path, root: Path) -> str | None:
    """Return the dotted name of a file inside the package, or None for a script."""
    try:
        parts = path.relative_to(root).with_suffix("").parts
    except ValueError:
        return None
    if parts[0] != PACKAGE:
        return None
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def _imported_modules(path: Path, module: str | None, root: Path) -> Iterator[str]:
    """Yield the names of the package's modules that a file imports directly."""
    for level, name, members in _source(path).imports:
        if level:
            if module is None:
                raise ValueError(f"{path.name}: a script cannot use relative imports")
            package = module.split(".") if path.name == "__init__.py" else module.split(".")[:-1]
            base = package[: len(package) - (level - 1)]
            name = ".".join([*base, name] if name else base)
        if name.split(".")[0] != PACKAGE:
            continue
        if _find(name, root) is None:
            # A folder without __init__.py is a namespace: only what is taken from it can be a module.
            if not root.joinpath(*name.split(".")).is_dir():
                raise ModuleNotFoundError(f"{path.name} imports {name}, which is not in the package")
        else:
            yield name
        for member in members:
            if _find(f"{name}.{member}", root) is not None:
                yield f"{name}.{member}"


def _closure(path: Path, root: Path) -> dict[str, Path]:
    """Return label → file for a file and all it imports from the package, plumbing left out."""
    own = _module_name(path, root)
    label = own or f"script {path.name}"
    found: dict[str, Path] = {label: path}
    queue: list[tuple[str | None, Path]] = [(own, path)]
    if own is not None:
        queue += _with_parents([own], found, root)
    while queue:
        module, file = queue.pop()
        queue += _with_parents(_imported_modules(file, module, root), found, root)
    rest = sorted(name for name in found if name != label)
    return {name: found[name] for name in [label, *rest]}


def _with_parents(names: Iterable[str], found: dict[str, Path], root: Path) -> list[tuple[str, Path]]:
    """Add modules and the packages above them to `found`; return those that are new."""
    added = []
    for name in names:
        if PLUMBING.fullmatch(name):
            continue
        parts = name.split(".")
        for end in range(1, len(parts) + 1):
            module = ".".join(parts[:end])
            file = _find(module, root)
            if module not in found and file is not None and not PLUMBING.fullmatch(module):
                found[module] = file
                added.append((module, file))
    return added


def import_closure(*paths: str | os.PathLike[str], root: Path = ROOT) -> list[Path]:
    """Return files and every file of the package that they import, directly or not, in a fixed order.

    A file comes first, then modules by name. Imports are read from the source, wherever they stand in it;
    modules in `PLUMBING` and what only they import are left out. Raises ModuleNotFoundError for an import
    from the package that leads nowhere.
    """
    return list(_closures(paths, root).values())


def _closures(paths: Iterable[str | os.PathLike[str]], root: Path) -> dict[str, Path]:
    found: dict[str, Path] = {}
    for path in paths:
        found = {**found, **_closure(Path(path).resolve(), Path(root).resolve())}
    return found


def fingerprint(*paths: str | os.PathLike[str], root: Path = ROOT) -> str:
    """Return the SHA-256 (hexadecimal) over the code of the import closure of a script, or of several files.

    Docstrings, comments, blank lines, trailing blanks and the version number do not count; names of modules
    do, the place of the checkout does not. The same for every Python version.
    """
    total = hashlib.sha256()
    for label, file in _closures(paths, root).items():
        for text in (label, _source(file).normalised):
            data = text.encode()
            total.update(f"{len(data)}:".encode())
            total.update(data)
    return total.hexdigest()


def code_of_rule(rule: str | None, folder: str | None = None) -> tuple[Path, ...]:
    """Return the files whose import closures decide what a rule makes; none for a rule that is not there.

    A rule has the name of its script; figures share one, and have a module each. Rules of a `folder` of the user's own
    (`openkerr.run.extensions`) share three, and have a module of the folder each.
    """
    if folder is not None:
        kind = {"simulate": "physics", "figure": "figure"}.get(str(rule).partition("_")[0], "table")
        name = {"physics": "simulate"}.get(kind, kind)
        shared, own = ROOT / "scripts" / "extensions" / f"{name}.py", ROOT.parent / folder / f"{kind}.py"
        return (shared, own) if own.is_file() else ()
    script, shared = ROOT / "scripts" / f"{rule}.py", ROOT / "scripts" / "figure.py"
    module = ROOT / PACKAGE / "figures" / f"{str(rule).removeprefix('figure_')}.py"
    if rule and script.is_file():
        return (script,)
    return (shared, module) if rule and rule.startswith("figure_") and module.is_file() else ()


def rules_with_code() -> list[str]:
    """Return the names of all rules that may have run code of this project."""
    scripts = {path.stem for path in (ROOT / "scripts").glob("*.py")} - {"figure"}
    return sorted(scripts | {f"figure_{path.stem}" for path in (ROOT / PACKAGE / "figures").glob("*.py")})


def planned_fingerprint(*paths: str | os.PathLike[str]) -> str:
    """Return the fingerprint that some files had when the run was planned.

    The first process to ask, which plans, takes today's and hands it on in its environment: a job of a cluster
    evaluates the rules anew, perhaps after an edit, and must not take what it finds then for what was planned.
    """
    planned = json.loads(os.environ.get(PLANNED, "{}"))
    key = os.pathsep.join(str(Path(path).resolve()) for path in paths)
    if key not in planned:
        planned[key] = fingerprint(*paths)
        os.environ[PLANNED] = json.dumps(planned)
    return planned[key]


# ---------------------------------------------------------------------------------------------- runs


def git_state(root: Path = ROOT) -> tuple[str | None, bool | None]:
    """Return the revision of the checkout that holds the package and whether it is clean, or (None, None).

    Files in the record, `results/record`, do not count.
    """
    environment = {key: value for key, value in os.environ.items() if not key.startswith("GIT_")}

    def git(*arguments: str) -> str:
        command = ["git", "-C", str(root), *arguments]
        return subprocess.run(
            command, env=environment, check=True, capture_output=True, text=True, timeout=30
        ).stdout.strip()

    try:
        # An unpacked copy inside somebody else's repository has no revision of its own.
        git("ls-files", "--error-unmatch", f"{PACKAGE}/__init__.py")
        revision = git("rev-parse", "HEAD")
        return revision, git("status", "--porcelain", "--", ":/", f":(exclude){RECORD}") == ""
    except (OSError, subprocess.SubprocessError):
        return None, None


def cpu_model() -> str:
    """Return the processor's name, or its kind where it has none."""
    try:
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    except OSError:
        pass
    return platform.processor() or platform.machine()


def _versions() -> dict[str, str]:
    versions = {"python": platform.python_version()}
    for name in _REPORTED_PACKAGES:
        try:
            versions[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return versions


def run_facts(elapsed_seconds: float | None = None, n_threads: int | None = None) -> dict[str, Any]:
    """Return what happened to be true of a run: revision, versions, CPU, threads, seconds, date (UTC).

    None of it decides a result, and none of it names a host, a user or a path.
    """
    revision, clean = git_state()
    return {
        "git_revision": revision,
        "git_clean": clean,
        "versions": _versions(),
        "system": f"{platform.system()} {platform.machine()}",
        "cpu_model": cpu_model(),
        "n_threads": n_threads,
        "elapsed_seconds": elapsed_seconds,
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
    }
