# Two Kerr cavities (arXiv:2507.03764): truncated-Wigner ensembles and their tables.

from openkerr.studies.torus_populations.jobs import population_jobs, tables_megabytes

POPULATIONS = {case.name: case for case in RUN.torus.populations}
POPULATION_JOBS = {name: population_jobs(case) for name, case in POPULATIONS.items()}
population_job = job_of(POPULATION_JOBS, "case", "job")


rule simulate_torus_populations:
    input:
        kernels=ancient(kernels("kerr_dimer", "simulate_torus_populations")),
    output:
        RAW / "torus_populations" / "{case}" / "{job}.nc",
    log:
        LOGS / "torus_populations" / "{case}_{job}.log",
    benchmark:
        BENCHMARKS / "torus_populations" / "{case}_{job}.tsv"
    group:
        batch_of("simulate_torus_populations", population_job)
    conda:
        "../../envs/simulation.yaml"
    threads: 1
    resources:
        mem_mb=memory_of(population_job),
        runtime=time_of(population_job),
        checkpoint_folder=CHECKPOINTS,
        checkpoint_seconds=RUN.workflow.checkpoint_seconds,
    params:
        model=lambda wildcards: plain(RUN.torus.model) | {"aleph": POPULATIONS[wildcards.case].aleph},
        numerics=lambda wildcards: plain(
            POPULATIONS[wildcards.case],
            "time_step",
            "sampling_interval",
            "final_time",
            "batch_size",
            "stepper",
            "precision",
            "noise",
        ),
        initial_amplitude=RUN.torus.initial_amplitude,
        trajectories=trajectories_of(population_job),
        paths=lambda wildcards: [
            path
            for path in range(POPULATIONS[wildcards.case].n_paths)
            if path in population_job(wildcards).trajectories
        ],
        seed=RUN.seed,
        fingerprint=rule_fingerprint("simulate_torus_populations"),
    message:
        "Truncated-Wigner ensemble {wildcards.case}, {wildcards.job}"
    script:
        "../scripts/simulate_torus_populations.py"


rule torus_populations:
    input:
        raw=[RAW / "torus_populations" / case / f"{job}.nc" for case, jobs in POPULATION_JOBS.items() for job in jobs],
    output:
        populations=TABLES / "torus_populations.csv",
        populations_provenance=TABLES / "torus_populations.json",
        trajectories=TABLES / "torus_trajectories.csv",
        trajectories_provenance=TABLES / "torus_trajectories.json",
    log:
        LOGS / "torus_populations.log",
    benchmark:
        BENCHMARKS / "torus_populations.tsv"
    group:
        group_of("torus")
    conda:
        "../../envs/analysis.yaml"
    threads: 1
    resources:
        mem_mb=tables_megabytes(RUN.torus.populations),
        runtime=time_of_rule("torus_populations"),
    params:
        fingerprint=rule_fingerprint("torus_populations"),
    message:
        "Populations of the two cavities against time"
    script:
        "../scripts/torus_populations.py"


rule torus_parameters:
    output:
        table=TABLES / "torus_parameters.csv",
        provenance=TABLES / "torus_parameters.json",
    log:
        LOGS / "torus_parameters.log",
    benchmark:
        BENCHMARKS / "torus_parameters.tsv"
    group:
        group_of("torus")
    conda:
        "../../envs/analysis.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=time_of_rule("torus_parameters"),
    params:
        model=plain(RUN.torus.model, "omega", "kerr", "tunneling", "pump_rate", "two_photon_loss_rate"),
        alephs=[1.0, 100.0, 10000.0],
        fingerprint=rule_fingerprint("torus_parameters"),
    message:
        "Parameters of the cavities before and after the rescaling"
    script:
        "../scripts/torus_parameters.py"
