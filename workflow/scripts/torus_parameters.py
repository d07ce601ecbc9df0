"""Parameters of the two cavities before and after the rescaling."""

from openkerr.analysis.rescaling import parameters_table
from openkerr.runtime.jobs import job
from openkerr.studies.torus_attractors.tables import TORUS_PARAMETERS
from openkerr.tables.files import write_table

with job(snakemake) as current:
    frame = parameters_table(snakemake.params.model, snakemake.params.alephs)
    write_table(TORUS_PARAMETERS, frame, snakemake.output.table, current.provenance())
