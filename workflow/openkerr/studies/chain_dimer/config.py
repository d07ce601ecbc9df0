"""Configuration of the dimer: two sites of the chain, exact and by truncated Wigner."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, field_validator

from openkerr.models.bose_hubbard_chain import BoseHubbardChain
from openkerr.settings.checks import Increasing, Trajectories, multiple_of
from openkerr.settings.fields import cut, refuse, setting
from openkerr.studies.stepper_setting import stepper_setting

Drive = Annotated[float, Field(gt=0, le=100)]
Kerr = Annotated[float, Field(gt=0, le=100)]


class Dimer(Trajectories):
    """Two sites of the chain: the exact steady state beside truncated Wigner from two starts."""

    kerrs: tuple[Kerr, ...] = setting(
        "Kerr nonlinearities U, in place of that of chain.model; figure chain 9 has a column for each",
        "gamma",
        min_length=1,
        max_length=4,
        rule="each once",
    )
    drive_amplitudes: Annotated[tuple[Drive, ...], Increasing] = setting(
        "coherent drive amplitudes F", "gamma", min_length=1, max_length=200, rule="strictly increasing"
    )
    scaled_kerrs: Annotated[tuple[Kerr, ...], Increasing] = setting(
        "Kerr nonlinearities U at which truncated Wigner is compared at fixed F sqrt(U), where its equation without "
        "noise is the same",
        "gamma",
        max_length=12,
        rule="strictly increasing; none: no comparison",
    )
    scaled_drives: Annotated[tuple[Drive, ...], Increasing] = setting(
        "F sqrt(U) of that comparison", "gamma^(3/2)", max_length=12, rule="strictly increasing"
    )
    job_interval: float = cut("length of the intervals of the drive that are a job each", "gamma")
    tolerance: float = setting(
        "exact: population at the edge of the space, and relative change of <n> and <a†² a²> from the space before",
        ge=1e-9,
        le=0.1,
    )
    memory_limit: float = setting("memory that one exact solution may take", "MB", ge=100, le=1e6)
    stepper: str = stepper_setting(BoseHubbardChain)
    time_step: float = setting("step of the integrator", "1/gamma", gt=0, le=0.5)
    sampling_interval: Annotated[float, multiple_of("time_step")] = setting(
        "time between samples of the window", "1/gamma", gt=0, le=1e6, rule="a whole multiple of time_step"
    )
    burn_in: Annotated[float, multiple_of("sampling_interval")] = setting(
        "time before the window", "1/gamma", gt=0, le=1e9, rule="a whole multiple of sampling_interval"
    )
    averaging_time: Annotated[float, multiple_of("sampling_interval")] = setting(
        "length of the window that is averaged", "1/gamma", gt=0, le=1e9, rule="a whole multiple of sampling_interval"
    )

    @field_validator("kerrs")
    @classmethod
    def _each_once(cls, value: tuple[float, ...]) -> tuple[float, ...]:
        for index, kerr in enumerate(value):
            if kerr in value[:index]:
                raise refuse("each value once", at=(index,))
        return value

    @property
    def n_steps(self) -> int:
        """Number of steps of a run."""
        return round((self.burn_in + self.averaging_time) / self.time_step)
