"""Exponents of the torus' gaps, window by window, from their table."""

from openkerr.figures.style import save_figure
from openkerr.figures.torus_gap_windows import draw
from openkerr.runtime.jobs import job
from openkerr.runtime.provenance import digest
from openkerr.studies.torus_gaps.tables import TORUS_GAP_FIT
from openkerr.tables.files import read_table

with job(snakemake) as current:
    sources = snakemake.input
    save_figure(
        draw(
            read_table(TORUS_GAP_FIT, sources.fits),
            tuple(snakemake.params.gaps["fit_window"]),
        ),
        snakemake.output.figures,
        figure_id="torus_gap_windows",
        config_digest=digest(current.params),
        fingerprint=snakemake.params.fingerprint,
        inputs=current.inputs,
        run=current.run_facts(snakemake.input),
        dpi=snakemake.params.dpi,
    )
