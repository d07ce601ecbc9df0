"""Checkpoints of long simulations: written on the clock, whole or not at all, locked, gone on success.

A simulation consists of named parts (batches of an ensemble), each with a state that is a mapping of arrays.  A part
that is offered between two segments of its work is written when its last writing lies longer back than the interval;
finished parts are written along.  After a kill the same simulation finds what was written and goes on from there, with
the same bits, because states are stored as they are.
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


class CheckpointError(RuntimeError):
    """A checkpoint that cannot be used: held by another process, not to be locked, or damaged."""


class Checkpoint:
    """Checkpoint of one simulation, as a context: locked on entry, removed when the block ends without an error.

    Parameters
    ----------
    folder : path
        Folder of this simulation alone; its name should hold a digest of all that decides the result.
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
        self._finished: dict[str, State] = {}
        self._written: dict[str, float] = {}

    def __enter__(self) -> Checkpoint:
        self.folder.mkdir(parents=True, exist_ok=True)
        try:
            self._lock = lock_folder(self.folder)
        except FolderLockError as error:
            raise CheckpointError(f"checkpoint {self.folder.name} {error}") from None
        self._began = time.monotonic()
        return self

    def __exit__(self, kind: type[BaseException] | None, _value: object, _traceback: object) -> None:
        if kind is None:
            shutil.rmtree(self.folder, ignore_errors=True)
        self._lock.release()

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
        """Write a part's state, and the finished parts that wait, if the interval has passed.

        The state of a finished part is kept by reference and must not change afterwards.
        """
        with self._mutex:
            now = time.monotonic()
            if finished:
                self._finished[name] = state
            if now - self._written.get(name, self._began) < self.seconds:
                return
            self._written[name] = now
            due, self._finished = {name: state, **self._finished}, {}
            self._write(due)

    def _write(self, parts: Mapping[str, Mapping[str, Any]]) -> None:
        for part, arrays in parts.items():
            with atomic_output(self.folder / f"{part}.npz") as path:
                np.savez(path, **arrays)
