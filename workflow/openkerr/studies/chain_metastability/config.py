"""Configuration of the onset and metastability of the resonant nonlinear wave."""

from __future__ import annotations

from itertools import product
from typing import Annotated, Literal

from pydantic import Field, ValidationInfo, field_validator

from openkerr.models.bose_hubbard_chain import BoseHubbardChain
from openkerr.numerics.stats import MIN_BATCHES
from openkerr.settings.checks import (
    Increasing,
    Name,
    check_multiple,
    check_points,
    divides,
    multiple_of,
    up_to,
)
from openkerr.settings.fields import Section, block, cut, refuse, setting
from openkerr.studies.stepper_setting import stepper_setting

Length = Annotated[int, Field(ge=4, le=10_000)]
Drive = Annotated[float, Field(gt=0, le=1e6)]
Share = Annotated[float, Field(gt=0, lt=1)]
WINDOWS = 20
"""Fewest windows of a run."""


class _Lanes(Section):
    """Trajectories in blocks; errors come from single trajectories, which are independent."""

    n_trajectories: int = setting("number of trajectories", "trajectories", ge=16, le=1_000_000)
    batch_size: int = setting("trajectories of a vectorised block", "trajectories", ge=1, le=65_536)
    batches_per_job: int = cut("blocks that one job computes", "batches")


class Onset(_Lanes):
    """The onset of the wave from the vacuum, site by site (figure chain 5)."""

    length: int = setting("number of sites", "sites", ge=4, le=10_000)
    drive_amplitude: float = setting("coherent drive amplitude F, at which there is a wave", "gamma", gt=0, le=1e6)
    final_time: float = setting(
        "time at which the run ends", "1/gamma", gt=0, le=1e9, rule="a whole multiple of window"
    )
    window: float = setting(
        "time over which a point of the picture is averaged", "1/gamma", gt=0, le=1e6,
        rule="a whole multiple of sampling_interval",
    )  # fmt: skip
    n_paths: Annotated[int, up_to("n_trajectories")] = setting(
        "single trajectories that are kept", "trajectories", ge=1, le=16, rule="at most n_trajectories"
    )


class PassageCase(_Lanes):
    """Ensembles over length and drive from one kind of start."""

    name: Name = setting("name of the case, part of file names", rule="each name once in the list")
    start: Literal["vacuum", "rest", "rnw"] = setting(
        "vacuum: sampled from its Wigner function; rest: all fields zero; rnw: a coherent state, sampled, at the wave "
        "of Newton's method"
    )
    bath_noise: bool = setting("whether the baths kick: false is the truncated-Wigner equation without noise")
    lengths: Annotated[tuple[Length, ...], Increasing] = setting(
        "numbers of sites", "sites", min_length=1, max_length=200, rule="strictly increasing"
    )
    length_interval: float = cut("length of the intervals of the number of sites that are a job each", "sites")
    drive_amplitudes: Annotated[tuple[Drive, ...], Increasing] = setting(
        "coherent drive amplitudes F, at which there is a wave", "gamma", min_length=1, max_length=200,
        rule="strictly increasing",
    )  # fmt: skip
    final_time: float = setting(
        "time at which the runs end", "1/gamma", gt=0, le=1e9, rule=f"a whole multiple of window, at least {WINDOWS}"
    )


class Thresholds(Section):
    """What counts as the wave: running means of the photon number over that of the wave."""

    running_windows: int = setting("windows of the running mean", "windows", ge=1, le=1000)
    wave_band: float = setting(
        "half width of the band about the wave within which a trajectory has arrived", gt=0, lt=1
    )
    left_share: float = setting(
        "share of the wave's photon number below which a trajectory has left it", gt=0, lt=1,
        rule="below 1 - wave_band",
    )  # fmt: skip

    @field_validator("left_share")
    @classmethod
    def _apart(cls, value: float, info: ValidationInfo) -> float:
        band = info.data.get("wave_band")
        if band is not None and value >= 1 - band:
            raise refuse(f"below 1 - wave_band = {1 - band:g}")
        return value


class SplittingCase(Section):
    """Rates of one direction of one chain by forward flux sampling."""

    name: Name = setting("name of the case, part of file names", rule="each name once in the list")
    direction: Literal["arrival", "escape"] = setting("to the wave from the vacuum's chaos, or away from the wave")
    length: int = setting("number of sites", "sites", ge=4, le=10_000)
    drive_amplitude: float = setting("coherent drive amplitude F, at which there is a wave", "gamma", gt=0, le=1e6)
    sites: Literal["chain", "driven_half"] = setting("sites over which the photon number of the coordinate is averaged")
    memory_time: float = setting("time of the coordinate's exponential mean; 0: none", "1/gamma", ge=0, le=1e6)
    ends: Annotated[tuple[Share, Share], Increasing] = setting(
        "coordinate of the first and the last interface: photon number over that of the wave for an arrival, what is "
        "missing of it for an escape",
        rule="strictly increasing",
    )
    burn_in: float = setting("time in which trajectories forget their start", "1/gamma", gt=0, le=1e9)
    flux_time: float = setting("time in which the first interface is watched", "1/gamma", gt=0, le=1e9)
    n_trials: int = setting("trials of a stage", "trials", ge=1, le=1_000_000, rule="a whole multiple of batch_size")
    n_populations: int = setting("independent populations", "populations", ge=4, le=10_000)


