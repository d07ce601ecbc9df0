"""Slowest eigenvalues of the Liouvillian of any model, in spaces that are those of its steady state and checked."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from openkerr.algebra.symmetries import Symmetry, weak_symmetry
from openkerr.models.base import Model
from openkerr.numerics.arguments import check_whole, is_whole
from openkerr.solvers.davidson import KEPT, SPACE, davidson
from openkerr.solvers.density_matrices import DensityLiouvillian, FockSpace
from openkerr.solvers.exact import (
    CHECK_GROWTH,
    MAX_SPACES,
    CutoffError,
    Expense,
    SteadyState,
    check_request,
    direct_size,
    expense,
    steady_state,
)
from openkerr.solvers.liouvillian_modes import Modes, shift_invert
from openkerr.solvers.stationary_density import approximate_inverse

EXTRA_MODES = 2
"""Modes sought beyond those that are asked for: what is next to zero may be faster than another."""

COARSE_SIZE = 1500
"""Coherences of the first space where there is no symmetry: its modes are better starts than none."""

RESIDUAL = (1e-2, 1e-8, 1e-5)
"""Residual of a mode: a share of the tolerance, at least and at most."""

RANDOM_STARTS = 2
"""Random vectors beside the modes of the space before: what these lack is found too."""

SEED = 20240912

STATE_TOLERANCE = 1e-3
"""Tolerance of the steady state whose space is the first, unless a larger one is asked for."""

MAX_CHARGE = 64
"""Largest charge of U(1) that is tried."""

PRODUCTS = 60
"""Products that a mode takes."""


@dataclass(frozen=True)
class Spectrum:
    """Slowest modes of one charge or of all.

    Attributes
    ----------
    values : (n_values,) complex
        Eigenvalues, slowest first.
    charges : (n_values,) int
        Their charges; zero without a symmetry.
    residuals : (n_values,) float
        Length of L rho - lambda rho for rho of length one.
    changes : (n_values,) float
        Distance to the nearest eigenvalue of the space before.
    size : int
        Fock states of the largest space.
    """

    values: np.ndarray
    charges: np.ndarray
    residuals: np.ndarray
    changes: np.ndarray
    size: int


def spectrum(
    model: Model,
    n_values: int,
    *,
    charge: int | None = None,
    tolerance: float = 1e-5,
    memory_limit: float = 4000.0,
    announce: Callable[[Expense], None] | None = None,
) -> Spectrum:
    """Slowest eigenvalues of the Liouvillian of a model, next to zero.

    With a symmetry all charges are solved, one after the other: of a cyclic one all that there are, of U(1) from zero
    up until two in a row have nothing among the slowest; modes of opposite charges are complex conjugates.  The first
    space is the last but one of the steady state; spaces grow until no eigenvalue changes by more than the
    tolerance, and each starts from the modes of the one before.

    Parameters
    ----------
    n_values : int
        Number of eigenvalues.
    charge : int, optional
        Charge of the modes, where the model has a symmetry; default: all.
    tolerance : float
        Change of an eigenvalue, in the model's unit of rates, from the space before.
    memory_limit : float
        MB that a solution may take.
    announce : callable, optional
        Told of every space before it is solved.

    Raises
    ------
    CutoffError
        If no space within the memory limit meets the tolerance.
    ModesError
        If the iteration of one does not converge.
    ValueError
        If there is no coherence of the charge.
    """
    check_whole("n_values", n_values, 1)
    if charge is not None and not is_whole(charge):
        raise ValueError(f"charge is {charge!r}: allowed is a whole number")
    check_request(model, tolerance, memory_limit)
    symmetry = weak_symmetry(model.hamiltonian(), model.jump_operators(), model.n_modes)
    if charge and symmetry is None:
        raise ValueError(f"charge is {charge}: allowed is 0, for {type(model).__name__} has no symmetry here")
    # What a mode needs is seen from the modes; that of the state is where to begin.
    state = steady_state(model, tolerance=max(tolerance, STATE_TOLERANCE), memory_limit=memory_limit, announce=announce)
    if not state.frame.is_trivial:
        symmetry = None
    if charge is not None or symmetry is None:
        return _of_charge(model, state, symmetry, charge or 0, n_values, tolerance, memory_limit, announce)
    parts: list[Spectrum] = []
    empty, last = 0, symmetry.order // 2 if symmetry.order else MAX_CHARGE
    for each in range(last + 1):
        part = _of_charge(model, state, symmetry, each, n_values, tolerance, memory_limit, announce)
        parts += [part] if symmetry.total(-each) == each else [part, _opposite(part, symmetry)]
        empty = 0 if (_slowest(parts, n_values).charges == each).any() else empty + 1
        if not symmetry.order and empty == 2:
            break
    return _slowest(parts, n_values)


def _opposite(part: Spectrum, symmetry: Symmetry) -> Spectrum:
    charges = [symmetry.total(-int(each)) for each in part.charges]
    return replace(part, values=part.values.conj(), charges=np.array(charges))


def _slowest(parts: Sequence[Spectrum], n_values: int) -> Spectrum:
    """The slowest modes of several charges."""
    joined = {
        name: np.concatenate([getattr(part, name) for part in parts])
        for name in ("values", "charges", "residuals", "changes")
    }
    order = np.argsort(-joined["values"].real, kind="stable")[:n_values]
    return Spectrum(**{name: array[order] for name, array in joined.items()}, size=max(part.size for part in parts))


def _of_charge(
    model: Model,
    state: SteadyState,
    symmetry: Symmetry | None,
    charge: int,
    n_values: int,
    tolerance: float,
    memory_limit: float,
    announce: Callable[[Expense], None] | None,
) -> Spectrum:
    equation = state.frame.lindblad(model.hamiltonian(), model.jump_operators())
    populations = state.matrix.diagonal().real
    first = space = state.space.likeliest(populations, math.ceil(state.space.size / CHECK_GROWTH))
    sought = n_values + EXTRA_MODES
    if symmetry is None:
        space = state.space.likeliest(populations, min(space.size, math.isqrt(COARSE_SIZE)))
    residual = float(np.clip(RESIDUAL[0] * tolerance, *RESIDUAL[1:]))
    before: tuple[FockSpace, Modes, DensityLiouvillian] | None = None
    for _ in range(MAX_SPACES):
        _afford(space, symmetry, sought, memory_limit, announce)
        liouvillian = DensityLiouvillian(space, *equation, symmetry, charge)
        direct = liouvillian.size <= direct_size(model.n_modes, symmetry)
        modes = shift_invert(liouvillian, [0.0], sought) if direct else _iterate(liouvillian, sought, residual, before)
        values = modes.values[:n_values]
        if before is not None and len(values) == n_values:
            changes = np.abs(values[:, None] - before[1].values).min(axis=1)
            if changes.max() <= tolerance:
                charges = np.full(n_values, charge)
                return Spectrum(values, charges, modes.residuals[:n_values], changes, space.size)
        before = space, modes, liouvillian
        size = math.ceil(CHECK_GROWTH * space.size)
        if size < first.size:
            space = first
        else:
            space = space.likeliest(_weights(liouvillian, modes, n_values), size)
    raise CutoffError(f"eigenvalues still change at {space.size} Fock states: allowed is {tolerance:g}")


def _iterate(
    liouvillian: DensityLiouvillian,
    sought: int,
    residual: float,
    before: tuple[FockSpace, Modes, DensityLiouvillian] | None,
) -> Modes:
    random = np.random.default_rng(SEED)
    starts = random.normal(size=(sought if before is None else RANDOM_STARTS, 2, liouvillian.size))
    vectors = starts[:, 0] + 1j * starts[:, 1]
    inverse = approximate_inverse(liouvillian)
    # Smooth, as slow modes are.
    vectors = np.array([inverse(vector) for vector in vectors])
    if before is not None:
        space, modes, smaller = before
        place = space.index(liouvillian.space.states)
        kept = np.ix_(place, place)
        known = (place[:, None] >= 0) & (place >= 0)
        matrices = [np.where(known, smaller.density_matrix(vector)[kept], 0.0) for vector in modes.vectors]
        vectors = np.concatenate([[liouvillian.vector(matrix) for matrix in matrices], vectors])
    return davidson(liouvillian, inverse, sought, vectors, residual)


def _weights(liouvillian: DensityLiouvillian, modes: Modes, n_values: int) -> np.ndarray:
    """Share of each Fock state in the modes: greatest length of its row or column in one."""
    found = np.zeros(liouvillian.space.size)
    for vector in modes.vectors[:n_values]:
        squared = np.abs(liouvillian.density_matrix(vector)) ** 2
        found = np.maximum(found, np.sqrt(np.maximum(squared.sum(axis=0), squared.sum(axis=1))))
    return found / found.sum()


def _afford(
    space: FockSpace,
    symmetry: Symmetry | None,
    sought: int,
    memory_limit: float,
    announce: Callable[[Expense], None] | None,
) -> None:
    needed = expense(space, symmetry)
    vectors = 2 * max(SPACE, 4 * KEPT * sought) + 2 * sought
    needed = replace(
        needed,
        megabytes=needed.megabytes + 16e-6 * vectors * needed.n_coherences,
        seconds=needed.seconds * PRODUCTS * sought / 100,
    )
    if announce:
        announce(needed)
    if needed.megabytes > memory_limit:
        raise CutoffError(
            f"{needed.n_coherences} coherences need about {needed.megabytes:.0f} MB and {needed.seconds:.0f} s: "
            f"allowed are {memory_limit:g} MB"
        )
