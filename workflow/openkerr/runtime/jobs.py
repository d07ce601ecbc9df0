"""What every job does around its own work: log, tell its progress, keep checkpoints, state its origin."""

from __future__ import annotations

import logging
import os
import threading
import time
import traceback
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from functools import cached_property
from pathlib import Path
from typing import Any

from openkerr.runtime.checkpoint import Checkpoint, Part
from openkerr.runtime.io import remove_cut_off
from openkerr.runtime.provenance import CodeChangedError, code_of_rule, digest, file_sha256, fingerprint, run_facts

HEARTBEAT_SECONDS = 30.0


class Progress:
    """Heartbeat of a long simulation: share done and time to go, as lines of the job's log.

    Parameters
    ----------
    total : int
        Work in all, in any unit; the object is called with amounts done in that unit, from any thread.
    log : logging.Logger
        Where the lines go.
    seconds : float
        Interval between lines.
    """

    def __init__(self, total: int, log: logging.Logger, seconds: float = HEARTBEAT_SECONDS):
        self.total, self.log, self.seconds = total, log, seconds
        self._done, self._mutex = 0, threading.Lock()
        self._began = self._told = time.monotonic()

    def __call__(self, amount: int) -> None:
        """Count work done; write a line if the last one is older than the interval."""
        with self._mutex:
            self._done += amount
            now = time.monotonic()
            if now - self._told < self.seconds:
                return
            self._told = now
            left = (now - self._began) * (self.total / self._done - 1.0)
            self.log.info("%5.1f %% done, about %.0f s to go", 100.0 * self._done / self.total, left)


