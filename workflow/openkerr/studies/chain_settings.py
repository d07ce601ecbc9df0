"""Blocks of the configuration that studies of the chain share: its sites and drives, steps, windows, single chains."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, TypeVar

from pydantic import Field, ValidationInfo, field_validator

from openkerr.models.bose_hubbard_chain import BoseHubbardChain
from openkerr.settings.checks import (
    Increasing,
    Name,
    Trajectories,
    check_multiple,
    check_points,
    divides,
    multiple_of,
    up_to,
)
from openkerr.settings.fields import Section, refuse, setting
from openkerr.studies.stepper_setting import stepper_setting

Drive = Annotated[float, Field(ge=0, le=1e6)]
Site = Annotated[int, Field(ge=1, le=10_000)]
SitesInChain = Annotated[tuple[Site, ...], Increasing, up_to("length")]
"""Sites of the chain whose length is an earlier key of the block."""

ThreeSites = Annotated[tuple[Site, Site, Site], Increasing, up_to("length")]
"""The same, three of them."""


class ChainTrajectories(Trajectories):
    """Truncated-Wigner ensembles of the chain; times in 1/gamma."""

    stepper: str = stepper_setting(BoseHubbardChain)
    time_step: float = setting(
        "step of the integrator",
        "1/gamma",
        gt=0,
        le=1,
        rule="turns fields by at most 2 radians at the rates of chain.model, and is stable there with runge_kutta",
    )
    sampling_interval: Annotated[float, multiple_of("time_step")] = setting(
        "time between samples of the window", "1/gamma", gt=0, le=1e6, rule="a whole multiple of time_step"
    )


class SingleChain(Section):
    """A chain at one drive, in its steady state."""

    name: Name = setting("name of the case, part of file names", rule="each name once in the list")
    length: int = setting("number of sites of the chain", "sites", ge=3, le=10_000)
    drive_amplitude: Drive = setting("coherent drive amplitude F", "gamma")
    burn_in: float = setting(
        "time before the window", "1/gamma", ge=0, le=1e9, rule="a whole multiple of sampling_interval"
    )
    averaging_time: float = setting(
        "length of the window that is averaged",
        "1/gamma",
        gt=0,
        le=1e9,
        rule="a whole multiple of sampling_interval, at least two, and longer than lag_time where there are "
        "correlation_sites",
    )
    correlation_sites: SitesInChain = setting(
        "sites whose auto-correlation is taken", "sites", max_length=100, rule="increasing, up to length"
    )

    @property
    def point(self) -> tuple[str | float, ...]:
        """What tells the chain from the others of its study."""
        return (self.length, self.drive_amplitude)


_Cases = TypeVar("_Cases", bound=tuple[SingleChain, ...])


class SingleChains(ChainTrajectories):
    """Ensembles of single chains, with histograms of all sites and auto-correlations of some."""

    lag_interval: Annotated[float, multiple_of("time_step"), divides("sampling_interval")] = setting(
        "time between lags of auto-correlations",
        "1/gamma",
        gt=0,
        le=1e6,
        rule="a whole multiple of time_step of which sampling_interval is one",
    )
    lag_time: Annotated[float, multiple_of("lag_interval")] = setting(
        "greatest lag of auto-correlations", "1/gamma", gt=0, le=1e6, rule="a whole multiple of lag_interval"
    )
    n_references: int = setting(
        "times of the window from which lags are taken, a trajectory", "samples", ge=1, le=100_000
    )
    n_cells: int = setting("cells of a histogram along each side", "cells", ge=2, le=1000)

    @field_validator("cases", check_fields=False)
    @classmethod
    def _cases_fit(cls, cases: _Cases, info: ValidationInfo) -> _Cases:
        def points(case: SingleChain) -> Iterable[tuple[tuple, tuple[str]]]:
            return [(case.point, ("name",))]

        check_points(cases, points, "another point than that of {other}")
        unit, lag_time = info.data.get("sampling_interval"), info.data.get("lag_time")
        for index, case in enumerate(cases):
            check_multiple(case.burn_in, unit, "sampling_interval", at=(index, "burn_in"))
            check_multiple(case.averaging_time, unit, "sampling_interval", least=2, at=(index, "averaging_time"))
            if lag_time is not None and case.correlation_sites and case.averaging_time <= lag_time:
                raise refuse(f"more than lag_time = {lag_time:g}", at=(index, "averaging_time"))
        return cases
