"""Parameters of the two cavities before and after the rescaling."""

from openkerr.analysis.rescaling import parameters_table
from openkerr.runtime.jobs import job
from openkerr.tables.files import write_table

with job(snakemake) as current:
    frame = parameters_table(snakemake.params.model, snakemake.params.alephs)
    write_table("torus_parameters", frame, snakemake.output.table, current.provenance())
