"""Jobs of the dimer."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from openkerr.studies.chain_dimer.config import Dimer
from openkerr.studies.planning import (
    BYTES_OF_PROCESS,
    FILE_BYTES,
    Cost,
    Jobs,
    RuleEstimate,
    batches,
    megabytes,
    scan_jobs,
    simulation,
    table,
)

STARTS = ("vacuum", "coherent")
"""Starts of the ensembles; the fields of the second are the means that the first leads to."""

WINDOWS = 8
"""Windows into which the averaging time is cut."""

SECONDS_PER_SITE_STEP = 8e-9
"""Cost of one step of one site of one trajectory."""

SECONDS_PER_SITE_SAMPLE = 1.5e-8
"""Cost of a sample of one site of one trajectory."""

MODEL_SECONDS = 3.0
"""Where the classical field comes to rest, and what is written and compiled for one point."""

SECONDS_PER_SPACE = 5e-7
"""Cost of all spaces of a point over the cube of the last one's Fock states: a hundred products of matrices each."""

KRYLOV_VECTORS = 104
"""Vectors of the size of a density matrix that the solver keeps."""


@dataclass(frozen=True)
class Scan:
    """Steady states of one U over the drive: whether for the comparison at fixed F sqrt(U), and starts of ensembles."""

    kerr: float
    drives: tuple[float, ...]
    scaled: bool

    @property
    def starts(self) -> tuple[str, ...]:
        """Starts of the ensembles; of a steady state that is unique one will do."""
        return STARTS[:1] if self.scaled else STARTS


def scans(dimer: Dimer) -> dict[str, Scan]:
    """All scans, by their name in files."""
    found = {f"{kerr:.12g}": Scan(kerr, dimer.drive_amplitudes, False) for kerr in dimer.kerrs}
    for kerr in dimer.scaled_kerrs if dimer.scaled_drives else ():
        drives = tuple(drive / math.sqrt(kerr) for drive in dimer.scaled_drives)
        found[f"scaled_{kerr:.12g}"] = Scan(kerr, drives, True)
    return found


def exact_jobs(dimer: Dimer) -> dict[str, Jobs]:
    """Jobs of the exact steady states, by scan and by the interval of drives."""
    return {name: _jobs(dimer, scan, partial(_exact_cost, dimer, scan.kerr)) for name, scan in scans(dimer).items()}


def sampled_jobs(dimer: Dimer) -> dict[str, Jobs]:
    """Jobs of the ensembles, by scan and by the interval of drives."""
    return {name: _jobs(dimer, scan, partial(_sampled_cost, dimer, scan)) for name, scan in scans(dimer).items()}


def estimates(dimer: Dimer) -> list[RuleEstimate]:
    """Cost of every rule of the study."""
    return [
        simulation("simulate_chain_dimer_exact", *exact_jobs(dimer).values()),
        simulation("simulate_chain_dimer", *sampled_jobs(dimer).values()),
        table("chain_dimer"),
        table("chain_dimer_scaling"),
    ]


def fock_states(kerr: float, drive: float, dimer: Dimer) -> float:
    """Estimated Fock states of the last space of a point at Delta = 2.5, J = 2, from F = 3 to 6.5 at U = 0.1."""
    wanted = 60 + 250 * (drive**2 * kerr / 3.0) ** 2 * (2e-3 / dimer.tolerance) ** 0.5
    return min(wanted, (1e6 * dimer.memory_limit / (16 * KRYLOV_VECTORS)) ** 0.5)


def _jobs(dimer: Dimer, scan: Scan, cost: Callable[[tuple[float, ...]], Cost]) -> Jobs:
    return scan_jobs("drive", scan.drives, dimer.job_interval, cost)


def _exact_cost(dimer: Dimer, kerr: float, points: tuple[float, ...]) -> Cost:
    sizes = [fock_states(kerr, drive, dimer) for drive in points]
    memory = BYTES_OF_PROCESS / 1e6 + dimer.memory_limit
    return Cost(sum(MODEL_SECONDS + SECONDS_PER_SPACE * size**3 for size in sizes), int(memory), FILE_BYTES)


def _sampled_cost(dimer: Dimer, scan: Scan, points: tuple[float, ...]) -> Cost:
    runs = len(points) * len(scan.starts)
    samples = dimer.averaging_time / dimer.sampling_interval
    seconds = dimer.n_steps * SECONDS_PER_SITE_STEP + samples * SECONDS_PER_SITE_SAMPLE
    # Fourteen moments and two extremes a site, window and batch.
    raw = 8 * runs * batches(dimer.n_trajectories, dimer.batch_size) * WINDOWS * 2 * 16
    return Cost(2 * runs * dimer.n_trajectories * seconds, megabytes(2 * raw), raw + FILE_BYTES)
