"""Source text of compiled kernels for field equations that are given as phase-space polynomials.

The text depends on the form of the equations alone, that is on which monomials appear and whether their coefficients
are real, imaginary or both; the coefficients are parameters.  Neighbouring modes with one form share a loop, so that
the kernels of a chain do not grow with its length.

Noise comes in blocks of modes that the diffusion matrix couples.  One mode with <d(alpha)**2> = 0 and
<|d(alpha)|**2> = (a + b |alpha|**2) dt has a kick of second weak order (see openkerr.models.kerr_dimer.kick).  Other
blocks have the Euler-Maruyama kick with a square root of their real diffusion matrix, of first weak order, and exact
where that matrix is constant.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import product
from typing import NamedTuple

import numpy as np

from openkerr.algebra import cholesky
from openkerr.algebra.expressions import Coefficient, Expressions, relative
from openkerr.algebra.phase_space import PhaseSpacePolynomial
from openkerr.algebra.polynomials import Monomial
from openkerr.algebra.wigner import FokkerPlanck
from openkerr.numerics import compilation

# The names come from the imports: generated kernels hang on the code of these modules as if they were written here.
HEADER = f'''"""Kernels of a field equation, generated from its polynomials (see {__name__})."""

import math

import numpy as np

from {cholesky.__name__} import factorise
from {compilation.__name__} import kernel
'''


Term = tuple[Coefficient, Monomial]


class KernelSource(NamedTuple):
    """Text of a module of kernels, its parameter vectors by method, and its number of complex noise channels."""

    text: str
    parameters: dict[str, np.ndarray]
    n_noises: int


@dataclass(frozen=True)
class _Site:
    """What a loop does for one mode (or one block of noise): its form, and the numbers that fill it."""

    first: int
    form: tuple
    values: tuple[tuple[float, ...], ...]  # one tuple a method

    def continues(self, other: _Site) -> bool:
        return self.form == other.form and self.first == other.first + 1


def generate(gross_pitaevskii: Sequence[PhaseSpacePolynomial], wigner: FokkerPlanck) -> KernelSource:
    """Write the kernels ``drift``, ``kick`` and ``jacobian`` of a pair of field equations.

    Parameters
    ----------
    gross_pitaevskii : sequence of PhaseSpacePolynomial
        Drift of every mode in the Gross-Pitaevskii equation.
    wigner : FokkerPlanck
        Drift and diffusion of the truncated Wigner approximation; the diffusion serves both methods.
    """
    n_modes = len(wigner.drift)
    drifts = [_site(mode, [(gross_pitaevskii[mode], wigner.drift[mode])]) for mode in range(n_modes)]
    blocks = noise_blocks(wigner)
    noises = [_noise_site(block, wigner) for block in blocks]
    offset = sum(len(site.values[0]) for site in drifts)
    text = [HEADER, *_drift(drifts), *_kick(noises, offset), *_jacobian(drifts)]
    parameters = {
        method: np.array([value for site in [*drifts, *noises] for value in site.values[index]], dtype=np.float64)
        for index, method in enumerate(("gpe", "twa"))
    }
    return KernelSource("\n".join(text), parameters, sum(map(len, blocks)))


def noise_blocks(wigner: FokkerPlanck) -> list[tuple[int, ...]]:
    """Sets of modes that the diffusion matrix couples, in the order of their first modes; no noise, no set."""
    blocks: list[set[int]] = []
    for pair in [*wigner.diffusion, *wigner.anomalous]:
        joined = set(pair).union(*(block for block in blocks if block & set(pair)))
        blocks = [block for block in blocks if not block & joined] + [joined]
    return sorted(tuple(sorted(block)) for block in blocks)


def isotropic(block: tuple[int, ...], wigner: FokkerPlanck) -> tuple[float, float] | None:
    """(a, b) of a block with one mode and diffusion a + b |alpha|**2, else ``None``."""
    (mode, *others) = block
    terms = wigner.diffusion.get((mode, mode), PhaseSpacePolynomial({})).terms
    if others or (mode, mode) in wigner.anomalous or not set(terms) <= {(), ((mode, 1, 1),)}:
        return None
    return terms.get((), 0j).real, terms.get(((mode, 1, 1),), 0j).real


def _site(first: int, groups: Sequence[tuple[PhaseSpacePolynomial, ...]]) -> _Site:
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
    return _Site(first, tuple(form), tuple(map(tuple, values)))


def _noise_site(block: tuple[int, ...], wigner: FokkerPlanck) -> _Site:
    strength = isotropic(block, wigner)
    if strength is not None:
        kind = "growing" if strength[1] else "additive"
        values = strength if strength[1] else strength[:1]
        return _Site(block[0], (kind, (0,)), (values, values))
    zero = PhaseSpacePolynomial({})
    pairs = [(j, k) for j, k in product(block, repeat=2) if j >= k]
    site = _site(block[0], [(part.get(pair, zero),) for pair in pairs for part in (wigner.diffusion, wigner.anomalous)])
    modes = tuple(mode - block[0] for mode in block)
    return _Site(site.first, ("coupled", modes, site.form), site.values)


def _runs(sites: Sequence[_Site]) -> list[list[_Site]]:
    """Cut a list of sites into runs of consecutive (first) modes with one form."""
    runs: list[list[_Site]] = []
    for site in sites:
        if runs and site.continues(runs[-1][-1]):
            runs[-1].append(site)
        else:
            runs.append([site])
    return runs


def _loop(run: Sequence[_Site], offset: int) -> tuple[list[str], int]:
    """Head of the loop over a run of modes; the names c0, c1 ... are its parameters.  Also the next offset."""
    first, stride = run[0].first, len(run[0].values[0])
    head = [f"    for mode in range({first}, {first + len(run)}):"]
    head += [f"        c{i} = p[{offset + i} + {stride} * (mode - {first})]" for i in range(stride)]
    return head, offset + stride * len(run)


def _coefficients(form: tuple) -> list[list[Term]]:
    """Name the parameters of a form: for every polynomial (coefficient, relative monomial) of every term."""
    names = (f"c{i}" for i in range(2 * sum(map(len, form))))
    return [
        [(Coefficient(next(names) if real else None, next(names) if imag else None), key) for key, real, imag in terms]
        for terms in form
    ]


def _indented(lines: Sequence[str], depth: int) -> list[str]:
    return ["    " * depth + line for line in lines]


def _drift(sites: Sequence[_Site]) -> list[str]:
    lines, offset = ["", "@kernel", "def drift(z, dz, p):"], 0
    for run in _runs(sites):
        head, offset = _loop(run, offset)
        code = Expressions("z[0, mode{}, lane]", "z[1, mode{}, lane]")
        real, imag = code.total(_coefficients(run[0].form)[0])
        body = [*code.lines, f"dz[0, mode, lane] = {real}", f"dz[1, mode, lane] = {imag}"]
        lines += [*head, "        for lane in range(z.shape[2]):", *_indented(body, 3)]
    return [*lines, ""]


def _jacobian(sites: Sequence[_Site]) -> list[str]:
    lines, offset = ["", "@kernel", "def jacobian(x, jac, p):", "    n = x.size // 2", "    jac[:] = 0.0"], 0
    for run in _runs(sites):
        head, offset = _loop(run, offset)
        code = Expressions("x[mode{}]", "x[n + mode{}]")
        terms = _coefficients(run[0].form)[0]
        body = []
        for shift in sorted({k for _, key in terms for k, _, _ in key}):
            # d/dx = d/d(alpha) + d/d(alpha*), d/dy = i (d/d(alpha) - d/d(alpha*))
            g_re, g_im = code.total(_derivative(terms, shift, conjugate=False))
            h_re, h_im = code.total(_derivative(terms, shift, conjugate=True))
            column = f"mode{relative(shift)}"
            for row, part, value in (
                ("mode", column, f"({g_re}) + ({h_re})"),
                ("n + mode", column, f"({g_im}) + ({h_im})"),
                ("mode", f"n + {column}", f"({h_im}) - ({g_im})"),
                ("n + mode", f"n + {column}", f"({g_re}) - ({h_re})"),
            ):
                body += [f"jac[{row}, {part}] = {value}"]
        lines += [*head, *_indented([*code.lines, *body], 2)] if body else []
    return [*lines, ""]


def _derivative(terms: Sequence[Term], shift: int, conjugate: bool) -> list[Term]:
    """Terms of the derivative with respect to the field of a relative mode."""
    derived = []
    for coefficient, key in terms:
        for lower, factor in PhaseSpacePolynomial({key: 1.0}).derivative(shift, conjugate).terms.items():
            derived.append((coefficient._replace(factor=round(factor.real)), lower))
    return derived


def _kick(sites: Sequence[_Site], offset: int) -> list[str]:
    lines, channel = ["", "@kernel", "def kick(z, noise, h, p):", *([] if sites else ["    pass"])], 0
    for run in _runs(sites):
        head, offset = _loop(run, offset)
        kind, modes, *rest = run[0].form
        head += [f"        channel = {channel} + {len(modes)} * (mode - {run[0].first})"]
        lines += [*head, *_indented(_KICKS[kind](modes, *rest), 2)]
        channel += len(modes) * len(run)
    return [*lines, ""]


def _additive_kick(modes: tuple[int, ...]) -> list[str]:
    return [
        "size = math.sqrt(h * c0)",
        "for lane in range(z.shape[2]):",
        "    z[0, mode, lane] += size * noise[0, channel, lane]",
        "    z[1, mode, lane] += size * noise[1, channel, lane]",
    ]


def _growing_kick(modes: tuple[int, ...]) -> list[str]:
    return [
        "for lane in range(z.shape[2]):",
        "    x, y = z[0, mode, lane], z[1, mode, lane]",
        "    u, v = noise[0, channel, lane], noise[1, channel, lane]",
        "    size = math.sqrt(h * (c0 + c1 * (x * x + y * y) + 0.5 * c0 * c1 * h))",
        "    real, imag = u * u - v * v, 2.0 * u * v",
        "    z[0, mode, lane] = x + size * u + 0.5 * c1 * h * (x * real + y * imag)",
        "    z[1, mode, lane] = y + size * v + 0.5 * c1 * h * (x * imag - y * real)",
    ]


def _coupled_kick(modes: tuple[int, ...], form: tuple) -> list[str]:
    """Kick with a square root of the block's diffusion matrix in the order (Re, Im) of its modes."""
    code = Expressions("z[0, mode{}, lane]", "z[1, mode{}, lane]")
    totals = [code.total(terms) for terms in _coefficients(form)]
    pairs = [(row, column) for row, column in product(range(len(modes)), repeat=2) if row >= column]
    fill = []
    for (row, column), (d_re, d_im), (p_re, p_im) in zip(pairs, totals[::2], totals[1::2], strict=True):
        x, y = 2 * row, 2 * column
        # <dx dx'> = Re(P + D)/2, <dy dy'> = Re(D - P)/2, <dy dx'> = Im(P + D)/2, <dx dy'> = Im(P - D)/2
        fill += [
            f"matrix[{x}, {y}] = 0.5 * (({d_re}) + ({p_re}))",
            f"matrix[{x + 1}, {y + 1}] = 0.5 * (({d_re}) - ({p_re}))",
            f"matrix[{x + 1}, {y}] = 0.5 * (({p_im}) + ({d_im}))",
        ]
        if row > column:
            fill.append(f"matrix[{x}, {y + 1}] = 0.5 * (({p_im}) - ({d_im}))")
    fill = [*code.lines, *fill, "factorise(matrix, factor)"]
    constant = all(not key for terms in form for key, _, _ in terms)
    size = 2 * len(modes)
    draw = [
        f"unit[{2 * index + part}] = scale * noise[{part}, channel + {index}, lane]"
        for index, part in product(range(len(modes)), range(2))
    ]
    draw += [
        f"for row in range({size}):",
        "    shift[row] = 0.0",
        f"    for column in range({size}):",
        "        shift[row] += factor[row, column] * unit[column]",
    ]
    draw += [
        f"z[{part}, mode{relative(mode)}, lane] += shift[{2 * index + part}]"
        for (index, mode), part in product(enumerate(modes), range(2))
    ]
    return [
        "scale = math.sqrt(2.0 * h)",
        f"matrix, factor = np.empty(({size}, {size})), np.empty(({size}, {size}))",
        f"unit, shift = np.empty({size}), np.empty({size})",
        *(fill if constant else []),
        "for lane in range(z.shape[2]):",
        *_indented(draw if constant else fill + draw, 1),
    ]


_KICKS: dict[str, Callable[..., list[str]]] = {
    "additive": _additive_kick,
    "growing": _growing_kick,
    "coupled": _coupled_kick,
}
