# Single chains in their steady state: profiles, coherences, currents and distributions, each simulated once.

from openkerr.studies.chain_ensembles.jobs import WINDOWS, case_jobs, case_references, profiles_megabytes

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
        kernels=ancient(kernels("bose_hubbard_chain", "simulate_chain_ensembles.py")),
    output:
        RAW / "chain_ensembles" / "{case}" / "{job}.nc",
    log:
        LOGS / "chain_ensembles" / "{case}_{job}.log",
    benchmark:
        BENCHMARKS / "chain_ensembles" / "{case}_{job}.tsv"
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
        fingerprint=script_fingerprint("simulate_chain_ensembles.py"),
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
    conda:
        "../../envs/analysis.yaml"
    threads: 1
    resources:
        mem_mb=profiles_megabytes(ENSEMBLES),
        runtime=20,
    params:
        lag_interval=ENSEMBLES.lag_interval,
        n_lags=round(ENSEMBLES.lag_time / ENSEMBLES.lag_interval) + 1,
        fingerprint=script_fingerprint("chain_profiles.py"),
    message:
        "Profiles, coherences, currents and distributions of the chains"
    script:
        "../scripts/chain_profiles.py"


rule figure_chain_3:
    input:
        profiles=rules.chain_profiles.output.profiles,
        coherence=rules.chain_profiles.output.coherence,
        wigner=rules.chain_profiles.output.wigner,
    output:
        figures=captioned("chain_3", "chain"),
        provenance=FIGURES / "chain_3.json",
    log:
        LOGS / "figure_chain_3.log",
    benchmark:
        BENCHMARKS / "figure_chain_3.tsv"
    conda:
        "../../envs/figures.yaml"
    threads: 1
    resources:
        mem_mb=1500,
        runtime=15,
    params:
        figure="chain_3",
        model=plain(RUN.chain.model),
        ensembles=plain(ENSEMBLES, "n_trajectories", "time_step", "sampling_interval"),
        cases=[
            plain(ENSEMBLE_POINTS["twa", SHOWN.length, drive, 0.0], "burn_in", "averaging_time")
            for drive in SHOWN.drive_amplitudes
        ],
        length=SHOWN.length,
        drive_amplitudes=list(SHOWN.drive_amplitudes),
        sites=list(SHOWN.sites),
        dpi=RUN.figures.dpi,
        fingerprint=script_fingerprint("figure_chain_3.py"),
    message:
        "Chain figure 3: profiles, coherence and Wigner functions of the chaotic chain"
    script:
        "../scripts/figure_chain_3.py"


rule figure_chain_13:
    input:
        profiles=rules.chain_profiles.output.profiles,
        momentum=rules.chain_profiles.output.momentum,
    output:
        figures=captioned("chain_13", "chain"),
        provenance=FIGURES / "chain_13.json",
    log:
        LOGS / "figure_chain_13.log",
    benchmark:
        BENCHMARKS / "figure_chain_13.tsv"
    conda:
        "../../envs/figures.yaml"
    threads: 1
    resources:
        mem_mb=1500,
        runtime=15,
    params:
        figure="chain_13",
        model=plain(RUN.chain.model),
        ensembles=plain(ENSEMBLES, "n_trajectories", "time_step", "sampling_interval"),
        case=plain(ENSEMBLE_POINTS["gpe", SHOWN.length, SHOWN.drive_amplitudes[1], 0.0], "burn_in", "averaging_time"),
        length=SHOWN.length,
        drive_amplitude=SHOWN.drive_amplitudes[1],
        sites=list(SHOWN.sites),
        dpi=RUN.figures.dpi,
        fingerprint=script_fingerprint("figure_chain_13.py"),
    message:
        "Chain figure 13: truncated Wigner against Gross-Pitaevskii in the chaotic regime"
    script:
        "../scripts/figure_chain_13.py"


rule figure_chain_19:
    input:
        profiles=rules.chain_profiles.output.profiles,
        wigner=rules.chain_profiles.output.wigner,
    output:
        figures=captioned("chain_19", "chain"),
        provenance=FIGURES / "chain_19.json",
    log:
        LOGS / "figure_chain_19.log",
    benchmark:
        BENCHMARKS / "figure_chain_19.tsv"
    conda:
        "../../envs/figures.yaml"
    threads: 1
    resources:
        mem_mb=1500,
        runtime=15,
    params:
        figure="chain_19",
        model=plain(RUN.chain.model),
        ensembles=plain(ENSEMBLES, "n_trajectories", "time_step", "sampling_interval"),
        cases=[
            plain(ENSEMBLE_POINTS["twa", SHOWN.loss_length, drive, 0.0], "burn_in", "averaging_time")
            for drive in SHOWN.loss_drives
        ],
        length=SHOWN.loss_length,
        drive_amplitudes=list(SHOWN.loss_drives),
        loss_rates=list(SHOWN.loss_rates),
        site=SHOWN.loss_site,
        dpi=RUN.figures.dpi,
        fingerprint=script_fingerprint("figure_chain_19.py"),
    message:
        "Chain figure 19: intrinsic loss in the chaotic regime and in the resonant nonlinear wave"
    script:
        "../scripts/figure_chain_19.py"
