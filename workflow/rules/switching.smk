# Coexistence of limit cycle and limit torus: basins, weights and switching by noise.

from openkerr.studies.torus_melting.jobs import basin_job, switching_jobs

SWITCHING = RUN.torus.switching
SWITCHING_JOBS = switching_jobs(SWITCHING)
switching_job = job_of(SWITCHING_JOBS, "job")


rule simulate_torus_basins:
    input:
        kernels=ancient(kernels("kerr_dimer", "simulate_torus_basins")),
    output:
        RAW / "torus_basins.nc",
    log:
        LOGS / "simulate_torus_basins.log",
    benchmark:
        BENCHMARKS / "simulate_torus_basins.tsv"
    conda:
        "../../envs/simulation.yaml"
    threads: 1
    resources:
        mem_mb=basin_job(SWITCHING).cost.megabytes,
        runtime=time_of_rule("simulate_torus_basins"),
    params:
        model=plain(RUN.torus.model) | {"aleph": 1.0},
        omegas=SWITCHING.frequencies,
        numerics=plain(SWITCHING, "time_step", "sampling_interval", "window", "n_starts", "basin_time"),
        seed=RUN.seed,
        fingerprint=rule_fingerprint("simulate_torus_basins"),
    message:
        "Basins of limit cycle and limit torus"
    script:
        "../scripts/simulate_torus_basins.py"


rule simulate_torus_switching:
    input:
        kernels=ancient(kernels("kerr_dimer", "simulate_torus_switching")),
        basins=rules.simulate_torus_basins.output[0],
    output:
        RAW / "torus_switching" / "{job}.nc",
    log:
        LOGS / "torus_switching" / "{job}.log",
    benchmark:
        BENCHMARKS / "torus_switching" / "{job}.tsv"
    group:
        batch_of("simulate_torus_switching", switching_job)
    conda:
        "../../envs/simulation.yaml"
    threads: 1
    resources:
        mem_mb=memory_of(switching_job),
        runtime=time_of(switching_job),
        checkpoint_folder=CHECKPOINTS,
        checkpoint_seconds=RUN.workflow.checkpoint_seconds,
    params:
        model=plain(RUN.torus.model),
        omegas=points_of(switching_job),
        alephs=list(SWITCHING.alephs),
        numerics=plain(
            SWITCHING,
            "time_step",
            "sampling_interval",
            "final_time",
            "window",
            "batch_size",
            "stepper",
            "precision",
            "noise",
        ),
        trajectories=trajectories_of(switching_job),
        seed=RUN.seed,
        fingerprint=rule_fingerprint("simulate_torus_switching"),
    message:
        "Switching between limit cycle and limit torus, {wildcards.job}"
    script:
        "../scripts/simulate_torus_switching.py"


rule torus_switching:
    input:
        raw=[RAW / "torus_switching" / f"{job}.nc" for job in SWITCHING_JOBS],
        basins=rules.simulate_torus_basins.output[0],
    output:
        basins=TABLES / "torus_basins.csv",
        basins_provenance=TABLES / "torus_basins.json",
        weights=TABLES / "torus_weights.csv",
        weights_provenance=TABLES / "torus_weights.json",
        switching=TABLES / "torus_switching.csv",
        switching_provenance=TABLES / "torus_switching.json",
        laws=TABLES / "torus_switching_laws.csv",
        laws_provenance=TABLES / "torus_switching_laws.json",
    log:
        LOGS / "torus_switching.log",
    benchmark:
        BENCHMARKS / "torus_switching.tsv"
    group:
        group_of("torus")
    conda:
        "../../envs/analysis.yaml"
    threads: 1
    resources:
        mem_mb=1500,
        runtime=time_of_rule("torus_switching"),
    params:
        window=SWITCHING.window,
        fingerprint=rule_fingerprint("torus_switching"),
    message:
        "Basins, weights and switching rates of limit cycle and limit torus"
    script:
        "../scripts/torus_switching.py"


rule torus_actions:
    output:
        actions=TABLES / "torus_actions.csv",
        actions_provenance=TABLES / "torus_actions.json",
        paths=TABLES / "torus_action_paths.csv",
        paths_provenance=TABLES / "torus_action_paths.json",
    log:
        LOGS / "torus_actions.log",
    benchmark:
        BENCHMARKS / "torus_actions.tsv"
    group:
        group_of("torus")
    conda:
        "../../envs/analysis.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=time_of_rule("torus_actions"),
    params:
        model=plain(RUN.torus.model) | {"aleph": 1.0},
        omegas=RUN.torus.switching_paths.omegas,
        numerics=plain(RUN.torus.switching_paths, "n_points", "windings", "n_phases"),
        fingerprint=rule_fingerprint("torus_actions"),
    message:
        "Paths of least action between limit cycle and limit torus"
    script:
        "../scripts/torus_actions.py"


rule torus_action_rates:
    input:
        actions=TABLES / "torus_actions.csv",
        switching=TABLES / "torus_switching.csv",
    output:
        table=TABLES / "torus_action_rates.csv",
        provenance=TABLES / "torus_action_rates.json",
    log:
        LOGS / "torus_action_rates.log",
    benchmark:
        BENCHMARKS / "torus_action_rates.tsv"
    group:
        group_of("torus")
    conda:
        "../../envs/analysis.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=time_of_rule("torus_action_rates"),
    params:
        fingerprint=rule_fingerprint("torus_action_rates"),
    message:
        "Sampled rates of switching against the exponents of paths"
    script:
        "../scripts/torus_action_rates.py"
