"""Configuration of the boundary-driven chain (arXiv:2409.12225)."""

from __future__ import annotations

from itertools import product
from typing import TypeVar

from pydantic import ValidationInfo, field_validator

from openkerr.models.bose_hubbard_chain import BoseHubbardChain, BoseHubbardChainParameters
from openkerr.settings.checks import (
    MAX_STEP_RATE,
    check_model,
    check_points,
)
from openkerr.settings.fields import Section, block, complete, refuse, setting
from openkerr.studies.chain_chaos.config import Lyapunov, Moments, Otoc
from openkerr.studies.chain_cumulants.config import Cumulants
from openkerr.studies.chain_dimer.config import Dimer
from openkerr.studies.chain_ensembles.config import ChainEnsembles
from openkerr.studies.chain_map.config import Regimes, Saturation, SteadyState
from openkerr.studies.chain_metastability.config import Metastability
from openkerr.studies.chain_thermodynamics.config import ChainThermodynamics
from openkerr.studies.chain_transport.config import Transport
from openkerr.studies.chain_wave.config import Wave
from openkerr.studies.inert import check_effect

_Stepped = TypeVar("_Stepped", ChainEnsembles, ChainThermodynamics, Dimer, Metastability, Transport)

MAX_TURN = 2.0
"""Radians a step, without photons, at which no step holds; tables tell of less (`openkerr.analysis.chain_doubts`)."""


@complete
class ChainModel(Section, BoseHubbardChainParameters):
    """Parameters of the chain that a scan over length and drive shares; rates in units of gamma."""

    thermal_occupation: float = setting(
        "occupation n_th of the baths of the chain's lossy sites; the intrinsic loss has none", "photons", ge=0, le=1e6
    )


