"""The cache of kernels: marks of what is compiled, folders that nobody else may write, locks where there are none."""

import errno
import os

import pytest
from filelock import FileLock

from openkerr.runtime import cache
from openkerr.runtime.cache import UnsafeCacheError, cache_root, compiled_mark, compiling


@pytest.fixture(autouse=True)
def looked_at_anew():
    cache._safe.cache_clear()
    yield
    cache._safe.cache_clear()


def test_a_mark_is_named_by_code_compiler_and_processor(tmp_path, monkeypatch):
    monkeypatch.setenv("OPENKERR_CACHE_DIR", str(tmp_path))
    mark = compiled_mark("kerr_dimer", [{"variants": [["strang", "double", "gaussian"]]}, "code"])
    assert mark == compiled_mark("kerr_dimer", [{"variants": [["strang", "double", "gaussian"]]}, "code"])
    assert mark.parent.is_dir() and mark.is_relative_to(tmp_path) and not mark.exists()
    others = {
        compiled_mark("kerr_dimer", [{"variants": [["strang", "single", "gaussian"]]}, "code"]),
        compiled_mark("kerr_dimer", [{"variants": [["strang", "double", "gaussian"]]}, "edited"]),
        compiled_mark("bose_hubbard_chain", [{"variants": [["strang", "double", "gaussian"]]}, "code"]),
    }
    monkeypatch.setattr(cache, "cpu_model", lambda: "another")
    others.add(compiled_mark("kerr_dimer", [{"variants": [["strang", "double", "gaussian"]]}, "code"]))
    monkeypatch.undo()
    assert len(others) == 4 and mark not in others


def test_the_cache_is_made_for_its_owner_alone_whatever_the_umask(tmp_path, monkeypatch):
    monkeypatch.setenv("OPENKERR_CACHE_DIR", str(tmp_path / "new" / "cache"))
    before = os.umask(0o002)
    try:
        assert cache_root().stat().st_mode & 0o777 == 0o700
    finally:
        os.umask(before)


@pytest.mark.parametrize(
    "name", ["", "kernels", "kernels/model.py", "kernels/__pycache__", "kernels/__pycache__/m.nbc"]
)
@pytest.mark.parametrize("bits", [0o020, 0o002])
def test_kernels_that_others_may_write_are_refused_with_one_line(tmp_path, monkeypatch, name, bits):
    root = tmp_path / "cache"
    (root / "kernels" / "__pycache__").mkdir(parents=True, mode=0o755)
    for file in ("model.py", "__pycache__/m.nbc"):
        (root / "kernels" / file).touch(mode=0o644)
    for path in (root, *root.rglob("*")):
        path.chmod(0o755 if path.is_dir() else 0o644)
    monkeypatch.setenv("OPENKERR_CACHE_DIR", str(root))
    assert cache_root() == root
    (root / name).chmod((root / name).stat().st_mode | bits)
    cache._safe.cache_clear()
    with pytest.raises(UnsafeCacheError, match=r"may be written by others.*chmod -R go-w \S+$") as caught:
        cache_root()
    assert str(root / name) in str(caught.value) and "\n" not in str(caught.value)


def test_kernels_of_another_user_are_refused(tmp_path, monkeypatch):
    monkeypatch.setenv("OPENKERR_CACHE_DIR", str(tmp_path / "cache"))
    cache_root()
    cache._safe.cache_clear()
    owner = (tmp_path / "cache").stat().st_uid
    monkeypatch.setattr(cache.os, "getuid", lambda: owner + 1 if owner else 1000)
    if owner == 0:  # root's files are trusted: give the folder away
        os.chown(tmp_path / "cache", 1001, 1001)
    with pytest.raises(UnsafeCacheError, match="belongs to another user"):
        cache_root()


def test_numbas_own_folder_is_looked_at_too(tmp_path, monkeypatch):
    (tmp_path / "numba").mkdir()
    (tmp_path / "numba").chmod(0o777)
    monkeypatch.setenv("OPENKERR_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path / "numba"))
    with pytest.raises(UnsafeCacheError, match="numba"):
        cache_root()


@pytest.mark.parametrize("number", [errno.ENOSYS, errno.ENOLCK])
def test_without_locks_on_the_file_system_nobody_waits(tmp_path, monkeypatch, caplog, number):
    def refused(self, *_args, **_kwargs):
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(FileLock, "acquire", refused)
    with compiling(tmp_path / "mark.json"), compiling(tmp_path / "mark.json"):
        pass
    assert "may be compiled twice" in caplog.text
    monkeypatch.setattr(cache, "NO_KERNEL_LOCK", frozenset())
    with pytest.raises(OSError), compiling(tmp_path / "mark.json"):
        pass
