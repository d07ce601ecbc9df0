# Weak error against step of every stepper: how the default steps were chosen.


rule simulate_stepper_errors:
    input:
        kernels=lambda wildcards: ancient(kernels(STEPPER_MODELS[wildcards.problem], "simulate_stepper_errors.py")),
    output:
        RAW / "stepper_errors" / "{problem}" / "{case}" / "{job}.nc",
    log:
        LOGS / "stepper_errors" / "{problem}_{case}_{job}.log",
    benchmark:
        BENCHMARKS / "stepper_errors" / "{problem}_{case}_{job}.tsv"
    conda:
        "../../envs/simulation.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=lambda wildcards, attempt: minutes(
            plan.stepper_seconds(
                STEPPER_STUDIES[wildcards.problem],
                STEPPER_CASES[wildcards.problem, wildcards.case],
                len(stepper_job(wildcards)),
            ),
            attempt,
        ),
        checkpoint_folder=CHECKPOINTS,
        checkpoint_seconds=RUN.workflow.checkpoint_seconds,
    params:
        problem=lambda wildcards: wildcards.problem,
        case=lambda wildcards: stepper_case(wildcards.problem, wildcards.case),
        trajectories=lambda wildcards: [stepper_job(wildcards).start, stepper_job(wildcards).stop],
        variants=lambda wildcards: plain(STEPPER_STUDIES[wildcards.problem])["variants"],
        model=stepper_model,
        initial_amplitude=lambda wildcards: RUN.torus.initial_amplitude if wildcards.problem == "torus" else 0.0,
        seed=RUN.seed,
        fingerprint=script_fingerprint("simulate_stepper_errors.py"),
    message:
        "Weak error of the steppers, {wildcards.problem} {wildcards.case}, {wildcards.job}"
    script:
        "../scripts/simulate_stepper_errors.py"


rule stepper_errors:
    input:
        raw=[
            RAW / "stepper_errors" / problem / case / f"{job}.nc"
            for (problem, case), jobs in STEPPER_JOBS.items()
            for job in jobs
        ],
    output:
        table=TABLES / "stepper_errors.csv",
        provenance=TABLES / "stepper_errors.json",
    log:
        LOGS / "stepper_errors.log",
    benchmark:
        BENCHMARKS / "stepper_errors.tsv"
    conda:
        "../../envs/analysis.yaml"
    threads: 1
    resources:
        mem_mb=2000,
        runtime=20,
    params:
        fingerprint=script_fingerprint("stepper_errors.py"),
    message:
        "Weak error of the steppers against their step"
    script:
        "../scripts/stepper_errors.py"
