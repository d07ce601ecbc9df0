"""Newton's method, and pseudo-arclength continuation of its solutions in a parameter, stable or not.

A solution is an object with ``model``, ``method``, ``unknowns``, ``growth`` (complex rates of the directions that
are not neutral), ``n_unstable``, ``system(flow, reference)``: the equations that it solves, and ``distance(other)``
from another solution (see openkerr.solvers.relative_orbits and openkerr.solvers.stationary).  A branch is followed
through its folds, and once round where it closes; where a growth rate crosses zero the bifurcation is located:

    fold              the branch turns around: two solutions meet and vanish
    hopf              a pair of rates of a relative equilibrium: a limit torus is born in the co-rotating frame
    torus             a pair of Floquet exponents of a periodic orbit (Neimark-Sacker)
    period_doubling   a Floquet multiplier -1
    branch_point      a real rate elsewhere: branches cross
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Any, Protocol

import numpy as np
from scipy.interpolate import CubicHermiteSpline
from scipy.optimize import brentq

from openkerr.solvers.families import Family
from openkerr.solvers.symmetric_flow import ConvergenceError, SymmetricFlow

System = Callable[[np.ndarray], tuple[np.ndarray, np.ndarray, Any]]


class Equations(Protocol):
    """What solves: a `System` with its metric, (n_unknowns,), and the object that a root describes."""

    metric: np.ndarray

    def __call__(self, unknowns: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Residual, its derivative, and its derivative with respect to the continued parameter."""

    def result(self, unknowns: np.ndarray, step: np.ndarray) -> Any:
        """The object that a solution describes; ``step`` is the last step of Newton's method."""


PARAMETER_DISTANCE = 1e-4
"""Half the distance of the models whose difference is the derivative in the parameter; only directions depend on it."""

SAME = 1e-6
"""Distance of two solutions, relative to the first one, below which they are the same and a branch is closed."""

SINGULAR = 1e-4
"""Regularity below which the derivative of the equations counts as singular (see `BranchPoint`)."""


def newton(
    system: System, unknowns: np.ndarray, *, tolerance: float = 1e-10, max_iterations: int = 20
) -> tuple[np.ndarray, np.ndarray, int]:
    """Root of a system by Newton's method, with shorter steps where the residual would grow.

    The last step, which is returned beside the unknowns and the number of iterations, is shorter than ``tolerance``
    times 1 + |unknowns|.  It was applied: what is left is of the order of its square, or of the system's own accuracy.

    Raises
    ------
    ConvergenceError
        If the steps do not shrink to the tolerance.
    """
    residual, matrix, _ = system(unknowns)
    for iteration in range(1, max_iterations + 1):
        # Least squares: at the origin a frequency is not determined.
        step = np.linalg.lstsq(matrix, -residual)[0]
        small = np.linalg.norm(step) <= tolerance * (1 + np.linalg.norm(unknowns))
        for _ in range(8):
            try:
                trial = system(unknowns + step)
            except ConvergenceError:
                step = 0.25 * step
                continue
            if small or np.linalg.norm(trial[0]) < np.linalg.norm(residual):
                break
            step = 0.5 * step
        else:
            raise ConvergenceError(f"no Newton step reduces the residual {np.linalg.norm(residual):.3g}")
        unknowns, (residual, matrix, _) = unknowns + step, trial
        if small:
            return unknowns, step, iteration
    raise ConvergenceError(f"Newton's method left a residual {np.linalg.norm(residual):.3g}")


@dataclass(frozen=True)
class BranchPoint:
    """A solution at one value of the parameter.

    ``direction`` is the unit tangent of (unknowns, value) along the branch, ``covector`` its product with the metric,
    ``regularity`` the smallest singular value of the equations' derivative over the largest: zero where branches cross.
    """

    value: float
    solution: Any
    direction: np.ndarray = field(repr=False)
    covector: np.ndarray = field(repr=False)
    regularity: float = 1.0


@dataclass(frozen=True)
class Bifurcation:
    """Where a branch bifurcates: the kind, the frequency of the critical rate, the point, whether the branch turns."""

    kind: str
    frequency: float
    point: BranchPoint
    turns: bool = False

    @property
    def value(self) -> float:
        """Value of the parameter."""
        return self.point.value

    @property
    def solution(self) -> Any:
        """The solution that bifurcates."""
        return self.point.solution


