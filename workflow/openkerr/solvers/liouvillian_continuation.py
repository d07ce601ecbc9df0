"""Slow modes of one charge sector by continuation in the photon number, over models with ever more photons.

Each solution takes its basis and its start vector from the one before, stretched by the ratio of photon numbers.  It is
solved on that generous basis, which is widened until no mode has weight on its boundary, and again on the coherences
that carry the modes alone: the change of an eigenvalue between the two bounds the error of the basis.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from openkerr.models.base import Model
from openkerr.runtime.checkpoint import Checkpoint
from openkerr.solvers.coherence_basis import CoherenceBasis, boundary, from_mask, grown, lattice, scaled
from openkerr.solvers.liouvillian import LiouvillianBlock, check_symmetry, sector_basis
from openkerr.solvers.liouvillian_modes import Modes, ModesError, arnoldi_lindblad, refine, shift_invert

EXTRA_MODES = 1
"""Modes sought beyond those that are asked for: the last ones converge late."""

MAX_WIDENINGS = 8

MARGIN = 16
"""Fock states beyond the greatest photon number of a pruned basis: jumps into them are jumps that were pruned."""

SAFETY = 0.1
"""Factor by which the share that is kept of a guess stands below the one that is asked for."""

FACTORS_LIMIT = 3000
"""Largest block that is factorised too, to hold both methods against each other."""


class CapacityError(RuntimeError):
    """A problem that will not fit."""


@dataclass(frozen=True)
class SlowModes:
    """Slowest modes of one model.

    Attributes
    ----------
    scale : float
        Photon numbers, up to a factor that all models share.
    basis : CoherenceBasis
        Coherences, more than carry the modes.
    modes : Modes
        On that basis.
    basis_errors : (n_modes,) float
        Change of each eigenvalue from the basis of the coherences that carry the modes.
    trace_leaks : (n_modes,) float
        Modulus of the trace of L rho over the sum of the moduli of rho's populations; zero for other charges than zero.
    method_differences : (n_modes,) float
        Distance to the nearest eigenvalue of the other method, NaN where that was not run.
    core_size : int
        Coherences that carry the modes.
    """

    scale: float
    basis: CoherenceBasis
    modes: Modes
    basis_errors: np.ndarray
    trace_leaks: np.ndarray
    method_differences: np.ndarray
    core_size: int


@dataclass(frozen=True)
class ContinuationOptions:
    """Numerics of a continuation.

    Attributes
    ----------
    n_values : int
        Modes of each model.
    basis_tolerance : float
        Coherences are kept where a mode exceeds this share of its greatest one.
    tolerance : float
        Relative accuracy of the iteration.
    tau : float
        Time of the propagator.
    shifts : sequence of complex
        Where shift-invert looks, besides next to each mode; it is run on blocks up to `FACTORS_LIMIT`.
    max_size : int, optional
        Coherences of the largest block that may be built; default: no limit.
    """

    n_values: int
    basis_tolerance: float = 1e-7
    tolerance: float = 1e-8
    tau: float = 1.0
    shifts: Sequence[complex] = ()
    max_size: int | None = None


def continue_modes(
    models: Sequence[Model],
    scales: Sequence[float],
    charge: int,
    cutoffs: Sequence[int],
    options: Sequence[ContinuationOptions],
    *,
    checkpoint: Checkpoint | None = None,
    progress: Callable[[SlowModes], None] | None = None,
) -> list[SlowModes]:
    """Slowest modes of a sector for models in the order of their photon numbers.

    Parameters
    ----------
    models : sequence of Model
    scales : sequence of float
        Photon numbers of the models up to a factor, ascending.
    charge : int
        Sector.
    cutoffs : sequence of int
        Fock states of the first model; they are raised where a mode reaches them.
    options : sequence of ContinuationOptions
        Of each model.
    checkpoint : Checkpoint, optional
        Where finished solutions are kept and found again; entered by the caller.
    progress : callable, optional
        Called with each solution.

    Returns
    -------
    list of SlowModes

    Raises
    ------
    ModesError
        If an iteration does not converge, the modes do not fit into any basis, or both methods disagree.
    CapacityError
        Before a model is solved that has more coherences than it may.
    SymmetryError
        If a model has no sectors.
    """
    solutions: list[SlowModes] = []
    for model, scale, chosen in zip(models, scales, options, strict=True):
        name = f"scale_{scale:g}"
        state = checkpoint.load(name) if checkpoint else None
        if state is not None:
            solution = _unpacked(state, model, charge)
        else:
            solution = (
                _next(model, scale, solutions[-1], chosen)
                if solutions
                else _first(model, scale, charge, cutoffs, chosen)
            )
            if checkpoint:
                checkpoint.offer(name, _packed(solution), finished=True)
        solutions.append(solution)
        if progress:
            progress(solution)
    return solutions


def _first(model: Model, scale: float, charge: int, cutoffs: Sequence[int], options: ContinuationOptions) -> SlowModes:
    for _ in range(MAX_WIDENINGS):
        block = LiouvillianBlock(model, sector_basis(model, charge, cutoffs))
        modes = _solve(block, options, None)
        if _reach(modes, options, boundary(block.basis)) < options.basis_tolerance:
            return _pruned(model, scale, block, modes, options)
        cutoffs = [math.ceil(1.25 * cutoff) + 1 for cutoff in cutoffs]
    raise ModesError(f"modes of charge {charge} at scale {scale:g} reach beyond the cutoffs {tuple(cutoffs)}")


def _next(model: Model, scale: float, below: SlowModes, options: ContinuationOptions) -> SlowModes:
    ratio = scale / below.scale
    # Weights fall off like exp(-scale f(n/scale)): a share s here is a share s**ratio at the same place there.
    share = (SAFETY * options.basis_tolerance) ** (1 / ratio)
    core = from_mask(below.basis, _shares(below.modes, options) > share)
    cutoffs = [math.ceil(ratio * extent) + MARGIN for extent in core.extent()]
    basis, vectors = scaled(core, below.basis.moved(below.modes.vectors, core), ratio, cutoffs)
    widest = np.abs(basis.labels[:, : basis.n_modes]).max(axis=0)
    step = np.abs(np.array(lattice(basis.weights))).max(axis=0, initial=1)
    steps = 1 + math.ceil((ratio - 1) * float((widest / np.maximum(step, 1)).max()))
    start = vectors.sum(axis=0)
    for _ in range(MAX_WIDENINGS):
        wider = grown(basis.with_cutoffs([extent + MARGIN for extent in basis.extent()]), steps, 1)
        start, basis = basis.moved(start, wider), wider
        block = LiouvillianBlock(model, basis)
        modes = _solve(block, options, start)
        if _reach(modes, options, boundary(basis)) < options.basis_tolerance:
            return _pruned(model, scale, block, modes, options)
        start, steps = modes.vectors.sum(axis=0), 1
    raise ModesError(f"modes of charge {basis.charge} at scale {scale:g} reach beyond a basis of {basis.size}")


def _solve(block: LiouvillianBlock, options: ContinuationOptions, start: np.ndarray | None) -> Modes:
    if options.max_size is not None and block.size > options.max_size:
        raise CapacityError(
            f"a block has {block.size} coherences: allowed are {options.max_size}; raise the limit, or end the "
            "continuation earlier"
        )
    n_values = min(options.n_values + EXTRA_MODES, block.size - 2)
    return arnoldi_lindblad(block, n_values, start=start, tau=options.tau, tolerance=options.tolerance)


def _reach(modes: Modes, options: ContinuationOptions, where: np.ndarray) -> float:
    """Greatest share of a mode on some coherences."""
    return float(_shares(modes, options)[where].max(initial=0.0))


def _shares(modes: Modes, options: ContinuationOptions) -> np.ndarray:
    size = np.abs(modes.vectors[: options.n_values])
    return (size / size.max(axis=1, keepdims=True)).max(axis=0)


def _pruned(
    model: Model, scale: float, larger: LiouvillianBlock, modes: Modes, options: ContinuationOptions
) -> SlowModes:
    core = from_mask(larger.basis, _shares(modes, options) > options.basis_tolerance)
    smaller = LiouvillianBlock(model, core)
    changed = refine(smaller, larger.basis.moved(modes.vectors, core), len(modes.values), tau=options.tau)
    kept = slice(options.n_values)
    values, vectors = modes.values[kept], modes.vectors[kept]
    other = np.full(len(values), np.nan)
    if options.shifts and larger.size <= FACTORS_LIMIT:
        other = _checked(larger, modes, values, options)
    leaks = np.zeros(len(values))
    if core.charge == 0:
        populations = np.abs(vectors[:, larger.basis.populations()]).sum(axis=1)
        leaks = np.abs([larger.trace_of_image(vector) for vector in vectors]) / populations
    return SlowModes(
        scale=scale,
        basis=larger.basis,
        modes=Modes(values, vectors, modes.residuals[kept], modes.method, modes.n_products),
        basis_errors=np.abs(values[:, None] - changed.values).min(axis=1),
        trace_leaks=leaks,
        method_differences=other,
        core_size=core.size,
    )


def _checked(block: LiouvillianBlock, modes: Modes, values: np.ndarray, options: ContinuationOptions) -> np.ndarray:
    """Distances to what shift-invert finds, which must not be a slow mode that is missing."""
    shifts = [*options.shifts, *(values + 1e-3)]
    found = shift_invert(block, shifts, min(options.n_values, block.size - 2)).values
    slow = found[found.real > values[-1].real + 1e-6]
    for value in slow:
        # A multiple eigenvalue counts as often as both find it.
        there, here = (int((np.abs(each - value) <= 1e-5).sum()) for each in (slow, modes.values))
        if here < there:
            raise ModesError(
                f"Arnoldi's method found the slow mode {value:.4f} {here} times, shift-invert {there} times"
            )
    return np.abs(values[:, None] - found).min(axis=1)


_ARRAYS = ("basis_errors", "trace_leaks", "method_differences")


def _packed(solution: SlowModes) -> dict[str, np.ndarray]:
    state = {name: getattr(solution, name) for name in _ARRAYS}
    state |= {name: getattr(solution.modes, name) for name in ("values", "vectors", "residuals")}
    state |= {name: getattr(solution.basis, name) for name in ("labels", "low", "high")}
    numbers = np.array([solution.scale, solution.core_size, solution.modes.n_products], dtype=float)
    return state | {
        "cutoffs": np.array(solution.basis.cutoffs),
        "numbers": numbers,
        "method": np.array(solution.modes.method),
    }


def _unpacked(state: dict[str, np.ndarray], model: Model, charge: int) -> SlowModes:
    cutoffs = tuple(int(each) for each in state["cutoffs"])
    weights = check_symmetry(model)
    scale, core, n_products = state["numbers"]
    return SlowModes(
        scale=float(scale),
        basis=CoherenceBasis(weights, charge, cutoffs, state["labels"], state["low"], state["high"]),
        modes=Modes(state["values"], state["vectors"], state["residuals"], str(state["method"]), int(n_products)),
        core_size=int(core),
        **{name: state[name] for name in _ARRAYS},
    )
