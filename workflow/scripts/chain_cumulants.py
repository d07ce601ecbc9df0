"""Join the jobs of the chain by second-order cumulants into their table."""

from openkerr.analysis.cumulant_averages import cumulants_table
from openkerr.runtime.io import read_raw
from openkerr.runtime.jobs import job
from openkerr.solvers.cumulants import OUTCOMES
from openkerr.studies.chain_cumulants.tables import CHAIN_CUMULANTS
from openkerr.tables.files import write_table

with job(snakemake) as current:
    table = cumulants_table(map(read_raw, snakemake.input.raw), OUTCOMES)
    write_table(CHAIN_CUMULANTS, table, snakemake.output.table, current.provenance())
