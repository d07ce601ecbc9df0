"""Exact steady state of any model, in a frame and Fock states that are chosen and checked.

The Lindblad equation is written in a Gaussian frame (`openkerr.algebra.frames`) that is taken from the state itself, as
long as that needs fewer Fock states than the photon numbers, and solved between the Fock states of the frame that carry
it (`openkerr.solvers.density_matrices`): by elimination where the coherences are few, else by iteration
(`openkerr.solvers.stationary_density`).  The space grows until populations at its edge and the change of the photon
statistics are below the tolerance.
"""

from __future__ import annotations

import math
import time
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from openkerr.algebra.frames import GaussianFrame, displaced_frame, gaussian_frame, vacuum_frame
from openkerr.algebra.phase_space import degree
from openkerr.algebra.polynomials import Polynomial
from openkerr.algebra.symmetries import Symmetry, weak_symmetry
from openkerr.algebra.wigner import gross_pitaevskii
from openkerr.models.base import Model
from openkerr.numerics.arguments import check_number, is_whole
from openkerr.numerics.stats import remainder
from openkerr.solvers.density_matrices import CORE_SHARE, DensityLiouvillian, FockSpace
from openkerr.solvers.stationary_density import RESTART, ConvergenceError, eliminated_state, iterated_state

DIRECT_SIZE = {1: 10_000}
OTHER_DIRECT_SIZE = 500
"""Coherences up to which elimination is faster, by the number of modes: of one mode, little is filled in."""

SECTOR_DIRECT_SIZE = 8000
"""The same with a U(1) symmetry, whose factors fill little in."""

FALLBACK_SIZE = 5000
"""Coherences up to which is eliminated where the iteration fails: eigenvectors of G can be nearly parallel."""

BYTES_PER_ELIMINATED = {True: 120, False: 900}
"""Memory of factors over the power 3/2 of the coherences: of a Liouvillian with a U(1) symmetry, and of others."""

SECONDS_PER_ELIMINATED = {True: 2.5e-8, False: 2e-7}
"""Time of the factors over the square of the coherences."""

SECONDS_PER_PRODUCT = 1.5e-9
"""Time of a preconditioned product over the sum of the cubes of the sectors' states; GMRES takes about a hundred."""

SECONDS_PER_COHERENCE = 300.0
"""The same with a U(1) symmetry, over the number of coherences."""

RESIDUAL = (1e-3, 1e-10, 1e-6)
"""Length of L rho - sigma Tr rho + sigma at which GMRES stops: a share of the tolerance, at least and at most."""

LEAST_COST = 0.12
GREATEST_COST = 1.2
"""Limits of the costs of a photon: populations that fall off by exp(-cost) at least and at most."""

FIRST_DEPTH = 9.0
"""exp(-depth) is the population at the edge of the first space, in a product of thermal states."""

GROWTH = 1.5
"""Fock states of a space over those of the one before."""

CHECK_GROWTH = 1.25
"""The same where the one before is almost good enough."""

NEARLY = 3.0
"""Its error over the tolerance, at most."""

MAX_SPACES = 24

EVALUATIONS = 100
"""Velocities that the survey of classical states may ask for, a radian of the linear motion."""

FARTHEST = {30.0: 50_000, 8.0: 10_000, 2.0: 10_000, 0.5: 10_000}
"""Farthest starts of the survey, one after the other until all fields can be followed, for they turn at a rate of
U |alpha|²; and the velocities that each may ask for besides."""

RUNAWAY = 300.0
"""Field, ten times that of the farthest start, from which it counts as running away; no space holds its photons."""

STEEPEST = 0.999
"""Greatest ratio of two pairs of populations by which those beyond a space are guessed."""

NUMBER_TAIL = (7.0, 6.0)
"""Photon numbers end so many standard deviations, and so many photons, above their mean."""

NUMBER_SHARE = 0.5
"""Share of the Fock states of the photon numbers themselves from which these take the place of a Gaussian frame's."""

SPREAD = 1.5
"""Extent of what the classical field comes to, beyond which one Gaussian frame will not do; 1/2: the vacuum's width."""


