"""Configuration of the chain's ensembles at chosen points: profiles, coherences, currents, distributions."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError

from openkerr.models.bose_hubbard_chain import BoseHubbardChain
from openkerr.settings.checks import (
    Name,
    Trajectories,
    check_increasing,
    check_multiple,
    check_names,
)
from openkerr.settings.fields import Section, block, refuse, setting
from openkerr.studies.stepper_setting import stepper_setting

Site = Annotated[int, Field(ge=1, le=10_000)]
Drive = Annotated[float, Field(ge=0, le=1e6)]


class EnsembleCase(Section):
    """One point of ``chain.ensembles``; its intrinsic loss replaces that of ``chain.model``."""

    name: Name = setting("name of the case, part of file names", rule="each name once in the list")
    method: Literal["twa", "gpe"] = setting(
        "field equation: truncated Wigner, or Gross-Pitaevskii without bath noise; both start from the sampled vacuum"
    )
    length: int = setting("number of sites of the chain", "sites", ge=3, le=10_000)
    drive_amplitude: float = setting("coherent drive amplitude F", "gamma", ge=0, le=1e6)
    intrinsic_loss_rate: float = setting("loss rate kappa at every site", "gamma", ge=0, le=1e6)
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
    extent: float = setting("half side of the square of the histograms", "fields", gt=0, le=1e6)
    wigner_sites: tuple[Site, ...] = setting(
        "sites whose Wigner functions are kept as pictures", "sites", max_length=100, rule="increasing, up to length"
    )
    correlation_sites: tuple[Site, ...] = setting(
        "sites whose auto-correlation is taken", "sites", max_length=100, rule="increasing, up to length"
    )

    @field_validator("wigner_sites", "correlation_sites")
    @classmethod
    def _in_chain(cls, value: tuple[int, ...], info: ValidationInfo) -> tuple[int, ...]:
        check_increasing(value)
        length = info.data.get("length")
        if length is not None and value and value[-1] > length:
            raise refuse(f"at most length = {length}", at=(len(value) - 1,))
        return value


class ShownEnsembles(Section):
    """Cases that figures chain 3, 13 and 19 draw."""

    length: int = setting("number of sites in figures chain 3 and 13", "sites", ge=3, le=10_000)
    drive_amplitudes: tuple[Drive, Drive] = setting(
        "drives of figure chain 3; the second, which gpe must have too, is that of figure chain 13", "gamma"
    )
    sites: tuple[Site, Site, Site] = setting(
        "sites of the Wigner functions and momenta", "sites", rule="among the wigner_sites of these cases"
    )
    loss_length: int = setting("number of sites in figure chain 19", "sites", ge=3, le=10_000)
    loss_drives: tuple[Drive, Drive] = setting("drives of figure chain 19", "gamma")
    loss_rates: tuple[Drive, ...] = setting(
        "intrinsic loss rates of the Wigner functions in figure chain 19",
        "gamma",
        rule="increasing",
        min_length=2,
        max_length=4,
    )
    loss_site: int = setting(
        "site of these Wigner functions", "sites", ge=1, le=10_000, rule="among the wigner_sites of these cases"
    )

    @field_validator("loss_rates")
    @classmethod
    def _increasing(cls, value: tuple[float, ...]) -> tuple[float, ...]:
        check_increasing(value)
        return value


class ChainEnsembles(Trajectories):
    """Steady states of single chains with all that later figures need, each simulated once."""

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
    n_cells: int = setting("cells of a histogram along each side", "cells", ge=2, le=1000)
    cases: tuple[EnsembleCase, ...] = block(
        "ensembles, each a point of its own", "chain_profiles, chain_coherence, chain_currents, chain_wigner",
        min_length=1, max_length=256,
    )  # fmt: skip
    shown: ShownEnsembles = block("cases that are drawn", "figure_chain_3, figure_chain_13, figure_chain_19")

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

    @field_validator("cases")
    @classmethod
    def _cases_fit(cls, cases: tuple[EnsembleCase, ...], info: ValidationInfo) -> tuple[EnsembleCase, ...]:
        check_names(cases)
        taken: dict[tuple, str] = {}
        unit, lag_time = info.data.get("sampling_interval"), info.data.get("lag_time")
        for index, case in enumerate(cases):
            point = (case.method, case.length, case.drive_amplitude, case.intrinsic_loss_rate)
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
    def _shown_exist(cls, shown: ShownEnsembles, info: ValidationInfo) -> ShownEnsembles:
        cases = info.data.get("cases", ())
        sites = {(c.method, c.length, c.drive_amplitude, c.intrinsic_loss_rate): c.wigner_sites for c in cases}
        wanted: list[tuple[tuple[str, int, float, float], tuple[int, ...]]]
        wanted = [(("twa", shown.length, drive, 0.0), shown.sites) for drive in shown.drive_amplitudes]
        wanted += [(("gpe", shown.length, shown.drive_amplitudes[1], 0.0), ())]
        wanted += [
            (("twa", shown.loss_length, drive, loss), (shown.loss_site,))
            for drive in shown.loss_drives
            for loss in shown.loss_rates
        ]
        for point, needed in wanted if cases else ():
            method, length, drive, loss = point
            text = f"method {method}, length {length}, drive {drive:g} and intrinsic loss {loss:g}"
            if point not in sites:
                raise refuse(f"points that chain.ensembles.cases has, which lacks {text}")
            if not set(needed) <= set(sites[point]):
                raise refuse(f"sites that are wigner_sites of the case with {text}")
        return shown
