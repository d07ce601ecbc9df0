"""How a case may end: right numbers, one clear line, or nothing with a sentence; all else is a fault."""

from __future__ import annotations

import signal
import traceback
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

import openkerr

LIBRARY = Path(openkerr.__file__).parent
LEAKS = ("object has no attribute", "validation error", "pydantic", "unexpected keyword", "Traceback", "positional")
"""Words of Python and of the validator, which no user has to read."""

STANDARD_ERRORS = 10.0
"""Half the step moves no number by more of its errors."""

ROUNDING = 1e-6
"""Share of the largest number that rounding and the tolerances of iterations may leave."""


@dataclass(frozen=True)
class Outcome:
    """``kind`` is right, refused or empty, or a fault: moved, leaked, late."""

    kind: str
    sentence: str

    @property
    def fault(self) -> bool:
        return self.kind not in ("right", "refused", "empty")


class Moved(AssertionError):
    """A number that is not right within its error."""


class Late(BaseException):
    """Past its time; no Exception, so that nothing on the way takes it for one of its own."""


def outcome(run: Callable[[], str | None], seconds: float) -> Outcome:
    """Run a case, which returns nothing, or the sentence of an empty result, and raises `Moved` for wrong numbers.

    Parameters
    ----------
    seconds : float
        Time on the processor after which the case counts as late.
    """

    def late(*_):
        raise Late

    before = signal.signal(signal.SIGPROF, late)
    signal.setitimer(signal.ITIMER_PROF, seconds)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            sentence = run()
    except Late:
        return Outcome("late", f"{seconds:g} s have passed")
    except Moved as error:
        return Outcome("moved", str(error))
    except Exception as error:
        return _refusal(error)
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0.0)
        signal.signal(signal.SIGPROF, before)
    return Outcome("right", "") if sentence is None else Outcome("empty", sentence)


def _refusal(error: Exception) -> Outcome:
    """One clear line of the library's own, or what leaked through it."""
    frame = traceback.extract_tb(error.__traceback__)[-1]
    text = f"{type(error).__name__}: {error}"
    own = Path(frame.filename).is_relative_to(LIBRARY) and (frame.line or "").startswith("raise")
    if own and "\n" not in text and not any(leak in text for leak in LEAKS):
        return Outcome("refused", text)
    return Outcome("leaked", f"{text!r} at {Path(frame.filename).name}:{frame.lineno}")


def hold(name: str, one, other, error) -> None:
    """Refuse numbers that differ by more than their errors, or of which only one is there."""
    one, other, error = np.broadcast_arrays(one, other, error)
    if (np.isnan(one) != np.isnan(other)).any():
        raise Moved(f"{name} is there at one step and not at half of it")
    known = ~np.isnan(one)
    if not np.isfinite(error[known]).all() or not np.isfinite(one[known]).all():
        raise Moved(f"{name} or its error is infinite or missing")
    scale = np.abs(one[known]).max(initial=0.0)
    allowed = STANDARD_ERRORS * error[known] + ROUNDING * scale + 1e-12
    beyond = np.abs(one[known] - other[known]) / allowed
    if beyond.max(initial=0.0) > 1.0:
        worst = beyond.argmax()
        raise Moved(
            f"{name} moves from {one[known][worst]:.6g} to {other[known][worst]:.6g}, error {error[known][worst]:.2g}"
        )
