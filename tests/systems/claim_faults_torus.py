"""Faults that a reader of the paper on the limit torus would name, by claim: see claim_faults.py."""

from systems.claim_faults import Case

CASES: dict[str, Case] = {}

PENDING = frozenset({
    *("torus_03a", "torus_03b", "torus_03c", "torus_03d"),
    *("torus_09b", "torus_09c", "torus_09d", "torus_09e"),
    *("torus_10b", "ours_05"),
})  # fmt: skip
"""Claims that some fault passes, until they are mended."""
