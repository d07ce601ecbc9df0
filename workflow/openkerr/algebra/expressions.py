"""Source text of real arithmetic for complex polynomials of phase space."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NamedTuple

from openkerr.algebra.polynomials import Monomial


class Coefficient(NamedTuple):
    """Complex coefficient in source text: names of its real and imaginary part (``None``: zero), times a factor."""

    real: str | None
    imag: str | None
    factor: int = 1


def relative(shift: int) -> str:
    """Source text that adds a whole number to an index; empty for zero."""
    return f" + {shift}" if shift > 0 else f" - {-shift}" if shift < 0 else ""


class Expressions:
    """Writes assignments to local names for powers of fields, each once, and sums of terms in these names.

    Parameters
    ----------
    read : callable
        Texts that read a field's real and imaginary part, from the number of the mode relative to the loop's ``mode``.

    Attributes
    ----------
    lines : list of str
        Assignments so far, in order.
    """

    def __init__(self, read: Callable[[int], tuple[str, str]]):
        self.lines: list[str] = []
        self._read = read
        self._known: dict[tuple, tuple[str, ...]] = {}

    def total(self, terms: Iterable[tuple[Coefficient, Monomial]]) -> tuple[str, str]:
        """Real and imaginary part of a sum of terms.

        Terms that differ in powers of densities |alpha|**2 alone share the product of their other fields.
        """
        groups: dict[Monomial, list[tuple[Coefficient, Monomial]]] = {}
        for coefficient, key in terms:
            phase = tuple((k, max(p - q, 0), max(q - p, 0)) for k, p, q in key if p != q)
            density = tuple((k, min(p, q), 0) for k, p, q in key if min(p, q))
            groups.setdefault(phase, []).append((coefficient, density))
        real, imag = [], []
        for phase, members in groups.items():
            f_re = self._real_sum((coefficient.real, coefficient.factor, density) for coefficient, density in members)
            f_im = self._real_sum((coefficient.imag, coefficient.factor, density) for coefficient, density in members)
            if not phase:
                real += [f_re] if f_re else []
                imag += [f_im] if f_im else []
                continue
            u, v = self._phase(phase)
            if f_re:
                real.append(f"{f_re} * {u}")
                imag.append(f"{f_re} * {v}")
            if f_im:
                real.append(f"-{f_im} * {v}")
                imag.append(f"{f_im} * {u}")
        return " + ".join(real) or "0.0", " + ".join(imag) or "0.0"

    def _real_sum(self, members: Iterable[tuple[str | None, int, Monomial]]) -> str:
        """Name of a sum of coefficients times densities; empty if there is none."""
        summands: list[str] = []
        for name, factor, density in members:
            if name is not None:
                factors = [f"{factor}.0"] if factor != 1 else []
                factors += [name, *(self._density(k) for k, power, _ in density for _ in range(power))]
                summands.append(" * ".join(factors))
        if not summands or (len(summands) == 1 and summands[0].isidentifier()):
            return "".join(summands)
        return self._named(("sum", *summands), [" + ".join(summands)])[0]

    def _field(self, shift: int) -> tuple[str, str]:
        x, y = self._named(("field", shift), list(self._read(shift)))
        return x, y

    def _density(self, shift: int) -> str:
        x, y = self._field(shift)
        return self._named(("density", shift), [f"{x} * {x} + {y} * {y}"])[0]

    def _phase(self, factors: Monomial) -> tuple[str, str]:
        """Product of powers of fields and of conjugate fields."""
        (k, p, q), *others = factors
        rest = (((k, max(p - 1, 0), max(q - 1, 0)),) if p + q > 1 else ()) + tuple(others)
        x, y = self._field(k)
        if p:
            (y,) = self._named(("conjugate", k), [f"-{y}"])
        if not rest:
            return x, y
        u, v = self._phase(rest)
        real, imag = self._named(("phase", factors), [f"{u} * {x} - {v} * {y}", f"{u} * {y} + {v} * {x}"])
        return real, imag

    def _named(self, key: tuple, texts: list[str]) -> tuple[str, ...]:
        if key not in self._known:
            number = len(self._known)
            names = tuple(f"t{number}_{part}" for part in range(len(texts)))
            self.lines += [f"{name} = {text}" for name, text in zip(names, texts, strict=True)]
            self._known[key] = names
        return self._known[key]
