"""What a run will cost, before it starts: jobs, time, memory and disk of every rule."""

from __future__ import annotations

import heapq
from collections.abc import Collection, Iterable

from openkerr.figures.register import FIGURES
from openkerr.run.config import RunConfig
from openkerr.run.extensions import extension_estimates, load_extensions
from openkerr.studies.chain_chaos import jobs as chain_chaos
from openkerr.studies.chain_cumulants import jobs as chain_cumulants
from openkerr.studies.chain_dimer import jobs as chain_dimer
from openkerr.studies.chain_ensembles import jobs as chain_ensembles
from openkerr.studies.chain_map import jobs as chain_map
from openkerr.studies.chain_metastability import jobs as chain_metastability
from openkerr.studies.chain_thermodynamics import jobs as chain_thermodynamics
from openkerr.studies.chain_transport import jobs as chain_transport
from openkerr.studies.chain_wave import jobs as chain_wave
from openkerr.studies.planning import FIGURE, START_SECONDS, TABLE_SECONDS, Cost, RuleEstimate
from openkerr.studies.steppers import jobs as steppers
from openkerr.studies.torus_actions import jobs as torus_actions
from openkerr.studies.torus_attractors import jobs as torus_attractors
from openkerr.studies.torus_gaps import jobs as torus_gaps
from openkerr.studies.torus_ion import jobs as torus_ion
from openkerr.studies.torus_liouvillian import jobs as torus_liouvillian
from openkerr.studies.torus_melting import jobs as torus_melting
from openkerr.studies.torus_populations import jobs as torus_populations

__all__ = ["duration", "estimate", "estimate_text", "peak_megabytes", "rule_estimates", "wall_seconds"]

COMPILE_SECONDS = 10.0
"""Compilation of a model's kernels where none of them is on disk."""

COMPILED_MODELS = 2

MARK_SECONDS = 0.7
"""A mark of kernels that are on disk."""

FIGURE_SECONDS = 4.0
"""Every figure costs about the same."""

OWN_KERNELS = (
    "simulate_torus_liouvillian",
    "simulate_chain_dimer_exact",
    "simulate_chain_cumulants",
    "simulate_chain_conductivities",
    "simulate_chain_roughening",
)
"""Simulations without a mark of their own: their kernels are another's, or no model's, compiled where first called."""


def estimate(config: RunConfig) -> list[RuleEstimate]:
    """Return the estimate of every rule that runs a script, in the order in which they run."""
    torus, chain = config.torus, config.chain
    found = [
        *torus_attractors.estimates(torus.attractors),
        *torus_populations.estimates(torus.populations),
        *torus_gaps.estimates(torus.gaps),
        *torus_melting.estimates(torus.wigner, torus.circular_variance, torus.switching),
        *torus_actions.estimates(torus.switching_paths),
        *torus_liouvillian.estimates(torus.liouvillian, torus.steady_states),
        *torus_ion.estimates(),
        *chain_map.estimates(chain.steady_states, chain.saturation),
        *chain_ensembles.estimates(chain.ensembles),
        *chain_chaos.estimates(chain.otoc, chain.lyapunov, chain.moments),
        *chain_thermodynamics.estimates(chain.thermodynamics),
        *chain_wave.estimates(chain.wave),
        *chain_metastability.estimates(chain.metastability),
        *chain_cumulants.estimates(chain.cumulants),
        *chain_transport.estimates(chain.transport),
        *chain_dimer.estimates(chain.dimer),
        *steppers.estimates(config.steppers),
    ]
    extensions = load_extensions(config.extensions)
    found += extension_estimates(extensions.values())
    figures = [*FIGURES, *extensions]
    found += [RuleEstimate(f"figure_{name}", FIGURE, (Cost(FIGURE_SECONDS, 1500),)) for name in figures]
    found.append(RuleEstimate("claims", FIGURE, (Cost(TABLE_SECONDS, 1000),)))
    # A mark for every script that simulates; the first of a model compiles, the others find its machine code.
    # The study of steppers simulates both models and has a mark of each.
    simulations = {each.rule for each in found if each.rule.startswith("simulate_")}
    marks = len(simulations - set(OWN_KERNELS) - {f"simulate_{name}" for name in extensions}) + 1
    seconds = [START_SECONDS + COMPILE_SECONDS] * COMPILED_MODELS + [MARK_SECONDS] * (marks - COMPILED_MODELS)
    warm = RuleEstimate("warm_kernels", 0, tuple(Cost(each, 1500) for each in seconds))
    return [warm, *sorted(found, key=lambda each: each.stage)]


_ESTIMATED: dict[int, tuple[RunConfig, dict[str, RuleEstimate]]] = {}


def rule_estimates(config: RunConfig) -> dict[str, RuleEstimate]:
    """Return the estimates by rule, computed once for a configuration: a plan asks for the time of every job."""
    key = id(config)
    if key not in _ESTIMATED:
        _ESTIMATED[key] = config, {each.rule: each for each in estimate(config)}
    return _ESTIMATED[key][1]


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


def peak_megabytes(estimates: Iterable[RuleEstimate], cores: int) -> int:
    """Return the memory that the largest jobs of a stage reserve together, one on each core, in MB."""
    stages: dict[int, list[int]] = {}
    for each in estimates:
        stages.setdefault(each.stage, []).extend(job.megabytes for job in each.jobs)
    return max(sum(sorted(jobs, reverse=True)[:cores]) for jobs in stages.values())


def estimate_text(
    config: RunConfig, cores: int, free_bytes: int | None = None, rules: Collection[str] | None = None
) -> str:
    """Return the estimate as aligned plain text, of some rules or of all, each with all of its jobs.

    Warns where the raw data exceed `free_bytes`.
    """
    estimates = [each for each in estimate(config) if each.jobs and (rules is None or each.rule in rules)]
    raw = sum(job.raw_bytes for each in estimates for job in each.jobs)
    rows = [("rule", "jobs", "core time", "longest job", "memory a job", "raw data")]
    for each in estimates:
        rows.append(
            (
                each.rule,
                str(len(each.jobs)),
                duration(each.seconds),
                duration(max(job.seconds for job in each.jobs)),
                f"{max(job.megabytes for job in each.jobs)} MB",
                _size(sum(job.raw_bytes for job in each.jobs)),
            )
        )
    jobs = [job for each in estimates for job in each.jobs]
    longest, largest = max(job.seconds for job in jobs), max(job.megabytes for job in jobs)
    core_seconds = sum(job.seconds for job in jobs)
    rows.append(("all", str(len(jobs)), duration(core_seconds), duration(longest), f"{largest} MB", _size(raw)))
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = [f"scale {config.scale}"]
    for row in rows:
        cells = [row[0].ljust(widths[0]), *(cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True))]
        lines.append("  ".join(cells))
    plural = "s" if cores > 1 else ""
    lines.append(f"about {duration(wall_seconds(estimates, cores))} on {cores} core{plural}, if nothing is done yet")
    lines.append(f"memory: {peak_megabytes(estimates, cores)} MB at most, with as many jobs side by side as cores")
    if free_bytes is not None and raw > free_bytes:
        lines.append(f"warning: only {_size(free_bytes)} are free on the disk of the results")
    return "\n".join(lines)


def duration(seconds: float) -> str:
    """Return a time as a person tells it."""
    if seconds < 100:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 6000 else f"{seconds / 3600:.1f} h"


def _size(number: float) -> str:
    if number == 0:
        return "-"
    return f"{number / 1e6:.1f} MB" if number < 1e9 else f"{number / 1e9:.1f} GB"
