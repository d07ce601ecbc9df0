"""What kind of attractor a Lyapunov spectrum belongs to: the number of its zero exponents, with errors.

    fixed_point  all negative          limit_cycle  one zero, the rest negative
    chaos        the largest positive  limit_torus  two zeros or more (`AttractorClass.n_zero` says how many)

A zero of regular motion is never found as one.  The growth of a neutral tangent vector is that of a vector field on
the attractor, along the flow or a symmetry: it is bounded.  Over a time T the logarithm of its growth is at most
B = ln(longest/shortest), and the exponent found is at most B/T, while exponents of chaos scatter as 1/sqrt(T).  An
exponent therefore counts as zero where

    |lambda| <= tolerance = sigmas * stderr + boundary / T + rounding.

The standard error of n blocks of regular motion is itself of order B sqrt(n)/T and covers B/T, except where the block
is a whole number of periods, and except for what happens once: the last alignment of the vectors.  ``boundary`` = 3, a
factor exp(3) = 20 in length, stands for these two.  With a smooth weighting of time, which takes the ends of the
record for nothing, neither enters: ``boundary`` is left out there.  ``rounding`` is 1e-10 of the largest exponent.

A zero cannot be told from a rate below the tolerance.  It is accepted where the tolerance is below ``resolution``, the
rate that the question at hand may take for zero; else the spectrum is undecided and a longer run is needed.

With a continuous symmetry the count is that of the flow itself, not of the flow reduced by the symmetry: a rotating
wave (relative equilibrium) has one zero, since the direction of the flow is that of the symmetry, and is a limit
cycle; a modulated one (relative periodic orbit) has two and is a limit torus.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

import numpy as np

Attractor = Literal["fixed_point", "limit_cycle", "limit_torus", "chaos"]

SIGMAS = 4.5
BOUNDARY = 3.0
ROUNDING = 1e-10


@dataclass(frozen=True)
class AttractorClass:
    """Class of an attractor.

    Attributes
    ----------
    attractor : {"fixed_point", "limit_cycle", "limit_torus", "chaos"}
        The class; without decision the one that the values suggest if every exponent within its tolerance is zero.
    decided : bool
        Whether the errors allow the decision.
    n_positive, n_zero : int
        Exponents found positive, and within their tolerance.
    tolerance : (n_exponents,)
        Of every exponent, in the order they were given.
    reason : str
        Why there is no decision; empty with one.
    """

    attractor: Attractor
    decided: bool
    n_positive: int
    n_zero: int
    tolerance: np.ndarray = field(repr=False)
    reason: str = ""


def zero_tolerance(
    exponents: np.ndarray,
    stderr: np.ndarray,
    averaging_time: float,
    *,
    smooth: bool | np.ndarray = False,
    sigmas: float = SIGMAS,
    boundary: float = BOUNDARY,
) -> np.ndarray:
    """Largest modulus of an exponent that may be zero, in the unit of the exponents.

    Parameters
    ----------
    exponents, stderr : arrays (..., n_exponents)
        Exponents and their standard errors, in the model's unit of rates.
    averaging_time : float
        Time that the exponents are averaged over.
    smooth : bool or array (..., n_exponents)
        Which are averages with a smooth weighting, see `openkerr.solvers.lyapunov.LyapunovSpectrum.smooth`.
    sigmas, boundary : float
        See the head of this module.

    Returns
    -------
    array (..., n_exponents)
    """
    exponents, stderr = np.asarray(exponents, dtype=float), np.asarray(stderr, dtype=float)
    edge = np.where(smooth, 0.0, boundary / averaging_time)
    return sigmas * stderr + edge + ROUNDING * np.abs(exponents).max(axis=-1, keepdims=True)


def classify_attractor(
    exponents: np.ndarray,
    stderr: np.ndarray,
    averaging_time: float,
    *,
    resolution: float,
    smooth: bool | np.ndarray = False,
    blocks_are_long: bool = True,
    n_dimensions: int | None = None,
    sigmas: float = SIGMAS,
    boundary: float = BOUNDARY,
) -> AttractorClass:
    """Classify the attractor of one trajectory.

    Parameters
    ----------
    exponents, stderr : arrays (n_exponents,)
        Leading Lyapunov exponents in any order, and their standard errors, in the model's unit of rates.
    averaging_time : float
        Time that they are averaged over, in the model's unit of time.
    resolution : float
        Largest tolerance with which an exponent may pass for zero, in the unit of rates.
    smooth : bool or array (n_exponents,)
        Which are averages with a smooth weighting of time.
    blocks_are_long : bool
        Whether the standard errors can be trusted; without, nothing is decided.
    n_dimensions : int, optional
        Real dimension of the state; default: all exponents are there.
    sigmas, boundary : float
        See the head of this module.

    Raises
    ------
    ValueError
        If there are no exponents, shapes differ, a number is not finite, or time or resolution is not positive.
    """
    exponents, stderr = np.asarray(exponents, dtype=float), np.asarray(stderr, dtype=float)
    if exponents.ndim != 1 or exponents.size == 0 or stderr.shape != exponents.shape:
        raise ValueError(f"exponents have shape {exponents.shape}, errors {stderr.shape}: allowed is one row of each")
    if not (np.isfinite(exponents).all() and np.isfinite(stderr).all() and stderr.min() >= 0):
        raise ValueError("exponents or errors are not finite, or an error is negative")
    if not (averaging_time > 0 and resolution > 0):
        raise ValueError(
            f"averaging_time is {averaging_time:g}, resolution is {resolution:g}: allowed are positive numbers"
        )
    tolerance = zero_tolerance(exponents, stderr, averaging_time, smooth=smooth, sigmas=sigmas, boundary=boundary)
    positive, zero = exponents > tolerance, np.abs(exponents) <= tolerance
    n_positive, n_zero = int(positive.sum()), int(zero.sum())
    if n_positive:
        attractor: Attractor = "chaos"
    else:
        attractor = ("fixed_point", "limit_cycle", "limit_torus")[min(n_zero, 2)]

    reason = ""
    if not blocks_are_long:
        reason = "the errors still grow with the length of the blocks"
    elif not n_positive and (tolerance[zero] > resolution).any():
        widest = tolerance[zero].max()
        reason = f"an exponent is within {widest:.2g} of zero, which is more than the resolution {resolution:.2g}"
    elif not n_positive and n_positive + n_zero == exponents.size < (n_dimensions or exponents.size):
        reason = f"none of the {exponents.size} exponents is negative: more of the {n_dimensions} are needed"
    return AttractorClass(attractor, not reason, n_positive, n_zero, tolerance, reason)
