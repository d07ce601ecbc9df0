"""Single passages to the wave and away from it: which are followed in space, and what is kept of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import xarray as xr

from openkerr.analysis.resonant_wave import linear_profile
from openkerr.analysis.survival import first_passages, running_mean
from openkerr.models.bose_hubbard_chain import BoseHubbardChain
from openkerr.solvers.ensemble import Ensemble
from openkerr.solvers.stationary import StationaryState, linear_covariance, mean_shift

__all__ = ["Watched", "case_dataset", "coordinates", "followed", "watched"]

QUANTITIES = ("abs2", "abs4", "cos", "sin")
"""Means of the last site that are kept batch by batch: |alpha|², |alpha|⁴, real and imaginary part of exp(i theta)."""


class Watched:
    """Last sites of an ensemble, and the passages that are followed.

    Attributes
    ----------
    numbers : (n_trajectories, n_windows)
        Photon numbers of the last site.
    ends : (n_windows,)
        Ends of the windows.
    trajectories, times : (n_events,)
        Passages that are followed: numbers of their trajectories, and times at which they are seen.
    """

    def __init__(self, numbers: np.ndarray, ends: np.ndarray, trajectories: np.ndarray, times: np.ndarray):
        self.numbers, self.ends, self.trajectories, self.times = numbers, ends, trajectories, times


def watched(
    ensemble: Ensemble,
    window: float,
    wave: np.ndarray,
    start: str,
    rules: Mapping[str, Any],
    events: Mapping[str, Any],
    settled: float,
) -> Watched:
    """Passages of an ensemble after a time, of which the first trajectories are followed.

    Parameters
    ----------
    ensemble : Ensemble
        With trajectory means of the last mode in consecutive windows.
    wave : (length,)
        Photon numbers of the wave; NaN without one: no passage.
    rules, events : mapping
        ``thresholds`` and ``events`` of the study.
    settled : float
        Time before which passages belong to the start.
    """
    lanes = ensemble.trajectory_means[:, :, 0] - 0.5
    numbers = np.concatenate([lanes[k, :, : ensemble.weights[k]] for k in range(len(lanes))], axis=1).T
    ends = (np.arange(numbers.shape[1]) + 1) * window
    x = running_mean(numbers, rules["running_windows"]) / wave[-1]
    there = x < rules["left_share"] if start == "rnw" else np.abs(x - 1) < rules["wave_band"]
    passages = first_passages(there, ends[rules["running_windows"] - 1 :])
    first = max(settled, events["before"])
    inside = passages.passed & (passages.times >= first) & (passages.times + events["after"] <= ends[-1])
    chosen = np.flatnonzero(inside)[: events["n_events"]]
    return Watched(numbers, ends, chosen, passages.times[chosen])


def followed(ensemble: Ensemble, found: Watched, events: Mapping[str, Any], interval: float) -> np.ndarray:
    """Fields about the passages, (n_events, n_samples, length) complex; NaN beyond the passages that there are.

    ``ensemble`` holds the whole paths of the trajectories of ``found``, at samples ``interval`` apart.
    """
    back, on = (round(events[key] / interval) for key in ("before", "after"))
    fields = np.full((events["n_events"], back + on, ensemble.moments.shape[2]), np.nan, dtype=np.complex64)
    place = {int(number): index for index, number in enumerate(ensemble.path_numbers)}
    for event, (trajectory, time) in enumerate(zip(found.trajectories, found.times, strict=True)):
        middle = round(time / interval)
        fields[event] = ensemble.paths[middle - back : middle + on, :, place[int(trajectory)]]
    return fields


def case_dataset(
    model: BoseHubbardChain,
    ensemble: Ensemble,
    found: Watched,
    fields: np.ndarray,
    state: StationaryState | None,
    events: Mapping[str, Any],
    interval: float,
    settled: float,
) -> xr.Dataset:
    """Label what is kept of one chain at one temperature.

    Returns
    -------
    xarray.Dataset
        ``photon_number`` (trajectory, window) of the last site, with coordinate ``end`` (window); ``late`` (batch,
        quantity), means of `QUANTITIES` after the time of relaxation, with ``n_valid`` (batch); ``abs2`` and ``phase``
        (event, sample, site), the fields about passages, with ``lag`` (sample), the time from it; ``passage_time``
        (event); ``wave_photon_number``, ``wave_phase_variance`` (site), those of linear theory.
    """
    length = model.length
    late = found.ends > settled
    names = list(ensemble.moment_names)
    columns = [ensemble.moments[:, late, -1, names.index(name)].mean(axis=1) for name in ("abs2", "abs4")]
    phase = ensemble.phases[:, late, -1].mean(axis=1)
    wave, variance = np.full((2, length), np.nan)
    if state is not None:
        covariance = linear_covariance(state)
        profile = linear_profile(state.field, covariance, mean_shift(state, covariance))
        wave, variance = profile["photon_number"], profile["phase_variance"]
    times = np.full(len(fields), np.nan)
    times[: len(found.times)] = found.times
    lags = interval * np.arange(fields.shape[1]) - events["before"]
    arrays = {
        "photon_number": (("trajectory", "window"), found.numbers.astype(np.float32), "1"),
        "late": (("batch", "quantity"), np.stack([*columns, phase.real, phase.imag], axis=-1), "1"),
        "n_valid": (("batch",), ensemble.weights, "1"),
        "abs2": (("event", "sample", "site"), (np.abs(fields) ** 2).astype(np.float32), "1"),
        "phase": (("event", "sample", "site"), np.angle(fields).astype(np.float32), "rad"),
        "passage_time": (("event",), times, "1/gamma"),
        "wave_photon_number": (("site",), wave, "1"),
        "wave_phase_variance": (("site",), variance, "1"),
    }
    return xr.Dataset(
        {name: (dims, values, {"units": unit}) for name, (dims, values, unit) in arrays.items()},
        coords={
            "trajectory": ("trajectory", np.arange(len(found.numbers))),
            "end": ("window", found.ends, {"units": "1/gamma"}),
            "quantity": ("quantity", list(QUANTITIES)),
            "lag": ("sample", lags, {"units": "1/gamma"}),
            "site": ("site", np.arange(1, length + 1)),
        },
    )


def coordinates(model: BoseHubbardChain, case: Mapping[str, Any], settled: float) -> dict[str, tuple]:
    """Scalar coordinates that name a case: the chain without its temperature, start and time of relaxation."""
    names = (name for name in BoseHubbardChain.model_fields if name != "thermal_occupation")
    return model.coordinates(*names) | {
        "name": ((), case["name"], {"units": "1"}),
        "start": ((), case["start"], {"units": "1"}),
        "settled": ((), settled, {"units": "1/gamma"}),
    }
