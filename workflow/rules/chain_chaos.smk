# Chaos in the chain: out-of-time-order correlators, moments of deviations, Lyapunov spectra.

from openkerr.studies.chain_chaos.jobs import lyapunov_jobs, moment_jobs, otoc_jobs, otoc_table_megabytes

OTOC, LYAPUNOV, MOMENTS = RUN.chain.otoc, RUN.chain.lyapunov, RUN.chain.moments
OTOC_CASES = {case.name: case for case in OTOC.cases}
OTOC_JOBS = {name: otoc_jobs(OTOC, case) for name, case in OTOC_CASES.items()}
LYAPUNOV_SCANS = {scan.name: scan for scan in LYAPUNOV.scans}
LYAPUNOV_JOBS = {name: lyapunov_jobs(LYAPUNOV, scan) for name, scan in LYAPUNOV_SCANS.items()}
MOMENT_CASES = {case.name: case for case in MOMENTS.cases}
MOMENT_JOBS = {
    name: {str(n_clones): moment_jobs(MOMENTS, case, n_clones) for n_clones in MOMENTS.clones}
    for name, case in MOMENT_CASES.items()
}
otoc_job, lyapunov_job = job_of(OTOC_JOBS, "case", "job"), job_of(LYAPUNOV_JOBS, "scan", "job")
moment_job = job_of(MOMENT_JOBS, "case", "n_clones", "job")


rule simulate_chain_otoc:
    input:
        kernels=ancient(kernels("bose_hubbard_chain", "simulate_chain_otoc")),
    output:
        RAW / "chain_otoc" / "{case}" / "{job}.nc",
    log:
        LOGS / "chain_otoc" / "{case}_{job}.log",
    benchmark:
        BENCHMARKS / "chain_otoc" / "{case}_{job}.tsv"
    group:
        batch_of("simulate_chain_otoc", otoc_job)
    conda:
        "../../envs/simulation.yaml"
    threads: 1
    resources:
        mem_mb=memory_of(otoc_job),
        runtime=time_of(otoc_job),
        checkpoint_folder=CHECKPOINTS,
        checkpoint_seconds=RUN.workflow.checkpoint_seconds,
    params:
        model=lambda wildcards: plain(RUN.chain.model)
        | plain(OTOC_CASES[wildcards.case], "length", "drive_amplitude")
        | {"geometry": "boundary"},
        numerics=lambda wildcards: plain(OTOC, "stepper", "time_step", "batch_size")
        | plain(
            OTOC_CASES[wildcards.case], "sampling_interval", "burn_in", "final_time", "dense_time", "saturation_time"
        ),
        angles=lambda wildcards: list(OTOC_CASES[wildcards.case].angles),
        sources=lambda wildcards: list(OTOC_CASES[wildcards.case].sources),
        trajectories=trajectories_of(otoc_job),
        seed=RUN.seed,
        fingerprint=rule_fingerprint("simulate_chain_otoc"),
    message:
        "Replicas of {wildcards.case}, {wildcards.job}"
    script:
        "../scripts/simulate_chain_otoc.py"


rule simulate_chain_lyapunov:
    input:
        kernels=ancient(kernels("bose_hubbard_chain", "simulate_chain_lyapunov")),
    output:
        RAW / "chain_lyapunov" / "{scan}" / "{job}.nc",
    log:
        LOGS / "chain_lyapunov" / "{scan}_{job}.log",
    benchmark:
        BENCHMARKS / "chain_lyapunov" / "{scan}_{job}.tsv"
    group:
        batch_of("simulate_chain_lyapunov", lyapunov_job)
    conda:
        "../../envs/simulation.yaml"
    threads: 1
    resources:
        mem_mb=memory_of(lyapunov_job),
        runtime=time_of(lyapunov_job),
        checkpoint_folder=CHECKPOINTS,
        checkpoint_seconds=RUN.workflow.checkpoint_seconds,
    params:
        model=lambda wildcards: plain(RUN.chain.model)
        | plain(LYAPUNOV_SCANS[wildcards.scan], "length")
        | {"geometry": "boundary"},
        numerics=lambda wildcards: plain(LYAPUNOV, "n_trajectories", "time_step", "interval", "burn_in_step")
        | plain(LYAPUNOV_SCANS[wildcards.scan], "n_exponents", "burn_in", "alignment", "averaging_time")
        | {"step_time": LYAPUNOV.step_time(LYAPUNOV_SCANS[wildcards.scan])},
        drive_amplitudes=points_of(lyapunov_job),
        seed=RUN.seed,
        fingerprint=rule_fingerprint("simulate_chain_lyapunov"),
    message:
        "Lyapunov exponents of {wildcards.scan}, {wildcards.job}"
    script:
        "../scripts/simulate_chain_lyapunov.py"