class CutoffError(RuntimeError):
    """A state that no space within the memory carries.

    Attributes
    ----------
    checks : tuple of SpaceCheck
        What the spaces that were tried gave.
    """

    def __init__(self, text: str, checks: Sequence[SpaceCheck] = ()):
        super().__init__(text)
        self.checks = tuple(checks)


class TooFastError(CutoffError):
    """A classical field that turns too fast to be followed."""


class CutoffWarning(UserWarning):
    """Cutoffs, stated by the caller, that leave out photons."""


@dataclass(frozen=True)
class SpaceCheck:
    """What one space gave.

    Attributes
    ----------
    size : int
        Fock states.
    photon_numbers, pair_numbers : (n_modes,) float
        <a†a> and <a†² a²>.
    edge_population : float
        Population of the states that lack a neighbour.
    residual : float
        Length of L rho over that of rho.
    least_population : float
        Least eigenvalue of rho: not negative beyond the residual.
    method : {"direct", "iterative"}
    n_products : int
        Products with L.
    seconds : float
    """

    size: int
    photon_numbers: np.ndarray
    pair_numbers: np.ndarray
    edge_population: float
    residual: float
    least_population: float
    method: str
    n_products: int
    seconds: float

    @property
    def number_fluctuations(self) -> np.ndarray:
        """<n²> - <n>² - <n> of every mode."""
        return self.pair_numbers - self.photon_numbers**2


@dataclass(frozen=True)
class Expense:
    """What a solution is expected to take.

    Attributes
    ----------
    n_states, n_coherences : int
    megabytes, seconds : float
    """

    n_states: int
    n_coherences: int
    megabytes: float
    seconds: float


@dataclass(frozen=True)
class SteadyState:
    """Steady state of a model, in the Fock states of a frame.

    Attributes
    ----------
    frame : GaussianFrame
    space : FockSpace
    matrix : (n_states, n_states) complex
        Density matrix, of trace one.
    checks : tuple of SpaceCheck
        All spaces that were tried, the last one that of this state.
    """

    frame: GaussianFrame
    space: FockSpace
    matrix: np.ndarray = field(repr=False)
    checks: tuple[SpaceCheck, ...]

    def expectation(self, operator: Polynomial) -> complex:
        """Tr(A rho) of a polynomial in the model's operators."""
        return _expectation(self.space, self.matrix, self.frame.substitute(operator))

    @property
    def photon_numbers(self) -> np.ndarray:
        """<a†a> of every mode."""
        return self.checks[-1].photon_numbers

    @property
    def number_fluctuations(self) -> np.ndarray:
        """<n²> - <n>² - <n> of every mode."""
        return self.checks[-1].number_fluctuations

    @property
    def residual(self) -> float:
        """Length of L rho over that of rho."""
        return self.checks[-1].residual

    @property
    def change(self) -> float:
        """Greatest relative change of photon and pair numbers from the space before; infinite if there was one only."""
        return _change(self.checks[-2:])

    @property
    def error(self) -> float:
        """Relative error of photon and pair numbers by what is left out, see `cutoff_error`."""
        return cutoff_error(self.checks)


