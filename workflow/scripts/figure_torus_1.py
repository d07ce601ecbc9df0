"""Torus figure 1 from its tables and grids."""

from openkerr.figures.style import save_figure
from openkerr.figures.torus_1 import draw
from openkerr.runtime.io import read_grid
from openkerr.runtime.jobs import job
from openkerr.runtime.provenance import digest
from openkerr.studies.torus_attractors.tables import TORUS_BIFURCATIONS, TORUS_BRANCHES, TORUS_LINES
from openkerr.tables.files import read_table

with job(snakemake) as current:
    sources = snakemake.input
    save_figure(
        draw(
            read_table(TORUS_BRANCHES, sources.branches),
            read_table(TORUS_BIFURCATIONS, sources.bifurcations),
            read_table(TORUS_LINES, sources.lines),
            read_grid(sources.spectrum_map),
            read_grid(sources.portraits),
            read_grid(sources.spectra),
        ),
        snakemake.output.figures,
        figure_id="torus_1",
        config_digest=digest(current.params),
        fingerprint=snakemake.params.fingerprint,
        inputs=current.inputs,
        run=current.run_facts(snakemake.input),
        dpi=snakemake.params.dpi,
    )
