"""How far verdicts hang on the thresholds of the ledger, which are ours and not the papers'."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from openkerr.claims.ledger import Claim, ClaimsError, Ledger
from openkerr.claims.verdicts import judge_claims

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["SCALES", "sensitivity_table"]

SCALES = (0.5, 0.8, 1.2, 1.5)
"""Factors by which a threshold is changed, one threshold at a time."""

_THRESHOLDS = ("sigma", "tolerance", "relative_tolerance", "largest_error", "low", "high")


def sensitivity_table(
    ledger: Ledger, tables: Mapping[str, pd.DataFrame | str], parameters: Mapping[str, Any] | None = None
) -> pd.DataFrame:
    """Return the verdict on every claim with each of its thresholds changed by `SCALES`.

    Thresholds are the numbers of its rule other than counts, the factor of the quantity that it is compared with, and
    bounds of a selection on the column that is judged. Both ends of a band are moved in their distance from its middle,
    shares next to one and factors in their distance from one. Claims that are unresolved for want of tables are left
    out.

    Returns
    -------
    pandas.DataFrame
        Columns claim, paper, threshold, value, scale, verdict, and changed, the verdict that it becomes.
    """
    import pandas as pd

    base = judge_claims(ledger, tables, parameters).set_index("claim")
    rows = []
    for claim in ledger.claims:
        found = base.loc[claim.name]
        if found["verdict"] == "unresolved" and not found["ours"] == found["ours"]:
            continue
        for threshold, value, scale, changed in _changed(claim):
            one = Ledger(published=ledger.published, claims=(changed,))
            verdict = judge_claims(one, tables, parameters)["verdict"].item()
            rows.append((claim.name, claim.paper, threshold, value, scale, found["verdict"], verdict))
    return pd.DataFrame(rows, columns=["claim", "paper", "threshold", "value", "scale", "verdict", "changed"])


def _changed(claim: Claim) -> Iterator[tuple[str, float, float, Claim]]:
    """Threshold, its value, the factor, and the claim with it; what the ledger would refuse is left out."""
    plain = claim.model_dump(mode="json", exclude_defaults=True)
    places: list[tuple[str, Sequence[str]]] = []
    if claim.rule.kind != "count":
        places += [(name, ("rule", name)) for name in _THRESHOLDS if getattr(claim.rule, name)]
    if claim.against is not None and claim.against.factor != 1.0:
        places.append(("factor", ("against", "factor")))
    for name, wanted in claim.measured.select.items():
        judged = claim.rule.kind == "count" or name == claim.measured.column
        if judged and hasattr(wanted, "at_least"):
            places += [(end, ("measured", "select", name, end)) for end in ("at_least", "at_most", "above", "below")
                       if getattr(wanted, end)]  # fmt: skip
    for label, place in places:
        value = _at(plain, place)
        middle = _middle(_at(plain, place[:-1]), place[-1], value)
        for scale in SCALES:
            copy = _with(plain, place, middle + scale * (value - middle))
            try:
                (changed,) = Ledger.read({"claims": [copy]}).claims
            except ClaimsError:
                continue
            yield label, value, scale, changed


_OTHER_ENDS = {"low": "high", "high": "low", "at_least": "at_most", "at_most": "at_least"}


def _middle(mapping: Mapping[str, Any], name: str, value: float) -> float:
    """From where the distance of a threshold is scaled: the middle of its band, one, or zero."""
    other = mapping.get(_OTHER_ENDS.get(name, ""))
    if isinstance(other, int | float) and other:
        return 0.5 * (value + other)
    ends = name in ("low", "high", "above", "below", "at_least", "at_most")
    return 1.0 if name == "factor" or (ends and 0.5 < value <= 1.0) else 0.0


def _at(mapping: Mapping[str, Any], place: Sequence[str]) -> Any:
    for step in place:
        mapping = mapping[step]
    return mapping


def _with(mapping: Mapping[str, Any], place: Sequence[str], value: float) -> dict[str, Any]:
    """A copy with another number at a place."""
    first, *rest = place
    return {**mapping, first: _with(mapping[first], rest, value) if rest else value}
