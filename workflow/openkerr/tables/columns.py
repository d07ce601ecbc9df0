"""What schemas of tables are made of: columns, conditions between them, and the pair of an estimate and its error."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Column", "Rule", "TableSchema", "estimate"]

Kind = Literal["integer", "number", "text"]


@dataclass(frozen=True)
class Column:
    """One column: kind of value, unit ('1' for a pure number, '' for text), meaning, and what is allowed.

    Of an estimate that is compared with a run at another scale (`openkerr.record.verify`) it says besides which column
    tells, in standard errors, whether it still moves, and by how much a shorter run may miss it.
    """

    name: str
    kind: Kind
    unit: str
    description: str
    nullable: bool = False
    minimum: float | None = None
    above: float | None = None
    maximum: float | None = None
    allowed: tuple[str | int, ...] | None = None
    stationarity: str | None = None
    shorter_run: float = 0.0

    def limits(self) -> str:
        """Return what is allowed, in words; empty if anything of the kind is."""
        if self.allowed is not None:
            return "one of " + ", ".join(str(value) for value in self.allowed)
        bounds = (("> ", self.above), (">= ", self.minimum), ("<= ", self.maximum))
        return " and ".join(f"{sign}{bound:g}" for sign, bound in bounds if bound is not None)


@dataclass(frozen=True)
class Rule:
    """A condition between columns: a sentence, and a function from the frame to one truth value a row."""

    sentence: str
    holds: Callable[[pd.DataFrame], pd.Series]


@dataclass(frozen=True)
class TableSchema:
    """One table: columns in their order, and those that together name an observation.

    ``stationarity`` names the column that tells, in standard errors, whether a row still moves; ``averaging_time``
    that of the time over which exponents of the row are averaged.
    """

    name: str
    title: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    rules: tuple[Rule, ...] = ()
    stationarity: str | None = None
    averaging_time: str | None = None

    @property
    def column_names(self) -> list[str]:
        """Names of the columns in the order of the file."""
        return [column.name for column in self.columns]

    def restricted(self, names: Iterable[str]) -> TableSchema:
        """Schema of the key and some other columns, without the conditions between columns."""
        kept = {*self.key, *names}
        return replace(self, columns=tuple(column for column in self.columns if column.name in kept), rules=())


def estimate(name: str, unit: str, description: str, *, nullable: bool = False, **limits: Any) -> tuple[Column, ...]:
    """Return the pair x, x_stderr; the error may be empty only where the column may."""
    return (
        Column(name, "number", unit, description, nullable, **limits),
        Column(f"{name}_stderr", "number", unit, f"Standard error of {name}.", nullable, minimum=0.0),
    )
