"""Lyapunov spectra of the chain from their table and grid."""

from openkerr.figures.chain_lyapunov import draw
from openkerr.figures.style import save_figure
from openkerr.runtime.io import read_grid
from openkerr.runtime.jobs import job
from openkerr.runtime.provenance import digest
from openkerr.studies.chain_chaos.tables import CHAIN_LYAPUNOV, CHAIN_OTOC_RATES
from openkerr.tables.files import read_table

with job(snakemake) as current:
    sources = snakemake.input
    save_figure(
        draw(
            read_table(CHAIN_LYAPUNOV, sources.table),
            read_grid(sources.spectra),
            read_table(CHAIN_OTOC_RATES, sources.rates),
        ),
        snakemake.output.figures,
        figure_id="chain_lyapunov",
        config_digest=digest(current.params),
        fingerprint=snakemake.params.fingerprint,
        inputs=current.inputs,
        run=current.run_facts(snakemake.input),
        dpi=snakemake.params.dpi,
    )
