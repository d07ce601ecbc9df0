# Boundary-driven Bose-Hubbard chain (arXiv:2409.12225): truncated-Wigner steady states and their tables.


rule simulate_chain_steady_states:
    input:
        kernels=ancient(kernels("bose_hubbard_chain", "simulate_chain_steady_states.py")),
    output:
        RAW / "chain_steady_states" / "{scan}" / "{job}.nc",
    log:
        LOGS / "chain_steady_states" / "{scan}_{job}.log",
    benchmark:
        BENCHMARKS / "chain_steady_states" / "{scan}_{job}.tsv"
    conda:
        "../../envs/simulation.yaml"
    threads: 1
    resources:
        mem_mb=600,
        runtime=lambda wildcards, attempt: minutes(
            len(steady_state_job(wildcards).drives)
            * plan.steady_state_seconds(STEADY_STATES[wildcards.scan], len(steady_state_job(wildcards).trajectories)),
            attempt,
        ),
        checkpoint_folder=CHECKPOINTS,
        checkpoint_seconds=RUN.workflow.checkpoint_seconds,
    params:
        model=lambda wildcards: plain(RUN.chain.model) | plain(STEADY_STATES[wildcards.scan], "length", "geometry"),
        numerics=lambda wildcards: plain(
            STEADY_STATES[wildcards.scan],
            "time_step",
            "sampling_interval",
            "burn_in",
            "averaging_time",
            "batch_size",
            "stepper",
            "precision",
            "noise",
        ),
        drive_amplitudes=lambda wildcards: list(steady_state_job(wildcards).drives),
        trajectories=lambda wildcards: [
            steady_state_job(wildcards).trajectories.start,
            steady_state_job(wildcards).trajectories.stop,
        ],
        seed=RUN.seed,
        fingerprint=script_fingerprint("simulate_chain_steady_states.py"),
    message:
        "Steady states of {wildcards.scan}, {wildcards.job}"
    script:
        "../scripts/simulate_chain_steady_states.py"


rule chain_phase_diagram:
    input:
        raw=[
            RAW / "chain_steady_states" / scan / f"{job}.nc"
            for scan, jobs in STEADY_STATE_JOBS.items()
            for job in jobs
        ],
    output:
        table=TABLES / "chain_phase_diagram.csv",
        provenance=TABLES / "chain_phase_diagram.json",
    log:
        LOGS / "chain_phase_diagram.log",
    benchmark:
        BENCHMARKS / "chain_phase_diagram.tsv"
    conda:
        "../../envs/analysis.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=20,
    params:
        fingerprint=script_fingerprint("chain_phase_diagram.py"),
    message:
        "Photon statistics of the chains against length and drive"
    script:
        "../scripts/chain_phase_diagram.py"
