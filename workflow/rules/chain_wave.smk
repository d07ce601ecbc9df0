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
    group:
        group_of("chain")
    conda:
        "../../envs/analysis.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=time_of_rule("chain_rnw_branch"),
    params:
        model=plain(RUN.chain.model),
        wave=plain(RUN.chain.wave),
        stepper=RUN.chain.ensembles.stepper,
        time_step=RUN.chain.ensembles.time_step,
        fingerprint=rule_fingerprint("chain_rnw_branch"),
    message:
        "Stationary branch of the resonant nonlinear wave"
    script:
        "../scripts/chain_rnw_branch.py"


rule chain_circuit:
    output:
        table=TABLES / "chain_circuit.csv",
        provenance=TABLES / "chain_circuit.json",
    log:
        LOGS / "chain_circuit.log",
    benchmark:
        BENCHMARKS / "chain_circuit.tsv"
    group:
        group_of("chain")
    conda:
        "../../envs/analysis.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=time_of_rule("chain_circuit"),
    params:
        model=plain(RUN.chain.model),
        circuit=plain(RUN.chain.wave.circuit),
        drive_amplitude=RUN.chain.wave.points[0].drive_amplitude,
        fingerprint=rule_fingerprint("chain_circuit"),
    message:
        "The chain in units of a circuit"
    script:
        "../scripts/chain_circuit.py"


rule chain_parameters:
    output:
        table=TABLES / "chain_parameters.csv",
        provenance=TABLES / "chain_parameters.json",
    log:
        LOGS / "chain_parameters.log",
    benchmark:
        BENCHMARKS / "chain_parameters.tsv"
    group:
        group_of("chain")
    conda:
        "../../envs/analysis.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=time_of_rule("chain_parameters"),
    params:
        model=plain(RUN.chain.model),
        fingerprint=rule_fingerprint("chain_parameters"),
    message:
        "Parameters of the chain"
    script:
        "../scripts/chain_parameters.py"
