# Transport along the chain: currents of photons, energy and heat against its length.

from openkerr.studies.chain_transport.jobs import WINDOWS as TRANSPORT_WINDOWS
from openkerr.studies.chain_transport.jobs import ring_jobs, roughening_megabytes, series_jobs

TRANSPORT = RUN.chain.transport
TRANSPORT_SERIES = {series.name: series for series in TRANSPORT.series}
TRANSPORT_JOBS = {name: series_jobs(TRANSPORT, series) for name, series in TRANSPORT_SERIES.items()}
RING_JOBS = ring_jobs(TRANSPORT)
ring_job = job_of(RING_JOBS, "job")
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
    group:
        batch_of("simulate_chain_transport", transport_job)
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


rule simulate_chain_conductivities:
    input:
        raw=[
            RAW / "chain_transport" / name / f"{job}.nc"
            for name, series in TRANSPORT_SERIES.items()
            if series.drive_amplitude in {point.drive_amplitude for point in TRANSPORT.conductivities.points}
            for job in TRANSPORT_JOBS[name]
        ],
    output:
        RAW / "chain_conductivities" / "{job}.nc",
    log:
        LOGS / "chain_conductivities" / "{job}.log",
    benchmark:
        BENCHMARKS / "chain_conductivities" / "{job}.tsv"
    group:
        batch_of("simulate_chain_conductivities", ring_job)
    conda:
        "../../envs/simulation.yaml"
    threads: 1
    resources:
        mem_mb=memory_of(ring_job),
        runtime=time_of(ring_job),
        checkpoint_folder=CHECKPOINTS,
        checkpoint_seconds=RUN.workflow.checkpoint_seconds,
    params:
        model=plain(RUN.chain.model, "hopping", "kerr"),
        numerics=plain(
            TRANSPORT.conductivities,
            "n_sites",
            "n_sweeps",
            "time_step",
            "sampling_interval",
            "final_time",
            "lag_time",
            "batch_size",
        ),
        points=plain(TRANSPORT.conductivities, "points")["points"],
        trajectories=trajectories_of(ring_job),
        seed=RUN.seed,
        fingerprint=rule_fingerprint("simulate_chain_conductivities"),
    message:
        "Closed rings in equilibrium, {wildcards.job}"
    script:
        "../scripts/simulate_chain_conductivities.py"


rule simulate_chain_roughening:
    input:
        kernels=ancient(kernels("bose_hubbard_chain", "simulate_chain_transport")),
    output:
        RAW / "chain_roughening.nc",
    log:
        LOGS / "chain_roughening.log",
    benchmark:
        BENCHMARKS / "simulate_chain_roughening.tsv"
    group:
        "steppers"
    conda:
        "../../envs/simulation.yaml"
    threads: 1
    resources:
        mem_mb=roughening_megabytes(TRANSPORT.roughening),
        runtime=time_of_rule("simulate_chain_roughening"),
        checkpoint_folder=CHECKPOINTS,
        checkpoint_seconds=RUN.workflow.checkpoint_seconds,
    params:
        model=plain(RUN.chain.model) | plain(TRANSPORT.roughening, "length", "drive_amplitude"),
        numerics=plain(
            TRANSPORT.roughening,
            "sites",
            "n_trajectories",
            "stepper",
            "precision",
            "time_step",
            "sampling_interval",
            "burn_in",
            "averaging_time",
            "lag_time",
        ),
        seed=RUN.seed,
        fingerprint=rule_fingerprint("simulate_chain_roughening"),
    message:
        "Phases of the resonant nonlinear wave in time"
    script:
        "../scripts/simulate_chain_roughening.py"


rule chain_transport:
    input:
        raw=[RAW / "chain_transport" / name / f"{job}.nc" for name, jobs in TRANSPORT_JOBS.items() for job in jobs],
        phases=RAW / "chain_roughening.nc",
        rings=[RAW / "chain_conductivities" / f"{job}.nc" for job in RING_JOBS],
    output:
        chain_conductivity=TABLES / "chain_conductivity.csv",
        chain_conductivity_provenance=TABLES / "chain_conductivity.json",
        chain_roughening=TABLES / "chain_roughening.csv",
        chain_roughening_provenance=TABLES / "chain_roughening.json",
        chain_roughening_exponents=TABLES / "chain_roughening_exponents.csv",
        chain_roughening_exponents_provenance=TABLES / "chain_roughening_exponents.json",
        chain_green_kubo=TABLES / "chain_green_kubo.csv",
        chain_green_kubo_provenance=TABLES / "chain_green_kubo.json",
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
    group:
        group_of("chain")
    conda:
        "../../envs/analysis.yaml"
    threads: 1
    resources:
        mem_mb=2000,
        runtime=time_of_rule("chain_transport"),
    params:
        model=plain(RUN.chain.model),
        waves=[
            {"length": length, "drive_amplitude": series.drive_amplitude}
            for series in TRANSPORT.series
            if series.start == "wave"
            for length in series.lengths
        ],
        thermometer_spacing=TRANSPORT.thermometer_spacing,
        roughening_windows=plain(TRANSPORT.roughening, "windows")["windows"],
        gradient_half_width=TRANSPORT.conductivities.gradient_half_width,
        fingerprint=rule_fingerprint("chain_transport"),
    message:
        "Currents along the chain, and how they depend on its length"
    script:
        "../scripts/chain_transport.py"
