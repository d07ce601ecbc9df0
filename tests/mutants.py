"""Plant small faults in the library one at a time, and see which of them the tests let pass: `make mutants`.

A mutant is one operator, number or truth value changed by Cosmic Ray. It is tested in a copy of the repository, so that
the files here stay as they are, in a process forked from one that has imported NumPy, Numba and the like. It meets the
tests whose imports are nearest to its module, and of these, where it is no compiled code, those that call the
changed function: first the quick ones, then the slow ones, then physics. Which mutants are tested is decided by a
digest of their names, so that a larger sample holds the smaller one.
"""

from __future__ import annotations

import argparse
import ast
import compileall
import hashlib
import importlib
import itertools
import json
import os
import py_compile
import re
import resource
import shutil
import signal
import sys
import time
import traceback
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from types import FrameType
from typing import NamedTuple

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = (ROOT / "workflow", ROOT / "tests")
"""Folders that absolute imports begin at."""

_OTHERS = """
AddNot NumberReplacer ReplaceAndWithOr ReplaceOrWithAnd ReplaceTrueWithFalse ReplaceFalseWithTrue ZeroIterationForLoop
ReplaceBreakWithContinue ReplaceContinueWithBreak ReplaceUnaryOperator_Delete_USub ReplaceUnaryOperator_Delete_Not
"""
_BINARY = "Add_Sub Sub_Add Mul_Div Div_Mul FloorDiv_Mul Mod_FloorDiv Pow_Mul RShift_LShift LShift_RShift"
_BITS = "BitAnd_BitOr BitOr_BitAnd BitXor_BitAnd"
_COMPARISONS = "Eq_NotEq NotEq_Eq Is_IsNot IsNot_Is Lt_LtE Lt_GtE LtE_Lt LtE_Gt Gt_GtE Gt_LtE GtE_Gt GtE_Lt"
OPERATORS = (
    *_OTHERS.split(),
    *(f"ReplaceBinaryOperator_{pair}" for pair in f"{_BINARY} {_BITS}".split()),
    *(f"ReplaceComparisonOperator_{pair}" for pair in _COMPARISONS.split()),
)
"""Those of Cosmic Ray whose mutants can be mistaken for the code; of `x + y`, only `x - y`."""

THIRD_PARTY = "matplotlib.pyplot numba numpy pandas pandera.pandas pydantic pytest scipy.optimize scipy.sparse.linalg"
THIRD_PARTY += " scipy.special scipy.stats xarray yaml"
"""Imported once, before the processes fork."""

MEMORY = 8 * 2**30
"""Bytes that a mutant may take."""


KINDS = ("quick", "slow", "physics")
"""Tests in the order in which mutants meet them: unit tests without the mark `slow` and with it, then tests/physics."""


COMPILED = {"kernel", "inlined", "reduction", "entry"}
"""Decorators of functions that Numba compiles."""

KEPT = re.compile(r"scope=|@cache|@functools.cache|lru_cache")
"""What tells that tests of a file share results: a call in one of them may then decide another."""


class Mutant(NamedTuple):
    """One change of one module: ``line`` and ``text`` tell where and what, ``code`` is the changed module."""

    name: str
    path: Path
    line: int
    text: str
    code: str


class Seen(NamedTuple):
    """A test of the unchanged library: its seconds, and the functions called in it, as file and first line."""

    seconds: float
    calls: frozenset[tuple[str, int]]


def module_name(path: Path) -> str:
    """Return the name under which a file of the library or of the tests is imported."""
    folder = next(folder for folder in PACKAGES if folder in path.parents)
    return ".".join(path.relative_to(folder).with_suffix("").parts).removesuffix(".__init__")


