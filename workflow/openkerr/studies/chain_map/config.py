"""Configuration of the scans of the chain, and of what tells its regimes apart: replicas, thresholds."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, ValidationInfo, field_validator

from openkerr.numerics.stats import MIN_BATCHES
from openkerr.settings.checks import Ensemble, Increasing, multiple_of
from openkerr.settings.fields import Section, cut, refuse, setting
from openkerr.studies.chain_settings import ChainTrajectories, Drive

Length = Annotated[int, Field(ge=2, le=10_000)]


class SteadyState(ChainTrajectories, Ensemble):
    """One scan of truncated-Wigner steady states over length and drive."""

    geometry: Literal["boundary", "uniform"] = setting("where drive and loss sit: at the ends or on every site")
    lengths: Annotated[tuple[Length, ...], Increasing] = setting(
        "numbers of sites of the chains", "sites", min_length=1, max_length=1000, rule="strictly increasing"
    )
    drive_amplitudes: Annotated[tuple[Drive, ...], Increasing] = setting(
        "coherent drive amplitudes F", "gamma", min_length=1, max_length=10_000, rule="strictly increasing"
    )
    job_interval: float = cut("length of the intervals of the drive that are a job each, at every length", "gamma")
    burn_in: Annotated[float, multiple_of("sampling_interval")] = setting(
        "time before the window", "1/gamma", ge=0, le=1e9, rule="a whole multiple of sampling_interval"
    )
    # The halves of the window are compared.
    averaging_time: Annotated[float, multiple_of("sampling_interval", 2)] = setting(
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
    sampling_interval: Annotated[float, multiple_of("time_step")] = setting(
        "time between samples", "1/gamma", gt=0, le=1e6, rule="a whole multiple of time_step"
    )
    growth_time: Annotated[float, multiple_of("sampling_interval")] = setting(
        "time since the rotation before the average",
        "1/gamma",
        ge=0,
        le=1e9,
        rule="a whole multiple of sampling_interval",
    )
    # Its halves are compared.
    averaging_time: Annotated[float, multiple_of("sampling_interval", 2)] = setting(
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
    mixed_shares: Annotated[tuple[_Share, _Share], Increasing] = setting(
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