@dataclass(frozen=True)
class Branch:
    """Solutions in the order in which they were met, those at folds among them, and the neighbours on equal meshes.

    ``end`` says why it ends: ``range`` (of the parameter), ``period`` (longer than allowed), ``branch_point`` (it meets
    its image under a symmetry on another branch), ``closed`` (the last point is the first), ``points`` or ``folds``
    (as many as allowed), ``step`` (no convergence).
    """

    points: list[BranchPoint]
    bifurcations: list[Bifurcation]
    end: str
    segments: list[tuple[BranchPoint, BranchPoint]] = field(repr=False)
    tracer: Tracer = field(repr=False)

    @property
    def values(self) -> np.ndarray:
        """Values of the parameter, shape (n_points,)."""
        return np.array([point.value for point in self.points])

    def collect(self, name: str) -> np.ndarray:
        """An attribute of every solution, shape (n_points, ...)."""
        return np.array([getattr(point.solution, name) for point in self.points])

    def at(self, value: float) -> list:
        """Every solution of the branch at one value of the parameter, in the order of the branch."""
        found = [self.points[0].solution] if self.points[0].value == value else []
        for left, right in self.segments:
            if self.end == "closed" and right is self.points[-1] and right.value == value:
                continue
            if left.value != value and (left.value - value) * (right.value - value) <= 0:
                found.append(self.tracer.between(left, right, value))
        return found


class Tracer:
    """Corrections back onto a branch.

    The metric makes distances in state (mean over a period), log(period) and value / scale comparable.
    """

    def __init__(self, family: Family, like: Any, scale: float):
        self.family, self.like, self.scale = family, like, scale

    def system(self, value: float, reference: np.ndarray) -> Equations:
        """The equations at one value of the parameter."""
        try:
            model, sides = self.family(value), []
        except ValueError:
            raise ConvergenceError(f"the parameter left its range at {value:g}") from None
        for side in (value - PARAMETER_DISTANCE, value + PARAMETER_DISTANCE):
            try:
                sides.append((self.family(side), side))
            except ValueError:  # at the end of the parameter's range the difference is one-sided
                sides.append((model, value))
        (low, start), (high, end) = sides
        # A stationary state needs no symmetry, and brings the flow that it solves for.
        flow = getattr(self.like, "flow", SymmetricFlow)
        return self.like.system(flow(model, self.like.method, (low, high, end - start)), reference)

    def evaluate(
        self,
        system: Equations,
        v: np.ndarray,
        step: np.ndarray,
        along: np.ndarray,
        derivatives: tuple[np.ndarray, np.ndarray] | None = None,
    ) -> BranchPoint:
        """The point at a solution ``v`` = (unknowns, value); ``along`` is a covector that orients its tangent."""
        matrix, slope = derivatives or system(v[:-1])[1:]
        metric = np.append(system.metric, self.scale**-2)
        _, singular, rows = np.linalg.svd(np.column_stack([matrix, slope]))
        tangent = rows[-1] / np.sqrt(rows[-1] @ (metric * rows[-1]))
        # Between meshes only the first nodes and the last three unknowns correspond.
        head = min(along.size, tangent.size) - 3
        tangent *= np.sign(along[:head] @ tangent[:head] + along[-3:] @ tangent[-3:]) or 1.0
        solution = system.result(v[:-1], step[:-1])
        return BranchPoint(float(v[-1]), solution, tangent, metric * tangent, singular[-1] / singular[0])

    def correct(self, guess: np.ndarray, normal: np.ndarray, along: np.ndarray) -> tuple[BranchPoint, int]:
        """The point of the branch in the plane through ``guess`` across ``normal``, and the number of iterations."""
        last: dict[str, Any] = {}
        fixed = not normal[:-1].any()

        def bordered(v: np.ndarray) -> tuple[np.ndarray, np.ndarray, None]:
            # A value that is given stays as it is: one rounding off, it could leave the parameter's range.
            system = self.system(guess[-1] if fixed else v[-1], guess[:-1])
            residual, matrix, slope = system(v[:-1])
            last.update(system=system, derivatives=(matrix, slope))
            extended = np.vstack([np.column_stack([matrix, slope]), normal])
            return np.append(residual, normal @ (v - guess)), extended, None

        v, step, n_iterations = newton(bordered, guess, tolerance=1e-9, max_iterations=8)
        return self.evaluate(v=v, step=step, along=along, **last), n_iterations

    def ahead(self, point: BranchPoint, distance: float) -> tuple[BranchPoint, int]:
        """The point at some distance along the branch, and the number of iterations."""
        guess = np.append(point.solution.unknowns, point.value) + distance * point.direction
        return self.correct(guess, point.covector, point.covector)

    def refined(self, point: BranchPoint) -> BranchPoint:
        """The same point on a finer mesh where it needs one."""
        unknowns = point.solution.refined()
        if unknowns is None:
            return point
        v = np.append(unknowns, point.value)
        return self.evaluate(self.system(point.value, unknowns), v, np.zeros(v.size), point.covector)

    def at_value(self, left: BranchPoint, right: BranchPoint, value: float) -> BranchPoint:
        """The point at a value of the parameter between two neighbours."""
        spline, distance = self._spline(left, right)
        guess = spline(brentq(lambda s: spline(s)[-1] - value, 0.0, distance))
        guess[-1] = value
        fixed = np.append(np.zeros(guess.size - 1), 1.0)
        return replace(self.correct(guess, fixed, left.covector)[0], value=value)

    def between(self, left: BranchPoint, right: BranchPoint, value: float) -> Any:
        """The solution at a value of the parameter between two neighbours."""
        try:
            point = self.at_value(left, right, value)
        except ConvergenceError:  # close to a fold
            point = self.locate(left, right, lambda p: p.value - value)
        return point.solution.polished()

    def _spline(self, left: BranchPoint, right: BranchPoint) -> tuple[CubicHermiteSpline, float]:
        """Interpolation of (unknowns, value) between two neighbours against the distance along the first's tangent."""
        ends = [np.append(point.solution.unknowns, point.value) for point in (left, right)]
        distance = left.covector @ (ends[1] - ends[0])
        slopes = [point.direction / (left.covector @ point.direction) for point in (left, right)]
        return CubicHermiteSpline([0.0, distance], ends, slopes), distance

    def locate(
        self, left: BranchPoint, right: BranchPoint, test: Callable[[BranchPoint], float], rounds: int = 2
    ) -> BranchPoint:
        """The point between two neighbours at which a function of the branch changes its sign."""
        spline, distance = self._spline(left, right)

        def at(s: float) -> BranchPoint:
            try:
                return self.correct(spline(s), left.covector, left.covector)[0]
            except ConvergenceError:
                # Where branches cross the equations are singular; the spline passes there.
                system = self.system(spline(s)[-1], spline(s)[:-1])
                return self.evaluate(system, spline(s), np.zeros(left.direction.size), left.covector)

        root = brentq(lambda s: test({0.0: left, distance: right}.get(s) or at(s)), 0.0, distance, xtol=1e-13)
        point = at(root)
        if point.regularity > SINGULAR or rounds == 0:
            return point
        near, far = (at(np.clip(root + side * 0.1 * distance, 0.0, distance)) for side in (-1, 1))
        return self.locate(near, far, test, rounds - 1) if test(near) * test(far) < 0 else point


