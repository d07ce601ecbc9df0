# Classical attractors of the two cavities: Lyapunov spectra, branches, spectra and lines.

from openkerr.studies.torus_attractors.jobs import map_jobs, portrait_job, sweep_jobs

ATTRACTORS = RUN.torus.attractors
SWEEP_JOBS, ATTRACTOR_MAP_JOBS = sweep_jobs(ATTRACTORS), map_jobs(ATTRACTORS)
sweep_job, attractor_map_job = job_of(SWEEP_JOBS, "sweep"), job_of(ATTRACTOR_MAP_JOBS, "job")


rule simulate_torus_attractors:
    input:
        kernels=ancient(kernels("kerr_dimer", "simulate_torus_attractors")),
    output:
        RAW / "torus_attractors" / "{sweep}.nc",
    log:
        LOGS / "torus_attractors" / "{sweep}.log",
    benchmark:
        BENCHMARKS / "torus_attractors" / "{sweep}.tsv"
    wildcard_constraints:
        sweep="up|down|fixed",
    group:
        batch_of("simulate_torus_attractors", sweep_job)
    conda:
        "../../envs/simulation.yaml"
    threads: 1
    resources:
        mem_mb=memory_of(sweep_job),
        runtime=time_of(sweep_job),
        checkpoint_folder=CHECKPOINTS,
        checkpoint_seconds=RUN.workflow.checkpoint_seconds,
    params:
        model=plain(RUN.torus.model) | {"aleph": 1.0},
        sweep=lambda wildcards: wildcards.sweep,
        omegas=ATTRACTORS.omegas,
        n_starts=lambda wildcards: ATTRACTORS.n_starts if wildcards.sweep == "fixed" else 0,
        n_samples=round(ATTRACTORS.spectrum_time / (2 * ATTRACTORS.time_step)),
        numerics=plain(ATTRACTORS, "time_step", "burn_in", "averaging_time") | {"step_time": ATTRACTORS.step_times[0]},
        initial_amplitude=RUN.torus.initial_amplitude,
        seed=lambda wildcards: RUN.seed if wildcards.sweep == "fixed" else None,
        fingerprint=rule_fingerprint("simulate_torus_attractors"),
    message:
        "Classical attractors over omega, {wildcards.sweep}"
    script:
        "../scripts/simulate_torus_attractors.py"


rule simulate_torus_attractor_map:
    input:
        kernels=ancient(kernels("kerr_dimer", "simulate_torus_attractor_map")),
    output:
        RAW / "torus_attractor_map" / "{job}.nc",
    log:
        LOGS / "torus_attractor_map" / "{job}.log",
    benchmark:
        BENCHMARKS / "torus_attractor_map" / "{job}.tsv"
    group:
        batch_of("simulate_torus_attractor_map", attractor_map_job)
    conda:
        "../../envs/simulation.yaml"
    threads: 1
    resources:
        mem_mb=memory_of(attractor_map_job),
        runtime=time_of(attractor_map_job),
        checkpoint_folder=CHECKPOINTS,
        checkpoint_seconds=RUN.workflow.checkpoint_seconds,
    params:
        model=plain(RUN.torus.model) | {"aleph": 1.0},
        omegas=ATTRACTORS.map_omega.values,
        tunnelings=points_of(attractor_map_job),
        numerics=plain(ATTRACTORS, "time_step", "burn_in", "map_averaging_time")
        | {"step_time": ATTRACTORS.step_times[1]},
        initial_amplitude=RUN.torus.initial_amplitude,
        fingerprint=rule_fingerprint("simulate_torus_attractor_map"),
    message:
        "Map of classical attractors, {wildcards.job}"
    script:
        "../scripts/simulate_torus_attractor_map.py"


