# Melting of the limit torus in phase space: Wigner functions, circular variance and its scaling.

from openkerr.studies.torus_melting.jobs import variance_jobs, wigner_jobs

WIGNER, VARIANCE = RUN.torus.wigner, RUN.torus.circular_variance
WIGNER_JOBS, VARIANCE_JOBS = wigner_jobs(WIGNER), variance_jobs(VARIANCE)
wigner_job, variance_job = job_of(WIGNER_JOBS, "job"), job_of(VARIANCE_JOBS, "job")


rule simulate_torus_wigner:
    input:
        kernels=ancient(kernels("kerr_dimer", "simulate_torus_wigner")),
    output:
        RAW / "torus_wigner" / "{job}.nc",
    log:
        LOGS / "torus_wigner" / "{job}.log",
    benchmark:
        BENCHMARKS / "torus_wigner" / "{job}.tsv"
    group:
        batch_of("simulate_torus_wigner", wigner_job)
    conda:
        "../../envs/simulation.yaml"
    threads: 1
    resources:
        mem_mb=memory_of(wigner_job),
        runtime=time_of(wigner_job),
        checkpoint_folder=CHECKPOINTS,
        checkpoint_seconds=RUN.workflow.checkpoint_seconds,
    params:
        model=plain(RUN.torus.model),
        alephs=points_of(wigner_job),
        numerics=plain(
            WIGNER,
            "time_step",
            "sampling_interval",
            "times",
            "extent",
            "n_cells",
            "n_weighted",
            "batch_size",
            "stepper",
            "precision",
            "noise",
        ),
        initial_amplitude=RUN.torus.initial_amplitude,
        trajectories=trajectories_of(wigner_job),
        seed=RUN.seed,
        fingerprint=rule_fingerprint("simulate_torus_wigner"),
    message:
        "Wigner function {wildcards.job}"
    script:
        "../scripts/simulate_torus_wigner.py"


rule torus_wigner:
    input:
        kernels=ancient(kernels("kerr_dimer", "simulate_torus_wigner")),
        raw=[RAW / "torus_wigner" / f"{job}.nc" for job in WIGNER_JOBS],
    output:
        grid=GRIDS / "torus_wigner.nc",
        grid_provenance=GRIDS / "torus_wigner.json",
        distances=TABLES / "torus_distances.csv",
        distances_provenance=TABLES / "torus_distances.json",
        swings=TABLES / "torus_swings.csv",
        swings_provenance=TABLES / "torus_swings.json",
        weight=TABLES / "torus_wigner_weight.csv",
        weight_provenance=TABLES / "torus_wigner_weight.json",
    log:
        LOGS / "torus_wigner.log",
    benchmark:
        BENCHMARKS / "torus_wigner.tsv"
    group:
        group_of("torus")
    conda:
        "../../envs/analysis.yaml"
    threads: 1
    resources:
        mem_mb=1500,
        runtime=time_of_rule("torus_wigner"),
    params:
        model=plain(RUN.torus.model) | {"aleph": 1.0},
        initial_amplitude=RUN.torus.initial_amplitude,
        sampling_interval=WIGNER.sampling_interval,
        gpe_time_step=WIGNER.time_step / 5,
        fingerprint=rule_fingerprint("torus_wigner"),
    message:
        "Wigner functions of the two cavities"
    script:
        "../scripts/torus_wigner.py"


rule simulate_torus_circular_variance:
    input:
        kernels=ancient(kernels("kerr_dimer", "simulate_torus_circular_variance")),
    output:
        RAW / "torus_circular_variance" / "{job}.nc",
    log:
        LOGS / "torus_circular_variance" / "{job}.log",
    benchmark:
        BENCHMARKS / "torus_circular_variance" / "{job}.tsv"
    group:
        batch_of("simulate_torus_circular_variance", variance_job)
    conda:
        "../../envs/simulation.yaml"
    threads: 1
    resources:
        mem_mb=memory_of(variance_job),
        runtime=time_of(variance_job),
        checkpoint_folder=CHECKPOINTS,
        checkpoint_seconds=RUN.workflow.checkpoint_seconds,
    params:
        model=plain(RUN.torus.model),
        alephs=points_of(variance_job),
        numerics=plain(
            VARIANCE, "time_step", "sampling_interval", "final_time", "batch_size", "stepper", "precision", "noise"
        ),
        initial_amplitude=RUN.torus.initial_amplitude,
        trajectories=trajectories_of(variance_job),
        seed=RUN.seed,
        fingerprint=rule_fingerprint("simulate_torus_circular_variance"),
    message:
        "Phases of the ensemble {wildcards.job}"
    script:
        "../scripts/simulate_torus_circular_variance.py"


rule torus_variant_scaling:
    output:
        table=TABLES / "torus_variant_scaling.csv",
        provenance=TABLES / "torus_variant_scaling.json",
    log:
        LOGS / "torus_variant_scaling.log",
    benchmark:
        BENCHMARKS / "torus_variant_scaling.tsv"
    group:
        group_of("torus")
    conda:
        "../../envs/analysis.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=time_of_rule("torus_variant_scaling"),
    params:
        models={
            name: model | {"aleph": 1.0, "two_photon_diffusion": "paper"}
            for name, model in GAP_PARAMETERS.items()
            if name not in ("quantum", "dual") and GAP_FAMILIES[name] != "numerics"
        },
        families=GAP_FAMILIES,
        settings={
            "aleph_window": list(VARIANCE.aleph_windows[0]),
            "time_windows": [list(window) for window in VARIANCE.time_windows],
            "n_curves": VARIANCE.n_curves,
        },
        initial_amplitude=RUN.torus.initial_amplitude,
        fingerprint=rule_fingerprint("torus_variant_scaling"),
    message:
        "Scaling of the circular variance at other parameters, by linear noise"
    script:
        "../scripts/torus_variant_scaling.py"


rule torus_circular_variance:
    input:
        raw=[RAW / "torus_circular_variance" / f"{job}.nc" for job in VARIANCE_JOBS],
        angle_weights=rules.torus_angle_weights.output.table,
    output:
        variance=TABLES / "torus_circular_variance.csv",
        variance_provenance=TABLES / "torus_circular_variance.json",
        scaling=TABLES / "torus_scaling.csv",
        scaling_provenance=TABLES / "torus_scaling.json",
    log:
        LOGS / "torus_circular_variance.log",
    benchmark:
        BENCHMARKS / "torus_circular_variance.tsv"
    group:
        group_of("torus")
    conda:
        "../../envs/analysis.yaml"
    threads: 1
    resources:
        mem_mb=2000,
        runtime=time_of_rule("torus_circular_variance"),
    params:
        model=plain(RUN.torus.model) | {"aleph": 1.0},
        initial_amplitude=RUN.torus.initial_amplitude,
        settings=plain(
            VARIANCE,
            "first_time",
            "final_time",
            "n_times",
            "sampling_interval",
            "aleph_windows",
            "time_windows",
            "n_curves",
        ),
        cases=["default", "mode_2"],
        levels=[0.25, 0.5, 0.75],
        fingerprint=rule_fingerprint("torus_circular_variance"),
    message:
        "Circular variance of the two cavities and its scaling"
    script:
        "../scripts/torus_circular_variance.py"
