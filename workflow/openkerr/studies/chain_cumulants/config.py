"""Configuration of the chain by second-order cumulants."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, ValidationInfo, field_validator

from openkerr.settings.checks import Increasing, check_multiple, multiple_of
from openkerr.settings.fields import Section, cut, setting
from openkerr.studies.chain_cumulants.blocks import N_BLOCKS
from openkerr.studies.chain_settings import Drive


class Cumulants(Section):
    """Second-order cumulants of the boundary-driven chain, from the vacuum, averaged in time; times in 1/gamma."""

    lengths: Annotated[tuple[Annotated[int, Field(ge=2, le=1000)], ...], Increasing] = setting(
        "numbers of sites of the chains", "sites", min_length=1, max_length=200, rule="strictly increasing"
    )
    drive_amplitudes: Annotated[tuple[Drive, ...], Increasing] = setting(
        "coherent drive amplitudes F", "gamma", min_length=1, max_length=1000, rule="strictly increasing"
    )
    job_interval: float = cut("length of the intervals of the drive that are a job each, with all lengths", "gamma")
    time_step: float = setting(
        "step of the Runge-Kutta integrator", "1/gamma", gt=0, le=0.1, rule="stable at the rates of chain.model"
    )
    sampling_interval: Annotated[float, multiple_of("time_step")] = setting(
        "time between samples", "1/gamma", gt=0, le=100, rule="a whole multiple of time_step"
    )
    burn_in: Annotated[float, multiple_of("sampling_interval")] = setting(
        "time before the window", "1/gamma", ge=0, le=1e6, rule="a whole multiple of sampling_interval"
    )
    averaging_time: float = setting(
        "length of the window that is averaged",
        "1/gamma",
        gt=0,
        le=1e6,
        rule=f"a whole multiple of {N_BLOCKS} times sampling_interval",
    )

    @field_validator("averaging_time")
    @classmethod
    def _whole_blocks(cls, value: float, info: ValidationInfo) -> float:
        unit = info.data.get("sampling_interval")
        return check_multiple(value, unit and N_BLOCKS * unit, f"{N_BLOCKS} times sampling_interval")
