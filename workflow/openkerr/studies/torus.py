"""Configuration of the two cavities (arXiv:2507.03764)."""

from __future__ import annotations

from typing import Annotated, TypeVar

from pydantic import Field, ValidationInfo, field_validator

from openkerr.models.kerr_dimer import KerrDimer, KerrDimerParameters
from openkerr.settings.checks import (
    MAX_STEP_RATE,
    check_model,
    check_names,
    check_step,
)
from openkerr.settings.fields import Section, block, complete, refuse, setting
from openkerr.studies.inert import check_effect
from openkerr.studies.torus_actions.config import Actions
from openkerr.studies.torus_attractors.config import Attractors
from openkerr.studies.torus_gaps.config import Gaps, GapVariant
from openkerr.studies.torus_ion.config import CavityCircuit, TrappedIonBlock
from openkerr.studies.torus_liouvillian.config import Liouvillian, TorusSteadyState
from openkerr.studies.torus_melting.config import CircularVariance, Switching, WignerMaps
from openkerr.studies.torus_populations.config import Population

Occupation = Annotated[float, Field(ge=0, le=1e6)]
_Melting = TypeVar("_Melting", WignerMaps, CircularVariance, Switching)


@complete
class TorusModel(Section, KerrDimerParameters):
    """Parameters of the two cavities that do not depend on the rescaling; rates in units of eta."""

    thermal_occupation: tuple[Occupation, Occupation] = setting(
        "occupations n_th of the single-photon baths", "photons"
    )


class Torus(Section):
    """Quantum melting of limit tori in two Kerr cavities (arXiv:2507.03764); rates in eta, times in 1/eta."""

    model: TorusModel = block(
        "parameters of the two cavities that all cases share, as (cavity 1, cavity 2)",
        "all torus rules and figures",
    )

    @field_validator("model")
    @classmethod
    def _is_pumped(cls, model: KerrDimerParameters) -> KerrDimerParameters:
        if not _gains(model):
            raise refuse(_below_gain(model), at=("loss_rate",))
        _check_bound(model)
        # What acts on nothing does so at any aleph, also where the exact diffusion is negative.
        check_effect(KerrDimer.model_construct(aleph=1.0, **model.model_dump()), type(model).model_fields)
        return model

    attractors: Attractors = block(Attractors.__doc__, "torus_attractors, torus_branches, figure_torus_1")
    liouvillian: Liouvillian = block(Liouvillian.__doc__, "torus_liouvillian, figure_torus_liouvillian")

    @field_validator("liouvillian")
    @classmethod
    def _exact_solutions_fit_model(cls, liouvillian: Liouvillian, info: ValidationInfo) -> Liouvillian:
        model: TorusModel | None = info.data.get("model")
        for place, sector in enumerate(liouvillian.sectors if model is not None else ()):
            for index, aleph in enumerate(sector.alephs):
                _check_aleph(model, aleph, ("sectors", place, "alephs", index))
        return liouvillian

    steady_states: TorusSteadyState = block(TorusSteadyState.__doc__, "torus_liouvillian, figure_torus_steady_state")
    initial_amplitude: Annotated[float, Field(ge=-1e3, le=1e3)] = setting(
        "rescaled amplitude of the coherent state in which both cavities start"
    )
    populations: tuple[Population, ...] = block(
        "truncated-Wigner ensembles of the populations against time",
        "torus_populations, figure_torus_2",
        min_length=1,
        max_length=6,
    )
    circuit: CavityCircuit = block(CavityCircuit.__doc__, "torus_circuit")
    trapped_ion: TrappedIonBlock = block(TrappedIonBlock.__doc__, "torus_trapped_ion, figure_torus_ion")

    @field_validator("attractors")
    @classmethod
    def _lines_are_there(cls, attractors: Attractors, info: ValidationInfo) -> Attractors:
        model = info.data.get("model")
        if model is not None and model.omega[0] not in attractors.portraits:
            raise refuse(
                f"values with torus.model.omega[0] = {model.omega[0]:g} among them: figures torus 3b, 5, crossover and "
                "liouvillian hold all else against the lines of the torus there",
                at=("portraits",),
            )
        return attractors

    gaps: Gaps = block(Gaps.__doc__, "simulate_torus_gaps, torus_gaps, torus_gap_fit, torus_spectrogram")

    @field_validator("gaps")
    @classmethod
    def _gaps_fit_model(cls, gaps: Gaps, info: ValidationInfo) -> Gaps:
        model: TorusModel | None = info.data.get("model")
        if model is None:
            return gaps
        for key in ("alephs", "quantum_alephs"):
            for index, aleph in enumerate(getattr(gaps, key)):
                _check_aleph(model, aleph, (key, index))
        limit = MAX_STEP_RATE / _torus_rate(model, gaps.quantum_alephs[0])
        if not gaps.quantum_time_step < limit:
            raise refuse(f"below {limit:.3g}, for a stable step at the rates of torus.model", at=("quantum_time_step",))
        for aleph in {*gaps.alephs, *gaps.variant_alephs}:
            limit = MAX_STEP_RATE / _torus_rate(model, aleph)
            if not gaps.time_step < limit:
                raise refuse(f"below {limit:.3g}, for a stable step at the rates of torus.model", at=("time_step",))
        for index, case in enumerate(gaps.variants):
            at = ("variants", index)
            parameters = case.parameters | {"two_photon_diffusion": model.two_photon_diffusion}
            if not _gains(case):
                raise refuse(_below_gain(case), at=(*at, "loss_rate"))
            _check_bound(case, at)
            try:
                built = KerrDimer(aleph=gaps.variant_alephs[0], **parameters)
            except ValueError as error:
                raise refuse(f"parameters that the model accepts ({error})", at=(*at, "name")) from None
            check_effect(built, case.parameters, at)
            limit = MAX_STEP_RATE / _torus_rate(built, built.aleph)
            if not case.time_step < limit:
                raise refuse(f"below {limit:.3g}, for a stable step at the rates of the case", at=(*at, "time_step"))
        return gaps

    wigner: WignerMaps = block(WignerMaps.__doc__, "torus_wigner, figure_torus_4")
    circular_variance: CircularVariance = block(CircularVariance.__doc__, "torus_circular_variance, figure_torus_5")
    switching: Switching = block(Switching.__doc__, "torus_switching, figure_torus_switching")
    switching_paths: Actions = block(Actions.__doc__, "torus_actions, torus_action_rates, figure_torus_action")

    @field_validator("populations")
    @classmethod
    def _cases_fit_model(cls, cases: tuple[Population, ...], info: ValidationInfo) -> tuple[Population, ...]:
        check_names(cases)
        for index, case in enumerate(cases):
            if case.aleph in [other.aleph for other in cases[:index]]:
                raise refuse("an aleph that no other entry of the list has", at=(index, "aleph"))
        model: TorusModel | None = info.data.get("model")
        if model is None:
            return cases
        for index, case in enumerate(cases):
            check_model((index, "aleph"), KerrDimer, aleph=case.aleph, **model.model_dump())
            check_step(index, case, _torus_rate(model, case.aleph), "torus.model", _drift_steps(case.stepper))
        return cases

    @field_validator("wigner", "circular_variance", "switching")
    @classmethod
    def _ensembles_fit_model(cls, case: _Melting, info: ValidationInfo) -> _Melting:
        model: TorusModel | None = info.data.get("model")
        if model is None:
            return case
        for index, aleph in enumerate(case.alephs):
            check_model(("alephs", index), KerrDimer, aleph=aleph, **model.model_dump())
        check_step(None, case, _torus_rate(model, case.alephs[0]), "torus.model", _drift_steps(case.stepper))
        return case


