# Figures: tables and grids in, PDF and PNG out; a rule of one figure each, and the targets of a paper.

from openkerr.figures.register import FIGURES as DECLARED, at_place
from openkerr.run.tables import TABLES as SCHEMAS

SETTINGS = {
    name: {key: decisive(at_place(RUN, place)) for key, place in figure.settings.items()}
    for name, figure in DECLARED.items()
}


for name, figure in DECLARED.items():

    rule:
        name:
            f"figure_{name}"
        input:
            **{made: TABLES / f"{made}.csv" if made in SCHEMAS else GRIDS / f"{made}.nc" for made in figure.inputs},
        output:
            figures=captioned(name, figure.paper),
            provenance=FIGURES / f"{name}.json",
        log:
            LOGS / f"figure_{name}.log",
        benchmark:
            BENCHMARKS / f"figure_{name}.tsv"
        group:
            group_of(figure.paper)
        conda:
            "../../envs/figures.yaml"
        threads: 1
        resources:
            mem_mb=1500,
            runtime=time_of_rule(f"figure_{name}"),
        params:
            **SETTINGS[name],
            figure=name,
            dpi=RUN.figures.dpi,
            drawn={argument: at_place(SETTINGS[name], place) for argument, place in figure.drawn.items()},
            fingerprint=rule_fingerprint(f"figure_{name}"),
        message:
            figure.title
        script:
            "../scripts/figure.py"


rule torus:
    input:
        [FIGURES / f"{name}.json" for name, figure in DECLARED.items() if figure.paper == "torus"],


rule chain:
    input:
        [FIGURES / f"{name}.json" for name, figure in DECLARED.items() if figure.paper == "chain"],


rule steppers:
    input:
        [FIGURES / f"{name}.json" for name, figure in DECLARED.items() if figure.paper == "methods"],


rule extensions:
    input:
        [FIGURES / f"{name}.json" for name in EXTENSIONS],
