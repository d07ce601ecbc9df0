"""Basins, weights and switching rates of limit cycle and limit torus, from their tables."""

from openkerr.figures.style import save_figure
from openkerr.figures.torus_switching import draw
from openkerr.runtime.jobs import job
from openkerr.runtime.provenance import digest
from openkerr.studies.torus_attractors.tables import TORUS_BIFURCATIONS
from openkerr.studies.torus_melting.tables import TORUS_BASINS, TORUS_SWITCHING, TORUS_SWITCHING_LAWS, TORUS_WEIGHTS
from openkerr.tables.files import read_table

with job(snakemake) as current:
    sources = snakemake.input
    save_figure(
        draw(
            read_table(TORUS_BASINS, sources.basins),
            read_table(TORUS_WEIGHTS, sources.weights),
            read_table(TORUS_SWITCHING, sources.switching),
            read_table(TORUS_SWITCHING_LAWS, sources.laws),
            read_table(TORUS_BIFURCATIONS, sources.bifurcations),
        ),
        snakemake.output.figures,
        figure_id="torus_switching",
        config_digest=digest(current.params),
        fingerprint=snakemake.params.fingerprint,
        inputs=current.inputs,
        run=current.run_facts(snakemake.input),
        dpi=snakemake.params.dpi,
    )
