"""One trapped ion as two Kerr cavities: laser and trap parameters to those of the model (arXiv:2507.03764, Sec. IV).

Two motional modes of the ion are the cavities; each process has an internal transition, a laser and a decay of its own.
In the Lamb-Dicke regime a laser on a sideband couples them by (Eqs. 20, 22, 23)

    pump, first blue sideband:         g = eta_LD Omega/2       g (sigma+ a† + h.c.)
    two-phonon loss, second red:       g = eta_LD² Omega/4      g (sigma+ a² + h.c.)
    tunneling, both off by Delta:      g_1 = eta_LD1² Omega_1/4,  g_2 = eta_LD2 Omega_2/2

and eliminating the excited state, which decays at Gamma, leaves (Eqs. 21, 24, 25)

    gamma = 4 g²/Gamma = eta_LD² Omega²/Gamma,     eta = 4 g²/Gamma = eta_LD⁴ Omega²/(4 Gamma)
    J = g_1 g_2 Delta/(Delta² + Gamma²/4) -> eta_LD1² eta_LD2 Omega_1 Omega_2/(8 |Delta|)

The elimination of the tunneling's state gives the ground state A†A Delta/(Delta² + Gamma²/4), A = g_1 a_1² + g_2 a_2:
with J come a Kerr shift 2 g_1² Delta/(..) of U_1 and a Stark shift g_2² Delta/(..) of omega_2, and scattering with the
one jump operator sqrt(Gamma/(..)) A. The sign of J is that of the lasers' phases.
The quartic term lambda (a + a†)⁴ of the trap is 6 lambda a†² a² + 12 lambda a†a in the rotating wave: U = 12 lambda.

All frequencies and rates are angular ones over 2 pi, in kHz: the formulas are of first degree in them.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from functools import cached_property
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

from pydantic import Field, ValidationError, model_validator

from openkerr.models.base import Parameters, refusal

__all__ = ["IonRatio", "IonTarget", "IonValue", "TrappedIon", "TrappedIonParameters", "ion_text"]

Positive = Annotated[float, Field(gt=0, le=1e9)]
Pair = tuple[Positive, Positive]
PER_SECOND = 1e-3 / (2 * math.pi)
"""One event a second as a rate over 2 pi, in kHz."""


def _field(description: str, unit: str = "kHz") -> Any:
    return Field(description=description, json_schema_extra={"unit": unit})


class IonValue(NamedTuple):
    """An effective parameter: name, mode (None for both), value over 2 pi in kHz or a pure number, and its unit."""

    name: str
    mode: int | None
    value: float
    unit: str


class IonRatio(NamedTuple):
    """A ratio that the approximations need small: name, mode and value."""

    name: str
    mode: int
    value: float


class IonTarget(Parameters):
    """Rescaled parameters of the two cavities that the ion is to realise; rates in units of eta."""

    omega: tuple[float, float] = _field("frequencies of the two cavities", "eta")
    kerr: tuple[float, float] = _field("rescaled Kerr nonlinearities U", "eta")
    tunneling: Positive = _field("rescaled two-to-one tunneling J", "eta")
    pump_rate: Pair = _field("incoherent pump rates gamma", "eta")
    two_photon_loss_rate: Pair = _field("rescaled two-photon loss rates eta", "eta")


class TrappedIonParameters(Parameters):
    """Lasers, decays and trap; pairs are (mode 1, mode 2), frequencies and rates over 2 pi in kHz."""

    secular_frequency: Pair = _field("frequencies of the two motional modes")
    quartic_coefficient: tuple[float, float] = _field("coefficients lambda of (a + a†)⁴ in the trap's potential")
    pump_rabi_frequency: Pair = _field("Rabi frequencies of the pump, first blue sideband")
    pump_lamb_dicke: Pair = _field("Lamb-Dicke parameters of the pump", "none")
    pump_decay: Pair = _field("decay rates of the pump's excited state")
    loss_rabi_frequency: Pair = _field("Rabi frequencies of the two-phonon loss, second red sideband")
    loss_lamb_dicke: Pair = _field("Lamb-Dicke parameters of the two-phonon loss", "none")
    loss_decay: Pair = _field("decay rates of the loss's excited state")
    tunneling_rabi_frequency: Pair = _field("Rabi frequencies of the tunneling: second red sideband of 1, first of 2")
    tunneling_lamb_dicke: Pair = _field("Lamb-Dicke parameters of the tunneling", "none")
    tunneling_detuning: float = _field("common detuning Delta of the tunneling's lasers from the sidebands")
    tunneling_decay: Annotated[float, Field(ge=0)] = _field("decay rate of the tunneling's excited state")
    heating_rate: tuple[Annotated[float, Field(ge=0)], Annotated[float, Field(ge=0)]] = _field(
        "heating of the motion", "phonons/s"
    )
    population: Pair = _field("greatest populations |alpha|² that the validity is to hold for, rescaled", "none")
    largest_ratio: Annotated[float, Field(gt=0, lt=1)] = _field("largest ratio that counts as small", "none")


class TrappedIon(TrappedIonParameters):
    """The ion and the model that it is to realise.

    Raises
    ------
    ValueError
        If a ratio that the approximations need small is not; the message names the ratio and its value.
    """

    if not TYPE_CHECKING:  # the checker knows the fields from the class

        def __init__(self, **values: Any):
            try:
                super().__init__(**values)
            except ValidationError as error:
                raise refusal(type(self).__name__, error) from None

    model: IonTarget = Field(description="rescaled parameters that are wanted")

    @model_validator(mode="after")
    def _within_the_approximations(self) -> TrappedIon:
        if self.tunneling_detuning == 0:
            raise ValueError("tunneling_detuning is 0: the tunneling's excited state cannot be eliminated")
        worst = max(self.ratios, key=lambda ratio: ratio.value)
        if not worst.value <= self.largest_ratio:
            raise ValueError(
                f"{worst.name} of mode {worst.mode} is {worst.value:.3g}, beyond largest_ratio = {self.largest_ratio:g}"
            )
        return self

    # --------------------------------------------------------------------------------------- effective rates

    @cached_property
    def pump_rate(self) -> tuple[float, float]:
        """Pump rates gamma_k = eta_LD² Omega²/Gamma (Eq. 25)."""
        first, second = (
            (lamb_dicke * rabi) ** 2 / decay
            for lamb_dicke, rabi, decay in zip(
                self.pump_lamb_dicke, self.pump_rabi_frequency, self.pump_decay, strict=True
            )
        )
        return first, second

    @cached_property
    def two_phonon_loss_rate(self) -> tuple[float, float]:
        """Two-phonon loss rates eta_k = eta_LD⁴ Omega²/(4 Gamma) (Eq. 25)."""
        first, second = (
            (lamb_dicke**2 * rabi) ** 2 / (4 * decay)
            for lamb_dicke, rabi, decay in zip(
                self.loss_lamb_dicke, self.loss_rabi_frequency, self.loss_decay, strict=True
            )
        )
        return first, second

    @cached_property
    def tunneling_couplings(self) -> tuple[float, float]:
        """Couplings (g_1, g_2) of a_1² and a_2 to the tunneling's transition (Eq. 20)."""
        (first, second), (rabi_1, rabi_2) = self.tunneling_lamb_dicke, self.tunneling_rabi_frequency
        return first**2 * rabi_1 / 4, second * rabi_2 / 2

    @cached_property
    def _off_resonance(self) -> float:
        return self.tunneling_detuning**2 + self.tunneling_decay**2 / 4

    @property
    def tunneling(self) -> float:
        """Modulus of the coupling J of Eq. 21."""
        first, second = self.tunneling_couplings
        return first * second * abs(self.tunneling_detuning) / self._off_resonance

    @property
    def kerr_shift(self) -> float:
        """What the tunneling's lasers add to U_1."""
        return 2 * self.tunneling_couplings[0] ** 2 * self.tunneling_detuning / self._off_resonance

    @property
    def stark_shift(self) -> float:
        """What the tunneling's lasers add to omega_2."""
        return self.tunneling_couplings[1] ** 2 * self.tunneling_detuning / self._off_resonance

    @property
    def scattering_rates(self) -> tuple[float, float]:
        """Two-phonon loss of mode 1 and one-phonon loss of mode 2 that the tunneling's lasers bring."""
        first, second = (
            coupling**2 * self.tunneling_decay / self._off_resonance for coupling in self.tunneling_couplings
        )
        return first, second

    @property
    def kerr(self) -> tuple[float, float]:
        """Kerr coefficients U_k = 12 lambda_k, with the tunneling's shift of U_1."""
        first, second = self.quartic_coefficient
        return 12 * first + self.kerr_shift, 12 * second

    # --------------------------------------------------------------------------------------- in the model's units

    @cached_property
    def alephs(self) -> tuple[float, float]:
        """Rescaling parameter that each mode has: (gamma_eff/eta_eff) (eta~/gamma~)."""
        first, second = (
            gain / loss * wanted_loss / wanted_gain
            for gain, loss, wanted_loss, wanted_gain in zip(
                self.pump_rate,
                self.two_phonon_loss_rate,
                self.model.two_photon_loss_rate,
                self.model.pump_rate,
                strict=True,
            )
        )
        return first, second

    @property
    def aleph(self) -> float:
        """Rescaling parameter of the ion: that of mode 1."""
        return self.alephs[0]

    @property
    def unit(self) -> float:
        """The model's unit of rates: gamma_eff/gamma~ of mode 1."""
        return self.pump_rate[0] / self.model.pump_rate[0]

    @property
    def realised(self) -> dict[str, tuple[float, ...]]:
        """Rescaled parameters that the ion has, in the model's unit: name to values."""
        unit, aleph = self.unit, self.aleph
        return {
            "kerr": tuple(value * aleph / unit for value in self.kerr),
            "tunneling": (self.tunneling * math.sqrt(aleph) / unit,),
            "pump_rate": tuple(value / unit for value in self.pump_rate),
            "two_photon_loss_rate": tuple(value * aleph / unit for value in self.two_phonon_loss_rate),
        }

    @property
    def laser_mismatch(self) -> float:
        """What the lasers' two-photon mismatch must be: (2 omega_1 - omega_2) of the model less all shifts."""
        first, second = self.model.omega
        quartic = 12 * (2 * self.quartic_coefficient[0] - self.quartic_coefficient[1])
        return (2 * first - second) * self.unit - quartic + self.stark_shift

    def values(self) -> Iterator[IonValue]:
        """Yield all effective parameters."""
        yield IonValue("aleph", None, self.aleph, "1")
        yield IonValue("unit", None, self.unit, "kHz")
        for mode in (1, 2):
            yield IonValue("pump_rate", mode, self.pump_rate[mode - 1], "kHz")
            yield IonValue("two_phonon_loss_rate", mode, self.two_phonon_loss_rate[mode - 1], "kHz")
            yield IonValue("kerr", mode, self.kerr[mode - 1], "kHz")
            yield IonValue("quartic_shift", mode, 12 * self.quartic_coefficient[mode - 1], "kHz")
        yield IonValue("tunneling", None, self.tunneling, "kHz")
        yield IonValue("kerr_shift", 1, self.kerr_shift, "kHz")
        yield IonValue("stark_shift", 2, self.stark_shift, "kHz")
        yield IonValue("scattered_two_phonon_loss", 1, self.scattering_rates[0], "kHz")
        yield IonValue("scattered_phonon_loss", 2, self.scattering_rates[1], "kHz")
        yield IonValue("laser_mismatch", None, self.laser_mismatch, "kHz")

    # --------------------------------------------------------------------------------------- validity

    @cached_property
    def phonons(self) -> tuple[float, float]:
        """Phonon numbers for which the ratios are taken: greatest populations times aleph."""
        first, second = (aleph * population for aleph, population in zip(self.alephs, self.population, strict=True))
        return first, second

    @cached_property
    def ratios(self) -> tuple[IonRatio, ...]:
        """Ratios that must be small, with the factors that n phonons bring."""
        detuning = abs(self.tunneling_detuning)
        found = []
        for index in (0, 1):
            phonons, trap = self.phonons[index], self.secular_frequency[index]
            pump, loss, exchange = (
                (lamb_dicke[index], rabi[index])
                for lamb_dicke, rabi in (
                    (self.pump_lamb_dicke, self.pump_rabi_frequency),
                    (self.loss_lamb_dicke, self.loss_rabi_frequency),
                    (self.tunneling_lamb_dicke, self.tunneling_rabi_frequency),
                )
            )
            # Mode 1 is exchanged on its second sideband, mode 2 on its first.
            order, coupled = ((2, phonons), (1, math.sqrt(phonons)))[index]
            unwanted, wanted = self.scattering_rates[index], (self.two_phonon_loss_rate[0], self.pump_rate[1])[index]
            named = {
                "pump eta_LD sqrt(n)": pump[0] * math.sqrt(phonons),
                "loss eta_LD sqrt(n)": loss[0] * math.sqrt(phonons),
                "tunneling eta_LD sqrt(n)": exchange[0] * math.sqrt(phonons),
                "pump eta_LD Omega sqrt(n+1)/Gamma": pump[0]
                * pump[1]
                * math.sqrt(phonons + 1)
                / self.pump_decay[index],
                "loss eta_LD^2 Omega n/(2 Gamma)": loss[0] ** 2 * loss[1] * phonons / (2 * self.loss_decay[index]),
                "tunneling Omega/|Delta|": exchange[1] / detuning,
                ("tunneling g n/|Delta|", "tunneling g sqrt(n)/|Delta|")[index]: self.tunneling_couplings[index]
                * coupled
                / detuning,
                "tunneling |Delta|/secular frequency": detuning / trap,
                "tunneling Omega/sideband": exchange[1] / (order * trap),
                "tunneling scattering/wanted rate": unwanted / wanted,
                "pump Omega/sideband": pump[1] / trap,
                "loss Omega/sideband": loss[1] / (2 * trap),
                "pump Gamma/sideband": self.pump_decay[index] / trap,
                "loss Gamma/sideband": self.loss_decay[index] / (2 * trap),
                "heating/pump rate": self.heating_rate[index] * PER_SECOND / self.pump_rate[index],
            }
            found += [IonRatio(name, index + 1, value) for name, value in named.items()]
        return tuple(found)


def ion_text(ion: TrappedIon) -> str:
    """Return effective parameters, rescaled ones beside those wanted, and all ratios as aligned plain text."""
    lines = ["effective parameters (rates and frequencies over 2 pi)"]
    for name, mode, value, unit in ion.values():
        lines.append(f"  {name:28} {_of(mode):7} {value:12.6g} {unit}")
    lines.append("rescaled parameters, and those wanted (eta)")
    wanted = ion.model.model_dump()
    for name, pair in ion.realised.items():
        aims = wanted[name] if len(pair) > 1 else (wanted[name],)
        for index, (value, aim) in enumerate(zip(pair, aims, strict=True)):
            lines.append(f"  {name:28} {_of(index + 1 if len(pair) > 1 else None):7} {value:12.6g} {aim:g}")
    phonons = " and ".join(f"{value:.3g}" for value in ion.phonons)
    lines.append(f"ratios for {phonons} phonons, each to be at most {ion.largest_ratio:g}")
    lines += [f"  {ratio.name:36} {_of(ratio.mode):7} {ratio.value:10.3g}" for ratio in ion.ratios]
    return "\n".join(lines)


def _of(mode: int | None) -> str:
    return "" if mode is None else f"mode {mode}"