def steady_state(
    model: Model,
    *,
    tolerance: float = 1e-5,
    fields: Sequence[complex] | np.ndarray | None = None,
    cutoffs: Sequence[int] | None = None,
    memory_limit: float = 4000.0,
    announce: Callable[[Expense], None] | None = None,
    progress: Callable[[SpaceCheck], None] | None = None,
) -> SteadyState:
    """Exact steady state of a model.

    Parameters
    ----------
    model : Model
        Any with a Hamiltonian and jump operators.
    tolerance : float
        Population at the edge of the space, and relative error of photon and pair numbers by `cutoff_error`.
    fields : (n_modes,) complex, optional
        Where the first space is centred; default: amid the classical states at rest, all of which it holds.
    cutoffs : sequence of int, optional
        Fock states of every mode about `fields`, or about zero: one space, which is not checked against another.  If
        populations that go on falling as they do at its end hold more than `tolerance`, a `CutoffWarning` says so.
    memory_limit : float
        MB that a solution may take.
    announce : callable, optional
        Told of every space before it is solved.
    progress : callable, optional
        Told of every space that was solved.

    Raises
    ------
    CutoffError
        If no space within the memory limit meets the tolerance.
    ConvergenceError
        If the iteration of one does not converge.
    ValueError
        If sizes do not fit the model.
    """
    check_request(model, tolerance, memory_limit)
    n_modes = model.n_modes
    for name, value in (("fields", fields), ("cutoffs", cutoffs)):
        if value is not None and (np.ndim(value) != 1 or len(value) != n_modes):
            raise ValueError(f"{name} is {value!r}: allowed is one entry a mode, {n_modes}")
    if cutoffs is not None:
        if not all(is_whole(cutoff) and cutoff >= 1 for cutoff in cutoffs):
            raise ValueError(f"cutoffs are {tuple(cutoffs)}: allowed are whole numbers of at least one state")
        frame = vacuum_frame(n_modes) if fields is None else displaced_frame(np.asarray(fields))
        symmetry = weak_symmetry(model.hamiltonian(), model.jump_operators(), n_modes) if fields is None else None
        space = FockSpace.box(cutoffs)
        _afford(space, symmetry, memory_limit, (), announce)
        matrix, check = _solve(model, frame, space, symmetry, RESIDUAL[1])
        if not (left := _left_out(space, matrix)) <= tolerance:
            warnings.warn(
                f"cutoffs {tuple(int(cutoff) for cutoff in cutoffs)} leave out about {left:.1e} of the photon or pair"
                f" numbers: allowed is {tolerance:g}; larger ones, or none, leave out less",
                CutoffWarning,
                stacklevel=2,
            )
        return SteadyState(frame, space, matrix, (check,))
    survey = _survey(model)
    symmetry = None
    if fields is None:
        symmetry = weak_symmetry(model.hamiltonian(), model.jump_operators(), n_modes)
        fields = np.zeros(n_modes) if symmetry else survey.mean(axis=1)
    # The first space holds all classical states, wherever it is centred: of branches none is left out.
    spread = np.abs(survey - np.asarray(fields)[:, None])
    settled = symmetry is None and np.ptp(survey.view(float).reshape(n_modes, -1, 2), axis=1).max() <= SPREAD
    frame = displaced_frame(np.asarray(fields)) if np.any(fields) else vacuum_frame(n_modes)
    # A coherent state at the farthest classical state ends some widths beyond it.
    reach = spread.max(axis=1)
    costs = np.clip(FIRST_DEPTH / (reach**2 + 3.5 * reach + 5.0), LEAST_COST / 4, GREATEST_COST)
    # States of a simplex of that depth.
    size = math.ceil(math.prod(FIRST_DEPTH / costs + 1) / math.factorial(n_modes))
    checks: list[SpaceCheck] = []
    guess = None
    residual = float(np.clip(RESIDUAL[0] * tolerance, *RESIDUAL[1:]))
    space = FockSpace.cheapest(costs, size)
    while len(checks) < MAX_SPACES:
        _afford(space, symmetry, memory_limit, checks, announce)
        matrix, check = _solve(model, frame, space, symmetry, residual, guess)
        checks.append(check)
        if progress:
            progress(check)
        if check.edge_population <= tolerance and cutoff_error(checks) <= tolerance:
            return SteadyState(frame, space, matrix, tuple(checks))
        growth = CHECK_GROWTH if cutoff_error(checks) <= NEARLY * tolerance else GROWTH
        size, guess = math.ceil(growth * space.size), None
        if settled and (numbers := _number_space(space, matrix, frame)).size * NUMBER_SHARE <= size:
            # Of a state with few photons, or far from Gaussian, a Gaussian frame needs more states than the vacuum's.
            frame, space, settled = vacuum_frame(n_modes), numbers, False
        elif settled:
            frame = _frame_of(space, matrix, frame)
            space = FockSpace.cheapest(_thermal_costs(frame), size)
        else:
            guess = (space, matrix)
            space = space.likeliest(matrix.diagonal().real, size)
    raise CutoffError(_not_converged(checks, tolerance), checks)


def _survey(model: Model) -> np.ndarray:
    """Classical states from the farthest starts that can be followed; the vacuum if none can, where U is far above
    the loss and a photon blocks the next."""
    for farthest, n_evaluations in FARTHEST.items():
        try:
            return classical_states(model, farthest=farthest, n_evaluations=n_evaluations)
        except TooFastError:
            continue
    return np.zeros((model.n_modes, 1), dtype=complex)


