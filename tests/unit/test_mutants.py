"""What plants faults: where it looks for tests, and what it leaves alone."""

import mutants
import pytest

PACKAGE = mutants.ROOT / "workflow" / "openkerr"


@pytest.mark.parametrize(
    ("module", "test"),
    [
        ("numerics/stats.py", "test_stats.py"),
        ("analysis/decay.py", "test_decay.py"),
        # By way of the solver, since the name says whose test it is.
        ("solvers/reductions.py", "test_reductions.py"),
        ("solvers/lyapunov_kernel.py", "test_lyapunov.py"),
    ],
)
def test_the_test_of_a_module_comes_first(module, test):
    assert mutants.nearest_tests(PACKAGE / module)[0].name == test


def test_tests_reach_every_module_that_computes():
    for room in ("algebra", "analysis", "models", "numerics", "solvers"):
        for path in (PACKAGE / room).glob("*.py"):
            assert path.stem == "__init__" or mutants.nearest_tests(path), path


def test_helpers_of_tests_cost_no_distance(tmp_path, monkeypatch):
    for name, text in {
        "library/near.py": "import far",
        "library/far.py": "",
        "tests/helper.py": "import near",
        "tests/test_it.py": "import helper",
    }.items():
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    monkeypatch.setattr(mutants, "PACKAGES", (tmp_path / "library", tmp_path / "tests"))
    found = mutants.distances(tmp_path / "tests" / "test_it.py")
    assert {path.stem: distance for path, distance in found.items()} == {
        "test_it": 0,
        "helper": 1,
        "near": 1,
        "far": 2,
    }


def test_files_of_a_kind_come_from_its_folder():
    module = PACKAGE / "solvers" / "replicas.py"
    assert [test.name for test in mutants.tests_of_kind(module, "physics", 1)] == ["test_replicas.py"]
    assert {test.parent.name for test in mutants.tests_of_kind(module, "slow", 9)} == {"unit"}


SOURCE = """
LIMIT = 1
class Thing:
    @property
    def size(self):
        def inner():
            return 2
        return inner()
@kernel
def compiled(x):
    return x
"""


@pytest.mark.parametrize(("line", "span"), [(2, None), (7, (4, 8)), (8, (4, 8)), (11, None)])
def test_the_function_around_a_line_is_the_outermost_that_python_calls(line, span):
    assert mutants.function_around(SOURCE, line) == span


def test_annotations_and_decorators_are_left_alone():
    source = "@kernel(1)\ndef f(x: A | B) -> int | None:\n    y: int = 1 + x\n    return y\n"
    blind = mutants.blind_spots(source)
    for text in ("1)", "| B", "| None", "int ="):
        line = next(number for number, line in enumerate(source.splitlines(), 1) if text in line)
        assert (line, source.splitlines()[line - 1].index(text)) in blind, text
    assert (3, source.splitlines()[2].index("1 +")) not in blind
