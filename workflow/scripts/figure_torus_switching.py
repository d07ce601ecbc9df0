"""Basins, weights and switching rates of limit cycle and limit torus, from their tables."""

from openkerr.figures.style import save_figure
from openkerr.figures.torus_switching import draw
from openkerr.runtime.jobs import job
from openkerr.runtime.provenance import digest
from openkerr.tables.files import read_table

with job(snakemake) as current:
    sources = snakemake.input
    save_figure(
        draw(
            read_table("torus_basins", sources.basins),
            read_table("torus_weights", sources.weights),
            read_table("torus_switching", sources.switching),
            read_table("torus_switching_laws", sources.laws),
            read_table("torus_bifurcations", sources.bifurcations),
        ),
        snakemake.output.figures,
        figure_id="torus_switching",
        config_digest=digest(current.params),
        fingerprint=snakemake.params.fingerprint,
        inputs=current.inputs,
        run=current.run_facts(snakemake.input),
        dpi=snakemake.params.dpi,
    )
