"""Fingerprints, digests and run facts."""

import getpass
import os
import socket
import subprocess
from pathlib import Path

import numpy as np
import pytest

from openkerr.runtime import provenance
from openkerr.runtime.provenance import (
    canonical_json,
    digest,
    file_sha256,
    fingerprint,
    git_state,
    import_closure,
    run_facts,
)

PROJECT = {
    "openkerr/__init__.py": '"""Package."""\n\n__version__ = "1.0"\n',
    "openkerr/runtime/io.py": "from openkerr.hidden import nothing\n",
    "openkerr/hidden.py": "nothing = 0\n",
    "openkerr/ground.py": "def base():\n    return 1\n",
    "openkerr/late.py": "value = 3\n",
    "openkerr/unused.py": "value = 4\n",
    "openkerr/models/__init__.py": "",
    "openkerr/models/dimer.py": "from ..ground import base\nfrom .common import shared\n",
    "openkerr/models/common.py": "shared = 2\n",
    "scripts/run.py": (
        "import numpy as np\n"
        "from openkerr.models import dimer\n"
        "from openkerr.runtime import io\n"
        "def main():\n"
        "    import openkerr.late as late\n"
        "    return late.value\n"
    ),
}


@pytest.fixture
def project(tmp_path):
    """A small package with one script, and its folder."""
    for name, text in PROJECT.items():
        path = tmp_path / "workflow" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return tmp_path / "workflow"


def _fingerprint_of(tmp_path: Path, source: str, name: str = "script.py") -> str:
    path = tmp_path / name
    path.write_bytes(source.encode())
    return fingerprint(path, root=tmp_path)


CODE = '''\
"""Module."""
import math  # a comment


def area(radius):
    """Return é the area."""
    text = """two

lines  # no comment
"""
    return math.pi * radius**2, text, f"{radius}#"
'''

KNOWN_FINGERPRINT = "4d110036fcca2325103f032f46b3ad9c8a49ea027b2d7d48f71ec8ce274c010b"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"""Module."""', '"""Another\n\ndocstring: π, # and all."""'),
        ("  # a comment", "        # ℵ"),
        ('    """Return é the area."""\n', ""),
        ("import math", "# first\n\n\nimport math"),
        ("radius):\n", "radius):   \n\n\n"),
        ("\n", "\r\n"),
    ],
    ids=["docstring", "comment", "no docstring", "blank lines", "trailing blanks", "line ends"],
)
def test_fingerprint_ignores_what_decides_nothing(tmp_path, old, new):
    assert old in CODE
    assert _fingerprint_of(tmp_path, CODE) == _fingerprint_of(tmp_path, CODE.replace(old, new))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("radius**2", "radius**3"),
        ("two\n\nlines", "two\nlines"),
        ("two\n", "two \n"),
        ("lines  # no comment", "lines"),
        ('}#"', '}"'),
    ],
    ids=[
        "code",
        "blank line in a string",
        "trailing blank in a string",
        "hash in a string",
        "hash in an f-string",
    ],
)
def test_fingerprint_sees_what_decides_something(tmp_path, old, new):
    assert old in CODE
    assert _fingerprint_of(tmp_path, CODE) != _fingerprint_of(tmp_path, CODE.replace(old, new))


def test_fingerprint_keeps_lines_of_multi_line_f_strings(tmp_path):
    text = 'x = 1\ny = f"""a {x}\n\nb {f"{x}"} \n"""\n'
    assert _fingerprint_of(tmp_path, text) != _fingerprint_of(tmp_path, text.replace("\n\nb", "\nb"))
    assert _fingerprint_of(tmp_path, text) != _fingerprint_of(tmp_path, text.replace("} \n", "}\n"))


def test_fingerprint_is_the_same_for_every_python_version(tmp_path):
    # A fixed value: a dependence on the interpreter's syntax tree or tokens would show on another version.
    source = tmp_path / "script.py"
    source.write_text(CODE, encoding="utf-8")
    expected = 'import math\ndef area(radius):\n    text = """two\n\nlines  # no comment\n"""\n'
    expected += '    return math.pi * radius**2, text, f"{radius}#"'
    assert provenance._source(source).normalised == expected
    assert fingerprint(source, root=tmp_path) == KNOWN_FINGERPRINT


def test_closure_follows_every_kind_of_import(project):
    closure = import_closure(project / "scripts/run.py", root=project)
    assert [path.relative_to(project).as_posix() for path in closure] == [
        "scripts/run.py",
        "openkerr/ground.py",
        "openkerr/late.py",
        "openkerr/models/__init__.py",
        "openkerr/models/common.py",
        "openkerr/models/dimer.py",
    ]


