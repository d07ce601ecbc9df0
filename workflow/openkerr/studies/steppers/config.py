"""Configuration of the study of weak error against step."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field, ValidationInfo, field_validator

from openkerr.models.bose_hubbard_chain import BoseHubbardChain
from openkerr.models.kerr_dimer import KerrDimer
from openkerr.settings.checks import Batched, Name, check_names, multiple_of
from openkerr.settings.fields import Section, block, refuse, setting
from openkerr.studies.stepper_setting import stepper_setting


class Variant(Section):
    """One way of stepping, at several steps."""

    stepper: str = setting("step of the integrator, one that the model has")
    precision: Literal["double", "single"] = setting("arithmetic of the fields")
    noise: Literal["gaussian", "discrete"] = setting("law of the noise")
    time_steps: tuple[Annotated[float, Field(gt=0, le=1)], ...] = setting(
        "time steps that are tried",
        "1/eta or 1/gamma",
        min_length=1,
        max_length=32,
        rule="strictly decreasing, each once",
    )

    @field_validator("time_steps")
    @classmethod
    def _decreasing(cls, value: tuple[float, ...]) -> tuple[float, ...]:
        for index in range(1, len(value)):
            if value[index] >= value[index - 1]:
                raise refuse(f"strictly decreasing values, here one below {value[index - 1]:g}", at=(index,))
        return value


class TorusVariant(Variant):
    """One way of stepping the two cavities, at several steps."""

    stepper: str = stepper_setting(KerrDimer)


class ChainVariant(Variant):
    """One way of stepping the chain, at several steps."""

    stepper: str = stepper_setting(BoseHubbardChain)


class StepperCase(Batched):
    """One problem on which all variants are tried."""

    name: Name = setting("name of the case, part of file names", rule="each name once in the list")
    reference_step: float = setting(
        "step of the reference, runge_kutta in double precision",
        "1/eta or 1/gamma",
        gt=0,
        le=0.2,
        rule="below every time step of the variants",
    )
    sampling_interval: Annotated[float, multiple_of("reference_step")] = setting(
        "time between samples", "1/eta or 1/gamma", gt=0, le=1e3
    )
    burn_in: Annotated[float, multiple_of("sampling_interval")] = setting(
        "time before the window", "1/eta or 1/gamma", ge=0, le=1e6, rule="a whole multiple of sampling_interval"
    )
    averaging_time: Annotated[float, multiple_of("sampling_interval")] = setting(
        "length of the window", "1/eta or 1/gamma", gt=0, le=1e6, rule="a whole multiple of sampling_interval"
    )
    tolerance: float = setting("error that the default step must meet", gt=0, le=1e3)


class TorusStepperCase(StepperCase):
    """The two cavities: the mean fields or the photon numbers against time, in rescaled units."""

    aleph: float = setting("quantum-to-classical rescaling parameter", gt=0, le=1e12)
    quantity: Literal["field", "photon_number"] = setting("average that is compared with the reference")


class ChainStepperCase(StepperCase):
    """The boundary-driven chain: photon numbers of all sites, averaged over the window."""

    length: int = setting("number of sites", "sites", ge=2, le=1000)
    drive_amplitude: float = setting("coherent drive amplitude F", "gamma", ge=0, le=1e6)
    quantity: ClassVar[str] = "photon_number"


def _variants() -> Any:
    return block("steppers, precisions and laws of noise", "simulate_stepper_errors")


class StepperStudy(Section):
    """Cases of one paper's model, and the variants that are tried on all of them."""

    variants: tuple[Variant, ...] = _variants()

    @field_validator("cases", check_fields=False)
    @classmethod
    def _cases_fit(cls, cases: tuple[StepperCase, ...], info: ValidationInfo) -> tuple[StepperCase, ...]:
        check_names(cases)
        steps = [step for variant in info.data.get("variants", ()) for step in variant.time_steps]
        for index, case in enumerate(cases):
            if steps and case.reference_step >= min(steps):
                raise refuse(
                    f"below every time step of the variants, here {min(steps):g}", at=(index, "reference_step")
                )
            for step in steps:
                ratio = case.sampling_interval / step
                if round(ratio) < 1 or abs(ratio - round(ratio)) > 1e-9 * ratio:
                    text = f"a whole multiple of every time step of the variants, here of {step:g}"
                    raise refuse(text, at=(index, "sampling_interval"))
        return cases


class TorusStepperStudy(StepperStudy):
    """Weak error against step of the two cavities."""

    variants: tuple[TorusVariant, ...] = _variants()
    cases: tuple[TorusStepperCase, ...] = block("problems", "stepper_errors, figure_steppers", min_length=1)


class ChainStepperStudy(StepperStudy):
    """Weak error against step of the chain."""

    variants: tuple[ChainVariant, ...] = _variants()
    cases: tuple[ChainStepperCase, ...] = block("problems", "stepper_errors, figure_steppers", min_length=1)


class Steppers(Section):
    """Weak error against step of every stepper, precision and law of noise: how the default steps were chosen."""

    torus: TorusStepperStudy = block(TorusStepperStudy.__doc__, "stepper_errors, figure_steppers")
    chain: ChainStepperStudy = block(ChainStepperStudy.__doc__, "stepper_errors, figure_steppers")