@cache
def imports(path: Path) -> frozenset[Path]:
    """Return the files of the library and of the tests that a file imports, wherever in it."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    places = [folder.joinpath(*name.split(".")).with_suffix(".py") for name in names for folder in PACKAGES]
    return frozenset(place for place in places if place.is_file() and place != path)


@cache
def distances(test: Path) -> dict[Path, int]:
    """Return how many imports lie between a test file and each file that it reaches; helpers of tests cost none."""
    found: dict[Path, int] = {}
    edge, distance = {test}, 0
    while edge:
        found |= dict.fromkeys(edge, distance)
        following = set()
        for path in edge:
            following |= imports(path)
        helpers = {path for path in following if PACKAGES[1] in path.parents}
        following |= {path for helper in helpers for path in imports(helper)}
        edge, distance = {path for path in following if path not in found}, distance + 1
    return found


def nearest_tests(module: Path) -> list[Path]:
    """Return the test files whose imports are nearest to a module, the most special ones first.

    Those that begin like the module come before the others, and may be one import further away; of the others, those
    come first that import less else.
    """
    tests = [*(ROOT / "tests/unit").glob("test_*.py"), *(ROOT / "tests/physics").glob("test_*.py")]
    reach = {test: distances(test)[module] for test in tests if module in distances(test)}

    def alike(test: Path) -> bool:
        stems = sorted([module.stem, test.stem.removeprefix("test_")], key=len)
        return stems[1].startswith(stems[0])

    near = min(reach.values(), default=0)
    found = [test for test, distance in reach.items() if distance <= near + alike(test)]
    return sorted(found, key=lambda test: (not alike(test), reach[test], len(imports(test)), test))


def tests_of_kind(module: Path, kind: str, width: int) -> list[Path]:
    """Return the ``width`` nearest test files that may hold tests of a kind."""
    folder = "physics" if kind == "physics" else "unit"
    return [test for test in nearest_tests(module) if test.parent.name == folder][:width]


def function_around(source: str, line: int) -> tuple[int, int] | None:
    """Return first and last line of the outermost function that a line is in; None outside, and where it is compiled.

    What a compiled function calls is not seen.
    """

    def outermost(body: list[ast.stmt]) -> ast.FunctionDef | None:
        for node in body:
            if isinstance(node, ast.ClassDef) and node.lineno <= line <= (node.end_lineno or 0):
                return outermost(node.body)
            if isinstance(node, ast.FunctionDef) and node.body[0].lineno <= line <= (node.end_lineno or 0):
                return node
        return None

    found = outermost(ast.parse(source).body)
    if found is None or any(isinstance(part, ast.Name) and part.id in COMPILED for part in found.decorator_list):
        return None
    return min([found.lineno, *(part.lineno for part in found.decorator_list)]), found.end_lineno or found.lineno


def blind_spots(source: str) -> set[tuple[int, int]]:
    """Return line and column of every node whose change changes nothing that runs: annotations, and decorators."""
    spots = set()
    for node in ast.walk(ast.parse(source)):
        parts = [getattr(node, "annotation", None), getattr(node, "returns", None)]
        for part in [*parts, *getattr(node, "decorator_list", [])]:
            for inner in ast.walk(part) if isinstance(part, ast.AST) else ():
                if hasattr(inner, "lineno"):
                    spots |= {
                        (inner.lineno, column) for column in range(inner.col_offset, (inner.end_col_offset or 0) + 1)
                    }
    return spots


def sites(path: Path) -> Iterator[tuple[str, int]]:
    """Yield name and line of every place that an operator changes: module, operator and occurrence make the name."""
    from cosmic_ray.ast import ast_nodes, get_ast
    from cosmic_ray.plugins import get_operator

    source = path.read_text(encoding="utf-8")
    nodes, blind = list(ast_nodes(get_ast(source))), blind_spots(source)
    for name in OPERATORS:
        operator = get_operator(f"core/{name}")()
        starts = [start for node in nodes for start, _ in operator.mutation_positions(node)]
        for occurrence, start in enumerate(starts):
            if start not in blind:
                yield f"{module_name(path)}:{name}:{occurrence}", start[0]


def mutant(name: str, path: Path, line: int) -> Mutant | None:
    """Return the mutant of a name, or None where it is no Python or the same code."""
    from cosmic_ray.mutating import mutate_code
    from cosmic_ray.plugins import get_operator

    _, operator, occurrence = name.split(":")
    source = path.read_text(encoding="utf-8")
    code = mutate_code(source, get_operator(f"core/{operator}")(), int(occurrence))
    try:
        if code is None or ast.dump(ast.parse(source)) == ast.dump(ast.parse(code)):
            return None
    except SyntaxError:  # a star before an argument is taken for a product
        return None
    pairs = itertools.zip_longest(source.splitlines(), code.splitlines(), fillvalue="")
    old, new = next(pair for pair in pairs if pair[0] != pair[1])
    return Mutant(name, path, line, f"{old.strip()}  ->  {new.strip()}", code)


def chosen(names: list[str], sample: int, seed: int) -> list[Mutant]:
    """Return the mutants of a sample, file by file; ``names`` are modules, packages, and names of mutants.

    A module or package with a minus before it is left out. Raises ValueError for one that is not there.
    """
    paths: dict[Path, set[str]] = {}
    out: set[Path] = set()
    for name in names:
        module, _, rest = name.removeprefix("-").partition(":")
        place = PACKAGES[0].joinpath(*module.split("."))
        files = [place.with_suffix(".py")] if place.with_suffix(".py").is_file() else sorted(place.rglob("*.py"))
        if not files or not module.startswith("openkerr"):
            raise ValueError(f"{name}: there is no such module, such as openkerr.analysis.decay")
        for file in files:
            out |= {file} if name.startswith("-") else set()
            paths.setdefault(file, set()).add(f"{module}:{rest}" if rest else "")
    places = [
        (name, path, line)
        for path in sorted(paths.keys() - out)
        for name, line in sites(path)
        if paths[path] & {"", name}
    ]
    print(f"{len(places)} places to change, of which {min(len(places), sample)} are tested", flush=True)
    places.sort(key=lambda place: hashlib.sha256(f"{seed}:{place[0]}".encode()).digest())
    found = (mutant(*place) for place in places)
    taken = list(itertools.islice((one for one in found if one is not None), sample))
    return sorted(taken, key=lambda one: (one.path, one.line, one.name))


class Observer:
    """A plugin of pytest that writes which functions of the library every test calls, and how long it takes."""

    def __init__(self, package: Path, output: Path) -> None:
        self.package, self.output = str(package), output
        self.calls: set[tuple[str, int]] = set()
        self.seen: dict[str, tuple[float, list[tuple[str, int]]]] = {}

    def note(self, frame: FrameType, event: str, argument: object) -> None:
        """Trace function of Python that is told every call, and looks into none."""
        code = frame.f_code
        if code.co_filename.startswith(self.package):
            self.calls.add((code.co_filename.removeprefix(self.package + os.sep), code.co_firstlineno))

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Iterator[None]:
        """Note what is called in a test and in its preparation."""
        self.calls.clear()
        start = time.monotonic()
        sys.settrace(self.note)
        result = yield
        sys.settrace(None)
        self.seen[item.nodeid] = time.monotonic() - start, sorted(self.calls)
        return result

    def pytest_sessionfinish(self) -> None:
        """Write all at the end."""
        self.output.write_text(json.dumps(self.seen), encoding="utf-8")


class Laboratory:
    """A copy of the repository in which mutants are tested."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.tree, self.log = folder, folder / "tree", folder / "log.txt"
        shutil.rmtree(self.tree, ignore_errors=True)
        unwanted = shutil.ignore_patterns("__pycache__", ".*_cache", ".hypothesis")
        left = {".venv", ".tools", ".git", ".snakemake", "results"}
        for path in ROOT.iterdir():
            if path.is_dir() and path.name not in left:
                shutil.copytree(path, self.tree / path.name, ignore=unwanted)
        for path in ROOT.iterdir():
            if path.is_file():
                shutil.copy2(path, self.tree / path.name)
        # A file that changes twice in a second, at the same size, must not be taken for its compiled self.
        mode = py_compile.PycInvalidationMode.CHECKED_HASH
        compileall.compile_dir(self.tree / "workflow", quiet=2, invalidation_mode=mode)
        self.observed: dict[tuple[Path, str], dict[str, Seen]] = {}
        library = sorted((ROOT / "workflow" / "openkerr").rglob("*.py"))
        self.digest = hashlib.sha256(b"".join(path.read_bytes() for path in library))
        os.environ |= {
            "MPLBACKEND": "agg",
            "OMP_NUM_THREADS": "1",
            "OPENBLAS_NUM_THREADS": "1",
            "OPENKERR_CACHE_DIR": str(folder / "cache"),
            "PYTHONDONTWRITEBYTECODE": "1",
            "PYTHONPATH": str(self.tree / "workflow"),
        }
        sys.dont_write_bytecode = True
        for name in THIRD_PARTY.split():
            importlib.import_module(name)

    def run(self, arguments: list[str], limit: float, observer: Observer | None = None) -> int | None:
        """Run pytest in a process of its own; its exit status, negative for a signal, None where it took too long."""
        # Machine code that is kept beside a module is not told from that of a changed module that it calls.
        for file in (self.tree / "workflow").rglob("*.nb[ic]"):
            file.unlink()
        child = os.fork()
        if child == 0:
            self._test(arguments, [] if observer is None else [observer])
        try:
            until = time.monotonic() + limit
            while time.monotonic() < until:
                done, status = os.waitpid(child, os.WNOHANG)
                if done:
                    child = 0
                    return os.waitstatus_to_exitcode(status)
                time.sleep(0.05)
            return None
        finally:
            if child:
                os.killpg(child, signal.SIGKILL)
                os.waitpid(child, 0)

    def _test(self, arguments: list[str], plugins: list[object]) -> None:
        status = 70
        try:
            os.setsid()
            resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
            with self.log.open("w", encoding="utf-8") as log:
                for number in (1, 2):
                    os.dup2(log.fileno(), number)
            options = ["-x", "-q", "--assert=plain", "-p", "no:cacheprovider"]
            status = int(pytest.main([*options, *arguments], plugins))
        except BaseException:
            traceback.print_exc()
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(status)

    def preload(self, module: Path, tests: list[Path]) -> None:
        """Import what tests use of the library, but nothing that imports a module: it may be changed from now on."""
        os.chdir(self.tree)
        sys.path[:] = [str(self.tree / "workflow"), *(place for place in sys.path if place != str(ROOT / "tests"))]
        used = {path for test in tests for path in distances(test) if PACKAGES[0] in path.parents}
        for path in sorted(used):
            if module not in distances(path):
                importlib.import_module(module_name(path))

    def observe(self, test: Path, kind: str) -> dict[str, Seen]:
        """Return the tests of a kind in a file, as seen on the unchanged library.

        Kept on disk as long as the library and the file are the same. Raises RuntimeError if one fails.
        """
        if (test, kind) not in self.observed:
            digest = self.digest.copy()
            digest.update(test.read_bytes())
            output = self.folder / "observed" / f"{test.stem}-{kind}-{digest.hexdigest()[:16]}.json"
            output.parent.mkdir(parents=True, exist_ok=True)
            if not output.is_file():
                marks = {"quick": ["-m", "not slow"], "slow": ["-m", "slow"], "physics": []}[kind]
                name = str(test.relative_to(ROOT))
                partial = output.with_suffix(".partial")
                status = self.run([*marks, name], 3600, Observer(self.tree / "workflow", partial))
                if status not in (0, 5):
                    raise RuntimeError(f"{name} fails on the unchanged library: see {self.log}")
                partial.replace(output)
            text = json.loads(output.read_text(encoding="utf-8"))
            self.observed[test, kind] = {
                name: Seen(seconds, frozenset(map(tuple, calls))) for name, (seconds, calls) in text.items()
            }
        return self.observed[test, kind]

    def tests(self, one: Mutant, kind: str, width: int) -> list[tuple[str, float]]:
        """Return the tests of a kind that may tell a mutant, and their seconds.

        Those that call what it changes come first, then those that may share what these keep; all if none calls it.
        """
        file = str(one.path.relative_to(ROOT / "workflow"))
        span = function_around(one.path.read_text(encoding="utf-8"), one.line)
        first: list[tuple[float, str]] = []
        then: list[tuple[float, str]] = []
        rest: list[tuple[float, str]] = []
        for test in tests_of_kind(one.path, kind, width):
            observed = self.observe(test, kind)
            here = {
                name
                for name, seen in observed.items()
                if span is None or any(called == file and span[0] <= line <= span[1] for called, line in seen.calls)
            }
            others = then if here and KEPT.search(test.read_text(encoding="utf-8")) else rest
            for name, seen in observed.items():
                (first if name in here else others).append((seen.seconds, name))
        return [(name, seconds) for seconds, name in (sorted(first) + sorted(then) or sorted(rest))]

    def verdicts(self, group: list[Mutant], width: int, kinds: list[str]) -> list[str]:
        """Print the verdicts over the mutants of one module, which has a process of its own, and return them."""
        receiver, sender = os.pipe()
        child = os.fork()
        if child:
            os.close(sender)
            try:
                with os.fdopen(receiver, encoding="utf-8") as lines:
                    found = lines.read().splitlines()
            except BaseException:
                os.kill(child, signal.SIGTERM)
                raise
            finally:
                _, status = os.waitpid(child, 0)
            if status:
                raise RuntimeError(f"{module_name(group[0].path)} was left before its end")
            return found
        status = 1
        try:
            with os.fdopen(sender, "w", encoding="utf-8") as lines:
                tests = [test for kind in kinds for test in tests_of_kind(group[0].path, kind, width)]
                self.preload(group[0].path, tests)
                for one in group:
                    verdict = self.verdict(one, width, kinds)
                    where = f"{one.path.relative_to(ROOT)}:{one.line}"
                    print(f"{verdict:16} {one.name}  {where}\n{'':16} {one.text}", flush=True)
                    lines.write(f"{verdict}\n")
            status = 0
        except RuntimeError as error:
            print(error, file=sys.stderr, flush=True)
        except Exception:
            traceback.print_exc()
        finally:
            sys.stderr.flush()
            os._exit(status)

    def verdict(self, one: Mutant, width: int, kinds: list[str]) -> str:
        """Return which kind of tests killed a mutant, or "survived", or "untested" where there is none."""
        target = self.tree / one.path.relative_to(ROOT)
        found = "untested"
        for kind in kinds:
            tests = self.tests(one, kind, width)
            if not tests:
                continue
            found = "survived"
            target.write_text(one.code, encoding="utf-8")
            try:
                status = self.run([name for name, _ in tests], 60 + 5 * sum(seconds for _, seconds in tests))
            finally:
                shutil.copy2(one.path, target)
            if status is None:
                return f"{kind}, by time"
            if status != 0:
                return kind
        return found


