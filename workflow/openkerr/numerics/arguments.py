"""Checks of arguments, each one clear line: the name, what was given, and what is allowed."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

__all__ = ["check_number", "check_whole", "is_real", "is_whole"]


def is_whole(value: Any) -> bool:
    """Whether a value is an integer of Python or NumPy, and no truth value."""
    return isinstance(value, int | np.integer) and not isinstance(value, bool)


def is_real(value: Any) -> bool:
    """Whether a value is a finite real number of Python or NumPy, and no truth value."""
    return is_whole(value) or (isinstance(value, float | np.floating) and math.isfinite(value))


def check_number(name: str, value: Any, least: float = 0.0, above: bool = True) -> None:
    """Refuse what is no finite number above, or not below, a bound.

    Raises
    ------
    ValueError
        In one line.
    """
    if not is_real(value) or value < least or (above and value == least):
        raise ValueError(f"{name} is {value!r}: allowed is a number {'above' if above else 'of at least'} {least:g}")


def check_whole(name: str, value: Any, least: int, most: int = 10**9, what: str = "") -> None:
    """Refuse what is no whole number within two bounds; ``what`` says what they are.

    Raises
    ------
    ValueError
        In one line.
    """
    if not is_whole(value) or value < least:
        raise ValueError(f"{name} is {value!r}: allowed is a whole number of at least {least}{what}")
    if value > most:
        raise ValueError(f"{name} is {value!r}: allowed is a whole number of at most {most}")