def classical_states(
    model: Model,
    n_starts: int = 24,
    duration: float = 30.0,
    farthest: float = 30.0,
    n_evaluations: int = FARTHEST[30.0],
) -> np.ndarray:
    """Where the Gross-Pitaevskii equation of a model leads from starts of many sizes: (n_modes, n_points) complex.

    Parameters
    ----------
    n_starts : int
        Starts: the vacuum, and fields from a hundredth of the farthest up.
    duration : float
        Time that is integrated, in units of the inverse of the least rate of a jump.
    farthest : float
        Field of the farthest start, about.
    n_evaluations : int
        Velocities of all starts after which they move too fast, besides those of the linear motion.

    Returns
    -------
    fields at a dozen times of the last tenth of the duration, of all starts.

    Raises
    ------
    TooFastError
        If a field turns too fast to be followed.
    CutoffError
        If a field runs away.
    """
    from scipy.integrate import solve_ivp

    n = model.n_modes
    drift = gross_pitaevskii(model.hamiltonian(), model.jump_operators(), n)
    rates = [rate for rate, _ in model.jump_operators()]
    final = duration / (min(rates) if rates else 1.0)
    random = np.random.default_rng(20240912)
    sizes = np.concatenate([[0.0], np.geomspace(farthest / 100, farthest, n_starts - 1)])
    starts = sizes * (random.normal(size=(2, n, n_starts)) * np.sqrt(0.5 / n)).T.dot([1, 1j]).T

    linear = max(sum(abs(value) for key, value in part.terms.items() if degree(key) == 1) for part in drift)
    limit = n_evaluations + EVALUATIONS * linear * final
    evaluations = 0

    def flow(_: float, y: np.ndarray) -> np.ndarray:
        nonlocal evaluations
        evaluations += 1
        # What runs away may also turn ever faster, and would never end.
        if evaluations > limit:
            raise TooFastError(f"the classical field of {type(model).__name__} moves too fast to be followed")
        z = y.view(complex).reshape(n, n_starts)
        return np.stack([np.broadcast_to(part(z), n_starts) for part in drift]).ravel().view(float)

    # At accepted steps: stages of a step that is too long may be anywhere.
    def margin(_: float, y: np.ndarray) -> float:
        return RUNAWAY - float(np.abs(y).max())

    margin.terminal = True  # type: ignore[attr-defined]
    times = np.linspace(0.9 * final, final, 12)
    begin = starts.ravel().view(float)
    with np.errstate(over="ignore", invalid="ignore"):
        found = solve_ivp(flow, (0, final), begin, t_eval=times, method="DOP853", rtol=1e-4, atol=1e-5, events=margin)
    if found.status != 0:
        raise CutoffError(
            f"the classical field of {type(model).__name__} runs away, beyond {RUNAWAY:g}, and no cutoffs cure that: a"
            " steady state needs more loss than gain at many photons (such as two-photon loss), or a weaker drive; one"
            " that is bright and at rest is found about its own field, by fields and cutoffs together"
        )
    return (
        np.ascontiguousarray(found.y.T).view(complex).reshape(len(times), n, n_starts).transpose(1, 0, 2).reshape(n, -1)
    )


def expense(space: FockSpace, symmetry: Symmetry | None) -> Expense:
    """What a steady state on a space will take, from what others took."""
    charges = np.zeros(space.size, dtype=int) if symmetry is None else symmetry.charges(space.states)
    states = np.unique(charges, return_counts=True)[1].astype(float)
    coherences, exact = int((states**2).sum()), _has_u1(symmetry)
    direct = coherences <= direct_size(space.states.shape[1], symmetry)
    eliminated = coherences if direct else CORE_SHARE * coherences if exact else 0
    krylov = 0 if direct else 16e-6 * (RESTART + 24) * coherences
    products = 0.0 if direct else SECONDS_PER_COHERENCE * coherences if exact else float((states**3).sum())
    return Expense(
        space.size,
        coherences,
        BYTES_PER_ELIMINATED[exact] * eliminated**1.5 / 1e6 + krylov,
        SECONDS_PER_ELIMINATED[exact] * eliminated**2 + 100 * SECONDS_PER_PRODUCT * products,
    )


