# Decay of the limit torus' lines: ensembles with two-time correlations, gaps, their power laws, spectrograms.

from openkerr.studies.torus_gaps.jobs import gap_cases, gap_jobs, gap_table_megabytes

GAPS = RUN.torus.gaps
GAP_CASES = gap_cases(GAPS)
GAP_JOBS = {name: gap_jobs(GAPS, case) for name, case in GAP_CASES.items()}
GAP_PARAMETERS = {name: plain(RUN.torus.model) for name in ("default", "quantum", "dual")}
GAP_PARAMETERS |= {case.name: plain(RUN.torus.model) | case.parameters for case in GAPS.variants}
GAP_FAMILIES = {name: name for name in ("default", "quantum", "dual")}
GAP_FAMILIES |= {case.name: case.family for case in GAPS.variants}
gap_job = job_of(GAP_JOBS, "case", "job")


rule simulate_torus_gaps:
    input:
        kernels=ancient(kernels("kerr_dimer", "simulate_torus_gaps")),
    output:
        RAW / "torus_gaps" / "{case}" / "{job}.nc",
    log:
        LOGS / "torus_gaps" / "{case}_{job}.log",
    benchmark:
        BENCHMARKS / "torus_gaps" / "{case}_{job}.tsv"
    group:
        batch_of("simulate_torus_gaps", gap_job)
    conda:
        "../../envs/simulation.yaml"
    threads: 1
    resources:
        mem_mb=memory_of(gap_job),
        runtime=time_of(gap_job),
        checkpoint_folder=CHECKPOINTS,
        checkpoint_seconds=RUN.workflow.checkpoint_seconds,
    params:
        model=lambda wildcards: GAP_PARAMETERS[wildcards.case],
        scaling=lambda wildcards: "dual" if wildcards.case == "dual" else "standard",
        alephs=points_of(gap_job),
        trajectories=trajectories_of(gap_job),
        numerics=lambda wildcards: plain(
            GAPS,
            "stepper",
            "precision",
            "noise",
            "batch_size",
            "sampling_interval",
            "n_references",
            "reference_time",
            "reference_time_per_aleph",
            "lag_time",
            "lag_time_per_aleph",
        )
        | {
            "group_size": GAP_CASES[wildcards.case].group_size,
            "time_step": GAP_CASES[wildcards.case].time_step,
            "burn_in": GAP_CASES[wildcards.case].burn_in,
        },
        initial_amplitude=RUN.torus.initial_amplitude,
        seed=RUN.seed,
        fingerprint=rule_fingerprint("simulate_torus_gaps"),
    message:
        "Two-time correlations of {wildcards.case}, {wildcards.job}"
    script:
        "../scripts/simulate_torus_gaps.py"


rule torus_gaps:
    input:
        raw=[RAW / "torus_gaps" / case / f"{job}.nc" for case, jobs in GAP_JOBS.items() for job in jobs],
    output:
        gaps=TABLES / "torus_gaps.csv",
        gaps_provenance=TABLES / "torus_gaps.json",
        cases=TABLES / "torus_gap_cases.csv",
        cases_provenance=TABLES / "torus_gap_cases.json",
    log:
        LOGS / "torus_gaps.log",
    benchmark:
        BENCHMARKS / "torus_gaps.tsv"
    group:
        group_of("torus")
    conda:
        "../../envs/analysis.yaml"
    threads: 1
    resources:
        mem_mb=gap_table_megabytes(GAPS),
        runtime=time_of_rule("torus_gaps"),
    params:
        models=GAP_PARAMETERS,
        families=GAP_FAMILIES,
        initial_amplitude=RUN.torus.initial_amplitude,
        numerics=plain(GAPS, "sampling_interval", "fit_range", "max_line_order", "stepper", "precision"),
        burn_ins={name: case.burn_in for name, case in GAP_CASES.items()},
        time_steps={name: case.time_step for name, case in GAP_CASES.items()},
        fingerprint=rule_fingerprint("torus_gaps"),
    message:
        "Gaps and frequencies of the torus' lines"
    script:
        "../scripts/torus_gaps.py"


rule torus_gap_fit:
    input:
        gaps=rules.torus_gaps.output.gaps,
    output:
        table=TABLES / "torus_gap_fit.csv",
        provenance=TABLES / "torus_gap_fit.json",
    log:
        LOGS / "torus_gap_fit.log",
    benchmark:
        BENCHMARKS / "torus_gap_fit.tsv"
    group:
        group_of("torus")
    conda:
        "../../envs/analysis.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=time_of_rule("torus_gap_fit"),
    params:
        fingerprint=rule_fingerprint("torus_gap_fit"),
    message:
        "Power laws of the gaps, window by window"
    script:
        "../scripts/torus_gap_fit.py"


rule torus_spectrogram:
    input:
        raw=[RAW / "torus_gaps" / "default" / f"{job}.nc" for job in GAP_JOBS["default"]],
    output:
        grid=GRIDS / "torus_spectrogram.nc",
        grid_provenance=GRIDS / "torus_spectrogram.json",
    log:
        LOGS / "torus_spectrogram.log",
    benchmark:
        BENCHMARKS / "torus_spectrogram.tsv"
    group:
        group_of("torus")
    conda:
        "../../envs/analysis.yaml"
    threads: 1
    resources:
        mem_mb=gap_table_megabytes(GAPS),
        runtime=time_of_rule("torus_spectrogram"),
    params:
        alephs=plain(GAPS)["spectrogram_alephs"],
        fingerprint=rule_fingerprint("torus_spectrogram"),
    message:
        "Spectrograms of the two-time correlation of mode 1"
    script:
        "../scripts/torus_spectrogram.py"
