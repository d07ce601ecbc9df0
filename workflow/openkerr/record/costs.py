"""What figures cost when they were recorded, for the table of README: core time of all that each rests on."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from openkerr.record.trace import KEPT_ORIGINS
from openkerr.run.config import RunConfig
from openkerr.run.estimate import duration, estimate

__all__ = ["recorded_seconds", "with_costs"]

_GROUPS = ("inputs", "raw", "tables")
_ROW = re.compile(r"^(\|.*\|)([^|\n]*figure_[^|\n]*)\|[^|\n]*\|$", re.MULTILINE)
_BLOCK = re.compile(r"(<!-- costs -->\n).*?(<!-- end of costs -->)", re.DOTALL)


def recorded_seconds(record: Path) -> tuple[dict[str, float], float]:
    """Return the core time in seconds of each recorded figure with all that it rests on, and of all jobs, each once.

    Reads what the files of the record say of their runs, and follows no checksum: that is done by ``trace``.
    """
    origins: dict[str, Any] = {}
    for path in (record / KEPT_ORIGINS).glob("*.json"):
        kept = json.loads(path.read_text(encoding="utf-8"))
        origins |= {Path(entry["name"]).as_posix(): entry["provenance"] for entry in kept.values()}
    for path in [*(record / "tables").glob("*.json"), *(record / "grids").glob("*.json")]:
        origins[path.stem] = json.loads(path.read_text(encoding="utf-8"))["provenance"]
    figures: dict[str, float] = {}
    jobs: dict[tuple[Any, ...], float] = {}
    for path in sorted((record / "figures").glob("*.json")):
        facts = json.loads(path.read_text(encoding="utf-8"))
        found = dict(_jobs(facts | {"rule": path.stem, "inputs": _paths(facts["run"].get("inputs"))}, origins))
        figures[path.stem] = sum(found.values())
        jobs |= found
    return figures, sum(jobs.values())


def with_costs(text: str, figures: Mapping[str, float], total: float, paper: RunConfig) -> str:
    """Return README's text with the last cell of every figure's row, and the sentences on all of them, as they are."""

    def row(found: re.Match[str]) -> str:
        names = re.findall(r"figure_(\w+)", found[2])
        times = [figures[name] for name in names if name in figures]
        return f"{found[1]}{found[2]}| {duration(max(times)) if times else 'not recorded yet'} |"

    jobs = [job for each in estimate(paper) for job in each.jobs]
    seconds, memory = sum(job.seconds for job in jobs), max(job.megabytes for job in jobs)
    disk = sum(job.raw_bytes for job in jobs)
    told = f"""\
Core time of all that a figure rests on, as it was recorded; what figures share is counted with
each, and the record took {duration(total)} in all. `make estimate` expects {duration(seconds)} of core time of
today's code at the papers' scale, {memory / 1000:.1f} GB of memory for the largest job and
{disk / 1e9:.1f} GB of disk, and tells these for your configuration and targets before a run starts.
"""
    return _BLOCK.sub(lambda block: block[1] + told + block[2], _ROW.sub(row, text))


def _jobs(facts: Mapping[str, Any], origins: Mapping[str, Any]) -> Iterator[tuple[tuple[Any, ...], float]]:
    """Yield every job behind a file, some more than once, by what tells it from others, with its core time."""
    queue, seen = [facts], set[str]()
    while queue:
        each = queue.pop()
        run = each.get("run", {})
        if "elapsed_seconds" in run:
            yield (
                (each.get("rule"), run.get("date"), run["elapsed_seconds"]),
                run["elapsed_seconds"] * run.get("n_threads", 1),
            )
        for name in (name for group in _GROUPS for name in each.get(group) or ()):
            known = name if name in origins else Path(name).stem
            if known in origins and known not in seen:
                seen.add(known)
                queue.append(origins[known])


def _paths(inputs: Any) -> list[str]:
    values = inputs.values() if isinstance(inputs, Mapping) else inputs or []
    return [each for each in values if isinstance(each, str)]