class Splitting(Section):
    """Rare passages by forward flux sampling (`openkerr.solvers.splitting`)."""

    n_lanes: int = setting(
        "trajectories from which the flux is taken", "trajectories", ge=1, le=1_000_000,
        rule="a whole multiple of batch_size",
    )  # fmt: skip
    batch_size: Annotated[int, divides("n_lanes")] = setting(
        "trajectories of a vectorised block", "trajectories", ge=1, le=65_536
    )
    max_time: float = setting("time after which a trial that has not ended is a fault", "1/gamma", gt=0, le=1e9)
    share: float = setting("share of a pilot's trials that reach the next interface", gt=0, lt=1)
    cases: tuple[SplittingCase, ...] = block("chains and directions", "chain_splitting, chain_rates", max_length=256)

    @field_validator("cases")
    @classmethod
    def _cases_fit(cls, cases: tuple[SplittingCase, ...], info: ValidationInfo) -> tuple[SplittingCase, ...]:
        check_points(
            cases,
            lambda case: [((case.direction, case.length, case.drive_amplitude, case.sites, case.n_trials), ("name",))],
            "another point, sites or number of trials than {other}",
        )
        for index, case in enumerate(cases):
            check_multiple(case.n_trials, info.data.get("batch_size"), "batch_size", at=(index, "n_trials"))
        return cases


class EventCase(Section):
    """One chain from one start, at some temperatures of the baths at its ends."""

    name: Name = setting("name of the case, part of file names", rule="each name once in the list")
    start: Literal["vacuum", "rnw"] = setting(
        "vacuum: sampled from its Wigner function; rnw: a coherent state, sampled, at the wave of Newton's method"
    )
    length: int = setting("number of sites", "sites", ge=4, le=10_000)
    drive_amplitude: float = setting("coherent drive amplitude F", "gamma", gt=0, le=1e6)
    thermal_occupations: Annotated[tuple[Annotated[float, Field(ge=0, le=1e6)], ...], Increasing] = setting(
        "occupations n_th of the baths at the lossy sites, in place of that of chain.model", "photons", min_length=1,
        max_length=16, rule="strictly increasing",
    )  # fmt: skip
    final_time: float = setting(
        "time at which the runs end", "1/gamma", gt=0, le=1e9, rule=f"a whole multiple of window, at least {WINDOWS}"
    )


class Events(Section):
    """Single passages in space and time, and what a temperature of the baths changes."""

    n_trajectories: int = setting("number of trajectories", "trajectories", ge=16, le=1_000_000)
    batch_size: int = setting("trajectories of a vectorised block", "trajectories", ge=1, le=65_536)
    n_events: int = setting("passages of a case that are followed in space", "passages", ge=2, le=10_000)
    before: float = setting("time that is kept before a passage", "1/gamma", gt=0, le=1e6)
    after: float = setting("time that is kept after it", "1/gamma", gt=0, le=1e6)
    agitation_time: float = setting("time over which the agitation of a site is measured", "1/gamma", gt=0, le=1e6)
    levels: Annotated[tuple[Annotated[float, Field(gt=0, lt=1)], ...], Increasing] = setting(
        "levels of agitation whose fronts are timed", min_length=1, max_length=16, rule="strictly increasing"
    )
    cases: tuple[EventCase, ...] = block(
        EventCase.__doc__, "chain_wave_fronts, chain_thermal_baths", min_length=1, max_length=64
    )
    shown: tuple[Name, Name] = setting("cases of figure chain_wave_events: one to the wave, one away from it")


class ShownPassages(Section):
    """What figure chain 7 draws."""

    drive_amplitude: float = setting("drive of the curves and histograms", "gamma", gt=0, le=1e6)
    lengths: Annotated[tuple[Length, Length, Length], Increasing] = setting(
        "chains of the curves and histograms", "sites", rule="strictly increasing, of cases with noise from the vacuum"
    )


