# Claims of the papers and our own (config/claims.yaml), held against the tables of the run.

from openkerr.claims.ledger import ClaimsError, load_claims
from openkerr.run.extensions import with_claims
from openkerr.run.published import configured_values

try:
    LEDGER = with_claims(load_claims(Path(workflow.basedir, "config", "claims.yaml")), EXTENSIONS.values())
    # What the run has for the keys at which claims are judged.
    PUBLISHED_KEYS = configured_values(LEDGER, RUN.model_dump(mode="json"))
except ClaimsError as error:
    raise WorkflowError(str(error)) from None

# A claim on a table that no rule makes is unresolved; it never stops a run.
MADE_TABLES = {
    Path(file).stem: file
    for rule in list(workflow.rules)
    for file in map(str, rule.output)
    if file.endswith(".csv") and Path(file).parent == TABLES
}


rule claims:
    input:
        tables=[MADE_TABLES[name] for name in LEDGER.tables if name in MADE_TABLES],
    output:
        table=RESULTS / "claims.csv",
        provenance=RESULTS / "claims.json",
        page=RESULTS / "claims.md",
    log:
        LOGS / "claims.log",
    benchmark:
        BENCHMARKS / "claims.tsv"
    conda:
        "../../envs/analysis.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=time_of_rule("claims"),
    params:
        ledger=LEDGER.plain(),
        folders=[each.folder for each in EXTENSIONS.values()],
        parameters=PUBLISHED_KEYS,
        fingerprint=rule_fingerprint("claims"),
    message:
        "Claims held against the tables"
    script:
        "../scripts/claims.py"
