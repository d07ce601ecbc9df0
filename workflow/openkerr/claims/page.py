"""The table of claims as a page to read."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["PAPERS", "cell", "claims_lines", "claims_page", "claims_summary", "number_text", "place_holds"]

PAPERS = {
    "torus": "Limit torus (arXiv:2507.03764)",
    "chain": "Bose-Hubbard chain (arXiv:2409.12225)",
    "ours": "Our own",
    "extensions": "Systems of extensions",
}
_HEAD = """\
# Claims

Each claim held against the tables of this run by the rule that `config/claims.yaml` gives it; `docs/claims.md` tells
how to read and to add claims. *reproduced* and *deviates* are decided beyond the stated number of standard errors;
*unresolved* means that a table, its rows or its errors do not decide.
"""


def claims_summary(frame: pd.DataFrame) -> str:
    """Return the number of claims of each verdict, in words."""
    counts = frame["verdict"].value_counts()
    return ", ".join(f"{counts.get(name, 0)} {name}" for name in ("reproduced", "deviates", "unresolved"))


def claims_page(frame: pd.DataFrame) -> str:
    """Return the table `claims` as Markdown, a section for each paper."""
    parts = [_HEAD, f"In all: {claims_summary(frame)}.\n"]
    for paper, title in PAPERS.items():
        rows = frame[frame["paper"] == paper]
        if rows.empty:
            continue
        parts.append(f"## {title}\n\n{claims_summary(rows)}.\n")
        lines = ["| claim | where | statement | published | ours | σ | verdict | table, note |", "| --- " * 8 + "|"]
        for row in rows.to_dict("records"):
            note = row["table"] + (f": {row['note']}" if isinstance(row["note"], str) else "")
            cells = [
                row["claim"], row["where"], row["statement"], number_text(row["published"], row["published_error"]),
                number_text(row["ours"], row["ours_error"]), number_text(row["sigma"], None, 2),
                f"**{row['verdict']}**", note,
            ]  # fmt: skip
            lines.append("| " + " | ".join(cell(each) for each in cells) + " |")
        parts.append("\n".join(lines) + "\n")
    return "\n".join(parts)


def place_holds(place: str, wanted: str) -> bool:
    """Whether a place in a paper names what is wanted, case aside; Fig. 1 is no part of Fig. 11, but of Fig. 1b."""
    return re.search(rf"(?<!\w){re.escape(wanted)}(?!\d|[IVX])", place, re.IGNORECASE) is not None


def claims_lines(frame: pd.DataFrame) -> str:
    """Return the table `claims` as text: a line for each claim with place and statement, one below it with what was
    found, and the counts in the last line."""
    lines = []
    width = max(len(name) for name in frame["claim"])
    for row in frame.to_dict("records"):
        numbers = [
            f"{word} {text}"
            for word, text in (
                ("published", number_text(row["published"], row["published_error"])),
                ("ours", number_text(row["ours"], row["ours_error"])),
            )
            if text
        ]
        told = "; ".join([*numbers, *([row["note"]] if isinstance(row["note"], str) else [])])
        lines.append(f"{row['claim']:{width}}  {row['verdict']:10}  {row['where']}: {row['statement']}")
        lines.append(f"{'':{width}}  {'':10}  {told}".rstrip())
    return "\n".join([*(line for line in lines if line), claims_summary(frame)])


def cell(text: str) -> str:
    """Return text as a cell of a Markdown table."""
    for sign in ("|", "_", "<"):
        text = text.replace(sign, f"\\{sign}")
    return text


def number_text(value: float | None, error: float | None, digits: int = 6) -> str:
    """Return a number with its error, or nothing where there is none."""
    if value is None or value != value:
        return ""
    if error is None or error != error:
        return f"{value:.{digits}g}"
    return f"{value:.{digits}g} ± {error:.2g}"
