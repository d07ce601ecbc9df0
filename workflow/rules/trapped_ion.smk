# A trapped ion as the two cavities (arXiv:2507.03764, Sec. IV): closed formulas, no simulation.


rule torus_trapped_ion:
    output:
        ion=TABLES / "torus_trapped_ion.csv",
        ion_provenance=TABLES / "torus_trapped_ion.json",
        region=TABLES / "torus_ion_region.csv",
        region_provenance=TABLES / "torus_ion_region.json",
    log:
        LOGS / "torus_trapped_ion.log",
    benchmark:
        BENCHMARKS / "torus_trapped_ion.tsv"
    conda:
        "../../envs/analysis.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        model=plain(RUN.torus.trapped_ion.model),
        lasers=plain(RUN.torus.trapped_ion.lasers),
        region=plain(RUN.torus.trapped_ion.region),
        fingerprint=rule_fingerprint("torus_trapped_ion"),
    message:
        "Effective parameters and reach of a trapped ion"
    script:
        "../scripts/torus_trapped_ion.py"
