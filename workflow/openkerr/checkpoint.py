"""Checkpoints of long simulations: written on the clock, whole or not at all, locked, gone on success.

A simulation consists of named parts (batches of an ensemble), each with a state that is a mapping of arrays.  A part
that is offered between two segments of its work is written when its last writing lies longer back than the interval.
Finished parts wait, to be written together: until the interval has passed, or until they take too much memory.  After a
kill the same simulation finds what was written and goes on from there, with the same bits, because states are stored as
they are.
"""

from __future__ import annotations

import fcntl
import shutil
import threading
import time
import zipfile
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from openkerr.io import atomic_output

State = Mapping[str, np.ndarray]

WAITING_BYTES = 2**28
"""Memory of the finished parts that wait, beyond which they are written."""


class CheckpointError(RuntimeError):
    """A checkpoint that cannot be used: held by another process, or damaged."""


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
        On entry, if another process holds the folder.
    """

    def __init__(self, folder: str | Path, seconds: float = 60.0):
        self.folder = Path(folder)
        self.seconds = seconds
        self._mutex = threading.Lock()
        self._finished: dict[str, State] = {}
        self._written: dict[str, float] = {}
        self._bytes = 0

    def __enter__(self) -> Checkpoint:
        self.folder.mkdir(parents=True, exist_ok=True)
        self._lock = (self.folder / "lock").open("w")
        try:
            # The kernel gives the lock back when its owner dies, however it dies.
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            self._lock.close()
            raise CheckpointError(
                f"checkpoint {self.folder.name} is held by another process: wait for it or end it"
            ) from None
        self._flushed = time.monotonic()
        return self

    def __exit__(self, kind, _value, _traceback) -> None:
        if kind is None:
            shutil.rmtree(self.folder, ignore_errors=True)
        self._lock.close()

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

    def part(self, label: str) -> Part:
        """Names of their own for one of several ensembles, which share folder, lock and clock."""
        return Part(self, label)

    def offer(self, name: str, state: State, *, finished: bool) -> None:
        """Write a part's state, and the finished parts that wait, if it is time to.

        The state of a finished part is kept by reference and must not change afterwards.
        """
        with self._mutex:
            now = time.monotonic()
            late = now - self._written.setdefault(name, now) >= self.seconds
            if finished:
                self._finished[name] = state
                self._bytes += sum(array.nbytes for array in state.values())
            waiting = self._finished and (now - self._flushed >= self.seconds or self._bytes > WAITING_BYTES)
            if not (waiting or (late and not finished)):
                return
            due = {name: state, **self._finished}
            self._written[name] = self._flushed = now
            self._finished, self._bytes = {}, 0
            for part, arrays in due.items():
                with atomic_output(self.folder / f"{part}.npz") as path:
                    np.savez(path, **arrays)


class Part:
    """The parts of one ensemble in a checkpoint that holds several."""

    def __init__(self, whole: Checkpoint, label: str):
        self._whole, self._label = whole, label

    def load(self, name: str) -> dict[str, np.ndarray] | None:
        """As `Checkpoint.load`."""
        return self._whole.load(f"{self._label}_{name}")

    def offer(self, name: str, state: State, *, finished: bool) -> None:
        """As `Checkpoint.offer`."""
        self._whole.offer(f"{self._label}_{name}", state, finished=finished)
