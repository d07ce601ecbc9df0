# Machine code: compiled once, before the jobs that would otherwise all compile it at the same time.


rule warm_kernels:
    output:
        KERNELS,
    log:
        LOGS / "warm_kernels.log",
    benchmark:
        BENCHMARKS / "warm_kernels.tsv"
    conda:
        "../../envs/simulation.yaml"
    threads: 1
    resources:
        mem_mb=1500,
        runtime=10,
    params:
        fingerprint=script_fingerprint("warm_kernels.py"),
    message:
        "Compiling the kernels once, for all jobs"
    script:
        "../scripts/warm_kernels.py"
