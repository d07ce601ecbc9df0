"""Loops over modes in the source text of kernels: neighbouring modes whose polynomials have one form share a loop."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from openkerr.algebra.expressions import Coefficient
from openkerr.algebra.phase_space import PhaseSpacePolynomial
from openkerr.algebra.polynomials import Monomial

Term = tuple[Coefficient, Monomial]


@dataclass(frozen=True)
class Site:
    """What a loop does for one mode (or one block of noise): its form, and the numbers that fill it.

    The first numbers are those of the polynomials of the form and get names; further ones, as of a matrix, are read
    from the parameters where they are needed.
    """

    first: int
    form: tuple
    values: tuple[tuple[float, ...], ...]  # one tuple a method
    n_named: int

    def continues(self, other: Site) -> bool:
        """Whether this is the same for the next mode."""
        return self.form == other.form and self.first == other.first + 1


def site_of(first: int, groups: Sequence[tuple[PhaseSpacePolynomial, ...]]) -> Site:
    """Form and numbers of some polynomials, relative to a mode; a group holds one polynomial by method."""
    form = []
    values: tuple[list[float], list[float]] = ([], [])
    for methods in groups:
        methods = (methods * 2)[:2]
        terms = []
        for key in sorted(set(methods[0].terms) | set(methods[1].terms)):
            pair = [polynomial.terms.get(key, 0j) for polynomial in methods]
            real, imag = any(c.real for c in pair), any(c.imag for c in pair)
            terms.append((tuple((k - first, p, q) for k, p, q in key), real, imag))
            for numbers, c in zip(values, pair, strict=True):
                numbers += [c.real] * real + [c.imag] * imag
        form.append(tuple(terms))
    return Site(first, tuple(form), tuple(map(tuple, values)), len(values[0]))


def runs_of(sites: Sequence[Site]) -> list[list[Site]]:
    """Cut a list of sites into runs of consecutive (first) modes with one form."""
    runs: list[list[Site]] = []
    for site in sites:
        if runs and site.continues(runs[-1][-1]):
            runs[-1].append(site)
        else:
            runs.append([site])
    return runs


def loop(run: Sequence[Site], offset: int) -> tuple[list[str], int]:
    """Head of the loop over a run of modes; the names c0, c1 ... are its parameters.  Also the next offset."""
    first, stride = run[0].first, len(run[0].values[0])
    head = [f"    for mode in range({first}, {first + len(run)}):"]
    head += [f"        c{i} = p[{offset + i} + {stride} * (mode - {first})]" for i in range(run[0].n_named)]
    return head, offset + stride * len(run)


def coefficients(form: tuple) -> list[list[Term]]:
    """Name the parameters of a form: for every polynomial (coefficient, relative monomial) of every term."""
    names = (f"c{i}" for i in range(2 * sum(map(len, form))))
    return [
        [(Coefficient(next(names) if real else None, next(names) if imag else None), key) for key, real, imag in terms]
        for terms in form
    ]


def indented(lines: Sequence[str], depth: int) -> list[str]:
    """Lines, four spaces a depth further in."""
    return ["    " * depth + line for line in lines]
