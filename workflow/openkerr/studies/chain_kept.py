"""What studies of single chains keep of them: simulations and their plans ask the same."""

from __future__ import annotations

from typing import NamedTuple


class Kept(NamedTuple):
    """What a study keeps of a chain besides moments, phases and histograms of all sites.

    Attributes
    ----------
    pairs : list of (int, int)
        Modes whose products are kept.
    signals : tuple of str
        What is correlated with itself at the chosen sites, names of `openkerr.studies.chain_ensemble.POWERS`.
    trajectory_means : tuple of int
        Modes whose photon number is kept of every trajectory.
    """

    pairs: list[tuple[int, int]]
    signals: tuple[str, ...]
    trajectory_means: tuple[int, ...] = ()


def neighbours(length: int, distance: int) -> list[tuple[int, int]]:
    """Modes of every site and of the one so many sites to its right."""
    return [(site, site + distance) for site in range(length - distance)]
