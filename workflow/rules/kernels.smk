# Machine code: compiled once a model, before the jobs that would otherwise all compile it at the same time.

from openkerr.studies.planning import step_variants

STEP_VARIANTS = {
    "kerr_dimer": step_variants(RUN.torus, RUN.steppers.torus),
    "bose_hubbard_chain": step_variants(RUN.chain, RUN.steppers.chain),
}
# Steps of trajectories that are followed along with replicas of them.
REPLICA_STEPPERS = {"kerr_dimer": [], "bose_hubbard_chain": [RUN.chain.otoc.stepper]}
CLONE_STEPPERS = {"kerr_dimer": [], "bose_hubbard_chain": [RUN.chain.moments.stepper]}

SPLITTING_STEPS = {
    "kerr_dimer": [],
    "bose_hubbard_chain": [[RUN.chain.metastability.stepper, RUN.chain.metastability.precision]],
}


rule warm_kernels:
    output:
        RESULTS / "kernels" / "{model}.{user}.{code}.json",
    log:
        LOGS / "kernels" / "{model}.{user}.{code}.log",
    benchmark:
        BENCHMARKS / "kernels" / "{model}.{user}.{code}.tsv"
    wildcard_constraints:
        model="[^.]+",
        user="[^.]+",
        code="[0-9a-f]+",
    group:
        group_of("kernels")
    conda:
        "../../envs/simulation.yaml"
    threads: 1
    resources:
        mem_mb=1500,
        runtime=time_of_rule("warm_kernels"),
    params:
        model=lambda wildcards: wildcards.model,
        of_rule=lambda wildcards: wildcards.user,
        variants=lambda wildcards: STEP_VARIANTS[wildcards.model],
        replica_steppers=lambda wildcards: REPLICA_STEPPERS[wildcards.model],
        clone_steppers=lambda wildcards: CLONE_STEPPERS[wildcards.model],
        splitting_steps=lambda wildcards: SPLITTING_STEPS[wildcards.model],
        fingerprint=lambda wildcards: rule_fingerprint(wildcards.user),
    message:
        "Compiling the kernels of {wildcards.model} once, for all jobs of {wildcards.user}"
    script:
        "../scripts/warm_kernels.py"
