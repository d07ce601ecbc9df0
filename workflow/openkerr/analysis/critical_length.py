"""Lengths at which half of the trajectories have arrived at the wave by a time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from openkerr.analysis.metastability import Point
from openkerr.analysis.survival import Passages, share_stderr
from openkerr.numerics.stats import line_zero


@dataclass(frozen=True)
class Arrivals:
    """First arrivals at the wave from the noisy vacuum, of one chain; ``final_time`` is that of its runs."""

    length: int
    drive_amplitude: float
    final_time: float
    passages: Passages


def arrivals_of(point: Point, rules: Mapping[str, Any]) -> list[Arrivals]:
    """Arrivals of a point by the last site; none of other starts or without noise."""
    if (point.start, point.noise) != ("vacuum", "quantum"):
        return []
    passages = point.passages(point.sites.index("last"), rules)
    return [Arrivals(point.length, point.drive_amplitude, float(point.ends[-1]), passages)]


def critical_lengths(arrivals: Sequence[Arrivals], times: Sequence[float]) -> pd.DataFrame:
    """Lengths at which half of the trajectories have arrived by a time: table ``chain_critical_length``.

    Between two neighbouring lengths, the last with more and with less than half, ln(-ln S), S the share that has not
    arrived, is taken for linear in the length: it is where the rate is exponential in it.  Where all or none have
    arrived S is half a trajectory from there.  The systematic error is the greatest change of the result if ln(-ln S)
    is linear in the logarithm of the length, if S itself is linear in the length, and if a quarter of a trajectory
    takes the place of the half.
    """
    rows = []
    for drive in sorted({each.drive_amplitude for each in arrivals}):
        of_drive = sorted((each for each in arrivals if each.drive_amplitude == drive), key=lambda each: each.length)
        for time in times:
            known = [_left(each, time) for each in of_drive if each.final_time >= time * (1 - 1e-9)]
            if known:
                lengths = [left.length for left in known]
                found = {"length_min": min(lengths), "length_max": max(lengths)} | _crossing(known)
                rows.append({"drive_amplitude": drive, "time": time} | found)
    return pd.DataFrame(rows, columns=["drive_amplitude", "time", *_ESTIMATES, "length_min", "length_max"])


_ESTIMATES = ("length", "length_stderr", "length_systematic", "length_below", "length_above")


class _Left(NamedTuple):
    """Share of so many trajectories that has not arrived in a chain of a length."""

    length: int
    share: float
    n: int

    def log_rate(self, missing: float = 0.5) -> float:
        """ln(-ln S) less its value at S = 1/2; of all or none a part of a trajectory is missing."""
        share = np.clip(self.share, missing / self.n, 1 - missing / self.n)
        return float(np.log(np.log(share) / np.log(0.5)))

    @property
    def stderr(self) -> float:
        """Standard error of the same."""
        share = np.clip(self.share, 0.5 / self.n, 1 - 0.5 / self.n)
        return float(share_stderr(self.share, self.n) / (share * -np.log(share)))


def _left(arrivals: Arrivals, time: float) -> _Left:
    passages = arrivals.passages
    return _Left(arrivals.length, float(1 - (passages.passed & (passages.times <= time)).mean()), len(passages.times))


def _crossing(known: Sequence[_Left]) -> dict[str, float]:
    """Estimate and bracket from chains in order of their lengths; not a number where none brackets the half."""
    logs = np.array([each.log_rate() for each in known])
    crossings = np.flatnonzero((logs[:-1] >= 0) & (logs[1:] < 0))
    if not crossings.size:
        return dict.fromkeys(_ESTIMATES, np.nan)
    pair = known[crossings[-1] : crossings[-1] + 2]
    lengths = np.array([each.length for each in pair], dtype=float)
    ends, errors = logs[crossings[-1] : crossings[-1] + 2], np.array([each.stderr for each in pair])
    place, stderr = line_zero(lengths, ends, errors)
    quarter = np.array([each.log_rate(0.25) for each in pair])
    others = (
        float(np.exp(line_zero(np.log(lengths), ends, errors)[0])),
        line_zero(lengths, np.array([each.share - 0.5 for each in pair]), errors)[0],
        line_zero(lengths, quarter, errors)[0],
    )
    systematic = max(abs(other - place) for other in others)
    return dict(zip(_ESTIMATES, (place, stderr, systematic, *lengths), strict=True))
