# Phase diffusion of limit cycle and limit torus without sampling, and the lines that it makes slow.


rule torus_diffusion:
    output:
        diffusion=TABLES / "torus_diffusion.csv",
        diffusion_provenance=TABLES / "torus_diffusion.json",
        line_gaps=TABLES / "torus_line_gaps.csv",
        line_gaps_provenance=TABLES / "torus_line_gaps.json",
        line_ranks=TABLES / "torus_line_ranks.csv",
        line_ranks_provenance=TABLES / "torus_line_ranks.json",
        slowest_lines=TABLES / "torus_slowest_lines.csv",
        slowest_lines_provenance=TABLES / "torus_slowest_lines.json",
    log:
        LOGS / "torus_diffusion.log",
    benchmark:
        BENCHMARKS / "torus_diffusion.tsv"
    group:
        group_of("torus")
    conda:
        "../../envs/analysis.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=time_of_rule("torus_diffusion"),
    params:
        model=CLASSICAL_LIMIT,
        omegas=ATTRACTORS.omegas,
        max_period=ATTRACTORS.max_period,
        max_line_order=ATTRACTORS.max_line_order,
        initial_amplitude=RUN.torus.initial_amplitude,
        fingerprint=rule_fingerprint("torus_diffusion"),
    message:
        "Phase diffusion of limit cycle and limit torus over omega"
    script:
        "../scripts/torus_diffusion.py"


rule torus_angle_weights:
    output:
        table=TABLES / "torus_angle_weights.csv",
        provenance=TABLES / "torus_angle_weights.json",
    log:
        LOGS / "torus_angle_weights.log",
    benchmark:
        BENCHMARKS / "torus_angle_weights.tsv"
    group:
        group_of("torus")
    conda:
        "../../envs/analysis.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=time_of_rule("torus_angle_weights"),
    params:
        model=CLASSICAL_LIMIT,
        omegas=list(ATTRACTORS.portraits),
        initial_amplitude=RUN.torus.initial_amplitude,
        fingerprint=rule_fingerprint("torus_angle_weights"),
    message:
        "Lines of the cavities' phases on the limit torus"
    script:
        "../scripts/torus_angle_weights.py"
