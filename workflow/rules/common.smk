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

from openkerr.runtime.cache import UnsafeCacheError, cache_root
from openkerr.run.config import ConfigError, validate_config
from openkerr.run.estimate import rule_estimates
from openkerr.runtime.provenance import PLANNED, code_of_rule, planned_fingerprint
from openkerr.runtime.run_owner import name_run
from openkerr.settings.fields import decisive
from openkerr.studies.planning import RuleJobs, time_limit

if workflow.is_main_process:
    os.environ.pop(PLANNED, None)

# Snakemake takes a brace in a path for a variable.
if set("{}") & set(workflow.basedir):
    raise WorkflowError(f"no run is possible in a folder whose path has a brace: {workflow.basedir}")

try:
    cache_root()
    # Snakemake names the file of the Snakefile behind those of the command line, which are merged over it.
    RUN = validate_config(config, [*workflow.configfiles[-1:], *workflow.configfiles[:-1]])
except (ConfigError, UnsafeCacheError) as error:
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
    return RuleJobs(jobs, names)


def points_of(find):
    """Param of a job: the points of a scan that it computes."""
    return lambda wildcards: list(find(wildcards).points)


def trajectories_of(find):
    """Param of a job: first trajectory, and the one after the last."""
    return lambda wildcards: [find(wildcards).trajectories.start, find(wildcards).trajectories.stop]


def memory_of(find):
    """Memory of a job, in MB."""
    return lambda wildcards: find.asked(wildcards).megabytes


def time_of(find):
    """Time limit of a job, in minutes, from its estimated cost."""
    return lambda wildcards, attempt: time_limit(find.asked(wildcards).seconds, attempt)


def time_of_rule(rule):
    """The same for a rule of one job."""
    return lambda wildcards, attempt: time_limit(max(job.seconds for job in rule_estimates(RUN)[rule].jobs), attempt)


class WholeGroups(dict):
    """Into how many parts jobs that do not depend on each other may be joined: all, unless the caller says otherwise."""

    def get(self, group, default=None):
        return super().get(group, sys.maxsize)


def as_one(group):
    """Group of jobs that a cluster gets as one; none where no cluster is asked, for a dry run would spend minutes on them.

    Said when groups are made, not in a profile: jobs of a cluster read no profile, and would start Snakemake anew for
    every job of the group.
    """
    settings = workflow.group_settings
    if workflow.local_exec or group is None:
        return None
    if not isinstance(settings.group_components, WholeGroups):
        settings.group_components = WholeGroups(settings.group_components)
    return group


def batch_of(rule, find):
    """Group of a simulation: short ones of a rule go together, a long one by itself."""

    def name(wildcards):
        number = find.batch(wildcards)
        return as_one(None if number is None else f"{rule}_{number}")

    return name


def group_of(name):
    """Group of tables and figures."""
    return lambda wildcards: as_one(name)


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
