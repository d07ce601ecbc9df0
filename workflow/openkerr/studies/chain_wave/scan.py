"""The branch of the resonant nonlinear wave of a chain, and its fluctuations at chosen drives."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from openkerr.models.bose_hubbard_chain import BoseHubbardChain
from openkerr.solvers.stationary import (
    StationaryState,
    follow_branch,
    linear_covariance,
    mean_shift,
    stationary_state,
    wave_state,
)


@dataclass(frozen=True)
class BranchSample:
    """One state of a branch: ``side`` is ``wave`` up to the first fold and ``saddle`` behind it."""

    drive_amplitude: float
    state: StationaryState = field(repr=False)
    side: str
    fold: bool


@dataclass(frozen=True)
class WavePoint:
    """The wave at one drive, with its linear fluctuations where it is stable.

    ``covariance`` is that of (Re alpha, Im alpha), (2 length, 2 length), and ``shift`` the shift of the mean field,
    (length,) complex, both to first order in the noise; ``None`` where the wave is unstable.
    """

    drive_amplitude: float
    state: StationaryState = field(repr=False)
    fold: bool
    covariance: np.ndarray | None = field(repr=False)
    shift: np.ndarray | None = field(repr=False)


def trace_wave(model: BoseHubbardChain, lowest: float) -> list[BranchSample]:
    """The branch of the wave from the drive of ``model`` downwards, round its fold and back to this drive.

    Ends at the drive ``lowest`` where the branch goes so far, and at a second fold.

    Raises
    ------
    ConvergenceError
        If there is no wave at the drive of ``model``.
    """
    start, high = wave_state(model), model.drive_amplitude
    branch = follow_branch(start, "drive_amplitude", (lowest, high * (1 + 1e-9)))
    turns = [id(one.point) for one in branch.bifurcations if one.turns]
    samples, passed = [], 0
    for point in branch.points:
        fold = id(point) in turns
        samples.append(BranchSample(point.value, point.solution, "saddle" if passed else "wave", fold))
        passed += fold
        if passed > 1:
            break
    return samples


def wave_points(samples: Sequence[BranchSample], drives: Sequence[float]) -> list[WavePoint]:
    """The wave at those of some drives that its branch reaches, and at its fold, drives descending."""
    along = [sample for sample in samples if sample.side == "wave"]
    known = np.array([sample.drive_amplitude for sample in along])
    found = []
    for drive in sorted(drives, reverse=True):
        if known.min() < drive <= known.max():
            near = along[int(np.abs(known - drive).argmin())].state
            model = type(near.model).model_validate({**near.model.model_dump(), "drive_amplitude": drive})
            found.append(_point(drive, stationary_state(model, near.field, near.method), fold=False))
    found += [_point(sample.drive_amplitude, sample.state, fold=True) for sample in along if sample.fold]
    return found


def _point(drive: float, state: StationaryState, *, fold: bool) -> WavePoint:
    """Add the fluctuations, which diverge at a fold."""
    if fold or state.n_unstable:
        return WavePoint(drive, state, fold, None, None)
    covariance = linear_covariance(state)
    return WavePoint(drive, state, fold, covariance, mean_shift(state, covariance))
