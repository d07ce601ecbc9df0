# Onset and metastability of the resonant nonlinear wave: passages from the vacuum to it and back, and their rates.

from openkerr.studies.chain_metastability.jobs import (
    onset_jobs,
    passage_jobs,
    splitting_job,
    table_megabytes,
)

METASTABILITY = RUN.chain.metastability
ONSET_JOBS = onset_jobs(METASTABILITY)
chain_onset_job = job_of(ONSET_JOBS, "job")
PASSAGE_CASES = {case.name: case for case in METASTABILITY.cases}
PASSAGE_JOBS = {name: passage_jobs(METASTABILITY, case) for name, case in PASSAGE_CASES.items()}
passage_job = job_of(PASSAGE_JOBS, "case", "job")
SPLITTING_CASES = {case.name: case for case in METASTABILITY.splitting.cases}
SPLITTING_JOBS = {name: splitting_job(METASTABILITY, case) for name, case in SPLITTING_CASES.items()}
chain_splitting_job = job_of(SPLITTING_JOBS, "case")


rule simulate_chain_onset:
    input:
        kernels=ancient(kernels("bose_hubbard_chain", "simulate_chain_onset")),
    output:
        RAW / "chain_onset" / "{job}.nc",
    log:
        LOGS / "chain_onset" / "{job}.log",
    benchmark:
        BENCHMARKS / "chain_onset" / "{job}.tsv"
    group:
        batch_of("simulate_chain_onset", chain_onset_job)
    conda:
        "../../envs/simulation.yaml"
    threads: 1
    resources:
        mem_mb=memory_of(chain_onset_job),
        runtime=time_of(chain_onset_job),
        checkpoint_folder=CHECKPOINTS,
        checkpoint_seconds=RUN.workflow.checkpoint_seconds,
    params:
        model=plain(RUN.chain.model) | plain(METASTABILITY.onset, "length", "drive_amplitude"),
        onset=plain(METASTABILITY.onset, "final_time", "window", "n_paths", "batch_size"),
        numerics=plain(METASTABILITY, "time_step", "sampling_interval", "stepper", "precision", "noise"),
        trajectories=trajectories_of(chain_onset_job),
        seed=RUN.seed,
        fingerprint=rule_fingerprint("simulate_chain_onset"),
    message:
        "Onset of the wave, {wildcards.job}"
    script:
        "../scripts/simulate_chain_onset.py"


rule chain_onset:
    input:
        raw=[RAW / "chain_onset" / f"{job}.nc" for job in ONSET_JOBS],
    output:
        grid=GRIDS / "chain_onset.nc",
        provenance=GRIDS / "chain_onset.json",
        times=TABLES / "chain_onset_times.csv",
        times_provenance=TABLES / "chain_onset_times.json",
    log:
        LOGS / "chain_onset.log",
    benchmark:
        BENCHMARKS / "chain_onset.tsv"
    group:
        group_of("chain")
    conda:
        "../../envs/analysis.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=time_of_rule("chain_onset"),
    params:
        fingerprint=rule_fingerprint("chain_onset"),
    message:
        "Onset of the wave, site by site"
    script:
        "../scripts/chain_onset.py"


rule simulate_chain_metastability:
    input:
        kernels=ancient(kernels("bose_hubbard_chain", "simulate_chain_metastability")),
    output:
        RAW / "chain_metastability" / "{case}" / "{job}.nc",
    log:
        LOGS / "chain_metastability" / "{case}_{job}.log",
    benchmark:
        BENCHMARKS / "chain_metastability" / "{case}_{job}.tsv"
    group:
        batch_of("simulate_chain_metastability", passage_job)
    conda:
        "../../envs/simulation.yaml"
    threads: 1
    resources:
        mem_mb=memory_of(passage_job),
        runtime=time_of(passage_job),
        checkpoint_folder=CHECKPOINTS,
        checkpoint_seconds=RUN.workflow.checkpoint_seconds,
    params:
        model=plain(RUN.chain.model),
        case=lambda wildcards: plain(
            PASSAGE_CASES[wildcards.case],
            "name",
            "start",
            "bath_noise",
            "drive_amplitudes",
            "final_time",
            "batch_size",
        ),
        numerics=plain(METASTABILITY, "time_step", "sampling_interval", "window", "stepper", "precision", "noise"),
        lengths=points_of(passage_job),
        trajectories=trajectories_of(passage_job),
        seed=RUN.seed,
        fingerprint=rule_fingerprint("simulate_chain_metastability"),
    message:
        "Passages of {wildcards.case}, {wildcards.job}"
    script:
        "../scripts/simulate_chain_metastability.py"


