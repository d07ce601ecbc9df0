# The resonant nonlinear wave of the chain: its stationary branch, its figures, and the schematic of the chain.


rule chain_rnw_branch:
    input:
        profiles=TABLES / "chain_profiles.csv",
    output:
        branch=TABLES / "chain_rnw_branch.csv",
        branch_provenance=TABLES / "chain_rnw_branch.json",
        continuation=TABLES / "chain_rnw_continuation.csv",
        continuation_provenance=TABLES / "chain_rnw_continuation.json",
        profiles=TABLES / "chain_rnw_profiles.csv",
        profiles_provenance=TABLES / "chain_rnw_profiles.json",
    log:
        LOGS / "chain_rnw_branch.log",
    benchmark:
        BENCHMARKS / "chain_rnw_branch.tsv"
    conda:
        "../../envs/analysis.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=30,
    params:
        model=plain(RUN.chain.model),
        wave=plain(RUN.chain.wave),
        fingerprint=script_fingerprint("chain_rnw_branch.py"),
    message:
        "Stationary branch of the resonant nonlinear wave"
    script:
        "../scripts/chain_rnw_branch.py"


rule chain_parameters:
    output:
        table=TABLES / "chain_parameters.csv",
        provenance=TABLES / "chain_parameters.json",
    log:
        LOGS / "chain_parameters.log",
    benchmark:
        BENCHMARKS / "chain_parameters.tsv"
    conda:
        "../../envs/analysis.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=5,
    params:
        model=plain(RUN.chain.model),
        fingerprint=script_fingerprint("chain_parameters.py"),
    message:
        "Parameters of the chain"
    script:
        "../scripts/chain_parameters.py"


rule figure_chain_1:
    input:
        table=rules.chain_parameters.output.table,
    output:
        figures=captioned("chain_1", "chain"),
        provenance=FIGURES / "chain_1.json",
    log:
        LOGS / "figure_chain_1.log",
    benchmark:
        BENCHMARKS / "figure_chain_1.tsv"
    conda:
        "../../envs/figures.yaml"
    threads: 1
    resources:
        mem_mb=1500,
        runtime=15,
    params:
        figure="chain_1",
        dpi=RUN.figures.dpi,
        fingerprint=script_fingerprint("figure_chain_1.py"),
    message:
        "Chain figure 1: schematic"
    script:
        "../scripts/figure_chain_1.py"


rule figure_chain_6:
    input:
        profiles=TABLES / "chain_profiles.csv",
        coherence=TABLES / "chain_coherence.csv",
        linear=rules.chain_rnw_branch.output.profiles,
        wigner=GRIDS / "chain_wigner.nc",
    output:
        figures=captioned("chain_6", "chain"),
        provenance=FIGURES / "chain_6.json",
    log:
        LOGS / "figure_chain_6.log",
    benchmark:
        BENCHMARKS / "figure_chain_6.tsv"
    conda:
        "../../envs/figures.yaml"
    threads: 1
    resources:
        mem_mb=1500,
        runtime=15,
    params:
        figure="chain_6",
        model=plain(RUN.chain.model),
        point=plain(RUN.chain.wave.points[0]),
        dpi=RUN.figures.dpi,
        fingerprint=script_fingerprint("figure_chain_6.py"),
    message:
        "Chain figure 6: quantum fluctuations of the resonant nonlinear wave"
    script:
        "../scripts/figure_chain_6.py"


rule figure_chain_18:
    input:
        profiles=TABLES / "chain_profiles.csv",
        linear=rules.chain_rnw_branch.output.profiles,
    output:
        figures=captioned("chain_18", "chain"),
        provenance=FIGURES / "chain_18.json",
    log:
        LOGS / "figure_chain_18.log",
    benchmark:
        BENCHMARKS / "figure_chain_18.tsv"
    conda:
        "../../envs/figures.yaml"
    threads: 1
    resources:
        mem_mb=1500,
        runtime=15,
    params:
        figure="chain_18",
        model=plain(RUN.chain.model),
        point=plain(RUN.chain.wave.points[0]),
        dpi=RUN.figures.dpi,
        fingerprint=script_fingerprint("figure_chain_18.py"),
    message:
        "Chain figure 18: the resonant nonlinear wave site by site"
    script:
        "../scripts/figure_chain_18.py"


rule figure_chain_rnw_branch:
    input:
        branch=rules.chain_rnw_branch.output.branch,
        continuation=rules.chain_rnw_branch.output.continuation,
        linear=rules.chain_rnw_branch.output.profiles,
        profiles=TABLES / "chain_profiles.csv",
    output:
        figures=captioned("chain_rnw_branch", "chain"),
        provenance=FIGURES / "chain_rnw_branch.json",
    log:
        LOGS / "figure_chain_rnw_branch.log",
    benchmark:
        BENCHMARKS / "figure_chain_rnw_branch.tsv"
    conda:
        "../../envs/figures.yaml"
    threads: 1
    resources:
        mem_mb=1500,
        runtime=15,
    params:
        figure="chain_rnw_branch",
        model=plain(RUN.chain.model),
        point=plain(RUN.chain.wave.points[0]),
        dpi=RUN.figures.dpi,
        fingerprint=script_fingerprint("figure_chain_rnw_branch.py"),
    message:
        "Chain: stationary branch of the resonant nonlinear wave"
    script:
        "../scripts/figure_chain_rnw_branch.py"
