# Single chains in their steady state: profiles, coherences, currents and distributions, each simulated once.

from openkerr.studies.chain_ensemble_jobs import case_references
from openkerr.studies.chain_ensembles.jobs import WINDOWS, case_jobs, profiles_megabytes

ENSEMBLES = RUN.chain.ensembles
SHOWN = ENSEMBLES.shown
ENSEMBLE_CASES = {case.name: case for case in ENSEMBLES.cases}
ENSEMBLE_POINTS = {
    (case.method, case.length, case.drive_amplitude, case.intrinsic_loss_rate): case for case in ENSEMBLES.cases
}
ENSEMBLE_JOBS = {name: case_jobs(ENSEMBLES, case) for name, case in ENSEMBLE_CASES.items()}
chain_ensemble_job = job_of(ENSEMBLE_JOBS, "case", "job")


rule simulate_chain_ensembles:
    input:
        kernels=ancient(kernels("bose_hubbard_chain", "simulate_chain_ensembles")),
    output:
        RAW / "chain_ensembles" / "{case}" / "{job}.nc",
    log:
        LOGS / "chain_ensembles" / "{case}_{job}.log",
    benchmark:
        BENCHMARKS / "chain_ensembles" / "{case}_{job}.tsv"
    group:
        batch_of("simulate_chain_ensembles", chain_ensemble_job)
    conda:
        "../../envs/simulation.yaml"
    threads: 1
    resources:
        mem_mb=memory_of(chain_ensemble_job),
        runtime=time_of(chain_ensemble_job),
        checkpoint_folder=CHECKPOINTS,
        checkpoint_seconds=RUN.workflow.checkpoint_seconds,
    params:
        model=lambda wildcards: plain(RUN.chain.model)
        | plain(ENSEMBLE_CASES[wildcards.case], "length", "drive_amplitude", "intrinsic_loss_rate"),
        case=lambda wildcards: plain(
            ENSEMBLE_CASES[wildcards.case],
            "method",
            "burn_in",
            "averaging_time",
            "extent",
            "wigner_sites",
            "correlation_sites",
        ),
        numerics=plain(
            ENSEMBLES,
            "time_step",
            "sampling_interval",
            "lag_interval",
            "n_cells",
            "batch_size",
            "stepper",
            "precision",
            "noise",
        ),
        correlations=lambda wildcards: list(case_references(ENSEMBLES, ENSEMBLE_CASES[wildcards.case])),
        n_windows=WINDOWS,
        trajectories=trajectories_of(chain_ensemble_job),
        seed=RUN.seed,
        fingerprint=rule_fingerprint("simulate_chain_ensembles"),
    message:
        "Chain ensemble {wildcards.case}, {wildcards.job}"
    script:
        "../scripts/simulate_chain_ensembles.py"


rule chain_profiles:
    input:
        raw=[RAW / "chain_ensembles" / case / f"{job}.nc" for case, jobs in ENSEMBLE_JOBS.items() for job in jobs],
    output:
        profiles=TABLES / "chain_profiles.csv",
        profiles_provenance=TABLES / "chain_profiles.json",
        coherence=TABLES / "chain_coherence.csv",
        coherence_provenance=TABLES / "chain_coherence.json",
        relaxation=TABLES / "chain_relaxation.csv",
        relaxation_provenance=TABLES / "chain_relaxation.json",
        currents=TABLES / "chain_currents.csv",
        currents_provenance=TABLES / "chain_currents.json",
        wigner=GRIDS / "chain_wigner.nc",
        wigner_provenance=GRIDS / "chain_wigner.json",
        momentum=GRIDS / "chain_momentum.nc",
        momentum_provenance=GRIDS / "chain_momentum.json",
        autocorrelation=GRIDS / "chain_autocorrelation.nc",
        autocorrelation_provenance=GRIDS / "chain_autocorrelation.json",
    log:
        LOGS / "chain_profiles.log",
    benchmark:
        BENCHMARKS / "chain_profiles.tsv"
    group:
        group_of("chain")
    conda:
        "../../envs/analysis.yaml"
    threads: 1
    resources:
        mem_mb=profiles_megabytes(ENSEMBLES),
        runtime=time_of_rule("chain_profiles"),
    params:
        lag_interval=ENSEMBLES.lag_interval,
        n_lags=round(ENSEMBLES.lag_time / ENSEMBLES.lag_interval) + 1,
        fingerprint=rule_fingerprint("chain_profiles"),
    message:
        "Profiles, coherences, currents and distributions of the chains"
    script:
        "../scripts/chain_profiles.py"