def _gains(model: KerrDimerParameters | GapVariant) -> bool:
    """Whether a cavity gains more than it loses: else n_1 + 2 n_2, which the coupling keeps, falls to zero."""
    return any(gain > loss for gain, loss in zip(model.pump_rate, model.loss_rate, strict=True))


def _check_aleph(model: KerrDimerParameters | None, aleph: float, at: tuple[str | int, ...]) -> None:
    """Refuse an aleph at which there is no truncated Wigner equation of the model."""
    if model is not None:
        check_model(at, KerrDimer, aleph=aleph, **model.model_dump())


def _check_bound(model: KerrDimerParameters | GapVariant, at: tuple[str | int, ...] = ()) -> None:
    """Refuse a cavity with gain that nothing limits: at large fields the Kerr shift undoes the coupling."""
    for k, limit in enumerate(model.two_photon_loss_rate):
        if limit == 0 and model.pump_rate[k] > model.loss_rate[k]:
            raise refuse(
                f"above 0, as cavity {k + 1} gains more than it loses ({model.pump_rate[k]:g} > "
                f"{model.loss_rate[k]:g}): else nothing limits its field",
                at=(*at, "two_photon_loss_rate", k),
            )


def _below_gain(model: KerrDimerParameters | GapVariant) -> str:
    first, second = model.pump_rate
    return f"below pump_rate, {first:g} in cavity 1 or {second:g} in cavity 2: else the field decays to zero"


def _drift_steps(stepper: str) -> int:
    """Parts in which a step goes along the drift: two where the noise is in the middle of it."""
    return 2 if "before_kick" in KerrDimer.steppers.get(stepper, ()) else 1


def _torus_rate(model: KerrDimerParameters, aleph: float) -> float:
    """Largest rate of the motion at the classical populations gamma/2 eta or the vacuum's, in eta."""
    pairs = zip(model.pump_rate, model.two_photon_loss_rate, strict=True)
    population = [max(gain / (2 * loss) if loss > 0 else 1.0, 1 / aleph) for gain, loss in pairs]
    return max(
        abs(model.omega[k])
        + 0.5 * (model.pump_rate[k] + model.loss_rate[k])
        + 2 * (abs(model.kerr[k]) + model.two_photon_loss_rate[k]) * population[k]
        + 2 * abs(model.tunneling) * max(population) ** 0.5
        for k in range(2)
    )
