"""What a run will cost, before it starts: jobs, time, memory and disk of every rule."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import NamedTuple

from openkerr.run.config import RunConfig
from openkerr.runtime.provenance import ROOT
from openkerr.studies.chain_chaos.jobs import (
    lyapunov_jobs,
    lyapunov_raw_bytes,
    lyapunov_seconds,
    otoc_jobs,
    otoc_megabytes,
    otoc_raw_bytes,
    otoc_seconds,
    otoc_table_megabytes,
)
from openkerr.studies.chain_ensembles.jobs import case_megabytes, case_raw_bytes, case_seconds, ensemble_jobs
from openkerr.studies.plan import (
    attractor_map_jobs,
    attractor_map_seconds,
    attractor_seconds,
    basin_seconds,
    gap_cases,
    gap_jobs,
    gap_megabytes,
    gap_raw_bytes,
    gap_seconds,
    gap_table_megabytes,
    population_jobs,
    population_megabytes,
    population_seconds,
    sampled_jobs,
    sampled_seconds,
    sector_megabytes,
    sector_seconds,
    steady_state_job_seconds,
    steady_state_jobs,
    stepper_jobs,
    stepper_seconds,
    switching_jobs,
    switching_megabytes,
    switching_seconds,
    torus_steady_state_jobs,
    torus_steady_state_seconds,
    variance_megabytes,
    wigner_megabytes,
)
from openkerr.studies.planning import ensemble_seconds, megabytes
from openkerr.studies.torus_liouvillian.raw import fock_states

__all__ = ["Cost", "RuleEstimate", "estimate", "estimate_text", "wall_seconds"]

START_SECONDS = 2.0
"""Start of a process with the library, and machine code read from disk."""

COMPILE_SECONDS = 10.0
"""Compilation of a model's kernels where none of them is on disk."""

COMPILED_MODELS = 2

SECONDS_PER_PERIOD = 0.45
"""Following the limit torus by Newton's method through one unit of its period."""

SECONDS_PER_ORBIT = 0.4
"""Finding the torus of one case."""

SECONDS_PER_GAPS = 0.2
SECONDS_PER_GAP_BYTE = 1e-7
"""Estimates of all lines at one aleph; the same for every byte that the ensemble keeps."""
SECONDS_PER_ATTRACTOR = 1.0
"""Search for one attractor and its frequencies by Newton's method."""

SECONDS_PER_SCALING = 1.5e-3
"""One fit of the exponents of the circular variance in one window."""

SECONDS_PER_RATE = 0.01
"""One fit of the rates of switching to the shares of two ensembles."""
SECONDS_PER_WIGNER = 1.5e-4
"""One pair of Fock states in a Wigner function that is drawn."""

SECONDS_PER_STEADY_STATE = 0.01
"""Estimates of three sites of one steady state."""
SECONDS_PER_STATE = 6e-6
"""A stationary state of a chain with its eigenvalues and fluctuations, over the square of the length."""
SECONDS_PER_OTOC = 0.05
"""Rates of one source and angle of the chain's OTOC."""

TABLE_SECONDS = 1.5
SECONDS_PER_ROW = 1.5e-4
FIGURE_SECONDS = 4.0
FILE_BYTES = 16_000
"""What a NetCDF file holds besides its arrays."""

BASIN_FILE_BYTES = 11_500
"""The same for the file of basins, which has fewer variables."""

WINDOWS = 8
"""Windows into which the averaging time of a steady state is cut."""

PORTRAIT_INTERVAL = 0.2
"""Time between two points of an orbit that is drawn."""

LANES = 8
"""Trajectories that a single one costs, since lanes are computed side by side."""


class Cost(NamedTuple):
    """One job: seconds on one core, memory to reserve in MB, bytes of raw data that it leaves."""

    seconds: float
    megabytes: int
    raw_bytes: int = 0


@dataclass(frozen=True)
class RuleEstimate:
    """All jobs of a rule; rules of one stage can run side by side, stages follow each other."""

    rule: str
    stage: int
    jobs: tuple[Cost, ...]

    @property
    def seconds(self) -> float:
        """Seconds of all jobs on one core."""
        return sum(job.seconds for job in self.jobs)


