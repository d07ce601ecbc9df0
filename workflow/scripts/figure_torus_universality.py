"""Exponents at other parameters, from their tables."""

from openkerr.figures.style import save_figure
from openkerr.figures.torus_universality import draw
from openkerr.runtime.jobs import job
from openkerr.runtime.provenance import digest
from openkerr.studies.torus_gaps.tables import TORUS_GAP_CASES, TORUS_GAP_FIT
from openkerr.tables.files import read_table

with job(snakemake) as current:
    sources = snakemake.input
    save_figure(
        draw(
            read_table(TORUS_GAP_FIT, sources.fits),
            read_table(TORUS_GAP_CASES, sources.cases),
        ),
        snakemake.output.figures,
        figure_id="torus_universality",
        config_digest=digest(current.params),
        fingerprint=snakemake.params.fingerprint,
        inputs=current.inputs,
        run=current.run_facts(snakemake.input),
        dpi=snakemake.params.dpi,
    )
