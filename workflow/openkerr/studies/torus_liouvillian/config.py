"""Configuration of the exact solution of the two cavities, charge sectors continued in aleph, and of ensembles."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, ValidationInfo, field_validator

from openkerr.models.kerr_dimer import KerrDimer
from openkerr.settings.checks import Ensemble, multiple_of
from openkerr.settings.fields import Section, refuse, setting
from openkerr.studies.stepper_setting import stepper_setting
from openkerr.studies.torus_liouvillian.sizes import sector_coherences, sector_megabytes, sector_seconds


class Sector(Section):
    """One charge sector of the Liouvillian, continued in aleph."""

    charge: int = setting("charge k of the sector", ge=0, le=50, rule="each charge once in the list")
    alephs: tuple[Annotated[float, Field(ge=0.1, le=1e4)], ...] = setting(
        "rescaling parameters of the continuation, each at most three times the one before",
        min_length=1,
        max_length=100,
        rule="strictly increasing; the memory of the last one within memory_limit",
    )

    @field_validator("alephs")
    @classmethod
    def _continuable(cls, value: tuple[float, ...]) -> tuple[float, ...]:
        for index in range(1, len(value)):
            if not value[index - 1] < value[index] <= 3 * value[index - 1]:
                text = f"strictly increasing values, here one above {value[index - 1]:g} and at most three times it"
                raise refuse(text, at=(index,))
        if value[0] > 2:
            raise refuse("a continuation that begins at 2 or below, where every coherence fits", at=(0,))
        return value


class Liouvillian(Section):
    """Exact solution at small aleph: slow modes of the Liouvillian by charge sector, steady states."""

    n_values: int = setting("eigenvalues of each sector and aleph, the slowest", ge=4, le=30)
    fine_aleph: float = setting("aleph up to which fine_basis_tolerance holds", gt=0, le=1e4)
    fine_basis_tolerance: float = setting(
        "share of a mode's greatest coherence below which coherences are left out, up to fine_aleph", ge=1e-12, le=1e-4
    )
    basis_tolerance: float = setting("the same beyond fine_aleph", ge=1e-12, le=1e-3)
    memory_limit: float = setting("memory that the solution at one aleph may take", "MB", ge=500, le=1e6)
    eigenmatrix_alephs: tuple[Annotated[float, Field(gt=0, le=256)], ...] = setting(
        "rescaling parameters whose eigenmatrices are drawn",
        min_length=1,
        max_length=4,
        rule="among the alephs of some sector",
    )
    sectors: tuple[Sector, ...] = setting("charge sectors; 0 is among them", min_length=1, max_length=20)

    def tolerance(self, aleph: float) -> float:
        """Basis tolerance at an aleph."""
        return self.fine_basis_tolerance if aleph <= self.fine_aleph else self.basis_tolerance

    @field_validator("sectors")
    @classmethod
    def _fits(cls, sectors: tuple[Sector, ...], info: ValidationInfo) -> tuple[Sector, ...]:
        charges = [sector.charge for sector in sectors]
        for index, charge in enumerate(charges):
            if charge in charges[:index]:
                raise refuse("each charge once", at=(index, "charge"))
        if 0 not in charges:
            raise refuse("sector 0 among them, which holds the steady state", at=(0, "charge"))
        data = info.data
        needed = {"memory_limit", "basis_tolerance", "fine_basis_tolerance", "fine_aleph"}
        for index, sector in enumerate(sectors if needed <= set(data) else ()):
            last = sector.alephs[-1]
            size = sector_coherences(
                last, data["fine_basis_tolerance" if last <= data["fine_aleph"] else "basis_tolerance"]
            )
            memory, time = sector_megabytes(size), sector_seconds(size)
            if memory > data["memory_limit"]:
                text = (
                    f"values that fit into memory_limit = {data['memory_limit']:g} MB: this one needs about "
                    f"{memory:.0f} MB and {time / 60:.0f} min"
                )
                raise refuse(text, at=(index, "alephs", len(sector.alephs) - 1))
        missing = [a for a in data.get("eigenmatrix_alephs", ()) if all(a not in s.alephs for s in sectors)]
        if missing:
            raise refuse(f"each of eigenmatrix_alephs among them, here {missing[0]:g}", at=(0, "alephs"))
        return sectors


class TorusSteadyState(Ensemble):
    """Truncated-Wigner steady states of the two cavities at the alephs of sector 0."""

    stepper: str = stepper_setting(KerrDimer)
    time_step: float = setting("step of the integrator", "1/eta", gt=0, le=0.2)
    sampling_interval: Annotated[float, multiple_of("time_step")] = setting(
        "time between samples of the window", "1/eta", gt=0, le=1e6
    )
    burn_in: Annotated[float, multiple_of("sampling_interval")] = setting(
        "time before the window", "1/eta", ge=0, le=1e9
    )
    averaging_time: Annotated[float, multiple_of("sampling_interval")] = setting(
        "length of the window that is averaged", "1/eta", gt=0, le=1e9
    )

    @property
    def n_samples(self) -> int:
        """Number of sampling intervals of the whole run."""
        return round((self.burn_in + self.averaging_time) / self.sampling_interval)

    @property
    def n_steps(self) -> int:
        """Number of steps of the whole run."""
        return self.n_samples * self.steps_per_sample
