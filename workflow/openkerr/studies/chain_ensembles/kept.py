"""What the study keeps of a chain."""

from __future__ import annotations

from openkerr.studies.chain_kept import Kept, neighbours


def chain_kept(length: int) -> Kept:
    """Products of nearest and next nearest neighbours to the right, and of every site with the centre.

    The centre is site length // 2, counted from 1.
    """
    center = length // 2 - 1
    pairs = neighbours(length, 1) + neighbours(length, 2) + [(center, site) for site in range(length)]
    return Kept(pairs, ("field",), (length - 1,))
