"""Steady state of the two cavities, exact and by truncated Wigner, from its table."""

from openkerr.figures.style import save_figure
from openkerr.figures.torus_steady_state import draw
from openkerr.runtime.jobs import job
from openkerr.runtime.provenance import digest
from openkerr.studies.torus_liouvillian.tables import TORUS_STEADY_STATE
from openkerr.tables.files import read_table

with job(snakemake) as current:
    sources = snakemake.input
    save_figure(
        draw(read_table(TORUS_STEADY_STATE, sources.states)),
        snakemake.output.figures,
        figure_id="torus_steady_state",
        config_digest=digest(current.params),
        fingerprint=snakemake.params.fingerprint,
        inputs=current.inputs,
        run=current.run_facts(snakemake.input),
        dpi=snakemake.params.dpi,
    )
