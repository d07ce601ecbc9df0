"""Chain figure 6 from its tables and grid."""

from openkerr.figures.chain_6 import draw
from openkerr.figures.style import save_figure
from openkerr.runtime.io import read_grid
from openkerr.runtime.jobs import job
from openkerr.runtime.provenance import digest
from openkerr.studies.chain_ensembles.tables import CHAIN_COHERENCE, CHAIN_PROFILES
from openkerr.studies.chain_wave.tables import CHAIN_RNW_PROFILES
from openkerr.tables.files import read_table

with job(snakemake) as current:
    files, point = snakemake.input, snakemake.params.point
    save_figure(
        draw(
            read_table(CHAIN_PROFILES, files.profiles),
            read_table(CHAIN_COHERENCE, files.coherence),
            read_grid(files.wigner),
            read_table(CHAIN_RNW_PROFILES, files.linear),
            length=point["length"],
            drive_amplitude=point["drive_amplitude"],
            sites=point["sites"],
        ),
        snakemake.output.figures,
        figure_id="chain_6",
        config_digest=digest(current.params),
        fingerprint=snakemake.params.fingerprint,
        inputs=current.inputs,
        run=current.run_facts(files),
        dpi=snakemake.params.dpi,
    )
