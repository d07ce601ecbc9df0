"""Configuration of a trapped ion as the two cavities (arXiv:2507.03764, Sec. IV)."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field, ValidationInfo, field_validator

from openkerr.models.trapped_ion import IonTarget, TrappedIon, TrappedIonParameters
from openkerr.settings.checks import Increasing
from openkerr.settings.fields import Section, block, complete, refuse, setting

__all__ = ["CavityCircuit", "IonRegion", "TrappedIonBlock"]


@complete
class IonModel(Section, IonTarget):
    """Rescaled parameters of the two cavities that the ion is to realise; rates in units of eta."""


@complete
class IonLasers(Section, TrappedIonParameters):
    """Lasers, decays and trap; pairs are (mode 1, mode 2), frequencies and rates over 2 pi in kHz."""


class IonRegion(Section):
    """Lasers and decays up to which the reachable region of a trapped ion is asked for; over 2 pi, in kHz."""

    lamb_dicke: Annotated[tuple[Annotated[float, Field(gt=0, le=1)], ...], Increasing] = setting(
        "Lamb-Dicke parameters of all lasers, one curve each", min_length=1, max_length=6, rule="strictly increasing"
    )
    largest_rabi_frequency: float = setting("largest Rabi frequency", "kHz", gt=0, le=1e9)
    largest_decay: float = setting("largest decay rate of an excited state", "kHz", gt=0, le=1e9)
    largest_aleph: float = setting("largest rescaling parameter that is looked at", gt=1, le=1e6)


class TrappedIonBlock(Section):
    """A trapped ion as the two cavities (Sec. IV); frequencies and rates over 2 pi, in kHz."""

    model: IonModel = block("rescaled parameters that are wanted, as (mode 1, mode 2)", "torus_trapped_ion")
    lasers: IonLasers = block(TrappedIonParameters.__doc__, "torus_trapped_ion")
    region: IonRegion = block(IonRegion.__doc__, "torus_trapped_ion, figure_torus_ion")

    @field_validator("lasers")
    @classmethod
    def _within_the_approximations(cls, lasers: Any, info: ValidationInfo) -> Any:
        if "model" in info.data:
            try:
                TrappedIon(**lasers.model_dump(), model=info.data["model"].model_dump())
            except ValueError as error:
                text = str(error).removeprefix("TrappedIon: ")
                raise refuse(f"parameters within the approximations; here {text}") from None
        return lasers


PositivePair = tuple[Annotated[float, Field(gt=0, le=1e12)], Annotated[float, Field(gt=0, le=1e12)]]


class CavityCircuit(Section):
    """Two microwave cavities as the model (Sec. IV); pairs are (cavity 1, cavity 2), all over 2 pi."""

    frequency: PositivePair = setting("frequencies of the cavities", "GHz")
    quality: PositivePair = setting("quality factors of the cavities")
    kerr: tuple[Annotated[float, Field(ge=-1e9, le=1e9)], Annotated[float, Field(ge=-1e9, le=1e9)]] = setting(
        "Kerr nonlinearities U of the cavities", "kHz"
    )
    josephson_energy: float = setting("energy E_J of the junction that couples them", "GHz", gt=0, le=1e6)
    modulation: float = setting("relative amplitude of its pump at 2 omega_1 - omega_2", gt=0, le=1)
    zero_point_phase: PositivePair = setting("zero-point phases of the cavities across this junction", "rad")
    buffer_coupling: PositivePair = setting("two-to-one exchange with the buffers of the two-photon loss", "MHz")
    buffer_decay: PositivePair = setting("decay rates of these buffers", "MHz")
    gain_coupling: PositivePair = setting("pair creation with the auxiliary modes of the pump", "MHz")
    gain_decay: PositivePair = setting("decay rates of these modes", "MHz")
    population: PositivePair = setting("greatest populations |alpha|² on the torus, rescaled")
    largest_ratio: float = setting("largest ratio that counts as small", gt=0, lt=1)
