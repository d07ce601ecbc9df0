"""Hold every claim of the ledger against the tables of the run."""

from pathlib import Path

from openkerr.claims.ledger import Ledger
from openkerr.claims.page import claims_page, claims_summary
from openkerr.claims.tables import CLAIMS
from openkerr.claims.verdicts import judge_claims, read_tables
from openkerr.run.extensions import with_tables
from openkerr.runtime.io import atomic_output
from openkerr.runtime.jobs import job
from openkerr.tables.files import write_table

with job(snakemake) as current:
    paths = {Path(path).stem: path for path in snakemake.input.tables}
    frame = judge_claims(
        Ledger.read(snakemake.params.ledger),
        read_tables(paths, with_tables(snakemake.params.folders)),
        snakemake.params.parameters,
    )
    provenance = current.provenance()
    with atomic_output(snakemake.output.page) as page:
        page.write_text(claims_page(frame), encoding="utf-8", newline="\n")
    write_table(CLAIMS, frame, snakemake.output.table, provenance)
    current.log.info("claims: %s", claims_summary(frame))