class Job:
    """One job while it runs.

    Parameters
    ----------
    rule : str
        Name of the rule.
    params : mapping
        All that decides the result, plain JSON values; among them ``fingerprint``.
    n_threads : int
        Threads that the job was given.
    checkpoint_folder, checkpoint_seconds
        Folder of the run's checkpoints and interval between writings; without a folder there are none.
    input_paths : iterable of str
        Files and folders that the job is made from, as its provenance names them.
    output_paths : iterable of str
        Files that the job makes: jobs of equal parameters and other outputs keep checkpoints of their own.
    """

    def __init__(
        self,
        rule: str,
        params: Mapping[str, Any],
        n_threads: int = 1,
        checkpoint_folder: str | None = None,
        checkpoint_seconds: float = 60.0,
        input_paths: Iterable[str] = (),
        output_paths: Iterable[str] = (),
    ):
        self.rule = rule
        self.params = dict(params)
        self.n_threads = n_threads
        self.log = logging.getLogger("openkerr")
        self._input_paths, self._output_paths = dict.fromkeys(input_paths), list(output_paths)
        self._folder, self._seconds = checkpoint_folder, checkpoint_seconds
        self._kept: Checkpoint | None = None
        self._stack = ExitStack()
        self._began = time.perf_counter()

    def __enter__(self) -> Job:
        return self

    def __exit__(self, *raised: Any) -> None:
        self._stack.__exit__(*raised)

    @cached_property
    def inputs(self) -> dict[str, str]:
        """Path → SHA-256 of every file that the job is made from, those in folders too; computed once, when asked for.

        Raises FileNotFoundError for an input that is not there.
        """
        return {file.as_posix(): file_sha256(file) for path in self._input_paths for file in _files(Path(path))}

    def run_facts(self, inputs: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """Revision, versions, machine and the time since the job began.

        Given the inputs of the job, by their names in the rule: with rule, parameters and inputs too, which is all
        that it takes to run the script again, as for a figure.
        """
        facts = run_facts(time.perf_counter() - self._began, self.n_threads)
        if inputs is None:
            return facts
        return {"rule": self.rule, "parameters": self.params, "inputs": dict(inputs.items()), **facts}

    def provenance(self) -> dict[str, Any]:
        """Rule, parameters, seed, fingerprint, run facts and the checksums of all inputs."""
        parameters = {name: value for name, value in self.params.items() if name not in ("seed", "fingerprint")}
        return {
            "rule": self.rule,
            "parameters": parameters,
            "seed": self.params.get("seed"),
            "fingerprint": self.params["fingerprint"],
            "run": self.run_facts(),
            "inputs": self.inputs,
        }

    def progress(self, total: int) -> Progress:
        """Heartbeat of a simulation of so much work."""
        return Progress(total, self.log)

    @contextmanager
    def checkpoint(self, **part: Any) -> Iterator[Checkpoint | Part | None]:
        """The job's checkpoint, or the names in it of one part of the job.

        It is keyed by rule, params, fingerprint and outputs; it is opened by the first call, and is gone when the whole
        job has succeeded.
        """
        if self._folder is None:
            yield None
            return
        if self._kept is None:
            name = f"{self.rule}_{digest([self.rule, self.params, self._output_paths])[:16]}"
            self._kept = self._stack.enter_context(Checkpoint(Path(self._folder, name), self._seconds))
        yield self._kept.part(digest(part)[:16]) if part else self._kept


def _files(path: Path) -> list[Path]:
    """Return the file, or the files in a folder and below."""
    return sorted(file for file in path.rglob("*") if file.is_file()) if path.is_dir() else [path]


def _without_marks(inputs: Any) -> list[str]:
    """Return the paths of a rule's inputs, but for the marks of kernels.

    A mark says only that machine code was compiled. What it was compiled from is in the fingerprint, and its bytes
    are facts of a run: the results would seem to be made from other files each time.
    """
    marks = inputs.get("kernels", [])
    marks = [marks] if isinstance(marks, str) else list(marks)
    return [path for path in inputs if path not in marks]


def _check_code(rule: str, params: Mapping[str, Any]) -> None:
    """Refuse code that is no longer that for which a rule's job was planned, or that would run uncompiled."""
    files = code_of_rule(params.get("of_rule", rule), params.get("folder"))
    if files and fingerprint(*files) != params["fingerprint"]:
        names = " and ".join(file.name for file in files)
        raise CodeChangedError(f"{names} or what it imports was edited after this job was planned: run again")
    if os.environ.get("NUMBA_DISABLE_JIT", "0") != "0":
        raise CodeChangedError("NUMBA_DISABLE_JIT is set: the bits of a run are those of compiled kernels; unset it")


@contextmanager
def job(context: Any) -> Iterator[Job]:
    """Run a rule's own work; messages, and the traceback of an uncaught exception, go to the rule's log.

    A job whose code was edited after it had been planned ends with one line and writes nothing: its result would carry
    the fingerprint of code that did not make it.

    Parameters
    ----------
    context : object
        What Snakemake hands to a script: ``rule``, ``input``, ``output``, ``params``, ``log``, ``threads`` and
        ``resources``.
    """
    handler = logging.FileHandler(context.log[0], mode="w", encoding="utf-8")
    handler.setFormatter(logging.Formatter("%(asctime)s %(message)s", "%Y-%m-%d %H:%M:%S"))
    logger = logging.getLogger("openkerr")
    logger.setLevel(logging.INFO)
    logger.addHandler(handler)
    current = Job(
        context.rule,
        dict(context.params.items()),
        context.threads,
        context.resources.get("checkpoint_folder"),
        context.resources.get("checkpoint_seconds", 60.0),
        _without_marks(context.input),
        map(str, getattr(context, "output", ())),
    )
    try:
        _check_code(context.rule, current.params)
        # Snakemake gives an output to one job at a time, and runs a killed one again.
        for path in getattr(context, "output", ()):
            remove_cut_off(path)
        with current:
            yield current
        logger.info("done in %.1f s", current.run_facts()["elapsed_seconds"])
    except CodeChangedError as error:
        logger.error("%s", error)
        raise SystemExit(str(error)) from None
    except BaseException:
        logger.error("failed\n%s", traceback.format_exc())
        raise
    finally:
        logger.removeHandler(handler)
        handler.close()
