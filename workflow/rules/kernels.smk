# Machine code: compiled once a model, before the jobs that would otherwise all compile it at the same time.


STEP_VARIANTS = {
    "kerr_dimer": plan.step_variants(RUN.torus, RUN.steppers.torus),
    "bose_hubbard_chain": plan.step_variants(RUN.chain, RUN.steppers.chain),
}


rule warm_kernels:
    output:
        RESULTS / "kernels" / "{model}_{code}.json",
    log:
        LOGS / "kernels" / "{model}_{code}.log",
    benchmark:
        BENCHMARKS / "kernels" / "{model}_{code}.tsv"
    conda:
        "../../envs/simulation.yaml"
    threads: 1
    resources:
        mem_mb=1500,
        runtime=10,
    params:
        model=lambda wildcards: wildcards.model,
        variants=lambda wildcards: STEP_VARIANTS[wildcards.model],
        fingerprint=lambda wildcards: wildcards.code,
    message:
        "Compiling the kernels of {wildcards.model} once, for all jobs"
    script:
        "../scripts/warm_kernels.py"