def trace_branch(
    family: Family,
    start: Any,
    value: float,
    *,
    limits: tuple[float, float],
    sense: float = 1.0,
    direction: np.ndarray | None = None,
    step: float = 0.01,
    max_step: float = 0.1,
    min_step: float = 1e-7,
    max_period: float = np.inf,
    max_points: int = 400,
    max_folds: float = np.inf,
    scale: float = 1.0,
) -> Branch:
    """Follow a solution in a parameter.

    Parameters
    ----------
    family : callable
        Takes a value of the parameter to a model, see `openkerr.solvers.families.vary`.
    start : StationaryState, RelativeEquilibrium or RelativePeriodicOrbit
        Solution at ``value``.
    limits : (low, high)
        Values of the parameter at which the branch ends.
    sense : float
        Sign of the change of the parameter in the first step.
    direction : (n_unknowns,), optional
        First step in the unknowns at fixed parameter, in place of ``sense`` (see `relative_orbits.hopf_orbit`).
    step, max_step, min_step : float
        Distances along the branch, in the metric of `Tracer`.
    max_period, max_points, max_folds : float, int, float
        Where else it ends.
    scale : float
        Change of the parameter that counts like a change of the state by one.

    Raises ConvergenceError if not even the first point is found.
    """
    tracer = Tracer(family, start, scale)
    if direction is None:
        unit = np.append(np.zeros(start.unknowns.size), 1.0)
        here = replace(tracer.correct(np.append(start.unknowns, value), unit, sense * unit)[0], value=value)
    else:
        metric = tracer.system(value, start.unknowns + step * direction).metric
        here = BranchPoint(value, start, np.append(direction, 0.0), np.append(metric * direction, 0.0))
    points, end = [here], "points"
    bifurcations: list[Bifurcation] = []
    segments: list[tuple[BranchPoint, BranchPoint]] = []
    while len(points) < max_points:
        try:
            there, n_iterations = tracer.ahead(here, step)
            cosine = here.covector @ there.direction
        except ConvergenceError:
            cosine = -1.0
        if cosine < 0.8:
            step *= 0.5
            if step < min_step:
                end = "step"
                break
            continue
        back = _return(tracer, points[0], here, there) if direction is None and len(points) > 1 else None
        there = back or there
        # At the zero amplitude of a Hopf bifurcation the rates of an orbit mean nothing.
        found = _bifurcations(tracer, here, there) if direction is None or len(points) > 1 else []
        bifurcations += found
        passed = [here, *(one.point for one in found if one.turns), there]
        if any(one.kind == "branch_point" for one in found if one.turns):
            end = "branch_point"
            passed.pop()
        elif back:
            end = "closed"
        elif not limits[0] <= there.value <= limits[1]:
            end = "range"
        elif getattr(there.solution, "period", 0.0) > max_period:
            end = "period"
        elif sum(one.turns for one in bifurcations) >= max_folds:
            end = "folds"
        points += passed[1:]
        segments += pairwise(passed)
        if end != "points":
            break
        step = min(step * (1.5 if n_iterations <= 4 and cosine > 0.95 else 1.0), max_step)
        here = tracer.refined(there)
    return Branch(points, bifurcations, end, segments, tracer)


