"""What the study keeps of a chain."""

from __future__ import annotations

from openkerr.studies.chain_kept import Kept, neighbours


def thermal_kept(length: int) -> Kept:
    """Products of every site with its right neighbour, with its left one, and with the next nearest to the right."""
    right = neighbours(length, 1)
    return Kept(right + [(high, low) for low, high in right] + neighbours(length, 2), ("field", "density"))
