"""Fingerprints of the scripts see every piece of code that decides a result, and none that does not."""

import ast
import json
import os
import pkgutil
import shutil
import subprocess
import sys
import textwrap
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from importlib import import_module
from inspect import isabstract
from pathlib import Path
from types import SimpleNamespace

import pytest

from openkerr import models
from openkerr.algebra.polynomials import annihilation, creation, number
from openkerr.figures.register import FIGURES
from openkerr.models.base import Model
from openkerr.models.bose_hubbard_chain import BoseHubbardChain
from openkerr.models.derived import DerivedModel
from openkerr.models.kerr_dimer import KerrDimer
from openkerr.runtime import jobs, provenance
from openkerr.runtime.provenance import code_of_rule, fingerprint, import_closure, planned_fingerprint

pytestmark = pytest.mark.slow

WORKFLOW = Path(models.__file__).parents[2]
PACKAGE = WORKFLOW / "openkerr"
RULES = {path.stem: code_of_rule(path.stem) for path in (WORKFLOW / "scripts").glob("*.py") if path.stem != "figure"}
RULES |= {f"figure_{name}": code_of_rule(f"figure_{name}") for name in FIGURES}
DECORATORS = {"kernel", "inlined", "reduction", "entry", "njit", "jit", "vectorize", "guvectorize"}

A = annihilation(0)
MODELS = [
    KerrDimer(aleph=100.0),
    BoseHubbardChain(length=3, drive_amplitude=1.0),
    # A squeezed bath: its kick takes the square root of a diffusion matrix.
    DerivedModel(hamiltonian=number(0), jump_operators=[(1.0, A + 0.5 * creation(0))]),
]


def compiled_modules() -> list[Path]:
    """Files of the library with functions that a compiler decorates."""

    def is_compiled(node: ast.AST) -> bool:
        names = [each.func if isinstance(each, ast.Call) else each for each in getattr(node, "decorator_list", [])]
        return any(getattr(name, "id", getattr(name, "attr", None)) in DECORATORS for name in names)

    trees = {path: ast.parse(path.read_text(encoding="utf-8")) for path in sorted(PACKAGE.rglob("*.py"))}
    return [path for path, tree in trees.items() if any(map(is_compiled, ast.walk(tree)))]


COMPILED = compiled_modules()

# Imports what the files of a rule import in a process of its own, forked from one that has the heavy libraries already.
IMPORTS = """
    import ast, json, os, sys
    import matplotlib.figure, netCDF4, numba, numpy, pandas, pandera.pandas, pydantic, scipy.sparse.linalg, xarray
    found = {}
    for rule, sources in json.load(sys.stdin).items():
        reader, writer = os.pipe()
        if os.fork() == 0:
            for source in sources:
                tree = ast.parse(open(source).read())
                tree.body = [node for node in ast.walk(tree) if isinstance(node, (ast.Import, ast.ImportFrom))]
                exec(compile(tree, source, "exec"), {})
            files = [getattr(module, "__file__", None) for name, module in list(sys.modules.items())
                     if name.split(".")[0] == "openkerr"]
            with os.fdopen(writer, "w") as pipe:
                json.dump(files, pipe)
            os._exit(0)
        os.close(writer)
        with os.fdopen(reader) as pipe:
            found[rule] = json.load(pipe)
        os.wait()
    print(json.dumps(found))
"""


@pytest.fixture(scope="module")
def loaded() -> dict[str, set[Path]]:
    """Files of the library that Python itself loads for the imports of each rule."""
    sources = json.dumps({rule: list(map(str, files)) for rule, files in RULES.items()})
    environment = os.environ | {"PYTHONPATH": str(WORKFLOW)}
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(IMPORTS)],
        input=sources, env=environment, check=True, capture_output=True, text=True,
    )  # fmt: skip
    return {rule: {Path(file) for file in files if file} for rule, files in json.loads(done.stdout).items()}


@pytest.fixture(scope="module")
def copy(tmp_path_factory) -> Path:
    """A copy of the library and the scripts, shared: what a test changes it puts back."""
    folder = tmp_path_factory.mktemp("copy") / "workflow"
    return Path(shutil.copytree(WORKFLOW, folder, ignore=shutil.ignore_patterns("__pycache__")))


def fingerprints(workflow: Path) -> dict[str, str]:
    placed = {rule: [workflow / file.relative_to(WORKFLOW) for file in files] for rule, files in RULES.items()}
    return {rule: fingerprint(*files, root=workflow) for rule, files in placed.items()}


@pytest.fixture(scope="module")
def before(copy) -> dict[str, str]:
    """Fingerprints of all rules before any change."""
    return fingerprints(copy)


