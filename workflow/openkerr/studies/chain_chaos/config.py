"""Configuration of chaos in the chain: replicas with one phase rotated (OTOC), moments, Lyapunov spectra."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from pydantic import AfterValidator, Field, ValidationInfo, field_validator

from openkerr.models.bose_hubbard_chain import BoseHubbardChain
from openkerr.numerics.stats import MIN_BATCHES
from openkerr.settings.checks import (
    Batched,
    Increasing,
    Name,
    check_divisor,
    check_multiple,
    check_points,
    multiple_of,
    up_to,
)
from openkerr.settings.fields import Section, block, cut, refuse, setting
from openkerr.solvers.cloning import BLOCK
from openkerr.studies.chain_settings import Drive
from openkerr.studies.stepper_setting import stepper_setting

STEP_INTERVALS = 32
"""Intervals of orthonormalisation in which half the step is run beside, to measure what the step adds.

In chaos paths part within some ten e-folds, after which their difference is noise: more than these would not tell more.
"""

Angle = Annotated[float, Field(ge=1e-12, le=1.0)]
Share = Annotated[float, Field(gt=0, le=1e3)]
Level = Annotated[float, Field(gt=0, le=1e20)]
Speed = Annotated[float, Field(gt=0, le=1e3)]
Power = Annotated[float, Field(ge=-10, le=10)]

BurnIn = Annotated[float, AfterValidator(lambda value: check_multiple(value, 1.0, "1/gamma"))]
BurnInStep = Annotated[float, AfterValidator(lambda value: check_divisor(value, 1.0, "a step that divides 1"))]


class _Chain(Section):
    """A chain at one drive."""

    name: Name = setting("name of the case, part of file names", rule="each name once in the list")
    length: int = setting("number of sites of the chain", "sites", ge=2, le=10_000)
    drive_amplitude: Drive = setting("coherent drive amplitude F", "gamma")


def _check_chains(chains: Sequence[_Chain]) -> None:
    check_points(
        chains,
        lambda chain: [((chain.length, chain.drive_amplitude), ("drive_amplitude",))],
        "a drive that {other}, of the same length, has not",
    )


class OtocCase(_Chain):
    """One chain at one drive, its replicas rotated by several angles at several sites."""

    sources: Annotated[tuple[int, ...], Increasing] = setting(
        "sites that are rotated, from 1",
        min_length=1,
        max_length=32,
        rule="strictly increasing, 1 to length; the first one 1",
    )
    angles: Annotated[tuple[Angle, ...], Increasing] = setting(
        "angles epsilon by which a phase is rotated", "rad", min_length=1, max_length=12, rule="strictly increasing"
    )
    drawn_angle: Angle = setting("angle whose light cones are kept for every site", "rad", rule="among angles")
    sampling_interval: float = setting("time between samples", "1/gamma", gt=0, le=1e6)
    burn_in: Annotated[float, multiple_of("sampling_interval")] = setting(
        "time from the vacuum before phases are averaged over final_time; the last states are then rotated",
        "1/gamma",
        ge=0,
        le=1e9,
        rule="a whole multiple of sampling_interval",
    )
    final_time: Annotated[float, multiple_of("sampling_interval")] = setting(
        "time after the rotation", "1/gamma", gt=0, le=1e9, rule="a whole multiple of sampling_interval"
    )
    dense_time: Annotated[float, multiple_of("sampling_interval")] = setting(
        "time after the rotation in which every sample is kept; later ones are thinned to about as many",
        "1/gamma",
        gt=0,
        le=1e9,
        rule="a whole multiple of sampling_interval",
    )
    saturation_time: Annotated[float, multiple_of("sampling_interval"), up_to("final_time", 3)] = setting(
        "last part of it, over which D is averaged; the equal part before it is the check",
        "1/gamma",
        gt=0,
        le=1e9,
        rule="a whole multiple of sampling_interval, at most a third of final_time",
    )

    @field_validator("sources")
    @classmethod
    def _are_sites(cls, value: tuple[int, ...], info: ValidationInfo) -> tuple[int, ...]:
        length = info.data.get("length")
        for index, source in enumerate(value):
            if length is not None and not 1 <= source <= length:
                raise refuse(f"a site, 1 to length = {length}", at=(index,))
        # Light cones are drawn from there.
        if value[0] != 1:
            raise refuse("1, the driven site", at=(0,))
        return value

    @field_validator("drawn_angle")
    @classmethod
    def _is_simulated(cls, value: float, info: ValidationInfo) -> float:
        if value not in info.data.get("angles", (value,)):
            raise refuse("a value of angles")
        return value

    @property
    def n_lags(self) -> int:
        """Samples from the rotation on."""
        return round(self.final_time / self.sampling_interval) + 1

    @property
    def n_kept(self) -> int:
        """About how many of them are kept."""
        return min(self.n_lags, 2 * round(self.dense_time / self.sampling_interval))


class Otoc(Batched):
    """Out-of-time-order correlators of the chain, double precision; times in 1/gamma."""

    batch_size: int = setting(
        "trajectories that share a partial sum: the unit of errors, and the lanes of a vectorised block",
        "trajectories",
        ge=1,
        le=65_536,
        rule="a divisor of n_trajectories, at most n_trajectories / 16, for an error from 16 batches",
    )

    @field_validator("batch_size")
    @classmethod
    def _whole_batches(cls, value: int, info: ValidationInfo) -> int:
        n_trajectories = info.data.get("n_trajectories")
        # Every trajectory begins at the last state of another one of its batch.
        if n_trajectories is not None and n_trajectories % value:
            raise refuse(f"a divisor of n_trajectories = {n_trajectories}")
        return value

    stepper: str = stepper_setting(BoseHubbardChain)
    time_step: float = setting("step of the integrator", "1/gamma", gt=0, le=0.2)
    fit_start: float = setting(
        "growth rates are fitted from this share of the rise of ln D from its least value to the end of the fit",
        ge=0,
        le=0.9,
    )
    fit_margin: float = setting("the fit ends where <D> is so many e-folds below saturation", "e-folds", gt=0, le=20)
    least_growth: float = setting(
        "a rise of ln D over fewer e-folds gives no rate and no butterfly velocity", "e-folds", gt=0, le=100
    )
    least_effective: float = setting(
        "least effective number of samples, (<D>/stderr)**2, with which a sample holds <D>", ge=4, le=1e6
    )
    light_cone_levels: Annotated[tuple[Share, ...], Increasing] = setting(
        "levels of exp<ln D> that mark the edge of the light cone, as shares of D at the source after the rotation; "
        "the middle one gives the velocity, the others its systematic error",
        min_length=3,
        max_length=3,
        rule="strictly increasing",
    )
    front_levels: Annotated[tuple[Level, ...], Increasing] = setting(
        "levels of exp<ln D> whose fronts are followed, as shares of D at the source after the rotation; the spread of "
        "their velocities far away is a systematic error of the butterfly velocity",
        min_length=2,
        max_length=32,
        rule="strictly increasing",
    )
    ray_velocities: Annotated[tuple[Speed, ...], Increasing] = setting(
        "velocities of the rays along which D is followed",
        "sites gamma",
        min_length=2,
        max_length=200,
        rule="strictly increasing",
    )
    cases: tuple[OtocCase, ...] = block(
        "chains and drives",
        "chain_otoc, chain_otoc_rates, chain_otoc_fronts, chain_butterfly_velocity, figure_chain_8",
        min_length=1,
        max_length=64,
    )

    @field_validator("cases")
    @classmethod
    def _fit(cls, cases: tuple[OtocCase, ...], info: ValidationInfo) -> tuple[OtocCase, ...]:
        _check_chains(cases)
        for index, case in enumerate(cases):
            unit = info.data.get("time_step")
            check_multiple(case.sampling_interval, unit, "time_step", at=(index, "sampling_interval"))
        return cases


class MomentCase(_Chain):
    """One chain at one drive, whose deviations are followed by populations of clones."""

    burn_in: BurnIn = setting(
        "time from the vacuum before the clones start", "1/gamma", gt=0, le=1e9, rule="a whole multiple of 1"
    )
    alignment: float = setting(
        "time in which deviations align before they are weighted",
        "1/gamma",
        ge=0,
        le=1e9,
        rule="a whole multiple of interval",
    )
    final_time: float = setting(
        "time for which they are weighted", "1/gamma", gt=0, le=1e9, rule="a whole multiple of interval"
    )
    relaxation_time: Annotated[float, up_to("final_time", 2)] = setting(
        "first part of it, which the growth in the long run leaves out",
        "1/gamma",
        ge=0,
        le=1e9,
        rule="a whole multiple of interval, at most half of final_time",
    )
    early_time: Annotated[float, up_to("final_time")] = setting(
        "first part of it, over which early growth is told",
        "1/gamma",
        gt=0,
        le=1e9,
        rule="a whole multiple of interval, at most final_time",
    )


class Moments(Section):
    """Growth of the moments of small deviations by population dynamics; times in 1/gamma."""

    stepper: str = stepper_setting(BoseHubbardChain)
    time_step: float = setting("step of the integrator", "1/gamma", gt=0, le=0.2)
    interval: Annotated[float, multiple_of("time_step")] = setting(
        "time between samples, at which deviations are made small again and clones may be resampled",
        "1/gamma",
        gt=0,
        le=10,
        rule="a whole multiple of time_step",
    )
    burn_in_step: BurnInStep = setting("step of the burn-in, by splitting", "1/gamma", gt=0, le=0.2, rule="divides 1")
    moments: Annotated[tuple[Power, ...], Increasing] = setting(
        "powers q of the length of a deviation", min_length=1, max_length=16, rule="strictly increasing"
    )
    clones: Annotated[tuple[int, ...], Increasing] = setting(
        "clones of a population; rates of several sizes tell what they owe to it",
        "clones",
        min_length=1,
        max_length=16,
        rule="strictly increasing, each up to 64 or a multiple of 64",
    )
    n_populations: int = setting(
        "independent populations of every size: the unit of errors", "populations", ge=MIN_BATCHES, le=10**6
    )
    populations_per_job: int = cut("populations that one job computes", "populations")
    n_starts: int = setting("states from which the clones of a population start", "states", ge=1, le=10**6)
    least_share: float = setting("clones are resampled where the effective share of them is less", ge=0, le=1)
    least_effective: float = setting(
        "least effective number of samples with which a plain sample holds a moment", ge=4, le=1e6
    )
    cases: tuple[MomentCase, ...] = block(
        "chains and drives", "chain_moment_growth, chain_moment_clones", min_length=1, max_length=64
    )

    @field_validator("clones")
    @classmethod
    def _whole_blocks(cls, value: tuple[int, ...]) -> tuple[int, ...]:
        for index, number in enumerate(value):
            if number < 2 or number % min(number, BLOCK):
                raise refuse(f"2 to {BLOCK}, or a multiple of {BLOCK}", at=(index,))
        return value

    @field_validator("cases")
    @classmethod
    def _fit(cls, cases: tuple[MomentCase, ...], info: ValidationInfo) -> tuple[MomentCase, ...]:
        _check_chains(cases)
        for index, case in enumerate(cases):
            for key in ("alignment", "final_time", "relaxation_time", "early_time"):
                check_multiple(getattr(case, key), info.data.get("interval"), "interval", at=(index, key))
        return cases


class LyapunovScan(Section):
    """Lyapunov exponents of chains of one length over the drive, with noise (twa) and without (gpe)."""

    name: Name = setting("name of the scan, part of file names", rule="each name once in the list")
    length: int = setting("number of sites of the chain", "sites", ge=2, le=10_000)
    drive_amplitudes: Annotated[tuple[Drive, ...], Increasing] = setting(
        "coherent drive amplitudes F", "gamma", min_length=1, max_length=10_000, rule="strictly increasing"
    )
    job_interval: float = cut("length of the intervals of the drive that are a job each", "gamma")
    n_exponents: int = setting(
        "leading exponents that are computed; the dimension needs all, 2 length",
        "exponents",
        ge=1,
        rule="at most 2 length",
    )
    burn_in: BurnIn = setting(
        "time from the vacuum before the vectors start", "1/gamma", gt=0, le=1e9, rule="a whole multiple of 1"
    )
    alignment: float = setting(
        "time in which the vectors align", "1/gamma", gt=0, le=1e9, rule="a whole multiple of interval"
    )
    averaging_time: float = setting(
        "time over which exponents are averaged", "1/gamma", gt=0, le=1e9, rule="a whole multiple of 16 intervals"
    )

    @field_validator("n_exponents")
    @classmethod
    def _has_so_many(cls, value: int, info: ValidationInfo) -> int:
        length = info.data.get("length")
        if length is not None and value > 2 * length:
            raise refuse(f"at most 2 length = {2 * length}")
        return value


class Lyapunov(Section):
    """Lyapunov spectra of the chain and their Kaplan-Yorke dimension; times in 1/gamma."""

    n_trajectories: int = setting(
        "trajectories of every chain and drive: the unit of errors", "trajectories", ge=MIN_BATCHES, le=10**6
    )
    time_step: float = setting("step of the Runge-Kutta integrator and its tangent", "1/gamma", gt=0, le=0.1)
    interval: Annotated[float, multiple_of("time_step")] = setting(
        "time between orthonormalisations", "1/gamma", gt=0, le=10, rule="a whole multiple of time_step"
    )
    burn_in_step: BurnInStep = setting("step of the burn-in, by splitting", "1/gamma", gt=0, le=0.2, rule="divides 1")
    scans: tuple[LyapunovScan, ...] = block(
        "chains and their drives", "chain_lyapunov, figure_chain_lyapunov", min_length=1, max_length=64
    )

    def step_time(self, scan: LyapunovScan) -> float:
        """Time of a scan in which what the step adds is measured."""
        return min(STEP_INTERVALS * self.interval, scan.averaging_time)

    @field_validator("scans")
    @classmethod
    def _fit(cls, scans: tuple[LyapunovScan, ...], info: ValidationInfo) -> tuple[LyapunovScan, ...]:
        check_points(
            scans,
            lambda scan: [
                ((scan.length, drive), ("drive_amplitudes", place)) for place, drive in enumerate(scan.drive_amplitudes)
            ],
            "drives that {other}, of the same length, has not",
        )
        interval = info.data.get("interval")
        for index, scan in enumerate(scans):
            check_multiple(scan.alignment, interval, "interval", at=(index, "alignment"))
            blocks = interval and 16 * interval
            check_multiple(scan.averaging_time, blocks, "16 intervals", at=(index, "averaging_time"))
        return scans
