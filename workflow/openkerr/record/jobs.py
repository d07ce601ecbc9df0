"""Jobs behind a record run again: one of every rule, drawn by a seed, at the statistics of the record."""

from __future__ import annotations

import contextlib
import json
import os
import runpy
import tempfile
import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np

from openkerr.record.data import data_digest
from openkerr.record.namespace import Files, Values
from openkerr.record.record import RecordError, read_manifest
from openkerr.record.trace import KEPT_ORIGINS, Tracer
from openkerr.runtime.provenance import code_of_rule, run_facts

__all__ = ["Rerun", "draw_jobs", "rerun"]

_COMPILERS = ("numba", "numpy", "scipy")

_MEMORY = {"max_coherences": 10**9}
"""What rules get from the scheduler besides parameters; a job that had enough needs no more."""


@dataclass(frozen=True)
class Drawn:
    """A job whose raw data the record does not keep: what it was made from and what came out, by its checksum."""

    rule: str
    name: str
    origin: Mapping[str, Any]
    data: str | None

    @property
    def seconds(self) -> float:
        """Core time that it took."""
        run = self.origin["run"]
        return float(run["elapsed_seconds"] * run.get("n_threads", 1))


@dataclass(frozen=True)
class Rerun:
    """What came of running a job again; ``equal`` is None where it was not run, or tells nothing."""

    job: Drawn
    equal: bool | None
    reason: str = ""
    seconds: float = float("nan")

    def text(self) -> str:
        """Return one line."""
        if self.equal is None:
            return f"{self.job.rule}: {self.reason} ({self.job.name})"
        verdict = "equal to the last bit" if self.equal else f"DIFFERS{self.reason}"
        return f"{self.job.rule}: {verdict}, {self.seconds:.0f} s, recorded {self.job.seconds:.0f} s ({self.job.name})"


def draw_jobs(folder: Path, seed: int) -> list[Drawn]:
    """Return one job of every rule that made raw data of a record, those of today's code before others.

    Raises RecordError where there is no record.
    """
    read_manifest(folder)
    found: dict[str, dict[str, Drawn]] = {}
    for file in sorted((folder / KEPT_ORIGINS).glob("*.json")):
        for sha256, entry in json.loads(file.read_text(encoding="utf-8")).items():
            rule = entry["provenance"]["rule"]
            found.setdefault(rule, {})[sha256] = Drawn(rule, entry["name"], entry["provenance"], entry.get("data"))
    tracer, random = Tracer(), np.random.default_rng(seed)
    drawn = []
    for _, jobs in sorted(found.items()):
        usable = [job for _, job in sorted(jobs.items()) if _why_not(job, tracer) is None]
        pool = usable or [job for _, job in sorted(jobs.items())]
        drawn.append(pool[random.integers(len(pool))])
    return drawn


def rerun(jobs: Iterable[Drawn]) -> Iterator[Rerun]:
    """Run jobs again, one after the other, and yield what came of each.

    Nothing is written but to a temporary folder.  Bits are those of a processor: on another one a difference is told,
    but is no fault.
    """
    tracer = Tracer()
    for job in jobs:
        reason = _why_not(job, tracer)
        if reason is not None:
            yield Rerun(job, None, reason)
            continue
        began = time.perf_counter()
        with tempfile.TemporaryDirectory() as folder:
            output = Path(folder, Path(job.name).name)
            try:
                _run(job, output, Path(folder))
                data = data_digest(output)
            except Exception as error:
                raise RecordError(f"{job.name} cannot be made again: {type(error).__name__}: {error}") from error
        seconds = time.perf_counter() - began
        others = _other_bits(job.origin["run"])
        if data != job.data and others:
            yield Rerun(job, None, f"other bits, which tells nothing here: recorded with {others}", seconds)
        else:
            yield Rerun(job, data == job.data, "", seconds)


def _other_bits(run: Mapping[str, Any]) -> str:
    """Name the processor and the compilers of a run that are not those of today, on which bits depend."""
    today, versions = run_facts(), run.get("versions", {})
    found = [] if run.get("cpu_model") == today["cpu_model"] else [str(run.get("cpu_model"))]
    others = [name for name in _COMPILERS if versions.get(name) != today["versions"].get(name)]
    return ", ".join([*found, *(f"{name} {versions.get(name)}" for name in others)])


def _why_not(job: Drawn, tracer: Tracer) -> str | None:
    """Say why a job cannot be run again; None where it can."""
    folder = job.origin.get("parameters", {}).get("folder")
    if not code_of_rule(job.rule, folder):
        return "there is no script of that rule today"
    if tracer.fingerprint(job.rule, folder) != job.origin["fingerprint"]:
        return "computed with an earlier version: not run"
    if job.data is None:
        return "recorded without a checksum of its data: not run"
    if job.origin.get("inputs"):
        return "made from other raw data, which are not kept: not run"
    return None


def _run(job: Drawn, output: Path, folder: Path) -> None:
    """Run the script of a rule as Snakemake would."""
    parameters = dict(job.origin["parameters"])
    if job.origin.get("seed") is not None:
        parameters["seed"] = job.origin["seed"]
    threads = min(int(job.origin["run"].get("n_threads") or 1), os.cpu_count() or 1)
    context = SimpleNamespace(
        rule=job.rule,
        input=Files(),
        output=[str(output)],
        params=Values({**parameters, "fingerprint": job.origin["fingerprint"]}),
        log=[str(folder / "log")],
        threads=threads,
        resources=Values(_MEMORY),
    )
    script = code_of_rule(job.rule, parameters.get("folder"))[0]
    with open(folder / "out", "w", encoding="utf-8") as out, contextlib.redirect_stdout(out):
        runpy.run_path(str(script), init_globals={"snakemake": context})
