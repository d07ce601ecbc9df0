"""Torus figure 2 from its tables."""

from openkerr.figures.style import save_figure
from openkerr.figures.torus_2 import draw
from openkerr.runtime.jobs import job
from openkerr.runtime.provenance import digest
from openkerr.studies.torus_populations.tables import TORUS_POPULATIONS, TORUS_TRAJECTORIES
from openkerr.tables.files import read_table

with job(snakemake) as current:
    sources = snakemake.input
    save_figure(
        draw(
            read_table(TORUS_POPULATIONS, sources.populations),
            read_table(TORUS_TRAJECTORIES, sources.trajectories),
        ),
        snakemake.output.figures,
        figure_id="torus_2",
        config_digest=digest(current.params),
        fingerprint=snakemake.params.fingerprint,
        inputs=current.inputs,
        run=current.run_facts(snakemake.input),
        dpi=snakemake.params.dpi,
    )
