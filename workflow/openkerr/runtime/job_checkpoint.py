"""Checkpoint of a job that runs many ensembles one after another, each perhaps shorter than the interval.

They share one folder, one lock and one clock.  Finished ensembles wait, to be written together: until the interval has
passed, or until they take too much memory, so that neither their work nor the memory of the job hangs on how the job is
cut.
"""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np

from openkerr.runtime.checkpoint import Checkpoint, State

WAITING_BYTES = 2**28
"""Memory of the finished parts that wait, beyond which they are written."""


class JobCheckpoint(Checkpoint):
    """Checkpoint of all ensembles of a job, as a context: see `openkerr.runtime.checkpoint.Checkpoint`."""

    def __init__(self, folder: str | Path, seconds: float = 60.0):
        super().__init__(folder, seconds)
        self._bytes = 0

    def __enter__(self) -> JobCheckpoint:
        super().__enter__()
        self._flushed = time.monotonic()
        return self

    def part(self, label: str) -> Part:
        """Names of their own for the parts of one ensemble."""
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
            self._write(due)


class Part:
    """The parts of one ensemble in the checkpoint of its job."""

    def __init__(self, whole: JobCheckpoint, label: str):
        self._whole, self._label = whole, label

    def load(self, name: str) -> dict[str, np.ndarray] | None:
        """As `openkerr.runtime.checkpoint.Checkpoint.load`."""
        return self._whole.load(f"{self._label}_{name}")

    def offer(self, name: str, state: State, *, finished: bool) -> None:
        """As `JobCheckpoint.offer`."""
        self._whole.offer(f"{self._label}_{name}", state, finished=finished)