def _return(tracer: Tracer, first: BranchPoint, here: BranchPoint, there: BranchPoint) -> BranchPoint | None:
    """The first point of a branch again, where it lies between two neighbours passed in the sense of the start."""
    sense = np.sign(first.direction[-1])
    if not (here.value - first.value) * sense < 0 <= (there.value - first.value) * sense:
        return None
    try:
        point = tracer.at_value(here, there, first.value)
        size = np.linalg.norm(first.solution.unknowns)
        same = first.solution.distance(point.solution) <= SAME * size
    except ConvergenceError:
        return None
    return point if same else None


def _bifurcations(tracer: Tracer, here: BranchPoint, there: BranchPoint) -> list[Bifurcation]:
    """Bifurcations between two neighbours."""
    found = []
    folded = here.direction[-1] * there.direction[-1] < 0
    if folded:
        point = tracer.locate(here, there, lambda p: p.direction[-1])
        found.append(Bifurcation("fold" if point.regularity > SINGULAR else "branch_point", 0.0, point, turns=True))
    change = abs(there.solution.n_unstable - here.solution.n_unstable)
    if change == 2 or (change == 1 and not folded):
        paired = change == 2

        def signed_rate(point: BranchPoint) -> float:
            """Distance of the critical rate from the axis, with a sign that tells on which side of it the point is."""
            rates = _rates(point.solution, paired)
            size = np.abs(rates.real).min(initial=np.inf)
            return size if point.solution.n_unstable == here.solution.n_unstable else -size

        try:
            point = tracer.locate(here, there, signed_rate)
        except (ConvergenceError, ValueError):
            return found
        rates = _rates(point.solution, paired)
        rate = rates[np.abs(rates.real).argmin()]
        period = getattr(point.solution, "period", None)
        if paired:
            kind = "hopf" if period is None else "torus"
        else:
            kind = "branch_point" if abs(rate.imag) < 1e-8 else "period_doubling"
        found.append(Bifurcation(kind, float(abs(rate.imag)), point))
    return found


def _rates(solution: Any, paired: bool) -> np.ndarray:
    """Rates that are members of complex pairs, or the others (real ones and those of negative multipliers)."""
    rates = solution.growth
    half_turn = np.pi / getattr(solution, "period", np.inf)
    single = (np.abs(rates.imag) < 1e-8) | ((half_turn > 0) & (np.abs(np.abs(rates.imag) - half_turn) < 1e-8))
    return rates[~single if paired else single]


def homoclinic_limit(
    values: Sequence[float] | np.ndarray, periods: Sequence[float] | np.ndarray
) -> tuple[float, float]:
    """Value of the parameter at which a period diverges as c - log|value - limit| / rate, and the rate.

    Parameters
    ----------
    values, periods : sequences of length >= 3
        Of a branch towards its end; the last three points are used.

    Raises
    ------
    ConvergenceError
        If no such law goes through the points.
    """
    (v1, v2, v3), (t1, t2, t3) = np.array(values[-3:]), np.array(periods[-3:])
    ratio = (v3 - v2) / (v2 - v1)
    try:
        rate = brentq(
            lambda k: np.exp(-k * (t2 - t1)) * np.expm1(-k * (t3 - t2)) / np.expm1(-k * (t2 - t1)) - ratio, 1e-6, 1e2
        )
    except ValueError:
        raise ConvergenceError("the last three periods do not grow as a logarithm of the parameter") from None
    return float(v3 + (v3 - v2) / np.expm1(rate * (t3 - t2))), float(rate)