rule simulate_chain_moments:
    input:
        kernels=ancient(kernels("bose_hubbard_chain", "simulate_chain_moments")),
    output:
        RAW / "chain_moments" / "{case}" / "clones_{n_clones}" / "{job}.nc",
    log:
        LOGS / "chain_moments" / "{case}_clones_{n_clones}_{job}.log",
    benchmark:
        BENCHMARKS / "chain_moments" / "{case}_clones_{n_clones}_{job}.tsv"
    group:
        batch_of("simulate_chain_moments", moment_job)
    conda:
        "../../envs/simulation.yaml"
    threads: 1
    resources:
        mem_mb=memory_of(moment_job),
        runtime=time_of(moment_job),
        checkpoint_folder=CHECKPOINTS,
        checkpoint_seconds=RUN.workflow.checkpoint_seconds,
    params:
        model=lambda wildcards: plain(RUN.chain.model)
        | plain(MOMENT_CASES[wildcards.case], "length", "drive_amplitude")
        | {"geometry": "boundary"},
        numerics=lambda wildcards: plain(
            MOMENTS, "stepper", "time_step", "interval", "burn_in_step", "moments", "n_starts", "least_share"
        )
        | plain(MOMENT_CASES[wildcards.case], "burn_in", "alignment", "final_time", "relaxation_time", "early_time"),
        n_clones=lambda wildcards: int(wildcards.n_clones),
        clones=trajectories_of(moment_job),
        seed=RUN.seed,
        fingerprint=rule_fingerprint("simulate_chain_moments"),
    message:
        "Populations of {wildcards.n_clones} clones of {wildcards.case}, {wildcards.job}"
    script:
        "../scripts/simulate_chain_moments.py"


rule chain_lyapunov:
    input:
        raw=[RAW / "chain_lyapunov" / scan / f"{job}.nc" for scan, jobs in LYAPUNOV_JOBS.items() for job in jobs],
    output:
        table=TABLES / "chain_lyapunov.csv",
        provenance=TABLES / "chain_lyapunov.json",
        grid=GRIDS / "chain_lyapunov_spectrum.nc",
        grid_provenance=GRIDS / "chain_lyapunov_spectrum.json",
    log:
        LOGS / "chain_lyapunov.log",
    benchmark:
        BENCHMARKS / "chain_lyapunov.tsv"
    group:
        group_of("chain")
    conda:
        "../../envs/analysis.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=time_of_rule("chain_lyapunov"),
    params:
        fingerprint=rule_fingerprint("chain_lyapunov"),
    message:
        "Lyapunov exponents and Kaplan-Yorke dimension of the chain"
    script:
        "../scripts/chain_lyapunov.py"


rule chain_moments:
    input:
        raw=[
            RAW / "chain_moments" / case / f"clones_{n_clones}" / f"{job}.nc"
            for case, sizes in MOMENT_JOBS.items()
            for n_clones, jobs in sizes.items()
            for job in jobs
        ],
        lyapunov=rules.chain_lyapunov.output.table,
    output:
        clones=TABLES / "chain_moment_clones.csv",
        clones_provenance=TABLES / "chain_moment_clones.json",
        growth=TABLES / "chain_moment_growth.csv",
        growth_provenance=TABLES / "chain_moment_growth.json",
        curves=GRIDS / "chain_moment_curves.nc",
        curves_provenance=GRIDS / "chain_moment_curves.json",
    log:
        LOGS / "chain_moments.log",
    benchmark:
        BENCHMARKS / "chain_moments.tsv"
    group:
        group_of("chain")
    conda:
        "../../envs/analysis.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=time_of_rule("chain_moments"),
    params:
        least_effective=MOMENTS.least_effective,
        fingerprint=rule_fingerprint("chain_moments"),
    message:
        "Growth of the moments of small deviations of the chain"
    script:
        "../scripts/chain_moments.py"


rule chain_otoc:
    input:
        raw=[RAW / "chain_otoc" / case / f"{job}.nc" for case, jobs in OTOC_JOBS.items() for job in jobs],
        lyapunov=rules.chain_lyapunov.output.table,
        moments=rules.chain_moments.output.growth,
    output:
        grid=GRIDS / "chain_otoc.nc",
        grid_provenance=GRIDS / "chain_otoc.json",
        growth=GRIDS / "chain_otoc_growth.nc",
        growth_provenance=GRIDS / "chain_otoc_growth.json",
        rates=TABLES / "chain_otoc_rates.csv",
        rates_provenance=TABLES / "chain_otoc_rates.json",
        fronts=TABLES / "chain_otoc_fronts.csv",
        fronts_provenance=TABLES / "chain_otoc_fronts.json",
        exponents=TABLES / "chain_velocity_exponents.csv",
        exponents_provenance=TABLES / "chain_velocity_exponents.json",
        butterfly=TABLES / "chain_butterfly_velocity.csv",
        butterfly_provenance=TABLES / "chain_butterfly_velocity.json",
    log:
        LOGS / "chain_otoc.log",
    benchmark:
        BENCHMARKS / "chain_otoc.tsv"
    group:
        group_of("chain")
    conda:
        "../../envs/analysis.yaml"
    threads: 1
    resources:
        mem_mb=otoc_table_megabytes(OTOC),
        runtime=time_of_rule("chain_otoc"),
    params:
        drawn_angles={f"{case.length}_{case.drive_amplitude:g}": case.drawn_angle for case in OTOC.cases},
        fit=[OTOC.fit_start, OTOC.fit_margin, OTOC.least_growth, OTOC.least_effective],
        light_cone_levels=list(OTOC.light_cone_levels),
        front_levels=list(OTOC.front_levels),
        ray_velocities=list(OTOC.ray_velocities),
        fingerprint=rule_fingerprint("chain_otoc"),
    message:
        "Light cones, growth and saturation of the chain's OTOC"
    script:
        "../scripts/chain_otoc.py"
