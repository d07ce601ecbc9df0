"""Chain figure 12 from its table."""

from openkerr.figures.chain_12 import draw
from openkerr.figures.style import save_figure
from openkerr.runtime.jobs import job
from openkerr.runtime.provenance import digest
from openkerr.studies.chain_map.tables import CHAIN_PHASE_DIAGRAM
from openkerr.tables.files import read_table

with job(snakemake) as current:
    figure = draw(
        read_table(CHAIN_PHASE_DIAGRAM, snakemake.input.table),
        length=snakemake.params.length,
    )
    save_figure(
        figure,
        snakemake.output.figures,
        figure_id="chain_12",
        config_digest=digest(current.params),
        fingerprint=snakemake.params.fingerprint,
        inputs=current.inputs,
        run=current.run_facts(snakemake.input),
        dpi=snakemake.params.dpi,
    )
