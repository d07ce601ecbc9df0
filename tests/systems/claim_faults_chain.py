"""Faults that a reader of the paper on the chain would name, by claim: see claim_faults.py."""

from systems.claim_faults import Case

CASES: dict[str, Case] = {}

PENDING = frozenset({"chain_09e", "chain_02j", "chain_11c", "chain_13d", "chain_04b"})
"""Claims that some fault passes, until they are mended."""