def main() -> int:
    """Plant, test, and print what survived; 1 where the tests fail by themselves or a name is wrong."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", help="modules, packages or mutants, as openkerr.analysis.decay; -NAME: not")
    parser.add_argument("--sample", type=int, default=100, help="mutants that are tested (default: 100)")
    parser.add_argument("--seed", type=int, default=0, help="another number, another sample (default: 0)")
    parser.add_argument("--files", type=int, default=3, help="test files of each kind (default: the 3 most special)")
    parser.add_argument("--list", action="store_true", help="list the mutants and their tests, and test none")
    parser.add_argument("--kinds", nargs="+", choices=KINDS, default=KINDS, help="kinds of tests (default: all)")
    options, rest = parser.parse_known_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    try:
        sample = chosen([*options.names, *rest], options.sample, options.seed)
        if options.list:
            for one in sample:
                tests = " ".join(test.name for test in nearest_tests(one.path)[: options.files])
                print(f"{one.name}  {one.text}  [{tests}]")
            return 0
        laboratory = Laboratory(ROOT / ".tools" / "mutation")
        counts: Counter[str] = Counter()
        for _, group in itertools.groupby(sample, key=lambda one: one.path):
            counts.update(laboratory.verdicts(list(group), options.files, options.kinds))
    except (ValueError, RuntimeError) as error:
        print(error, file=sys.stderr)
        return 1
    print(", ".join(f"{count} {verdict}" for verdict, count in counts.most_common()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
