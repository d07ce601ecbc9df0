"""What a model offers to the methods.

A model is one frozen set of checked parameters.  It states its Hamiltonian and jump operators as polynomials in the
ladder operators, and hands out the module that holds its compiled kernels.  The kernels act on blocks of lanes, one
lane a trajectory, lanes innermost so that they vectorise:

    drift(z, dz, p)       dz[:] = deterministic part of d(alpha)/dt; z, dz: (2, n_modes, n_lanes), real and imaginary
    kick(z, noise, h, p)  adds the Ito noise of a time h in place, to second weak order (docs/user_model.md);
                          noise: (2, n_noises, n_lanes), <|noise|**2> = 1
    jacobian(x, jac, p)   jac[:] = d(drift)/dx at one state; x: (2 n_modes,), real parts first; jac: (2 n_modes,)*2
    tangent(z, v, dv, p)  dv[:] = d(drift)/dz at one state z: (2, n_modes, 1), applied to the lanes of v; optional, for
                          models of many modes, where it costs less than a full Jacobian matrix

``p`` is the flat vector that `Model.kernel_parameters` makes.  The same kernels serve the Gross-Pitaevskii equation and
the truncated Wigner approximation: only ``p`` differs.  A model may also offer tuned steps, see `Model.steppers`.
"""

from __future__ import annotations

import sys
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping
from types import ModuleType
from typing import TYPE_CHECKING, Any, ClassVar, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, ValidationError

from openkerr.algebra.polynomials import JumpOperator, Polynomial

Method = Literal["gpe", "twa"]


