"""Exact steady state of any model: one call that chooses its frame and its Fock states, and checks them.

The Lindblad equation is written in a Gaussian frame (`openkerr.algebra.frames`) that is taken from the state itself,
and solved between the Fock states of the frame that carry it (`openkerr.solvers.density_matrices`).  L rho = 0 with
trace one is solved as

    L rho - sigma Tr rho = -sigma        (sigma a state: the trace of L rho vanishes, so that Tr rho = 1)

by sparse elimination where the coherences are few, else by GMRES with the inverse of L without its jumps behind it.
The space grows until populations at its edge and the change of the photon statistics are below the tolerance.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np

from openkerr.algebra.frames import GaussianFrame, displaced_frame, gaussian_frame, vacuum_frame
from openkerr.algebra.polynomials import Polynomial
from openkerr.algebra.symmetries import Symmetry, weak_symmetry
from openkerr.algebra.wigner import gross_pitaevskii
from openkerr.models.base import Model
from openkerr.solvers.density_matrices import DensityLiouvillian, FockSpace, NoJumpInverse

DIRECT_SIZE = 500
"""Coherences up to which elimination is faster."""

RESTART = 80
"""Krylov vectors that GMRES keeps."""

RESIDUAL = 1e-9
"""Length of L rho - sigma Tr rho + sigma, relative to sigma, at which GMRES stops."""

SHIFT = 0.3
"""Shift of the inverse without jumps, in units of the mean decay rate of the frame's modes."""

TAIL = 1e-3
"""Population beyond a photon number of a mode by which its share of the Fock states is set."""

LEAST_COST = 0.12
GREATEST_COST = 1.8
"""Limits of the costs of a photon: populations that fall off by exp(-cost) at least and at most."""

FIRST_DEPTH = 9.0
DEPTH_STEP = 3.0
"""Depth of the first space, and what each following one adds: exp(-depth) is the product's population at the edge."""

MAX_SPACES = 16

REFRAMED = 2
"""Spaces after which the frame is taken anew from the state."""

SPREAD = 1.5
"""Extent of what the classical field comes to, beyond which one Gaussian frame will not do; 1/2: the vacuum's width."""


class CutoffError(RuntimeError):
    """A state that no space within the memory carries."""


