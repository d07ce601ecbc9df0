"""Power laws of the gaps in all windows of aleph."""

from openkerr.analysis.gap_fits import gap_fit_table
from openkerr.jobs import job
from openkerr.provenance import file_sha256
from openkerr.tables import read_table, write_table

with job(snakemake) as current:
    provenance = current.provenance(tables={snakemake.input.gaps: file_sha256(snakemake.input.gaps)})
    fits = gap_fit_table(read_table("torus_gaps", snakemake.input.gaps))
    write_table("torus_gap_fit", fits, snakemake.output.table, provenance)
