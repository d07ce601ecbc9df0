# Figures: tables in, PDF and PNG out; targets of one figure, of one paper.


rule figure_torus_2:
    input:
        populations=rules.torus_populations.output.populations,
        trajectories=rules.torus_populations.output.trajectories,
    output:
        figures=captioned("torus_2", "torus"),
        provenance=FIGURES / "torus_2.json",
    log:
        LOGS / "figure_torus_2.log",
    benchmark:
        BENCHMARKS / "figure_torus_2.tsv"
    conda:
        "../../envs/figures.yaml"
    threads: 1
    resources:
        mem_mb=1500,
        runtime=15,
    params:
        figure="torus_2",
        model=plain(RUN.torus.model),
        initial_amplitude=RUN.torus.initial_amplitude,
        cases=[plain(case) for case in RUN.torus.populations],
        dpi=RUN.figures.dpi,
        fingerprint=script_fingerprint("figure_torus_2.py"),
    message:
        "Torus figure 2: melting of the limit torus"
    script:
        "../scripts/figure_torus_2.py"


rule figure_chain_2:
    input:
        table=rules.chain_phase_diagram.output.table,
    output:
        figures=captioned("chain_2", "chain"),
        provenance=FIGURES / "chain_2.json",
    log:
        LOGS / "figure_chain_2.log",
    benchmark:
        BENCHMARKS / "figure_chain_2.tsv"
    conda:
        "../../envs/figures.yaml"
    threads: 1
    resources:
        mem_mb=1500,
        runtime=15,
    params:
        figure="chain_2",
        model=plain(RUN.chain.model),
        scan=plain(next(scan for scan in RUN.chain.steady_states if scan.geometry == "boundary")),
        dpi=RUN.figures.dpi,
        fingerprint=script_fingerprint("figure_chain_2.py"),
    message:
        "Chain figure 2: photon statistics of the last site against the drive"
    script:
        "../scripts/figure_chain_2.py"


rule torus:
    input:
        rules.figure_torus_2.output,


rule chain:
    input:
        rules.figure_chain_2.output,
