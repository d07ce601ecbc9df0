"""Chain figure 3 from its tables and grid."""

from openkerr.figures.chain_3 import draw
from openkerr.figures.style import save_figure
from openkerr.runtime.io import read_grid
from openkerr.runtime.jobs import job
from openkerr.runtime.provenance import digest
from openkerr.studies.chain_ensembles.tables import CHAIN_COHERENCE, CHAIN_PROFILES
from openkerr.tables.files import read_table

with job(snakemake) as current:
    save_figure(
        draw(
            read_table(CHAIN_PROFILES, snakemake.input.profiles),
            read_table(CHAIN_COHERENCE, snakemake.input.coherence),
            read_grid(snakemake.input.wigner),
            length=snakemake.params.length,
            drive_amplitudes=snakemake.params.drive_amplitudes,
            sites=snakemake.params.sites,
        ),
        snakemake.output.figures,
        figure_id="chain_3",
        config_digest=digest(current.params),
        fingerprint=snakemake.params.fingerprint,
        inputs=current.inputs,
        run=current.run_facts(snakemake.input),
        dpi=snakemake.params.dpi,
    )
