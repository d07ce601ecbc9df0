"""Source text of the kernel ``kick``: noise of second weak order for every kind of `openkerr.algebra.noise`.

Isotropic noise of one mode, d(alpha) = sqrt(v) dW, takes one complex normal zeta,

    alpha -> alpha + sqrt(h (v + ½ h (v v'' - |v'|²))) zeta + ½ h v' zeta²

with v' = dv/d(alpha) and v'' = dv'/d(alpha*), whose expectations are those of exp(h v d²/d(alpha)d(alpha*)) but for h³.
For v = a + b |alpha|² it is openkerr.models.kerr_dimer.kick.

Fields g_r, with the correction g_0 of Stratonovich's sense, are followed along random directions.  Where they commute,
one flow of h g_0 + sqrt(h) sum_r xi_r g_r is exact; else there are two [1], with eta_r of variance 1/2 in the place of
the areas that the Wiener processes enclose,

    sqrt(h) sum_r eta_r g_r,   then   h g_0 + sqrt(h) sum_r (xi_r - eta_r) g_r.

Each flow is one Runge-Kutta step of fifth order in sqrt(h), whose error is of h³ too.  A constant noise goes half
before and half after the fields.

[1] M. Ninomiya and S. Ninomiya, Finance Stoch. 13, 415 (2009), with u = 1/2.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from openkerr.algebra.expressions import Expressions, relative
from openkerr.algebra.kernel_loops import Site, coefficients, indented, loop, runs_of, site_of
from openkerr.algebra.noise import ZERO, FieldNoise, IsotropicNoise

BUTCHER = (
    ((1, 4),),
    ((1, 8), (1, 8)),
    ((0, 1), (-1, 2), (1, 1)),
    ((3, 16), (0, 1), (0, 1), (9, 16)),
    ((-3, 7), (2, 7), (12, 7), (-12, 7), (8, 7)),
    ((7, 90), (0, 1), (32, 90), (12, 90), (32, 90), (7, 90)),
)
"""Runge-Kutta method of fifth order (J. C. Butcher, Numerical Methods for Ordinary Differential Equations, Sec. 236).