@contextmanager
def edited(path: Path, edit: Callable[[str], str] = lambda text: text + "\n\nPLANTED = 1\n") -> Iterator[None]:
    """Change a file of the copy inside the block."""
    text, status = path.read_text(encoding="utf-8"), path.stat()
    after = edit(text)
    assert after != text
    path.write_text(after, encoding="utf-8")
    try:
        yield
    finally:
        path.write_text(text, encoding="utf-8")
        os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))


def changed(workflow: Path, before: dict[str, str]) -> set[str]:
    return {name for name, after in fingerprints(workflow).items() if after != before[name]}


def test_every_model_is_asked():
    found = [import_module(f"{models.__name__}.{each.name}") for each in pkgutil.iter_modules(models.__path__)]
    classes = {value for module in found for value in vars(module).values() if isinstance(value, type)}
    assert {cls for cls in classes if issubclass(cls, Model) and not isabstract(cls)} == {*map(type, MODELS)}


@pytest.mark.parametrize("model", MODELS, ids=lambda model: type(model).__name__)
def test_every_function_that_a_model_names_is_in_the_closure_of_its_scripts(model):
    module = model.kernel_module()
    named = [function for parts in model.steppers.values() for function in parts.values()]
    named += [getattr(module, name) for name in ("drift", "kick", "jacobian", "tangent") if hasattr(module, name)]
    files = {Path(function.py_func.__code__.co_filename) for function in named}
    # A generated module stands in the cache: what it imports counts.
    generated = {file for file in files if not file.is_relative_to(PACKAGE)}
    files = files - generated | {path for file in generated for path in import_closure(file)[1:]}
    assert all(file.is_relative_to(PACKAGE) for file in files)
    assert bool(generated) == isinstance(model, DerivedModel)
    own = Path(sys.modules[type(model).__module__].__file__)
    users = [sources for sources in RULES.values() if own in import_closure(*sources)]
    assert users or generated
    for sources in [(own,), *users]:
        assert files <= set(import_closure(*sources)), sources


@pytest.mark.parametrize("path", COMPILED, ids=lambda path: path.stem)
def test_a_change_of_compiled_code_changes_exactly_its_users(path, copy, before, loaded):
    with edited(copy / path.relative_to(WORKFLOW)):
        assert changed(copy, before) == {rule for rule, files in loaded.items() if path in files}


def test_compiled_modules_are_found():
    names = {path.stem for path in COMPILED}
    assert {"kerr_dimer", "kerr_dimer_steps", "bose_hubbard_chain_splitting", "rng"} <= names
    assert len(names) >= 20
    used = set().union(*(import_closure(*sources) for sources in RULES.values()))
    assert set(COMPILED) <= used


def test_bath_noise_set_to_zero_is_seen(copy, before):
    def without_noise(text: str) -> str:
        lines = text.splitlines()
        bath = next(node for node in ast.parse(text).body if getattr(node, "name", "") == "bath")
        lines.insert(bath.body[1].lineno - 1, "    noise = noise * 0.0")
        return "\n".join(lines) + "\n"

    users = {"simulate_chain_steady_states", "simulate_chain_ensembles", "simulate_stepper_errors"}
    with edited(copy / "openkerr/models/bose_hubbard_chain_splitting.py", without_noise):
        assert users <= changed(copy, before)


def test_costs_checkpoints_and_texts_decide_nothing(copy, before):
    names = [path for room in ("runtime", "tables", "run", "record") for path in (PACKAGE / room).glob("*.py")]
    names += [
        path for path in (PACKAGE / "studies").rglob("*.py") if path.stem in ("config", "jobs", "sizes", "tables")
    ]
    beside = "planning torus chain columns chain_settings chain_columns chain_ensemble_jobs"
    names += [PACKAGE / f"studies/{name}.py" for name in beside.split()]
    assert len(names) > 40
    with ExitStack() as stack:
        for path in names:
            stack.enter_context(edited(copy / path.relative_to(WORKFLOW)))
        assert changed(copy, before) == set()


def test_a_change_of_a_figure_changes_that_figure_and_those_that_use_it(copy, before):
    with edited(copy / "openkerr/figures/torus_2.py"):
        assert changed(copy, before) == {"figure_torus_2"}
    with edited(copy / "openkerr/figures/chain_maps.py"):
        assert changed(copy, before) == {f"figure_chain_{number}" for number in (2, 10, 11, 12)}


# ---------------------------------------------------------------------------------------------- code edited under a job


