"""Configuration of the paths of least action between limit cycle and limit torus."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, field_validator

from openkerr.settings.checks import check_increasing
from openkerr.settings.fields import Section, refuse, setting


class Actions(Section):
    """Paths of least action between limit cycle and limit torus, and the exponents of switching that follow."""

    omegas: tuple[Annotated[float, Field(ge=0, le=1e3)], ...] = setting(
        "frequencies of cavity 1; cavity 2 keeps its difference in torus.model. Without two attractors and a saddle "
        "cycle between them there is no path",
        "eta",
        min_length=1,
        max_length=100,
        rule="increasing",
    )
    n_points: int = setting(
        "points of a path, for each winding where it leaves the torus", "points", ge=32, le=10_000,
        rule="a multiple of 4",
    )  # fmt: skip
    windings: int = setting("windings of a path around the torus that it leaves", "windings", ge=2, le=100)
    n_phases: int = setting(
        "phases of the modulation from which first guesses leave the torus; the least action counts", "phases",
        ge=1, le=100,
    )  # fmt: skip

    @field_validator("omegas")
    @classmethod
    def _increasing(cls, values: tuple[float, ...]) -> tuple[float, ...]:
        check_increasing(values)
        return values

    @field_validator("n_points")
    @classmethod
    def _divides(cls, value: int) -> int:
        if value % 4:
            raise refuse("a multiple of 4")
        return value
