"""A model from operators alone: its field equations are derived, and kernels for them written and compiled.

The Gross-Pitaevskii and the truncated Wigner equation follow from the Hamiltonian and the jump operators by
`openkerr.algebra.wigner`; `openkerr.algebra.kernel_source` writes the kernels.  The text of the kernels holds the form
of the equations and none of their numbers: models that differ in numbers share one compiled module.
"""

from __future__ import annotations

import importlib.util
import inspect
import math
import sys
from collections.abc import Iterable, Sequence
from functools import lru_cache
from pathlib import Path
from types import ModuleType
from typing import Any, Literal, NamedTuple

import numpy as np
from pydantic import ConfigDict, Field, field_serializer, field_validator, model_validator

from openkerr.algebra.heisenberg import modes_of
from openkerr.algebra.kernel_source import KernelSource, generate
from openkerr.algebra.noise import IsotropicNoise, noise_blocks, noise_of
from openkerr.algebra.phase_space import PhaseSpacePolynomial
from openkerr.algebra.polynomials import JumpOperator, Polynomial, check_mode
from openkerr.algebra.symmetries import conserved_charges
from openkerr.algebra.wigner import gross_pitaevskii, truncated_wigner
from openkerr.models.base import Method, Model
from openkerr.numerics.arguments import is_real
from openkerr.runtime.cache import cache_root
from openkerr.runtime.io import atomic_output
from openkerr.runtime.provenance import digest

NEGATIVE_SOUGHT = (1e-2, 1e2)
"""Moduli of a, not rescaled, between which negative diffusion is sought."""


class DerivedModel(Model):
    """A system that is given by its Lindblad equation.

    `model_copy` and `model_dump` know ``hamiltonian``, ``jump_operators`` and ``n_modes``, which are methods of every
    model, as ``hamiltonian_polynomial``, ``dissipators`` and ``mode_count``.

    Parameters
    ----------
    hamiltonian : Polynomial
        Hamiltonian, hbar = 1, in the unit of rates of your choice.
    jump_operators : sequence of JumpOperator
        Dissipators with their rates (>= 0); pairs (rate, polynomial) will do.
    n_modes : int, optional
        Number of modes; default: as many as the operators name.
    field_scale : float
        The fields of the kernels are alpha = a / field_scale.
    diffusion : {"exact", "leading"}
        Diffusion of the truncated Wigner equation, see `openkerr.algebra.wigner.truncated_wigner`.

    Raises
    ------
    ValueError
        If the Hamiltonian is not Hermitian, a rate is negative, or a coefficient is not finite.

    Notes
    -----
    Not every Lindblad equation has a truncated Wigner equation with noise: what asks for the noise is refused where the
    diffusion is negative at the origin, or has no square root (`openkerr.algebra.noise`).  Where an exact diffusion
    turns negative elsewhere, a trajectory that gets there becomes NaN.
    """

    model_config = ConfigDict(arbitrary_types_allowed=True)

    hamiltonian_polynomial: Polynomial = Field(alias="hamiltonian", description="Hamiltonian, hbar = 1")
    dissipators: tuple[Any, ...] = Field((), alias="jump_operators", description="jump operators with their rates")
    mode_count: int | None = Field(None, alias="n_modes", ge=1, description="number of modes")
    field_scale: float = Field(1.0, gt=0, description="ratio of the operators a to the fields of the kernels")
    diffusion: Literal["exact", "leading"] = Field("exact", description="symbols that the diffusion is made of")

    @field_validator("dissipators", mode="before")
    @classmethod
    def _rates_and_operators(cls, value: Any) -> tuple[JumpOperator, ...]:
        pairs = list(value) if isinstance(value, Iterable) and not isinstance(value, str) else [value]
        jumps = []
        for index, pair in enumerate(pairs):
            if not (isinstance(pair, Sequence) and not isinstance(pair, str) and len(pair) == 2):
                kind = type(pair).__name__
                raise ValueError(
                    f"jump operator {index} is a {kind}: allowed is a pair of a real rate and a Polynomial"
                )
            rate, operator = pair
            if not is_real(rate) or rate < 0:
                raise ValueError(f"jump operator {index} has rate {rate!r}: allowed is a finite number >= 0")
            if not isinstance(operator, Polynomial):
                raise ValueError(f"jump operator {index} is a {type(operator).__name__}: allowed is a Polynomial")
            jumps.append(JumpOperator(float(rate), operator))
            _check_operator(f"jump operator {index}", operator)
        return tuple(jumps)

    @field_validator("hamiltonian_polynomial")
    @classmethod
    def _hermitian(cls, value: Polynomial) -> Polynomial:
        _check_operator("hamiltonian", value)
        largest = max(map(abs, value.terms.values()), default=0.0)
        for key, difference in (value - value.adjoint()).terms.items():
            if abs(difference) > 1e-12 * largest:
                adjoint = tuple((k, q, p) for k, p, q in key)
                present = key if key in value.terms else adjoint
                term = Polynomial({present: value.terms[present]})
                raise ValueError(
                    f"hamiltonian is not Hermitian: the adjoint of its term {term!r} is not among its terms"
                )
        return value

    @model_validator(mode="after")
    def _derivable(self) -> DerivedModel:
        named = 1 + max(modes_of([self.hamiltonian_polynomial, *(jump for _, jump in self.dissipators)]), default=-1)
        if self.n_modes < named:
            raise ValueError(f"n_modes is {self.n_modes}: allowed is at least the {named} that the operators name")
        return self

    @field_serializer("hamiltonian_polynomial")
    def _plain_hamiltonian(self, value: Polynomial) -> list:
        return _plain(value)

    @field_serializer("dissipators")
    def _plain_dissipators(self, value: tuple[JumpOperator, ...]) -> list:
        return [[rate, _plain(operator)] for rate, operator in value]

    @property
    def n_modes(self) -> int:
        """Number of bosonic modes."""
        if self.mode_count is not None:
            return self.mode_count
        return 1 + max(modes_of([self.hamiltonian_polynomial, *(jump for _, jump in self.dissipators)]), default=0)

    @property
    def n_noises(self) -> int:
        """Complex noises of a kick: what the baths need (`openkerr.algebra.kick_source`).

        Raises
        ------
        ValueError
            If the truncated Wigner equation of this model has no noise, see above.
        """
        derived = _derive(self)
        if derived.refusal:
            raise ValueError(derived.refusal)
        return derived.kernels.n_noises

    @property
    def charges(self) -> tuple[tuple[int, ...], ...]:
        """Basis of the weights of all weak U(1) symmetries."""
        return _derive(self).charges

    @property
    def symmetry(self) -> tuple[int, ...] | None:
        """First of the `charges`."""
        return self.charges[0] if self.charges else None

    @property
    def vacuum_variance(self) -> float:
        """1/(2 field_scale²)."""
        return 0.5 / self.field_scale**2

    def hamiltonian(self) -> Polynomial:
        """Hamiltonian as given."""
        return self.hamiltonian_polynomial

    def jump_operators(self) -> tuple[JumpOperator, ...]:
        """Dissipators as given, those of rate zero left out."""
        return tuple(jump for jump in self.dissipators if jump.rate > 0)

    def kernel_parameters(self, method: Method) -> np.ndarray:
        """Coefficients of the drift by mode, then of the diffusion; their number is the same for both methods."""
        return _derive(self).kernels.parameters[method].copy()

    def negative_diffusion(self) -> str | None:
        """Where the exact diffusion of a mode with noise of its own is negative; blocks of modes have a square root."""
        radii = np.geomspace(*NEGATIVE_SOUGHT, 400) / self.field_scale
        for mode, strength in _derive(self).strengths:
            fields = np.zeros((self.n_modes, radii.size, 16), dtype=complex)
            fields[mode] = radii[:, None] * np.exp(1j * np.arange(16) * math.tau / 16)
            negative = radii[(strength(fields).real < 0).any(axis=1)]
            if negative.size:
                return (
                    f"its exact diffusion is negative where |alpha_{mode}|² is about {negative[0] ** 2:.2g} to "
                    f"{negative[-1] ** 2:.2g}; diffusion='leading' drops the terms that make it so"
                )
        return None

    def kernel_module(self) -> ModuleType:
        """Generated module, which is written to the cache folder and imported if it was not before.

        It has no ``kick`` if the model has no noise, see above.
        """
        text = _derive(self).kernels.text
        name = f"openkerr_derived_{digest(text)[:16]}"
        path = cache_root() / "models" / f"{name}.py"
        known = sys.modules.get(name)
        if known is None or not Path(inspect.getfile(known)).exists():
            if not path.exists():
                with atomic_output(path) as temporary:
                    temporary.write_text(text, encoding="utf-8")
            spec = importlib.util.spec_from_file_location(name, path)
            assert spec is not None and spec.loader is not None  # as every .py file has
            module = importlib.util.module_from_spec(spec)
            spec.loader.exec_module(module)
            sys.modules[name] = module
        return sys.modules[name]


