"""Torus figure 3b from its tables."""

from openkerr.figures.style import save_figure
from openkerr.figures.torus_3b import draw
from openkerr.runtime.jobs import job
from openkerr.runtime.provenance import digest
from openkerr.studies.torus_attractors.tables import TORUS_LINES
from openkerr.studies.torus_gaps.tables import TORUS_GAP_CASES, TORUS_GAP_FIT, TORUS_GAPS
from openkerr.tables.files import read_table

with job(snakemake) as current:
    sources = snakemake.input
    save_figure(
        draw(
            read_table(TORUS_GAPS, sources.gaps),
            read_table(TORUS_GAP_FIT, sources.fits),
            read_table(TORUS_GAP_CASES, sources.cases),
            read_table(TORUS_LINES, sources.lines),
            tuple(snakemake.params.gaps["fit_window"]),
        ),
        snakemake.output.figures,
        figure_id="torus_3b",
        config_digest=digest(current.params),
        fingerprint=snakemake.params.fingerprint,
        inputs=current.inputs,
        run=current.run_facts(snakemake.input),
        dpi=snakemake.params.dpi,
    )
