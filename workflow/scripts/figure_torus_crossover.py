"""Gaps of every line from exact solution, truncated Wigner and linear noise, from their tables."""

from openkerr.figures.style import save_figure
from openkerr.figures.torus_crossover import draw
from openkerr.runtime.jobs import job
from openkerr.runtime.provenance import digest
from openkerr.studies.torus_attractors.tables import TORUS_LINES
from openkerr.studies.torus_liouvillian.tables import TORUS_CROSSOVER
from openkerr.tables.files import read_table

with job(snakemake) as current:
    sources = snakemake.input
    save_figure(
        draw(
            read_table(TORUS_CROSSOVER, sources.lines),
            read_table(TORUS_LINES, sources.limits),
            snakemake.params.model["omega"][0],
        ),
        snakemake.output.figures,
        figure_id="torus_crossover",
        config_digest=digest(current.params),
        fingerprint=snakemake.params.fingerprint,
        inputs=current.inputs,
        run=current.run_facts(snakemake.input),
        dpi=snakemake.params.dpi,
    )
