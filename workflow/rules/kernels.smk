# Machine code: compiled once a model, before the jobs that would otherwise all compile it at the same time.


STEP_VARIANTS = {
    "kerr_dimer": plan.step_variants(RUN.torus, RUN.steppers.torus),
    "bose_hubbard_chain": plan.step_variants(RUN.chain, RUN.steppers.chain),
}
# Steps of trajectories that are followed along with replicas of them.
REPLICA_STEPPERS = {"kerr_dimer": [], "bose_hubbard_chain": [OTOC.stepper]}


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
        replica_steppers=lambda wildcards: REPLICA_STEPPERS[wildcards.model],
        fingerprint=lambda wildcards: wildcards.code,
    message:
        "Compiling the kernels of {wildcards.model} once, for all jobs"
    script:
        "../scripts/warm_kernels.py"
