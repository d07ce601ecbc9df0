# Transport along the chain: currents of photons, energy and heat against its length.

from openkerr.studies.chain_transport.jobs import WINDOWS as TRANSPORT_WINDOWS
from openkerr.studies.chain_transport.jobs import series_jobs

TRANSPORT = RUN.chain.transport
TRANSPORT_SERIES = {series.name: series for series in TRANSPORT.series}
TRANSPORT_JOBS = {name: series_jobs(TRANSPORT, series) for name, series in TRANSPORT_SERIES.items()}
transport_job = job_of(TRANSPORT_JOBS, "series", "job")


rule simulate_chain_transport:
    input:
        kernels=ancient(kernels("bose_hubbard_chain", "simulate_chain_transport")),
    output:
        RAW / "chain_transport" / "{series}" / "{job}.nc",
    log:
        LOGS / "chain_transport" / "{series}_{job}.log",
    benchmark:
        BENCHMARKS / "chain_transport" / "{series}_{job}.tsv"
    conda:
        "../../envs/simulation.yaml"
    threads: 1
    resources:
        mem_mb=memory_of(transport_job),
        runtime=time_of(transport_job),
        checkpoint_folder=CHECKPOINTS,
        checkpoint_seconds=RUN.workflow.checkpoint_seconds,
    params:
        model=plain(RUN.chain.model),
        series=lambda wildcards: plain(TRANSPORT_SERIES[wildcards.series]),
        numerics=plain(TRANSPORT, "time_step", "sampling_interval", "batch_size", "stepper", "precision", "noise"),
        n_windows=TRANSPORT_WINDOWS,
        trajectories=trajectories_of(transport_job),
        seed=RUN.seed,
        fingerprint=rule_fingerprint("simulate_chain_transport"),
    message:
        "Chains of series {wildcards.series}, {wildcards.job}"
    script:
        "../scripts/simulate_chain_transport.py"


rule chain_transport:
    input:
        raw=[RAW / "chain_transport" / name / f"{job}.nc" for name, jobs in TRANSPORT_JOBS.items() for job in jobs],
    output:
        chain_transport=TABLES / "chain_transport.csv",
        chain_transport_provenance=TABLES / "chain_transport.json",
        chain_transport_balance=TABLES / "chain_transport_balance.csv",
        chain_transport_balance_provenance=TABLES / "chain_transport_balance.json",
        chain_transport_scaling=TABLES / "chain_transport_scaling.csv",
        chain_transport_scaling_provenance=TABLES / "chain_transport_scaling.json",
    log:
        LOGS / "chain_transport.log",
    benchmark:
        BENCHMARKS / "chain_transport.tsv"
    conda:
        "../../envs/analysis.yaml"
    threads: 1
    resources:
        mem_mb=2000,
        runtime=20,
    params:
        model=plain(RUN.chain.model),
        waves=[
            {"length": length, "drive_amplitude": series.drive_amplitude}
            for series in TRANSPORT.series
            if series.start == "wave"
            for length in series.lengths
        ],
        thermometer_spacing=TRANSPORT.thermometer_spacing,
        fingerprint=rule_fingerprint("chain_transport"),
    message:
        "Currents along the chain, and how they depend on its length"
    script:
        "../scripts/chain_transport.py"
