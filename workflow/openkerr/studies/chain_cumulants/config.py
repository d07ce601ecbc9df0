"""Configuration of the chain by second-order cumulants."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, ValidationInfo, field_validator

from openkerr.settings.checks import check_increasing, check_multiple
from openkerr.settings.fields import Section, cut, refuse, setting
from openkerr.studies.chain_cumulants.blocks import N_BLOCKS


class Cumulants(Section):
    """Second-order cumulants of the boundary-driven chain, from the vacuum, averaged in time; times in 1/gamma."""

    lengths: tuple[Annotated[int, Field(ge=2, le=1000)], ...] = setting(
        "numbers of sites of the chains", "sites", min_length=1, max_length=200, rule="strictly increasing"
    )
    drive_amplitudes: tuple[Annotated[float, Field(ge=0, le=1e6)], ...] = setting(
        "coherent drive amplitudes F", "gamma", min_length=1, max_length=1000, rule="strictly increasing"
    )
    job_interval: float = cut("length of the intervals of the drive that are a job each, with all lengths", "gamma")
    time_step: float = setting(
        "step of the Runge-Kutta integrator", "1/gamma", gt=0, le=0.1, rule="stable at the rates of chain.model"
    )
    sampling_interval: float = setting(
        "time between samples", "1/gamma", gt=0, le=100, rule="a whole multiple of time_step"
    )
    burn_in: float = setting(
        "time before the window", "1/gamma", ge=0, le=1e6, rule="a whole multiple of sampling_interval"
    )
    averaging_time: float = setting(
        "length of the window that is averaged",
        "1/gamma",
        gt=0,
        le=1e6,
        rule=f"a whole multiple of {N_BLOCKS} times sampling_interval",
    )

    @field_validator("lengths", "drive_amplitudes")
    @classmethod
    def _increase(cls, value: tuple[float, ...]) -> tuple[float, ...]:
        check_increasing(value)
        return value

    @field_validator("sampling_interval")
    @classmethod
    def _whole_steps(cls, value: float, info: ValidationInfo) -> float:
        return check_multiple(value, info.data.get("time_step"), "time_step")

    @field_validator("burn_in", "averaging_time")
    @classmethod
    def _whole_samples(cls, value: float, info: ValidationInfo) -> float:
        unit = info.data.get("sampling_interval")
        if unit is not None and info.field_name == "averaging_time":
            ratio = value / (N_BLOCKS * unit)
            if round(ratio) < 1 or abs(ratio - round(ratio)) > 1e-9 * ratio:
                raise refuse(f"a whole multiple of {N_BLOCKS} times sampling_interval = {unit:g}")
        return check_multiple(value, unit, "sampling_interval")