@dataclass(frozen=True)
class SpaceCheck:
    """What one space gave.

    Attributes
    ----------
    size : int
        Fock states.
    depth : float
        sum_k costs_k n_k of the states at its edge.
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
    depth: float
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


def steady_state(
    model: Model,
    *,
    tolerance: float = 1e-5,
    fields: Sequence[complex] | np.ndarray | None = None,
    cutoffs: Sequence[int] | None = None,
    memory_limit: float = 4000.0,
    progress: Callable[[SpaceCheck], None] | None = None,
) -> SteadyState:
    """Exact steady state of a model.

    Parameters
    ----------
    model : Model
        Any with a Hamiltonian and jump operators.
    tolerance : float
        Population at the edge of the space, and relative change of photon and pair numbers from the space before.
    fields : (n_modes,) complex, optional
        Where the first space is centred; default: amid the classical states at rest, all of which it holds.
    cutoffs : sequence of int, optional
        Fock states of every mode about `fields`, or about zero: one space, which is not checked against another.
    memory_limit : float
        MB that a solution may take.
    progress : callable, optional
        Told of every space that was solved.

    Raises
    ------
    CutoffError
        If no space within the memory limit meets the tolerance.
    ValueError
        If sizes do not fit the model.
    """
    n_modes = model.n_modes
    for name, value in (("fields", fields), ("cutoffs", cutoffs)):
        if value is not None and len(value) != n_modes:
            raise ValueError(f"{name} has {len(value)} entries: allowed is one a mode, {n_modes}")
    if cutoffs is not None:
        if min(cutoffs) < 1:
            raise ValueError(f"cutoffs are {tuple(cutoffs)}: allowed are numbers of at least one state")
        frame = vacuum_frame(n_modes) if fields is None else displaced_frame(np.asarray(fields))
        symmetry = weak_symmetry(model.hamiltonian(), model.jump_operators(), n_modes) if fields is None else None
        space = FockSpace.box(cutoffs)
        _check_memory(space, symmetry, memory_limit, ())
        matrix, check = _solve(model, frame, space, symmetry, np.inf)
        return SteadyState(frame, space, matrix, (check,))
    survey = classical_states(model)
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
    depth, checks = FIRST_DEPTH, []
    while len(checks) < MAX_SPACES:
        space = FockSpace.simplex(costs, depth)
        _check_memory(space, symmetry, memory_limit, checks)
        matrix, check = _solve(model, frame, space, symmetry, depth)
        checks.append(check)
        if progress:
            progress(check)
        if check.edge_population <= tolerance and _change(checks[-2:]) <= tolerance:
            return SteadyState(frame, space, matrix, tuple(checks))
        if settled and len(checks) <= REFRAMED:
            frame = _frame_of(space, matrix, frame)
            costs = _thermal_costs(frame)
        elif len(checks) <= REFRAMED + 2:
            # From now on spaces contain each other.
            costs = _costs(space, matrix)
        depth += DEPTH_STEP
    raise CutoffError(_not_converged(checks, tolerance))


def classical_states(model: Model, n_starts: int = 48, duration: float = 40.0) -> np.ndarray:
    """Where the Gross-Pitaevskii equation of a model leads from starts of many sizes: (n_modes, n_points) complex.

    Parameters
    ----------
    n_starts : int
        Starts, from the vacuum to fields of about 30.
    duration : float
        Time that is integrated, in units of the inverse of the least rate of a jump.

    Returns
    -------
    fields at a dozen times of the last tenth of the duration, of all starts.
    """
    from scipy.integrate import solve_ivp

    n = model.n_modes
    drift = gross_pitaevskii(model.hamiltonian(), model.jump_operators(), n)
    rates = [rate for rate, _ in model.jump_operators()]
    final = duration / (min(rates) if rates else 1.0)
    random = np.random.default_rng(20240912)
    sizes = np.concatenate([[0.0], np.geomspace(0.3, 30.0, n_starts - 1)])
    starts = sizes * (random.normal(size=(2, n, n_starts)) * np.sqrt(0.5 / n)).T.dot([1, 1j]).T

    def flow(_: float, y: np.ndarray) -> np.ndarray:
        z = y.view(complex).reshape(n, n_starts)
        return np.stack([np.broadcast_to(part(z), n_starts) for part in drift]).ravel().view(float)

    times = np.linspace(0.9 * final, final, 12)
    found = solve_ivp(flow, (0, final), starts.ravel().view(float), t_eval=times, rtol=1e-5, atol=1e-7)
    return (
        np.ascontiguousarray(found.y.T).view(complex).reshape(len(times), n, n_starts).transpose(1, 0, 2).reshape(n, -1)
    )


def megabytes(n_states: int, blocks: int = 1) -> float:
    """Memory of a solution with so many Fock states in so many equal sectors, in MB."""
    return 16e-6 * (RESTART + 24) * n_states**2 / blocks


def _solve(
    model: Model, frame: GaussianFrame, space: FockSpace, symmetry: Symmetry | None, depth: float
) -> tuple[np.ndarray, SpaceCheck]:
    began = time.perf_counter()
    liouvillian = DensityLiouvillian(space, *frame.lindblad(model.hamiltonian(), model.jump_operators()), symmetry)
    direct = liouvillian.size <= DIRECT_SIZE
    vector, n_products = (_eliminated if direct else _iterated)(liouvillian)
    vector = vector / liouvillian.trace(vector)
    matrix = liouvillian.density_matrix(vector)
    matrix = 0.5 * (matrix + matrix.conj().T)
    residual = float(np.linalg.norm(liouvillian.apply(vector)) / np.linalg.norm(vector))
    lower = [frame.image(mode) for mode in range(model.n_modes)]
    numbers = [_expectation(space, matrix, a.adjoint() * a).real for a in lower]
    pairs = [_expectation(space, matrix, a.adjoint() * a.adjoint() * a * a).real for a in lower]
    return matrix, SpaceCheck(
        size=space.size,
        depth=depth,
        photon_numbers=np.array(numbers),
        pair_numbers=np.array(pairs),
        edge_population=float(matrix.diagonal().real[space.edge()].sum()),
        residual=residual,
        least_population=float(np.linalg.eigvalsh(matrix)[0]),
        method="direct" if direct else "iterative",
        n_products=n_products,
        seconds=time.perf_counter() - began,
    )


def _start(liouvillian: DensityLiouvillian) -> np.ndarray:
    """The state of least photons, as a vector."""
    sigma = np.zeros(liouvillian.size, dtype=complex)
    sigma[0] = 1.0
    return sigma


def _eliminated(liouvillian: DensityLiouvillian) -> tuple[np.ndarray, int]:
    from scipy import sparse
    from scipy.sparse.linalg import splu

    sigma, weights = _start(liouvillian), liouvillian.trace_weights
    matrix = liouvillian.matrix - sparse.csc_matrix(sigma[:, None]) @ sparse.csc_matrix(weights[None, :])
    return splu(sparse.csc_matrix(matrix)).solve(-sigma), 1


def _iterated(liouvillian: DensityLiouvillian) -> tuple[np.ndarray, int]:
    from scipy.sparse.linalg import LinearOperator, gmres

    sigma, weights = _start(liouvillian), liouvillian.trace_weights
    inverse, n_products = NoJumpInverse(liouvillian, SHIFT * liouvillian.mean_decay), 0

    def product(y: np.ndarray) -> np.ndarray:
        nonlocal n_products
        n_products += 1
        x = inverse(y)
        return liouvillian.apply(x) - sigma * (weights @ x)

    operator = LinearOperator((liouvillian.size,) * 2, matvec=product, dtype=complex)
    y, _ = gmres(operator, -sigma, rtol=RESIDUAL, restart=RESTART, maxiter=8)
    return inverse(y), n_products


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


def _change(checks: Sequence[SpaceCheck]) -> float:
    if len(checks) < 2:
        return np.inf
    here, there = (np.concatenate([check.photon_numbers, check.pair_numbers]) for check in checks)
    scale = np.maximum(np.abs(here), np.finfo(float).tiny)
    # What is zero to rounding changes by rounding.
    return float((np.where(np.abs(here - there) < 1e-12, 0.0, np.abs(here - there)) / scale).max())


def _check_memory(
    space: FockSpace, symmetry: Symmetry | None, memory_limit: float, checks: Sequence[SpaceCheck]
) -> None:
    blocks = 1 if symmetry is None else len(np.unique(symmetry.charges(space.states)))
    needed = megabytes(space.size, blocks)
    if needed > memory_limit:
        text = f"a space of {space.size} Fock states needs about {needed:.0f} MB: allowed are {memory_limit:g}"
        last = f"; the last change was {_change(checks[-2:]):.1e}" if len(checks) > 1 else ""
        raise CutoffError(text + last)


def _not_converged(checks: Sequence[SpaceCheck], tolerance: float) -> str:
    return (
        f"{len(checks)} spaces, the last of {checks[-1].size} Fock states, leave a change of "
        f"{_change(checks[-2:]):.1e} and {checks[-1].edge_population:.1e} at the edge: allowed is {tolerance:g}"
    )


def _costs(space: FockSpace, matrix: np.ndarray) -> np.ndarray:
    """Costs of a photon in the modes of a space, from where the populations of a state end."""
    populations, costs = matrix.diagonal().real, []
    for mode, cutoff in enumerate(space.cutoffs):
        marginal = np.bincount(space.states[:, mode], populations, cutoff)
        beyond = np.cumsum(marginal[::-1])[::-1]
        last = max(1, int(np.argmax(np.append(beyond, 0.0) < TAIL)))
        costs.append(-np.log(TAIL) / last)
    return np.clip(costs, LEAST_COST, GREATEST_COST)
