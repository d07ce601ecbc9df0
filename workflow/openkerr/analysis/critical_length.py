"""Lengths at which half of the trajectories have arrived at the wave by a time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

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

    Between the two neighbouring lengths ln(-ln S), S the share that has not arrived, is taken for linear in the length:
    it is where the rate is exponential in it.  Where all or none have arrived S is half a trajectory from there.
    """
    rows = []
    for drive in sorted({each.drive_amplitude for each in arrivals}):
        of_drive = sorted((each for each in arrivals if each.drive_amplitude == drive), key=lambda each: each.length)
        for time in times:
            known = [_arrived(each, time) for each in of_drive if each.final_time >= time * (1 - 1e-9)]
            if not known:
                continue
            lengths, logs, errors = np.array(known).T
            row = {"drive_amplitude": drive, "time": time, "length": np.nan, "length_stderr": np.nan}
            crossings = np.flatnonzero((logs[:-1] >= 0) & (logs[1:] < 0))
            if crossings.size:
                k = crossings[-1]
                row["length"], row["length_stderr"] = line_zero(lengths[k : k + 2], logs[k : k + 2], errors[k : k + 2])
            rows.append(row | {"length_min": int(lengths.min()), "length_max": int(lengths.max())})
    columns = ["drive_amplitude", "time", "length", "length_stderr", "length_min", "length_max"]
    return pd.DataFrame(rows, columns=columns)


def _arrived(arrivals: Arrivals, time: float) -> tuple[float, float, float]:
    """Length, ln(-ln S) less its value at S = 1/2, and the standard error of this."""
    passages, n = arrivals.passages, len(arrivals.passages.times)
    left = 1 - (passages.passed & (passages.times <= time)).mean()
    clipped = np.clip(left, 0.5 / n, 1 - 0.5 / n)
    error = share_stderr(left, n) / (clipped * -np.log(clipped))
    return arrivals.length, float(np.log(-np.log(clipped)) - np.log(np.log(2))), float(error)
