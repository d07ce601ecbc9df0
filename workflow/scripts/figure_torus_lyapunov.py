"""Lyapunov exponents and attractors of the two cavities, from their tables."""

from openkerr.figures.style import save_figure
from openkerr.figures.torus_lyapunov import draw
from openkerr.runtime.jobs import job
from openkerr.runtime.provenance import digest
from openkerr.studies.torus_attractors.tables import TORUS_ATTRACTORS, TORUS_BIFURCATIONS
from openkerr.tables.files import read_table

with job(snakemake) as current:
    sources = snakemake.input
    save_figure(
        draw(
            read_table(TORUS_ATTRACTORS, sources.attractors),
            read_table(TORUS_BIFURCATIONS, sources.bifurcations),
        ),
        snakemake.output.figures,
        figure_id="torus_lyapunov",
        config_digest=digest(current.params),
        fingerprint=snakemake.params.fingerprint,
        inputs=current.inputs,
        run=current.run_facts(snakemake.input),
        dpi=snakemake.params.dpi,
    )
