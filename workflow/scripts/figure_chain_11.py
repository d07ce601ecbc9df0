"""Chain figure 11 from its tables."""

from openkerr.figures.chain_11 import draw
from openkerr.figures.style import save_figure
from openkerr.runtime.jobs import job
from openkerr.runtime.provenance import digest
from openkerr.studies.chain_map.tables import CHAIN_BOUNDARIES, CHAIN_PHASE_DIAGRAM
from openkerr.tables.files import read_table

with job(snakemake) as current:
    figure = draw(
        read_table(CHAIN_PHASE_DIAGRAM, snakemake.input.table),
        read_table(CHAIN_BOUNDARIES, snakemake.input.boundaries),
        length=snakemake.params.length,
    )
    save_figure(
        figure,
        snakemake.output.figures,
        figure_id="chain_11",
        config_digest=digest(current.params),
        fingerprint=snakemake.params.fingerprint,
        inputs=current.inputs,
        run=current.run_facts(snakemake.input),
        dpi=snakemake.params.dpi,
    )
