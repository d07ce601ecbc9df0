# Configuration, checked before any job starts, and what all rules share.

import os
import sys
from pathlib import Path

from snakemake.exceptions import WorkflowError

# Conda environments and cluster jobs find the library through this; the locked environment has it installed.
WORKFLOW = Path(workflow.basedir, "workflow")
sys.path.insert(0, str(WORKFLOW))
os.environ.update(PYTHONPATH=os.pathsep.join(filter(None, [str(WORKFLOW), os.getenv("PYTHONPATH")])))

from openkerr.studies import plan
from openkerr.studies.chain_ensembles import jobs as plan_ensembles
from openkerr.studies.chain_chaos import jobs as chaos
from openkerr.run.config import ConfigError, validate_config
from openkerr.settings.fields import decisive
from openkerr.studies.torus_liouvillian.sizes import coherences_within
from openkerr.runtime.provenance import PLANNED, planned_fingerprint
from openkerr.runtime.run_owner import name_run

if workflow.is_main_process:
    os.environ.pop(PLANNED, None)

try:
    RUN = validate_config(config, workflow.configfiles)
except ConfigError as error:
    raise WorkflowError(str(error)) from None

# Before anything is locked: of a lock without a name nobody can tell whether its run still lives.
if workflow.is_main_process:
    name_run()

RESULTS = Path("results", RUN.scale)
RAW, TABLES, GRIDS, FIGURES = (RESULTS / folder for folder in ("raw", "tables", "grids", "figures"))
LOGS, BENCHMARKS = RESULTS / "logs", RESULTS / "benchmarks"
CHECKPOINTS = str(RESULTS / "checkpoints")

POPULATIONS = {case.name: case for case in RUN.torus.populations}
POPULATION_JOBS = {name: plan.population_jobs(case) for name, case in POPULATIONS.items()}
ATTRACTORS = RUN.torus.attractors
# To leading order in 1/aleph noise is proportional to it, and the term that the exact diffusion has besides is not there.
CLASSICAL_LIMIT = RUN.torus.model.model_dump(mode="json") | {"aleph": 1.0, "two_photon_diffusion": "paper"}
ATTRACTOR_MAP_JOBS = plan.attractor_map_jobs(ATTRACTORS)
WIGNER, VARIANCE, SWITCHING = RUN.torus.wigner, RUN.torus.circular_variance, RUN.torus.switching
WIGNER_JOBS = plan.sampled_jobs(WIGNER)
VARIANCE_JOBS = plan.sampled_jobs(VARIANCE)
SWITCHING_JOBS = plan.switching_jobs(SWITCHING)
LIOUVILLIAN = RUN.torus.liouvillian
TORUS_STEADY_STATE_JOBS = plan.torus_steady_state_jobs(RUN.torus)
SECTORS = {str(sector.charge): sector for sector in LIOUVILLIAN.sectors}
# Figures cut through the map at ten sites, as published, or near it.
CUT_LENGTH = min(
    (length for scan in RUN.chain.steady_states if scan.geometry == "boundary" for length in scan.lengths),
    key=lambda length: (abs(length - 10), length),
)
STEADY_STATES = {scan.name: scan for scan in RUN.chain.steady_states}
STEADY_STATE_JOBS = {
    (name, str(length)): plan.steady_state_jobs(scan) for name, scan in STEADY_STATES.items() for length in scan.lengths
}
ENSEMBLES = RUN.chain.ensembles
ENSEMBLE_CASES = {case.name: case for case in ENSEMBLES.cases}
ENSEMBLE_JOBS = {name: plan_ensembles.ensemble_jobs(ENSEMBLES) for name in ENSEMBLE_CASES}
SHOWN = ENSEMBLES.shown
OTOC, LYAPUNOV = RUN.chain.otoc, RUN.chain.lyapunov
OTOC_CASES = {case.name: case for case in OTOC.cases}
OTOC_JOBS = {name: chaos.otoc_jobs(OTOC) for name in OTOC_CASES}
LYAPUNOV_SCANS = {scan.name: scan for scan in LYAPUNOV.scans}
LYAPUNOV_JOBS = {name: chaos.lyapunov_jobs(scan) for name, scan in LYAPUNOV_SCANS.items()}

# Snakemake reads a line that begins with "report" as a directive.
with_caption = report


def script_fingerprint(name):
    """Digest of a script and of the library behind it: a changed kernel reruns what uses it, and nothing else."""
    return planned_fingerprint(WORKFLOW / "scripts" / name)


