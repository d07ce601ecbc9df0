# Weak error against step of every stepper: how the default steps were chosen.

from openkerr.studies.steppers.jobs import stepper_jobs

STEPPER_STUDIES = {"torus": RUN.steppers.torus, "chain": RUN.steppers.chain}
STEPPER_MODELS = {"torus": "kerr_dimer", "chain": "bose_hubbard_chain"}
STEPPER_CASES = {problem: {case.name: case for case in study.cases} for problem, study in STEPPER_STUDIES.items()}
STEPPER_JOBS = {
    problem: {case.name: stepper_jobs(study, case) for case in study.cases}
    for problem, study in STEPPER_STUDIES.items()
}
# What names a system beside the parameters that its cases share.
STEPPER_SYSTEMS = {
    "torus": (plain(RUN.torus.model), ["aleph"]),
    "chain": (plain(RUN.chain.model), ["length", "drive_amplitude"]),
}
stepper_job, stepper_case = job_of(STEPPER_JOBS, "problem", "case", "job"), job_of(STEPPER_CASES, "problem", "case")


rule simulate_stepper_errors:
    input:
        kernels=lambda wildcards: ancient(kernels(STEPPER_MODELS[wildcards.problem], "simulate_stepper_errors")),
    output:
        RAW / "stepper_errors" / "{problem}" / "{case}" / "{job}.nc",
    log:
        LOGS / "stepper_errors" / "{problem}_{case}_{job}.log",
    benchmark:
        BENCHMARKS / "stepper_errors" / "{problem}_{case}_{job}.tsv"
    group:
        batch_of("simulate_stepper_errors", stepper_job)
    conda:
        "../../envs/simulation.yaml"
    threads: 1
    resources:
        mem_mb=memory_of(stepper_job),
        runtime=time_of(stepper_job),
        checkpoint_folder=CHECKPOINTS,
        checkpoint_seconds=RUN.workflow.checkpoint_seconds,
    params:
        problem=lambda wildcards: wildcards.problem,
        # Whatever the size of the ensemble: more trajectories keep the jobs that are there.
        case=lambda wildcards: {
            name: value
            for name, value in plain(stepper_case(wildcards)).items()
            if name not in ("n_trajectories", "quantity", "tolerance")
        },
        trajectories=trajectories_of(stepper_job),
        variants=lambda wildcards: plain(STEPPER_STUDIES[wildcards.problem])["variants"],
        model=lambda wildcards: STEPPER_SYSTEMS[wildcards.problem][0]
        | plain(stepper_case(wildcards), *STEPPER_SYSTEMS[wildcards.problem][1]),
        initial_amplitude=lambda wildcards: RUN.torus.initial_amplitude if wildcards.problem == "torus" else 0.0,
        seed=RUN.seed,
        fingerprint=rule_fingerprint("simulate_stepper_errors"),
    message:
        "Weak error of the steppers, {wildcards.problem} {wildcards.case}, {wildcards.job}"
    script:
        "../scripts/simulate_stepper_errors.py"


rule stepper_errors:
    input:
        raw=[
            RAW / "stepper_errors" / problem / case / f"{job}.nc"
            for problem, cases in STEPPER_JOBS.items()
            for case, jobs in cases.items()
            for job in jobs
        ],
    output:
        table=TABLES / "stepper_errors.csv",
        provenance=TABLES / "stepper_errors.json",
    log:
        LOGS / "stepper_errors.log",
    benchmark:
        BENCHMARKS / "stepper_errors.tsv"
    group:
        group_of("methods")
    conda:
        "../../envs/analysis.yaml"
    threads: 1
    resources:
        mem_mb=2000,
        runtime=time_of_rule("stepper_errors"),
    params:
        compared={
            problem: {name: {"quantity": case.quantity, "tolerance": case.tolerance} for name, case in cases.items()}
            for problem, cases in STEPPER_CASES.items()
        },
        fingerprint=rule_fingerprint("stepper_errors"),
    message:
        "Weak error of the steppers against their step"
    script:
        "../scripts/stepper_errors.py"
