"""What the blocks of both papers share: checks that join several keys, ensembles, and intervals.

A condition of one field stands at the field, as ``Annotated[float, multiple_of("time_step")]``. What it names comes
before it in the block; where that is itself refused, the condition is not looked at.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Sequence
from typing import TYPE_CHECKING, Annotated, Any, Literal, TypeVar

from pydantic import AfterValidator, BaseModel, Field, ValidationInfo, field_validator

from openkerr.numerics.stats import MIN_BATCHES
from openkerr.settings.fields import Section, cut, refuse, setting

MAX_SAMPLES = 1_000_000
MAX_STEP_RATE = 2.5
"""Largest rate times step; the fourth-order Runge-Kutta step is stable up to about 2.8."""

Name = Annotated[str, Field(pattern="^[a-z][a-z0-9_]*$", max_length=64)]


_List = TypeVar("_List", bound=Sequence[float])


def check_multiple(
    value: float, unit: float | None, name: str, *, least: int = 1, at: Sequence[str | int] = ()
) -> float:
    """The value, if a whole number of units within a relative 1e-9, and at least so many where it is not 0.

    Unit ``None``: itself refused. ``at`` leads from the checked field to the value to blame.
    """
    if unit is not None:
        ratio = value / unit
        if ratio > MAX_SAMPLES:
            raise refuse(f"at most {MAX_SAMPLES} times {name} = {unit:g}", at)
        if abs(ratio - round(ratio)) > 1e-9 * max(1.0, ratio) or (value > 0 and round(ratio) < 1):
            raise refuse(f"a whole multiple of {name} = {unit:g}", at)
        if round(ratio) < least and value > 0:
            raise refuse(f"at least {least} times {name} = {unit:g}", at)
    return value


def check_divisor(value: float, whole: float, text: str) -> float:
    """The value, if it divides another within a relative 1e-9; else ``text`` is what is allowed."""
    ratio = whole / value
    if round(ratio) < 1 or abs(ratio - round(ratio)) > 1e-9 * ratio:
        raise refuse(text)
    return value


def check_names(cases: Sequence[Any]) -> None:
    """Refuse two entries of one name."""
    seen: set[str] = set()
    for index, case in enumerate(cases):
        if case.name in seen:
            raise refuse("a name that no other entry of the list has", at=(index, "name"))
        seen.add(case.name)


def check_step(index: int | None, case: Trajectories, rate: float, model: str, drift_steps: int = 1) -> None:
    """Refuse a time step that is unstable at the largest rate of the linear motion.

    The index is that of the case in its list, ``None`` where it is in none; the drift goes in so many parts of a step.
    """
    limit = drift_steps * MAX_STEP_RATE / rate
    if not case.time_step < limit:
        text = f"below {limit:.3g}, for a stable Runge-Kutta step at the rates of {model}"
        raise refuse(text, at=("time_step",) if index is None else (index, "time_step"))


def check_model(at: tuple[str | int, ...], build: type[BaseModel], **parameters: Any) -> None:
    """Refuse a case that its own model refuses; ``at`` leads to the value to blame."""
    try:
        build(**parameters)
    except ValueError as error:
        raise refuse(f"a value that the model accepts ({error})", at=at) from None


def check_points(
    cases: Sequence[Any], points: Callable[[Any], Iterable[tuple[Hashable, tuple[str | int, ...]]]], text: str
) -> None:
    """Refuse two entries of one name, and a point that two entries have.

    Parameters
    ----------
    points : callable
        Points of an entry, each with the way from the entry to the value to blame.
    text : str
        What is allowed; ``{other}`` in it is the name of the entry that had the point before.
    """
    check_names(cases)
    taken: dict[Hashable, str] = {}
    for index, case in enumerate(cases):
        for point, at in points(case):
            other = taken.setdefault(point, case.name)
            if other != case.name:
                raise refuse(text.format(other=other), at=(index, *at))


def check_increasing(values: _List) -> _List:
    """The values, if they grow strictly."""
    for index in range(1, len(values)):
        if values[index] <= values[index - 1]:
            raise refuse(f"strictly increasing values, here one above {values[index - 1]:g}", at=(index,))
    return values


def check_even(value: int) -> int:
    """The value, if it is even."""
    if value % 2:
        raise refuse("an even number")
    return value


# ---------------------------------------------------------------------------------------------- conditions of fields

Increasing = AfterValidator(check_increasing)
"""Condition of a list: its values grow strictly."""

Even = AfterValidator(check_even)
"""Condition of a whole number: it is even."""


def multiple_of(name: str, least: int = 1) -> AfterValidator:
    """Condition of a number: a whole multiple of an earlier field, at least so many times it where it is not 0."""

    def check(value: float, info: ValidationInfo) -> float:
        return check_multiple(value, info.data.get(name), name, least=least)

    return AfterValidator(check)


def divides(name: str) -> AfterValidator:
    """Condition of a number: an earlier field is a whole multiple of it."""

    def check(value: float, info: ValidationInfo) -> float:
        whole = info.data.get(name)
        if whole is not None:
            check_divisor(value, whole, f"a value of which {name} = {whole:g} is a whole multiple")
        return value

    return AfterValidator(check)


def up_to(name: str, part: Literal[1, 2, 3] = 1) -> AfterValidator:
    """Condition of a number, or of the last one of a list: at most an earlier field, or a half or third of it."""
    share = {1: "", 2: "half of ", 3: "a third of "}[part]

    def check(value: Any, info: ValidationInfo) -> Any:
        limit = info.data.get(name)
        listed = isinstance(value, tuple)
        last = value[-1] if listed and value else 0 if listed else value
        if limit is not None and part * last > limit * (1 + 1e-9):
            raise refuse(f"at most {share}{name} = {limit:g}", at=(len(value) - 1,) if listed else ())
        return value

    return AfterValidator(check)


def below(name: str) -> AfterValidator:
    """Condition of a number: less than an earlier field."""

    def check(value: float, info: ValidationInfo) -> float:
        limit = info.data.get(name)
        if limit is not None and value >= limit:
            raise refuse(f"below {name} = {limit:g}")
        return value

    return AfterValidator(check)


# ---------------------------------------------------------------------------------------------- blocks


class Batched(Section):
    """Trajectories in batches, from which errors come."""

    n_trajectories: int = setting("number of trajectories", "trajectories", ge=MIN_BATCHES, le=1_000_000_000)
    batch_size: int = setting(
        "trajectories that share a partial sum: the unit of errors, and the lanes of a vectorised block",
        "trajectories",
        ge=1,
        le=65_536,
        rule="at most n_trajectories / 16, for an error from 16 batches",
    )

    @field_validator("batch_size")
    @classmethod
    def _enough_batches(cls, value: int, info: ValidationInfo) -> int:
        n_trajectories = info.data.get("n_trajectories")
        if n_trajectories is not None and value * MIN_BATCHES > n_trajectories:
            limit = n_trajectories // MIN_BATCHES
            raise refuse(f"at most {limit}, for an error from {MIN_BATCHES} batches of n_trajectories")
        return value

    batches_per_job: int = cut("batches that one job computes", "batches")


class Trajectories(Batched):
    """Numerics that all truncated-Wigner ensembles share; what is of one model states ``stepper`` anew."""

    stepper: str = setting("step of the integrator, one that the model has")
    precision: Literal["double", "single"] = setting("arithmetic of the fields; sums are double in either")
    noise: Literal["gaussian", "discrete"] = setting(
        "law of the noise; discrete has the Gaussian's moments to fifth order only, which averages need and no more",
        rule="gaussian where single trajectories are kept",
    )

    if TYPE_CHECKING:  # fields of the blocks below, each with a unit and bounds of its own

        @property
        def time_step(self) -> float:
            """Step of the integrator."""

        @property
        def sampling_interval(self) -> float:
            """Time between two samples."""

    @property
    def steps_per_sample(self) -> int:
        """Number of time steps between two samples."""
        return round(self.sampling_interval / self.time_step)


class Ensemble(Trajectories):
    """An ensemble that is an entry of a list."""

    name: Name = setting("name of the case, part of file names", rule="each name once in the list")


class Interval(Section):
    """Equidistant values from the first to the last, both included."""

    first: Annotated[float, Field(ge=-1e6, le=1e6)] = setting("first value", "eta")
    last: Annotated[float, Field(ge=-1e6, le=1e6)] = setting("last value", "eta", rule="not below first")
    step: float = setting("distance of values", "eta", gt=0, le=1e6, rule="last - first is a whole multiple")

    @field_validator("last")
    @classmethod
    def _ordered(cls, value: float, info: ValidationInfo) -> float:
        if value < info.data.get("first", value):
            raise refuse(f"at least first = {info.data['first']:g}")
        return value

    @field_validator("step")
    @classmethod
    def _whole(cls, value: float, info: ValidationInfo) -> float:
        if "last" in info.data and "first" in info.data:
            ratio = (info.data["last"] - info.data["first"]) / value
            if abs(ratio - round(ratio)) > 1e-6 or ratio > 10_000:
                raise refuse("a step that divides last - first into at most 10000 whole parts")
        return value

    @property
    def values(self) -> list[float]:
        """The values, each rounded to twelve digits so that equal grid points are equal numbers."""
        count = round((self.last - self.first) / self.step)
        return [round(self.first + k * self.step, 12) for k in range(count + 1)]