@pytest.mark.parametrize("name", ["ground", "late", "models/common", "models/__init__"])
def test_fingerprint_changes_with_any_module_of_the_closure(project, name):
    script = project / "scripts/run.py"
    before = fingerprint(script, root=project)
    path = project / "openkerr" / f"{name}.py"
    path.write_text(path.read_text(encoding="utf-8") + "added = 1\n", encoding="utf-8")
    assert fingerprint(script, root=project) != before


def test_fingerprint_ignores_other_modules_plumbing_and_what_the_package_offers(project):
    script = project / "scripts/run.py"
    before = fingerprint(script, root=project)
    for name in ("unused.py", "io.py", "hidden.py"):
        (project / "openkerr" / name).write_text("changed = 1\n", encoding="utf-8")
    (project / "openkerr/__init__.py").write_text('__version__ = "2.0"\noffered = 1\n', encoding="utf-8")
    assert fingerprint(script, root=project) == before


def test_fingerprint_does_not_depend_on_the_place(project, tmp_path):
    before = fingerprint(project / "scripts/run.py", root=project)
    moved = project.rename(tmp_path / "elsewhere")
    assert fingerprint(moved / "scripts/run.py", root=moved) == before


def test_import_that_leads_nowhere_is_an_error(project):
    (project / "scripts/run.py").write_text("from openkerr.absent import x\n", encoding="utf-8")
    with pytest.raises(ModuleNotFoundError, match=r"run\.py imports openkerr\.absent"):
        fingerprint(project / "scripts/run.py", root=project)


def test_own_figures_stand_on_style_and_leave_plumbing_out():
    here = provenance.ROOT / "openkerr"
    names = {path.relative_to(here).as_posix() for path in import_closure(here / "figures/torus_2.py")}
    assert names == {"figures/__init__.py", "figures/style.py", "figures/torus_2.py"}


def test_canonical_json_is_one_text_for_one_value():
    value = {
        "b": (1, 2.5),
        "a": {"ℵ": None, "z": True},
        "n": np.float64(0.1),
        "m": np.arange(2),
        "i": np.int64(7),
    }
    text = r'{"a":{"z":true,"\u2135":null},"b":[1,2.5],"i":7,"m":[0,1],"n":0.1}'
    assert canonical_json(value) == text
    assert digest(value) == digest(dict(reversed(value.items()))) != digest({**value, "i": 8})


@pytest.mark.parametrize(
    ("value", "error", "match"),
    [
        ({"a": [1.0, float("nan")]}, ValueError, r"value\.a\[1\] is nan"),
        ({"a": np.array([np.inf])}, ValueError, r"value\.a\[0\] is inf"),
        ({"a": Path("x")}, TypeError, r"value\.a is a .*Path"),
        ({1: 2}, TypeError, "keys must be strings"),
        ({"a": {1, 2}}, TypeError, "set"),
        (1j, TypeError, "complex"),
    ],
)
def test_canonical_json_refuses_what_json_cannot_hold(value, error, match):
    with pytest.raises(error, match=match):
        canonical_json(value)


def test_file_sha256_known_answer(tmp_path):
    path = tmp_path / "abc"
    path.write_bytes(b"abc")
    assert file_sha256(path) == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"


def test_run_facts_are_plain_and_name_no_host_user_or_path():
    facts = run_facts(elapsed_seconds=1.5, n_threads=2)
    text = canonical_json(facts)
    assert facts["elapsed_seconds"] == 1.5 and facts["n_threads"] == 2
    assert facts["versions"]["numpy"] == np.__version__
    assert facts["date"].endswith("+00:00") and facts["cpu_model"]
    for secret in (socket.gethostname(), os.path.expanduser("~"), os.getcwd()):
        assert len(secret) < 3 or secret not in text
    assert f'"{getpass.getuser()}"' not in text


def test_git_state_tells_clean_from_dirty_and_foreign(project, monkeypatch):
    top = project.parent

    def git(*arguments):
        identity = ["-c", "user.name=n", "-c", "user.email=e@example.org", "-c", "commit.gpgsign=false"]
        subprocess.run(["git", "-C", str(top), *identity, *arguments], check=True, capture_output=True)

    monkeypatch.setenv("GIT_DIR", "/nonexistent")  # as inside a git hook: must not lead elsewhere
    assert git_state(project) == (None, None)
    monkeypatch.delenv("GIT_DIR")
    git("init", "--quiet")
    (top / "other").write_text("x", encoding="utf-8")
    git("add", "other")
    git("commit", "--quiet", "-m", "x")
    assert git_state(project) == (None, None)  # a copy inside somebody else's repository
    git("add", ".")
    git("commit", "--quiet", "-m", "y")
    monkeypatch.setenv("GIT_DIR", "/nonexistent")
    revision, clean = git_state(project)
    assert len(revision) == 40 and clean is True
    (project / "openkerr/ground.py").write_text("changed = 1\n", encoding="utf-8")
    assert git_state(project) == (revision, False)
