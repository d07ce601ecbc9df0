# Folders of a user's own: raw data, tables and a figure of each (openkerr.run.extensions).

from functools import partial

from openkerr.figures.register import at_place
from openkerr.run.extensions import load_extensions

EXTENSIONS = load_extensions(RUN.extensions)


def extension_fingerprint(extension, rule):
    """Digest of the code of a folder's rule: the shared script, the folder's module, and what both import."""
    return planned_fingerprint(*code_of_rule(rule, extension.folder))


def extension_values(extension, wildcards):
    """Param of a job: the values that decide it."""
    return dict(extension.jobs[wildcards.job])


def extension_minutes(extension, wildcards, attempt):
    """Time limit of a job, in minutes, from its estimated cost."""
    return time_limit(extension.cost(extension.jobs[wildcards.job]).seconds, attempt)


for each in EXTENSIONS.values():

    rule:
        name:
            f"simulate_{each.name}"
        output:
            RAW / each.name / "{job}.nc",
        log:
            LOGS / each.name / "{job}.log",
        benchmark:
            BENCHMARKS / each.name / "{job}.tsv"
        conda:
            "../../envs/simulation.yaml"
        threads: 1
        resources:
            mem_mb=800,
            runtime=partial(extension_minutes, each),
        params:
            folder=each.folder,
            job=partial(extension_values, each),
            seed=RUN.seed,
            fingerprint=extension_fingerprint(each, f"simulate_{each.name}"),
        message:
            f"{{wildcards.job}} of {each.name}"
        script:
            "../scripts/extensions/simulate.py"

    rule:
        name:
            each.name
        input:
            raw=[RAW / each.name / f"{job}.nc" for job in each.jobs],
        output:
            [TABLES / f"{schema.name}.json" for schema in each.tables.values()],
            **{short: TABLES / f"{schema.name}.csv" for short, schema in each.tables.items()},
        log:
            LOGS / f"{each.name}.log",
        benchmark:
            BENCHMARKS / f"{each.name}.tsv"
        group:
            group_of("extensions")
        conda:
            "../../envs/analysis.yaml"
        threads: 1
        resources:
            mem_mb=1000,
            runtime=time_of_rule(each.name),
        params:
            folder=each.folder,
            fingerprint=extension_fingerprint(each, each.name),
        message:
            f"Tables of {each.name}"
        script:
            "../scripts/extensions/table.py"

    rule:
        name:
            f"figure_{each.name}"
        input:
            **{made: TABLES / f"{made}.csv" for made in each.figure.inputs},
        output:
            figures=[
                with_caption(
                    str(FIGURES / f"{each.name}.{suffix}"),
                    caption=str(each.path / "caption.rst"),
                    category="extensions",
                    labels={"figure": each.name, "file": suffix},
                )
                for suffix in RUN.figures.formats
            ],
            provenance=FIGURES / f"{each.name}.json",
        log:
            LOGS / f"figure_{each.name}.log",
        benchmark:
            BENCHMARKS / f"figure_{each.name}.tsv"
        group:
            group_of("extensions")
        conda:
            "../../envs/figures.yaml"
        threads: 1
        resources:
            mem_mb=1500,
            runtime=time_of_rule(f"figure_{each.name}"),
        params:
            folder=each.folder,
            settings=plain(each.settings),
            figure=each.name,
            dpi=RUN.figures.dpi,
            drawn={argument: at_place(plain(each.settings), place) for argument, place in each.figure.drawn.items()},
            fingerprint=extension_fingerprint(each, f"figure_{each.name}"),
        message:
            each.figure.title
        script:
            "../scripts/extensions/figure.py"
