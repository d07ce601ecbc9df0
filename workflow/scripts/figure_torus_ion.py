"""Figure of a trapped ion as the two cavities, from its tables."""

from openkerr.figures.style import save_figure
from openkerr.figures.torus_ion import draw
from openkerr.runtime.jobs import job
from openkerr.runtime.provenance import digest
from openkerr.studies.torus_ion.tables import TORUS_ION_REGION, TORUS_TRAPPED_ION
from openkerr.tables.files import read_table

with job(snakemake) as current:
    sources = snakemake.input
    save_figure(
        draw(read_table(TORUS_TRAPPED_ION, sources.ion), read_table(TORUS_ION_REGION, sources.region)),
        snakemake.output.figures,
        figure_id="torus_ion",
        config_digest=digest(current.params),
        fingerprint=snakemake.params.fingerprint,
        inputs=current.inputs,
        run=current.run_facts(snakemake.input),
        dpi=snakemake.params.dpi,
    )
