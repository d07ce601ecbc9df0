"""The two scalings, from their tables."""

from openkerr.figures.style import save_figure
from openkerr.figures.torus_dual import draw
from openkerr.runtime.jobs import job
from openkerr.runtime.provenance import digest
from openkerr.studies.torus_gaps.tables import TORUS_GAP_CASES, TORUS_GAPS
from openkerr.tables.files import read_table

with job(snakemake) as current:
    sources = snakemake.input
    save_figure(
        draw(
            read_table(TORUS_GAPS, sources.gaps),
            read_table(TORUS_GAP_CASES, sources.cases),
        ),
        snakemake.output.figures,
        figure_id="torus_dual",
        config_digest=digest(current.params),
        fingerprint=snakemake.params.fingerprint,
        inputs=current.inputs,
        run=current.run_facts(snakemake.input),
        dpi=snakemake.params.dpi,
    )