def kernels(model, script):
    """Mark of the kernels that a script runs, named for its code: when that changes the mark is missing, not old.

    An old mark would keep Snakemake from looking at what depends on it.
    """
    return RESULTS / "kernels" / f"{model}.{script.removesuffix('.py')}.{script_fingerprint(script)[:16]}.json"


def plain(section, *keys):
    """Plain JSON values of a block of the configuration, or of the named keys of it; not how it is cut into jobs."""
    values = decisive(section)
    return {key: values[key] for key in keys or values}


def minutes(seconds, attempt=1):
    """Time limit of a job, in minutes, from its estimated cost."""
    return int(attempt * (5 + 3 * seconds / 60))


def population_job(wildcards):
    """Trajectories of a job of an ensemble of the two cavities."""
    return POPULATION_JOBS[wildcards.case][wildcards.job]


def steady_state_job(wildcards):
    """Drives and trajectories of a job of a scan of the chain."""
    return STEADY_STATE_JOBS[wildcards.scan, wildcards.length][wildcards.job]


def chain_ensemble_job(wildcards):
    """Trajectories of a job of an ensemble of the chain."""
    return ENSEMBLE_JOBS[wildcards.case][wildcards.job]


def chain_ensemble_case(*point):
    """Case of an ensemble of the chain by its method, length, drive and intrinsic loss."""
    return next(
        case
        for case in ENSEMBLES.cases
        if (case.method, case.length, case.drive_amplitude, case.intrinsic_loss_rate) == point
    )


def steady_state_job_seconds(wildcards):
    """Estimated cost of a job of a scan of the chain, replicas included."""
    scan, length, job = STEADY_STATES[wildcards.scan], int(wildcards.length), steady_state_job(wildcards)
    return plan.steady_state_job_seconds(scan, RUN.chain.saturation, length, job)


def otoc_job(wildcards):
    """Trajectories of a job of a case of the chain's OTOC."""
    return OTOC_JOBS[wildcards.case][wildcards.job]


def lyapunov_job(wildcards):
    """Drives of a job of a scan of the chain's Lyapunov exponents."""
    return LYAPUNOV_JOBS[wildcards.scan][wildcards.job]


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


def gap_job(wildcards):
    """Alephs and trajectories of a job of the torus' gaps."""
    return GAP_JOBS[wildcards.case][wildcards.job]


def gap_job_seconds(wildcards):
    """Estimated cost of a job of the torus' gaps."""
    case, job = GAP_CASES[wildcards.case], gap_job(wildcards)
    return sum(plan.gap_seconds(GAPS, case, aleph, len(job.trajectories)) for aleph in job.points)


def stepper_job(wildcards):
    """Trajectories of a job of a case of the study of steppers."""
    return STEPPER_JOBS[wildcards.problem, wildcards.case][wildcards.job]


def stepper_case(problem, case):
    """A case of the study of steppers, whatever the size of its ensemble."""
    values = plain(STEPPER_CASES[problem, case])
    return {name: value for name, value in values.items() if name != "n_trajectories"}


def stepper_model(wildcards):
    """Parameters of the model of a case."""
    case = STEPPER_CASES[wildcards.problem, wildcards.case]
    if wildcards.problem == "torus":
        return plain(RUN.torus.model) | {"aleph": case.aleph}
    return plain(RUN.chain.model) | plain(case, "length", "drive_amplitude")


GAPS = RUN.torus.gaps
GAP_CASES = plan.gap_cases(GAPS)
GAP_JOBS = {name: plan.gap_jobs(GAPS, case) for name, case in GAP_CASES.items()}
GAP_PARAMETERS = {name: plain(RUN.torus.model) for name in ("default", "quantum", "dual")}
GAP_PARAMETERS |= {case.name: plain(RUN.torus.model) | case.parameters for case in GAPS.variants}
GAP_FAMILIES = {name: name for name in ("default", "quantum", "dual")} | {
    case.name: case.family for case in GAPS.variants
}
STEPPER_STUDIES = {"torus": RUN.steppers.torus, "chain": RUN.steppers.chain}
STEPPER_CASES = {(problem, case.name): case for problem, study in STEPPER_STUDIES.items() for case in study.cases}
STEPPER_JOBS = {key: plan.stepper_jobs(case) for key, case in STEPPER_CASES.items()}
STEPPER_MODELS = {"torus": "kerr_dimer", "chain": "bose_hubbard_chain"}
