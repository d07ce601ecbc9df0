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


rule figure_torus_1:
    input:
        branches=rules.torus_branches.output.branches,
        bifurcations=rules.torus_branches.output.bifurcations,
        lines=rules.torus_portraits.output.lines,
        spectrum_map=rules.torus_attractors.output.spectra,
        portraits=rules.torus_portraits.output.portraits,
        spectra=rules.torus_portraits.output.spectra,
    output:
        figures=captioned("torus_1", "torus"),
        provenance=FIGURES / "torus_1.json",
    log:
        LOGS / "figure_torus_1.log",
    benchmark:
        BENCHMARKS / "figure_torus_1.tsv"
    conda:
        "../../envs/figures.yaml"
    threads: 1
    resources:
        mem_mb=1500,
        runtime=15,
    params:
        figure="torus_1",
        model=plain(RUN.torus.model),
        attractors=plain(RUN.torus.attractors),
        dpi=RUN.figures.dpi,
        fingerprint=script_fingerprint("figure_torus_1.py"),
    message:
        "Torus figure 1: limit cycle and limit torus of the classical cavities"
    script:
        "../scripts/figure_torus_1.py"


rule figure_torus_lyapunov:
    input:
        attractors=rules.torus_attractors.output.table,
        bifurcations=rules.torus_branches.output.bifurcations,
    output:
        figures=captioned("torus_lyapunov", "torus"),
        provenance=FIGURES / "torus_lyapunov.json",
    log:
        LOGS / "figure_torus_lyapunov.log",
    benchmark:
        BENCHMARKS / "figure_torus_lyapunov.tsv"
    conda:
        "../../envs/figures.yaml"
    threads: 1
    resources:
        mem_mb=1500,
        runtime=15,
    params:
        figure="torus_lyapunov",
        model=plain(RUN.torus.model),
        attractors=plain(RUN.torus.attractors),
        dpi=RUN.figures.dpi,
        fingerprint=script_fingerprint("figure_torus_lyapunov.py"),
    message:
        "Torus: Lyapunov exponents over omega, attractors over omega and J"
    script:
        "../scripts/figure_torus_lyapunov.py"


rule figure_torus_ratio:
    input:
        branches=rules.torus_branches.output.branches,
        bifurcations=rules.torus_branches.output.bifurcations,
        lines=rules.torus_portraits.output.lines,
    output:
        figures=captioned("torus_ratio", "torus"),
        provenance=FIGURES / "torus_ratio.json",
    log:
        LOGS / "figure_torus_ratio.log",
    benchmark:
        BENCHMARKS / "figure_torus_ratio.tsv"
    conda:
        "../../envs/figures.yaml"
    threads: 1
    resources:
        mem_mb=1500,
        runtime=15,
    params:
        figure="torus_ratio",
        model=plain(RUN.torus.model),
        attractors=plain(RUN.torus.attractors),
        dpi=RUN.figures.dpi,
        fingerprint=script_fingerprint("figure_torus_ratio.py"),
    message:
        "Torus: frequencies along the branches and their ratio"
    script:
        "../scripts/figure_torus_ratio.py"


rule figure_torus_diffusion:
    input:
        diffusion=rules.torus_diffusion.output.diffusion,
        line_gaps=rules.torus_diffusion.output.line_gaps,
        slowest_lines=rules.torus_diffusion.output.slowest_lines,
        bifurcations=rules.torus_branches.output.bifurcations,
    output:
        figures=captioned("torus_diffusion", "torus"),
        provenance=FIGURES / "torus_diffusion.json",
    log:
        LOGS / "figure_torus_diffusion.log",
    benchmark:
        BENCHMARKS / "figure_torus_diffusion.tsv"
    conda:
        "../../envs/figures.yaml"
    threads: 1
    resources:
        mem_mb=1500,
        runtime=15,
    params:
        figure="torus_diffusion",
        model=plain(RUN.torus.model),
        attractors=plain(RUN.torus.attractors),
        dpi=RUN.figures.dpi,
        fingerprint=script_fingerprint("figure_torus_diffusion.py"),
    message:
        "Torus: phase diffusion and gaps of all lines over omega"
    script:
        "../scripts/figure_torus_diffusion.py"


rule figure_torus_4:
    input:
        maps=rules.torus_wigner.output.grid,
        weight=rules.torus_wigner.output.weight,
    output:
        figures=captioned("torus_4", "torus"),
        provenance=FIGURES / "torus_4.json",
    log:
        LOGS / "figure_torus_4.log",
    benchmark:
        BENCHMARKS / "figure_torus_4.tsv"
    conda:
        "../../envs/figures.yaml"
    threads: 1
    resources:
        mem_mb=1500,
        runtime=15,
    params:
        figure="torus_4",
        model=plain(RUN.torus.model),
        initial_amplitude=RUN.torus.initial_amplitude,
        settings=plain(WIGNER),
        dpi=RUN.figures.dpi,
        fingerprint=script_fingerprint("figure_torus_4.py"),
    message:
        "Torus figure 4: Wigner functions"
    script:
        "../scripts/figure_torus_4.py"


