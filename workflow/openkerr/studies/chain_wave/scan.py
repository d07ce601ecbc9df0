"""The branch of the resonant nonlinear wave of a chain, and its fluctuations at chosen drives."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TypeVar

import numpy as np

from openkerr.models.base import Method, Model
from openkerr.models.bose_hubbard_chain import BoseHubbardChain
from openkerr.solvers.stationary import (
    StationaryState,
    follow_branch,
    linear_covariance,
    mean_shift,
    stationary_state,
)
from openkerr.solvers.symmetric_flow import ConvergenceError


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
    branch = follow_branch(start, "drive_amplitude", (lowest, high * (1 + 1e-9)), max_folds=2)
    turns = [id(one.point) for one in branch.bifurcations if one.turns]
    samples, passed = [], 0
    for point in branch.points:
        fold = id(point) in turns
        samples.append(BranchSample(point.value, point.solution, "saddle" if passed else "wave", fold))
        passed += fold
        if passed > 1:
            break
    return samples


def wave_state(model: BoseHubbardChain, method: Method = "gpe") -> StationaryState:
    """The resonant nonlinear wave of a driven chain, on the branch that holds the plane wave.

    Newton's method starts from the plane wave of a short chain, at the drive that this asks for; the branch is followed
    to the drive of the model.  In a longer chain the same ends hold a longer wave.  To intrinsic loss, by which a wave
    carries less from site to site, it is followed from none.

    Parameters
    ----------
    model : BoseHubbardChain
        Where the wave is sought.
    method : {"gpe", "twa"}
        Which field equation is at rest.

    Raises
    ------
    ConvergenceError
        If there is no such wave, or if its branch ends before this drive or this intrinsic loss.
    """
    loss = model.intrinsic_loss_rate
    if loss > 0:
        start = wave_state(_with(model, intrinsic_loss_rate=0.0), method)
        limits = (-loss, loss * (1 + 1e-9))
        found = follow_branch(start, "intrinsic_loss_rate", limits, sense=1.0, max_folds=1).at(loss)
        if not found:
            raise ConvergenceError(f"the branch of the wave does not reach the intrinsic loss {loss:g}")
        return found[0]
    short = _with(model, length=min(model.length, ENDS))
    if not short.site_losses()[-1] > 0:
        raise ConvergenceError("the last site loses nothing: without a current there is no wave")
    try:
        guess, begin = short.plane_wave(method)
    except ValueError as error:
        raise ConvergenceError(str(error)) from None
    state = stationary_state(_with(short, drive_amplitude=begin), guess, method)
    drive = model.drive_amplitude
    if drive != begin:
        margin = 1e-3 * abs(drive - begin)
        limits = (min(drive, begin) - margin, max(drive, begin) + margin)
        found = follow_branch(state, "drive_amplitude", limits, sense=np.sign(drive - begin)).at(drive)
        if not found:
            raise ConvergenceError(f"the branch of the wave does not reach the drive {drive:g}")
        state = found[0]
    if model.length == short.length:
        return state
    return stationary_state(model, _lengthened(state.field, model.length), method)


ENDS = 12
"""Sites of the chain whose ends are taken for those of a longer one; the wave forgets an end within about a site."""


def _lengthened(field: np.ndarray, length: int) -> np.ndarray:
    """The field of a longer chain: as much of a plane wave in the middle as is missing."""
    half = field.size // 2
    step = field[half] / field[half - 1]
    turn = step / abs(step)
    missing = length - field.size
    middle = field[half - 1] * turn ** np.arange(1, missing + 1)
    return np.concatenate([field[:half], middle, field[half:] * turn**missing])


_Model = TypeVar("_Model", bound=Model)


def _with(model: _Model, **changes: float) -> _Model:
    """The same model with other parameters."""
    return type(model).model_validate({**model.model_dump(), **changes})


def wave_points(samples: Sequence[BranchSample], drives: Sequence[float]) -> list[WavePoint]:
    """The wave at those of some drives that its branch reaches, and at its fold, drives descending."""
    along = [sample for sample in samples if sample.side == "wave"]
    if not along:
        return []
    known = np.array([sample.drive_amplitude for sample in along])
    found = []
    for drive in sorted(drives, reverse=True):
        if known.min() < drive <= known.max():
            near = along[int(np.abs(known - drive).argmin())].state
            model = _with(near.model, drive_amplitude=drive)
            found.append(_point(drive, stationary_state(model, near.field, near.method), fold=False))
    found += [_point(sample.drive_amplitude, sample.state, fold=True) for sample in along if sample.fold]
    return found


def mirrored(point: WavePoint) -> WavePoint:
    """The wave of the chain whose detuning, hopping and Kerr nonlinearity have the other sign, with its fluctuations.

    Newton's method starts from minus the conjugate field, which is at rest there if the signs make no difference.
    """
    model = point.state.model
    signs = {name: -getattr(model, name) for name in ("detuning", "hopping", "kerr")}
    state = stationary_state(_with(model, **signs), -np.conj(point.state.field), point.state.method)
    return _point(point.drive_amplitude, state, fold=point.fold)


def _point(drive: float, state: StationaryState, *, fold: bool) -> WavePoint:
    """Add the fluctuations, which diverge at a fold."""
    if fold or state.n_unstable:
        return WavePoint(drive, state, fold, None, None)
    covariance = linear_covariance(state)
    return WavePoint(drive, state, fold, covariance, mean_shift(state, covariance))
