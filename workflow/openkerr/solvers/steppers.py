"""Choice of a step, its precision and its noise, as compiled code."""

from __future__ import annotations

import math
from collections.abc import Callable
from types import ModuleType

import numpy as np

from openkerr.models.base import Model
from openkerr.numerics import rng
from openkerr.numerics.compilation import Bindings, bind, inlined, load_kernel
from openkerr.solvers import inner_kick_kernel, outer_kick_kernel, runge_kutta_kernel, stepper_kernel

PRECISIONS: dict[str, type[np.floating]] = {"double": np.float64, "single": np.float32}

NOISES = {
    ("gaussian", "double"): rng.fill_complex_normals,
    ("gaussian", "single"): rng.fill_complex_normals_single,
    ("discrete", "double"): rng.fill_discrete,
    ("discrete", "single"): rng.fill_discrete,
}
"""Functions of `openkerr.numerics.rng` by law and precision."""

_WHITE = math.sqrt(0.5)


@inlined
def white_bridge_weight(channel, h, p):
    """Correlation of the normal of a white-noise kick with that of its first half."""
    return _WHITE


@inlined
def no_kick(z, noise, h, p):
    """The kick of a run without noise: a model's own need not be nothing where all normals are zero."""


@inlined
def nothing(z, h, p):
    """A part of a step that a stepper does not have."""


@inlined
def unchanged(z, copy, h, p):
    """The observed state of a trajectory that is not ahead of it."""
    return z


def noise_channels(model: Model, stepper: str, bath_noise: bool) -> int:
    """Complex noise channels of a run: none where nothing kicks but for tuned kicks, which hold more than noise."""
    return model.n_noises if bath_noise or "kick" in (model.steppers.get(stepper) or {}) else 0


def load_stepper(
    model: Model,
    stepper: str,
    precision: str,
    noise: str,
    templates: tuple[ModuleType, ...] = (),
    bath_noise: bool = True,
) -> ModuleType:
    """Compiled functions of `openkerr.solvers.stepper_kernel`, and of further templates that call them.

    Without ``bath_noise`` the model's own kick is left out.

    Raises
    ------
    ValueError
        If the model has no such stepper, or the precision or noise is unknown.
    """
    if stepper not in model.stepper_names():
        raise ValueError(f"stepper is {stepper!r}: {type(model).__name__} has {', '.join(model.stepper_names())}")
    if precision not in PRECISIONS:
        raise ValueError(f"precision is {precision!r}: allowed is {' or '.join(PRECISIONS)}")
    if (noise, precision) not in NOISES:
        raise ValueError(f"noise is {noise!r}: allowed is gaussian or discrete")
    module, tuned = model.kernel_module(), model.steppers.get(stepper) or {}
    own: Bindings = {}
    if "kick" not in tuned:
        own = bind(module, ("kick",)) if bath_noise else {"kick": no_kick}
    bindings: Bindings = {**own, **tuned, "fill_noise": NOISES[noise, precision]}
    if "after_kick" in tuned:
        bindings = _completed(bindings, enter=nothing, before_kick=nothing, leave=unchanged)
        return load_kernel((inner_kick_kernel, stepper_kernel, *templates), bindings)
    bindings = _completed(bindings, bridge_weight=white_bridge_weight)
    if "step" in tuned:
        return load_kernel((outer_kick_kernel, stepper_kernel, *templates), bindings)
    generic = (runge_kutta_kernel, outer_kick_kernel, stepper_kernel)
    return load_kernel((*generic, *templates), {**bindings, **bind(module, ("drift",))})


def _completed(bindings: Bindings, **defaults: Callable) -> Bindings:
    """Bindings, with defaults for the names that they leave free."""
    return {**bindings, **{name: function for name, function in defaults.items() if name not in bindings}}
