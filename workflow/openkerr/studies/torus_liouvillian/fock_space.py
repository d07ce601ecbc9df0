"""Fock states between which operators of the two cavities are kept."""

from __future__ import annotations

import math


def fock_states(aleph: float) -> int:
    """Fock states that are kept of operators of one of the two cavities: some widths beyond the classical torus."""
    return math.ceil(2.2 * aleph) + 24