rule figure_torus_5:
    input:
        variance=rules.torus_circular_variance.output.variance,
        scaling=rules.torus_circular_variance.output.scaling,
    output:
        figures=captioned("torus_5", "torus"),
        provenance=FIGURES / "torus_5.json",
    log:
        LOGS / "figure_torus_5.log",
    benchmark:
        BENCHMARKS / "figure_torus_5.tsv"
    conda:
        "../../envs/figures.yaml"
    threads: 1
    resources:
        mem_mb=1500,
        runtime=15,
    params:
        figure="torus_5",
        model=plain(RUN.torus.model),
        initial_amplitude=RUN.torus.initial_amplitude,
        settings=plain(VARIANCE),
        dpi=RUN.figures.dpi,
        fingerprint=script_fingerprint("figure_torus_5.py"),
    message:
        "Torus figure 5: scaling of the circular variance"
    script:
        "../scripts/figure_torus_5.py"


rule figure_torus_switching:
    input:
        basins=rules.torus_switching.output.basins,
        weights=rules.torus_switching.output.weights,
        switching=rules.torus_switching.output.switching,
        laws=rules.torus_switching.output.laws,
        bifurcations=rules.torus_branches.output.bifurcations,
    output:
        figures=captioned("torus_switching", "torus"),
        provenance=FIGURES / "torus_switching.json",
    log:
        LOGS / "figure_torus_switching.log",
    benchmark:
        BENCHMARKS / "figure_torus_switching.tsv"
    conda:
        "../../envs/figures.yaml"
    threads: 1
    resources:
        mem_mb=1500,
        runtime=15,
    params:
        figure="torus_switching",
        model=plain(RUN.torus.model),
        settings=plain(SWITCHING),
        dpi=RUN.figures.dpi,
        fingerprint=script_fingerprint("figure_torus_switching.py"),
    message:
        "Torus: switching between limit cycle and limit torus"
    script:
        "../scripts/figure_torus_switching.py"


rule figure_steppers:
    input:
        errors=rules.stepper_errors.output.table,
    output:
        figures=captioned("steppers", "methods"),
        provenance=FIGURES / "steppers.json",
    log:
        LOGS / "figure_steppers.log",
    benchmark:
        BENCHMARKS / "figure_steppers.tsv"
    conda:
        "../../envs/figures.yaml"
    threads: 1
    resources:
        mem_mb=1500,
        runtime=15,
    params:
        figure="steppers",
        steppers=plain(RUN.steppers),
        dpi=RUN.figures.dpi,
        fingerprint=script_fingerprint("figure_steppers.py"),
    message:
        "Weak error of the steppers against their step"
    script:
        "../scripts/figure_steppers.py"


rule figure_torus_ion:
    input:
        ion=rules.torus_trapped_ion.output.ion,
        region=rules.torus_trapped_ion.output.region,
    output:
        figures=captioned("torus_ion", "torus"),
        provenance=FIGURES / "torus_ion.json",
    log:
        LOGS / "figure_torus_ion.log",
    benchmark:
        BENCHMARKS / "figure_torus_ion.tsv"
    conda:
        "../../envs/figures.yaml"
    threads: 1
    resources:
        mem_mb=1500,
        runtime=15,
    params:
        figure="torus_ion",
        ion=plain(RUN.torus.trapped_ion),
        dpi=RUN.figures.dpi,
        fingerprint=script_fingerprint("figure_torus_ion.py"),
    message:
        "Torus: what a trapped ion can reach"
    script:
        "../scripts/figure_torus_ion.py"


rule figure_torus_schematic:
    input:
        table=rules.torus_parameters.output.table,
    output:
        figures=captioned("torus_schematic", "torus"),
        provenance=FIGURES / "torus_schematic.json",
    log:
        LOGS / "figure_torus_schematic.log",
    benchmark:
        BENCHMARKS / "figure_torus_schematic.tsv"
    conda:
        "../../envs/figures.yaml"
    threads: 1
    resources:
        mem_mb=1500,
        runtime=15,
    params:
        figure="torus_schematic",
        dpi=RUN.figures.dpi,
        fingerprint=script_fingerprint("figure_torus_schematic.py"),
    message:
        "Torus: schematic of the cavities and of the rescaling"
    script:
        "../scripts/figure_torus_schematic.py"


