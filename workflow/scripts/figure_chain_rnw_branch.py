"""The stationary branch of the resonant nonlinear wave from its tables."""

from openkerr.figures.chain_rnw_branch import draw
from openkerr.figures.style import save_figure
from openkerr.runtime.jobs import job
from openkerr.runtime.provenance import digest
from openkerr.tables.files import read_table

with job(snakemake) as current:
    files, point = snakemake.input, snakemake.params.point
    save_figure(
        draw(
            read_table("chain_rnw_branch", files.branch),
            read_table("chain_rnw_continuation", files.continuation),
            read_table("chain_rnw_profiles", files.linear),
            read_table("chain_profiles", files.profiles),
            length=point["length"],
            drive_amplitude=point["drive_amplitude"],
        ),
        snakemake.output.figures,
        figure_id="chain_rnw_branch",
        config_digest=digest(current.params),
        fingerprint=snakemake.params.fingerprint,
        inputs=current.inputs,
        run=current.run_facts(files),
        dpi=snakemake.params.dpi,
    )
