"""Configuration of the two cavities (arXiv:2507.03764)."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field, ValidationError, ValidationInfo, field_validator

from openkerr.models.kerr_dimer import KerrDimer, KerrDimerParameters
from openkerr.settings.checks import (
    MAX_STEP_RATE,
    Ensemble,
    Interval,
    check_model,
    check_multiple,
    check_names,
    check_step,
    check_torus_stepper,
)
from openkerr.settings.fields import Section, block, complete, cut, refuse, setting
from openkerr.studies.torus_gaps.config import Gaps
from openkerr.studies.torus_ion.config import TrappedIonBlock
from openkerr.studies.torus_liouvillian.config import Liouvillian, TorusSteadyState
from openkerr.studies.torus_melting.config import CircularVariance, SampledEnsemble, Switching, WignerMaps

TorusModel = complete("TorusModel", KerrDimerParameters, __name__)


class Population(Ensemble):
    """One truncated-Wigner ensemble of populations against time."""

    aleph: float = setting("quantum-to-classical rescaling parameter", gt=0, le=1e12)
    time_step: float = setting(
        "step of the integrator", "1/eta", gt=0, le=0.5, rule="stable at the rates of torus.model"
    )
    sampling_interval: float = setting(
        "time between samples", "1/eta", gt=0, le=1e6, rule="a whole multiple of time_step"
    )
    final_time: float = setting(
        "time at which the run ends", "1/eta", gt=0, le=1e9, rule="a whole multiple of sampling_interval"
    )
    n_paths: int = setting(
        "number of single trajectories that are kept", "trajectories", ge=1, rule="at most n_trajectories"
    )

    @property
    def n_samples(self) -> int:
        """Number of sampling intervals of the run."""
        return round(self.final_time / self.sampling_interval)

    @field_validator("sampling_interval")
    @classmethod
    def _whole_steps(cls, value: float, info: ValidationInfo) -> float:
        return check_multiple(value, info.data.get("time_step"), "time_step")

    @field_validator("final_time")
    @classmethod
    def _whole_samples(cls, value: float, info: ValidationInfo) -> float:
        return check_multiple(value, info.data.get("sampling_interval"), "sampling_interval")

    _known_stepper = field_validator("stepper")(check_torus_stepper)

    @field_validator("n_paths")
    @classmethod
    def _paths_exist(cls, value: int, info: ValidationInfo) -> int:
        if info.data.get("noise") == "discrete":
            raise refuse("no single trajectories with discrete noise, which is good for averages alone")
        if value > info.data.get("n_trajectories", value):
            raise refuse(f"1 to n_trajectories = {info.data['n_trajectories']}")
        return value


class Attractors(Section):
    """Classical attractors of the two cavities over their frequency; times in 1/eta."""

    omega: Interval = block("frequencies of the sweeps, both cavities alike", "simulate_torus_attractors")
    omega_fine: Interval = block("more frequencies of the sweeps, through the transition", "simulate_torus_attractors")
    n_starts: int = setting("random starts at every frequency, besides the two sweeps", "starts", ge=1, le=1000)
    time_step: float = setting("step of the integrator", "1/eta", gt=0, le=0.2)
    transient: float = setting("time before the exponents count", "1/eta", gt=0, le=1e7, rule="a whole multiple of 0.5")
    averaging_time: float = setting(
        "time that Lyapunov exponents average over", "1/eta", gt=0, le=1e8, rule="a whole multiple of 32"
    )
    spectrum_time: float = setting("length of the series of a power spectrum", "1/eta", gt=0, le=1e6)
    map_omega: Interval = block("frequencies of the map of attractors", "simulate_torus_attractor_map")
    map_tunneling: Interval = block("tunnelings of the map of attractors", "simulate_torus_attractor_map")
    map_job_interval: float = cut("length of the intervals of the map's tunneling that are a job each", "eta")
    map_averaging_time: float = setting(
        "time that the exponents of the map average over", "1/eta", gt=0, le=1e8, rule="a whole multiple of 32"
    )
    portraits: tuple[Annotated[float, Field(ge=-1e3, le=1e3)], ...] = setting(
        "frequencies of which the orbit is drawn", "eta", min_length=1, max_length=4, rule="strictly increasing"
    )
    portrait_time: float = setting("length of the drawn orbits", "1/eta", gt=0, le=1e6, rule="a whole multiple of 0.2")
    portrait_time_step: float = setting(
        "step of the integrator for the drawn orbits, whose lines are compared to eight digits", "1/eta", gt=0, le=0.2
    )
    max_period: float = setting(
        "period up to which the torus is followed towards its homoclinic end", "1/eta", gt=10, le=1000
    )
    max_line_order: int = setting("largest modulus of the order m of a line", ge=1, le=20)

    @property
    def omegas(self) -> list[float]:
        """Frequencies of the sweeps, ascending."""
        return sorted({*self.omega.values, *self.omega_fine.values})

    @field_validator("portrait_time")
    @classmethod
    def _whole_samples(cls, value: float) -> float:
        return check_multiple(value, 0.2, "the interval of samples")

    @field_validator("portrait_time_step")
    @classmethod
    def _divides_samples(cls, value: float) -> float:
        if abs(0.2 / value - round(0.2 / value)) > 1e-9:
            raise refuse("a step that divides 0.2, the interval of samples")
        return value

    @field_validator("transient")
    @classmethod
    def _whole_intervals(cls, value: float) -> float:
        return check_multiple(value, 0.5, "the interval of orthonormalisation")

    @field_validator("averaging_time", "map_averaging_time")
    @classmethod
    def _whole_blocks(cls, value: float) -> float:
        return check_multiple(value, 32.0, "64 blocks of one interval of orthonormalisation")

    @field_validator("time_step")
    @classmethod
    def _divides_interval(cls, value: float) -> float:
        if abs(0.5 / value - round(0.5 / value)) > 1e-9:
            raise refuse("a step that divides 0.5, the interval of orthonormalisation")
        return value

    @field_validator("portraits")
    @classmethod
    def _increasing(cls, value: tuple[float, ...]) -> tuple[float, ...]:
        for index in range(1, len(value)):
            if value[index] <= value[index - 1]:
                raise refuse(f"strictly increasing values, here one above {value[index - 1]:g}", at=(index,))
        return value


class Torus(Section):
    """Quantum melting of limit tori in two Kerr cavities (arXiv:2507.03764); rates in eta, times in 1/eta."""

    model: TorusModel = block(
        "parameters of the two cavities that all cases share, as (cavity 1, cavity 2)",
        "all torus rules and figures",
    )
    attractors: Attractors = block(Attractors.__doc__, "torus_attractors, torus_branches, figure_torus_1")
    liouvillian: Liouvillian = block(Liouvillian.__doc__, "torus_liouvillian, figure_torus_liouvillian")
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
    trapped_ion: TrappedIonBlock = block(TrappedIonBlock.__doc__, "torus_trapped_ion, figure_torus_ion")
    gaps: Gaps = block(Gaps.__doc__, "simulate_torus_gaps, torus_gaps, torus_gap_fit, torus_spectrogram")

    @field_validator("gaps")
    @classmethod
    def _gaps_fit_model(cls, gaps: Gaps, info: ValidationInfo) -> Gaps:
        model = info.data.get("model")
        if model is None:
            return gaps
        for aleph in {*gaps.alephs, *gaps.variant_alephs}:
            limit = MAX_STEP_RATE / _torus_rate(model, aleph)
            if not gaps.time_step < limit:
                raise refuse(f"below {limit:.3g}, for a stable step at the rates of torus.model", at=("time_step",))
        for index, case in enumerate(gaps.variants):
            at = ("variants", index)
            parameters = case.parameters | {"two_photon_diffusion": model.two_photon_diffusion}
            try:
                built = KerrDimer(aleph=gaps.variant_alephs[0], **parameters)
            except ValidationError as error:
                text = error.errors(include_url=False)[0]["msg"].removeprefix("Value error, ")
                raise refuse(f"parameters that the model accepts ({text})", at=(*at, "name")) from None
            limit = MAX_STEP_RATE / _torus_rate(built, built.aleph)
            if not case.time_step < limit:
                raise refuse(f"below {limit:.3g}, for a stable step at the rates of the case", at=(*at, "time_step"))
        return gaps

    wigner: WignerMaps = block(WignerMaps.__doc__, "torus_wigner, figure_torus_4")
    circular_variance: CircularVariance = block(CircularVariance.__doc__, "torus_circular_variance, figure_torus_5")
    switching: Switching = block(Switching.__doc__, "torus_switching, figure_torus_switching")

    @field_validator("populations")
    @classmethod
    def _cases_fit_model(cls, cases: tuple[Population, ...], info: ValidationInfo) -> tuple[Population, ...]:
        check_names(cases)
        for index, case in enumerate(cases):
            if case.aleph in [other.aleph for other in cases[:index]]:
                raise refuse("an aleph that no other entry of the list has", at=(index, "aleph"))
        model = info.data.get("model")
        for index, case in enumerate(cases if model is not None else ()):
            check_model(index, "aleph", KerrDimer, aleph=case.aleph, **model.model_dump())
            check_step(index, case, _torus_rate(model, case.aleph), "torus.model")
        return cases

    @field_validator("wigner", "circular_variance", "switching")
    @classmethod
    def _ensembles_fit_model(cls, case: SampledEnsemble, info: ValidationInfo) -> SampledEnsemble:
        model = info.data.get("model")
        for index, aleph in enumerate(case.alephs if model is not None else ()):
            check_model("alephs", index, KerrDimer, aleph=aleph, **model.model_dump())
        if model is not None:
            check_step(None, case, _torus_rate(model, case.alephs[0]), "torus.model")
        return case


def _torus_rate(model: Any, aleph: float) -> float:
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
