# The chain by second-order cumulants, beside truncated Wigner.

from openkerr.studies.chain_cumulants.jobs import cumulant_jobs

CUMULANT_JOBS = cumulant_jobs(RUN.chain.cumulants)
cumulant_job = job_of(CUMULANT_JOBS, "job")


rule simulate_chain_cumulants:
    output:
        RAW / "chain_cumulants" / "{job}.nc",
    log:
        LOGS / "chain_cumulants" / "{job}.log",
    benchmark:
        BENCHMARKS / "chain_cumulants" / "{job}.tsv"
    group:
        batch_of("simulate_chain_cumulants", cumulant_job)
    conda:
        "../../envs/simulation.yaml"
    threads: 1
    resources:
        mem_mb=memory_of(cumulant_job),
        runtime=time_of(cumulant_job),
    params:
        model=plain(RUN.chain.model) | {"geometry": "boundary"},
        numerics=plain(RUN.chain.cumulants, "lengths", "time_step", "sampling_interval", "burn_in", "averaging_time"),
        drive_amplitudes=points_of(cumulant_job),
        fingerprint=rule_fingerprint("simulate_chain_cumulants"),
    message:
        "Second-order cumulants of the chain, {wildcards.job}"
    script:
        "../scripts/simulate_chain_cumulants.py"


rule chain_cumulants:
    input:
        raw=[RAW / "chain_cumulants" / f"{job}.nc" for job in CUMULANT_JOBS],
    output:
        table=TABLES / "chain_cumulants.csv",
        provenance=TABLES / "chain_cumulants.json",
    log:
        LOGS / "chain_cumulants.log",
    benchmark:
        BENCHMARKS / "chain_cumulants.tsv"
    group:
        group_of("chain")
    conda:
        "../../envs/analysis.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=time_of_rule("chain_cumulants"),
    params:
        fingerprint=rule_fingerprint("chain_cumulants"),
    message:
        "Averages of second-order cumulants over time"
    script:
        "../scripts/chain_cumulants.py"


rule chain_cumulants_deviations:
    input:
        cumulants=TABLES / "chain_cumulants.csv",
        phase_diagram=TABLES / "chain_phase_diagram.csv",
    output:
        table=TABLES / "chain_cumulants_deviations.csv",
        provenance=TABLES / "chain_cumulants_deviations.json",
    log:
        LOGS / "chain_cumulants_deviations.log",
    benchmark:
        BENCHMARKS / "chain_cumulants_deviations.tsv"
    group:
        group_of("chain")
    conda:
        "../../envs/analysis.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=time_of_rule("chain_cumulants_deviations"),
    params:
        fingerprint=rule_fingerprint("chain_cumulants_deviations"),
    message:
        "Second-order cumulants beside truncated Wigner"
    script:
        "../scripts/chain_cumulants_deviations.py"
