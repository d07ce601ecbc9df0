"""Where generated kernels, and what is known of them, are kept between runs.

Machine code on disk is code: Numba unpickles it, and runs it.  So nobody else may write where it is read from.
"""

from __future__ import annotations

import logging
import os
import platform
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import Any

import platformdirs
from filelock import FileLock

from openkerr.runtime.folder_lock import NO_KERNEL_LOCK
from openkerr.runtime.provenance import CodeChangedError, cpu_model, digest

__all__ = ["UnsafeCacheError", "cache_root", "compiled_mark", "compiling"]


class UnsafeCacheError(CodeChangedError):
    """A cache folder in which others could leave code that a job would run; one line."""


def cache_root() -> Path:
    """Folder of generated kernels and their machine code: ``$OPENKERR_CACHE_DIR``, else the user's cache folder.

    It is made if it is not there, for its owner alone, whatever the umask.

    Raises
    ------
    UnsafeCacheError
        If another user owns it or anything in it that is loaded, or may write there.
    """
    return _safe(Path(os.environ.get("OPENKERR_CACHE_DIR") or platformdirs.user_cache_dir("openkerr")).absolute())


@cache
def _safe(root: Path) -> Path:
    # A folder that cannot be made is told by what writes there first.
    with suppress(OSError):
        root.parent.mkdir(parents=True, exist_ok=True)
        root.mkdir(mode=0o700)
    _check(root)
    # Numba prefers this folder to the one beside a kernel.
    foreign = os.environ.get("NUMBA_CACHE_DIR")
    folders = [Path(foreign)] if foreign else []
    # Into a folder that is closed to others nothing of theirs leads: its thousands of files need not be looked at.
    with suppress(OSError):
        if stat.S_IMODE(root.stat().st_mode) & (stat.S_IXGRP | stat.S_IXOTH):
            folders += [root / "kernels", root / "kernels" / "__pycache__"]
    for folder in folders:
        _check(folder)
        for path in sorted(folder.glob("*")):
            _check(path)
    return root


def _check(path: Path) -> None:
    """Refuse what another user, root apart, owns or may write."""
    try:
        status = path.stat()
    except OSError:
        return
    if not hasattr(os, "getuid"):
        return
    if status.st_uid not in (os.getuid(), 0):
        said, mend = "belongs to another user", "set OPENKERR_CACHE_DIR to a folder of your own"
    elif stat.S_IMODE(status.st_mode) & (stat.S_IWGRP | stat.S_IWOTH):
        said, mend = "may be written by others", f"chmod -R go-w {path}"
    else:
        return
    raise UnsafeCacheError(f"{path} {said}, and kernels would be loaded from it: {mend}")


@contextmanager
def compiling(mark: Path) -> Iterator[None]:
    """Hold the lock of what compiles the kernels of a mark; others wait, and find the machine code.

    Without locks on the file system nobody waits: the same code is then compiled more than once, into files that are
    replaced whole.
    """
    lock = FileLock(mark.with_suffix(".lock"), fallback_to_soft=False)
    try:
        lock.acquire()
    except OSError as error:
        if error.errno not in NO_KERNEL_LOCK:
            raise
        logging.getLogger("openkerr").warning(
            "%s: its file system has no kernel locks (%s), kernels may be compiled twice", mark.parent, error.strerror
        )
    try:
        yield
    finally:
        lock.release()


def compiled_mark(name: str, made_of: Any) -> Path:
    """Return the file that stands in the cache once kernels are compiled by today's compiler for this processor.

    `made_of`, plain JSON values, is what they are compiled from: a fingerprint, and which of them.  Its folder is made.
    """
    versions = [metadata.version(package) for package in ("numba", "llvmlite")]
    compiler = [*versions, platform.python_version(), cpu_model()]
    folder = cache_root() / "compiled"
    folder.mkdir(parents=True, exist_ok=True)
    return folder / f"{name}_{digest([made_of, compiler])[:16]}.json"
