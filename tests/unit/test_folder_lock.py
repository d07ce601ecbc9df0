"""Locks of a folder: the kernel's, and markers on a file system that has none."""

import errno
import fcntl
import logging
import os
import re
import signal
import subprocess
import sys
import textwrap

import pytest
from filelock._filesystem import _exchange

from openkerr.runtime.checkpoint import Checkpoint, CheckpointError
from openkerr.runtime.folder_lock import FolderLockError, lock_folder

pytestmark = pytest.mark.slow

OWNER = """
    import errno, fcntl, sys, time
    from pathlib import Path

    from openkerr.runtime.folder_lock import lock_folder

    def missing(*_):
        raise OSError(errno.ENOSYS, "Function not implemented")

    if sys.argv[2] == "marker":
        fcntl.flock = missing
    lock = lock_folder(Path(sys.argv[1]))
    print("held", flush=True)
    time.sleep(600)
"""


@pytest.fixture
def hold(tmp_path):
    """Function that starts a process which holds the folder, by the kernel's lock or by a marker."""
    started = []

    def start(kind):
        command = [sys.executable, "-c", textwrap.dedent(OWNER), str(tmp_path), kind]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        started.append(process)
        assert process.stdout.readline() == "held\n"
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()


def no_kernel_locks(monkeypatch, number=errno.ENOSYS):
    def flock(*_):
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(fcntl, "flock", flock)


def markers(folder):
    return [path for path in folder.iterdir() if path.name != "lock"]


@pytest.mark.parametrize("number", [errno.ENOSYS, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOLCK])
def test_a_file_system_without_locks_is_told_and_the_work_goes_on(tmp_path, monkeypatch, caplog, number):
    no_kernel_locks(monkeypatch, number)
    with caplog.at_level(logging.INFO, "openkerr"), Checkpoint(tmp_path / "c", 0.0) as checkpoint:
        checkpoint.offer("a", {}, finished=True)
        assert len(markers(tmp_path / "c")) == 2
    (record,) = caplog.records
    assert record.name == "openkerr" and record.levelname == "WARNING"
    assert os.strerror(number) in record.getMessage() and "\n" not in record.getMessage()
    assert not (tmp_path / "c").exists()


def test_a_marker_is_given_back_after_an_error(tmp_path, monkeypatch):
    no_kernel_locks(monkeypatch)
    checkpoint = Checkpoint(tmp_path / "c")  # which is still there afterwards, and its lock with it
    with pytest.raises(KeyboardInterrupt), checkpoint:
        raise KeyboardInterrupt
    assert markers(tmp_path / "c") == []


def test_any_other_error_is_not_told_as_held(tmp_path, monkeypatch):
    no_kernel_locks(monkeypatch, errno.EIO)
    with pytest.raises(CheckpointError, match=r"checkpoint c cannot be locked: .*Input/output error"):
        Checkpoint(tmp_path / "c").__enter__()


def test_the_kernels_lock_needs_no_marker_and_no_warning(tmp_path, caplog):
    lock_folder(tmp_path).release()
    assert markers(tmp_path) == [] and caplog.records == []


def test_a_marker_refuses_a_second_writer(tmp_path, monkeypatch, hold):
    owner = hold("marker")
    no_kernel_locks(monkeypatch)
    (marker,) = markers(tmp_path)
    with pytest.raises(FolderLockError) as refused:
        lock_folder(tmp_path)
    assert re.fullmatch(rf"is held by process {owner.pid} on \S+: .* delete {marker}", str(refused.value))
    assert markers(tmp_path) == [marker]


def test_a_second_writer_of_the_same_process_is_refused(tmp_path, monkeypatch):
    no_kernel_locks(monkeypatch)
    with Checkpoint(tmp_path / "c"), pytest.raises(CheckpointError, match=f"held by process {os.getpid()} on"):
        Checkpoint(tmp_path / "c").__enter__()


@pytest.mark.parametrize("kind", ["kernel", "marker"])
def test_the_lock_of_a_killed_owner_is_given_back(tmp_path, monkeypatch, hold, kind):
    """By a file system, too, that cannot swap two names: those without kernel locks seldom can."""
    owner = hold(kind)
    if kind == "marker":
        no_kernel_locks(monkeypatch)
        rename, flag = _exchange._rename_call()

        def refused(source, target, flags):
            return errno.EINVAL if bytes(tmp_path) in target else rename(source, target, flags)

        monkeypatch.setattr(_exchange, "_rename_call", lambda: (refused, flag))
    with pytest.raises(FolderLockError, match="is held by"):
        lock_folder(tmp_path)
    owner.send_signal(signal.SIGKILL)
    owner.wait()
    left = set(markers(tmp_path))
    assert len(left) == (kind == "marker")
    lock = lock_folder(tmp_path)
    assert left.isdisjoint(markers(tmp_path))
    lock.release()
    assert markers(tmp_path) == []


def left_marker(folder, hold, old, new):
    """The marker of a killed process, with a part of its record replaced."""
    owner = hold("marker")
    owner.kill()
    owner.wait()
    (marker,) = markers(folder)
    text = marker.read_text()
    assert len(re.findall(old, text, re.MULTILINE)) == 1
    marker.write_text(re.sub(old, new, text, flags=re.MULTILINE))
    return marker


def test_a_marker_of_another_host_is_refused_by_its_name(tmp_path, monkeypatch, hold):
    marker = left_marker(tmp_path, hold, "^host=.*", "host=far-away")
    no_kernel_locks(monkeypatch)
    with pytest.raises(FolderLockError, match=rf"on far-away: .* if it is gone, delete {marker}$"):
        lock_folder(tmp_path)
    assert markers(tmp_path) == [marker]
    marker.unlink()
    lock_folder(tmp_path).release()


def test_a_marker_whose_process_number_went_to_another_process_is_cleared(tmp_path, monkeypatch, hold):
    left_marker(tmp_path, hold, "^pid=.*", f"pid={os.getpid()}")
    no_kernel_locks(monkeypatch)
    lock_folder(tmp_path).release()
    assert markers(tmp_path) == []


def test_a_marker_without_a_name_is_left_alone(tmp_path, monkeypatch):
    """Its process may be about to write it."""
    marker = tmp_path / f"lock.{'0' * 32}"
    marker.touch()
    no_kernel_locks(monkeypatch)
    with pytest.raises(FolderLockError, match="a process that left no name"):
        lock_folder(tmp_path)
    assert marker.exists()
