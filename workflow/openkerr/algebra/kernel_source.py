"""Source text of compiled kernels for field equations that are given as phase-space polynomials.

The text depends on the form of the equations alone, that is on which monomials appear and whether their coefficients
are real, imaginary or both; the coefficients are parameters.  Neighbouring modes with one form share a loop, so that
the kernels of a chain do not grow with its length.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from openkerr.algebra.expressions import Expressions, relative
from openkerr.algebra.kernel_loops import Site, Term, coefficients, indented, loop, runs_of, site_of
from openkerr.algebra.kick_source import channels_of, kick_source, noise_site
from openkerr.algebra.noise import FieldNoise, IsotropicNoise
from openkerr.algebra.phase_space import PhaseSpacePolynomial
from openkerr.numerics import compilation

# The name comes from the import: generated kernels hang on the code of that module as if it were written here.
HEADER = f'''"""Kernels of a field equation, generated from its polynomials (see {__name__})."""

import math

from {compilation.__name__} import kernel
'''


class KernelSource(NamedTuple):
    """Text of a module of kernels, its parameter vectors by method, and its number of complex noise channels."""

    text: str
    parameters: dict[str, np.ndarray]
    n_noises: int


def generate(
    gross_pitaevskii: Sequence[PhaseSpacePolynomial],
    wigner: Sequence[PhaseSpacePolynomial],
    noises: Mapping[tuple[int, ...], IsotropicNoise | FieldNoise] | None,
) -> KernelSource:
    """Write the kernels ``drift``, ``kick`` and ``jacobian`` of a pair of field equations.

    Parameters
    ----------
    gross_pitaevskii, wigner : sequence of PhaseSpacePolynomial
        Drift of every mode in the Gross-Pitaevskii and the truncated Wigner equation.
    noises : mapping of block of modes to noise, or ``None``
        Noise of both, in the order of the blocks; without it there is no kernel ``kick``.
    """
    drifts = [site_of(mode, [pair]) for mode, pair in enumerate(zip(gross_pitaevskii, wigner, strict=True))]
    kicks = [noise_site(block, noise) for block, noise in (noises or {}).items()]
    offset = sum(len(site.values[0]) for site in drifts)
    text = [HEADER, *_drift(drifts), *(kick_source(kicks, offset) if noises is not None else []), *_jacobian(drifts)]
    parameters = {
        method: np.array([value for site in [*drifts, *kicks] for value in site.values[index]], dtype=np.float64)
        for index, method in enumerate(("gpe", "twa"))
    }
    return KernelSource("\n".join(text), parameters, sum(map(channels_of, kicks)))


def _drift(sites: Sequence[Site]) -> list[str]:
    lines, offset = ["", "@kernel", "def drift(z, dz, p):"], 0
    for run in runs_of(sites):
        head, offset = loop(run, offset)
        code = Expressions(lambda shift: (f"z[0, mode{relative(shift)}, lane]", f"z[1, mode{relative(shift)}, lane]"))
        real, imag = code.total(coefficients(run[0].form)[0])
        body = [*code.lines, f"dz[0, mode, lane] = {real}", f"dz[1, mode, lane] = {imag}"]
        lines += [*head, "        for lane in range(z.shape[2]):", *indented(body, 3)]
    return [*lines, ""]


def _jacobian(sites: Sequence[Site]) -> list[str]:
    lines, offset = ["", "@kernel", "def jacobian(x, jac, p):", "    n = x.size // 2", "    jac[:] = 0.0"], 0
    for run in runs_of(sites):
        head, offset = loop(run, offset)
        code = Expressions(lambda shift: (f"x[mode{relative(shift)}]", f"x[n + mode{relative(shift)}]"))
        terms = coefficients(run[0].form)[0]
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
        lines += [*head, *indented([*code.lines, *body], 2)] if body else []
    return [*lines, ""]


def _derivative(terms: Sequence[Term], shift: int, conjugate: bool) -> list[Term]:
    """Terms of the derivative with respect to the field of a relative mode."""
    derived = []
    for coefficient, key in terms:
        for lower, factor in PhaseSpacePolynomial({key: 1.0}).derivative(shift, conjugate).terms.items():
            derived.append((coefficient._replace(factor=round(factor.real)), lower))
    return derived
