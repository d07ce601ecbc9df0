# Boundary-driven Bose-Hubbard chain (arXiv:2409.12225): truncated-Wigner steady states and their tables.

from openkerr.studies.chain_map.jobs import steady_state_jobs

# Figures cut through the map at ten sites, as published, or near it.
CUT_LENGTH = min(
    (length for scan in RUN.chain.steady_states if scan.geometry == "boundary" for length in scan.lengths),
    key=lambda length: (abs(length - 10), length),
)
STEADY_STATES = {scan.name: scan for scan in RUN.chain.steady_states}
STEADY_STATE_JOBS = {
    name: {str(length): steady_state_jobs(scan, RUN.chain.saturation, length) for length in scan.lengths}
    for name, scan in STEADY_STATES.items()
}
steady_state_job = job_of(STEADY_STATE_JOBS, "scan", "length", "job")


rule simulate_chain_steady_states:
    input:
        kernels=ancient(kernels("bose_hubbard_chain", "simulate_chain_steady_states")),
    output:
        RAW / "chain_steady_states" / "{scan}" / "length_{length}" / "{job}.nc",
    log:
        LOGS / "chain_steady_states" / "{scan}_length_{length}_{job}.log",
    benchmark:
        BENCHMARKS / "chain_steady_states" / "{scan}_length_{length}_{job}.tsv"
    group:
        batch_of("simulate_chain_steady_states", steady_state_job)
    conda:
        "../../envs/simulation.yaml"
    threads: 1
    resources:
        mem_mb=memory_of(steady_state_job),
        runtime=time_of(steady_state_job),
        checkpoint_folder=CHECKPOINTS,
        checkpoint_seconds=RUN.workflow.checkpoint_seconds,
    params:
        model=lambda wildcards: plain(RUN.chain.model)
        | {"length": int(wildcards.length)}
        | plain(STEADY_STATES[wildcards.scan], "geometry"),
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
        saturation=plain(RUN.chain.saturation),
        drive_amplitudes=points_of(steady_state_job),
        trajectories=trajectories_of(steady_state_job),
        seed=RUN.seed,
        fingerprint=rule_fingerprint("simulate_chain_steady_states"),
    message:
        "Steady states of {wildcards.scan}, length {wildcards.length}, {wildcards.job}"
    script:
        "../scripts/simulate_chain_steady_states.py"


rule chain_phase_diagram:
    input:
        raw=[
            RAW / "chain_steady_states" / scan / f"length_{length}" / f"{job}.nc"
            for scan, lengths in STEADY_STATE_JOBS.items()
            for length, jobs in lengths.items()
            for job in jobs
        ],
        waves=TABLES / "chain_rnw_branch.csv",
    output:
        table=TABLES / "chain_phase_diagram.csv",
        provenance=TABLES / "chain_phase_diagram.json",
        boundaries=TABLES / "chain_boundaries.csv",
        boundaries_provenance=TABLES / "chain_boundaries.json",
        sensitivity=TABLES / "chain_regime_sensitivity.csv",
        sensitivity_provenance=TABLES / "chain_regime_sensitivity.json",
    log:
        LOGS / "chain_phase_diagram.log",
    benchmark:
        BENCHMARKS / "chain_phase_diagram.tsv"
    group:
        group_of("chain")
    conda:
        "../../envs/analysis.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=time_of_rule("chain_phase_diagram"),
    params:
        regimes=plain(RUN.chain.regimes),
        fingerprint=rule_fingerprint("chain_phase_diagram"),
    message:
        "Photon statistics, regimes and boundaries of the chains against length and drive"
    script:
        "../scripts/chain_phase_diagram.py"