rule figure_torus_liouvillian:
    input:
        spectrum=rules.torus_liouvillian.output.spectrum,
        lines=rules.torus_portraits.output.lines,
    output:
        figures=captioned("torus_liouvillian", "torus"),
        provenance=FIGURES / "torus_liouvillian.json",
    log:
        LOGS / "figure_torus_liouvillian.log",
    benchmark:
        BENCHMARKS / "figure_torus_liouvillian.tsv"
    conda:
        "../../envs/figures.yaml"
    threads: 1
    resources:
        mem_mb=1500,
        runtime=15,
    params:
        figure="torus_liouvillian",
        model=plain(RUN.torus.model),
        liouvillian=plain(RUN.torus.liouvillian),
        dpi=RUN.figures.dpi,
        fingerprint=script_fingerprint("figure_torus_liouvillian.py"),
    message:
        "Torus: low-lying spectrum of the Liouvillian"
    script:
        "../scripts/figure_torus_liouvillian.py"


rule figure_torus_crossover:
    input:
        lines=rules.torus_crossover.output.table,
        limits=rules.torus_portraits.output.lines,
    output:
        figures=captioned("torus_crossover", "torus"),
        provenance=FIGURES / "torus_crossover.json",
    log:
        LOGS / "figure_torus_crossover.log",
    benchmark:
        BENCHMARKS / "figure_torus_crossover.tsv"
    conda:
        "../../envs/figures.yaml"
    threads: 1
    resources:
        mem_mb=1500,
        runtime=15,
    params:
        figure="torus_crossover",
        model=plain(RUN.torus.model),
        liouvillian=plain(RUN.torus.liouvillian),
        dpi=RUN.figures.dpi,
        fingerprint=script_fingerprint("figure_torus_crossover.py"),
    message:
        "Torus: gaps from the deep quantum to the classical limit"
    script:
        "../scripts/figure_torus_crossover.py"


rule figure_torus_steady_state:
    input:
        states=rules.torus_steady_state.output.table,
    output:
        figures=captioned("torus_steady_state", "torus"),
        provenance=FIGURES / "torus_steady_state.json",
    log:
        LOGS / "figure_torus_steady_state.log",
    benchmark:
        BENCHMARKS / "figure_torus_steady_state.tsv"
    conda:
        "../../envs/figures.yaml"
    threads: 1
    resources:
        mem_mb=1500,
        runtime=15,
    params:
        figure="torus_steady_state",
        model=plain(RUN.torus.model),
        liouvillian=plain(RUN.torus.liouvillian),
        steady_states=plain(RUN.torus.steady_states),
        dpi=RUN.figures.dpi,
        fingerprint=script_fingerprint("figure_torus_steady_state.py"),
    message:
        "Torus: steady state, exact and truncated Wigner"
    script:
        "../scripts/figure_torus_steady_state.py"


rule figure_torus_eigenmatrices:
    input:
        eigenmatrices=rules.torus_liouvillian.output.eigenmatrices,
    output:
        figures=captioned("torus_eigenmatrices", "torus"),
        provenance=FIGURES / "torus_eigenmatrices.json",
    log:
        LOGS / "figure_torus_eigenmatrices.log",
    benchmark:
        BENCHMARKS / "figure_torus_eigenmatrices.tsv"
    conda:
        "../../envs/figures.yaml"
    threads: 1
    resources:
        mem_mb=1500,
        runtime=15,
    params:
        figure="torus_eigenmatrices",
        model=plain(RUN.torus.model),
        liouvillian=plain(RUN.torus.liouvillian),
        dpi=RUN.figures.dpi,
        fingerprint=script_fingerprint("figure_torus_eigenmatrices.py"),
    message:
        "Torus: eigenmatrices in phase space"
    script:
        "../scripts/figure_torus_eigenmatrices.py"


rule torus:
    input:
        rules.figure_torus_1.output,
        rules.figure_torus_2.output,
        rules.figure_torus_lyapunov.output,
        rules.figure_torus_ratio.output,
        rules.figure_torus_4.output,
        rules.figure_torus_5.output,
        rules.figure_torus_switching.output,
        rules.figure_torus_diffusion.output,
        rules.torus_angle_weights.output,
        rules.figure_torus_schematic.output,
        rules.figure_torus_ion.output,
        rules.figure_torus_3b.output,
        rules.figure_torus_spectrogram.output,
        rules.figure_torus_gap_windows.output,
        rules.figure_torus_loss.output,
        rules.figure_torus_thermal.output,
        rules.figure_torus_universality.output,
        rules.figure_torus_dual.output,
        rules.figure_torus_liouvillian.output,
        rules.figure_torus_steady_state.output,
        rules.figure_torus_eigenmatrices.output,
        rules.figure_torus_crossover.output,


rule chain:
    input:
        rules.figure_chain_2.output,
        rules.figure_chain_11.output,
        rules.figure_chain_12.output,
        rules.figure_chain_1.output,
        rules.figure_chain_6.output,
        rules.figure_chain_18.output,
        rules.figure_chain_rnw_branch.output,
        rules.figure_chain_3.output,
        rules.figure_chain_13.output,
        rules.figure_chain_19.output,
        rules.figure_chain_8.output,
        rules.figure_chain_lyapunov.output,


rule steppers:
    input:
        rules.figure_steppers.output,
