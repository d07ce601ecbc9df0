"""Checkpoints of long jobs: written on the clock, whole or not at all, locked, gone on success.

A job consists of named parts (batches of an ensemble), each with a state that is a mapping of arrays.  A part that is
offered between two segments of its work is written when its last writing lies longer back than the interval; finished
parts wait, to be written together: along with another part, when the interval has passed, or when they take too much
memory.  So a job may run many ensembles, each shorter than the interval, and neither its work nor its memory hangs on
how it is cut.  After a kill the same job finds what was written and goes on from there, with the same bits, because
states are stored as they are.
"""

from __future__ import annotations

import shutil
import threading
import time
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from openkerr.runtime.folder_lock import FolderLockError, lock_folder
from openkerr.runtime.io import atomic_output

State = Mapping[str, np.ndarray]

WAITING_BYTES = 2**28
"""Memory of the finished parts that wait, beyond which they are written."""


class CheckpointError(RuntimeError):
    """A checkpoint that cannot be used: held by another process, not to be locked, or damaged."""


class Checkpoint:
    """Checkpoint of one job, as a context: locked on entry, removed when the block ends without an error.

    Parameters
    ----------
    folder : path
        Folder of this job alone; its name should hold a digest of all that decides the result.
    seconds : float
        Interval between writings of a part.

    Raises
    ------
    CheckpointError
        On entry, if another process holds the folder, or if it cannot be locked.
    """

    def __init__(self, folder: str | Path, seconds: float = 60.0):
        self.folder = Path(folder)
        self.seconds = seconds
        self._mutex = threading.Lock()
        self._waiting: dict[str, State] = {}
        self._bytes = 0
        self._written: dict[str, float] = {}

    def __enter__(self) -> Checkpoint:
        self.folder.mkdir(parents=True, exist_ok=True)
        try:
            self._lock = lock_folder(self.folder)
        except FolderLockError as error:
            raise CheckpointError(f"checkpoint {self.folder.name} {error}") from None
        self._flushed = time.monotonic()
        return self

    def __exit__(self, kind: type[BaseException] | None, _value: object, _traceback: object) -> None:
        if kind is None:
            shutil.rmtree(self.folder, ignore_errors=True)
        self._lock.release()

    def part(self, label: str) -> Part:
        """Names of their own for the parts of one ensemble of the job."""
        return Part(self, label)

    def load(self, name: str) -> dict[str, np.ndarray] | None:
        """State of a part as it was last written, or ``None``.

        Raises
        ------
        CheckpointError
            If the file is damaged.
        """
        path = self.folder / f"{name}.npz"
        if not path.exists():
            return None
        try:
            with np.load(path) as arrays:
                return dict(arrays)
        except (OSError, ValueError, zipfile.BadZipFile) as error:
            raise CheckpointError(
                f"checkpoint {self.folder.name}/{path.name} is damaged ({error}): delete the folder to begin anew"
            ) from None

    def offer(self, name: str, state: State, *, finished: bool) -> None:
        """Write a part's state, and the finished parts that wait, if it is time to.

        The state of a finished part is kept by reference and must not change afterwards.
        """
        with self._mutex:
            now = time.monotonic()
            late = now - self._written.setdefault(name, now) >= self.seconds
            if finished:
                self._waiting[name] = state
                self._bytes += sum(array.nbytes for array in state.values())
            flush = self._waiting and (now - self._flushed >= self.seconds or self._bytes > WAITING_BYTES)
            if not (flush or (late and not finished)):
                return
            due = {name: state, **self._waiting}
            self._written[name] = self._flushed = now
            self._waiting, self._bytes = {}, 0
            self._write(due)

    def _write(self, parts: Mapping[str, Mapping[str, Any]]) -> None:
        for part, arrays in parts.items():
            with atomic_output(self.folder / f"{part}.npz") as path:
                np.savez(path, **arrays)


class Part:
    """The parts of one ensemble in the checkpoint of its job: what a solver is handed instead of the whole."""

    def __init__(self, whole: Checkpoint, label: str):
        self._whole, self._label = whole, label

    def load(self, name: str) -> dict[str, np.ndarray] | None:
        """As `Checkpoint.load`."""
        return self._whole.load(f"{self._label}_{name}")

    def offer(self, name: str, state: State, *, finished: bool) -> None:
        """As `Checkpoint.offer`."""
        self._whole.offer(f"{self._label}_{name}", state, finished=finished)