def estimate(config: RunConfig) -> list[RuleEstimate]:
    """Return the estimate of every rule that runs a script, in the order in which they run."""
    # A mark for every script that simulates; the first of a model compiles, the others find its machine code.
    # The study of steppers simulates both models and has a mark of each.
    marks = len(_SIMULATIONS) - len(_OWN_KERNELS) + 1
    seconds = [COMPILE_SECONDS] * COMPILED_MODELS + [0.0] * (marks - COMPILED_MODELS)
    found = [RuleEstimate("warm_kernels", 0, tuple(Cost(START_SECONDS + each, 1500) for each in seconds))]
    found += [RuleEstimate(rule, 1, tuple(jobs(config))) for rule, jobs in _SIMULATIONS.items()]
    found += [RuleEstimate(rule, 2, (job(config),)) for rule, job in _TABLES.items()]
    found += [RuleEstimate(rule, 3, (Cost(FIGURE_SECONDS, 1500),)) for rule in _FIGURES]
    return [*found, RuleEstimate("claims", 3, (Cost(TABLE_SECONDS, 1000),))]


def _population_jobs(config: RunConfig) -> Iterable[Cost]:
    for case in config.torus.populations:
        for job in population_jobs(case).values():
            samples, batches = case.n_samples + 1, -(-len(job) // case.batch_size)
            paths = sum(number in job for number in range(case.n_paths))
            # Two cavities: five moments and two extremes a batch, the field of single paths; time and weight.
            numbers = samples * (2 * 7 * batches + 2 * 2 * paths + 2)
            yield Cost(
                START_SECONDS + population_seconds(case, len(job)),
                population_megabytes(case, len(job)),
                8 * numbers + FILE_BYTES,
            )


def _steady_state_jobs(config: RunConfig) -> Iterable[Cost]:
    saturation = config.chain.saturation
    for scan in config.chain.steady_states:
        windows = min(WINDOWS, scan.n_samples)
        windows += round(windows * scan.burn_in_samples / scan.n_samples)
        every = ((length, job) for length in scan.lengths for job in steady_state_jobs(scan).values())
        for length, job in every:
            batches = -(-len(job.trajectories) // scan.batch_size)
            sites = len({1, length // 2, length})
            # Two moments of three sites a window and batch, trajectories in single precision, correlators.
            numbers = batches * (windows * (2 * sites + scan.batch_size / 2) + 1)
            numbers += 2 * sites * saturation.n_trajectories / saturation.batch_size
            # While it runs all moments and extremes of all sites are in memory.
            arrays = 8 * batches * (windows * (16 * length + scan.batch_size) + 4 * length * scan.batch_size)
            seconds = steady_state_job_seconds(scan, saturation, length, job)
            yield Cost(
                START_SECONDS + seconds, max(megabytes(arrays), 600), int(8 * len(job.points) * numbers) + FILE_BYTES
            )


def _chain_ensemble_jobs(config: RunConfig) -> Iterable[Cost]:
    ensembles = config.chain.ensembles
    for case in ensembles.cases:
        for job in ensemble_jobs(ensembles).values():
            yield Cost(
                START_SECONDS + case_seconds(ensembles, case, len(job)),
                case_megabytes(ensembles, case, len(job)),
                case_raw_bytes(ensembles, case, len(job)) + FILE_BYTES,
            )


def _otoc_jobs(config: RunConfig) -> Iterable[Cost]:
    otoc = config.chain.otoc
    for case in otoc.cases:
        for job in otoc_jobs(otoc).values():
            seconds = START_SECONDS + otoc_seconds(otoc, case, len(job))
            yield Cost(seconds, otoc_megabytes(otoc, case, len(job)), otoc_raw_bytes(otoc, case, len(job)) + FILE_BYTES)


def _chain_lyapunov_jobs(config: RunConfig) -> Iterable[Cost]:
    lyapunov = config.chain.lyapunov
    for scan in lyapunov.scans:
        for job in lyapunov_jobs(scan).values():
            seconds = START_SECONDS + len(job.points) * lyapunov_seconds(lyapunov, scan)
            yield Cost(seconds, 600, lyapunov_raw_bytes(lyapunov, scan, len(job.points)) + FILE_BYTES)


def _otoc_table(config: RunConfig) -> Cost:
    otoc = config.chain.otoc
    runs = sum(len(case.angles) * len(case.sources) for case in otoc.cases)
    return Cost(TABLE_SECONDS + SECONDS_PER_OTOC * runs, otoc_table_megabytes(otoc))


def _attractor_jobs(config: RunConfig) -> Iterable[Cost]:
    attractors = config.torus.attractors
    count, samples = len(attractors.omegas), attractors.spectrum_time / (2 * attractors.time_step)
    seconds = START_SECONDS + count * attractor_seconds(attractors)
    # Two fields of two parts in a series, which the sweeps keep; some twenty numbers of a spectrum besides.
    sweep = Cost(seconds, 2000, int(8 * count * (4 * samples + 20)) + FILE_BYTES)
    starts = 1 + attractors.n_starts
    fixed = Cost(START_SECONDS + starts * (seconds - START_SECONDS), 2000, 160 * count * starts + FILE_BYTES)
    return sweep, sweep, fixed


def _attractor_map_jobs(config: RunConfig) -> Iterable[Cost]:
    attractors = config.torus.attractors
    for tunnelings in attractor_map_jobs(attractors).values():
        points = len(tunnelings) * len(attractors.map_omega.values)
        yield Cost(START_SECONDS + attractor_map_seconds(attractors, tunnelings), 1000, 160 * points + FILE_BYTES)


def _portrait_jobs(config: RunConfig) -> Iterable[Cost]:
    attractors = config.torus.attractors
    n_steps = (attractors.transient + attractors.portrait_time) / attractors.portrait_time_step
    numbers = 5.0 * attractors.portrait_time / PORTRAIT_INTERVAL * len(attractors.portraits)
    seconds = len(attractors.portraits) * ensemble_seconds(2, round(n_steps), LANES)
    yield Cost(START_SECONDS + seconds, 1000, int(8 * numbers) + FILE_BYTES)


def _stepper_jobs(config: RunConfig) -> Iterable[Cost]:
    for study in (config.steppers.torus, config.steppers.chain):
        runs = 1 + sum(len(variant.time_steps) for variant in study.variants)
        for case in study.cases:
            modes = getattr(case, "length", 2)
            bins = 1 if hasattr(case, "length") else round(case.averaging_time / case.sampling_interval)
            for job in stepper_jobs(case).values():
                batches = -(-len(job) // case.batch_size)
                # Five moments a run, batch, bin and mode.
                raw = 8 * 5 * runs * batches * bins * modes + FILE_BYTES
                yield Cost(START_SECONDS + stepper_seconds(study, case, len(job)), 1000, raw)


def _gap_jobs(config: RunConfig) -> Iterable[Cost]:
    gaps = config.torus.gaps
    for case in gap_cases(gaps).values():
        for job in gap_jobs(gaps, case).values():
            seconds = sum(gap_seconds(gaps, case, aleph, len(job.trajectories)) for aleph in job.points)
            raw = gap_raw_bytes(gaps, case, job.points, case.n_groups(len(job.trajectories)))
            yield Cost(START_SECONDS + seconds, gap_megabytes(gaps, case, job), raw + 2 * FILE_BYTES)


def _gaps_table(config: RunConfig) -> Cost:
    gaps = config.torus.gaps
    cases = gap_cases(gaps).values()
    raw = sum(gap_raw_bytes(gaps, case, case.alephs, case.n_groups(case.n_trajectories)) for case in cases)
    points = sum(len(case.alephs) for case in cases)
    seconds = SECONDS_PER_ORBIT * len(cases) + points * SECONDS_PER_GAPS + SECONDS_PER_GAP_BYTE * raw
    return Cost(TABLE_SECONDS + seconds, gap_table_megabytes(gaps))


def _wigner_jobs(config: RunConfig) -> Iterable[Cost]:
    case = config.torus.wigner
    for job in sampled_jobs(case).values():
        # Counts in the cells of both cavities; two margins of the weight at every sample.
        numbers = len(job.points) * (2 * len(case.times) * case.n_cells**2 + 4 * (case.n_samples + 1))
        seconds = SECONDS_PER_ATTRACTOR + len(job.points) * sampled_seconds(case, len(job.trajectories))
        yield Cost(START_SECONDS + seconds, wigner_megabytes(case, job), 8 * numbers + FILE_BYTES)


def _variance_jobs(config: RunConfig) -> Iterable[Cost]:
    case = config.torus.circular_variance
    for job in sampled_jobs(case).values():
        batches = -(-len(job.trajectories) // case.batch_size)
        numbers = len(job.points) * batches * (case.n_samples + 1) * 4
        seconds = START_SECONDS + len(job.points) * sampled_seconds(case, len(job.trajectories))
        yield Cost(seconds, variance_megabytes(case, job), 8 * numbers + FILE_BYTES)


def _basin_jobs(config: RunConfig) -> Iterable[Cost]:
    case = config.torus.switching
    numbers = len(case.frequencies) * (case.n_starts + 8)
    yield Cost(START_SECONDS + basin_seconds(case), 1000, 8 * numbers + BASIN_FILE_BYTES)


def _switching_jobs(config: RunConfig) -> Iterable[Cost]:
    case = config.torus.switching
    for job in switching_jobs(case).values():
        batches = -(-len(job.trajectories) // case.batch_size)
        # Four times a window the share on the torus, for both starts.
        numbers = 2 * len(job.points) * len(case.alephs) * batches * (1 + 4 * case.final_time / case.window)
        seconds = START_SECONDS + len(job.points) * switching_seconds(case, len(job.trajectories))
        yield Cost(seconds, switching_megabytes(case, len(job.trajectories)), int(8 * numbers) + FILE_BYTES)


def _scaling_table(config: RunConfig) -> Cost:
    case = config.torus.circular_variance
    batches = -(-case.n_trajectories // case.batch_size)
    fits = 4 * len(case.aleph_windows) * len(case.time_windows) * (batches + 2 * case.n_curves)
    return Cost(TABLE_SECONDS + SECONDS_PER_ATTRACTOR + SECONDS_PER_SCALING * fits, 2000)


def _switching_table(config: RunConfig) -> Cost:
    case = config.torus.switching
    batches = -(-case.n_trajectories // case.batch_size)
    return Cost(TABLE_SECONDS + SECONDS_PER_RATE * len(case.omegas) * len(case.alephs) * (batches + 1), 1500)


def _liouvillian_jobs(config: RunConfig) -> Iterable[Cost]:
    liouvillian = config.torus.liouvillian
    for sector in liouvillian.sectors:
        drawn = [aleph for aleph in liouvillian.eigenmatrix_alephs if aleph in sector.alephs]
        # Operators of both cavities in single precision; the torus; a dozen numbers a mode.
        operators = sum(2 * 2 * 4 * liouvillian.n_values * fock_states(aleph) ** 2 for aleph in drawn)
        numbers = len(sector.alephs) * (8 * liouvillian.n_values + 10)
        yield Cost(
            START_SECONDS + sector_seconds(liouvillian, sector),
            sector_megabytes(liouvillian, sector),
            operators + 8 * numbers + 2 * FILE_BYTES,
        )


def _torus_steady_state_jobs(config: RunConfig) -> Iterable[Cost]:
    case = config.torus.steady_states
    alephs = next(sector.alephs for sector in config.torus.liouvillian.sectors if sector.charge == 0)
    for job in torus_steady_state_jobs(config.torus).values():
        batches = -(-len(job) // case.batch_size)
        # Fourteen moments and two extremes a cavity, window and batch.
        numbers = len(alephs) * batches * WINDOWS * 2 * 16
        seconds = START_SECONDS + torus_steady_state_seconds(config.torus, len(job))
        yield Cost(seconds, 1000, 8 * numbers + FILE_BYTES)


def _liouvillian_table(config: RunConfig) -> Cost:
    liouvillian = config.torus.liouvillian
    drawn = [a for a in liouvillian.eigenmatrix_alephs for sector in liouvillian.sectors if a in sector.alephs]
    # Three modes of both cavities on the grid of a picture.
    return Cost(TABLE_SECONDS + sum(6 * SECONDS_PER_WIGNER * fock_states(a) ** 2 for a in drawn), 2000)


def _branches_table(config: RunConfig) -> Cost:
    return Cost(TABLE_SECONDS + SECONDS_PER_PERIOD * config.torus.attractors.max_period, 1000)


def _diffusion_table(config: RunConfig) -> Cost:
    attractors = config.torus.attractors
    # The limit torus is followed, then solved again at every omega.
    return Cost(TABLE_SECONDS + 0.2 * attractors.max_period + 0.1 * len(attractors.omegas), 1000)


def _populations_table(config: RunConfig) -> Cost:
    cases = config.torus.populations
    rows = sum(2 * (case.n_samples + 1) for case in cases)
    memory = sum(population_megabytes(case, case.n_trajectories) for case in cases)
    return Cost(TABLE_SECONDS + SECONDS_PER_ROW * rows, memory)


def _chain_profiles_table(config: RunConfig) -> Cost:
    ensembles = config.chain.ensembles
    raw = [case_raw_bytes(ensembles, case, ensembles.n_trajectories) for case in ensembles.cases]
    memory = max(case_megabytes(ensembles, case, ensembles.n_trajectories) for case in ensembles.cases)
    return Cost(TABLE_SECONDS + SECONDS_PER_GAP_BYTE * sum(raw), memory)


def _phase_diagram(config: RunConfig) -> Cost:
    states = sum(len(scan.lengths) * len(scan.drive_amplitudes) for scan in config.chain.steady_states)
    return Cost(TABLE_SECONDS + SECONDS_PER_STEADY_STATE * states, 1000)


def _wave_table(config: RunConfig) -> Cost:
    wave = config.chain.wave
    sizes = sum(length**2 for length in wave.lengths)
    # Compiled once a machine: most runs find it done.
    seconds = TABLE_SECONDS + 0.2 * COMPILE_SECONDS
    return Cost(seconds + SECONDS_PER_STATE * sizes * (70 + len(wave.drive_amplitudes)), 1000)


_SIMULATIONS: dict[str, Callable[[RunConfig], Iterable[Cost]]] = {
    "simulate_torus_attractors": _attractor_jobs,
    "simulate_torus_attractor_map": _attractor_map_jobs,
    "simulate_torus_portraits": _portrait_jobs,
    "simulate_torus_populations": _population_jobs,
    "simulate_torus_gaps": _gap_jobs,
    "simulate_torus_wigner": _wigner_jobs,
    "simulate_torus_circular_variance": _variance_jobs,
    "simulate_torus_basins": _basin_jobs,
    "simulate_torus_switching": _switching_jobs,
    "simulate_torus_liouvillian": _liouvillian_jobs,
    "simulate_torus_steady_states": _torus_steady_state_jobs,
    "simulate_chain_steady_states": _steady_state_jobs,
    "simulate_chain_ensembles": _chain_ensemble_jobs,
    "simulate_chain_otoc": _otoc_jobs,
    "simulate_chain_lyapunov": _chain_lyapunov_jobs,
    "simulate_stepper_errors": _stepper_jobs,
}
# Kernels of no model: compiled where they are first called.
_OWN_KERNELS = ("simulate_torus_liouvillian",)
_TABLES: dict[str, Callable[[RunConfig], Cost]] = {
    "torus_attractors": lambda config: Cost(TABLE_SECONDS + 0.02 * len(config.torus.attractors.omegas), 2000),
    "torus_branches": _branches_table,
    "torus_diffusion": _diffusion_table,
    "torus_angle_weights": lambda config: Cost(TABLE_SECONDS * (1 + len(config.torus.attractors.portraits)), 1000),
    "torus_portraits": lambda config: Cost(2 * TABLE_SECONDS, 1500),
    "torus_populations": _populations_table,
    "torus_parameters": lambda config: Cost(TABLE_SECONDS, 1000),
    "torus_trapped_ion": lambda config: Cost(TABLE_SECONDS, 1000),
    "torus_gaps": _gaps_table,
    "torus_gap_fit": lambda config: Cost(TABLE_SECONDS, 1000),
    "torus_spectrogram": lambda config: Cost(2 * TABLE_SECONDS, gap_table_megabytes(config.torus.gaps)),
    "torus_wigner": lambda config: Cost(2 * TABLE_SECONDS + SECONDS_PER_ATTRACTOR, 1500),
    "torus_circular_variance": _scaling_table,
    "torus_switching": _switching_table,
    "torus_liouvillian": _liouvillian_table,
    "torus_crossover": lambda config: Cost(TABLE_SECONDS, 1000),
    "torus_steady_state": lambda config: Cost(TABLE_SECONDS, 1000),
    "chain_phase_diagram": _phase_diagram,
    "chain_profiles": _chain_profiles_table,
    "chain_rnw_branch": _wave_table,
    "chain_parameters": lambda config: Cost(TABLE_SECONDS, 1000),
    "chain_lyapunov": lambda config: Cost(TABLE_SECONDS, 1000),
    "chain_otoc": _otoc_table,
    "stepper_errors": lambda config: Cost(TABLE_SECONDS, 2000),
}
# A rule has the name of its script, and every figure costs about the same.
_FIGURES = tuple(path.stem for path in sorted((ROOT / "scripts").glob("figure_*.py")))


def wall_seconds(estimates: Iterable[RuleEstimate], cores: int) -> float:
    """Return the time of a run on so many cores: stage after stage, in each the longest jobs first."""
    stages: dict[int, list[float]] = {}
    for each in estimates:
        stages.setdefault(each.stage, []).extend(job.seconds for job in each.jobs)
    total = 0.0
    for seconds in stages.values():
        busy = [0.0] * cores
        for job in sorted(seconds, reverse=True):
            heapq.heapreplace(busy, busy[0] + job)
        total += max(busy)
    return total


def estimate_text(config: RunConfig, cores: int, free_bytes: int | None = None) -> str:
    """Return the estimate as aligned plain text; warns where the raw data exceed `free_bytes`."""
    estimates = [each for each in estimate(config) if each.jobs]
    raw = sum(job.raw_bytes for each in estimates for job in each.jobs)
    rows = [("rule", "jobs", "core time", "longest job", "memory a job", "raw data")]
    for each in estimates:
        rows.append(
            (
                each.rule,
                str(len(each.jobs)),
                _time(each.seconds),
                _time(max(job.seconds for job in each.jobs)),
                f"{max(job.megabytes for job in each.jobs)} MB",
                _size(sum(job.raw_bytes for job in each.jobs)),
            )
        )
    jobs = [job for each in estimates for job in each.jobs]
    longest, largest = max(job.seconds for job in jobs), max(job.megabytes for job in jobs)
    core_seconds = sum(job.seconds for job in jobs)
    rows.append(("all", str(len(jobs)), _time(core_seconds), _time(longest), f"{largest} MB", _size(raw)))
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = [f"scale {config.scale}"]
    for row in rows:
        cells = [row[0].ljust(widths[0]), *(cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True))]
        lines.append("  ".join(cells))
    plural = "s" if cores > 1 else ""
    lines.append(f"about {_time(wall_seconds(estimates, cores))} on {cores} core{plural}, if nothing is done yet")
    if free_bytes is not None and raw > free_bytes:
        lines.append(f"warning: only {_size(free_bytes)} are free on the disk of the results")
    return "\n".join(lines)


def _time(seconds: float) -> str:
    if seconds < 100:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 6000 else f"{seconds / 3600:.1f} h"


def _size(number: float) -> str:
    if number == 0:
        return "-"
    return f"{number / 1e6:.1f} MB" if number < 1e9 else f"{number / 1e9:.1f} GB"
