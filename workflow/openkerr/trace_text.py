"""A trail as indented plain text."""

from __future__ import annotations

import json
import textwrap
from collections import Counter
from collections.abc import Mapping
from typing import Any

from openkerr.provenance import digest
from openkerr.trace import Link

__all__ = ["trail"]

WIDTH = 118
MAX_VALUE = 4000
"""A list that is longer as text, such as all claims, is told by its digest; the file beside the result holds it."""


def trail(link: Link) -> str:
    """Return the trail as indented plain text, a verdict in its last line."""
    lines = _lines([link], "", {}, set())
    links = list(link.walk())
    counts = Counter(f"{each.kind} file" if each.kind == "raw" else each.kind for each in links)
    files = ", ".join(f"{number} {kind}{'s' if number > 1 else ''}" for kind, number in counts.items())
    broken, stale = len(link.breaks()), sum(each.stale is not None for each in links)
    if not broken and not stale:
        verdict = "whole: every checksum holds, all code is as it was"
    else:
        verdict = " and ".join([f"BROKEN in {broken}"] * bool(broken) + [f"STALE in {stale}"] * bool(stale))
    return "\n".join([*lines, f"{verdict} ({files})"])


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
        "STALE": link.stale or "",
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
    style = {"width": WIDTH, "break_long_words": False, "break_on_hyphens": False}
    style |= {"initial_indent": indent, "subsequent_indent": f"{indent}    "}
    return [line for label, text in told.items() for line in textwrap.wrap(f"{label}: {text}", **style)]
