"""Frequencies of a relative periodic orbit as an integrator of finite step follows it.

A step of length h follows a nearby orbit of its own, whose frequencies are off by its order in h.  An ensemble turns
with that orbit: where its frequencies are held against those of the flow to one part in aleph, the difference counts.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from openkerr.analysis.spectral_lines import refine_line
from openkerr.solvers.relative_orbits import RelativePeriodicOrbit
from openkerr.solvers.sde import Reduction, simulate_ensemble
from openkerr.solvers.time_grid import TimeGrid

RELAXATIONS = 35.0
"""Decay times of the slowest direction that pass before the series begins: exp(-35) is less than rounding."""
N_SAMPLES = 20_000
LARGEST_ORDER = 8


@dataclass(frozen=True)
class SteppedFrequencies:
    """Frequencies nu_phi and nu_psi of the orbit of an integrator, and their errors."""

    nu_phi: float
    nu_psi: float
    nu_phi_error: float
    nu_psi_error: float


def stepped_frequencies(
    orbit: RelativePeriodicOrbit,
    time_step: float,
    sampling_interval: float,
    *,
    stepper: str = "runge_kutta",
    precision: str = "double",
) -> SteppedFrequencies:
    """Frequencies of a stable orbit under a step of finite length, from the two strongest lines of its first mode.

    Parameters
    ----------
    orbit : RelativePeriodicOrbit
        Of the flow; its first mode carries the charge one, as in `openkerr.models.kerr_dimer.KerrDimer`.
    time_step, sampling_interval : float
        In the model's unit of time; the interval is a whole number of steps.
    stepper, precision : str
        See `openkerr.solvers.sde.simulate_ensemble`.

    Returns
    -------
    SteppedFrequencies
        In the inverse unit of time.  The errors are the largest differences from the two halves of the series.

    Raises
    ------
    ValueError
        If the orbit is unstable, or a line is not found near its place.
    """
    slowest = -float(orbit.growth.real.max())
    if slowest <= 0:
        raise ValueError("the orbit is unstable: its frequencies cannot be followed by integration")
    n_first = int(np.ceil(RELAXATIONS / slowest / sampling_interval))
    grid = TimeGrid(time_step, round(sampling_interval / time_step), n_first + N_SAMPLES)
    ensemble = simulate_ensemble(
        orbit.model,
        grid,
        start=orbit.nodes[0],
        seed=0,
        trajectories=range(1),
        reduction=Reduction(bin_of_sample=np.full(grid.n_samples, -1), paths=(0,)),
        method=orbit.method,
        stepper=stepper,
        precision=precision,
        bath_noise=False,
        sampled_start=False,
        batch_size=1,
    )
    series = ensemble.paths[n_first:, 0, 0].astype(complex)
    frequencies, amplitudes = orbit.lines(lambda fields: fields[0], 1, LARGEST_ORDER)
    orders = np.arange(-LARGEST_ORDER, LARGEST_ORDER + 1)
    first, second = np.argsort(-np.abs(amplitudes))[:2]

    def both(part: np.ndarray) -> np.ndarray:
        lines = [refine_line(part, sampling_interval, frequencies[line])[0] for line in (first, second)]
        nu_psi = (lines[1] - lines[0]) / (orders[second] - orders[first])
        return np.array([lines[0] - orders[first] * nu_psi, nu_psi])

    whole, half = both(series), N_SAMPLES // 2
    errors = np.max([np.abs(both(part) - whole) for part in (series[:half], series[half:])], axis=0)
    return SteppedFrequencies(*map(float, whole), *map(float, errors))
