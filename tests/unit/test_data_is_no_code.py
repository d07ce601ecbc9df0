"""What is read from files is data: nothing of the project runs what a file says."""

import ast
import pickle
from pathlib import Path

import numpy as np
import pytest

from openkerr.runtime.checkpoint import Checkpoint, CheckpointError
from openkerr.settings.strict_yaml import load_yaml

ROOT = Path(__file__).resolve().parents[2]
# Tests run examples of the documentation as they stand in the repository, and are no part of what reads data.
PYTHON = [
    path for folder in ("workflow", "benchmarks", "docs", ".ci") for path in sorted((ROOT / folder).rglob("*.py"))
]
RULES = [ROOT / "Snakefile", *sorted((ROOT / "workflow/rules").glob("*.smk"))]

MODULES = {"cPickle", "cloudpickle", "dill", "joblib", "jsonpickle", "marshal", "pickle", "shelve"}
"""Their files hold code, or what builds objects of any class."""
BUILTINS = {"eval", "exec", "compile", "__import__"}
METHODS = {
    "read_pickle",
    "to_pickle",
    "unsafe_load",
    "full_load",
    "unsafe_load_all",
    "full_load_all",
    "popen",
}
LOADERS = {"Loader", "UnsafeLoader", "FullLoader"}


def faults(tree):
    """Yield line and name of every way of running data that a syntax tree holds."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import | ast.ImportFrom):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else [node.module or ""]
            yield from ((node.lineno, name) for name in names if name.split(".")[0] in MODULES)
        elif isinstance(node, ast.Call):
            called = node.func
            if isinstance(called, ast.Name) and called.id in BUILTINS:
                yield node.lineno, called.id
            if isinstance(called, ast.Attribute):
                owner = called.value.id if isinstance(called.value, ast.Name) else ""
                if called.attr in METHODS or (owner, called.attr) == ("os", "system"):
                    yield node.lineno, called.attr
                if owner == "yaml" and called.attr in ("load", "load_all"):
                    yield from _unsafe_yaml(node)
            for keyword in node.keywords:
                value = keyword.value
                plain_false = isinstance(value, ast.Constant) and value.value is False
                if keyword.arg in ("allow_pickle", "shell") and not plain_false:
                    yield node.lineno, keyword.arg


def _unsafe_yaml(call):
    loaders = [*call.args[1:], *(keyword.value for keyword in call.keywords if keyword.arg == "Loader")]
    if not loaders or any(ast.unparse(each).split(".")[-1] in LOADERS for each in loaders):
        yield call.lineno, "yaml.load"


def test_no_code_of_the_project_runs_what_a_file_says():
    found = [
        f"{path.relative_to(ROOT)}:{line}: {name}"
        for path in PYTHON
        for line, name in faults(ast.parse(path.read_text(encoding="utf-8")))
    ]
    assert not found, found


def test_neither_does_a_rule():
    words = (*MODULES, "allow_pickle", "eval(", "exec(", "yaml.load", "unsafe")
    found = [(path.name, word) for path in RULES for word in words if word in path.read_text(encoding="utf-8")]
    assert not found, found


@pytest.mark.parametrize(
    "text",
    [
        "import pickle", "from joblib import load", "eval(line)", "exec(line)", "__import__(name)", "yaml.load(text)",
        "yaml.load(text, Loader=yaml.UnsafeLoader)", "yaml.load(text, yaml.Loader)", "yaml.unsafe_load(text)",
        "np.load(path, allow_pickle=True)", "np.load(path, allow_pickle=flag)", "pandas.read_pickle(path)",
        "os.system(line)", "subprocess.run(line, shell=True)",
    ],
)  # fmt: skip
def test_a_planted_fault_is_found(text):
    assert list(faults(ast.parse(text)))


def test_what_is_safe_is_let_pass():
    text = (
        "yaml.load(text, Loader=StrictLoader); ast.literal_eval(text); np.load(path); platform.system(); re.compile(x)"
    )
    assert not list(faults(ast.parse(text)))


class Planted:
    """Leaves a file when it is unpickled."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return Path.touch, (self.path,)


def test_a_planted_checkpoint_runs_nothing(tmp_path):
    array = np.empty(1, dtype=object)
    array[0] = Planted(tmp_path / "ran")
    assert pickle.loads(pickle.dumps(array)).size and (tmp_path / "ran").exists()
    (tmp_path / "ran").unlink()
    with Checkpoint(tmp_path / "checkpoint") as checkpoint:
        np.savez(tmp_path / "checkpoint" / "part.npz", state=array, allow_pickle=True)
        with pytest.raises(CheckpointError, match="damaged"):
            checkpoint.load("part")
    assert not (tmp_path / "ran").exists()


def test_a_planted_configuration_runs_nothing(tmp_path):
    (tmp_path / "config.yaml").write_text(f"seed: !!python/object/apply:os.mkdir ['{tmp_path}/ran']\n")
    with pytest.raises(Exception, match=r"(?i)tag|python|allowed|construct"):
        load_yaml(tmp_path / "config.yaml")
    assert not (tmp_path / "ran").exists()
