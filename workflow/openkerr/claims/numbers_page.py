"""Page of every published number beside ours, and of what verdicts owe to thresholds that are ours."""

from __future__ import annotations

from typing import TYPE_CHECKING

from openkerr.claims.ledger import Claim, Ledger
from openkerr.claims.page import PAPERS, cell, number_text
from openkerr.claims.sensitivity import SCALES

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["numbers_page", "published_numbers"]

_HEAD = """\
# Published numbers

Every number that the papers print and a table of ours answers, ours from `{source}`, the distance in standard errors of
both together, and why they differ. `python -m openkerr published` writes this page from `config/claims.yaml` and the
tables; [claims](claims.md) tells how a verdict is found.
"""

_SENSITIVITY = """\
## What verdicts owe to our thresholds

The papers state hardly any tolerance: those of the ledger are ours. Each number below was changed alone, by the factors
in the heads, in every claim that has it: tolerances, limits, standard errors that decide, largest errors that let
agreement be called so, and the shares that one quantity is compared with; ends of a band in their distance from its
middle. *turned* counts claims that go from reproduced to deviates or back, *undecided* those that become or cease to be
unresolved.
"""


def published_numbers(ledger: Ledger) -> list[Claim]:
    """Claims of the papers that print a number, other than one that says that something is none."""
    return [claim for claim in ledger.claims if claim.paper != "ours" and claim.published]


def numbers_page(ledger: Ledger, verdicts: pd.DataFrame, sensitivity: pd.DataFrame, source: str) -> str:
    """Return the page as Markdown.

    Parameters
    ----------
    verdicts : pandas.DataFrame
        Table ``claims``.
    sensitivity : pandas.DataFrame
        As `openkerr.claims.sensitivity.sensitivity_table` returns it.
    source : str
        Folder whose tables were read.
    """
    found = verdicts.set_index("claim")
    parts = [_HEAD.format(source=source)]
    for paper in ("torus", "chain"):
        claims = [claim for claim in published_numbers(ledger) if claim.paper == paper]
        if not claims:
            continue
        lines = ["| where | what | published | ours | σ | verdict | why they differ |", "| --- " * 7 + "|"]
        for claim in claims:
            row = found.loc[claim.name]
            why = [claim.differs] if claim.differs and row["verdict"] != "reproduced" else []
            if row["verdict"] != "reproduced" and isinstance(row["note"], str):
                why.append(row["note"])
            cells = [
                claim.where, claim.statement, number_text(claim.published, claim.published_error),
                number_text(row["ours"], row["ours_error"]), number_text(row["sigma"], None, 2), row["verdict"],
                "; ".join(why) or "they agree",
            ]  # fmt: skip
            lines.append("| " + " | ".join(cell(each) for each in cells) + " |")
        parts.append(f"## {PAPERS[paper]}\n\n" + "\n".join(lines) + "\n")
    parts.append(_SENSITIVITY + "\n" + _sensitivity_lines(sensitivity))
    return "\n".join(parts)


def _sensitivity_lines(sensitivity: pd.DataFrame) -> str:
    heads = [f"× {scale:g}" for scale in SCALES]
    lines = [f"| threshold | claims | {' | '.join(f'turned {h}, undecided' for h in heads)} |"]
    lines.append("| --- " * (2 + len(SCALES)) + "|")
    both = sensitivity.assign(
        undecided=(sensitivity["verdict"] == "unresolved") != (sensitivity["changed"] == "unresolved"),
        differs=sensitivity["verdict"] != sensitivity["changed"],
    )
    both["turned"] = both["differs"] & ~both["undecided"]
    for threshold, rows in [*both.groupby("threshold"), ("all", both)]:
        counts = [rows[rows["scale"] == scale] for scale in SCALES]
        cells = [f"{each['turned'].sum()}, {each['undecided'].sum()}" for each in counts]
        lines.append(f"| {threshold} | {rows['claim'].nunique()} | {' | '.join(cells)} |".replace("_", "\\_"))
    lines.append("")
    turned = both[both["turned"]]
    if turned.empty:
        return "\n".join([*lines, "No claim turns.\n"])
    lines += ["Claims that turn:", "", "| claim | threshold | by | from | to |", "| --- " * 5 + "|"]
    for (claim, threshold), rows in turned.groupby(["claim", "threshold"], sort=False):
        value = rows["value"].iloc[0]
        by = ", ".join(f"{scale:g}" for scale in rows["scale"])
        cells = [claim, f"{threshold} = {value:g}", by, rows["verdict"].iloc[0], rows["changed"].iloc[0]]
        lines.append("| " + " | ".join(cell(each) for each in cells) + " |")
    return "\n".join([*lines, ""])
