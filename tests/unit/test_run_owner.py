"""Names of runs: who they are, and what is known of them later."""

import os
import subprocess
import sys
from dataclasses import replace

import pytest

from openkerr.runtime import run_owner
from openkerr.runtime.provenance import ROOT, import_closure

pytestmark = pytest.mark.slow

HERE = run_owner.this_process()
OUTSIDE = replace(HERE, machine="m", boot="now", namespace=run_owner.OUTSIDE_CONTAINERS)


def in_another_process(folder, code):
    command = [sys.executable, "-c", f"import os; from openkerr.runtime.run_owner import *; {code}"]
    return subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True).stdout


def test_a_run_is_named_once_and_until_it_ends(tmp_path):
    code = "written = lambda: [path.stat().st_mtime_ns for path in named_runs()]; name_run(); once = written(); "
    code += "name_run(); print(written() == once, len(once)); os.chdir('/')"
    assert in_another_process(tmp_path, code) == "True 1\n"
    assert list((tmp_path / run_owner.OWNERS).iterdir()) == []


def test_a_forked_child_leaves_the_name_of_its_parent(tmp_path):
    code = "name_run(); pid = os.fork(); pid or exit(); os.waitpid(pid, 0); print(len(named_runs()))"
    assert in_another_process(tmp_path, code) == "1\n"


def test_names_of_the_dead_are_kept_while_something_is_locked(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    run_owner.LOCKS.mkdir(parents=True)
    lock = run_owner.LOCKS / "0.output.lock"
    lock.touch()
    in_another_process(tmp_path, "name_run(); os._exit(0)")
    in_another_process(tmp_path, "name_run(); os._exit(0)")
    assert len(run_owner.named_runs()) == 2
    lock.unlink()
    in_another_process(tmp_path, "name_run(); os._exit(0)")
    assert len(run_owner.named_runs()) == 1


def test_a_living_process_is_not_gone():
    assert not run_owner.is_gone(HERE)
    assert run_owner.is_gone(replace(HERE, started=HERE.started - 1))


def test_what_is_left_of_a_dead_process_is_gone():
    process = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    owner = replace(HERE, process=process.pid, started=run_owner._started(process.pid))
    assert not run_owner.is_gone(owner)
    process.stdin.close()
    os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
    assert run_owner.is_gone(owner)
    process.wait()
    assert run_owner.is_gone(owner)


@pytest.mark.parametrize(
    ("changes", "gone"),
    [
        ({}, True),
        ({"host": "another"}, False),
        ({"machine": "another"}, False),
        ({"machine": None}, False),
        ({"boot": None}, False),
        ({"namespace": "pid:[4026532000]"}, False),
        ({"namespace": None}, False),
    ],
)
def test_a_reboot_ends_what_ran_on_this_machine_only(monkeypatch, changes, gone):
    monkeypatch.setattr(run_owner, "this_process", lambda: OUTSIDE)
    assert run_owner.is_gone(replace(OUTSIDE, **{"boot": "before"} | changes)) is gone


def test_no_reboot_is_known_inside_a_container(monkeypatch):
    inside = replace(OUTSIDE, namespace="pid:[4026532000]")
    monkeypatch.setattr(run_owner, "this_process", lambda: inside)
    assert not run_owner.is_gone(replace(inside, boot="before"))


def test_no_result_hangs_on_who_runs_the_workflow():
    scripts = sorted((ROOT / "scripts").glob("*.py"))
    assert scripts
    for script in scripts:
        assert not {"run_owner.py", "folder_lock.py"} & {path.name for path in import_closure(script)}, script.name
