# Exact solution of the two cavities at small aleph: slow modes by charge sector, steady states.

from openkerr.studies.torus_liouvillian.jobs import sector_jobs, sampled_steady_state_jobs
from openkerr.studies.torus_liouvillian.sizes import coherences_within

LIOUVILLIAN = RUN.torus.liouvillian
SECTORS = {str(sector.charge): sector for sector in LIOUVILLIAN.sectors}
SECTOR_JOBS = sector_jobs(LIOUVILLIAN)
TORUS_STEADY_STATE_JOBS = sampled_steady_state_jobs(RUN.torus.steady_states, LIOUVILLIAN)
sector_job, torus_steady_state_job = job_of(SECTOR_JOBS, "charge"), job_of(TORUS_STEADY_STATE_JOBS, "job")


rule simulate_torus_liouvillian:
    output:
        RAW / "torus_liouvillian" / "charge_{charge}.nc",
    log:
        LOGS / "torus_liouvillian" / "charge_{charge}.log",
    benchmark:
        BENCHMARKS / "torus_liouvillian" / "charge_{charge}.tsv"
    wildcard_constraints:
        charge="[0-9]+",
    group:
        batch_of("simulate_torus_liouvillian", sector_job)
    conda:
        "../../envs/simulation.yaml"
    threads: 1
    resources:
        mem_mb=memory_of(sector_job),
        # What one aleph may take decides whether it is solved, and nothing else.
        max_coherences=coherences_within(LIOUVILLIAN.memory_limit),
        runtime=time_of(sector_job),
        checkpoint_folder=CHECKPOINTS,
        checkpoint_seconds=RUN.workflow.checkpoint_seconds,
    params:
        model=plain(RUN.torus.model),
        charge=lambda wildcards: SECTORS[wildcards.charge].charge,
        alephs=lambda wildcards: list(SECTORS[wildcards.charge].alephs),
        basis_tolerances=lambda wildcards: [LIOUVILLIAN.tolerance(aleph) for aleph in SECTORS[wildcards.charge].alephs],
        n_values=LIOUVILLIAN.n_values,
        eigenmatrix_alephs=list(LIOUVILLIAN.eigenmatrix_alephs),
        initial_amplitude=RUN.torus.initial_amplitude,
        fingerprint=rule_fingerprint("simulate_torus_liouvillian"),
    message:
        "Slow modes of the Liouvillian, charge {wildcards.charge}"
    script:
        "../scripts/simulate_torus_liouvillian.py"


rule simulate_torus_steady_states:
    input:
        kernels=ancient(kernels("kerr_dimer", "simulate_torus_steady_states")),
    output:
        RAW / "torus_steady_states" / "{job}.nc",
    log:
        LOGS / "torus_steady_states" / "{job}.log",
    benchmark:
        BENCHMARKS / "torus_steady_states" / "{job}.tsv"
    group:
        batch_of("simulate_torus_steady_states", torus_steady_state_job)
    conda:
        "../../envs/simulation.yaml"
    threads: 1
    resources:
        mem_mb=memory_of(torus_steady_state_job),
        runtime=time_of(torus_steady_state_job),
        checkpoint_folder=CHECKPOINTS,
        checkpoint_seconds=RUN.workflow.checkpoint_seconds,
    params:
        model=plain(RUN.torus.model),
        alephs=list(SECTORS["0"].alephs),
        numerics=plain(
            RUN.torus.steady_states,
            "time_step",
            "sampling_interval",
            "burn_in",
            "averaging_time",
            "batch_size",
            "stepper",
            "precision",
            "noise",
        ),
        trajectories=trajectories_of(torus_steady_state_job),
        initial_amplitude=RUN.torus.initial_amplitude,
        seed=RUN.seed,
        fingerprint=rule_fingerprint("simulate_torus_steady_states"),
    message:
        "Truncated-Wigner steady states of the two cavities at small aleph"
    script:
        "../scripts/simulate_torus_steady_states.py"


rule torus_liouvillian:
    input:
        sectors=[RAW / "torus_liouvillian" / f"charge_{charge}.nc" for charge in SECTORS],
    output:
        spectrum=TABLES / "torus_liouvillian.csv",
        spectrum_provenance=TABLES / "torus_liouvillian.json",
        eigenmatrices=GRIDS / "torus_eigenmatrices.nc",
        eigenmatrices_provenance=GRIDS / "torus_eigenmatrices.json",
    log:
        LOGS / "torus_liouvillian.log",
    benchmark:
        BENCHMARKS / "torus_liouvillian.tsv"
    group:
        group_of("torus")
    conda:
        "../../envs/analysis.yaml"
    threads: 1
    resources:
        mem_mb=2000,
        runtime=time_of_rule("torus_liouvillian"),
    params:
        fingerprint=rule_fingerprint("torus_liouvillian"),
    message:
        "Liouvillian spectra and eigenmatrices of the two cavities"
    script:
        "../scripts/torus_liouvillian.py"


rule torus_steady_state:
    input:
        exact=RAW / "torus_liouvillian" / "charge_0.nc",
        sampled=[RAW / "torus_steady_states" / f"{job}.nc" for job in TORUS_STEADY_STATE_JOBS],
    output:
        table=TABLES / "torus_steady_state.csv",
        provenance=TABLES / "torus_steady_state.json",
    log:
        LOGS / "torus_steady_state.log",
    benchmark:
        BENCHMARKS / "torus_steady_state.tsv"
    group:
        group_of("torus")
    conda:
        "../../envs/analysis.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=time_of_rule("torus_steady_state"),
    params:
        fingerprint=rule_fingerprint("torus_steady_state"),
    message:
        "Steady states of the two cavities, exact and by truncated Wigner"
    script:
        "../scripts/torus_steady_state.py"


rule torus_crossover:
    input:
        spectrum=rules.torus_liouvillian.output.spectrum,
        gaps=TABLES / "torus_gaps.csv",
        lines=TABLES / "torus_lines.csv",
    output:
        table=TABLES / "torus_crossover.csv",
        provenance=TABLES / "torus_crossover.json",
    log:
        LOGS / "torus_crossover.log",
    benchmark:
        BENCHMARKS / "torus_crossover.tsv"
    group:
        group_of("torus")
    conda:
        "../../envs/analysis.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=time_of_rule("torus_crossover"),
    params:
        omega=RUN.torus.model.omega[0],
        fingerprint=rule_fingerprint("torus_crossover"),
    message:
        "Lines of the torus by exact solution, truncated Wigner and linear noise"
    script:
        "../scripts/torus_crossover.py"
