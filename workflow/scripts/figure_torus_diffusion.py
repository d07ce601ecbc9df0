"""Phase diffusion and gaps of lines, from their tables."""

from openkerr.figures.style import save_figure
from openkerr.figures.torus_diffusion import draw
from openkerr.runtime.jobs import job
from openkerr.runtime.provenance import digest
from openkerr.studies.torus_attractors.tables import (
    TORUS_BIFURCATIONS,
    TORUS_DIFFUSION,
    TORUS_LINE_GAPS,
    TORUS_SLOWEST_LINES,
)
from openkerr.tables.files import read_table

with job(snakemake) as current:
    sources = snakemake.input
    save_figure(
        draw(
            read_table(TORUS_DIFFUSION, sources.diffusion),
            read_table(TORUS_LINE_GAPS, sources.line_gaps),
            read_table(TORUS_SLOWEST_LINES, sources.slowest_lines),
            read_table(TORUS_BIFURCATIONS, sources.bifurcations),
        ),
        snakemake.output.figures,
        figure_id="torus_diffusion",
        config_digest=digest(current.params),
        fingerprint=snakemake.params.fingerprint,
        inputs=current.inputs,
        run=current.run_facts(snakemake.input),
        dpi=snakemake.params.dpi,
    )
