# A trapped ion, and a circuit, as the two cavities (arXiv:2507.03764, Sec. IV): closed formulas, no simulation.


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
    group:
        group_of("torus")
    conda:
        "../../envs/analysis.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=time_of_rule("torus_trapped_ion"),
    params:
        model=plain(RUN.torus.trapped_ion.model),
        lasers=plain(RUN.torus.trapped_ion.lasers),
        region=plain(RUN.torus.trapped_ion.region),
        fingerprint=rule_fingerprint("torus_trapped_ion"),
    message:
        "Effective parameters and reach of a trapped ion"
    script:
        "../scripts/torus_trapped_ion.py"


rule torus_circuit:
    output:
        table=TABLES / "torus_circuit.csv",
        provenance=TABLES / "torus_circuit.json",
    log:
        LOGS / "torus_circuit.log",
    benchmark:
        BENCHMARKS / "torus_circuit.tsv"
    group:
        group_of("torus")
    conda:
        "../../envs/analysis.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=time_of_rule("torus_circuit"),
    params:
        model=plain(RUN.torus.model, "omega", "kerr", "tunneling", "pump_rate", "two_photon_loss_rate"),
        circuit=plain(RUN.torus.circuit),
        fingerprint=rule_fingerprint("torus_circuit"),
    message:
        "Two microwave cavities as the model"
    script:
        "../scripts/torus_circuit.py"
