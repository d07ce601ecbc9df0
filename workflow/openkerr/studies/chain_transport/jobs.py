"""Jobs of transport along the chain."""

from __future__ import annotations

from openkerr.studies.chain_transport.config import CurrentSeries, Roughening, Transport
from openkerr.studies.chain_transport.quantities import QUANTITIES
from openkerr.studies.planning import (
    FILE_BYTES,
    SIMULATION,
    START_SECONDS,
    Cost,
    Jobs,
    RuleEstimate,
    batches,
    ensemble_jobs,
    megabytes,
    simulation,
    table,
)

SECONDS_PER_SITE_STEP = 2.7e-9
"""Cost of a step of one site of one trajectory on one core, by the second-order splitting in single precision."""

SECONDS_PER_SITE_SAMPLE = 1.2e-8
"""Cost of adding one site of one trajectory to moments and products of neighbours."""

SECONDS_PER_RING_STEP = 1.5e-8
"""Cost of a step of one site of a ring, in double precision."""

SECONDS_PER_PROPOSAL = 8e-8
"""Cost of a proposed change of one site of a ring, noise included."""

SECONDS_PER_STATE = 0.02
"""An equilibrium of given density and energy."""

WINDOWS = 4
"""Windows into which the averaging time is cut."""


def series_jobs(transport: Transport, series: CurrentSeries) -> Jobs:
    """Jobs of a series."""
    return ensemble_jobs(
        transport.n_trajectories,
        transport.batch_size,
        transport.batches_per_job,
        lambda part: _cost(transport, series, len(part)),
    )


def ring_jobs(transport: Transport) -> Jobs:
    """Jobs of the closed rings."""
    closed = transport.conductivities
    lags = round(closed.lag_time / closed.sampling_interval) + 1

    def cost(part: range) -> Cost:
        steps = closed.final_time / closed.time_step * SECONDS_PER_RING_STEP + closed.n_sweeps * SECONDS_PER_PROPOSAL
        seconds = len(part) * closed.n_sites * steps + SECONDS_PER_STATE
        numbers = batches(len(part), closed.batch_size) * 4 * lags
        samples = round(closed.final_time / closed.sampling_interval) + 1
        held = 8 * (len(closed.points) * numbers + 8 * samples * closed.batch_size)
        return Cost(len(closed.points) * seconds, megabytes(held), 8 * len(closed.points) * numbers + FILE_BYTES)

    return ensemble_jobs(closed.n_trajectories, closed.batch_size, closed.batches_per_job, cost)


def estimates(transport: Transport) -> list[RuleEstimate]:
    """Cost of every rule of the study."""
    sites = sum(sum(series.lengths) for series in transport.series if series.start == "vacuum")
    return [
        simulation("simulate_chain_transport", *(series_jobs(transport, series) for series in transport.series)),
        simulation("simulate_chain_conductivities", ring_jobs(transport)),
        RuleEstimate("simulate_chain_roughening", SIMULATION, (_roughening(transport.roughening),)),
        table("chain_transport", SECONDS_PER_STATE * sites / transport.thermometer_spacing),
    ]


def _cost(transport: Transport, series: CurrentSeries, n_trajectories: int) -> Cost:
    seconds = 0.0
    for length, burn_in in zip(series.lengths, series.burn_ins, strict=True):
        steps = (burn_in + series.averaging_time) / transport.time_step
        samples = series.averaging_time / transport.sampling_interval
        seconds += length * (steps * SECONDS_PER_SITE_STEP + samples * SECONDS_PER_SITE_SAMPLE)
    numbers = batches(n_trajectories, transport.batch_size) * WINDOWS * sum(series.lengths) * len(QUANTITIES)
    return Cost(seconds * n_trajectories, megabytes(16 * numbers), 8 * numbers + FILE_BYTES)


def roughening_megabytes(roughening: Roughening) -> int:
    """Memory for the paths of all trajectories, in MB."""
    samples = (roughening.burn_in + roughening.averaging_time) / roughening.sampling_interval
    return megabytes(16 * samples * roughening.length * roughening.n_trajectories)


def _roughening(roughening: Roughening) -> Cost:
    steps = (roughening.burn_in + roughening.averaging_time) / roughening.time_step
    work = steps * roughening.length * roughening.n_trajectories
    return Cost(START_SECONDS + SECONDS_PER_SITE_STEP * work, roughening_megabytes(roughening), FILE_BYTES)
