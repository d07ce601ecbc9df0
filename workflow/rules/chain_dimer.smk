# Two sites of the chain: exact steady states beside truncated Wigner.

from openkerr.studies.chain_dimer.jobs import WINDOWS as DIMER_WINDOWS, exact_jobs, sampled_jobs, scans

DIMER = RUN.chain.dimer
DIMER_SCANS = scans(DIMER)
EXACT_DIMER_JOBS, SAMPLED_DIMER_JOBS = exact_jobs(DIMER), sampled_jobs(DIMER)
exact_dimer_job = job_of(EXACT_DIMER_JOBS, "kerr", "job")
sampled_dimer_job = job_of(SAMPLED_DIMER_JOBS, "kerr", "job")


rule simulate_chain_dimer_exact:
    output:
        RAW / "chain_dimer_exact" / "kerr_{kerr}" / "{job}.nc",
    log:
        LOGS / "chain_dimer_exact" / "kerr_{kerr}_{job}.log",
    benchmark:
        BENCHMARKS / "chain_dimer_exact" / "kerr_{kerr}_{job}.tsv"
    group:
        batch_of("simulate_chain_dimer_exact", exact_dimer_job)
    conda:
        "../../envs/simulation.yaml"
    threads: 1
    resources:
        mem_mb=memory_of(exact_dimer_job),
        runtime=time_of(exact_dimer_job),
    params:
        model=lambda wildcards: plain(RUN.chain.model) | {"kerr": DIMER_SCANS[wildcards.kerr].kerr},
        drive_amplitudes=points_of(exact_dimer_job),
        tolerance=DIMER.tolerance,
        memory_limit=DIMER.memory_limit,
        fingerprint=rule_fingerprint("simulate_chain_dimer_exact"),
    message:
        "Exact steady states of two sites, U = {wildcards.kerr}, {wildcards.job}"
    script:
        "../scripts/simulate_chain_dimer_exact.py"


rule simulate_chain_dimer:
    input:
        kernels=ancient(kernels("bose_hubbard_chain", "simulate_chain_dimer")),
    output:
        RAW / "chain_dimer" / "kerr_{kerr}" / "{job}.nc",
    log:
        LOGS / "chain_dimer" / "kerr_{kerr}_{job}.log",
    benchmark:
        BENCHMARKS / "chain_dimer" / "kerr_{kerr}_{job}.tsv"
    group:
        batch_of("simulate_chain_dimer", sampled_dimer_job)
    conda:
        "../../envs/simulation.yaml"
    threads: 1
    resources:
        mem_mb=memory_of(sampled_dimer_job),
        runtime=time_of(sampled_dimer_job),
        checkpoint_folder=CHECKPOINTS,
        checkpoint_seconds=RUN.workflow.checkpoint_seconds,
    params:
        model=lambda wildcards: plain(RUN.chain.model) | {"kerr": DIMER_SCANS[wildcards.kerr].kerr},
        drive_amplitudes=points_of(sampled_dimer_job),
        starts=lambda wildcards: list(DIMER_SCANS[wildcards.kerr].starts),
        n_windows=DIMER_WINDOWS,
        numerics=plain(
            DIMER,
            "time_step",
            "sampling_interval",
            "burn_in",
            "averaging_time",
            "batch_size",
            "stepper",
            "precision",
            "noise",
        ),
        n_trajectories=DIMER.n_trajectories,
        seed=RUN.seed,
        fingerprint=rule_fingerprint("simulate_chain_dimer"),
    message:
        "Truncated-Wigner steady states of two sites, U = {wildcards.kerr}, {wildcards.job}"
    script:
        "../scripts/simulate_chain_dimer.py"


rule chain_dimer:
    input:
        exact=[
            RAW / "chain_dimer_exact" / f"kerr_{name}" / f"{job}.nc"
            for name, jobs in EXACT_DIMER_JOBS.items()
            if not DIMER_SCANS[name].scaled
            for job in jobs
        ],
        sampled=[
            RAW / "chain_dimer" / f"kerr_{name}" / f"{job}.nc"
            for name, jobs in SAMPLED_DIMER_JOBS.items()
            if not DIMER_SCANS[name].scaled
            for job in jobs
        ],
    output:
        states=TABLES / "chain_dimer.csv",
        states_provenance=TABLES / "chain_dimer.json",
        errors=TABLES / "chain_dimer_errors.csv",
        errors_provenance=TABLES / "chain_dimer_errors.json",
        spaces=TABLES / "chain_dimer_spaces.csv",
        spaces_provenance=TABLES / "chain_dimer_spaces.json",
    log:
        LOGS / "chain_dimer.log",
    benchmark:
        BENCHMARKS / "chain_dimer.tsv"
    group:
        group_of("chain")
    conda:
        "../../envs/analysis.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=time_of_rule("chain_dimer"),
    params:
        fingerprint=rule_fingerprint("chain_dimer"),
    message:
        "Steady states of two sites, exact and by truncated Wigner"
    script:
        "../scripts/chain_dimer.py"


rule chain_dimer_scaling:
    input:
        exact=[
            RAW / "chain_dimer_exact" / f"kerr_{name}" / f"{job}.nc"
            for name, jobs in EXACT_DIMER_JOBS.items()
            if DIMER_SCANS[name].scaled
            for job in jobs
        ],
        sampled=[
            RAW / "chain_dimer" / f"kerr_{name}" / f"{job}.nc"
            for name, jobs in SAMPLED_DIMER_JOBS.items()
            if DIMER_SCANS[name].scaled
            for job in jobs
        ],
    output:
        table=TABLES / "chain_dimer_scaling.csv",
        provenance=TABLES / "chain_dimer_scaling.json",
    log:
        LOGS / "chain_dimer_scaling.log",
    benchmark:
        BENCHMARKS / "chain_dimer_scaling.tsv"
    group:
        group_of("chain")
    conda:
        "../../envs/analysis.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=time_of_rule("chain_dimer_scaling"),
    params:
        fingerprint=rule_fingerprint("chain_dimer_scaling"),
    message:
        "Truncated Wigner of two sites against U, at fixed F sqrt(U)"
    script:
        "../scripts/chain_dimer_scaling.py"
