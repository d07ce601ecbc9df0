"""Configuration of the melting of the limit torus in phase space, and of switching between cycle and torus."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field, ValidationInfo, field_validator

from openkerr.models.kerr_dimer import KerrDimer
from openkerr.settings.checks import Increasing, Interval, Trajectories, below, check_multiple, multiple_of, up_to
from openkerr.settings.fields import block, cut, refuse, setting
from openkerr.studies.stepper_setting import stepper_setting

Aleph = Annotated[float, Field(gt=0, le=1e12)]
Time = Annotated[float, Field(ge=0, le=1e9)]
Bounds = tuple[Annotated[float, Field(ge=0, le=1e12)], Annotated[float, Field(gt=0, le=1e12)]]


class SampledEnsemble(Trajectories):
    """An ensemble of the two cavities that is sampled at equal intervals."""

    stepper: str = stepper_setting(KerrDimer)
    time_step: float = setting(
        "step of the integrator", "1/eta", gt=0, le=0.5, rule="stable at the rates of torus.model"
    )
    sampling_interval: Annotated[float, multiple_of("time_step")] = setting(
        "time between samples", "1/eta", gt=0, le=1e6, rule="a whole multiple of time_step"
    )

    if TYPE_CHECKING:  # of the blocks below, one from its list of times

        @property
        def final_time(self) -> float:
            """Time at which the runs end."""

    @property
    def n_samples(self) -> int:
        """Number of sampling intervals of the run."""
        return round(self.final_time / self.sampling_interval)


def _alephs(where: str, most: int) -> Any:
    return setting(
        f"rescaling parameters of {where}", min_length=1, max_length=most, rule="strictly increasing, each above 0"
    )


class KeptPaths(SampledEnsemble):
    """An ensemble of which single trajectories are looked at."""

    @field_validator("noise")
    @classmethod
    def _of_paths(cls, value: str) -> str:
        if value != "gaussian":
            raise refuse("gaussian, for single trajectories are looked at")
        return value


class WignerMaps(KeptPaths):
    """Wigner functions of both cavities from histograms of truncated-Wigner fields; times in 1/eta."""

    alephs: Annotated[tuple[Aleph, ...], Increasing] = _alephs("the ensembles", 6)
    job_interval: float = cut("length of the intervals of aleph that are a job each", "none")
    times: Annotated[tuple[Time, ...], Increasing] = setting(
        "times of the histograms",
        "1/eta",
        min_length=2,
        max_length=24,
        rule="strictly increasing, whole multiples of sampling_interval",
    )
    extent: float = setting("largest modulus of real and imaginary part of a rescaled field", gt=0, le=100)
    n_cells: int = setting("number of square cells along each axis", "cells", ge=8, le=512)
    n_weighted: Annotated[int, up_to("n_trajectories")] = setting(
        "trajectories whose share in the area of the torus is told at every sample", "trajectories", ge=16,
        rule="at most n_trajectories",
    )  # fmt: skip

    @property
    def final_time(self) -> float:
        """Time of the last histogram."""
        return self.times[-1]

    @field_validator("times")
    @classmethod
    def _on_samples(cls, values: tuple[float, ...], info: ValidationInfo) -> tuple[float, ...]:
        for value in values:
            check_multiple(value, info.data.get("sampling_interval"), "sampling_interval")
        return values


class CircularVariance(SampledEnsemble):
    """Ensembles whose circular variance is followed, and the windows of its scaling; times in 1/eta."""

    alephs: Annotated[tuple[Aleph, ...], Increasing] = _alephs("the ensembles", 40)
    job_interval: float = cut("length of the intervals of aleph that are a job each", "none")
    final_time: Annotated[float, multiple_of("sampling_interval")] = setting(
        "time at which the runs end", "1/eta", gt=0, le=1e9, rule="a whole multiple of sampling_interval"
    )
    first_time: Annotated[float, below("final_time")] = setting(
        "first time of the table", "1/eta", gt=0, le=1e9, rule="below final_time"
    )
    n_times: int = setting("number of times of the table, at equal ratios", "times", ge=5, le=1000)
    n_curves: int = setting(
        "curves a family that a fit of the exponents takes besides all of the window", "curves", ge=3, le=20
    )
    aleph_windows: tuple[Bounds, ...] = setting(
        "ranges of aleph of the fits", min_length=1, max_length=20, rule="pairs (least, greatest)"
    )
    time_windows: tuple[Bounds, ...] = setting(
        "ranges of time of the fits", "1/eta", min_length=1, max_length=20, rule="pairs (first, last)"
    )

    @field_validator("aleph_windows", "time_windows")
    @classmethod
    def _ordered(cls, values: tuple[Bounds, ...]) -> tuple[Bounds, ...]:
        for index, (low, high) in enumerate(values):
            if high <= low:
                raise refuse(f"a greatest value above the least, {low:g}", at=(index, 1))
        return values

    @field_validator("aleph_windows")
    @classmethod
    def _hold_three(cls, values: tuple[Bounds, ...], info: ValidationInfo) -> tuple[Bounds, ...]:
        for index, (low, high) in enumerate(values):
            if sum(low <= aleph <= high for aleph in info.data.get("alephs", [low] * 3)) < 3:
                raise refuse("a range that holds at least 3 of alephs", at=(index,))
        return values


class Switching(KeptPaths):
    """Basins of limit cycle and limit torus, and switching between them by noise; times in 1/eta."""

    omegas: Annotated[tuple[Annotated[float, Field(ge=0, le=1e3)], ...], Increasing] = setting(
        "frequencies of cavity 1; cavity 2 keeps its difference in torus.model",
        "eta",
        min_length=1,
        max_length=40,
        rule="increasing",
    )
    job_interval: float = cut("length of the intervals of omega that are a job each", "eta")
    alephs: Annotated[tuple[Aleph, ...], Increasing] = _alephs("the ensembles", 20)
    final_time: Annotated[float, multiple_of("sampling_interval")] = setting(
        "time at which the runs end", "1/eta", gt=0, le=1e9, rule="a whole multiple of sampling_interval"
    )
    window: float = setting(
        "time over which a slip of the relative phase counts as the torus", "1/eta", gt=0, le=1e4,
        rule="at most a tenth of final_time",
    )  # fmt: skip
    basin_omega: Interval = block("frequencies of the basins", "simulate_torus_basins")
    n_starts: int = setting("random starts of the basins at every frequency", "starts", ge=16, le=100_000)
    basin_time: float = setting("time that a start is given to reach its attractor", "1/eta", gt=0, le=1e6)

    @field_validator("window")
    @classmethod
    def _short(cls, value: float, info: ValidationInfo) -> float:
        if value > info.data.get("final_time", 10 * value) / 10:
            raise refuse(f"at most {info.data['final_time'] / 10:g}, a tenth of final_time")
        return value

    @property
    def frequencies(self) -> list[float]:
        """Frequencies of basins and ensembles, ascending."""
        return sorted({*self.basin_omega.values, *self.omegas})
