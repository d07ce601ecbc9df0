"""Jobs of the chain by second-order cumulants."""

from __future__ import annotations

from openkerr.studies.chain_cumulants.blocks import N_BLOCKS
from openkerr.studies.chain_cumulants.config import Cumulants
from openkerr.studies.planning import FILE_BYTES, Cost, Jobs, RuleEstimate, scan_jobs, simulation, table

SECONDS_PER_STEP = (1e-6, 6e-7, 3e-8)
"""Cost of one Runge-Kutta step of means and covariances: once, a site, a pair of sites."""

COORDINATE_BYTES = 4000
"""What the model's parameters, coordinates of the file, add to its header."""

PLACES = 3
"""First, middle and last site of a chain."""


def cumulant_jobs(cumulants: Cumulants) -> Jobs:
    """Jobs of ``chain.cumulants``: all lengths at the drives of an interval."""
    once, site, pair = SECONDS_PER_STEP
    n_steps = (cumulants.burn_in + cumulants.averaging_time) / cumulants.time_step
    seconds = n_steps * sum(once + length * (site + length * pair) for length in cumulants.lengths)
    raw = 8 * len(cumulants.lengths) * (3 * PLACES * N_BLOCKS + 3)
    return scan_jobs(
        "drives",
        cumulants.drive_amplitudes,
        cumulants.job_interval,
        lambda drives: Cost(len(drives) * seconds, 600, len(drives) * raw + FILE_BYTES + COORDINATE_BYTES),
    )


def estimates(cumulants: Cumulants) -> list[RuleEstimate]:
    """Cost of every rule of the study."""
    return [
        simulation("simulate_chain_cumulants", cumulant_jobs(cumulants)),
        table("chain_cumulants"),
        table("chain_cumulants_deviations"),
    ]
