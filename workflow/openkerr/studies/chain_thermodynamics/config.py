"""Configuration of the chain's thermodynamics: ensembles, thermometers, domains, and a test of the thermometers."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError

from openkerr.models.bose_hubbard_chain import BoseHubbardChain
from openkerr.numerics.stats import MIN_BATCHES
from openkerr.settings.checks import Name, Trajectories, check_increasing, check_multiple, check_names
from openkerr.settings.fields import Section, block, refuse, setting
from openkerr.studies.stepper_setting import stepper_setting

Site = Annotated[int, Field(ge=1, le=10_000)]
Drive = Annotated[float, Field(ge=0, le=1e6)]
Sites = tuple[Site, Site, Site]


class ThermalCase(Section):
    """One chain of ``chain.thermodynamics``."""

    name: Name = setting("name of the case, part of file names", rule="each name once in the list")
    length: int = setting("number of sites of the chain", "sites", ge=4, le=10_000)
    drive_amplitude: float = setting("coherent drive amplitude F", "gamma", ge=0, le=1e6)
    burn_in: float = setting(
        "time before the window", "1/gamma", ge=0, le=1e9, rule="a whole multiple of sampling_interval"
    )
    averaging_time: float = setting(
        "length of the window that is averaged",
        "1/gamma",
        gt=0,
        le=1e9,
        rule="a whole multiple of sampling_interval, longer than lag_time where there are correlation_sites",
    )
    correlation_sites: tuple[Site, ...] = setting(
        "sites whose auto-correlation is taken", "sites", max_length=100, rule="increasing, up to length"
    )

    @field_validator("correlation_sites")
    @classmethod
    def _in_chain(cls, value: tuple[int, ...], info: ValidationInfo) -> tuple[int, ...]:
        check_increasing(value)
        length = info.data.get("length")
        if length is not None and value and value[-1] > length:
            raise refuse(f"at most length = {length}", at=(len(value) - 1,))
        return value


class ThermalState(Section):
    """A state of the closed chain, classical and grand-canonical."""

    temperature: float = setting("temperature T", "gamma", gt=0, le=1e6)
    chemical_potential: float = setting(
        "chemical potential mu, the resonators' frequency in it", "gamma", ge=-1e6, le=1e6
    )


class Equilibrium(Section):
    """Chains drawn from known states, hopping included, on which the thermometers are tried."""

    states: tuple[ThermalState, ...] = block("the states", "chain_thermometer_bias", min_length=1, max_length=64)
    length: int = setting("number of sites", "sites", ge=8, le=10_000)
    n_chains: int = setting("independent chains, the batches of errors", "chains", ge=MIN_BATCHES, le=10_000)
    n_samples: int = setting("samples of each chain", "samples", ge=1, le=1_000_000)
    sweeps_per_sample: int = setting("sweeps over all sites between two samples", "sweeps", ge=1, le=10_000)
    burn_in: int = setting("sweeps before the first sample", "sweeps", ge=0, le=1_000_000)


class ShownThermodynamics(Section):
    """Cases that figures chain 4, 14, 15, 16 and 17 draw."""

    length: int = setting("number of sites in figures chain 4, 14, 15 and 17", "sites", ge=4, le=10_000)
    drive_amplitudes: tuple[Drive, ...] = setting(
        "drives of figure chain 4; the first two are those of figures chain 14 and 17, the second that of chain 15",
        "gamma",
        min_length=2,
        max_length=4,
        rule="among the cases of this length",
    )
    sites: Sites = setting("sites of Wigner functions and momenta", "sites", rule="increasing, up to length")
    scaling_drive: float = setting(
        "drive whose domains are drawn against the length", "gamma", ge=0, le=1e6, rule="of one case at least"
    )
    memory_length: int = setting("number of sites in figure chain 16", "sites", ge=4, le=10_000)
    memory_drive: float = setting("drive of figure chain 16", "gamma", ge=0, le=1e6)
    memory_sites: Sites = setting(
        "sites of figure chain 16", "sites", rule="correlation_sites of the case of memory_length and memory_drive"
    )

    @field_validator("sites")
    @classmethod
    def _inside(cls, value: tuple[int, ...], info: ValidationInfo) -> tuple[int, ...]:
        check_increasing(value)
        length = info.data.get("length")
        if length is not None and value[-1] > length:
            raise refuse(f"at most length = {length}", at=(len(value) - 1,))
        return value


class ChainThermodynamics(Trajectories):
    """Ensembles whose sites are fitted with thermal and impurity states."""

    stepper: str = stepper_setting(BoseHubbardChain)
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
    lag_interval: float = setting(
        "time between lags of auto-correlations",
        "1/gamma",
        gt=0,
        le=1e6,
        rule="a whole multiple of time_step of which sampling_interval is one",
    )
    lag_time: float = setting(
        "greatest lag of auto-correlations", "1/gamma", gt=0, le=1e6, rule="a whole multiple of lag_interval"
    )
    n_references: int = setting(
        "times of the window from which lags are taken, a trajectory", "samples", ge=1, le=100_000
    )
    extent: float = setting("half side of the square of the histograms", "fields", gt=0, le=15)
    n_cells: int = setting("cells of a histogram along each side", "cells", ge=4, le=1000, rule="even")
    broken_variance: float = setting(
        "circular variance below which a site is of the domain next to the drive", gt=0, lt=1
    )
    cases: tuple[ThermalCase, ...] = block(
        "chains, each simulated once", "chain_thermometry, chain_entropy", min_length=1, max_length=256
    )
    equilibrium: Equilibrium = block(Equilibrium.__doc__, "chain_thermometer_bias")
    shown: ShownThermodynamics = block("cases that are drawn", "figures chain 4, 14, 15, 16, 17")

    @field_validator("sampling_interval", "lag_interval")
    @classmethod
    def _whole_steps(cls, value: float, info: ValidationInfo) -> float:
        value = check_multiple(value, info.data.get("time_step"), "time_step")
        longer = info.data.get("sampling_interval")
        if info.field_name == "lag_interval" and longer is not None:
            ratio = longer / value
            if round(ratio) < 1 or abs(ratio - round(ratio)) > 1e-9 * ratio:
                raise refuse(f"a value of which sampling_interval = {longer:g} is a whole multiple")
        return value

    @field_validator("lag_time")
    @classmethod
    def _whole_lags(cls, value: float, info: ValidationInfo) -> float:
        return check_multiple(value, info.data.get("lag_interval"), "lag_interval")

    @field_validator("n_cells")
    @classmethod
    def _even(cls, value: int) -> int:
        if value % 2:
            raise refuse("an even number")
        return value

    @field_validator("cases")
    @classmethod
    def _cases_fit(cls, cases: tuple[ThermalCase, ...], info: ValidationInfo) -> tuple[ThermalCase, ...]:
        check_names(cases)
        taken: dict[tuple, str] = {}
        unit, lag_time = info.data.get("sampling_interval"), info.data.get("lag_time")
        for index, case in enumerate(cases):
            point = (case.length, case.drive_amplitude)
            if taken.setdefault(point, case.name) != case.name:
                raise refuse(f"another point than that of {taken[point]}", at=(index, "name"))
            for key in ("burn_in", "averaging_time"):
                try:
                    check_multiple(getattr(case, key), unit, "sampling_interval")
                except PydanticCustomError as error:
                    raise refuse((error.context or {})["allowed"], at=(index, key)) from None
            if unit is not None and case.averaging_time < 2 * unit:
                raise refuse(f"at least two times sampling_interval = {unit:g}", at=(index, "averaging_time"))
            if lag_time is not None and case.correlation_sites and case.averaging_time <= lag_time:
                raise refuse(f"more than lag_time = {lag_time:g}", at=(index, "averaging_time"))
        return cases

    @field_validator("shown")
    @classmethod
    def _shown_exist(cls, shown: ShownThermodynamics, info: ValidationInfo) -> ShownThermodynamics:
        cases = info.data.get("cases", ())
        points = {(case.length, case.drive_amplitude) for case in cases}
        for index, drive in enumerate(shown.drive_amplitudes if cases else ()):
            if (shown.length, drive) not in points:
                text = f"a drive that chain.thermodynamics.cases has at length {shown.length}"
                raise refuse(text, at=("drive_amplitudes", index))
        if cases and shown.scaling_drive not in {drive for _, drive in points}:
            raise refuse("a drive of chain.thermodynamics.cases", at=("scaling_drive",))
        followed = {(case.length, case.drive_amplitude): set(case.correlation_sites) for case in cases}
        wanted = set(shown.memory_sites)
        if cases and not wanted <= followed.get((shown.memory_length, shown.memory_drive), set()):
            text = "sites that are correlation_sites of the case of memory_length and memory_drive"
            raise refuse(text, at=("memory_sites",))
        return shown
