"""Eigenmatrices of the Liouvillian in phase space, from their grid."""

from openkerr.figures.style import save_figure
from openkerr.figures.torus_eigenmatrices import draw
from openkerr.runtime.io import read_grid
from openkerr.runtime.jobs import job
from openkerr.runtime.provenance import digest

with job(snakemake) as current:
    sources = snakemake.input
    save_figure(
        draw(read_grid(sources.eigenmatrices)),
        snakemake.output.figures,
        figure_id="torus_eigenmatrices",
        config_digest=digest(current.params),
        fingerprint=snakemake.params.fingerprint,
        inputs=current.inputs,
        run=current.run_facts(snakemake.input),
        dpi=snakemake.params.dpi,
    )
