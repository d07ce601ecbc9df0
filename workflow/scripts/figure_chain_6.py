"""Chain figure 6 from its tables and grid."""

from openkerr.figures.chain_6 import draw
from openkerr.figures.style import save_figure
from openkerr.runtime.io import read_grid
from openkerr.runtime.jobs import job
from openkerr.runtime.provenance import digest
from openkerr.tables.files import read_table

with job(snakemake) as current:
    files, point = snakemake.input, snakemake.params.point
    save_figure(
        draw(
            read_table("chain_profiles", files.profiles),
            read_table("chain_coherence", files.coherence),
            read_grid(files.wigner),
            read_table("chain_rnw_profiles", files.linear),
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