@pytest.fixture
def planned(copy, tmp_path, monkeypatch):
    """Function that plans a job of a script of a copy, in whose place the copy stands, and returns its context."""
    monkeypatch.setattr(provenance, "ROOT", copy)
    # The roots are defaults of these functions, bound when they were defined.
    monkeypatch.setattr(provenance.fingerprint, "__kwdefaults__", {"root": copy})
    monkeypatch.delenv(provenance.PLANNED, raising=False)

    def plan(rule: str, **params) -> SimpleNamespace:
        code = planned_fingerprint(*code_of_rule(params.get("of_rule", rule)))
        output = tmp_path / "made.json"
        return SimpleNamespace(
            rule=rule, params={**params, "fingerprint": code}, log=[str(tmp_path / "log")], threads=1, resources={},
            input={}, output=[str(output)],
        )  # fmt: skip

    return plan


STEPS = "openkerr/models/kerr_dimer_steps.py"


@pytest.mark.parametrize("params", [{}, {"of_rule": "simulate_torus_gaps"}], ids=["rule", "kernels of a rule"])
def test_a_job_whose_code_was_edited_meanwhile_stops_with_one_line(planned, copy, params):
    context = planned("warm_kernels" if params else "simulate_torus_gaps", **params)
    with jobs.job(context):
        pass
    with (
        edited(copy / STEPS),
        pytest.raises(SystemExit, match=r"^simulate_torus_gaps\.py or what it imports was edited") as stopped,
        jobs.job(context),
    ):
        Path(context.output[0]).write_text("a result of other code")
    assert str(stopped.value).count("\n") == 0
    assert not Path(context.output[0]).exists()
    log = Path(context.log[0]).read_text(encoding="utf-8")
    assert "was edited after this job was planned" in log and "Traceback" not in log


def test_a_plan_is_handed_on_to_the_jobs_of_a_cluster(planned, copy, monkeypatch):
    planned_then = planned("simulate_torus_gaps").params["fingerprint"]
    script = copy / "scripts" / "simulate_torus_gaps.py"
    with edited(copy / STEPS):
        # The job evaluates the rules anew, in the environment of the run that submitted it.
        assert planned_fingerprint(script) == planned_then != fingerprint(script)
        monkeypatch.delenv(provenance.PLANNED)
        assert planned_fingerprint(script) == fingerprint(script)


def test_an_edit_of_other_code_or_of_notes_stops_nothing(planned, copy):
    context = planned("simulate_torus_gaps")
    other, note = copy / "openkerr/models/bose_hubbard_chain_splitting.py", copy / STEPS
    with edited(other), edited(note, lambda text: text + "\n\n# A note.\n"), jobs.job(context):
        pass
    assert "done in" in Path(context.log[0]).read_text(encoding="utf-8")


def test_uncompiled_kernels_are_refused(planned, monkeypatch):
    context = planned("simulate_torus_gaps")
    monkeypatch.setenv("NUMBA_DISABLE_JIT", "1")
    with pytest.raises(SystemExit, match=r"^NUMBA_DISABLE_JIT is set: the bits of a run"), jobs.job(context):
        pass


def test_a_kernel_that_is_edited_while_its_job_begins_stops_it_with_one_line(planned):
    context = planned("simulate_torus_gaps")
    with pytest.raises(SystemExit, match=r"^steps\.py was edited after this process had read it"), jobs.job(context):
        raise provenance.CodeChangedError("steps.py was edited after this process had read it: start the process anew")
    assert "Traceback" not in Path(context.log[0]).read_text(encoding="utf-8")


def test_what_is_kept_of_sources_is_found_by_the_next_process(tmp_path, monkeypatch):
    def begin_anew():
        for read in (provenance._kept_sources, provenance._read_source):
            read.cache_clear()

    def never(*_):
        raise AssertionError("a source that is kept was parsed again")

    script = provenance.ROOT / "scripts" / "simulate_torus_gaps.py"
    expected = fingerprint(script)
    monkeypatch.setenv("OPENKERR_CACHE_DIR", str(tmp_path))
    begin_anew()
    assert fingerprint(script) == expected
    provenance._keep_sources()
    begin_anew()
    with monkeypatch.context() as parsed:
        parsed.setattr(provenance, "_normalise", never)
        assert fingerprint(script) == expected
        # Other bytes are another source.
        begin_anew()
        edited = tmp_path / script.name
        edited.write_text(script.read_text(encoding="utf-8") + "\nEDITED = True\n", encoding="utf-8")
        with pytest.raises(AssertionError, match="parsed again"):
            fingerprint(edited)
    # A cache that is damaged, or of another version of the module, is none.
    (kept,) = (tmp_path / "sources").iterdir()
    kept.write_text(kept.read_text(encoding="utf-8")[:-9], encoding="utf-8")
    begin_anew()
    assert fingerprint(script) == expected
    monkeypatch.undo()
    begin_anew()
