"""Lock of a folder that one process at a time may write: the kernel's, or a marker where the file system has none.

The kernel gives its lock back when the owner dies, however it dies.  A marker is a file that names its owner, and one
whose owner is known to be gone is cleared.  Every process has a marker of its own, published before it looks for
others: no two can find the folder free, and clearing a dead one never removes a living one.
"""

from __future__ import annotations

import errno
import logging
import shutil
import tempfile
import uuid
from pathlib import Path

from filelock import BaseFileLock, FileLock, MarkerSoftFileLock, Timeout

NO_KERNEL_LOCK = frozenset({errno.ENOSYS, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOLCK})
"""What `flock` says on a file system that has no locks."""


class FolderLockError(RuntimeError):
    """A folder that cannot be locked: held by another process, or not to be written."""


def lock_folder(folder: Path) -> BaseFileLock:
    """Lock a folder, which must exist, without waiting; the lock is given back by ``release()``.

    Raises
    ------
    FolderLockError
        If another process holds the folder, or may; or if its lock cannot be opened.
    """
    lock = FileLock(folder / "lock", thread_local=False, fallback_to_soft=False)
    try:
        lock.acquire(blocking=False)
        return lock
    except Timeout:
        raise FolderLockError("is held by another process: wait for it or end it") from None
    except OSError as error:
        if error.errno not in NO_KERNEL_LOCK:
            raise FolderLockError(f"cannot be locked: {error}") from None
        logging.getLogger("openkerr").warning(
            "%s: its file system has no kernel locks (%s), a lock file stands in", folder, error.strerror
        )
    return _publish_marker(folder)


def _publish_marker(folder: Path) -> BaseFileLock:
    own = MarkerSoftFileLock(folder / f"lock.{uuid.uuid4().hex}", thread_local=False)
    own.acquire(blocking=False)
    try:
        for path in folder.glob(f"lock.{'[0-9a-f]' * 32}"):
            if path.name == Path(own.lock_file).name:
                continue
            if not _owner_is_gone(path):
                owner = MarkerSoftFileLock(path).owner
                holder = f"process {owner.pid} on {owner.hostname}" if owner else "a process that left no name"
                raise FolderLockError(f"is held by {holder}: wait for it or end it; if it is gone, delete {path}")
            path.unlink(missing_ok=True)
    except BaseException:
        own.release()
        raise
    return own


def _owner_is_gone(marker: Path) -> bool:
    """Tell whether filelock knows the owner of a marker to be gone, for then it would take the marker over.

    A take-over swaps two names, which file systems without kernel locks seldom can: a copy elsewhere is asked.
    """
    with tempfile.TemporaryDirectory() as elsewhere:
        try:
            copy = MarkerSoftFileLock(shutil.copyfile(marker, Path(elsewhere, "lock")), thread_local=False)
            copy.acquire(blocking=False)
        except FileNotFoundError:
            return True
        except Timeout:
            return False
        copy.release()
    return True