def _solve(
    model: Model,
    frame: GaussianFrame,
    space: FockSpace,
    symmetry: Symmetry | None,
    residual: float,
    guess: tuple[FockSpace, np.ndarray] | None = None,
) -> tuple[np.ndarray, SpaceCheck]:
    began = time.perf_counter()
    liouvillian = DensityLiouvillian(space, *frame.lindblad(model.hamiltonian(), model.jump_operators()), symmetry)
    direct = liouvillian.size <= direct_size(model.n_modes, symmetry)
    if not direct:
        start = None if guess is None else liouvillian.vector(_embedded(*guess, space))
        try:
            vector, n_products = iterated_state(liouvillian, residual, start)
        except ConvergenceError:
            if liouvillian.size > FALLBACK_SIZE:
                raise
            direct = True
    if direct:
        vector, n_products = eliminated_state(liouvillian), 1
    vector = vector / liouvillian.trace(vector)
    matrix = liouvillian.density_matrix(vector)
    matrix = 0.5 * (matrix + matrix.conj().T)
    left = float(np.linalg.norm(liouvillian.apply(vector)) / np.linalg.norm(vector))
    lower = [frame.image(mode) for mode in range(model.n_modes)]
    numbers = [_expectation(space, matrix, a.adjoint() * a).real for a in lower]
    pairs = [_expectation(space, matrix, a.adjoint() * a.adjoint() * a * a).real for a in lower]
    return matrix, SpaceCheck(
        size=space.size,
        photon_numbers=np.array(numbers),
        pair_numbers=np.array(pairs),
        edge_population=float(matrix.diagonal().real[space.edge()].sum()),
        residual=left,
        least_population=float(np.linalg.eigvalsh(matrix)[0]),
        method="direct" if direct else "iterative",
        n_products=n_products,
        seconds=time.perf_counter() - began,
    )


def _embedded(space: FockSpace, matrix: np.ndarray, other: FockSpace) -> np.ndarray:
    """A density matrix between the states of another space, zero where it has none."""
    place = space.index(other.states)
    return np.where((place[:, None] >= 0) & (place >= 0), matrix[np.ix_(place, place)], 0.0)


def _expectation(space: FockSpace, matrix: np.ndarray, operator: Polynomial) -> complex:
    return complex(space.matrix(operator).multiply(matrix.T).sum())


def _frame_of(space: FockSpace, matrix: np.ndarray, frame: GaussianFrame) -> GaussianFrame:
    """Frame of the means and covariance of a state."""
    lower = [frame.image(mode) for mode in range(space.states.shape[1])]
    fields = np.array([_expectation(space, matrix, a) for a in lower])
    normal = np.array([[_expectation(space, matrix, a.adjoint() * b) for b in lower] for a in lower])
    anomalous = np.array([[_expectation(space, matrix, a * b) for b in lower] for a in lower])
    return gaussian_frame(fields, normal - np.outer(fields.conj(), fields), anomalous - np.outer(fields, fields))


def _thermal_costs(frame: GaussianFrame) -> np.ndarray:
    """Costs of a photon in the thermal states that a frame was made for."""
    with np.errstate(divide="ignore"):
        costs = np.log1p(1.0 / frame.occupations)
    return np.clip(costs, LEAST_COST, GREATEST_COST)


def cutoff_error(checks: Sequence[SpaceCheck]) -> float:
    """Greatest relative error of photon and pair numbers of the last of some spaces; infinite of one alone.

    If changes go on falling by the ratio r from space to space, their sum is the last one times r/(1 - r), of which
    the last one itself is the least that is told.  r is the ratio of the populations at the edge, or that of the last
    two changes if it is greater.
    """
    change = _change(checks[-2:])
    if not np.isfinite(change) or change == 0:
        return change
    return change * remainder(
        checks[-1].edge_population / max(checks[-2].edge_population, np.finfo(float).tiny),
        change / max(_change(checks[-3:-1]), np.finfo(float).tiny),
    )


