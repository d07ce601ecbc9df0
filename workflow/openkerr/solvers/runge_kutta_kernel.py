# ruff: noqa: F821 -- drift is bound by openkerr.numerics.compilation.load_kernel
"""The deterministic step that all solvers share: template for any model (see openkerr.numerics.compilation)."""

from openkerr.numerics.compilation import kernel


@kernel
def runge_kutta(z, h, p, stage, slope, total):
    """One classical Runge-Kutta step of order 4 in place; stage, slope, total: scratch like ``z``."""
    drift(z, slope, p)
    _combine(stage, z, 0.5 * h, slope)
    _combine(total, z, h / 6.0, slope)
    drift(stage, slope, p)
    _combine(stage, z, 0.5 * h, slope)
    _combine(total, total, h / 3.0, slope)
    drift(stage, slope, p)
    _combine(stage, z, h, slope)
    _combine(total, total, h / 3.0, slope)
    drift(stage, slope, p)
    _combine(z, total, h / 6.0, slope)


@kernel
def _combine(out, base, factor, slope):
    """out = base + factor * slope over the lanes of every mode."""
    for part in range(out.shape[0]):
        for mode in range(out.shape[1]):
            for lane in range(out.shape[2]):
                out[part, mode, lane] = base[part, mode, lane] + factor * slope[part, mode, lane]


@kernel
def step(z, h, p, scratch):
    """The same step for `openkerr.solvers.stepper_kernel`; scratch: (3, *z.shape)."""
    runge_kutta(z, h, p, scratch[0], scratch[1], scratch[2])
