"""Torus figure 4 from its grid and table."""

from openkerr.figures.style import save_figure
from openkerr.figures.torus_4 import draw
from openkerr.runtime.io import read_grid
from openkerr.runtime.jobs import job
from openkerr.runtime.provenance import digest
from openkerr.studies.torus_melting.tables import TORUS_WIGNER_WEIGHT
from openkerr.tables.files import read_table

with job(snakemake) as current:
    sources = snakemake.input
    save_figure(
        draw(
            read_grid(sources.maps),
            read_table(TORUS_WIGNER_WEIGHT, sources.weight),
        ),
        snakemake.output.figures,
        figure_id="torus_4",
        config_digest=digest(current.params),
        fingerprint=snakemake.params.fingerprint,
        inputs=current.inputs,
        run=current.run_facts(snakemake.input),
        dpi=snakemake.params.dpi,
    )