def _change(checks: Sequence[SpaceCheck]) -> float:
    if len(checks) < 2:
        return np.inf
    here, there = (np.concatenate([check.photon_numbers, check.pair_numbers]) for check in checks)
    scale = np.maximum(np.abs(here), np.finfo(float).tiny)
    # What is zero to rounding changes by rounding.
    return float((np.where(np.abs(here - there) < 1e-12, 0.0, np.abs(here - there)) / scale).max())


def check_request(model: Any, tolerance: float, memory_limit: float) -> None:
    """Refuse what no solution can be found for: ValueError."""
    if not isinstance(model, Model):
        raise ValueError(f"model is a {type(model).__name__}: allowed is a Model, such as KerrDimer or DerivedModel")
    check_number("tolerance", tolerance)
    check_number("memory_limit", memory_limit)
    if not any(rate > 0 for rate, _ in model.jump_operators()):
        raise ValueError(f"{type(model).__name__} has no jump operator: without baths there is no one steady state")


def direct_size(n_modes: int, symmetry: Symmetry | None) -> int:
    """Coherences up to which is eliminated."""
    return SECTOR_DIRECT_SIZE if _has_u1(symmetry) else DIRECT_SIZE.get(n_modes, OTHER_DIRECT_SIZE)


def _has_u1(symmetry: Symmetry | None) -> bool:
    return symmetry is not None and symmetry.order == 0


def _afford(
    space: FockSpace,
    symmetry: Symmetry | None,
    memory_limit: float,
    checks: Sequence[SpaceCheck],
    announce: Callable[[Expense], None] | None,
) -> None:
    needed = expense(space, symmetry)
    if announce:
        announce(needed)
    if needed.megabytes > memory_limit:
        text = (
            f"a space of {space.size} Fock states needs about {needed.megabytes:.0f} MB and {needed.seconds:.0f} s: "
            f"allowed are {memory_limit:g} MB"
        )
        last = f"; the last change was {_change(checks[-2:]):.1e}" if len(checks) > 1 else ""
        raise CutoffError(text + last, checks)


def _not_converged(checks: Sequence[SpaceCheck], tolerance: float) -> str:
    return (
        f"{len(checks)} spaces, the last of {checks[-1].size} Fock states, leave a change of "
        f"{_change(checks[-2:]):.1e} and {checks[-1].edge_population:.1e} at the edge: allowed is {tolerance:g}"
    )


def _left_out(space: FockSpace, matrix: np.ndarray) -> float:
    """Photon or pair numbers of the states beyond a space over those within: the greatest share of a mode.

    The populations of a mode are continued as its last two pairs fall, pairs because of parities.
    """
    greatest = 0.0
    for mode, last in enumerate(space.cutoffs - 1):
        population = np.bincount(space.states[:, mode], matrix.diagonal().real, last + 1)
        below, above = np.maximum(np.append(np.zeros(4), population)[-4:].reshape(2, 2).sum(axis=1), 0.0)
        ratio = min(above / max(below, np.finfo(float).tiny), STEEPEST)
        # A geometric series of pairs: its sum, and the mean of its photon number.
        beyond, reach = above * ratio / (1.0 - ratio), last + 2.0 / (1.0 - ratio)
        n = np.arange(last + 1)
        for power in (n, n * (n - 1)):
            within = max(float(power @ population), np.finfo(float).tiny)
            greatest = max(greatest, beyond * reach ** (1 if power is n else 2) / within)
    return greatest


def _number_space(space: FockSpace, matrix: np.ndarray, frame: GaussianFrame) -> FockSpace:
    """Fock states of the photon numbers that a state has, by their means and variances."""
    reach = []
    for mode in range(space.states.shape[1]):
        a = frame.image(mode)
        number = _expectation(space, matrix, a.adjoint() * a).real
        pairs = _expectation(space, matrix, a.adjoint() * a.adjoint() * a * a).real
        deviation = math.sqrt(max(pairs + number - number**2, 0.0))
        reach.append(number + NUMBER_TAIL[0] * deviation + NUMBER_TAIL[1])
    costs = 1.0 / np.array(reach)
    return FockSpace.cheapest(costs, math.ceil(math.prod(reach) / math.factorial(len(reach))))
