"""Chain figure 18 from its tables."""

from openkerr.figures.chain_18 import draw
from openkerr.figures.style import save_figure
from openkerr.runtime.jobs import job
from openkerr.runtime.provenance import digest
from openkerr.studies.chain_ensembles.tables import CHAIN_PROFILES
from openkerr.studies.chain_wave.tables import CHAIN_RNW_PROFILES
from openkerr.tables.files import read_table

with job(snakemake) as current:
    files, point = snakemake.input, snakemake.params.point
    save_figure(
        draw(
            read_table(CHAIN_PROFILES, files.profiles),
            read_table(CHAIN_RNW_PROFILES, files.linear),
            length=point["length"],
            drive_amplitude=point["drive_amplitude"],
        ),
        snakemake.output.figures,
        figure_id="chain_18",
        config_digest=digest(current.params),
        fingerprint=snakemake.params.fingerprint,
        inputs=current.inputs,
        run=current.run_facts(files),
        dpi=snakemake.params.dpi,
    )
