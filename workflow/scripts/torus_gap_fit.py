"""Power laws of the gaps in all windows of aleph."""

from openkerr.analysis.gap_fits import gap_fit_table
from openkerr.runtime.jobs import job
from openkerr.studies.torus_gaps.tables import TORUS_GAP_FIT, TORUS_GAPS
from openkerr.tables.files import read_table, write_table

with job(snakemake) as current:
    provenance = current.provenance()
    fits = gap_fit_table(read_table(TORUS_GAPS, snakemake.input.gaps))
    write_table(TORUS_GAP_FIT, fits, snakemake.output.table, provenance)
