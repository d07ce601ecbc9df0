"""Configuration of the decay of the limit torus' lines: ensembles with two-time correlations, and their fits."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, ValidationInfo, field_validator

from openkerr.models.kerr_dimer import KerrDimer, KerrDimerParameters
from openkerr.numerics.stats import MIN_BATCHES
from openkerr.settings.checks import Increasing, Name, check_names, multiple_of
from openkerr.settings.fields import Section, block, cut, refuse, setting
from openkerr.studies.stepper_setting import stepper_setting

Aleph = Annotated[float, Field(gt=0, le=1e12)]
Positive = Annotated[float, Field(gt=0, le=1e12)]
Frequency = Annotated[float, Field(ge=-1e3, le=1e3)]
Rate = Annotated[float, Field(ge=0, le=1e6)]

RESERVED_CASES = ("default", "quantum", "dual")
"""Cases that every run has: the parameters of ``torus.model``, these at the alephs of the exact spectrum, and in the
dual scaling."""


class GapVariant(Section):
    """One other set of parameters that has a limit torus; pairs are (cavity 1, cavity 2)."""

    name: Name = setting("name of the case", rule="each name once in the list; not default, quantum or dual")
    family: Literal["loss", "thermal", "universality", "numerics"] = setting(
        "figure to which the case belongs; numerics: the same parameters with another step or burn-in"
    )
    omega: tuple[Frequency, Frequency] = setting("frequencies of the two cavities", "eta")
    kerr: tuple[Frequency, Frequency] = setting("rescaled Kerr nonlinearities U", "eta")
    tunneling: Frequency = setting("rescaled two-to-one tunneling J", "eta")
    pump_rate: tuple[Rate, Rate] = setting("incoherent pump rates gamma", "eta")
    two_photon_loss_rate: tuple[Rate, Rate] = setting("rescaled two-photon loss rates eta", "eta")
    loss_rate: tuple[Rate, Rate] = setting("single-photon loss rates kappa", "eta")
    thermal_occupation: tuple[Rate, Rate] = setting("occupations n_th of the single-photon baths", "photons")
    time_step: float = setting("step of the integrator", "1/eta", gt=0, le=0.2)
    burn_in: float = setting("time before the first reference t0", "1/eta", gt=0, le=1e6)

    @field_validator("name")
    @classmethod
    def _not_reserved(cls, value: str) -> str:
        if value in RESERVED_CASES:
            raise refuse("a name other than default, quantum or dual")
        return value

    @property
    def parameters(self) -> dict:
        """Parameters of the model but for aleph and the reading of the diffusion."""
        return self.model_dump(mode="json", include=set(KerrDimerParameters.model_fields))


class Gaps(Section):
    """Gaps of the lines of the limit torus: ensembles with two-time correlations; times in 1/eta."""

    alephs: Annotated[tuple[Aleph, ...], Increasing] = setting(
        "rescaling parameters of the case default", min_length=1, max_length=100, rule="strictly increasing"
    )
    n_trajectories: int = setting(
        "trajectories at every aleph of the cases default and quantum", "trajectories", ge=MIN_BATCHES, le=10**9
    )
    quantum_alephs: Annotated[tuple[Aleph, ...], Increasing] = setting(
        "rescaling parameters of the case quantum, at which the exact spectrum is known: held against it",
        min_length=1,
        max_length=100,
        rule="strictly increasing",
    )
    variant_alephs: Annotated[tuple[Aleph, ...], Increasing] = setting(
        "rescaling parameters of the other cases", min_length=1, max_length=100, rule="strictly increasing"
    )
    variant_trajectories: int = setting(
        "trajectories at every aleph of the other cases", "trajectories", ge=MIN_BATCHES, le=10**9
    )
    batch_size: int = setting("lanes of a vectorised block", "trajectories", ge=1, le=65_536)
    group_size: int = setting(
        "trajectories of the cases default and quantum that share the sums that are kept: the unit of errors",
        "trajectories",
        ge=1,
        le=10**7,
        rule="a whole multiple of batch_size; at least 16 groups in an ensemble",
    )
    variant_group_size: int = setting(
        "the same for the other cases",
        "trajectories",
        ge=1,
        le=10**7,
        rule="a whole multiple of batch_size; at least 16 groups in an ensemble",
    )
    groups_per_job: int = cut("groups that one job computes", "groups")
    job_interval: float = cut("length of the intervals of aleph that are a job each", "none")
    stepper: str = stepper_setting(KerrDimer)
    precision: Literal["double", "single"] = setting("arithmetic of the fields; sums are double in either")
    noise: Literal["gaussian", "discrete"] = setting(
        "law of the noise; discrete has the Gaussian's moments to fifth order only, which averages need and no more"
    )
    time_step: float = setting("step of the integrator, cases default and dual", "1/eta", gt=0, le=0.2)
    quantum_time_step: float = setting(
        "step of the integrator, case quantum: noise is strong there", "1/eta", gt=0, le=0.2
    )
    sampling_interval: Annotated[float, multiple_of("time_step"), multiple_of("quantum_time_step")] = setting(
        "time between samples", "1/eta", gt=0, le=2, rule="a whole multiple of every step"
    )
    burn_in: float = setting(
        "time before the first reference t0, cases default, quantum and dual", "1/eta", gt=0, le=1e6
    )
    n_references: int = setting("references t0 over which correlations are averaged", ge=1, le=1000)
    reference_time: float = setting("least time over which the references spread", "1/eta", ge=0, le=1e6)
    reference_time_per_aleph: float = setting(
        "the same as a multiple of aleph, where that is more", "1/eta", ge=0, le=1e3
    )
    lag_time: float = setting("least range of the lags", "1/eta", gt=0, le=1e6)
    lag_time_per_aleph: float = setting(
        "the same as a multiple of aleph, where that is more; gaps are about 30/aleph", "1/eta", ge=0, le=1e3
    )
    fit_range: Annotated[tuple[Positive, Positive], Increasing] = setting(
        "range of gap times lag in which decays are fitted", rule="increasing"
    )
    fit_window: Annotated[tuple[Aleph, Aleph], Increasing] = setting(
        "least and greatest aleph of the published power laws", rule="increasing"
    )
    max_line_order: int = setting("largest modulus of the order m of a line", ge=1, le=6)
    spectrogram_alephs: Annotated[tuple[Aleph, ...], Increasing] = setting(
        "rescaling parameters whose spectrogram is drawn", min_length=1, max_length=4, rule="among alephs"
    )
    variants: tuple[GapVariant, ...] = block(
        "other parameters: loss, temperature, universality, and checks of the numerics",
        "simulate_torus_gaps, torus_gaps",
        max_length=200,
    )

    @field_validator("group_size", "variant_group_size")
    @classmethod
    def _whole_batches(cls, value: int, info: ValidationInfo) -> int:
        batch_size = info.data.get("batch_size", value)
        if value % batch_size:
            raise refuse(f"a whole multiple of batch_size = {batch_size}")
        ensemble = "n_trajectories" if info.field_name == "group_size" else "variant_trajectories"
        n_trajectories = info.data.get(ensemble, value * MIN_BATCHES)
        if -(-n_trajectories // value) < MIN_BATCHES:
            raise refuse(
                f"at most {n_trajectories // MIN_BATCHES}, for an error from {MIN_BATCHES} groups of {ensemble}"
            )
        return value

    @field_validator("spectrogram_alephs")
    @classmethod
    def _simulated(cls, value: tuple[float, ...], info: ValidationInfo) -> tuple[float, ...]:
        for index, aleph in enumerate(value):
            if aleph not in info.data.get("alephs", value):
                raise refuse("a value of alephs", at=(index,))
        return value

    @field_validator("variants")
    @classmethod
    def _fit_samples(cls, cases: tuple[GapVariant, ...], info: ValidationInfo) -> tuple[GapVariant, ...]:
        check_names(cases)
        interval = info.data.get("sampling_interval")
        if interval is None:
            return cases
        for index, case in enumerate(cases):
            ratio = interval / case.time_step
            if abs(ratio - round(ratio)) > 1e-9 * max(1.0, ratio) or round(ratio) < 1:
                raise refuse(f"a step that divides sampling_interval = {interval:g}", at=(index, "time_step"))
        return cases
