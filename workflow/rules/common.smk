# Configuration, checked before any job starts, and what all rules share.

import os
import sys
from pathlib import Path

from snakemake.exceptions import WorkflowError

# Conda environments and cluster jobs find the library through this; the locked environment has it installed.
WORKFLOW = Path(workflow.basedir, "workflow")
sys.path.insert(0, str(WORKFLOW))
# A notebook's backend, which Matplotlib refuses outside of it, is not the jobs'.
os.environ.pop("MPLBACKEND", None)
os.environ.update(PYTHONPATH=os.pathsep.join(filter(None, [str(WORKFLOW), os.getenv("PYTHONPATH")])))

from openkerr.run.config import ConfigError, validate_config
from openkerr.runtime.provenance import PLANNED, code_of_rule, planned_fingerprint
from openkerr.runtime.run_owner import name_run
from openkerr.settings.fields import decisive

if workflow.is_main_process:
    os.environ.pop(PLANNED, None)

# Snakemake takes a brace in a path for a variable.
if set("{}") & set(workflow.basedir):
    raise WorkflowError(f"no run is possible in a folder whose path has a brace: {workflow.basedir}")

try:
    # Snakemake names the file of the Snakefile behind those of the command line, which are merged over it.
    RUN = validate_config(config, [*workflow.configfiles[-1:], *workflow.configfiles[:-1]])
except ConfigError as error:
    raise WorkflowError(str(error)) from None

# Before anything is locked: of a lock without a name nobody can tell whether its run still lives.
if workflow.is_main_process:
    name_run()

RESULTS = Path("results", RUN.scale)
RAW, TABLES, GRIDS, FIGURES = (RESULTS / folder for folder in ("raw", "tables", "grids", "figures"))
LOGS, BENCHMARKS = RESULTS / "logs", RESULTS / "benchmarks"
CHECKPOINTS = str(RESULTS / "checkpoints")

# Snakemake reads a line that begins with "report" as a directive.
with_caption = report


def rule_fingerprint(rule):
    """Digest of the code that a rule runs; a changed kernel reruns what uses it, and nothing else."""
    return planned_fingerprint(*code_of_rule(rule))


def kernels(model, rule):
    """Mark of the kernels that a rule runs, named for its code; when that changes the mark is missing, not old.

    An old mark would keep Snakemake from looking at what depends on it.
    """
    return RESULTS / "kernels" / f"{model}.{rule}.{rule_fingerprint(rule)[:16]}.json"


def plain(section, *keys):
    """Plain JSON values of a block of the configuration, or of the named keys of it; not how it is cut into jobs."""
    values = decisive(section)
    return {key: values[key] for key in keys} if keys else values


def job_of(jobs, *names):
    """Function that finds a job by the wildcards of its rule, in mappings inside each other."""

    def find(wildcards):
        found = jobs
        for name in names:
            found = found[getattr(wildcards, name)]
        return found

    return find


def points_of(find):
    """Param of a job: the points of a scan that it computes."""
    return lambda wildcards: list(find(wildcards).points)


def trajectories_of(find):
    """Param of a job: first trajectory, and the one after the last."""
    return lambda wildcards: [find(wildcards).trajectories.start, find(wildcards).trajectories.stop]


def memory_of(find):
    """Memory of a job, in MB."""
    return lambda wildcards: find(wildcards).cost.megabytes


def time_of(find):
    """Time limit of a job, in minutes, from its estimated cost."""
    return lambda wildcards, attempt: int(attempt * (5 + 3 * find(wildcards).cost.seconds / 60))


def captioned(name, paper):
    """Files of a figure, shown with their caption in the report."""
    return [
        with_caption(
            str(FIGURES / f"{name}.{suffix}"),
            caption=f"../report/{name}.rst",
            category=paper,
            labels={"figure": name, "file": suffix},
        )
        for suffix in RUN.figures.formats
    ]


# To leading order in 1/aleph noise is proportional to it, and the term that the exact diffusion has besides is not there.
CLASSICAL_LIMIT = plain(RUN.torus.model) | {"aleph": 1.0, "two_photon_diffusion": "paper"}