rule simulate_chain_splitting:
    input:
        kernels=ancient(kernels("bose_hubbard_chain", "simulate_chain_splitting")),
    output:
        RAW / "chain_splitting" / "{case}.nc",
    log:
        LOGS / "chain_splitting" / "{case}.log",
    benchmark:
        BENCHMARKS / "chain_splitting" / "{case}.tsv"
    group:
        batch_of("simulate_chain_splitting", chain_splitting_job)
    conda:
        "../../envs/simulation.yaml"
    threads: 1
    resources:
        mem_mb=memory_of(chain_splitting_job),
        runtime=time_of(chain_splitting_job),
        checkpoint_folder=CHECKPOINTS,
        checkpoint_seconds=RUN.workflow.checkpoint_seconds,
    params:
        model=lambda wildcards: plain(RUN.chain.model)
        | plain(SPLITTING_CASES[wildcards.case], "length", "drive_amplitude"),
        case=lambda wildcards: plain(SPLITTING_CASES[wildcards.case]),
        numerics=plain(METASTABILITY, "time_step", "sampling_interval", "stepper", "precision")
        | plain(METASTABILITY.splitting, "n_lanes", "batch_size", "max_time", "share"),
        seed=RUN.seed,
        fingerprint=rule_fingerprint("simulate_chain_splitting"),
    message:
        "Forward flux sampling of {wildcards.case}"
    script:
        "../scripts/simulate_chain_splitting.py"


rule chain_metastability:
    input:
        splitting=[RAW / "chain_splitting" / f"{case}.nc" for case in SPLITTING_CASES],
        raw=[RAW / "chain_metastability" / case / f"{job}.nc" for case, jobs in PASSAGE_JOBS.items() for job in jobs],
    output:
        metastability=TABLES / "chain_metastability.csv",
        metastability_provenance=TABLES / "chain_metastability.json",
        rates=TABLES / "chain_rates.csv",
        rates_provenance=TABLES / "chain_rates.json",
        rate_thresholds=TABLES / "chain_rate_thresholds.csv",
        rate_thresholds_provenance=TABLES / "chain_rate_thresholds.json",
        splitting=TABLES / "chain_splitting.csv",
        splitting_provenance=TABLES / "chain_splitting.json",
        wave_weight=TABLES / "chain_wave_weight.csv",
        wave_weight_provenance=TABLES / "chain_wave_weight.json",
        equal_rates=TABLES / "chain_equal_rates.csv",
        equal_rates_provenance=TABLES / "chain_equal_rates.json",
        critical_length=TABLES / "chain_critical_length.csv",
        critical_length_provenance=TABLES / "chain_critical_length.json",
        rate_scaling=TABLES / "chain_rate_scaling.csv",
        rate_scaling_provenance=TABLES / "chain_rate_scaling.json",
        curves=GRIDS / "chain_passages.nc",
        curves_provenance=GRIDS / "chain_passages.json",
    log:
        LOGS / "chain_metastability.log",
    benchmark:
        BENCHMARKS / "chain_metastability.tsv"
    group:
        group_of("chain")
    conda:
        "../../envs/analysis.yaml"
    threads: 1
    resources:
        mem_mb=table_megabytes(METASTABILITY),
        runtime=time_of_rule("chain_metastability"),
    params:
        **plain(
            METASTABILITY,
            "thresholds",
            "varied",
            "onset_band",
            "histogram_time",
            "relaxation_per_site",
            "times",
        ),
        fingerprint=rule_fingerprint("chain_metastability"),
    message:
        "Onset times, rates, weights and critical lengths of the wave"
    script:
        "../scripts/chain_metastability.py"
