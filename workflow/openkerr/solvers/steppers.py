"""Choice of a step, its precision and its noise, as compiled code."""

from __future__ import annotations

import math
from types import ModuleType

import numpy as np

from openkerr import rng
from openkerr.compilation import bind, inlined, load_kernel
from openkerr.models.base import Model
from openkerr.solvers import inner_kick_kernel, outer_kick_kernel, runge_kutta_kernel, stepper_kernel

PRECISIONS = {"double": np.float64, "single": np.float32}

NOISES = {
    ("gaussian", "double"): "fill_complex_normals",
    ("gaussian", "single"): "fill_complex_normals_single",
    ("discrete", "double"): "fill_discrete",
    ("discrete", "single"): "fill_discrete",
}
"""Functions of `openkerr.rng` by law and precision."""

_WHITE = math.sqrt(0.5)


@inlined
def white_bridge_weight(channel, h, p):
    """Correlation of the normal of a white-noise kick with that of its first half."""
    return _WHITE


@inlined
def nothing(z, h, p):
    """A part of a step that a stepper does not have."""


@inlined
def unchanged(z, copy, h, p):
    """The observed state of a trajectory that is not ahead of it."""
    return z


def stepper_names(model: Model) -> list[str]:
    """Names of the steps that a model has."""
    return sorted({"runge_kutta", *model.steppers})


def load_stepper(
    model: Model, stepper: str, precision: str, noise: str, templates: tuple[ModuleType, ...] = ()
) -> ModuleType:
    """Compiled functions of `openkerr.solvers.stepper_kernel`, and of further templates that call them.

    Raises
    ------
    ValueError
        If the model has no such stepper, or the precision or noise is unknown.
    """
    if stepper not in stepper_names(model):
        raise ValueError(f"stepper is {stepper!r}: {type(model).__name__} has {', '.join(stepper_names(model))}")
    if precision not in PRECISIONS:
        raise ValueError(f"precision is {precision!r}: allowed is {' or '.join(PRECISIONS)}")
    if (noise, precision) not in NOISES:
        raise ValueError(f"noise is {noise!r}: allowed is gaussian or discrete")
    module, here = model.kernel_module(), __name__
    tuned = model.steppers.get(stepper) or {}
    bindings = {"kick": f"{module}:kick", "fill_noise": f"{rng.__name__}:{NOISES[noise, precision]}"}
    if "after_kick" in tuned:
        bindings |= {"enter": f"{here}:nothing", "before_kick": f"{here}:nothing", "leave": f"{here}:unchanged"}
        return load_kernel((inner_kick_kernel, stepper_kernel, *templates), bindings | dict(tuned))
    bindings |= {"bridge_weight": f"{here}:white_bridge_weight"}
    if "step" in tuned:
        return load_kernel((outer_kick_kernel, stepper_kernel, *templates), bindings | dict(tuned))
    generic = bind(module, ("drift",))
    return load_kernel((runge_kutta_kernel, outer_kick_kernel, stepper_kernel, *templates), bindings | generic)
