"""Schematic of the two cavities and of the rescaling, from the table of parameters."""

from openkerr.figures.style import save_figure
from openkerr.figures.torus_schematic import draw
from openkerr.runtime.jobs import job
from openkerr.runtime.provenance import digest
from openkerr.studies.torus_attractors.tables import TORUS_PARAMETERS
from openkerr.tables.files import read_table

with job(snakemake) as current:
    save_figure(
        draw(read_table(TORUS_PARAMETERS, snakemake.input.table)),
        snakemake.output.figures,
        figure_id="torus_schematic",
        config_digest=digest(current.params),
        fingerprint=snakemake.params.fingerprint,
        inputs=current.inputs,
        run=current.run_facts(snakemake.input),
        dpi=snakemake.params.dpi,
    )
