"""Faults that a reader of the paper on the limit torus would name, by claim: see claim_faults.py."""

from systems.claim_faults import Case

CASES: dict[str, Case] = {}

PENDING: frozenset[str] = frozenset()
"""Claims that some fault passes, until they are mended."""
