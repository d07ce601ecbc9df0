"""Torus figure 5 from its tables."""

from openkerr.figures.style import save_figure
from openkerr.figures.torus_5 import draw
from openkerr.runtime.jobs import job
from openkerr.runtime.provenance import digest
from openkerr.studies.torus_melting.tables import TORUS_CIRCULAR_VARIANCE, TORUS_SCALING
from openkerr.tables.files import read_table

with job(snakemake) as current:
    sources = snakemake.input
    save_figure(
        draw(
            read_table(TORUS_CIRCULAR_VARIANCE, sources.variance),
            read_table(TORUS_SCALING, sources.scaling),
        ),
        snakemake.output.figures,
        figure_id="torus_5",
        config_digest=digest(current.params),
        fingerprint=snakemake.params.fingerprint,
        inputs=current.inputs,
        run=current.run_facts(snakemake.input),
        dpi=snakemake.params.dpi,
    )
