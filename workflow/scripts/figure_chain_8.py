"""Chain figure 8 from its grids and table."""

from openkerr.figures.chain_8 import draw
from openkerr.figures.style import save_figure
from openkerr.runtime.io import read_grid
from openkerr.runtime.jobs import job
from openkerr.runtime.provenance import digest
from openkerr.studies.chain_chaos.tables import CHAIN_OTOC_RATES
from openkerr.tables.files import read_table

with job(snakemake) as current:
    sources = snakemake.input
    save_figure(
        draw(read_grid(sources.cones), read_grid(sources.growth), read_table(CHAIN_OTOC_RATES, sources.rates)),
        snakemake.output.figures,
        figure_id="chain_8",
        config_digest=digest(current.params),
        fingerprint=snakemake.params.fingerprint,
        inputs=current.inputs,
        run=current.run_facts(snakemake.input),
        dpi=snakemake.params.dpi,
    )
