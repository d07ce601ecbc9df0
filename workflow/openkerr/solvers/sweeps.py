"""Attractors of a model over a parameter: Lyapunov spectra, frequencies, series; along sweeps, from many starts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np

from openkerr.models.base import Model
from openkerr.runtime.checkpoint import Checkpoint
from openkerr.solvers.attractor_search import find_attractor
from openkerr.solvers.lyapunov import LyapunovTimes, lyapunov_spectrum
from openkerr.solvers.ode import integrate
from openkerr.solvers.relative_orbits import RelativePeriodicOrbit
from openkerr.solvers.symmetric_flow import ConvergenceError
from openkerr.solvers.time_grid import TimeGrid

PART = "values"
"""Name of a sweep's only part in its checkpoint."""


@dataclass(frozen=True)
class AttractorSamples:
    """What was found at some values of a parameter, from some starts at each.

    Attributes
    ----------
    exponents, stderr, systematic : (n_values, n_starts, 2 n_modes)
        Lyapunov exponents, descending, their standard errors from blocks of time, and what the time step and vectors
        that had not aligned may have added.
    aligned : (n_values, n_starts) bool
        Whether the tangent vectors had aligned before they counted.
    nu_phi, nu_psi : (n_values, n_starts)
        Frequencies of the relative equilibrium (nu_psi NaN) or relative periodic orbit that Newton's method finds
        where the run ends; both NaN where it finds none.
    final : (n_values, n_starts, n_modes) complex
        Fields at the end of the runs.
    series : (n_values, n_starts, n_modes, n_samples) complex or None
        Fields sampled from there on.
    """

    exponents: np.ndarray
    stderr: np.ndarray
    systematic: np.ndarray
    aligned: np.ndarray
    nu_phi: np.ndarray
    nu_psi: np.ndarray
    final: np.ndarray
    series: np.ndarray | None


def sample_attractors(
    models: Sequence[Model],
    times: LyapunovTimes,
    *,
    starts: np.ndarray,
    carry: bool = False,
    series: TimeGrid | None = None,
    n_threads: int = 1,
    checkpoint: Checkpoint | None = None,
    progress: Callable[[int], None] | None = None,
) -> AttractorSamples:
    """Run a model's classical field (GPE) at some values of a parameter.

    Parameters
    ----------
    models : sequence of Model
        One a value, in the order of the sweep; with a U(1) symmetry.
    times : LyapunovTimes
        Transient and averaging time at each value.
    starts : (n_values, n_starts, n_modes) complex
        Fields to start from; with ``carry`` those of the first value alone count.
    carry : bool
        A sweep: each value starts from where the one before has ended, so that an attractor is followed until it is
        gone.
    series : TimeGrid, optional
        Times of series that are kept.
    n_threads : int
        Threads that share the starts.
    checkpoint : Checkpoint, optional
        Where the values that are done are kept and found again; entered by the caller.
    progress : callable, optional
        Called with the number of values just done.

    Returns
    -------
    AttractorSamples
    """
    rows: dict[str, list] = {each.name: [] for each in fields(AttractorSamples)}
    found = checkpoint.load(PART) if checkpoint else None
    if found is not None:
        rows |= {name: list(values) for name, values in found.items()}
        if progress is not None:
            progress(len(rows["final"]))
    for index in range(len(rows["final"]), len(models)):
        model = models[index]
        begin = rows["final"][-1] if carry and index > 0 else np.asarray(starts[index], dtype=complex)
        spectrum = lyapunov_spectrum(model, times, start=begin, trajectories=range(len(begin)), n_threads=n_threads)
        order = np.argsort(-spectrum.exponents, axis=1)
        for name in ("exponents", "stderr", "systematic"):
            rows[name].append(np.take_along_axis(getattr(spectrum, name), order, axis=1))
        rows["aligned"].append(spectrum.aligned)
        frequencies = np.array([attractor_frequencies(model, state) for state in spectrum.final])
        rows["nu_phi"].append(frequencies[:, 0])
        rows["nu_psi"].append(frequencies[:, 1])
        if series is not None:
            rows["series"].append(integrate(model, series, start=spectrum.final, n_threads=n_threads).states)
        rows["final"].append(spectrum.final)
        if progress is not None:
            progress(1)
        if checkpoint is not None:
            state = {name: np.array(values) for name, values in rows.items() if values}
            checkpoint.offer(PART, state, finished=index + 1 == len(models))
    samples: dict[str, Any] = {name: np.array(values) if values else None for name, values in rows.items()}
    return AttractorSamples(**samples)


def attractor_frequencies(model: Model, state: np.ndarray) -> tuple[float, float]:
    """(nu_phi, nu_psi) of the attractor on which a state stands; NaN for what there is not, or Newton does not find.

    At the origin nothing turns.
    """
    try:
        found = find_attractor(model, state, burn_in=20.0, attempts=2)
    except ConvergenceError:
        return np.nan, np.nan
    if isinstance(found, RelativePeriodicOrbit):
        return found.nu_phi, found.nu_psi
    return np.nan if found.at_origin else found.nu, np.nan
