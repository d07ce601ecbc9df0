"""Size, memory and time of the sectors of the Liouvillian, before they are solved."""

from __future__ import annotations

import math

from openkerr.studies.planning import BYTES_OF_PROCESS

BYTES_PER_COHERENCE = 1500
"""Memory of a Liouvillian's block and of the vectors of its Krylov space."""

SECONDS_PER_PRODUCT = 8e-9
"""Cost of one coherence in a product with the Liouvillian, on one core."""


def sector_coherences(aleph: float, tolerance: float) -> float:
    """Estimated coherences of a sector of the two cavities, basis widened: measured from aleph = 0.5 to 128."""
    return 1500 + 194e3 * (aleph / 64) ** 1.6 * (math.log(1 / tolerance) / 12.7) ** 1.5


def sector_megabytes(n_coherences: float) -> float:
    """Estimated memory of a sector at one aleph, in MB."""
    return (BYTES_OF_PROCESS + BYTES_PER_COHERENCE * n_coherences) / 1e6


def coherences_within(megabytes: float) -> int:
    """Coherences of the largest sector that fits into so much memory."""
    return int((1e6 * megabytes - BYTES_OF_PROCESS) / BYTES_PER_COHERENCE)


def sector_seconds(n_coherences: float) -> float:
    """Estimated time of a sector at one aleph, in seconds on one core: products grow like the widest rate."""
    return 1.5 + SECONDS_PER_PRODUCT * n_coherences * (4000 + 45 * math.sqrt(n_coherences))