class Chain(Section):
    """Chaos in a boundary-driven Bose-Hubbard chain (arXiv:2409.12225); rates in gamma, times in 1/gamma."""

    model: ChainModel = block("parameters that all scans share", "all chain rules and figures")

    @field_validator("model")
    @classmethod
    def _acts(cls, model: ChainModel) -> ChainModel:
        check_effect(BoseHubbardChain(length=2, drive_amplitude=1.0, **model.model_dump()), type(model).model_fields)
        return model

    steady_states: tuple[SteadyState, ...] = block(
        "scans of truncated-Wigner steady states over length and drive; each pair of length and drive in one scan only",
        "chain_phase_diagram, chain_boundaries, figures chain 2, 11, 12",
        min_length=1,
        max_length=256,
    )
    ensembles: ChainEnsembles = block("ensembles of single chains, with distributions", "chain_profiles")
    wave: Wave = block(Wave.__doc__, "chain_rnw_branch, figure_chain_rnw_branch")
    saturation: Saturation = block(Saturation.__doc__, "chain_phase_diagram: otoc_saturation")
    regimes: Regimes = block(Regimes.__doc__, "chain_phase_diagram: rnw_fraction, regime; chain_boundaries")
    otoc: Otoc = block(Otoc.__doc__, "chain_otoc, chain_otoc_rates, figure_chain_8, figure_chain_butterfly")
    moments: Moments = block(Moments.__doc__, "chain_moment_growth, chain_moment_clones, figure_chain_8")
    lyapunov: Lyapunov = block(Lyapunov.__doc__, "chain_lyapunov, figure_chain_lyapunov")
    cumulants: Cumulants = block(Cumulants.__doc__, "chain_cumulants, chain_cumulants_deviations, figure_chain_10")
    metastability: Metastability = block(
        Metastability.__doc__, "chain_onset, chain_metastability, chain_rates, figures chain 5 and 7, chain_rates"
    )
    transport: Transport = block(Transport.__doc__, "chain_transport, figure_chain_transport")
    thermodynamics: ChainThermodynamics = block(
        ChainThermodynamics.__doc__, "chain_thermometry, chain_entropy, figures chain 4, 14, 15, 16, 17"
    )

    dimer: Dimer = block(
        Dimer.__doc__,
        "chain_dimer, chain_dimer_errors, chain_dimer_spaces, chain_dimer_scaling, "
        "figure_chain_9, figure_chain_validity",
    )

    @field_validator("steady_states")
    @classmethod
    def _cases_fit_model(cls, cases: tuple[SteadyState, ...], info: ValidationInfo) -> tuple[SteadyState, ...]:
        check_points(
            cases,
            lambda case: [
                ((case.geometry, length, drive), ("drive_amplitudes", place))
                for length, (place, drive) in product(case.lengths, enumerate(case.drive_amplitudes))
            ],
            "drives that {other}, of the same geometry and length, has not",
        )
        if all(case.geometry != "boundary" for case in cases):
            raise refuse("at least one scan with boundary, which figure chain 2 draws", at=(0, "geometry"))
        model: ChainModel | None = info.data.get("model")
        if model is None:
            return cases
        for index, case in enumerate(cases):
            parameters = {
                "length": case.lengths[-1],
                "geometry": case.geometry,
                "drive_amplitude": case.drive_amplitudes[-1],
            }
            check_model((index, "lengths"), BoseHubbardChain, **parameters, **model.model_dump())
            _check_step(model, case, (index, "time_step"))
        return cases

    @field_validator("ensembles", "metastability", "transport", "thermodynamics", "dimer")
    @classmethod
    def _step_holds(cls, value: _Stepped, info: ValidationInfo) -> _Stepped:
        if info.data.get("model") is not None:
            _check_step(info.data["model"], value, ("time_step",))
        return value

    @field_validator("metastability")
    @classmethod
    def _baths_act(cls, value: Metastability, info: ValidationInfo) -> Metastability:
        model: ChainModel | None = info.data.get("model")
        if model is None:
            return value
        for index, case in enumerate(value.events.cases):
            for place, occupation in enumerate(case.thermal_occupations):
                parameters = {**dict(model), "thermal_occupation": occupation}
                if BoseHubbardChain(length=2, drive_amplitude=1.0, **parameters).inert(["thermal_occupation"]):
                    at = ("events", "cases", index, "thermal_occupations", place)
                    raise refuse("0.0, for chain.model has no bath that it acts on", at=at)
        return value

    @field_validator("wave")
    @classmethod
    def _wave_covers_scans(cls, value: Wave, info: ValidationInfo) -> Wave:
        for case in info.data.get("steady_states", ()):
            missing = sorted({*case.lengths} - {*value.lengths}) if case.geometry == "boundary" else []
            if missing:
                text = (
                    f"with the lengths of chain.steady_states[{case.name}], which take the wave from here: {missing[0]}"
                )
                raise refuse(text, at=("lengths",))
        return value

    @field_validator("cumulants")
    @classmethod
    def _step_of_cumulants_holds(cls, value: Cumulants, info: ValidationInfo) -> Cumulants:
        model: ChainModel | None = info.data.get("model")
        if model is not None:
            # Covariances turn at twice the rates of the fields.
            rate = 2 * (4 * abs(model.hopping) + abs(model.detuning) + abs(model.kerr))
            limit = MAX_STEP_RATE / (rate + model.loss_rate + model.intrinsic_loss_rate)
            if not value.time_step < limit:
                text = f"below {limit:.3g}, for a stable Runge-Kutta step at the rates of chain.model"
                raise refuse(text, at=("time_step",))
        return value

    @field_validator("saturation")
    @classmethod
    def _replicas_fit_scans(cls, value: Saturation, info: ValidationInfo) -> Saturation:
        for case in info.data.get("steady_states", ()):
            if value.n_trajectories > case.n_trajectories:
                text = f"at most those of chain.steady_states[{case.name}], {case.n_trajectories}"
                raise refuse(text, at=("n_trajectories",))
            if case.batch_size % value.batch_size:
                text = f"a size that divides the batch_size of chain.steady_states[{case.name}], {case.batch_size}"
                raise refuse(text, at=("batch_size",))
        return value


def _check_step(model: ChainModel, case: _Stepped | SteadyState, at: tuple[int | str, ...]) -> None:
    """Refuse a step in which drive and hopping alone turn fields too far, and one that Runge-Kutta does not stand."""
    turn = (2 * abs(model.hopping) + abs(model.detuning)) * case.time_step
    # By itself, the Kerr shift of as many photons as the baths hold.
    kerr = 2 * abs(model.kerr) * model.thermal_occupation * case.time_step
    if max(turn, kerr) > MAX_TURN:
        limit, rates = MAX_TURN / max(turn, kerr) * case.time_step, "the rates of chain.model"
        rates = rates if turn >= kerr else "2 kerr thermal_occupation of chain.model"
        raise refuse(f"at most {limit:.3g}, which turns fields by {MAX_TURN:g} radians at {rates}", at=at)
    # The band ends at |detuning| + 2 |hopping|; the other 2 |hopping| leave room for the Kerr shift.
    rate = 4 * abs(model.hopping) + abs(model.detuning) + abs(model.kerr)
    rate += 0.5 * (model.loss_rate + model.intrinsic_loss_rate)
    # The splittings are stable at any step.
    if case.stepper == "runge_kutta" and not case.time_step < MAX_STEP_RATE / rate:
        text = f"below {MAX_STEP_RATE / rate:.3g}, for a stable Runge-Kutta step at the rates of chain.model"
        raise refuse(text, at=at)
