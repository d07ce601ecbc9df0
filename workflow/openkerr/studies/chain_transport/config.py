"""Configuration of transport along the chain."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, ValidationInfo, field_validator

from openkerr.models.bose_hubbard_chain import BoseHubbardChain
from openkerr.numerics.stats import MIN_BATCHES
from openkerr.settings.checks import (
    Batched,
    Even,
    Increasing,
    Name,
    below,
    check_multiple,
    check_names,
    multiple_of,
)
from openkerr.settings.fields import Section, block, refuse, setting
from openkerr.studies.chain_settings import ChainTrajectories, Drive, SitesInChain
from openkerr.studies.stepper_setting import stepper_setting

Length = Annotated[int, Field(ge=4, le=10_000)]
Time = Annotated[float, Field(ge=0, le=1e9)]


class CurrentSeries(Section):
    """Chains of growing length at one drive."""

    name: Name = setting("name of the series, part of file names", rule="each name once in the list")
    drive_amplitude: float = setting("coherent drive amplitude F", "gamma", ge=0, le=1e6, rule="each drive once")
    start: Literal["vacuum", "wave"] = setting(
        "state from which trajectories start: the vacuum, or the resonant nonlinear wave that Newton's method finds"
    )
    lengths: Annotated[tuple[Length, ...], Increasing] = setting(
        "numbers of sites", "sites", min_length=1, max_length=100, rule="strictly increasing"
    )
    burn_ins: tuple[Time, ...] = setting(
        "time before the window of each length",
        "1/gamma",
        min_length=1,
        max_length=100,
        rule="one a length, whole multiples of sampling_interval",
    )
    averaging_time: float = setting(
        "length of the window that is averaged",
        "1/gamma",
        gt=0,
        le=1e9,
        rule="a whole multiple of sampling_interval, at least twice as long",
    )

    @field_validator("burn_ins")
    @classmethod
    def _one_a_length(cls, value: tuple[float, ...], info: ValidationInfo) -> tuple[float, ...]:
        lengths = info.data.get("lengths")
        if lengths is not None and len(value) != len(lengths):
            raise refuse(f"{len(lengths)} times, one a length")
        return value


class ConductivityPoint(Section):
    """A bond of a chain whose bulk is continued as a closed ring."""

    length: int = setting("number of sites", "sites", ge=4, le=10_000, rule="a length of the series with this drive")
    drive_amplitude: float = setting(
        "coherent drive amplitude F", "gamma", ge=0, le=1e6, rule="that of a series that starts from the vacuum"
    )
    site: int = setting(
        "left site of the bond", "sites", ge=2, le=10_000, rule="gradient_half_width away from the second and last bond"
    )


class Conductivities(Batched):
    """Green-Kubo conductivities of closed rings, as many as trajectories, in equilibrium at the state of some bonds."""

    n_sites: Annotated[int, Even] = setting("sites of a ring", "sites", ge=4, le=10_000, rule="even")
    n_sweeps: int = setting("sweeps of Metropolis' rule from a uniform field", "sweeps", ge=1, le=1_000_000)
    time_step: float = setting("step of the motion", "1/gamma", gt=0, le=0.2)
    sampling_interval: Annotated[float, multiple_of("time_step")] = setting(
        "time between samples of the currents", "1/gamma", gt=0, le=1e3, rule="a whole multiple of time_step"
    )
    final_time: Annotated[float, multiple_of("sampling_interval")] = setting(
        "length of the motion", "1/gamma", gt=0, le=1e9, rule="a whole multiple of sampling_interval above lag_time"
    )
    lag_time: Annotated[float, multiple_of("sampling_interval"), below("final_time")] = setting(
        "time to which correlations are integrated",
        "1/gamma",
        gt=0,
        le=1e6,
        rule="a whole multiple of sampling_interval",
    )
    gradient_half_width: int = setting("bonds on either side over which gradients are fitted", "sites", ge=1, le=1000)
    points: tuple[ConductivityPoint, ...] = block(
        "bonds whose conductivities are computed", "chain_conductivity, figure_chain_conductivity", max_length=100
    )


Window = tuple[Annotated[float, Field(gt=0, le=1e6)], Annotated[float, Field(gt=0, le=1e6)]]


class Roughening(Section):
    """Structure functions of the phase in the resonant nonlinear wave, with linear theory beside them."""

    length: int = setting("number of sites", "sites", ge=4, le=1000)
    drive_amplitude: float = setting("coherent drive amplitude F", "gamma", gt=0, le=1e6)
    sites: SitesInChain = setting(
        "sites whose phases are followed", "sites", min_length=1, max_length=20, rule="increasing, up to length"
    )
    n_trajectories: int = setting(
        "number of trajectories, each of which is a batch", "trajectories", ge=MIN_BATCHES, le=4096
    )
    stepper: str = stepper_setting(BoseHubbardChain)
    precision: Literal["double", "single"] = setting("arithmetic of the fields")
    time_step: float = setting("step of the integrator", "1/gamma", gt=0, le=0.2)
    sampling_interval: Annotated[float, multiple_of("time_step")] = setting(
        "time between samples, in which phases turn by less than pi",
        "1/gamma",
        gt=0,
        le=10,
        rule="a whole multiple of time_step",
    )
    burn_in: Annotated[float, multiple_of("sampling_interval")] = setting(
        "time before the window", "1/gamma", ge=0, le=1e6, rule="a whole multiple of sampling_interval"
    )
    averaging_time: Annotated[float, multiple_of("sampling_interval")] = setting(
        "length of the window", "1/gamma", gt=0, le=1e6, rule="a whole multiple of sampling_interval"
    )
    lag_time: Annotated[float, multiple_of("sampling_interval"), below("averaging_time")] = setting(
        "longest lag", "1/gamma", gt=0, le=1e6, rule="a whole multiple of sampling_interval, less than averaging_time"
    )
    windows: tuple[Window, ...] = setting(
        "first and last time of the fits of growth exponents",
        "1/gamma",
        min_length=1,
        max_length=20,
        rule="up to lag_time",
    )

    @field_validator("windows")
    @classmethod
    def _within(cls, value: tuple[Window, ...], info: ValidationInfo) -> tuple[Window, ...]:
        limit = info.data.get("lag_time")
        for index, (first, last) in enumerate(value):
            if not first < last:
                raise refuse(f"a last time above the first one, {first:g}", at=(index, 1))
            if limit is not None and last > limit:
                raise refuse(f"at most lag_time = {limit:g}", at=(index, 1))
        return value


class ShownTransport(Section):
    """Chains of figure chain transport."""

    length: int = setting("number of sites of the chains drawn site by site", "sites", ge=4, le=10_000)
    drive_amplitudes: tuple[Drive, Drive] = setting(
        "drives of these chains, of series that start from the vacuum and have this length", "gamma"
    )


class Transport(ChainTrajectories):
    """Currents of photons, energy and heat along the chain, against its length."""

    series: tuple[CurrentSeries, ...] = block(
        "chains of growing length, one series a drive", "chain_transport, figure_chain_transport",
        min_length=1, max_length=64,
    )  # fmt: skip
    thermometer_spacing: int = setting(
        "every so many sites temperature and chemical potential are told, from site 2 on", "sites", ge=1, le=1000
    )

    conductivities: Conductivities = block(Conductivities.__doc__, "chain_conductivity, figure_chain_conductivity")
    roughening: Roughening = block(Roughening.__doc__, "chain_roughening, figure_chain_conductivity")
    shown: ShownTransport = block(ShownTransport.__doc__, "figure_chain_transport")

    @field_validator("series")
    @classmethod
    def _series_fit(cls, series: tuple[CurrentSeries, ...], info: ValidationInfo) -> tuple[CurrentSeries, ...]:
        check_names(series)
        unit = info.data.get("sampling_interval")
        drives: list[float] = []
        for index, one in enumerate(series):
            if one.drive_amplitude in drives:
                raise refuse("a drive that no other series has", at=(index, "drive_amplitude"))
            drives.append(one.drive_amplitude)
            for place, burn_in in enumerate(one.burn_ins):
                check_multiple(burn_in, unit, "sampling_interval", at=(index, "burn_ins", place))
            check_multiple(one.averaging_time, unit, "sampling_interval", least=2, at=(index, "averaging_time"))
        return series

    @field_validator("conductivities")
    @classmethod
    def _points_exist(cls, value: Conductivities, info: ValidationInfo) -> Conductivities:
        series = info.data.get("series", ())
        known = {one.drive_amplitude: one.lengths for one in series if one.start == "vacuum"}
        for index, point in enumerate(value.points if series else ()):
            if point.drive_amplitude not in known:
                raise refuse("a drive of a series that starts from the vacuum", at=("points", index, "drive_amplitude"))
            if point.length not in known[point.drive_amplitude]:
                raise refuse("a length of the series with this drive", at=("points", index, "length"))
            low, high = 2 + value.gradient_half_width, point.length - 2 - value.gradient_half_width
            if not low <= point.site <= high:
                raise refuse(f"a site from {low} to {high}", at=("points", index, "site"))
        return value

    @field_validator("shown")
    @classmethod
    def _shown_exist(cls, shown: ShownTransport, info: ValidationInfo) -> ShownTransport:
        series = info.data.get("series", ())
        known = {one.drive_amplitude: one.lengths for one in series if one.start == "vacuum"}
        for index, drive in enumerate(shown.drive_amplitudes if series else ()):
            if drive not in known:
                raise refuse("a drive of a series that starts from the vacuum", at=("drive_amplitudes", index))
            if shown.length not in known[drive]:
                raise refuse(f"a length of the series with the drive {drive:g}", at=("length",))
        return shown