By stage, the end of the step last: weights of the slopes so far, as fractions.
"""


class _Fields(NamedTuple):
    """Form of the noise of a block with fields: what its text depends on beside the polynomials."""

    modes: tuple[int, ...]
    rank: int
    n_fields: int
    drifts: bool
    commute: bool
    polynomials: tuple

    @property
    def constant_channels(self) -> int:
        """Complex channels of the constant noise, once."""
        return -(-self.rank // 2)

    @property
    def channels(self) -> int:
        if not self.n_fields:
            return self.constant_channels
        return 2 * self.constant_channels + -(-self.n_fields * (1 if self.commute else 2) // 2)


def noise_site(block: tuple[int, ...], noise: IsotropicNoise | FieldNoise) -> Site:
    """Form and numbers of the noise of a block, for `kick_source`."""
    if isinstance(noise, IsotropicNoise):
        return _isotropic_site(block[0], noise)
    first = block[0]
    parts = [noise.correction, *noise.fields] if noise.correction else [*noise.fields]
    site = site_of(first, [(part.get(mode, ZERO),) for part in parts for mode in block])
    form = _Fields(
        tuple(mode - first for mode in block),
        noise.constant.shape[1],
        len(noise.fields),
        bool(noise.correction),
        noise.commute,
        site.form,
    )
    matrix = tuple(map(float, noise.constant.ravel()))
    return Site(first, form, tuple(values + matrix for values in site.values), site.n_named)


def channels_of(site: Site) -> int:
    """Complex noise channels that a site takes."""
    return site.form.channels if isinstance(site.form, _Fields) else 1


def kick_source(sites: Sequence[Site], offset: int) -> list[str]:
    """Lines of the kernel ``kick``; ``offset`` is the place of its first parameter."""
    lines, channel = ["", "@kernel", "def kick(z, noise, h, p):", *([] if sites else ["    pass"])], 0
    for run in runs_of(sites):
        first, form, width = run[0].first, run[0].form, channels_of(run[0])
        matrix = f"{offset + run[0].n_named} + {len(run[0].values[0])} * (mode - {first})"
        head, offset = loop(run, offset)
        head += [f"        channel = {channel} + {width} * (mode - {first})"]
        body = _field_kick(form, matrix) if isinstance(form, _Fields) else _ISOTROPIC[form[0]](form[1:])
        lines += [*head, *indented(body, 2)]
        channel += width * len(run)
    return [*lines, ""]


def _isotropic_site(mode: int, noise: IsotropicNoise) -> Site:
    v = noise.strength
    if set(v.terms) <= {(), ((mode, 1, 1),)}:
        a, b = v.terms.get((), 0j).real, v.terms.get(((mode, 1, 1),), 0j).real
        values = (a, b) if b else (a,)
        return Site(mode, ("growing" if b else "additive",), (values, values), len(values))
    slope = v.derivative(mode)
    site = site_of(mode, [(v,), (slope,), (slope.derivative(mode, conjugate=True),)])
    return Site(mode, ("general", *site.form), site.values, site.n_named)


def _additive_kick(form: tuple) -> list[str]:
    return [
        "size = math.sqrt(h * c0)",
        "for lane in range(z.shape[2]):",
        "    z[0, mode, lane] += size * noise[0, channel, lane]",
        "    z[1, mode, lane] += size * noise[1, channel, lane]",
    ]


def _growing_kick(form: tuple) -> list[str]:
    return [
        "for lane in range(z.shape[2]):",
        "    x, y = z[0, mode, lane], z[1, mode, lane]",
        "    u, v = noise[0, channel, lane], noise[1, channel, lane]",
        "    size = math.sqrt(h * (c0 + c1 * (x * x + y * y) + 0.5 * c0 * c1 * h))",
        "    real, imag = u * u - v * v, 2.0 * u * v",
        "    z[0, mode, lane] = x + size * u + 0.5 * c1 * h * (x * real + y * imag)",
        "    z[1, mode, lane] = y + size * v + 0.5 * c1 * h * (x * imag - y * real)",
    ]


def _general_kick(form: tuple) -> list[str]:
    code = Expressions(lambda shift: ("x", "y"))
    (strength, _), (slope_re, slope_im), (bend, _) = map(code.total, coefficients(form))
    body = [
        "x, y = z[0, mode, lane], z[1, mode, lane]",
        "u, v = noise[0, channel, lane], noise[1, channel, lane]",
        *code.lines,
        f"strength, slope_re, slope_im = {strength}, {slope_re}, {slope_im}",
        f"square = strength + 0.5 * h * (strength * ({bend}) - slope_re * slope_re - slope_im * slope_im)",
        # Noise of negative strength must not pass for none.
        "size = math.sqrt(h * square) if strength >= 0.0 and square >= 0.0 else math.nan",
        "real, imag = u * u - v * v, 2.0 * u * v",
        "z[0, mode, lane] = x + size * u + 0.5 * h * (slope_re * real - slope_im * imag)",
        "z[1, mode, lane] = y + size * v + 0.5 * h * (slope_re * imag + slope_im * real)",
    ]
    return ["for lane in range(z.shape[2]):", *indented(body, 1)]


_ISOTROPIC = {"additive": _additive_kick, "growing": _growing_kick, "general": _general_kick}


def _field_kick(form: _Fields, matrix: str) -> list[str]:
    # Parts of a unit complex normal have the variance 1/2.
    lines = ["whole, half = math.sqrt(2.0 * h), math.sqrt(h)"]
    if not form.n_fields:
        return lines + _constant_shift(form, matrix, "whole", 0)
    moving = [shift for shift in form.modes if _moves(form, shift)]
    body = [f"x{shift}, y{shift} = z[0, mode{relative(shift)}, lane], z[1, mode{relative(shift)}, lane]"
            for shift in form.modes]  # fmt: skip
    first = 2 * form.constant_channels

    def normal(index: int) -> str:
        return f"noise[{index % 2}, channel + {first + index // 2}, lane]"

    if not form.commute:
        body += [f"w{r} = half * {normal(form.n_fields + r)}" for r in range(form.n_fields)]
        body += _flow(form, moving, drifts=False)
        body += [f"w{r} = whole * {normal(r)} - w{r}" for r in range(form.n_fields)]
    else:
        body += [f"w{r} = whole * {normal(r)}" for r in range(form.n_fields)]
    body += _flow(form, moving, drifts=form.drifts)
    body += [f"z[0, mode{relative(shift)}, lane], z[1, mode{relative(shift)}, lane] = x{shift}, y{shift}"
             for shift in moving]  # fmt: skip
    return [
        *lines,
        *_constant_shift(form, matrix, "half", 0),
        "for lane in range(z.shape[2]):",
        *indented(body, 1),
        *_constant_shift(form, matrix, "half", form.constant_channels),
    ]


def _constant_shift(form: _Fields, matrix: str, size: str, channel: int) -> list[str]:
    """Add a multiple of the constant noise, drawn from the block's channels from a number on."""
    if not form.rank:
        return []
    contiguous = form.modes == tuple(range(len(form.modes)))
    target = "row // 2" if contiguous else f"{form.modes}[row // 2]"
    return [
        f"for row in range({2 * len(form.modes)}):",
        f"    target = mode + {target}",
        f"    for column in range({form.rank}):",
        f"        factor = {size} * p[{matrix} + {form.rank} * row + column]",
        "        if factor != 0.0:",
        "            for lane in range(z.shape[2]):",
        f"                normal = noise[column % 2, channel + {channel} + column // 2, lane]",
        "                z[row % 2, target, lane] += factor * normal",
    ]


def _moves(form: _Fields, shift: int) -> bool:
    """Whether some field moves a mode."""
    n_modes = len(form.modes)
    return any(form.polynomials[index] for index in range(form.modes.index(shift), len(form.polynomials), n_modes))


def _flow(form: _Fields, moving: Sequence[int], drifts: bool) -> list[str]:
    """Follow the sum of w_r g_r, and h g_0 where it ``drifts``, for a unit time from x0, y0 ... on."""
    code = Expressions(lambda shift: (f"x{shift}", f"y{shift}"))
    terms, n_modes = coefficients(form.polynomials), len(form.modes)
    velocity = []
    for shift in moving:
        parts: list[list[str]] = [[], []]
        for index in range(form.modes.index(shift), len(terms), n_modes):
            number = index // n_modes - form.drifts
            if terms[index] and (drifts or number >= 0):
                weight = f"w{number}" if number >= 0 else "h"
                for part, total in zip(parts, code.total(terms[index]), strict=True):
                    part += [f"{weight} * ({total})"] if total != "0.0" else []
        velocity += [(shift, [" + ".join(part) or "0.0" for part in parts])]
    lines = [f"start_x{shift}, start_y{shift} = x{shift}, y{shift}" for shift in moving]
    for stage, weights in enumerate(BUTCHER):
        lines += code.lines
        for shift, (real, imag) in velocity:
            lines += [f"u{stage}_{shift} = {real}", f"v{stage}_{shift} = {imag}"]
        for shift in moving:
            for name, slope in (("x", "u"), ("y", "v")):
                sums = [
                    f"{top}.0 / {low}.0 * {slope}{number}_{shift}" for number, (top, low) in enumerate(weights) if top
                ]
                lines.append(f"{name}{shift} = start_{name}{shift} + " + " + ".join(sums))
    return lines