class _Derivation(NamedTuple):
    kernels: KernelSource
    refusal: str | None  # why there is no noise
    strengths: tuple[tuple[int, PhaseSpacePolynomial], ...]  # <|d(alpha)|**2>/dt of modes with noise of their own
    charges: tuple[tuple[int, ...], ...]


def _derive(model: DerivedModel) -> _Derivation:
    return _derivation(
        model.hamiltonian(), model.jump_operators(), model.n_modes, float(model.field_scale), model.diffusion
    )


@lru_cache(maxsize=64)
def _derivation(
    hamiltonian: Polynomial,
    jump_operators: tuple[JumpOperator, ...],
    n_modes: int,
    field_scale: float,
    diffusion: Literal["exact", "leading"],
) -> _Derivation:
    classical = gross_pitaevskii(hamiltonian, jump_operators, n_modes, field_scale)
    wigner = truncated_wigner(hamiltonian, jump_operators, n_modes, field_scale, diffusion)
    charges = tuple(conserved_charges(hamiltonian, jump_operators, n_modes))
    refusal = None
    try:
        noises = {block: noise_of(block, wigner) for block in noise_blocks(wigner)}
    except ValueError as error:
        noises, refusal = None, str(error)
    strengths = tuple(
        (block[0], noise.strength) for block, noise in (noises or {}).items() if isinstance(noise, IsotropicNoise)
    )
    return _Derivation(generate(classical, wigner.drift, noises), refusal, strengths, charges)


def _check_operator(name: str, operator: Polynomial) -> None:
    for mode in modes_of([operator]):
        check_mode(mode)
    for key, value in operator.terms.items():
        if not (math.isfinite(value.real) and math.isfinite(value.imag)):
            raise ValueError(f"{name} has the term {Polynomial({key: value})!r}: allowed are finite coefficients")


def _plain(operator: Polynomial) -> list:
    return [[[list(entry) for entry in key], value.real, value.imag] for key, value in operator.terms.items()]