class Metastability(Section):
    """Onset and metastability of the resonant nonlinear wave."""

    stepper: str = stepper_setting(BoseHubbardChain)
    precision: Literal["double", "single"] = setting("arithmetic of the fields; sums are double in either")
    noise: Literal["gaussian"] = setting("law of the noise: single trajectories are kept")
    time_step: float = setting(
        "step of the integrator", "1/gamma", gt=0, le=1,
        rule="turns fields by at most 2 radians at the rates of chain.model",
    )  # fmt: skip
    sampling_interval: Annotated[float, multiple_of("time_step")] = setting(
        "time between samples", "1/gamma", gt=0, le=1e6, rule="a whole multiple of time_step"
    )
    window: Annotated[float, multiple_of("sampling_interval")] = setting(
        "time over which photon numbers of single trajectories are averaged", "1/gamma", gt=0, le=1e6,
        rule="a whole multiple of sampling_interval",
    )  # fmt: skip
    relaxation_per_site: float = setting(
        "time a site that a chain is left to forget its start, before passages are counted for rates", "1/gamma",
        gt=0, le=1e6,
    )  # fmt: skip
    onset_band: float = setting(
        "band of the mean photon number over that of the wave, within which it stays from the onset on", gt=0, lt=1
    )
    times: Annotated[tuple[Annotated[float, Field(gt=0, le=1e9)], ...], Increasing] = setting(
        "final times of critical lengths", "1/gamma", min_length=1, max_length=16, rule="strictly increasing"
    )
    histogram_time: Annotated[float, multiple_of("window")] = setting(
        "time at the end of a run over which the photon numbers of histograms are averaged", "1/gamma", gt=0, le=1e9,
        rule="a whole multiple of window",
    )  # fmt: skip
    thresholds: Thresholds = block("what counts as the wave", "chain_metastability, chain_rates")
    varied: tuple[Thresholds, ...] = block(
        "other thresholds, for which rates are taken too", "chain_rate_thresholds", max_length=32
    )
    onset: Onset = block(Onset.__doc__, "chain_onset, figure_chain_5")
    cases: tuple[PassageCase, ...] = block(
        "ensembles; each length and drive once for a start and noise", "chain_metastability, chain_rates",
        min_length=1, max_length=64,
    )  # fmt: skip
    splitting: Splitting = block(Splitting.__doc__, "chain_splitting, chain_rates")
    shown: ShownPassages = block(ShownPassages.__doc__, "figure_chain_7")
    events: Events = block(Events.__doc__, "chain_wave_fronts, chain_thermal_baths, figure_chain_wave_events")

    @field_validator("events")
    @classmethod
    def _events_fit(cls, events: Events, info: ValidationInfo) -> Events:
        check_points(
            events.cases,
            lambda case: [((case.start, case.length, case.drive_amplitude), ("name",))],
            "another start, length or drive than {other}",
        )
        most = events.n_trajectories // MIN_BATCHES
        if events.batch_size > most:
            raise refuse(f"at most {most}, for {MIN_BATCHES} batches", at=("batch_size",))
        interval, window = (info.data.get(key) for key in ("sampling_interval", "window"))
        for key in ("before", "after", "agitation_time"):
            check_multiple(getattr(events, key), interval, "sampling_interval", at=(key,))
        for index, case in enumerate(events.cases):
            check_multiple(case.final_time, window, "window", at=("cases", index, "final_time"))
            least = max(WINDOWS * (window or 0.0), 2 * (events.before + events.after))
            if case.final_time < least:
                raise refuse(f"at least {least:g}", at=("cases", index, "final_time"))
        found = {case.name: case.start for case in events.cases}
        for place, start in enumerate(("vacuum", "rnw")):
            if found.get(events.shown[place]) != start:
                raise refuse(f"a case that starts from {start}", at=("shown", place))
        return events

    @field_validator("onset")
    @classmethod
    def _onset_fits(cls, onset: Onset, info: ValidationInfo) -> Onset:
        check_multiple(onset.window, info.data.get("sampling_interval"), "sampling_interval", at=("window",))
        check_multiple(onset.final_time, onset.window, "window", at=("final_time",))
        return onset

    @field_validator("cases")
    @classmethod
    def _cases_fit(cls, cases: tuple[PassageCase, ...], info: ValidationInfo) -> tuple[PassageCase, ...]:
        check_points(
            cases,
            lambda case: [
                ((case.start, case.bath_noise, length, drive), ("drive_amplitudes", place))
                for length, (place, drive) in product(case.lengths, enumerate(case.drive_amplitudes))
            ],
            "drives that {other}, of the same start, noise and length, has not",
        )
        window = info.data.get("window")
        needed = info.data.get("histogram_time")
        rules = info.data.get("thresholds")
        for index, case in enumerate(cases):
            if window is None or needed is None or rules is None:
                continue
            least = max(WINDOWS * window, needed, 2 * rules.running_windows * window)
            check_multiple(case.final_time, window, "window", at=(index, "final_time"))
            if case.final_time < least:
                raise refuse(f"at least {least:g}", at=(index, "final_time"))
        return cases

    @field_validator("splitting")
    @classmethod
    def _times_fit(cls, splitting: Splitting, info: ValidationInfo) -> Splitting:
        for index, case in enumerate(splitting.cases):
            for key in ("burn_in", "flux_time"):
                unit = info.data.get("sampling_interval")
                check_multiple(getattr(case, key), unit, "sampling_interval", at=("cases", index, key))
        return splitting

    @field_validator("shown")
    @classmethod
    def _shown_exist(cls, shown: ShownPassages, info: ValidationInfo) -> ShownPassages:
        found = {
            (length, drive)
            for case in info.data.get("cases", ())
            if case.start == "vacuum" and case.bath_noise
            for length, drive in product(case.lengths, case.drive_amplitudes)
        }
        for place, length in enumerate(shown.lengths):
            if found and (length, shown.drive_amplitude) not in found:
                text = f"lengths that cases with noise from the vacuum have at drive {shown.drive_amplitude:g}"
                raise refuse(text, at=("lengths", place))
        return shown
