"""Schematic of the chain and of its regimes, from the table of parameters."""

from openkerr.figures.chain_1 import draw
from openkerr.figures.style import save_figure
from openkerr.runtime.jobs import job
from openkerr.runtime.provenance import digest
from openkerr.studies.chain_wave.tables import CHAIN_PARAMETERS
from openkerr.tables.files import read_table

with job(snakemake) as current:
    files = snakemake.input
    save_figure(
        draw(read_table(CHAIN_PARAMETERS, files.table)),
        snakemake.output.figures,
        figure_id="chain_1",
        config_digest=digest(current.params),
        fingerprint=snakemake.params.fingerprint,
        inputs=current.inputs,
        run=current.run_facts(files),
        dpi=snakemake.params.dpi,
    )