rule torus_attractors:
    input:
        sweeps=[RAW / "torus_attractors" / f"{sweep}.nc" for sweep in SWEEP_JOBS],
        map=[RAW / "torus_attractor_map" / f"{job}.nc" for job in ATTRACTOR_MAP_JOBS],
    output:
        table=TABLES / "torus_attractors.csv",
        provenance=TABLES / "torus_attractors.json",
        spectra=GRIDS / "torus_spectrum_map.nc",
        spectra_provenance=GRIDS / "torus_spectrum_map.json",
    log:
        LOGS / "torus_attractors.log",
    benchmark:
        BENCHMARKS / "torus_attractors.tsv"
    group:
        group_of("torus")
    conda:
        "../../envs/analysis.yaml"
    threads: 1
    resources:
        mem_mb=2000,
        runtime=time_of_rule("torus_attractors"),
    params:
        sampling_interval=2 * ATTRACTORS.time_step,
        fingerprint=rule_fingerprint("torus_attractors"),
    message:
        "Classes of the classical attractors and power spectra over omega"
    script:
        "../scripts/torus_attractors.py"


rule torus_branches:
    output:
        branches=TABLES / "torus_branches.csv",
        branches_provenance=TABLES / "torus_branches.json",
        bifurcations=TABLES / "torus_bifurcations.csv",
        bifurcations_provenance=TABLES / "torus_bifurcations.json",
    log:
        LOGS / "torus_branches.log",
    benchmark:
        BENCHMARKS / "torus_branches.tsv"
    group:
        group_of("torus")
    conda:
        "../../envs/analysis.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=time_of_rule("torus_branches"),
    params:
        model=plain(RUN.torus.model) | {"aleph": 1.0},
        omega_limits=[ATTRACTORS.omegas[0], ATTRACTORS.omegas[-1]],
        max_period=ATTRACTORS.max_period,
        initial_amplitude=RUN.torus.initial_amplitude,
        fingerprint=rule_fingerprint("torus_branches"),
    message:
        "Limit cycle and limit torus followed by Newton's method"
    script:
        "../scripts/torus_branches.py"


rule simulate_torus_portraits:
    input:
        kernels=ancient(kernels("kerr_dimer", "simulate_torus_portraits")),
    output:
        RAW / "torus_portraits.nc",
    log:
        LOGS / "simulate_torus_portraits.log",
    benchmark:
        BENCHMARKS / "simulate_torus_portraits.tsv"
    conda:
        "../../envs/simulation.yaml"
    threads: 1
    resources:
        mem_mb=portrait_job(ATTRACTORS).cost.megabytes,
        runtime=time_of_rule("simulate_torus_portraits"),
    params:
        model=plain(RUN.torus.model) | {"aleph": 1.0},
        numerics=plain(ATTRACTORS, "portrait_time_step", "burn_in", "portraits", "portrait_time"),
        initial_amplitude=RUN.torus.initial_amplitude,
        fingerprint=rule_fingerprint("simulate_torus_portraits"),
    message:
        "Long orbits of the classical cavities"
    script:
        "../scripts/simulate_torus_portraits.py"


rule torus_portraits:
    input:
        raw=rules.simulate_torus_portraits.output[0],
    output:
        portraits=GRIDS / "torus_portraits.nc",
        portraits_provenance=GRIDS / "torus_portraits.json",
        spectra=GRIDS / "torus_spectra.nc",
        spectra_provenance=GRIDS / "torus_spectra.json",
        lines=TABLES / "torus_lines.csv",
        lines_provenance=TABLES / "torus_lines.json",
    log:
        LOGS / "torus_portraits.log",
    benchmark:
        BENCHMARKS / "torus_portraits.tsv"
    group:
        group_of("torus")
    conda:
        "../../envs/analysis.yaml"
    threads: 1
    resources:
        mem_mb=1500,
        runtime=time_of_rule("torus_portraits"),
    params:
        model=CLASSICAL_LIMIT,
        max_line_order=ATTRACTORS.max_line_order,
        fingerprint=rule_fingerprint("torus_portraits"),
    message:
        "Orbits, spectra and lines of the limit cycle and the limit torus"
    script:
        "../scripts/torus_portraits.py"
