"""Jobs of the classical attractors of the two cavities, and of linear noise about them."""

from __future__ import annotations

from openkerr.studies.planning import (
    FILE_BYTES,
    TABLE_SECONDS,
    Cost,
    Job,
    Jobs,
    RuleEstimate,
    ensemble_seconds,
    scan_jobs,
    simulation,
    table,
)
from openkerr.studies.torus_attractors.config import STEP_SHARE, Attractors

SECONDS_PER_TANGENT_STEP = 7e-7
"""Cost of one step of the two cavities with their four tangent vectors, on one core."""

SECONDS_PER_NEWTON = 0.2
"""Cost of finding the frequencies of one attractor by Newton's method."""

SECONDS_PER_PERIOD = 0.45
"""Following the limit torus by Newton's method through one unit of its period."""

PORTRAIT_INTERVAL = 0.2
"""Time between two points of an orbit that is drawn."""

LANES = 8
"""Trajectories that a single one costs, since lanes are computed side by side."""


def sweep_jobs(attractors: Attractors) -> Jobs:
    """Jobs of the attractors over omega: a sweep up, a sweep down, and fixed starts at every frequency."""
    count, samples = len(attractors.omegas), attractors.spectrum_time / (2 * attractors.time_step)
    seconds = count * _run_seconds(attractors, attractors.averaging_time, attractors.spectrum_time)
    # Two fields of two parts in a series, which the sweeps keep; some twenty numbers of a spectrum besides.
    sweep = Cost(seconds, 2000, int(8 * count * (4 * samples + 20)) + FILE_BYTES)
    starts = 1 + attractors.n_starts
    fixed = Cost(starts * seconds, 2000, 160 * count * starts + FILE_BYTES)
    points = tuple(attractors.omegas)
    return {name: Job(points, range(1), cost) for name, cost in (("up", sweep), ("down", sweep), ("fixed", fixed))}


def map_jobs(attractors: Attractors) -> Jobs:
    """Jobs of the map of attractors over omega and tunneling: rows of it."""
    row = len(attractors.map_omega.values)

    def cost(tunnelings: tuple[float, ...]) -> Cost:
        points = row * len(tunnelings)
        return Cost(
            points * _run_seconds(attractors, attractors.map_averaging_time, 0.0), 1000, 160 * points + FILE_BYTES
        )

    return scan_jobs("tunneling", attractors.map_tunneling.values, attractors.map_job_interval, cost)


def portrait_job(attractors: Attractors) -> Job:
    """Job of the orbits that are drawn."""
    n_steps = (attractors.burn_in + attractors.portrait_time) / attractors.portrait_time_step
    numbers = 5.0 * attractors.portrait_time / PORTRAIT_INTERVAL * len(attractors.portraits)
    seconds = len(attractors.portraits) * ensemble_seconds(2, round(n_steps), LANES)
    return Job(tuple(attractors.portraits), range(1), Cost(seconds, 1000, int(8 * numbers) + FILE_BYTES))


def estimates(attractors: Attractors) -> list[RuleEstimate]:
    """Cost of every rule of the study."""
    return [
        simulation("simulate_torus_attractors", sweep_jobs(attractors)),
        simulation("simulate_torus_attractor_map", map_jobs(attractors)),
        simulation("simulate_torus_portraits", {"": portrait_job(attractors)}),
        table("torus_attractors", 0.02 * len(attractors.omegas), 2000),
        table("torus_branches", SECONDS_PER_PERIOD * attractors.max_period),
        # The limit torus is followed, then solved again at every omega.
        table("torus_diffusion", 0.2 * attractors.max_period + 0.1 * len(attractors.omegas)),
        table("torus_angle_weights", TABLE_SECONDS * len(attractors.portraits)),
        table("torus_portraits", TABLE_SECONDS, 1500),
        table("torus_parameters"),
    ]


def _run_seconds(attractors: Attractors, averaging_time: float, spectrum_time: float) -> float:
    """Estimated cost of one run at one frequency: exponents, frequencies, series."""
    # A tenth of the time goes to alignment; half the step is twice as many.
    n_steps = (attractors.burn_in + (1.1 + 2 * STEP_SHARE) * averaging_time + spectrum_time) / attractors.time_step
    return SECONDS_PER_TANGENT_STEP * n_steps + SECONDS_PER_NEWTON
