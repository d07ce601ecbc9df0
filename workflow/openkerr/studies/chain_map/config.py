"""Configuration of the scans of the chain, and of what tells its regimes apart: replicas, thresholds."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, ValidationInfo, field_validator

from openkerr.models.bose_hubbard_chain import BoseHubbardChain
from openkerr.numerics.stats import MIN_BATCHES
from openkerr.settings.checks import Ensemble, check_increasing, check_multiple
from openkerr.settings.fields import Section, cut, refuse, setting
from openkerr.studies.stepper_setting import stepper_setting


class SteadyState(Ensemble):
    """One scan of truncated-Wigner steady states over length and drive."""

    stepper: str = stepper_setting(BoseHubbardChain)
    geometry: Literal["boundary", "uniform"] = setting("where drive and loss sit: at the ends or on every site")
    lengths: tuple[Annotated[int, Field(ge=2, le=10_000)], ...] = setting(
        "numbers of sites of the chains", "sites", min_length=1, max_length=1000, rule="strictly increasing"
    )
    drive_amplitudes: tuple[Annotated[float, Field(ge=0, le=1e6)], ...] = setting(
        "coherent drive amplitudes F", "gamma", min_length=1, max_length=10_000, rule="strictly increasing"
    )
    job_interval: float = cut("length of the intervals of the drive that are a job each, at every length", "gamma")
    time_step: float = setting(
        "step of the integrator",
        "1/gamma",
        gt=0,
        le=1,
        rule="turns fields by at most 2 radians at the rates of chain.model, and is stable there with runge_kutta",
    )
    sampling_interval: float = setting(
        "time between samples of the window", "1/gamma", gt=0, le=1e6, rule="a whole multiple of time_step"
    )
    burn_in: float = setting(
        "time before the window", "1/gamma", ge=0, le=1e9, rule="a whole multiple of sampling_interval"
    )
    averaging_time: float = setting(
        "length of the window that is averaged",
        "1/gamma",
        gt=0,
        le=1e9,
        rule="a whole multiple of sampling_interval, at least two",
    )

    @property
    def burn_in_samples(self) -> int:
        """Number of sampling intervals before the window."""
        return round(self.burn_in / self.sampling_interval)

    @property
    def n_samples(self) -> int:
        """Number of sampling intervals of the window."""
        return round(self.averaging_time / self.sampling_interval)

    @field_validator("lengths", "drive_amplitudes")
    @classmethod
    def _increasing(cls, value: tuple[float, ...]) -> tuple[float, ...]:
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
        value = check_multiple(value, unit, "sampling_interval")
        if info.field_name == "averaging_time" and unit is not None and round(value / unit) < 2:
            raise refuse(f"at least two times sampling_interval = {unit:g}: the halves of the window are compared")
        return value


class Saturation(Section):
    """Replicas of the last states of every steady state: the first site's phase rotated, the same noise since."""

    angle: float = setting("rotation of the first site's phase", "radians", gt=0, le=1)
    n_trajectories: int = setting(
        "trajectories that get a replica, the first of every steady state", "trajectories", ge=16, le=1_000_000
    )
    batch_size: int = setting(
        "trajectories that share a partial sum",
        "trajectories",
        ge=1,
        le=65_536,
        rule="n_trajectories is a whole multiple, at least 16 times",
    )
    time_step: float = setting("step of the integrator, strang in double precision", "1/gamma", gt=0, le=1)
    sampling_interval: float = setting(
        "time between samples", "1/gamma", gt=0, le=1e6, rule="a whole multiple of time_step"
    )
    growth_time: float = setting(
        "time since the rotation before the average",
        "1/gamma",
        ge=0,
        le=1e9,
        rule="a whole multiple of sampling_interval",
    )
    averaging_time: float = setting(
        "time that the saturated correlator averages over",
        "1/gamma",
        gt=0,
        le=1e9,
        rule="a whole multiple of sampling_interval, at least two",
    )

    @field_validator("batch_size")
    @classmethod
    def _whole_batches(cls, value: int, info: ValidationInfo) -> int:
        n_trajectories = info.data.get("n_trajectories")
        if n_trajectories is not None and (n_trajectories % value or n_trajectories < MIN_BATCHES * value):
            raise refuse(
                f"a size of which n_trajectories = {n_trajectories} is a whole multiple, {MIN_BATCHES} or more"
            )
        return value

    @field_validator("sampling_interval")
    @classmethod
    def _whole_steps(cls, value: float, info: ValidationInfo) -> float:
        return check_multiple(value, info.data.get("time_step"), "time_step")

    @field_validator("growth_time", "averaging_time")
    @classmethod
    def _whole_samples(cls, value: float, info: ValidationInfo) -> float:
        unit = info.data.get("sampling_interval")
        value = check_multiple(value, unit, "sampling_interval")
        if info.field_name == "averaging_time" and unit is not None and round(value / unit) < 2:
            raise refuse(f"at least two times sampling_interval = {unit:g}: the halves of the average are compared")
        return value

    @property
    def n_steps(self) -> int:
        """Number of time steps of a replica."""
        return round((self.growth_time + self.averaging_time) / self.time_step)


_Share = Annotated[float, Field(gt=0, lt=1)]


class Regimes(Section):
    """Rules by which a steady state is called I, II, III or mixed."""

    wave_band: float = setting(
        "a trajectory is in the wave if its mean photon number at the last site is within this share of the wave's",
        gt=0,
        lt=1,
    )
    mixed_shares: tuple[_Share, _Share] = setting(
        "shares of trajectories in the wave between which a state is mixed; below it is I or II, above III",
        rule="increasing",
    )
    chaotic_correlator: float = setting(
        "saturated correlator of first and last site from which a state outside the wave is II, below it I", gt=0, lt=1
    )
    sigma: float = setting(
        "standard errors by which a share or correlator must miss these limits; else the regime is left open",
        ge=0,
        le=10,
    )

    @field_validator("mixed_shares")
    @classmethod
    def _increasing(cls, value: tuple[float, float]) -> tuple[float, float]:
        if not value[0] < value[1]:
            raise refuse(f"a value above {value[0]:g}", at=(1,))
        return value
