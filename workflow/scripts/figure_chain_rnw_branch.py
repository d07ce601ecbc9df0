"""The stationary branch of the resonant nonlinear wave from its tables."""

from openkerr.figures.chain_rnw_branch import draw
from openkerr.figures.style import save_figure
from openkerr.runtime.jobs import job
from openkerr.runtime.provenance import digest
from openkerr.studies.chain_ensembles.tables import CHAIN_PROFILES
from openkerr.studies.chain_wave.tables import CHAIN_RNW_BRANCH, CHAIN_RNW_CONTINUATION, CHAIN_RNW_PROFILES
from openkerr.tables.files import read_table

with job(snakemake) as current:
    files, point = snakemake.input, snakemake.params.point
    save_figure(
        draw(
            read_table(CHAIN_RNW_BRANCH, files.branch),
            read_table(CHAIN_RNW_CONTINUATION, files.continuation),
            read_table(CHAIN_RNW_PROFILES, files.linear),
            read_table(CHAIN_PROFILES, files.profiles),
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