class Parameters(BaseModel):
    """Frozen, checked parameters: no unknown names, no NaN, no infinity."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    def coordinates(self, *names: str) -> dict[str, tuple[tuple[()], Any, dict[str, str]]]:
        """Single-valued parameters as scalar coordinates of a data set, with their units; without names all of them.

        This is how a raw file says of which system it is: `openkerr.runtime.io.group_raw` finds it by these.
        """
        fields, found = type(self).model_fields, {}
        for name in names or fields:
            extra = fields[name].json_schema_extra
            assert isinstance(extra, dict), f"parameter {name} states no unit"
            found[name] = ((), getattr(self, name), {"units": str(extra["unit"]).replace("none", "1")})
        return found


def refusal(name: str, error: ValidationError) -> ValueError:
    """What is wrong with parameters, in one line: which one, what was given, and what is allowed.

    Parameters
    ----------
    name : str
        Of the class that refuses them.
    """
    first = error.errors(include_url=False)[0]
    place = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in first["loc"]).lstrip(".")
    if first["type"] == "missing":
        return ValueError(f"{name}: {place} is missing")
    if first["type"] == "extra_forbidden":
        return ValueError(f"{name}: there is no parameter {place}")
    if first["type"] == "value_error":
        text = str(first["ctx"]["error"])
        return ValueError(text if text.startswith(f"{name}: ") else f"{name}: {text}")
    said = first["msg"].removeprefix("Input should be ")
    return ValueError(f"{name}: {place} is {first['input']!r}: allowed is {said}")


class Model(Parameters, ABC):
    """A physical system: its checked parameters, its operators and its kernels.

    Raises
    ------
    ValueError
        If a parameter is missing, unknown, or not allowed; in one line.
    """

    if not TYPE_CHECKING:  # the checker knows the fields from the class

        def __init__(self, **values: Any):
            try:
                super().__init__(**values)
            except ValidationError as error:
                raise refusal(type(self).__name__, error) from None

        @classmethod
        def model_validate(cls, values: Any, **settings: Any) -> Model:
            """The model of a mapping of parameters; refuses as the class itself does."""
            try:
                return super().model_validate(values, **settings)
            except ValidationError as error:
                raise refusal(cls.__name__, error) from None

    steppers: ClassVar[Mapping[str, Mapping[str, Callable]]] = {}
    """Tuned steps by name: the compiled functions of their parts, from modules that the model's own imports.

    With the noise outside, a step of h is kick(h/2), step(h), kick(h/2) (`openkerr.solvers.outer_kick_kernel`):

        step(z, h, p, scratch)    advances in place; scratch: (3, 2, n_modes, n_lanes)
        kick(z, noise, h, p)      default: the model's own
        bridge_weight(channel, h, p)  correlation of a channel's normal with that of the kick's first half;
                                  default: that of white noise, sqrt(1/2)

    With the noise inside, it is before_kick, kick(h), after_kick (`openkerr.solvers.inner_kick_kernel`):

        before_kick(z, h, p), after_kick(z, h, p)  advance in place; the first may be left out
        enter(z, h, p), leave(z, copy, h, p)  what the trajectory is kept ahead by between two steps, and the state
                                  without it, in ``copy``; default: nothing, and ``z`` itself

    The stepper ``runge_kutta`` needs not be listed: any model has the one made of its drift.
    """

    @property
    @abstractmethod
    def n_modes(self) -> int:
        """Number of bosonic modes."""

    @property
    @abstractmethod
    def n_noises(self) -> int:
        """Number of complex noise channels that `kick` takes."""

    @property
    @abstractmethod
    def symmetry(self) -> tuple[int, ...] | None:
        """Weights w_k of a weak U(1) symmetry a_k -> exp(-i w_k phi) a_k, or ``None`` without one."""

    @property
    def parts(self) -> int:
        """Real numbers a mode: 2 for complex fields; 1 for a real system, whose kernels leave the second part alone."""
        return 2

    @property
    def vacuum_variance(self) -> float:
        """<|alpha|**2> of the vacuum's Wigner function in the units of the fields: 1/2 where they are not rescaled."""
        return 0.5

    @abstractmethod
    def hamiltonian(self) -> Polynomial:
        """Hamiltonian, hbar = 1, in the operators that are not rescaled."""

    @abstractmethod
    def jump_operators(self) -> tuple[JumpOperator, ...]:
        """Dissipators with their rates, in the operators that are not rescaled."""

    @abstractmethod
    def kernel_parameters(self, method: Method) -> np.ndarray:
        """Flat float64 vector ``p`` of the kernels, for the Gross-Pitaevskii or the truncated Wigner equation."""

    def negative_diffusion(self) -> str | None:
        """Where the diffusion is negative, and what to do about it, as a clause; ``None`` where it nowhere is."""
        return None

    def noise_label(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """What names the noise of a run (`openkerr.numerics.rng.stream_seed`): the parameters that act on it.

        A parameter, or an entry of a pair, that changes no equation at the values of the others stands at its default:
        noise does not hang on what has no effect.  One that its field marks as ``neutral`` (``json_schema_extra``) is
        left out at its default: a parameter that is added to a model is marked so, and leaves the noise of all runs
        without it as it was.

        Parameters
        ----------
        given : mapping
            Parameters of this model as the run was given them, plain JSON values; others are at their defaults.
        """
        fields, kept = type(self).model_fields, self
        optional = {name: fields[name].get_default() for name in given if not fields[name].is_required()}
        for name, default in optional.items():
            for index in range(len(default) if isinstance(default, tuple) else 1):
                value = getattr(kept, name)
                entry = (*value[:index], default[index], *value[index + 1 :]) if isinstance(default, tuple) else default
                copy = kept.model_copy(update={name: entry})
                kept = copy if self._has_equations_of(copy) else kept
        extras = {name: fields[name].json_schema_extra for name in optional}
        added = [name for name, extra in extras.items() if isinstance(extra, dict) and extra.get("neutral")]
        label = {}
        for name, value in given.items():
            entry = getattr(kept, name)
            at_default = name in optional and entry == optional[name]
            if not (at_default and name in added):
                # The default itself, for -0.0 equals 0.0 and has another text.
                label[name] = optional[name] if at_default else value if entry == getattr(self, name) else entry
        return label

    def inert(self, names: Iterable[str]) -> list[tuple[str, int | None]]:
        """Those parameters off their defaults that change no equation at the values of the others.

        Returns
        -------
        list of (name, index)
            The index is that in a pair, ``None`` of a single value.
        """
        fields, found = type(self).model_fields, []
        for name in names:
            value, default = getattr(self, name), fields[name].get_default()
            if fields[name].is_required() or value == default:
                continue
            pair = isinstance(default, tuple)
            for index in range(len(default)) if pair else (None,):
                entry = default if index is None else (*value[:index], default[index], *value[index + 1 :])
                if entry != value and self._has_equations_of(self.model_copy(update={name: entry})):
                    found.append((name, index))
        return found

    def _has_equations_of(self, other: Model) -> bool:
        return self.n_noises == other.n_noises and np.array_equal(
            self.kernel_parameters("twa"), other.kernel_parameters("twa")
        )

    def kernel_module(self) -> ModuleType:
        """Module that holds ``drift``, ``kick`` and ``jacobian``."""
        return sys.modules[type(self).__module__]

    @classmethod
    def stepper_names(cls) -> tuple[str, ...]:
        """Names of the steps that the model has: ``runge_kutta``, which any model has, then the tuned ones."""
        return tuple(dict.fromkeys(("runge_kutta", *cls.steppers)))


class FlowModel(Model):
    """A field equation of no quantum model: ``n_modes``, ``kernel_parameters`` and kernels, without operators.

    Mean fields, Lyapunov exponents, attractors and ensembles take it.  What needs a Hamiltonian raises ``TypeError``.
    Without noise and symmetry unless it says otherwise; real numbers where ``parts`` is 1.
    """

    @property
    def n_noises(self) -> int:
        """None."""
        return 0

    @property
    def symmetry(self) -> tuple[int, ...] | None:
        """None."""
        return None

    def hamiltonian(self) -> Polynomial:
        """Raise ``TypeError``."""
        raise TypeError(f"{type(self).__name__} is a flow, defined by its kernels: it has no operators")

    def jump_operators(self) -> tuple[JumpOperator, ...]:
        """Raise ``TypeError``."""
        raise TypeError(f"{type(self).__name__} is a flow, defined by its kernels: it has no operators")
