# Figures of the gaps of the torus' lines: tables in, PDF and PNG out.

GAP_CAPTION = plain(RUN.torus.gaps) | {"variants": [case.name for case in RUN.torus.gaps.variants]}


rule figure_torus_3b:
    input:
        gaps=rules.torus_gaps.output.gaps,
        fits=rules.torus_gap_fit.output.table,
        cases=rules.torus_gaps.output.cases,
        lines=rules.torus_portraits.output.lines,
    output:
        figures=captioned("torus_3b", "torus"),
        provenance=FIGURES / "torus_3b.json",
    log:
        LOGS / "figure_torus_3b.log",
    benchmark:
        BENCHMARKS / "figure_torus_3b.tsv"
    conda:
        "../../envs/figures.yaml"
    threads: 1
    resources:
        mem_mb=1500,
        runtime=15,
    params:
        figure="torus_3b",
        model=plain(RUN.torus.model),
        gaps=GAP_CAPTION,
        dpi=RUN.figures.dpi,
        fingerprint=script_fingerprint("figure_torus_3b.py"),
    message:
        "Torus figure 3b: gaps of the lines against aleph"
    script:
        "../scripts/figure_torus_3b.py"


rule figure_torus_spectrogram:
    input:
        grid=rules.torus_spectrogram.output.grid,
        gaps=rules.torus_gaps.output.gaps,
        cases=rules.torus_gaps.output.cases,
    output:
        figures=captioned("torus_spectrogram", "torus"),
        provenance=FIGURES / "torus_spectrogram.json",
    log:
        LOGS / "figure_torus_spectrogram.log",
    benchmark:
        BENCHMARKS / "figure_torus_spectrogram.tsv"
    conda:
        "../../envs/figures.yaml"
    threads: 1
    resources:
        mem_mb=1500,
        runtime=15,
    params:
        figure="torus_spectrogram",
        model=plain(RUN.torus.model),
        gaps=GAP_CAPTION,
        dpi=RUN.figures.dpi,
        fingerprint=script_fingerprint("figure_torus_spectrogram.py"),
    message:
        "Torus: spectrogram of the two-time correlation"
    script:
        "../scripts/figure_torus_spectrogram.py"


rule figure_torus_gap_windows:
    input:
        fits=rules.torus_gap_fit.output.table,
    output:
        figures=captioned("torus_gap_windows", "torus"),
        provenance=FIGURES / "torus_gap_windows.json",
    log:
        LOGS / "figure_torus_gap_windows.log",
    benchmark:
        BENCHMARKS / "figure_torus_gap_windows.tsv"
    conda:
        "../../envs/figures.yaml"
    threads: 1
    resources:
        mem_mb=1500,
        runtime=15,
    params:
        figure="torus_gap_windows",
        model=plain(RUN.torus.model),
        gaps=GAP_CAPTION,
        dpi=RUN.figures.dpi,
        fingerprint=script_fingerprint("figure_torus_gap_windows.py"),
    message:
        "Torus: exponents of the gaps, window by window"
    script:
        "../scripts/figure_torus_gap_windows.py"


rule figure_torus_loss:
    input:
        gaps=rules.torus_gaps.output.gaps,
        fits=rules.torus_gap_fit.output.table,
        cases=rules.torus_gaps.output.cases,
    output:
        figures=captioned("torus_loss", "torus"),
        provenance=FIGURES / "torus_loss.json",
    log:
        LOGS / "figure_torus_loss.log",
    benchmark:
        BENCHMARKS / "figure_torus_loss.tsv"
    conda:
        "../../envs/figures.yaml"
    threads: 1
    resources:
        mem_mb=1500,
        runtime=15,
    params:
        figure="torus_loss",
        model=plain(RUN.torus.model),
        gaps=GAP_CAPTION,
        dpi=RUN.figures.dpi,
        fingerprint=script_fingerprint("figure_torus_loss.py"),
    message:
        "Torus: gaps under single-photon loss"
    script:
        "../scripts/figure_torus_loss.py"


rule figure_torus_thermal:
    input:
        gaps=rules.torus_gaps.output.gaps,
        fits=rules.torus_gap_fit.output.table,
        cases=rules.torus_gaps.output.cases,
    output:
        figures=captioned("torus_thermal", "torus"),
        provenance=FIGURES / "torus_thermal.json",
    log:
        LOGS / "figure_torus_thermal.log",
    benchmark:
        BENCHMARKS / "figure_torus_thermal.tsv"
    conda:
        "../../envs/figures.yaml"
    threads: 1
    resources:
        mem_mb=1500,
        runtime=15,
    params:
        figure="torus_thermal",
        model=plain(RUN.torus.model),
        gaps=GAP_CAPTION,
        dpi=RUN.figures.dpi,
        fingerprint=script_fingerprint("figure_torus_thermal.py"),
    message:
        "Torus: gaps under thermal noise"
    script:
        "../scripts/figure_torus_thermal.py"


rule figure_torus_universality:
    input:
        fits=rules.torus_gap_fit.output.table,
        cases=rules.torus_gaps.output.cases,
    output:
        figures=captioned("torus_universality", "torus"),
        provenance=FIGURES / "torus_universality.json",
    log:
        LOGS / "figure_torus_universality.log",
    benchmark:
        BENCHMARKS / "figure_torus_universality.tsv"
    conda:
        "../../envs/figures.yaml"
    threads: 1
    resources:
        mem_mb=1500,
        runtime=15,
    params:
        figure="torus_universality",
        model=plain(RUN.torus.model),
        gaps=GAP_CAPTION,
        dpi=RUN.figures.dpi,
        fingerprint=script_fingerprint("figure_torus_universality.py"),
    message:
        "Torus: exponents at other parameters"
    script:
        "../scripts/figure_torus_universality.py"


rule figure_torus_dual:
    input:
        gaps=rules.torus_gaps.output.gaps,
        cases=rules.torus_gaps.output.cases,
    output:
        figures=captioned("torus_dual", "torus"),
        provenance=FIGURES / "torus_dual.json",
    log:
        LOGS / "figure_torus_dual.log",
    benchmark:
        BENCHMARKS / "figure_torus_dual.tsv"
    conda:
        "../../envs/figures.yaml"
    threads: 1
    resources:
        mem_mb=1500,
        runtime=15,
    params:
        figure="torus_dual",
        model=plain(RUN.torus.model),
        gaps=GAP_CAPTION,
        dpi=RUN.figures.dpi,
        fingerprint=script_fingerprint("figure_torus_dual.py"),
    message:
        "Torus: the two scalings"
    script:
        "../scripts/figure_torus_dual.py"
