# Thermometers, entropies and domains of chaotic chains, from ensembles of their own.

from openkerr.studies.chain_ensemble_jobs import case_references
from openkerr.studies.chain_thermodynamics.jobs import WINDOWS as THERMAL_WINDOWS
from openkerr.studies.chain_thermodynamics.jobs import case_jobs as thermal_case_jobs
from openkerr.studies.chain_thermodynamics.jobs import table_megabytes as thermal_megabytes

THERMAL = RUN.chain.thermodynamics
THERMAL_CASES = {case.name: case for case in THERMAL.cases}
THERMAL_JOBS = {name: thermal_case_jobs(THERMAL, case) for name, case in THERMAL_CASES.items()}
chain_thermal_job = job_of(THERMAL_JOBS, "case", "job")


rule simulate_chain_thermodynamics:
    input:
        kernels=ancient(kernels("bose_hubbard_chain", "simulate_chain_thermodynamics")),
    output:
        RAW / "chain_thermodynamics" / "{case}" / "{job}.nc",
    log:
        LOGS / "chain_thermodynamics" / "{case}_{job}.log",
    benchmark:
        BENCHMARKS / "chain_thermodynamics" / "{case}_{job}.tsv"
    group:
        batch_of("simulate_chain_thermodynamics", chain_thermal_job)
    conda:
        "../../envs/simulation.yaml"
    threads: 1
    resources:
        mem_mb=memory_of(chain_thermal_job),
        runtime=time_of(chain_thermal_job),
        checkpoint_folder=CHECKPOINTS,
        checkpoint_seconds=RUN.workflow.checkpoint_seconds,
    params:
        model=lambda wildcards: plain(RUN.chain.model)
        | plain(THERMAL_CASES[wildcards.case], "length", "drive_amplitude"),
        case=lambda wildcards: plain(THERMAL_CASES[wildcards.case], "burn_in", "averaging_time", "correlation_sites"),
        numerics=plain(
            THERMAL,
            "time_step",
            "sampling_interval",
            "lag_interval",
            "extent",
            "n_cells",
            "batch_size",
            "stepper",
            "precision",
            "noise",
        ),
        correlations=lambda wildcards: list(case_references(THERMAL, THERMAL_CASES[wildcards.case])),
        n_windows=THERMAL_WINDOWS,
        trajectories=trajectories_of(chain_thermal_job),
        seed=RUN.seed,
        fingerprint=rule_fingerprint("simulate_chain_thermodynamics"),
    message:
        "Chain {wildcards.case} for its thermometers, {wildcards.job}"
    script:
        "../scripts/simulate_chain_thermodynamics.py"


rule chain_thermometry:
    input:
        raw=[RAW / "chain_thermodynamics" / case / f"{job}.nc" for case, jobs in THERMAL_JOBS.items() for job in jobs],
    output:
        thermometry=TABLES / "chain_thermometry.csv",
        thermometry_provenance=TABLES / "chain_thermometry.json",
        entropy=TABLES / "chain_entropy.csv",
        entropy_provenance=TABLES / "chain_entropy.json",
        equilibrium=TABLES / "chain_local_equilibrium.csv",
        equilibrium_provenance=TABLES / "chain_local_equilibrium.json",
        domains=TABLES / "chain_domains.csv",
        domains_provenance=TABLES / "chain_domains.json",
        scaling=TABLES / "chain_domain_scaling.csv",
        scaling_provenance=TABLES / "chain_domain_scaling.json",
        radial=GRIDS / "chain_radial_wigner.nc",
        radial_provenance=GRIDS / "chain_radial_wigner.json",
        momenta=GRIDS / "chain_momenta.nc",
        momenta_provenance=GRIDS / "chain_momenta.json",
    log:
        LOGS / "chain_thermometry.log",
    benchmark:
        BENCHMARKS / "chain_thermometry.tsv"
    group:
        group_of("chain")
    conda:
        "../../envs/analysis.yaml"
    threads: 1
    resources:
        mem_mb=thermal_megabytes(THERMAL),
        runtime=time_of_rule("chain_thermometry"),
    params:
        broken_variance=THERMAL.broken_variance,
        fingerprint=rule_fingerprint("chain_thermometry"),
    message:
        "Thermometers, entropies and domains of the chains"
    script:
        "../scripts/chain_thermometry.py"


rule chain_phase_memory:
    input:
        raw=[
            RAW / "chain_thermodynamics" / case / f"{job}.nc"
            for case, jobs in THERMAL_JOBS.items()
            for job in jobs
            if THERMAL_CASES[case].correlation_sites
        ],
    output:
        rates=TABLES / "chain_phase_rates.csv",
        rates_provenance=TABLES / "chain_phase_rates.json",
        windows=TABLES / "chain_intensity_windows.csv",
        windows_provenance=TABLES / "chain_intensity_windows.json",
        memory=GRIDS / "chain_phase_memory.nc",
        memory_provenance=GRIDS / "chain_phase_memory.json",
    log:
        LOGS / "chain_phase_memory.log",
    benchmark:
        BENCHMARKS / "chain_phase_memory.tsv"
    group:
        group_of("chain")
    conda:
        "../../envs/analysis.yaml"
    threads: 1
    resources:
        mem_mb=thermal_megabytes(THERMAL),
        runtime=time_of_rule("chain_phase_memory"),
    params:
        fingerprint=rule_fingerprint("chain_phase_memory"),
    message:
        "Auto-correlations of sites, their rates and those of impurities"
    script:
        "../scripts/chain_phase_memory.py"


rule chain_thermometer_bias:
    output:
        bias=TABLES / "chain_thermometer_bias.csv",
        bias_provenance=TABLES / "chain_thermometer_bias.json",
    log:
        LOGS / "chain_thermometer_bias.log",
    benchmark:
        BENCHMARKS / "chain_thermometer_bias.tsv"
    group:
        group_of("chain")
    conda:
        "../../envs/analysis.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=time_of_rule("chain_thermometer_bias"),
    params:
        equilibrium=plain(THERMAL.equilibrium),
        model=plain(RUN.chain.model, "kerr", "hopping"),
        cells=plain(THERMAL, "extent", "n_cells"),
        seed=RUN.seed,
        fingerprint=rule_fingerprint("chain_thermometer_bias"),
    message:
        "Thermometers tried on chains of known temperature"
    script:
        "../scripts/chain_thermometer_bias.py"
