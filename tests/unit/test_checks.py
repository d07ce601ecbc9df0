"""Conditions of settings: what they refuse, in which words and at which place."""

from typing import Annotated

import pytest
from pydantic import ValidationError

from openkerr.settings.checks import (
    MAX_SAMPLES,
    Even,
    Increasing,
    below,
    check_points,
    divides,
    multiple_of,
    up_to,
)
from openkerr.settings.fields import Section, setting


class Block(Section):
    step: float = setting("step", gt=0)
    interval: Annotated[float, multiple_of("step")] = setting("time between samples", gt=0)
    lag: Annotated[float, divides("interval")] = setting("time between lags", gt=0)
    window: Annotated[float, multiple_of("interval", 2)] = setting("time that is averaged", ge=0)
    first: Annotated[float, below("window")] = setting("first time", ge=0)
    share: Annotated[float, up_to("window", 3)] = setting("last part", ge=0)
    length: int = setting("sites", ge=1)
    sites: Annotated[tuple[int, ...], Increasing, up_to("length")] = setting("sites that are kept", max_length=3)
    cells: Annotated[int, Even] = setting("cells", ge=2)


GOOD = {
    "step": 0.1, "interval": 0.3, "lag": 0.15, "window": 0.6, "first": 0.5, "share": 0.2, "length": 4, "sites": [1, 4],
    "cells": 4,
}  # fmt: skip


@pytest.mark.parametrize(
    "good",
    [
        {}, {"window": 3e-1 * 7, "first": 2.05}, {"sites": []}, {"lag": 0.3}, {"share": 0.0},
        {"step": 1e-6, "interval": 1e-6 * MAX_SAMPLES, "lag": 1.0, "window": 2.0},
        # Rounding of numbers of steps is no fault.
        {"step": 0.02, "interval": 0.02 * 333, "lag": 0.02 * 37, "window": 0.02 * 333 * 3},
    ],
)  # fmt: skip
def test_what_meets_its_conditions_is_taken_as_it_is(good):
    given = GOOD | good
    assert Block(**given).model_dump(mode="json") == given


@pytest.mark.parametrize(
    ("bad", "text", "at"),
    [
        ({"interval": 0.25}, "a whole multiple of step = 0.1", ()),
        ({"interval": 0.05}, "a whole multiple of step = 0.1", ()),
        ({"interval": 0.3 * (1 + 1e-7)}, "a whole multiple of step = 0.1", ()),
        ({"step": 1e-7, "interval": 0.3}, "at most 1000000 times step = 1e-07", ()),
        ({"lag": 0.2}, "a value of which interval = 0.3 is a whole multiple", ()),
        ({"lag": 0.6}, "a value of which interval = 0.3 is a whole multiple", ()),
        ({"window": 0.3}, "at least 2 times interval = 0.3", ()),
        ({"first": 0.6}, "below window = 0.6", ()),
        ({"share": 0.21}, "at most a third of window = 0.6", ()),
        ({"sites": [1, 5]}, "at most length = 4", (1,)),
        ({"sites": [1, 2, 2]}, "strictly increasing values, here one above 2", (2,)),
        ({"cells": 3}, "an even number", ()),
    ],
)
def test_what_misses_a_condition_is_refused_there(bad, text, at):
    with pytest.raises(ValidationError) as caught:
        Block(**GOOD | bad)
    error = caught.value.errors()[0]
    assert error["loc"] == (list(bad)[-1],) and error["ctx"] == {"allowed": text, "at": at}


def test_a_condition_is_not_looked_at_where_what_it_names_is_refused():
    with pytest.raises(ValidationError) as caught:
        Block(**GOOD | {"step": -1.0, "length": 0})
    assert [error["loc"] for error in caught.value.errors()] == [("step",), ("length",)]


class Case(Section):
    name: str = setting("name")
    drives: tuple[float, ...] = setting("drives")


@pytest.mark.parametrize(
    ("drives", "at"),
    [(((1.0, 2.0), (3.0,)), None), (((1.0, 2.0), (3.0, 2.0)), (1, "drives", 1)), (((1.0, 1.0),), None)],
)
def test_a_point_belongs_to_one_entry(drives, at):
    cases = [Case(name=f"case_{index}", drives=each) for index, each in enumerate(drives)]

    def check():
        points = [[(drive, ("drives", place)) for place, drive in enumerate(case.drives)] for case in cases]
        check_points(cases, lambda case: points[cases.index(case)], "drives that {other} has not")

    if at is None:
        check()
        return
    with pytest.raises(ValueError) as caught:
        check()
    assert caught.value.context == {"allowed": "drives that case_0 has not", "at": at}
