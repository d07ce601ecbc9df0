"""A trail as indented plain text."""

from __future__ import annotations

import json
import textwrap
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from openkerr.record.trace import RESULTS, Link, in_record
from openkerr.runtime.provenance import digest

__all__ = ["trail"]

WIDTH = 118
MAX_VALUE = 4000
"""A list that is longer as text, such as all claims, is told by its digest; the file beside the result holds it."""


CONFIGURATIONS = {"default": "", "paper": " --configfile config/paper.yaml"}
"""Scale → what a run of it is started with; every other scale has a file of the user's."""


def trail(link: Link) -> str:
    """Return the trail as indented plain text: a verdict in its first line, what it asks for, and every file."""
    links = list(link.walk())
    older = any(each.stale for each in links)
    return "\n".join([_verdict(links), *(_advice(link) if older else []), *_lines([link], "", {}, set())])


def _verdict(links: list[Link]) -> str:
    """Return whether a trail is whole, rests on earlier code or is broken, and the number of its files."""
    counts = Counter(f"{each.kind} file" if each.kind == "raw" else each.kind for each in links)
    files = ", ".join(f"{number} {kind}{'s' if number > 1 else ''}" for kind, number in counts.items())
    broken, older = sum(bool(each.broken) for each in links), sum(each.stale is not None for each in links)
    all_files = f"{len(links)} file{'s' * (len(links) > 1)}"
    if broken:
        more = f"; {older} older" if older else ""
        return f"BROKEN: {broken} of {all_files} altered, missing or of unknown origin{more} ({files})"
    if older:
        were = "was" if older == 1 else "were"
        return f"older: {older} of {all_files} {were} computed with earlier code, every checksum holds ({files})"
    return f"whole: every checksum holds, all code is as it was ({files})"


def _advice(link: Link) -> list[str]:
    """Return what earlier code means for a reader, and how to compute anew."""
    meaning = "  What is marked OLDER below are the numbers of the code as it was then; they need not be wrong."
    if link.file is not None and in_record(link.file):
        return [
            meaning,
            "  To compare a sample of the record with today's code: make verify",
            "  To compute the record anew (hours): make paper, then make record",
        ]
    place = Path(link.name).parts
    of_run = place[0] == RESULTS and len(place) > 2
    target = link.name if of_run else link.rule or "TARGET"
    configuration = CONFIGURATIONS.get(place[1] if of_run else "", " --configfile CONFIG")
    return [
        meaning,
        "  To compute anew what is older, and nothing else:",
        f"    snakemake --cores 2 {target}{configuration}",
    ]


def _lines(links: list[Link], indent: str, above: Mapping[str, str], printed: set[int]) -> list[str]:
    """Return the lines of links of one kind and rule: first what they share, then each by itself."""
    kind = links[0].kind
    if all(id(link) in printed for link in links):
        names = links[0].name if len(links) == 1 else f"{len(links)} files"
        return [f"{indent}{kind} {names}: see above"]
    printed.update(id(link) for link in links)
    told = [_told(link) for link in links]
    shared = {key: text for key, text in told[0].items() if all(other.get(key) == text for other in told)}
    inner = indent + "  "
    lines = [f"{indent}{kind} {links[0].name if len(links) == 1 else f'{len(links)} files'}"]
    if len(links) > 1:
        lines += _paragraphs(shared, inner, above)
    for link, texts in zip(links, told, strict=True):
        if len(links) > 1:
            own = {key: text for key, text in texts.items() if key not in shared}
            lines.append(f"{inner}{link.name}")
            lines += _paragraphs(own, inner + "  ", above)
        else:
            lines += _paragraphs(texts, inner, above)
        groups: dict[tuple[str, str | None], list[Link]] = {}
        for behind in link.inputs:
            groups.setdefault((behind.kind, behind.rule), []).append(behind)
        for group in groups.values():
            lines += _lines(group, inner + "  " * (len(links) > 1), {**above, **texts}, printed)
    return lines


def _told(link: Link) -> dict[str, str]:
    """Return label → text of what a link says, in the order of printing; parameters one by one."""
    origin, run = link.origin, link.run
    texts = {
        "BROKEN": "; ".join(link.broken),
        "OLDER": link.stale or "",
        "note": link.note or "",
        "sha256": link.sha256[:12] if link.sha256 and (link.file or link.note) else "",
    }
    if origin:
        texts["rule"] = f"{link.rule or 'not told'}, fingerprint {str(origin.get('fingerprint'))[:12]}"
        parameters = _flat("parameters", origin.get("parameters") or {})
        texts.update({label: text for label, text in parameters.items() if label != "parameters.fingerprint"})
        texts["seed"] = "" if origin.get("seed") is None else str(origin["seed"])
        texts["config"] = str(origin.get("config_digest") or "")[:12]
        states = {"True": "clean", "False": "with changes that were not committed"}
        state = states.get(str(run.get("git_clean")), "unknown state")
        texts["revision"] = f"{run.get('git_revision') or 'unknown'}, {state}"
        elapsed = run.get("elapsed_seconds")
        spent = f", {elapsed:.1f} s" if isinstance(elapsed, (int, float)) else ""
        texts["run"] = f"{run.get('date') or 'no date'}{spent}, threads: {run.get('n_threads') or 'unknown'}"
        texts["machine"] = f"{run.get('cpu_model')}, {run.get('system')}"
        versions = run.get("versions")
        if isinstance(versions, Mapping):
            texts["versions"] = ", ".join(f"{name} {version}" for name, version in versions.items())
    return {label: text for label, text in texts.items() if text}


def _flat(label: str, value: Any) -> dict[str, str]:
    """Return label → JSON text of a value and of all inside it."""
    if isinstance(value, Mapping):
        return {key: text for name, item in value.items() for key, text in _flat(f"{label}.{name}", item).items()}
    text = json.dumps(value, separators=(",", ":"))
    if len(text) > MAX_VALUE and isinstance(value, list):
        text = f"[{len(value)} entries, sha256 {digest(value)[:12]}]"
    return {label: text}


def _paragraphs(texts: Mapping[str, str], indent: str, above: Mapping[str, str]) -> list[str]:
    """Return wrapped lines; what holds for the file above too is not told in full again."""
    same = [
        label for label in ("revision", "machine", "versions") if label in texts and above.get(label) == texts[label]
    ]
    told: dict[str, str] = {}
    for label, text in texts.items():
        head, _, name = label.partition(".")
        if name:
            told[head] = f"{told[head]} {name}={text}" if head in told else f"{name}={text}"
        elif label not in same:
            told[label] = text
    if same:
        told[", ".join(same)] = "as above"
    style: dict[str, Any] = {"width": WIDTH, "break_long_words": False, "break_on_hyphens": False}
    style |= {"initial_indent": indent, "subsequent_indent": f"{indent}    "}
    return [line for label, text in told.items() for line in textwrap.wrap(f"{label}: {text}", **style)]
